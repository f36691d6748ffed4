//! Every test of this folder runs twice: `on_sqlite` and `on_postgres`.

mod applications;
mod assignments;
mod changes;
mod commit;
mod damage;
mod deleted;
mod federated_credentials;
mod key_credentials;
mod names;
mod open;
mod passwords;
mod platform;
mod reach;
mod script;
mod selections;
mod sign_ins;
mod signing_keys;
mod tenants;
mod turns;
mod upgrade;
mod used_assertions;
mod users;
mod view;
