//! Running databases, clocks and random sources for Countersign's own tests. Nothing here is a mock:
//! a database is the real server, started for the test process and stopped with it.

pub mod clock;
pub mod postgres;
pub mod random;
