//! exp, tanh and the logistic function of `f64`, without a branch, a table or a fused operation.
//!
//! Each is a fixed sequence of IEEE operations, so its bits are the same on every machine, and a
//! loop over it becomes vector instructions that give the same bits as one number at a time.

use std::f64::consts::LOG2_E;

/// 1.5·2^52: a number of at most 2^51 added to it is rounded to the nearest integer, which then
/// stands in the last bits.
const ROUNDING: f64 = 6_755_399_441_055_744.0;

/// ln 2 = `LN_2_HIGH` + `LN_2_LOW`, where n·`LN_2_HIGH` is exact for |n| < 2^20.
///
/// Source: W. J. Cody and W. Waite, Software Manual for the Elementary Functions, 1980, chapter 6.
const LN_2_HIGH: f64 = 6.931_471_803_691_238e-1;
const LN_2_LOW: f64 = 1.908_214_929_270_587_7e-10;

/// (e^r − 1 − r)/r² on |r| ≤ ln(2)/2, lowest power first: the polynomial of degree 9 whose largest
/// error in e^r is least (Remez), 3.5e−18.
const EXPONENTIAL: [f64; 10] = [
    0.500_000_000_000_001_3,
    0.166_666_666_666_667,
    0.041_666_666_666_514_93,
    0.008_333_333_333_307_118,
    0.001_388_888_894_715_638_8,
    0.000_198_412_699_175_734_75,
    2.480_148_978_557_046e-5,
    2.755_721_612_942_338_3e-6,
    2.763_133_978_972_914e-7,
    2.511_791_586_268_189_4e-8,
];

/// (tanh(x)/x − 1)/x² on |x| ≤ 0.55 is the quotient of these two in powers of x², lowest first: the
/// form of Cody and Waite, chapter 13, fitted in the same way; relative error in tanh 3.9e−18.
const TANGENT: [f64; 3] =
    [-1_613.349_448_092_171_3, -99.222_904_777_425_9, -0.964_373_741_133_788_8];
const TANGENT_DIVISOR: [f64; 4] =
    [4_840.048_344_276_514, 2_233.688_052_042_863, 112.741_467_253_372_4, 1.0];

/// Below this size tanh is x and a quotient of polynomials, above it 1 − 2/(e^2x + 1), whose error
/// would count for too much in a small result. At this very number both are the same.
const NEAR: f64 = 0.5498;

/// From here on tanh is 1 to the last bit: 2/(e^40 + 1) < 2^−54.
const FAR: f64 = 20.0;

/// Beyond these e^x is infinite and zero.
const OVERFLOW: f64 = 710.0;
const UNDERFLOW: f64 = -746.0;

/// Lowest power first: neighbouring powers in pairs, and Horner's rule in x² for the pairs, so that
/// half as many operations wait for each other as in Horner's rule for x.
#[inline(always)]
fn polynomial<const N: usize>(coefficients: &[f64; N], x: f64) -> f64 {
    let square = x * x;
    let mut power = (N - 1) / 2 * 2;
    let mut sum = coefficients[power];
    if power + 1 < N {
        sum += coefficients[power + 1] * x;
    }
    while power > 0 {
        power -= 2;
        sum = sum * square + (coefficients[power] + coefficients[power + 1] * x);
    }
    sum
}

/// The integer nearest to `x`, in the last bits of a float; less [`ROUNDING`] it is that integer.
#[inline(always)]
fn rounded(x: f64) -> f64 {
    x + ROUNDING
}

/// x·2^n, by adding n to the bits of the exponent, where n is in the last bits of a float and
/// neither x nor the result is too large or too small for a normal number.
#[inline(always)]
fn times_power_of_two(x: f64, rounded: f64) -> f64 {
    f64::from_bits(x.to_bits().wrapping_add(rounded.to_bits() << 52))
}

// Of several numbers, part by part, each part in a loop of its own: within a loop few operations
// wait for each other, whereas a processor that takes one vector through all parts runs out of room
// for what waits. The same operations for each number, in less than three quarters of the time.

/// e^x = factor·2^n for each of some numbers.
struct Reduced<const N: usize> {
    factors: [f64; N],
    /// n in the last bits of a float.
    powers: [f64; N],
}

/// Every operation but the reduction r = x − n·ln 2 is monotone in r, and so is that as long as n
/// is one and the same; where n changes, a test compares the neighbours.
#[inline(always)]
fn reduce<const N: usize>(x: &[f64; N]) -> Reduced<N> {
    let (mut r, mut powers) = ([0.0; N], [0.0; N]);
    for i in 0..N {
        powers[i] = rounded(x[i] * LOG2_E);
        let n = powers[i] - ROUNDING;
        r[i] = (x[i] - n * LN_2_HIGH) - n * LN_2_LOW;
    }
    let mut factors = r;
    for factor in &mut factors {
        let r = *factor;
        *factor = 1.0 + (r + r * r * polynomial(&EXPONENTIAL, r));
    }
    Reduced { factors, powers }
}

/// e^x; comparisons and not `min` and `max`, which would lose NaN.
#[inline(always)]
fn exp_of_each<const N: usize>(x: &[f64; N], results: &mut [f64; N]) {
    for (bounded, &x) in results.iter_mut().zip(x) {
        let x = if x > OVERFLOW { OVERFLOW } else { x };
        *bounded = if x < UNDERFLOW { UNDERFLOW } else { x };
    }
    let Reduced { factors, powers } = reduce(results);
    for i in 0..N {
        let n = powers[i] - ROUNDING;
        // in two factors, because 2^n itself may be too large or too small for a normal number
        let half = rounded(n * 0.5);
        let rest = rounded(n - (half - ROUNDING));
        results[i] = factors[i] * times_power_of_two(1.0, half) * times_power_of_two(1.0, rest);
    }
}

/// 1/(1 + e^−z): every operation is monotone, which e^z/(1 + e^z) is not in floats.
#[inline(always)]
pub(crate) fn sigmoid_of_each<const N: usize>(z: &[f64; N], a: &mut [f64; N]) {
    let mut negated = [0.0; N];
    for i in 0..N {
        negated[i] = -z[i];
    }
    exp_of_each(&negated, a);
    for a in a {
        *a = 1.0 / (1.0 + *a);
    }
}

/// The hyperbolic tangent, odd by construction.
#[inline(always)]
pub(crate) fn tanh_of_each<const N: usize>(z: &[f64; N], a: &mut [f64; N]) {
    let mut doubled = [0.0; N];
    for i in 0..N {
        let size = z[i].abs();
        doubled[i] = 2.0 * if size > FAR { FAR } else { size };
    }
    let Reduced { factors, powers } = reduce(&doubled);
    let mut divisors = [0.0; N];
    for i in 0..N {
        let size = z[i].abs();
        let square = size * size;
        a[i] = size * square * polynomial(&TANGENT, square);
        divisors[i] = polynomial(&TANGENT_DIVISOR, square);
    }
    // one division for both, because it takes as long as many other operations
    for i in 0..N {
        let size = z[i].abs();
        // what is not a number is not far, and stays what it is
        let is_far = size >= NEAR;
        let dividend = if is_far { -2.0 } else { a[i] };
        let power = times_power_of_two(factors[i], powers[i]);
        let divisor = if is_far { power + 1.0 } else { divisors[i] };
        let whole = if is_far { 1.0 } else { size };
        a[i] = (whole + dividend / divisor).copysign(z[i]);
    }
}

/// e^x.
#[inline(always)]
pub(super) fn exp(x: f64) -> f64 {
    let mut result = [0.0];
    exp_of_each(&[x], &mut result);
    result[0]
}

/// 1/(1 + e^−z).
#[inline(always)]
pub(super) fn sigmoid(z: f64) -> f64 {
    let mut a = [0.0];
    sigmoid_of_each(&[z], &mut a);
    a[0]
}

/// The hyperbolic tangent.
#[inline(always)]
pub(super) fn tanh(z: f64) -> f64 {
    let mut a = [0.0];
    tanh_of_each(&[z], &mut a);
    a[0]
}
