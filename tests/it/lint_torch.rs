//! Starts of PyTorch modules, made by examples/lint/torch_starts.py: each gets the findings that
//! are true of it.

use serde_json::Value;
use std::path::Path;
use std::process::Command;

/// The script makes these files; in each the findings above a note are these.
const STARTS: [(&str, &[&str]); 11] = [
    ("right_sequential", &[]),
    ("right_convolutions", &[]),
    ("right_lstm", &[]),
    // its biases were drawn once and copied; the weights were drawn again
    ("right_encoder", &["copied-tensor layers.0"]),
    ("right_lora", &[]),
    ("equal_layers", &["copied-tensor layers.0"]),
    ("experts_copied", &["copied-tensor experts.0"]),
    ("lora_both_zero", &["both-factors-zero lora_A.weight"]),
    (
        "shards_of_rows",
        &[
            "repeated-shard 0.bias",
            "repeated-shard 0.weight",
            "repeated-shard 2.bias",
            "repeated-shard 2.weight",
        ],
    ),
    (
        "tensor_parallel",
        &[
            "twin-units 0.weight",
            "repeated-shard 0.bias",
            "repeated-shard 0.weight",
            "repeated-shard 2.weight",
        ],
    ),
    (
        "constant",
        &[
            "twin-units 0.weight",
            "constant-tensor 0.weight",
            "constant-tensor 2.weight",
            "bias-not-zero 0.bias",
            "bias-not-zero 2.bias",
        ],
    ),
];

fn findings(file: &Path) -> Vec<String> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_init-symmetry"));
    let output = command.args(["lint", "--fresh", "--format", "json"]).arg(file).output().unwrap();
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    let findings = document["files"][0]["findings"].as_array().unwrap();
    let is_grave = |finding: &&Value| finding["severity"] != "note";
    let named = |finding: &Value| {
        let text = |field: &str| finding[field].as_str().unwrap().to_string();
        format!("{} {}", text("rule"), text("place"))
    };
    findings.iter().filter(is_grave).map(named).collect()
}

#[test]
#[ignore = "needs PyTorch; .ci/nightly runs it"]
fn starts_of_pytorch_get_the_findings_that_are_true_of_them() {
    let folder = tempfile::tempdir().unwrap();
    for seed in 1..=25 {
        let mut script = Command::new("/usr/bin/python3");
        script.current_dir(env!("CARGO_MANIFEST_DIR")).arg("examples/lint/torch_starts.py");
        let status = script.arg(folder.path()).arg(seed.to_string()).status().unwrap();
        assert!(status.success());
        for (name, finds) in STARTS {
            let found = findings(&folder.path().join(format!("{name}.safetensors")));
            assert_eq!(found, finds, "{name}, seed {seed}");
        }
    }
}
