//! Twins, their classes, merging them, and how far units are apart.

use crate::drawn::drawn;
use init_symmetry_network::symmetry::{
    are_twins, merge_twins, numerical_rank, row_distances, twin_classes,
};
use init_symmetry_network::{Activation, Biases, Layer, Loss, Network, Parameters, Start, Weights};
use ndarray::array;
use proptest::prelude::*;

/// Units 0 and 2 are twins; 1 differs in its bias alone, 3 in its outgoing weight alone.
fn four_units() -> Parameters<f64> {
    Parameters {
        layers: vec![
            Layer {
                w: array![[1.0, 2.0], [1.0, 2.0], [1.0, 2.0], [1.0, 2.0]],
                b: array![[0.5], [0.25], [0.5], [0.5]],
            },
            Layer {
                w: array![[3.0, 3.0, 3.0, 4.0], [1.0, 1.0, 1.0, 1.0]],
                b: array![[0.0], [0.0]],
            },
        ],
    }
}

#[test]
fn twins_are_equal_in_row_bias_and_outgoing_weights() {
    let parameters = four_units();
    assert_eq!(are_twins(&parameters, 1, 0, 2), Ok(true));
    assert_eq!(are_twins(&parameters, 1, 0, 1), Ok(false));
    assert_eq!(are_twins(&parameters, 1, 0, 3), Ok(false));
    let mut other_row = parameters.clone();
    other_row.layers[0].w[[2, 1]] = 2.5;
    assert_eq!(are_twins(&other_row, 1, 0, 2), Ok(false));
    assert_eq!(twin_classes(&parameters, 1), Ok(vec![vec![0, 2], vec![1], vec![3]]));
}

#[test]
fn zero_and_minus_zero_are_told_apart() {
    let mut parameters = four_units();
    parameters.layers[0].b[[0, 0]] = 0.0;
    parameters.layers[0].b[[2, 0]] = -0.0;
    assert_eq!(are_twins(&parameters, 1, 0, 2), Ok(false));
}

#[test]
fn a_layer_or_unit_that_does_not_exist_is_refused() {
    let parameters = four_units();
    let message = |l, i| are_twins(&parameters, l, i, 0).expect_err("none").to_string();
    assert_eq!(message(1, 4), "units are numbered from 0: unit 4 does not exist (count: 4)");
    assert_eq!(message(0, 0), "hidden layer 0 does not exist (count: 1)");
    assert_eq!(message(2, 0), "hidden layer 2 does not exist (count: 1)");
}

#[test]
fn merged_twins_compute_the_same() {
    let parameters = four_units();
    let four = Network::new(&[2, 4, 2], Activation::Relu, Loss::SquaredError).expect("fits");
    let three = Network::new(&[2, 3, 2], Activation::Relu, Loss::SquaredError).expect("fits");
    let merged = merge_twins(&parameters, 1, &[2, 0]).expect("twins");
    assert_eq!(merged.w(2), &array![[3.0, 6.0, 4.0], [1.0, 2.0, 1.0]]);
    assert_eq!(merged.b(1), &array![[0.25], [0.5], [0.5]]);
    let x = array![[1.0, -0.5, 2.0], [0.25, 3.0, -4.0]];
    let before = four.forward(&parameters, &x).expect("shapes fit");
    let after = three.forward(&merged, &x).expect("shapes fit");
    assert_eq!(before.a(2), after.a(2));
    assert!(before.a(2).iter().any(|&a| a != 0.0));
}

#[test]
fn units_that_are_no_twins_are_not_merged() {
    let message =
        |units: &[usize]| merge_twins(&four_units(), 1, units).expect_err("no twins").to_string();
    assert_eq!(message(&[0, 1]), "units 0 and 1 of layer 1 are not twins");
    for twice in [&[0, 0][..], &[0, 2, 2]] {
        let range = "has to be a list that names each unit once";
        let list = "the list of units to merge is";
        assert_eq!(message(twice), format!("{list} {twice:?} but {range}"));
    }
    assert_eq!(message(&[]), "unit to merge 0 does not exist (count: 0)");
    assert_eq!(message(&[7]), "units are numbered from 0: unit 7 does not exist (count: 4)");
}

#[test]
fn merging_one_unit_changes_nothing() {
    assert_eq!(merge_twins(&four_units(), 1, &[3]), Ok(four_units()));
}

#[test]
fn distances_are_euclidean_and_do_not_underflow() {
    let rows = |w: ndarray::Array2<f64>| {
        let n = w.nrows();
        let above = ndarray::Array2::zeros((1, n));
        let layers = vec![
            Layer { w, b: ndarray::Array2::zeros((n, 1)) },
            Layer { w: above, b: array![[0.0]] },
        ];
        row_distances(&Parameters { layers }, 1).expect("a hidden layer")
    };
    let distances = rows(array![[0.0, 0.0], [3.0, 4.0], [6.0, 8.0]]);
    assert_eq!((distances.min, distances.median), (5.0, 5.0));
    let tiny = f64::MIN_POSITIVE;
    assert_eq!(rows(array![[0.0, 0.0], [3.0 * tiny, 4.0 * tiny]]).min, 5.0 * tiny);
    assert_eq!(rows(array![[1.0, 2.0]]).median, 0.0);
    assert_eq!(rows(array![[f64::MAX], [-f64::MAX]]).min, f64::INFINITY);
    assert_eq!(rows(array![[1.0, 2.0], [1.0, 2.0]]).median, 0.0);
    let distances = rows(array![[0.0, 0.0], [3.0, 4.0], [9.0, 12.0]]);
    assert_eq!((distances.min, distances.median), (5.0, 10.0));
}

#[test]
fn a_singular_value_counts_from_the_larger_dimension_times_epsilon_on() {
    let rank = |second: f64| {
        let w = array![[1.0, 0.0], [0.0, second]];
        let layers = vec![
            Layer { w, b: array![[0.0], [0.0]] },
            Layer { w: array![[1.0, 1.0]], b: array![[0.0]] },
        ];
        numerical_rank(&Parameters { layers }, 1).expect("a hidden layer")
    };
    assert_eq!(rank(1.5 * f64::EPSILON), 1);
    assert_eq!(rank(3.0 * f64::EPSILON), 2);
}

#[test]
fn the_rank_of_random_rows_is_the_smaller_dimension() {
    for (n_x, n_h, rank) in [(2, 5, 2), (5, 3, 3), (1, 4, 1)] {
        let network = Network::new(&[n_x, n_h, 1], Activation::Tanh, Loss::CrossEntropy);
        let network = network.expect("a network");
        let random = network.initialise(Weights::Normal(0.01), 1).expect("a start");
        assert_eq!(numerical_rank(&random, 1), Ok(rank));
        let constant = network.initialise(Weights::Constant(0.3), 1).expect("a start");
        assert_eq!(numerical_rank(&constant, 1), Ok(1));
        let zeros = network.initialise(Weights::Zeros, 1).expect("a start");
        assert_eq!(numerical_rank(&zeros, 1), Ok(0));
    }
}

/// A random start of a network with two hidden layers, in one of which two units are made equal.
#[derive(Debug)]
struct Twins {
    parameters: Parameters<f64>,
    l: usize,
    first: usize,
    second: usize,
}

fn twins() -> impl Strategy<Value = Twins> {
    let width = || 1..=9_usize;
    let hidden = || 2..=9_usize;
    let units = (any::<prop::sample::Index>(), any::<prop::sample::Index>());
    ([width(), hidden(), hidden(), width()], 1..=2_usize, units, any::<u64>()).prop_map(
        |(widths, l, (first, after), seed)| {
            let network = Network::new(&widths, Activation::Tanh, Loss::CrossEntropy);
            let start = Start { weights: Weights::Normal(1.0), biases: Biases::Normal(1.0) };
            let mut parameters = network.and_then(|it| it.initialise(start, seed)).expect("one");
            let first = first.index(widths[l]);
            let second = (first + 1 + after.index(widths[l] - 1)) % widths[l];
            let numbers: Vec<f64> =
                parts(&mut parameters, l, first).into_iter().map(|number| *number).collect();
            let twin = parts(&mut parameters, l, second);
            twin.into_iter().zip(numbers).for_each(|(number, of_first)| *number = of_first);
            Twins { parameters, l, first, second }
        },
    )
}

/// Every number that a unit of hidden layer `l` is made of.
fn parts(parameters: &mut Parameters<f64>, l: usize, unit: usize) -> Vec<&mut f64> {
    let (below, above) = parameters.layers.split_at_mut(l);
    let (here, above) = (&mut below[l - 1], &mut above[0]);
    let incoming = here.w.row_mut(unit).into_iter().chain(here.b.row_mut(unit));
    incoming.chain(above.w.column_mut(unit)).collect()
}

proptest! {
    #![proptest_config(drawn(64))]

    #[test]
    fn one_bit_in_any_number_of_a_unit_makes_it_no_twin(twins in twins()) {
        let Twins { mut parameters, l, first, second } = twins;
        prop_assert_eq!(are_twins(&parameters, l, first, second), Ok(true));
        let classes = twin_classes(&parameters, l).expect("a hidden layer");
        let units = parameters.w(l).nrows();
        prop_assert_eq!(classes.len(), units - 1);
        prop_assert!(classes.contains(&vec![first.min(second), first.max(second)]));
        for part in 0..parts(&mut parameters, l, second).len() {
            let mut other = parameters.clone();
            let number = &mut parts(&mut other, l, second)[part];
            **number = number.next_up();
            for [one, other_one] in [[first, second], [second, first]] {
                prop_assert_eq!(are_twins(&other, l, one, other_one), Ok(false), "part {}", part);
            }
            let classes = twin_classes(&other, l).expect("a hidden layer");
            prop_assert_eq!(classes.len(), units, "part {}", part);
        }
    }
}

#[test]
fn matrices_that_do_not_belong_to_one_layer_are_refused_with_both_named() {
    let message = |change: fn(&mut Parameters<f64>)| {
        let mut ragged = four_units();
        change(&mut ragged);
        let refused = [
            are_twins(&ragged, 1, 0, 1).map(|_| ()),
            twin_classes(&ragged, 1).map(|_| ()),
            merge_twins(&ragged, 1, &[0, 2]).map(|_| ()),
            row_distances(&ragged, 1).map(|_| ()),
            numerical_rank(&ragged, 1).map(|_| ()),
        ];
        let refused = refused.map(|refused| refused.expect_err("shapes").to_string());
        assert!(refused.iter().all(|one| *one == refused[0]), "{refused:?}");
        refused[0].clone()
    };
    assert_eq!(message(|p| p.layers[0].b = array![[0.5]]), "w1 is 4×2 but b1 is 1×1");
    assert_eq!(message(|p| p.layers[0].b = array![[]]), "w1 is 4×2 but b1 is 1×0");
    assert_eq!(message(|p| p.layers[1].w = array![[1.0]]), "w1 is 4×2 but w2 is 1×1");
}

#[test]
fn a_weight_that_is_no_number_has_neither_distance_nor_rank() {
    for weight in [f64::NAN, f64::INFINITY] {
        let mut parameters = four_units();
        parameters.layers[0].w[[2, 1]] = weight;
        let refused = row_distances(&parameters, 1).expect_err("no number").to_string();
        assert_eq!(refused, format!("w1[2, 1] is {weight} but has to be a finite number"));
        assert!(numerical_rank(&parameters, 1).is_err());
    }
}

#[test]
fn the_rank_of_the_largest_numbers_is_that_of_their_signs() {
    let mut parameters = four_units();
    parameters.layers[0].w.fill(f64::MAX);
    assert_eq!(numerical_rank(&parameters, 1), Ok(1));
    parameters.layers[0].w[[0, 0]] = -f64::MAX;
    assert_eq!(numerical_rank(&parameters, 1), Ok(2));
    parameters.layers[0].w.mapv_inplace(|weight| weight.signum() * f64::from_bits(1));
    assert_eq!(numerical_rank(&parameters, 1), Ok(2));
}
