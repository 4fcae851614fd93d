//! The lower floors: numbers, the network, the specification, starts, twins, data.
//!
//! Fast tests, and what mutants of those rooms are judged by (`.cargo/mutants.toml`).

mod dataset;
mod network;
mod number_systems;
mod optimiser;
mod specification;
mod starts;
mod statistics;
mod symmetry;
