//! The record of machine-checked theorems, and the claims that rest on it.

use init_symmetry::claim::{self, Kind, Verdict};
use init_symmetry::proof::theorems;
use init_symmetry::{Activation, Loss};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use strum::VariantArray;

fn proofs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("proofs")
}

#[test]
fn the_record_is_of_the_sources_as_they_are() {
    let mut files = BTreeSet::new();
    for theorem in theorems() {
        let file = format!("{}.v", theorem.file);
        let paths = ["theories", "tie"].map(|folder| proofs().join(folder).join(&file));
        let path = paths.iter().find(|path| path.exists()).expect("the source of a theorem");
        let source = fs::read(path).expect("a source");
        let digest: String =
            Sha256::digest(&source).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(digest, theorem.source, "{file} has changed: make -C proofs accept");
        let stated = String::from_utf8(source).expect("UTF-8");
        assert!(stated.contains(&format!("Theorem {}", theorem.name)), "{}", theorem.name);
        files.insert(file);
    }
    assert!(files.len() > 20, "the record was found");
}

#[test]
fn only_the_axioms_of_the_real_numbers_are_used() {
    let known = [
        "ClassicalDedekindReals.sig_not_dec",
        "ClassicalDedekindReals.sig_forall_dec",
        "FunctionalExtensionality.functional_extensionality_dep",
        "Classical_Prop.classic",
    ];
    for theorem in theorems() {
        for axiom in theorem.axioms.split(',').filter(|axiom| !axiom.is_empty()) {
            assert!(known.contains(&axiom), "{} rests on {axiom}", theorem.name);
        }
    }
    assert!(theorems().any(|theorem| theorem.axioms.is_empty()));
}

#[test]
fn every_theorem_of_a_claim_is_recorded_and_explained_beside_the_claim() {
    let page = fs::read_to_string(proofs().join("README.md")).expect("proofs/README.md");
    let mut named = 0;
    for claim in claim::all() {
        let stated = claim.evidence().filter(|evidence| evidence.kind() == Kind::Theorem);
        for evidence in stated {
            let name = evidence.what();
            let theorem = evidence.theorem();
            assert!(theorem.is_some_and(|it| !it.assumes().is_empty()), "{}: {name}", claim.id);
            let beside = page.lines().any(|line| {
                line.starts_with(&format!("| {} |", claim.id))
                    && line.contains(&format!("`{name}`"))
            });
            assert!(beside, "proofs/README.md does not have {name} beside {}", claim.id);
            named += 1;
        }
    }
    assert!(named > 10);
}

#[test]
fn each_part_of_a_claim_declared_proved_has_a_theorem_or_a_symbolic_run() {
    let proved = claim::all().filter(|claim| claim.expected == Verdict::Proved);
    let mut count = 0;
    for claim in proved {
        for part in claim.parts {
            let of_all_values = [Kind::Symbolic, Kind::Theorem];
            let proves = part.evidence.iter().any(|it| of_all_values.contains(&it.kind()));
            assert!(proves && part.is_proved(), "{}: {}", claim.id, part.says);
            count += 1;
        }
    }
    assert!(count > 20);
}

#[test]
fn the_model_knows_every_activation_and_loss() {
    let file = "theories/Arithmetic.v";
    let model = fs::read_to_string(proofs().join(file)).expect("the model");
    let constructors = |name: &str| -> BTreeSet<String> {
        let declared = model.split(&format!("Inductive {name} := ")).nth(1).expect("a declaration");
        let declared = declared.split('.').next().expect("an end");
        declared.split('|').map(|name| name.trim().to_string()).collect()
    };
    let activations = Activation::VARIANTS.iter().map(|g| g.facts().rocq_name.to_string());
    assert_eq!(activations.collect::<BTreeSet<_>>(), constructors("activation"), "{file}");
    let losses = Loss::VARIANTS.iter().map(|loss| loss.rocq_name().to_string());
    assert_eq!(losses.collect::<BTreeSet<_>>(), constructors("loss"), "{file}");
}
