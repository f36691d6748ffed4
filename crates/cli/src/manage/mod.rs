//! `app`, `sp`, `role` and `credential`: managing a running server through its Graph API, never
//! through the database behind its back.

mod app;
pub(crate) mod args;
mod connection;
mod credential;
mod deleted;
mod find;
mod graph;
mod in_use;
mod role;
mod sp;
mod table;

pub(crate) use self::app::run as app;
pub(crate) use self::credential::run as credential;
pub(crate) use self::role::run as role;
pub(crate) use self::sp::run as sp;
