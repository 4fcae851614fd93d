//! How products and sums are computed: the same operations in the same order for every entry.
//!
//! A kernel is *uniform* when entry (i, j) of a product is one and the same function of row i and
//! column j wherever it lies. The inductive claim in floats rests on it: BLAS libraries are not
//! uniform (edge rows are added in another order), and identical units drift apart in them. Ours
//! work on blocks of entries for speed, and never on parts of a sum: beside each stands the plain
//! loop (`plain`), and tests hold every kernel to its bits.
//!
//! The inner loops are over indices and call no closure: what is not inlined is not compiled for
//! the wider vectors, and a closure cannot be told to be. A width is a type parameter, so that the
//! sums stay in registers: every width has a call of its own.

mod blocks;
mod factors;
mod in_place;
#[cfg(test)]
mod plain;
mod product;
mod sums;

pub(crate) use product::{Product, affine_gradient_into, affine_into, product_into};
pub use product::{
    product_in_many_registers, product_of_floats, sums_in_many_registers, sums_of_floats,
};
pub(crate) use sums::divide;

use crate::Scalar;
use ndarray::{Array2, ArrayView2};

/// The product of two matrices: `left` is n × k, `right` is k × m, the result n × m.
pub fn product<S: Scalar>(left: ArrayView2<S>, right: ArrayView2<S>) -> Array2<S> {
    let mut result = Array2::zeros((left.nrows(), right.ncols()));
    product_into(left, right, &mut result);
    result
}

/// The sum of each row: n × m becomes n × 1.
pub fn sum_over_examples<S: Scalar>(matrix: &Array2<S>) -> Array2<S> {
    let mut sums = vec![S::zero(); matrix.nrows()];
    sums::sum_rows(matrix.view(), &mut sums);
    column(sums)
}

/// A matrix of one column.
fn column<S: Scalar>(entries: Vec<S>) -> Array2<S> {
    Array2::from_shape_fn((entries.len(), 1), |(i, _)| entries[i])
}

#[cfg(test)]
mod tests {
    use super::product::MULTIPLICATIONS;
    use super::{
        Product, affine_gradient_into, affine_into, divide, plain, product,
        product_in_many_registers, product_into, product_of_floats, sum_over_examples,
        sums_in_many_registers, sums_of_floats,
    };
    use crate::scalar::{Entrywise, Pending, Term, at_level, levels};
    use crate::{Fp, Scalar};
    use ndarray::{Array2, ArrayView2, Axis, ShapeBuilder, Slice};

    /// Thirds round, so that another order of summation has other bits.
    fn matrix<S: Scalar + From<f32>>(rows: usize, columns: usize) -> Array2<S> {
        let entry = |(i, j): (usize, usize)| ((i * 37 + j * 91 + i * j * 13) % 129) as f32 - 64.0;
        Array2::from_shape_fn((rows, columns), |at| S::from(entry(at)) / S::of(3))
    }

    /// The same matrix in each way of lying in memory.
    fn in_every_layout<S: Scalar>(matrix: &Array2<S>, mut see: impl FnMut(ArrayView2<S>)) {
        let (rows, columns) = matrix.dim();
        see(matrix.view());
        let mut by_columns = Array2::zeros((rows, columns).f());
        by_columns.assign(matrix);
        see(by_columns.view());
        let second = Slice { start: 0, end: None, step: 2 };
        let mut spread = Array2::zeros((2 * rows, 2 * columns));
        spread.slice_each_axis_mut(|_| second).assign(matrix);
        see(spread.slice_each_axis(|_| second));
        let mut backwards = matrix.view();
        backwards.invert_axis(Axis(0));
        backwards.invert_axis(Axis(1));
        let mut owned = backwards.to_owned();
        owned.invert_axis(Axis(0));
        owned.invert_axis(Axis(1));
        see(owned.view());
    }

    fn assert_identical<S: Scalar>(found: &Array2<S>, expected: &Array2<S>) {
        assert_eq!(found.dim(), expected.dim());
        assert!(found.iter().zip(expected).all(|(found, expected)| found.identical(*expected)));
    }

    /// Sizes on both sides of every edge: 4 and 8 rows; 4, 6, 8, 16, 24, 32 and 64 columns; 8, 256
    /// and 800 terms; and of columns packed together: 72 of 300 terms, 160 of 150, 288 of few.
    const SIZES: [[usize; 3]; 29] = [
        [1, 1, 1],
        [1, 8, 16],
        [2, 9, 15],
        [3, 7, 17],
        [4, 256, 8],
        [4, 257, 31],
        [5, 255, 33],
        [5, 513, 3],
        [7, 385, 2],
        [8, 512, 1],
        [6, 8, 149],
        [9, 2, 48],
        [16, 9, 4],
        [17, 30, 47],
        [21, 300, 32],
        [31, 10, 9],
        [37, 41, 73],
        [1, 569, 102],
        [8, 300, 48],
        [9, 300, 71],
        [12, 257, 23],
        [12, 30, 50],
        [9, 300, 100],
        [8, 299, 161],
        [5, 10, 300],
        [11, 801, 31],
        [23, 800, 5],
        [48, 2, 1],
        [1, 9, 11],
    ];

    fn assert_plain<S: Scalar + From<f32>>() {
        let (mut order_matters_to_products, mut order_matters_to_sums) = (false, false);
        for [n, inner, m] in SIZES {
            let (left, right) = (matrix::<S>(n, inner), matrix::<S>(inner, m));
            let expected = plain::product(left.view(), right.view());
            in_every_layout(&left, |left| {
                in_every_layout(&right, |right| assert_identical(&product(left, right), &expected));
            });
            for product in [product_of_floats, product_in_many_registers] {
                in_every_layout(&left, |left| {
                    assert_identical(&product(left, right.view()), &expected);
                });
            }
            let mut b = matrix::<S>(n, 3);
            b.slice_axis_inplace(Axis(1), Slice::from(1..2)); // one entry of a row, then a gap
            for mut z in [Array2::zeros((n, m)), Array2::zeros((n, m).f())] {
                let expected = &expected + &b;
                affine_into(&left, &right, &b, &mut z);
                assert_identical(&z, &expected);
                z.fill(S::zero());
                affine_into(&left, &right, &b.as_standard_layout().into_owned(), &mut z);
                assert_identical(&z, &expected);
            }
            let sums = plain::sum_over_examples(&left);
            let a = right.t().as_standard_layout().into_owned();
            in_every_layout(&left, |dz| {
                let dz = dz.to_owned();
                for sum in [sum_over_examples, sums_of_floats, sums_in_many_registers] {
                    assert_identical(&sum(&dz), &sums);
                }
                in_every_layout(&a, |a| {
                    let a = a.to_owned();
                    for mut dw in [Array2::ones((n, m)), Array2::ones((n, m).f())] {
                        let mut db = Array2::ones((n, 1));
                        affine_gradient_into(&dz, &a, &mut dw, &mut db);
                        assert_identical(&dw, &expected);
                        assert_identical(&db, &sums);
                    }
                });
            });
            let mut backwards = (left, right);
            backwards.0.invert_axis(Axis(1));
            backwards.1.invert_axis(Axis(0));
            let reversed = plain::product(backwards.0.view(), backwards.1.view());
            order_matters_to_products |= reversed != expected;
            order_matters_to_sums |= plain::sum_over_examples(&backwards.0) != sums;
        }
        assert!(order_matters_to_products && order_matters_to_sums);
    }

    #[test]
    fn products_and_sums_have_the_bits_of_the_plain_loops_on_every_set_of_instructions() {
        on_every_set_of_instructions(|| {
            assert_plain::<f64>();
            assert_plain::<f32>();
        });
        assert!(levels().len() > 1 || !cfg!(target_arch = "x86_64"));
    }

    fn on_every_set_of_instructions(check: impl Fn()) {
        for level in levels() {
            at_level(level, &check);
        }
    }

    struct Difference;

    impl<S: Scalar> Entrywise<S, 1> for Difference {
        fn value([with]: [S; 1], to: S) -> S {
            to - with
        }
    }

    fn assert_update_is_of_the_product<S: Scalar + From<f32>>() {
        for [n, inner, m] in SIZES {
            let (left, right) = (matrix::<S>(n, inner), matrix::<S>(inner, m));
            let with = matrix::<S>(m, n).reversed_axes();
            let product = plain::product(left.view(), right.view());
            for with in [with.as_standard_layout().into_owned(), with] {
                for mut to in [Array2::ones((n, m)), Array2::ones((n, m).f())] {
                    let pending = Product { left: left.view(), right: right.view() };
                    pending.update::<1, Difference>([&with], &mut to);
                    assert_identical(&to, &(&product - &with));
                }
            }
        }
    }

    #[test]
    fn a_function_of_a_product_has_the_bits_of_one_after_the_other() {
        on_every_set_of_instructions(|| {
            assert_update_is_of_the_product::<f64>();
            assert_update_is_of_the_product::<f32>();
        });
    }

    #[test]
    fn products_of_floats_are_the_very_expressions_of_the_plain_loop() {
        let free = |name: &str, rows, columns| {
            let symbol = |(i, j)| Term::symbol(format!("{name}{i},{j}"));
            Array2::from_shape_fn((rows, columns), symbol)
        };
        let small = |size: &[usize; 3]| size.iter().product::<usize>() < 25_000;
        for [n, inner, m] in SIZES.into_iter().filter(small) {
            let (left, right) = (free("l", n, inner), free("r", inner, m));
            let expected = plain::product(left.view(), right.view());
            in_every_layout(&right, |right| {
                for product in [product_of_floats, product_in_many_registers, product] {
                    assert_identical(&product(left.view(), right), &expected);
                }
            });
            let (with, mut difference) = (free("w", n, m), Array2::zeros((n, m)));
            let pending = Product { left: left.view(), right: right.view() };
            pending.update_as_floats::<1, Difference>([&with], &mut difference);
            assert_identical(&difference, &(&expected - &with));
            // in blocks a sum is a product with ones, which changes no number
            let sums = plain::sum_over_examples(&left);
            let with_ones = plain::product(left.view(), Array2::ones((inner, 1)).view());
            let in_blocks = n >= 4 && n * inner * n > MULTIPLICATIONS;
            assert_identical(&sums_of_floats(&left), if in_blocks { &with_ones } else { &sums });
            assert_identical(&sums_in_many_registers(&left), &with_ones);
            assert_identical(&sum_over_examples(&left), &sums);
            // free expressions take the plain loops, which the prover's traces rest on
            let (a, mut dw) = (right.t().to_owned(), Array2::zeros((n, m)));
            let mut db = Array2::zeros((n, 1));
            affine_gradient_into(&left, &a, &mut dw, &mut db);
            assert_identical(&dw, &expected);
            assert_identical(&db, &sums);
        }
    }

    #[test]
    fn a_product_replaces_what_was_there_in_any_layout() {
        let (left, right) = (matrix::<f64>(5, 3), matrix::<f64>(3, 18));
        let expected = plain::product(left.view(), right.view());
        let mut result = Array2::from_elem((5, 18), f64::NAN);
        product_into(left.view(), right.view(), &mut result);
        assert_identical(&result, &expected);
        let mut by_columns = Array2::from_elem((5, 18).f(), f64::NAN);
        product_into(left.view(), right.view(), &mut by_columns);
        assert_identical(&by_columns, &expected);
    }

    #[test]
    fn every_entry_is_divided_in_any_layout() {
        let numbers = matrix::<f64>(5, 7);
        for mut all in [numbers.clone(), numbers.reversed_axes()] {
            let expected = &all / 3.0;
            divide(&mut all, 3.0);
            assert_identical(&all, &expected);
        }
    }

    fn assert_a_sum_of_nothing_is_zero<S: Scalar>() {
        for n in [3, 5, 17] {
            let (left, right) = (Array2::<S>::zeros((n, 0)), Array2::zeros((0, 9)));
            let mut result = Array2::from_elem((n, 9), S::one());
            product_into(left.view(), right.view(), &mut result);
            assert_identical(&result, &Array2::zeros((n, 9)));
            assert_identical(&sum_over_examples(&left), &Array2::zeros((n, 1)));
        }
    }

    #[test]
    fn a_sum_of_nothing_is_zero() {
        assert_a_sum_of_nothing_is_zero::<f64>();
        assert_a_sum_of_nothing_is_zero::<Fp>(); // one entry at a time
    }

    #[test]
    fn a_negative_zero_is_added_to_zero_as_in_the_plain_loop() {
        let left = Array2::from_elem((4, 1), -0.0);
        let result = product(left.view(), Array2::from_elem((1, 16), 1.0).view());
        assert!(result.iter().all(|entry: &f64| entry.identical(0.0)));
    }
}
