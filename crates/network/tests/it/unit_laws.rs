//! Laws of hidden units, exactly, over a prime field: balance, renumbering, splitting, parting, and
//! what a softmax conserves.
//!
//! It runs the shipped network at drawn shapes, activations and functions. Equality at random
//! residues is equality as formulas, but for a chance of about degree / 2^61; for a function with a
//! kink, at the pattern of signs that the key draws. Start reading at [`Drawn`].

use crate::drawn::drawn;
use init_symmetry_network::symmetry::{group_of_layer, tensors_of_network};
use init_symmetry_network::{
    Activation, Batch, Evaluation, Fp, Gradient, Layer, LayerGradient, Loss, Network, Parameters,
    parameters_from,
};
use ndarray::{Array1, Array2, Axis, concatenate};
use num_traits::{One, Zero};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha20Rng;
use strum::VariantArray;

/// A network with two hidden layers or one, random residues for all its numbers, a hidden layer,
/// and two of its units.
#[derive(Debug, Clone)]
struct Drawn {
    network: Network,
    parameters: Parameters<Fp>,
    batch: Batch<Fp>,
    rate: Fp,
    share: Fp,
    layer: usize,
    units: [usize; 2],
    seed: u64,
}

fn networks(losses: &'static [Loss]) -> impl Strategy<Value = Drawn> {
    let hidden = prop::collection::vec((2..=4_usize, select(Activation::VARIANTS)), 1..=2);
    let sizes = (1..=3_usize, hidden, 1..=3_usize, select(losses), 1..=4_usize);
    (sizes, any::<[Index; 3]>(), any::<u64>()).prop_map(
        |((n_x, hidden, n_y, loss, m), [layer, first, second], seed)| {
            let (hidden, own): (Vec<usize>, Vec<Activation>) = hidden.into_iter().unzip();
            let n_y = n_y.max(loss.least_outputs());
            let widths = [&[n_x], &hidden[..], &[n_y]].concat();
            let network = Network::with_activations(&widths, &own, loss).expect("a network");
            let layer = 1 + layer.index(hidden.len());
            let first = first.index(widths[layer]);
            let second = (first + 1 + second.index(widths[layer] - 1)) % widths[layer];
            let mut random = ChaCha20Rng::seed_from_u64(seed);
            let key = 1 + seed / 2;
            let mut free = || Fp::new(random.random(), key);
            let count = Network::count_parameters(&widths);
            let parameters: Vec<Fp> = (0..count).map(|_| free()).collect();
            let x = Array2::from_shape_simple_fn((n_x, m), &mut free);
            let mut y = Array2::from_shape_simple_fn((n_y, m), &mut free);
            if loss.couples_outputs() {
                let others = y.slice_axis(Axis(0), (1..).into()).fold_axis(
                    Axis(0),
                    Fp::zero(),
                    |&sum, &label| sum + label,
                );
                y.row_mut(0).assign(&others.mapv(|others| Fp::one() - others));
            }
            Drawn {
                parameters: parameters_from(&network, &parameters).expect("as many as needed"),
                batch: Batch::new(x, y).expect("finite"),
                rate: free(),
                share: free(),
                network,
                layer,
                units: [first, second],
                seed,
            }
        },
    )
}

impl Drawn {
    fn answer(&self, network: &Network, parameters: &Parameters<Fp>) -> Evaluation<Fp> {
        network.evaluate(parameters, &self.batch).expect("shapes fit")
    }

    fn step(&self, parameters: &Parameters<Fp>) -> Parameters<Fp> {
        self.network.step(parameters, &self.batch, self.rate).expect("shapes fit")
    }

    /// The network with more units in its hidden layer.
    fn wider(&self, more: usize) -> Network {
        let mut widths = self.network.widths().to_vec();
        widths[self.layer] += more;
        self.network.with_widths(&widths).expect("widths")
    }

    /// Appends a unit to parameters, or to what has their shapes.
    fn append(&self, to: &mut Parameters<Fp>, row: Array1<Fp>, bias: Fp, outgoing: Array1<Fp>) {
        let (here, above) = to.layers.split_at_mut(self.layer);
        let (Layer { w, b }, above) = (&mut here[self.layer - 1], &mut above[0].w);
        *w = concatenate![Axis(0), *w, row.insert_axis(Axis(0))];
        *b = concatenate![Axis(0), *b, Array2::from_elem((1, 1), bias)];
        *above = concatenate![Axis(1), *above, outgoing.insert_axis(Axis(1))];
    }

    /// Units of all hidden layers in another order.
    fn renumbered(&self, parameters: &Parameters<Fp>) -> Parameters<Fp> {
        let mut random = ChaCha20Rng::seed_from_u64(self.seed);
        let tensors = tensors_of_network(&self.network);
        let mut entries: Vec<Fp> = parameters.entries().collect();
        for l in 1..self.network.depth() {
            let group = group_of_layer(&self.network, l).expect("a hidden layer");
            let mut order: Vec<usize> = (0..group.units).collect();
            (1..group.units).for_each(|last| order.swap(last, random.random_range(0..=last)));
            let places = group.renumbering(&tensors, &order).expect("an order");
            entries = places.into_iter().map(|place| entries[place]).collect();
        }
        parameters_from(&self.network, &entries).expect("as many")
    }
}

fn as_parameters(gradient: Gradient<Fp>) -> Parameters<Fp> {
    let layers = gradient.layers.into_iter();
    Parameters { layers: layers.map(|LayerGradient { dw, db }| Layer { w: dw, b: db }).collect() }
}

fn times(factor: Fp, entries: ndarray::ArrayView1<'_, Fp>) -> Array1<Fp> {
    entries.mapv(|entry| factor * entry)
}

fn sum(terms: impl IntoIterator<Item = Fp>) -> Fp {
    terms.into_iter().fold(Fp::zero(), |sum, term| sum + term)
}

fn dot(left: ndarray::ArrayView1<'_, Fp>, right: ndarray::ArrayView1<'_, Fp>) -> Fp {
    sum(left.iter().zip(right).map(|(&left, &right)| left * right))
}

/// Some steps, so that an equality that lasted for one would show.
const STEPS: usize = 3;

const SOFTMAX: &[Loss] = &[Loss::SoftmaxCrossEntropy];

proptest! {
    #![proptest_config(drawn(256))]

    #[test]
    fn units_are_balanced_exactly_if_their_activation_is_homogeneous(
        case in networks(Loss::VARIANTS),
    ) {
        let Drawn { network, parameters, .. } = &case;
        let gradient = case.answer(network, parameters).gradient;
        for l in 1..network.depth() {
            for i in 0..network.widths()[l] {
                let incoming = dot(parameters.w(l).row(i), gradient.dw(l).row(i))
                    + parameters.b(l)[[i, 0]] * gradient.db(l)[[i, 0]];
                let outgoing =
                    dot(parameters.w(l + 1).column(i), gradient.dw(l + 1).column(i));
                let g = network.activation(l);
                // a unit that is dead, or hidden by dead ones, is balanced whatever its activation
                let is_free = !outgoing.is_zero() || !incoming.is_zero();
                let balanced = g.facts().is_homogeneous || !is_free;
                prop_assert_eq!(incoming == outgoing, balanced, "{} unit {} of {}", g, i, l);
            }
        }
    }

    #[test]
    fn training_from_renumbered_units_is_the_renumbered_training(
        case in networks(Loss::VARIANTS),
    ) {
        let mut here = case.parameters.clone();
        let mut there = case.renumbered(&here);
        for t in 1..=STEPS {
            here = case.step(&here);
            there = case.step(&there);
            prop_assert_eq!(&there, &case.renumbered(&here), "step {}", t);
        }
        prop_assert_ne!(here, case.parameters);
    }

    #[test]
    fn a_split_unit_has_the_shares_of_its_gradient(case in networks(Loss::VARIANTS)) {
        let Drawn { network, parameters, share, layer, units: [unit, _], .. } = &case;
        let (l, i, s, rest) = (*layer, *unit, *share, Fp::one() - *share);
        let mut split = parameters.clone();
        let [row, v] = [parameters.w(l).row(i), parameters.w(l + 1).column(i)];
        split.layers[l].w.column_mut(i).assign(&times(s, v));
        case.append(&mut split, row.to_owned(), parameters.b(l)[[i, 0]], times(rest, v));
        let unsplit = case.answer(network, parameters);
        let found = case.answer(&case.wider(1), &split);

        let mut due = as_parameters(unsplit.gradient);
        let [dw, dv] = [due.w(l).row(i).to_owned(), due.w(l + 1).column(i).to_owned()];
        let db = due.b(l)[[i, 0]];
        due.layers[l - 1].w.row_mut(i).assign(&times(s, dw.view()));
        due.layers[l - 1].b[[i, 0]] = s * db;
        case.append(&mut due, times(rest, dw.view()), rest * db, dv);
        prop_assert_eq!(found.loss, unsplit.loss);
        prop_assert_eq!(as_parameters(found.gradient), due);
    }

    #[test]
    fn equal_rows_part_by_the_gradient_of_a_unit_with_the_difference_of_their_outgoing_weights(
        mut case in networks(Loss::VARIANTS),
    ) {
        let (l, [i, k]) = (case.layer, case.units);
        let Layer { w, b } = &mut case.parameters.layers[l - 1];
        let row = w.row(i).to_owned();
        w.row_mut(k).assign(&row);
        let bias = b[[i, 0]];
        b[[k, 0]] = bias;
        let start = &case.parameters;
        let difference = &start.w(l + 1).column(i) - &start.w(l + 1).column(k);
        let minus = difference.mapv(|entry| Fp::zero() - entry);
        let mut probed = start.clone();
        case.append(&mut probed, row.clone(), bias, difference.clone());
        case.append(&mut probed, row, bias, minus);
        let of_probe = case.answer(&case.wider(2), &probed).gradient;
        let probe = case.network.widths()[l];
        let minus_rate = Fp::zero() - case.rate;

        let after = case.step(start);
        let apart = &after.w(l).row(i) - &after.w(l).row(k);
        prop_assert_eq!(apart, times(minus_rate, of_probe.dw(l).row(probe)));
        let apart = after.b(l)[[i, 0]] - after.b(l)[[k, 0]];
        prop_assert_eq!(apart, minus_rate * of_probe.db(l)[[probe, 0]]);
        let kept = &after.w(l + 1).column(i) - &after.w(l + 1).column(k);
        prop_assert_eq!(kept, difference);
    }

    #[test]
    fn the_gradients_of_a_softmax_sum_to_zero_and_training_keeps_the_sums(
        case in networks(SOFTMAX),
    ) {
        let top = case.network.depth();
        let sums = |w: &Array2<Fp>, b: &Array2<Fp>| -> Vec<Fp> {
            let columns = w.columns().into_iter().chain(b.columns());
            columns.map(|column| sum(column.iter().copied())).collect()
        };
        let gradient = case.answer(&case.network, &case.parameters).gradient;
        let found = sums(gradient.dw(top), gradient.db(top));
        prop_assert!(found.iter().all(Fp::is_zero), "{:?}", found);
        prop_assert!(gradient.db(top).iter().any(|slope| !slope.is_zero()), "not vacuous");
        let start = sums(case.parameters.w(top), case.parameters.b(top));
        let mut now = case.parameters.clone();
        for t in 1..=STEPS {
            now = case.step(&now);
            prop_assert_eq!(&sums(now.w(top), now.b(top)), &start, "step {}", t);
        }
    }
}
