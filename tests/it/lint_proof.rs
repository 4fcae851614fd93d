//! The twins of the example file of proofs/theories/LintSound.v: the prover, `lint` and the unit
//! groups of the library find the same.

use init_symmetry::symmetry::{TensorShape, UnitAxis, UnitGroup, tensors_of};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::process::Command;

/// A tensor of the example: its shape, and the bits of its entries in bfloat16.
struct Tensor {
    name: String,
    shape: Vec<usize>,
    bits: Vec<u16>,
}

type Pair = (usize, usize);

/// The numbers of a text, in decimal or as 0x….
fn numbers(text: &str) -> Vec<usize> {
    let parts = text.split(|c: char| !c.is_ascii_alphanumeric());
    let number = |part: &str| match part.strip_prefix("0x") {
        Some(digits) => usize::from_str_radix(digits, 16).ok(),
        None => part.parse().ok(),
    };
    parts.filter_map(number).collect()
}

/// What stands in the source between two words.
fn between<'a>(source: &'a str, start: &str, end: &str) -> &'a str {
    let (_, after) = source.split_once(start).unwrap_or_else(|| panic!("no '{start}'"));
    after.split_once(end).unwrap_or_else(|| panic!("no '{end}'")).0
}

fn example_file(source: &str) -> Vec<Tensor> {
    let text = between(source, "Definition example_file : file := [", "%Z].");
    let tensors = text.split("Tensor ").skip(1).enumerate().map(|(number, tensor)| {
        let (shape, entries) = tensor.split_once("] [").unwrap();
        let bits = numbers(entries.split(']').next().unwrap());
        let bits = bits.into_iter().map(|bits| u16::try_from(bits).unwrap()).collect();
        Tensor { name: format!("t{number}"), shape: numbers(shape), bits }
    });
    tensors.collect()
}

/// The groups. The last axis of each is that of its outgoing weights.
fn example_groups(source: &str) -> Vec<UnitGroup> {
    let text = between(source, "Definition example_groups : list unit_group := [", "]].");
    let groups = text.split("UnitGroup ").skip(1).enumerate().map(|(number, group)| {
        let (units, axes) = group.split_once('[').unwrap();
        let mut group = UnitGroup::new(format!("group {number}"), numbers(units)[0]);
        for axis in axes.split("UnitAxis ").skip(1) {
            let [tensor, axis, first, repeats, each] = numbers(axis)[..] else { panic!("{axis}") };
            let axis = UnitAxis::new(format!("t{tensor}"), axis).first(first);
            group = group.along(axis.repeats(repeats).each(each));
        }
        group.axes.last_mut().unwrap().outgoing = true;
        group
    });
    groups.collect()
}

/// The pairs of twins that the prover computes, by group.
fn twins_of_the_prover(source: &str) -> Vec<Vec<Pair>> {
    let stated = between(source, "Theorem the_twins_of_the_example :", "Proof.");
    let list = between(stated, "= [[", "]].");
    let pairs = |text: &str| numbers(text).chunks(2).map(|pair| (pair[0], pair[1])).collect();
    list.split("; [").map(pairs).collect()
}

fn twins_of_the_library(tensors: &[Tensor], group: &UnitGroup) -> Vec<Pair> {
    let entry = |bits: &u16| f32::from_bits(u32::from(*bits) << 16);
    let entries: Vec<f32> = tensors.iter().flat_map(|it| it.bits.iter().map(entry)).collect();
    let shapes: Vec<_> = tensors.iter().map(|it| TensorShape::new(&it.name, &it.shape)).collect();
    let values = tensors_of(&shapes, &entries).unwrap();
    let are_twins = |&(i, k): &Pair| group.are_twins(&shapes, &values, i, k).unwrap();
    let pairs = (0..group.units).flat_map(|i| (i + 1..group.units).map(move |k| (i, k)));
    pairs.filter(are_twins).collect()
}

/// The tensors as a file of safetensors.
fn safetensors(tensors: &[Tensor]) -> Vec<u8> {
    let (mut header, mut bytes) = (serde_json::Map::new(), Vec::new());
    for Tensor { name, shape, bits } in tensors {
        let start = bytes.len();
        bytes.extend(bits.iter().flat_map(|bits| bits.to_le_bytes()));
        let offsets = [start, bytes.len()];
        let entry = json!({ "dtype": "BF16", "shape": shape, "data_offsets": offsets });
        header.insert(name.clone(), entry);
    }
    let header = Value::Object(header).to_string();
    let length = (header.len() as u64).to_le_bytes();
    [&length[..], header.as_bytes(), &bytes].concat()
}

/// The groups as a file of --units.
fn units(groups: &[UnitGroup]) -> String {
    let axis = |axis: &UnitAxis| {
        let UnitAxis { tensor, axis, repeats, each, first, outgoing } = axis;
        let first = first.unwrap_or_default();
        format!(
            "{{ tensor = '{tensor}', axis = {axis}, repeats = {repeats}, each = {each}, \
             first = {first}, outgoing = {outgoing} }}"
        )
    };
    let group = |UnitGroup { name, units, axes, .. }: &UnitGroup| {
        let axes: Vec<_> = axes.iter().map(axis).collect();
        format!("[[group]]\nname = '{name}'\nunits = {units}\naxes = [{}]\n", axes.join(", "))
    };
    groups.iter().map(group).collect()
}

/// The pairs of twins that `lint` names in a group.
fn twins_of_lint(document: &Value, group: &UnitGroup) -> Vec<Pair> {
    let findings = document["files"][0]["findings"].as_array().unwrap();
    let is_of_group =
        |it: &&Value| it["rule"] == "twin-units" && it["place"] == group.name.as_str();
    let Some(finding) = findings.iter().find(is_of_group) else { return Vec::new() };
    let classes = between(finding["message"].as_str().unwrap(), "units ", " are twins");
    let pairs = classes.split(';').flat_map(|class| {
        let class = numbers(class);
        let pairs = |(place, i): (usize, &usize)| -> Vec<Pair> {
            class[place + 1..].iter().map(|k| (*i, *k)).collect()
        };
        class.iter().enumerate().flat_map(pairs).collect::<Vec<_>>()
    });
    pairs.collect()
}

#[test]
fn the_prover_and_the_program_find_the_same_twins() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("proofs/theories/LintSound.v");
    let source = fs::read_to_string(path).unwrap();
    let (tensors, groups) = (example_file(&source), example_groups(&source));
    let proved = twins_of_the_prover(&source);
    assert_eq!((tensors.len(), groups.len(), proved.len()), (8, 4, 4));

    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("example.safetensors"), safetensors(&tensors)).unwrap();
    fs::write(folder.path().join("units.toml"), units(&groups)).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_init-symmetry"));
    command.current_dir(folder.path()).args(["lint", "example.safetensors", "--format", "json"]);
    let output = command.args(["--units", "units.toml"]).output().unwrap();
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();

    for (group, proved) in groups.iter().zip(&proved) {
        assert_eq!(&twins_of_the_library(&tensors, group), proved, "{}", group.name);
        assert_eq!(&twins_of_lint(&document, group), proved, "lint: {}", group.name);
    }
}
