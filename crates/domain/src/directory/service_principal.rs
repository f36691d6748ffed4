use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::ids::{AppId, ServicePrincipalId, TenantId};

/// An application's instance in one tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServicePrincipal {
    /// The object id; `oid` and `sub` of its tokens.
    pub id: ServicePrincipalId,
    /// The tenant it lives in.
    pub tenant_id: TenantId,
    /// The application it is an instance of.
    pub app_id: AppId,
    /// A disabled service principal gets no tokens and none are issued for it.
    pub account_enabled: bool,
    /// Whether a client needs an assignment before it gets a token for this resource.
    pub app_role_assignment_required: bool,
    /// What clients keep here and tokens do not need.
    pub details: ServicePrincipalDetails,
    /// When it was made.
    pub created_at: Timestamp,
}

/// Properties of a service principal that are kept for the clients that manage it, under the names
/// of Microsoft Graph.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[expect(
    missing_docs,
    reason = "the properties are Microsoft Graph's servicePrincipal"
)]
pub struct ServicePrincipalDetails {
    pub description: Option<String>,
    pub notes: Option<String>,
    pub login_url: Option<String>,
    pub preferred_single_sign_on_mode: Option<String>,
    pub alternative_names: Vec<String>,
    pub notification_email_addresses: Vec<String>,
    pub tags: Vec<String>,
}
