//! One configuration for every property: the seed, the number of cases, and the line to replay.

use init_symmetry_network::{Error, Result, parse_name};
use proptest::test_runner::{Config as Proptest, RngAlgorithm, RngSeed, noop_result_cache};
use serde_json::Value;
use std::env;
use std::time::{SystemTime, UNIX_EPOCH};
use strum::{Display, EnumString, VariantNames};

/// How much to check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Display, EnumString, VariantNames)]
#[strum(serialize_all = "kebab-case")]
pub enum Profile {
    /// A first look.
    Quick,
    /// What runs on every change.
    #[default]
    Ci,
    /// Much more, from a fresh seed.
    Soak,
}

/// The seed and the number of cases of a run.
///
/// ```
/// use init_symmetry_check::property::{Config, Profile};
/// let config = Config::new(Profile::Quick, 7);
/// assert_eq!((config.seed, config.cases), (7, 32));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Seed of every random choice; the same seed gives the same cases on every machine.
    pub seed: u64,
    /// Cases of each sampled property.
    pub cases: u32,
    /// Where they come from.
    pub profile: Profile,
    /// How many smaller cases are tried in place of a failing one; with 0 it is shown as found.
    pub shrink_tries: u32,
    /// How many cases are drawn and not tried: those before a failing one that is known.
    pub skipped_draws: u32,
    /// One case to try instead of drawing any, as [`FailingCase::json`](super::FailingCase).
    pub given: Option<Value>,
}

/// Enough for every case here to become small, and few enough to wait for.
const SHRINK_TRIES: u32 = 10_000;

impl Default for Config {
    fn default() -> Self {
        Self::new(Profile::Ci, Self::SEED)
    }
}

impl Config {
    /// The seed where none is named.
    pub const SEED: u64 = 1;

    /// The largest seed: beyond 2^53 readers of JSON lose digits, and seeds near 2^64 leave no room
    /// for those that follow.
    pub const LARGEST_SEED: u64 = 1 << 53;

    /// Refuses a seed beyond [`Config::LARGEST_SEED`].
    ///
    /// # Errors
    /// Such a seed.
    pub fn check_seed(seed: u64) -> Result<()> {
        if seed <= Self::LARGEST_SEED {
            return Ok(());
        }
        let range = format!("at most {}", Self::LARGEST_SEED);
        Err(Error::OutOfRange { what: "the seed".into(), value: seed.to_string(), range })
    }

    /// The configuration of a profile.
    pub const fn new(profile: Profile, seed: u64) -> Self {
        let cases = match profile {
            Profile::Quick => 32,
            Profile::Ci => 256,
            Profile::Soak => 4096,
        };
        Self { seed, cases, profile, shrink_tries: SHRINK_TRIES, skipped_draws: 0, given: None }
    }

    /// The same without smaller cases in place of failing ones.
    pub fn without_shrinking(self) -> Self {
        Self { shrink_tries: 0, ..self }
    }

    /// The configuration that `INIT_SYMMETRY_PROFILE` (quick, ci or soak) and `INIT_SYMMETRY_SEED`
    /// (a number or `fresh`) ask for; without them the default.
    ///
    /// # Errors
    /// A value that is neither.
    pub fn from_env() -> Result<Self> {
        Self::from_env_or(Profile::default())
    }

    /// The same with another profile where the variable names none.
    ///
    /// # Errors
    /// As [`Config::from_env`].
    pub fn from_env_or(default: Profile) -> Result<Self> {
        let profile = variable(PROFILE_VARIABLE)?;
        let seed = variable(SEED_VARIABLE)?;
        Self::from_variables(default, profile.as_deref(), seed.as_deref())
    }

    /// The seed that `INIT_SYMMETRY_SEED` asks for, if it is set.
    ///
    /// # Errors
    /// A value that is no seed.
    pub fn seed_from_env() -> Result<Option<u64>> {
        variable(SEED_VARIABLE)?.as_deref().map(seed_of_variable).transpose()
    }

    fn from_variables(default: Profile, profile: Option<&str>, seed: Option<&str>) -> Result<Self> {
        let profile = match profile {
            Some(name) => parse_name(PROFILE_VARIABLE, name)?,
            None => default,
        };
        let seed = match seed {
            Some(text) => seed_of_variable(text)?,
            None if profile == Profile::Soak => Self::fresh_seed(),
            None => Self::SEED,
        };
        Ok(Self::new(profile, seed))
    }

    /// Refuses variables of the environment that are none of the values which they may have.
    ///
    /// Whoever ignores both variables still says so: a misspelt value is meant for something.
    ///
    /// # Errors
    /// As [`Config::from_env`].
    pub fn check_env() -> Result<()> {
        Self::from_env().map(drop)
    }

    /// The same for proptest, which writes no files.
    ///
    /// Its own default listens to variables of the environment (`PROPTEST_RNG_ALGORITHM`,
    /// `PROPTEST_CASES` and more), which would change the cases of a seed. So all that has an
    /// influence is named here; the rest concerns a runner that is not used.
    pub(crate) fn proptest(&self) -> Proptest {
        Proptest {
            cases: self.cases,
            rng_algorithm: RngAlgorithm::ChaCha,
            rng_seed: RngSeed::Fixed(self.seed),
            failure_persistence: None,
            source_file: None,
            test_name: None,
            max_local_rejects: 65_536,
            max_global_rejects: 1024,
            max_flat_map_regens: 1_000_000,
            max_shrink_time: 0,
            max_shrink_iters: u32::MAX,
            max_default_size_range: 100,
            result_cache: noop_result_cache,
            verbose: 0,
            ..Proptest::default()
        }
    }

    /// A seed nobody chose, from the clock.
    pub fn fresh_seed() -> u64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        // six digits are enough to be new and few enough to type
        u64::from(since.subsec_nanos()) % 1_000_000
    }
}

const PROFILE_VARIABLE: &str = "INIT_SYMMETRY_PROFILE";
const SEED_VARIABLE: &str = "INIT_SYMMETRY_SEED";

/// A variable of the environment, which has to be text.
fn variable(name: &str) -> Result<Option<String>> {
    let Some(text) = env::var_os(name) else { return Ok(None) };
    text.into_string().map(Some).map_err(|text| Error::OutOfRange {
        what: name.into(),
        value: format!("'{}'", text.to_string_lossy()),
        range: "text in UTF-8".into(),
    })
}

fn seed_of_variable(text: &str) -> Result<u64> {
    if text == "fresh" {
        return Ok(Config::fresh_seed());
    }
    let seed = text.parse().ok().filter(|seed| Config::check_seed(*seed).is_ok());
    seed.ok_or_else(|| Error::OutOfRange {
        what: SEED_VARIABLE.into(),
        value: format!("'{text}'"),
        range: format!("'fresh' or a whole number of at most {}", Config::LARGEST_SEED),
    })
}

#[cfg(test)]
mod tests {
    use super::{Config, Profile};
    use std::collections::BTreeSet;
    use std::thread;
    use std::time::Duration;

    #[test]
    fn a_seed_may_be_as_large_as_a_reader_of_json_can_tell_apart() {
        Config::check_seed(1 << 53).unwrap();
        let refused = Config::check_seed((1 << 53) + 1).unwrap_err().to_string();
        assert!(refused.contains("9007199254740993"), "{refused}");
    }

    #[test]
    fn a_fresh_seed_is_one_of_a_million_and_another_each_time() {
        let fresh = || {
            thread::sleep(Duration::from_micros(1_100));
            Config::fresh_seed()
        };
        let seeds: BTreeSet<u64> = (0..20).map(|_| fresh()).collect();
        assert!(seeds.len() > 10 && seeds.iter().all(|&seed| seed < 1_000_000));
        assert!(seeds.iter().any(|&seed| seed > 1000), "{seeds:?}");
    }

    #[test]
    fn the_variables_name_the_profile_and_the_seed() {
        let of = |profile, seed| Config::from_variables(Profile::Ci, profile, seed);
        assert_eq!(of(None, None), Ok(Config::default()));
        assert_eq!(of(Some("quick"), Some("7")), Ok(Config::new(Profile::Quick, 7)));
        assert_eq!(of(Some("soak"), Some("7")), Ok(Config::new(Profile::Soak, 7)));
        // soak is fresh where no seed is named, and so is whoever asks for it
        let seeds = |profile, seed| -> BTreeSet<u64> {
            let draw = |_| {
                thread::sleep(Duration::from_micros(1_100));
                of(profile, seed).unwrap().seed
            };
            (0..3).map(draw).collect()
        };
        assert!(seeds(Some("soak"), None).len() > 1 && seeds(Some("ci"), Some("fresh")).len() > 1);
        assert_eq!(seeds(Some("ci"), None), BTreeSet::from([Config::SEED]));
        let message = |profile, seed| of(profile, seed).unwrap_err().to_string();
        assert!(message(Some("quik"), None).contains("did you mean 'quick'?"));
        assert!(message(None, Some("x")).contains("'x' but has to be 'fresh' or a whole number"));
        assert!(message(None, Some("9007199254740993")).contains("at most 9007199254740992"));
    }

    #[test]
    fn a_profile_is_a_number_of_cases() {
        let cases = |profile| Config::new(profile, 5).cases;
        assert_eq!([Profile::Quick, Profile::Ci, Profile::Soak].map(cases), [32, 256, 4096]);
        let Config { seed, cases, profile, shrink_tries, skipped_draws, given } = Config::default();
        assert_eq!((seed, cases, profile), (1, 256, Profile::Ci));
        assert_eq!((shrink_tries, skipped_draws, given), (10_000, 0, None));
        assert_eq!(Config::default().without_shrinking().shrink_tries, 0);
    }
}
