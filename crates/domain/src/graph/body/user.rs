use serde_json::{Map, Value};

use super::Context;
use super::fields::{set, set_text, take_unchanged};
use super::object::{Given, Members, invalid};
use crate::directory::rules::{Check, name, user_principal_name, word};
use crate::directory::{Domain, Tenant, User};
use crate::graph::error::GraphError;
use crate::graph::wire::{self, Object};
use crate::ids::UserId;

const RESOURCE: &str = "User";

/// The message where another user has the sign-in name already.
pub const USER_PRINCIPAL_NAME_TAKEN: &str =
    "Another object with the same value for property userPrincipalName already exists.";

/// Reads a user to be added. Whether the sign-in name is free is for the caller to see.
pub fn new_user(body: Object, context: &Context<'_>) -> Result<User, GraphError> {
    let mut members = Members::new(body, RESOURCE);
    let user = User {
        id: UserId::random(context.random),
        tenant_id: context.tenant.id,
        user_principal_name: members.required("userPrincipalName")?,
        display_name: members.required("displayName")?,
        given_name: None,
        surname: None,
        mail: None,
        job_title: None,
        account_enabled: true,
        created_at: context.now,
    };
    check_principal_name(&user.user_principal_name, context.tenant)?;
    check("displayName", &user.display_name, name)?;
    let user = changed(&mut members, user)?;
    take_unchanged(&mut members, &wire::user(&user))?;
    Ok(user)
}

/// Reads a change of a user. Whether a new sign-in name is free is for the caller to see.
pub fn change_user(body: Object, current: &User, tenant: &Tenant) -> Result<User, GraphError> {
    let mut members = Members::new(body, RESOURCE);
    let mut user = current.clone();
    let principal_name = &mut user.user_principal_name;
    set(&mut members, "userPrincipalName", RESOURCE, principal_name)?;
    if user.user_principal_name != current.user_principal_name {
        check_principal_name(&user.user_principal_name, tenant)?;
    }
    set(
        &mut members,
        "displayName",
        RESOURCE,
        &mut user.display_name,
    )?;
    check("displayName", &user.display_name, name)?;
    let user = changed(&mut members, user)?;
    take_unchanged(&mut members, &wire::user(current))?;
    Ok(user)
}

/// What can be set at any time.
fn changed(members: &mut Members, mut user: User) -> Result<User, GraphError> {
    let enabled = &mut user.account_enabled;
    set(members, "accountEnabled", RESOURCE, enabled)?;
    set_text(members, "givenName", RESOURCE, &mut user.given_name, word)?;
    set_text(members, "surname", RESOURCE, &mut user.surname, word)?;
    set_text(members, "mail", RESOURCE, &mut user.mail, word)?;
    set_text(members, "jobTitle", RESOURCE, &mut user.job_title, word)?;
    take_sign_in(members)?;
    Ok(user)
}

/// Clients must send these. A password that somebody else has chosen is not kept: whoever is to sign
/// in gets a setup link, and chooses. The nickname follows from the sign-in name.
fn take_sign_in(members: &mut Members) -> Result<(), GraphError> {
    let _: Given<String> = members.read("mailNickname")?;
    let _: Given<Map<String, Value>> = members.read("passwordProfile")?;
    let _: Given<String> = members.read("passwordPolicies")?;
    Ok(())
}

fn check(name: &str, text: &str, rule: Check) -> Result<(), GraphError> {
    rule(text).map_err(|reason| invalid(name, RESOURCE, reason))
}

fn check_principal_name(text: &str, tenant: &Tenant) -> Result<(), GraphError> {
    check("userPrincipalName", text, user_principal_name)?;
    let domain = text.rsplit('@').next().unwrap_or_default();
    let is_own = |known: &Domain| known.as_str().eq_ignore_ascii_case(domain);
    match tenant.domains.iter().any(is_own) {
        true => Ok(()),
        false => Err(GraphError::bad_request(
            "The domain portion of the userPrincipalName property is invalid. You must use one of \
             the verified domain names in your organization.",
        )),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::graph::body::fixtures::context;
    use crate::graph::wire::object;

    fn new(body: Value) -> Result<User, String> {
        new_user(object(body), &context()).map_err(|error| error.message)
    }

    /// The example of the original's documentation.
    fn body() -> Value {
        json!({
            "accountEnabled": true,
            "displayName": "Adele Vance",
            "mailNickname": "AdeleV",
            "userPrincipalName": "AdeleV@Contoso.example",
            "passwordProfile": {
                "forceChangePasswordNextSignIn": true,
                "password": "never kept",
            },
        })
    }

    fn with(name: &str, value: Value) -> Result<User, String> {
        let mut body = body();
        body[name] = value;
        new(body)
    }

    #[test]
    fn nothing_is_kept_of_a_password() {
        let user = new(body()).expect("a user");
        assert_eq!(user.user_principal_name, "AdeleV@Contoso.example");
        assert!(!format!("{user:?}").contains("never kept"));
        let error = with("passwordProfile", json!("a secret")).expect_err("no object");
        assert!(!error.contains("a secret"), "{error}");
    }

    #[test]
    fn the_domain_is_one_of_the_tenants() {
        let error = with("userPrincipalName", json!("a@fabrikam.example")).expect_err("another's");
        assert!(error.starts_with("The domain portion"), "{error}");
        for name in [
            "",
            "a",
            "@contoso.example",
            "a@b@contoso.example",
            "ä@contoso.example",
        ] {
            assert!(with("userPrincipalName", json!(name)).is_err(), "{name}");
        }
    }

    #[test]
    fn what_cannot_be_set_is_refused() {
        for (name, value) in [
            ("displayName", Value::Null),
            ("displayName", json!("")),
            ("displayName", json!("a\nb")),
            ("accountEnabled", json!("true")),
            ("accountEnabled", Value::Null),
            ("id", json!("00000000-0000-0000-0000-000000000001")),
            ("userType", json!("Guest")),
            ("department", json!("Sales")),
            ("mail", json!("a".repeat(257))),
            ("xyz", Value::Null),
        ] {
            assert!(with(name, value.clone()).is_err(), "{name} {value}");
        }
        assert!(with("department", Value::Null).is_ok());
        assert!(with("businessPhones", json!([])).is_ok());
    }

    #[test]
    fn a_change_leaves_what_it_does_not_name() {
        let user = with("jobTitle", json!("Clerk")).expect("a user");
        let change = |body: Value| {
            change_user(object(body), &user, context().tenant).map_err(|error| error.message)
        };
        assert_eq!(change(json!({})), Ok(user.clone()));
        let changed = change(json!({"givenName": "Adele", "jobTitle": null, "id": user.id}));
        let expected = User {
            given_name: Some("Adele".into()),
            job_title: None,
            ..user.clone()
        };
        assert_eq!(changed, Ok(expected));
        assert!(change(json!({"userPrincipalName": "a@fabrikam.example"})).is_err());
        assert!(change(json!({"displayName": null})).is_err());
        assert!(change(json!({"createdDateTime": "2020-01-01T00:00:00Z"})).is_err());
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(
            name in "userPrincipalName|displayName|mail|passwordProfile",
            text in "\\PC{0,80}",
        ) {
            let _ = with(&name, text.into());
        }
    }
}
