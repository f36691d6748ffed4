//! Bodies of requests: JSON that strangers sent, to a checked change of the directory.
//!
//! Members that are absent stay as they are, `null` clears, collections are replaced and complex
//! values merged member by member. What is not known is refused, never passed over: a program that
//! misspells a property must not believe that it was set. Time and randomness are arguments.

mod application;
mod context;
mod federated;
mod key;
mod object;
mod password;
mod proof;

pub use application::{
    ApplicationChange, NewApplication, StoredApplication, change_application, new_application,
};
pub use context::{Context, UNIQUE_NAME_TAKEN, URI_TAKEN};
pub use federated::{change_federated_credential, new_federated_credential};
pub use key::{AddKey, RemoveKey, add_key, remove_key};
pub use object::{Given, Members, read, read_reference};
pub use password::{NewPassword, add_password, remove_password};
pub use proof::check_proof;
