//! `report`: the page and its files, as the command writes them.

use init_symmetry::claim;
use init_symmetry::report::{LIST, PAGE, paths};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use tempfile::tempdir;

fn report(folder: &Path, arguments: &[&str], seed: Option<&str>) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_init-symmetry"));
    command.arg("report").arg("--out").arg(folder).args(arguments);
    command.env_remove("INIT_SYMMETRY_SEED");
    command.envs(seed.map(|seed| ("INIT_SYMMETRY_SEED", seed))).output().unwrap()
}

fn texts(folder: &Path) -> BTreeMap<String, String> {
    let text = |path: String| (path.clone(), fs::read_to_string(folder.join(path)).unwrap());
    paths().into_iter().map(text).collect()
}

#[test]
fn a_report_is_written_whole_at_the_seed_of_the_environment() {
    // that the same seed writes the same bytes, on one processor too, .ci/run asks of two reports
    let parent = tempdir().unwrap();
    let folder = parent.path().join("report");
    let output = report(&folder, &["--profile", "quick"], Some("3"));
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(output.stderr.is_empty(), "stderr is no terminal");
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.starts_with(&folder.join(PAGE).display().to_string()), "{said}");
    assert!(said.contains("seed 3"), "{said}");
    #[cfg(target_os = "linux")]
    {
        let mut compare = Command::new("sha256sum");
        compare.args(["--check", "--strict", "--quiet", LIST]).current_dir(&folder);
        assert!(compare.status().unwrap().success(), "the list is that of the files");
    }
    let texts = texts(&folder);
    for (path, text) in &texts {
        let here = parent.path().display().to_string();
        assert!(!text.contains(&here) && !text.contains(env!("CARGO_MANIFEST_DIR")), "{path}");
    }
    let all = claim::all().count();
    assert!(
        texts[PAGE].contains("report --out DIR --seed 3 --profile quick"),
        "the page names its seed"
    );
    assert!(texts[PAGE].contains(&format!("{all} of {all} claims")), "it was made from a run");
}

#[test]
fn a_folder_with_somebody_elses_files_is_refused_before_anything_is_run() {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("thesis.tex"), "precious").unwrap();
    let output = report(folder.path(), &[], None);
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("thesis.tex") && said.contains("--force"), "{said}");
    assert!(output.stdout.is_empty());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn bad_input_is_refused_with_one_sentence() {
    let folder = tempdir().unwrap();
    for (arguments, seed, expected) in [
        (&["--seed", "x"][..], None, "the seed is 'x'"),
        (&[][..], Some("x"), "INIT_SYMMETRY_SEED is 'x'"),
        (&["--profile", "quikc"], None, "did you mean 'quick'?"),
    ] {
        let output = report(folder.path(), arguments, seed);
        assert_eq!(output.status.code(), Some(1));
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.starts_with("error: ") && said.contains(expected), "{said}");
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "nothing was written");
}
