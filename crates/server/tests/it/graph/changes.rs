//! What is written through the API, and that nothing is written which may not be.

mod applications;
mod assignments;
mod audit;
mod concurrency;
pub(crate) mod credentials;
mod deleted_items;
mod dry_run;
mod every_write;
mod federated_credentials;
mod grants;
mod invalid;
mod owners;
mod preconditions;
mod rights;
mod service_principals;
mod tenants;
mod users;
mod withdrawn;
