//! Bounds and tests for statistical evidence, over the distributions of statrs.
//!
//! Every argument has an answer, and each answer is in its range: what is no sample, no level or no
//! number is never taken for evidence that something is right. A p-value is then 0 (reject), a
//! bound says nothing.

use statrs::distribution::{Beta, Binomial, ChiSquared, ContinuousCDF, DiscreteCDF};

/// Up to so many trials or dimensions the incomplete beta function of statrs is used, beyond it a
/// bound.
///
/// Its continued fraction ends after 140 terms, converged or not. Measured in November 2026 for a
/// count in the middle, whose tail is ½: off by 10^−3 at 10^6, by 0.14 at 10^7, negative at 10^8.
const MOST_OF_BETA: u64 = 1 << 20;

/// Up to so many draws the incomplete gamma function of statrs is used, beyond it a bound.
///
/// Its series takes some multiple of √n terms (a millisecond at 2^30, and no end from 10^16 on,
/// where adding 1 changes nothing), and loses a digit whenever n grows tenfold.
const MOST_OF_GAMMA: usize = 1 << 30;

/// The Clopper–Pearson lower bound of a success rate: a true rate below it would show as many
/// successes with probability at most `level`.
///
/// 0, which claims nothing, for no successes, impossible counts, or a level that is not between 0
/// and 1. Beyond 2^20 trials the bound is a little lower than Clopper and Pearson's ([`bennett`]).
///
/// Source: Clopper & Pearson 1934.
///
/// ```
/// use init_symmetry_network::statistics::lower_bound_of_rate;
/// // 200 of 200 at level 0.001: the 200th root of 0.001
/// assert!((lower_bound_of_rate(200, 200, 0.001) - 0.966).abs() < 0.001);
/// assert_eq!(lower_bound_of_rate(201, 200, 0.001), 0.0);
/// ```
pub fn lower_bound_of_rate(successes: usize, trials: usize, level: f64) -> f64 {
    let is_level = level > 0.0 && level < 1.0;
    if successes == 0 || successes > trials || !is_level {
        return 0.0;
    }
    // Halving, because the quantile of statrs does not always end. Positive numbers are ordered as
    // their bits are.
    let (mut low, mut high) = (0.0_f64.to_bits(), 1.0_f64.to_bits());
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        let chance = at_least(successes as u64, trials as u64, f64::from_bits(middle));
        if chance <= level {
            low = middle;
        } else {
            high = middle;
        }
    }
    f64::from_bits(low)
}

/// P(at least `count` of n events happen), each of probability `rate` in \[0, 1\]; beyond
/// [`MOST_OF_BETA`] a bound on it.
fn at_least(count: u64, n: u64, rate: f64) -> f64 {
    if count == 0 || rate >= 1.0 {
        return f64::from(u8::from(count <= n));
    }
    if rate <= 0.0 || count > n {
        return 0.0;
    }
    if n > MOST_OF_BETA {
        let most = 1.0 - rate;
        return bound_of_tail(n as f64, rate * most, most, count as f64 / n as f64 - rate);
    }
    Binomial::new(rate, n).map_or(0.0, |binomial| binomial.sf(count - 1).clamp(0.0, 1.0))
}

/// What the statistical evidence of one claim may err with: with twenty such claims in a run, all
/// of it together errs with probability at most one in a million. A claim with several tests
/// shares it among them.
pub const LEVEL: f64 = 5e-8;

/// P(N(0, 1) > z); 0 for a NaN, so that as a p-value it rejects.
///
/// ```
/// use init_symmetry_network::statistics::normal_tail;
/// assert!((normal_tail(1.959964) - 0.025).abs() < 1e-8);
/// ```
pub fn normal_tail(z: f64) -> f64 {
    if z.is_nan() {
        return 0.0;
    }
    libm::erfc(z / std::f64::consts::SQRT_2) / 2.0
}

/// How far the mean of n independent numbers in \[0, 1\] can be from its expectation with
/// probability more than `level`, in either direction: √(ln(2/level)/2n), and never more than 1.
///
/// 1, which excludes nothing, for no numbers or a level that is not positive.
///
/// Source: Hoeffding 1963, theorem 2.
///
/// ```
/// use init_symmetry_network::statistics::hoeffding;
/// assert!((hoeffding(200, 0.05) - 0.096).abs() < 1e-3);
/// ```
pub fn hoeffding(n: usize, level: f64) -> f64 {
    if n == 0 || level.is_nan() || level <= 0.0 {
        return 1.0;
    }
    let logarithm = libm::log(2.0 / level).max(0.0); // a level of 2 and more allows everything
    (logarithm / (2.0 * n as f64)).sqrt().min(1.0)
}

/// The two-sided p-value of a sum of squares of n draws of N(0, σ²), divided by σ²: chi-square
/// with n degrees of freedom. 0 for what is not a sum of squares, and for no draws.
///
/// Beyond 2^30 draws it is Chernoff's bound on it, 2·e^(−n(r − 1 − ln r)/2) with r = sum/n.
///
/// ```
/// use init_symmetry_network::statistics::chi_square_p_value;
/// // the 2.5 % point of 10 degrees of freedom
/// assert!((chi_square_p_value(10, 20.483177) - 0.05).abs() < 1e-7);
/// ```
pub fn chi_square_p_value(n: usize, sum: f64) -> f64 {
    // half of the smallest number is 0, which statrs refuses by a panic
    if !sum.is_finite() || sum / 2.0 <= 0.0 || n == 0 {
        return 0.0;
    }
    if n > MOST_OF_GAMMA {
        let off = sum / n as f64 - 1.0;
        let exponent = n as f64 * (off - libm::log1p(off)) / 2.0;
        return (2.0 * libm::exp(-exponent)).min(1.0);
    }
    let Ok(chi_square) = ChiSquared::new(n as f64) else { return 0.0 };
    (2.0 * chi_square.cdf(sum).min(chi_square.sf(sum))).clamp(0.0, 1.0)
}

/// The two-sided p-value of the cosine of the angle between two independent draws of N(0, σ²)ⁿ:
/// (1 + cosine)/2 is beta-distributed with both parameters (n − 1)/2.
///
/// 0 for a cosine that is not a number, and for fewer than two dimensions, which have no angle.
/// Beyond 2^20 dimensions it is the bound 2·e^(−n·cosine²/2) (Ball 1997, lemma 2.2).
///
/// Source: the direction of such a draw is uniform on the sphere; Muirhead, Aspects of
/// Multivariate Statistical Theory, theorem 1.5.7.
///
/// ```
/// use init_symmetry_network::statistics::cosine_p_value;
/// // in three dimensions the cosine is uniform
/// assert!((cosine_p_value(3, 0.9) - 0.1).abs() < 1e-12);
/// assert_eq!(cosine_p_value(100, 1.0), 0.0);
/// ```
pub fn cosine_p_value(n: usize, cosine: f64) -> f64 {
    let half = (n as f64 - 1.0) / 2.0;
    let Ok(beta) = Beta::new(half, half) else { return 0.0 };
    if !cosine.is_finite() || cosine.abs() >= 1.0 {
        return 0.0;
    }
    if n as u64 > MOST_OF_BETA {
        return (2.0 * libm::exp(-(n as f64) * cosine * cosine / 2.0)).min(1.0);
    }
    (2.0 * beta.cdf((1.0 - cosine.abs()) / 2.0)).clamp(0.0, 1.0)
}

/// A bound on the two-sided p-value of a sum of independent numbers with symmetric distributions,
/// given the sum of their squares: 2·e^(−z²/2) with z = sum/√squares. It holds for every such
/// distribution and every n, and needs no variance to be known. 0 for a sum that is no number, or
/// squares that are none; where the squares overflow the bound is 1.
///
/// Source: given their sizes only the signs are random, and Hoeffding 1963, theorem 2, bounds such
/// a sum (Efron 1969 for the ratio).
///
/// ```
/// use init_symmetry_network::statistics::symmetric_sum_p_value;
/// // 30 times the same sign has probability 2^−29; the bound is a little more
/// let bound = symmetric_sum_p_value(30.0, 30.0);
/// assert!(bound > 2.0_f64.powi(-29) && bound < 1e-6);
/// ```
pub fn symmetric_sum_p_value(sum: f64, squares: f64) -> f64 {
    if !sum.is_finite() || squares.is_nan() || squares < 0.0 {
        return 0.0;
    }
    let says_nothing = sum == 0.0 || squares.is_infinite();
    let exponent = if says_nothing { 0.0 } else { sum * sum / (2.0 * squares) };
    (2.0 * libm::exp(-exponent)).min(1.0)
}

/// A bound on P(mean of n independent numbers − expectation ≥ excess), for numbers of a known
/// variance that exceed their expectation by at most `most`.
///
/// 1, which bounds nothing, for no numbers, or where variance and `most` are not positive and
/// finite; 0 for an excess that is not a number, so that as a p-value it rejects.
///
/// Source: Bennett 1962; Boucheron, Lugosi & Massart, Concentration Inequalities, theorem 2.9:
/// exp(−(n·v/b²)·h(b·t/v)) with h(u) = (1 + u)·ln(1 + u) − u.
///
/// ```
/// use init_symmetry_network::statistics::{bennett, normal_tail};
/// // near the middle like e^(−z²/2), here with z = 3
/// let bound = bennett(10_000, 1.0, 1.0, 0.03);
/// assert!(bound > normal_tail(3.0) && bound < 1.1 * (-4.5_f64).exp());
/// ```
pub fn bennett(n: usize, variance: f64, most: f64, excess: f64) -> f64 {
    bound_of_tail(n as f64, variance, most, excess)
}

fn bound_of_tail(n: f64, variance: f64, most: f64, excess: f64) -> f64 {
    if excess.is_nan() {
        return 0.0;
    }
    let is_size = |number: f64| number > 0.0 && number.is_finite();
    if n == 0.0 || !is_size(variance) || !is_size(most) || excess <= 0.0 {
        return 1.0;
    }
    let u = most * excess / variance;
    let h = (1.0 + u) * libm::log1p(u) - u;
    let bound = libm::exp(-n * variance / (most * most) * h);
    if u.is_infinite() || h.is_nan() {
        return 0.0; // the excess is infinitely many times what is usual
    }
    // 0·∞ where numbers of extreme size over- or underflow
    if bound.is_nan() { 1.0 } else { bound.min(1.0) }
}

/// The two-sided p-value of a sum of squares of n draws of U(−1, 1), or a bound on it.
///
/// Each square lies in \[0, 1\], with mean ⅓ and, as the kurtosis is 9/5, with variance
/// (9/5 − 1)/9 = 4/45: [`bennett`] bounds both tails, with ⅔ above and ⅓ below the mean. No sum is
/// larger than n. 0 for what is not a sum of squares, and for no draws.
///
/// ```
/// use init_symmetry_network::statistics::uniform_squares_p_value;
/// assert_eq!(uniform_squares_p_value(300, 100.0), 1.0);
/// assert!(uniform_squares_p_value(300, 200.0) < 1e-9);
/// assert!(uniform_squares_p_value(300, 50.0) < 1e-9);
/// ```
pub fn uniform_squares_p_value(n: usize, sum: f64) -> f64 {
    const MEAN: f64 = 1.0 / 3.0;
    const VARIANCE: f64 = 4.0 / 45.0;
    if !sum.is_finite() || sum < 0.0 || n == 0 {
        return 0.0;
    }
    let excess = sum / n as f64 - MEAN;
    let most = if excess > 0.0 { 1.0 - MEAN } else { MEAN };
    (2.0 * bennett(n, VARIANCE, most, excess.abs())).min(1.0)
}

/// The p-value of a count of events, each of probability `rate`, in n trials, two-sided.
///
/// 0 for more events than trials, and for a rate that is not in \[0, 1\]. Beyond 2^20 trials it is
/// the bound of [`bennett`].
///
/// ```
/// use init_symmetry_network::statistics::count_p_value;
/// // at most 2 or at least 8 heads in 10 throws
/// assert!((count_p_value(10, 0.5, 8) - 2.0 * 56.0 / 1024.0).abs() < 1e-12);
/// ```
pub fn count_p_value(n: u64, rate: f64, count: u64) -> f64 {
    if count > n || !(0.0..=1.0).contains(&rate) {
        return 0.0;
    }
    let [above, below] = [at_least(count, n, rate), at_least(n - count, n, 1.0 - rate)];
    (2.0 * above.min(below)).min(1.0)
}

/// The Anderson–Darling statistic A² of a sample against the standard normal distribution;
/// infinite for an empty sample and one with something that is not a number.
///
/// Source: Anderson & Darling 1954, with Φ in both tails computed as a tail, so that no
/// observation however far gets ln 0.
///
/// ```
/// use init_symmetry_network::statistics::anderson_darling;
/// // one observation at the median: −1 − (ln ½ + ln ½)
/// assert!((anderson_darling(&[0.0]) - (2.0 * 2.0_f64.ln() - 1.0)).abs() < 1e-15);
/// ```
pub fn anderson_darling(sample: &[f64]) -> f64 {
    let sorted = sorted(sample);
    let n = sorted.len();
    if sorted.is_empty() || sorted.iter().any(|x| !x.is_finite()) {
        return f64::INFINITY;
    }
    let term = |i: usize| {
        let below = libm::log(normal_tail(-sorted[i]));
        let above = libm::log(normal_tail(sorted[n - 1 - i]));
        (2 * i + 1) as f64 * (below + above)
    };
    -(n as f64) - (0..n).map(term).sum::<f64>() / n as f64
}

/// The tail P(A² > z) of the Anderson–Darling statistic of a large sample, √3·erfc(√z): within
/// 10 % where it is at most 5 %, nearer further out. 0 for a NaN.
///
/// Source: the limit law is that of Σ χ²ⱼ/(j(j + 1)) (Anderson & Darling 1952); the tail of such a
/// sum is that of its largest term times Π (1 − 2/(j(j + 1)))^−½ = √3 (Zolotarev 1961).
///
/// ```
/// use init_symmetry_network::statistics::anderson_darling_tail;
/// // the tabulated 1 % and 0.1 % points
/// assert!((anderson_darling_tail(3.857) / 0.01 - 1.0).abs() < 0.06);
/// assert!((anderson_darling_tail(5.969) / 0.001 - 1.0).abs() < 0.06);
/// ```
pub fn anderson_darling_tail(z: f64) -> f64 {
    if z.is_nan() {
        return 0.0;
    }
    (3.0_f64.sqrt() * libm::erfc(z.max(0.0).sqrt())).min(1.0)
}

/// The Kolmogorov–Smirnov statistic of a sample against the standard normal distribution: the
/// largest distance between the two distribution functions; 1 for an empty sample and one with
/// something that is not a number.
///
/// ```
/// use init_symmetry_network::statistics::kolmogorov_smirnov;
/// assert_eq!(kolmogorov_smirnov(&[0.0]), 0.5);
/// ```
pub fn kolmogorov_smirnov(sample: &[f64]) -> f64 {
    let sorted = sorted(sample);
    if sorted.is_empty() || sorted.iter().any(|x| !x.is_finite()) {
        return 1.0;
    }
    let n = sorted.len() as f64;
    let distances = sorted.iter().enumerate().map(|(i, &x)| {
        let here = normal_tail(-x);
        (here - i as f64 / n).max((i as f64 + 1.0) / n - here)
    });
    distances.fold(0.0, f64::max)
}

/// A bound on P(D > d) for the Kolmogorov–Smirnov statistic of n draws, for every n: 2·e^(−2nd²).
///
/// No D is larger than 1, so a distance of 1, as an empty sample has it, gives 0; so does a NaN.
///
/// Source: Dvoretzky, Kiefer & Wolfowitz 1956 with the constant of Massart 1990.
///
/// ```
/// use init_symmetry_network::statistics::kolmogorov_smirnov_tail;
/// // the tabulated 5 % point of a large sample is 1.358/√n
/// assert!((kolmogorov_smirnov_tail(10_000, 0.01358) - 0.05).abs() < 1e-4);
/// ```
pub fn kolmogorov_smirnov_tail(n: usize, distance: f64) -> f64 {
    if distance.is_nan() || distance >= 1.0 {
        return 0.0;
    }
    let distance = distance.max(0.0);
    (2.0 * libm::exp(-2.0 * n as f64 * distance * distance)).min(1.0)
}

fn sorted(sample: &[f64]) -> Vec<f64> {
    let mut sorted = sample.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted
}
