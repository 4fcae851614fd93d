//! The reference has every property, and no property holds for trivial reasons.

use init_symmetry::property::{ALL, Config};
use init_symmetry::subject::Reference;

#[test]
fn the_reference_has_every_property() {
    let config = Config::from_env().unwrap();
    for property in ALL {
        let start = std::time::Instant::now();
        let outcome = (property.check)(&Reference, &config);
        eprintln!("{:?} {outcome}", start.elapsed());
        assert!(outcome.passes(), "{outcome}");
        assert_eq!(outcome.property, property.name);
    }
}
