use super::Context;
use super::fields::take_unchanged;
use super::object::{Given, Members, invalid, missing};
use crate::directory::PermissionGrant;
use crate::directory::rules::role_value;
use crate::graph::error::GraphError;
use crate::graph::wire::{Object, permission_grant};
use crate::ids::{PermissionGrantId, UserId};

const RESOURCE: &str = "OAuth2PermissionGrant";

/// Characters of a grant's scopes.
pub const SCOPE_LENGTH_MAX: usize = 3_850;

/// The message where the client has a grant on the resource already, for the same people.
pub const PERMISSION_GRANT_EXISTS: &str = "Permission entry already exists.";

/// Reads a grant of delegated permissions to be added. Whether its three sides exist is for the
/// caller to see.
pub fn new_permission_grant(
    body: Object,
    context: &Context<'_>,
) -> Result<PermissionGrant, GraphError> {
    let mut members = Members::new(body, RESOURCE);
    let client_id = members.required("clientId")?;
    let resource_id = members.required("resourceId")?;
    let consent_type: String = members.required("consentType")?;
    let user: Option<UserId> = members.read("principalId")?.value();
    let scope: Option<String> = members.read("scope")?.value();
    // Older clients send dates, which the original ignores too.
    members.take("startTime");
    members.take("expiryTime");
    members.finish()?;
    let principal_id = match (consent_type.as_str(), user) {
        ("AllPrincipals", None) => None,
        ("Principal", Some(user)) => Some(user),
        ("Principal", None) => return Err(missing("principalId", RESOURCE)),
        ("AllPrincipals", Some(_)) => {
            let reason = "must be null where consentType is AllPrincipals";
            return Err(invalid("principalId", RESOURCE, reason));
        }
        _ => {
            let reason = "is not one of AllPrincipals and Principal";
            return Err(invalid("consentType", RESOURCE, reason));
        }
    };
    Ok(PermissionGrant {
        id: PermissionGrantId::random(context.random),
        tenant_id: context.tenant.id,
        client_id,
        principal_id,
        resource_id,
        scope: scopes(&scope.unwrap_or_default())?,
    })
}

/// Reads a change of a grant: only its scopes can be replaced.
pub fn change_permission_grant(
    body: Object,
    current: &PermissionGrant,
) -> Result<PermissionGrant, GraphError> {
    let mut members = Members::new(body, RESOURCE);
    let scope: Given<String> = members.read("scope")?;
    members.take("startTime");
    members.take("expiryTime");
    take_unchanged(&mut members, &permission_grant(current))?;
    let scope = match scope {
        Given::Absent => current.scope.clone(),
        Given::Null => String::new(),
        Given::Value(scope) => scopes(&scope)?,
    };
    Ok(PermissionGrant {
        scope,
        ..current.clone()
    })
}

/// Values with single blanks between them, each once.
fn scopes(text: &str) -> Result<String, GraphError> {
    if text.chars().count() > SCOPE_LENGTH_MAX {
        let reason = format!("is longer than {SCOPE_LENGTH_MAX} characters");
        return Err(invalid("scope", RESOURCE, reason));
    }
    let mut values: Vec<&str> = Vec::new();
    for value in text.split(' ').filter(|value| !value.is_empty()) {
        role_value(value)
            .map_err(|reason| invalid("scope", RESOURCE, format!("has a scope that {reason}")))?;
        if !values.contains(&value) {
            values.push(value);
        }
    }
    Ok(values.join(" "))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};
    use uuid::Uuid;

    use super::*;
    use crate::graph::body::fixtures::context;
    use crate::graph::wire::object;

    fn new(body: Value) -> Result<PermissionGrant, String> {
        new_permission_grant(object(body), &context()).map_err(|error| error.message)
    }

    /// What Azure CLI sends for `az ad app permission grant`.
    fn body() -> Value {
        json!({
            "clientId": Uuid::from_u128(1),
            "consentType": "AllPrincipals",
            "principalId": null,
            "resourceId": Uuid::from_u128(2),
            "scope": "User.Read  openid User.Read",
        })
    }

    #[test]
    fn a_grant_holds_for_all_or_for_one() {
        let grant = new(body()).expect("a grant");
        assert_eq!(grant.scope, "User.Read openid");
        assert_eq!(grant.principal_id, None);
        let with = |consent_type: &str, user: Value| {
            let mut body = body();
            body["consentType"] = consent_type.into();
            body["principalId"] = user;
            new(body).map(|grant| grant.principal_id)
        };
        let user = UserId::new(Uuid::from_u128(3));
        assert_eq!(with("Principal", json!(user)), Ok(Some(user)));
        for (consent_type, user) in [
            ("Principal", Value::Null),
            ("AllPrincipals", json!(user)),
            ("Everybody", Value::Null),
        ] {
            assert!(with(consent_type, user).is_err(), "{consent_type}");
        }
    }

    #[test]
    fn only_the_scopes_change() {
        let grant = new(body()).expect("a grant");
        let change = |body: Value| {
            change_permission_grant(object(body), &grant)
                .map(|grant| grant.scope)
                .map_err(|error| error.message)
        };
        assert_eq!(change(json!({"scope": "a"})), Ok("a".into()));
        assert_eq!(change(json!({"scope": null})), Ok(String::new()));
        assert_eq!(change(json!({})), Ok(grant.scope.clone()));
        assert_eq!(
            change(json!({"clientId": grant.client_id, "consentType": "AllPrincipals"})),
            Ok(grant.scope.clone())
        );
        assert_eq!(
            change(json!({"consentType": "Principal"})),
            Err("Property 'consentType' is read-only and cannot be set.".into())
        );
        for scope in [".default", "a\tb", "ä", &"a ".repeat(2_000)] {
            assert!(change(json!({"scope": scope})).is_err(), "{scope}");
        }
    }

    proptest! {
        #[test]
        fn no_scope_makes_it_panic(scope in "\\PC{0,80}") {
            let mut body = body();
            body["scope"] = scope.into();
            let _ = new(body);
        }
    }
}
