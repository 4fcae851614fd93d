//! What every property says of every fault, to the letter: the kill matrix tells who kills whom,
//! not in how many cases there was something to see, nor what is said of what was found.

use super::record::{hold, short};
use init_symmetry::fault::{Fault, Faulty};
use init_symmetry::property::{ALL, Config, Profile, Property, twins_stay_twins};
use init_symmetry::subject::{Reference, Subject};
use sha2::{Digest, Sha256};
use strum::VariantArray;

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
    format!("{name},{effective} of {cases},{}", short(hash))
}

#[test]
fn every_property_says_of_every_fault_what_is_on_record() {
    hold(ALL.iter().map(line), "property_record.csv", include_str!("property_record.csv"));
}

#[test]
fn twins_of_the_reference_stay_twins_in_single_precision_too() {
    let outcome = twins_stay_twins::<f32>(&Reference, &Config::default());
    assert!(outcome.passes(), "{outcome}");
}
