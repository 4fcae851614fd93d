//! Files that the command writes: whole or not at all, and nothing of anybody else's.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "helpers of tests state their expectation by panicking")]

use init_symmetry::output_file::OutputFile;
use std::fs::{self, File, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};
use tempfile::{TempDir, tempdir};

fn text(path: &Path) -> String {
    fs::read_to_string(path).unwrap()
}

fn mode(path: &Path) -> u32 {
    path.metadata().unwrap().mode() & 0o7777
}

fn write(path: &Path, text: &str) {
    OutputFile::at(path).unwrap().write(text).unwrap();
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> =
        entries.map(|it| it.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn a_new_file_has_the_mode_of_any_new_file() {
    let folder = tempdir().unwrap();
    let [ours, other] = ["ours", "other"].map(|name| folder.path().join(name));
    write(&ours, "text");
    fs::write(&other, "text").unwrap();
    assert_eq!((text(&ours).as_str(), mode(&ours)), ("text", mode(&other)));
    assert_eq!(names(folder.path()), ["other", "ours"], "nothing is left beside it");
}

#[test]
fn a_file_that_is_replaced_keeps_its_mode_and_changes_only_at_the_end() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("results.xml");
    for of_file in [0o600, 0o640, 0o755, 0o222] {
        fs::write(&path, "old").unwrap();
        fs::set_permissions(&path, Permissions::from_mode(of_file)).unwrap();
        let place = OutputFile::at(&path).unwrap();
        assert_eq!((text(&path).as_str(), names(folder.path()).len()), ("old", 1));
        place.write("new").unwrap();
        assert_eq!((text(&path).as_str(), mode(&path)), ("new", of_file));
        fs::remove_file(&path).unwrap();
    }
}

#[test]
fn a_link_stays_one_and_what_it_leads_to_is_replaced() {
    let folder = tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::create_dir(path("below")).unwrap();
    fs::write(path("below/there"), "old").unwrap();
    for (link, leads_to, target) in [
        ("to-a-file", "below/there", "below/there"),
        ("to-a-link", "to-a-file", "below/there"),
        ("to-nothing-yet", "below/new", "below/new"),
        ("below/up", "../beside", "beside"),
    ] {
        symlink(leads_to, path(link)).unwrap();
        write(&path(link), link);
        assert_eq!(fs::read_link(path(link)).unwrap(), Path::new(leads_to), "{link}");
        assert_eq!(text(&path(target)), link);
        assert!(!path(target).is_symlink());
    }
}

#[test]
fn an_open_descriptor_and_a_device_are_written_to_as_they_are() {
    use std::os::fd::AsRawFd;
    let folder = tempdir().unwrap();
    let path = folder.path().join("both.txt");
    fs::write(&path, "first, ").unwrap();
    let open = File::options().append(true).open(&path).unwrap();
    write(Path::new(&format!("/dev/fd/{}", open.as_raw_fd())), "second");
    assert_eq!(text(&path), "first, second");
    write(Path::new("/dev/null"), "text");
    assert!(!Path::new("/dev/null").metadata().unwrap().is_file());
}

#[test]
fn what_has_become_of_a_place_during_the_work_is_noticed() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("results.xml");
    let place = OutputFile::at(&path).unwrap();
    fs::create_dir(&path).unwrap();
    assert!(place.write("text").is_err());
    assert_eq!(names(folder.path()), ["results.xml"]);
}

/// Places at which no file can be written, in a folder where each of them has been made.
fn impossible_places(folder: &Path) -> Vec<(&'static str, &'static str)> {
    let path = |name: &str| folder.join(name);
    fs::create_dir(path("folder")).unwrap();
    fs::write(path("file"), "old").unwrap();
    fs::write(path("read-only"), "old").unwrap();
    fs::set_permissions(path("read-only"), Permissions::from_mode(0o444)).unwrap();
    symlink("loop", path("loop")).unwrap();
    symlink("folder/", path("to-a-folder")).unwrap();
    symlink("none/new", path("to-no-folder")).unwrap();
    symlink("read-only", path("to-read-only")).unwrap();
    symlink("none/", path("to-a-new-folder")).unwrap();
    assert!(Command::new("mkfifo").arg(path("pipe")).status().unwrap().success());
    std::os::unix::net::UnixListener::bind(path("socket")).unwrap();
    vec![
        ("folder", "it is a folder"),
        ("folder/", "it names a folder"),
        ("new/", "it names a folder"),
        ("new/.", "it names a folder"),
        ("..", "it names a folder"),
        ("none/new", "none does not exist: make it first"),
        ("file/new", "not a directory"),
        ("read-only", "it is read-only"),
        ("to-read-only", "it is read-only"),
        ("to-a-folder", "it is a folder"),
        ("to-a-new-folder", "it is a link to a folder"),
        ("to-no-folder", "none does not exist: make it first"),
        ("loop", "too many levels of symbolic links"),
        ("pipe", "it is a pipe"),
        ("socket", "it is a socket"),
        ("/proc/new", "no file can be made in the folder /proc"),
        ("/proc/none/new", "none does not exist: make it first"),
    ]
}

/// Every option that names a file to write, in a call that takes long. The program of `check`
/// leaves a trace if it is started.
const OPTIONS: [&str; 4] = [
    "verify --profile soak --junit",
    "check --profile soak --junit",
    "check --profile soak --save-case",
    "prove --shape 2-2-1 --rocq",
];

fn command(folder: &Path, arguments: &str, further: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_init-symmetry"));
    command.current_dir(folder).args(arguments.split(' ')).args(further);
    if arguments.starts_with("check") {
        command.args(["--", "sh", "-c", "touch started; cat"]);
    }
    command
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn a_place_that_cannot_be_written_is_refused_before_the_work_by_every_option() {
    for option in OPTIONS {
        let folder = tempdir().unwrap();
        let places = impossible_places(folder.path());
        let before = names(folder.path());
        for (place, expected) in places {
            let output = command(folder.path(), option, &[place]).output().unwrap();
            let said = said(&output);
            assert_eq!(output.status.code(), Some(1), "{option} {place}: {said}");
            assert!(said.starts_with(&format!("error: {place}: ")), "{option}: {said}");
            assert!(said.contains(expected) && said.lines().count() == 1, "{option}: {said}");
            assert!(output.stdout.is_empty(), "{option} {place}");
        }
        assert_eq!(names(folder.path()), before, "{option}");
        assert_eq!(text(&folder.path().join("read-only")), "old");
    }
}

#[test]
fn a_run_that_is_cut_short_leaves_no_file() {
    let folder = tempdir().unwrap();
    let file = folder.path().join("old.xml");
    fs::write(&file, "old").unwrap();
    for place in ["new.xml", "old.xml"] {
        let option = "verify --profile soak --seed 1 --junit";
        let mut run = command(folder.path(), option, &[place]);
        let mut run = run.stdout(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(500));
        assert!(run.try_wait().unwrap().is_none(), "not vacuous: it was running");
        run.kill().unwrap();
        run.wait().unwrap();
        assert_eq!((names(folder.path()), text(&file)), (vec!["old.xml".into()], "old".into()));
    }
}

#[test]
fn a_file_for_which_there_is_no_room_leaves_the_old_one() {
    let folder = tempdir().unwrap();
    let file = folder.path().join("old.v");
    fs::write(&file, "precious").unwrap();
    // no file may become larger than two blocks, as on a disk that is nearly full
    let script = "trap '' XFSZ; ulimit -f 2; exec \"$0\" prove --shape 3-4-1 --rocq old.v";
    let mut shell = Command::new("sh");
    shell.args(["-c", script, env!("CARGO_BIN_EXE_init-symmetry")]).current_dir(folder.path());
    let output = shell.output().unwrap();
    let said = said(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.starts_with("error: old.v: it cannot be written, and its old content is kept: "));
    assert!(!said.contains(".init-symmetry"), "a name that means nothing to anybody: {said}");
    assert_eq!((names(folder.path()), text(&file)), (vec!["old.v".into()], "precious".into()));
}

#[test]
fn two_outputs_at_one_place_are_refused() {
    let folder = tempdir().unwrap();
    symlink("one", folder.path().join("other")).unwrap();
    for place in ["one", "./one", "other"] {
        let arguments = ["one", "--save-case", place];
        let output = command(folder.path(), "check --junit", &arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        assert!(said(&output).contains("two outputs of this run name this file"));
    }
    assert_eq!(names(folder.path()), ["other"]);
}

/// A claim that is green, and a fault that turns it red.
const CLAIM: &str = "verify a-step-subtracts-the-rate-times-the-gradient --profile quick";
const FAULT: &str = "--fault=rate-applied-twice";

#[test]
fn junit_on_stdout_follows_what_is_printed() {
    let folder = tempdir().unwrap();
    let both = folder.path().join("both.txt");
    for place in ["/dev/stdout", "/dev/fd/1", "both.txt"] {
        let mut run = command(folder.path(), CLAIM, &["--junit", place]);
        let status = run.stdout(File::create(&both).unwrap()).status().unwrap();
        assert_eq!(status.code(), Some(0));
        let both = text(&both);
        let (lines, xml) = both.split_once("<?xml ").expect(&both);
        assert!(lines.starts_with("holds ") && lines.lines().count() == 2, "{lines}");
        assert!(xml.ends_with("</testsuites>\n"), "{xml}");
    }
}

/// Runs a command whose reader has left before the first line.
fn unread(mut command: Command) -> Output {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    command.stdout(writer).output().unwrap()
}

#[test]
fn a_reader_that_leaves_changes_neither_verdict_nor_junit() {
    let folder = tempdir().unwrap();
    let file = folder.path().join("results.xml");
    for (call, further, code) in [
        (CLAIM, &["--junit", "results.xml"][..], 0),
        (CLAIM, &["--junit", "results.xml", FAULT], 2),
        (CLAIM, &["--junit", "results.xml", FAULT, "--json"], 2),
        ("prove --statement inductive-step --shape 3-1", &[], 3),
        ("prove --statement inductive-step --shape 2-2-1", &["--json"], 0),
        ("faults --only stale-cache", &[], 0),
        ("completions bash", &[], 0),
    ] {
        let output = unread(command(folder.path(), call, further));
        let warned = code == 3; // that there is nothing to prove
        assert_eq!(output.status.code(), Some(code), "{call} {further:?}: {}", said(&output));
        assert_eq!(output.stderr.is_empty(), !warned, "{call}: {}", said(&output));
        if further.contains(&"--junit") {
            assert!(text(&file).ends_with("</testsuites>\n"));
            assert_eq!(text(&file).contains("<failure"), code == 2);
            fs::remove_file(&file).unwrap();
        }
    }
}

/// Checks a program whose every answer is the same wrong one, and that may do something first.
fn check_of_a_wrong_program(folder: &Path, first: &str) -> Command {
    let hello = r#"{"protocol":1,"widths":[1,1]}"#;
    let answer = r#"{"loss":0.5,"gradient":[{"w":[[0]],"b":[[0]]}]}"#;
    let answers = format!("while read line; do echo '{answer}'; done");
    let script = format!("read line; {first} echo '{hello}'; {answers}");
    let mut command = Command::new(env!("CARGO_BIN_EXE_init-symmetry"));
    command.current_dir(folder).args(["check", "--profile", "quick", "--no-shrink"]);
    command.args(["--junit", "out/results.xml", "--save-case", "out/cases.json"]);
    command.args(["--", "sh", "-c", &script]);
    command
}

#[test]
fn a_wrong_program_fails_whether_somebody_reads_or_not() {
    let folder = tempdir().unwrap();
    fs::create_dir(folder.path().join("out")).unwrap();
    let output = unread(check_of_a_wrong_program(folder.path(), ""));
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    assert_eq!(names(&folder.path().join("out")), ["cases.json", "results.xml"]);
}

#[test]
fn a_wrong_program_fails_whether_its_files_can_be_written_in_the_end_or_not() {
    let folder = tempdir().unwrap();
    fs::create_dir(folder.path().join("out")).unwrap();
    let output = check_of_a_wrong_program(folder.path(), "rm -r out;").output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    assert!(said(&output).contains("the folder out does not exist"), "{}", said(&output));
}

#[cfg(target_os = "linux")]
#[test]
fn an_output_for_which_there_is_no_room_is_an_error_beside_the_verdict() {
    let folder = TempDir::new().unwrap();
    for (further, code) in [(&["--junit", "results.xml"][..], 1), (&[FAULT], 2)] {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let mut run = command(folder.path(), CLAIM, further);
        let output = run.stdout(full).output().unwrap();
        assert_eq!(output.status.code(), Some(code));
        assert!(said(&output).starts_with("error: the output cannot be written: no space left"));
    }
    assert_eq!(names(folder.path()), ["results.xml"]);
}

#[test]
fn a_place_for_a_report_that_cannot_be_is_refused_before_anything_is_computed() {
    let folder = tempdir().unwrap();
    let path = |name: &str| -> PathBuf { folder.path().join(name) };
    for name in ["own", "piped", "linked", "elsewhere"] {
        fs::create_dir(path(name)).unwrap();
    }
    fs::write(path("file"), "").unwrap();
    fs::write(path("own/claims.csv"), "precious").unwrap();
    assert!(Command::new("mkfifo").arg(path("piped/index.html")).status().unwrap().success());
    symlink("../elsewhere", path("linked/figures")).unwrap();
    symlink("elsewhere", path("link")).unwrap();
    symlink("none", path("to-nothing")).unwrap();
    for (place, expected) in [
        ("own", "claims.csv is not as a report wrote it"),
        ("piped", "index.html is not as a report wrote it"),
        ("linked", "figures is a link or a file"),
        ("link", "is a link, and a report is written through none"),
        ("link/", "is a link, and a report is written through none"),
        ("to-nothing", "is a link, and a report is written through none"),
        ("to-nothing/below", "to-nothing is in its way and is no folder"),
        ("file", "is a file, and a report needs a folder"),
        ("file/below", "not a directory"),
        ("/proc/none/below", "nothing can be written in /proc: "),
    ] {
        for force in [&[][..], &["--force"]] {
            let began = Instant::now();
            let arguments = [&[place], force].concat();
            let output = command(folder.path(), "report --out", &arguments).output().unwrap();
            let said = said(&output);
            assert_eq!(output.status.code(), Some(1), "{place}: {said}");
            assert!(said.contains(expected) && said.lines().count() == 1, "{place}: {said}");
            assert!(began.elapsed() < Duration::from_secs(10), "{place}");
        }
    }
    assert_eq!(text(&path("own/claims.csv")), "precious");
    assert!(names(&path("elsewhere")).is_empty());
}
