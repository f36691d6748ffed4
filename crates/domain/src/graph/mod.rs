//! Microsoft Graph, as far as it needs no server: what requests mean.

pub mod audit;
pub mod body;
pub mod error;
pub mod etag;
pub mod filter;
pub mod openapi;
pub mod page;
pub mod permission;
pub mod policy;
pub mod query;
pub mod route;
pub mod selection;
pub mod wire;
