//! Loops in the widest vectors that the processor has.
//!
//! Vector instructions do to each number what the plain ones do, and Rust neither reorders sums nor
//! fuses what is written apart; so the bits are the same whatever the processor has.

use fearless_simd::Level;

/// How many vector registers there are, each of which can hold some of the sums.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Registers {
    /// 16, as in AVX2; also where nothing else is known.
    Few,
    /// 32, as in AVX-512.
    Many,
}

/// Runs on the best instructions that this processor has.
///
/// `work`, and all that it calls in its loops, has to be `#[inline(always)]`: only what is inlined
/// is compiled for the wider vectors. Every set of instructions is one more copy of every loop in
/// every program, so there are three on x86-64: SSE2, AVX2 and AVX-512.
#[cfg(target_arch = "x86_64")]
pub fn vectorised(work: impl FnOnce(Registers)) {
    use fearless_simd::Simd;
    match level() {
        Level::Avx512(avx512) => avx512.vectorize(
            #[inline(always)]
            || work(Registers::Many),
        ),
        Level::Avx2(avx2) => avx2.vectorize(
            #[inline(always)]
            || work(Registers::Few),
        ),
        _ => work(Registers::Few),
    }
}

/// Runs on the best instructions that this processor has.
#[cfg(not(target_arch = "x86_64"))]
pub fn vectorised(work: impl FnOnce(Registers)) {
    let level = level();
    fearless_simd::dispatch!(level, _ => work(Registers::Few));
}

#[cfg(not(test))]
#[inline]
fn level() -> Level {
    Level::new()
}

#[cfg(test)]
pub(crate) use forced::{at_level, levels};

#[cfg(test)]
fn level() -> Level {
    forced::level()
}

/// Tests run the same code on each set of instructions that the machine has.
#[cfg(test)]
mod forced {
    use fearless_simd::Level;
    use std::cell::Cell;

    thread_local! {
        static FORCED: Cell<Option<Level>> = const { Cell::new(None) };
    }

    pub(super) fn level() -> Level {
        FORCED.get().unwrap_or_else(Level::new)
    }

    /// Runs on this thread with one set of instructions.
    pub(crate) fn at_level<R>(level: Level, run: impl FnOnce() -> R) -> R {
        let before = FORCED.replace(Some(level));
        let result = run();
        FORCED.set(before);
        result
    }

    /// Every set of instructions that this machine has, narrowest first.
    pub(crate) fn levels() -> Vec<Level> {
        let best = Level::new();
        #[cfg(target_arch = "x86_64")]
        return [
            best.as_sse2().map(Level::Sse2),
            best.as_avx2().map(Level::Avx2),
            best.as_avx512().map(Level::Avx512),
        ]
        .into_iter()
        .flatten()
        .collect();
        #[cfg(not(target_arch = "x86_64"))]
        return vec![best];
    }
}
