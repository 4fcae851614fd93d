//! Toy tasks.

#![allow(clippy::unwrap_used, reason = "helpers of tests state their expectation by panicking")]

use init_symmetry_network::toy::xor;

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
