//! How much to check and from which seed: options, or else the environment, the same for every
//! subcommand that samples.

use super::CommandError;
use crate::property::{Config, Profile};
use crate::{Error, parse_name};

/// How much to check, and from which seed
#[derive(Debug, clap::Args)]
pub(super) struct Effort {
    /// How many cases to try: quick, ci or soak [default: INIT_SYMMETRY_PROFILE, or ci;
    /// quick for explain]
    #[arg(long, value_name = "NAME", value_parser = profile)]
    profile: Option<Profile>,

    /// Seed of every random choice [default: INIT_SYMMETRY_SEED, or 1; for soak
    /// a fresh seed]
    #[arg(long, value_parser = super::seed, allow_hyphen_values = true)]
    seed: Option<u64>,
}

impl Effort {
    /// The configuration that the options and the environment ask for.
    pub(super) fn config(&self, default: Profile) -> Result<Config, CommandError> {
        // what the environment says is read, and refused if it is nonsense, in any case
        let from_env = Config::from_env_or(default)?;
        let named = self.seed.or(Config::seed_from_env()?);
        let profile = self.profile.unwrap_or(from_env.profile);
        let seed = named.unwrap_or_else(|| match profile {
            Profile::Soak => Config::fresh_seed(),
            Profile::Quick | Profile::Ci => Config::SEED,
        });
        Ok(Config::new(profile, seed))
    }
}

fn profile(text: &str) -> Result<Profile, Error> {
    parse_name("profile", text)
}
