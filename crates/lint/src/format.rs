//! The kinds of float as words: what is compared, hashed and counted without arithmetic.

use crate::Element;
use std::ops::{BitAnd, BitXor};

/// The bits of a float, as an unsigned number.
pub(crate) trait Word:
    Copy + Default + Eq + BitAnd<Output = Self> + BitXor<Output = Self>
{
    /// Of how many bytes it is.
    const BYTES: usize;

    /// From that many bytes, the lowest first.
    fn of_bytes(bytes: &[u8]) -> Self;

    /// Its product with a number modulo 2^64, or for 64 bits a sum of two.
    fn times(self, factor: u32) -> u64;
}

impl Word for u16 {
    const BYTES: usize = 2;

    #[inline(always)]
    fn of_bytes(bytes: &[u8]) -> Self {
        Self::from_le_bytes([bytes[0], bytes[1]])
    }

    #[inline(always)]
    fn times(self, factor: u32) -> u64 {
        u64::from(self) * u64::from(factor)
    }
}

impl Word for u32 {
    const BYTES: usize = 4;

    #[inline(always)]
    fn of_bytes(bytes: &[u8]) -> Self {
        Self::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
    }

    #[inline(always)]
    fn times(self, factor: u32) -> u64 {
        u64::from(self) * u64::from(factor)
    }
}

impl Word for u64 {
    const BYTES: usize = 8;

    #[inline(always)]
    fn of_bytes(bytes: &[u8]) -> Self {
        let mut all = [0; 8];
        all.copy_from_slice(bytes);
        Self::from_le_bytes(all)
    }

    #[inline(always)]
    fn times(self, factor: u32) -> u64 {
        let other = u64::from(factor.wrapping_mul(0x9E37_79B1) | 1);
        let (low, high) = (self & 0xFFFF_FFFF, self >> 32);
        (low * u64::from(factor)).wrapping_add(high.wrapping_mul(other))
    }
}

/// A kind of float.
pub(crate) trait Format {
    /// Its bits.
    type Word: Word;

    /// The bits of the exponent: all set in what is not finite.
    const EXPONENT: Self::Word;
    /// All bits but the sign.
    const MAGNITUDE: Self::Word;

    /// The number that a word stands for.
    fn value(word: Self::Word) -> f64;
}

/// Floats of 64 bits.
pub(crate) struct Double;
/// Floats of 32 bits.
pub(crate) struct Single;
/// IEEE's floats of 16 bits.
pub(crate) struct Half;
/// The upper half of a float of 32 bits.
pub(crate) struct Brain;

impl Format for Double {
    type Word = u64;
    const EXPONENT: u64 = 0x7FF0_0000_0000_0000;
    const MAGNITUDE: u64 = 0x7FFF_FFFF_FFFF_FFFF;

    #[inline(always)]
    fn value(word: u64) -> f64 {
        f64::from_bits(word)
    }
}

impl Format for Single {
    type Word = u32;
    const EXPONENT: u32 = 0x7F80_0000;
    const MAGNITUDE: u32 = 0x7FFF_FFFF;

    #[inline(always)]
    fn value(word: u32) -> f64 {
        f32::from_bits(word).into()
    }
}

impl Format for Half {
    type Word = u16;
    const EXPONENT: u16 = 0x7C00;
    const MAGNITUDE: u16 = 0x7FFF;

    #[inline(always)]
    fn value(word: u16) -> f64 {
        half::f16::from_bits(word).to_f64()
    }
}

impl Format for Brain {
    type Word = u16;
    const EXPONENT: u16 = 0x7F80;
    const MAGNITUDE: u16 = 0x7FFF;

    #[inline(always)]
    fn value(word: u16) -> f64 {
        half::bf16::from_bits(word).to_f64()
    }
}

/// What is done with the entries of a tensor, whatever kind of float they are.
pub(crate) trait OnFormat {
    /// What comes of it.
    type Result;

    /// Does it.
    fn run<F: Format>(self) -> Self::Result;
}

/// Calls `what` with the kind of float that an element is; nothing where it is none.
pub(crate) fn on_format<T: OnFormat>(element: &Element, what: T) -> Option<T::Result> {
    match element {
        Element::F64 => Some(what.run::<Double>()),
        Element::F32 => Some(what.run::<Single>()),
        Element::F16 => Some(what.run::<Half>()),
        Element::Bf16 => Some(what.run::<Brain>()),
        Element::Other(_) => None,
    }
}

/// The words of a piece, in the room that is given.
pub(crate) fn decode<W: Word>(bytes: &[u8], words: &mut Vec<W>) {
    words.clear();
    words.extend(bytes.chunks_exact(W::BYTES).map(W::of_bytes));
}
