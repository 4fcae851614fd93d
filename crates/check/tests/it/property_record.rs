//! What every property says of the faults that it kills, to the letter: the kill matrix tells who
//! kills whom, not in how many cases there was something to see, nor what is said of what is found.

use super::properties::declared_kills;
use super::record::{Record, short};
use init_symmetry_check::fault::{Fault, Faulty};
use init_symmetry_check::property::{
    ALL, Config, Profile, Property, PropertyVerdict, products_are_uniform,
    reference_products_are_uniform, twins_stay_twins_in_larger_networks,
};
use init_symmetry_check::subject::{Reference, Subject};
use ndarray::{Array2, ArrayView2};
use sha2::{Digest, Sha256};

/// Its name, its effective cases on the reference, and a hash of its outcomes on what it kills.
fn line(property: &Property) -> String {
    let config = Config::new(Profile::Quick, 1).without_shrinking();
    let check = |subject: &dyn Subject| property.check(subject, &config);
    let right = check(&Reference);
    assert!(right.passes(), "{right}");
    let mut hash = Sha256::new();
    // of the others it says what it says of the reference
    for fault in declared_kills(property.name) {
        let outcome = check(&Faulty::with(fault));
        hash.update(format!("{outcome}\n{} {}\n", outcome.cases, outcome.effective));
    }
    let (name, cases, effective) = (property.name, right.cases, right.effective);
    format!("{name},{effective} of {cases},{}", short(hash))
}

/// The last row is summed over the terms from the end.
fn not_uniform(left: ArrayView2<f64>, right: ArrayView2<f64>) -> Array2<f64> {
    let last = left.nrows() - 1;
    Array2::from_shape_fn((left.nrows(), right.ncols()), |(i, j)| {
        let terms = || left.row(i).into_iter().zip(right.column(j)).map(|(l, r)| l * r);
        let add = |sum, term| sum + term;
        if i == last { terms().rev().fold(0.0, add) } else { terms().fold(0.0, add) }
    })
}

/// The same for the property of products, of which no subject is asked.
fn line_of_products() -> String {
    let quick = |seed| Config::new(Profile::Quick, seed).without_shrinking();
    let right = reference_products_are_uniform::<f64>(&quick(1));
    assert!(right.passes(), "{right}");
    let mut hash = Sha256::new();
    for seed in 1..=4 {
        hash.update(format!("{}\n", products_are_uniform::<f64>(&not_uniform, &quick(seed))));
    }
    format!("{},{} of {},{}", right.property, right.effective, right.cases, short(hash))
}

#[test]
fn every_property_says_of_what_it_kills_what_is_on_record() {
    let lines = ALL.iter().map(line).chain(std::iter::once_with(line_of_products));
    let text = include_str!("property_record.csv");
    Record { file: "property_record.csv", text, names: 1 }.hold(lines);
}

#[test]
fn a_case_of_the_larger_networks_is_shown_as_it_was_found() {
    let outcome = |shrink_tries| {
        let config = Config { shrink_tries, ..Config::new(Profile::Quick, 1) };
        twins_stay_twins_in_larger_networks(&Faulty::with(Fault::IndexDependentNoiseInDw1), &config)
    };
    let as_found = outcome(0);
    assert!(matches!(as_found.verdict, PropertyVerdict::Fails { .. }), "{as_found}");
    assert_eq!(outcome(1000), as_found);
}
