//! The document as types. Its text has been checked before (`schema`), so reading cannot fail on
//! a valid one.

mod credentials;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub(super) use self::credentials::{
    CertificateEntry, ExpressionEntry, FederatedEntry, KeyType, KeyUsage, PasswordEntry,
    TrustedSubjectEntry,
};
use crate::directory::{
    Api, AssertionPolicy, Domain, Info, MemberType, OptionalClaims, PathMatching, PermissionScope,
    PreAuthorizedApplication, RedirectUris, RequiredResourceAccess, SignInAudience,
    SigningAlgorithm, TokenLifetime, TokenVersion, Web,
};
use crate::ids::{AppId, AppRoleId, ApplicationId, ServicePrincipalId, TenantId, UserId};

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in crate::directory_file) struct FileEntry {
    pub(in crate::directory_file) tenants: Vec<TenantEntry>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in crate::directory_file) struct TenantEntry {
    pub(in crate::directory_file) id: Option<TenantId>,
    pub(in crate::directory_file) display_name: String,
    #[serde(
        default,
        serialize_with = "write_domains",
        deserialize_with = "read_domains"
    )]
    pub(in crate::directory_file) domains: Vec<Domain>,
    pub(in crate::directory_file) is_default: Option<bool>,
    #[serde(default)]
    pub(in crate::directory_file) assertion_policy: AssertionPolicy,
    #[serde(default)]
    pub(in crate::directory_file) applications: Vec<ApplicationEntry>,
    #[serde(default)]
    pub(in crate::directory_file) service_principals: Vec<ForeignEntry>,
    #[serde(default)]
    pub(in crate::directory_file) users: Vec<UserEntry>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in crate::directory_file) struct ApplicationEntry {
    pub(in crate::directory_file) id: Option<ApplicationId>,
    pub(in crate::directory_file) app_id: Option<AppId>,
    pub(in crate::directory_file) display_name: String,
    pub(in crate::directory_file) unique_name: Option<String>,
    pub(in crate::directory_file) description: Option<String>,
    pub(in crate::directory_file) notes: Option<String>,
    #[serde(default)]
    pub(in crate::directory_file) tags: Vec<String>,
    #[serde(default)]
    pub(in crate::directory_file) sign_in_audience: SignInAudience,
    #[serde(default)]
    pub(in crate::directory_file) identifier_uris: Vec<String>,
    #[serde(default)]
    pub(in crate::directory_file) app_roles: Vec<AppRoleEntry>,
    #[serde(default)]
    pub(in crate::directory_file) api: ApiEntry,
    #[serde(default)]
    pub(in crate::directory_file) is_fallback_public_client: bool,
    #[serde(default)]
    pub(in crate::directory_file) is_disabled: bool,
    #[serde(default)]
    pub(in crate::directory_file) web: Web,
    #[serde(default)]
    pub(in crate::directory_file) spa: RedirectUris,
    #[serde(default)]
    pub(in crate::directory_file) public_client: RedirectUris,
    #[serde(default)]
    pub(in crate::directory_file) info: Info,
    #[serde(default)]
    pub(in crate::directory_file) required_resource_access: Vec<RequiredResourceAccess>,
    #[serde(default)]
    pub(in crate::directory_file) optional_claims: OptionalClaims,
    pub(in crate::directory_file) group_membership_claims: Option<String>,
    #[serde(default)]
    pub(in crate::directory_file) countersign: ExtensionsEntry,
    #[serde(default)]
    pub(in crate::directory_file) assertion_policy: AssertionPolicy,
    pub(in crate::directory_file) password_credentials: Option<Vec<PasswordEntry>>,
    pub(in crate::directory_file) key_credentials: Option<Vec<CertificateEntry>>,
    pub(in crate::directory_file) federated_identity_credentials: Option<Vec<FederatedEntry>>,
    /// Left out, one with the defaults; `null`, none.
    #[serde(default = "default_service_principal")]
    pub(in crate::directory_file) service_principal: Option<ServicePrincipalEntry>,
    #[serde(default)]
    pub(in crate::directory_file) grants: Vec<GrantEntry>,
}

fn default_service_principal() -> Option<ServicePrincipalEntry> {
    Some(ServicePrincipalEntry::default())
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in crate::directory_file) struct AppRoleEntry {
    pub(in crate::directory_file) id: Option<AppRoleId>,
    pub(in crate::directory_file) value: Option<String>,
    pub(in crate::directory_file) display_name: Option<String>,
    pub(in crate::directory_file) description: Option<String>,
    #[serde(default = "application_members")]
    pub(in crate::directory_file) allowed_member_types: Vec<MemberType>,
    #[serde(default = "enabled")]
    pub(in crate::directory_file) is_enabled: bool,
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
pub(in crate::directory_file) struct ApiEntry {
    pub(in crate::directory_file) requested_access_token_version: Option<TokenVersion>,
    accept_mapped_claims: Option<bool>,
    known_client_applications: Vec<AppId>,
    pub(in crate::directory_file) oauth2_permission_scopes: Vec<PermissionScope>,
    pre_authorized_applications: Vec<PreAuthorizedApplication>,
}

impl ApiEntry {
    pub(in crate::directory_file) fn new(version: Option<TokenVersion>, api: Api) -> Self {
        Self {
            requested_access_token_version: version,
            accept_mapped_claims: api.accept_mapped_claims,
            known_client_applications: api.known_client_applications,
            oauth2_permission_scopes: api.oauth2_permission_scopes,
            pre_authorized_applications: api.pre_authorized_applications,
        }
    }

    /// The part that no token request reads.
    pub(in crate::directory_file) fn manifest(&self) -> Api {
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
pub(in crate::directory_file) struct ExtensionsEntry {
    pub(in crate::directory_file) access_token_lifetime_seconds: Option<TokenLifetime>,
    pub(in crate::directory_file) access_token_signing_algorithm: SigningAlgorithm,
    pub(in crate::directory_file) redirect_uri_matching: PathMatching,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(in crate::directory_file) struct ServicePrincipalEntry {
    pub(in crate::directory_file) id: Option<ServicePrincipalId>,
    pub(in crate::directory_file) account_enabled: bool,
    pub(in crate::directory_file) app_role_assignment_required: bool,
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
pub(in crate::directory_file) struct ForeignEntry {
    pub(in crate::directory_file) app_id: AppId,
    pub(in crate::directory_file) id: Option<ServicePrincipalId>,
    #[serde(default = "enabled")]
    pub(in crate::directory_file) account_enabled: bool,
    #[serde(default)]
    pub(in crate::directory_file) app_role_assignment_required: bool,
    #[serde(default)]
    pub(in crate::directory_file) grants: Vec<GrantEntry>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in crate::directory_file) struct GrantEntry {
    pub(in crate::directory_file) resource: String,
    #[serde(default)]
    pub(in crate::directory_file) roles: Vec<String>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in crate::directory_file) struct UserEntry {
    pub(in crate::directory_file) id: Option<UserId>,
    pub(in crate::directory_file) user_principal_name: String,
    pub(in crate::directory_file) display_name: String,
    pub(in crate::directory_file) given_name: Option<String>,
    pub(in crate::directory_file) surname: Option<String>,
    pub(in crate::directory_file) mail: Option<String>,
    pub(in crate::directory_file) job_title: Option<String>,
    #[serde(default = "enabled")]
    pub(in crate::directory_file) account_enabled: bool,
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
