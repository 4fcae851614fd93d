//! How much work a subcommand begins: what would take hours is refused before it starts, unless the
//! limit is raised, and what takes a while is announced.
//!
//! It does not know what the work is. Start at [`MostWork::check`].

use super::output::Streams;
use crate::{Error, Result};

/// How much work may be begun
#[derive(Debug, clap::Args)]
pub(super) struct MostWork {
    /// Refuse to start if the estimated work is more than this [default: a few hours of work]
    #[arg(long, value_name = "OPERATIONS", value_parser = operations, allow_hyphen_values = true)]
    most_work: Option<f64>,
}

/// Work as estimated before it begins.
pub(super) struct Work {
    /// Whose work, and what it is counted from.
    pub(super) what: &'static str,
    pub(super) operations: f64,
    /// What is counted.
    pub(super) unit: &'static str,
    /// About how long one of them takes on one processor.
    pub(super) nanoseconds: f64,
    /// As many as are begun where no limit is given.
    pub(super) usual_limit: f64,
    /// How else to have less of it.
    pub(super) or_less: &'static str,
}

/// Work of fewer seconds than this begins without a word.
const WORTH_A_WORD: f64 = 30.0;

impl MostWork {
    /// Announces work that takes a while, and refuses too much of it.
    pub(super) fn check(&self, streams: &mut Streams, work: &Work) -> Result<()> {
        let Work { what, operations, unit, nanoseconds, usual_limit, or_less } = work;
        let limit = self.most_work.unwrap_or(*usual_limit);
        let seconds = operations * nanoseconds / 1e9;
        let time = about(seconds);
        if *operations > limit {
            return Err(Error::OutOfRange {
                what: what.to_string(),
                value: format!("{operations:.1e} {unit} ({time} on one processor)"),
                range: format!("at most {limit:e}: {or_less}, or raise --most-work"),
            });
        }
        if seconds > WORTH_A_WORD {
            let estimate = format!("{operations:.1e} {unit}, {time} on one processor");
            streams.note(&format!("{what} is about {estimate}"));
        }
        Ok(())
    }
}

/// A time that is only estimated, in the largest unit of which it has one.
fn about(seconds: f64) -> String {
    const UNITS: [(f64, &str); 5] = [
        (31_557_600.0, "years"),
        (86_400.0, "days"),
        (3_600.0, "hours"),
        (60.0, "minutes"),
        (1.0, "seconds"),
    ];
    let fits = |(length, _): &&(f64, &str)| seconds >= 2.0 * length;
    let (length, unit) = UNITS.iter().find(fits).unwrap_or(&UNITS[4]);
    match seconds / length {
        count if count < 1e4 => format!("about {count:.0} {unit}"),
        count => format!("about {count:.0e} {unit}"),
    }
}

fn operations(text: &str) -> Result<f64> {
    let number = text.parse().ok().filter(|number: &f64| *number > 0.0 && number.is_finite());
    number.ok_or_else(|| Error::OutOfRange {
        what: "the most work".into(),
        value: format!("'{text}'"),
        range: "a positive finite number, such as 1e12".into(),
    })
}

#[cfg(test)]
mod tests {
    use super::about;

    #[test]
    fn an_estimated_time_is_told_in_the_largest_unit_that_it_has_two_of() {
        for (seconds, words) in [
            (0.1, "about 0 seconds"),
            (90.0, "about 90 seconds"),
            (600.0, "about 10 minutes"),
            (3.6e6, "about 42 days"),
            (1e15, "about 3e7 years"),
            (f64::INFINITY, "about inf years"),
        ] {
            assert_eq!(about(seconds), words);
        }
    }
}
