//! `verify`, `list` and `explain`: the claims as the command shows them.

use init_symmetry::claim::{self, Claim, Evidence, Kind, Verdict, find};
use init_symmetry::proof::Theorem;
use init_symmetry::report::{PAGE, figures_of};
use serde_json::Value;
use std::process::{Command, Output};

fn call(arguments: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_init-symmetry"));
    command.args(arguments.split_whitespace()).output().unwrap()
}

/// What a call that is to succeed prints; it has to keep quiet on stderr, which is no terminal.
fn printed(arguments: &str) -> String {
    let output = call(arguments);
    let (out, err) = (String::from_utf8(output.stdout).unwrap(), output.stderr);
    assert_eq!(output.status.code(), Some(0), "{arguments}: {out}");
    assert!(err.is_empty(), "{arguments}: {}", String::from_utf8_lossy(&err));
    out
}

fn document(arguments: &str) -> Value {
    serde_json::from_str(&printed(arguments)).unwrap()
}

#[test]
fn the_default_call_prints_a_line_for_each_claim_and_one_summary_line() {
    // claims.rs judges every claim, at the profile that is the default
    let output = printed("--profile quick --verdict refuted");
    let claims: Vec<_> = claim::all().filter(|claim| claim.expected == Verdict::Refuted).collect();
    let lines: Vec<_> = output.lines().collect();
    let (summary, lines) = lines.split_last().unwrap();
    assert!(lines.len() == claims.len() && claims.len() > 1);
    for (line, claim) in lines.iter().zip(&claims) {
        let words: Vec<_> = line.split_whitespace().collect();
        assert_eq!(words[..3], [&claim.expected.to_string(), claim.id, "(counterexample:"]);
    }
    let start = format!("{0} claims as expected: {0} refuted (seed 1, ", claims.len());
    assert!(summary.starts_with(&start), "{summary}");
}

/// How many pieces of a claim's evidence are run; theorems are read.
fn runs(claim: &Claim) -> usize {
    claim.evidence().filter(|evidence| evidence.kind() != Kind::Theorem).count()
}

#[test]
fn verify_in_json_says_of_every_claim_what_was_found() {
    let document = document("verify --profile quick --seed 3 --json --section practice");
    assert_eq!(document["schema"], "init-symmetry/verify/3");
    assert_eq!((&document["seed"], &document["profile"]), (&3.into(), &"quick".into()));
    assert_eq!(document["as_expected"], true);
    let claims = document["claims"].as_array().unwrap();
    let expected: Vec<_> = claim::all().filter(|it| it.section.to_string() == "practice").collect();
    assert!(!expected.is_empty() && claims.len() == expected.len());
    for (view, claim) in claims.iter().zip(expected) {
        assert_eq!(view["id"], claim.id);
        assert_eq!(view["verdict"], claim.expected.to_string());
        assert_eq!(view["status"], "as-expected");
        assert_eq!(view["evidence"].as_array().unwrap().len(), runs(claim));
        assert!(view["effective_cases"].as_u64().unwrap() >= claim.min_cases as u64);
        assert!(view["replay"].is_null());
    }
}

#[test]
fn two_runs_print_the_same_but_for_the_time_they_took() {
    let arguments = "verify zero-biases-are-harmless --seed 5";
    let lines = || printed(arguments).lines().next().unwrap().to_string();
    assert_eq!(lines(), lines());
}

#[test]
fn claims_are_selected_by_name_section_and_verdict_in_the_order_of_the_lesson() {
    let ids = |arguments: &str| -> Vec<String> {
        let document = document(&format!("list --json {arguments}"));
        let claims = document["claims"].as_array().unwrap();
        claims.iter().map(|claim| claim["id"].as_str().unwrap().to_string()).collect()
    };
    let all: Vec<_> = claim::all().map(|claim| claim.id).collect();
    assert_eq!(ids(""), all);
    assert_eq!(ids(&format!("{} {} {}", all[2], all[0], all[2])), [all[0], all[2]]);
    let of_section = ids("--section equal-starts");
    assert!(!of_section.is_empty() && of_section.len() < all.len());
    let of_xor: Vec<_> = all.iter().filter(|id| id.contains("xor")).copied().collect();
    assert!(ids("--only xor") == of_xor && !of_xor.is_empty());
    let wrong =
        claim::all().filter(|claim| claim.expected == Verdict::Refuted).map(|claim| claim.id);
    assert_eq!(ids("--verdict refuted"), wrong.collect::<Vec<_>>());
}

#[test]
fn a_filter_that_selects_nothing_has_an_exit_code_of_its_own() {
    let claim = claim::all().find(|claim| claim.expected != Verdict::Refuted).unwrap();
    for call_name in ["verify", "list"] {
        let output = call(&format!("{call_name} {} --verdict refuted", claim.id));
        assert_eq!(output.status.code(), Some(4));
        assert_eq!(
            String::from_utf8(output.stderr).unwrap(),
            "error: the filter selects no claim\n"
        );
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn explain_prints_all_of_a_claim_with_the_numbers_of_a_run() {
    let ids = ["identical-units-stay-identical-after-one-step", "the-printed-randn-call-runs"];
    for claim in ids.map(|id| find(id).unwrap()) {
        let text = printed(&format!("explain {}", claim.id));
        let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let says = claim.parts.iter().map(|part| part.says);
        let says = says.chain([claim.headline, claim.lesson, claim.source]);
        let evidence = claim.evidence().map(Evidence::what);
        let assumptions = claim.assumptions.iter().map(|assumption| assumption.words);
        for said in says.chain(evidence).chain(assumptions) {
            assert!(words.contains(said), "{said:?} is not in\n{text}");
        }
        assert!(words.contains(&format!("init-symmetry verify {}", claim.id)));
        let verdict = format!("{} (profile quick, seed 1, ", claim.expected);
        assert!(words.contains(&verdict), "{text}");
        for theorem in claim.evidence().filter_map(Evidence::theorem) {
            let Theorem { file, name, .. } = theorem;
            let theorem = format!("theorem {name} in proofs/theories/{file}.v (");
            assert!(words.contains(&theorem), "{theorem}: {text}");
        }
        let cite = format!("claim {} (--bibtex prints an entry)", claim.id);
        assert!(words.contains(&cite) && !words.contains("@software"), "{text}");
        let bibtex = printed(&format!("explain {} --bibtex", claim.id));
        assert!(bibtex.starts_with(&format!("@software{{init-symmetry:{},", claim.id)), "{bibtex}");
        for figure in figures_of(claim.id) {
            assert!(words.contains(&format!("{}, {PAGE}#{}", figure.svg_path(), figure.id)));
        }
        let document = document(&format!("explain {} --json", claim.id));
        assert_eq!(
            (&document["id"], &document["headline"], &document["statement"]),
            (&claim.id.into(), &claim.headline.into(), &claim.statement().into())
        );
        let parts = document["parts"].as_array().unwrap();
        for (part, view) in claim.parts.iter().zip(parts) {
            assert_eq!((&view["says"], &view["known"]), (&part.says.into(), &part.known().into()));
            assert!(words.contains(&format!("{} [{}]", part.says, part.known())), "{text}");
        }
        let found: Vec<_> =
            parts.iter().flat_map(|part| part["evidence"].as_array().unwrap()).collect();
        assert_eq!((parts.len(), found.len()), (claim.parts.len(), runs(claim)));
        for finding in found {
            let numbers = finding["numbers"].as_str().unwrap();
            let numbers = numbers.split_whitespace().collect::<Vec<_>>().join(" ");
            let unit =
                if finding["kind"] == "symbolic" { "obligations" } else { "effective_cases" };
            assert!(finding[unit].as_u64().unwrap() > 0, "{finding}");
            // the text cuts long ones
            let start: String = numbers.chars().take(30).collect();
            let start = start.rsplit_once(' ').map_or(start.as_str(), |(words, _)| words);
            assert!(!start.is_empty() && words.contains(start), "{start:?}: {text}");
        }
    }
}

#[test]
fn the_fault_that_explain_names_turns_the_claim_red_as_it_says() {
    let document = document("explain identical-units-get-identical-gradients --json");
    let command = document["killed_by_fault"]["command"].as_str().unwrap();
    let output = call(&format!("{} --profile quick", command.trim_start_matches("init-symmetry ")));
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(2), "{text}");
    let fault = document["killed_by_fault"]["fault"].as_str().unwrap();
    assert!(text.starts_with("fails ") && text.contains(&format!(", {fault} planted, ")), "{text}");
    let replay = format!("replay: {command} --profile quick --seed 1");
    let words: Vec<_> = replay.split(' ').collect();
    assert!(words.iter().all(|word| text.contains(word)), "{text}");
}

#[test]
fn a_planted_fault_leaves_green_what_it_does_not_reach() {
    // the printed call is about NumPy
    let line = printed("verify the-printed-randn-call-runs --fault update-ascends");
    assert!(line.contains("1 claim as expected: 1 refuted (seed 1, update-ascends planted, "));
    let unknown = call("verify --fault update-ascend");
    assert_eq!(unknown.status.code(), Some(1));
    assert!(String::from_utf8(unknown.stderr).unwrap().contains("did you mean 'update-ascends'?"));
}

#[test]
fn quiet_prints_only_what_is_not_as_expected() {
    let claims = "a-step-subtracts-the-rate-times-the-gradient the-printed-randn-call-runs";
    assert_eq!(printed(&format!("verify {claims} --profile quick --quiet")), "");
    let red = call(&format!("verify {claims} -q --profile quick --fault rate-applied-twice"));
    let red = String::from_utf8(red.stdout).unwrap();
    assert!(red.starts_with("fails ") && red.contains("1 of 2 claims as expected"), "{red}");
    assert!(!red.contains("the-printed-randn-call-runs"), "{red}");
    assert_eq!(call("verify --quiet --json").status.code(), Some(1), "one excludes the other");
}

#[test]
fn junit_has_a_case_for_each_claim_and_a_failure_for_each_red_one() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("results.xml");
    let run = |arguments: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_init-symmetry"));
        command.args(arguments.split(' ')).arg("--junit").arg(&file);
        command.output().unwrap().status.code()
    };
    let chosen = "verify --only randn --profile quick";
    assert_eq!(run(chosen), Some(0));
    let claims: Vec<_> = claim::all().filter(|claim| claim.id.contains("randn")).collect();
    let names = |text: &str| -> Vec<(String, bool)> {
        let document = roxmltree::Document::parse(text).unwrap();
        let cases = document.descendants().filter(|node| node.has_tag_name("testcase"));
        let failure = |case: roxmltree::Node| case.children().any(|it| it.has_tag_name("failure"));
        cases.map(|case| (case.attribute("name").unwrap().into(), failure(case))).collect()
    };
    let all_green: Vec<_> = claims.iter().map(|claim| (claim.id.to_string(), false)).collect();
    let green = std::fs::read_to_string(&file).unwrap();
    assert!(names(&green) == all_green && all_green.len() > 1);

    assert_eq!(run("verify --only no-such-claim"), Some(4));
    assert_eq!(run("verify no-such-claim"), Some(1));
    assert_eq!(std::fs::read_to_string(&file).unwrap(), green, "nothing ran, nothing is written");

    assert_eq!(run(&format!("{chosen} --fault random-init-repeats-one-row")), Some(2));
    let red = std::fs::read_to_string(&file).unwrap();
    assert_eq!(names(&red).iter().filter(|(_, failure)| *failure).count(), 1, "{red}");
}

#[test]
fn where_github_runs_it_every_red_claim_becomes_an_annotation() {
    let annotations = |arguments: &str, there: bool| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_init-symmetry"));
        command.args(arguments.split(' ')).env_remove("GITHUB_ACTIONS");
        if there {
            command.env("GITHUB_ACTIONS", "true");
        }
        let output = command.output().unwrap();
        (output.stdout, String::from_utf8(output.stderr).unwrap())
    };
    let claim = "verify a-step-subtracts-the-rate-times-the-gradient --profile quick --json";
    let red = format!("{claim} --fault rate-applied-twice");
    let (document, stderr) = annotations(&red, true);
    let title = "title=a-step-subtracts-the-rate-times-the-gradient fails::";
    assert!(stderr.starts_with(&format!("::error file=CLAIMS.md,{title}")), "{stderr}");
    assert!(stderr.lines().count() == 1 && stderr.contains("%0Areplay: "), "{stderr}");
    assert!(serde_json::from_slice::<Value>(&document).is_ok(), "stdout is still one document");
    assert_eq!(annotations(&red, false).1, "");
    assert_eq!(annotations(claim, true).1, "");
}

#[test]
fn version_names_the_commit_and_the_compiler_and_completions_every_claim() {
    let version = printed("--version");
    let start = format!("init-symmetry {} (", env!("CARGO_PKG_VERSION"));
    assert!(version.starts_with(&start) && version.contains(", rustc 1."), "{version}");
    assert_eq!(printed("-V"), format!("init-symmetry {}\n", env!("CARGO_PKG_VERSION")));
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = printed(&format!("completions {shell}"));
        assert!(script.contains("explain") && script.contains("junit"), "{shell}");
        // the other shells' scripts know no values of what stands without a flag
        let knows_names = ["bash", "zsh"].contains(&shell);
        assert_eq!(claim::all().all(|claim| script.contains(claim.id)), knows_names, "{shell}");
        assert_eq!(script.contains("update-ascends"), knows_names || shell == "fish", "{shell}");
    }
}

#[test]
fn the_choice_of_colour_may_stand_before_the_subcommand_or_after_it() {
    assert_eq!(printed("--color never list"), printed("list --color never"));
    assert_eq!(printed("--color always list"), printed("list --color always"));
    assert_ne!(printed("--color always list"), printed("--color never list"));
}

const SUBCOMMANDS: [&str; 11] = [
    "check",
    "course",
    "lint",
    "verify",
    "explain",
    "list",
    "report",
    "train",
    "faults",
    "prove",
    "completions",
];

#[test]
fn the_help_of_every_subcommand_shows_an_example_and_its_exit_codes() {
    for name in SUBCOMMANDS {
        let help = printed(&format!("{name} --help"));
        let (before, after) = help.split_once("\nExamples:\n").expect(&help);
        assert!(after.starts_with(&format!("  init-symmetry {name}")), "{help}");
        let codes = after.split("\nExit codes: 0 ").nth(1).expect(&help);
        assert!(codes.contains(", 1 bad input"), "{help}");
        let wide = after.lines().find(|line| line.chars().count() > 92);
        assert_eq!(wide, None, "{help}");
        let mut words = before.split(|c: char| !c.is_alphanumeric());
        let retired = ["call", "calls", "declared", "ledger", "behind", "flags", "stranger"];
        assert!(!words.any(|word| retired.contains(&word) && name != "lint"), "{help}");
    }
}

#[test]
fn the_first_help_says_what_it_is_for_shows_examples_and_names_subcommands_in_order() {
    let help = printed("--help");
    let (about, rest) = help.split_once("\nExamples:\n").expect(&help);
    assert_eq!(about.matches('.').count(), 2, "two sentences: {about}");
    assert!(about.starts_with("Test your hand-written backprop"), "{about}");
    assert!(rest.starts_with("  init-symmetry check my_module.py:MyNetwork"), "{help}");
    assert!(rest.contains("\nUsage: init-symmetry <SUBCOMMAND>\n"), "{help}");
    let subcommands = rest.split("\nSubcommands:\n").nth(1).expect(&help);
    let names = subcommands.lines().take_while(|line| !line.is_empty());
    let names = names.filter(|line| !line.starts_with("   ")).map(|line| line.trim());
    let names: Vec<_> = names.map(|line| line.split(' ').next().unwrap()).collect();
    assert_eq!(names[..SUBCOMMANDS.len()], SUBCOMMANDS);
    assert_eq!(names[SUBCOMMANDS.len()..], ["help"]);
    assert!(help.contains("\nExit codes:\n"), "{help}");
}

#[test]
fn the_glossary_defines_our_words_in_eleven_entries() {
    let words = printed("help glossary");
    assert_eq!(words.trim_end(), printed("glossary").trim_end());
    let entries: Vec<_> = words.lines().filter(|line| !line.starts_with(' ')).collect();
    assert_eq!(entries.len(), 11, "{words}");
    let ours = ["claim", "subject", "property", "twins", "unit group", "witness", "obligation"];
    for word in ours.into_iter().chain(["profile"]) {
        assert!(entries.iter().any(|entry| entry.starts_with(&format!("{word}  "))), "{words}");
    }
    for verdict in <Verdict as strum::VariantNames>::VARIANTS {
        assert!(words.contains(verdict), "{verdict} is not in\n{words}");
    }
    assert!(words.lines().all(|line| line.chars().count() <= 80), "{words}");
}

#[test]
fn list_has_the_verdict_the_name_and_what_is_judged_on_80_columns() {
    let text = printed("list");
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for claim in claim::all() {
        let entry = format!("{} {} {}", claim.expected, claim.id, claim.headline);
        let entry = entry.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains(&entry), "{entry:?} is not in\n{text}");
    }
}

/// A JSON document without how long things took.
fn untimed(mut document: Value) -> Value {
    for part in document.as_object_mut().into_iter().flat_map(|object| object.values_mut()) {
        for claim in part.as_array_mut().into_iter().flatten() {
            claim.as_object_mut().map(|claim| claim.remove("seconds"));
        }
    }
    document.as_object_mut().map(|document| document.remove("seconds"));
    document
}

#[test]
#[cfg(target_os = "linux")]
fn one_processor_finds_what_all_of_them_find() {
    let arguments = "verify --profile quick --json --section depth";
    let mut command = Command::new("taskset");
    command.args(["-c", "0", env!("CARGO_BIN_EXE_init-symmetry")]);
    let alone = command.args(arguments.split_whitespace()).output().unwrap();
    assert!(alone.status.success(), "{}", String::from_utf8_lossy(&alone.stderr));
    let alone = untimed(serde_json::from_slice(&alone.stdout).unwrap());
    assert_eq!(alone, untimed(document(arguments)));
    assert!(alone["claims"].as_array().unwrap().len() > 3);
}
