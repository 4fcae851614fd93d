//! Blocks against the plain loops: at every edge, in every layout, on every set of instructions.

use super::{
    DEPTH, LANES, Registers, WIDTH, at_level, levels, plain, product, product_in_blocks,
    sum_over_examples, sums_in_blocks,
};
use crate::scalar::Term;
use crate::{Fp, Scalar, Trainable};
use ndarray::{Array2, ArrayView2, Axis, ShapeBuilder, Slice};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha20Rng;

/// Random thirds, which round, so that another order of summation has other bits.
fn matrix<S: Scalar + From<f32>>(rows: usize, columns: usize) -> Array2<S> {
    let mut random = ChaCha20Rng::seed_from_u64((rows * 1000 + columns) as u64);
    let third = || S::from(random.random_range(-1_000_000..1_000_000) as f32) / S::of(3);
    Array2::from_shape_simple_fn((rows, columns), third)
}

/// The same matrix in each way of lying in memory.
fn in_every_layout<S: Scalar>(matrix: &Array2<S>) -> [Array2<S>; 4] {
    let (rows, columns) = matrix.dim();
    let mut spread = Array2::zeros((2 * rows, 2 * columns));
    spread.slice_each_axis_inplace(|_| Slice { start: 0, end: None, step: 2 });
    let mut backwards = Array2::zeros((rows, columns));
    backwards.invert_axis(Axis(0));
    backwards.invert_axis(Axis(1));
    let mut all = [matrix.clone(), Array2::zeros((rows, columns).f()), spread, backwards];
    all.iter_mut().for_each(|laid_out| laid_out.assign(matrix));
    all
}

#[test]
fn every_layout_is_another_one() {
    let strides = in_every_layout(&matrix::<f64>(3, 4)).map(|laid_out| laid_out.strides().to_vec());
    assert_eq!(strides, [vec![4, 1], vec![1, 3], vec![16, 2], vec![-4, -1]]);
}

fn assert_identical<S: Scalar>(found: &Array2<S>, expected: &Array2<S>) {
    assert_eq!(found.dim(), expected.dim());
    assert!(found.iter().zip(expected).all(|(found, expected)| found.identical(*expected)));
}

/// Sizes on both sides of every edge: 4 rows, 8 terms, a vector and a panel of columns, and as many
/// terms as a panel has; a tile of one row whose last vector is not full, also if it is continued.
const SIZES: [[usize; 3]; 26] = [
    [1, 1, 1],
    [1, 8, 2 * LANES],
    [2, 9, 2 * LANES - 1],
    [3, 7, 2 * LANES + 1],
    [4, DEPTH, LANES],
    [4, DEPTH + 1, WIDTH * LANES - 1],
    [5, DEPTH - 1, WIDTH * LANES + 1],
    [5, 2 * DEPTH + 1, 3],
    [7, 2 * DEPTH, 2],
    [8, 300, 1],
    [6, 8, 149],
    [9, 2, 48],
    [17, 30, 47],
    [21, 100, WIDTH * LANES],
    [31, 10, 9],
    [37, 41, 73],
    [1, 569, 102],
    [9, 100, 71],
    [12, DEPTH + 1, 23],
    [48, 2, 1],
    [1, 9, 11],
    [3, DEPTH + 1, WIDTH * LANES - 1],
    [3, DEPTH + 1, WIDTH * LANES - LANES],
    [5, DEPTH + 1, LANES + 3],
    [6, DEPTH + 1, WIDTH * LANES],
    [4, 9, LANES - 1],
];

const REGISTERS: [Registers; 2] = [Registers::Few, Registers::Many];

fn plain_product<S: Scalar>(left: ArrayView2<S>, right: ArrayView2<S>) -> Array2<S> {
    let mut result = Array2::zeros((left.nrows(), right.ncols()));
    plain::product(left, right, &mut result);
    result
}

fn plain_sums<S: Scalar>(matrix: &Array2<S>) -> Array2<S> {
    let mut result = Array2::zeros((matrix.nrows(), 1));
    plain::sum_over_examples(matrix.view(), &mut result);
    result
}

fn assert_products_are_plain<S: Trainable + From<f32>>([n, inner, m]: [usize; 3]) {
    let (left, right) = (matrix::<S>(n, inner), matrix::<S>(inner, m));
    let expected = plain_product(left.view(), right.view());
    let rights = in_every_layout(&right);
    for left in &in_every_layout(&left) {
        for right in &rights {
            assert_identical(&product(left.view(), right.view()), &expected);
        }
        for registers in REGISTERS {
            let found = product_in_blocks(registers, left.view(), right.view());
            assert_identical(&found, &expected);
        }
    }
    let mut b = matrix::<S>(n, 3);
    b.slice_axis_inplace(Axis(1), Slice::from(1..2)); // one entry of a row, then a gap
    for mut z in [Array2::ones((n, m)), Array2::ones((n, m).f())] {
        S::affine(&left, &right, &b, &mut z);
        assert_identical(&z, &(&expected + &b));
    }
}

fn assert_gradients_are_plain<S: Trainable + From<f32>>([n, m, inputs]: [usize; 3]) {
    let (dz, a) = (matrix::<S>(n, m), matrix::<S>(inputs, m));
    let expected = plain_product(dz.view(), a.t());
    let sums = plain_sums(&dz);
    let layouts = in_every_layout(&a);
    for dz in &in_every_layout(&dz) {
        assert_identical(&sum_over_examples(dz), &sums);
        for registers in REGISTERS {
            assert_identical(&sums_in_blocks(registers, dz, inputs), &sums);
        }
        for a in &layouts {
            for mut dw in [Array2::ones((n, inputs)), Array2::ones((n, inputs).f())] {
                let mut db = Array2::ones((n, 1));
                S::affine_gradient(dz, a, &mut dw, &mut db);
                assert_identical(&dw, &expected);
                assert_identical(&db, &sums);
            }
        }
    }
}

#[test]
fn products_and_sums_have_the_bits_of_the_plain_loops_on_every_set_of_instructions() {
    for level in levels() {
        at_level(level, || {
            for size in SIZES {
                assert_products_are_plain::<f64>(size);
                assert_products_are_plain::<f32>(size);
                assert_gradients_are_plain::<f64>(size);
                assert_gradients_are_plain::<f32>(size);
            }
        });
    }
    assert!(levels().len() > 1 || !cfg!(target_arch = "x86_64"));
}

#[test]
fn another_order_of_the_terms_and_rounded_products_would_show() {
    let (left, right) = (matrix::<f64>(5, 95), matrix::<f64>(95, 33));
    let expected = plain_product(left.view(), right.view());
    let rounded = Array2::from_shape_fn(expected.dim(), |(i, j)| {
        left.row(i).iter().zip(right.column(j)).fold(0.0, |sum, (l, r)| sum + l * r)
    });
    assert_ne!(rounded, expected);
    let mut backwards = (left.clone(), right);
    backwards.0.invert_axis(Axis(1));
    backwards.1.invert_axis(Axis(0));
    assert_ne!(plain_product(backwards.0.view(), backwards.1.view()), expected);
    assert_ne!(plain_sums(&backwards.0), plain_sums(&left));
}

#[test]
fn products_in_blocks_are_the_very_expressions_of_the_plain_loop() {
    let free = |name: &str, rows, columns| {
        let symbol = |(i, j)| Term::symbol(format!("{name}{i},{j}"));
        Array2::from_shape_fn((rows, columns), symbol)
    };
    let small = |size: &[usize; 3]| size.iter().product::<usize>() < 25_000;
    for [n, inner, m] in SIZES.into_iter().filter(small) {
        let (left, right) = (free("l", n, inner), free("r", inner, m));
        let expected = plain_product(left.view(), right.view());
        // in blocks a sum is a product with ones, which changes no number
        let with_ones = plain_product(left.view(), Array2::ones((inner, 1)).view());
        for registers in REGISTERS {
            for right in &in_every_layout(&right) {
                let found = product_in_blocks(registers, left.view(), right.view());
                assert_identical(&found, &expected);
            }
            assert_identical(&sums_in_blocks(registers, &left, m), &with_ones);
        }
    }
}

#[test]
fn a_product_replaces_what_was_there_in_any_layout() {
    let (left, right) = (matrix::<f64>(5, 3), matrix::<f64>(3, 18));
    let expected = plain_product(left.view(), right.view());
    let nothing = f64::NAN;
    for mut to in [Array2::from_elem((5, 18), nothing), Array2::from_elem((5, 18).f(), nothing)] {
        f64::product(left.view(), right.view(), &mut to);
        assert_identical(&to, &expected);
    }
}

fn assert_a_sum_of_nothing_is_zero<S: Trainable>() {
    for n in [0, 3, 5, 17] {
        let (left, right) = (Array2::<S>::zeros((n, 0)), Array2::<S>::zeros((0, 9)));
        let mut to = Array2::ones((n, 9));
        S::product(left.view(), right.view(), &mut to);
        assert_identical(&to, &Array2::zeros((n, 9)));
        S::affine(&left, &right, &Array2::ones((n, 1)), &mut to);
        assert_identical(&to, &Array2::ones((n, 9)));
        assert_identical(&sum_over_examples(&left), &Array2::zeros((n, 1)));
        // no examples
        let mut db = Array2::ones((n, 1));
        S::affine_gradient(&left, &Array2::zeros((9, 0)), &mut to, &mut db);
        assert_identical(&to, &Array2::zeros((n, 9)));
        assert_identical(&db, &Array2::zeros((n, 1)));
        // no columns
        let nothing = product(Array2::<S>::ones((n, 4)).view(), Array2::zeros((4, 0)).view());
        assert_eq!(nothing.dim(), (n, 0));
    }
}

#[test]
fn a_sum_of_nothing_is_zero() {
    assert_a_sum_of_nothing_is_zero::<f64>();
    assert_a_sum_of_nothing_is_zero::<Fp>(); // by the plain loops
}

#[test]
fn a_negative_zero_is_added_to_zero_as_in_the_plain_loop() {
    let left = Array2::from_elem((4, 1), -0.0);
    let result = product(left.view(), Array2::from_elem((1, 16), 1.0).view());
    assert!(result.iter().all(|entry: &f64| entry.identical(0.0)));
}
