//! How twins got apart: by the rounding of one step, or because something tells them apart.
//!
//! Only the first difference is judged. What it grows to later is the doing of training.

use super::drawn::{by_name, normal};
use super::judged::declared;
use super::outcome::settle;
use super::strategy::{fitting, of_one_class};
use super::{Case, CaseFailure, Config, Drawn, Note, Outcome, Property};
use crate::subject::{Convention, Declaration, Descent, Precision, Subject};
use init_symmetry_network::scalar::Bounded;
use init_symmetry_network::symmetry::are_twins;
use init_symmetry_network::{
    Activation, Batch, Error, Gradient, Layer, LayerGradient, Loss, Network, Parameters, Result,
    Scalar, Trainable, Weights,
};
use ndarray::Array2;
use proptest::prelude::*;
use proptest::sample::select;
use serde::{Deserialize, Serialize};

/// Two units of a hidden layer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Units {
    pub(super) layer: usize,
    pub(super) first: usize,
    pub(super) second: usize,
}

/// Each other unit of every hidden layer with the first one of it.
pub(super) fn all_units(network: &Network) -> Vec<Units> {
    let hidden = (1..network.depth()).zip(&network.widths()[1..]);
    let pairs = |(layer, &width): (usize, &usize)| {
        (1..width).map(move |second| Units { layer, first: 0, second })
    };
    hidden.flat_map(pairs).collect()
}

/// What training starts each step from.
#[derive(Clone)]
pub(super) struct Setting<'a> {
    pub(super) network: &'a Network,
    pub(super) batch: &'a Batch<f64>,
    pub(super) rate: f64,
    pub(super) precision: Precision,
    pub(super) declaration: Declaration,
}

impl<'a> Setting<'a> {
    pub(super) fn of<S: Trainable>(subject: &dyn Subject<S>, case: &'a Case) -> Self {
        let Case { network, batch, rate, .. } = case;
        let (precision, declaration) = (subject.precision(), subject.declaration());
        Self { network, batch, rate: *rate, precision, declaration }
    }

    /// Whether units that were twins before a step are twins after it, and if not, why not.
    pub(super) fn after_a_step(
        &self,
        t: usize,
        before: &Parameters<f64>,
        after: &Parameters<f64>,
        units: &[Units],
    ) -> Result<(), CaseFailure> {
        let Some(parted) = first_parted(after, units)? else { return Ok(()) };
        let bounds = self.bounds_of_step(before)?;
        Err(self.apart(&format!("at iteration {t}"), after, &bounds, parted))
    }

    /// Whether the gradients of twins are equal, and if not, why not.
    pub(super) fn in_gradient(
        &self,
        parameters: &Parameters<f64>,
        gradient: Gradient<f64>,
        units: Units,
    ) -> Result<(), CaseFailure> {
        // the gradient has the shapes of the parameters, so the same relation applies
        let gradient = as_parameters(gradient);
        if first_parted(&gradient, &[units])?.is_none() {
            return Ok(());
        }
        let bounds = as_parameters(self.bounds_of_gradient(parameters)?);
        Err(self.apart("in their gradients", &gradient, &bounds, units))
    }

    fn bounds_of_gradient(&self, parameters: &Parameters<f64>) -> Result<Gradient<Bounded>> {
        Ok(declared(&self.declaration, self.network.at(parameters, self.batch))?.gradient)
    }

    fn bounds_of_step(&self, before: &Parameters<f64>) -> Result<Parameters<Bounded>> {
        let gradient = self.bounds_of_gradient(before)?;
        // what is remembered of earlier gradients has their rounding too
        let remembered = self.declaration.momentum.map_or(0.0, |momentum| momentum.beta);
        let rate = Bounded::exact(self.rate / (1.0 - remembered));
        before.map(Bounded::exact).descend(&gradient, rate)
    }

    /// What to say of two units that should be twins: each is within its own bound of one number.
    fn apart(
        &self,
        place: &str,
        found: &Parameters<f64>,
        bounds: &Parameters<Bounded>,
        Units { layer, first, second }: Units,
    ) -> CaseFailure {
        let of_first = entries_of_unit(found, layer, first);
        let pairs = of_first.into_iter().zip(entries_of_unit(found, layer, second));
        let allowed = entries_of_unit(bounds, layer, first);
        let mut largest = Difference { size: 0.0, allowed: 0.0 };
        let mut explained = true;
        for ((one, other), bound) in pairs.zip(allowed) {
            let size = (one - other).abs();
            let allowed = 2.0 * self.precision.bound(bound.error);
            explained &= size <= allowed;
            if size > largest.size || size.is_nan() {
                largest = Difference { size, allowed };
            }
        }
        let Difference { size, allowed } = largest;
        let reason = format!(
            "units {first} and {second} of layer {layer} should be equal but differ {place} by \
             {size:.1e}; the rounding of one step explains at most {allowed:.1e}"
        );
        if explained {
            let cause = "your BLAS may add rows in different orders";
            CaseFailure::Noted(Note::ApartByRounding, format!("{reason}: {cause}"))
        } else {
            CaseFailure::Broken(reason)
        }
    }
}

struct Difference {
    size: f64,
    allowed: f64,
}

fn first_parted(parameters: &Parameters<f64>, units: &[Units]) -> Result<Option<Units>> {
    for &Units { layer, first, second } in units {
        if !are_twins(parameters, layer, first, second)? {
            return Ok(Some(Units { layer, first, second }));
        }
    }
    Ok(None)
}

/// Row, bias and outgoing weights.
fn entries_of_unit<S: Scalar>(parameters: &Parameters<S>, layer: usize, unit: usize) -> Vec<S> {
    let Layer { w, b } = &parameters.layers[layer - 1];
    let outgoing = parameters.w(layer + 1).column(unit);
    w.row(unit).iter().chain(b.row(unit)).chain(outgoing).copied().collect()
}

pub(super) fn as_parameters<S>(gradient: Gradient<S>) -> Parameters<S> {
    let layers = gradient.layers.into_iter();
    Parameters { layers: layers.map(|LayerGradient { dw, db }| Layer { w: dw, b: db }).collect() }
}

/// Watches units that start as twins until they are apart for the first time.
pub(super) struct Watch<'a> {
    setting: Setting<'a>,
    units: Vec<Units>,
    before: Option<Parameters<f64>>,
    /// Why they are apart, if they are.
    pub(super) apart: Option<CaseFailure>,
}

impl<'a> Watch<'a> {
    pub(super) fn new(setting: Setting<'a>, units: Vec<Units>) -> Self {
        Self { setting, units, before: None, apart: None }
    }

    /// Looks at iteration t. What follows an overflow is not compared: NaN has many bit patterns.
    pub(super) fn see(&mut self, t: usize, now: &Parameters<f64>) {
        if self.apart.is_some() || !now.is_finite() {
            return;
        }
        let seen = match &self.before {
            Some(before) => self.setting.after_a_step(t, before, now, &self.units),
            None => match first_parted(now, &self.units) {
                Ok(None) => Ok(()),
                Ok(Some(_)) => Err("the units already differ before the first step".into()),
                Err(error) => Err(error.into()),
            },
        };
        self.apart = seen.err();
        self.before = Some(now.clone());
    }
}

/// Widths at which products have edges, with a number of examples.
#[derive(Debug, Clone, Copy)]
struct Shape {
    widths: [usize; 3],
    m: usize,
}

/// From the first that a vector does not hold to some that several do not.
const LARGER_SHAPES: [Shape; 5] = [
    Shape { widths: [3, 5, 1], m: 7 },
    Shape { widths: [10, 17, 1], m: 33 },
    Shape { widths: [9, 23, 3], m: 65 },
    Shape { widths: [31, 37, 1], m: 21 },
    Shape { widths: [7, 40, 10], m: 130 },
];

/// A network that starts from one constant, on examples of a seed.
#[derive(Debug, Serialize, Deserialize)]
struct LargerCase {
    widths: Vec<usize>,
    #[serde(with = "by_name")]
    hidden: Activation,
    #[serde(with = "by_name")]
    loss: Loss,
    m: usize,
    constant: f64,
    rate: f64,
    seed: u64,
}

impl Drawn for LargerCase {
    fn shown(&self, _: Convention) -> String {
        let Self { widths, hidden, loss, m, constant, rate, seed } = self;
        let widths: Vec<_> = widths.iter().map(usize::to_string).collect();
        let widths = widths.join("-");
        format!(
            "  network {widths} {hidden} {loss}, rate {rate}, {m} examples of seed \
             {seed}, every weight {constant}"
        )
    }
}

impl LargerCase {
    /// Normal inputs; the label is 1, or the class the second, where their sum is positive.
    fn batch(&self) -> Result<Batch<f64>> {
        let (n_x, n_y) = (self.widths[0], self.widths[self.widths.len() - 1]);
        let x = normal([n_x, self.m], 1.0, self.seed)?;
        let is_positive = |j| x.column(j).sum() > 0.0;
        let y = if self.loss.couples_outputs() {
            of_one_class(n_y, (0..self.m).map(|j| usize::from(is_positive(j))))
        } else {
            Array2::from_shape_fn((n_y, self.m), |(_, j)| f64::from(u8::from(is_positive(j))))
        };
        Batch::new(x, y)
    }
}

/// Few, because they are large.
const LARGER_CASES: u32 = 8;

/// A hidden layer is repeated so often where a subject has no fewer.
const MOST_REPEATED: usize = 3;

/// Long enough for kernels that are not uniform to show it.
const LARGER_STEPS: usize = 40;

property! {
    /// Kernels that add edge rows in another order show it there.
    name: twins_stay_twins_in_larger_networks,
    statement: "if all weights start at one constant, units stay equal, bit for bit, in networks \
                with up to 40 units and 130 examples, where matrix products have incomplete blocks",
    witness: "w1 moved",
    check: larger_networks,
}

fn larger_networks(property: &Property, subject: &dyn Subject, config: &Config) -> Outcome {
    let few = Config { cases: config.cases.min(LARGER_CASES), ..config.clone() };
    let config = few.without_shrinking();
    let cases = super::Cases::default().of(subject);
    // a hidden layer as often as the subject has at least
    let layers = subject.networks().sizes.hidden_layers.0.clamp(1, MOST_REPEATED);
    let losses = cases.losses;
    let holds_one =
        |shape: &Shape| losses.iter().any(|loss| loss.least_outputs() <= shape.widths[2]);
    let shapes: Vec<Shape> = LARGER_SHAPES.into_iter().filter(holds_one).collect();
    let drawn = (select(shapes), select(cases.hidden), select(losses.clone()));
    let strategy = (drawn, 1..=32_i32, 8..=64_i32, 0..1_000_000_u64).prop_map(
        move |((Shape { widths, m }, hidden, loss), constant, rate, seed)| {
            let loss = fitting(loss, &losses, widths[2]);
            let [constant, rate] = [constant, rate].map(|k| f64::from(k) / 64.0);
            let [n_x, n_h, n_y] = widths;
            let widths = [&[n_x], &vec![n_h; layers][..], &[n_y]].concat();
            LargerCase { widths, hidden, loss, m, constant, rate, seed }
        },
    );
    property.run(subject, &config, strategy, |case| {
        let LargerCase { widths, hidden, loss, constant, rate, .. } = case;
        let network = &Network::new(widths, *hidden, *loss)?;
        let batch = case.batch()?;
        let start = network.initialise(Weights::Constant(*constant), 0)?;
        let (precision, declaration) = (subject.precision(), subject.declaration());
        let setting = Setting { network, batch: &batch, rate: *rate, precision, declaration };
        let mut watch = Watch::new(setting, all_units(network));
        let mut moved = false;
        let descent = Descent { rate: *rate, steps: LARGER_STEPS };
        let observe = &mut |t: usize, now: &Parameters<f64>| {
            moved |= now.w(1) != start.w(1);
            watch.see(t, now);
        };
        match subject.train(network.at(&start, &batch), descent, observe) {
            Ok(_) | Err(Error::Diverged { .. }) => settle(watch.apart, moved),
            Err(error) => Err(error.into()),
        }
    })
}
