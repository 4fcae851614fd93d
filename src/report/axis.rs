//! Axes: which part of a line a number lies on, and where the ticks are.
//!
//! It draws nothing: `plot.rs` does. Start at [`Axis::linear`].

use super::number::{fixed, power_of_ten};

/// One axis of a plot.
#[derive(Debug, Clone)]
pub(super) struct Axis {
    /// What is measured, with its unit.
    pub(super) label: String,
    /// Where it is marked.
    pub(super) ticks: Vec<Tick>,
    low: f64,
    high: f64,
    is_log: bool,
}

/// A mark on an axis.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tick {
    /// Its number.
    pub(super) at: f64,
    /// How it is written.
    pub(super) label: String,
}

impl Axis {
    /// An axis from `low` to `high` with ticks at round numbers.
    pub(super) fn linear(label: impl Into<String>, low: f64, high: f64) -> Self {
        let (step, decimals) = round_step(high - low);
        let (first, last) = ((low / step).ceil() as i64, (high / step).floor() as i64);
        let tick = |k: i64| {
            let at = k as f64 * step;
            Tick { at, label: fixed(at, decimals).replace('-', "−") }
        };
        let ticks = (first..=last).map(tick).collect();
        Self { label: label.into(), ticks, low, high, is_log: false }
    }

    /// A logarithmic axis from 10^`low` to 10^`high`, with ticks at round powers of ten.
    pub(super) fn log(label: impl Into<String>, low: f64, high: f64) -> Self {
        let every = [1, 2, 5].into_iter().find(|every| high - low <= f64::from(6 * every));
        let of_tick = |k: &i32| k % every.unwrap_or(10) == 0;
        let tick = |k: i32| Tick { at: libm::exp10(f64::from(k)), label: power_of_ten(k) };
        let ticks = (low.ceil() as i32..=high as i32).filter(of_tick).map(tick).collect();
        Self { label: label.into(), ticks, low, high, is_log: true }
    }

    /// The same axis with other marks.
    pub(super) fn with_ticks(self, ticks: impl IntoIterator<Item = (f64, String)>) -> Self {
        let ticks = ticks.into_iter().map(|(at, label)| Tick { at, label }).collect();
        Self { ticks, ..self }
    }

    /// Its kind and its ends, for the script of the page: `log -2 1` is from 0.01 to 10.
    pub(super) fn scale(&self) -> String {
        let kind = if self.is_log { "log" } else { "linear" };
        format!("{kind} {} {}", fixed(self.low, 3), fixed(self.high, 3))
    }

    /// 0 at the lower end, 1 at the upper.
    pub(super) fn share(&self, at: f64) -> f64 {
        let at = if self.is_log { libm::log10(at) } else { at };
        (at - self.low) / (self.high - self.low)
    }
}

/// The distance of about five ticks: 1, 2 or 5 times a power of ten, and its decimals.
fn round_step(span: f64) -> (f64, usize) {
    let exponent = libm::floor(libm::log10(span / 5.0));
    let decimals = (-exponent).max(0.0) as usize;
    let power = libm::exp10(exponent);
    let factors = [1.0, 2.0, 5.0];
    let enough = |factor: &f64| factor * power >= span / 6.0;
    match factors.into_iter().find(enough) {
        Some(factor) => (factor * power, decimals),
        None => (10.0 * power, decimals.saturating_sub(1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(axis: &Axis) -> Vec<&str> {
        axis.ticks.iter().map(|tick| tick.label.as_str()).collect()
    }

    #[test]
    fn ticks_are_round_numbers_within_the_axis() {
        assert_eq!(labels(&Axis::linear("z", -8.0, 8.0)), ["−5", "0", "5"]);
        assert_eq!(labels(&Axis::linear("a", 0.0, 1.0)), ["0", "0.2", "0.4", "0.6", "0.8", "1"]);
        let iterations = Axis::linear("iteration", 0.0, 3000.0);
        assert_eq!(labels(&iterations), ["0", "500", "1000", "1500", "2000", "2500", "3000"]);
        for span in [0.001, 0.3, 1.0, 7.0, 40.0, 99.0, 12345.0] {
            let axis = Axis::linear("", 0.0, span);
            assert!((3..=7).contains(&axis.ticks.len()), "{span}: {:?}", labels(&axis));
            assert!(axis.ticks.iter().all(|tick| (0.0..=span).contains(&tick.at)));
        }
    }

    #[test]
    fn ticks_of_a_logarithmic_axis_are_round_powers_of_ten() {
        assert_eq!(labels(&Axis::log("s", -2.3, 1.0)), ["0.01", "0.1", "1", "10"]);
        let deep = Axis::log("", -28.0, 0.0);
        assert_eq!(labels(&deep), ["10⁻²⁵", "10⁻²⁰", "10⁻¹⁵", "10⁻¹⁰", "10⁻⁵", "1"]);
    }

    #[test]
    fn the_ends_of_an_axis_are_0_and_1() {
        let (linear, log) = (Axis::linear("", -2.0, 6.0), Axis::log("", -2.0, 2.0));
        assert_eq!([-2.0, 2.0, 6.0].map(|at| linear.share(at)), [0.0, 0.5, 1.0]);
        assert_eq!([0.01, 1.0, 100.0].map(|at| log.share(at)), [0.0, 0.5, 1.0]);
    }
}
