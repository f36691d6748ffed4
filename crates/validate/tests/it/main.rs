//! Tests of the crate through its public face, against a small issuer that speaks real HTTPS. One
//! binary: add modules, not files beside this one.

mod cached;
mod encrypted;
mod grpc;
mod http;
mod issuer;
mod keys;
mod revocations;
mod tenants;
mod tokens;
