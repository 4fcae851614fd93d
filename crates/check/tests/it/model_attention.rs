//! A block of causal self-attention with its backward pass by hand: each backward function stands
//! below the forward function that it differentiates, and every planted fault is one place in it.
//!
//! ```text
//! x0 = E[tokens] + P                     T × 4    one row for each position
//! x1 = x0 + heads(norm1(x0))·Wᵀ + b      T × 4    2 heads of width 2
//! x2 = x1 + k∘mlp(norm2(x1))             T × 4    6 ReLU units; k is dropout's mask, by position
//! logits = x2·Eᵀ                         T × 5    the embedding once more
//! ```
//!
//! Start reading at [`Attention::forward`] and `Attention::backward`.

use super::model_parts::{
    Draws, Mathematics, Slopes, Values, cross_entropy, cross_entropy_backward, product, softmax,
};
use init_symmetry_gradient::LossAndGradient;
use init_symmetry_network::Result;
use init_symmetry_network::symmetry::{TensorShape, UnitAxis, UnitGroup};
use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis, Slice};
use std::ops::Range;
use strum::{Display, EnumMessage, VariantArray};

/// How many examples a batch has.
const M: usize = 3;
/// Positions of an example.
const T: usize = 4;
const TOKENS: usize = 5;
/// Coordinates of the residual stream.
const WIDTH: usize = 4;
const HEADS: usize = 2;
/// Coordinates of a head.
const EACH: usize = 2;
const UNITS: usize = 6;
/// What layer norm adds to a variance.
const EPSILON: f64 = 1.0 / 64.0;

/// What can be wrong with the backward pass of [`Attention`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Display, EnumMessage, VariantArray)]
#[strum(serialize_all = "kebab-case")]
pub(crate) enum AttentionFault {
    /// The softmax of the scores passes its diagonal alone, p·(1 − p).
    #[strum(message = "ds = p∘(dp − Σ p∘dp)")]
    SoftmaxDiagonal,
    /// The scores' gradient lacks the factor 1/√width.
    #[strum(message = "1/√width in dq and dk")]
    ScaleForgotten,
    /// The scores' gradient is divided by √width of the model, not of a head.
    #[strum(message = "the width in 1/√width")]
    ScaleOfModel,
    /// The backward pass computes the probabilities again without the mask.
    #[strum(message = "the mask where probabilities are computed again")]
    MaskIgnored,
    /// dq and dk are written into each other's rows.
    #[strum(message = "dq = ds·k, dk = dsᵀ·q")]
    QueryKeySwapped,
    /// dv is computed with p in place of its transpose.
    #[strum(message = "dv = pᵀ·do")]
    ProbabilitiesNotTransposed,
    /// The gradient of the heads is read coordinate by coordinate.
    #[strum(message = "the order of heads and their coordinates in reshape")]
    HeadOrder,
    /// The second head has no gradient.
    #[strum(message = "the loop over the heads")]
    HeadDropped,
    /// The gradient does not pass the attention on its residual way.
    #[strum(message = "dx0 = dx1 + …")]
    ResidualDropped,
    /// The gradient does not pass the MLP on its residual way.
    #[strum(message = "dx1 = dx2 + …")]
    SecondResidualDropped,
    /// The tied embedding has the gradient of the input alone.
    #[strum(message = "dE of the logits")]
    TiedAtInputAlone,
    /// The tied embedding has the gradient of the logits alone.
    #[strum(message = "dE of the input")]
    TiedAtOutputAlone,
    /// A token's gradient is that of the last place where it stands.
    #[strum(message = "+= in dE: a token may stand twice")]
    EmbeddingOverwritten,
    /// The positions have the gradient of the last example.
    #[strum(message = "+= in dP: every example adds its part")]
    PositionsOverwritten,
    /// Layer norm's backward pass takes its means over the positions.
    #[strum(message = "the axis of the means of dx̂")]
    NormOverPositions,
    /// Layer norm's backward pass lacks the part through the mean.
    #[strum(message = "− mean(dx̂) in dx")]
    NormWithoutMean,
    /// Layer norm's backward pass lacks the part through the variance.
    #[strum(message = "− x̂·mean(dx̂·x̂) in dx")]
    NormWithoutVariance,
    /// Layer norm's dx lacks the gain.
    #[strum(message = "dx̂ = gain·dy")]
    NormGainForgotten,
    /// The gain's gradient is that of the last position.
    #[strum(message = "the sum over the positions in the gradient of the gain")]
    GainOfLastPosition,
    /// The gradient of the projection is transposed.
    #[strum(message = "the order of the factors in dW of the projection")]
    ProjectionGradientTransposed,
    /// The gradient passes the projection by its transpose.
    #[strum(message = "da·W, not da·Wᵀ")]
    ProjectionTransposed,
    /// The gradient passes the MLP where dropout has cut it off.
    #[strum(message = "dropout's mask in the backward pass")]
    DropoutMaskMissing,
    /// Dropout's backward pass has its mask but not its factor 1/keep.
    #[strum(message = "1/keep in dropout's backward pass")]
    DropoutScaleMissing,
    /// The ReLU of the MLP passes every gradient.
    #[strum(message = "the factor relu'(u)")]
    ReluSlopeMissing,
    /// The bias of the units has the mean over the positions for a gradient.
    #[strum(message = "sum or mean over the positions in db")]
    BiasIsAMean,
    /// The second head's scores are half as large, in both passes: nothing numbers it so.
    #[strum(message = "a constant that is not the same for all heads")]
    HeadsToldApart,
    /// The units are softplus units, in both passes: they are declared homogeneous.
    #[strum(message = "an activation that is not ReLU")]
    NotHomogeneous,
    /// The loss alone sees the future: it has no mask.
    #[strum(message = "the mask when only the loss is asked for")]
    LossWithoutMask,
}

/// The block, from tokens to the loss of the next tokens.
pub(crate) struct Attention {
    fault: Option<AttentionFault>,
    tensors: Vec<TensorShape>,
}

impl Attention {
    pub(crate) fn new(fault: Option<AttentionFault>) -> Self {
        let tensors = vec![
            TensorShape::new("embedding", &[TOKENS, WIDTH]),
            TensorShape::new("positions", &[T, WIDTH]),
            TensorShape::new("norm1.gain", &[WIDTH]),
            TensorShape::new("norm1.shift", &[WIDTH]),
            TensorShape::new("qkv.weight", &[3 * HEADS * EACH, WIDTH]),
            TensorShape::new("projection.weight", &[WIDTH, HEADS * EACH]),
            TensorShape::new("projection.bias", &[WIDTH]),
            TensorShape::new("norm2.gain", &[WIDTH]),
            TensorShape::new("norm2.shift", &[WIDTH]),
            TensorShape::new("up.weight", &[UNITS, WIDTH]),
            TensorShape::new("up.bias", &[UNITS]),
            TensorShape::new("down.weight", &[WIDTH, UNITS]),
            TensorShape::new("down.bias", &[WIDTH]),
        ];
        Self { fault, tensors }
    }

    fn has(&self, fault: AttentionFault) -> bool {
        self.fault == Some(fault)
    }
}

/// An example of a batch.
struct Example {
    /// Of which the first stands twice.
    tokens: [usize; T],
    /// The tokens that follow them.
    targets: [usize; T],
    /// Dropout's mask over the positions of the MLP (T × 1): 0, or 1/keep for keep = ½. A mask
    /// over units would tell them apart.
    kept: Array2<f64>,
}

fn example(batch: u64, example: usize) -> Example {
    let mut draws = Draws::new(batch, 3 + example as u64);
    let mut tokens = [0; T + 1].map(|_| draws.below(TOKENS));
    tokens[2] = tokens[0];
    // not all positions are dropped, nor all kept
    let first = draws.below(2);
    let kept = Array2::from_shape_fn((T, 1), |(t, _)| match t {
        0 | 1 => 2.0 * ((first + t) % 2) as f64,
        _ => 2.0 * draws.below(2) as f64,
    });
    let [tokens, targets] = [0, 1].map(|from| [0, 1, 2, 3].map(|t| tokens[from + t]));
    Example { tokens, targets, kept }
}

/// Everything that the backward pass needs of the forward pass.
struct Forward {
    norm1: Norm,
    qkv: Array2<f64>,
    p: [Array2<f64>; HEADS],
    heads: Array2<f64>,
    norm2: Norm,
    u: Array2<f64>,
    x2: Array2<f64>,
    logits: Array2<f64>,
}

impl Attention {
    fn forward(&self, p: &Values<'_>, example: &Example, has_mask: bool) -> Forward {
        let Example { tokens, kept, .. } = example;
        let x0 = p.matrix("embedding").select(Axis(0), tokens) + p.matrix("positions");
        let norm1 = Norm::of(&x0);
        let n1 = norm1.output(p.vector("norm1.gain"), p.vector("norm1.shift"));
        let qkv = product(n1.view(), p.matrix("qkv.weight").t());
        let probabilities = [0, 1].map(|head| self.probabilities(&qkv, head, has_mask));
        let heads = attend(&qkv, &probabilities);
        let projected = product(heads.view(), p.matrix("projection.weight").t());
        let x1 = x0 + projected + p.vector("projection.bias");
        let norm2 = Norm::of(&x1);
        let n2 = norm2.output(p.vector("norm2.gain"), p.vector("norm2.shift"));
        let u = product(n2.view(), p.matrix("up.weight").t()) + p.vector("up.bias");
        let down = product(self.activation(&u).view(), p.matrix("down.weight").t());
        let x2 = x1 + (down + p.vector("down.bias")) * kept;
        let logits = product(x2.view(), p.matrix("embedding").t());
        Forward { norm1, qkv, p: probabilities, heads, norm2, u, x2, logits }
    }

    /// Adds the gradient of one example's loss, given that of its logits.
    fn backward(
        &self,
        p: &Values<'_>,
        d: &mut Slopes<'_>,
        Example { tokens, kept, .. }: &Example,
        forward: &Forward,
        d_logits: &Array2<f64>,
    ) {
        let Forward { norm1, qkv, heads, norm2, u, x2, .. } = forward;
        // logits = x2·Eᵀ: dE = dlogitsᵀ·x2, dx2 = dlogits·E
        if !self.has(AttentionFault::TiedAtInputAlone) {
            d.add("embedding", &product(d_logits.t(), x2.view()));
        }
        let dx2 = product(d_logits.view(), p.matrix("embedding"));
        // x2 = x1 + k∘y: dy = k∘dx2
        let dy = match self.fault {
            Some(AttentionFault::DropoutMaskMissing) => dx2.clone(),
            Some(AttentionFault::DropoutScaleMissing) => &dx2 * kept / 2.0,
            _ => &dx2 * kept,
        };
        // y = a·Wᵀ + b with a = relu(u): dW = dyᵀ·a, db = Σ dy, da = dy·W
        d.add("down.weight", &product(dy.t(), self.activation(u).view()));
        d.add("down.bias", &dy.sum_axis(Axis(0)));
        let du = self.activation_backward(u, product(dy.view(), p.matrix("down.weight")));
        // u = n2·Wᵀ + b: dW = duᵀ·n2, db = Σ du, dn2 = du·W
        let n2 = norm2.output(p.vector("norm2.gain"), p.vector("norm2.shift"));
        d.add("up.weight", &product(du.t(), n2.view()));
        let positions = if self.has(AttentionFault::BiasIsAMean) { T as f64 } else { 1.0 };
        d.add("up.bias", &(du.sum_axis(Axis(0)) / positions));
        let d_n2 = product(du.view(), p.matrix("up.weight"));
        let mut dx1 = self.norm_backward(p, d, "norm2", norm2, &d_n2);
        if !self.has(AttentionFault::SecondResidualDropped) {
            dx1 += &dx2;
        }
        // x1 = x0 + heads·Wᵀ + b: dW = dx1ᵀ·heads, db = Σ dx1, dheads = dx1·W
        let d_projection = product(dx1.t(), heads.view());
        let transposed = self.has(AttentionFault::ProjectionGradientTransposed);
        let turned = d_projection.t().as_standard_layout().to_owned();
        d.add("projection.weight", if transposed { &turned } else { &d_projection });
        d.add("projection.bias", &dx1.sum_axis(Axis(0)));
        let weight = p.matrix("projection.weight");
        let transposed = self.has(AttentionFault::ProjectionTransposed);
        let d_heads = product(dx1.view(), if transposed { weight.reversed_axes() } else { weight });
        let d_qkv = self.attend_backward(qkv, &forward.p, d_heads);
        // qkv = n1·Wᵀ: dW = dqkvᵀ·n1, dn1 = dqkv·W
        let n1 = norm1.output(p.vector("norm1.gain"), p.vector("norm1.shift"));
        d.add("qkv.weight", &product(d_qkv.t(), n1.view()));
        let d_n1 = product(d_qkv.view(), p.matrix("qkv.weight"));
        let mut dx0 = self.norm_backward(p, d, "norm1", norm1, &d_n1);
        if !self.has(AttentionFault::ResidualDropped) {
            dx0 += &dx1;
        }
        // x0 = E[tokens] + P: dE[token] = Σ dx0 over the places of the token, dP = dx0
        self.embedding_backward(d, tokens, &dx0);
        if self.has(AttentionFault::PositionsOverwritten) {
            d.of("positions").fill(0.0);
        }
        d.add("positions", &dx0);
    }

    fn embedding_backward(&self, d: &mut Slopes<'_>, tokens: &[usize; T], dx0: &Array2<f64>) {
        if self.has(AttentionFault::TiedAtOutputAlone) {
            return;
        }
        for (t, &token) in tokens.iter().enumerate() {
            let row = &mut d.of("embedding")[token * WIDTH..(token + 1) * WIDTH];
            if self.has(AttentionFault::EmbeddingOverwritten) {
                row.fill(0.0);
            }
            row.iter_mut().zip(dx0.row(t)).for_each(|(slope, dx)| *slope += dx);
        }
    }
}

/// What layer norm keeps: x̂, and 1/√(variance + ε) of each row.
struct Norm {
    x_hat: Array2<f64>,
    scale: Array1<f64>,
}

impl Norm {
    /// x̂ = (x − mean)/√(variance + ε) over the coordinates of each row.
    fn of(x: &Array2<f64>) -> Self {
        let mut x_hat = x.clone();
        let of_row = |mut x: ndarray::ArrayViewMut1<'_, f64>| {
            let mean = x.iter().sum::<f64>() / x.len() as f64;
            x -= mean;
            let variance = x.iter().map(|x| x * x).sum::<f64>() / x.len() as f64;
            let scale = 1.0 / (variance + EPSILON).sqrt();
            x *= scale;
            scale
        };
        let scale = x_hat.rows_mut().into_iter().map(of_row).collect();
        Self { x_hat, scale }
    }

    /// y = gain·x̂ + shift.
    fn output(&self, gain: ArrayView1<'_, f64>, shift: ArrayView1<'_, f64>) -> Array2<f64> {
        &self.x_hat * &gain + shift
    }
}

impl Attention {
    /// dgain = Σ dy·x̂, dshift = Σ dy over the rows; dx̂ = gain·dy,
    /// dx = (dx̂ − mean(dx̂) − x̂·mean(dx̂·x̂))/√(variance + ε).
    fn norm_backward(
        &self,
        p: &Values<'_>,
        d: &mut Slopes<'_>,
        name: &str,
        Norm { x_hat, scale }: &Norm,
        dy: &Array2<f64>,
    ) -> Array2<f64> {
        let (gain, shift) = (format!("{name}.gain"), format!("{name}.shift"));
        let mut d_gain = (dy * x_hat).sum_axis(Axis(0));
        if self.has(AttentionFault::GainOfLastPosition) {
            d_gain = &dy.row(T - 1) * &x_hat.row(T - 1);
        }
        d.add(&gain, &d_gain);
        d.add(&shift, &dy.sum_axis(Axis(0)));
        let gained = dy * &p.vector(&gain);
        let dx_hat = if self.has(AttentionFault::NormGainForgotten) { dy } else { &gained };
        let over_positions = self.has(AttentionFault::NormOverPositions);
        let axis = Axis(usize::from(!over_positions));
        let mean = |x: &Array2<f64>| {
            let sum = x.sum_axis(axis).insert_axis(axis) / x.len_of(axis) as f64;
            sum.broadcast(x.dim()).expect("a shape with one axis summed").to_owned()
        };
        let mut dx = dx_hat.clone();
        if !self.has(AttentionFault::NormWithoutMean) {
            dx -= &mean(dx_hat);
        }
        if !self.has(AttentionFault::NormWithoutVariance) {
            dx -= &(mean(&(dx_hat * x_hat)) * x_hat);
        }
        dx * scale.view().insert_axis(Axis(1))
    }

    /// p = softmax(q·kᵀ/√width) of a head, each position looking at itself and those before.
    fn probabilities(&self, qkv: &Array2<f64>, head: usize, has_mask: bool) -> Array2<f64> {
        let [q, k, _] = parts(qkv, head);
        let mut scores = product(q, k.t()) * self.scale(head);
        for ((i, j), score) in scores.indexed_iter_mut() {
            if has_mask && j > i {
                *score = f64::NEG_INFINITY;
            }
        }
        softmax(&scores)
    }

    /// 1/√width of a head.
    fn scale(&self, head: usize) -> f64 {
        let told_apart = self.has(AttentionFault::HeadsToldApart) && head == 1;
        (1.0 / EACH as f64).sqrt() * if told_apart { 0.5 } else { 1.0 }
    }
}

/// Query, key and value of a head.
fn parts(qkv: &Array2<f64>, head: usize) -> [ArrayView2<'_, f64>; 3] {
    [0, 1, 2].map(|part| qkv.slice_axis(Axis(1), columns(part, head)))
}

/// The columns of a head in one of query, key and value.
fn columns(part: usize, head: usize) -> Slice {
    let start = (part * HEADS + head) * EACH;
    Slice::from(start..start + EACH)
}

/// p·v of every head, side by side.
fn attend(qkv: &Array2<f64>, p: &[Array2<f64>; HEADS]) -> Array2<f64> {
    let mut heads = Array2::zeros((T, HEADS * EACH));
    for (head, p) in p.iter().enumerate() {
        let [_, _, v] = parts(qkv, head);
        heads.slice_axis_mut(Axis(1), columns(0, head)).assign(&product(p.view(), v));
    }
    heads
}

impl Attention {
    /// o = p·v: dp = do·vᵀ, dv = pᵀ·do; softmax: ds = p∘(dp − Σ p∘dp over the row);
    /// s = q·kᵀ/√width: dq = ds·k/√width, dk = dsᵀ·q/√width.
    fn attend_backward(
        &self,
        qkv: &Array2<f64>,
        p: &[Array2<f64>; HEADS],
        mut d_heads: Array2<f64>,
    ) -> Array2<f64> {
        if self.has(AttentionFault::HeadOrder) {
            let turned = d_heads.clone();
            d_heads.column_mut(1).assign(&turned.column(2));
            d_heads.column_mut(2).assign(&turned.column(1));
        }
        let mut d_qkv = Array2::zeros(qkv.dim());
        let count = if self.has(AttentionFault::HeadDropped) { 1 } else { HEADS };
        for (head, p) in p.iter().enumerate().take(count) {
            let [q, k, v] = parts(qkv, head);
            let again = self.probabilities(qkv, head, false);
            let p = if self.has(AttentionFault::MaskIgnored) { &again } else { p };
            let d_o = d_heads.slice_axis(Axis(1), columns(0, head));
            let not_transposed = self.has(AttentionFault::ProbabilitiesNotTransposed);
            let dv = product(if not_transposed { p.view() } else { p.t() }, d_o);
            let dp = product(d_o, v.t());
            let inner = (p * &dp).sum_axis(Axis(1)).insert_axis(Axis(1));
            let mut ds = p * (&dp - &inner);
            if self.has(AttentionFault::SoftmaxDiagonal) {
                ds = p.mapv(|p| p * (1.0 - p)) * &dp;
            }
            ds *= self.backward_scale(head);
            let (dq, dk) = (product(ds.view(), k), product(ds.t(), q));
            let swapped = self.has(AttentionFault::QueryKeySwapped);
            let [first, second] = if swapped { [dk, dq] } else { [dq, dk] };
            for (part, gradient) in [first, second, dv].into_iter().enumerate() {
                d_qkv.slice_axis_mut(Axis(1), columns(part, head)).assign(&gradient);
            }
        }
        d_qkv
    }

    fn backward_scale(&self, head: usize) -> f64 {
        match self.fault {
            Some(AttentionFault::ScaleForgotten) => 1.0,
            Some(AttentionFault::ScaleOfModel) => (1.0 / WIDTH as f64).sqrt(),
            _ => self.scale(head),
        }
    }

    /// relu(u).
    fn activation(&self, u: &Array2<f64>) -> Array2<f64> {
        if self.has(AttentionFault::NotHomogeneous) {
            return u.mapv(|u| libm::log1p(libm::exp(u)));
        }
        u.mapv(|u| u.max(0.0))
    }

    /// relu'(u) = 1 where u > 0, else 0.
    fn activation_backward(&self, u: &Array2<f64>, da: Array2<f64>) -> Array2<f64> {
        match self.fault {
            Some(AttentionFault::ReluSlopeMissing) => da,
            Some(AttentionFault::NotHomogeneous) => da * u.mapv(|u| 1.0 / (1.0 + libm::exp(-u))),
            _ => da * u.mapv(|u| f64::from(u8::from(u > 0.0))),
        }
    }
}

impl Mathematics for Attention {
    fn name(&self) -> &str {
        "attention"
    }

    fn tensors(&self) -> &[TensorShape] {
        &self.tensors
    }

    fn groups(&self) -> Vec<UnitGroup> {
        let residual = UnitGroup::new("residual coordinates", WIDTH)
            .along(UnitAxis::new("embedding", 1))
            .along(UnitAxis::new("positions", 1))
            .along(UnitAxis::new("norm1.gain", 0))
            .along(UnitAxis::new("norm1.shift", 0))
            .along(UnitAxis::new("qkv.weight", 1).outgoing())
            .along(UnitAxis::new("projection.weight", 0))
            .along(UnitAxis::new("projection.bias", 0))
            .along(UnitAxis::new("norm2.gain", 0))
            .along(UnitAxis::new("norm2.shift", 0))
            .along(UnitAxis::new("up.weight", 1).outgoing())
            .along(UnitAxis::new("down.weight", 0))
            .along(UnitAxis::new("down.bias", 0));
        let heads = UnitGroup::new("heads", HEADS)
            .along(UnitAxis::new("qkv.weight", 0).repeats(3).each(EACH))
            .along(UnitAxis::new("projection.weight", 1).each(EACH).outgoing());
        let units = UnitGroup::new("units of the MLP", UNITS)
            .along(UnitAxis::new("up.weight", 0))
            .along(UnitAxis::new("up.bias", 0))
            .along(UnitAxis::new("down.weight", 1).outgoing())
            .homogeneous();
        vec![residual, heads, units]
    }

    fn batch_size(&self) -> usize {
        M
    }

    fn has_single_examples(&self) -> bool {
        true
    }

    fn evaluate(
        &self,
        parameters: &[f64],
        batch: u64,
        examples: Range<usize>,
    ) -> Result<LossAndGradient> {
        let p = Values::new(&self.tensors, parameters)?;
        let mut d = Slopes::new(&self.tensors);
        // the mean over positions and examples
        let (count, mut loss) = ((T * examples.len()) as f64, 0.0);
        for number in examples {
            let example = example(batch, number);
            let forward = self.forward(&p, &example, true);
            loss += cross_entropy(&forward.logits, &example.targets) / count;
            let d_logits = cross_entropy_backward(&forward.logits, &example.targets) / count;
            self.backward(&p, &mut d, &example, &forward, &d_logits);
        }
        Ok(LossAndGradient { loss, gradient: d.flat })
    }

    fn loss(&self, parameters: &[f64], batch: u64) -> Result<f64> {
        let p = Values::new(&self.tensors, parameters)?;
        let has_mask = !self.has(AttentionFault::LossWithoutMask);
        let of_example = |number| {
            let example = example(batch, number);
            cross_entropy(&self.forward(&p, &example, has_mask).logits, &example.targets)
        };
        Ok((0..M).map(of_example).sum::<f64>() / (T * M) as f64)
    }
}
