//! The softmax and its loss: at every size of the outputs, in every number system.

#![allow(clippy::float_cmp, reason = "equal bits are the claim")]
#![allow(clippy::unwrap_used, reason = "helpers of tests state their expectation by panicking")]

use crate::drawn::drawn;
use init_symmetry_network::scalar::Term;
use init_symmetry_network::specification::{OutputLoss, loss, predictions};
use init_symmetry_network::{Activation, Bounded, Dual, Fp, Loss, Network, Scalar};
use ndarray::{Array1, Array2, ArrayView1, array, aview1};
use num_traits::One;
use proptest::collection::vec;
use proptest::prelude::*;

const SOFTMAX: Loss = Loss::SoftmaxCrossEntropy;

fn softmax<S: Scalar>(z: &[S]) -> Vec<S> {
    let mut y_hat = Array1::zeros(z.len());
    S::softmax(ArrayView1::from(z), y_hat.view_mut());
    y_hat.to_vec()
}

fn log_sum_exp<S: Scalar>(z: &[S]) -> S {
    S::log_sum_exp(ArrayView1::from(z))
}

fn sum<S: Scalar>(numbers: impl IntoIterator<Item = S>) -> S {
    numbers.into_iter().fold(S::zero(), |sum, number| sum + number)
}

fn of_any_size() -> impl Strategy<Value = f64> {
    prop_oneof![-30.0..30.0, -1e4..1e4, -1e308..1e308, Just(0.0), Just(1e308), Just(-1e308)]
}

fn moderate(classes: std::ops::Range<usize>) -> impl Strategy<Value = Vec<f64>> {
    vec(-40.0..40.0, classes)
}

proptest! {
    #![proptest_config(drawn(256))]

    #[test]
    fn every_finite_output_has_finite_shares_and_a_finite_logarithm(
        z in vec(of_any_size(), 1..9),
    ) {
        let largest = z.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let shares = softmax(&z);
        prop_assert!(shares.iter().all(|share| (0.0..=1.0).contains(share)), "{:?}", shares);
        let found = log_sum_exp(&z);
        prop_assert!(found >= largest && found.is_finite());
        let single: Vec<f32> = z.iter().map(|z| (z / 1e300) as f32).collect();
        prop_assert!(softmax(&single).iter().all(|share| (0.0..=1.0).contains(share)));
        prop_assert!(log_sum_exp(&single).is_finite());
    }

    #[test]
    fn equal_outputs_have_equal_shares_to_the_bit(
        mut z in vec(of_any_size(), 2..9), places in [any::<usize>(), any::<usize>()],
    ) {
        let [one, other] = places.map(|place| place % z.len());
        z[other] = z[one];
        let shares = softmax(&z);
        prop_assert!(shares[one].identical(shares[other]));
        let single: Vec<f32> = z.iter().map(|z| (z / 1e300) as f32).collect();
        prop_assert!(softmax(&single)[one].identical(softmax(&single)[other]));
        let terms: Vec<Term> = z.iter().map(|z| Term::symbol(z.to_string())).collect();
        prop_assert!(softmax(&terms)[one].same(softmax(&terms)[other]));
    }

    #[test]
    fn the_bound_covers_other_formulas_and_what_the_outputs_are_off_by(
        z in moderate(2..9), errors in vec(-1.0..1.0, 8), size in 0..40_i32,
    ) {
        let error = libm::ldexp(1.0, -size);
        let off: Vec<f64> = z.iter().zip(&errors).map(|(z, e)| z + e * error).collect();
        let of_z = |error| -> Vec<Bounded> {
            z.iter().map(|&value| Bounded { value, error }).collect()
        };
        let exponentials: Vec<f64> = z.iter().map(|&z| libm::exp(z)).collect();
        let all = sum(exponentials.iter().copied());
        let (exact, inexact) = (of_z(0.0), of_z(error));
        prop_assert!(log_sum_exp(&exact).explains(libm::log(all) - log_sum_exp(&z)));
        prop_assert!(log_sum_exp(&inexact).explains(log_sum_exp(&off) - log_sum_exp(&z)));
        let (narrow, wide) = (softmax(&exact), softmax(&inexact));
        for (k, (share, moved)) in softmax(&z).into_iter().zip(softmax(&off)).enumerate() {
            prop_assert!(narrow[k].explains(exponentials[k] / all - share), "{:?}", narrow[k]);
            prop_assert!(wide[k].explains(moved - share), "{:?}", wide[k]);
            prop_assert!(narrow[k].error < wide[k].error);
        }
    }

    #[test]
    fn two_classes_have_the_shares_of_the_logistic_function(z in [-40.0..40.0, -40.0..40.0]) {
        let bounded: [Bounded; 2] = z.map(Bounded::exact);
        let [first, second] = [bounded[0] - bounded[1], bounded[1] - bounded[0]];
        let shares = softmax(&bounded);
        for (share, of_one) in shares.into_iter().zip([first.sigmoid(), second.sigmoid()]) {
            let difference = share - of_one;
            prop_assert!(difference.explains(difference.value));
        }
    }

    #[test]
    fn over_the_field_shares_are_the_slopes_of_the_logarithm_and_add_up_to_one(
        numbers in vec(1..Fp::MODULUS, 1..7), shift in 1..Fp::MODULUS, key in 1_u64..,
    ) {
        let z: Vec<Fp> = numbers.iter().map(|&number| Fp::new(number, key)).collect();
        let shares = softmax(&z);
        prop_assert_eq!(sum(shares.iter().copied()), Fp::one());
        for (k, &share) in shares.iter().enumerate() {
            let mut duals: Vec<_> = z.iter().copied().map(Dual::constant).collect();
            duals[k] = Dual::variable(z[k]);
            prop_assert_eq!(log_sum_exp(&duals).derivative, share);
            prop_assert_eq!(softmax(&duals)[k].derivative, share * (Fp::one() - share));
        }
        let shift = Fp::new(shift, key);
        let shifted: Vec<Fp> = z.iter().map(|&z| z + shift).collect();
        prop_assert_eq!(log_sum_exp(&shifted), log_sum_exp(&z) + shift);
        prop_assert_eq!(softmax(&shifted), shares);
    }

    #[test]
    fn the_loss_and_its_slope_are_those_of_the_specification(
        z in moderate(2..7), labels in vec(-2.0..2.0, 6),
    ) {
        let y = &labels[..z.len()];
        let exact = |numbers: &[f64]| -> Vec<Bounded> {
            numbers.iter().copied().map(Bounded::exact).collect()
        };
        let specified = loss::<Bounded>(SOFTMAX).of_example(&exact(&z), &exact(y));
        let found = SOFTMAX.value(aview1(&exact(&z)), aview1(&exact(y)));
        let difference = specified - found;
        prop_assert!(difference.explains(difference.value), "{specified:?} and {found:?}");
        let column =
            |numbers: &[f64]| Array2::from_shape_fn((numbers.len(), 1), |(k, _)| numbers[k]);
        let (y_hat, dz) = (SOFTMAX.y_hat(&column(&z)), SOFTMAX.dz(&column(&z), &column(y)));
        for (k, specified) in predictions(SOFTMAX, &exact(&z)).into_iter().enumerate() {
            let difference = specified - softmax(&exact(&z))[k];
            prop_assert!(difference.explains(difference.value));
            prop_assert!(dz[[k, 0]].identical(y_hat[[k, 0]] - y[k]));
        }
    }
}

#[test]
fn numbers_that_are_none_stay_visible() {
    for hole in [f64::NAN, f64::INFINITY] {
        let z = [1.0, hole, 2.0];
        assert!(log_sum_exp(&z).is_nan() && softmax(&z).iter().any(|share| share.is_nan()));
        let single = z.map(|z| z as f32);
        assert!(log_sum_exp(&single).is_nan() && softmax(&single).iter().any(|it| it.is_nan()));
    }
    assert!(!log_sum_exp::<Fp>(&[]).is_finite(), "ln 0");
}

#[test]
fn equal_outputs_share_alike_and_a_loss_of_a_right_class_is_its_logarithm() {
    let z = array![[7.0], [7.0], [7.0], [7.0]];
    assert_eq!(SOFTMAX.y_hat(&z), array![[0.25], [0.25], [0.25], [0.25]]);
    let y = aview1(&[0.0, 1.0, 0.0, 0.0]);
    assert_eq!(SOFTMAX.value(aview1(&[0.0; 4]), y), libm::log(4.0));
    // far from the right class the loss is the distance; on it there is none
    assert_eq!(SOFTMAX.value(aview1(&[1000.0, -1000.0, 0.0, 0.0]), y), 2000.0);
    assert_eq!(SOFTMAX.value(aview1(&[0.0, 1e308, 0.0, 0.0]), y), 0.0);
}

#[test]
fn the_specified_loss_of_labels_that_add_up_to_one_is_minus_y_ln_y_hat() {
    let OutputLoss::OfAll(specified) = loss::<f64>(SOFTMAX) else { panic!("it couples outputs") };
    assert_eq!(specified(&[0.0, 0.0], &[0.25, 0.75]), libm::log(2.0));
    // where they do not, the slopes are still ŷ − y
    let z = [Dual::variable(0.0), Dual::constant(0.0)];
    let y = [3.0, 2.0].map(Dual::constant);
    assert_eq!(loss(SOFTMAX).of_example(&z, &y).derivative, 0.5 - 3.0);
}

#[test]
fn one_output_is_refused_and_the_loss_for_one_is_named() {
    let refused = Network::new(&[3, 2, 1], Activation::Tanh, SOFTMAX).unwrap_err().to_string();
    let expected = "softmax-cross-entropy needs at least 2 outputs, one for each class, but the \
                    network has 1; for one output take cross-entropy";
    assert_eq!(refused, expected);
    assert!(Network::new(&[3, 2, 2], Activation::Tanh, SOFTMAX).is_ok());
}
