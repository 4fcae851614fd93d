//! Whatever the input, the command answers in one sentence: no panic, nothing written.

use init_symmetry::claim;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Far more than a refusal takes, and far less than the absurd requests would.
const A_REFUSAL_TAKES_LESS_THAN: Duration = Duration::from_secs(20);

const GOOD: &str = "a,b,kind\n1,2,no\n3,5,yes\n4,1,no\n2,2,yes\n";

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data").join(name)
}

fn run<S: AsRef<OsStr>>(folder: &Path, arguments: &[S]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_init-symmetry"));
    command.current_dir(folder).args(arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn names_in(folder: &Path) -> Vec<PathBuf> {
    let mut names: Vec<_> = fs::read_dir(folder).unwrap().map(|it| it.unwrap().path()).collect();
    names.sort();
    names
}

/// Runs the command in `folder` and checks that it refuses with one sentence that has `expected`.
fn refuses_in<S: AsRef<OsStr>>(folder: &Path, arguments: &[S], expected: &str) {
    let shown: Vec<_> = arguments.iter().map(AsRef::as_ref).collect();
    let (before, begin) = (names_in(folder), Instant::now());
    let output = run(folder, arguments);
    let message = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{shown:?}: {message}");
    assert_eq!(text(&output.stdout), "", "{shown:?}");
    let sentence = message.strip_prefix("error: ").expect(&message).strip_suffix('\n').unwrap();
    assert!(!sentence.contains('\n'), "{shown:?}: {message}");
    assert!(!sentence.starts_with(char::is_uppercase), "{shown:?}: {message}");
    assert!(sentence.contains(expected), "{shown:?}: {message} does not say {expected:?}");
    assert_eq!(names_in(folder), before, "{shown:?} wrote something");
    assert!(begin.elapsed() < A_REFUSAL_TAKES_LESS_THAN, "{shown:?} took {:?}", begin.elapsed());
}

/// Trains on a file with these bytes and checks the refusal.
fn refuses_file(contents: impl AsRef<[u8]>, expected: &str) {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("data.csv"), contents).unwrap();
    let arguments = ["train", "--data", "data.csv", "--label", "kind"];
    refuses_in(folder.path(), &arguments, expected);
}

/// Trains on a good file with these further arguments and checks the refusal.
fn refuses_arguments(further: &[&str], expected: &str) {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("data.csv"), GOOD).unwrap();
    let mut arguments = vec!["train", "--data", "data.csv"];
    if !further.contains(&"--label") {
        arguments.extend(["--label", "kind"]);
    }
    arguments.extend(further);
    refuses_in(folder.path(), &arguments, expected);
}

/// Trains on a file with these bytes and checks that it is accepted; gives stdout and stderr.
fn accepts_file(contents: impl AsRef<[u8]>) -> [String; 2] {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("data.csv"), contents).unwrap();
    let arguments = ["train", "--data", "data.csv", "--label", "kind", "--steps", "20"];
    let output = run(folder.path(), &arguments);
    let outputs = [text(&output.stdout), text(&output.stderr)];
    assert_eq!(output.status.code(), Some(0), "{outputs:?}");
    assert_eq!(names_in(folder.path()).len(), 1);
    outputs
}

#[test]
fn the_good_file_of_these_tests_is_accepted() {
    // Not vacuous: what is refused below is refused for the one thing that is wrong with it.
    let [out, err] = accepts_file(GOOD);
    assert!(out.contains("4 examples, 2 features") && out.contains("from zeros"), "{out}");
    assert_eq!(err, "");
}

#[test]
fn a_missing_file_is_refused() {
    let folder = TempDir::new().unwrap();
    let arguments = ["train", "--data", "no.csv", "--label", "kind"];
    refuses_in(folder.path(), &arguments, "no.csv: no such file");
}

#[test]
fn a_directory_is_refused() {
    let folder = TempDir::new().unwrap();
    let arguments = ["train", "--data", ".", "--label", "kind"];
    refuses_in(folder.path(), &arguments, ".: it is a directory, not a file");
}

#[test]
fn an_empty_file_is_refused() {
    refuses_file("", "data.csv: the file is empty");
    refuses_file("\u{feff}", "data.csv: the file is empty");
    refuses_file("\n\r\n\n", "data.csv: the file is empty");
}

#[test]
fn a_file_with_only_a_header_is_refused() {
    refuses_file("a,b,kind\n", "data.csv: there is a header but no example");
}

#[test]
fn a_file_that_is_not_utf_8_is_refused() {
    refuses_file(b"a,b,kind\n1,2,na\xefve\n", "data.csv, line 2: the text is not UTF-8");
    let utf_16: Vec<u8> = "a,kind\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    refuses_file([&[0xff, 0xfe], &utf_16[..]].concat(), "line 1: the text is not UTF-8 but UTF-16");
}

#[test]
fn a_file_in_utf_16_or_utf_32_without_a_mark_is_recognised() {
    let utf_16 = "the text is not UTF-8 but looks like UTF-16 without a mark: save it as UTF-8";
    let units = || GOOD.encode_utf16();
    refuses_file(units().flat_map(u16::to_le_bytes).collect::<Vec<_>>(), utf_16);
    refuses_file(units().flat_map(u16::to_be_bytes).collect::<Vec<_>>(), utf_16);
    let utf_32: Vec<u8> = GOOD.chars().flat_map(|c| u32::from(c).to_le_bytes()).collect();
    refuses_file(utf_32, "the text is not UTF-8 but looks like UTF-32: save it as UTF-8");
    refuses_file("a,kind\n1\0,no\n2,yes\n", "but has bytes that are 0, as no text has");
    // letters of other alphabets are no zeros
    accepts_file("длина,kind\n1,нет\n2,да\n");
}

#[test]
fn a_first_line_that_may_be_names_or_an_example_is_not_guessed() {
    let hint = "(if this line names the columns, use --header yes)";
    let years = "2020,2021,kind\n1,2,no\n3,4,yes\n";
    refuses_file(years, "data.csv, line 1: one of its cells is a number, so it was read as an");
    refuses_file(years, hint);
    let folder = TempDir::new().unwrap();
    let refuses = |contents: &str, label: &str, expected: &str| {
        fs::write(folder.path().join("data.csv"), contents).unwrap();
        let arguments = ["train", "--data", "data.csv", "--label", label, "--steps", "1"];
        refuses_in(folder.path(), &arguments, expected);
    };
    refuses("2020,2021,2022\n1,2,0\n3,4,1\n", "2022", hint);
    let alone = "no other line has its class 'kind': choose --header yes or --header no";
    refuses(years, "3", alone);
    for missing in ["?", "NA", "nan", "inf", "null"] {
        let text = format!("{missing},no\n1,yes\n2,no\n");
        refuses(&text, "2", &format!("line 1, column '1': '{missing}' is not a"));
        refuses(&text, "2", hint);
    }
    let eaten = "abc,no\n1,yes\n2,no\n";
    refuses(eaten, "2", "line 1: it has no number, so it was read as column names, but 'no'");
    // who names the column by this name, or says yes, means it
    for (label, header) in [("no", "auto"), ("2", "yes")] {
        let mut arguments = vec!["train", "--data", "data.csv", "--label", label, "--steps", "1"];
        arguments.extend(["--header", header]);
        assert_eq!(run(folder.path(), &arguments).status.code(), Some(0), "{label}");
    }
}

#[test]
fn a_huge_file_is_refused_with_its_size() {
    let folder = TempDir::new().unwrap();
    let file = fs::File::create(folder.path().join("data.csv")).unwrap();
    file.set_len(1 << 30).unwrap(); // a hole: it takes no space
    let arguments = ["train", "--data", "data.csv", "--label", "kind"];
    refuses_in(folder.path(), &arguments, "it is 1024 MiB large but the limit is 64 MiB");
}

#[cfg(unix)]
#[test]
fn an_endless_file_without_a_size_is_refused() {
    let folder = TempDir::new().unwrap();
    let arguments = ["train", "--data", "/dev/zero", "--label", "kind"];
    refuses_in(folder.path(), &arguments, "/dev/zero: it is longer but the limit is 64 MiB");
}

#[test]
fn a_cell_that_is_no_finite_number_is_refused_with_line_and_column() {
    refuses_file(
        "a,b,kind\n1,2,no\n3,x,yes\n",
        "data.csv, line 3, column 'b': 'x' is not a number",
    );
    refuses_file("a,b,kind\n1,,no\n", "data.csv, line 2, column 'b': the cell is empty");
    for cell in ["NaN", "nan", "inf", "-Infinity", "1e999"] {
        let expected = format!("data.csv, line 3, column 'a': '{cell}' is not a finite number");
        refuses_file(format!("a,b,kind\n1,2,no\n{cell},5,yes\n"), &expected);
    }
}

#[test]
fn ragged_rows_are_refused_with_their_line() {
    refuses_file("a,b,kind\n1,2,no\n3,yes\n", "line 3: it has 2 cells but line 1 has 3");
    refuses_file("a,b,kind\n1,2,no,4\n", "line 2: it has 4 cells but line 1 has 3");
}

#[test]
fn columns_of_the_same_name_are_refused() {
    let expected = "data.csv, line 1: columns 1 and 2 are both named 'a'";
    refuses_file("a,a,kind\n1,2,no\n3,4,yes\n", expected);
}

#[test]
fn a_file_that_is_not_separated_by_commas_is_refused_with_a_hint() {
    refuses_file("a;b;kind\n1;2;no\n", "are cells separated by commas?");
}

#[test]
fn a_missing_label_column_is_refused_with_the_nearest_name() {
    refuses_arguments(&["--label", "kin"], "unknown column 'kin', did you mean 'kind'?");
    refuses_arguments(&["--label", "xyzzy"], "unknown column 'xyzzy'");
    refuses_arguments(&["--label", "4"], "column 4 does not exist (count: 3)");
    refuses_arguments(&["--label", "0"], "column 0 does not exist (count: 3)");
}

#[test]
fn a_number_of_classes_that_does_not_fit_is_refused() {
    refuses_file(
        "a,b,kind\n1,2,no\n3,4,no\n",
        "the only class in column 'kind' is 'no' but 2 classes are needed",
    );
    refuses_file("a,b,kind\n1,2,no\n3,4,\n", "line 3, column 'kind': the cell is empty");
    let folder = TempDir::new().unwrap();
    let iris = data("iris.csv");
    let arguments = [
        OsStr::new("train"),
        "--data".as_ref(),
        iris.as_ref(),
        "--label".as_ref(),
        "species".as_ref(),
    ];
    for (options, expected) in [
        (["--layers", "4-8-1"], "the last width in --layers is 1 but has to be 3, one for each"),
        (["--layers", "4-8-2"], "the last width in --layers is 2 but has to be 3, one for each"),
    ] {
        let arguments = [&arguments[..], &options.map(OsStr::new)].concat();
        refuses_in(folder.path(), &arguments, expected);
    }
    let loss = ["--loss", "softmax-cross-entropy"];
    refuses_arguments(&loss, "softmax-cross-entropy needs at least 2 outputs, one for each class");
}

#[test]
fn numbers_too_large_to_standardise_are_refused() {
    refuses_file(
        "a,b,kind\n1.7e308,2,no\n1.7e308,4,yes\n-1e308,1,yes\n",
        "the mean of feature 'a' is inf but has to be a finite number",
    );
}

#[test]
fn layers_that_make_no_network_are_refused() {
    refuses_arguments(&["--layers", "2-0-1"], "layer 1 has width 0 but every layer needs");
    refuses_arguments(&["--layers", "0-4-1"], "layer 0 has width 0");
    refuses_arguments(&["--layers", "2"], "a network needs at least 2 widths");
    refuses_arguments(&["--layers", "2-x-1"], "is 'x' but has to be a whole number");
    refuses_arguments(&["--layers", ""], "is '' but has to be a whole number");
    refuses_arguments(&["--layers", "2--4-1"], "is '' but has to be a whole number");
}

#[test]
fn layers_that_do_not_fit_the_data_are_refused() {
    refuses_arguments(
        &["--layers", "3-8-1"],
        "the first width in --layers is 3 but has to be 2, one for each feature in the data",
    );
    refuses_arguments(
        &["--layers", "2-8-2"],
        "the last width in --layers is 2 but has to be 1, one for each label in the data",
    );
}

#[test]
fn a_rate_that_is_not_positive_and_finite_is_refused() {
    let no_rates =
        ["-1", "-0.5", "0", "-0", "NaN", "-nan", "inf", "-inf", "-infinity", "1e999", "-x"];
    for rate in no_rates.into_iter().chain(["fast", "", "--json", "--"]) {
        let expected = format!("the rate is '{rate}' but has to be a positive finite number");
        refuses_arguments(&["--rate", rate], &expected);
    }
}

#[test]
fn what_is_no_number_is_refused_by_its_name_even_if_it_looks_like_an_option() {
    for value in ["-inf", "-nan", "-x", "-1e5"] {
        refuses_arguments(&["--steps", value], &format!("the number of steps is '{value}' but"));
        refuses_arguments(&["--seed", value], &format!("the seed is '{value}' but"));
        refuses_arguments(&["--most-work", value], &format!("the most work is '{value}' but"));
        let folder = TempDir::new().unwrap();
        for (arguments, expected) in [
            (["prove", "--examples", value], "the number of examples is"),
            (["verify", "--seed", value], "the seed is"),
            (["explain", "--seed", value], "the seed is"),
            (["check", "--timeout", value], "the timeout is"),
            (["check", "--start-timeout", value], "the timeout is"),
        ] {
            refuses_in(folder.path(), &arguments, &format!("{expected} '{value}' but has to be"));
        }
    }
    refuses_arguments(&["--layers", "-2-1"], "a width in --layers -2-1 is '' but has to be");
}

#[test]
fn every_start_counts_as_work_and_the_limit_can_be_raised() {
    let steps = "5000000000"; // never mind: steps have a limit of their own
    refuses_arguments(&["--steps", steps], "the number of steps is 5000000000 but");
    let arguments = ["--steps", "100000000", "--layers", "2-5000-1", "--init"];
    let starts = [&arguments[..], &["zeros,he"]].concat();
    let expected = "(steps × examples × parameters × starts) is 1.7e13 multiplications (about 5 ho";
    refuses_arguments(&starts, expected);
    refuses_arguments(&starts, "has to be at most 1e13: take fewer --steps");
    refuses_arguments(&[&arguments[..], &["zeros", "--most-work", "1e12"]].concat(), "is 8.3e12");
    refuses_arguments(&["--steps", "20", "--most-work", "100"], "has to be at most 1e2: take");
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("data.csv"), GOOD).unwrap();
    let arguments = "train --data data.csv --label kind --steps 20 --most-work 1e6";
    let output = run(folder.path(), &arguments.split(' ').collect::<Vec<_>>());
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), String::new()));
}

#[test]
fn an_absurd_number_of_steps_is_refused_before_time_runs_out() {
    refuses_arguments(&["--steps", "1000000001"], "the number of steps is 1000000001 but");
    refuses_arguments(&["--steps", "99999999999999999999999"], "has to be a whole number");
    refuses_arguments(&["--steps", "-3"], "the number of steps is '-3' but has to be a whole");
    refuses_arguments(&["--steps", "1.5"], "the number of steps is '1.5' but has to be a whole");
    // A number of steps that is fine for a small network is absurd for a large one.
    let arguments = ["--steps", "1000000000", "--layers", "2-9999-1"];
    let expected = "(steps × examples × parameters × starts) is 4.9e14 multiplications";
    refuses_arguments(&arguments, expected);
}

#[test]
fn an_absurd_number_of_units_is_refused_before_memory_runs_out() {
    refuses_arguments(&["--layers", "2-10001-1"], "the width of layer 1 is 10001 but has to be");
    refuses_arguments(&["--layers", "2-4000000000-1"], "would hold 16000000001 numbers but");
    refuses_arguments(&["--layers", "2-9000-9000-9000-1"], "numbers but the limit is 134217728");
    let widest = usize::MAX.to_string();
    refuses_arguments(&["--layers", &format!("2-{widest}-{widest}-1")], "the limit is 134217728");
    refuses_arguments(&["--layers", &format!("2-{widest}0-1")], "has to be a whole number");
}

#[test]
fn unknown_names_are_refused_with_the_nearest_one() {
    for (option, name, expected) in [
        ("--activation", "than", "unknown activation 'than', did you mean 'tanh'?"),
        ("--activation", "TANH!!", "unknown activation 'TANH!!'"),
        ("--loss", "cross-entrpy", "unknown loss 'cross-entrpy', did you mean 'cross-entropy'?"),
        ("--init", "zero", "unknown initialiser 'zero', did you mean 'zeros'?"),
        ("--init", "xavier:2", "unknown initialiser 'xavier:2', did you mean 'xavier'?"),
        ("--init", "zeros,ha", "unknown initialiser 'ha', did you mean 'he'?"),
        ("--header", "maybe", "unknown choice of header 'maybe'"),
    ] {
        refuses_arguments(&[option, name], expected);
    }
}

#[test]
fn an_unknown_claim_is_refused_with_the_nearest_one() {
    let folder = TempDir::new().unwrap();
    let nearest = "did you mean 'zero-biases-are-harmless'?";
    for arguments in [
        &["zero-bias-is-harmless"][..],
        &["verify", "zero-bias-is-harmless"],
        &["verify", "zero-biases-are-harmless", "zero-bias-is-harmless", "--json"],
        &["list", "zero-bias-is-harmless"],
        &["explain", "zero-bias-is-harmless"],
    ] {
        let expected = format!("unknown claim 'zero-bias-is-harmless', {nearest}");
        refuses_in(folder.path(), arguments, &expected);
    }
    let nearest = "unknown claim or subcommand 'lisst', did you mean 'list'?";
    refuses_in(folder.path(), &["lisst"], nearest);
    refuses_in(folder.path(), &["explain"], "<CLAIM>");
    refuses_in(folder.path(), &["verify", "--profile", "slow"], "unknown profile 'slow'");
    refuses_in(folder.path(), &["list", "--section", "practise"], "did you mean 'practice'?");
    refuses_in(folder.path(), &["list", "--verdict", "hold"], "did you mean 'holds'?");
    refuses_in(folder.path(), &["--seed", "x"], "the seed is 'x' but has to be a whole number");
}

#[test]
fn an_unknown_name_is_refused_with_what_there_is() {
    let folder = TempDir::new().unwrap();
    let refuses = |arguments: &str, expected: &str| {
        refuses_in(folder.path(), &arguments.split(' ').collect::<Vec<_>>(), expected);
    };
    let with_xavier = claim::all().filter(|claim| claim.id.contains("xavier")).count();
    for (part, count) in [("xor", "2 claims"), ("xavier", &format!("{with_xavier} claims"))] {
        let meant = format!("unknown claim '{part}', did you mean `--only {part}`, which selects");
        for subcommand in ["", "verify ", "list "] {
            refuses(&format!("{subcommand}{part}"), &format!("{meant} {count}?"));
        }
    }
    let meant = "unknown claim 'unit-cannot', did you mean 'one-hidden-unit-cannot-learn-xor'?";
    refuses("explain unit-cannot", meant);
    refuses("explain xavier", "unknown claim 'xavier' (known: ");
    for (name, kind, command) in [
        ("twin-units", "a lint rule", "lint --explain twin-units"),
        ("twins-stay-twins", "a property", "check --only twins-stay-twins -- PROGRAM"),
        ("stale-cache", "a fault", "faults --only stale-cache"),
    ] {
        let meant = format!("'{name}' is {kind}, not a claim; try `init-symmetry {command}`");
        refuses(&format!("explain {name}"), &meant);
    }
    for subcommand in ["verify", "list", "explain"] {
        let all = "unknown claim 'killz' (`init-symmetry list` shows all)";
        refuses(&format!("{subcommand} killz"), all);
    }
    let subcommands = "'killz' (known: check, course, lint, verify, explain, list, report, train, \
                       faults, prove, completions)";
    refuses("help killz", &format!("unknown subcommand {subcommands}"));
    refuses("killz", &format!("unknown claim or subcommand {subcommands}"));
    refuses("help expain", "unknown subcommand 'expain', did you mean 'explain'?");
    refuses("verify --fault bias", "unknown fault 'bias' (known: ");
    refuses("verify --fault bias", "bias-broadcast, and ");
    refuses("check --only softmax -- true", "did you mean 'softmax-gradients-sum-to-zero'?");
    refuses(
        "check --only xyzzy -- true",
        "'xyzzy' (known: a-bias-is-a-weight-on-a-constant-input, ",
    );
    refuses_arguments(&["--label", "xyzzy"], "unknown column 'xyzzy' (known: a, b, kind)");
    refuses_arguments(&["--positive", "maybe"], "unknown class 'maybe' (known: no, yes)");
}

#[test]
fn a_program_without_dashes_before_it_is_refused_with_the_right_line() {
    let folder = TempDir::new().unwrap();
    let refuses = |arguments: &str, expected: &str| {
        refuses_in(folder.path(), &arguments.split(' ').collect::<Vec<_>>(), expected);
    };
    let meant = "put -- before the program: init-symmetry check -- python3 subject.py";
    refuses("check python3 subject.py", meant);
    refuses("check --seed 7 python3 -u a.py", ": init-symmetry check --seed 7 -- python3 -u a.py");
    refuses("check subject.py", "init-symmetry check subject.py:NAME; or, if it answers JSON");
}

#[test]
fn labels_that_may_be_numbers_or_classes_are_refused_with_both_ways() {
    let text = "a,b,kind\n1,2,0.2\n3,5,1\n4,1,0.2\n";
    refuses_file(text, "the label 'kind' holds numbers such as 0.2: use --loss squared-error");
    refuses_file(text, "--loss cross-entropy to treat each number as a class");
    let lines: String = (0..40).map(|k| format!("{k},{},{}\n", k % 7, k / 3)).collect();
    refuses_file(format!("a,b,kind\n{lines}"), "the label 'kind' holds 14 numbers in 40 examples:");
    let lines: String = (0..101).map(|k| format!("{k},{},{}\n", k % 7, 10 * k)).collect();
    let hint = "(--loss squared-error predicts the number)";
    refuses_file(format!("a,b,kind\n{lines}"), hint);
    refuses_file(
        "a,b,kind\n1,2,no\n3,,yes\n4,1,yes\n",
        "line 3, column 'b': the cell is empty (--drop-missing leaves out such examples)",
    );
    refuses_arguments(&["--loss", "squared-error", "--positive", "7"], "unknown class '7'");
}

#[test]
fn a_start_without_a_finite_number_is_refused() {
    for start in ["constant", "constant:", "normal:wide", "constant:NaN", "normal:inf"] {
        refuses_arguments(&["--init", start], "but has to be a");
    }
    // normal:0 is zeros by another name, and a sign changes nothing
    for start in ["normal:0", "normal:-0.5", "normal:-0"] {
        refuses_arguments(&["--init", start], "but has to be positive");
    }
}

#[test]
fn usage_errors_are_one_sentence_and_exit_1_too() {
    let folder = TempDir::new().unwrap();
    refuses_in(folder.path(), &["train"], "--data <FILE> --label <COLUMN>");
    refuses_in(folder.path(), &["train", "--data"], "a value is required for '--data <FILE>'");
    refuses_arguments(&["--rat", "1"], "unexpected argument '--rat' found; tip: a similar");
    refuses_arguments(&["--seed", "-1"], "the seed is '-1' but has to be a whole number");
    let follow = "options other than --color follow the subcommand 'list'";
    refuses_in(folder.path(), &["--seed", "2", "list"], follow);
    refuses_in(folder.path(), &["--color", "never", "--json", "list"], follow);
    refuses_arguments(&["--color", "pink"], "invalid value 'pink'");
    refuses_arguments(&["--steps", "1", "--steps", "2"], "cannot be used multiple times");
}

#[cfg(unix)]
#[test]
fn an_argument_that_is_not_utf_8_is_refused() {
    use std::os::unix::ffi::OsStrExt;
    let folder = TempDir::new().unwrap();
    let label = OsStr::from_bytes(b"na\xefve");
    let arguments = ["train", "--data", "data.csv", "--label"].map(OsStr::new);
    let arguments = [&arguments[..], &[label]].concat();
    refuses_in(folder.path(), &arguments, "invalid UTF-8");
}

#[test]
fn a_constant_feature_is_a_warning_only() {
    let [out, err] = accepts_file("a,b,kind\n1,7,no\n3,7,yes\n");
    assert_eq!(err, "warning: constant features tell the network nothing and are set to 0: b\n");
    assert!(out.contains("after 20 steps"), "{out}");
}

#[test]
fn a_byte_order_mark_crlf_and_quotes_change_nothing() {
    let plain = accepts_file(GOOD);
    assert_eq!(accepts_file(format!("\u{feff}{GOOD}")), plain);
    assert_eq!(accepts_file(GOOD.replace('\n', "\r\n")), plain);
    let quoted = GOOD.lines().map(|line| format!("\"{}\"\n", line.replace(',', "\",\"")));
    assert_eq!(accepts_file(quoted.collect::<String>()), plain);
}

#[test]
fn quotes_that_swallow_lines_or_end_within_a_cell_are_refused() {
    refuses_file("a,b,kind\n1,\"2,no\n3,4,yes\n", "line 2: a quote is opened and never closed");
    refuses_file("a,b,kind\n1,\"2\"x,no\n3,4,yes\n", "line 2: 'x' follows a closing quote");
    // a cell may hold commas, doubled quotes and even lines
    let cells = "\"a, \"\"b\"\"\",\"c\nd\",kind\n1,\"2\" ,no\n3,4,yes\n5,6,no\n";
    accepts_file(cells);
}

#[test]
fn labels_that_are_numbers_are_compared_as_numbers() {
    let of_labels = |labels: [&str; 4]| {
        let lines = labels.iter().zip(1..).map(|(label, x)| format!("{x},{},{label}\n", x * x));
        accepts_file(format!("a,b,kind\n{}", lines.collect::<String>()))
    };
    let [tables, _] = of_labels(["1", "0", "1.0", "0e0"]);
    assert!(tables.contains("kind: 0 = 0 (2), 1 = 1 (2)"), "{tables}");
    let [tables, _] = of_labels(["10", "9", "10", "10"]);
    assert!(tables.contains("kind: 0 = 9 (1), 1 = 10 (3)"), "{tables}");
    let [tables, _] = of_labels(["b", "a", "b", "a"]);
    assert!(tables.contains("kind: 0 = a (2), 1 = b (2)"), "{tables}");
}

#[test]
fn training_that_diverges_stops_and_keeps_what_it_printed() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("data.csv"), GOOD).unwrap();
    let arguments = "train --data data.csv --label kind --activation identity \
                     --loss squared-error --rate 1.5 --steps 500 --init zeros,normal:0.5,he";
    let mut arguments: Vec<&str> = arguments.split_whitespace().collect();
    let output = run(folder.path(), &arguments);
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(2), "{out}{err}");
    let start = "error: from normal:0.5: training diverged at step ";
    let step = err.strip_prefix(start).expect(&err).split(':').next().unwrap();
    let step: usize = step.parse().unwrap();
    let advice = "(the rate is 1.5; try a smaller --rate)\n";
    assert!(err.ends_with(advice) && err.lines().count() == 1, "{err}");
    // The steps that were shown before stay; the table ends there, and so does the call.
    assert!((2..500).contains(&step), "not vacuous: it went well for a while, to step {step}");
    assert!(out.contains("from zeros") && out.contains("from normal:0.5"), "{out}");
    assert!(!out.contains("from he") && !out.contains("after 500 steps"), "{out}");
    // The same in JSON.
    arguments.push("--json");
    let output = run(folder.path(), &arguments);
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(2), err));
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let runs = document["runs"].as_array().unwrap();
    assert_eq!(runs.len(), 2);
    assert!(runs[0]["diverged_at_step"].is_null());
    assert_eq!(runs[1]["diverged_at_step"], step);
    let observations = runs[1]["observations"].as_array().unwrap();
    assert!(!observations.is_empty());
    assert!(observations.iter().all(|seen| seen["step"].as_u64().unwrap() < step as u64));
}

#[test]
fn a_loss_that_is_no_number_stops_the_training_too() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("data.csv"), GOOD).unwrap();
    // the parameters stay finite, products of them do not
    let arguments = "train --data data.csv --label kind --init constant:1e308 --steps 3";
    let output = run(folder.path(), &arguments.split_whitespace().collect::<Vec<_>>());
    let err = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{err}");
    let start = "error: from constant:1e308: training diverged at step ";
    assert!(err.starts_with(start) && err.lines().count() == 1, "{err}");
}

#[test]
fn a_closed_pipe_ends_quietly() {
    for arguments in [
        vec!["--help"],
        vec!["list"],
        vec!["list", "--json"],
        vec!["explain", "zero-biases-are-harmless"],
        vec!["verify", "--profile", "quick"],
        vec!["verify", "zero-biases-are-harmless", "--profile", "quick", "--json"],
        vec!["train", "--help"],
        vec!["train", "--data", "data.csv", "--label", "kind"],
        vec!["train", "--data", "data.csv", "--label", "kind", "--json"],
    ] {
        let folder = TempDir::new().unwrap();
        fs::write(folder.path().join("data.csv"), GOOD).unwrap();
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = Command::new(env!("CARGO_BIN_EXE_init-symmetry"));
        command.current_dir(folder.path()).args(&arguments).stdout(writer);
        let output = command.output().unwrap();
        assert_eq!(text(&output.stderr), "", "{arguments:?}");
        assert_eq!(output.status.code(), Some(0), "{arguments:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn an_output_that_cannot_be_written_is_an_error() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("data.csv"), GOOD).unwrap();
    for further in [&[][..], &["--json"], &["--help"]] {
        let full = fs::File::options().write(true).open("/dev/full").unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_init-symmetry"));
        command.args(["train", "--data", "data.csv", "--label", "kind"]).args(further);
        let output = command.current_dir(folder.path()).stdout(full).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{further:?}");
        let err = text(&output.stderr);
        assert!(err.starts_with("error: the output cannot be written: no space left"), "{err}");
    }
}

#[test]
fn colour_is_only_where_it_is_asked_for() {
    let folder = TempDir::new().unwrap();
    let escape = '\u{1b}';
    let arguments = ["train", "--data", "no.csv", "--label", "kind", "--color"];
    let coloured = |choice: &str, no_color: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_init-symmetry"));
        command.args(arguments).arg(choice).current_dir(folder.path());
        let output = command.env("NO_COLOR", no_color).output().unwrap();
        text(&output.stderr).contains(escape)
    };
    assert!(coloured("always", ""));
    assert!(!coloured("auto", ""), "stderr is no terminal here");
    assert!(!coloured("auto", "1"));
    assert!(!coloured("never", ""));
}
