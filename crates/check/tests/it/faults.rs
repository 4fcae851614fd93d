//! The faulty copy, the kill matrix and the way back from behaviour to fault.

use super::record::{RENEW, is_renewed, write};
use init_symmetry_check::fault::{
    DECLARED, Fault, Faulty, KillMatrix, Planted, cases_that_differ, faults_that_explain,
};
use init_symmetry_check::property::{ALL, Case, Cases, Config, Profile};
use init_symmetry_check::subject::{Descent, Reference, Subject};
use init_symmetry_gradient::{
    self as gradient, Block, Check, Differentiable, LossAndGradient, NetworkLoss,
};
use init_symmetry_network::tolerance::EXPLAINED;
use init_symmetry_network::{Biases, Parameters, Result, Start, Weights, parameters_from};
use std::sync::LazyLock;
use strum::{EnumProperty, VariantArray};

fn catalogue() -> Vec<&'static dyn Planted> {
    Fault::VARIANTS.iter().map(|fault| fault as &dyn Planted).collect()
}

static MATRIX: LazyLock<KillMatrix> =
    LazyLock::new(|| KillMatrix::run(ALL, &catalogue(), &Config::default()));

fn bits(parameters: Result<Parameters<f64>>) -> Option<Vec<u64>> {
    Some(parameters.ok()?.entries().map(f64::to_bits).collect())
}

#[test]
fn without_fault_the_copy_is_the_reference_bit_for_bit() {
    let copy = Faulty::default();
    for seed in 1..=4 {
        for case in Cases::default().of(&copy).sample(&Config::new(Profile::Ci, seed)) {
            let problem = case.problem();
            let network = problem.network;
            let [ours, theirs] = [&copy as &dyn Subject, &Reference].map(|subject| {
                let answer = subject.evaluate(problem).unwrap();
                let gradient: Vec<u64> = answer.gradient.entries().map(f64::to_bits).collect();
                (answer.loss.to_bits(), gradient)
            });
            assert_eq!(ours, theirs, "{case}");
            let [ours, theirs] = [&copy as &dyn Subject, &Reference].map(|subject| {
                subject.predict(network, problem.parameters, problem.batch.x()).unwrap()
            });
            assert_eq!(ours, theirs, "{case}");
            let [ours, theirs] = [&copy as &dyn Subject, &Reference]
                .map(|subject| bits(subject.step(problem, case.rate)));
            assert_eq!(ours, theirs, "{case}");
            let descent = Descent { rate: case.rate, steps: 5 };
            let [ours, theirs] = [&copy as &dyn Subject, &Reference].map(|subject| {
                let mut trajectory = Vec::new();
                let end = subject.train(problem, descent, &mut |t, now| {
                    trajectory.push((t, bits(Ok(now.clone()))));
                });
                (trajectory, bits(end))
            });
            assert_eq!(ours, theirs, "{case}");
            for weights in [Weights::Zeros, Weights::Normal(0.5), Weights::Xavier] {
                let start = Start { weights, biases: Biases::Normal(0.5) };
                let [ours, theirs] = [&copy as &dyn Subject, &Reference]
                    .map(|subject| bits(subject.initialise(network, start, seed)));
                assert_eq!(ours, theirs, "{case}");
            }
        }
    }
}

#[test]
fn every_fault_makes_a_difference() {
    for row in &MATRIX.rows {
        let plant = "plant it in crates/check/src/fault/backprop.rs or faulty.rs";
        assert!(row.cases_that_differ > 0, "{} never differs from the network: {plant}", row.fault);
    }
    assert_eq!(cases_that_differ(&NoFault, &Config::default()), 0);
}

/// What `every_fault_makes_a_difference` would refuse.
struct NoFault;

impl Planted for NoFault {
    fn name(&self) -> &str {
        "no-fault"
    }

    fn description(&self) -> &str {
        "Nothing."
    }

    fn where_to_look(&self) -> &str {
        "nowhere"
    }

    fn subject(&self) -> Box<dyn Subject> {
        Box::new(Faulty::default())
    }
}

#[test]
fn every_fault_says_what_it_does_and_where_to_look() {
    for fault in Fault::VARIANTS {
        assert!(fault.description().ends_with('.'), "{fault}: {}", fault.description());
        let kind = fault.get_str("kind").unwrap_or("gradient");
        assert_eq!(fault.kind().map(|kind| kind.to_string()).as_deref(), Some(kind), "{fault}");
        assert!(
            fault.where_to_look().len() > 10 && !fault.where_to_look().ends_with('.'),
            "{fault}"
        );
        assert!(fault.public_report().is_none_or(|seen| seen.starts_with("https://")), "{fault}");
    }
    // somebody's own fault need not
    assert_eq!((NoFault.kind(), NoFault.public_report()), (None, None));
}

#[test]
fn the_kill_matrix_is_as_recorded() {
    if is_renewed() {
        write("src/fault/kills.csv", &MATRIX.to_csv());
        return write("../../docs/KILLS.md", &page());
    }
    if let Some(difference) = first_difference(DECLARED) {
        panic!("crates/check/src/fault/kills.csv is stale: {difference}\n{RENEW}");
    }
}

/// The first way in which the matrix is not as recorded.
fn first_difference(declared: &str) -> Option<String> {
    let properties: Vec<_> = declared.lines().next()?.split(',').skip(1).collect();
    let faults: Vec<_> =
        declared.lines().skip(1).filter_map(|line| line.split(',').next()).collect();
    let new_fault = MATRIX.rows.iter().find(|row| !faults.contains(&row.fault.as_str()));
    let new_property = MATRIX.properties.iter().find(|it| !properties.contains(&it.as_str()));
    let gone_fault = faults.iter().find(|fault| !MATRIX.rows.iter().any(|it| it.fault == **fault));
    let gone_property =
        properties.iter().find(|name| !MATRIX.properties.iter().any(|it| it == *name));
    let new_fault = new_fault.map(|row| format!("the fault {} has no row", row.fault));
    let new_property = new_property.map(|name| format!("the property {name} has no column"));
    let gone_fault = gone_fault.map(|name| format!("there is no fault {name}"));
    let gone_property = gone_property.map(|name| format!("there is no property {name}"));
    let presence = new_fault.or(new_property).or(gone_fault).or(gone_property);
    let cell = || MATRIX.differences(declared).unwrap().into_iter().next();
    let order = || (MATRIX.to_csv() != declared).then(|| "rows or columns have moved".into());
    presence.or_else(cell).or_else(order)
}

#[test]
fn what_is_stale_of_the_kill_matrix_is_named() {
    let measured = MATRIX.to_csv();
    let says = |declared: &str, sentence: &str| {
        assert_eq!(first_difference(declared).as_deref(), Some(sentence));
    };
    assert_eq!(first_difference(&measured), None);
    says(&measured.replace("\nstale-cache,", "\ngone,"), "the fault stale-cache has no row");
    let without = measured.replacen(",twins-stay-twins,", ",gone,", 1);
    says(&without, "the property twins-stay-twins has no column");
    says(&format!("{measured}gone\n"), "there is no fault gone");
    let reversed: Vec<_> = measured.lines().skip(1).collect();
    let header = measured.lines().next().unwrap();
    let reversed: Vec<_> = [header].into_iter().chain(reversed.into_iter().rev()).collect();
    says(&(reversed.join("\n") + "\n"), "rows or columns have moved");
}

fn page() -> String {
    format!(
        "# The kill matrix\n\n\
         What every property sees of every planted fault: {} faults, {} properties, {} cases each, \
         seed {}.\n\
         A name that is a link leads to a public report of the error, or of a close relative, in \
         somebody's network.\n\
         Generated by `cargo run -p xtask -- bless`; a test holds it \
         to what is measured.\n\n\
         A smallest set of properties that kills everything (exact): {}.\n\n{}",
        MATRIX.rows.len(),
        MATRIX.properties.len(),
        MATRIX.cases,
        MATRIX.seed,
        MATRIX.smallest_killing_set().join(", "),
        MATRIX.to_markdown()
    )
}

#[test]
fn the_page_about_the_kill_matrix_is_up_to_date() {
    let on_disk = std::fs::read_to_string("../../docs/KILLS.md").unwrap();
    let page = page();
    let mut pairs = on_disk.lines().zip(page.lines());
    if !is_renewed() && on_disk != page {
        let (is, expected) = pairs.find(|(is, expected)| is != expected).unwrap_or(("", ""));
        panic!("docs/KILLS.md is stale:\n  it has:   {is}\n  expected: {expected}\n{RENEW}");
    }
}

#[test]
fn a_smallest_killing_set_kills_everything_and_needs_each_of_its_properties() {
    let chosen = MATRIX.smallest_killing_set();
    let killed_by = |properties: &[&str]| {
        let is_killed = |row: &&init_symmetry_check::fault::Row| {
            MATRIX.killers(&row.fault).any(|killer| properties.contains(&killer))
        };
        MATRIX.rows.iter().filter(is_killed).count()
    };
    assert_eq!(killed_by(&chosen), MATRIX.rows.len());
    for left_out in 0..chosen.len() {
        let mut others = chosen.clone();
        others.remove(left_out);
        assert!(killed_by(&others) < MATRIX.rows.len(), "{} is not needed", chosen[left_out]);
    }
}

#[test]
fn a_matrix_of_some_faults_has_the_rows_of_the_whole() {
    let some: Vec<&dyn Planted> = vec![&Fault::StaleCache, &Fault::UpdateAscends];
    let part = KillMatrix::run(ALL, &some, &Config::default());
    assert_eq!(part.rows.len(), 2);
    assert!(part.rows.iter().all(|row| MATRIX.rows.contains(row)));
    assert_eq!(part.differences(DECLARED).unwrap(), [""; 0]);
}

#[test]
fn a_kill_that_is_lost_or_gained_is_named() {
    let one: [&dyn Planted; 1] = [&Fault::StaleCache];
    let part = KillMatrix::run(ALL, &one, &Config::default());
    let lost = DECLARED.replace("passes", "kills");
    let gained = DECLARED.replace("kills", "passes");
    assert!(part.differences(&lost).unwrap()[0].contains("no longer kills stale-cache: passes"));
    assert!(
        part.differences(&gained).unwrap()[0].contains("kills stale-cache, declared as: passes")
    );
    let missing = DECLARED.replace("stale-cache", "fresh-cache");
    assert!(part.differences(&missing).unwrap()[0].contains("nothing is declared"));
    assert!(part.differences("fault,a\nstale-cache,perhaps\n").is_err());
}

#[test]
fn every_fault_is_killed_by_some_property() {
    let survivors: Vec<_> = MATRIX.survivors().collect();
    assert!(survivors.is_empty(), "no property kills {survivors:?}");
    assert!(MATRIX.rows.len() >= 52);
}

#[test]
fn every_property_kills_some_fault() {
    for property in ALL {
        assert!(MATRIX.killed(property.name).next().is_some(), "{} kills none", property.name);
    }
}

#[test]
fn a_fault_is_explained_by_itself_and_by_no_other() {
    let config = Config::new(Profile::Quick, 1);
    for &fault in Fault::VARIANTS {
        let found = faults_that_explain(&Faulty::with(fault), &config);
        // another order of one sum is within rounding: only the twins tell it from the reference
        let expected =
            if fault == Fault::OneRowReducedInReverseOrder { vec![] } else { vec![fault] };
        assert_eq!(found, expected, "{fault} behaves like these");
    }
    assert_eq!(faults_that_explain(&Reference, &config), []);
}

/// A subject at a case, as a function of the flat parameters.
pub(crate) struct At<'a> {
    pub(crate) subject: &'a dyn Subject,
    pub(crate) case: &'a Case,
}

impl Differentiable for At<'_> {
    fn blocks(&self) -> Vec<Block> {
        NetworkLoss { network: &self.case.network, batch: &self.case.batch }.blocks()
    }

    fn evaluate(&self, parameters: &[f64]) -> Result<LossAndGradient> {
        let parameters = parameters_from(&self.case.network, parameters)?;
        let answer = self.subject.evaluate(self.case.network.at(&parameters, &self.case.batch))?;
        Ok(LossAndGradient { loss: answer.loss, gradient: answer.gradient.entries().collect() })
    }
}

#[test]
fn the_exact_check_catches_every_fault_that_changes_a_gradient_by_more_than_its_floor() {
    let cases = Cases::default().sample(&Config::new(Profile::Quick, 1));
    let mut faults_that_change_it = 0;
    for fault in Fault::VARIANTS {
        let (mut changed, mut caught) = (0, 0);
        for case in &cases {
            let point: Vec<f64> = case.parameters.entries().collect();
            let gradient = |subject: &dyn Subject| -> Option<Vec<f64>> {
                // a new subject each time: some faults remember
                let answer = subject.evaluate(case.problem()).ok()?;
                Some(answer.gradient.entries().collect())
            };
            let Some(right) = gradient(&Reference) else { continue };
            let Some(wrong) = gradient(fault.subject().as_ref()) else { continue };
            let largest = right.iter().fold(0.0_f64, |largest, entry| largest.max(entry.abs()));
            let alike = |(a, b): (&f64, &f64)| (a - b).abs() <= EXPLAINED * largest;
            if right.iter().zip(&wrong).all(alike) {
                continue;
            }
            changed += 1;
            let subject = fault.subject();
            let at = At { subject: subject.as_ref(), case };
            let report = Check::default().network(&case.network, &case.batch, &at, &point);
            let report = report.expect("an answer");
            // it may miss only what it says that it cannot see
            let floors = report
                .blocks
                .iter()
                .flat_map(|block| std::iter::repeat_n(block.detection_floor, block.block.len()));
            let unseen = right.iter().zip(&wrong).zip(floors);
            let below_the_floor = unseen.into_iter().all(|((a, b), floor)| (a - b).abs() <= floor);
            let sees = match report.verdict {
                gradient::GradientVerdict::Mismatch | gradient::GradientVerdict::Invalid => true,
                gradient::GradientVerdict::Pass | gradient::GradientVerdict::Unchecked => false,
            };
            assert!(sees || below_the_floor, "{fault}: {}\n{case}", report.verdict);
            caught += usize::from(sees);
        }
        assert!(changed == 0 || caught > 0, "{fault} is never caught");
        faults_that_change_it += usize::from(changed > 0);
    }
    assert!(faults_that_change_it > 30, "{faults_that_change_it} faults change a gradient");
}

#[test]
fn structured_differences_accept_the_right_gradient_and_no_wrong_mean() {
    let cases = Cases::default().of::<f64>(&Reference).sample(&Config::new(Profile::Quick, 2));
    let judge = |subject: &dyn Subject, case: &Case| {
        let point: Vec<f64> = case.parameters.entries().collect();
        let at = At { subject, case };
        let report =
            Check::default().network_by_differences(&case.network, &case.batch, &at, &point);
        report.expect("an answer").verdict
    };
    let (mut passed, mut caught) = (0, 0);
    for case in &cases {
        let verdict = judge(&Reference, case);
        // a dyadic ReLU may sit exactly at its kink, where differences do not settle
        let settles = !case.network.activations().iter().any(|g| g.has_kink());
        assert!(verdict == gradient::GradientVerdict::Pass || !settles, "{verdict}\n{case}");
        passed += usize::from(verdict == gradient::GradientVerdict::Pass);
        // what no difference of the subject's own loss can see
        let summed = judge(Fault::SumInsteadOfMean.subject().as_ref(), case);
        caught += usize::from(summed == gradient::GradientVerdict::Mismatch);
        assert!(case.batch.m() > 1 || summed == verdict, "{case}");
    }
    assert!(2 * passed > cases.len() && 2 * caught > cases.len(), "{passed}, {caught}");
}
