//! What the store promises, tried on SQLite and on a real PostgreSQL server.

#[macro_use]
mod support;

mod conformance;
mod sample;
mod sqlite_file;
