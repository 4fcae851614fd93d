//! `INIT_SYMMETRY_SEED` and `INIT_SYMMETRY_PROFILE` mean the same in every subcommand that samples.

use init_symmetry::property::Config;
use serde_json::Value;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Command, Output};
use tempfile::TempDir;

const SEED: &str = "INIT_SYMMETRY_SEED";
const PROFILE: &str = "INIT_SYMMETRY_PROFILE";

const CLAIM: &str = "identical-units-get-identical-gradients";

/// A small table, a program that answers nothing but hello, and calls that use them.
struct Calls {
    folder: TempDir,
}

impl Calls {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text);
        write("table.csv", "a,b,kind\n1,2,no\n3,5,yes\n4,1,no\n2,2,yes\n").unwrap();
        write("subject.sh", "read line; echo '{\"protocol\":1,\"widths\":[1,1]}'; cat").unwrap();
        Self { folder }
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_string()
    }

    /// A call of a subcommand that prints JSON, with options.
    fn call(&self, subcommand: &str, options: &[&str]) -> Vec<String> {
        let [table, script] = ["table.csv", "subject.sh"].map(|name| self.path(name));
        let given: Vec<&str> = match subcommand {
            "train" => vec!["--data", &table, "--label", "kind", "--steps", "20", "--json"],
            "check" => vec!["--no-shrink", "--json"],
            "report" => vec!["--out", "report"],
            "faults" => vec!["--only", "stale-cache", "--json"],
            _ => vec![CLAIM, "--json"],
        };
        let program: &[&str] = if subcommand == "check" { &["--", "sh", &script] } else { &[] };
        let words = [&[subcommand], &given[..], options, program].concat();
        words.into_iter().map(String::from).collect()
    }

    fn run(&self, call: &[String], environment: &[(&str, OsString)]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_init-symmetry"));
        command.args(call).current_dir(self.folder.path()).env_remove(SEED).env_remove(PROFILE);
        command.envs(environment.iter().map(|(name, value)| (name, value))).output().unwrap()
    }

    /// The document of a subcommand.
    fn document(&self, subcommand: &str, options: &[&str], set: &[(&str, &str)]) -> Value {
        let set: Vec<_> = set.iter().map(|(name, value)| (*name, OsString::from(value))).collect();
        let output = self.run(&self.call(subcommand, options), &set);
        let document = serde_json::from_slice(&output.stdout);
        document.unwrap_or_else(|error| panic!("{subcommand}, {error}: {output:?}"))
    }
}

/// Every subcommand that samples and prints its seed in JSON; `report` has a page instead.
const IN_JSON: [&str; 4] = ["verify", "explain", "check", "train"];

/// Those that have a profile, too.
const WITH_PROFILE: [&str; 3] = ["verify", "explain", "check"];

/// A document without how long things took.
fn untimed(mut document: Value) -> Value {
    if let Some(claim) = document.pointer_mut("/claims/0").and_then(Value::as_object_mut) {
        claim.remove("seconds");
    }
    document.as_object_mut().unwrap().remove("seconds");
    document
}

#[test]
fn a_seed_of_the_environment_is_the_seed_of_the_option_in_every_subcommand() {
    let calls = Calls::new();
    for subcommand in IN_JSON {
        let profile = if subcommand == "train" { &[][..] } else { &["--profile", "quick"] };
        for seed in ["0", "7", "271828", "9007199254740992"] {
            let of_env = calls.document(subcommand, profile, &[(SEED, seed)]);
            assert_eq!(of_env["seed"].to_string(), seed, "{subcommand}");
            let option = [profile, &["--seed", seed]].concat();
            let of_option = calls.document(subcommand, &option, &[]);
            assert_eq!(untimed(of_env), untimed(of_option), "{subcommand}");
        }
        let default = calls.document(subcommand, profile, &[]);
        assert_eq!(default["seed"], Config::SEED, "{subcommand}");
        let fresh = calls.document(subcommand, profile, &[(SEED, "fresh")]);
        assert!(fresh["seed"].as_u64().unwrap() < 1_000_000, "{subcommand}");
    }
}

#[test]
fn a_profile_of_the_environment_is_the_profile_of_the_option_in_every_subcommand() {
    let calls = Calls::new();
    for subcommand in WITH_PROFILE {
        for profile in ["quick", "ci"] {
            let of_env = calls.document(subcommand, &[], &[(PROFILE, profile)]);
            assert_eq!(of_env["profile"], profile, "{subcommand}");
            let of_option = calls.document(subcommand, &["--profile", profile], &[]);
            assert_eq!(untimed(of_env), untimed(of_option), "{subcommand}");
        }
        // what explain shows is to be there at once
        let default = if subcommand == "explain" { "quick" } else { "ci" };
        assert_eq!(calls.document(subcommand, &[], &[])["profile"], default, "{subcommand}");
    }
}

#[test]
fn an_option_beats_the_environment_in_every_subcommand() {
    let calls = Calls::new();
    for (seed, other) in [("3", "4"), ("4", "3"), ("0", "fresh")] {
        for subcommand in IN_JSON {
            let document = calls.document(subcommand, &["--seed", seed], &[(SEED, other)]);
            assert_eq!(document["seed"].to_string(), seed, "{subcommand}");
        }
        for subcommand in WITH_PROFILE {
            let options = ["--profile", "quick", "--seed", seed];
            let document = calls.document(subcommand, &options, &[(PROFILE, "soak")]);
            assert_eq!(document["profile"], "quick", "{subcommand}");
            assert_eq!(document["seed"].to_string(), seed, "{subcommand}");
            // the fresh seed belongs to the profile that is not asked for
            let document = calls.document(subcommand, &options[..2], &[(PROFILE, "soak")]);
            assert_eq!(document["seed"], Config::SEED, "{subcommand}");
        }
    }
}

#[test]
fn a_report_takes_its_profile_from_the_environment_and_its_seed_from_the_option() {
    let calls = Calls::new();
    let set = [(PROFILE, "quick".into()), (SEED, "3".into())];
    let output = calls.run(&calls.call("report", &["--seed", "5"]), &set);
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("(seed 5, profile quick)"), "{said}");
    let page = PathBuf::from(calls.path("report")).join(init_symmetry::report::PAGE);
    let page = std::fs::read_to_string(page).unwrap();
    assert!(page.contains("report --out DIR --seed 5 --profile quick"), "the page says so");
}

/// Checks that a call refuses an environment with one sentence that names the variable.
fn refuses(calls: &Calls, call: &[String], variable: &str, value: &OsString) {
    let output = calls.run(call, &[(variable, value.clone())]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{call:?} {value:?}: {said}");
    assert!(output.stdout.is_empty(), "{call:?} {value:?}");
    assert!(said.starts_with("error: ") && said.lines().count() == 1, "{call:?}: {said}");
    assert!(said.contains(variable), "{call:?} {value:?}: {said}");
    assert!(!calls.folder.path().join("report").exists(), "{call:?}");
}

/// Values that make no sense, whatever the variable.
fn garbage() -> Vec<OsString> {
    let mut values: Vec<_> = ["", " ", "x", "-1", "1.5", "quick!"].map(OsString::from).into();
    #[cfg(unix)]
    values.extend([b"\xff".to_vec(), b"7\xfe".to_vec()].map(|bytes| {
        use std::os::unix::ffi::OsStringExt;
        OsString::from_vec(bytes)
    }));
    values
}

#[test]
fn a_seed_of_the_environment_that_is_none_is_refused_by_name_in_every_subcommand() {
    let calls = Calls::new();
    // beyond 2^53, beyond 2^64
    let too_large = ["9007199254740993", "18446744073709551616", "1e3"].map(OsString::from);
    for subcommand in IN_JSON.into_iter().chain(["report"]) {
        for value in garbage().iter().chain(&too_large) {
            refuses(&calls, &calls.call(subcommand, &[]), SEED, value);
        }
        // an option does not make sense of nonsense
        refuses(&calls, &calls.call(subcommand, &["--seed", "1"]), SEED, &"x".into());
    }
}

#[test]
fn a_profile_of_the_environment_that_is_none_is_refused_by_name_in_every_subcommand() {
    let calls = Calls::new();
    for subcommand in WITH_PROFILE.into_iter().chain(["report"]) {
        for value in garbage().iter().chain(&["quick".repeat(1000).into()]) {
            refuses(&calls, &calls.call(subcommand, &[]), PROFILE, value);
        }
    }
}

#[test]
fn a_value_that_is_none_is_refused_also_by_subcommands_that_would_ignore_it() {
    let calls = Calls::new();
    let ignorant: [&[&str]; 6] = [
        &["faults", "--only", "stale-cache"],
        &["list"],
        &["prove", "--shape", "1-2-1"],
        &["completions", "bash"],
        &["train", "--data", "table.csv", "--label", "kind"],
        &[],
    ];
    for call in ignorant {
        let call: Vec<String> = call.iter().map(ToString::to_string).collect();
        for value in garbage() {
            refuses(&calls, &call, SEED, &value);
            refuses(&calls, &call, PROFILE, &value);
        }
    }
}

#[test]
fn variables_of_the_generator_of_cases_change_nothing_under_a_seed() {
    let calls = Calls::new();
    for subcommand in WITH_PROFILE {
        let options = ["--profile", "quick", "--seed", "1"];
        let plain = untimed(calls.document(subcommand, &options, &[]));
        let set = [
            ("PROPTEST_RNG_ALGORITHM", "xs"),
            ("PROPTEST_RNG_SEED", "5"),
            ("PROPTEST_CASES", "1"),
            ("PROPTEST_MAX_LOCAL_REJECTS", "0"),
            ("PROPTEST_MAX_GLOBAL_REJECTS", "0"),
            ("PROPTEST_MAX_FLAT_MAP_REGENS", "0"),
            ("PROPTEST_MAX_SHRINK_ITERS", "0"),
            ("PROPTEST_MAX_DEFAULT_SIZE_RANGE", "1"),
            ("PROPTEST_VERBOSE", "9"),
        ];
        assert_eq!(untimed(calls.document(subcommand, &options, &set)), plain, "{subcommand}");
        for (name, value) in &set {
            let call = calls.call(subcommand, &options);
            let output = calls.run(&call, &[(*name, OsString::from(value))]);
            assert!(output.stderr.is_empty(), "{subcommand} {name}: {output:?}");
        }
    }
}

#[test]
fn faults_is_at_the_same_seed_whatever_the_environment_and_says_so() {
    let calls = Calls::new();
    let plain = calls.document("faults", &[], &[]);
    let other = calls.document("faults", &[], &[(SEED, "9"), (PROFILE, "quick")]);
    assert_eq!(plain["seed"], Config::SEED);
    assert_eq!(plain, other);
    let help = calls.run(&["faults", "--help"].map(String::from), &[]).stdout;
    let help = String::from_utf8(help).unwrap();
    let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(help.contains("The seed is fixed"), "{help}");
}

#[test]
fn the_help_and_the_page_on_ci_name_both_variables() {
    let calls = Calls::new();
    let help = calls.run(&["--help".to_string()], &[]).stdout;
    let help = String::from_utf8(help).unwrap();
    let page = include_str!("../../docs/CI.md");
    for variable in [SEED, PROFILE] {
        assert!(help.contains(variable), "{help}");
        let row = page.lines().find(|line| line.starts_with(&format!("| `{variable}` |"))).unwrap();
        let hears = |subcommand: &str| row.contains(&format!("`{subcommand}`"));
        assert!(WITH_PROFILE.into_iter().all(hears) && hears("report"), "{row}");
        assert_eq!(hears("train"), variable == SEED, "{row}");
    }
}
