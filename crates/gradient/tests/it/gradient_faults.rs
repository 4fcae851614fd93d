//! Hand-made wrong backpropagations: every one that changes the gradient is caught, exactly.

#![allow(clippy::unwrap_used, reason = "helpers of tests state their expectation by panicking")]

use init_symmetry_gradient::{
    Block, Check, Differentiable, Expression, ExpressionWithGradient, GradientVerdict,
    LossAndGradient, LossAndGradientIn, Meaning, NetworkLoss, Pattern, identity_test,
};
use init_symmetry_network::{
    Activation, Batch, Loss, Network, Parameters, Result, Scalar, Trainable, Weights,
    parameters_from,
};
use ndarray::{Array2, Axis, Zip};
use strum::{EnumIter, IntoEnumIterator, VariantArray};

#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumIter)]
enum Fault {
    None,
    MeanMissingInW,
    MeanMissingInB,
    MeanTwice,
    SumForMean,
    SlopeMissing,
    SlopeAtActivation,
    SlopeOfAnotherLayer,
    WeightsNotTransposed,
    GradientTransposed,
    BiasDropped,
    BiasFromFirstExample,
    BiasSummedOverEverything,
    OutputSign,
    HiddenSign,
    InputsAreZ,
    InputsAreOwnActivations,
    ExtraSlopeAtOutput,
    FirstLayerNeverComputed,
    LastWeightsEverywhere,
    RowsRotated,
    DividedByWidth,
    OneDeltaZeroed,
    LastExampleIgnored,
}

/// A second backpropagation, with one fault; `None` is right.
struct Faulty<'a> {
    network: &'a Network,
    batch: &'a Batch<f64>,
    fault: Fault,
}

impl Faulty<'_> {
    fn right(&self) -> NetworkLoss<'_> {
        NetworkLoss { network: self.network, batch: self.batch }
    }

    fn backward<S: Trainable>(&self, parameters: &Parameters<S>, batch: &Batch<S>) -> Vec<S> {
        let Self { network, fault, .. } = *self;
        let depth = network.depth();
        let (x, y) = (batch.x(), batch.y());
        let forward = network.forward(parameters, x).unwrap();
        let one_example = fault == Fault::LastExampleIgnored && batch.m() > 1;
        let m = S::of(batch.m() - usize::from(one_example));
        let mut dz = network.loss.dz(forward.z(depth), y);
        if fault == Fault::ExtraSlopeAtOutput {
            dz.zip_mut_with(forward.a(depth), |dz, &a| *dz = *dz * a * (S::one() - a));
        }
        if fault == Fault::OutputSign {
            dz.mapv_inplace(|dz| S::zero() - dz);
        }
        if fault == Fault::LastExampleIgnored {
            dz.column_mut(batch.m() - 1).fill(S::zero());
        }
        let mut blocks = Vec::new();
        for l in (1..=depth).rev() {
            let below = if l == 1 { x } else { forward.a(l - 1) };
            let equal = parameters.w(l).nrows() == parameters.w(l).ncols();
            let below = match fault {
                Fault::InputsAreZ if l > 1 => forward.z(l - 1),
                Fault::InputsAreOwnActivations if equal => forward.a(l),
                _ => below,
            };
            blocks.push(self.db(&dz, m, l));
            blocks.push(self.dw(&dz, below, m, l));
            if l > 1 {
                let w = match fault {
                    Fault::LastWeightsEverywhere
                        if parameters.w(depth).dim() == parameters.w(l).dim() =>
                    {
                        parameters.w(depth)
                    }
                    _ => parameters.w(l),
                };
                let da = if fault == Fault::WeightsNotTransposed && equal {
                    w.dot(&dz)
                } else {
                    w.t().dot(&dz)
                };
                let g = network.activation(l - 1);
                let (z, a) = (forward.z(l - 1), forward.a(l - 1));
                let (z, a) = match fault {
                    Fault::SlopeOfAnotherLayer if forward.z(l).dim() == z.dim() && l < depth => {
                        (forward.z(l), forward.a(l))
                    }
                    _ => (z, a),
                };
                dz = Zip::from(&da).and(z).and(a).map_collect(|&da, &z, &a| match fault {
                    Fault::SlopeMissing => da,
                    Fault::SlopeAtActivation => da * g.slope(a, g.value(a)),
                    Fault::HiddenSign => S::zero() - da * g.slope(z, a),
                    _ => da * g.slope(z, a),
                });
                if fault == Fault::OneDeltaZeroed {
                    dz[[0, 0]] = S::zero();
                }
            }
        }
        blocks.iter().rev().flat_map(|block| block.iter().copied().collect::<Vec<_>>()).collect()
    }

    fn dw<S: Scalar>(&self, dz: &Array2<S>, below: &Array2<S>, m: S, l: usize) -> Array2<S> {
        let sum = dz.dot(&below.t());
        let dw = sum.mapv(|sum| match self.fault {
            Fault::MeanMissingInW | Fault::SumForMean => sum,
            Fault::MeanTwice => sum / m / m,
            _ => sum / m,
        });
        match self.fault {
            Fault::GradientTransposed if dw.nrows() == dw.ncols() => dw.t().to_owned(),
            Fault::FirstLayerNeverComputed if l == 1 => Array2::zeros(dw.dim()),
            Fault::DividedByWidth if l == 1 => {
                let width = S::of(dw.nrows());
                dw.mapv(|dw| dw / width)
            }
            Fault::RowsRotated if l == 1 => {
                Array2::from_shape_fn(dw.dim(), |(i, k)| dw[[(i + 1) % dw.nrows(), k]])
            }
            _ => dw,
        }
    }

    fn db<S: Scalar>(&self, dz: &Array2<S>, m: S, l: usize) -> Array2<S> {
        let sum = dz.sum_axis(Axis(1)).insert_axis(Axis(1));
        match self.fault {
            Fault::MeanMissingInB | Fault::SumForMean => sum,
            Fault::MeanTwice => sum.mapv(|sum| sum / m / m),
            Fault::BiasDropped => Array2::zeros(sum.dim()),
            Fault::BiasFromFirstExample => dz.column(0).to_owned().insert_axis(Axis(1)),
            Fault::BiasSummedOverEverything => Array2::from_elem(sum.dim(), sum.sum() / m),
            Fault::FirstLayerNeverComputed if l == 1 => Array2::zeros(sum.dim()),
            _ => sum.mapv(|sum| sum / m),
        }
    }

    fn loss_as_claimed<S: Trainable>(&self, loss: S, parameters: &[S], batch: &Batch<S>) -> S {
        let m = batch.m();
        match self.fault {
            Fault::SumForMean => loss * S::of(m),
            Fault::LastExampleIgnored if m > 1 => {
                let keep = |all: &Array2<S>| all.select(Axis(1), &(0..m - 1).collect::<Vec<_>>());
                let rest = Batch::new(keep(batch.x()), keep(batch.y())).unwrap();
                let parameters = parameters_from(self.network, parameters).unwrap();
                self.network.mean_loss(&parameters, &rest).unwrap()
            }
            _ => loss,
        }
    }
}

impl Differentiable for Faulty<'_> {
    fn blocks(&self) -> Vec<Block> {
        self.right().blocks()
    }

    fn evaluate(&self, parameters: &[f64]) -> Result<LossAndGradient> {
        let LossAndGradientIn { loss, gradient } =
            self.evaluate_in(parameters, &self.constants())?;
        Ok(LossAndGradient { loss, gradient })
    }
}

impl Expression for Faulty<'_> {
    fn constants(&self) -> Vec<f64> {
        self.right().constants()
    }

    fn value<S: Scalar>(&self, parameters: &[S], constants: &[S]) -> Result<S> {
        self.right().value(parameters, constants)
    }
}

impl ExpressionWithGradient for Faulty<'_> {
    fn evaluate_in<S: Trainable>(
        &self,
        parameters: &[S],
        constants: &[S],
    ) -> Result<LossAndGradientIn<S>> {
        let (x, y) = constants.split_at(self.batch.x().len());
        let matrix = |extent, entries: &[S]| Array2::from_shape_vec(extent, entries.to_vec());
        let x = matrix(self.batch.x().dim(), x).unwrap();
        let batch = Batch::new(x, matrix(self.batch.y().dim(), y).unwrap())?;
        let shaped = parameters_from(self.network, parameters)?;
        let loss = self.network.mean_loss(&shaped, &batch)?;
        let loss = self.loss_as_claimed(loss, parameters, &batch);
        Ok(LossAndGradientIn { loss, gradient: self.backward(&shaped, &batch) })
    }

    fn degree(&self) -> usize {
        self.right().degree()
    }
}

const SHAPES: [&[usize]; 4] = [&[2, 1], &[3, 4, 2], &[4, 4, 4, 1], &[3, 3, 3, 3, 3]];

fn batch_for(widths: &[usize], seed: usize) -> Batch<f64> {
    let entry = |i: usize, j: usize| ((i * 37 + j * 23 + seed * 11) % 64) as f64 / 32.0 - 1.0;
    let x = Array2::from_shape_fn((widths[0], 5), |(i, j)| entry(i, j));
    let y = Array2::from_shape_fn((widths[widths.len() - 1], 5), |(i, j)| ((i + j) % 2) as f64);
    Batch::new(x, y).unwrap()
}

fn for_every_network(mut look: impl FnMut(&Network, &Batch<f64>)) {
    for widths in SHAPES {
        for (place, &hidden) in Activation::VARIANTS.iter().enumerate() {
            for loss in Loss::of_outputs(widths[widths.len() - 1]) {
                let network = Network::new(widths, hidden, loss).unwrap();
                look(&network, &batch_for(widths, 1));
                let hidden_layers = widths.len() - 2;
                if hidden_layers > 1 {
                    let own = Activation::VARIANTS.iter().copied().cycle().skip(place);
                    let own: Vec<_> = own.take(hidden_layers).collect();
                    let mixed = Network::with_activations(widths, &own, loss).unwrap();
                    look(&mixed, &batch_for(widths, 1));
                }
            }
        }
    }
}

fn has_kink(network: &Network) -> bool {
    network.activations().iter().any(|g| g.has_kink())
}

fn start(network: &Network, seed: u64) -> Vec<f64> {
    use init_symmetry_network::{Biases, Start};
    let start = Start { weights: Weights::Normal(0.75), biases: Biases::Normal(0.5) };
    network.initialise(start, seed).unwrap().entries().collect()
}

fn changes_something(faulty: &Faulty<'_>, parameters: &[f64]) -> bool {
    let right = Faulty { fault: Fault::None, ..*faulty };
    faulty.evaluate(parameters).unwrap() != right.evaluate(parameters).unwrap()
}

#[test]
fn every_fault_that_changes_the_gradient_is_caught_exactly_and_nothing_else_is() {
    for fault in Fault::iter() {
        let mut applied = 0;
        for_every_network(|network, batch| {
            let faulty = Faulty { network, batch, fault };
            let parameters = start(network, 3);
            let applies = changes_something(&faulty, &parameters);
            let report = Check::default().network(network, batch, &faulty, &parameters).unwrap();
            let expected = if applies { GradientVerdict::Mismatch } else { GradientVerdict::Pass };
            assert_eq!(report.verdict, expected, "{fault:?} in {network:?}\n{report}");
            applied += usize::from(applies);
        });
        assert_eq!(applied > 0, fault != Fault::None, "{fault:?} never applied");
    }
}

#[test]
fn every_fault_that_changes_a_formula_is_caught_over_the_field_and_nothing_else_is() {
    for fault in Fault::iter() {
        for_every_network(|network, batch| {
            let faulty = Faulty { network, batch, fault };
            // A fault that changes nothing in floats at one point may still change the formula.
            // The field does not know that z/100 has the sign of z.
            let unknown_sign = fault == Fault::SlopeAtActivation
                && network.activations().contains(&Activation::LeakyRelu);
            let applies = unknown_sign || changes_something(&faulty, &start(network, 3));
            let keys = if has_kink(network) { 64 } else { 2 };
            let report = identity_test(&faulty, keys, 1).unwrap();
            assert_eq!(report.passed(), !applies, "{fault:?} in {network:?}: {report}");
        });
    }
}

#[test]
fn the_dense_exact_check_and_the_sparse_one_find_the_same_derivatives() {
    for_every_network(|network, batch| {
        let parameters = start(network, 5);
        let subject = NetworkLoss { network, batch };
        let dense = Check::default().exact(&subject, &subject, &parameters).unwrap();
        let sparse = Check::default().network(network, batch, &subject, &parameters).unwrap();
        assert_eq!((dense.verdict, sparse.verdict), (GradientVerdict::Pass, GradientVerdict::Pass));
        for (dense, sparse) in dense.blocks.iter().zip(&sparse.blocks) {
            assert_eq!((dense.checked, dense.zero), (sparse.checked, sparse.zero));
            assert!(dense.checked > dense.zero, "{network:?}: nothing to see in {dense:?}");
        }
    });
}

#[test]
fn differences_see_the_faults_that_loss_and_gradient_do_not_share() {
    let network = Network::new(&[3, 4, 2], Activation::Tanh, Loss::CrossEntropy).unwrap();
    let batch = batch_for(network.widths(), 1);
    let parameters = start(&network, 3);
    let shared = [Fault::None, Fault::SumForMean, Fault::LastExampleIgnored];
    let mut caught = 0;
    for fault in Fault::iter() {
        let faulty = Faulty { network: &network, batch: &batch, fault };
        if !changes_something(&faulty, &parameters) && fault != Fault::None {
            continue;
        }
        let report = Check::default().differences(&faulty, &parameters).unwrap();
        let expected =
            if shared.contains(&fault) { GradientVerdict::Pass } else { GradientVerdict::Mismatch };
        assert_eq!(report.verdict, expected, "{fault:?}\n{report}");
        caught += usize::from(expected == GradientVerdict::Mismatch);
    }
    assert!(caught >= 15, "only {caught} faults applied");
}

#[test]
fn every_method_takes_the_slope_of_each_layers_own_activation() {
    let own = [Activation::Tanh, Activation::Silu, Activation::Sigmoid];
    let widths = [2, 3, 3, 2, 1];
    let network = Network::with_activations(&widths, &own, Loss::CrossEntropy).unwrap();
    let batch = batch_for(&widths, 1);
    let parameters = start(&network, 3);
    let right = NetworkLoss { network: &network, batch: &batch };
    let wrong = Faulty { network: &network, batch: &batch, fault: Fault::SlopeAtActivation };
    let check = Check::default();
    let verdicts = |subject: &dyn Differentiable| {
        let reports = [
            check.exact(&right, subject, &parameters),
            check.network(&network, &batch, subject, &parameters),
            check.network_by_differences(&network, &batch, subject, &parameters),
            check.differences(subject, &parameters),
        ];
        reports.map(|report| report.unwrap().verdict)
    };
    assert_eq!(verdicts(&right), [GradientVerdict::Pass; 4]);
    assert_eq!(verdicts(&wrong), [GradientVerdict::Mismatch; 4]);
}

#[test]
fn a_sum_for_the_mean_passes_differences_of_its_own_loss_and_is_named_by_the_exact_check() {
    let network = Network::new(&[3, 4, 2], Activation::Tanh, Loss::CrossEntropy).unwrap();
    let batch = batch_for(network.widths(), 1);
    let parameters = start(&network, 3);
    let sum = Faulty { network: &network, batch: &batch, fault: Fault::SumForMean };
    assert!(Check::default().differences(&sum, &parameters).unwrap().passed());
    let report = Check::default().network(&network, &batch, &sum, &parameters).unwrap();
    assert_eq!(report.agreement.meaning, Meaning::AnotherLoss);
    assert_eq!(report.diagnosis[0].pattern, Pattern::Multiple(5.0));
    assert!(report.diagnosis[0].sentence.contains("1/m is missing"), "{report}");
}

#[test]
fn at_zero_init_almost_nothing_can_be_seen_and_the_report_says_so() {
    let network = Network::new(&[3, 4, 1], Activation::Tanh, Loss::CrossEntropy).unwrap();
    let batch = batch_for(network.widths(), 1);
    let (zeros, random) = (vec![0.0; 21], start(&network, 3));
    let mut unseen = 0;
    for fault in Fault::iter().filter(|&fault| fault != Fault::None) {
        let faulty = Faulty { network: &network, batch: &batch, fault };
        let check = Check::default();
        let there = check.network(&network, &batch, &faulty, &random).unwrap();
        let here = check.network(&network, &batch, &faulty, &zeros).unwrap();
        unseen += usize::from(there.verdict == GradientVerdict::Mismatch && here.passed());
        let zero: usize = here.blocks.iter().map(|block| block.zero).sum();
        assert_eq!(zero, 20);
        assert!(here.to_string().contains("20 of 21 derivatives are exactly zero"), "{here}");
        let nowhere = [Fault::BiasDropped, Fault::FirstLayerNeverComputed];
        assert_eq!(here.zero_elsewhere == Some(0), !nowhere.contains(&fault), "{fault:?} {here}");
    }
    assert!(unseen >= 8, "only {unseen} faults hid at zero");
}

#[test]
fn the_diagnosis_names_the_fault_where_it_fits() {
    let named = [
        (Fault::MeanMissingInB, "b1", Pattern::Multiple(5.0)),
        (Fault::MeanTwice, "all blocks", Pattern::Multiple(0.2)),
        (Fault::OutputSign, "all blocks", Pattern::Multiple(-1.0)),
        (Fault::HiddenSign, "w2", Pattern::Multiple(-1.0)),
        (Fault::BiasDropped, "b2", Pattern::Dropped),
        (Fault::GradientTransposed, "w2", Pattern::Transposed),
        (Fault::RowsRotated, "w1", Pattern::RowsRotated(1)),
        (Fault::DividedByWidth, "w1", Pattern::Multiple(0.25)),
        (Fault::BiasSummedOverEverything, "b1", Pattern::Broadcast),
        (Fault::SlopeMissing, "w1", Pattern::SlopeMissing),
        (Fault::SlopeAtActivation, "w1", Pattern::SlopeAtActivation),
    ];
    let network = Network::new(&[4, 4, 4, 1], Activation::Tanh, Loss::CrossEntropy).unwrap();
    let batch = batch_for(network.widths(), 1);
    let parameters = start(&network, 3);
    for (fault, block, pattern) in named {
        let faulty = Faulty { network: &network, batch: &batch, fault };
        let report = Check::default().network(&network, &batch, &faulty, &parameters).unwrap();
        let found = report.diagnosis.iter().find(|finding| finding.block == block);
        assert_eq!(found.map(|found| found.pattern), Some(pattern), "{fault:?}\n{report}");
    }
}

#[test]
fn the_report_says_at_which_layer_an_error_enters() {
    let network = Network::new(&[4, 4, 4, 1], Activation::Tanh, Loss::CrossEntropy).unwrap();
    let batch = batch_for(network.widths(), 1);
    let faulty = Faulty { network: &network, batch: &batch, fault: Fault::SlopeMissing };
    let parameters = start(&network, 3);
    let report = Check::default().network(&network, &batch, &faulty, &parameters).unwrap();
    let enters = report.diagnosis.iter().find(|f| f.pattern == Pattern::EntersHere);
    assert_eq!(enters.map(|finding| finding.block.as_str()), Some("b2"), "{report}");
    assert_eq!(report.agreement.meaning, Meaning::GradientWrong);
}

#[test]
fn every_small_network_has_the_exact_gradient_over_the_field() {
    let mut checked = 0;
    let widths_of = |depth: usize, code: usize| -> Vec<usize> {
        (0..=depth).map(|layer| code / 3_usize.pow(layer as u32) % 3 + 1).collect()
    };
    for depth in 1..=4 {
        for code in 0..3_usize.pow(depth as u32 + 1) {
            for &hidden in Activation::VARIANTS {
                let widths = widths_of(depth, code);
                for loss in Loss::of_outputs(widths[depth]) {
                    let network = Network::new(&widths, hidden, loss).unwrap();
                    let m = code % 3 + 1;
                    let zeros = |rows| Array2::zeros((rows, m));
                    let batch = Batch::new(zeros(widths[0]), zeros(widths[depth])).unwrap();
                    let subject = NetworkLoss { network: &network, batch: &batch };
                    // A ReLU network of width 1 is inactive under most keys: many are drawn, and
                    // what was wrong under none of them is wrong in no pattern that was seen.
                    let keys = if hidden.has_kink() { 64 } else { 2 };
                    let report = identity_test(&subject, keys, code as u64).unwrap();
                    assert!(report.wrong.is_empty() && report.loss_agrees, "{network:?} {report}");
                    let seen = hidden.has_kink() || report.vacuous.is_empty();
                    assert!(seen, "{network:?} {report}");
                    checked += 1;
                }
            }
        }
    }
    let losses = |outputs| Loss::of_outputs(outputs).count();
    let of_all_widths = losses(1) + losses(2) + losses(3);
    assert_eq!(checked, (3 + 9 + 27 + 81) * of_all_widths * Activation::VARIANTS.len());
}

#[test]
fn an_update_of_w2_before_it_is_used_passes_every_check_of_the_gradient() {
    let network = Network::new(&[3, 4, 1], Activation::Tanh, Loss::CrossEntropy).unwrap();
    let batch = batch_for(network.widths(), 1);
    let flat = start(&network, 3);
    let start = parameters_from(&network, &flat).unwrap();
    let right = network.step(&start, &batch, 0.5).unwrap();
    // The wrong trainer: w2 and b2 first, then dW1 from the new w2.
    let mut halfway = start.clone();
    halfway.layers[1] = right.layers[1].clone();
    let mut wrong = network.step(&halfway, &batch, 0.5).unwrap();
    wrong.layers[1] = right.layers[1].clone();
    assert_ne!(wrong.w(1), right.w(1), "the fault changes nothing here");
    // Its backward function is the right one, so no check of backward alone can tell.
    let backward = NetworkLoss { network: &network, batch: &batch };
    assert!(Check::default().network(&network, &batch, &backward, &flat).unwrap().passed());
    assert!(Check::default().differences(&backward, &flat).unwrap().passed());
    assert!(identity_test(&backward, 2, 1).unwrap().passed());
}
