//! Planted errors: a catalogue of faulty subjects, which properties each fails, and the way back
//! from a wrong gradient to the fault that explains it.
//!
//! What must hold is in [`property`](crate::property), which knows of no fault. Start reading at
//! [`Fault`], then `backprop.rs`.

mod backprop;
mod catalogue;
mod cause;
mod diagnosis;
mod faulty;
mod matrix;
mod report;

pub use catalogue::{Fault, FaultKind};
pub use cause::{Cause, likely_causes};
pub use diagnosis::{
    cases_that_differ, faults_that_explain, faults_that_explain_every_gradient,
    faults_that_explain_gradient,
};
pub use faulty::Faulty;
pub use matrix::{Cell, DECLARED, KillMatrix, Row};
pub(crate) use report::OfAnswers;
pub use report::SubjectReport;

use crate::subject::Subject;

/// A planted error: one of the catalogue, or one's own.
///
/// ```
/// use init_symmetry_check::fault::{KillMatrix, Planted};
/// use init_symmetry_check::property::{ALL, Config, Profile};
/// use init_symmetry_check::subject::Subject;
/// use init_symmetry_network::{Evaluation, Problem, Result};
///
/// struct LossOffByOne;
///
/// impl Planted for LossOffByOne {
///     fn name(&self) -> &str {
///         "loss-off-by-one"
///     }
///     fn description(&self) -> &str {
///         "The loss is one too high."
///     }
///     fn where_to_look(&self) -> &str {
///         "a constant in the loss"
///     }
///     fn subject(&self) -> Box<dyn Subject> {
///         Box::new(LossOffByOne)
///     }
/// }
///
/// impl Subject for LossOffByOne {
///     fn name(&self) -> &str {
///         "loss-off-by-one"
///     }
///     fn evaluate(&self, problem: Problem<'_, f64>) -> Result<Evaluation<f64>> {
///         let Evaluation { loss, gradient } = problem.evaluate()?;
///         Ok(Evaluation { loss: loss + 1.0, gradient })
///     }
/// }
///
/// let matrix = KillMatrix::run(ALL, &[&LossOffByOne], &Config::new(Profile::Quick, 1));
/// let killers: Vec<_> = matrix.killers("loss-off-by-one").collect();
/// assert_eq!(killers[..2], ["gradient-equals-the-specification", "extreme-logits-stay-finite"]);
/// ```
pub trait Planted: Sync {
    /// Its name in kebab-case.
    fn name(&self) -> &str;

    /// What it does, a sentence.
    fn description(&self) -> &str;

    /// Where to look for it in a program.
    fn where_to_look(&self) -> &str;

    /// A new subject that has it.
    fn subject(&self) -> Box<dyn Subject>;

    /// Where it sits, if that is known.
    fn kind(&self) -> Option<FaultKind> {
        None
    }

    /// A public report of the error or a close relative, where one is known.
    fn public_report(&self) -> Option<&str> {
        None
    }
}
