//! The real program, through real sockets: what bad requests do to it, and what its commands and
//! files promise. Names such as `HTTP-05` are those of the catalogue of bad input.

mod answer;
mod assertions;
mod basic;
mod changes;
mod commands;
mod discovery;
mod federated;
mod floods;
mod http;
mod methods;
mod platform;
mod request;
mod roles;
mod sample;
mod scopes;
mod secret;
mod serve;
mod stage;
mod tenants;
mod traces;
