//! What one pass over a tensor finds: counts, moments, and the hashes of its slices.

use crate::axis::Axis;
use crate::format::{Format, OnFormat, Word, decode, on_format};
use crate::hash::{Coefficients, SliceHashes, mix};
use crate::{StoredTensor, TensorSource};
use fearless_simd::{Level, Simd, dispatch};
use init_symmetry_network::{Error, Result};
use std::collections::BTreeMap;
use std::ops::ControlFlow;

/// How many entries of a kind there are, and where the first is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) count: usize,
    pub(crate) first: usize,
}

/// Sums over the entries of a tensor, for rules about its distribution.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Moments {
    pub(crate) sum: f64,
    pub(crate) squares: f64,
    pub(crate) fourths: f64,
    pub(crate) negative: usize,
    pub(crate) positive: usize,
    pub(crate) least: f64,
    pub(crate) most: f64,
}

impl Moments {
    /// The largest magnitude.
    pub(crate) fn largest(&self) -> f64 {
        self.most.max(-self.least)
    }
}

/// What one pass over a tensor finds.
#[derive(Debug, Clone)]
pub(crate) struct Facts {
    pub(crate) entries: usize,
    pub(crate) not_finite: Found,
    pub(crate) subnormal: Found,
    pub(crate) zeros: usize,
    /// The first entry, where all have its bits.
    pub(crate) constant: Option<f64>,
    /// A hash of all entries in their order.
    pub(crate) hash: u64,
    /// The hashes of the slices along each axis that was asked for.
    pub(crate) slices: BTreeMap<usize, Vec<u64>>,
    pub(crate) moments: Option<Moments>,
}

impl Facts {
    /// The only value of all entries; 0 and −0 count as one.
    pub(crate) fn only_value(&self) -> Option<f64> {
        self.constant.or((self.entries > 0 && self.zeros == self.entries).then_some(0.0))
    }

    /// Of a tensor that was not read.
    pub(crate) const NOTHING: Self = Self {
        entries: 0,
        not_finite: Found { count: 0, first: 0 },
        subnormal: Found { count: 0, first: 0 },
        zeros: 0,
        constant: None,
        hash: 0,
        slices: BTreeMap::new(),
        moments: None,
    };
}

/// What one pass is to find.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'a> {
    /// Along which axes slices are hashed.
    pub(crate) axes: &'a [usize],
    /// Whether moments are wanted.
    pub(crate) moments: bool,
}

/// So many words are looked at while they lie in a near cache.
const AT_ONCE: usize = 8192;

/// Reads a tensor once.
///
/// # Errors
/// What the source says; fewer or more entries than the shape says.
pub(crate) fn scan(
    source: &mut dyn TensorSource,
    index: usize,
    asked: Asked<'_>,
) -> Result<Option<Facts>> {
    let tensor = source.tensors()[index].clone();
    on_format(&tensor.element, Scan { source, index, tensor: &tensor, asked }).transpose()
}

struct Scan<'a> {
    source: &'a mut dyn TensorSource,
    index: usize,
    tensor: &'a StoredTensor,
    asked: Asked<'a>,
}

impl OnFormat for Scan<'_> {
    type Result = Result<Facts>;

    fn run<F: Format>(self) -> Result<Facts> {
        let mut pass = Pass::<F>::new(self.tensor, self.asked);
        let mut words = Vec::with_capacity(AT_ONCE);
        let level = Level::new();
        self.source.read(self.index, 0, &mut |bytes| {
            for piece in bytes.chunks(AT_ONCE * F::Word::BYTES) {
                decode(piece, &mut words);
                let words = &words[..];
                dispatch!(level, simd => simd.vectorize(
                    #[inline(always)]
                    || pass.add(words)
                ));
            }
            ControlFlow::Continue(())
        })?;
        pass.finish(self.tensor)
    }
}

struct Pass<F: Format> {
    facts: Facts,
    first: Option<F::Word>,
    is_constant: bool,
    coefficients: Box<Coefficients>,
    slices: Vec<(usize, SliceHashes)>,
    whole: SliceHashes,
    is_list: bool,
}

impl<F: Format> Pass<F> {
    fn new(tensor: &StoredTensor, asked: Asked<'_>) -> Self {
        let slices =
            asked.axes.iter().map(|&axis| (axis, SliceHashes::new(Axis::of(tensor, axis))));
        let all = Axis { outer: 1, length: 1, inner: usize::MAX };
        let moments = asked.moments.then(Moments::default);
        Self {
            facts: Facts { moments, ..Facts::NOTHING },
            first: None,
            is_constant: true,
            coefficients: Box::new(Coefficients::new()),
            slices: slices.collect(),
            whole: SliceHashes::new(all),
            is_list: tensor.shape.len() < 2,
        }
    }

    #[inline(always)]
    fn add(&mut self, words: &[F::Word]) {
        let at = self.facts.entries;
        self.count(at, words);
        if let Some(moments) = &mut self.facts.moments {
            add_moments::<F>(moments, words);
        }
        // the slices along the first axis of a matrix say as much of the whole
        if self.is_list {
            self.whole.add::<F>(&self.coefficients, at, words);
        }
        for (_, slices) in &mut self.slices {
            slices.add::<F>(&self.coefficients, at, words);
        }
        self.facts.entries += words.len();
    }

    #[inline(always)]
    fn count(&mut self, at: usize, words: &[F::Word]) {
        let zero = F::Word::default();
        let first = *self.first.get_or_insert(words[0]);
        let (mut not_finite, mut small, mut zeros, mut others) = (0_u32, 0_u32, 0_u32, 0_u32);
        for &word in words {
            not_finite += u32::from(word & F::EXPONENT == F::EXPONENT);
            small += u32::from(word & F::EXPONENT == zero);
            zeros += u32::from(word & F::MAGNITUDE == zero);
            others += u32::from(word != first);
        }
        self.is_constant &= others == 0;
        self.facts.zeros += zeros as usize;
        let place = |is: fn(F::Word) -> bool| at + words.iter().position(|&w| is(w)).unwrap_or(0);
        note(&mut self.facts.not_finite, not_finite, || {
            place(|word| word & F::EXPONENT == F::EXPONENT)
        });
        note(&mut self.facts.subnormal, small - zeros, || {
            place(|word| {
                let zero = F::Word::default();
                word & F::EXPONENT == zero && word & F::MAGNITUDE != zero
            })
        });
    }

    fn finish(self, tensor: &StoredTensor) -> Result<Facts> {
        let Self { mut facts, first, is_constant, slices, whole, is_list, .. } = self;
        let needed = tensor.shape.iter().product();
        if facts.entries != needed {
            return Err(Error::Count {
                what: format!("the stored tensor {}", tensor.name),
                given: facts.entries,
                needed_by: format!("its shape {:?}", tensor.shape),
                needed,
            });
        }
        facts.constant = first.filter(|_| is_constant).map(F::value);
        let of_whole = slices.first().filter(|_| !is_list).map_or(&whole, |(_, slices)| slices);
        let combine = |sum: u64, (k, &hash): (u64, &u64)| sum.wrapping_add(mix(k ^ mix(hash)));
        facts.hash = (0..).zip(&of_whole.hashes).fold(0, combine);
        facts.slices = slices.into_iter().map(|(axis, slices)| (axis, slices.hashes)).collect();
        Ok(facts)
    }
}

fn note(found: &mut Found, count: u32, place: impl FnOnce() -> usize) {
    if count > 0 {
        if found.count == 0 {
            found.first = place();
        }
        found.count += count as usize;
    }
}

#[inline(always)]
fn add_moments<F: Format>(moments: &mut Moments, words: &[F::Word]) {
    for &word in words {
        let value = F::value(word);
        let square = value * value;
        moments.sum += value;
        moments.squares += square;
        moments.fourths += square * square;
        moments.negative += usize::from(value < 0.0);
        moments.positive += usize::from(value > 0.0);
        moments.least = moments.least.min(value);
        moments.most = moments.most.max(value);
    }
}
