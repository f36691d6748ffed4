//! Tests of the crate through its public face. One binary: add modules, not files beside this one.

mod assertion_attacks;
mod assertion_clients;
mod attacks;
mod certificates;
mod chain;
mod encrypted;
mod forge;
mod keyset;
mod time_budget;
mod vectors;
mod wycheproof;
