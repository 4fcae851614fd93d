#![doc = include_str!("../README.md")]

mod axis;
mod compare;
pub mod file;
mod finding;
mod format;
mod hash;
mod judge;
mod layout;
mod live;
mod rule;
mod scan;
mod source;
mod units;

pub use finding::{Finding, Severity};
pub use judge::{Findings, KnownUnits, Rules, Spread, lint, lint_with_gradients};
pub use live::LiveTensors;
pub use rule::{Judged, Rule, RuleFacts};
pub use source::{Element, Order, StoredTensor, TensorSource};
pub use units::{UnitGroups, from_toml};
