//! Members of a body to properties of an application. Nothing is judged here but shapes.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::RESOURCE;
use super::check::REDIRECT_URIS_MAX;
use crate::directory::{
    AppRole, Application, PathMatching, PermissionScope, SignInAudience, TokenVersion, Web,
};
use crate::graph::body::object::{
    Given, Members, from_value, invalid, missing, read_only, unknown,
};
use crate::graph::error::GraphError;
use crate::graph::wire::{EXTENSIONS, Object};

/// Takes every property that can be set.
pub(super) fn apply(
    members: &mut Members,
    application: &mut Application,
) -> Result<(), GraphError> {
    match members.read("displayName")? {
        Given::Absent => {}
        Given::Null => return Err(missing("displayName", RESOURCE)),
        Given::Value(name) => application.display_name = name,
    }
    unique_name(members, application)?;
    let manifest = &mut application.manifest;
    text(members, "description", &mut manifest.description)?;
    text(members, "notes", &mut manifest.notes)?;
    let claims = &mut manifest.group_membership_claims;
    text(members, "groupMembershipClaims", claims)?;
    replace(members, "tags", &mut manifest.tags)?;
    let access = &mut manifest.required_resource_access;
    replace(members, "requiredResourceAccess", access)?;
    merge(members, "spa", &mut manifest.spa)?;
    merge(members, "publicClient", &mut manifest.public_client)?;
    merge(members, "info", &mut manifest.info)?;
    merge(members, "optionalClaims", &mut manifest.optional_claims)?;
    web(members, &mut manifest.web)?;
    api(members, application)?;
    extensions(members, application)?;
    app_roles(members, application)?;
    let audience: Given<SignInAudience> = members.read("signInAudience")?;
    replaced(audience, &mut application.sign_in_audience);
    replace(members, "identifierUris", &mut application.identifier_uris)?;
    let public = &mut application.is_fallback_public_client;
    replace(members, "isFallbackPublicClient", public)?;
    replace(members, "isDisabled", &mut application.is_disabled)?;
    clear_empty(application);
    Ok(())
}

/// An alternate key by which others know the application: set once.
fn unique_name(members: &mut Members, application: &mut Application) -> Result<(), GraphError> {
    let current = &mut application.manifest.unique_name;
    match (members.read::<String>("uniqueName")?, &current) {
        (Given::Absent, _) | (Given::Null, None) => {}
        (Given::Value(name), Some(current)) if name == **current => {}
        (Given::Value(name), None) => *current = Some(name),
        _ => return Err(read_only("uniqueName")),
    }
    Ok(())
}

fn api(members: &mut Members, application: &mut Application) -> Result<(), GraphError> {
    let mut given = members.read::<Object>("api")?;
    match &mut given {
        Given::Absent => {}
        Given::Null => application.requested_access_token_version = None,
        Given::Value(api) => {
            let name = "requestedAccessTokenVersion";
            match api.remove(name) {
                None => {}
                Some(Value::Null) => application.requested_access_token_version = None,
                Some(version) => {
                    let version = version.as_i64().and_then(TokenVersion::from_number);
                    let reason = "must be 1, 2 or null";
                    let refused = || invalid(&format!("api/{name}"), RESOURCE, reason);
                    let version = version.ok_or_else(refused)?;
                    application.requested_access_token_version = Some(version);
                }
            }
            if let Some(scopes) = api.get_mut("oauth2PermissionScopes") {
                strip_origin(scopes);
            }
        }
    }
    merge_given(given, "api", &mut application.manifest.api)
}

/// This platform's own settings: what is given is replaced, `null` is the default.
fn extensions(members: &mut Members, application: &mut Application) -> Result<(), GraphError> {
    let Given::Value(given) = members.read::<Object>(EXTENSIONS)? else {
        return Ok(());
    };
    for (name, value) in given {
        let path = format!("{EXTENSIONS}/{name}");
        match name.as_str() {
            "accessTokenLifetimeSeconds" => {
                let reason = "must be null or 600 to 86400 seconds";
                let lifetime = serde_json::from_value(value);
                application.access_token_lifetime =
                    lifetime.map_err(|_| invalid(&path, RESOURCE, reason))?;
            }
            "redirectUriMatching" => {
                let reason = "must be null, exact or subPaths";
                let matching: Option<PathMatching> =
                    serde_json::from_value(value).map_err(|_| invalid(&path, RESOURCE, reason))?;
                application.manifest.redirect_uri_matching = matching.unwrap_or_default();
            }
            _ => return Err(unknown(&path)),
        }
    }
    Ok(())
}

fn app_roles(members: &mut Members, application: &mut Application) -> Result<(), GraphError> {
    let mut given = members.take("appRoles");
    if let Given::Value(roles) = &mut given {
        strip_origin(roles);
    }
    match given {
        Given::Absent => {}
        Given::Null => application.app_roles.clear(),
        Given::Value(roles) => application.app_roles = from_value(roles, "appRoles", RESOURCE)?,
    }
    Ok(())
}

/// `origin` says where a role is defined, which is here: clients send back what they read.
fn strip_origin(entries: &mut Value) {
    let entries = entries.as_array_mut().into_iter().flatten();
    for entry in entries.filter_map(Value::as_object_mut) {
        let is_own = |origin: &Value| origin.is_null() || origin == "Application";
        if entry.get("origin").is_some_and(is_own) {
            entry.remove("origin");
        }
    }
}

/// The settings of redirect URIs name the same URIs again, so the two lists follow each other.
fn web(members: &mut Members, web: &mut Web) -> Result<(), GraphError> {
    let given = members.read::<Object>("web")?;
    let names = |name| matches!(&given, Given::Value(web) if web.contains_key(name));
    let (has_uris, has_settings) = (names("redirectUris"), names("redirectUriSettings"));
    merge_given(given, "web", web)?;
    if has_settings {
        if web.redirect_uri_settings.len() > REDIRECT_URIS_MAX {
            let reason = "has more than 256 entries";
            return Err(invalid("web/redirectUriSettings", RESOURCE, reason));
        }
        for setting in &web.redirect_uri_settings {
            if !web.redirect_uris.contains(&setting.uri) {
                web.redirect_uris.push(setting.uri.clone());
            }
        }
    } else if has_uris {
        let uris = &web.redirect_uris;
        web.redirect_uri_settings
            .retain(|setting| uris.contains(&setting.uri));
    }
    Ok(())
}

fn text(members: &mut Members, name: &str, current: &mut Option<String>) -> Result<(), GraphError> {
    *current = members.read(name)?.or_keep(current.take());
    Ok(())
}

fn replace<T: DeserializeOwned + Default>(
    members: &mut Members,
    name: &str,
    current: &mut T,
) -> Result<(), GraphError> {
    replaced(members.read(name)?, current);
    Ok(())
}

fn replaced<T: Default>(given: Given<T>, current: &mut T) {
    match given {
        Given::Absent => {}
        Given::Null => *current = T::default(),
        Given::Value(value) => *current = value,
    }
}

fn merge<T: Serialize + DeserializeOwned + Default>(
    members: &mut Members,
    name: &str,
    current: &mut T,
) -> Result<(), GraphError> {
    merge_given(members.read(name)?, name, current)
}

fn merge_given<T: Serialize + DeserializeOwned + Default>(
    given: Given<Object>,
    name: &str,
    current: &mut T,
) -> Result<(), GraphError> {
    // These types are made of texts, lists and objects with names: serde writes all of them.
    let value = |of: &T| serde_json::to_value(of).unwrap_or_default();
    let default = value(&T::default());
    let given = match given {
        Given::Absent => return Ok(()),
        Given::Null => {
            *current = T::default();
            return Ok(());
        }
        Given::Value(given) => given,
    };
    let mut merged = value(current);
    merge_members(&mut merged, given, &default, name)?;
    *current = match T::deserialize(&merged) {
        Ok(read) => read,
        Err(_) => return Err(blame::<T>(merged, &default, name)),
    };
    Ok(())
}

fn merge_members(
    current: &mut Value,
    given: Object,
    default: &Value,
    path: &str,
) -> Result<(), GraphError> {
    for (name, value) in given {
        let path = format!("{path}/{name}");
        let slot = current.get_mut(&name).ok_or_else(|| unknown(&path))?;
        let default = &default[&name];
        match value {
            Value::Null => *slot = default.clone(),
            Value::Object(inner) if slot.is_object() => {
                merge_members(slot, inner, default, &path)?;
            }
            value => *slot = value,
        }
    }
    Ok(())
}

/// Names the member that cannot be read.
fn blame<T: DeserializeOwned>(merged: Value, default: &Value, name: &str) -> GraphError {
    let Value::Object(merged) = merged else {
        return invalid(name, RESOURCE, "is of another kind than the property");
    };
    for (member, value) in merged {
        let mut probe = default.clone();
        probe[&member] = value;
        let path = format!("{name}/{member}");
        if let Err(error) = from_value::<T>(probe, &path, RESOURCE) {
            return error;
        }
    }
    invalid(name, RESOURCE, "is of another kind than the property")
}

/// An empty text says no more than none, and some clients clear a property with it.
fn clear_empty(application: &mut Application) {
    let Web {
        home_page_url,
        logout_url,
        ..
    } = &mut application.manifest.web;
    let info = &mut application.manifest.info;
    let pages = [
        home_page_url,
        logout_url,
        &mut info.terms_of_service_url,
        &mut info.support_url,
        &mut info.privacy_statement_url,
        &mut info.marketing_url,
        &mut info.logo_url,
    ];
    let of_role = |role: &'_ mut AppRole| clear_each([&mut role.value, &mut role.display_name]);
    application.app_roles.iter_mut().for_each(of_role);
    clear_each(pages);
    clear_each([&mut application.manifest.group_membership_claims]);
    let of_scope = |scope: &mut PermissionScope| {
        clear_each([
            &mut scope.value,
            &mut scope.kind,
            &mut scope.admin_consent_display_name,
            &mut scope.user_consent_display_name,
        ]);
    };
    let scopes = &mut application.manifest.api.oauth2_permission_scopes;
    scopes.iter_mut().for_each(of_scope);
}

fn clear_each<const N: usize>(texts: [&mut Option<String>; N]) {
    for text in texts {
        if text.as_deref() == Some("") {
            *text = None;
        }
    }
}
