//! Selections of the Graph API: both databases and a model must find the same.

mod directory;
mod logs;
mod model;

/// The first page of everything.
pub(super) fn everything<F>() -> countersign_domain::graph::selection::Selection<F> {
    model::all(None, 999)
}
