//! What subjects may be: of any convention, of either precision, of few networks; and how twins
//! that are apart are graded.

use init_symmetry_check::SubjectReport;
use init_symmetry_check::fault::{Fault, Faulty};
use init_symmetry_check::property::{
    ALL, CaseFailure, Cases, Config, Note, Profile, PropertyVerdict, Witness, run,
};
use init_symmetry_check::subject::{
    Ability, Convention, Declaration, Descent, Examples, Flat, FlatNetwork, GradientSource,
    Networks, Observer, Precision, Reference, Sizes, Subject, WeightRows,
};
use init_symmetry_gradient::LossAndGradient;
use init_symmetry_network::parameters_from;
use init_symmetry_network::{
    Activation, Batch, Evaluation, Gradient, Layer, LayerGradient, Loss, Network, Parameters,
    Problem, Result,
};
use ndarray::Array2;

fn config() -> Config {
    Config::new(Profile::Quick, 1).without_shrinking()
}

/// The reference over slices of some convention.
struct Slices {
    convention: Convention,
    networks: Networks,
}

impl FlatNetwork for Slices {
    fn name(&self) -> &str {
        "slices"
    }

    fn networks(&self) -> Networks {
        self.networks.clone()
    }

    fn convention(&self) -> Convention {
        self.convention
    }

    fn evaluate(
        &self,
        network: &Network,
        parameters: &[f64],
        x: &[f64],
        y: &[f64],
    ) -> Result<LossAndGradient> {
        // written without Convention: entry (i, j) of a matrix that lies the other way round
        let transposed = |flat: &[f64], rows: usize| -> Vec<f64> {
            let columns = flat.len() / rows;
            (0..flat.len()).map(|at| flat[(at % columns) * rows + at / columns]).collect()
        };
        let widths = network.widths();
        let turned = |flat: &[f64], back: bool| -> Vec<f64> {
            let (mut turned, mut rest) = (Vec::new(), flat);
            for pair in widths.windows(2) {
                let (w, after) = rest.split_at(pair[0] * pair[1]);
                let (b, after) = after.split_at(pair[1]);
                turned.extend(transposed(w, if back { pair[0] } else { pair[1] }));
                turned.extend(b);
                rest = after;
            }
            turned
        };
        let in_inputs = self.convention.weight_rows == WeightRows::Inputs;
        let flat = if in_inputs { turned(parameters, false) } else { parameters.to_vec() };
        let examples = |flat: &[f64], rows: usize| {
            let lies = match self.convention.examples {
                Examples::Columns => flat.to_vec(),
                Examples::Rows => transposed(flat, rows),
            };
            Array2::from_shape_vec((rows, flat.len() / rows), lies).unwrap()
        };
        let batch = Batch::new(examples(x, widths[0]), examples(y, widths[network.depth()]))?;
        let answer = network.evaluate(&parameters_from(network, &flat)?, &batch)?;
        let gradient: Vec<f64> = answer.gradient.entries().collect();
        let gradient = if in_inputs { turned(&gradient, true) } else { gradient };
        Ok(LossAndGradient { loss: answer.loss, gradient })
    }
}

#[test]
fn slices_of_every_convention_pass_everything_and_of_a_wrong_one_fail() {
    for examples in [Examples::Columns, Examples::Rows] {
        for weight_rows in [WeightRows::Units, WeightRows::Inputs] {
            let convention = Convention { examples, weight_rows };
            let subject = Flat(Slices { convention, networks: Networks::default() });
            let report = SubjectReport::new(&subject, &config());
            assert!(report.passes(), "{convention:?}: {report}");
            // a gradient only: what is about predictions, steps, training and starts of its own
            // does not apply
            assert_eq!(report.outcomes.iter().filter(|it| !it.passes()).count(), 10, "{report}");
        }
    }
}

#[test]
fn cases_are_drawn_among_the_networks_of_the_subject() {
    let networks = Networks {
        hidden: vec![Activation::Sigmoid],
        losses: vec![Loss::SquaredError],
        ..Networks::default()
    };
    let subject = Flat(Slices { convention: Convention::default(), networks });
    let cases = Cases::default().of(&subject).sample(&config());
    let are_of_it = cases
        .iter()
        .map(|case| &case.network)
        .all(|it| it.activation_names() == "sigmoid" && it.loss == Loss::SquaredError);
    assert!(are_of_it && cases.len() == 32);
}

#[test]
fn a_fixed_network_gets_all_cases_and_what_it_lacks_is_listed() {
    let networks = Networks {
        hidden: vec![Activation::Sigmoid],
        losses: vec![Loss::SquaredError],
        widths: Some(vec![5, 6, 7, 2]),
        ..Networks::default()
    };
    let subject = Flat(Slices { convention: Convention::default(), networks });
    let report = SubjectReport::new(&subject, &config());
    assert!(report.passes(), "{report}");
    let outcome = |name: &str| report.outcomes.iter().find(|it| it.property == name).unwrap();
    for name in ["twins-stay-twins", "gradient-equals-the-specification"] {
        assert!(outcome(name).passes() && outcome(name).cases == 32, "{}", outcome(name));
    }
    for name in ["twins-train-as-one-unit", "relu-passes-nothing-at-or-below-zero"] {
        let PropertyVerdict::DoesNotApply { reason } = &outcome(name).verdict else {
            panic!("{}", outcome(name));
        };
        assert!(report.to_string().contains(&format!(" not apply: {reason}\n")), "{report}");
    }
}

/// The reference network computed in single precision.
struct Single {
    says: Precision,
    /// A factor on the gradient.
    factor: f64,
}

impl Subject for Single {
    fn name(&self) -> &str {
        "single"
    }

    fn precision(&self) -> Precision {
        self.says
    }

    fn evaluate(&self, problem: Problem<'_, f64>) -> Result<Evaluation<f64>> {
        let single = |number: f64| number as f32;
        let Problem { network, parameters, batch } = problem;
        let answer = network.evaluate(&parameters.map(single), &batch.map(single))?;
        let double = |block: &Array2<f32>| block.mapv(|entry| self.factor * f64::from(entry));
        let layers = answer.gradient.layers.iter();
        let layers =
            layers.map(|LayerGradient { dw, db }| LayerGradient { dw: double(dw), db: double(db) });
        let gradient = Gradient { layers: layers.collect() };
        Ok(Evaluation { loss: answer.loss.into(), gradient })
    }
}

#[test]
fn single_precision_is_judged_by_its_own_rounding_and_by_no_more() {
    let judged = |says, factor| SubjectReport::new(&Single { says, factor }, &config());
    let honest = judged(Precision::F32, 1.0);
    assert!(honest.passes(), "{honest}");
    assert!(!judged(Precision::F64, 1.0).passes());
    // an error of one in 256 is far from single precision's one in 16 million
    let wrong = judged(Precision::F32, 1.0 + 1.0 / 256.0);
    assert!(!wrong.passes(), "{wrong}");
    let doubled = judged(Precision::F32, 2.0);
    assert_eq!(doubled.explained_by, [Fault::GradientDoubled]);
}

/// The reference with a step of its own: in what precision, with how many roundings, and how far
/// off.
struct Stepping {
    precision: Precision,
    fused: bool,
    off: bool,
}

impl Stepping {
    fn moved(&self, theta: f64, slope: f64, rate: f64) -> f64 {
        let [single_theta, single_slope, single_rate] = [theta, slope, rate].map(|it| it as f32);
        let moved = match (self.precision, self.fused) {
            (Precision::F64, false) => theta - rate * slope,
            (Precision::F64, true) => slope.mul_add(-rate, theta),
            (Precision::F32, false) => f64::from(single_theta - single_rate * single_slope),
            (Precision::F32, true) => f64::from(single_slope.mul_add(-single_rate, single_theta)),
        };
        match (self.precision, self.off) {
            (_, false) => moved,
            (Precision::F64, true) => moved.next_up(),
            (Precision::F32, true) => f64::from((moved as f32).next_up()),
        }
    }
}

impl Subject for Stepping {
    fn name(&self) -> &str {
        "stepping"
    }

    fn supports(&self, ability: Ability) -> bool {
        ability == Ability::Step
    }

    fn precision(&self) -> Precision {
        self.precision
    }

    fn evaluate(&self, problem: Problem<'_, f64>) -> Result<Evaluation<f64>> {
        Single { says: self.precision, factor: 1.0 }.evaluate(problem)
    }

    fn step(&self, problem: Problem<'_, f64>, rate: f64) -> Result<Parameters<f64>> {
        let gradient = self.evaluate(problem)?.gradient;
        let mut slopes = gradient.entries();
        let mut moved = |theta| self.moved(theta, slopes.next().unwrap_or_default(), rate);
        let layers = problem.parameters.layers.iter();
        let layers = layers.map(|Layer { w, b }| {
            let w = w.mapv(&mut moved);
            Layer { w, b: b.mapv(&mut moved) }
        });
        Ok(Parameters { layers: layers.collect() })
    }
}

#[test]
fn a_step_may_round_once_or_twice_in_its_own_precision_and_other_bits_are_a_note() {
    let property = "a-step-subtracts-rate-times-gradient";
    for precision in [Precision::F64, Precision::F32] {
        for fused in [false, true] {
            let right = Stepping { precision, fused, off: false };
            assert_eq!(verdict(property, &right), PropertyVerdict::Passes);
            let off = verdict(property, &Stepping { off: true, ..right });
            let noted = matches!(off, PropertyVerdict::Noted { note: Note::WithinRounding, .. });
            assert!(noted, "{off:?}");
        }
    }
}

fn verdict(property: &str, subject: &dyn Subject) -> PropertyVerdict {
    let property = ALL.iter().find(|it| it.name == property).unwrap();
    property.check(subject, &config()).verdict
}

#[test]
fn twins_apart_by_rounding_are_told_from_twins_that_something_tells_apart() {
    let of_twins = [
        "twins-stay-twins",
        "twins-get-identical-gradients",
        "twins-stay-twins-in-larger-networks",
        "from-a-constant-rows-stay-equal",
    ];
    // a row that is summed in another order is rounding
    let reversed = Faulty::with(Fault::OneRowReducedInReverseOrder);
    // 1e−11 that depends on the unit is not; nor is a missing delta
    let noisy = Faulty::with(Fault::IndexDependentNoiseInDw1);
    let zeroed = Faulty::with(Fault::OneDeltaZeroed);
    for property in of_twins {
        let of_reversed = verdict(property, &reversed);
        let PropertyVerdict::Noted { note: Note::ApartByRounding, reason, .. } = &of_reversed
        else {
            panic!("{property}: {of_reversed:?}")
        };
        assert!(reason.contains("the rounding of one step explains"), "{reason}");
        for broken in [&noisy, &zeroed] {
            let of_broken = verdict(property, broken);
            assert!(
                matches!(of_broken, PropertyVerdict::Fails { .. }),
                "{property}: {of_broken:?}"
            );
        }
        assert_eq!(verdict(property, &Reference), PropertyVerdict::Passes);
    }
    let report = SubjectReport::new(&reversed, &config());
    assert!(report.passes() && report.to_string().contains("apart by rounding: "), "{report}");
}

#[test]
fn rounding_does_not_hide_a_later_failure_and_counts_as_no_pass() {
    let small_is = |failure: fn(&str) -> CaseFailure| {
        move |n: &u32| if *n < 50 { Ok(Witness::Present) } else { Err(failure("apart")) }
    };
    let rounding: fn(&str) -> CaseFailure =
        |why| CaseFailure::Noted(Note::ApartByRounding, why.into());
    let outcome = run("p", "w", &config(), 0..100_u32, small_is(rounding));
    let PropertyVerdict::Noted { note: Note::ApartByRounding, reason, .. } = &outcome.verdict
    else {
        panic!("{outcome}")
    };
    assert_eq!(reason, "apart");
    assert!(!outcome.passes() && outcome.is_acceptable(), "{outcome}");
    assert_eq!(outcome.cases, 32);
    let outcome = run("p", "w", &config(), 0..100_u32, |n: &u32| match n {
        0..70 => Err(CaseFailure::Noted(Note::ApartByRounding, "apart".into())),
        70.. => Err("broken".into()),
    });
    assert!(
        matches!(&outcome.verdict, PropertyVerdict::Fails { reason, .. } if reason == "broken")
    );
    assert!(!outcome.is_acceptable());
}

/// A subject that only trains: its gradient is what one step at rate 1 leaves.
struct ByTraining(Faulty);

impl Subject for ByTraining {
    fn name(&self) -> &str {
        "by training"
    }

    fn supports(&self, ability: Ability) -> bool {
        ability == Ability::Train
    }

    fn declaration(&self) -> Declaration {
        Declaration { gradient: GradientSource::FromTraining, ..Declaration::default() }
    }

    fn evaluate(&self, problem: Problem<'_, f64>) -> Result<Evaluation<f64>> {
        let loss = self.0.evaluate(problem)?.loss;
        let after = self.0.train(problem, Descent { rate: 1.0, steps: 1 }, &mut |_, _| ())?;
        let layers = problem.parameters.layers.iter().zip(&after.layers);
        let layers = layers.map(|(before, after)| LayerGradient {
            dw: &before.w - &after.w,
            db: &before.b - &after.b,
        });
        Ok(Evaluation { loss, gradient: Gradient { layers: layers.collect() } })
    }

    fn train(
        &self,
        problem: Problem<'_, f64>,
        descent: Descent<f64>,
        observe: Observer<'_, f64>,
    ) -> Result<Parameters<f64>> {
        self.0.train(problem, descent, observe)
    }
}

#[test]
fn a_gradient_taken_from_training_is_judged_by_the_accuracy_that_this_leaves() {
    for seed in 1..6 {
        let config = Config { seed, ..config() };
        let report = SubjectReport::new(&ByTraining(Faulty::default()), &config);
        assert!(report.passes() && report.remarks.is_empty(), "{report}");
    }
}

#[test]
fn an_early_update_keeps_its_name_where_only_training_is_offered() {
    for fault in [Fault::W2UpdatedBeforeItIsUsed, Fault::MissingMeanInDw, Fault::UpdateAscends] {
        let report = SubjectReport::new(&ByTraining(Faulty::with(fault)), &config());
        assert!(!report.passes() && report.explained_by.contains(&fault), "{fault}: {report}");
    }
}

#[test]
fn a_right_subject_passes_whatever_networks_it_declares() {
    let any = Sizes::default();
    for (seed, sizes) in (1..).zip([
        Sizes { hidden_layers: (2, 2), ..any },
        Sizes { hidden_layers: (3, 5), hidden_units: (2, 2), ..any },
        Sizes { hidden_layers: (1, 1), outputs: (1, 1), inputs: (5, 5), ..any },
        Sizes { hidden_layers: (0, 0), ..any },
        Sizes { hidden_units: (6, 9), outputs: (3, 4), ..any },
    ]) {
        for hidden in [vec![Activation::Relu], vec![Activation::Silu], vec![Activation::Tanh]] {
            let networks = Networks { hidden: hidden.clone(), sizes, ..Networks::default() };
            let subject = Flat(Slices { convention: Convention::default(), networks });
            let report = SubjectReport::new(&subject, &Config { seed, ..config() });
            assert!(report.passes(), "{hidden:?}, {sizes:?}: {report}");
        }
    }
}
