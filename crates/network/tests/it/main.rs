//! Numbers, the network, its specification, starts, twins.

mod absurd;
mod activations;
mod activations_by_layer;
mod drawn;
mod elementary;
mod faithfulness;
mod kernels;
mod means;
mod network;
mod number_systems;
mod optimiser;
mod singular_values;
mod softmax;
mod specification;
mod start_rules;
mod starts;
mod statistics;
mod symmetry;
mod toy;
mod unit_groups;
mod unit_laws;
