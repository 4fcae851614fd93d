//! One factor between what is claimed and what is due: a number, or a product of sizes.
//!
//! Start reading at [`Factor::of`].

use super::claim::{Part, dot, length};
use super::number::{common, rounded};
use init_symmetry_network::tolerance::ESTIMATED;

/// The sizes that a factor may be made of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sizes {
    pub(super) m: f64,
    /// n_y.
    pub(super) outputs: f64,
    /// The width of the block's layer.
    pub(super) own: f64,
    /// The width of the layer below.
    pub(super) below: f64,
    /// How many layers lie above the block's.
    pub(super) above: usize,
    pub(super) rate: f64,
}

/// A factor that was estimated in one place.
#[derive(Debug, Clone, Copy)]
pub(super) struct Estimate {
    pub(super) factor: f64,
    pub(super) uncertain: f64,
    pub(super) sizes: Sizes,
}

/// constant · a product of sizes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Factor {
    pub(super) constant: f64,
    pub(super) product: Product,
    /// n_y, if it was the same everywhere: then no product can show it.
    outputs: Option<f64>,
    uncertain: f64,
}

/// The products that are tried, the simplest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Product {
    One,
    M,
    OverM,
    OverOutputs,
    Outputs,
    Rate,
    OverRate,
    OverMOutputs,
    OverOwn,
    Own,
    OverBelow,
    Below,
    MSquared,
    OverMSquared,
    OverRootM,
    /// m/(m − 1)
    OverMLessOne,
    OverRateM,
    OverOwnBelow,
}

const PRODUCTS: [Product; 18] = [
    Product::One,
    Product::M,
    Product::OverM,
    Product::OverOutputs,
    Product::Outputs,
    Product::Rate,
    Product::OverRate,
    Product::OverMOutputs,
    Product::OverOwn,
    Product::Own,
    Product::OverBelow,
    Product::Below,
    Product::MSquared,
    Product::OverMSquared,
    Product::OverRootM,
    Product::OverMLessOne,
    Product::OverRateM,
    Product::OverOwnBelow,
];

impl Product {
    fn value(self, sizes: Sizes) -> f64 {
        let Sizes { m, outputs, own, below, rate, .. } = sizes;
        match self {
            Self::One => 1.0,
            Self::M => m,
            Self::OverM => 1.0 / m,
            Self::OverOutputs => 1.0 / outputs,
            Self::Outputs => outputs,
            Self::Rate => rate,
            Self::OverRate => 1.0 / rate,
            Self::OverMOutputs => 1.0 / (m * outputs),
            Self::OverOwn => 1.0 / own,
            Self::Own => own,
            Self::OverBelow => 1.0 / below,
            Self::Below => below,
            Self::MSquared => m * m,
            Self::OverMSquared => 1.0 / (m * m),
            Self::OverRootM => 1.0 / m.sqrt(),
            Self::OverMLessOne => m / (m - 1.0),
            Self::OverRateM => 1.0 / (rate * m),
            Self::OverOwnBelow => 1.0 / (own * below),
        }
    }

    fn written(self) -> &'static str {
        match self {
            Self::One => "1",
            Self::M => "m",
            Self::OverM => "1/m",
            Self::OverOutputs => "1/n_y",
            Self::Outputs => "n_y",
            Self::Rate => "α",
            Self::OverRate => "1/α",
            Self::OverMOutputs => "1/(m·n_y)",
            Self::OverOwn => "1/n[l]",
            Self::Own => "n[l]",
            Self::OverBelow => "1/n[l−1]",
            Self::Below => "n[l−1]",
            Self::MSquared => "m²",
            Self::OverMSquared => "1/m²",
            Self::OverRootM => "1/√m",
            Self::OverMLessOne => "m/(m − 1)",
            Self::OverRateM => "1/(α·m)",
            Self::OverOwnBelow => "1/(n[l]·n[l−1])",
        }
    }

    fn meaning(self) -> &'static str {
        match self {
            Self::M => "a sum, not a mean: divide by m",
            Self::OverM => "divided by m twice?",
            Self::OverOutputs => "a mean over the outputs?",
            Self::Outputs => "counted once for each output?",
            Self::Rate => "multiplied by the learning rate twice?",
            Self::OverRate => "is the learning rate left out?",
            Self::OverMOutputs => "divided by m twice, and a mean over the outputs?",
            Self::OverOwn | Self::OverBelow => "a mean over the width?",
            Self::Own | Self::Below => "counted once for each unit?",
            Self::MSquared => "multiplied by m where it should be divided?",
            Self::OverMSquared => "divided by m three times?",
            Self::OverRootM => "also divided by √m?",
            Self::OverMLessOne => "divided by m − 1?",
            Self::OverRateM => "is the learning rate left out, and a division by m too many?",
            Self::OverOwnBelow => "a mean over the entries?",
            Self::One => "a constant factor",
        }
    }

    fn place(self) -> &'static str {
        match self {
            Self::M
            | Self::OverM
            | Self::MSquared
            | Self::OverMSquared
            | Self::OverRootM
            | Self::OverMLessOne => "the division by m",
            Self::OverOutputs | Self::Outputs | Self::OverMOutputs => {
                "the mean: over the m examples only, a sum over the outputs"
            }
            Self::Rate | Self::OverRate | Self::OverRateM => "the learning rate in the update",
            Self::OverOwn | Self::Own | Self::OverBelow | Self::Below | Self::OverOwnBelow => {
                "a mean or a sum over units"
            }
            Self::One => "a constant factor",
        }
    }
}

impl Factor {
    /// The factor that all estimates are, if there is one and it is not 1.
    pub(super) fn of(estimates: &[Estimate]) -> Option<Self> {
        let fit = |&product: &Product| {
            let scaled = |it: &Estimate| {
                let value = product.value(it.sizes);
                (it.factor / value, it.uncertain / value.abs())
            };
            let usable = |it: &&Estimate| product.value(it.sizes).is_finite();
            let all: Vec<_> = estimates.iter().filter(usable).map(scaled).collect();
            let certain = all.iter().map(|it| it.1).fold(f64::INFINITY, f64::min);
            let constant = common(&all)?;
            // a gradient that is zero has no factor
            (constant.abs() > 2.0 * certain).then_some((product, constant, certain))
        };
        let (product, constant, uncertain) = PRODUCTS.iter().find_map(fit)?;
        let first = estimates.first()?.sizes.outputs;
        let same = estimates.iter().all(|it| it.sizes.outputs == first) && first > 1.0;
        let factor = Self { constant, product, outputs: same.then_some(first), uncertain };
        let is_one = product == Product::One && factor.is(1.0);
        (!is_one).then_some(factor)
    }

    pub(super) fn is(&self, number: f64) -> bool {
        (self.constant - number).abs() <= 2.0 * self.uncertain
    }

    /// "1/m times"
    pub(super) fn times(&self) -> String {
        let constant = rounded(self.constant);
        match self.product {
            Product::One => format!("{constant} times"),
            product if self.is(1.0) => format!("{} times", product.written()),
            product => format!("{constant}·{} times", product.written()).replace("·1/", "/"),
        }
    }

    /// What it may come from, if that is known.
    pub(super) fn meaning(&self) -> Option<String> {
        if self.product != Product::One {
            if self.product == Product::OverOutputs && self.is(2.0) {
                let words = "a mean over the outputs, and no ½, as in PyTorch's MSELoss?";
                return Some(words.into());
            }
            if self.product == Product::M
                && self.constant.abs() < 1.0
                && !self.is(-1.0)
                && !self.is(1.0)
            {
                let instead = rounded(1.0 / self.constant);
                return Some(format!("a sum, divided by {instead} and not by m?"));
            }
            let exactly = matches!(self.product, Product::OverOutputs) && self.is(1.0);
            let exactly = if exactly { "exactly 1/n_y: " } else { "" };
            return Some(format!("{exactly}{}", self.product.meaning()));
        }
        if let Some(outputs) = self.outputs.filter(|&outputs| self.is(1.0 / outputs)) {
            return Some(format!("exactly 1/n_y (n_y = {outputs}): a mean over the outputs?"));
        }
        let known = [
            (-1.0, "the sign is wrong"),
            (2.0, "a factor 2, as from a squared error without its ½?"),
            (0.5, "a ½ too many?"),
            (-2.0, "the sign is wrong, and a factor 2"),
        ];
        known.iter().find(|(number, _)| self.is(*number)).map(|(_, words)| (*words).to_string())
    }

    /// "1/m times the derivative: divided by m twice?"
    pub(super) fn sentence(&self, of: &str) -> String {
        match self.meaning() {
            Some(meaning) if meaning.ends_with('?') => format!("{} {of}: {meaning}", self.times()),
            Some(meaning) => format!("{} {of}: {meaning}.", self.times()),
            None => format!("{} {of}.", self.times()),
        }
    }

    pub(super) fn place(&self) -> &'static str {
        if self.product == Product::One && self.constant < 0.0 {
            return "a sign";
        }
        let outputs = self.outputs.is_some_and(|outputs| self.is(1.0 / outputs));
        let product = if outputs { Product::OverOutputs } else { self.product };
        product.place()
    }
}

impl Part<'_> {
    pub(super) fn sizes(&self) -> Sizes {
        let widths = self.claim.case.network.widths();
        let l = self.place.l;
        Sizes {
            m: self.claim.m() as f64,
            outputs: widths[self.place.depth] as f64,
            own: widths[l] as f64,
            below: widths[l - 1] as f64,
            above: self.place.depth - l,
            rate: self.claim.case.rate,
        }
    }

    /// What the given block is times another, or nothing if it is no multiple; `Some(None)` where
    /// both are zero.
    pub(super) fn multiple_of(&self, block: &ndarray::Array2<f64>) -> Option<Option<Estimate>> {
        let size = length(block);
        let noise = self.claim.slack + self.claim.relative * length(self.given);
        if size <= ESTIMATED * self.claim.slack {
            return (length(self.given) <= noise + ESTIMATED * size).then_some(None);
        }
        let factor = dot(self.given, block) / (size * size);
        let uncertain = noise / size;
        let fits = length(&(self.given - &(block * factor))) <= noise;
        fits.then_some(Some(Estimate { factor, uncertain, sizes: self.sizes() }))
    }
}
