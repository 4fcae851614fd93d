//! The gradient against extrapolated differences of the subject's own loss.

use super::descent::{trained_places, vague_loss};
use super::judged::{at_a_kink, error_of_form};
use super::{Case, Cases, Config, Outcome, Property, Witness};
use crate::subject::{Subject, require_double_precision};
use init_symmetry_gradient::{
    Block, Check, Coverage, Differentiable, GradientVerdict, LossAndGradient, NetworkLoss,
};
use init_symmetry_network::scalar::Bounded;
use init_symmetry_network::{Network, Parameters, Result, parameters_from};

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
    let cases = config.cases.div_ceil(4);
    let shrink_tries = config.shrink_tries.div_ceil(8);
    let fewer = Config { cases, shrink_tries, ..config.clone() };
    property.run(subject, &fewer, strategy, |case| {
        require_double_precision(subject)?;
        if error_of_form(subject, case.problem())? > VAGUE_LOSS {
            return Err(vague_loss(subject));
        }
        if at_a_kink(case)? {
            return Ok(Witness::Absent);
        }
        let all: Vec<f64> = case.parameters.entries().collect();
        let places = trained_places(&subject.declaration(), &case.parameters);
        let places: Vec<usize> = (0..all.len()).filter(|&place| places[place]).collect();
        let point: Vec<f64> = places.iter().map(|&place| all[place]).collect();
        let function = AsFunction { subject, case, all, places };
        let check = Check { seed: config.seed, coverage: Coverage::Every, ..Check::default() };
        let report = check.differences(&function, &point)?;
        match report.verdict {
            GradientVerdict::Mismatch | GradientVerdict::Invalid => {
                Err(with_biases_as_lists(&report.reason, &case.network).into())
            }
            GradientVerdict::Unchecked => Ok(Witness::Absent),
            GradientVerdict::Pass => {
                Ok(Witness::from(report.blocks.iter().any(|block| block.zero < block.checked)))
            }
        }
    })
}

/// A bias of layer l is named b1\[i\], as elsewhere, and not as a matrix of one column.
fn with_biases_as_lists(reason: &str, network: &Network) -> String {
    let mut reason = reason.to_string();
    for (l, &units) in network.widths().iter().enumerate().skip(1) {
        for i in 0..units {
            reason = reason.replace(&format!("b{l}[{i}, 0]"), &format!("b{l}[{i}]"));
        }
    }
    reason
}

/// A loss that is known no better shows too little of its slope.
const VAGUE_LOSS: f64 = 1.0 / 65_536.0;

/// A subject at a network and a batch, as a function of the parameters that it trains.
struct AsFunction<'a> {
    subject: &'a dyn Subject,
    case: &'a Case,
    /// All parameters, those that are not trained as they stay.
    all: Vec<f64>,
    /// Where those that are trained stand among all.
    places: Vec<usize>,
}

impl Differentiable for AsFunction<'_> {
    fn blocks(&self) -> Vec<Block> {
        let blocks = self.reference().blocks().into_iter();
        if self.places.len() == self.all.len() {
            return blocks.collect();
        }
        blocks.filter(|block| block.name.starts_with('w')).collect()
    }

    fn evaluate(&self, parameters: &[f64]) -> Result<LossAndGradient> {
        let Case { network, batch, .. } = self.case;
        let evaluation = self.subject.evaluate(network.at(&self.whole(parameters)?, batch))?;
        let gradient: Vec<f64> = evaluation.gradient.entries().collect();
        let gradient = self.places.iter().map(|&place| gradient[place]).collect();
        Ok(LossAndGradient { loss: evaluation.loss, gradient })
    }

    fn loss(&self, parameters: &[f64]) -> Result<f64> {
        let Case { network, batch, .. } = self.case;
        self.subject.mean_loss(network.at(&self.whole(parameters)?, batch))
    }

    /// That of the reference, scaled as is declared, and what the form of the loss adds.
    fn rounding_of_loss(&self, parameters: &[f64]) -> Result<f64> {
        let Case { network, batch, .. } = self.case;
        let parameters = self.whole(parameters)?;
        let declaration = self.subject.declaration();
        let (m, n_y) = (batch.m(), batch.y().nrows());
        let all: Vec<f64> = parameters.entries().collect();
        let squares: f64 = parameters.layers.iter().flat_map(|it| &it.w).map(|w| w * w).sum();
        let of_l2 = Bounded::ROUNDING * all.len() as f64 * declaration.lambda(m, n_y) * squares;
        let of_loss = declaration.scale(m, n_y) * self.reference().rounding_of_loss(&all)?;
        let problem = network.at(&parameters, batch);
        Ok(of_loss + of_l2 + error_of_form(self.subject, problem)?)
    }
}

impl AsFunction<'_> {
    fn whole(&self, trained: &[f64]) -> Result<Parameters<f64>> {
        let mut all = self.all.clone();
        for (&place, &number) in self.places.iter().zip(trained) {
            all[place] = number;
        }
        parameters_from(&self.case.network, &all)
    }

    fn reference(&self) -> NetworkLoss<'_> {
        NetworkLoss { network: &self.case.network, batch: &self.case.batch }
    }
}
