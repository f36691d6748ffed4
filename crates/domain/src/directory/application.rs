use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::AssertionPolicy;
use crate::clock::Timestamp;
use crate::ids::{AppId, AppRoleId, ApplicationId, TenantId};

/// An app registration, owned by its home tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Application {
    /// The object id.
    pub id: ApplicationId,
    /// The home tenant.
    pub tenant_id: TenantId,
    /// The client id.
    pub app_id: AppId,
    /// What people call it.
    pub display_name: String,
    /// Which tenants may use it.
    pub sign_in_audience: SignInAudience,
    /// App ID URIs, as written by their owner.
    pub identifier_uris: Vec<String>,
    /// Roles that this application, as a resource, defines.
    pub app_roles: Vec<AppRole>,
    /// `api.requestedAccessTokenVersion`: the token version that this application, as a resource,
    /// takes. Unset means v1.0.
    pub requested_access_token_version: Option<TokenVersion>,
    /// A public client has no place to keep a secret, so none is accepted from it.
    pub is_fallback_public_client: bool,
    /// A disabled application gets no tokens in any tenant.
    pub is_disabled: bool,
    /// Lifetime of access tokens for this resource; unset means one hour.
    pub access_token_lifetime: Option<TokenLifetime>,
    /// What access tokens for this resource are signed with.
    pub access_token_signing_algorithm: SigningAlgorithm,
    /// What is asked of assertions that this application signs.
    pub assertion_policy: AssertionPolicy,
    /// The properties that no token request reads, except `optional_claims`.
    pub manifest: Manifest,
    /// When it was registered.
    pub created_at: Timestamp,
    /// When it was deleted; it can be restored for a time.
    pub deleted_at: Option<Timestamp>,
}

impl Application {
    /// The version of access tokens for this resource.
    pub fn token_version(&self) -> TokenVersion {
        self.requested_access_token_version
            .unwrap_or(TokenVersion::V1)
    }

    /// Whether an optional claim of access tokens is asked for, e.g. `idtyp`.
    pub fn access_token_claim(&self, name: &str) -> Option<&OptionalClaim> {
        self.manifest
            .optional_claims
            .access_token
            .iter()
            .find(|claim| claim.name == name)
    }

    /// Every name under which a client may ask for this resource: its URIs and its client id.
    pub fn service_principal_names(&self) -> impl Iterator<Item = String> {
        self.identifier_uris
            .iter()
            .cloned()
            .chain([self.app_id.to_string()])
    }
}

/// Which tenants may use an application.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum SignInAudience {
    /// The home tenant only.
    #[default]
    AzureADMyOrg,
    /// Every tenant.
    AzureADMultipleOrgs,
    /// Every tenant and personal accounts; here the same as every tenant.
    AzureADandPersonalMicrosoftAccount,
    /// Personal accounts; such an application gets no app-only tokens in other tenants.
    PersonalMicrosoftAccount,
}

impl SignInAudience {
    /// Whether tenants other than the home tenant may use the application.
    pub fn is_multi_tenant(self) -> bool {
        matches!(
            self,
            Self::AzureADMultipleOrgs | Self::AzureADandPersonalMicrosoftAccount
        )
    }

    /// The name on the wire and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AzureADMyOrg => "AzureADMyOrg",
            Self::AzureADMultipleOrgs => "AzureADMultipleOrgs",
            Self::AzureADandPersonalMicrosoftAccount => "AzureADandPersonalMicrosoftAccount",
            Self::PersonalMicrosoftAccount => "PersonalMicrosoftAccount",
        }
    }
}

/// A stored or written word that is not one of its kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown value {0:?}")]
pub struct UnknownWord(pub String);

impl FromStr for SignInAudience {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        [
            Self::AzureADMyOrg,
            Self::AzureADMultipleOrgs,
            Self::AzureADandPersonalMicrosoftAccount,
            Self::PersonalMicrosoftAccount,
        ]
        .into_iter()
        .find(|audience| audience.as_str() == text)
        .ok_or_else(|| UnknownWord(text.to_owned()))
    }
}

/// The version of an access token. The resource decides it, never the endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TokenVersion {
    /// `ver` = `1.0`.
    V1,
    /// `ver` = `2.0`.
    V2,
}

impl TokenVersion {
    /// 1 or 2, as in `requestedAccessTokenVersion`.
    pub fn number(self) -> i64 {
        match self {
            Self::V1 => 1,
            Self::V2 => 2,
        }
    }

    /// The version with this number.
    pub fn from_number(number: i64) -> Option<Self> {
        match number {
            1 => Some(Self::V1),
            2 => Some(Self::V2),
            _ => None,
        }
    }
}

impl Serialize for TokenVersion {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(self.number())
    }
}

impl<'de> Deserialize<'de> for TokenVersion {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::from_number(i64::deserialize(deserializer)?)
            .ok_or_else(|| serde::de::Error::custom("the access token version is 1, 2 or null"))
    }
}

/// How access tokens for a resource are signed. RS256 is what every validator takes; the others
/// are for resources that choose them, and cost the signer a thirtieth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum SigningAlgorithm {
    /// RSA 2048, PKCS#1 v1.5, SHA-256.
    #[default]
    #[serde(rename = "RS256")]
    Rs256,
    /// ECDSA on P-256, SHA-256.
    #[serde(rename = "ES256")]
    Es256,
    /// Ed25519.
    #[serde(rename = "EdDSA")]
    EdDsa,
}

impl SigningAlgorithm {
    /// All of them; each has a signing key of its own.
    pub const ALL: [Self; 3] = [Self::Rs256, Self::Es256, Self::EdDsa];

    /// The JOSE name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
        }
    }
}

impl FromStr for SigningAlgorithm {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        Self::ALL
            .into_iter()
            .find(|algorithm| algorithm.as_str() == text)
            .ok_or_else(|| UnknownWord(text.to_owned()))
    }
}

/// A lifetime of access tokens: 10 minutes to 24 hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct TokenLifetime(u32);

/// The lifetime is too short or too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an access token lives 600 to 86400 seconds (10 minutes to 24 hours)")]
pub struct InvalidTokenLifetime;

impl TokenLifetime {
    /// One hour, as the original issues.
    pub const DEFAULT: Self = Self(3_600);

    /// The lifetime in seconds.
    pub const fn seconds(self) -> u32 {
        self.0
    }
}

impl TryFrom<u32> for TokenLifetime {
    type Error = InvalidTokenLifetime;

    fn try_from(seconds: u32) -> Result<Self, InvalidTokenLifetime> {
        if (600..=86_400).contains(&seconds) {
            Ok(Self(seconds))
        } else {
            Err(InvalidTokenLifetime)
        }
    }
}

impl From<TokenLifetime> for u32 {
    fn from(lifetime: TokenLifetime) -> Self {
        lifetime.0
    }
}

/// An app role: for applications, an *application permission*.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AppRole {
    /// Unique within the application.
    pub id: AppRoleId,
    /// What the `roles` claim says; a role without a value grants nothing a token can show.
    #[serde(default)]
    pub value: Option<String>,
    /// Its name on the consent page.
    #[serde(default)]
    pub display_name: Option<String>,
    /// What it allows, on the consent page.
    #[serde(default)]
    pub description: Option<String>,
    /// Who may be assigned.
    #[serde(default = "application_members")]
    pub allowed_member_types: Vec<MemberType>,
    /// A disabled role is no longer issued.
    #[serde(default = "enabled")]
    pub is_enabled: bool,
}

impl AppRole {
    /// The value that a service principal with this role gets in `roles`, if it gets one.
    pub fn application_value(&self) -> Option<&str> {
        let is_issued =
            self.is_enabled && self.allowed_member_types.contains(&MemberType::Application);
        self.value
            .as_deref()
            .filter(|value| is_issued && !value.is_empty())
    }
}

fn application_members() -> Vec<MemberType> {
    vec![MemberType::Application]
}

fn enabled() -> bool {
    true
}

/// Who may be assigned an app role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum MemberType {
    /// Service principals.
    Application,
    /// Users and groups.
    User,
}

impl fmt::Display for SigningAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Properties of an application that are kept as they were written.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Manifest {
    /// Free text, up to 1,024 characters.
    pub description: Option<String>,
    /// Free text for its administrators.
    pub notes: Option<String>,
    /// An alternate key given by the client that made the application.
    pub unique_name: Option<String>,
    /// Words to sort by.
    pub tags: Vec<String>,
    /// The rest of `api`.
    pub api: Api,
    /// The web platform: redirect URIs of the consent page.
    pub web: Web,
    /// The single-page platform.
    pub spa: RedirectUris,
    /// The public-client platform.
    pub public_client: RedirectUris,
    /// Links shown on the consent page.
    pub info: Info,
    /// What the application *asks* for; only assignments *grant*.
    pub required_resource_access: Vec<RequiredResourceAccess>,
    /// Claims that this resource asks for in its tokens.
    pub optional_claims: OptionalClaims,
    /// Kept, not read.
    pub group_membership_claims: Option<String>,
    /// Which paths the redirect URIs stand for; no property of the original.
    #[serde(skip_serializing_if = "PathMatching::is_exact")]
    pub redirect_uri_matching: PathMatching,
}

/// Which paths of a registered redirect URI are its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum PathMatching {
    /// The registered path.
    #[default]
    Exact,
    /// Also segments below it, as the original allows on its v1.0 consent endpoint. Whoever can
    /// place a page anywhere below the path then gets the answer.
    SubPaths,
}

impl PathMatching {
    /// Serde takes a reference.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with one")]
    fn is_exact(&self) -> bool {
        *self == Self::Exact
    }
}

/// The part of `api` that no token request reads.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Api {
    /// Kept, not read.
    pub accept_mapped_claims: Option<bool>,
    /// Client applications that are consented to together with this one.
    pub known_client_applications: Vec<AppId>,
    /// Delegated permissions.
    pub oauth2_permission_scopes: Vec<PermissionScope>,
    /// Clients that need no consent for delegated permissions.
    pub pre_authorized_applications: Vec<PreAuthorizedApplication>,
}

/// A delegated permission.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[expect(
    missing_docs,
    reason = "the properties are Microsoft Graph's permissionScope"
)]
pub struct PermissionScope {
    pub id: Option<AppRoleId>,
    pub value: Option<String>,
    #[serde(rename = "type")]
    pub kind: Option<String>,
    pub is_enabled: bool,
    pub admin_consent_display_name: Option<String>,
    pub admin_consent_description: Option<String>,
    pub user_consent_display_name: Option<String>,
    pub user_consent_description: Option<String>,
}

/// A client that needs no consent for these delegated permissions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(
    missing_docs,
    reason = "the properties are Microsoft Graph's preAuthorizedApplication"
)]
pub struct PreAuthorizedApplication {
    pub app_id: AppId,
    #[serde(default)]
    pub delegated_permission_ids: Vec<AppRoleId>,
}

/// The web platform of an application.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Web {
    /// Where the consent page may send the browser back to.
    pub redirect_uris: Vec<String>,
    /// The application's own page.
    pub home_page_url: Option<String>,
    /// Where sign-out is announced.
    pub logout_url: Option<String>,
    /// The same URIs with their places.
    pub redirect_uri_settings: Vec<RedirectUriSetting>,
    /// Kept, not read.
    pub implicit_grant_settings: ImplicitGrantSettings,
}

/// A redirect URI and its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(
    missing_docs,
    reason = "the properties are Microsoft Graph's redirectUriSettings"
)]
pub struct RedirectUriSetting {
    pub uri: String,
    #[serde(default)]
    pub index: Option<i32>,
}

/// Kept, not read: this platform has no implicit grant.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[expect(
    missing_docs,
    reason = "the properties are Microsoft Graph's implicitGrantSettings"
)]
pub struct ImplicitGrantSettings {
    pub enable_access_token_issuance: bool,
    pub enable_id_token_issuance: bool,
}

/// Redirect URIs of a platform.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct RedirectUris {
    /// The URIs, exactly as they must be sent.
    pub redirect_uris: Vec<String>,
}

/// Links to the application's pages.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[expect(
    missing_docs,
    reason = "the properties are Microsoft Graph's informationalUrl"
)]
pub struct Info {
    pub terms_of_service_url: Option<String>,
    pub support_url: Option<String>,
    pub privacy_statement_url: Option<String>,
    pub marketing_url: Option<String>,
    pub logo_url: Option<String>,
}

/// Permissions of one resource that an application asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RequiredResourceAccess {
    /// The resource's client id.
    pub resource_app_id: AppId,
    /// The permissions.
    pub resource_access: Vec<ResourceAccess>,
}

/// One permission that an application asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResourceAccess {
    /// The id of the app role or scope.
    pub id: AppRoleId,
    /// Which of the two it is.
    #[serde(rename = "type")]
    pub kind: ResourceAccessType,
}

/// The kind of a permission.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ResourceAccessType {
    /// An application permission (an app role).
    Role,
    /// A delegated permission.
    Scope,
}

/// Claims that an application, as a resource, asks for.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[expect(
    missing_docs,
    reason = "the properties are Microsoft Graph's optionalClaims"
)]
pub struct OptionalClaims {
    pub access_token: Vec<OptionalClaim>,
    pub id_token: Vec<OptionalClaim>,
    pub saml2_token: Vec<OptionalClaim>,
}

/// One optional claim.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[expect(
    missing_docs,
    reason = "the properties are Microsoft Graph's optionalClaim"
)]
pub struct OptionalClaim {
    pub name: String,
    pub source: Option<String>,
    pub essential: bool,
    pub additional_properties: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_lives_ten_minutes_to_a_day() {
        for (seconds, allowed) in [(599, false), (600, true), (86_400, true), (86_401, false)] {
            assert_eq!(
                TokenLifetime::try_from(seconds).is_ok(),
                allowed,
                "{seconds}"
            );
        }
    }

    #[test]
    fn only_enabled_application_roles_reach_a_token() {
        let role = AppRole {
            id: AppRoleId::DEFAULT_ACCESS,
            value: Some("Orders.Read".into()),
            display_name: None,
            description: None,
            allowed_member_types: vec![MemberType::Application],
            is_enabled: true,
        };
        assert_eq!(role.application_value(), Some("Orders.Read"));
        let disabled = AppRole {
            is_enabled: false,
            ..role.clone()
        };
        assert_eq!(disabled.application_value(), None);
        let users = AppRole {
            allowed_member_types: vec![MemberType::User],
            ..role.clone()
        };
        assert_eq!(users.application_value(), None);
        assert_eq!(
            AppRole {
                value: Some(String::new()),
                ..role
            }
            .application_value(),
            None
        );
    }
}
