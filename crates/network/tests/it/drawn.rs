//! How many cases a property with drawn sizes tries, and from which seed: `INIT_SYMMETRY_PROFILE`
//! and `INIT_SYMMETRY_SEED` say so. The tests of the gradient and lint crates use this file too.

use proptest::test_runner::{Config, RngSeed};
use std::env;
use std::time::{SystemTime, UNIX_EPOCH};

/// How many smaller cases are tried in place of a failing one.
const SHRINK_TRIES: u32 = 512;

/// So many cases from seed 1 with the profile ci, an eighth of them with quick, and with soak 20
/// times as many from a fresh seed. A failing test prints the line that draws the same cases again.
pub(crate) fn drawn(cases: u32) -> Config {
    let variable = |name| env::var(name).ok();
    let profile = variable("INIT_SYMMETRY_PROFILE").unwrap_or_else(|| "ci".into());
    let cases = match profile.as_str() {
        "quick" => cases.div_ceil(8),
        "ci" => cases,
        "soak" => 20 * cases,
        other => panic!("INIT_SYMMETRY_PROFILE is '{other}' but has to be quick, ci or soak"),
    };
    let seed = match variable("INIT_SYMMETRY_SEED").as_deref() {
        Some("fresh") => fresh_seed(),
        Some(number) => number.parse().expect("INIT_SYMMETRY_SEED is a number or 'fresh'"),
        None if profile == "soak" => fresh_seed(),
        None => 1,
    };
    println!("to replay: INIT_SYMMETRY_PROFILE={profile} INIT_SYMMETRY_SEED={seed}");
    let rng_seed = RngSeed::Fixed(seed);
    let failure_persistence = None;
    let max_shrink_iters = SHRINK_TRIES;
    Config { cases, rng_seed, failure_persistence, max_shrink_iters, ..Config::default() }
}

/// A seed that nobody chose, from the clock: six digits, which are few enough to type.
fn fresh_seed() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::from(since.subsec_nanos()) % 1_000_000
}
