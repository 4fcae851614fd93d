//! What `--version` says of the build: the commit and the compiler.
//!
//! Works without git and without a repository, and asks for nothing else, so that equal sources
//! give equal builds.

use std::env;
use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-env=INIT_SYMMETRY_COMPILER={}", compiler());
    println!("cargo::rustc-env=INIT_SYMMETRY_COMMIT={}", commit());
}

fn compiler() -> String {
    let rustc = env::var("RUSTC").unwrap_or_else(|_| "rustc".into());
    answer(&rustc, &["--version"]).unwrap_or_else(|| "unknown compiler".into())
}

/// The commit of a packaged crate, which `cargo package` writes down, or that of the repository.
///
/// Only in release builds: a debug build would compile everything anew after every commit.
fn commit() -> String {
    if let Some(commit) = packaged() {
        return commit;
    }
    if env::var("PROFILE").as_deref() != Ok("release") {
        return "debug build".into();
    }
    repository().unwrap_or_else(|| "unknown commit".into())
}

/// From lines like `"sha1": "1f3870be…"`.
fn packaged() -> Option<String> {
    let file = ".cargo_vcs_info.json";
    let text = std::fs::read_to_string(file).ok()?;
    // only where it exists: cargo runs this, and so compiles everything, whenever a file that it is
    // told of is missing
    println!("cargo::rerun-if-changed={file}");
    let hash = text.split("\"sha1\"").nth(1)?.split('"').nth(1)?;
    let dirty = if text.contains("\"dirty\": true") { " with changes" } else { "" };
    Some(format!("commit {}{dirty}", hash.get(..12)?))
}

fn repository() -> Option<String> {
    // an unpacked tarball may lie in somebody else's repository
    if !Path::new(".git").exists() {
        return None;
    }
    for file in ["HEAD", "logs/HEAD"] {
        let path = answer("git", &["rev-parse", "--git-path", file])?;
        if Path::new(&path).exists() {
            println!("cargo::rerun-if-changed={path}");
        }
    }
    let sources = ["src", "crates", "data", "build.rs", "Cargo.toml", "Cargo.lock"];
    for source in sources {
        println!("cargo::rerun-if-changed={source}");
    }
    let hash = answer("git", &["rev-parse", "HEAD"])?;
    let changed = answer("git", &[&["diff", "HEAD", "--name-only", "--"][..], &sources].concat())?;
    let changes = if changed.is_empty() { "" } else { " with changes" };
    Some(format!("commit {}{changes}", hash.get(..12)?))
}

/// What a command prints, or nothing if it cannot be run or fails.
fn answer(command: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(command).args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_string())
}
