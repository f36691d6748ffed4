//! HTTP without OAuth: connections, limits, headers that every answer has.

pub(crate) mod client_address;
pub(crate) mod context;
pub(crate) mod listener;
pub(crate) mod reply;
pub(crate) mod stack;
pub(crate) mod tls;
