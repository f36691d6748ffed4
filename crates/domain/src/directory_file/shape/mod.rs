//! The document as types. Its text has been checked before (`schema`), so reading cannot fail on
//! a valid one.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::clock::Timestamp;
use crate::directory::{
    Api, Domain, Info, MemberType, OptionalClaims, PermissionScope, PreAuthorizedApplication,
    RedirectUris, RequiredResourceAccess, SignInAudience, SigningAlgorithm, TokenLifetime,
    TokenVersion, Web,
};
use crate::ids::{AppId, AppRoleId, ApplicationId, KeyId, ServicePrincipalId, TenantId, UserId};
use crate::secret::Secret;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct FileEntry {
    pub(super) tenants: Vec<TenantEntry>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct TenantEntry {
    pub(super) id: Option<TenantId>,
    pub(super) display_name: String,
    #[serde(
        default,
        serialize_with = "write_domains",
        deserialize_with = "read_domains"
    )]
    pub(super) domains: Vec<Domain>,
    pub(super) is_default: Option<bool>,
    #[serde(default)]
    pub(super) applications: Vec<ApplicationEntry>,
    #[serde(default)]
    pub(super) service_principals: Vec<ForeignEntry>,
    #[serde(default)]
    pub(super) users: Vec<UserEntry>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ApplicationEntry {
    pub(super) id: Option<ApplicationId>,
    pub(super) app_id: Option<AppId>,
    pub(super) display_name: String,
    pub(super) unique_name: Option<String>,
    pub(super) description: Option<String>,
    pub(super) notes: Option<String>,
    #[serde(default)]
    pub(super) tags: Vec<String>,
    #[serde(default)]
    pub(super) sign_in_audience: SignInAudience,
    #[serde(default)]
    pub(super) identifier_uris: Vec<String>,
    #[serde(default)]
    pub(super) app_roles: Vec<AppRoleEntry>,
    #[serde(default)]
    pub(super) api: ApiEntry,
    #[serde(default)]
    pub(super) is_fallback_public_client: bool,
    #[serde(default)]
    pub(super) is_disabled: bool,
    #[serde(default)]
    pub(super) web: Web,
    #[serde(default)]
    pub(super) spa: RedirectUris,
    #[serde(default)]
    pub(super) public_client: RedirectUris,
    #[serde(default)]
    pub(super) info: Info,
    #[serde(default)]
    pub(super) required_resource_access: Vec<RequiredResourceAccess>,
    #[serde(default)]
    pub(super) optional_claims: OptionalClaims,
    pub(super) group_membership_claims: Option<String>,
    #[serde(default)]
    pub(super) countersign: ExtensionsEntry,
    pub(super) password_credentials: Option<Vec<PasswordEntry>>,
    /// Left out, one with the defaults; `null`, none.
    #[serde(default = "default_service_principal")]
    pub(super) service_principal: Option<ServicePrincipalEntry>,
    #[serde(default)]
    pub(super) grants: Vec<GrantEntry>,
}

fn default_service_principal() -> Option<ServicePrincipalEntry> {
    Some(ServicePrincipalEntry::default())
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct AppRoleEntry {
    pub(super) id: Option<AppRoleId>,
    pub(super) value: Option<String>,
    pub(super) display_name: Option<String>,
    pub(super) description: Option<String>,
    #[serde(default = "application_members")]
    pub(super) allowed_member_types: Vec<MemberType>,
    #[serde(default = "enabled")]
    pub(super) is_enabled: bool,
}

fn application_members() -> Vec<MemberType> {
    vec![MemberType::Application]
}

fn enabled() -> bool {
    true
}

/// `api` with the one member that token requests read.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(super) struct ApiEntry {
    pub(super) requested_access_token_version: Option<TokenVersion>,
    accept_mapped_claims: Option<bool>,
    known_client_applications: Vec<AppId>,
    pub(super) oauth2_permission_scopes: Vec<PermissionScope>,
    pre_authorized_applications: Vec<PreAuthorizedApplication>,
}

impl ApiEntry {
    pub(super) fn new(version: Option<TokenVersion>, api: Api) -> Self {
        Self {
            requested_access_token_version: version,
            accept_mapped_claims: api.accept_mapped_claims,
            known_client_applications: api.known_client_applications,
            oauth2_permission_scopes: api.oauth2_permission_scopes,
            pre_authorized_applications: api.pre_authorized_applications,
        }
    }

    /// The part that no token request reads.
    pub(super) fn manifest(&self) -> Api {
        Api {
            accept_mapped_claims: self.accept_mapped_claims,
            known_client_applications: self.known_client_applications.clone(),
            oauth2_permission_scopes: self.oauth2_permission_scopes.clone(),
            pre_authorized_applications: self.pre_authorized_applications.clone(),
        }
    }
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(super) struct ExtensionsEntry {
    pub(super) access_token_lifetime_seconds: Option<TokenLifetime>,
    pub(super) access_token_signing_algorithm: SigningAlgorithm,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct PasswordEntry {
    pub(super) key_id: Option<KeyId>,
    pub(super) display_name: Option<String>,
    #[serde(default, skip_serializing, deserialize_with = "read_secret")]
    pub(super) secret_text: Option<Secret>,
    pub(super) secret_text_file: Option<String>,
    pub(super) hint: Option<String>,
    pub(super) start_date_time: Option<Timestamp>,
    pub(super) end_date_time: Option<Timestamp>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(super) struct ServicePrincipalEntry {
    pub(super) id: Option<ServicePrincipalId>,
    pub(super) account_enabled: bool,
    pub(super) app_role_assignment_required: bool,
}

impl Default for ServicePrincipalEntry {
    fn default() -> Self {
        Self {
            id: None,
            account_enabled: true,
            app_role_assignment_required: false,
        }
    }
}

/// A service principal of another tenant's application.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ForeignEntry {
    pub(super) app_id: AppId,
    pub(super) id: Option<ServicePrincipalId>,
    #[serde(default = "enabled")]
    pub(super) account_enabled: bool,
    #[serde(default)]
    pub(super) app_role_assignment_required: bool,
    #[serde(default)]
    pub(super) grants: Vec<GrantEntry>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct GrantEntry {
    pub(super) resource: String,
    #[serde(default)]
    pub(super) roles: Vec<String>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct UserEntry {
    pub(super) id: Option<UserId>,
    pub(super) user_principal_name: String,
    pub(super) display_name: String,
    pub(super) given_name: Option<String>,
    pub(super) surname: Option<String>,
    pub(super) mail: Option<String>,
    pub(super) job_title: Option<String>,
    #[serde(default = "enabled")]
    pub(super) account_enabled: bool,
}

fn write_domains<S: Serializer>(domains: &[Domain], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(domains.iter().map(Domain::as_str))
}

fn read_domains<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Domain>, D::Error> {
    Vec::<String>::deserialize(deserializer)?
        .iter()
        .map(|text| Domain::parse(text).map_err(serde::de::Error::custom))
        .collect()
}

fn read_secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Secret>, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.map(Secret::new))
}
