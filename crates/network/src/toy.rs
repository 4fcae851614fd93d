//! Toy tasks: XOR and two moons.

use crate::{Batch, Error, Result};
use ndarray::{Array2, array};

/// The four points of XOR, inputs ±1 (2 × 4), label 1 where the signs differ (1 × 4).
///
/// Source: the lesson's example, in the coding whose inputs have mean zero.
///
/// # Errors
/// None in practice: the shapes fit.
///
/// ```
/// let xor = init_symmetry_network::toy::xor()?;
/// assert_eq!(xor.x().column(1), ndarray::array![1.0, -1.0]);
/// assert_eq!(xor.y()[[0, 1]], 1.0);
/// # Ok::<(), init_symmetry_network::Error>(())
/// ```
pub fn xor() -> Result<Batch<f64>> {
    Batch::new(array![[1.0, 1.0, -1.0, -1.0], [1.0, -1.0, 1.0, -1.0]], array![[0.0, 1.0, 1.0, 0.0]])
}

/// Two half rings of `each` points that reach into each other, label 0 the upper (2 × 2·each,
/// 1 × 2·each); no straight line separates them.
///
/// The points fill rings of radius 0.85 to 1.15 evenly and without chance; both means are zero.
///
/// # Errors
/// No points, or more than memory should hold.
///
/// ```
/// let moons = init_symmetry_network::toy::two_moons(40)?;
/// assert_eq!((moons.x().dim(), moons.y().sum()), ((2, 80), 40.0));
/// # Ok::<(), init_symmetry_network::Error>(())
/// ```
pub fn two_moons(each: usize) -> Result<Batch<f64>> {
    Error::within_memory("two moons", each.saturating_mul(2 * (2 + 1)))?;
    let point = |k: usize| {
        let angle = std::f64::consts::PI * (k as f64 + 0.5) / each as f64;
        // multiples of the golden ratio, without their whole part, spread evenly over [0, 1)
        let spread = (k as f64 * 0.618_033_988_749_895).fract();
        let radius = 0.85 + 0.3 * spread;
        [radius * libm::cos(angle) - 0.5, radius * libm::sin(angle) - 0.25]
    };
    let x = Array2::from_shape_fn((2, 2 * each), |(input, j)| {
        // the lower ring is the upper one turned round by half a turn
        if j < each { point(j)[input] } else { -point(j - each)[input] }
    });
    Batch::new(x, Array2::from_shape_fn((1, 2 * each), |(_, j)| f64::from(u8::from(j >= each))))
}
