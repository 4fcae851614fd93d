//! A convolutional network with its backward pass by hand: each backward function stands below the
//! forward function that it differentiates, and every planted fault is one place in it.
//!
//! ```text
//! x        1 × m·6·6   a row for each channel, a column for each pixel of each example
//! z1, a1   2 × m·6·6   conv1 with a margin and batch norm, relu
//! z2, a2   3 × m·4·4   conv2, relu
//! pooled   3 × m·2·2   the maximum of each 2 × 2
//! logits   m × 3       fc of the 12 numbers of each example
//! ```
//!
//! Start reading at [`Cnn::forward`] and `Cnn::backward`.

use super::model_parts::{
    Draws, Mathematics, Slopes, Values, cross_entropy, cross_entropy_backward, product,
    product_of_rows, softmax,
};
use init_symmetry_gradient::LossAndGradient;
use init_symmetry_network::Result;
use init_symmetry_network::symmetry::{TensorShape, UnitAxis, UnitGroup};
use ndarray::{Array1, Array2, ArrayView1, ArrayView2, ArrayViewMut1, Axis};
use std::ops::Range;
use strum::{Display, EnumMessage, VariantArray};

/// How many examples a batch has.
const M: usize = 4;
/// Rows and columns of an image.
const SIDE: usize = 6;
/// Channels of the two convolutions.
const CHANNELS: [usize; 2] = [2, 3];
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
    conv1: Patches,
    conv2: Patches,
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
        let (conv1, conv2) = (Patches::new(1, SIDE), Patches::new(0, SIDE - 2));
        Self { has_norm, fault, tensors, conv1, conv2 }
    }

    fn has(&self, fault: CnnFault) -> bool {
        self.fault == Some(fault)
    }
}

/// Images of a batch, some of them, and their classes.
fn data(batch: u64, examples: Range<usize>) -> (Array2<f64>, Vec<usize>) {
    let mut draws = Draws::new(batch, 1);
    let images: Array1<f64> = draws.array(M * SIDE * SIDE);
    let labels: Vec<_> = (0..M).map(|_| draws.below(CLASSES)).collect();
    let pixels = images.iter().skip(examples.start * SIDE * SIDE);
    let x: Array1<f64> = pixels.take(examples.len() * SIDE * SIDE).copied().collect();
    (x.insert_axis(Axis(0)), labels[examples].to_vec())
}

/// Everything that the backward pass needs of the forward pass.
struct Forward {
    x: Array2<f64>,
    norm: Norm,
    z1: Array2<f64>,
    a1: Array2<f64>,
    z2: Array2<f64>,
    winners: Array2<usize>,
    flat: Array2<f64>,
    logits: Array2<f64>,
}

impl Cnn {
    fn forward(&self, p: &Values<'_>, x: Array2<f64>, mode: Mode) -> Forward {
        let conv1 = product(p.rows("conv1.weight"), self.conv1.of(&x).view());
        let norm = Norm::of(&conv1, mode);
        let z1 = if self.has_norm {
            norm.output(p.vector("norm.gain"), p.vector("norm.shift"))
        } else {
            conv1 + p.vector("conv1.bias").insert_axis(Axis(1))
        };
        let mut a1 = z1.mapv(|z| z.max(0.0));
        if self.has(CnnFault::ChannelsToldApart) {
            a1.row_mut(0).mapv_inplace(|a| a / 2.0);
        }
        let conv2 = product(p.rows("conv2.weight"), self.conv2.of(&a1).view());
        let z2 = conv2 + p.vector("conv2.bias").insert_axis(Axis(1));
        let (pooled, winners) = pool(&z2.mapv(|z| z.max(0.0)));
        let flat = flatten(&pooled);
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
        let d_pooled = self.flatten_backward(&product(d_logits.view(), p.matrix("fc.weight")));
        let d_a2 = self.pool_backward(&d_pooled, winners);
        // relu'(z) = 1 where z > 0
        let d_z2 = d_a2 * z2.mapv(|z| f64::from(u8::from(z > 0.0)));
        d.add("conv2.bias", &self.bias_backward(&d_z2));
        // z2 = W·patches(a1) + b: dW = dz2·patchesᵀ, dpatches = Wᵀ·dz2
        let mut d_w2 = product_of_rows(&d_z2, &self.conv2.of(a1));
        if self.has(CnnFault::WeightGradientFlipped) {
            d_w2 = turned(d_w2.view());
        }
        d.add("conv2.weight", &d_w2);
        let d_patches = self.patches_backward(p.rows("conv2.weight"), &d_z2);
        let mut d_a1 = self.conv2.backward(&d_patches, a1.ncols());
        if self.has(CnnFault::ChannelsToldApart) {
            d_a1.row_mut(0).mapv_inplace(|d| d / 2.0);
        }
        let d_z1 = self.relu_backward(z1, d_a1);
        let d_conv1 = if self.has_norm {
            self.norm_backward(p, &mut d, norm, &d_z1)
        } else {
            d.add("conv1.bias", &self.bias_backward(&d_z1));
            d_z1
        };
        // conv1 = W·patches(x): dW = dconv1·patchesᵀ
        let patches = if self.has(CnnFault::PaddingForgotten) {
            Patches::new(0, SIDE).of(x)
        } else {
            self.conv1.of(x)
        };
        d.add("conv1.weight", &product_of_rows(&d_conv1, &patches));
        d.flat
    }
}

/// The 3 × 3 pixels around which a kernel is laid, for every place of the output.
struct Patches {
    /// A row for each (u, v), a column for each (example, r, c): the column of the input, none in
    /// the margin of zeros.
    sources: Array2<Option<usize>>,
    /// Pixels of an image and of its output.
    pixels: [usize; 2],
}

impl Patches {
    /// So many zeros around an image, and rows and columns of the output.
    fn new(margin: usize, side: usize) -> Self {
        let sources = Array2::from_shape_fn((9, M * side * side), |(uv, column)| {
            let (e, r, c) = (column / (side * side), column / side % side, column % side);
            let inside = |index: usize| index.checked_sub(margin).filter(|index| *index < SIDE);
            let (r, c) = (inside(r + uv / 3)?, inside(c + uv % 3)?);
            Some((e * SIDE + r) * SIDE + c)
        });
        Self { sources, pixels: [SIDE * SIDE, side * side] }
    }

    /// x\[i, r + u, c + v\] in row (i, u, v) and column (example, r, c). A kernel that is laid on a
    /// patch as it is, is not flipped: z\[o\] = Σ w\[o, i, u, v\]·x\[i, r + u, c + v\].
    fn of(&self, x: &Array2<f64>) -> Array2<f64> {
        let columns = x.ncols() / self.pixels[0] * self.pixels[1];
        let mut patches = Array2::zeros((9 * x.nrows(), columns));
        for (row, mut patch) in patches.rows_mut().into_iter().enumerate() {
            let (x, sources) = (x.row(row / 9), self.sources.row(row % 9));
            for (entry, source) in patch.iter_mut().zip(sources) {
                *entry = source.map_or(0.0, |source| x[source]);
            }
        }
        patches
    }

    /// dx\[i, r + u, c + v\] += dpatches\[(i, u, v), (example, r, c)\].
    fn backward(&self, d_patches: &Array2<f64>, columns: usize) -> Array2<f64> {
        let mut dx = Array2::zeros((d_patches.nrows() / 9, columns));
        for (row, d_patch) in d_patches.rows().into_iter().enumerate() {
            let (mut dx, sources) = (dx.row_mut(row / 9), self.sources.row(row % 9));
            for (d, source) in d_patch.iter().zip(sources) {
                source.iter().for_each(|&source| dx[source] += d);
            }
        }
        dx
    }
}

/// Every kernel turned by 180°.
fn turned(w: ArrayView2<'_, f64>) -> Array2<f64> {
    Array2::from_shape_fn(w.dim(), |(o, iuv)| w[[o, iuv / 9 * 9 + 8 - iuv % 9]])
}

impl Cnn {
    /// dpatches = Wᵀ·dz.
    fn patches_backward(&self, w: ArrayView2<'_, f64>, dz: &Array2<f64>) -> Array2<f64> {
        match self.fault {
            Some(CnnFault::KernelFlipped) => product(turned(w).t(), dz.view()),
            Some(CnnFault::InputGradientOverwritten) => {
                let last = w.nrows() - 1;
                product(w.select(Axis(0), &[last]).t(), dz.select(Axis(0), &[last]).view())
            }
            _ => product(w.t(), dz.view()),
        }
    }

    /// db\[o\] = Σ dz\[o\] over all examples and positions.
    fn bias_backward(&self, dz: &Array2<f64>) -> Array1<f64> {
        let positions = (SIDE - 2) * (SIDE - 2);
        let of_channel = |dz: ArrayView1<'_, f64>| match self.fault {
            Some(CnnFault::BiasAtOnePosition) => dz.iter().step_by(positions).sum(),
            Some(CnnFault::BiasOfOneExample) => dz.iter().take(positions).sum(),
            Some(CnnFault::BiasIsAMean) => dz.iter().sum::<f64>() / positions as f64,
            _ => dz.iter().sum::<f64>(),
        };
        dz.rows().into_iter().map(of_channel).collect()
    }
}

/// With what batch norm normalises.
#[derive(Clone, Copy, PartialEq)]
enum Mode {
    /// Mean and variance of the batch.
    Training,
    /// Running values, as they are at the beginning: mean 0 and variance 1.
    Evaluation,
}

/// What batch norm keeps: x̂, and 1/√(variance + ε) of each channel.
struct Norm {
    x_hat: Array2<f64>,
    scale: Array1<f64>,
}

impl Norm {
    /// x̂ = (x − mean)/√(variance + ε) over all examples and positions of a channel.
    fn of(x: &Array2<f64>, mode: Mode) -> Self {
        let mut x_hat = x.clone();
        let n = x.ncols() as f64;
        let of_channel = |mut x: ArrayViewMut1<'_, f64>| {
            if mode == Mode::Evaluation {
                return 1.0;
            }
            let mean = x.iter().sum::<f64>() / n;
            x -= mean;
            let variance = x.iter().map(|x| x * x).sum::<f64>() / n;
            let scale = 1.0 / (variance + EPSILON).sqrt();
            x *= scale;
            scale
        };
        let scale = x_hat.rows_mut().into_iter().map(of_channel).collect();
        Self { x_hat, scale }
    }

    /// y = gain·x̂ + shift.
    fn output(&self, gain: ArrayView1<'_, f64>, shift: ArrayView1<'_, f64>) -> Array2<f64> {
        &self.x_hat * &gain.insert_axis(Axis(1)) + shift.insert_axis(Axis(1))
    }
}

impl Cnn {
    /// dgain = Σ dy·x̂, dshift = Σ dy over all examples and positions; dx̂ = gain·dy,
    /// dx = (dx̂ − mean(dx̂) − x̂·mean(dx̂·x̂))/√(variance + ε).
    fn norm_backward(
        &self,
        p: &Values<'_>,
        d: &mut Slopes<'_>,
        Norm { x_hat, scale }: &Norm,
        dy: &Array2<f64>,
    ) -> Array2<f64> {
        let mut d_gain = (dy * x_hat).sum_axis(Axis(1));
        if self.has(CnnFault::GainGradientOfCentred) {
            d_gain /= scale;
        }
        d.add("norm.gain", &d_gain);
        d.add("norm.shift", &dy.sum_axis(Axis(1)));
        let mut dx = dy.clone();
        if !self.has(CnnFault::NormGainForgotten) {
            dx *= &p.vector("norm.gain").insert_axis(Axis(1));
        }
        let of_one = self.has(CnnFault::NormOfOneExample);
        let together = if of_one { SIDE * SIDE } else { dx.ncols() };
        let parts = dx.axis_chunks_iter_mut(Axis(1), together);
        for (mut dx, x_hat) in parts.zip(x_hat.axis_chunks_iter(Axis(1), together)) {
            let unbiased = usize::from(self.has(CnnFault::NormUnbiased));
            let n = (together - unbiased) as f64;
            for ((mut dx, x_hat), scale) in dx.rows_mut().into_iter().zip(x_hat.rows()).zip(scale) {
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
    fn relu_backward(&self, z: &Array2<f64>, mut da: Array2<f64>) -> Array2<f64> {
        da.zip_mut_with(z, |da, &z| {
            let passes = match self.fault {
                Some(CnnFault::ReluSlopeMissing) => true,
                Some(CnnFault::ReluOfGradient) => *da > 0.0,
                _ => z > 0.0,
            };
            *da *= f64::from(u8::from(passes));
        });
        da
    }
}

/// The columns of the four entries of a pool of 4 × 4 images.
fn of_pool(column: usize) -> [usize; 4] {
    let (e, r, c) = (column / 4, column / 2 % 2, column % 2);
    [0, 1, 4, 5].map(|offset| 16 * e + 8 * r + 2 * c + offset)
}

/// The largest of each 2 × 2 entries, and its column: the first, if several are.
fn pool(a: &Array2<f64>) -> (Array2<f64>, Array2<usize>) {
    let winners = Array2::from_shape_fn((a.nrows(), a.ncols() / 4), |(o, column)| {
        let four = of_pool(column);
        let larger = |best, next| if a[[o, next]] > a[[o, best]] { next } else { best };
        four.into_iter().reduce(larger).unwrap_or_default()
    });
    let pooled = Array2::from_shape_fn(winners.dim(), |place| a[[place.0, winners[place]]]);
    (pooled, winners)
}

impl Cnn {
    /// The gradient of the largest entry goes to where it was found.
    fn pool_backward(&self, d_pooled: &Array2<f64>, winners: &Array2<usize>) -> Array2<f64> {
        let mut da = Array2::zeros((winners.nrows(), 4 * winners.ncols()));
        for ((o, column), d) in d_pooled.indexed_iter() {
            let four = of_pool(column);
            match self.fault {
                Some(CnnFault::PoolingToTheFirst) => da[[o, four[0]]] = *d,
                Some(CnnFault::PoolingToAll) => four.iter().for_each(|&it| da[[o, it]] = *d),
                Some(CnnFault::PoolingShared) => four.iter().for_each(|&it| da[[o, it]] = d / 4.0),
                _ => da[[o, winners[[o, column]]]] = *d,
            }
        }
        da
    }
}

/// A row for each example: channel after channel, four pixels each.
fn flatten(pooled: &Array2<f64>) -> Array2<f64> {
    let shape = (pooled.ncols() / 4, 4 * pooled.nrows());
    Array2::from_shape_fn(shape, |(e, column)| pooled[[column / 4, 4 * e + column % 4]])
}

impl Cnn {
    /// The same numbers in the shape before.
    fn flatten_backward(&self, d_flat: &Array2<f64>) -> Array2<f64> {
        let channels = CHANNELS[1];
        Array2::from_shape_fn((channels, 4 * d_flat.nrows()), |(o, column)| {
            let (e, pixel) = (column / 4, column % 4);
            let by_pixel = self.has(CnnFault::FlattenOrder);
            d_flat[[e, if by_pixel { pixel * channels + o } else { 4 * o + pixel }]]
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
        let forward = self.forward(&p, x, Mode::Training);
        let loss = cross_entropy(&forward.logits, &labels) / labels.len() as f64;
        Ok(LossAndGradient { loss, gradient: self.backward(&p, &forward, &labels) })
    }

    fn loss(&self, parameters: &[f64], batch: u64) -> Result<f64> {
        let p = Values::new(&self.tensors, parameters)?;
        let (x, labels) = data(batch, 0..M);
        let another = self.has(CnnFault::LossInAnotherMode);
        let mode = if another { Mode::Evaluation } else { Mode::Training };
        let logits = self.forward(&p, x, mode).logits;
        Ok(cross_entropy(&logits, &labels) / M as f64)
    }
}
