//! Numbers in sentences: six significant digits, and more only where two would look alike.
//!
//! Cases keep every bit; they are shown and saved by `drawn.rs`.

/// How many significant digits a number has in a sentence.
const SHOWN: usize = 6;

/// So many tell every two numbers apart.
const ALL: usize = 17;

/// A number to six significant digits.
pub(super) fn short(number: f64) -> String {
    with_digits(number, SHOWN)
}

/// Two numbers to six significant digits or, where these are the same, to one more than tell them
/// apart.
pub(super) fn apart(left: f64, right: f64) -> [String; 2] {
    let both = |digits| [left, right].map(|number| with_digits(number, digits));
    let differ = |digits: &usize| {
        let [left, right] = both(*digits);
        left != right
    };
    match (SHOWN..ALL).find(differ) {
        Some(SHOWN) => both(SHOWN),
        Some(digits) => both(digits + 1),
        None => both(ALL),
    }
}

fn with_digits(number: f64, digits: usize) -> String {
    let scientific = format!("{number:.*e}", digits - 1);
    let exponent = scientific.split_once('e').and_then(|(_, it)| it.parse::<i32>().ok());
    match (scientific.parse::<f64>(), exponent) {
        (Ok(rounded), Some(-5..=15)) => rounded.to_string(),
        (Ok(rounded), Some(_)) => format!("{rounded:e}"),
        _ => number.to_string(), // NaN and infinity
    }
}

#[cfg(test)]
mod tests {
    use super::{apart, short};

    #[test]
    fn a_number_in_a_sentence_has_six_digits() {
        let shown = [0.486_485_669_855, 2048.69, 1e-300, -3.0, f64::NAN, f64::INFINITY].map(short);
        assert_eq!(shown, ["0.486486", "2048.69", "1e-300", "-3", "NaN", "inf"]);
        assert_eq!(short(1.234_567_89e20), "1.23457e20");
    }

    #[test]
    fn two_numbers_have_as_many_digits_as_tell_them_apart() {
        assert_eq!(apart(2.480_930_499, 0.271_873_747), ["2.48093", "0.271874"]);
        let near = apart(0.007_809_639_287_469_849, 0.007_809_639_597_829_878);
        assert_eq!(near, ["0.0078096393", "0.0078096396"]);
        let next = apart(1.0, 1.0 + f64::EPSILON);
        assert_eq!(next, ["1", "1.0000000000000002"]);
    }
}
