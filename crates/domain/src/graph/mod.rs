//! Microsoft Graph, as far as it needs no server: what requests mean.

pub mod filter;
pub mod query;
