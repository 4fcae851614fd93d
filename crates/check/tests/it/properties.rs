//! The reference has every property, and every property has a fault that breaks it.

use super::record::RENEW;
use init_symmetry_check::fault::{DECLARED, Fault, Faulty};
use init_symmetry_check::property::{ALL, Config, PropertyVerdict, twins_stay_twins};
use init_symmetry_check::subject::Reference;
use init_symmetry_network::parse_name;

#[test]
fn the_reference_has_every_property() {
    let config = Config::from_env().unwrap();
    for property in ALL {
        let outcome = property.check(&Reference, &config);
        assert!(outcome.passes(), "{outcome}");
        assert_eq!(outcome.property, property.name);
        assert!(2 * outcome.effective >= outcome.cases && outcome.cases > 0, "{outcome}");
    }
}

/// The faults that the kill matrix declares a property to kill.
pub(crate) fn declared_kills(property: &str) -> impl Iterator<Item = Fault> {
    let mut lines = DECLARED.lines();
    let column = lines.next().unwrap().split(',').position(|name| name == property);
    let column = column.unwrap_or_else(|| panic!("kills.csv has no column {property}\n{RENEW}"));
    let killed = move |line: &&str| line.split(',').nth(column) == Some("kills");
    lines.filter(killed).map(|line| parse_name("fault", line.split(',').next().unwrap()).unwrap())
}

#[test]
fn every_property_fails_on_a_fault_and_shows_a_shrunk_case() {
    for property in ALL {
        let fault = declared_kills(property.name).next();
        let fault = fault.unwrap_or_else(|| panic!("{} kills no fault", property.name));
        let outcome = property.check(&Faulty::with(fault), &Config::default());
        let PropertyVerdict::Fails { case, reason } = &outcome.verdict else {
            panic!("{fault} is not killed: {outcome}")
        };
        assert!(case.contains("network") && !reason.is_empty(), "{outcome}");
        assert!(!outcome.passes());
    }
}

#[test]
fn names_are_unique_sentences() {
    for (place, property) in ALL.iter().enumerate() {
        assert!(ALL[..place].iter().all(|other| other.name != property.name));
        let is_kebab = |c: char| c.is_ascii_lowercase() || c == '-';
        let is_sentence = property.name.chars().all(is_kebab) && property.name.contains('-');
        assert!(is_sentence, "{}: a name has words in lower case and no digits", property.name);
        let statement = property.statement;
        assert!(!statement.ends_with('.'), "a statement ends without a full stop: {statement}");
    }
}

#[test]
fn twins_of_the_reference_stay_twins_in_single_precision_too() {
    let outcome = twins_stay_twins::<f32>(&Reference, &Config::default());
    assert!(outcome.passes(), "{outcome}");
}
