//! Estimated numbers in words: six digits, and a fraction where it is one.

/// A number to six significant digits.
pub(super) fn rounded(number: f64) -> String {
    let digits = format!("{number:.5e}");
    let shown: f64 = digits.parse().unwrap_or(number);
    let exponent = digits.split_once('e').and_then(|(_, exponent)| exponent.parse::<i32>().ok());
    if shown != 0.0 && exponent.is_some_and(|exponent| !(-4..7).contains(&exponent)) {
        return format!("{shown:e}").replace('-', "−");
    }
    shown.to_string().replace('-', "−")
}

/// Whether an estimate is a number, within what it is uncertain by.
pub(super) fn is(estimate: f64, number: f64, relative: f64) -> bool {
    (estimate - number).abs() <= relative * number.abs().max(estimate.abs())
}

/// The one number that all estimates are; each with what it is uncertain by.
pub(super) fn common(estimates: &[(f64, f64)]) -> Option<f64> {
    let &(best, _) = estimates.iter().min_by(|x, y| x.1.total_cmp(&y.1))?;
    let fits = |&(estimate, uncertain): &(f64, f64)| (estimate - best).abs() <= 2.0 * uncertain;
    estimates.iter().all(fits).then_some(best)
}
