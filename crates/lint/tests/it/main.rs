//! Tests of what a user of the crate sees.

mod catalogue;
mod draws;
mod units;
