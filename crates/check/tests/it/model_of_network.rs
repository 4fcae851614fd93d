//! The reference network as a model: its layers are unit groups, and every property holds.

use init_symmetry_check::fault::{Fault, Faulty};
use init_symmetry_check::model::{ALL, Model, ModelAbility, ModelReport};
use init_symmetry_check::property::{Config, Outcome, Profile, PropertyVerdict};
use init_symmetry_check::subject::{Reference, Subject};
use init_symmetry_gradient::LossAndGradient;
use init_symmetry_network::symmetry::{
    TensorShape, UnitAxis, UnitGroup, group_of_layer, tensors_of_network,
};
use init_symmetry_network::{
    Activation, Batch, Loss, Network, Problem, Result, Weights, parameters_from,
};
use ndarray::Array2;

/// A subject in one network, on batches of five examples that are drawn from their number.
struct AsModel<S> {
    subject: S,
    network: Network,
    groups: Vec<UnitGroup>,
}

impl<S: Subject> AsModel<S> {
    fn new(subject: S, widths: &[usize], hidden: Activation) -> Self {
        let network = Network::new(widths, hidden, Loss::CrossEntropy).expect("widths");
        let group = |l| group_of_layer(&network, l).expect("a hidden layer");
        let mut groups: Vec<_> = (1..network.depth()).map(group).collect();
        groups.iter_mut().for_each(|group| group.homogeneous = hidden == Activation::Relu);
        Self { subject, network, groups }
    }

    fn batch(&self, number: u64) -> Batch<f64> {
        let entry = |number: u64| {
            move |(i, j): (usize, usize)| {
                let mixed = (number + 1) * (i as u64 * 37 + j as u64 * 91 + 5) % 127;
                mixed as f64 / 64.0 - 1.0
            }
        };
        let (n_x, n_y) = (self.network.widths()[0], self.network.widths()[self.network.depth()]);
        let x = Array2::from_shape_fn((n_x, 5), entry(number));
        let y = Array2::from_shape_fn((n_y, 5), entry(number + 1)).mapv(|y| f64::from(y > 0.0));
        Batch::new(x, y).expect("a batch")
    }

    fn at(&self, parameters: &[f64], batch: &Batch<f64>) -> Result<LossAndGradient> {
        let parameters = parameters_from(&self.network, parameters)?;
        let problem = Problem { network: &self.network, parameters: &parameters, batch };
        let evaluation = self.subject.evaluate(problem)?;
        let gradient = evaluation.gradient.entries().collect();
        Ok(LossAndGradient { loss: evaluation.loss, gradient })
    }
}

impl<S: Subject> Model for AsModel<S> {
    fn name(&self) -> &str {
        self.subject.name()
    }

    fn tensors(&self) -> Vec<TensorShape> {
        tensors_of_network(&self.network)
    }

    fn groups(&self) -> Vec<UnitGroup> {
        self.groups.clone()
    }

    fn supports(&self, ability: ModelAbility) -> bool {
        matches!(ability, ModelAbility::Step | ModelAbility::Start | ModelAbility::Loss)
    }

    fn examples(&self) -> Option<usize> {
        Some(5)
    }

    fn evaluate(&self, parameters: &[f64], batch: u64) -> Result<LossAndGradient> {
        self.at(parameters, &self.batch(batch))
    }

    fn loss(&self, parameters: &[f64], batch: u64) -> Result<f64> {
        let (parameters, batch) = (parameters_from(&self.network, parameters)?, self.batch(batch));
        let problem = Problem { network: &self.network, parameters: &parameters, batch: &batch };
        self.subject.mean_loss(problem)
    }

    fn evaluate_example(
        &self,
        parameters: &[f64],
        batch: u64,
        example: usize,
    ) -> Result<LossAndGradient> {
        let batch = self.batch(batch);
        let column = |matrix: &Array2<f64>| matrix.select(ndarray::Axis(1), &[example]);
        self.at(parameters, &Batch::new(column(batch.x()), column(batch.y()))?)
    }

    fn start(&self, seed: u64) -> Result<Vec<f64>> {
        let start = self.subject.initialise(&self.network, Weights::Normal(0.5).into(), seed)?;
        Ok(start.entries().collect())
    }

    fn step(&self, parameters: &[f64], batch: u64, rate: f64) -> Result<Vec<f64>> {
        let (parameters, batch) = (parameters_from(&self.network, parameters)?, self.batch(batch));
        let problem = Problem { network: &self.network, parameters: &parameters, batch: &batch };
        Ok(self.subject.step(problem, rate)?.entries().collect())
    }
}

fn report<S: Subject>(model: &AsModel<S>) -> ModelReport {
    ModelReport::new(model, &Config::new(Profile::Quick, 1))
}

fn outcome<'a>(report: &'a ModelReport, name: &str) -> &'a Outcome {
    report.outcomes.iter().find(|outcome| outcome.property == name).expect("a property")
}

#[test]
fn the_reference_network_holds_every_property_of_models() {
    for (widths, hidden) in [
        (&[2, 3, 1][..], Activation::Tanh),
        (&[3, 5, 4, 2], Activation::Relu),
        (&[8, 12, 1], Activation::Sigmoid),
        (&[2, 2, 2, 2, 1], Activation::Silu),
    ] {
        let report = report(&AsModel::new(Reference, widths, hidden));
        assert!(report.passes(), "{widths:?} {hidden}\n{report}");
        assert_eq!(report.outcomes.len(), ALL.len());
        let balance = outcome(&report, "homogeneous-units-are-balanced");
        assert_eq!(balance.passes(), hidden == Activation::Relu, "{report}");
    }
}

#[test]
fn wrong_gradients_of_a_network_fail_as_models() {
    for fault in [Fault::TransposedDw, Fault::MissingMeanInDw, Fault::UpdateAscends] {
        let model = AsModel::new(Faulty::with(fault), &[3, 3, 3, 1], Activation::Tanh);
        let report = report(&model);
        assert!(!report.passes(), "{fault}\n{report}");
        assert_eq!(report.causes.len(), 1, "{report}");
    }
}

#[test]
fn a_group_that_lacks_an_axis_is_no_symmetry_and_the_message_names_the_axis() {
    let mut model = AsModel::new(Reference, &[2, 3, 3, 1], Activation::Tanh);
    model.groups[0].axes.remove(2);
    let report = report(&model);
    let cause = &report.causes[0];
    assert!(cause.contains("the group is not a symmetry of the loss"), "{cause}");
    assert!(cause.ends_with("it would be one if axis 1 of w2 is added to it"), "{cause}");
}

#[test]
fn a_group_with_an_axis_too_many_is_no_symmetry_and_the_message_names_the_axis() {
    let mut model = AsModel::new(Reference, &[2, 3, 3, 1], Activation::Tanh);
    model.groups.remove(1);
    model.groups[0].axes.push(UnitAxis::new("b2", 0));
    let cause = &report(&model).causes[0];
    assert!(cause.ends_with("it would be one without axis 0 of b2"), "{cause}");
}

#[test]
fn a_constant_start_has_twins_and_the_message_counts_them() {
    struct Constant;
    impl Subject for Constant {
        fn name(&self) -> &str {
            "constant"
        }
        fn evaluate(
            &self,
            problem: Problem<'_, f64>,
        ) -> Result<init_symmetry_network::Evaluation<f64>> {
            problem.evaluate()
        }
        fn initialise(
            &self,
            network: &Network,
            _: init_symmetry_network::Start,
            seed: u64,
        ) -> Result<init_symmetry_network::Parameters<f64>> {
            network.initialise(Weights::Constant(0.5), seed)
        }
    }
    let report = report(&AsModel::new(Constant, &[2, 4, 1], Activation::Tanh));
    let outcome = outcome(&report, "a-start-has-no-twins");
    let PropertyVerdict::Fails { reason, .. } = &outcome.verdict else { panic!("{outcome}") };
    assert!(reason.starts_with("layer 1: all 4 units are twins"), "{reason}");
}
