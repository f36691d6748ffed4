//! The server in this process, with a clock that can be moved and a database that can be cut off.

mod browser;
mod changes;
mod consent;
mod federated_wire;
mod federation;
mod graph;
mod metrics;
mod node;
mod outage;
mod portal;
mod proxy;
mod revocations;
mod time;
mod two_nodes;
