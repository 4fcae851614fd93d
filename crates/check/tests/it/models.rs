//! Three models and their planted faults: what is right passes every property, every fault is
//! killed, and docs/MODELS.md says by what.
//!
//! The models stand in `model_cnn.rs`, `model_lstm.rs` and `model_attention.rs`, what they share in
//! `model_parts.rs`. Start reading at [`Planted`].

use super::model_attention::{Attention, AttentionFault};
use super::model_cnn::{Cnn, CnnFault};
use super::model_lstm::{Lstm, LstmFault};
use super::model_parts::{Trained, TrainingFault};
use super::record::{RENEW, is_renewed, write};
use init_symmetry_check::model::{ALL, AtBatch, Model, ModelProgram, ModelReport};
use init_symmetry_check::property::{Config, Outcome, Profile};
use init_symmetry_check::subject::Invocation;
use init_symmetry_gradient::{Check, Coverage, GradientVerdict};
use init_symmetry_network::parallel;
use init_symmetry_network::symmetry::{TensorShape, UnitGroup};
use init_symmetry_network::tolerance::EXPLAINED;
use std::collections::BTreeSet;
use std::fmt::{Display, Write as _};
use std::process::Command;
use std::sync::LazyLock;
use strum::{EnumMessage, VariantArray};

const PAGE: &str = "docs/MODELS.md";

fn right() -> Vec<Box<dyn Model>> {
    vec![
        Box::new(Trained::new(Cnn::new(true, None), None)),
        Box::new(Trained::new(Cnn::new(false, None), None)),
        Box::new(Trained::new(Lstm::new(None), None)),
        Box::new(Trained::new(Attention::new(None), None)),
    ]
}

/// A fault, with the model in which it is planted.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Planted {
    Cnn(CnnFault),
    Lstm(LstmFault),
    Attention(AttentionFault),
    Training(TrainingFault),
}

/// A fault in words.
struct Words {
    name: String,
    what: &'static str,
    place: &'static str,
}

impl Words {
    fn of(fault: impl Display + EnumMessage) -> Self {
        let what = fault.get_documentation().unwrap_or_default();
        Self { name: fault.to_string(), what, place: fault.get_message().unwrap_or_default() }
    }
}

impl Planted {
    fn all() -> Vec<Self> {
        let cnn = CnnFault::VARIANTS.iter().copied().map(Self::Cnn);
        let lstm = LstmFault::VARIANTS.iter().copied().map(Self::Lstm);
        let attention = AttentionFault::VARIANTS.iter().copied().map(Self::Attention);
        let training = TrainingFault::VARIANTS.iter().copied().map(Self::Training);
        cnn.chain(lstm).chain(attention).chain(training).collect()
    }

    fn model(self) -> Box<dyn Model> {
        match self {
            Self::Cnn(fault) => Box::new(Trained::new(Cnn::new(true, Some(fault)), None)),
            Self::Lstm(fault) => Box::new(Trained::new(Lstm::new(Some(fault)), None)),
            Self::Attention(fault) => Box::new(Trained::new(Attention::new(Some(fault)), None)),
            // its first group has one entry a unit on each axis
            Self::Training(fault @ TrainingFault::StartRepeatsAUnit) => {
                Box::new(Trained::new(Cnn::new(true, None), Some(fault)))
            }
            Self::Training(fault) => Box::new(Trained::new(Lstm::new(None), Some(fault))),
        }
    }

    /// The model without the fault.
    fn right(self) -> Box<dyn Model> {
        let name = self.model().name().to_string();
        right().into_iter().find(|model| model.name() == name).expect("a right model of that name")
    }

    fn words(self) -> Words {
        match self {
            Self::Cnn(fault) => Words::of(fault),
            Self::Lstm(fault) => Words::of(fault),
            Self::Attention(fault) => Words::of(fault),
            Self::Training(fault) => Words::of(fault),
        }
    }
}

/// What every property says of a planted fault.
struct Row {
    planted: Planted,
    report: ModelReport,
}

impl Row {
    /// The properties that kill it, counted from 1.
    fn killers(&self) -> Vec<usize> {
        let outcomes = (1..).zip(&self.report.outcomes);
        outcomes.filter(|(_, outcome)| outcome.fails()).map(|(number, _)| number).collect()
    }
}

/// Enough for the rarest fault, which only shows where a token stands twice.
fn config() -> Config {
    Config { cases: 32, ..Config::default() }
}

static MATRIX: LazyLock<Vec<Row>> = LazyLock::new(|| {
    parallel::map(&Planted::all(), |&planted| {
        let report = ModelReport::new(planted.model().as_ref(), &config());
        Row { planted, report }
    })
});

#[test]
fn differences_confirm_every_entry_of_the_right_gradients() {
    let every = Check { coverage: Coverage::Every, ..Check::default() };
    for model in right() {
        for batch in 0..2 {
            let point = every.another_point(&model.start(batch).unwrap());
            let at_batch = AtBatch { model: model.as_ref(), batch };
            let report = every.differences(&at_batch, &point).unwrap();
            assert_eq!(report.verdict, GradientVerdict::Pass, "{}: {report}", model.name());
        }
    }
}

#[test]
fn the_right_models_pass_every_property_at_many_seeds() {
    let config = Config::from_env().unwrap();
    let seeds = match config.profile {
        Profile::Quick => 8,
        Profile::Ci => 50,
        Profile::Soak => 1000,
    };
    println!(
        "to replay: INIT_SYMMETRY_PROFILE={} INIT_SYMMETRY_SEED={}",
        config.profile, config.seed
    );
    let seeds: Vec<u64> = (config.seed..config.seed + seeds).collect();
    for number in 0..right().len() {
        let failing = parallel::map(&seeds, |&seed| {
            let report =
                ModelReport::new(right()[number].as_ref(), &Config::new(Profile::Quick, seed));
            (!report.passes()).then(|| format!("seed {seed}: {report}"))
        });
        let failing: Vec<String> = failing.into_iter().flatten().collect();
        assert!(failing.is_empty(), "{}", failing.join("\n"));
    }
}

/// A Python that has NumPy, if there is one; `INIT_SYMMETRY_PYTHON` names another than the usual.
fn python_with_numpy() -> Option<String> {
    let has_numpy = |python: &String| {
        let output = Command::new(python).args(["-c", "import numpy"]).output();
        output.is_ok_and(|it| it.status.success())
    };
    let named = std::env::var("INIT_SYMMETRY_PYTHON").ok();
    let usual = ["python3", "/usr/bin/python3"].map(String::from);
    named.into_iter().chain(usual).find(has_numpy)
}

#[test]
fn the_models_in_numpy_pass_every_property() {
    let Some(python) = python_with_numpy() else {
        return eprintln!("no python3 with numpy: its test checks nothing");
    };
    for (name, number) in [("cnn", 0), ("lstm", 2), ("attention", 3)] {
        let path = format!("{}/../../examples/models/{name}.py", env!("CARGO_MANIFEST_DIR"));
        let program = ModelProgram::start(&Invocation::new(&python, &[&path])).unwrap();
        let report = ModelReport::new(&program, &Config::new(Profile::Quick, 1));
        assert!(report.passes(), "{report}");
        // the same architecture with the same groups, larger or not
        let groups = |model: &dyn Model| {
            let axes = |group: UnitGroup| (group.name, group.axes.len(), group.homogeneous);
            model.groups().into_iter().map(axes).collect::<Vec<_>>()
        };
        assert_eq!(groups(&program), groups(right()[number].as_ref()), "{name}");
    }
}

#[test]
fn every_property_applies_to_some_right_model() {
    let applies = |outcome: &Outcome| outcome.passes() || outcome.note().is_some();
    let reports: Vec<_> = right()
        .iter()
        .map(|model| ModelReport::new(model.as_ref(), &Config::new(Profile::Quick, 1)))
        .collect();
    for (number, property) in ALL.iter().enumerate() {
        let somewhere = reports.iter().any(|report| applies(&report.outcomes[number]));
        assert!(somewhere, "{} applies to no model", property.name);
    }
}

#[test]
fn every_fault_of_a_model_is_killed_by_some_property() {
    assert!(MATRIX.len() >= 30, "{} faults", MATRIX.len());
    for row in MATRIX.iter() {
        let name = row.planted.words().name;
        println!("{}: {name}: {}", row.report.model, row.report.causes.join(" "));
        assert!(!row.killers().is_empty(), "no property kills {name} in {}", row.report.model);
    }
}

#[test]
fn every_property_of_models_kills_some_fault() {
    for (number, property) in (1..).zip(ALL) {
        let kills = MATRIX.iter().any(|row| row.killers().contains(&number));
        assert!(kills, "{} kills none", property.name);
    }
}

#[test]
fn every_fault_of_a_model_has_a_name_a_sentence_and_a_place_to_look() {
    let mut names = BTreeSet::new();
    for planted in Planted::all() {
        let Words { name, what, place } = planted.words();
        assert!(what.ends_with('.') && what.len() > 20, "{name}: {what}");
        assert!(place.len() > 7 && !place.ends_with('.'), "{name}: {place}");
        assert!(names.insert((planted.model().name().to_string(), name.clone())), "{name} twice");
    }
}

/// What a model answers: at some points the loss, the gradient, the loss alone, starts, steps and
/// trainings, and all of it once more.
fn answers(model: &dyn Model) -> Vec<f64> {
    let mut all = Vec::new();
    for seed in [3, 4, 3] {
        let start = model.start(seed).unwrap();
        let check = Check { seed, ..Check::default() };
        let point = check.another_point(&start);
        let answer = model.evaluate(&point, seed).unwrap();
        all.extend(start);
        all.push(answer.loss);
        all.extend(answer.gradient);
        all.push(model.loss(&point, seed).unwrap());
        all.extend(model.step(&point, seed, 0.25).unwrap());
        all.extend(model.train(&point, &[seed, seed + 1], 0.25).unwrap().concat());
    }
    all
}

#[test]
fn every_fault_of_a_model_differs_from_the_right_one_and_from_every_other() {
    let all = Planted::all();
    let answers_of = |model: &dyn Model| (model.name().to_string(), answers(model));
    let mut seen: Vec<(String, Vec<f64>, String)> = Vec::new();
    for model in right() {
        let (model, answers) = answers_of(model.as_ref());
        seen.push((model, answers, "the right model".into()));
    }
    for planted in all {
        let (model, answers) = answers_of(planted.model().as_ref());
        let name = planted.words().name;
        for (_, others, other) in seen.iter().filter(|(its_model, ..)| *its_model == model) {
            let alike = |(a, b): (&f64, &f64)| (a - b).abs() <= EXPLAINED * a.abs().max(1.0);
            let same = answers.iter().zip(others).all(alike);
            assert!(!same, "in {model}, {name} does what {other} does");
        }
        seen.push((model, answers, name));
    }
}

/// The right model and the fault, told apart by nothing but the fault.
#[test]
fn a_fault_changes_no_tensor_and_no_group() {
    for planted in Planted::all() {
        let (right, wrong) = (planted.right(), planted.model());
        assert_eq!(right.tensors(), wrong.tensors());
        assert_eq!(right.groups(), wrong.groups());
    }
}

fn page() -> String {
    let mut page = format!(
        "# What the properties of models see\n\n\
         For those who check a model of their own and want to know which mistakes are found: {} \
         faults,\nplanted in three models, and the properties that kill each.\n\n\
         Generated by `cargo run -p xtask -- bless`; a test holds it to what is measured ({} \
         cases, seed {}).\n\
         The models and their faults stand in `crates/check/tests/it/`, a file for each; the same \
         models in\nNumPy, without faults, in `examples/models/`.\n\n\
         ## Models\n\n\
         | model | parameters | unit groups |\n| --- | --- | --- |\n",
        MATRIX.len(),
        config().cases,
        config().seed,
    );
    for model in right() {
        let parameters: usize = model.tensors().iter().map(TensorShape::len).sum();
        let group = |group: UnitGroup| {
            let homogeneous = if group.homogeneous { ", homogeneous" } else { "" };
            format!("{} ({}{homogeneous})", group.name, group.units)
        };
        let groups: Vec<_> = model.groups().into_iter().map(group).collect();
        let name = model.name();
        writeln!(page, "| {name} | {parameters} | {} |", groups.join("; ")).unwrap();
    }
    page += "\n## Properties\n\n\
             | | property | what must hold | faults it kills |\n| --- | --- | --- | --- |\n";
    for (number, property) in (1..).zip(ALL) {
        let kills = MATRIX.iter().filter(|row| row.killers().contains(&number)).count();
        let (name, statement) = (property.name, property.statement);
        writeln!(page, "| {number} | {name} | {statement} | {kills} |").unwrap();
    }
    page += "\n## Faults\n\n\
             | model | fault | what it does | where to look | killed by |\n\
             | --- | --- | --- | --- | --- |\n";
    for row in MATRIX.iter() {
        let Words { name, what, place } = row.planted.words();
        let killers: Vec<_> = row.killers().iter().map(usize::to_string).collect();
        let (model, killers) = (&row.report.model, killers.join(" "));
        writeln!(page, "| {model} | {name} | {what} | {place} | {killers} |").unwrap();
    }
    page
}

#[test]
fn the_page_about_models_is_up_to_date() {
    let path = format!("../../{PAGE}");
    let page = page();
    if is_renewed() {
        return write(&path, &page);
    }
    let on_disk = std::fs::read_to_string(path).unwrap();
    if on_disk != page {
        let mut pairs = on_disk.lines().zip(page.lines());
        let (is, expected) = pairs.find(|(is, expected)| is != expected).unwrap_or(("", ""));
        panic!("{PAGE} is stale:\n  it has:   {is}\n  expected: {expected}\n{RENEW}");
    }
}
