//! From behaviour back to the fault: which planted error does a subject behave like?
//!
//! A subject and every fault get the same questions, and answers are compared as numbers; no code
//! is read. Start reading at [`faults_that_explain`].

use super::{Fault, Faulty, Planted};
use crate::panics::Refusing;
use crate::property::{Case, Cases, Config};
use crate::subject::{Ability, Descent, Precision, Reference, Subject, Textbook};
use init_symmetry_network::start_rules::layers_differ;
use init_symmetry_network::{
    Error, Evaluation, Layer, Network, Parameters, Problem, Result, Scheme, Start, Weights,
};
use ndarray::{Array2, Axis};
use strum::VariantArray;

/// What a subject answers to one question; nothing where it refuses.
type Answer = Option<Vec<f64>>;

/// The number of sampled cases in which a planted error makes any difference at all: a fault that
/// never does is not one.
pub fn cases_that_differ(planted: &dyn Planted, config: &Config) -> usize {
    let subject = planted.subject();
    let subject = Refusing(&*subject);
    let cases = Cases::default().of(&subject).sample(config);
    let differs = |case: &&Case| {
        let same = |ask: fn(&dyn Subject, &Case) -> Vec<Answer>| {
            identical(&ask(&subject, case), &ask(&Reference, case))
        };
        !same(behaviour) || !same(random_starts)
    };
    cases.iter().filter(differs).count()
}

/// The faults that a subject behaves like, on every sampled case that it answers, and unlike the
/// reference on at least one.
///
/// A subject without fault, or with another one, is explained by none.
///
/// ```
/// use init_symmetry_check::fault::{Fault, Faulty, faults_that_explain};
/// use init_symmetry_check::property::{Config, Profile};
/// let subject = Faulty::with(Fault::StaleCache);
/// let found = faults_that_explain(&subject, &Config::new(Profile::Quick, 1));
/// assert_eq!(found, [Fault::StaleCache]);
/// ```
pub fn faults_that_explain(subject: &dyn Subject, config: &Config) -> Vec<Fault> {
    faults_that_fit(&Refusing(subject), config, Questions { behaviour, starts: random_starts })
}

/// The faults whose loss and gradient a subject has on every sampled case that it answers, and
/// unlike the reference on at least one; what else it does is left out of account.
///
/// ```
/// use init_symmetry_check::fault::{Fault, Faulty, faults_that_explain_every_gradient};
/// use init_symmetry_check::property::{Config, Profile};
/// let config = Config::new(Profile::Quick, 1);
/// let found = faults_that_explain_every_gradient(&Faulty::with(Fault::TransposedDw), &config);
/// assert_eq!(found, [Fault::TransposedDw]);
/// ```
pub fn faults_that_explain_every_gradient(subject: &dyn Subject, config: &Config) -> Vec<Fault> {
    let starts = |_: &dyn Subject, _: &Case| Vec::new();
    let questions = Questions { behaviour: loss_and_gradient, starts };
    faults_that_fit(&Refusing(subject), config, questions)
}

/// Questions about a case in two lists, of which a subject may be asked some of the first ones.
struct Questions {
    behaviour: fn(&dyn Subject, &Case) -> Vec<Answer>,
    starts: fn(&dyn Subject, &Case) -> Vec<Answer>,
}

impl Questions {
    fn ask(&self, subject: &dyn Subject, case: &Case) -> [Vec<Answer>; 2] {
        [(self.behaviour)(subject, case), (self.starts)(subject, case)]
    }
}

fn faults_that_fit(subject: &dyn Subject, config: &Config, questions: Questions) -> Vec<Fault> {
    let fits = |left: &[Vec<Answer>; 2], right: &[Vec<Answer>; 2]| {
        // what the subject was not asked cannot tell the fault from the reference either
        let mut pairs = left.iter().zip(right).flat_map(|(left, right)| left.iter().zip(right));
        pairs.all(|(left, right)| fit(left, right, subject.precision()))
    };
    let ask = |case| {
        let answers = questions.ask(subject, &case);
        Asked { case, answers }
    };
    let asked: Vec<Asked> =
        Cases::default().of(subject).sample(config).into_iter().map(ask).collect();
    let explains = |fault: &&Fault| {
        let faulty = Faulty::with(**fault);
        let faulty = Textbook::asked_like(&faulty, subject);
        let mut tells = false;
        let supported = asked.iter().filter(|asked| !asked.answers[0].is_empty());
        supported.into_iter().all(|Asked { case, answers }| {
            let mut of_fault = questions.ask(&faulty, case);
            for (of_fault, answers) in of_fault.iter_mut().zip(answers) {
                of_fault.truncate(answers.len());
            }
            tells |= !fits(&questions.ask(&Reference, case), &of_fault);
            fits(answers, &of_fault)
        }) && tells
    };
    Fault::VARIANTS.iter().filter(explains).copied().collect()
}

/// A case with what a subject answers to questions about it.
struct Asked {
    case: Case,
    answers: [Vec<Answer>; 2],
}

/// The faults whose loss and gradient are the given ones at one question, unlike the reference's.
///
/// One question may fit several faults; [`faults_that_explain`] asks many.
///
/// # Errors
/// A question that the reference refuses.
pub fn faults_that_explain_gradient(
    problem: Problem<'_, f64>,
    given: &Evaluation<f64>,
) -> Result<Vec<Fault>> {
    let flat = |answer: &Evaluation<f64>| Some(entries(answer));
    let right = flat(&problem.evaluate()?);
    let mut found = Vec::new();
    for &fault in Fault::VARIANTS {
        let of_fault = flat(&Faulty::with(fault).evaluate(problem)?);
        let fit = |left: &Answer, right: &Answer| fit(left, right, Precision::F64);
        if fit(&flat(given), &of_fault) && !fit(&right, &of_fault) {
            found.push(fault);
        }
    }
    Ok(found)
}

/// The answer to the first of the questions below.
fn loss_and_gradient(subject: &dyn Subject, case: &Case) -> Vec<Answer> {
    match subject.evaluate(case.problem()) {
        Err(Error::Unsupported { .. }) => Vec::new(),
        answer => vec![answer.ok().as_ref().map(entries)],
    }
}

/// The answers to a fixed list of questions about a case, the predictions only where they are the
/// subject's own; nothing about a network that the subject does not implement.
fn behaviour(subject: &dyn Subject, case: &Case) -> Vec<Answer> {
    let problem = case.problem();
    let Problem { network, parameters, batch } = problem;
    let answer = match subject.evaluate(problem) {
        Err(Error::Unsupported { .. }) => return Vec::new(),
        answer => answer,
    };
    // a misshapen gradient cannot be subtracted: no fault is asked for such a step either
    let subtracts = answer.as_ref().map_or(true, |it| it.gradient.check(parameters).is_ok());
    let first = answer.ok().as_ref().map(entries);
    let evaluate = |parameters: &Parameters<f64>| {
        Some(entries(&subject.evaluate(Problem { parameters, ..problem }).ok()?))
    };
    let with_biases = |change: &dyn Fn(&mut Parameters<f64>)| {
        let mut changed = parameters.clone();
        change(&mut changed);
        evaluate(&changed)
    };
    let saturated = |p: &mut Parameters<f64>| p.layers[network.depth() - 1].b.fill(EXTREME);
    let broadcast = |p: &mut Parameters<f64>| p.layers[0].b = p.layers[0].b.select(Axis(0), &[0]);
    let at_the_kink = |p: &mut Parameters<f64>| {
        p.layers[0].w.fill(0.0);
        p.layers[0].b.fill(0.0);
    };
    let many_units = network.widths()[1] > 1;
    let descent = Descent { rate: case.rate, steps: 2 };
    let train = || subject.train(problem, descent, &mut |_, _| ()).ok();
    let training = subtracts.then(train).flatten();
    let step = || subject.step(problem, case.rate).ok();
    let flat = |parameters: Parameters<f64>| parameters.entries().collect();
    let start = |weights| started(subject, network, weights, 1).ok();
    let mut answers = vec![
        first,
        evaluate(parameters), // a second answer may differ from the first
        with_biases(&saturated),
        if many_units { with_biases(&broadcast) } else { None },
        with_biases(&at_the_kink),
        subtracts.then(step).flatten().map(flat),
        training.map(flat),
        start(Weights::Zeros).map(|p| p.entries().map(|entry| f64::from(entry != 0.0)).collect()),
        start(Weights::Normal(1.0)).map(|p| vec![distinct_rows(&p)]),
    ];
    // last, so that the other answers of a subject without predictions stay comparable
    if subject.supports(Ability::Predict) {
        let y_hat = subject.predict(network, parameters, batch.x());
        answers.push(y_hat.ok().map(|y_hat| y_hat.into_iter().collect()));
    }
    answers
}

/// Of a start nothing but the batch depends on the case, so one case in six asks for it.
const EXAMPLES_WITH_A_START: usize = 6;

/// Widths that fan-in and fan-out tell apart, with weights enough to measure a factor of 2.
const WIDTHS_OF_A_START: [usize; 3] = [32, 8, 32];

/// What is to be seen of the random starts that are the subject's own, whatever generator draws
/// them: first of normal weights, then of those of He and of Glorot.
fn random_starts(subject: &dyn Subject, case: &Case) -> Vec<Answer> {
    let is_free = subject.networks().widths.is_none();
    let is_asked = case.batch.m() == EXAMPLES_WITH_A_START && subject.supports(Ability::Initialise);
    if !is_free || !is_asked {
        return Vec::new();
    }
    let declared = subject.starts();
    let schemes = [Scheme::Normal, Scheme::He, Scheme::Glorot];
    let schemes = schemes.into_iter().take_while(|scheme| declared.contains(scheme));
    schemes.map(|scheme| facts_of_a_start(subject, case, scheme.weights(1.0)).ok()).collect()
}

/// Whether a bias is not 0, the seed does nothing, two layers have the same draws, or no weight of
/// a layer is negative; then of each layer the power of 2 nearest to the factor by which its
/// standard deviation is off.
fn facts_of_a_start(subject: &dyn Subject, case: &Case, weights: Weights) -> Result<Vec<f64>> {
    let network = case.network.with_widths(&WIDTHS_OF_A_START)?;
    let start = started(subject, &network, weights, 1)?;
    let other = started(subject, &network, weights, 2)?;
    let same_draws = layers_differ(("w1", start.w(1).view()), ("w2", start.w(2).view())).is_some();
    let has_bias = start.layers.iter().any(|layer| layer.b.iter().any(|&bias| bias != 0.0));
    let never_negative = |w: &Array2<f64>| w.iter().all(|&weight| weight >= 0.0);
    let one_sign = start.layers.iter().any(|layer| never_negative(&layer.w));
    let facts = [has_bias, start == other, same_draws, one_sign];
    let factor = |layer: &Layer<f64>| {
        let (n_out, n_in) = layer.w.dim();
        let right = weights.distribution(n_in, n_out).standard_deviation();
        let squares: f64 = layer.w.iter().map(|weight| weight * weight).sum();
        libm::round(libm::log2((squares / layer.w.len() as f64).sqrt() / right))
    };
    let factors = start.layers.iter().map(factor);
    Ok(facts.map(|fact| f64::from(u8::from(fact))).into_iter().chain(factors).collect())
}

/// A start of the subject, if it has the network's shapes.
fn started(
    subject: &dyn Subject,
    network: &Network,
    weights: Weights,
    seed: u64,
) -> Result<Parameters<f64>> {
    let start = subject.initialise(network, Start::from(weights), seed)?;
    network.check(&start).map(|()| start)
}

/// An output bias at which the sigmoid is 1.
const EXTREME: f64 = 1024.0;

/// The number of different rows of W1: another generator draws other numbers.
fn distinct_rows(parameters: &Parameters<f64>) -> f64 {
    let w = parameters.w(1);
    let is_new = |i: &usize| (0..*i).all(|k| w.row(k) != w.row(*i));
    (0..w.nrows()).filter(is_new).count() as f64
}

fn entries(answer: &Evaluation<f64>) -> Vec<f64> {
    answer.gradient.entries().chain([answer.loss]).collect()
}

fn identical(left: &[Answer], right: &[Answer]) -> bool {
    let bits = |answer: &Answer| -> Option<Vec<u64>> {
        Some(answer.as_ref()?.iter().map(|entry| entry.to_bits()).collect())
    };
    left.iter().map(bits).eq(right.iter().map(bits))
}

fn fit(left: &Answer, right: &Answer, precision: Precision) -> bool {
    let (Some(left), Some(right)) = (left, right) else {
        return left.is_none() && right.is_none();
    };
    precision.explains(left, right)
}

#[cfg(test)]
mod tests {
    use super::{
        Answer, behaviour, cases_that_differ, distinct_rows, faults_that_explain,
        faults_that_explain_every_gradient, faults_that_explain_gradient, fit, identical,
    };
    use crate::fault::{Fault, Faulty};
    use crate::property::{Case, Config, Profile};
    use crate::subject::{Precision, Reference, Subject};
    use init_symmetry_network::tolerance::EXPLAINED;
    use init_symmetry_network::{Activation, Batch, Loss, Network, Parameters, parameters_from};
    use ndarray::array;

    fn quick() -> Config {
        Config::new(Profile::Quick, 1)
    }

    fn case(widths: &[usize]) -> Case {
        let network = Network::new(widths, Activation::Tanh, Loss::CrossEntropy).unwrap();
        let count = Network::count_parameters(widths);
        let numbers: Vec<f64> = (0..count).map(|k| ((7 * k) % 11) as f64 / 8.0 - 0.5).collect();
        let parameters = parameters_from(&network, &numbers).unwrap();
        let batch = Batch::new(array![[0.5, -1.0, 0.25]], array![[1.0, 0.0, 1.0]]).unwrap();
        Case { network, parameters, batch, rate: 0.5 }
    }

    #[test]
    fn answers_fit_within_a_share_of_their_length_and_where_both_are_undefined() {
        let fits = |left: &[f64], right: &[f64]| {
            fit(&Some(left.to_vec()), &Some(right.to_vec()), Precision::F64)
        };
        let off = 5.0 * EXPLAINED; // of (3, 4), whose length is 5
        assert!(fits(&[3.0, 4.0], &[3.0, 4.0]));
        assert!(fits(&[3.0, 4.0 + 0.75 * off], &[3.0, 4.0]));
        assert!(!fits(&[3.0, 4.0 + 1.25 * off], &[3.0, 4.0]));
        assert!(!fits(&[3.0 - 0.75 * off, 4.0 + 0.75 * off], &[3.0, 4.0]));
        assert!(!fits(&[3.0], &[3.0, 4.0]) && !fits(&[3.0, 4.0], &[3.0]));
        let (nan, infinite) = (f64::NAN, f64::INFINITY);
        assert!(fits(&[3.0, nan, infinite], &[3.0, nan, infinite]));
        assert!(!fits(&[3.0, nan], &[3.0, 4.0]) && !fits(&[3.0, 4.0], &[3.0, nan]));
        assert!(!fits(&[3.0, infinite], &[3.0, -infinite]) && !fits(&[3.0, 4.0], &[3.0, infinite]));
        let (something, nothing): (Answer, Answer) = (Some(vec![1.0]), None);
        assert!(fit(&nothing, &nothing, Precision::F64));
        assert!(!fit(&something, &nothing, Precision::F64));
        assert!(!fit(&nothing, &something, Precision::F64));
        let near = Some(vec![1.0 + 2.0 * EXPLAINED]);
        assert!(!fit(&near, &something, Precision::F64) && fit(&near, &something, Precision::F32));
    }

    #[test]
    fn answers_are_identical_to_the_bit_or_not_at_all() {
        let same = |left: &[Answer], right: &[Answer]| identical(left, right);
        let nan: &[Answer] = &[Some(vec![f64::NAN]), None];
        assert!(same(nan, nan) && same(&[], &[]));
        assert!(!same(&[Some(vec![0.0])], &[Some(vec![-0.0])]));
        assert!(!same(&[None], &[Some(vec![])]) && !same(&[None], &[None, None]));
    }

    #[test]
    fn equal_rows_of_w1_are_counted_once() {
        let network = Network::new(&[2, 4, 1], Activation::Tanh, Loss::CrossEntropy).unwrap();
        let rows = [1.0, 2.0, 1.0, 3.0, 1.0, 2.0, 1.0, 2.0];
        let numbers: Vec<f64> = rows.into_iter().chain([0.0; 9]).collect();
        assert_eq!(distinct_rows(&parameters_from(&network, &numbers).unwrap()), 2.0);
    }

    #[test]
    fn a_bias_of_one_row_is_tried_where_there_are_several_units() {
        let accepted = |case: &Case, subject: &dyn Subject| behaviour(subject, case)[3].is_some();
        let [one, three] = [case(&[1, 1, 1]), case(&[1, 3, 1])];
        assert!(accepted(&three, &Faulty::with(Fault::BiasBroadcast)));
        assert!(!accepted(&three, &Reference) && !accepted(&one, &Reference));
        let answers = behaviour(&Reference, &three);
        assert_eq!(answers.iter().filter(|answer| answer.is_none()).count(), 1);
        // loss and gradient; at other biases; a step; a zero start has no entry that is not zero
        assert_eq!(answers[0], answers[1]);
        assert!(answers[0] != answers[2] && answers[0] != answers[4]);
        let end: Vec<f64> =
            three.network.step(&three.parameters, &three.batch, 0.5).unwrap().entries().collect();
        assert_eq!(answers[5], Some(end));
        assert_eq!(answers[7], Some(vec![0.0; 10]));
        assert_eq!(answers[8], Some(vec![3.0]));
        let only_the_output_bias = |p: &Parameters<f64>| {
            let mut saturated = p.clone();
            saturated.layers[1].b.fill(1024.0);
            three.network.evaluate(&saturated, &three.batch).unwrap().loss
        };
        let loss = answers[2].as_ref().and_then(|numbers| numbers.last()).copied();
        assert_eq!(loss, Some(only_the_output_bias(&three.parameters)));
    }

    #[test]
    fn a_fault_is_found_by_what_it_does_and_the_reference_has_none() {
        // one that differs in every case, one that differs in few, one that only training shows
        for fault in [Fault::LossDoubled, Fault::TransposedDw, Fault::StaleCache] {
            assert_eq!(faults_that_explain(&Faulty::with(fault), &quick()), [fault]);
        }
        assert_eq!(faults_that_explain(&Reference, &quick()), []);
        let by_gradient =
            |fault| faults_that_explain_every_gradient(&Faulty::with(fault), &quick());
        assert_eq!(by_gradient(Fault::LossDoubled), [Fault::LossDoubled]);
        assert_eq!(by_gradient(Fault::StaleCache), []);
    }

    #[test]
    fn the_faults_that_explain_one_gradient_are_those_that_give_it_and_not_the_right_one() {
        let case = case(&[1, 3, 1]);
        let problem = case.problem();
        let found = |subject: &dyn Subject| {
            let given = subject.evaluate(problem).unwrap();
            faults_that_explain_gradient(problem, &given).unwrap()
        };
        assert_eq!(found(&Reference), []);
        assert_eq!(found(&Faulty::with(Fault::GradientDoubled)), [Fault::GradientDoubled]);
        // missing in db only, which no other fault does
        let sums = found(&Faulty::with(Fault::MissingMeanInDb));
        assert_eq!(sums, [Fault::MissingMeanInDb]);
    }

    #[test]
    fn cases_in_which_a_fault_shows_are_counted() {
        assert_eq!(cases_that_differ(&Fault::LossDoubled, &quick()), 32);
        // of the ReLU networks among them some
        let few = cases_that_differ(&Fault::LeakySlopeInDerivative, &quick());
        assert!((2..16).contains(&few), "{few}");
    }
}
