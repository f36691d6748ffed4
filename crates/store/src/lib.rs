//! Countersign's SQL: one text for SQLite and PostgreSQL.
//!
//! [`Db`] is the whole surface: it opens a database and answers in the domain's types. Nothing here
//! knows HTTP statuses or JSON on the wire. SQL is written once, in the part of SQL that both
//! databases read alike, and the conformance tests run on both.

#[macro_use]
mod statement;

mod applications;
mod assignments;
mod audit;
mod changes;
mod commit;
mod credentials;
mod db;
mod deleted;
mod error;
mod federated_credentials;
mod fill_in;
mod folded;
mod forgetting;
mod instance;
mod key_credentials;
mod known_devices;
mod migrate;
mod names;
mod nodes;
mod open;
mod owners;
mod passkey_challenges;
mod passkeys;
mod passwords;
mod people;
mod permission_grants;
mod platform;
mod recent_uses;
mod recovery_codes;
mod revocations;
mod role_members;
mod row;
mod selection;
mod service_principals;
mod sessions;
mod setup_links;
mod sign_in_failures;
mod sign_ins;
mod signing_keys;
mod tags;
mod tenant_sizes;
mod tenants;
mod turns;
mod used_assertions;
mod user_credentials;
mod users;
mod values;
mod view;

pub use changes::CHANGES_KEPT;
pub use commit::DirectoryChange;
pub use credentials::CredentialEnd;
pub use db::Db;
pub use error::StoreError;
pub use people::SignInAccount;
pub use tenant_sizes::TenantSize;
pub use view::{
    ApplicationRecord, AssignmentRecord, AssignmentsOf, ClientActivity, DirectoryObject,
    ExpiringCredential, LastUse, ServicePrincipalRecord, SignInCount, SignInMeans, SignInRecord,
    StoredAuditRecord, UriHolder, UseOf, View,
};
