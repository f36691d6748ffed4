//! Rules of an application as a whole. Every property is judged at every change, whichever was
//! sent: what is valid together is not always valid one by one.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;

use super::{REPEATED, RESOURCE, identifier_uri};
use crate::directory::rules::{self, Check};
use crate::directory::{
    AppRole, Application, Manifest, MemberType, PermissionScope, SignInAudience, TokenVersion,
};
use crate::graph::body::Context;
use crate::graph::body::object::{invalid, missing};
use crate::graph::error::GraphError;
use crate::ids::AppRoleId;

/// Entries in all collections together.
const ENTRIES_MAX: usize = 1_200;

/// Redirect URIs over all platforms.
pub(super) const REDIRECT_URIS_MAX: usize = 256;

/// Resources that an application asks something of.
const RESOURCES_MAX: usize = 50;

/// Permissions that an application asks for.
const PERMISSIONS_MAX: usize = 400;

/// Bytes of an application as it is stored: a page holds up to 999 of them.
const BYTES_MAX: usize = 256 * 1024;

/// Checks an application; `old` is what it was. `entries`: those of its collections with its
/// credentials.
pub(super) fn check(
    application: &Application,
    old: Option<&Application>,
    entries: usize,
    context: &Context<'_>,
) -> Result<(), GraphError> {
    // First, because what follows compares entries with each other.
    check_limits(application, old, entries)?;
    check_texts(application)?;
    check_manifest(&application.manifest)?;
    check_roles(application, old)?;
    check_scopes(application, old)?;
    check_audience(application)?;
    identifier_uri::check(application, old, context)
}

/// Entries in the collections of an application, its credentials left out.
pub(super) fn count_entries(application: &Application) -> usize {
    let Manifest {
        tags,
        api,
        web,
        spa,
        public_client,
        required_resource_access,
        optional_claims,
        ..
    } = &application.manifest;
    let pre_authorized = api.pre_authorized_applications.iter();
    let asked = required_resource_access.iter();
    [
        application.identifier_uris.len(),
        application.app_roles.len(),
        tags.len(),
        api.known_client_applications.len(),
        api.oauth2_permission_scopes.len(),
        pre_authorized
            .map(|client| 1 + client.delegated_permission_ids.len())
            .sum(),
        web.redirect_uris.len(),
        spa.redirect_uris.len(),
        public_client.redirect_uris.len(),
        asked.map(|asked| 1 + asked.resource_access.len()).sum(),
        optional_claims.access_token.len(),
        optional_claims.id_token.len(),
        optional_claims.saml2_token.len(),
    ]
    .iter()
    .sum()
}

fn rule<'t>(
    name: &str,
    rule: Check,
    texts: impl IntoIterator<Item = &'t String>,
) -> Result<(), GraphError> {
    let refused = |reason| invalid(name, RESOURCE, reason);
    texts
        .into_iter()
        .try_for_each(|text| rule(text).map_err(refused))
}

fn check_texts(application: &Application) -> Result<(), GraphError> {
    let manifest = &application.manifest;
    rule("displayName", rules::name, [&application.display_name])?;
    rule("description", rules::prose, &manifest.description)?;
    rule("notes", rules::prose, &manifest.notes)?;
    rule("uniqueName", rules::word, &manifest.unique_name)?;
    let claims = &manifest.group_membership_claims;
    rule("groupMembershipClaims", rules::word, claims)?;
    rule("tags", rules::word, &manifest.tags)?;
    let uris = &application.identifier_uris;
    rule("identifierUris", rules::identifier_uri, uris)
}

fn check_manifest(manifest: &Manifest) -> Result<(), GraphError> {
    let (web, info) = (&manifest.web, &manifest.info);
    rule("web/redirectUris", rules::redirect_uri, &web.redirect_uris)?;
    let settings = web.redirect_uri_settings.iter();
    let settings = settings.map(|setting| &setting.uri);
    rule("web/redirectUriSettings", rules::redirect_uri, settings)?;
    let spa = &manifest.spa.redirect_uris;
    rule("spa/redirectUris", rules::redirect_uri, spa)?;
    let native = &manifest.public_client.redirect_uris;
    let name = "publicClient/redirectUris";
    rule(name, rules::native_redirect_uri, native)?;
    rule("web/homePageUrl", rules::page, &web.home_page_url)?;
    rule("web/logoutUrl", rules::page, &web.logout_url)?;
    for (name, page) in [
        ("info/termsOfServiceUrl", &info.terms_of_service_url),
        ("info/supportUrl", &info.support_url),
        ("info/privacyStatementUrl", &info.privacy_statement_url),
        ("info/marketingUrl", &info.marketing_url),
        ("info/logoUrl", &info.logo_url),
    ] {
        rule(name, rules::page, page)?;
    }
    let claims = &manifest.optional_claims;
    for claim in [&claims.access_token, &claims.id_token, &claims.saml2_token]
        .into_iter()
        .flatten()
    {
        rule("optionalClaims/name", rules::word, [&claim.name])?;
        rule("optionalClaims/source", rules::word, &claim.source)?;
        let more = &claim.additional_properties;
        rule("optionalClaims/additionalProperties", rules::word, more)?;
    }
    Ok(())
}

fn check_roles(application: &Application, old: Option<&Application>) -> Result<(), GraphError> {
    let roles = &application.app_roles;
    for role in roles {
        if role.id == AppRoleId::DEFAULT_ACCESS {
            let reason = "is all zeros, which means default access; choose another";
            return Err(invalid("appRoles/id", RESOURCE, reason));
        }
        if role.allowed_member_types.is_empty() {
            let reason = "names nobody; write Application, User or both";
            return Err(invalid("appRoles/allowedMemberTypes", RESOURCE, reason));
        }
        rule("appRoles/value", rules::role_value, &role.value)?;
        rule("appRoles/displayName", rules::name, &role.display_name)?;
        rule("appRoles/description", rules::prose, &role.description)?;
    }
    refuse_repeated(roles.iter().map(|role| role.id))?;
    refuse_repeated(values(roles.iter().map(|role| &role.value)))?;
    let by_id: HashMap<_, _> = roles.iter().map(|role| (role.id, role)).collect();
    let means_the_same = |new: &AppRole, old: &AppRole| {
        let names = |role: &AppRole, member| role.allowed_member_types.contains(&member);
        let is_same = |member| names(new, member) == names(old, member);
        new.value == old.value && is_same(MemberType::Application) && is_same(MemberType::User)
    };
    let may_change = |old: &AppRole| {
        let new = by_id.get(&old.id);
        !old.is_enabled || new.is_some_and(|new| means_the_same(new, old))
    };
    let old_roles = old.map_or(&[][..], |old| &old.app_roles);
    refuse_enabled(old_roles.iter().all(may_change))
}

fn check_scopes(application: &Application, old: Option<&Application>) -> Result<(), GraphError> {
    let scopes = &application.manifest.api.oauth2_permission_scopes;
    let name = |member: &str| format!("api/oauth2PermissionScopes/{member}");
    for scope in scopes {
        if scope.id.is_none() {
            return Err(missing(&name("id"), RESOURCE));
        }
        let kind = scope.kind.as_deref();
        if kind.is_some_and(|kind| !matches!(kind, "User" | "Admin")) {
            return Err(invalid(&name("type"), RESOURCE, "must be User or Admin"));
        }
        let PermissionScope {
            value,
            admin_consent_display_name,
            admin_consent_description,
            user_consent_display_name,
            user_consent_description,
            ..
        } = scope;
        rule(&name("value"), rules::role_value, value)?;
        let shown = &name("adminConsentDisplayName");
        rule(shown, rules::name, admin_consent_display_name)?;
        let shown = &name("adminConsentDescription");
        rule(shown, rules::prose, admin_consent_description)?;
        let shown = &name("userConsentDisplayName");
        rule(shown, rules::name, user_consent_display_name)?;
        let shown = &name("userConsentDescription");
        rule(shown, rules::prose, user_consent_description)?;
    }
    refuse_repeated(scopes.iter().map(|scope| scope.id))?;
    refuse_repeated(values(scopes.iter().map(|scope| &scope.value)))?;
    let by_id: HashMap<_, _> = scopes.iter().map(|scope| (scope.id, scope)).collect();
    let may_change = |old: &PermissionScope| {
        let new = by_id.get(&old.id);
        !old.is_enabled || new.is_some_and(|new| new.value == old.value && new.kind == old.kind)
    };
    let old_scopes = old.map_or(&[][..], |old| &old.manifest.api.oauth2_permission_scopes);
    refuse_enabled(old_scopes.iter().all(may_change))
}

/// Tokens with the old meaning are still about while a permission is enabled. Terraform looks for
/// this sentence and disables first.
fn refuse_enabled(is_allowed: bool) -> Result<(), GraphError> {
    if is_allowed {
        return Ok(());
    }
    Err(GraphError::new(
        400,
        "CannotDeleteOrUpdateEnabledEntitlement",
        "Permission (scope or role) cannot be deleted or updated unless disabled first.",
    ))
}

/// Values that letter case does not tell apart, as one.
fn values<'a>(values: impl Iterator<Item = &'a Option<String>>) -> impl Iterator<Item = String> {
    values.flatten().map(|value| value.to_ascii_lowercase())
}

fn refuse_repeated<T: Eq + Hash>(mut values: impl Iterator<Item = T>) -> Result<(), GraphError> {
    let mut seen = HashSet::new();
    match values.all(|value| seen.insert(value)) {
        true => Ok(()),
        false => Err(GraphError::bad_request(REPEATED)),
    }
}

fn check_audience(application: &Application) -> Result<(), GraphError> {
    let takes_personal_accounts = matches!(
        application.sign_in_audience,
        SignInAudience::AzureADandPersonalMicrosoftAccount
            | SignInAudience::PersonalMicrosoftAccount
    );
    if takes_personal_accounts && application.token_version() != TokenVersion::V2 {
        return Err(GraphError::bad_request(
            "Property api.requestedAccessTokenVersion is invalid. With this signInAudience it has \
             to be 2.",
        ));
    }
    Ok(())
}

/// A limit stops growth: an application that came another way and is over it can still be changed.
fn check_limits(
    application: &Application,
    old: Option<&Application>,
    entries: usize,
) -> Result<(), GraphError> {
    let refused = |count: usize, max: usize, what: &str| {
        Err(GraphError::bad_request(format!(
            "The application would have {count} {what}, and at most {max} are allowed."
        )))
    };
    let new = Counts::of(application);
    let before = old.map(Counts::of).unwrap_or_default();
    for (new, before, max, what) in [
        (
            new.redirect_uris,
            before.redirect_uris,
            REDIRECT_URIS_MAX,
            "redirect URIs",
        ),
        (
            new.resources,
            before.resources,
            RESOURCES_MAX,
            "resources in requiredResourceAccess",
        ),
        (
            new.permissions,
            before.permissions,
            PERMISSIONS_MAX,
            "permissions in requiredResourceAccess",
        ),
    ] {
        if new > max && new > before {
            return refused(new, max, what);
        }
    }
    let grows = old.is_none_or(|old| count_entries(application) >= count_entries(old));
    if entries > ENTRIES_MAX && grows {
        return refused(entries, ENTRIES_MAX, "entries in all collections");
    }
    let bytes = size(application);
    if bytes > BYTES_MAX && old.is_none_or(|old| bytes > size(old)) {
        return refused(bytes, BYTES_MAX, "bytes");
    }
    Ok(())
}

/// Bytes of what an application is made of, its credentials left out.
fn size(application: &Application) -> usize {
    let parts = (
        &application.manifest,
        &application.app_roles,
        &application.identifier_uris,
    );
    // What cannot be written cannot be stored either, and the store says so.
    serde_json::to_vec(&parts).map_or(0, |bytes| bytes.len())
}

#[derive(Default)]
struct Counts {
    redirect_uris: usize,
    resources: usize,
    permissions: usize,
}

impl Counts {
    fn of(application: &Application) -> Self {
        let Manifest {
            web,
            spa,
            public_client,
            required_resource_access: asked,
            ..
        } = &application.manifest;
        Self {
            redirect_uris: web.redirect_uris.len()
                + spa.redirect_uris.len()
                + public_client.redirect_uris.len(),
            resources: asked.len(),
            permissions: asked.iter().map(|asked| asked.resource_access.len()).sum(),
        }
    }
}
