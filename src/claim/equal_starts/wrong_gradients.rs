//! Keeping the symmetry is no sign of a right gradient.
//!
//! It runs the planted faults; they are defined in `crates/check/src/fault`. Start at [`CLAIMS`].

use super::SECTION;
use crate::Result;
use crate::claim::Evidence::Example;
use crate::claim::{Claim, Finding, Killer, Part, Verdict};
use crate::fault::{Fault, Faulty};
use crate::property::{
    Config, Profile, PropertyVerdict, gradient_equals_the_specification, twins_stay_twins,
};
use strum::VariantArray;

pub(in crate::claim) const CLAIMS: &[Claim] = &[Claim {
    id: "wrong-gradients-keep-identical-units-too",
    section: SECTION,
    headline: "Most of our planted bugs that make the gradient wrong keep identical units \
               identical.",
    lesson: "Identical gradients keep identical units identical.",
    source: "Why Not Initialize to Zero: The Symmetry Persists During Training, as a test",
    expected: Verdict::Holds,
    min_cases: 20,
    parts: &[Part {
        says: "most faults of the catalogue that make the gradient wrong keep twins twins: a \
               backprop is not right just because the symmetry persists",
        evidence: &[
            Example(
                "every fault, judged by the specification and by whether twins stay twins",
                |_, c| wrong_but_symmetric(c),
            ),
            Example("control: the subject itself passes both", |s, c| {
                let [gradient, twins] =
                    [gradient_equals_the_specification(s, c), twins_stay_twins::<f64>(s, c)];
                Ok(Finding::from(gradient).and(twins.into()))
            }),
        ],
    }],
    assumptions: &[],
    killed_by: Killer::Fault(Fault::IndexDependentNoiseInDw1),
}];

fn wrong_but_symmetric(config: &Config) -> Result<Finding> {
    // one failing case is enough, and it need not be small
    let quick = Config::new(Profile::Quick, config.seed).without_shrinking();
    let (mut wrong, mut symmetric) = (0, 0);
    for &fault in Fault::VARIANTS {
        let subject = Faulty::with(fault);
        let judged = gradient_equals_the_specification(&subject, &quick).verdict;
        if matches!(judged, PropertyVerdict::Fails { .. }) {
            wrong += 1;
            symmetric += usize::from(twins_stay_twins::<f64>(&subject, &quick).passes());
        }
    }
    let numbers = format!("{symmetric} of {wrong} faults with a wrong gradient keep twins twins");
    Ok(Finding::new(2 * symmetric > wrong, wrong, numbers)
        .witnessed(symmetric < wrong, "some do not"))
}
