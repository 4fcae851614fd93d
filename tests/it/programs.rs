//! Other people's programs: those of `tests/programs/right.py` must not be condemned, those of
//! `wrong.py` must be caught, and most of them named by the first line of the report.
//!
//! What a program is and what is expected of it stands in those two files alone. Start reading at
//! [`judge_all`].

use serde_json::Value;
use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Mutex, PoisonError};
use std::thread;

/// Of the wrong programs so many at least are named.
const NAMED: usize = 25;

/// Two programs run at a time, however many tests do.
static ONE_LIST: Mutex<()> = Mutex::new(());

/// A program that was checked, and how that ended.
struct Judged {
    arguments: Vec<String>,
    status: Option<i32>,
    report: String,
}

pub(crate) fn python() -> String {
    // INIT_SYMMETRY_PYTHON names another python than python3
    env::var("INIT_SYMMETRY_PYTHON").unwrap_or_else(|_| "python3".into())
}

fn in_programs(script: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join("programs").join(script)
}

/// Runs a command with one thread and without traces in the folder of the programs.
pub(crate) fn run(command: &mut Command) -> Output {
    let command = command.env("PYTHONDONTWRITEBYTECODE", "1");
    let command = command.env("OMP_NUM_THREADS", "1").env("OPENBLAS_NUM_THREADS", "1");
    command.output().expect("the command runs")
}

/// The arguments of every program of a script.
fn listed(script: &str) -> Vec<Vec<String>> {
    let output = run(Command::new(python()).arg(in_programs(script)).arg("--list"));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let arguments = |line: &str| {
        let listed: Value = serde_json::from_str(line).expect("JSON");
        serde_json::from_value(listed["arguments"].clone()).expect("arguments")
    };
    String::from_utf8_lossy(&output.stdout).lines().map(arguments).collect()
}

fn judge(script: &str, arguments: Vec<String>) -> Judged {
    let mut command = Command::new(env!("CARGO_BIN_EXE_init-symmetry"));
    command.args(["check", "--profile", "quick", "--no-shrink", "--color", "never"]);
    command.args(["--timeout", "60", "--", &python()]).arg(in_programs(script)).args(&arguments);
    let Output { status, stdout, stderr } = run(&mut command);
    let report = String::from_utf8_lossy(&stdout) + String::from_utf8_lossy(&stderr);
    Judged { arguments, status: status.code(), report: report.into_owned() }
}

/// Checks one of `every` so many programs of a script, two at a time.
fn judge_all(script: &str, every: usize) -> Vec<Judged> {
    let programs = listed(script);
    assert_eq!(programs.len(), 40, "{script}");
    two_at_a_time(programs.into_iter().step_by(every), |arguments| judge(script, arguments))
}

/// The results of work on each item, two items at a time, in no particular order.
pub(crate) fn two_at_a_time<T, R: Send>(
    items: impl Iterator<Item = T> + Send,
    work: impl Fn(T) -> R + Sync,
) -> Vec<R> {
    let _alone = ONE_LIST.lock().unwrap_or_else(PoisonError::into_inner);
    let waiting = Mutex::new(items);
    let work_through = || {
        let mut results = vec![];
        loop {
            let next = waiting.lock().expect("no panic").next();
            let Some(item) = next else { return results };
            results.push(work(item));
        }
    };
    thread::scope(|scope| {
        let other = scope.spawn(work_through);
        let mut results = work_through();
        results.extend(other.join().expect("no panic"));
        results
    })
}

/// Fails with the names of the programs that ended otherwise, and then with their reports.
fn assert_all_end_with(status: i32, judged: &[Judged]) {
    let otherwise: Vec<_> = judged.iter().filter(|it| it.status != Some(status)).collect();
    let names: Vec<_> = otherwise.iter().map(|it| it.arguments.join(" ")).collect();
    let told = |it: &&Judged| {
        let Judged { arguments, status, report } = it;
        format!("\n{} ended with {status:?}:\n{report}", arguments.join(" "))
    };
    let reports: String = otherwise.iter().map(told).collect();
    assert!(names.is_empty(), "not {status}: {}\n{reports}", names.join(", "));
}

/// Whether the line below the verdict names the bug, by the expression in `wrong.py`.
fn is_named(judged: &Judged) -> bool {
    let mut command = Command::new(python());
    command.arg(in_programs("wrong.py")).arg("--names").args(&judged.arguments);
    let output = run(command.arg(judged.report.lines().nth(1).unwrap_or_default()));
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(complaint.is_empty(), "{complaint}");
    output.status.success()
}

#[test]
#[ignore = "needs NumPy: cargo test --test it a_quarter_of -- --ignored"]
fn a_quarter_of_the_right_programs_is_not_condemned() {
    assert_all_end_with(0, &judge_all("right.py", 4));
}

#[test]
#[ignore = "needs NumPy, and a minute: cargo test --test it programs -- --ignored"]
fn every_right_program_is_not_condemned() {
    assert_all_end_with(0, &judge_all("right.py", 1));
}

#[test]
#[ignore = "needs NumPy: cargo test --test it a_quarter_of -- --ignored"]
fn a_quarter_of_the_wrong_programs_is_caught() {
    assert_all_end_with(2, &judge_all("wrong.py", 4));
}

#[test]
#[ignore = "needs NumPy, and a minute: cargo test --test it programs -- --ignored"]
fn every_wrong_program_is_caught_and_most_are_named_by_their_first_line() {
    let judged = judge_all("wrong.py", 1);
    assert_all_end_with(2, &judged);
    let unnamed: Vec<_> = judged.iter().filter(|it| !is_named(it)).collect();
    let first_line = |it: &&Judged| {
        format!("\n{}: {}", it.arguments.join(" "), it.report.lines().nth(1).unwrap_or_default())
    };
    let first_lines: String = unnamed.iter().map(first_line).collect();
    let named = judged.len() - unnamed.len();
    assert!(named >= NAMED, "{named} are named and these are not:{first_lines}");
}
