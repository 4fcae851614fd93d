//! Another program as a subject: what it says, what it gets wrong, and how it misbehaves.

#![cfg(unix)] // its small programs are written for sh

use init_symmetry::subject::{Descent, Invocation, Precision, Program, Subject};
use init_symmetry::{Activation, Batch, Biases, Error, Loss, Network, Scheme, Start, Weights};
use ndarray::array;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::LazyLock;
use std::thread;
use std::time::{Duration, Instant};
use strum::VariantNames;
use tempfile::TempDir;

fn in_project(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// A Python that has NumPy, if there is one.
static PYTHON: LazyLock<Option<String>> = LazyLock::new(|| {
    let has_numpy = |python: &String| {
        let output = Command::new(python).args(["-c", "import numpy"]).output();
        output.is_ok_and(|it| it.status.success())
    };
    // INIT_SYMMETRY_PYTHON names another python than these
    let named = std::env::var("INIT_SYMMETRY_PYTHON").ok();
    let usual = ["python3", "/usr/bin/python3"].map(String::from);
    let python = named.into_iter().chain(usual).find(has_numpy);
    if python.is_none() {
        eprintln!("no python3 with numpy: its tests check nothing");
    }
    python
});

/// A temporary folder with a file in it.
struct File {
    folder: TempDir,
    name: &'static str,
}

impl File {
    fn new(name: &'static str, text: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(name), text).unwrap();
        Self { folder, name }
    }

    fn path(&self) -> String {
        self.folder.path().join(self.name).to_str().unwrap().to_string()
    }
}

fn check(options: &[&str], program: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_init-symmetry"));
    command.arg("check").args(options).arg("--").args(program).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

const NUMPY: &str = include_str!("../../examples/subjects/numpy_subject.py");

/// The NumPy example with a text replaced, which has to be there once.
fn numpy_with(replacements: &[(&str, &str)]) -> File {
    let mut program = NUMPY.to_string();
    for (text, other) in replacements {
        assert_eq!(program.matches(text).count(), 1, "{text}");
        program = program.replace(text, other);
    }
    File::new("subject.py", &program)
}

#[test]
fn the_numpy_example_passes_everything_but_twins_that_rounding_drives_apart() {
    let Some(python) = PYTHON.as_deref() else { return };
    assert!(NUMPY.lines().count() < 90);
    let output =
        check(&["--profile", "quick", "--json"], &[python, numpy_with(&[]).path().as_str()]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["subject"], "numpy");
    // the fields that docs/STABILITY.md promises
    let promised = include_str!("../../docs/STABILITY.md");
    let promised = promised.lines().find(|line| line.contains("`check --json`")).unwrap();
    let fields: Vec<_> = promised.split('`').skip(5).step_by(2).collect();
    assert_eq!(document["schema"], promised.split('`').nth(1).unwrap());
    assert_eq!(document.as_object().unwrap().len(), fields.len());
    assert!(fields.iter().all(|field| document.get(field).is_some()), "{fields:?}");
    assert_eq!(document["explained_by"], Value::Array(vec![]));
    let properties = document["properties"].as_array().unwrap();
    assert_eq!(properties.len(), init_symmetry::property::ALL.len());
    for property in properties {
        let of_twins = property["reason"]
            .as_str()
            .is_some_and(|why| why.contains("should be equal but differ"));
        let apart = property["verdict"] == "apart by rounding" && of_twins;
        let of_starts = property["property"].as_str().is_some_and(|it| it.starts_with("a-start-"));
        let has_none = of_starts && property["verdict"] == "does not apply";
        assert!(apart || has_none || property["verdict"] == "passes", "{property}");
    }
}

/// The last row of dW is summed over the examples from the end.
const NOT_UNIFORM: &str = "np.array([[sum((d * c).tolist()[:: -1 if i == len(dz) - 1 else 1]) \
                           for c in a[l]] for i, d in enumerate(dz)]) / m";

#[test]
fn a_kernel_that_is_not_uniform_is_a_warning_and_a_failure_only_if_strict() {
    let Some(python) = PYTHON.as_deref() else { return };
    let program = numpy_with(&[("dz @ a[l].T / m", NOT_UNIFORM)]);
    let program = [python, &program.path()];
    let output = check(&["--profile", "quick"], &program);
    let (report, warning) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{report}{warning}");
    let note = "note (apart by rounding)  twins-stay-twins-in-larger-networks";
    assert!(report.contains(note), "{report}");
    assert!(
        report.contains("should be equal but differ at iteration ")
            && !report.contains("likely cause")
    );
    assert_eq!(warning, "");
    assert_eq!(check(&["--profile", "quick", "--strict"], &program).status.code(), Some(2));
}

#[test]
fn a_report_begins_with_the_verdict_and_lists_what_passes_only_if_verbose() {
    let Some(python) = PYTHON.as_deref() else { return };
    let program = numpy_with(&[]);
    let program = [python, &program.path()];
    let said = |options: &[&str]| text(&check(options, &program).stdout);
    let short = said(&["--profile", "quick"]);
    assert!(short.starts_with("passes: all ") && short.lines().count() <= 6, "{short}");
    assert!(!short.contains("properties pass") && short.contains("\nchecked numpy: "), "{short}");
    let verbose = said(&["--profile", "quick", "--verbose"]);
    assert!(verbose.starts_with("passes: all ") && verbose.contains("properties pass\n"));
    assert!(verbose.contains("twins-stay-twins, "), "{verbose}");
}

struct Bug {
    /// The planted fault that it is, if it is in the catalogue.
    fault: Option<&'static str>,
    text: &'static str,
    other: &'static str,
}

const fn bug(fault: Option<&'static str>, text: &'static str, other: &'static str) -> Bug {
    Bug { fault, text, other }
}

const BUGS: [Bug; 12] = [
    bug(Some("missing-mean-in-dw"), "dz @ a[l].T / m", "dz @ a[l].T"),
    bug(Some("output-delta-sign"), "dz, loss = y_hat - y", "dz, loss = y - y_hat"),
    bug(Some("activation-derivative-missing"), " * SLOPE[g[l - 1]](z[l - 1], a[l])", ""),
    bug(
        Some("bias-gradient-dropped"),
        "dz.sum(axis=1, keepdims=True) / m",
        "np.zeros((len(dz), 1))",
    ),
    bug(
        Some("slope-of-another-layer"),
        "SLOPE[g[l - 1]](z[l - 1], a[l])",
        "SLOPE[g[0]](z[l - 1], G[g[0]](z[l - 1]))",
    ),
    // the formula in z and a of each layer: not quite that fault
    bug(None, "SLOPE[g[l - 1]]", "SLOPE[g[0]]"),
    bug(Some("update-ascends"), "(w - rate * dw, b - rate * db)", "(w + rate * dw, b + rate * db)"),
    bug(Some("relu-derivative-at-zero-is-one"), "(z > 0.0)", "(z >= 0.0)"),
    bug(
        Some("cross-entropy-extra-slope"),
        "if network[\"loss\"] == \"sigmoid-squared-error\"",
        "if network[\"loss\"] in (\"sigmoid-squared-error\", \"cross-entropy\")",
    ),
    // outside the catalogue
    bug(None, "\"tanh\": np.tanh", "\"tanh\": lambda z: np.tanh(1.01 * z)"),
    bug(None, "loss.sum() / m", "loss.mean()"),
    bug(None, "w - rate * dw", "w - 0.99 * rate * dw"),
];

#[test]
fn every_planted_bug_fails_and_is_named_if_it_is_in_the_catalogue() {
    let Some(python) = PYTHON.as_deref() else { return };
    let judge = |Bug { fault, text: good, other }: &Bug| {
        let program = numpy_with(&[(good, other)]);
        let options = ["--profile", "quick", "--no-shrink"];
        let output = check(&options, &[python, program.path().as_str()]);
        let report = text(&output.stdout);
        assert_eq!(output.status.code(), Some(2), "{good}: {report}{}", text(&output.stderr));
        assert!(report.starts_with("fails: "), "{report}");
        let first = report.lines().nth(1).unwrap();
        if let Some(fault) = fault {
            assert!(first.starts_with("likely cause: ") && first.contains(fault), "{first}");
        }
        assert!(report.contains("\nfails  "), "{report}");
        assert!(report.contains("network ") && report.contains("replay: init-symmetry check "));
    };
    let halves = BUGS.split_at(BUGS.len() / 2);
    thread::scope(|scope| {
        scope.spawn(|| halves.0.iter().for_each(judge));
        scope.spawn(|| halves.1.iter().for_each(judge));
    });
}

#[test]
fn a_program_that_answers_malformed_questions_gets_a_note_and_fails_only_if_strict() {
    let Some(python) = PYTHON.as_deref() else { return };
    let program = numpy_with(&[("raise ValueError(", "str(")]);
    let program = [python, &program.path()];
    let output = check(&["--profile", "quick", "--verbose"], &program);
    let report = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{report}{}", text(&output.stderr));
    assert!(report.contains("note (robustness)  mismatched-shapes-are-refused"), "{report}");
    assert!(!report.contains("likely cause") && !report.contains("\nfails "), "{report}");
    let only = ["--profile", "quick", "--only", "mismatched-shapes-are-refused", "--strict"];
    assert_eq!(check(&only, &program).status.code(), Some(2));
    let none = ["--only", "twins-stay-twins", "--skip", "twins-stay-twins"];
    assert_eq!(check(&none, &program).status.code(), Some(4));
    let skip = ["--profile", "quick", "--skip", "mismatched-shapes-are-refused"];
    let report = text(&check(&skip, &program).stdout);
    assert!(!report.contains("mismatched-shapes-are-refused"), "{report}");
}

#[test]
fn a_wrong_program_is_red_in_junit_and_in_annotations_and_the_rest_is_quiet() {
    let Some(python) = PYTHON.as_deref() else { return };
    let program = numpy_with(&[(BUGS[0].text, BUGS[0].other)]);
    let results = program.folder.path().join("results.xml");
    let mut command = Command::new(env!("CARGO_BIN_EXE_init-symmetry"));
    command.args(["check", "--quiet", "--profile", "quick", "--no-shrink", "--junit"]);
    command.arg(&results).args(["--", python, &program.path()]).env("GITHUB_ACTIONS", "true");
    let output = command.output().unwrap();
    let (report, annotations) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(2), "{report}{annotations}");
    assert!(report.contains("fails") && !report.contains("properties pass"), "{report}");

    let results = fs::read_to_string(results).unwrap();
    let document = roxmltree::Document::parse(&results).unwrap();
    let all = |tag| document.descendants().filter(move |node| node.has_tag_name(tag));
    assert_eq!(all("testcase").count(), init_symmetry::property::ALL.len());
    assert!(all("property").any(|it| it.attribute("value") == BUGS[0].fault));
    let failures = all("failure").count();
    assert!(failures > 0 && annotations.lines().count() >= failures, "{annotations}");
    let file = format!("::error file={},title=", program.path());
    let errors = annotations.lines().filter(|line| line.starts_with(&file));
    assert_eq!(errors.count(), failures, "{annotations}");
}

#[test]
fn other_conventions_and_single_precision_are_understood() {
    let Some(python) = PYTHON.as_deref() else { return };
    let in_rows = [
        (
            "\"protocol\": 1,",
            "\"protocol\": 1, \"examples\": \"rows\", \"weight-rows\": \"inputs\",",
        ),
        (
            "np.array(l[\"w\"], float), np.array(l[\"b\"], float)",
            "np.array(l[\"w\"], float).T, np.array(l[\"b\"], float).T",
        ),
        ("np.array(asked[\"x\"], float)", "np.array(asked[\"x\"], float).T"),
        ("np.array(asked[\"y\"], float)", "np.array(asked[\"y\"], float).T"),
        ("listed(y_hat)", "listed(np.transpose(y_hat).tolist())"),
        (
            "listed(w.tolist()), \"b\": listed(b.tolist())",
            "listed(w.T.tolist()), \"b\": listed(b.T.tolist())",
        ),
    ];
    let single = [
        ("\"protocol\": 1,", "\"protocol\": 1, \"precision\": \"f32\","),
        (
            "np.array(l[\"w\"], float), np.array(l[\"b\"], float)",
            "np.array(l[\"w\"], np.float32), np.array(l[\"b\"], np.float32)",
        ),
        ("np.array(asked[\"x\"], float)", "np.array(asked[\"x\"], np.float32)"),
        ("np.array(asked[\"y\"], float)", "np.array(asked[\"y\"], np.float32)"),
        (".astype(float)", ".astype(np.float32)"),
        ("asked[\"rate\"])", "np.float32(asked[\"rate\"]))"),
    ];
    for replacements in [&in_rows[..], &single[..]] {
        let program = numpy_with(replacements);
        let output =
            check(&["--profile", "quick", "--no-shrink"], &[python, program.path().as_str()]);
        let report = text(&output.stdout);
        assert_eq!(output.status.code(), Some(0), "{report}{}", text(&output.stderr));
    }
    // the same program that does not say that it computes in f32 is not let off
    let unsaid = numpy_with(&single[1..]);
    let output = check(&["--profile", "quick", "--no-shrink"], &[python, unsaid.path().as_str()]);
    assert_eq!(output.status.code(), Some(2), "{}", text(&output.stdout));
}

/// ŷ = w·x + b with squared error, one flat list of parameters, no NumPy.
const LINE: &str = r#"
import json, sys
for line in sys.stdin:
    asked = json.loads(line)
    if asked["request"] == "hello":
        said = {"protocol": 1, "losses": ["squared-error"], "widths": [1, 1], "parameters": "flat"}
    else:
        (w, b), x, y = asked["parameters"], asked["x"][0], asked["y"][0]
        r = [w * x + b - y for x, y in zip(x, y)]
        slopes = [sum(r * x for r, x in zip(r, x)) / len(x), sum(r) / len(x)]
        said = {"loss": sum(r * r for r in r) / 2 / len(x), "gradient": slopes}
    print(json.dumps(said), flush=True)
"#;

#[test]
fn a_fixed_network_without_hidden_layer_is_judged_by_what_applies_to_it() {
    let line = File::new("line.py", LINE);
    if Command::new("python3").arg("--version").output().is_err() {
        return;
    }
    let options = ["--profile", "quick", "--verbose"];
    let output = check(&options, &["python3", line.path().as_str()]);
    let report = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{report}{}", text(&output.stderr));
    assert!(report.contains("gradient-equals-the-specification,"), "{report}");
    assert!(report.contains(" not apply: "), "{report}");
    assert!(report.contains("has no support for widths other than [1, 1]"), "{report}");
}

/// Runs `check` on a shell script that fails before it has said hello, and expects one sentence,
/// soon, with exit code 1.
fn misbehaves(script: &str, expected: &str) {
    let script = File::new("subject.sh", script);
    let began = Instant::now();
    // short only where it is waited for: a busy machine is no misbehaviour
    let timeout = if expected.contains("no answer") { "1" } else { "60" };
    let output = check(&["--start-timeout", timeout], &["sh", script.path().as_str()]);
    let said = text(&output.stderr);
    assert!(began.elapsed() < Duration::from_secs(40), "{said}");
    assert_eq!(output.status.code(), Some(1), "{said}{}", text(&output.stdout));
    assert_eq!(said.lines().count(), 1, "{said}");
    let call = format!("error: sh {}, at the request ", script.path());
    assert!(said.starts_with(&call) && said.contains(expected), "{said}");
}

/// Runs `check` on a shell script that has said hello and then fails: every property that asks it
/// fails with the reason, and all are reported.
fn fails_every_property(script: &str, expected: &str) {
    let script = File::new("subject.sh", script);
    let began = Instant::now();
    let timeout = if expected.contains("no answer") { "1" } else { "60" };
    let options = ["--timeout", timeout, "--profile", "quick"];
    let output = check(&options, &["sh", script.path().as_str()]);
    let (report, said) = (text(&output.stdout), text(&output.stderr));
    assert!(began.elapsed() < Duration::from_secs(60), "{report}");
    assert_eq!((output.status.code(), said.as_str()), (Some(2), ""), "{report}");
    assert!(report.contains(expected), "{report}");
    // what was asked stands beside it
    assert!(report.contains("asked: {\"request\":"), "{report}");
    for property in ["gradient-equals-the-specification", "same-question-gets-the-same-bits"] {
        assert!(report.contains(property), "{report}");
    }
}

#[test]
fn properties_that_fail_for_one_reason_are_named_below_the_first() {
    let refuses = "while read line; do echo '{\"error\":\"b1 is flat\"}'; done";
    let script = File::new("subject.sh", &format!("{HELLO} {refuses}"));
    let run = |options: &[&str]| {
        let options = [&["--profile", "quick"], options].concat();
        text(&check(&options, &["sh", script.path().as_str()]).stdout)
    };
    let (short, all) = (run(&[]), run(&["--verbose"]));
    let count = |report: &str| report.lines().filter(|it| it.starts_with("fails  ")).count();
    assert!(count(&short) < count(&all) && count(&short) <= 3, "{short}");
    assert!(short.contains("\n  for the same reason: "), "{short}");
    let cause = "likely cause: The answer is refused for every question";
    assert!(short.contains(cause) && short.contains("b1 is flat"), "{short}");
}

const HELLO: &str = "read line; echo '{\"protocol\":1,\"widths\":[1,1]}'\n";

#[test]
fn silence_is_one_sentence() {
    thread::scope(|scope| {
        scope.spawn(|| misbehaves("exec sleep 600", "'hello', gave no answer within 1 s"));
        let late = format!("{HELLO} exec sleep 600");
        fails_every_property(&late, "'evaluate', gave no answer within 1 s (--timeout");
    });
}

/// A program that answers hello and so many questions at once, and is silent for so many seconds
/// at the next; then it ends, so that nothing here waits for ever.
fn falls_silent(answers: usize, seconds: usize) -> String {
    let answer = "echo '{\"loss\":0.5,\"gradient\":[{\"w\":[[0]],\"b\":[[0]]}]}'";
    let prompt = format!("read line; {answer}\n").repeat(answers);
    format!("{HELLO}{prompt}read line; exec sleep {seconds}")
}

#[test]
fn every_answer_has_to_come_within_the_limit_and_not_the_first_alone() {
    const SILENT: usize = 20;
    let network = Network::new(&[1, 1], Activation::Tanh, Loss::CrossEntropy).unwrap();
    let parameters = network.initialise(Weights::Zeros, 1).unwrap();
    let batch = Batch::new(array![[1.0]], array![[1.0]]).unwrap();
    for (answers, limit) in [(0, 0.5), (1, 1.0), (2, 0.4), (5, 0.7)] {
        let script = File::new("subject.sh", &falls_silent(answers, SILENT));
        let timeout = Duration::from_secs_f64(limit);
        let path = script.path();
        let program = Invocation { timeout, ..Invocation::new("sh", &[path.as_str()]) };
        let program = Program::start(&program).unwrap();
        for question in 1..=answers {
            let answer = program.evaluate(network.at(&parameters, &batch));
            assert!(answer.is_ok(), "{question} of {answers}: {answer:?}");
        }
        let began = Instant::now();
        let error = program.evaluate(network.at(&parameters, &batch)).unwrap_err().to_string();
        let took = began.elapsed();
        let expected = format!("gave no answer within {limit} s (--timeout sets");
        assert!(error.contains(&expected), "after {answers} answers: {error}");
        assert!(took >= timeout && took < Duration::from_secs(SILENT as u64 / 2), "{took:?}");
    }
}

#[test]
fn garbage_is_one_sentence() {
    misbehaves(
        "read line; echo hallo; cat",
        "'hello', answered \"hallo\", which is not JSON: print",
    );
    misbehaves(
        "read line; echo '{}'; cat",
        "'hello', gave an invalid answer: missing field `protocol`",
    );
    misbehaves("read line; echo '{\"protocol\":3}'; cat", "the protocol is 3 but has to be 1");
    misbehaves("read line; head -c 100 /dev/zero; echo; cat", "which is not JSON");
    let beginning = format!("answered {:?} …, which is not JSON", "a".repeat(60));
    misbehaves("read line; head -c 100 /dev/zero | tr '\\0' a; echo; cat", &beginning);
    // the last line may lack its end
    misbehaves("read line; printf '{\"protocol\":3}'", "the protocol is 3 but has to be 1");
    let unknown = "read line; echo '{\"protocol\":1,\"activations\":[\"than\"]}'; cat";
    misbehaves(unknown, "unknown activation 'than', did you mean 'tanh'?");
    let softmax = "read line; echo '{\"protocol\":1,\"activations\":[\"softmax\"]}'; cat";
    misbehaves(softmax, &format!("'softmax' (known: {})", Activation::VARIANTS.join(", ")));
    let hinge = "read line; echo '{\"protocol\":1,\"losses\":[\"hinge\"]}'; cat";
    misbehaves(hinge, &format!("'hinge' (known: {})", Loss::VARIANTS.join(", ")));
    let softmax_of_one = "read line; echo '{\"protocol\":1,\"outputs\":1,\
                          \"losses\":[\"softmax-cross-entropy\"]}'; cat";
    misbehaves(softmax_of_one, "softmax-cross-entropy needs at least 2 outputs, one for each");
    let large = "read line; echo '{\"protocol\":1,\"widths\":[784,128,1]}'; cat";
    misbehaves(large, "would hold 100609 numbers but the limit is 2048");
}

#[test]
fn a_crash_is_one_sentence_with_the_last_words() {
    let last = "'hello', ended (exit status: 3), last line on stderr: \"oh no\"";
    misbehaves("read line; echo 'oh no' >&2; exit 3", last);
    fails_every_property(&format!("{HELLO} read line; kill -9 $$"), "'evaluate', ended (signal: 9");
    fails_every_property(&format!("{HELLO} exit 0"), "'evaluate', ended (exit status: 0)");
    misbehaves("exec >&-; exec sleep 600", "'hello', closed its stdout without an answer");
}

#[test]
fn a_program_is_judged_by_the_precision_that_it_says() {
    let hello = |said: &str| {
        let answer = format!("read line; echo '{{\"protocol\":1,\"widths\":[1,1]{said}}}'; cat");
        let script = File::new("subject.sh", &answer);
        Program::start(&Invocation::new("sh", &[script.path().as_str()])).unwrap().precision()
    };
    assert_eq!(hello(""), Precision::F64);
    assert_eq!(hello(",\"precision\":\"f32\""), Precision::F32);
}

#[test]
fn a_program_is_asked_for_mixed_activations_only_where_it_declares_them() {
    let mixed = |said: &str| {
        let answer = format!("read line; echo '{{\"protocol\":1{said}}}'; cat");
        let script = File::new("subject.sh", &answer);
        let program = Program::start(&Invocation::new("sh", &[script.path().as_str()])).unwrap();
        program.networks().mixed_activations
    };
    assert!(mixed(",\"mixed-activations\":true"));
    assert!(!mixed("") && !mixed(",\"mixed-activations\":false"));
}

#[test]
fn a_program_that_declares_no_activation_is_asked_about_the_four_of_the_first_programs() {
    let hidden = |said: &str| {
        let answer = format!("read line; echo '{{\"protocol\":1{said}}}'; cat");
        let script = File::new("subject.sh", &answer);
        let program = Program::start(&Invocation::new("sh", &[script.path().as_str()])).unwrap();
        program.networks().hidden
    };
    let first = [Activation::Sigmoid, Activation::Tanh, Activation::Relu, Activation::Identity];
    assert_eq!(hidden(""), first);
    assert_eq!(hidden(",\"activations\":[\"silu\"]"), [Activation::Silu]);
}

#[test]
fn a_wrong_shape_fails_what_it_answers_and_the_rest_is_judged() {
    let answering = |gradient: &str| {
        format!("{HELLO} while read line; do echo '{{\"loss\":1,\"gradient\":{gradient}}}'; done")
    };
    let bad = |gradient: &str, why: &str| {
        fails_every_property(
            &answering(gradient),
            &format!("'evaluate', gave an invalid answer: {why}"),
        );
    };
    bad("[]", "0 layers, but the network has 1");
    bad("[{\"dw\":[[1,2]],\"db\":[[1]]}]", "w1 is 1×2 but should be 1×1");
    bad("[{\"dw\":[[1],[1,2]],\"db\":[[1]]}]", "the rows of w1 have different lengths");
    let text =
        "layer 1: invalid value: string \"one\", expected a number, \"NaN\", \"inf\" or \"-inf\"";
    bad("[{\"dw\":[[\"one\"]],\"db\":[[1]]}]", text);
    bad("7", "invalid type");
}

#[test]
fn too_much_output_is_one_sentence() {
    misbehaves("read line; yes | tr -d '\\n'", "'hello', wrote more than");
    misbehaves("yes", "'hello', ");
    misbehaves("yes >&2", "'hello', gave no answer within 1 s");
}

#[test]
fn nan_and_infinity_are_answers_and_fail() {
    for [nan, infinite] in [["\"NaN\"", "\"-inf\""], ["NaN", "-Infinity"]] {
        let answer =
            format!("{{\"loss\":{nan},\"gradient\":[{{\"dw\":[[0.5]],\"db\":[[{infinite}]]}}]}}");
        let script = format!("{HELLO} while read line; do echo '{answer}'; done");
        let script = File::new("subject.sh", &script);
        let output = check(&["--profile", "quick"], &["sh", script.path().as_str()]);
        let report = text(&output.stdout);
        assert_eq!(output.status.code(), Some(2), "{report}{}", text(&output.stderr));
        assert!(report.contains("the loss is NaN but should be"), "{report}");
    }
}

#[test]
fn what_cannot_be_started_is_one_sentence() {
    for program in ["./no-such-program", ""] {
        let output = check(&[], &[program]);
        assert_eq!(output.status.code(), Some(1));
        let expected = format!("error: {program}, at the request 'hello', cannot be started: ");
        assert!(text(&output.stderr).starts_with(&expected), "{}", text(&output.stderr));
    }
    assert_eq!(check(&[], &[]).status.code(), Some(1));
    let output = check(&["--timeout", "0"], &["true"]);
    let expected = "error: the timeout is '0' but has to be a positive number of seconds\n";
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(1), expected.to_string()));
}

/// Whether a process is gone, and not a zombie either, within a moment.
fn is_gone(process: &str) -> bool {
    let began = Instant::now();
    while Path::new("/proc").join(process.trim()).exists() {
        if began.elapsed() > Duration::from_secs(5) {
            return false;
        }
        thread::sleep(Duration::from_millis(10));
    }
    true
}

#[cfg(target_os = "linux")]
#[test]
fn a_program_that_ignores_being_told_to_stop_is_gone_afterwards() {
    let deaf = "trap '' TERM HUP INT\necho $$ > \"$0.id\"\n";
    let for_ever = "while :; do sleep 0.05; done";
    let given_up = |script: &str, code: i32| {
        let script = File::new("subject.sh", script);
        let options = ["--timeout", "1", "--start-timeout", "1", "--profile", "quick"];
        let output = check(&options, &["sh", script.path().as_str()]);
        assert_eq!(output.status.code(), Some(code));
        assert!(is_gone(&fs::read_to_string(format!("{}.id", script.path())).unwrap()));
    };
    thread::scope(|scope| {
        scope.spawn(|| given_up(&format!("{deaf}{for_ever}"), 1));
        given_up(&format!("{deaf}{HELLO}{for_ever}"), 2);
    });
    // a program that has answered everything
    let script = File::new("subject.sh", &format!("{deaf}{HELLO}{for_ever}"));
    let invocation = Invocation::new("sh", &[script.path().as_str()]);
    drop(Program::start(&invocation).unwrap());
    assert!(is_gone(&fs::read_to_string(format!("{}.id", script.path())).unwrap()));
}

#[cfg(target_os = "linux")]
#[test]
fn what_a_shell_starts_is_gone_afterwards_and_a_shell_is_not_used_unasked() {
    let script = File::new("subject.sh", "echo $$ > \"$0.id\"\nsleep 600\nexit 0");
    let line = format!("true && sh {} | cat", script.path());
    let output = check(&["--start-timeout", "1", "--shell"], &[line.as_str()]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("gave no answer"), "{}", text(&output.stderr));
    assert!(is_gone(&fs::read_to_string(format!("{}.id", script.path())).unwrap()));
    let output = check(&[], &[line.as_str()]);
    assert!(text(&output.stderr).contains("cannot be started"), "{}", text(&output.stderr));
}

#[test]
fn a_program_that_ends_is_started_again_and_given_up_if_it_always_ends() {
    let script = File::new("subject.sh", &format!("{HELLO} read line; exit 7"));
    let program = Program::start(&Invocation::new("sh", &[script.path().as_str()])).unwrap();
    assert_eq!(program.failure(), None);
    let network = Network::new(&[1, 1], Activation::Tanh, Loss::SquaredError).unwrap();
    let parameters = network.initialise(Weights::Zeros, 1).unwrap();
    let batch = Batch::new(array![[1.0]], array![[1.0]]).unwrap();
    let ask = || program.evaluate(network.at(&parameters, &batch));
    for _ in 0..100 {
        let error = ask().unwrap_err().to_string();
        assert!(error.contains("ended (exit status: 7)"), "{error}");
    }
    let error = ask().unwrap_err().to_string();
    assert!(error.contains("was not asked: it has failed 100 times"), "{error}");
    assert!(program.failure().is_some());
}

#[test]
fn a_program_that_ends_at_one_question_is_judged_by_all_others() {
    if Command::new("python3").arg("--version").output().is_err() {
        return;
    }
    // a wrong shape of its parameters ends it
    let ends = LINE.replace("(w, b), x, y =", "assert len(asked[\"x\"]) == 1; (w, b), x, y =");
    let ends = ends.replace("\"flat\"}", "\"flat\", \"abilities\": [\"step\"]}");
    let line = File::new("line.py", &ends);
    let output = check(&["--profile", "quick", "--json"], &["python3", line.path().as_str()]);
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(2), "{document}");
    let verdict = |name: &str| {
        let properties = document["properties"].as_array().unwrap();
        properties.iter().find(|it| it["property"] == name).unwrap()["verdict"].clone()
    };
    // its step answers no parameters
    assert_eq!(verdict("a-step-subtracts-rate-times-gradient"), "fails");
    assert_eq!(verdict("gradient-equals-the-specification"), "passes");
    assert_eq!(verdict("gradient-is-affine-in-the-labels"), "passes");
}

struct Exchange {
    asked: String,
    answered: String,
}

/// The exchanges of docs/PROTOCOL.md.
fn transcript() -> Vec<Exchange> {
    let page = fs::read_to_string(in_project("docs/PROTOCOL.md")).unwrap();
    let block = page.split("```transcript\n").nth(1).unwrap().split("```").next().unwrap();
    let lines: Vec<&str> = block.lines().collect();
    let exchanges = lines.chunks(2).map(|pair| Exchange {
        asked: pair[0].strip_prefix("> ").unwrap().into(),
        answered: pair[1].strip_prefix("< ").unwrap().into(),
    });
    exchanges.collect()
}

/// Answers with the transcript's answers in turn and keeps what it was asked.
const REPLAY: &str = "n=0; while IFS= read -r line; do n=$((n+1)); \
                      printf '%s\\n' \"$line\" >> \"$0.asked\"; sed -n ${n}p \"$0.answers\"; done";

#[test]
fn a_program_declares_its_starts_and_is_asked_for_no_other() {
    let answers = |starts: &str| {
        let script = File::new("subject.sh", REPLAY);
        let hello = r#"{"protocol":1,"name":"own","abilities":["initialise"],"starts":STARTS}"#;
        let start = r#"{"parameters":[{"w":[[0.5]],"b":[[0.0]]}]}"#;
        let lines = format!("{}\n{start}\n", hello.replace("STARTS", starts));
        fs::write(format!("{}.answers", script.path()), lines).unwrap();
        script
    };
    let started = |script: &File| Program::start(&Invocation::new("sh", &[script.path().as_str()]));
    let script = answers(r#"["glorot","uniform"]"#);
    let program = started(&script).unwrap();
    assert_eq!(program.starts(), [Scheme::Glorot, Scheme::Uniform]);
    let network = Network::new(&[1, 1], Activation::Tanh, Loss::SquaredError).unwrap();
    let lacking = program.initialise(&network, Weights::He.into(), 7).unwrap_err();
    assert_eq!(lacking.to_string(), "own has no start he");
    let start = program.initialise(&network, Weights::Glorot.into(), 7).unwrap();
    assert_eq!(start.w(1), &array![[0.5]]);
    let asked = fs::read_to_string(format!("{}.asked", script.path())).unwrap();
    assert!(asked.ends_with("\"weights\":\"glorot\",\"scale\":1.0,\"seed\":7}\n"), "{asked}");
    let misspelt = started(&answers(r#"["glorrot"]"#)).unwrap_err().to_string();
    assert!(misspelt.contains("unknown start 'glorrot', did you mean 'glorot'?"), "{misspelt}");
}

#[test]
fn the_documented_transcript_is_what_is_asked_and_understood() {
    let transcript = transcript();
    let script = File::new("subject.sh", REPLAY);
    let answers: Vec<_> = transcript.iter().map(|it| it.answered.as_str()).collect();
    fs::write(format!("{}.answers", script.path()), answers.join("\n") + "\n").unwrap();
    let program = Program::start(&Invocation::new("sh", &[script.path().as_str()])).unwrap();
    assert_eq!(program.name(), "example");

    let network = Network::new(&[1, 1, 1], Activation::Identity, Loss::SquaredError).unwrap();
    let mut start = network.initialise(Weights::Constant(0.5), 0).unwrap();
    start.layers[0].b.fill(0.25);
    start.layers[1].w.fill(2.0);
    start.layers[1].b.fill(-1.0);
    let batch = Batch::new(array![[1.0, -1.0]], array![[1.0, 1.0]]).unwrap();
    let reference = network.evaluate(&start, &batch).unwrap();
    assert_eq!(program.evaluate(network.at(&start, &batch)).unwrap(), reference);
    let y_hat = network.forward(&start, batch.x()).unwrap().a(2).clone();
    assert_eq!(program.predict(&network, &start, batch.x()).unwrap(), y_hat);
    let stepped = network.step(&start, &batch, 0.25).unwrap();
    assert_eq!(program.step(network.at(&start, &batch), 0.25).unwrap(), stepped);
    let descent = Descent { rate: 0.25, steps: 1 };
    assert_eq!(program.train(network.at(&start, &batch), descent, &mut |_, _| ()), Ok(stepped));
    let constant = Start::from(Weights::Constant(0.5));
    assert_eq!(program.initialise(&network, constant, 7), network.initialise(constant, 7));
    // biases are not in the protocol, so that nobody is asked
    let biased = Start { biases: Biases::Constant(0.25), ..constant };
    assert_eq!(program.initialise(&network, biased, 7), network.initialise(biased, 7));
    start.layers[0].w = array![[0.5, 0.5]];
    let refusal = program.evaluate(network.at(&start, &batch)).unwrap_err();
    let why = "w1 is 1×2 but has to be 1×1".to_string();
    assert_eq!(refusal, Error::Refused { subject: "example".into(), why });
    let relu = Network::new(&[1, 1, 1], Activation::Relu, Loss::SquaredError).unwrap();
    let unsupported = program.evaluate(relu.at(&start, &batch)).unwrap_err();
    assert_eq!(unsupported.to_string(), "example has no activation relu");

    let asked = fs::read_to_string(format!("{}.asked", script.path())).unwrap();
    let documented: Vec<_> = transcript.iter().map(|it| it.asked.as_str()).collect();
    assert_eq!(asked.lines().collect::<Vec<_>>(), documented);
}

#[test]
fn the_numpy_example_answers_as_the_transcript_says() {
    let Some(python) = PYTHON.as_deref() else { return };
    let questions = transcript().into_iter().filter(|it| {
        ["evaluate", "predict", "step", "train"]
            .iter()
            .any(|name| it.asked.contains(&format!("\"{name}\"")))
    });
    let questions: Vec<Exchange> = questions.collect();
    assert_eq!(questions.len(), 5);
    let asked: Vec<_> = questions.iter().map(|it| it.asked.as_str()).collect();
    let asked = File::new("asked", &(asked.join("\n") + "\n"));
    let output = Command::new(python)
        .arg(in_project("examples/subjects/numpy_subject.py"))
        .stdin(fs::File::open(asked.path()).unwrap())
        .output()
        .unwrap();
    let said = text(&output.stdout);
    for (Exchange { answered, .. }, said) in questions.iter().zip(said.lines()) {
        let [documented, mut said]: [Value; 2] =
            [answered.as_str(), said].map(|line| serde_json::from_str(line).unwrap());
        // what was not asked for may stand beside the answer
        said.as_object_mut().unwrap().retain(|key, _| documented.get(key).is_some());
        if documented.get("error").is_some() {
            assert!(said["error"].is_string(), "{said}");
        } else {
            // a gradient may be named like the parameters: w or dw, b or db
            let one_name = |answer: Value| {
                answer.to_string().replace("\"dw\"", "\"w\"").replace("\"db\"", "\"b\"")
            };
            assert_eq!(one_name(said), one_name(documented));
        }
    }
    assert_eq!(said.lines().count(), questions.len());
}

#[test]
fn every_bit_of_a_number_survives_the_journey() {
    let echo = r#"
import json, sys
for line in sys.stdin:
    asked = json.loads(line)
    if asked["request"] == "hello":
        said = {"protocol": 1, "widths": [2, 2]}
    else:
        [layer] = asked["parameters"]
        said = {"loss": layer["b"][0][0], "gradient": [{"dw": layer["w"], "db": layer["b"]}]}
    print(json.dumps(said), flush=True)
"#;
    let echo = File::new("echo.py", echo);
    if Command::new("python3").arg("--version").output().is_err() {
        return;
    }
    let program = Program::start(&Invocation::new("python3", &[echo.path().as_str()])).unwrap();
    let network = Network::new(&[2, 2], Activation::Tanh, Loss::SquaredError).unwrap();
    let batch = Batch::new(array![[0.1], [-0.0]], array![[1.0], [1e-300]]).unwrap();
    let numbers = [
        [f64::MIN_POSITIVE, -0.0, 0.1, f64::from_bits(1), 1.0 + f64::EPSILON, f64::MAX],
        [1.0 / 3.0, -1e-7, 123_456_789.123_456_79, 2.5e-308, 9_007_199_254_740_993.0, 1e22],
        [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.0, 1.0, -1.0],
    ];
    for [a, b, c, d, e, f] in numbers {
        let mut parameters = network.initialise(Weights::Zeros, 1).unwrap();
        parameters.layers[0].w = array![[a, b], [c, d]];
        parameters.layers[0].b = array![[e], [f]];
        let answer = program.evaluate(network.at(&parameters, &batch)).unwrap();
        let bits = |number: f64| number.to_bits();
        let back: Vec<u64> = answer.gradient.entries().map(bits).collect();
        assert_eq!(back, parameters.entries().map(bits).collect::<Vec<_>>());
        assert_eq!(answer.loss.to_bits(), e.to_bits());
    }
}

#[test]
fn an_answer_longer_than_its_question_can_need_is_refused_and_not_kept() {
    let flood = "{ printf '{\"protocol\":1,\"x\":['; yes '{\"\":0},' | head -c 66060288 | tr -d \
                 '\\n'; echo '0]}'; }";
    let limited = |program: &str| {
        let script = File::new("subject.sh", program);
        // a limit of memory that the tree of such an answer exceeds many times
        let line = "ulimit -v 1500000; exec \"$0\" check --profile quick -- sh \"$1\"";
        let mut shell = Command::new("sh");
        shell.arg("-c").arg(line).arg(env!("CARGO_BIN_EXE_init-symmetry")).arg(script.path());
        shell.output().unwrap()
    };
    let output = limited(&format!("read line; {flood}; cat"));
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    let expected = "'hello', wrote more than 4194304 bytes without ending the line; that is the \
                    limit for \
                    an answer without numbers\n";
    assert!(said.ends_with(expected), "{said}");

    let output = limited(&format!("{HELLO} while read line; do {flood}; done"));
    let report = text(&output.stdout);
    assert_eq!(output.status.code(), Some(2), "{report}{}", text(&output.stderr));
    // the loss, w and b
    let expected = "'evaluate', wrote more than 4194496 bytes without ending the line; that is \
                    the limit for an answer of 3 numbers";
    assert!(report.contains(expected), "{report}");
}

#[test]
fn an_answer_as_an_array_is_refused_with_what_is_expected() {
    let array = "it is an array but has to be an object";
    let hello = format!("gave an invalid answer: {array} {{\"protocol\": 1, …}}");
    misbehaves("read line; echo '[1,\"mine\"]'; cat", &hello);
    let answering = |answer: &str, expected: &str| {
        let script = format!("{HELLO} while read line; do echo '{answer}'; done");
        fails_every_property(&script, &format!("'evaluate', gave an invalid answer: {expected}"));
    };
    answering("[0.5,[[[1]],[[1]]]]", &format!("{array} {{\"loss\": …, \"gradient\": …}}"));
    let layer = format!("layer 1: {array} {{\"w\": …, \"b\": …}}");
    answering("{\"loss\":0.5,\"gradient\":[[[[1]],[[1]]]]}", &layer);
}

#[test]
fn a_program_that_has_nearly_nothing_is_incomplete_and_not_right() {
    if Command::new("python3").arg("--version").output().is_err() {
        return;
    }
    // refuses what is malformed, and has an answer to one question in many
    let rare = |condition: &str| {
        let answer = format!(
            "        if {condition}:\n            \
             print('{{\"unsupported\":\"such an x\"}}', flush=True); continue\n        r = ["
        );
        let program = LINE.replacen("        r = [", &answer, 1);
        assert!(program.contains("such an x"));
        let line = File::new("line.py", &program);
        check(&["--profile", "quick"], &["python3", line.path().as_str()])
    };
    // 128 of x are drawn
    let output = rare("x[0] != 1.5");
    let report = text(&output.stdout);
    assert_eq!(output.status.code(), Some(3), "{report}");
    let why = "of 32 cases ran and passed; 2048 did not apply, the first because python3";
    assert!(report.contains("incomplete  gradient-equals-the-specification ("), "{report}");
    assert!(report.contains(why) && report.contains("has no \"such an x\""), "{report}");
    assert!(!report.contains("0 vacuous or incomplete"), "{report}");
    // that malformed questions are refused shows nothing of a gradient
    let report = rare("True");
    assert_eq!(report.status.code(), Some(3), "{}", text(&report.stdout));
    // one question in four is enough
    let output = rare("x[0] < 1");
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stdout));
}

/// The line that a report says replays it.
fn replay_of(output: &Output) -> String {
    let report = text(&output.stdout);
    let line = report.lines().find_map(|line| line.strip_prefix("replay: "));
    line.unwrap_or_else(|| panic!("{report}{}", text(&output.stderr))).to_string()
}

#[test]
fn the_replay_line_ends_with_the_same_code_when_a_shell_reads_it() {
    if Command::new("python3").arg("--version").output().is_err() {
        return;
    }
    let twice = LINE.replace("\"loss\": sum", "\"loss\": 2 * sum");
    assert_ne!(twice, LINE);
    let program = File::new("it's a $(program) & \"more\".py", &twice);
    let clipped = LINE.replace("\"gradient\": slopes", "\"gradient\": [min(s, 1) for s in slopes]");
    let wrong = File::new("wrong.py", &clipped);
    let (path, wrong) = (program.path(), wrong.path());
    let folder = Path::new(env!("CARGO_BIN_EXE_init-symmetry")).parent().unwrap();
    let paths = std::env::var("PATH").unwrap();
    let paths = format!("{}:{paths}", folder.display());
    let line = format!("python3 '{wrong}'; true");
    let options = ["--timeout", "9.5", "--start-timeout", "61", "--loss-scale", "2/n_y"];
    let skipped = ["--skip", "gradient-equals-the-specification"];
    for (arguments, code) in [
        (vec!["--", "python3", &path], 2),
        (vec!["--seed", "7", "--", "python3", &wrong, "", "two words", "$HOME", "*"], 2),
        ([&options[..], &["--", "python3", &wrong]].concat(), 2),
        ([&skipped[..], &["--strict", "--", "python3", &wrong]].concat(), 2),
        (vec!["--shell", "--", &line], 2),
        (vec!["--shell", "--", "python3", &wrong, "&&", "true"], 2),
        (vec!["--only", "twins-stay-twins", "--", "python3", &wrong], 3),
    ] {
        let mut call = Command::new("init-symmetry");
        call.args(["check", "--profile", "quick", "--no-shrink"]).args(&arguments);
        let output = call.env("PATH", &paths).output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{arguments:?} {}", text(&output.stdout));
        let replay = replay_of(&output);
        let mut shell = Command::new("sh");
        let again = shell.arg("-c").arg(&replay).env("PATH", &paths).output().unwrap();
        assert_eq!(again.status.code(), Some(code), "{replay}: {}", text(&again.stderr));
        assert_eq!(replay_of(&again), replay, "all that changes the verdict is in it");
        for option in arguments.iter().filter(|it| it.starts_with("--t") || it.starts_with("--st"))
        {
            assert!(replay.contains(option), "{replay}");
        }
    }
}

#[test]
fn sizes_that_no_memory_holds_are_refused_at_hello() {
    for sizes in [
        "\"inputs\":100000000",
        "\"outputs\":[30000000,30000000]",
        "\"hidden-units\":10000000",
        "\"hidden-layers\":[1000000000,1000000000]",
        "\"inputs\":1000,\"hidden-units\":1000",
    ] {
        let hello = format!("read line; echo '{{\"protocol\":1,{sizes}}}'; cat >/dev/null");
        let output = check(&["--shell"], &[&hello]);
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{sizes}: {said}");
        assert!(said.contains("to check"), "{sizes}: {said}");
    }
}

#[test]
fn what_is_wrong_with_a_file_of_cases_is_no_fault_of_the_program() {
    let case = |property: &str, fields: &str| {
        let schema = "init-symmetry/cases/1";
        format!(r#"{{"schema":"{schema}","cases":[{{"property":"{property}","case":{fields}}}]}}"#)
    };
    let larger = |m: &str, width: &str| {
        let fields = format!(
            r#"{{"widths":[3,{width},1],"hidden":"tanh","loss":"cross-entropy","m":{m},
            "constant":0.5,"rate":0.1,"seed":1}}"#
        );
        case("twins-stay-twins-in-larger-networks", &fields)
    };
    for (cases, part) in [
        (case("gradient-equals-the-specification", "{}"), "case 1: the case cannot be read"),
        (case("gradient-equals-the-specification", "null"), "case 1: the case cannot be read"),
        (larger("1000000000", "5"), "case 1: m is 1000000000 but may be at most"),
        (larger("7", "1000000000"), "case 1: widths is 1000000000 but may be at most"),
        (r#"{"schema":"x\nforged: ok","cases":[]}"#.into(), "\"x\\nforged: ok\""),
    ] {
        let file = File::new("cases.json", &cases);
        let path = file.path();
        // no program is started: this one would not answer
        let output = check(&["--replay", &path], &["false"]);
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains(part) && said.lines().count() == 1, "{said}");
    }
}
