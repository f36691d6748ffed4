//! Whole objects as they are shown: what `$select` picks from, and what ETags are made of.

use countersign_domain::directory::{DeletedServicePrincipal, Tenant, User};
use countersign_domain::graph::policy::{self, Decision};
use countersign_domain::graph::route::Operation;
use countersign_domain::graph::wire::{
    self, ApplicationParts, Object as Members, ObjectType, ServicePrincipalParts,
};
use countersign_store::{ApplicationRecord, DirectoryObject, ServicePrincipalRecord};
use serde_json::Value;

use super::auth::Caller;

/// What `User.ReadBasic.All` shows of a user; the rest is null.
const BASIC: &[&str] = &[
    "id",
    "displayName",
    "givenName",
    "surname",
    "mail",
    "userPrincipalName",
];

/// What shows of a user without a permission to read users: whom an object belongs to.
const NAMED: &[&str] = &["id", "displayName"];

/// An application of this tenant.
pub(super) fn application(tenant: &Tenant, record: &ApplicationRecord, keys: bool) -> Members {
    wire::application(&ApplicationParts {
        application: &record.application,
        passwords: &record.passwords,
        keys: &record.keys,
        publisher_domain: tenant.domains.first(),
        shows_keys: keys,
    })
}

/// A service principal.
pub(super) fn service_principal(record: &ServicePrincipalRecord, keys: bool) -> Members {
    wire::service_principal(&ServicePrincipalParts {
        principal: &record.principal,
        application: &record.application,
        passwords: &record.passwords,
        keys: &record.keys,
        deleted_at: None,
        shows_keys: keys,
    })
}

/// A service principal that can be restored.
pub(super) fn deleted_principal(deleted: &DeletedServicePrincipal) -> Members {
    wire::service_principal(&ServicePrincipalParts {
        principal: &deleted.principal,
        application: &deleted.application,
        passwords: &[],
        keys: &[],
        deleted_at: Some(deleted.deleted_at),
        shows_keys: false,
    })
}

/// An object of whichever type, with its type.
pub(super) fn object(caller: &Caller, object: &DirectoryObject) -> Members {
    match object {
        DirectoryObject::Application(record) => wire::typed(
            ObjectType::Application,
            application(&caller.tenant, record, false),
        ),
        DirectoryObject::ServicePrincipal(record) => wire::typed(
            ObjectType::ServicePrincipal,
            service_principal(record, false),
        ),
        DirectoryObject::User(user) => wire::typed(ObjectType::User, default_user(caller, user)),
    }
}

/// A user, as far as the caller may read users.
pub(super) fn user(caller: &Caller, user: &User) -> Members {
    let mut shown = wire::user(user);
    let permissions = &caller.permissions;
    let reads_users = policy::check(Operation::GetUser, permissions) == Decision::Allowed;
    let visible = match policy::sees_full_profiles(permissions) {
        true => return shown,
        false if reads_users => BASIC,
        false => NAMED,
    };
    for (name, value) in &mut shown {
        if !visible.contains(&name.as_str()) && !value.is_array() {
            *value = Value::Null;
        }
    }
    shown
}

/// A user as lists without a `$select` show it.
fn default_user(caller: &Caller, of: &User) -> Members {
    let mut shown = user(caller, of);
    shown.retain(|name, _| wire::USER_DEFAULT.contains(&name.as_str()));
    shown
}
