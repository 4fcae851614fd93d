//! The cases that a subject is asked about, and what it answers.
//!
//! Some are sampled as for every property; the others are directed: sizes that differ from each
//! other, one example, many examples, large inputs, many outputs. Start reading at [`ask`].

use crate::property::{Case, Cases, Config, Profile, by_layer, network_of};
use crate::subject::{BiasUse, Networks, Subject};
use init_symmetry_network::{Activation, Batch, Error, Evaluation, Layer, Network, Parameters};
use ndarray::Array2;

/// A case with the right answer and the subject's.
pub(super) struct Sample {
    pub(super) case: Case,
    pub(super) truth: Evaluation<f64>,
    pub(super) answer: Result<Evaluation<f64>, Error>,
}

/// How many sampled cases are asked; the catalogue asks 32 cases ten questions each, and all
/// together should stay below 600.
const SAMPLED: usize = 14;

/// At this size the first loss, which is bounded, saturates; larger inputs are for the last.
const SATURATING: f64 = 4.0;

/// Widths, examples, and the size of the inputs: no two sizes of one case are equal where a factor
/// has to be told from another.
const DIRECTED: [(&[usize], usize, f64); 16] = [
    (&[2, 3, 1], 1, 1.0),
    (&[3, 4, 2], 1, 8.0),
    (&[2, 3, 1], 7, 1.0),
    (&[2, 4, 3], 5, 1.0),
    (&[3, 5, 10], 4, 1.0),
    (&[2, 3, 1], 130, 1.0),
    (&[2, 4, 2], 8, 8.0),
    (&[2, 3, 4, 1], 9, 1.0),
    (&[3, 3, 3, 3], 6, 1.0),
    (&[2, 4, 1], 64, 1.0),
    (&[3, 2], 11, 1.0),
    (&[2, 3, 5, 2], 1, 1.0),
    (&[2, 5, 1], 1, 8.0),
    (&[3, 4, 2], 1, 4.0),
    (&[4, 3], 1, 4.0),
    (&[3, 3, 3], 10, 1.0),
];

/// Asks the subject once about every case that it does not decline.
pub(super) fn ask(subject: &dyn Subject, config: &Config) -> Vec<Sample> {
    let quick = Config::new(Profile::Quick, config.seed);
    let sampled = Cases::default().of(subject).sample(&quick).into_iter().take(SAMPLED);
    let has_biases = subject.declaration().biases != BiasUse::None;
    let ask = |mut case: Case| {
        if !has_biases {
            case.parameters.layers.iter_mut().for_each(|layer| layer.b.fill(0.0));
        }
        let truth = case.problem().evaluate().ok()?;
        match subject.evaluate(case.problem()) {
            Err(Error::Unsupported { .. } | Error::GivenUp { .. }) => None,
            answer => Some(Sample { case, truth, answer }),
        }
    };
    directed(&subject.networks(), config.seed).into_iter().chain(sampled).filter_map(ask).collect()
}

/// The directed cases, among the networks that a subject implements.
fn directed(networks: &Networks, seed: u64) -> Vec<Case> {
    let Networks { hidden, mixed_activations, losses, widths, .. } = networks;
    let network = |widths: &[usize], first: usize, loss| {
        let several = if *mixed_activations { hidden.len() } else { 1 };
        let own = hidden.iter().copied().cycle().skip(first).take(several).collect();
        network_of(widths, &by_layer(own, widths), loss).ok()
    };
    let kinked: Vec<Activation> = hidden.iter().copied().filter(|g| g.has_kink()).collect();
    let mut numbers = Numbers { state: seed.wrapping_mul(2).wrapping_add(1), cases: 0 };
    let mut cases = Vec::new();
    for (number, (own_widths, m, size)) in DIRECTED.into_iter().enumerate() {
        let first = number % hidden.len().max(1);
        let (Some(_), Some(&loss)) = (
            hidden.get(first),
            losses.get(match size {
                _ if size > SATURATING => losses.len().saturating_sub(1),
                _ if size == SATURATING => 0,
                _ => number % losses.len().max(1),
            }),
        ) else {
            continue;
        };
        let widths = widths.as_deref().unwrap_or(own_widths);
        cases.extend(network(widths, first, loss).and_then(|it| numbers.case(it, m, size)));
    }
    for (number, &g) in kinked.iter().enumerate() {
        for m in [1, 5] {
            let own_widths: &[usize] = if m == 1 { &[3, 6, 1] } else { &[2, 7, 3] };
            let widths = widths.as_deref().unwrap_or(own_widths);
            let Some(&loss) = losses.get((number + m) % losses.len().max(1)) else { continue };
            cases
                .extend(Network::new(widths, g, loss).ok().and_then(|it| numbers.case(it, m, 1.0)));
        }
    }
    cases
}

/// A stream of dyadic numbers (Knuth's multiplier): another seed gives other cases.
struct Numbers {
    state: u64,
    /// How many cases were made.
    cases: u32,
}

impl Numbers {
    /// k/64 in \[−2, 2\], never zero.
    fn dyadic(&mut self) -> f64 {
        self.state = self.state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let k = (self.state >> 40) % 256;
        (if k < 128 { k as f64 - 128.0 } else { k as f64 - 127.0 }) / 64.0
    }

    fn matrix(&mut self, rows: usize, columns: usize, size: f64) -> Array2<f64> {
        Array2::from_shape_simple_fn((rows, columns), || size * self.dyadic())
    }

    fn case(&mut self, network: Network, m: usize, size: f64) -> Option<Case> {
        let widths = network.widths().to_vec();
        let layers = widths.windows(2).map(|pair| Layer {
            w: self.matrix(pair[1], pair[0], 1.0),
            b: self.matrix(pair[1], 1, 1.0),
        });
        let parameters = Parameters { layers: layers.collect() };
        let x = self.matrix(widths[0], m, size);
        let mut y = self.matrix(widths[widths.len() - 1], m, 0.25).mapv(|y| y + 0.5);
        // every third label is a class, and both classes are among the cases of one example
        self.cases += 1;
        let classes = (self.cases..).map(|k| f64::from(u8::from(k % 2 == 0)));
        y.iter_mut().step_by(3).zip(classes).for_each(|(y, class)| *y = class);
        let rate = self.dyadic().abs() / 4.0;
        Some(Case { network, parameters, batch: Batch::new(x, y).ok()?, rate })
    }
}
