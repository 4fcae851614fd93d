//! The gradient against extrapolated differences of the subject's own loss.

use super::judged::at_a_kink;
use super::{Case, Cases, Config, Outcome, Property, Witness};
use crate::subject::{Subject, require_double_precision};
use init_symmetry_gradient::{
    Block, Check, Coverage, Differentiable, GradientVerdict, LossAndGradient, NetworkLoss,
};
use init_symmetry_network::{Result, parameters_from};

property! {
    /// A quarter of the configured cases is run. It cannot see what loss and gradient share, such
    /// as a sum where a mean is meant.
    name: gradient_equals_differences_of_its_loss,
    statement: "every entry of the gradient is within the derived tolerance of extrapolated \
                differences of the subject's own loss",
    witness: "a gradient that is not zero, off the kinks",
    check: differences,
}

fn differences(property: &Property, subject: &dyn Subject, config: &Config) -> Outcome {
    let strategy = Cases::default().of(subject).generate();
    // a case asks the subject a thousand times, where others ask once or twice
    let fewer = Config { cases: config.cases.div_ceil(4), ..*config };
    property.run(&fewer, strategy, |case| {
        require_double_precision(subject)?;
        if at_a_kink(case)? {
            return Ok(Witness::Absent);
        }
        let point: Vec<f64> = case.parameters.entries().collect();
        let function = AsFunction { subject, case };
        let check = Check { seed: config.seed, coverage: Coverage::Every, ..Check::default() };
        let report = check.differences(&function, &point)?;
        match report.verdict {
            GradientVerdict::Mismatch | GradientVerdict::Invalid => Err(report.reason.into()),
            GradientVerdict::Unchecked => Ok(Witness::Absent),
            GradientVerdict::Pass => {
                Ok(Witness::from(report.blocks.iter().any(|block| block.zero < block.checked)))
            }
        }
    })
}

/// A subject at a network and a batch, as a function of the flat parameters.
struct AsFunction<'a> {
    subject: &'a dyn Subject,
    case: &'a Case,
}

impl Differentiable for AsFunction<'_> {
    fn blocks(&self) -> Vec<Block> {
        self.reference().blocks()
    }

    fn evaluate(&self, parameters: &[f64]) -> Result<LossAndGradient> {
        let Case { network, batch, .. } = self.case;
        let evaluation =
            self.subject.evaluate(network.at(&parameters_from(network, parameters)?, batch))?;
        let gradient = evaluation.gradient.entries().collect();
        Ok(LossAndGradient { loss: evaluation.loss, gradient })
    }

    fn loss(&self, parameters: &[f64]) -> Result<f64> {
        let Case { network, batch, .. } = self.case;
        self.subject.mean_loss(network.at(&parameters_from(network, parameters)?, batch))
    }

    fn rounding_of_loss(&self, parameters: &[f64]) -> Result<f64> {
        self.reference().rounding_of_loss(parameters)
    }
}

impl AsFunction<'_> {
    fn reference(&self) -> NetworkLoss<'_> {
        NetworkLoss { network: &self.case.network, batch: &self.case.batch }
    }
}
