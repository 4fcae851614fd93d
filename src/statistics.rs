//! Bounds and tests for statistical evidence, over the distributions of statrs.

use statrs::distribution::{Beta, ContinuousCDF};

/// The Clopper–Pearson lower bound of a success rate: a true rate below it would show as many
/// successes with probability at most `level`. 0 for no successes or impossible counts.
///
/// Source: Clopper & Pearson 1934; it is a quantile of a beta distribution.
///
/// ```
/// use init_symmetry::statistics::lower_bound_of_rate;
/// // 200 of 200 at level 0.001: the 200th root of 0.001
/// assert!((lower_bound_of_rate(200, 200, 0.001) - 0.966).abs() < 0.001);
/// ```
pub fn lower_bound_of_rate(successes: usize, trials: usize, level: f64) -> f64 {
    if successes == 0 || successes > trials {
        return 0.0;
    }
    let (successes, failures) = (successes as f64, (trials - successes) as f64);
    Beta::new(successes, failures + 1.0).map_or(0.0, |beta| beta.inverse_cdf(level))
}
