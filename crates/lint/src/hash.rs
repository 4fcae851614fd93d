//! Hashes of the slices of a tensor along an axis, in one pass.
//!
//! The hash of a slice is Σ c(k)·word(k) modulo 2^64 over its entries, with coefficients that look
//! random: equal slices have equal hashes in whatever pieces they are read, and unequal ones seldom
//! do (multilinear hashing, Lemire & Kaser 2014). Nobody is told of equal hashes: what hashes alike
//! is read again and compared. −0 counts as 0, so that a slice of zeros hashes to 0.

use crate::axis::{Axis, Run};
use crate::format::{Format, Word};

/// So many neighbouring entries take their coefficients from a table.
const BLOCK: usize = 4096;

/// A number that looks random, of each number (the finaliser of SplitMix64).
pub(crate) fn mix(number: u64) -> u64 {
    let z = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// The coefficients within a block.
#[derive(Debug)]
pub(crate) struct Coefficients([u32; BLOCK]);

impl Coefficients {
    pub(crate) fn new() -> Self {
        let mut table = [0; BLOCK];
        for (k, entry) in (0..).zip(&mut table) {
            *entry = (mix(k) >> 32) as u32 | 1;
        }
        Self(table)
    }
}

/// The hashes along one axis.
#[derive(Debug)]
pub(crate) struct SliceHashes {
    axis: Axis,
    pub(crate) hashes: Vec<u64>,
}

impl SliceHashes {
    pub(crate) fn new(axis: Axis) -> Self {
        Self { axis, hashes: vec![0; axis.length] }
    }

    /// Adds a piece that begins at entry `first`.
    #[inline(always)]
    pub(crate) fn add<F: Format>(
        &mut self,
        coefficients: &Coefficients,
        first: usize,
        words: &[F::Word],
    ) {
        if self.axis.inner == 1 {
            self.add_lines::<F>(first, words);
            return;
        }
        let hashes = &mut self.hashes;
        self.axis.runs(first, words, |Run { index, place }, run| {
            let mut sum = 0_u64;
            let (mut at, mut rest) = (place, run);
            while !rest.is_empty() {
                let (block, within) = (at / BLOCK, at % BLOCK);
                let (part, after) = rest.split_at(rest.len().min(BLOCK - within));
                let of_block = mix(block as u64) | 1;
                let part_sum = dot::<F>(part, &coefficients.0[within..within + part.len()]);
                sum = sum.wrapping_add(of_block.wrapping_mul(part_sum));
                (at, rest) = (at + part.len(), after);
            }
            hashes[index] = hashes[index].wrapping_add(sum);
        });
    }

    /// The same where neighbours belong to neighbouring indices: a line of them has one
    /// coefficient.
    #[inline(always)]
    fn add_lines<F: Format>(&mut self, first: usize, words: &[F::Word]) {
        let (mut at, mut rest) = (first, words);
        while !rest.is_empty() {
            let (line, index) = (at / self.axis.length, at % self.axis.length);
            let (part, after) = rest.split_at(rest.len().min(self.axis.length - index));
            let coefficient = (mix(line as u64) >> 32) as u32 | 1;
            for (hash, &word) in self.hashes[index..index + part.len()].iter_mut().zip(part) {
                *hash = hash.wrapping_add(without_sign_of_zero::<F>(word).times(coefficient));
            }
            (at, rest) = (at + part.len(), after);
        }
    }
}

#[inline(always)]
fn dot<F: Format>(words: &[F::Word], coefficients: &[u32]) -> u64 {
    words.iter().zip(coefficients).fold(0_u64, |sum, (&word, &coefficient)| {
        sum.wrapping_add(without_sign_of_zero::<F>(word).times(coefficient))
    })
}

#[inline(always)]
pub(crate) fn without_sign_of_zero<F: Format>(word: F::Word) -> F::Word {
    if word & F::MAGNITUDE == F::Word::default() { F::Word::default() } else { word }
}
