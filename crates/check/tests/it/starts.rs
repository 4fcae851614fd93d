//! Starts are judged: right ones of any generator pass, and what is broken is named.

use init_symmetry_check::fault::{Fault, Faulty, cases_that_differ, faults_that_explain};
use init_symmetry_check::property::{
    Config, Outcome, Profile, PropertyVerdict, a_start_draws_each_weight_afresh,
    a_start_follows_its_seed, a_start_has_the_declared_shapes_and_zero_biases,
    a_start_has_the_declared_spread,
};
use init_symmetry_check::subject::{Ability, Networks, Precision, Reference, Subject};
use init_symmetry_network::{
    Error, Evaluation, Layer, Network, Parameters, Problem, Result, Scheme, Start,
    WeightDistribution, Weights,
};
use ndarray::Array2;
use std::cell::Cell;
use strum::VariantArray;

type Check = fn(&dyn Subject, &Config) -> Outcome;

const PROPERTIES: [Check; 4] = [
    a_start_has_the_declared_shapes_and_zero_biases,
    a_start_follows_its_seed,
    a_start_draws_each_weight_afresh,
    a_start_has_the_declared_spread,
];

/// Draws one start of a network.
type Draw = fn(&Network, Weights, u64) -> Result<Parameters<f64>>;

/// A subject that has nothing of its own but a start.
struct Own {
    draw: Draw,
    starts: Vec<Scheme>,
    widths: Option<Vec<usize>>,
    asked: Cell<usize>,
}

impl Own {
    fn new(draw: Draw) -> Self {
        Self { draw, starts: Scheme::VARIANTS.to_vec(), widths: None, asked: Cell::new(0) }
    }
}

impl Subject for Own {
    fn name(&self) -> &str {
        "own"
    }

    fn supports(&self, ability: Ability) -> bool {
        ability == Ability::Initialise
    }

    fn networks(&self) -> Networks {
        Networks { widths: self.widths.clone(), ..Networks::default() }
    }

    fn precision(&self) -> Precision {
        Precision::F32
    }

    fn starts(&self) -> Vec<Scheme> {
        self.starts.clone()
    }

    fn evaluate(&self, problem: Problem<'_, f64>) -> Result<Evaluation<f64>> {
        problem.evaluate()
    }

    fn initialise(&self, network: &Network, start: Start, seed: u64) -> Result<Parameters<f64>> {
        self.asked.set(self.asked.get() + 1);
        (self.draw)(network, start.weights, seed)
    }
}

/// Random numbers of Knuth's linear congruential generator, and normal ones by Box & Muller.
struct Congruential(u64);

impl Congruential {
    fn seeded(seed: u64) -> Self {
        let mut random = Self(seed);
        random.uniform();
        random
    }

    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn symmetric(&mut self) -> f64 {
        2.0 * self.uniform() - 1.0
    }

    fn normal(&mut self) -> f64 {
        let (radius, angle) = (1.0 - self.uniform(), self.uniform());
        (-2.0 * libm::log(radius)).sqrt() * libm::cos(std::f64::consts::TAU * angle)
    }

    fn of(&mut self, distribution: WeightDistribution) -> f64 {
        match distribution {
            WeightDistribution::Constant(constant) => constant,
            WeightDistribution::Normal { standard_deviation } => self.normal() * standard_deviation,
            WeightDistribution::Uniform { bound } => self.symmetric() * bound,
        }
    }
}

/// A start whose weights are drawn one by one, from n_in and n_out.
fn layers(network: &Network, mut draw: impl FnMut(usize, usize) -> f64) -> Parameters<f64> {
    let layers = network.widths().windows(2).map(|pair| Layer {
        w: Array2::from_shape_simple_fn((pair[1], pair[0]), || draw(pair[0], pair[1])),
        b: Array2::zeros((pair[1], 1)),
    });
    Parameters { layers: layers.collect() }
}

fn right(network: &Network, weights: Weights, seed: u64) -> Result<Parameters<f64>> {
    let mut random = Congruential::seeded(seed);
    Ok(layers(network, |n_in, n_out| random.of(weights.distribution(n_in, n_out))))
}

fn right_in_single(network: &Network, weights: Weights, seed: u64) -> Result<Parameters<f64>> {
    Ok(right(network, weights, seed)?.map(|entry| f64::from(entry as f32)))
}

/// An xorshift generator, each layer seeded from the one seed but not with it.
fn right_by_layers(network: &Network, weights: Weights, seed: u64) -> Result<Parameters<f64>> {
    let mut layer_seed = Congruential::seeded(seed);
    let mut start = layers(network, |_, _| 0.0);
    for layer in &mut start.layers {
        let mut state = layer_seed.uniform().to_bits() | 1;
        let (n_out, n_in) = layer.w.dim();
        let distribution = weights.distribution(n_in, n_out);
        let mut uniform = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 11) as f64 / (1_u64 << 53) as f64
        };
        let _warm_up: f64 = (0..64).map(|_| uniform()).sum();
        layer.w.mapv_inplace(|_| match distribution {
            // a sum of twelve is nearly normal, with kurtosis 2.9
            WeightDistribution::Normal { standard_deviation } => {
                ((0..12).map(|_| uniform()).sum::<f64>() - 6.0) * standard_deviation
            }
            WeightDistribution::Uniform { bound } => (2.0 * uniform() - 1.0) * bound,
            WeightDistribution::Constant(constant) => constant,
        });
    }
    Ok(start)
}

fn quick(seed: u64) -> Config {
    Config::new(Profile::Quick, seed)
}

fn passes(subject: &dyn Subject, config: &Config) {
    for property in PROPERTIES {
        let outcome = property(subject, config);
        assert!(outcome.passes(), "{}: {outcome}", subject.name());
    }
}

/// Why a property fails, and the case.
fn failure(outcome: Outcome) -> String {
    match outcome.verdict {
        PropertyVerdict::Fails { reason, case } => format!("{reason}\n{case}"),
        _ => panic!("{outcome}"),
    }
}

#[test]
fn the_reference_passes_at_many_seeds_of_its_cases() {
    for seed in 0..100 {
        passes(&Reference, &quick(seed));
    }
    for seed in 0..10 {
        passes(&Reference, &Config::new(Profile::Ci, 1000 + seed));
    }
    passes(&Reference, &Config { cases: 4096, ..Config::new(Profile::Soak, 1) });
}

#[test]
fn right_starts_of_other_generators_pass() {
    for draw in [right as Draw, right_in_single, right_by_layers] {
        for seed in 0..40 {
            passes(&Own::new(draw), &quick(seed));
        }
    }
}

#[test]
fn right_starts_of_fixed_widths_pass_or_are_too_small_to_judge() {
    for widths in [&[2, 4, 1][..], &[8, 16, 4], &[2, 2], &[1, 1], &[64, 2]] {
        let subject = Own { widths: Some(widths.to_vec()), ..Own::new(right) };
        for seed in 0..40 {
            for property in PROPERTIES {
                let outcome = property(&subject, &quick(seed));
                assert!(outcome.is_acceptable(), "{widths:?}: {outcome}");
            }
        }
        let spread = a_start_has_the_declared_spread(&subject, &quick(1));
        let lacks = "own has no start that is random and large enough to judge".to_string();
        let too_small = PropertyVerdict::DoesNotApply { reason: lacks };
        let expected = if widths == [1, 1] { too_small } else { PropertyVerdict::Passes };
        assert_eq!(spread.verdict, expected, "{widths:?}");
    }
}

#[test]
fn each_fault_of_a_start_is_failed_by_the_property_that_is_meant_for_it() {
    let expected: [(Fault, Check, &str); 8] = [
        (
            Fault::SameSeedInEveryLayer,
            a_start_draws_each_weight_afresh,
            "start normal:0.125: w1 and w2 hold the same draws in the ratio 1 : 1.00",
        ),
        (
            Fault::RandomInitRepeatsOneRow,
            a_start_draws_each_weight_afresh,
            "rows 0 and 1 of w1 are equal in a random start",
        ),
        (
            Fault::StartFromFanOut,
            a_start_has_the_declared_spread,
            "as with fan-out instead of fan-in",
        ),
        (
            Fault::GlorotDividesBeforeItAdds,
            a_start_has_the_declared_spread,
            "as with √(2/n_in + n_out) instead of √(2/(n_in + n_out))",
        ),
        (
            Fault::StartNeverNegative,
            a_start_has_the_declared_spread,
            "is negative, but half of them should be: are they drawn from [0, 1)",
        ),
        (Fault::StartIgnoresItsSeed, a_start_follows_its_seed, "is the seed used?"),
        (
            Fault::HeStartIsZero,
            a_start_has_the_declared_spread,
            "start he: every weight of w1 is 0, but the declared standard deviation is 0.",
        ),
        (
            Fault::StartWithRandomBiases,
            a_start_has_the_declared_shapes_and_zero_biases,
            "the bias of unit 0 in b1 is ",
        ),
    ];
    for (fault, property, sentence) in expected {
        for config in [Config::default(), quick(1), quick(2), quick(3)] {
            let reason = failure(property(&Faulty::with(fault), &config));
            let sentence = sentence.trim_start_matches("start normal:0.125: ");
            assert!(reason.contains(sentence), "{fault}: {reason}\nshould have: {sentence}");
            assert!(reason.contains("\n  network ") && reason.contains("with seeds "), "{reason}");
        }
        let others =
            PROPERTIES.iter().filter(|other| other(&Faulty::with(fault), &quick(1)).passes());
        assert_eq!(others.count(), 3, "{fault} breaks one property and no other");
    }
}

#[test]
fn a_fault_of_a_start_is_told_from_others_whatever_the_generator() {
    let config = quick(1);
    for fault in [
        Fault::SameSeedInEveryLayer,
        Fault::StartFromFanOut,
        Fault::GlorotDividesBeforeItAdds,
        Fault::StartNeverNegative,
        Fault::StartIgnoresItsSeed,
        Fault::HeStartIsZero,
        Fault::StartWithRandomBiases,
    ] {
        assert_eq!(faults_that_explain(&Faulty::with(fault), &config), [fault]);
        assert!(cases_that_differ(&fault, &Config::default()) > 0, "{fault}");
    }
    let fan_out: Draw = |network, weights, seed| match weights.scheme() {
        Scheme::He | Scheme::Xavier => {
            let mut random = Congruential::seeded(seed);
            Ok(layers(network, |n_in, n_out| random.of(weights.distribution(n_out, n_in))))
        }
        _ => right(network, weights, seed),
    };
    assert_eq!(faults_that_explain(&Own::new(fan_out), &config), [Fault::StartFromFanOut]);
    assert_eq!(faults_that_explain(&Own::new(right), &config), []);
    let fewer = Own { starts: vec![Scheme::Normal], ..Own::new(fan_out) };
    assert_eq!(faults_that_explain(&fewer, &config), []);
}

/// The scale of a start out of n_in and n_out, on normal draws.
fn normal(seed: u64, network: &Network, scale: fn(f64, f64) -> f64) -> Parameters<f64> {
    let mut random = Congruential::seeded(seed);
    layers(network, |n_in, n_out| random.normal() * scale(n_in as f64, n_out as f64))
}

/// What is drawn for a scheme that is declared, and what is said of it.
const BROKEN: [(Scheme, Draw, &str); 7] = [
    (
        Scheme::He,
        |network, _, seed| Ok(normal(seed, network, |n, _| (1.0 / n).sqrt())),
        "√2 times too small, as with Xavier instead of He",
    ),
    (
        Scheme::Xavier,
        |network, _, seed| Ok(normal(seed, network, |_, n| (1.0 / n).sqrt())),
        "as with fan-out instead of fan-in",
    ),
    (
        Scheme::Xavier,
        |network, _, seed| Ok(normal(seed, network, |n, _| 1.0 / n)),
        "as with the variance instead of the standard deviation",
    ),
    (
        Scheme::Xavier,
        |network, _, seed| Ok(normal(seed, network, |_, _| 1.0)),
        "as without the division by √(n)",
    ),
    (
        Scheme::Xavier,
        |network, _, seed| {
            let mut random = Congruential::seeded(seed);
            Ok(layers(network, |n_in, _| random.symmetric() / (n_in as f64).sqrt()))
        },
        "√3 times too small, as with U(−s, s) instead of the standard deviation s",
    ),
    (
        Scheme::Glorot,
        |network, _, seed| Ok(normal(seed, network, |n_in, n_out| (2.0 / n_in + n_out).sqrt())),
        "as with √(2/n_in + n_out) instead of √(2/(n_in + n_out))",
    ),
    (
        Scheme::He,
        |network, weights, seed| {
            let mut start = right(network, weights, seed)?;
            start.layers[2].w *= 1.25;
            Ok(start)
        },
        "1.2",
    ),
];

#[test]
fn a_wrong_scale_is_named_where_it_is_a_common_one() {
    for (scheme, draw, sentence) in BROKEN {
        let subject = Own { starts: vec![scheme], ..Own::new(draw) };
        for seed in 0..10 {
            let outcome = a_start_has_the_declared_spread(&subject, &quick(seed));
            let reason = failure(outcome);
            assert!(reason.contains(sentence), "{scheme}: {reason}\nshould have: {sentence}");
        }
    }
}

#[test]
fn a_start_of_another_shape_is_refused() {
    let transposed = Own::new(|network, weights, seed| {
        let mut start = right(network, weights, seed)?;
        start.layers[0].w = start.layers[0].w.t().to_owned();
        Ok(start)
    });
    for property in PROPERTIES {
        let reason = failure(property(&transposed, &quick(1)));
        assert!(reason.contains("w1 is ") && reason.contains("but the network's is "), "{reason}");
    }
}

#[test]
fn a_generator_that_goes_on_where_it_was_does_not_follow_its_seed() {
    struct GoesOn(Cell<u64>);
    impl Subject for GoesOn {
        fn name(&self) -> &str {
            "goes on"
        }
        fn supports(&self, _: Ability) -> bool {
            true
        }
        fn evaluate(&self, problem: Problem<'_, f64>) -> Result<Evaluation<f64>> {
            problem.evaluate()
        }
        fn initialise(&self, network: &Network, start: Start, _: u64) -> Result<Parameters<f64>> {
            network.initialise(start, self.0.replace(self.0.get() + 1))
        }
    }
    let reason = failure(a_start_follows_its_seed(&GoesOn(Cell::new(0)), &quick(1)));
    assert!(reason.contains("gives other numbers again"), "{reason}");
}

#[test]
fn a_scheme_that_a_subject_lacks_is_left_out_and_all_of_them_do_not_apply() {
    let only_he: Draw = |network, weights, seed| match weights {
        Weights::He => right(network, weights, seed),
        _ => Err(Error::Unsupported { subject: "own".into(), what: "other start".into() }),
    };
    passes(&Own::new(only_he), &quick(1));
    for property in PROPERTIES {
        let subject = Own { starts: vec![Scheme::Xavier], ..Own::new(only_he) };
        let verdict = property(&subject, &quick(1)).verdict;
        let reason = "own has no other start".to_string();
        assert_eq!(verdict, PropertyVerdict::DoesNotApply { reason });
    }
}

#[test]
fn a_subject_without_a_start_of_its_own_is_not_judged() {
    struct OnlyGradient;
    impl Subject for OnlyGradient {
        fn name(&self) -> &str {
            "only a gradient"
        }
        fn evaluate(&self, problem: Problem<'_, f64>) -> Result<Evaluation<f64>> {
            problem.evaluate()
        }
    }
    for property in PROPERTIES {
        let reason = "only a gradient has no initialise of its own".to_string();
        let verdict = property(&OnlyGradient, &quick(1)).verdict;
        assert_eq!(verdict, PropertyVerdict::DoesNotApply { reason });
    }
}

#[test]
fn few_starts_are_asked_for() {
    let asked = |starts: &[Scheme], widths: Option<Vec<usize>>, profile| {
        let subject = Own { starts: starts.to_vec(), widths, ..Own::new(right) };
        for property in PROPERTIES {
            property(&subject, &Config::new(profile, 1));
        }
        subject.asked.get()
    };
    assert_eq!(asked(&Scheme::COMMON, None, Profile::Ci), 34);
    assert_eq!(asked(Scheme::VARIANTS, None, Profile::Ci), 84);
    assert_eq!(asked(&Scheme::COMMON, None, Profile::Quick), 34);
    assert_eq!(asked(&Scheme::COMMON, Some(vec![2, 4, 1]), Profile::Ci), 73);
    // nothing random to judge: 17 networks in vain for the shapes and for the spread
    assert_eq!(asked(&[Scheme::Zeros], None, Profile::Ci), 34);
}
