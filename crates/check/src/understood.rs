//! A subject with what can be found out about it and need not be declared: by what its loss is
//! scaled, and from what it computes a cross-entropy.
//!
//! A handful of questions is enough. Everything else is answered by the subject itself. Start
//! reading at [`Understood::of`].

use crate::panics::Refusing;
use crate::property::{Case, Cases, Config, Profile};
use crate::subject::{Declaration, Descent, LossForm, Observer, Scale, Subject, described_as};
use init_symmetry_network::{
    Batch, Error, Evaluation, Loss, Network, Parameters, Problem, Result, Start,
};
use ndarray::Array2;
use std::fmt;

/// What was found out about a subject that did not say so.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Remark {
    /// Loss and gradient are this factor times the textbook's, at every case asked.
    LossScale(Scale),
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LossScale(scale) => write!(
                f,
                "the loss and its gradient are {scale} times the mean over the examples ({}); all \
                 properties are judged with this factor; declare loss-scale \"{scale}\" if it is \
                 intended",
                in_words(*scale)
            ),
        }
    }
}

fn in_words(scale: Scale) -> &'static str {
    match (scale.factor, scale.power_of_m, scale.power_of_n_y) {
        (_, 1, 0) => "a sum over the examples, not a mean",
        (_, 1, -1) => "a sum over the examples and a mean over the outputs",
        (2.0, 0, 0) => "squares without the ½",
        (_, 0, -1) => "a mean over the outputs, not a sum",
        (_, -1, 0) => "divided by m twice",
        _ => "a constant factor",
    }
}

/// A subject, what it declares, and what was found out where it declares nothing.
pub struct Understood<'a> {
    subject: &'a dyn Subject,
    declaration: Declaration,
    remarks: Vec<Remark>,
}

/// Enough to tell the powers of m and n_y apart.
const CASES: u32 = 24;

/// Where an output is far in saturation.
const FAR: f64 = 1024.0;

impl<'a> Understood<'a> {
    /// Asks what is not declared.
    ///
    /// ```
    /// use init_symmetry_check::fault::{Fault, Faulty};
    /// use init_symmetry_check::{Remark, Understood};
    /// use init_symmetry_check::property::Config;
    /// let sums = Faulty::with(Fault::SumInsteadOfMean);
    /// let understood = Understood::of(&sums, &Config::default());
    /// let [Remark::LossScale(scale)] = understood.remarks() else { panic!("no remark") };
    /// assert_eq!(scale.power_of_m, 1);
    /// ```
    pub fn of(subject: &'a dyn Subject, config: &Config) -> Self {
        let mut declaration = subject.declaration();
        let mut remarks = Vec::new();
        let config = Config { cases: CASES, ..Config::new(Profile::Quick, config.seed) };
        // a panic is reported by the property that meets it
        let asked = &Refusing(subject);
        let cases = answered(asked, Cases::default().of(subject).sample(&config));
        if declaration.loss_scale.is_none() && declaration.l2.is_none() {
            declaration.loss_scale = scale_of(subject, &cases);
            remarks.extend(declaration.loss_scale.map(Remark::LossScale));
        }
        let mut of_cross_entropy =
            cases.iter().map(|it| &it.case).filter(|case| case.network.loss == Loss::CrossEntropy);
        let saturated = of_cross_entropy.find_map(|case| saturated_loss(asked, &declaration, case));
        if let Some(saturated) = saturated {
            let margin = if saturated.is_finite() { libm::exp(-saturated) } else { 0.0 };
            declaration.loss_form = LossForm::FromPrediction { margin };
        }
        Self { subject, declaration, remarks }
    }

    /// What was found out.
    pub fn remarks(&self) -> &[Remark] {
        &self.remarks
    }
}

impl fmt::Debug for Understood<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.subject.name();
        f.debug_struct("Understood")
            .field("subject", &name)
            .field("remarks", &self.remarks)
            .finish()
    }
}

/// A case and what the subject answers there.
struct Answered {
    case: Case,
    given: Evaluation<f64>,
}

/// Answers up to the first case that a program does not survive: it is not started again and again
/// only to be understood.
fn answered(subject: &dyn Subject, cases: Vec<Case>) -> Vec<Answered> {
    let mut all = Vec::new();
    for case in cases {
        match subject.evaluate(case.problem()) {
            Ok(given) => all.push(Answered { case, given }),
            Err(Error::Conversation { .. } | Error::GivenUp { .. }) => break,
            Err(_) => {}
        }
    }
    all
}

/// The scale, other than 1, that explains loss and gradient at every case that is answered; the
/// simplest where a fixed number of outputs leaves several.
fn scale_of(subject: &dyn Subject, cases: &[Answered]) -> Option<Scale> {
    let answered: Vec<_> = cases.iter().filter_map(Compared::of).collect();
    if answered.is_empty() || answered.iter().all(|compared| compared.fits(Scale::ONE, subject)) {
        return None;
    }
    let mut candidates = Vec::new();
    for [power_of_m, power_of_n_y] in
        [[0, 0], [1, 0], [0, -1], [-1, 0], [1, -1], [0, 1], [-1, -1], [-1, 1], [1, 1]]
    {
        candidates.extend([1.0, 2.0, 0.5].map(|factor| Scale { factor, power_of_m, power_of_n_y }));
    }
    candidates.into_iter().find(|scale| answered.iter().all(|it| it.fits(*scale, subject)))
}

/// Loss and gradient of a subject beside those of the textbook.
struct Compared {
    m: usize,
    n_y: usize,
    given: Vec<f64>,
    right: Vec<f64>,
}

impl Compared {
    fn of(Answered { case, given }: &Answered) -> Option<Self> {
        let right = case.problem().evaluate().ok()?;
        let forward = case.network.forward(&case.parameters, case.batch.x()).ok()?;
        let z_out = &forward.z[case.network.depth() - 1];
        let is_mild = z_out.iter().all(|z| z.abs() < MILD);
        let numbers = |it: &Evaluation<f64>| -> Vec<f64> {
            let loss = is_mild.then_some(it.loss);
            it.gradient.entries().chain(loss).collect()
        };
        let n_y = case.batch.y().nrows();
        Some(Self { m: case.batch.m(), n_y, given: numbers(given), right: numbers(&right) })
    }

    /// Whether the subject's numbers are the right ones times a scale.
    fn fits(&self, scale: Scale, subject: &dyn Subject) -> bool {
        let factor = scale.at(self.m, self.n_y);
        let due: Vec<f64> = self.right.iter().map(|number| factor * number).collect();
        subject.precision().explains(&self.given, &due)
    }
}

/// Where a loss computed from ŷ still has its digits.
const MILD: f64 = 4.0;

/// The loss of a single output at z = 1024 whose label is 0, per output and example, where it is
/// not 1024 but what a loss has that is computed from ŷ: infinite, NaN, or −ln ε of a small ε.
fn saturated_loss(subject: &dyn Subject, declaration: &Declaration, case: &Case) -> Option<f64> {
    let case = saturated(case).ok()?;
    let loss = subject.evaluate(case.problem()).ok()?.loss;
    let (m, n_y) = (case.batch.m(), case.batch.y().nrows());
    let loss = loss - declaration.l2_term(case.problem());
    let loss = loss / declaration.scale(m, n_y) / n_y as f64;
    let of_a_clip = loss > LEAST_SATURATED && loss < FAR / 2.0;
    (!loss.is_finite() || of_a_clip).then_some(loss)
}

/// −ln ε of the largest ε that only keeps a logarithm finite, 2^−13; a larger one is another loss.
const LEAST_SATURATED: f64 = 9.0;

/// The case with positive inputs and weights, without biases, so that every output is 1024, and
/// with labels 0.
fn saturated(case: &Case) -> Result<Case> {
    let Case { network, parameters, batch, rate } = case;
    let mut parameters = parameters.clone();
    for layer in &mut parameters.layers {
        layer.w.fill(1.0);
        layer.b.fill(0.0);
    }
    let x = Array2::ones(batch.x().dim());
    let depth = network.depth();
    let z = network.forward(&parameters, &x)?.z[depth - 1][[0, 0]];
    parameters.layers[depth - 1].w.fill(FAR / z);
    let batch = Batch::new(x, Array2::zeros(batch.y().dim()))?;
    Ok(Case { network: network.clone(), parameters, batch, rate: *rate })
}

impl Subject for Understood<'_> {
    described_as!(subject);

    fn declaration(&self) -> Declaration {
        self.declaration.clone()
    }

    fn evaluate(&self, problem: Problem<'_, f64>) -> Result<Evaluation<f64>> {
        self.subject.evaluate(problem)
    }

    fn mean_loss(&self, problem: Problem<'_, f64>) -> Result<f64> {
        self.subject.mean_loss(problem)
    }

    fn predict(
        &self,
        network: &Network,
        parameters: &Parameters<f64>,
        x: &Array2<f64>,
    ) -> Result<Array2<f64>> {
        self.subject.predict(network, parameters, x)
    }

    fn step(&self, problem: Problem<'_, f64>, rate: f64) -> Result<Parameters<f64>> {
        self.subject.step(problem, rate)
    }

    fn train(
        &self,
        problem: Problem<'_, f64>,
        descent: Descent<f64>,
        observe: Observer<'_, f64>,
    ) -> Result<Parameters<f64>> {
        self.subject.train(problem, descent, observe)
    }

    fn initialise(&self, network: &Network, start: Start, seed: u64) -> Result<Parameters<f64>> {
        self.subject.initialise(network, start, seed)
    }
}
