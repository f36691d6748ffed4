//! Running databases, clocks and random sources for Countersign's own tests. Nothing here is a mock:
//! a database is the real server, started for the test process and stopped with it.

pub mod clock;
pub mod endpoint;
pub mod form;
pub mod http1;
pub mod http2;
pub mod issuer;
pub mod postgres;
pub mod random;
pub mod server;
