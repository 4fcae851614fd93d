//! The data that claims are run on, and small measurements that several claims share.
//!
//! No claim stands here. Start at [`breast_cancer`] for data, at [`learns`] for a measurement.

use crate::dataset::{Dataset, Header};
use crate::subject::{Descent, Subject};
use crate::{Batch, Network, Parameters, Result};
use ndarray::{Array2, array};
use std::path::Path;
use std::sync::OnceLock;

/// Breast Cancer Wisconsin (Diagnostic), 30 standardised features × 569 examples, malignant = 1.
///
/// Embedded in the library, so that the command judges the same data wherever it is started.
pub(crate) fn breast_cancer() -> Result<&'static Batch<f64>> {
    static DATA: OnceLock<Result<Batch<f64>>> = OnceLock::new();
    let read = || Ok(embedded_breast_cancer()?.standardise()?.batch);
    DATA.get_or_init(read).as_ref().map_err(Clone::clone)
}

fn embedded_breast_cancer() -> Result<Dataset> {
    let text = include_str!("../../data/breast_cancer.csv");
    Dataset::parse(text, Path::new("data/breast_cancer.csv"), "diagnosis", Header::Yes)
}

/// A batch of one output with the given inputs, one row of `x` for each feature.
pub(super) fn points(x: Array2<f64>, labels: &[f64]) -> Result<Batch<f64>> {
    let m = labels.len();
    Batch::new(x, Array2::from_shape_fn((1, m), |(_, j)| labels[j]))
}

/// AND and XOR in the {0, 1} coding, whose inputs do not have mean zero.
pub(crate) fn zero_one_coded(labels: &[f64; 4]) -> Result<Batch<f64>> {
    points(array![[0.0, 0.0, 1.0, 1.0], [0.0, 1.0, 0.0, 1.0]], labels)
}

/// The share of examples whose predictions are all on the right side of ½.
pub(crate) fn accuracy(
    network: &Network,
    parameters: &Parameters<f64>,
    batch: &Batch<f64>,
) -> Result<f64> {
    let forward = network.forward(parameters, batch.x())?;
    let y_hat = forward.a(network.depth());
    let right = |j: &usize| {
        let outputs = y_hat.column(*j).into_iter().zip(batch.y().column(*j));
        outputs.into_iter().all(|(&y_hat, &y)| (y_hat > 0.5) == (y > 0.5))
    };
    Ok((0..batch.m()).filter(right).count() as f64 / batch.m() as f64)
}

/// The end of a training run from a start.
pub(super) fn train(
    subject: &dyn Subject,
    network: &Network,
    start: &Parameters<f64>,
    batch: &Batch<f64>,
    descent: Descent<f64>,
) -> Result<Parameters<f64>> {
    subject.train(network.at(start, batch), descent, &mut |_, _| ())
}

/// The same data with its 30 features as they were measured, most of them far from mean zero.
pub(super) fn raw_breast_cancer() -> Result<&'static Batch<f64>> {
    static DATA: OnceLock<Result<Batch<f64>>> = OnceLock::new();
    let read = || Ok(embedded_breast_cancer()?.batch);
    DATA.get_or_init(read).as_ref().map_err(Clone::clone)
}

/// Whether training gets every example right, looked at every 200 steps.
pub(crate) fn learns(
    subject: &dyn Subject,
    network: &Network,
    start: &Parameters<f64>,
    batch: &Batch<f64>,
    Descent { rate, steps }: Descent<f64>,
) -> Result<bool> {
    let mut now = start.clone();
    for _ in 0..steps / 200 {
        now = train(subject, network, &now, batch, Descent { rate, steps: 200 })?;
        if accuracy(network, &now, batch)? == 1.0 {
            return Ok(true);
        }
    }
    Ok(false)
}
