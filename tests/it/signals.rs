//! A command that is told to stop, and programs under test that would outlive it: no process is
//! left behind, whatever they do.

#![cfg(target_os = "linux")] // where /proc says what still runs

use init_symmetry::subject::{Invocation, Program, Subject};
use init_symmetry::{Activation, Batch, Loss, Network, Weights};
use ndarray::array;
use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Answers hello and a few questions, and is silent then. It hears no signal, neither does its
/// wrapper, and both have a child that holds stdout open. The ids of all are in a file.
const DEAF: &str = "trap '' TERM INT HUP QUIT\n\
    echo $$ >> \"$1/ids\"\n\
    sleep 600 & echo $! >> \"$1/ids\"\n\
    read line; echo '{\"protocol\":1,\"widths\":[1,1]}'\n\
    for n in 1 2 3; do read line;\n\
    echo '{\"loss\":0.5,\"gradient\":[{\"w\":[[0]],\"b\":[[0]]}]}'; done\n\
    while :; do sleep 600; done\n";

const WRAPPER: &str = "trap '' TERM INT HUP QUIT\n\
    echo $$ >> \"$1/ids\"\n\
    sleep 600 & echo $! >> \"$1/ids\"\n\
    sh \"$1/deaf.sh\" \"$1\"\n\
    exit $?\n";

/// A folder with both.
struct Programs(TempDir);

impl Programs {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("deaf.sh"), DEAF).unwrap();
        fs::write(folder.path().join("wrapper.sh"), WRAPPER).unwrap();
        Self(folder)
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).to_str().unwrap().into()
    }

    /// A check of the wrapped program.
    fn check(&self, options: &[&str]) -> Command {
        let mut command = command(&["check", "--profile", "quick", "--no-shrink"]);
        command.args(options).args(["--", "sh", &self.path("wrapper.sh"), &self.path("")]);
        command
    }

    /// Fails if a process whose id is in the file is there for more than a moment.
    fn assert_all_are_gone(&self, what: &str) {
        let ids = fs::read_to_string(self.path("ids")).unwrap_or_default();
        let began = Instant::now();
        for id in ids.split_whitespace() {
            while Path::new("/proc").join(id).exists() {
                assert!(began.elapsed() < Duration::from_secs(5), "{what}: {id} is left of {ids}");
                thread::sleep(Duration::from_millis(5));
            }
        }
    }

    fn count(&self) -> usize {
        fs::read_to_string(self.path("ids")).unwrap_or_default().lines().count()
    }
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_init-symmetry"));
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

fn send(signal: &str, child: &Child) {
    let kill = format!("kill -s {signal} {}", child.id());
    // it fails where the process has ended by itself
    let _ = Command::new("sh").arg("-c").arg(kill).stderr(Stdio::null()).status();
}

/// Waits, but not for ever.
fn ended(mut child: Child) -> ExitStatus {
    let began = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
        if began.elapsed() > Duration::from_secs(20) {
            child.kill().unwrap();
        }
        thread::sleep(Duration::from_millis(5));
    }
}

/// What a shell says of a status.
fn of_shell(status: ExitStatus) -> i32 {
    // a signal may come before anybody listens to it
    status.code().or(status.signal().map(|signal| 128 + signal)).unwrap()
}

/// Signals and the codes that they end with. Tests that are run by `nohup` hand on that SIGHUP is
/// not heard.
fn signals() -> Vec<(&'static str, i32)> {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
    let all = [("INT", 130), ("TERM", 143), ("HUP", 129), ("QUIT", 131)];
    all.into_iter().filter(|(name, _)| *name != "HUP" || ignored & 1 == 0).collect()
}

#[test]
fn a_command_told_to_stop_at_any_moment_ends_with_128_and_the_signal_and_leaves_no_process() {
    let (programs, signals) = (Programs::new(), signals());
    let report = programs.path("report");
    let table = concat!(env!("CARGO_MANIFEST_DIR"), "/data/breast_cancer.csv");
    let long: [&[&str]; 5] = [
        &["verify", "--profile", "soak", "--seed", "1"],
        &["faults"],
        &["prove", "--shape", "40-60-60-1", "--most-work", "1e18"],
        &["report", "--profile", "soak", "--seed", "1", "--out", &report],
        &["train", "--data", table, "--label", "diagnosis", "--steps", "1000000"],
    ];
    for (number, moment) in [30, 730, 210, 90, 450, 340, 120, 620, 60, 270].into_iter().enumerate()
    {
        let (signal, code) = signals[number % signals.len()];
        let child = match number % 2 {
            0 => programs.check(&["--timeout", "60"]).spawn().unwrap(),
            _ => command(long[number / 2]).spawn().unwrap(),
        };
        thread::sleep(Duration::from_millis(moment));
        send(signal, &child);
        let what = format!("run {number}, {signal} after {moment} ms");
        assert_eq!(of_shell(ended(child)), code, "{what}");
        programs.assert_all_are_gone(&what);
    }
    assert!(programs.count() >= 8, "at some of these moments programs did run");
    assert!(!Path::new(&report).exists(), "nothing is written of a report that is not complete");
}

#[test]
fn a_check_that_is_told_to_stop_while_a_program_hangs_reports_nothing() {
    for (signal, code) in signals() {
        let programs = Programs::new();
        let mut check = programs.check(&["--timeout", "60"]);
        let child = check.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        while programs.count() < 4 {
            thread::sleep(Duration::from_millis(5));
        }
        thread::sleep(Duration::from_millis(100));
        send(signal, &child);
        let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
        assert_eq!(status.code(), Some(code), "{signal}");
        assert_eq!((stdout, stderr), (vec![], vec![]), "what the end has caused is no finding");
        programs.assert_all_are_gone(signal);
    }
}

#[test]
fn a_command_started_by_nohup_goes_on_when_the_terminal_is_closed() {
    let mut shell = Command::new("sh");
    let verify = "verify identical-units-get-identical-gradients --profile quick";
    let line = format!("trap '' HUP; echo deaf; exec \"$0\" {verify}");
    shell.arg("-c").arg(line).arg(env!("CARGO_BIN_EXE_init-symmetry"));
    let mut child = shell.stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert_eq!(lines.next().unwrap().unwrap(), "deaf");
    for _ in 0..10 {
        send("HUP", &child);
        thread::sleep(Duration::from_millis(5));
    }
    assert!(lines.count() > 0, "it says what it found");
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_program_in_a_wrapper_is_gone_after_a_timeout_and_after_an_error() {
    let programs = Programs::new();
    let invocation = Invocation {
        timeout: Duration::from_millis(500),
        ..Invocation::new("sh", &[&programs.path("wrapper.sh"), &programs.path("")])
    };
    let program = Program::start(&invocation).unwrap();
    let network = Network::new(&[1, 1], Activation::Tanh, Loss::SquaredError).unwrap();
    let parameters = network.initialise(Weights::Zeros, 1).unwrap();
    let batch = Batch::new(array![[1.0]], array![[1.0]]).unwrap();
    let mut answers = (0..9).map(|_| program.evaluate(network.at(&parameters, &batch)));
    let error = answers.find_map(Result::err).unwrap().to_string();
    assert!(error.contains("gave no answer within 0.5 s"), "{error}");
    assert_eq!(programs.count(), 4);
    programs.assert_all_are_gone("after a timeout");
    // at the end of the check, too
    let program = Program::start(&invocation).unwrap();
    assert_eq!(programs.count(), 8);
    drop(program);
    programs.assert_all_are_gone("at the end");
    let programs = Programs::new();
    fs::write(programs.path("deaf.sh"), DEAF.replace("\"protocol\":1", "\"protocol\":2")).unwrap();
    assert_eq!(programs.check(&[]).status().unwrap().code(), Some(1));
    assert!(programs.count() >= 4);
    programs.assert_all_are_gone("after an error");
}

#[test]
fn a_process_that_has_left_the_group_is_gone_too() {
    for leaver in ["timeout 600", "setsid", "nohup setsid"] {
        let has = Command::new("sh").arg("-c").arg(format!("command -v {leaver}")).output();
        if !has.is_ok_and(|it| it.status.success()) {
            continue;
        }
        let programs = Programs::new();
        let folder = programs.path("");
        // a child in another group, which starts others; its stdin is the program's
        let line = format!("{leaver} sh {} {folder}; true", programs.path("deaf.sh"));
        let invocation = Invocation { shell: true, ..Invocation::new(&line, &[]) };
        let program = Program::start(&invocation).unwrap();
        assert_eq!(programs.count(), 2, "{leaver}");
        drop(program);
        programs.assert_all_are_gone(leaver);
    }
}

#[test]
fn what_has_left_the_group_of_a_program_that_ends_as_it_should_is_gone_too() {
    let has_setsid = Command::new("setsid").arg("true").status().is_ok_and(|it| it.success());
    if !has_setsid {
        return;
    }
    let programs = Programs::new();
    // the program ends when its stdin does; its child has a session of its own
    let polite = "setsid sleep 600 & echo $! >> \"$1/ids\"\n\
                  read line\necho '{\"protocol\":1,\"widths\":[1,1]}'\n\
                  while read line; do echo '{\"unsupported\":\"all\"}'; done\n";
    fs::write(programs.path("polite.sh"), polite).unwrap();
    let invocation = Invocation::new("sh", &[&programs.path("polite.sh"), &programs.path("")]);
    drop(Program::start(&invocation).unwrap());
    assert_eq!(programs.count(), 1);
    programs.assert_all_are_gone("a child with a session of its own");
}

#[test]
fn a_child_in_the_background_that_holds_stdout_open_is_gone_and_does_not_hold_us_up() {
    let programs = Programs::new();
    // the program ends at once; what it has started in the background stays, with its streams
    let quitter = "sleep 600 & echo $! >> \"$1/ids\"\nread line\n\
                   echo '{\"protocol\":1,\"widths\":[1,1]}'\n";
    fs::write(programs.path("quitter.sh"), quitter).unwrap();
    let line = format!("sh {} {}", programs.path("quitter.sh"), programs.path(""));
    for program in [&["--shell", "--", &line][..], &["--", "sh", &programs.path("quitter.sh"), "."]]
    {
        let began = Instant::now();
        let mut check = command(&["check", "--profile", "quick", "--no-shrink", "--timeout", "1"]);
        check.args(["--only", "twins-stay-twins"]).args(program).current_dir(programs.path(""));
        let status = check.status().unwrap();
        // its next question is not answered, or nothing applies to so small a network
        assert!(matches!(status.code(), Some(2 | 3)), "{status}");
        assert!(began.elapsed() < Duration::from_secs(60));
        programs.assert_all_are_gone("after the end");
    }
    assert!(programs.count() >= 2);
}
