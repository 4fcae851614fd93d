//! Networks whose hidden layers have activations of their own.

use crate::drawn::drawn;
use init_symmetry_network::{
    Activation, Batch, Dual, Fp, Loss, Network, parameters_from, specification_of,
};
use ndarray::Array2;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha20Rng;
use strum::VariantArray;

fn activations(
    layers: impl Into<prop::collection::SizeRange>,
) -> impl Strategy<Value = Vec<Activation>> {
    vec(select(Activation::VARIANTS), layers)
}

/// Widths with `hidden` hidden layers.
fn widths(hidden: usize) -> impl Strategy<Value = Vec<usize>> {
    vec(1..=3_usize, hidden + 2)
}

/// A network with at least two hidden layers that do not all have the same activation.
fn mixed() -> impl Strategy<Value = Network> {
    let drawn = (2..=4_usize).prop_flat_map(|hidden| (widths(hidden), activations(hidden)));
    (drawn, select(Loss::VARIANTS)).prop_filter_map("mixed", |((mut widths, own), loss)| {
        let outputs = widths.last_mut()?;
        *outputs = loss.least_outputs().max(*outputs);
        let network = Network::with_activations(&widths, &own, loss).ok()?;
        network.shared_activation().is_none().then_some(network)
    })
}

/// Parameters and three examples in the field, where every number is as good as any other.
fn in_the_field(network: &Network, key: u64) -> (Vec<Fp>, Batch<Fp>) {
    let mut random = ChaCha20Rng::seed_from_u64(key);
    let mut free = || Fp::new(random.random::<u64>() >> 3, key);
    let parameters = (0..Network::count_parameters(network.widths())).map(|_| free()).collect();
    let [n_x, .., n_y] = network.widths() else { panic!("two widths at least") };
    let x = Array2::from_shape_simple_fn((*n_x, 3), &mut free);
    let y = Array2::from_shape_simple_fn((*n_y, 3), &mut free);
    (parameters, Batch::new(x, y).unwrap())
}

proptest! {
    #![proptest_config(drawn(64))]

    #[test]
    fn backpropagation_through_mixed_layers_is_the_derivative_of_the_specification(
        network in mixed(), key in 1..1_000_000_u64,
    ) {
        let (parameters, batch) = in_the_field(&network, key);
        let of_network = parameters_from(&network, &parameters).unwrap();
        let evaluation = network.evaluate(&of_network, &batch).unwrap();
        let lifted = batch.map(Dual::constant);
        for (entry, derivative) in evaluation.gradient.entries().enumerate() {
            let mut duals: Vec<_> = parameters.iter().copied().map(Dual::constant).collect();
            duals[entry] = Dual::variable(parameters[entry]);
            let specified = specification_of(&network).mean_loss(&duals, &lifted).unwrap();
            prop_assert_eq!(evaluation.loss, specified.value);
            prop_assert_eq!(derivative, specified.derivative, "entry {}", entry);
        }
        // not vacuous: the bias of an output is always seen
        prop_assert!(evaluation.gradient.entries().any(|slope| slope != Fp::new(0, 1)));
    }

    #[test]
    fn the_order_of_the_activations_matters(network in mixed(), key in 1..1_000_000_u64) {
        let mut backwards = network.activations().to_vec();
        backwards.reverse();
        prop_assume!(backwards != network.activations());
        let other = Network::with_activations(network.widths(), &backwards, network.loss).unwrap();
        let (parameters, batch) = in_the_field(&network, key);
        let loss = |network: &Network| {
            let parameters = parameters_from(network, &parameters).unwrap();
            network.mean_loss(&parameters, &batch).unwrap()
        };
        // where the field takes both sides of a kink for active, they are the same formula
        let linear = |g: &Activation| g.has_kink() || *g == Activation::Identity;
        prop_assume!(!network.activations().iter().all(linear));
        prop_assert_ne!(loss(&network), loss(&other));
    }

    #[test]
    fn equal_activations_by_layer_are_the_network_of_that_one(
        (widths, hidden) in (1..=4_usize).prop_flat_map(|hidden| (widths(hidden), Just(hidden))),
        g in select(Activation::VARIANTS), loss in select(Loss::VARIANTS),
    ) {
        let alike = Network::with_activations(&widths, &vec![g; hidden], loss);
        prop_assert_eq!(&alike, &Network::new(&widths, g, loss));
        if let Ok(network) = alike {
            prop_assert_eq!(network.shared_activation(), Some(g));
            prop_assert_eq!(network.activation_names(), g.to_string());
        }
    }

    #[test]
    fn another_number_of_activations_than_of_hidden_layers_is_refused_naming_both(
        widths in (0..=3_usize).prop_flat_map(widths), own in activations(0..=5_usize),
    ) {
        let needed = widths.len() - 2;
        prop_assume!(own.len() != needed);
        let refused = Network::with_activations(&widths, &own, Loss::SquaredError).unwrap_err();
        prop_assert_eq!(
            refused.to_string(),
            format!(
                "the list of activations has {} but a network of widths {widths:?}, one a hidden \
                 layer, needs {needed}",
                own.len(),
            )
        );
    }

    #[test]
    fn other_widths_keep_each_layers_activation_and_repeat_the_highest(
        network in mixed(), more in 0..=2_usize,
    ) {
        let own = network.activations();
        let widths = vec![2; own.len() + more + 2];
        let found = network.with_widths(&widths).unwrap();
        let (kept, added) = found.activations().split_at(own.len());
        prop_assert_eq!(kept, own);
        prop_assert!(added.iter().all(|g| Some(g) == own.last()) && added.len() == more);
        prop_assert_eq!(found.loss, network.loss);
        prop_assert_eq!(network.with_widths(network.widths()), Ok(network));
    }
}

#[test]
fn a_network_without_hidden_layers_remembers_the_activation_that_it_was_made_with() {
    let loss = Loss::CrossEntropy;
    for &g in Activation::VARIANTS {
        let network = Network::new(&[2, 1], g, loss).unwrap();
        assert_eq!((network.shared_activation(), network.activations()), (Some(g), &[][..]));
        assert_eq!(network.with_widths(&[2, 3, 1]), Network::new(&[2, 3, 1], g, loss));
    }
    let unnamed = Network::with_activations(&[2, 1], &[], loss).unwrap();
    assert_eq!(unnamed.activation_names(), "identity");
}

#[test]
#[should_panic(expected = "out of bounds")]
fn the_output_has_no_activation() {
    let network = Network::new(&[2, 3, 1], Activation::Tanh, Loss::CrossEntropy).unwrap();
    assert_eq!(network.activation(1), Activation::Tanh, "not vacuous");
    let _ = network.activation(2);
}
