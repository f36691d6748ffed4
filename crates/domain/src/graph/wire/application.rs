use serde::Serialize;
use serde_json::{Value, json};

use super::{Object, key_credential, object, optional, password_credential, time};
use crate::directory::{
    AppRole, Application, Domain, KeyCredential, OptionalClaims, PasswordCredential, PathMatching,
};

/// What an application object is made of.
#[derive(Debug, Clone, Copy)]
pub struct ApplicationParts<'a> {
    /// The registration.
    pub application: &'a Application,
    /// Its secrets; those of its instances are not shown.
    pub passwords: &'a [PasswordCredential],
    /// Its certificates; those of its instances are not shown.
    pub keys: &'a [KeyCredential],
    /// Its tenant's default domain.
    pub publisher_domain: Option<&'a Domain>,
    /// Whether a single object's `keyCredentials` were selected by name.
    pub shows_keys: bool,
}

/// An application.
pub fn application(parts: &ApplicationParts<'_>) -> Object {
    let mut shown = unsupported_properties();
    let own = own(parts);
    shown.extend(own);
    shown.extend(manifest(parts.application));
    let extensions = extensions(parts.application);
    if extensions.values().any(|value| !value.is_null()) {
        shown.insert(EXTENSIONS.to_owned(), Value::Object(extensions));
    }
    shown
}

/// The property under which this platform's own settings of an application stand, as in directory
/// files.
pub const EXTENSIONS: &str = "countersign";

/// This platform's own settings. An application that has none looks like one of the original's.
pub fn extensions(application: &Application) -> Object {
    let paths = application.manifest.redirect_uri_matching;
    let paths = (paths != PathMatching::default()).then_some(paths);
    object(json!({
        "accessTokenLifetimeSeconds": application.access_token_lifetime,
        "redirectUriMatching": paths,
    }))
}

/// What is the application's own and no part of its manifest.
fn own(parts: &ApplicationParts<'_>) -> Object {
    let application = parts.application;
    let passwords = parts.passwords.iter();
    let passwords = passwords.filter(|password| password.service_principal_id.is_none());
    let keys = parts.keys.iter();
    let keys = keys.filter(|key| key.service_principal_id.is_none());
    let keys = keys.map(|key| key_credential(key, parts.shows_keys));
    object(json!({
        "id": application.id,
        "appId": application.app_id,
        "displayName": application.display_name,
        "signInAudience": application.sign_in_audience,
        "identifierUris": application.identifier_uris,
        "appRoles": application.app_roles.iter().map(app_role).collect::<Vec<_>>(),
        "isFallbackPublicClient": application.is_fallback_public_client,
        "isDisabled": application.is_disabled.then_some(true),
        "createdDateTime": time(application.created_at),
        "deletedDateTime": optional(application.deleted_at.map(time)),
        "publisherDomain": parts.publisher_domain.map(Domain::as_str),
        "passwordCredentials": passwords.map(password_credential).collect::<Vec<_>>(),
        "keyCredentials": keys.collect::<Vec<_>>(),
    }))
}

fn manifest(application: &Application) -> Object {
    let mut manifest = object(plain(&application.manifest));
    // One of [`extensions`].
    manifest.remove("redirectUriMatching");
    if application.manifest.optional_claims == OptionalClaims::default() {
        manifest.insert("optionalClaims".to_owned(), Value::Null);
    }
    if let Some(Value::Object(api)) = manifest.get_mut("api") {
        let version = plain(&application.requested_access_token_version);
        api.insert("requestedAccessTokenVersion".to_owned(), version);
    }
    manifest
}

/// An app role, as an application and its service principals show it.
pub(super) fn app_role(role: &AppRole) -> Value {
    let mut shown = object(plain(role));
    shown.insert("origin".to_owned(), "Application".into());
    Value::Object(shown)
}

/// A value whose own form is already that of Microsoft Graph.
fn plain(value: &impl Serialize) -> Value {
    // Only maps with keys that are no texts cannot be written, and there are none.
    serde_json::to_value(value).unwrap_or_default()
}

/// What every application here shows, because this platform has no such thing.
pub(crate) fn unsupported_properties() -> Object {
    object(json!({
        "addIns": [],
        "applicationTemplateId": null,
        "authenticationBehaviors": null,
        "certification": null,
        "createdByAppId": null,
        "defaultRedirectUri": null,
        "disabledByMicrosoftStatus": null,
        "isDeviceOnlyAuthSupported": null,
        "managerApplications": null,
        "nativeAuthenticationApisEnabled": null,
        "oauth2RequirePostResponse": false,
        "parentalControlSettings": {
            "countriesBlockedForMinors": [],
            "legalAgeGroupRule": "Allow",
        },
        "requestSignatureVerification": null,
        "samlMetadataUrl": null,
        "serviceManagementReference": null,
        "servicePrincipalLockConfiguration": null,
        "tokenEncryptionKeyId": null,
        "verifiedPublisher": {
            "addedDateTime": null,
            "displayName": null,
            "verifiedPublisherId": null,
        },
    }))
}
