//! The hypothesis of the inductive claim in floats: products that treat all units alike.

use super::drawn::matrix;
use super::{Config, Drawn, Outcome, Witness, run};
use crate::subject::Convention;
use init_symmetry_network::kernel::product;
use init_symmetry_network::{Result, Scalar, Trainable};
use ndarray::{Array2, ArrayView2, Axis, AxisDescription, Slice};
use proptest::collection::vec;
use proptest::prelude::*;
use serde::{Deserialize, Serialize};

/// How a matrix lies in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Layout {
    RowMajor,
    ColumnMajor,
    EverySecond,
    Reversed,
}

const LAYOUTS: [Layout; 4] =
    [Layout::RowMajor, Layout::ColumnMajor, Layout::EverySecond, Layout::Reversed];

/// Two matrices to multiply, and how they lie in memory.
#[derive(Debug, Serialize, Deserialize)]
struct Factors {
    left: Vec<Vec<f64>>,
    right: Vec<Vec<f64>>,
    layouts: [Layout; 2],
}

impl Drawn for Factors {
    fn shown(&self, _: Convention) -> String {
        let Self { left, right, layouts } = self;
        format!("  {layouts:?}\n  left = {left:?}\n  right = {right:?}")
    }
}

/// Sizes that leave tails in every vector width in use (2, 4, 8 and 16 lanes).
const LARGEST: usize = 37;

fn factors() -> impl Strategy<Value = Factors> {
    let sizes = [1..=LARGEST, 1..=LARGEST, 1..=LARGEST];
    let layouts = [prop::sample::select(&LAYOUTS[..]), prop::sample::select(&LAYOUTS[..])];
    (sizes, layouts).prop_flat_map(|([rows, inner, columns], layouts)| {
        // thirds are not dyadic: sums of them round, so that another order shows
        let entries = |count| vec((-96..=96_i32).prop_map(|k| f64::from(k) / 3.0), count);
        (entries(rows * inner), entries(inner * columns)).prop_map(move |(left, right)| Factors {
            left: left.chunks(inner).map(<[f64]>::to_vec).collect(),
            right: right.chunks(columns).map(<[f64]>::to_vec).collect(),
            layouts,
        })
    })
}

/// Lays a matrix out in other memory and hands a view of equal content to `use_it`.
fn laid_out<S: Scalar, R>(
    matrix: &Array2<S>,
    layout: Layout,
    use_it: impl FnOnce(ArrayView2<S>) -> R,
) -> R {
    let (rows, columns) = matrix.dim();
    match layout {
        Layout::RowMajor => use_it(matrix.view()),
        Layout::ColumnMajor => use_it(matrix.t().as_standard_layout().t()),
        Layout::EverySecond => {
            let mut spread = Array2::zeros((2 * rows, 2 * columns));
            let every_second = |_: AxisDescription| Slice::new(0, None, 2);
            spread.slice_each_axis_mut(every_second).assign(matrix);
            use_it(spread.slice_each_axis(every_second))
        }
        Layout::Reversed => {
            let mut reversed = matrix.clone();
            reversed.invert_axis(Axis(0));
            reversed.invert_axis(Axis(1));
            let mut owned = reversed.as_standard_layout().into_owned();
            owned.invert_axis(Axis(0));
            owned.invert_axis(Axis(1));
            use_it(owned.view())
        }
    }
}

/// A product of two matrices that fit.
pub type Product<S> = dyn Fn(ArrayView2<S>, ArrayView2<S>) -> Array2<S>;

/// A product kernel is uniform: entry (i, j) has the bits of row i times column j alone, wherever
/// it lies and however the factors lie in memory.
///
/// ```
/// use init_symmetry_check::property::{Config, products_are_uniform};
/// // Entries of the last row are summed from the end, as a vector tail might be.
/// let outcome = products_are_uniform::<f64>(
///     &|left, right| {
///         let last = left.nrows() - 1;
///         ndarray::Array2::from_shape_fn((left.nrows(), right.ncols()), |(i, j)| {
///             let (row, column) = (left.row(i), right.column(j));
///             let terms = row.iter().zip(&column).map(|(l, r)| l * r);
///             if i == last { terms.rev().fold(0.0, |sum, x| sum + x) } else { terms.sum() }
///         })
///     },
///     &Config::default().without_shrinking(),
/// );
/// assert!(!outcome.passes());
/// ```
pub fn products_are_uniform<S: Scalar + From<f32>>(
    product: &Product<S>,
    config: &Config,
) -> Outcome {
    let name = "products-are-uniform";
    run(name, "another order of summation gives other bits", config, factors(), |case| {
        let convert = |name, rows: &[Vec<f64>]| -> Result<Array2<S>> {
            Ok(matrix(name, rows.to_vec())?.mapv(|entry| S::from(entry as f32)))
        };
        let (left, right) = (convert("left", &case.left)?, convert("right", &case.right)?);
        let whole = laid_out(&left, case.layouts[0], |left| {
            laid_out(&right, case.layouts[1], |right| product(left, right))
        });
        let mut order_matters = false;
        for ((i, j), entry) in whole.indexed_iter() {
            let (row, column) = (left.row(i), right.column(j));
            let alone = product(row.insert_axis(Axis(0)), column.insert_axis(Axis(1)))[[0, 0]];
            if !entry.identical(alone) {
                return Err(format!(
                    "entry ({i}, {j}) is {entry:?}, but row {i} times column {j} alone is {alone:?}"
                )
                .into());
            }
            let add = |sum: S, (l, r): (&S, &S)| l.mul_add(*r, sum);
            let terms = row.iter().zip(column);
            let backwards = terms.clone().rev().fold(S::zero(), add);
            order_matters |= !backwards.identical(terms.fold(S::zero(), add));
        }
        Ok(Witness::from(order_matters))
    })
}

/// The reference network's own product is uniform.
pub fn reference_products_are_uniform<S: Trainable + From<f32>>(config: &Config) -> Outcome {
    products_are_uniform::<S>(&product, config)
}
