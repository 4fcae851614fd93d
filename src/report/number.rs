//! How numbers look. Every number of the report is rounded here and nowhere else.
//!
//! Numbers on the command line are not its business. Start at [`fixed`].

/// Digits of a number in a CSV file.
const DIGITS_OF_DATA: usize = 7;

/// Digits of a number in a sentence.
const DIGITS_OF_WORDS: usize = 3;

/// At most so many decimals, and never a zero at the end or −0: coordinates, labels of ticks.
pub(super) fn fixed(number: f64, decimals: usize) -> String {
    let text = format!("{number:.decimals$}");
    let trimmed = if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.')
    } else {
        text.as_str()
    };
    if trimmed == "-0" { "0".into() } else { trimmed.into() }
}

/// A coordinate of a picture, to a hundredth of a pixel.
pub(super) fn coordinate(number: f64) -> String {
    fixed(number, 2)
}

/// A number for other programs.
pub(super) fn data(number: f64) -> String {
    significant(number, DIGITS_OF_DATA)
}

/// A number for readers: a true minus sign, powers of ten written as such.
pub(super) fn words(number: f64) -> String {
    let text = significant(number, DIGITS_OF_WORDS).replace('-', "−");
    match text.split_once('e') {
        None => text,
        Some((factor, exponent)) => format!("{factor}·10{}", raised(exponent)),
    }
}

/// The label of 10^exponent on an axis.
pub(super) fn power_of_ten(exponent: i32) -> String {
    match exponent {
        -2 => "0.01".into(),
        -1 => "0.1".into(),
        0 => "1".into(),
        1 => "10".into(),
        2 => "100".into(),
        _ => format!("10{}", raised(&exponent.to_string())),
    }
}

/// A share as a percentage.
pub(super) fn percent(share: f64) -> String {
    format!("{}\u{a0}%", fixed(100.0 * share, 1))
}

fn significant(number: f64, digits: usize) -> String {
    let scientific = format!("{number:.*e}", digits - 1);
    // the shortest text of the number that is left after rounding
    let Ok(rounded) = scientific.parse::<f64>() else { return scientific };
    let exponent = scientific.split_once('e').and_then(|(_, exponent)| exponent.parse().ok());
    match exponent {
        Some(-4..=8) => fixed(rounded, 4 + digits),
        Some(_) => format!("{rounded:e}"),
        None => scientific, // NaN or an infinity
    }
}

fn raised(exponent: &str) -> String {
    let digits = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    let of = |c: char| match c.to_digit(10) {
        Some(digit) => digits[digit as usize],
        None => '⁻',
    };
    exponent.chars().map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_one_look() {
        for (number, expected) in [(0.5, "0.5"), (-0.001, "0"), (20.0, "20"), (1.0 / 3.0, "0.33")] {
            assert_eq!(coordinate(number), expected);
        }
        assert_eq!(fixed(100.0, 0), "100");
        for (number, expected) in
            [(0.1 + 0.2, "0.3"), (-0.0, "0"), (1e-24, "1e-24"), (2000.0, "2000"), (0.25, "0.25")]
        {
            assert_eq!(data(number), expected);
        }
        for (number, expected) in
            [(8.12345e-24, "8.12·10⁻²⁴"), (-0.5, "−0.5"), (0.0, "0"), (0.99951, "1")]
        {
            assert_eq!(words(number), expected);
        }
        assert_eq!(percent(0.5), "50\u{a0}%");
        assert_eq!((power_of_ten(-1), power_of_ten(-12)), ("0.1".into(), "10⁻¹²".into()));
    }

    #[test]
    fn only_zero_is_zero_in_data_and_nothing_else_is_hidden() {
        assert_ne!(data(f64::from_bits(1)), "0");
        assert_eq!(data(f64::NAN), "NaN");
        assert_eq!(data(f64::INFINITY), "inf");
    }
}
