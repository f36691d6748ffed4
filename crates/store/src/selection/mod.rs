//! Selections of the Graph API as SQL: one statement for a page, whatever is asked for.

mod column;
mod condition;
mod page;
mod sql;

pub(crate) use column::Column;
#[cfg(test)]
pub(crate) use page::plan;
pub(crate) use page::{Listing, page};
pub(crate) use sql::{Param, Sql, fetch};
