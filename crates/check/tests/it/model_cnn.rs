//! A convolutional network with its backward pass by hand: each backward function stands below the
//! forward function that it differentiates, and every planted fault is one place in it.
//!
//! ```text
//! x        m × 1 × 6 × 6
//! z1, a1   m × 3 × 6 × 6   conv1 with padding and batch norm, relu
//! z2, a2   m × 4 × 4 × 4   conv2, relu
//! pooled   m × 4 × 2 × 2   the maximum of each 2 × 2
//! logits   m × 3           fc of the 16 flattened
//! ```
//!
//! Start reading at [`Cnn::forward`] and `Cnn::backward`.

use super::model_parts::{
    Draws, Mathematics, Slopes, Values, cross_entropy, cross_entropy_backward, product, softmax,
};
use init_symmetry_gradient::LossAndGradient;
use init_symmetry_network::Result;
use init_symmetry_network::symmetry::{TensorShape, UnitAxis, UnitGroup};
use ndarray::{
    Array1, Array2, Array4, ArrayBase, ArrayView1, ArrayView2, ArrayView4, Axis, Ix3, RawData,
    Slice, Zip,
};
use std::ops::Range;
use strum::{Display, EnumMessage, VariantArray};

/// How many examples a batch has.
const M: usize = 4;
/// Rows and columns of an image.
const SIDE: usize = 6;
/// Channels of the two convolutions.
const CHANNELS: [usize; 2] = [3, 4];
const CLASSES: usize = 3;
/// What batch norm adds to a variance.
const EPSILON: f64 = 1.0 / 64.0;

/// What can be wrong with the backward pass of [`Cnn`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Display, EnumMessage, VariantArray)]
#[strum(serialize_all = "kebab-case")]
pub(crate) enum CnnFault {
    /// dx of a convolution is computed with its kernels turned by 180°.
    #[strum(message = "the kernel's indices in dx: forward does not flip it")]
    KernelFlipped,
    /// dw of the second convolution is written turned by 180°.
    #[strum(message = "the kernel's indices in dw")]
    WeightGradientFlipped,
    /// dx of a convolution is that of its last output channel.
    #[strum(message = "+= in dx: every output channel adds its part")]
    InputGradientOverwritten,
    /// dw of the first convolution pairs dz with the image one pixel off.
    #[strum(message = "where the padded image begins in dw")]
    PaddingForgotten,
    /// db of the second convolution is summed over the examples, at the first position alone.
    #[strum(message = "the axes of the sum in db")]
    BiasAtOnePosition,
    /// db of the second convolution is summed over the positions of the first example alone.
    #[strum(message = "the axes of the sum in db")]
    BiasOfOneExample,
    /// db of the second convolution is the mean over the positions.
    #[strum(message = "sum or mean over the positions in db")]
    BiasIsAMean,
    /// The gradient of a pool goes to its first entry.
    #[strum(message = "which entry was the largest")]
    PoolingToTheFirst,
    /// The gradient of a pool goes to all four entries.
    #[strum(message = "which entry was the largest")]
    PoolingToAll,
    /// The gradient of a pool is shared out among its four entries.
    #[strum(message = "a mean in backward where forward takes the maximum")]
    PoolingShared,
    /// Batch norm's backward pass lacks the part through the mean.
    #[strum(message = "− mean(dx̂) in dz")]
    NormWithoutMean,
    /// Batch norm's backward pass lacks the part through the variance.
    #[strum(message = "− x̂·mean(dx̂·x̂) in dz")]
    NormWithoutVariance,
    /// Batch norm's backward pass divides by n − 1 where forward divides by n.
    #[strum(message = "the count in the means of dx̂")]
    NormUnbiased,
    /// Batch norm's backward pass takes its means over each example by itself.
    #[strum(message = "the axes of the means of dx̂")]
    NormOfOneExample,
    /// Batch norm's dz lacks the gain.
    #[strum(message = "dx̂ = gain·dy")]
    NormGainForgotten,
    /// The gain's gradient is taken with what is centred and not yet divided.
    #[strum(message = "x̂ in the gradient of the gain")]
    GainGradientOfCentred,
    /// The first ReLU passes every gradient.
    #[strum(message = "the factor relu'(z) of the first ReLU")]
    ReluSlopeMissing,
    /// The first ReLU passes gradients that are positive.
    #[strum(message = "z > 0 in relu', not dz > 0")]
    ReluOfGradient,
    /// The gradient of the flattened list is read pixel by pixel.
    #[strum(message = "the order of channels and pixels in reshape")]
    FlattenOrder,
    /// The gradient of the logits is multiplied by p·(1 − p).
    #[strum(message = "softmax and cross-entropy together have dz = p − y")]
    SoftmaxSlopeTwice,
    /// The last bias has no gradient.
    #[strum(message = "db of fc")]
    BiasDropped,
    /// The loss alone normalises with mean 0 and variance 1, the running values of the beginning.
    #[strum(message = "the mode of batch norm when only the loss is asked for")]
    LossInAnotherMode,
    /// The first channel is half dropped, in both passes: nothing numbers it so.
    #[strum(message = "a constant that is not the same for all channels")]
    ChannelsToldApart,
}

/// The network, with batch norm or, in its place, a bias.
pub(crate) struct Cnn {
    has_norm: bool,
    fault: Option<CnnFault>,
    tensors: Vec<TensorShape>,
}

impl Cnn {
    pub(crate) fn new(has_norm: bool, fault: Option<CnnFault>) -> Self {
        let [first, second] = CHANNELS;
        let mut tensors = vec![TensorShape::new("conv1.weight", &[first, 1, 3, 3])];
        if has_norm {
            tensors.push(TensorShape::new("norm.gain", &[first]));
            tensors.push(TensorShape::new("norm.shift", &[first]));
        } else {
            tensors.push(TensorShape::new("conv1.bias", &[first]));
        }
        tensors.extend([
            TensorShape::new("conv2.weight", &[second, first, 3, 3]),
            TensorShape::new("conv2.bias", &[second]),
            TensorShape::new("fc.weight", &[CLASSES, 4 * second]),
            TensorShape::new("fc.bias", &[CLASSES]),
        ]);
        Self { has_norm, fault, tensors }
    }

    fn has(&self, fault: CnnFault) -> bool {
        self.fault == Some(fault)
    }
}

/// Images of a batch, some of them, and their classes.
fn data(batch: u64, examples: Range<usize>) -> (Array4<f64>, Vec<usize>) {
    let mut draws = Draws::new(batch, 1);
    let images = draws.array((M, 1, SIDE, SIDE));
    let labels: Vec<_> = (0..M).map(|_| draws.below(CLASSES)).collect();
    let some = Slice::from(examples.clone());
    (images.slice_axis(Axis(0), some).to_owned(), labels[examples].to_vec())
}

/// Everything that the backward pass needs of the forward pass.
struct Forward {
    x: Array4<f64>,
    norm: Norm,
    z1: Array4<f64>,
    a1: Array4<f64>,
    z2: Array4<f64>,
    winners: Array4<usize>,
    flat: Array2<f64>,
    logits: Array2<f64>,
}

impl Cnn {
    fn forward(&self, p: &Values<'_>, x: Array4<f64>) -> Forward {
        let conv1 = convolve(&pad(&x, 1), p.kernels("conv1.weight"));
        let (z1, norm) = if self.has_norm {
            batch_norm(&conv1, p.vector("norm.gain"), p.vector("norm.shift"))
        } else {
            (plus_bias(conv1, p.vector("conv1.bias")), Norm::default())
        };
        let mut a1 = z1.mapv(|z| z.max(0.0));
        if self.has(CnnFault::ChannelsToldApart) {
            a1.index_axis_mut(Axis(1), 0).mapv_inplace(|a| a / 2.0);
        }
        let z2 = convolve(&a1, p.kernels("conv2.weight"));
        let z2 = plus_bias(z2, p.vector("conv2.bias"));
        let (pooled, winners) = pool(&z2.mapv(|z| z.max(0.0)));
        let flat = flatten(pooled);
        let logits = product(flat.view(), p.matrix("fc.weight").t()) + p.vector("fc.bias");
        Forward { x, norm, z1, a1, z2, winners, flat, logits }
    }

    fn backward(&self, p: &Values<'_>, forward: &Forward, labels: &[usize]) -> Vec<f64> {
        let Forward { x, norm, z1, a1, z2, winners, flat, logits } = forward;
        let mut d = Slopes::new(&self.tensors);
        // the mean over the examples
        let mut d_logits = cross_entropy_backward(logits, labels) / labels.len() as f64;
        if self.has(CnnFault::SoftmaxSlopeTwice) {
            d_logits *= &softmax(logits).mapv(|p| p * (1.0 - p));
        }
        // logits = flat·Wᵀ + b: dW = dzᵀ·flat, db = Σ dz, dflat = dz·W
        d.add("fc.weight", &product(d_logits.t(), flat.view()));
        if !self.has(CnnFault::BiasDropped) {
            d.add("fc.bias", &d_logits.sum_axis(Axis(0)));
        }
        let d_flat = product(d_logits.view(), p.matrix("fc.weight"));
        let d_a2 = self.pool_backward(&self.flatten_backward(d_flat.view()), winners);
        // relu'(z) = 1 where z > 0
        let d_z2 = d_a2 * z2.mapv(|z| f64::from(u8::from(z > 0.0)));
        d.add("conv2.bias", &self.bias_backward(&d_z2));
        let [mut d_w2, mut d_a1] =
            convolve_backward(a1, p.kernels("conv2.weight"), &d_z2, self.fault);
        if self.has(CnnFault::WeightGradientFlipped) {
            d_w2.invert_axis(Axis(2));
            d_w2.invert_axis(Axis(3));
        }
        d.add("conv2.weight", &d_w2);
        if self.has(CnnFault::ChannelsToldApart) {
            d_a1.index_axis_mut(Axis(1), 0).mapv_inplace(|d| d / 2.0);
        }
        let d_z1 = self.relu_backward(z1, &d_a1);
        let d_conv1 = if self.has_norm {
            let [d_gain, d_shift] = gain_and_shift_backward(norm, &d_z1, self.fault);
            d.add("norm.gain", &d_gain);
            d.add("norm.shift", &d_shift);
            self.norm_backward(norm, p.vector("norm.gain"), &d_z1)
        } else {
            d.add("conv1.bias", &self.bias_backward(&d_z1));
            d_z1
        };
        let before = if self.has(CnnFault::PaddingForgotten) { 0 } else { 1 };
        let [d_w1, _] =
            convolve_backward(&pad(x, before), p.kernels("conv1.weight"), &d_conv1, None);
        d.add("conv1.weight", &d_w1);
        d.flat
    }
}

/// A margin of zeros: `before` above and on the left, two in all.
fn pad(x: &Array4<f64>, before: usize) -> Array4<f64> {
    let (m, channels, rows, columns) = x.dim();
    let mut padded = Array4::zeros((m, channels, rows + 2, columns + 2));
    for ((e, i, r, c), &x) in x.indexed_iter() {
        padded[[e, i, r + before, c + before]] = x;
    }
    padded
}

/// The entries of a channel from (u, v) on, so many rows and columns, of every example.
fn window<S: RawData>(
    mut channel: ArrayBase<S, Ix3>,
    [u, v]: [usize; 2],
    [rows, columns]: [usize; 2],
) -> ArrayBase<S, Ix3> {
    channel.slice_axis_inplace(Axis(1), Slice::from(u..u + rows));
    channel.slice_axis_inplace(Axis(2), Slice::from(v..v + columns));
    channel
}

/// z\[o, r, c\] = Σ w\[o, i, u, v\]·x\[i, r + u, c + v\] over i, u, v: no kernel is flipped.
fn convolve(x: &Array4<f64>, w: ArrayView4<'_, f64>) -> Array4<f64> {
    let [rows, columns] = [2, 3].map(|axis| x.len_of(Axis(axis)) + 1 - w.len_of(Axis(axis)));
    let mut z = Array4::zeros((x.len_of(Axis(0)), w.len_of(Axis(0)), rows, columns));
    for ((o, i, u, v), &w) in w.indexed_iter() {
        let part = window(x.index_axis(Axis(1), i), [u, v], [rows, columns]);
        z.index_axis_mut(Axis(1), o).scaled_add(w, &part);
    }
    z
}

/// dw\[o, i, u, v\] = Σ dz\[o, r, c\]·x\[i, r + u, c + v\] over examples, r, c;
/// dx\[i, r + u, c + v\] += w\[o, i, u, v\]·dz\[o, r, c\].
fn convolve_backward(
    x: &Array4<f64>,
    w: ArrayView4<'_, f64>,
    dz: &Array4<f64>,
    fault: Option<CnnFault>,
) -> [Array4<f64>; 2] {
    let (_, _, rows, columns) = dz.dim();
    let (outputs, _, height, width) = w.dim();
    let (mut dw, mut dx) = (Array4::zeros(w.dim()), Array4::zeros(x.dim()));
    for ((o, i, u, v), dw) in dw.indexed_iter_mut() {
        let dz = dz.index_axis(Axis(1), o);
        let part = window(x.index_axis(Axis(1), i), [u, v], [rows, columns]);
        Zip::from(&dz).and(&part).for_each(|dz, x| *dw += dz * x);
        let weight = match fault {
            Some(CnnFault::KernelFlipped) => w[[o, i, height - 1 - u, width - 1 - v]],
            Some(CnnFault::InputGradientOverwritten) if o + 1 < outputs => 0.0,
            _ => w[[o, i, u, v]],
        };
        window(dx.index_axis_mut(Axis(1), i), [u, v], [rows, columns]).scaled_add(weight, &dz);
    }
    [dw, dx]
}

/// z\[o\] + b\[o\] at every position of every example.
fn plus_bias(mut z: Array4<f64>, b: ArrayView1<'_, f64>) -> Array4<f64> {
    for (mut z, &b) in z.axis_iter_mut(Axis(1)).zip(b) {
        z += b;
    }
    z
}

impl Cnn {
    /// db\[o\] = Σ dz\[o\] over all examples and positions.
    fn bias_backward(&self, dz: &Array4<f64>) -> Array1<f64> {
        let of_channel = |dz: ndarray::ArrayView3<'_, f64>| match self.fault {
            Some(CnnFault::BiasAtOnePosition) => dz.outer_iter().map(|dz| dz[[0, 0]]).sum(),
            Some(CnnFault::BiasOfOneExample) => dz.index_axis(Axis(0), 0).iter().sum(),
            Some(CnnFault::BiasIsAMean) => {
                dz.iter().sum::<f64>() / (dz.len() / dz.len_of(Axis(0))) as f64
            }
            _ => dz.iter().sum::<f64>(),
        };
        dz.axis_iter(Axis(1)).map(of_channel).collect()
    }
}

/// What batch norm keeps: x̂, and 1/√(variance + ε) of each channel.
#[derive(Default)]
struct Norm {
    x_hat: Array4<f64>,
    scale: Vec<f64>,
}

/// x̂ = (x − mean)/√(variance + ε) over all examples and positions of a channel, and
/// y = gain·x̂ + shift.
fn batch_norm(
    x: &Array4<f64>,
    gain: ArrayView1<'_, f64>,
    shift: ArrayView1<'_, f64>,
) -> (Array4<f64>, Norm) {
    let n = (x.len() / gain.len()) as f64;
    let (mut x_hat, mut scales) = (x.clone(), Vec::new());
    for mut x in x_hat.axis_iter_mut(Axis(1)) {
        let mean = x.iter().sum::<f64>() / n;
        x -= mean;
        let variance = x.iter().map(|x| x * x).sum::<f64>() / n;
        let scale = 1.0 / (variance + EPSILON).sqrt();
        x *= scale;
        scales.push(scale);
    }
    let mut y = x_hat.clone();
    for (mut y, &gain) in y.axis_iter_mut(Axis(1)).zip(gain) {
        y *= gain;
    }
    (plus_bias(y, shift), Norm { x_hat, scale: scales })
}

/// dgain = Σ dy·x̂ and dshift = Σ dy over all examples and positions of a channel.
fn gain_and_shift_backward(
    norm: &Norm,
    dy: &Array4<f64>,
    fault: Option<CnnFault>,
) -> [Array1<f64>; 2] {
    let product = dy * &norm.x_hat;
    let mut d_gain: Array1<f64> = product.axis_iter(Axis(1)).map(|it| it.iter().sum()).collect();
    if fault == Some(CnnFault::GainGradientOfCentred) {
        d_gain.iter_mut().zip(&norm.scale).for_each(|(d_gain, scale)| *d_gain /= scale);
    }
    [d_gain, dy.axis_iter(Axis(1)).map(|dy| dy.iter().sum()).collect()]
}

impl Cnn {
    /// dx̂ = gain·dy, dx = (dx̂ − mean(dx̂) − x̂·mean(dx̂·x̂))/√(variance + ε).
    fn norm_backward(
        &self,
        norm: &Norm,
        gain: ArrayView1<'_, f64>,
        dy: &Array4<f64>,
    ) -> Array4<f64> {
        let mut dx = dy.clone();
        let channels = dx.axis_iter_mut(Axis(1)).zip(norm.x_hat.axis_iter(Axis(1)));
        for (((mut dx, x_hat), &scale), &gain) in channels.zip(&norm.scale).zip(gain) {
            if !self.has(CnnFault::NormGainForgotten) {
                dx *= gain;
            }
            let together = if self.has(CnnFault::NormOfOneExample) { 1 } else { M };
            let parts = dx.axis_chunks_iter_mut(Axis(0), together);
            for (mut dx, x_hat) in parts.zip(x_hat.axis_chunks_iter(Axis(0), together)) {
                let unbiased = usize::from(self.has(CnnFault::NormUnbiased));
                let n = (dx.len() - unbiased) as f64;
                let mut mean = dx.iter().sum::<f64>() / n;
                let mut slope = dx.iter().zip(x_hat).map(|(dx, x)| dx * x).sum::<f64>() / n;
                if self.has(CnnFault::NormWithoutMean) {
                    mean = 0.0;
                }
                if self.has(CnnFault::NormWithoutVariance) {
                    slope = 0.0;
                }
                dx.zip_mut_with(&x_hat, |dx, x_hat| *dx = (*dx - mean - x_hat * slope) * scale);
            }
        }
        dx
    }

    /// relu'(z) = 1 where z > 0, else 0.
    fn relu_backward(&self, z: &Array4<f64>, da: &Array4<f64>) -> Array4<f64> {
        let mut dz = da.clone();
        dz.zip_mut_with(z, |dz, &z| {
            let passes = match self.fault {
                Some(CnnFault::ReluSlopeMissing) => true,
                Some(CnnFault::ReluOfGradient) => *dz > 0.0,
                _ => z > 0.0,
            };
            *dz *= f64::from(u8::from(passes));
        });
        dz
    }
}

/// The largest of each 2 × 2 entries, and which of the four it was: the first, if several are.
fn pool(a: &Array4<f64>) -> (Array4<f64>, Array4<usize>) {
    let (m, channels, rows, columns) = a.dim();
    let winners = Array4::from_shape_fn((m, channels, rows / 2, columns / 2), |(e, o, r, c)| {
        let entry = |which: usize| a[[e, o, 2 * r + which / 2, 2 * c + which % 2]];
        (1..4).fold(0, |best, which| if entry(which) > entry(best) { which } else { best })
    });
    let largest = |((e, o, r, c), &which): ((usize, usize, usize, usize), &usize)| {
        a[[e, o, 2 * r + which / 2, 2 * c + which % 2]]
    };
    let pooled = winners.indexed_iter().map(largest).collect();
    (Array4::from_shape_vec(winners.dim(), pooled).expect("as many"), winners)
}

impl Cnn {
    /// The gradient of the largest entry goes to where it was found.
    fn pool_backward(&self, d_pooled: &Array4<f64>, winners: &Array4<usize>) -> Array4<f64> {
        let (m, channels, rows, columns) = winners.dim();
        Array4::from_shape_fn((m, channels, 2 * rows, 2 * columns), |(e, o, r, c)| {
            let (place, which) = ([e, o, r / 2, c / 2], 2 * (r % 2) + c % 2);
            let share = match self.fault {
                Some(CnnFault::PoolingToTheFirst) => f64::from(u8::from(which == 0)),
                Some(CnnFault::PoolingToAll) => 1.0,
                Some(CnnFault::PoolingShared) => 0.25,
                _ => f64::from(u8::from(which == winners[place])),
            };
            share * d_pooled[place]
        })
    }
}

/// One row for each example: channel after channel, four pixels each.
fn flatten(pooled: Array4<f64>) -> Array2<f64> {
    let shape = (pooled.len_of(Axis(0)), pooled.len() / pooled.len_of(Axis(0)));
    pooled.into_shape_with_order(shape).expect("as many entries")
}

impl Cnn {
    /// The same numbers in the shape before.
    fn flatten_backward(&self, d_flat: ArrayView2<'_, f64>) -> Array4<f64> {
        let (m, channels) = (d_flat.nrows(), CHANNELS[1]);
        Array4::from_shape_fn((m, channels, 2, 2), |(e, o, r, c)| {
            let by_pixel = self.has(CnnFault::FlattenOrder);
            let pixel = 2 * r + c;
            d_flat[[e, if by_pixel { pixel * channels + o } else { o * 4 + pixel }]]
        })
    }
}

impl Mathematics for Cnn {
    fn name(&self) -> &str {
        if self.has_norm { "cnn" } else { "cnn without batch norm" }
    }

    fn tensors(&self) -> &[TensorShape] {
        &self.tensors
    }

    fn groups(&self) -> Vec<UnitGroup> {
        let first = UnitGroup::new("channels of conv1", CHANNELS[0])
            .along(UnitAxis::new("conv1.weight", 0))
            .along(UnitAxis::new("conv2.weight", 1).outgoing());
        let first = if self.has_norm {
            first.along(UnitAxis::new("norm.gain", 0)).along(UnitAxis::new("norm.shift", 0))
        } else {
            first.along(UnitAxis::new("conv1.bias", 0)).homogeneous()
        };
        let second = UnitGroup::new("channels of conv2", CHANNELS[1])
            .along(UnitAxis::new("conv2.weight", 0))
            .along(UnitAxis::new("conv2.bias", 0))
            .along(UnitAxis::new("fc.weight", 1).each(4).outgoing())
            .homogeneous();
        vec![first, second]
    }

    fn batch_size(&self) -> usize {
        M
    }

    fn has_single_examples(&self) -> bool {
        !self.has_norm
    }

    fn evaluate(
        &self,
        parameters: &[f64],
        batch: u64,
        examples: Range<usize>,
    ) -> Result<LossAndGradient> {
        let p = Values::new(&self.tensors, parameters)?;
        let (x, labels) = data(batch, examples);
        let forward = self.forward(&p, x);
        let loss = cross_entropy(&forward.logits, &labels) / labels.len() as f64;
        Ok(LossAndGradient { loss, gradient: self.backward(&p, &forward, &labels) })
    }

    fn loss(&self, parameters: &[f64], batch: u64) -> Result<f64> {
        let p = Values::new(&self.tensors, parameters)?;
        let (x, labels) = data(batch, 0..M);
        let logits = if self.has(CnnFault::LossInAnotherMode) {
            self.logits_with_running_values(&p, &x)
        } else {
            self.forward(&p, x).logits
        };
        Ok(cross_entropy(&logits, &labels) / M as f64)
    }
}

impl Cnn {
    /// What [`CnnFault::LossInAnotherMode`] computes: batch norm has mean 0 and variance 1.
    fn logits_with_running_values(&self, p: &Values<'_>, x: &Array4<f64>) -> Array2<f64> {
        let mut z1 = convolve(&pad(x, 1), p.kernels("conv1.weight"));
        for (mut z, &gain) in z1.axis_iter_mut(Axis(1)).zip(p.vector("norm.gain")) {
            z *= gain;
        }
        let a1 = plus_bias(z1, p.vector("norm.shift")).mapv(|z| z.max(0.0));
        let z2 = plus_bias(convolve(&a1, p.kernels("conv2.weight")), p.vector("conv2.bias"));
        let flat = flatten(pool(&z2.mapv(|z| z.max(0.0))).0);
        product(flat.view(), p.matrix("fc.weight").t()) + p.vector("fc.bias")
    }
}
