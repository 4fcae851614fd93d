//! What every property says of every fault, to the letter: the kill matrix tells who kills whom,
//! not in how many cases there was something to see, nor what is said of what was found.

use init_symmetry::fault::{Fault, Faulty};
use init_symmetry::property::{ALL, Config, Profile, Property, twins_stay_twins};
use init_symmetry::subject::{Reference, Subject};
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use strum::VariantArray;

const RECORD: &str = "tests/checking/property_record.csv";

/// The first half of a hash.
fn short(hash: Sha256) -> String {
    hash.finalize()[..16].iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}"); // writing to a string cannot fail
        text
    })
}

/// Its name, its effective cases on the reference, and a hash of all outcomes on faults.
fn line(property: &Property) -> String {
    let config = Config { shrink: false, ..Config::new(Profile::Quick, 1) };
    let check = |subject: &dyn Subject| (property.check)(subject, &config);
    let right = check(&Reference);
    assert!(right.passes(), "{right}");
    let mut hash = Sha256::new();
    for &fault in Fault::VARIANTS {
        let outcome = check(&Faulty::with(fault));
        hash.update(format!("{outcome}\n{} {}\n", outcome.cases, outcome.effective));
    }
    let (name, cases, effective) = (property.name, right.cases, right.effective);
    format!("{name},{effective} of {cases},{}\n", short(hash))
}

/// `INIT_SYMMETRY_BLESS=1` writes what is measured now: say in the commit which property changed.
#[test]
fn every_property_says_of_every_fault_what_is_on_record() {
    if std::env::var_os("INIT_SYMMETRY_BLESS").is_some() {
        std::fs::write(RECORD, ALL.iter().map(line).collect::<String>()).unwrap();
        return;
    }
    let recorded: Vec<_> = include_str!("property_record.csv").lines().collect();
    assert_eq!(recorded.len(), ALL.len(), "properties were added or removed");
    for (property, recorded) in ALL.iter().zip(recorded) {
        assert_eq!(line(property).trim_end(), recorded, "{} says something else", property.name);
    }
}

#[test]
fn twins_of_the_reference_stay_twins_in_single_precision_too() {
    let outcome = twins_stay_twins::<f32>(&Reference, &Config::default());
    assert!(outcome.passes(), "{outcome}");
}
