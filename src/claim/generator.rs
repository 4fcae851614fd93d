//! E. Where the numbers come from: N(0, 1) draws, the scale 0.01, and the printed call.
//!
//! About the numbers that a start draws; nothing is trained. Start at [`CLAIMS`].

use super::Evidence::{Counterexample, Example, Recorded, Statistical};
use super::{Assumption, Claim, Dropped, Finding, Killer, Part, Section, Verdict};
use crate::fault::Fault;
use crate::property::{Config, Profile};
use crate::statistics::{
    LEVEL, anderson_darling, anderson_darling_tail, chi_square_p_value, count_p_value,
    kolmogorov_smirnov, kolmogorov_smirnov_tail, normal_tail,
};
use crate::subject::Subject;
use crate::{Activation, Error, Loss, Network, Parameters, Result, Weights};
use std::collections::HashSet;

const SECTION: Section = Section::Practice;

pub(super) const CLAIMS: &[Claim] = &[
    Claim {
        id: "randn-is-standard-normal",
        section: SECTION,
        headline: "Our start N(0, 1) has the requested shape and passes seven tests of normality.",
        lesson: "randn creates an array of the requested shape, filled with draws from N(0, 1).",
        source: "Key Takeaways 14; second document, the sentence on numpy.random.randn",
        expected: Verdict::Holds,
        min_cases: 10_000,
        parts: &[Part {
            says: "the weights of Weights::Normal(1) have the requested shape and pass the tests \
                   for N(0, 1): Anderson–Darling, Kolmogorov–Smirnov, mean, variance and the \
                   counts beyond 2, 3 and 4; no two rows are equal; the random stream is pinned",
            evidence: &[
                Statistical(
                    "seven tests of one layer's weights, which share the significance level of a \
                     claim",
                    standard_normal,
                ),
                Example("the first three draws of seed 1, bit for bit", pinned_stream),
            ],
        }],
        assumptions: &[Assumption {
            words: "normal draws, not just any draws with mean 0 and variance 1",
            dropped: Dropped::Fails(
                "sums of 3 uniform draws, centred and doubled, are rejected by the counts in the \
                 tails",
                sums_of_uniforms_are_refused,
            ),
        }],
        killed_by: Killer::Fault(Fault::RandomInitRepeatsOneRow),
    },
    Claim {
        id: "initial-weights-are-small-and-biases-zero",
        section: SECTION,
        headline: "From 0.01·N(0, 1), biases are 0, rows of W1 differ and no weight is improbably \
                   large.",
        lesson: "Random weights times 0.01 are small and near 0; the biases are zero.",
        source: "Complete Initialization Example; Implementation Checklist",
        expected: Verdict::Holds,
        min_cases: 100,
        parts: &[Part {
            says: "from N(0, 1)·0.01 every bias is exactly 0, no two rows of W1 are equal, and no \
                   weight is larger than 0.01·z, where z is the bound that any of as many draws \
                   from N(0, 1) exceeds with probability 5e−8",
            evidence: &[Statistical("weights and biases of several sizes and seeds", |s, c| {
                small_weights_and_zero_biases(s, c, 0.01)
            })],
        }],
        assumptions: &[Assumption {
            words: "the factor 0.01",
            dropped: Dropped::Fails("weights from N(0, 1)·1 exceed the same bound", |s, c| {
                let finding = small_weights_and_zero_biases(s, c, 1.0)?;
                let fails = finding.shown != super::Shown::Yes;
                Ok(Finding::new(fails, 1, finding.numbers))
            }),
        }],
        killed_by: Killer::Fault(Fault::RandomInitRepeatsOneRow),
    },
    Claim {
        id: "the-printed-randn-call-runs",
        section: SECTION,
        headline: "np.random.randn((2, 2)) returns a 2 × 2 array.",
        lesson: "W1 = np.random.randn((2,2))*0.01 is printed as code.",
        source: "second document, the code block; the picture of the random start",
        expected: Verdict::Refuted,
        min_cases: 2,
        parts: &[Part {
            says: "np.random.randn((2, 2)) returns a 2 × 2 array",
            evidence: &[Counterexample(&Recorded(
                "the printed calls raise TypeError; randn(2, 2) has shape (2, 2) \
                 (examples/numpy_randn.py)",
                |_, _| recorded_calls(),
            ))],
        }],
        assumptions: &[],
        killed_by: Killer::None(
            "it is about NumPy's function, which no implementation of backpropagation calls",
        ),
    },
];

/// A layer of n draws as the subject starts it, 400 to a row.
fn draws(subject: &dyn Subject, rows: usize, seed: u64) -> Result<Parameters<f64>> {
    let network = Network::new(&[400, rows, 1], Activation::Tanh, Loss::CrossEntropy)?;
    subject.initialise(&network, Weights::Normal(1.0).into(), seed)
}

/// p-values of seven tests of a sample against N(0, 1), each with its name.
fn p_values(sample: &[f64]) -> [(&'static str, f64); 7] {
    let n = sample.len();
    let mean = sample.iter().sum::<f64>() / n as f64;
    let squares = sample.iter().map(|x| x * x).sum();
    let beyond = |z: f64| {
        let count = sample.iter().filter(|x| x.abs() > z).count();
        count_p_value(n as u64, 2.0 * normal_tail(z), count as u64)
    };
    [
        ("Anderson–Darling", anderson_darling_tail(anderson_darling(sample))),
        ("Kolmogorov–Smirnov", kolmogorov_smirnov_tail(n, kolmogorov_smirnov(sample))),
        ("mean", 2.0 * normal_tail((n as f64).sqrt() * mean.abs())),
        ("variance", chi_square_p_value(n, squares)),
        ("beyond 2", beyond(2.0)),
        ("beyond 3", beyond(3.0)),
        ("beyond 4", beyond(4.0)),
    ]
}

/// Whether a sample passes all seven tests at the level of a claim together.
fn judged(sample: &[f64], whence: &str) -> Finding {
    let p_values = p_values(sample);
    let level = LEVEL / p_values.len() as f64;
    let passes = p_values.iter().all(|&(_, p)| p > level);
    let shown: Vec<_> = p_values.iter().map(|(name, p)| format!("{name} {p:.2e}")).collect();
    let numbers =
        format!("n = {}, p: {}; level {level:.1e}, {whence}", sample.len(), shown.join(", "));
    Finding::new(passes, sample.len(), numbers)
}

fn sample_size(config: &Config) -> usize {
    match config.profile {
        Profile::Quick => 100,
        Profile::Ci => 1000,
        Profile::Soak => 5000,
    }
}

fn standard_normal(subject: &dyn Subject, config: &Config) -> Result<Finding> {
    let rows = sample_size(config);
    let start = draws(subject, rows, config.seed)?;
    let sample: Vec<f64> = start.w(1).iter().copied().collect();
    let as_asked = start.w(1).dim() == (rows, 400);
    let whole = as_asked && rows_differ(&start);
    let shape = Finding::new(whole, 1, if whole { "no two rows equal" } else { "rows are equal" });
    Ok(judged(&sample, &format!("seed {}", config.seed)).and(shape))
}

fn rows_differ(start: &Parameters<f64>) -> bool {
    let bits = |row: ndarray::ArrayView1<f64>| row.iter().map(|w| w.to_bits()).collect();
    let rows: HashSet<Vec<u64>> = start.w(1).rows().into_iter().map(bits).collect();
    rows.len() == start.w(1).nrows()
}

/// The first three draws of seed 1: a change of stream would change every number of this suite.
const FIRST_OF_SEED_1: [f64; 3] = [0.3230998759408632, -0.7291044436784668, 0.19103648194410427];

fn pinned_stream(subject: &dyn Subject, _: &Config) -> Result<Finding> {
    let start = draws(subject, 1, 1)?;
    let first: Vec<f64> = start.w(1).iter().copied().take(3).collect();
    Ok(Finding::new(first == FIRST_OF_SEED_1, 1, format!("{first:?}")))
}

fn sums_of_uniforms_are_refused(subject: &dyn Subject, config: &Config) -> Result<Finding> {
    // the upper tail of a normal draw is uniform; 400,000 sums show their thin tails
    let start = draws(subject, 3 * 1000, config.seed)?;
    let uniforms: Vec<f64> = start.w(1).iter().map(|&w| normal_tail(w)).collect();
    let sums: Vec<f64> =
        uniforms.chunks(3).map(|three| 2.0 * (three.iter().sum::<f64>() - 1.5)).collect();
    let finding = judged(&sums, &format!("seed {}", config.seed));
    Ok(Finding::new(finding.shown != super::Shown::Yes, 1, finding.numbers))
}

/// The z beyond which one of n draws of N(0, 1) lies with probability at most a level, either
/// side: found by halving, from 0 to 40.
fn quantile_of_the_largest(n: usize, level: f64) -> f64 {
    let (mut low, mut high) = (0.0, 40.0);
    for _ in 0..60 {
        let middle = (low + high) / 2.0;
        let beyond = 2.0 * n as f64 * normal_tail(middle);
        if beyond > level { low = middle } else { high = middle }
    }
    high
}

fn small_weights_and_zero_biases(
    subject: &dyn Subject,
    config: &Config,
    scale: f64,
) -> Result<Finding> {
    let mut n = 0;
    let mut largest = 0.0_f64;
    let mut zero = true;
    let mut distinct = true;
    for seed in config.seed..config.seed + 20 {
        for widths in [[3, 4, 1], [30, 8, 1], [2, 100, 3]] {
            let network = Network::new(&widths, Activation::Tanh, Loss::CrossEntropy)?;
            let start = subject.initialise(&network, Weights::Normal(scale).into(), seed)?;
            for layer in &start.layers {
                largest = layer.w.iter().fold(largest, |largest, w| largest.max(w.abs()));
                zero &= layer.b.iter().all(|&b| b == 0.0);
                n += layer.w.len();
            }
            distinct &= rows_differ(&start);
        }
    }
    let bound = 0.01 * quantile_of_the_largest(n, LEVEL);
    let numbers = format!(
        "{n} weights, largest {largest:.4}, bound {bound:.4} (level {LEVEL:.0e}), all biases zero: \
         {zero}, rows distinct: {distinct}, seeds from {}",
        config.seed
    );
    let as_stated = largest <= bound && zero && distinct;
    Ok(Finding::new(as_stated, n, numbers).witnessed(largest > 0.0, "a weight that is not zero"))
}

/// What CI's run of examples/numpy_randn.py printed.
#[derive(serde::Deserialize)]
struct Record {
    numpy: String,
    calls: Vec<Call>,
}

/// One call, and what came of it.
#[derive(serde::Deserialize)]
struct Call {
    call: String,
    shape: Option<Vec<usize>>,
    raised: Option<String>,
}

fn recorded_calls() -> Result<Finding> {
    let text = include_str!("../../examples/numpy_randn.json");
    let record: Record = serde_json::from_str(text).map_err(|error| Error::File {
        path: "examples/numpy_randn.json".into(),
        why: error.to_string(),
    })?;
    let raises = |call: &str| {
        let of = |recorded: &&Call| recorded.call == call;
        let recorded = record.calls.iter().find(of);
        recorded.is_some_and(|recorded| recorded.raised.as_deref() == Some("TypeError"))
    };
    let returns = |call: &str, shape: &[usize]| {
        let of = |recorded: &&Call| recorded.call == call;
        record
            .calls
            .iter()
            .find(of)
            .is_some_and(|recorded| recorded.shape.as_deref() == Some(shape))
    };
    let as_stated = raises("np.random.randn((2, 2))")
        && raises("np.random.randn((1, 2))")
        && returns("np.random.randn(2, 2)", &[2, 2]);
    let numbers = format!("NumPy {}: TypeError for a tuple, (2, 2) for two numbers", record.numpy);
    Ok(Finding::new(as_stated, 2, numbers))
}
