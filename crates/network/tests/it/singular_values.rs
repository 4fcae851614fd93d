//! Singular values of matrices that are built from known ones.

#![allow(clippy::unwrap_used, reason = "helpers of tests state their expectation by panicking")]

use crate::drawn::drawn;
use init_symmetry_network::singular_values;
use init_symmetry_network::tolerance::after_roundings;
use ndarray::{Array2, Axis, array};
use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, prop_assert, proptest};

/// Turns two rows of a matrix against each other by an angle.
fn turn(matrix: &mut Array2<f64>, [i, k]: [usize; 2], angle: f64) {
    let [sin, cos] = [libm::sin(angle), libm::cos(angle)];
    let [p, q] = [matrix.row(i).to_owned(), matrix.row(k).to_owned()];
    matrix.row_mut(i).assign(&(&p * cos - &q * sin));
    matrix.row_mut(k).assign(&(&p * sin + &q * cos));
}

/// Singular values, largest first, and a matrix that has them: a diagonal between two rotations.
fn known() -> impl Strategy<Value = (Vec<f64>, Array2<f64>)> {
    let sizes = (1..=6_usize, 1..=9_usize);
    sizes
        .prop_flat_map(|(rows, columns)| {
            let values = vec((-9..=3_i32, 0..=8_u8), rows.min(columns));
            (Just((rows, columns)), values, vec(-3.0..3.0_f64, 60))
        })
        .prop_map(|((rows, columns), values, angles)| {
            let value =
                |(power, digit): (i32, u8)| libm::pow(10.0, power.into()) * f64::from(digit);
            let mut values: Vec<f64> = values.into_iter().map(value).collect();
            values.sort_by(|left, right| right.total_cmp(left));
            let mut matrix = Array2::zeros((rows, columns));
            values.iter().enumerate().for_each(|(i, &value)| matrix[[i, i]] = value);
            let mut angles = angles.into_iter();
            for _ in 0..2 {
                for i in 1..matrix.nrows() {
                    for k in 0..i {
                        turn(&mut matrix, [i, k], angles.next().unwrap_or(1.0));
                    }
                }
                matrix.swap_axes(0, 1);
            }
            (values, matrix)
        })
}

proptest! {
    #![proptest_config(drawn(256))]

    #[test]
    fn singular_values_are_those_that_a_matrix_was_built_from((expected, matrix) in known()) {
        let found = singular_values(&matrix).unwrap();
        // every entry takes part in fewer than 64 rotations of 4 roundings, here and there
        let allowed = after_roundings(512.0 * matrix.len() as f64) * expected[0];
        prop_assert!(found.len() == expected.len());
        for (found, expected) in found.iter().zip(&expected) {
            prop_assert!((found - expected).abs() <= allowed, "{found} where {expected} is due");
        }
    }

    #[test]
    fn a_row_that_stands_twice_adds_no_rank((_, matrix) in known()) {
        let twice = ndarray::concatenate![Axis(0), matrix, matrix];
        let [once, double] = [&matrix, &twice].map(|matrix| singular_values(matrix).unwrap());
        for (once, twice) in once.iter().zip(&double) {
            let allowed = after_roundings(1024.0 * matrix.len() as f64) * double[0];
            prop_assert!((once * 2.0_f64.sqrt() - twice).abs() <= allowed);
        }
    }
}

#[test]
fn a_matrix_of_zeros_has_the_singular_value_zero() {
    assert_eq!(singular_values(&Array2::zeros((3, 2))).unwrap(), [0.0, 0.0]);
}

#[test]
fn numbers_near_the_ends_of_the_range_neither_overflow_nor_vanish() {
    for scale in [1e300, 1e-300] {
        let found = singular_values(&array![[3.0 * scale, 0.0], [0.0, 4.0 * scale]]).unwrap();
        assert_eq!(found, [4.0 * scale, 3.0 * scale]);
    }
}

#[test]
fn an_entry_that_is_no_number_is_refused() {
    for entry in [f64::NAN, f64::INFINITY] {
        let error = singular_values(&array![[1.0, entry]]).unwrap_err().to_string();
        assert!(error.contains("an entry of the matrix"), "{error}");
    }
}
