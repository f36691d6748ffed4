//! Tests of the crate through its public face. One binary: add modules, not files beside this one.

mod attacks;
mod certificates;
mod forge;
mod keyset;
mod time_budget;
mod vectors;
