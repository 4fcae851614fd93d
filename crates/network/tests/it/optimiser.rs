//! The optimisers against steps computed by hand, and mini-batches.

use crate::drawn::drawn;
use init_symmetry_network::optimiser::{Memory, Optimiser, Rule, mini_batches};
use init_symmetry_network::tolerance::step_of_adam;
use init_symmetry_network::toy;
use init_symmetry_network::{
    Activation, Batch, Error, Gradient, Layer, LayerGradient, Loss, Network, Parameters, Weights,
};
use ndarray::array;
use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha20Rng;

/// One weight and one bias.
fn point(w: f64, b: f64) -> Parameters<f64> {
    Parameters { layers: vec![Layer { w: array![[w]], b: array![[b]] }] }
}

fn slopes(dw: f64, db: f64) -> Gradient<f64> {
    Gradient { layers: vec![LayerGradient { dw: array![[dw]], db: array![[db]] }] }
}

/// The parameters after each of two steps with the same slopes, from w = 1 and b = 2.
fn two_steps(rule: Rule, weight_decay: f64) -> [Parameters<f64>; 2] {
    let optimiser = Optimiser { rule, rate: 0.5, weight_decay };
    let start = point(1.0, 2.0);
    let mut memory = Memory::empty(&start);
    let gradient = slopes(4.0, -2.0);
    let first = optimiser.step(&start, &gradient, &mut memory).expect("a step");
    let second = optimiser.step(&first, &gradient, &mut memory).expect("a step");
    assert_eq!(memory.steps, 2);
    [first, second]
}

const MOMENTUM: Rule = Rule::Momentum { beta: 0.5 };

#[test]
fn momentum_adds_half_of_the_step_before() {
    // u = 4, then 6; −2, then −3
    assert_eq!(two_steps(MOMENTUM, 0.0), [point(-1.0, 3.0), point(-4.0, 4.5)]);
}

#[test]
fn momentum_without_memory_is_gradient_descent() {
    assert_eq!(two_steps(Rule::Momentum { beta: 0.0 }, 0.0), [point(-1.0, 3.0), point(-3.0, 4.0)]);
}

#[test]
fn nesterov_looks_one_step_ahead() {
    // g + β·u: 4 + 2, then 4 + 3; −2 − 1, then −2 − 1.5
    let nesterov = Rule::Nesterov { beta: 0.5 };
    assert_eq!(two_steps(nesterov, 0.0), [point(-2.0, 3.5), point(-5.5, 5.25)]);
}

#[test]
fn rms_prop_divides_by_the_root_of_the_mean_square() {
    // β = 0: s = g², so g/(|g| + ε) with ε = |g| of the weight: ½; of the bias −2/(2 + 4)
    let [first, _] = two_steps(Rule::RmsProp { beta: 0.0, epsilon: 4.0 }, 0.0);
    assert_eq!(first, point(1.0 - 0.5 * (4.0 / 8.0), 2.0 - 0.5 * (-2.0 / 6.0)));
    // β = ¾: s = 16/4 = 4, then 3 + 4 = 7
    let [first, second] = two_steps(Rule::RmsProp { beta: 0.75, epsilon: 0.0 }, 0.0);
    assert_eq!(first.w(1)[[0, 0]], 1.0 - 0.5 * (4.0 / 2.0));
    assert_eq!(second.w(1)[[0, 0]], 0.0 - 0.5 * (4.0 / 7.0_f64.sqrt()));
}

#[test]
fn adam_corrects_its_first_steps_for_the_empty_memory() {
    // with equal slopes û = g and ŝ = g² at every step, so each moves by g/(|g| + ε)
    let adam = Rule::Adam { beta1: 0.5, beta2: 0.75, epsilon: 4.0 };
    let of_weight = 0.5 * (4.0 / 8.0);
    let [first, second] = two_steps(adam, 0.0);
    assert_eq!(first.w(1)[[0, 0]], 1.0 - of_weight);
    assert_eq!(second.w(1)[[0, 0]], 1.0 - of_weight - of_weight);
}

#[test]
fn weight_decay_shrinks_weights_and_no_bias() {
    // 1 − ½·½ = ¾ of the weight, apart from the rule
    let [plain, _] = two_steps(MOMENTUM, 0.0);
    let [decayed, _] = two_steps(MOMENTUM, 0.5);
    assert_eq!(decayed, point(plain.w(1)[[0, 0]] - 0.25, plain.b(1)[[0, 0]]));
}

#[test]
fn every_rule_lowers_the_loss_of_xor() {
    let network = Network::new(&[2, 4, 1], Activation::Tanh, Loss::CrossEntropy).expect("network");
    let batch = toy::xor().expect("xor");
    let rules = [
        MOMENTUM,
        Rule::Nesterov { beta: 0.5 },
        Rule::RmsProp { beta: 0.875, epsilon: 0.125 },
        Rule::Adam { beta1: 0.875, beta2: 0.9375, epsilon: 0.125 },
    ];
    for rule in rules {
        let optimiser = Optimiser { rule, rate: 0.125, weight_decay: 0.0 };
        let mut now = network.initialise(Weights::Normal(0.5), 1).expect("a start");
        let mut memory = Memory::empty(&now);
        let loss = |now: &Parameters<f64>| network.mean_loss(now, &batch).expect("a loss");
        let before = loss(&now);
        for _ in 0..500 {
            let gradient = network.evaluate(&now, &batch).expect("a gradient").gradient;
            now = optimiser.step(&now, &gradient, &mut memory).expect("a step");
        }
        assert!(loss(&now) < before / 4.0, "{rule:?}: {} after {before}", loss(&now));
    }
}

#[test]
fn a_division_of_zero_by_zero_is_an_error() {
    let rule = Rule::Adam { beta1: 0.5, beta2: 0.5, epsilon: 0.0 };
    let optimiser = Optimiser { rule, rate: 0.5, weight_decay: 0.0 };
    let start = point(1.0, 2.0);
    let step = optimiser.step(&start, &slopes(1.0, 0.0), &mut Memory::empty(&start));
    assert!(matches!(step, Err(Error::Diverged { step: 1, .. })));
}

#[test]
fn other_shapes_are_refused_with_both_named() {
    let optimiser = Optimiser { rule: MOMENTUM, rate: 0.5, weight_decay: 0.0 };
    let start = point(1.0, 2.0);
    let wide = LayerGradient { dw: array![[1.0, 2.0]], db: array![[0.0]] };
    let refused = |gradient: Gradient<f64>, mut memory: Memory| {
        optimiser.step(&start, &gradient, &mut memory).expect_err("an error").to_string()
    };
    let memory = Memory::empty(&start);
    assert_eq!(
        refused(Gradient { layers: vec![wide] }, memory.clone()),
        "dw1 is 1×2 but w1 is 1×1"
    );
    assert_eq!(
        refused(Gradient { layers: vec![] }, memory),
        "the gradient's list of layers has 0 but the network needs 1"
    );
    let two = Parameters { layers: [start.layers.clone(), start.layers.clone()].concat() };
    let refused_memory = refused(slopes(1.0, 1.0), Memory::empty(&two));
    assert_eq!(refused_memory, "the first memory's list of layers has 2 but the network needs 1");
    let mut other = Memory::empty(&start);
    other.second.layers[0].b = array![[0.0], [0.0]];
    assert_eq!(refused(slopes(1.0, 1.0), other), "b1 in the second memory is 2×1 but b1 is 1×1");
}

#[test]
fn the_last_step_that_can_be_counted_takes_no_longer_than_the_first() {
    let rule = Rule::Adam { beta1: 0.5, beta2: 1.0 - f64::EPSILON, epsilon: 1.0 };
    let optimiser = Optimiser { rule, rate: 0.5, weight_decay: 0.0 };
    let start = point(1.0, 2.0);
    let mut memory = Memory { steps: usize::MAX, ..Memory::empty(&start) };
    optimiser.step(&start, &slopes(1.0, 1.0), &mut memory).expect("a step");
    assert_eq!(memory.steps, usize::MAX);
}

#[test]
fn an_epoch_holds_every_example_once_and_its_own_label() {
    let x = array![[0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0]];
    let batch = Batch::new(x.clone(), &x * 2.0).expect("a batch");
    let orders: Vec<Vec<f64>> = [1, 1, 2]
        .into_iter()
        .map(|seed| {
            let epoch = mini_batches(&batch, 3, seed).expect("an epoch");
            assert_eq!(epoch.iter().map(Batch::m).collect::<Vec<_>>(), [3, 3, 1]);
            assert!(epoch.iter().all(|batch| *batch.y() == batch.x() * 2.0));
            epoch.iter().flat_map(|batch| batch.x().iter().copied().collect::<Vec<_>>()).collect()
        })
        .collect();
    for order in &orders {
        let mut sorted = order.clone();
        sorted.sort_by(f64::total_cmp);
        assert_eq!(sorted, x.iter().copied().collect::<Vec<_>>());
    }
    assert_eq!(orders[0], orders[1], "the same seed gives the same order");
    assert_ne!(orders[0], orders[2], "another seed gives another");
}

#[test]
fn mini_batches_of_size_zero_are_refused() {
    let refused = mini_batches(&toy::xor().expect("xor"), 0, 1).expect_err("an error");
    assert_eq!(refused.to_string(), "the size of a mini-batch is 0 but has to be at least 1");
}

/// Adam's numbers, with decays that are exact when taken from 1.
#[derive(Debug, Clone, Copy)]
struct Adam {
    beta1: f64,
    beta2: f64,
    epsilon: f64,
}

/// What a step of Adam subtracts, for rate 1, and the same of the sizes of all slopes.
struct Direction {
    of_slopes: f64,
    of_sizes: f64,
}

impl Adam {
    /// Algorithm 1 of Kingma & Ba, without memory: the moments are sums over all slopes so far.
    fn direction(self, slopes: &[f64]) -> Direction {
        let Self { beta1, beta2, epsilon } = self;
        let t = slopes.len();
        let moment = |beta: f64, of: &dyn Fn(f64) -> f64| {
            let term = |(i, &slope): (usize, &f64)| {
                libm::pow(beta, (t - 1 - i) as f64) * (1.0 - beta) * of(slope)
            };
            let sum: f64 = slopes.iter().enumerate().map(term).sum();
            sum / (1.0 - libm::pow(beta, t as f64))
        };
        let divisor = moment(beta2, &|slope| slope * slope).sqrt() + epsilon;
        let of_slopes = moment(beta1, &|slope| slope) / divisor;
        Direction { of_slopes, of_sizes: moment(beta1, &f64::abs) / divisor }
    }
}

fn adam() -> impl Strategy<Value = Adam> {
    (2..=10_u32, 2..=1000_u32, -27..=0_i32).prop_map(|(first, second, power)| Adam {
        beta1: 1.0 - 1.0 / f64::from(first),
        beta2: 1.0 - 1.0 / f64::from(second),
        epsilon: libm::ldexp(1.0, power),
    })
}

proptest! {
    #![proptest_config(drawn(24))]

    #[test]
    fn every_step_of_adam_is_that_of_its_paper_however_many_came_before(
        adam in adam(), steps in 1..=400_usize, decay in 0..4_u8, seed: u64,
    ) {
        let Adam { beta1, beta2, epsilon } = adam;
        let rule = Rule::Adam { beta1, beta2, epsilon };
        let (rate, weight_decay) = (0.125, f64::from(decay) / 8.0);
        let optimiser = Optimiser { rule, rate, weight_decay };
        let mut random = ChaCha20Rng::seed_from_u64(seed);
        let mut now = point(1.0, -2.0);
        let (mut memory, mut of_w, mut of_b) = (Memory::empty(&now), vec![], vec![]);
        for t in 1..=steps {
            of_w.push(4.0 * random.random::<f64>() - 1.0);
            of_b.push(random.random::<f64>() - 0.5);
            let gradient = slopes(of_w[t - 1], of_b[t - 1]);
            let after = optimiser.step(&now, &gradient, &mut memory).expect("a step");
            for (before, after, of_all, kept) in [
                (now.w(1), after.w(1), &of_w, 1.0 - rate * weight_decay),
                (now.b(1), after.b(1), &of_b, 1.0),
            ] {
                let Direction { of_slopes, of_sizes } = adam.direction(of_all);
                let (before, found) = (kept * before[[0, 0]], after[[0, 0]]);
                let expected = before - rate * of_slopes;
                let size = before.abs() + rate * of_sizes;
                let allowed = step_of_adam(t, [beta1, beta2]) * size;
                prop_assert!((found - expected).abs() <= allowed, "{found}, {expected} at {t}");
            }
            now = after;
        }
    }
}
