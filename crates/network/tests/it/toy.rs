//! Toy tasks.

#![allow(clippy::unwrap_used, reason = "helpers of tests state their expectation by panicking")]

use init_symmetry_network::toy::{two_moons, xor};

#[test]
fn xor_has_label_1_where_the_signs_differ() {
    let xor = xor().unwrap();
    assert_eq!(xor.m(), 4);
    for (point, &label) in xor.x().columns().into_iter().zip(xor.y()) {
        assert_eq!(label, if point[0] * point[1] < 0.0 { 1.0 } else { 0.0 });
    }
    assert_eq!(xor.x().sum(), 0.0, "four distinct points of the square have mean zero");
    assert_eq!(xor.y().sum(), 2.0);
}

#[test]
fn more_moons_than_memory_holds_are_refused() {
    for each in [1 << 34, 1 << 60, 1 << 62, usize::MAX / 2 + 1, usize::MAX] {
        let refused = two_moons(each).unwrap_err().to_string();
        assert!(refused.starts_with("two moons would hold "), "{refused}");
    }
    assert_eq!(
        two_moons(0).unwrap_err().to_string(),
        "the batch has 0 examples but at least 1 is needed"
    );
    assert_eq!(two_moons(1).unwrap().m(), 2);
}
