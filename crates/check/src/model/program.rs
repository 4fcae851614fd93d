//! Another program as a model: requests and answers in JSON, one line each (docs/PROTOCOL.md,
//! version 2).
//!
//! How it is started, asked and ended is the same as for networks (`subject/partner.rs`). Start
//! reading at [`ModelProgram::start`].

use super::description::ModelHello;
use super::{Model, ModelAbility, ModelDeclaration, ModelDescription};
use crate::subject::answer::{Answer, LossAlone};
use crate::subject::number::Number;
use crate::subject::partner::Partner;
use crate::subject::question::Limit;
use crate::subject::{Invocation, Precision};
use init_symmetry_gradient::LossAndGradient;
use init_symmetry_network::symmetry::{TensorShape, UnitGroup};
use init_symmetry_network::{Error, Result};
use serde::{Deserialize, Serialize, Serializer};

/// Another program that speaks version 2 of docs/PROTOCOL.md.
///
/// ```
/// use init_symmetry_check::model::ModelProgram;
/// use init_symmetry_check::subject::Invocation;
/// let error = ModelProgram::start(&Invocation::new("true", &[])).unwrap_err();
/// assert_eq!(error.to_string(), "true, at the request 'hello', ended (exit status: 0)");
/// ```
#[derive(Debug)]
pub struct ModelProgram {
    partner: Partner,
    description: ModelDescription,
}

#[derive(Serialize)]
#[serde(tag = "request", rename_all = "kebab-case")]
enum Request<'a> {
    Evaluate {
        parameters: Numbers<'a>,
        batch: u64,
        #[serde(skip_serializing_if = "Option::is_none")]
        example: Option<usize>,
    },
    Loss {
        parameters: Numbers<'a>,
        batch: u64,
    },
    Start {
        seed: u64,
    },
    Step {
        parameters: Numbers<'a>,
        batch: u64,
        rate: Number,
    },
    Train {
        parameters: Numbers<'a>,
        batches: &'a [u64],
        rate: Number,
    },
}

/// A list of numbers, written one after the other without a copy.
struct Numbers<'a>(&'a [f64]);

impl Serialize for Numbers<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().copied().map(Number))
    }
}

#[derive(Deserialize)]
struct LossAndSlopes {
    loss: Number,
    gradient: Vec<Number>,
}

#[derive(Deserialize)]
struct Parameters {
    parameters: Vec<Number>,
}

#[derive(Deserialize)]
struct Iterations {
    iterations: Vec<Vec<Number>>,
}

fn numbers(list: Vec<Number>) -> Vec<f64> {
    list.into_iter().map(|Number(number)| number).collect()
}

impl ModelProgram {
    /// Starts a program and asks what it is.
    ///
    /// # Errors
    /// A program that cannot be started or spoken to, tensors and groups that do not fit.
    pub fn start(invocation: &Invocation) -> Result<Self> {
        let (partner, answer) = Partner::start(invocation)?;
        Self::of(partner, &answer)
    }

    /// The program that has answered so.
    pub(crate) fn of(mut partner: Partner, answer: &Answer) -> Result<Self> {
        let hello: ModelHello = partner.hello(answer, 2)?;
        let description = ModelDescription::of(hello).map_err(|error| partner.bad_hello(error))?;
        if let Some(name) = &description.name {
            partner.call(name);
        }
        Ok(Self { partner, description })
    }

    /// Why it is no longer asked, if that is so.
    pub fn failure(&self) -> Option<Error> {
        self.partner.failure()
    }

    /// How many parameters it has.
    pub fn parameters(&self) -> usize {
        self.description.parameters()
    }

    /// Asks, and reads the answer, which looks like `expected`.
    fn answer<T: for<'a> Deserialize<'a>>(
        &self,
        name: &str,
        request: &Request<'_>,
        numbers: usize,
        expected: &str,
    ) -> Result<T> {
        let answer = self.partner.ask(name, request, Limit::of(numbers))?;
        answer.fields(expected).map_err(|why| self.partner.bad_answer(name, request, why))
    }

    fn evaluated(
        &self,
        parameters: &[f64],
        batch: u64,
        example: Option<usize>,
    ) -> Result<LossAndGradient> {
        let request = Request::Evaluate { parameters: Numbers(parameters), batch, example };
        let due = self.parameters().saturating_add(1);
        let expected = "{\"loss\": …, \"gradient\": […]}";
        let LossAndSlopes { loss, gradient } = self.answer("evaluate", &request, due, expected)?;
        Ok(LossAndGradient { loss: loss.0, gradient: numbers(gradient) })
    }

    fn moved(&self, name: &str, request: &Request<'_>) -> Result<Vec<f64>> {
        let answer = self.answer(name, request, self.parameters(), "{\"parameters\": […]}")?;
        let Parameters { parameters } = answer;
        Ok(numbers(parameters))
    }
}

impl Model for ModelProgram {
    fn name(&self) -> &str {
        &self.partner.name
    }

    fn tensors(&self) -> Vec<TensorShape> {
        self.description.tensors.clone()
    }

    fn groups(&self) -> Vec<UnitGroup> {
        self.description.groups.clone()
    }

    fn supports(&self, ability: ModelAbility) -> bool {
        self.description.abilities.contains(&ability)
    }

    fn precision(&self) -> Precision {
        self.description.precision
    }

    fn declaration(&self) -> ModelDeclaration {
        self.description.declaration
    }

    fn examples(&self) -> Option<usize> {
        self.description.examples
    }

    fn evaluate(&self, parameters: &[f64], batch: u64) -> Result<LossAndGradient> {
        self.evaluated(parameters, batch, None)
    }

    fn loss(&self, parameters: &[f64], batch: u64) -> Result<f64> {
        if !self.supports(ModelAbility::Loss) {
            return Ok(self.evaluate(parameters, batch)?.loss);
        }
        let request = Request::Loss { parameters: Numbers(parameters), batch };
        let answer: LossAlone = self.answer("loss", &request, 1, "{\"loss\": …}")?;
        Ok(answer.loss.0)
    }

    fn evaluate_example(
        &self,
        parameters: &[f64],
        batch: u64,
        example: usize,
    ) -> Result<LossAndGradient> {
        self.evaluated(parameters, batch, Some(example))
    }

    fn start(&self, seed: u64) -> Result<Vec<f64>> {
        self.moved("start", &Request::Start { seed })
    }

    fn step(&self, parameters: &[f64], batch: u64, rate: f64) -> Result<Vec<f64>> {
        if !self.supports(ModelAbility::Step) {
            return super::plain_step(self, parameters, batch, rate);
        }
        let parameters = Numbers(parameters);
        self.moved("step", &Request::Step { parameters, batch, rate: Number(rate) })
    }

    fn train(&self, start: &[f64], batches: &[u64], rate: f64) -> Result<Vec<Vec<f64>>> {
        if !self.supports(ModelAbility::Train) {
            return super::plain_training(self, start, batches, rate);
        }
        let request = Request::Train { parameters: Numbers(start), batches, rate: Number(rate) };
        let due = self.parameters().saturating_mul(batches.len());
        let Iterations { iterations } =
            self.answer("train", &request, due, "{\"iterations\": [[…], …]}")?;
        Ok(iterations.into_iter().map(numbers).collect())
    }
}
