//! `lint`, as the command shows it: what it finds, how it ends, what it refuses.

use crate::documents::keep_part_up_to_date;
use init_symmetry::lint::{Judged, LiveTensors, Rule, UnitGroups};
use init_symmetry::proof::theorems;
use init_symmetry::{Activation, Loss, Network, Weights};
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use strum::VariantArray;
use tempfile::TempDir;

/// A folder with starts of an 8-16-4 network: random.safetensors, zeros…, constant….
fn starts() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let network = Network::new(&[8, 16, 4], Activation::Relu, Loss::SquaredError).unwrap();
    let starts =
        [("random", Weights::He), ("zeros", Weights::Zeros), ("constant", Weights::Constant(0.1))];
    for (name, weights) in starts {
        let start = network.initialise(weights, 1).unwrap();
        let bytes = LiveTensors::of_network(&network, &start).unwrap().to_safetensors().unwrap();
        fs::write(folder.path().join(format!("{name}.safetensors")), bytes).unwrap();
    }
    folder
}

fn lint(folder: &Path, arguments: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_init-symmetry"));
    command.arg("lint").args(arguments.split_whitespace()).current_dir(folder);
    command.output().unwrap()
}

fn text(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn document(folder: &Path, arguments: &str) -> Value {
    serde_json::from_str(&text(&lint(folder, arguments))).unwrap()
}

fn rules_of(document: &Value) -> Vec<&str> {
    let findings = document["files"][0]["findings"].as_array().unwrap();
    findings.iter().map(|finding| finding["rule"].as_str().unwrap()).collect()
}

#[test]
fn starts_of_the_lesson_are_told_apart_and_the_exit_code_says_so() {
    let folder = starts();
    let cases = [
        ("random", 0, "nothing found"),
        ("zeros", 2, "all 16 units have only zeros"),
        (
            "constant",
            2,
            "all 16 units are twins: together they are worth one unit, and training never makes \
             them different",
        ),
    ];
    for (name, code, says) in cases {
        let output = lint(folder.path(), &format!("{name}.safetensors"));
        assert_eq!(output.status.code(), Some(code), "{name}");
        let words = text(&output).split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains(says), "{words}");
        assert!(output.stderr.is_empty());
    }
}

#[test]
fn what_train_saves_can_be_linted_and_twins_outlive_training() {
    let folder = tempfile::tempdir().unwrap();
    let data = concat!(env!("CARGO_MANIFEST_DIR"), "/data/iris.csv");
    for (init, code) in [("constant:0.1", 2), ("normal:0.5", 0)] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_init-symmetry"));
        command.current_dir(folder.path()).args(["train", "--data", data, "--label", "species"]);
        command.args(["--init", init, "--steps", "300", "--save", "end.safetensors"]);
        assert_eq!(command.output().unwrap().status.code(), Some(0));
        let output = lint(folder.path(), "end.safetensors");
        assert_eq!(output.status.code(), Some(code), "{init}: {}", text(&output));
    }
}

#[test]
fn the_end_of_training_is_saved_for_one_start_alone() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_init-symmetry"));
    let arguments = "train --data data/iris.csv --label species --save target/none.safetensors";
    let output =
        command.args(arguments.split(' ')).current_dir(env!("CARGO_MANIFEST_DIR")).output();
    let output = output.unwrap();
    assert_eq!(output.status.code(), Some(1));
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(message.contains("the number of starts with --save is 3 but has to be 1"), "{message}");
}

#[test]
fn a_declared_scheme_is_judged_and_its_missing_factor_named() {
    let folder = starts();
    let declared = |scheme: &str| {
        lint(folder.path(), &format!("--fresh --scheme {scheme} random.safetensors"))
    };
    assert_eq!(declared("he").status.code(), Some(0));
    let wrong = declared("normal:0.01");
    assert_eq!(wrong.status.code(), Some(2));
    assert!(text(&wrong).contains("error    scale"), "{}", text(&wrong));
}

#[test]
fn a_baseline_lets_what_is_known_pass_and_what_is_new_fail() {
    let folder = starts();
    let here = folder.path();
    let written = lint(here, "constant.safetensors --baseline known.json --write-baseline");
    assert_eq!(written.status.code(), Some(0));
    let known = lint(here, "constant.safetensors --baseline known.json");
    assert_eq!(known.status.code(), Some(0), "{}", text(&known));
    assert!(text(&known).contains("nothing found; 3 known from the baseline"), "{}", text(&known));
    let new = lint(here, "zeros.safetensors --baseline known.json");
    assert_eq!(new.status.code(), Some(2));
}

#[test]
fn rules_can_be_left_out_everywhere_or_by_place() {
    let folder = starts();
    let rules = |arguments: &str| {
        let document = document(folder.path(), &format!("--format json {arguments}"));
        rules_of(&document).join(" ")
    };
    let all = "twin-units constant-tensor constant-tensor";
    assert_eq!(rules("constant.safetensors"), all);
    assert_eq!(rules("constant.safetensors --ignore constant-tensor"), "twin-units");
    let one = "twin-units constant-tensor";
    assert_eq!(rules("constant.safetensors --ignore constant-tensor:w[1]"), one);
    assert_eq!(rules("constant.safetensors --select twin-units"), "twin-units");
    let settings = "select = ['constant-tensor']\nignore = ['constant-tensor:w2']\nstrict = true";
    fs::write(folder.path().join("lint.toml"), settings).unwrap();
    let output = lint(folder.path(), "constant.safetensors --config lint.toml");
    assert_eq!(output.status.code(), Some(2), "a warning, with strict");
    assert_eq!(text(&output).matches("constant-tensor").count(), 1, "{}", text(&output));
}

#[test]
fn warnings_fail_with_strict_alone_and_notes_never() {
    let folder = starts();
    let code = |arguments: &str| lint(folder.path(), arguments).status.code();
    assert_eq!(code("constant.safetensors --select constant-tensor"), Some(0));
    assert_eq!(code("constant.safetensors --select constant-tensor --strict"), Some(2));
    let network = Network::new(&[8, 16, 4], Activation::Relu, Loss::SquaredError).unwrap();
    let mut start = network.initialise(Weights::He, 1).unwrap();
    start.layers[1].w.fill(0.0);
    let bytes = LiveTensors::of_network(&network, &start).unwrap().to_safetensors().unwrap();
    fs::write(folder.path().join("silent.safetensors"), bytes).unwrap();
    assert_eq!(code("silent.safetensors --strict"), Some(0));
}

#[test]
fn silence_about_twins_is_explained_if_no_unit_group_is_recognised() {
    let folder = tempfile::tempdir().unwrap();
    let network = Network::new(&[3, 4, 5], Activation::Relu, Loss::SquaredError).unwrap();
    let start = network.initialise(Weights::He, 1).unwrap();
    let mut tensors = LiveTensors::default();
    for (name, w) in [("first", start.w(1)), ("second", start.w(2))] {
        let (rows, columns) = w.dim();
        tensors.insert(name, &[rows, columns], w.iter().copied().collect()).unwrap();
    }
    let path = folder.path().join("unknown.safetensors");
    fs::write(path, tensors.to_safetensors().unwrap()).unwrap();
    let output = lint(folder.path(), "unknown.safetensors --fresh");
    assert_eq!(output.status.code(), Some(0));
    let said = text(&output).split_whitespace().collect::<Vec<_>>().join(" ");
    for part in [
        "no unit group recognised, so twins cannot be found: are the weights n_in × n_out?",
        "Name them with --units (docs/LINT.md).",
        "first: 4 × 3, unit axis unknown",
        "nothing else found",
    ] {
        assert!(said.contains(part), "{said}");
    }
}

#[test]
fn a_layer_of_zeros_fails_if_the_declared_scheme_draws_it() {
    let folder = starts();
    let network = Network::new(&[8, 16, 16, 4], Activation::Relu, Loss::SquaredError).unwrap();
    let mut start = network.initialise(Weights::He, 1).unwrap();
    start.layers[1].w.fill(0.0);
    let bytes = LiveTensors::of_network(&network, &start).unwrap().to_safetensors().unwrap();
    fs::write(folder.path().join("zero.safetensors"), bytes).unwrap();
    let output = lint(folder.path(), "--fresh --scheme he zero.safetensors");
    assert_eq!(output.status.code(), Some(2));
    let said = text(&output).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        said.contains("w2 are 0: the standard deviation is 0, but He declares 0.354"),
        "{said}"
    );
    assert!(!said.contains("LoRA"), "{said}");
}

#[test]
fn machines_get_json_sarif_and_junit() {
    let folder = starts();
    let json = document(folder.path(), "constant.safetensors --format json");
    assert_eq!(json["schema"], "init-symmetry/lint/1");
    let finding = &json["files"][0]["findings"][0];
    assert_eq!(finding["numbers"]["different"], 1.0);
    assert_eq!(json["files"][0]["unit_groups"][0]["axes"][2]["outgoing"], true);

    let sarif = document(folder.path(), "constant.safetensors --format sarif");
    assert_eq!(sarif["version"], "2.1.0");
    let run = &sarif["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    assert_eq!(rules.len(), Rule::VARIANTS.len());
    let result = &run["results"][0];
    assert_eq!((&result["ruleId"], &result["level"]), (&"twin-units".into(), &"error".into()));
    let place = &result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
    assert_eq!(place, "constant.safetensors");

    let junit = text(&lint(folder.path(), "constant.safetensors --format junit"));
    let junit = roxmltree::Document::parse(&junit).unwrap();
    let failed = junit.descendants().filter(|node| node.has_tag_name("failure"));
    let kinds: Vec<_> = failed.filter_map(|node| node.attribute("type")).collect();
    assert_eq!(kinds, ["twin-units"], "as the exit code: warnings fail with --strict");
}

#[test]
fn a_thousand_like_findings_are_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let mut layers = LiveTensors::default();
    for layer in 0..500 {
        layers.insert(format!("layers.{layer}.up_proj.weight"), &[2, 2], vec![0.1; 4]).unwrap();
        layers.insert(format!("layers.{layer}.down_proj.weight"), &[2, 2], vec![0.1; 4]).unwrap();
    }
    let bytes = layers.to_safetensors().unwrap();
    fs::write(folder.path().join("layers.safetensors"), bytes).unwrap();
    let output = lint(folder.path(), "layers.safetensors");
    assert_eq!(output.status.code(), Some(2));
    let said = text(&output);
    assert!(said.contains("up_proj (and 499 more like it)"), "{said}");
    assert!(said.lines().count() < 20, "{said}");
}

#[test]
fn gradients_show_what_has_been_equal_and_what_has_not_moved() {
    let folder = tempfile::tempdir().unwrap();
    let save = |name: &str, values: Vec<f64>| {
        let mut tensors = LiveTensors::default();
        tensors.insert("table.weight", &[4, 3], values).unwrap();
        fs::write(folder.path().join(name), tensors.to_safetensors().unwrap()).unwrap();
    };
    let row = [0.3, 0.1, 0.7];
    save("start.safetensors", [row, row, [0.2, 0.9, 0.4], [0.6, 0.5, 0.8]].concat());
    let moved = [0.01, 0.02, 0.03];
    save("g1.safetensors", [moved, moved, [0.05, 0.0, 0.1], [0.0; 3]].concat());
    save("g2.safetensors", [[0.0; 3], [0.0; 3], moved, [0.0; 3]].concat());
    let arguments = "start.safetensors --gradients g1.safetensors --gradients g2.safetensors";
    let document = document(folder.path(), &format!("{arguments} --format json"));
    assert_eq!(rules_of(&document), ["equal-rows", "equal-so-far", "frozen"]);
    let numbers = |finding: usize| &document["files"][0]["findings"][finding]["numbers"]["units"];
    assert_eq!((numbers(1), numbers(2)), (&2.0.into(), &1.0.into()));
}

#[test]
fn every_rule_can_be_explained_and_names_claims_and_theorems_that_there_are() {
    let list = text(&lint(".".as_ref(), "--rules"));
    for rule in Rule::VARIANTS {
        let output = lint(".".as_ref(), &format!("--explain {rule}"));
        assert_eq!(output.status.code(), Some(0));
        assert!(text(&output).contains(rule.facts().finds));
        assert!(list.contains(&format!("{rule} ")), "{list}");
        for claim in rule.facts().claims {
            assert!(init_symmetry::claim::find(claim).is_ok(), "{rule}: {claim}");
        }
        for name in rule.facts().theorems {
            let theorem = theorems().find(|theorem| theorem.name == *name);
            let file = theorem.unwrap_or_else(|| panic!("{rule}: no theorem {name}")).file;
            let line = format!("\n  theorem {name} (proofs/theories/{file}.v)\n");
            assert!(text(&output).contains(&line), "{}", text(&output));
        }
    }
    assert!(Rule::TwinUnits.facts().theorems.contains(&"twins_stay_twins"));
}

#[test]
fn what_cannot_be_linted_is_refused_in_one_sentence() {
    let folder = starts();
    let here = folder.path();
    fs::write(here.join("pickle.pt"), b"\x80\x02}q\x00.").unwrap();
    fs::write(here.join("short.safetensors"), [9, 0, 0, 0, 0, 0, 0, 0, b'{']).unwrap();
    fs::write(here.join("units.toml"), "[[group]]\nname = 'a'\naxes = []").unwrap();
    fs::write(here.join("bad.toml"), "scheme = 'hee'").unwrap();
    fs::write(here.join("bad.json"), "{}").unwrap();
    let cases = [
        ("none.safetensors", "no such file"),
        ("pickle.pt", "pickle"),
        ("short.safetensors", "short.safetensors: "),
        (".", "director"),
        ("random.safetensors --units units.toml", "the list of axes of group 'a' is empty"),
        ("random.safetensors --units none.toml", "none.toml: no such file"),
        ("random.safetensors --ignore twins", "unknown rule 'twins', did you mean 'twin-units'?"),
        ("random.safetensors --ignore twin-units:[", "the pattern to ignore twin-units is '['"),
        ("random.safetensors --scheme he", "--fresh"),
        ("random.safetensors --config bad.toml", "bad.toml: unknown initialiser 'hee'"),
        ("random.safetensors --baseline bad.json", "it is not a baseline"),
        ("random.safetensors --max-findings 0", "the most findings is 0"),
        ("random.safetensors --format xml", "unknown format 'xml'"),
        ("", "FILE"),
    ];
    for (arguments, says) in cases {
        let output = lint(here, arguments);
        assert_eq!(output.status.code(), Some(1), "{arguments}");
        let message = String::from_utf8(output.stderr).unwrap();
        assert!(message.starts_with("error: ") && message.contains(says), "{arguments}: {message}");
        assert!(output.stdout.is_empty());
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_that_is_larger_than_the_memory_is_linted() {
    use std::io::Write;
    let folder = tempfile::tempdir().unwrap();
    let (rows, columns) = (1 << 14, 1 << 13);
    let bytes = rows * columns * 4;
    let header = format!(
        r#"{{"w.weight":{{"dtype":"F32","shape":[{rows},{columns}],"data_offsets":[0,{bytes}]}}}}"#
    );
    let mut file = fs::File::create(folder.path().join("large.safetensors")).unwrap();
    file.write_all(&(header.len() as u64).to_le_bytes()).unwrap();
    file.write_all(header.as_bytes()).unwrap();
    file.set_len(8 + header.len() as u64 + bytes).unwrap();
    let limited = format!(
        "ulimit -v 131072; exec {} lint large.safetensors",
        env!("CARGO_BIN_EXE_init-symmetry")
    );
    let output = Command::new("sh").args(["-c", &limited]).current_dir(folder.path()).output();
    let output = output.unwrap();
    assert!(text(&output).contains("all entries are zero"), "{output:?}");
    assert_eq!(output.status.code(), Some(0));
}

fn page() -> String {
    fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/LINT.md")).unwrap()
}

#[test]
fn the_page_lists_the_rules() {
    let judged = |rule: &Rule| match rule.facts().judged {
        Judged::Always => "",
        Judged::Fresh => "`--fresh`",
        Judged::WithGradients => "`--gradients`",
    };
    let row = |rule: &Rule| {
        let facts = rule.facts();
        format!("| `{rule}` | {} | {} | {} |\n", facts.severity, facts.finds, judged(rule))
    };
    let rows: String = Rule::VARIANTS.iter().map(row).collect();
    let table =
        format!("| rule | at most | what it finds | with |\n| --- | --- | --- | --- |\n{rows}");
    keep_part_up_to_date("docs/LINT.md", "rules", &table);
}

#[test]
fn the_units_of_the_page_are_units() {
    let page = page();
    let (_, after) = page.split_once("```toml\n").expect("an example");
    let (example, _) = after.split_once("```").expect("its end");
    assert!(UnitGroups::of_toml("the example".as_ref(), example).is_ok());
    let mut groups = example.split("[[group]]");
    let group = groups.find(|group| group.contains("dense{n}")).expect("inputs as rows");
    let units = UnitGroups::of_toml("a".as_ref(), &format!("[[group]]{group}")).unwrap();
    let mut start = LiveTensors::default();
    start.insert("dense1.weight", &[2, 3], vec![0.5; 6]).unwrap();
    start.insert("dense1.bias", &[3], vec![0.0; 3]).unwrap();
    start.insert("dense2.weight", &[3, 1], vec![0.25; 3]).unwrap();
    start.insert("dense2.bias", &[1], vec![0.0]).unwrap();
    let found = init_symmetry::lint::lint(&mut start, &units, &Default::default()).unwrap();
    assert!(found.errors().any(|finding| finding.place == "hidden 1"), "{found}");
}

#[test]
fn nothing_but_a_baseline_is_written_over() {
    let folder = starts();
    let before = fs::read(folder.path().join("random.safetensors")).unwrap();
    let target = "--write-baseline --baseline random.safetensors";
    let output = lint(folder.path(), &format!("constant.safetensors {target}"));
    assert_eq!(output.status.code(), Some(1));
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(message.contains("it is not a baseline, so it is not overwritten"), "{message}");
    assert!(fs::read(folder.path().join("random.safetensors")).unwrap() == before);
    for _ in 0..2 {
        let output = lint(folder.path(), "zeros.safetensors --write-baseline --baseline a.json");
        assert_eq!(output.status.code(), Some(0), "a baseline may be renewed");
    }
}

#[test]
fn forty_thousand_tensors_take_seconds() {
    let folder = tempfile::tempdir().unwrap();
    let mut many = LiveTensors::default();
    for tensor in 0..40_000_u32 {
        // names without a common template, so that nothing is put together
        let letters: String = format!("{tensor:05}").bytes().map(|b| char::from(b + 49)).collect();
        let values = (0..4).map(|k| f64::from(tensor * 4 + k).sqrt()).collect();
        many.insert(format!("{letters}.weight"), &[2, 2], values).unwrap();
    }
    let bytes = many.to_safetensors().unwrap();
    fs::write(folder.path().join("many.safetensors"), bytes).unwrap();
    for arguments in ["many.safetensors", "--fresh many.safetensors"] {
        let began = std::time::Instant::now();
        let output = lint(folder.path(), arguments);
        assert_ne!(output.status.code(), Some(70));
        let said = text(&output).lines().count();
        assert!(said < 200, "{said} lines");
        // quadratic time was minutes
        assert!(began.elapsed().as_secs() < 60, "{arguments}: {:?}", began.elapsed());
    }
}
