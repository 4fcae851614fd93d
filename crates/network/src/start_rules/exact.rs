//! Rules without a level: a right start breaks one never, or less often than memory fails.

use super::{StartFinding, WeightAt};
use crate::WeightDistribution;
use crate::tolerance::ROUNDING_OF_A_DRAW;
use ndarray::ArrayView2;

/// Biases (n_out × 1) have to be zero, as the lesson starts them.
///
/// ```
/// use init_symmetry_network::start_rules::biases_are_zero;
/// use ndarray::array;
/// assert_eq!(biases_are_zero("b1", array![[0.0], [-0.0]].view()), None);
/// let found = biases_are_zero("b1", array![[0.0], [0.1]].view());
/// assert_eq!(found.unwrap().to_string(), "the bias of unit 1 in b1 is 0.1 but should start at 0");
/// ```
pub fn biases_are_zero(name: &str, b: ArrayView2<'_, f64>) -> Option<StartFinding> {
    let (unit, &value) = b.iter().enumerate().find(|(_, value)| **value != 0.0)?;
    Some(StartFinding::BiasNotZero { block: name.into(), unit, value })
}

/// Every weight of a constant start (n_out × n_in) has to be that constant, or the nearest number
/// of single precision.
///
/// ```
/// use init_symmetry_network::start_rules::every_weight_is;
/// use ndarray::array;
/// assert_eq!(every_weight_is("w1", array![[0.5, 0.5]].view(), 0.5), None);
/// let found = every_weight_is("w1", array![[0.5, 0.25]].view(), 0.5).unwrap();
/// assert_eq!(found.to_string(), "w1[0, 1] is 0.25, but every weight is declared to be 0.5");
/// ```
pub fn every_weight_is(name: &str, w: ArrayView2<'_, f64>, constant: f64) -> Option<StartFinding> {
    let single = f64::from(constant as f32);
    let weight = first_weight(name, w, |weight| weight != constant && weight != single)?;
    Some(StartFinding::NotTheConstant { weight, constant })
}

/// Every weight has to be a finite number.
pub fn weights_are_finite(name: &str, w: ArrayView2<'_, f64>) -> Option<StartFinding> {
    let weight = first_weight(name, w, |weight| !weight.is_finite())?;
    Some(StartFinding::NotFinite { weight })
}

/// No weight of a uniform start may lie beyond its bound; rounding is granted.
pub fn weights_are_within(
    name: &str,
    w: ArrayView2<'_, f64>,
    distribution: WeightDistribution,
) -> Option<StartFinding> {
    let WeightDistribution::Uniform { bound } = distribution else { return None };
    let most = bound.abs() * (1.0 + ROUNDING_OF_A_DRAW);
    let weight = first_weight(name, w, |weight| weight.abs() > most)?;
    Some(StartFinding::BeyondTheBound { weight, bound })
}

fn first_weight(
    name: &str,
    w: ArrayView2<'_, f64>,
    is_wrong: impl Fn(f64) -> bool,
) -> Option<WeightAt> {
    let ((row, column), &value) = w.indexed_iter().find(|(_, weight)| is_wrong(**weight))?;
    Some(WeightAt { block: name.into(), row, column, value })
}

/// Of a random start no two rows may be equal, and none zero.
///
/// Not asked of rows of one weight, of which in single precision two may be equal by chance, nor of
/// a layer of zeros, of which another rule speaks.
///
/// ```
/// use init_symmetry_network::start_rules::rows_differ;
/// use ndarray::array;
/// assert_eq!(rows_differ("w1", array![[0.5, 0.25], [0.25, 0.5]].view()), None);
/// let found = rows_differ("w1", array![[0.5, 0.25], [0.5, 0.25]].view()).unwrap();
/// assert!(found.to_string().starts_with("rows 0 and 1 of w1 are equal"));
/// ```
pub fn rows_differ(name: &str, w: ArrayView2<'_, f64>) -> Option<StartFinding> {
    if w.ncols() < 2 || is_zero(w.iter()) {
        return None;
    }
    let rows = || w.rows().into_iter().enumerate();
    if let Some((row, _)) = rows().find(|(_, row)| is_zero(row.iter())) {
        return Some(StartFinding::ZeroRow { block: name.into(), row });
    }
    let mut sorted: Vec<_> = rows().collect();
    sorted.sort_by(|(_, one), (_, other)| {
        let mut both = one.iter().zip(other).map(|(one, other)| one.total_cmp(other));
        both.find(|order| order.is_ne()).unwrap_or(std::cmp::Ordering::Equal)
    });
    let equal = sorted.windows(2).find(|pair| pair[0].1 == pair[1].1)?;
    let (first, second) = (equal[0].0.min(equal[1].0), equal[0].0.max(equal[1].0));
    Some(StartFinding::EqualRows { block: name.into(), first, second })
}

fn is_zero<'a>(mut weights: impl Iterator<Item = &'a f64>) -> bool {
    weights.all(|&weight| weight == 0.0)
}

/// The fewest draws of which it is told whether two layers have them in common.
const FEWEST_COMMON_DRAWS: usize = 4;

/// Two layers of a random start may not hold the same draws, as from one seed for each layer; also
/// not in other scales, and where one layer is larger not at its beginning.
///
/// ```
/// use init_symmetry_network::start_rules::layers_differ;
/// use ndarray::array;
/// let w1 = array![[0.5, -0.25], [0.125, 0.75]];
/// let w2 = array![[1.0, -0.5, 0.25, 1.5]];
/// let found = layers_differ(("w1", w1.view()), ("w2", w2.view())).unwrap();
/// assert!(found.to_string().starts_with("w1 and w2 hold the same draws in the ratio 1 : 2"));
/// ```
pub fn layers_differ(
    (first, a): (&str, ArrayView2<'_, f64>),
    (second, b): (&str, ArrayView2<'_, f64>),
) -> Option<StartFinding> {
    let by_rows = proportion(a.iter(), b.iter());
    // weights that are kept the other way round are drawn column by column
    let proportion = by_rows.or_else(|| proportion(a.t().iter(), b.t().iter()))?;
    Some(StartFinding::SameDraws { first: first.into(), second: second.into(), proportion })
}

/// By which factor the numbers of b are those of a, as far as both go.
fn proportion<'a>(
    a: impl Iterator<Item = &'a f64>,
    b: impl Iterator<Item = &'a f64>,
) -> Option<f64> {
    let both: Vec<_> = a.zip(b).collect();
    let (a, b) = both.iter().max_by(|(a, _), (b, _)| a.abs().total_cmp(&b.abs()))?;
    let factor = **b / **a;
    let same = |(a, b): &(&f64, &f64)| {
        let expected = factor * **a;
        (expected - **b).abs() <= ROUNDING_OF_A_DRAW * expected.abs()
    };
    let is_factor = factor.is_finite() && factor != 0.0;
    let enough = both.len() >= FEWEST_COMMON_DRAWS;
    (is_factor && enough && both.iter().all(same)).then_some(factor)
}
