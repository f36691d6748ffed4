//! What all pages about one service principal begin with, and what they share.

use countersign_domain::graph::error::GraphError;
use countersign_domain::graph::permission::PLATFORM_TENANT_ID;
use countersign_domain::graph::route::Operation;
use serde::Deserialize;

use crate::portal::address::{encoded, literal};
use crate::portal::api::{read, read_all};
use crate::portal::problem::Problem;
use crate::portal::rights::{may_grant, may_on};
use crate::portal::visit::Visit;

/// An assignment that is no role: access alone.
pub(super) const DEFAULT_ACCESS: &str = "00000000-0000-0000-0000-000000000000";

/// A service principal, as its pages show it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Principal {
    pub(super) id: String,
    pub(super) app_id: String,
    pub(super) display_name: String,
    pub(super) account_enabled: bool,
    pub(super) app_role_assignment_required: bool,
    pub(super) app_owner_organization_id: String,
    pub(super) created_date_time: String,
    pub(super) app_roles: Vec<Role>,
    /// The person in front of the page may change it.
    #[serde(skip)]
    pub(super) may_change: bool,
    /// The person may grant roles of it and to it, and take them away.
    #[serde(skip)]
    pub(super) may_grant: bool,
}

/// An app role of an API.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Role {
    pub(super) id: String,
    pub(super) value: Option<String>,
    pub(super) display_name: Option<String>,
    pub(super) is_enabled: bool,
    pub(super) allowed_member_types: Vec<String>,
}

impl Principal {
    const FIELDS: &str = "$select=id,appId,displayName,accountEnabled,appRoleAssignmentRequired,\
                          appOwnerOrganizationId,createdDateTime,appRoles";

    /// The service principal with this object id, if it is of the person's tenant.
    pub(super) async fn of(visit: &Visit, id: &str) -> Result<Self, Problem> {
        let target = target(id);
        let found: Self = read(visit.get(&format!("{target}?{}", Self::FIELDS)).await?)?;
        Ok(Self {
            may_change: may_on(visit, Operation::UpdateServicePrincipal, &target).await?,
            may_grant: may_grant(visit),
            ..found
        })
    }

    /// The same, where it may be gone.
    pub(super) async fn find(visit: &Visit, id: &str) -> Result<Option<Self>, GraphError> {
        let filter = literal(id);
        let fields = Self::FIELDS;
        let target = format!("/v1.0/servicePrincipals?{fields}&$filter=id%20eq%20{filter}");
        let found = read_all(visit.list(&target).await?.rows)?;
        Ok(found.into_iter().next())
    }

    /// The address of a page about it, for links.
    pub(super) fn tab(&self, tab: &str) -> String {
        address(&self.id, tab)
    }

    /// What a role's id stands for.
    pub(super) fn role_value(&self, id: &str) -> String {
        role_value(&self.app_roles, id)
    }

    /// The app roles that applications can have.
    pub(super) fn roles(&self) -> impl Iterator<Item = &Role> {
        self.app_roles.iter().filter(|role| {
            role.is_enabled && role.allowed_member_types.iter().any(|t| t == "Application")
        })
    }
}

/// Where an application is registered, in words.
pub(super) fn kind(visit: &Visit, owner: &str) -> &'static str {
    if owner == visit.tenant.id.to_string() {
        "This tenant"
    } else if owner == PLATFORM_TENANT_ID.to_string() {
        "Platform"
    } else {
        "Another tenant"
    }
}

/// A role as tokens name it, or as much as is known of it.
pub(super) fn role_value(roles: &[Role], id: &str) -> String {
    if id == DEFAULT_ACCESS {
        return "Default access".to_owned();
    }
    let role = roles.iter().find(|role| role.id == id);
    let value = role.and_then(|role| role.value.clone());
    value.unwrap_or_else(|| id.to_owned())
}

/// The address of a page about a service principal: `tab` is empty for the first.
pub(super) fn address(id: &str, tab: &str) -> String {
    let id = encoded(id);
    match tab {
        "" => format!("/portal/enterprise-applications/{id}"),
        tab => format!("/portal/enterprise-applications/{id}/{tab}"),
    }
}

/// The object in the API.
pub(super) fn target(id: &str) -> String {
    format!("/v1.0/servicePrincipals/{}", encoded(id))
}
