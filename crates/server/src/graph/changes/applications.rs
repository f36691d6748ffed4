//! Registrations: create, change, delete.

mod create;
mod delete;
mod names;
mod update;

pub(super) use create::create;
pub(super) use delete::delete;
pub(super) use names::check as check_names;
pub(super) use update::update;
