//! Products, and the two passes of a network, at drawn sizes and in every layout: the bits of plain
//! loops that are written out here.

#![allow(clippy::unwrap_used, reason = "helpers of tests state their expectation by panicking")]

use crate::drawn::drawn;
use init_symmetry_network::kernel::{
    Registers, product, product_in_blocks, sum_over_examples, sums_in_blocks,
};
use init_symmetry_network::{
    Activation, Batch, Layer, Loss, Network, Parameters, Scalar, Trainable,
};
use ndarray::{Array2, Axis, ShapeBuilder, Slice, aview1};
use proptest::prelude::*;
use proptest::sample::select;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha20Rng;
use strum::VariantArray;

/// How the entries of a matrix lie in memory.
#[derive(Debug, Clone, Copy)]
enum Layout {
    ByRows,
    ByColumns,
    /// With gaps between them.
    Spread,
    Backwards,
}

fn layout() -> impl Strategy<Value = Layout> {
    prop_oneof![
        Just(Layout::ByRows),
        Just(Layout::ByColumns),
        Just(Layout::Spread),
        Just(Layout::Backwards),
    ]
}

fn laid_out<S: Scalar>(matrix: &Array2<S>, layout: Layout) -> Array2<S> {
    let (rows, columns) = matrix.dim();
    let mut result = match layout {
        Layout::ByRows => Array2::zeros((rows, columns)),
        Layout::ByColumns => Array2::zeros((rows, columns).f()),
        Layout::Spread => {
            let mut spread = Array2::zeros((2 * rows, 2 * columns));
            spread.slice_each_axis_inplace(|_| Slice { start: 0, end: None, step: 2 });
            spread
        }
        Layout::Backwards => {
            let mut backwards = Array2::zeros((rows, columns));
            backwards.invert_axis(Axis(0));
            backwards.invert_axis(Axis(1));
            backwards
        }
    };
    result.assign(matrix);
    result
}

/// A quarter zeros of either sign, the rest of many magnitudes.
fn entry(random: &mut ChaCha20Rng) -> f64 {
    match random.random_range(0..16) {
        0 | 1 => 0.0,
        2 | 3 => -0.0,
        4 => (random.random::<f64>() - 0.5) * f64::from(1 << 20),
        _ => random.random::<f64>() - 0.5,
    }
}

fn matrix(random: &mut ChaCha20Rng, extent: (usize, usize)) -> Array2<f64> {
    Array2::from_shape_simple_fn(extent, || entry(random))
}

/// Infinities and NaN in place of some entries; more would leave nothing else in the product.
fn plant(random: &mut ChaCha20Rng, count: usize, matrix: &mut Array2<f64>) {
    for _ in 0..count {
        let (rows, columns) = matrix.dim();
        let place = [random.random_range(0..rows), random.random_range(0..columns)];
        matrix[place] = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY][random.random_range(0..3)];
    }
}

/// Rows, terms and columns: all up to 130, or one of them up to 900.
fn sizes() -> impl Strategy<Value = [usize; 3]> {
    let size = || prop_oneof![1..=12_usize, 1..=130_usize];
    let short = || 1..=40_usize;
    prop_oneof![
        3 => [size(), size(), size()],
        1 => ([short(), short()], 1..=900_usize, 0..3_usize).prop_map(|([a, b], long, place)| {
            let mut sizes = [long, a, b];
            sizes.swap(0, place);
            sizes
        }),
    ]
}

/// Equal bits, but for which NaN it is: that is left open.
fn same<S: Scalar>(found: S, expected: S) -> bool {
    let is_nan = |number: S| format!("{number:?}") == "NaN";
    found.identical(expected) || (is_nan(found) && is_nan(expected))
}

fn first_difference<S: Scalar>(found: &Array2<S>, expected: &Array2<S>) -> Option<String> {
    if found.dim() != expected.dim() {
        return Some(format!("{:?} where {:?} is due", found.dim(), expected.dim()));
    }
    let mut entries = found.indexed_iter();
    let (at, found) = entries.find(|(at, found)| !same(**found, expected[*at]))?;
    Some(format!("{found:?} at {at:?} where {:?} is due", expected[at]))
}

fn plain_product<S: Scalar>(left: &Array2<S>, right: &Array2<S>) -> Array2<S> {
    let mut result = Array2::zeros((left.nrows(), right.ncols()));
    for ((i, j), entry) in result.indexed_iter_mut() {
        for k in 0..left.ncols() {
            *entry = left[[i, k]].mul_add(right[[k, j]], *entry);
        }
    }
    result
}

fn plain_sums<S: Scalar>(matrix: &Array2<S>) -> Array2<S> {
    let mut sums = Array2::zeros((matrix.nrows(), 1));
    for ((i, _), &entry) in matrix.indexed_iter() {
        sums[[i, 0]] = sums[[i, 0]] + entry;
    }
    sums
}

/// What is wrong with the products of two matrices, by every kernel.
fn wrong_product<S: Trainable>(left: &Array2<S>, right: &Array2<S>) -> Option<String> {
    let expected = plain_product(left, right);
    let in_blocks = |registers| product_in_blocks(registers, left.view(), right.view());
    [product(left.view(), right.view()), in_blocks(Registers::Few), in_blocks(Registers::Many)]
        .iter()
        .find_map(|found| first_difference(found, &expected))
}

fn wrong_sums<S: Trainable>(matrix: &Array2<S>, columns: usize) -> Option<String> {
    let expected = plain_sums(matrix);
    let in_blocks = |registers| sums_in_blocks(registers, matrix, columns);
    [sum_over_examples(matrix), in_blocks(Registers::Few), in_blocks(Registers::Many)]
        .iter()
        .find_map(|found| first_difference(found, &expected))
}

proptest! {
    #![proptest_config(drawn(128))]

    #[test]
    fn a_product_of_any_size_and_layout_has_the_bits_of_the_plain_loop(
        [n, inner, m] in sizes(), layouts in [layout(), layout()], planted in 0..3_usize,
        seed: u64,
    ) {
        let mut random = ChaCha20Rng::seed_from_u64(seed);
        let mut left = matrix(&mut random, (n, inner));
        let mut right = matrix(&mut random, (inner, m));
        plant(&mut random, planted, &mut right);
        plant(&mut random, planted / 2, &mut left);
        let (left, right) = (laid_out(&left, layouts[0]), laid_out(&right, layouts[1]));
        prop_assert_eq!(wrong_product(&left, &right), None);
        let [left, right] = [left, right].map(|matrix| matrix.mapv(|entry| entry as f32));
        prop_assert_eq!(wrong_product(&left, &right), None, "in single precision");
    }

    #[test]
    fn the_sums_of_rows_of_any_size_and_layout_have_the_bits_of_the_plain_loop(
        [n, m, columns] in sizes(), layout in layout(), planted in 0..3_usize, seed: u64,
    ) {
        let mut random = ChaCha20Rng::seed_from_u64(seed);
        let mut numbers = matrix(&mut random, (n, m));
        plant(&mut random, planted, &mut numbers);
        let numbers = laid_out(&numbers, layout);
        prop_assert_eq!(wrong_sums(&numbers, columns), None);
        prop_assert_eq!(wrong_sums(&numbers.mapv(|entry| entry as f32), columns), None);
    }
}

/// A network with its batch.
#[derive(Debug)]
struct Case {
    network: Network,
    parameters: Parameters<f64>,
    batch: Batch<f64>,
}

fn case() -> impl Strategy<Value = Case> {
    let width = || prop_oneof![1..=12_usize, 1..=70_usize];
    let widths = proptest::collection::vec(width(), 2..=4);
    // two for the hidden layers, the same or not
    let activations = proptest::collection::vec(select(Activation::VARIANTS), 2);
    let kinds = (activations, select(Loss::VARIANTS));
    let layouts = [layout(), layout(), layout()];
    (widths, 1..=130_usize, kinds, layouts, any::<u64>()).prop_map(
        |(mut widths, m, (g, loss), [of_w, of_x, of_y], seed)| {
            if let Some(outputs) = widths.last_mut() {
                *outputs = loss.least_outputs().max(*outputs);
            }
            let mut random = ChaCha20Rng::seed_from_u64(seed);
            let mut small = |extent, layout| {
                let entry = || f64::from(random.random_range(-4000..=4000)) / 3000.0;
                laid_out(&Array2::from_shape_simple_fn(extent, entry), layout)
            };
            let layer = |pair: &[usize]| Layer {
                w: small((pair[1], pair[0]), of_w) / 4.0,
                b: small((pair[1], 1), of_w),
            };
            let parameters = Parameters { layers: widths.windows(2).map(layer).collect() };
            let x = small((widths[0], m), of_x);
            let batch = Batch::new(x, small((widths[widths.len() - 1], m), of_y)).unwrap();
            let hidden = &g[..widths.len() - 2];
            let network = Network::with_activations(&widths, hidden, loss).unwrap();
            Case { network, parameters, batch }
        },
    )
}

/// The lesson's equations by plain loops: the mean loss, and dW1 row by row, db1, dW2, …
fn plain_passes(Case { network, parameters, batch }: &Case) -> (f64, Vec<f64>) {
    let (depth, m) = (network.depth(), batch.m() as f64);
    let (mut z, mut a) = (Vec::new(), vec![batch.x().clone()]);
    for l in 1..=depth {
        let mut here = plain_product(parameters.w(l), &a[l - 1]);
        here.indexed_iter_mut().for_each(|((i, _), z)| *z += parameters.b(l)[[i, 0]]);
        let value = |z| network.activation(l).value(z);
        a.push(if l < depth { here.mapv(value) } else { network.loss.y_hat(&here) });
        z.push(here);
    }
    // a row of several outputs at a time is summed first, where each has a loss of its own
    let sum = if network.loss.couples_outputs() {
        let examples = z[depth - 1].columns().into_iter().zip(batch.y().columns());
        examples.fold(0.0, |sum, (z, y)| sum + network.loss.value(z, y))
    } else {
        let outputs = z[depth - 1].iter().zip(batch.y());
        outputs.fold(0.0, |sum, (&z, &y)| sum + network.loss.value(aview1(&[z]), aview1(&[y])))
    };
    let mut dz = network.loss.dz(&z[depth - 1], batch.y());
    let mut layers = Vec::new();
    for l in (1..=depth).rev() {
        let dw = plain_product(&dz, &a[l - 1].t().to_owned()) / m;
        layers.push(dw.into_iter().chain(plain_sums(&dz) / m).collect::<Vec<f64>>());
        if l > 1 {
            let da = plain_product(&parameters.w(l).t().to_owned(), &dz);
            let slope = |at| network.activation(l - 1).slope(z[l - 2][at], a[l - 1][at]);
            dz = Array2::from_shape_fn(da.dim(), |at| da[at] * slope(at));
        }
    }
    (sum / m, layers.into_iter().rev().flatten().collect())
}

proptest! {
    #![proptest_config(drawn(128))]

    #[test]
    fn the_two_passes_of_a_network_of_any_size_have_the_bits_of_plain_loops(case in case()) {
        let Case { network, parameters, batch } = &case;
        let (loss, gradient) = plain_passes(&case);
        let found = network.evaluate(parameters, batch).unwrap();
        prop_assert!(found.loss.identical(loss), "{} where {loss} is due", found.loss);
        let entries: Vec<f64> = found.gradient.entries().collect();
        prop_assert_eq!(entries.len(), gradient.len());
        for (place, (&found, &expected)) in entries.iter().zip(&gradient).enumerate() {
            prop_assert!(found.identical(expected), "entry {place}: {found} for {expected}");
        }
    }
}
