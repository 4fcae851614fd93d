//! An LSTM over four tokens with its backward pass by hand: the backward function stands below the
//! forward function that it differentiates, and every planted fault is one place in it.
//!
//! ```text
//! e = E[token]     z = W·e + U·h + b     the rows of z: i, f, g, o
//! i, f, o = σ(z)   g = tanh(z)           c' = f∘c + i∘g   h' = o∘tanh(c')
//! ŷ = V·h' + a     loss = ½|ŷ − y|², the mean over steps and examples
//! ```
//!
//! Start reading at [`Lstm::forward_step`] and `Lstm::backward_step`.

use super::model_parts::{Draws, Mathematics, Slopes, Values};
use init_symmetry_gradient::LossAndGradient;
use init_symmetry_network::symmetry::{TensorShape, UnitAxis, UnitGroup};
use init_symmetry_network::{Result, Scalar};
use ndarray::{Array1, Array2, ArrayView1, Axis, Slice};
use std::ops::Range;
use strum::{Display, EnumMessage, VariantArray};

/// How many examples a batch has.
const M: usize = 3;
const STEPS: usize = 4;
const TOKENS: usize = 4;
/// Entries of an embedding, cells, outputs.
const WIDTH: usize = 2;
const CELLS: usize = 3;
const OUTPUTS: usize = 2;

/// What can be wrong with the backward pass of [`Lstm`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Display, EnumMessage, VariantArray)]
#[strum(serialize_all = "kebab-case")]
pub(crate) enum LstmFault {
    /// The gradients of input and forget gate are written into each other's rows.
    #[strum(message = "the order of the gates in dz")]
    GatesSwapped,
    /// The forget gate has no gradient.
    #[strum(message = "df = dc∘c of the step before")]
    ForgetGateDropped,
    /// The forget gate's gradient is taken with the new cells.
    #[strum(message = "df = dc∘c of the step before")]
    ForgetGateOfNewCells,
    /// dh is not carried to the step before.
    #[strum(message = "dh = Uᵀ·dz for the step before")]
    HiddenGradientCut,
    /// dc of the step after is not added.
    #[strum(message = "dc = … + f∘dc of the step after")]
    CellGradientDropped,
    /// dc reaches the step before without the factor f.
    #[strum(message = "f∘dc for the step before")]
    CellGradientNotForgotten,
    /// dc lacks the slope 1 − tanh²(c).
    #[strum(message = "tanh' in dc")]
    CellSlopeMissing,
    /// do is taken with c in place of tanh(c).
    #[strum(message = "do = dh∘tanh(c)")]
    OutputGateOfCells,
    /// The candidate's slope is 1 − z².
    #[strum(message = "tanh' = 1 − g²: g, not z")]
    CandidateSlopeOfInput,
    /// The output gate lacks its slope o·(1 − o).
    #[strum(message = "σ' of the output gate")]
    OutputGateSlopeMissing,
    /// dU is that of the first step, which is computed last.
    #[strum(message = "+= in dU: every step adds its part")]
    RecurrentOverwritten,
    /// db is that of the first step, which is computed last.
    #[strum(message = "+= in db: every step adds its part")]
    BiasOverwritten,
    /// dU is taken with the new h.
    #[strum(message = "the h in dU: that of the step before")]
    RecurrentOfNewHidden,
    /// A token's gradient is that of the first place where it stands.
    #[strum(message = "+= in dE: a token may stand twice")]
    EmbeddingOverwritten,
    /// The embedding has no gradient but of the last step.
    #[strum(message = "the step at which dE is added")]
    EmbeddingOfLastStep,
    /// The last step alone has a gradient of its output.
    #[strum(message = "dŷ of the steps before the last")]
    OutputOfLastStep,
    /// An example begins with the cells in which the one before ended, in both passes.
    #[strum(message = "where h and c are set to zero")]
    StateNotReset,
    /// The first cell forgets half as much, in both passes: nothing numbers it so.
    #[strum(message = "a constant that is not the same for all cells")]
    CellsToldApart,
    /// The loss alone looks at the last step only.
    #[strum(message = "the mean over the steps in the loss")]
    LossOfLastStep,
}

/// The recurrent network.
pub(crate) struct Lstm {
    fault: Option<LstmFault>,
    tensors: Vec<TensorShape>,
}

impl Lstm {
    pub(crate) fn new(fault: Option<LstmFault>) -> Self {
        let tensors = vec![
            TensorShape::new("embedding", &[TOKENS, WIDTH]),
            TensorShape::new("input", &[4 * CELLS, WIDTH]),
            TensorShape::new("recurrent", &[4 * CELLS, CELLS]),
            TensorShape::new("bias", &[4 * CELLS]),
            TensorShape::new("output.weight", &[OUTPUTS, CELLS]),
            TensorShape::new("output.bias", &[OUTPUTS]),
        ];
        Self { fault, tensors }
    }

    fn has(&self, fault: LstmFault) -> bool {
        self.fault == Some(fault)
    }
}

/// The tokens of an example, the first of which stands twice, and its targets.
fn data(batch: u64, example: usize) -> ([usize; STEPS], Array2<f64>) {
    let mut draws = Draws::new(batch, 2 + example as u64);
    let mut tokens = [0; STEPS].map(|_| draws.below(TOKENS));
    tokens[STEPS - 2] = tokens[0];
    (tokens, draws.array((STEPS, OUTPUTS)))
}

/// Hidden values and cells.
#[derive(Clone)]
struct State {
    h: Array1<f64>,
    c: Array1<f64>,
}

impl State {
    fn zero() -> Self {
        Self { h: Array1::zeros(CELLS), c: Array1::zeros(CELLS) }
    }
}

/// What a step computes.
struct Step {
    token: usize,
    before: State,
    candidate: Array1<f64>,
    i: Array1<f64>,
    f: Array1<f64>,
    g: Array1<f64>,
    o: Array1<f64>,
    tanh_c: Array1<f64>,
    after: State,
    y_hat: Array1<f64>,
}

/// The column a times the row b.
fn outer(a: &Array1<f64>, b: ArrayView1<'_, f64>) -> Array2<f64> {
    Array2::from_shape_fn((a.len(), b.len()), |(i, k)| a[i] * b[k])
}

/// What forgetting is multiplied by: 1, unless the cells are told apart.
fn share(fault: Option<LstmFault>) -> Array1<f64> {
    let told_apart = fault == Some(LstmFault::CellsToldApart);
    Array1::from_shape_fn(CELLS, |cell| if told_apart && cell == 0 { 0.5 } else { 1.0 })
}

impl Lstm {
    fn forward_step(&self, p: &Values<'_>, token: usize, before: State) -> Step {
        let e = p.matrix("embedding").row(token).to_owned();
        let z = p.matrix("input").dot(&e) + p.matrix("recurrent").dot(&before.h) + p.vector("bias");
        let gate = |number: usize| {
            z.slice_axis(Axis(0), Slice::from(number * CELLS..(number + 1) * CELLS))
        };
        let i = gate(0).mapv(Scalar::sigmoid);
        let f = gate(1).mapv(Scalar::sigmoid);
        let candidate = gate(2).to_owned();
        let g = candidate.mapv(Scalar::tanh);
        let o = gate(3).mapv(Scalar::sigmoid);
        let c = &f * &before.c * share(self.fault) + &i * &g;
        let tanh_c = c.mapv(Scalar::tanh);
        let h = &o * &tanh_c;
        let y_hat = p.matrix("output.weight").dot(&h) + p.vector("output.bias");
        Step { token, before, candidate, i, f, g, o, tanh_c, after: State { h, c }, y_hat }
    }

    /// `later` is the gradient of the state after the step as far as later steps use it; returned
    /// is that of the state before.
    fn backward_step(
        &self,
        p: &Values<'_>,
        d: &mut Slopes<'_>,
        step: &Step,
        d_y_hat: &Array1<f64>,
        later: &State,
    ) -> State {
        let Step { token, before, candidate, i, f, g, o, tanh_c, after, .. } = step;
        // ŷ = V·h' + a: dV = dŷ·h'ᵀ, da = dŷ, dh' = Vᵀ·dŷ
        d.add("output.weight", &outer(d_y_hat, after.h.view()));
        d.add("output.bias", d_y_hat);
        let dh = p.matrix("output.weight").t().dot(d_y_hat) + &later.h;
        // h' = o∘tanh(c'): do = dh'∘tanh(c'), dc' = dh'∘o∘(1 − tanh²(c'))
        let d_o = &dh * if self.has(LstmFault::OutputGateOfCells) { &after.c } else { tanh_c };
        let mut dc = &dh * o * tanh_c.mapv(|t| 1.0 - t * t);
        if self.has(LstmFault::CellSlopeMissing) {
            dc = &dh * o;
        }
        if !self.has(LstmFault::CellGradientDropped) {
            dc += &later.c;
        }
        // c' = f∘c + i∘g: df = dc'∘c, di = dc'∘g, dg = dc'∘i, dc = dc'∘f
        let new_cells = self.has(LstmFault::ForgetGateOfNewCells);
        let mut df = &dc * if new_cells { &after.c } else { &before.c } * share(self.fault);
        if self.has(LstmFault::ForgetGateDropped) {
            df.fill(0.0);
        }
        let (di, dg) = (&dc * g, &dc * i);
        let mut dc_before = &dc * f * share(self.fault);
        if self.has(LstmFault::CellGradientNotForgotten) {
            dc_before = dc;
        }
        // σ' = σ·(1 − σ), tanh' = 1 − tanh²
        let sigmoid = |da: Array1<f64>, a: &Array1<f64>| da * a.mapv(|a| a * (1.0 - a));
        let (di, df) = (sigmoid(di, i), sigmoid(df, f));
        let of_candidate = self.has(LstmFault::CandidateSlopeOfInput);
        let dg = dg * if of_candidate { candidate } else { g }.mapv(|g| 1.0 - g * g);
        let d_o = if self.has(LstmFault::OutputGateSlopeMissing) { d_o } else { sigmoid(d_o, o) };
        let swapped = self.has(LstmFault::GatesSwapped);
        let [first, second] = if swapped { [&df, &di] } else { [&di, &df] };
        let rows = [first, second, &dg, &d_o];
        let dz: Array1<f64> = rows.into_iter().flatten().copied().collect();
        // z = W·e + U·h + b: dW = dz·eᵀ, dU = dz·hᵀ, db = dz, de = Wᵀ·dz, dh = Uᵀ·dz
        d.add("input", &outer(&dz, p.matrix("embedding").row(*token)));
        self.recurrent_backward(d, step, &dz);
        self.embedding_backward(d, *token, &p.matrix("input").t().dot(&dz));
        let mut dh_before = p.matrix("recurrent").t().dot(&dz);
        if self.has(LstmFault::HiddenGradientCut) {
            dh_before.fill(0.0);
        }
        State { h: dh_before, c: dc_before }
    }

    /// dU = Σ dz·hᵀ and db = Σ dz over the steps.
    fn recurrent_backward(&self, d: &mut Slopes<'_>, step: &Step, dz: &Array1<f64>) {
        let new_hidden = self.has(LstmFault::RecurrentOfNewHidden);
        let h = if new_hidden { &step.after.h } else { &step.before.h };
        if self.has(LstmFault::RecurrentOverwritten) {
            d.of("recurrent").fill(0.0);
        }
        d.add("recurrent", &outer(dz, h.view()));
        if self.has(LstmFault::BiasOverwritten) {
            d.of("bias").fill(0.0);
        }
        d.add("bias", dz);
    }

    /// dE\[token\] = Σ de over the places where the token stands.
    fn embedding_backward(&self, d: &mut Slopes<'_>, token: usize, de: &Array1<f64>) {
        let row = &mut d.of("embedding")[token * WIDTH..(token + 1) * WIDTH];
        if self.has(LstmFault::EmbeddingOverwritten) {
            row.fill(0.0);
        }
        row.iter_mut().zip(de).for_each(|(slope, de)| *slope += de);
    }

    /// The steps of an example.
    fn forward(&self, p: &Values<'_>, tokens: [usize; STEPS], start: State) -> Vec<Step> {
        let mut steps: Vec<Step> = Vec::new();
        for token in tokens {
            let before = steps.last().map_or_else(|| start.clone(), |step| step.after.clone());
            steps.push(self.forward_step(p, token, before));
        }
        steps
    }

    /// Adds the gradient of one example's loss, times `weight`.
    fn backward(
        &self,
        p: &Values<'_>,
        d: &mut Slopes<'_>,
        steps: &[Step],
        targets: &Array2<f64>,
        weight: f64,
    ) {
        let mut later = State::zero();
        for (t, step) in steps.iter().enumerate().rev() {
            // the mean over steps and examples of ½|ŷ − y|²
            let mut d_y_hat = (&step.y_hat - &targets.row(t)) * weight;
            if self.has(LstmFault::OutputOfLastStep) && t + 1 < STEPS {
                d_y_hat.fill(0.0);
            }
            let embedding_alone = d.of("embedding").to_vec();
            later = self.backward_step(p, d, step, &d_y_hat, &later);
            if self.has(LstmFault::EmbeddingOfLastStep) && t + 1 < STEPS {
                d.of("embedding").copy_from_slice(&embedding_alone);
            }
        }
    }
}

/// The mean over the steps of ½|ŷ − y|².
fn squared_error(steps: &[Step], targets: &Array2<f64>) -> f64 {
    let of_step = |(step, y): (&Step, ArrayView1<'_, f64>)| {
        (&step.y_hat - &y).iter().map(|error| error * error / 2.0).sum::<f64>()
    };
    steps.iter().zip(targets.rows()).map(of_step).sum::<f64>() / STEPS as f64
}

impl Mathematics for Lstm {
    fn name(&self) -> &str {
        "lstm"
    }

    fn tensors(&self) -> &[TensorShape] {
        &self.tensors
    }

    fn groups(&self) -> Vec<UnitGroup> {
        let cells = UnitGroup::new("cells", CELLS)
            .along(UnitAxis::new("input", 0).repeats(4))
            .along(UnitAxis::new("recurrent", 0).repeats(4))
            .along(UnitAxis::new("recurrent", 1).outgoing())
            .along(UnitAxis::new("bias", 0).repeats(4))
            .along(UnitAxis::new("output.weight", 1).outgoing());
        let embedding = UnitGroup::new("coordinates of the embedding", WIDTH)
            .along(UnitAxis::new("embedding", 1))
            .along(UnitAxis::new("input", 1).outgoing());
        vec![cells, embedding]
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
        let (m, mut loss, mut start) = (examples.len() as f64, 0.0, State::zero());
        for example in examples {
            let (tokens, targets) = data(batch, example);
            let steps = self.forward(&p, tokens, start.clone());
            loss += squared_error(&steps, &targets) / m;
            self.backward(&p, &mut d, &steps, &targets, 1.0 / (STEPS as f64 * m));
            if self.has(LstmFault::StateNotReset) {
                start = steps[STEPS - 1].after.clone();
            }
        }
        Ok(LossAndGradient { loss, gradient: d.flat })
    }

    fn loss(&self, parameters: &[f64], batch: u64) -> Result<f64> {
        let p = Values::new(&self.tensors, parameters)?;
        let (mut loss, mut start) = (0.0, State::zero());
        for example in 0..M {
            let (tokens, mut targets) = data(batch, example);
            let steps = self.forward(&p, tokens, start.clone());
            if self.has(LstmFault::LossOfLastStep) {
                (0..STEPS - 1).for_each(|t| targets.row_mut(t).assign(&steps[t].y_hat));
            }
            loss += squared_error(&steps, &targets) / M as f64;
            if self.has(LstmFault::StateNotReset) {
                start = steps[STEPS - 1].after.clone();
            }
        }
        Ok(loss)
    }
}
