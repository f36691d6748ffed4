use crate::clock::Timestamp;
use crate::ids::{TenantId, UserId};

/// A person in a tenant's directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// The object id.
    pub id: UserId,
    /// The tenant.
    pub tenant_id: TenantId,
    /// The sign-in name, unique in the tenant in any case.
    pub user_principal_name: String,
    /// The full name.
    pub display_name: String,
    /// First name.
    pub given_name: Option<String>,
    /// Last name.
    pub surname: Option<String>,
    /// E-mail address.
    pub mail: Option<String>,
    /// What the person does.
    pub job_title: Option<String>,
    /// A disabled account cannot sign in.
    pub account_enabled: bool,
    /// When it was made.
    pub created_at: Timestamp,
}
