//! Unit groups: by names, by a file, and what the rules say of their units.

use crate::draws::{found, he, named, tensors};

#[test]
fn equal_rows_with_different_outgoing_weights_are_a_warning() {
    let mut w1 = he(&[12, 8], 1);
    w1.copy_within(0..8, 40);
    let start = tensors(&[
        ("W1", &[12, 8], w1),
        ("b1", &[12, 1], vec![0.0; 12]),
        ("W2", &[4, 12], he(&[4, 12], 2)),
    ]);
    let found = found(&start);
    assert_eq!(named(&found.findings), ["equal-rows W1"], "{:#?}", found);
    assert!(found.findings[0].message.ends_with("units 0, 5"), "{:?}", found.findings[0]);
}
