//! Every threshold of the suite, with its derivation. No other file holds a tolerance.

use std::ops::RangeInclusive;

/// u = 2^−53: a correctly rounded f64 operation returns exact·(1 + δ) with |δ| ≤ u.
///
/// Source: Higham, Accuracy and Stability of Numerical Algorithms, 2nd edition, theorem 2.2.
pub const UNIT_ROUNDOFF: f64 = f64::EPSILON / 2.0;

/// γ(k) = k·u/(1 − k·u), the relative error of k operations in a row; infinite from k·u = ½ on,
/// where the bound says nothing any more.
///
/// Source: Higham, lemma 3.1.
///
/// ```
/// use init_symmetry_network::tolerance::{UNIT_ROUNDOFF, after_roundings};
/// assert!(after_roundings(10.0) >= 10.0 * UNIT_ROUNDOFF);
/// assert_eq!(after_roundings(f64::INFINITY), f64::INFINITY);
/// ```
pub fn after_roundings(k: f64) -> f64 {
    let bound = k * UNIT_ROUNDOFF;
    // A NaN count, from ∞ − ∞, is no bound either.
    if bound < 0.5 { bound / (1.0 - bound) } else { f64::INFINITY }
}

/// How many roundings one sigmoid, tanh or softplus is charged with: an error of 4 units in the
/// last place is 8u. The largest errors measured on dense samples are 2.0 units for our σ, 1.3 for
/// our tanh and 2.1 for libm's and std's; vector libraries, which a subject may use, promise 4.
pub const ROUNDINGS_OF_A_FUNCTION: f64 = 8.0;

/// How many units in the last place our tanh may be from the truth: 2¼.
///
/// From 0.55 on it is 1 − 2/(E + 1) in \[½, 1\], whose unit is u, and E = e^2z ≥ 3 has an error of
/// at most 2u·E. In E + 1 that is 2·¾·u, and sum and quotient are rounded; as the quotient is at
/// most ½, its error is at most (1½ + 1 + 1)·u/2, and the last rounding adds half a unit. Nearer to
/// 0 the correction of z is at most a tenth of it, and its errors count for less. The most measured
/// is 1.3 units, so that 3 units too many are seen wherever they are.
pub const UNITS_OFF_OF_TANH: f64 = 2.25;

/// The relative error of e^x and what follows from it in numbers of twice the precision: 2^−83.
///
/// An operation errs by at most 2^−102. The series has 15 terms of three operations each, four
/// squarings multiply its error by 16, and tanh of 0.001 multiplies that of e^2z − 1 by 500:
/// 45·16·500 is below 2^19, which leaves 2^−83; roundings of both signs leave less, and 2^−83 of a
/// result is a billionth of its unit in the last place.
pub const ERROR_OF_A_DOUBLE_DOUBLE: f64 = 1.0 / 9_671_406_556_917_033_397_649_408.0;

/// How many roundings ln Σ e^z and the softmax of n numbers are charged with beside those of the
/// numbers, relative to 1 + |largest z| + ln Σ e^(z − largest) and to 1.
///
/// Two functions, exp and ln or a division. Each z − largest is rounded once, which makes Σ e^(z −
/// largest) wrong by at most Σ ŷ·|z − largest| ≤ ln n of itself (the entropy of ŷ is at most ln n);
/// the sum takes n − 1 additions, and the result is rounded once: ln n + n − 1 + 1 ≤ 2n.
///
/// ```
/// use init_symmetry_network::tolerance::{ROUNDINGS_OF_A_FUNCTION, roundings_of_exponentials};
/// assert_eq!(roundings_of_exponentials(3), 2.0 * ROUNDINGS_OF_A_FUNCTION + 6.0);
/// ```
pub fn roundings_of_exponentials(n: usize) -> f64 {
    2.0 * ROUNDINGS_OF_A_FUNCTION + 2.0 * n as f64
}

/// How many roundings the slope of an activation or a loss is charged with beside those of its
/// argument: two functions and four operations, as in (σ(z) − y)·σ(z)·(1 − σ(z)).
pub const ROUNDINGS_OF_A_SLOPE: f64 = 2.0 * ROUNDINGS_OF_A_FUNCTION + 4.0;

/// Two computations are compared, the gradient under test and ours, each with its own rounding.
///
/// Both add the same terms with the same factors, in another order. The bound of a sum of products
/// by γ(k)·Σ|terms| holds for every order (Higham, section 3.1), with k the longest chain of
/// operations on one term; so the bound for one serves for the other.
pub const SIDES_OF_A_COMPARISON: f64 = 2.0;

/// The noise of a function is taken as this many times its estimated standard deviation.
///
/// Rounding errors have no known density, and those of neighbouring points are much alike, so that
/// the estimate from 9 points on a line can be too small by half. With that, 16 leaves 8σ: outside
/// it lies at most 1/64 of any density (Chebyshev), and 1e−15 of a normal one, which a sum of many
/// roundings is near. Measured: 8 alone gave 0 to 14 false alarms in 10,000 networks with 21
/// parameters; crates/gradient/GRADIENT.md has the numbers for 16.
pub const STANDARD_DEVIATIONS_OF_NOISE: f64 = 16.0;

/// A function is never taken to be more exact than its last operation and its input: 2u·|f|.
pub const ROUNDINGS_OF_ANY_FUNCTION: f64 = 2.0;

/// The least error of an evaluation with values up to `largest`: that of any function, and a few
/// of the smallest numbers that there are, because near zero rounding is absolute. Eight, since the
/// extrapolation of such values rounds as often again.
///
/// ```
/// use init_symmetry_network::tolerance::{UNIT_ROUNDOFF, least_noise};
/// assert_eq!(least_noise(1.0), 2.0 * UNIT_ROUNDOFF);
/// assert_eq!(least_noise(0.0), 8.0 * f64::from_bits(1));
/// ```
pub fn least_noise(largest: f64) -> f64 {
    const SMALLEST: f64 = f64::from_bits(1);
    (ROUNDINGS_OF_ANY_FUNCTION * UNIT_ROUNDOFF * largest).max(8.0 * SMALLEST)
}

/// u of single precision, 2^−24.
pub const UNIT_ROUNDOFF_OF_F32: f64 = f32::EPSILON as f64 / 2.0;

/// The standard deviation of rounding to steps of one: errors spread over it evenly, 1/√12.
pub const DEVIATION_OF_A_GRAIN: f64 = 0.288_675_134_594_812_9;

/// The error of the extrapolated central difference R(h) of sixth order, in units of noise/h.
///
/// C(h) = (f(h) − f(−h))/2h has 1. D(h) = (4C(h) − C(2h))/3 has (4 + ½)/3 = 1.5.
/// R(h) = (16D(h) − D(2h))/15 has (16·1.5 + 0.75)/15 = 1.65.
pub const NOISE_OF_EXTRAPOLATION: f64 = 1.65;

/// The error of the extrapolated one-sided difference of third order, in units of noise/h.
///
/// F(h) = (f(h) − f(0))/h has 2. G(h) = 2F(h) − F(2h) has 5. (4G(h) − G(2h))/3 has 7.5.
pub const NOISE_OF_ONE_SIDE: f64 = 7.5;

/// The error of a plain one-sided difference (f(h) − f(0))/h, in units of noise/h.
pub const NOISE_OF_A_SIDE: f64 = 2.0;

/// The error of the estimated jump of the slope, in units of noise/h.
///
/// S(h) = (f(h) − 2f(0) + f(−h))/h has 4; it is the jump and odd powers of h. 2S(h) − S(2h) has 10
/// and is free of h, (8·10 + 5)/7 = 12.1 of h³, and (32·12.1 + 6.1)/31 = 12.7 of h⁵.
pub const NOISE_OF_A_JUMP: f64 = 12.7;

/// The largest tolerance that still counts as checking an entry, relative to the largest entry of
/// the gradient: an entry known no better than 1/16 of that is reported as unresolved.
///
/// A choice, not a bound: below it, an entry of typical size that is dropped or negated is seen.
pub const LEAST_RESOLUTION: f64 = 1.0 / 16.0;

/// Between rate 2, which the Taylor remainder of a true gradient has, and rate 1 of a wrong one.
pub const RATE_OF_A_TRUE_GRADIENT: f64 = 1.5;

/// A Taylor remainder is used for a rate when it exceeds the noise so many times: its halving is
/// then distorted by at most (1 + 1/16)/(1 − 4/16), which is half a power of two.
pub const REMAINDER_OVER_NOISE: f64 = 16.0;

/// The chance that `keys` independent identity tests over the field all accept a formula that is
/// wrong: (degree / p)^keys, at least one test being needed; 1 where the degree is no number.
///
/// Source: Schwartz 1980, lemma 1, with the uninterpreted functions as further variables.
///
/// ```
/// assert!(init_symmetry_network::tolerance::chance_of_a_false_pass(20.0, 1) < 1e-17);
/// ```
pub fn chance_of_a_false_pass(degree: f64, keys: usize) -> f64 {
    let one = degree / crate::Fp::MODULUS as f64;
    if (0.0..1.0).contains(&one) { libm::pow(one, keys as f64) } else { 1.0 }
}

/// Relative difference allowed between (J(θ) − J(θ − α·g)) / α and the squared norm of g.
///
/// First order: the difference is α·gᵀHg/2 of |g|², at most α·‖H‖/2. With α = 2^−20 and networks of
/// one hidden layer with numbers of size 2 (‖H‖ below some thousands) that is below 0.5 %, and
/// rounding of J, some 2^−50·J/α, is below that for |g|² ≥ 2^−12. The usual error of a trainer
/// (a sign, a factor, a missing part) is far above.
pub const STEEPEST_DESCENT: f64 = 0.01;

/// How near, relative to its Euclidean length, an answer has to be to a fault's to be explained by
/// it: 2^−40. It decides what to suggest, never what passes.
///
/// A network of the sizes asked here takes fewer than 2^10 roundings of relative size 2^−53, which
/// leaves 2^3 for cancellation; two different faults that agree to 12 digits on 32 random cases are
/// the same fault.
pub const EXPLAINED: f64 = 1.0 / 1_099_511_627_776.0;

/// How many times its own uncertainty an estimate may be off: a factor, a decay or a bound is a
/// quotient of sums of rounded numbers, each with an error of the size that [`EXPLAINED`] grants to
/// an answer, and is compared with another such quotient. It decides what to suggest.
pub const ESTIMATED: f64 = 16.0;

/// Between which relative errors a gradient counts as rounded to single precision: 2^−30 to 2^−18.
/// It decides what to suggest, never what passes.
///
/// One rounding to `f32` is an error of at most 2^−24. A few that cancel leave less, a network of
/// the sizes asked here with its 2^6 roundings in a row leaves more; 2^6 either way is granted.
pub const ROUNDED_TO_SINGLE: RangeInclusive<f64> = 1.0 / 1_073_741_824.0..=1.0 / 262_144.0;

/// What an answer that need not be right is granted for its own rounding, relative to the largest
/// entry of its block: 2^−43.
///
/// Invariances compare a subject's answers with each other. The bound of the right answer is too
/// tight where that is exactly zero (a dead ReLU) and the subject's is not: two orders of one sum
/// would count as a broken invariance. A network of the sizes asked here takes fewer than 2^10
/// roundings of relative size 2^−53 for an entry.
pub const OWN_ROUNDING: f64 = 1.0 / 8_796_093_022_208.0;

/// A rounding bound of a computation in `f64` becomes one of the same computation in `f32` when it
/// is multiplied by this: 2^30. The unit roundoff grows by 2^29; the rest is for products of two
/// errors, which a factor cannot follow and which are 2^−10 of the bound at the sizes asked here.
pub const SINGLE_PRECISION: f64 = 1_073_741_824.0;

/// What underflow may add in `f32`: 2^10 roundings, each at most the smallest normal number.
pub const SINGLE_UNDERFLOW: f64 = 1024.0 * f32::MIN_POSITIVE as f64;

/// How far from its fixed point an iteration x := x + step(x) can end for rounding alone, where
/// the step is a sum of `terms` numbers of total size `magnitude` and the iteration contracts
/// distances by the factor `contraction` < 1: each step adds at most terms·u·magnitude (Higham,
/// section 4.2), and the geometric series of what earlier steps left sums to 1/(1 − contraction).
pub fn fixed_point(terms: usize, magnitude: f64, contraction: f64) -> f64 {
    terms as f64 * UNIT_ROUNDOFF * magnitude / (1.0 - contraction)
}

/// How far rounding can move a computed mean loss: with m examples it is a sum of m numbers of
/// mean size `loss`, summed with at most (m + 8)·u relative error (Higham, section 4.2, and 8 u
/// for softplus and the product inside each term).
pub fn mean_loss(m: usize, loss: f64) -> f64 {
    (m + 8) as f64 * UNIT_ROUNDOFF * loss
}

/// How far the slopes σ(1 − σ) and 1 − tanh² may lie above e^−|z| and 4e^−2|z|, or σ and tanh from
/// their limits above e^−|z| and 2e^−2|z|, for rounding: 2^−52.
///
/// Where that matters (|z| above 9) σ or |tanh| lies in \[½, 1\], and what is added to or taken
/// from 1 there is so small that its own error does not count. σ = 1/(1 + e^−z) is rounded in
/// \[1, 2\] and in \[½, 1\], by 2^−53 + 2^−54; 1 − σ is exact (Sterbenz). tanh = 1 − 2/(e^2z + 1)
/// is rounded in \[½, 1\], by 2^−54, and its square once more: 3·2^−54. Both are below 2^−52.
/// Nearer to 0 the slopes lie further below the bounds than a few units in the last place.
pub const SATURATION: f64 = f64::EPSILON;

/// Below this slope a tanh unit counts as saturated: a thousandth of its largest slope, 1.
///
/// A definition; the share of units below it is compared with its expectation, in which it stands
/// too: tanh' = 1/cosh² is below it where |z| > arcosh(1/√0.001) = 4.15.
pub const SATURATED_SLOPE: f64 = 1e-3;

/// Where a ratio of norms across 30 layers counts as kept: a factor of 20 either way, which is
/// 11 % a layer.
///
/// It is a definition, but one that chance does not decide. Of a ReLU network from He's start
/// |a\[l+1\]|²/|a\[l\]|² is (2/n)·Σ relu(N)², independent from layer to layer, with mean 1 and
/// variance 5/n; so is the ratio of dZ (Hanin & Nica 2020). At n = 256 the logarithm of the
/// norm's ratio over 29 layers has mean −0.14 and standard deviation 0.38: ln 20 is more than 7
/// deviations away (5 at n = 128).
pub const ALIVE: RangeInclusive<f64> = 0.05..=20.0;

/// Below this ratio of norms across 30 layers a signal counts as lost: a factor of 2 a layer and
/// more. A definition; what it is used for lies below 1e−18, what it is contrasted with above 1e−6.
pub const DEAD: f64 = 1e-10;

/// Where tanh networks from Xavier's start keep both ratios across 30 layers: 1/30 to 1/2.
///
/// Measured medians are 0.2 (a) and 0.14 (dZ). Each layer multiplies a squared norm by chi-square
/// with 256 degrees of freedom over 256, or less: a logarithm of the norm's ratio deviates by at
/// most √(29/(2·256)) = 0.24, and both ends of the band are 5 deviations away from the medians.
/// Without the slopes of tanh the ratio of dZ is 1.
pub const TANH_THROUGH_30_LAYERS: RangeInclusive<f64> = 1.0 / 30.0..=0.5;

/// Where the geometric mean of 32 starts has to be, relative to the expected ratio, for networks of
/// 4 ReLU layers of at least 16 units from He's start.
///
/// The squared norms' ratios have relative variance 5/n a layer, at most 0.45 over three; so the
/// logarithm of one ratio has mean −0.11 and deviation 0.34, that of the geometric mean of 32
/// deviation 0.06. The band lies more than 6 deviations away on both sides.
pub const TAPER: RangeInclusive<f64> = 0.6..=1.6;

/// How far −y ln ŷ − (1 − y) ln(1 − ŷ) may be from the cross-entropy of an output z where it is
/// computed from a rounded ŷ = σ(z); infinite where ŷ or 1 − ŷ may be lost altogether.
///
/// `unit` is the unit roundoff u, `smallest` the smallest normal number, `margin` the ε of a clip
/// to \[ε, 1 − ε\] or of an added ε. With 8 roundings in ŷ (exp, sum, quotient, and functions good
/// to some units in the last place) ŷ is wrong by at most d = 8u·ŷ + ε, and 1 − ŷ by at most
/// D = 8u + ε. As |ln(1 + t)| ≤ 2|t| for |t| ≤ ½, the logarithms are wrong by at most 2d/ŷ and
/// 2D/(1 − ŷ), besides their own rounding.
pub fn cross_entropy_from_prediction(z: f64, y: f64, unit: f64, smallest: f64, margin: f64) -> f64 {
    let sigmoid = |z: f64| 1.0 / (1.0 + libm::exp(-z));
    let (p, q) = (sigmoid(z), sigmoid(-z));
    let wrong_p = 8.0 * unit * p + margin;
    let wrong_q = 8.0 * unit + margin;
    if p < smallest || 2.0 * wrong_p >= p || 2.0 * wrong_q >= q {
        return f64::INFINITY;
    }
    let logarithms = y * libm::log(p).abs() + (1.0 - y) * libm::log(q).abs();
    y * 2.0 * wrong_p / p + (1.0 - y) * 2.0 * wrong_q / q + 8.0 * unit * logarithms
}

/// How far two ways of rounding one step of gradient descent may be apart: the parameter is
/// rounded once in each, and what is subtracted has at most 4 roundings in each, whether the rate
/// is multiplied with the mean, divided by m first, or multiplied with the sum.
pub fn step(unit: f64, parameter: f64, subtracted: f64) -> f64 {
    2.0 * unit * (parameter.abs() + 5.0 * subtracted.abs())
}

/// How far the gradients of two runs of one training may be apart, which are at places p and q
/// within a bound of each other: `here` bounds the rounding at p, `near` that and what the gradient
/// changes within the bound.
///
/// Let r be the number that has these bounds. The gradient computed at p is off by at most `here`,
/// and r by as much; from r to the gradient at q it is at most `near`; and the gradient computed at
/// q is off by at most `near` too, as its rounding is that at p but for products of two errors.
pub fn gradients_of_two_runs(here: f64, near: f64) -> f64 {
    2.0 * here + 2.0 * near
}

/// How far step t of Adam may be from the formula of its paper, relative to the parameter and what
/// the sizes of all slopes would move it by.
///
/// A slope passes 3 roundings on its way into a moment and 2 at each later step, and in the formula
/// a power (2), two products and t additions: at most 2t + 3 and t + 5. The power βᵗ is off by at
/// most t·u where it is multiplied up and 2u where it is not; 1 − βᵗ ≥ (1 − β)·t·βᵗ, so relative to
/// the correction that is at most u/(1 − β) and as much again for the difference. The second
/// moment has twice the roundings of a slope, and half of them after the root. Quotient, sum,
/// product with the rate and the last difference add 8.
pub fn step_of_adam(t: usize, [beta1, beta2]: [f64; 2]) -> f64 {
    let of_slopes = 2.0 * (3.0 * t as f64 + 8.0);
    let of_corrections = 4.0 / (1.0 - beta1) + 4.0 / (1.0 - beta2);
    after_roundings(of_slopes + of_corrections + 8.0)
}

/// With what probability one rule raises a false alarm on a right start: 10^−10.
///
/// One run of all properties asks for at most 10 schemes in one network of at most 4 layers, and
/// applies 4 statistical rules to each layer: 160 tests. Five thousand runs together err with
/// probability below 10^−4. Rules that compare many pairs share the level among them. The bounds
/// hold in the tail (`statistics.rs` has the sources), so this is a bound and no estimate.
pub const LEVEL_OF_A_START_RULE: f64 = 1e-10;

/// With what probability `lint` finds something by chance in one file: 10^−6.
///
/// Statistical rules share it among all that they test; two rows that are equal by chance are less
/// likely than this, or nothing is said of them.
pub const CHANCE_IN_A_FILE: f64 = 1e-6;

/// How many standard errors a measured standard deviation may lie from what a common mistake would
/// give, for the mistake to be named. It decides what to suggest, never what passes.
///
/// With n draws the relative standard error is 1/√(2n) for normal draws and less for uniform ones.
/// 4 leaves out the true mistake once in 16,000 times.
pub const STANDARD_ERRORS_OF_A_MISTAKE: f64 = 4.0;

/// What single precision may add to the largest draw of a uniform start, and to what two layers
/// with the same draws have in common, relative to it: 2^−20.
///
/// A bound such as √(6/n), a draw and their product take at most 2^2 roundings of 2^−24 each; the
/// ratio of two layers doubles it. Four independent weights agree so well with four others with
/// probability 2^−60 at most: the first fixes the ratio, and each other one is in a window of
/// relative size 2^−20.
pub const ROUNDING_OF_A_DRAW: f64 = 1.0 / 1_048_576.0;

/// How far two answers of a model may be apart whose sums run in other orders: 32·√n times what
/// one rounding does, for n numbers.
///
/// Nothing is known of the model, so what rounding does to it is measured: `change` is the most
/// that two roundings in each parameter change its answer, which carries the condition of the
/// problem, and `size`·u is what rounding the answer itself leaves. A sum of n terms in another
/// order differs by up to n − 1 roundings of its parts; their signs vary, so that the root of n is
/// what is met (Higham, section 2.8, calls it a rule of thumb). 32 leaves room for a chain of some
/// thirty operations on each term. This is statistical and no bound: the test
/// `crates/check/tests/it/models.rs` puts right models of several kinds before every property at
/// many seeds.
///
/// ```
/// use init_symmetry_network::tolerance::reordered;
/// assert!(reordered(1e-16, 100, 1e-15, 1.0) < 1e-12);
/// ```
pub fn reordered(unit: f64, n: usize, change: f64, size: f64) -> f64 {
    32.0 * (n as f64).sqrt() * (change + unit * size)
}
