//! Arguments that nobody should give to public functions: an answer in its range, or an error that
//! says what is wrong, and in no case a panic or a call that does not end.

#![allow(clippy::unwrap_used, reason = "helpers of tests state their expectation by panicking")]

use crate::drawn::drawn;
use init_symmetry_network::optimiser::{Memory, Optimiser, Rule, mini_batches};
use init_symmetry_network::start_rules::{LayerStarts, StartRules};
use init_symmetry_network::symmetry::{
    are_twins, merge_twins, numerical_rank, row_distances, twin_classes,
};
use init_symmetry_network::tolerance::chance_of_a_false_pass;
use init_symmetry_network::{
    Activation, Batch, Biases, Gradient, Layer, LayerGradient, Loss, Network, Parameters, Scheme,
    Start, Weights, parameters_from, parse_name, singular_values, specification_of, statistics,
    toy,
};
use ndarray::Array2;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use strum::VariantArray;

/// The numbers at which something ends.
const NUMBERS: [f64; 14] = [
    0.0,
    -0.0,
    0.5,
    1.0,
    -1.0,
    2.0,
    f64::EPSILON,
    f64::MIN_POSITIVE,
    5e-324,
    f64::MAX,
    -f64::MAX,
    f64::INFINITY,
    f64::NEG_INFINITY,
    f64::NAN,
];

/// Counts that are small, or larger than any memory.
const COUNTS: [usize; 9] = [0, 1, 2, 3, 1 << 28, 1 << 40, 1 << 63, usize::MAX - 1, usize::MAX];

fn number() -> impl Strategy<Value = f64> {
    select(&NUMBERS[..])
}

fn count() -> impl Strategy<Value = usize> {
    select(&COUNTS[..])
}

/// A matrix that may be empty, with any numbers in it or with equal ones.
fn matrix() -> impl Strategy<Value = Array2<f64>> {
    (0..=3_usize, 0..=3_usize, vec(number(), 9), any::<bool>()).prop_map(
        |(rows, columns, numbers, is_constant)| {
            let at = |(i, k)| numbers[if is_constant { 0 } else { 3 * i + k }];
            Array2::from_shape_fn((rows, columns), at)
        },
    )
}

/// Layers whose matrices need not fit together; half of them do.
fn parameters() -> impl Strategy<Value = Parameters<f64>> {
    let layer = (matrix(), matrix(), any::<bool>()).prop_map(|(w, b, fits)| Layer {
        b: if fits { Array2::from_elem((w.nrows(), 1), 0.5) } else { b },
        w,
    });
    vec(layer, 0..=3).prop_map(|layers| Parameters { layers })
}

fn network() -> Network {
    Network::new(&[2, 3, 1], Activation::Tanh, Loss::CrossEntropy).unwrap()
}

fn gradient_of(parameters: Parameters<f64>) -> Gradient<f64> {
    let layers = parameters.layers.into_iter().map(|Layer { w, b }| LayerGradient { dw: w, db: b });
    Gradient { layers: layers.collect() }
}

fn shapes(parameters: &Parameters<f64>) -> Vec<[(usize, usize); 2]> {
    parameters.layers.iter().map(|Layer { w, b }| [w.dim(), b.dim()]).collect()
}

proptest! {
    #![proptest_config(drawn(512))]

    #[test]
    fn every_probability_and_bound_lies_between_0_and_1(
        [n, k] in [count(), count()],
        [x, y, z] in [number(), number(), number()],
        sample in vec(number(), 0..=4),
    ) {
        use statistics::*;
        let (many, few) = (n as u64, k as u64);
        for found in [
            lower_bound_of_rate(k, n, x),
            hoeffding(n, x),
            normal_tail(x),
            chi_square_p_value(n, x),
            chi_square_p_value(n, n as f64 * y),
            cosine_p_value(n, x),
            symmetric_sum_p_value(x, y),
            bennett(n, x, y, z),
            uniform_squares_p_value(n, x),
            count_p_value(many, x, few),
            count_p_value(many, 0.5, many / 2),
            anderson_darling_tail(x),
            kolmogorov_smirnov(&sample),
            kolmogorov_smirnov_tail(n, x),
            chance_of_a_false_pass(x, n),
        ] {
            prop_assert!((0.0..=1.0).contains(&found), "{n} {k} {x} {y} {z}: {found}");
        }
        prop_assert!(!anderson_darling(&sample).is_nan());
    }

    #[test]
    fn what_is_asked_of_ragged_parameters_is_answered_or_refused(
        parameters in parameters(), l in count(), [i, k] in [count(), count()],
    ) {
        let units = parameters.layers.first().map_or(0, |layer| layer.w.nrows());
        if let Ok(classes) = twin_classes(&parameters, 1) {
            prop_assert_eq!(classes.concat().len(), units);
        }
        if let Ok(merged) = merge_twins(&parameters, 1, &[0, 1]) {
            prop_assert_eq!(merged.w(1).nrows() + 1, units);
        }
        if let Ok(rank) = numerical_rank(&parameters, 1) {
            prop_assert!(rank <= units.min(parameters.w(1).ncols()));
        }
        if let Ok(distances) = row_distances(&parameters, 1) {
            prop_assert!(distances.min >= 0.0 && distances.min <= distances.median);
        }
        let _ = (are_twins(&parameters, l, i, k), merge_twins(&parameters, l, &[i, k, i]));
        let _ = (row_distances(&parameters, l), numerical_rank(&parameters, l));
        for Layer { w, b } in &parameters.layers {
            for values in [singular_values(w), singular_values(b)].into_iter().flatten() {
                prop_assert!(values.iter().all(|&value| value >= 0.0));
            }
        }
        let starts = vec![parameters.clone(), parameters];
        if let Ok(layers) = LayerStarts::of_all(&starts) {
            for scheme in Scheme::VARIANTS {
                let _ = StartRules::default().judge(&layers, scheme.weights(0.5));
            }
        }
    }

    #[test]
    fn a_step_by_another_shape_is_refused_and_nothing_is_broadcast(
        parameters in parameters(), other in parameters(),
        [rate, beta, epsilon] in [number(), number(), number()],
        steps in count(), rule in 0..4_u8,
    ) {
        let fits = shapes(&parameters) == shapes(&other);
        let gradient = gradient_of(other.clone());
        let after = parameters.descend(&gradient, rate);
        prop_assert_eq!(after.is_ok(), fits);
        if let Ok(after) = after {
            prop_assert_eq!(shapes(&after), shapes(&parameters));
        }
        let rule = match rule {
            0 => Rule::Momentum { beta },
            1 => Rule::Nesterov { beta },
            2 => Rule::RmsProp { beta, epsilon },
            _ => Rule::Adam { beta1: beta, beta2: beta, epsilon },
        };
        let optimiser = Optimiser { rule, rate, weight_decay: beta };
        let mut memory = Memory { steps, ..Memory::empty(&parameters) };
        if let Ok(after) = optimiser.step(&parameters, &gradient, &mut memory) {
            prop_assert!(fits && after.is_finite());
        }
        let mut wrong = Memory::empty(&other);
        let step = optimiser.step(&parameters, &gradient_of(parameters.clone()), &mut wrong);
        prop_assert!(step.is_err() || fits);
    }

    #[test]
    fn a_network_takes_what_fits_it_and_refuses_the_rest(
        parameters in parameters(), x in matrix(), y in matrix(), rate in number(),
        flat in vec(number(), 0..=14),
    ) {
        let network = network();
        let fits = network.check(&parameters).is_ok();
        let _ = network.forward(&parameters, &x);
        let _ = parameters_from(&network, &flat);
        if let Ok(batch) = Batch::new(x, y) {
            prop_assert!(batch.m() > 0 && batch.x().iter().all(|entry| entry.is_finite()));
            prop_assert!(network.evaluate(&parameters, &batch).is_err() || fits);
            prop_assert!(network.step(&parameters, &batch, rate).is_err() || fits);
            let end = network.train(&parameters, &batch, rate, 3, |_, _| ());
            prop_assert!(end.map_or(true, |end| fits && end.is_finite()));
            let _ = specification_of(&network).mean_loss(&flat, &batch);
            let whole = mini_batches(&batch, usize::MAX, 1).unwrap();
            prop_assert_eq!(whole[0].m(), batch.m());
        }
    }

    #[test]
    fn sizes_beyond_memory_are_refused_and_starts_are_finite(
        widths in vec(count(), 0..=4), each in count(), number in number(), seed: u64,
    ) {
        if let Ok(network) = Network::new(&widths, Activation::Relu, Loss::SquaredError) {
            prop_assert!(widths.iter().all(|&width| width > 0 && width < 1 << 40));
            prop_assert_eq!(network.depth() + 1, widths.len());
        }
        if let Ok(moons) = toy::two_moons(each) {
            prop_assert_eq!(moons.m(), 2 * each);
        }
        for scheme in Scheme::VARIANTS {
            let weights = scheme.weights(number);
            let _ = weights.distribution(each, each);
            let biases = Biases::Normal(number);
            for start in [Start::from(weights), Start { weights, biases }] {
                if let Ok(start) = network().initialise(start, seed) {
                    prop_assert!(start.is_finite());
                }
            }
        }
    }

    #[test]
    fn a_name_that_is_none_is_refused(text in "[a-z:\\-_0-9 .é]{0,12}") {
        let _ = (parse_name::<Activation>("activation", &text), text.parse::<Weights>());
        let no_name = text + "!";
        prop_assert!(parse_name::<Loss>("loss", &no_name).is_err());
    }
}
