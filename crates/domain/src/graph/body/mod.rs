//! Bodies of requests: JSON that strangers sent, to a checked change of the directory.
//!
//! Members that are absent stay as they are, `null` clears, collections are replaced and complex
//! values merged member by member. What is not known is refused, never passed over: a program that
//! misspells a property must not believe that it was set. Time and randomness are arguments.

mod application;
mod assignment;
pub mod batch;
mod context;
mod federated;
mod fields;
#[cfg(test)]
mod fixtures;
mod get_by_ids;
mod key;
mod object;
mod password;
mod permission_grant;
mod proof;
mod service_principal;
mod strict;
mod user;

pub use application::{
    ApplicationChange, NewApplication, StoredApplication, change_application, new_application,
};
pub use assignment::{
    ASSIGNMENT_EXISTS, ASSIGNMENTS_MAX, AssignmentSide, RequestedAssignment, new_assignment,
    only_service_principals,
};
pub use context::{Context, UNIQUE_NAME_TAKEN, URI_TAKEN};
pub use federated::{change_federated_credential, new_federated_credential};
pub use get_by_ids::{GetByIds, get_by_ids};
pub use key::{AddKey, RemoveKey, add_key, remove_key};
pub use object::{Given, Members, read_reference};
pub use password::{NewPassword, add_password, remove_password};
pub use permission_grant::{
    PERMISSION_GRANT_EXISTS, SCOPE_LENGTH_MAX, change_permission_grant, new_permission_grant,
};
pub use proof::check_proof;
pub use service_principal::{
    NewServicePrincipal, ServicePrincipalChange, change_service_principal, new_service_principal,
    no_such_application, requested_app_id, service_principal_exists,
};
pub use strict::read;
pub use user::{USER_PRINCIPAL_NAME_TAKEN, change_user, new_user};
