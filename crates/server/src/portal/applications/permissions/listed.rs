//! What is requested and what is granted, put side by side.

use std::collections::BTreeMap;

use countersign_domain::graph::error::GraphError;
use serde::{Deserialize, Serialize};

use crate::portal::address::{encoded, literal};
use crate::portal::api::{read, read_all};
use crate::portal::visit::Visit;

/// What an application's registration asks for, in the API's own shape.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Required {
    pub(super) resource_app_id: String,
    pub(super) resource_access: Vec<Access>,
}

/// One permission in it: `Role` for applications, `Scope` for people's apps.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub(super) struct Access {
    pub(super) id: String,
    #[serde(rename = "type")]
    pub(super) kind: String,
}

/// The registration, as far as permissions go.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Client {
    pub(super) app_id: String,
    pub(super) required_resource_access: Vec<Required>,
}

/// An API in this tenant.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Resource {
    pub(super) id: String,
    pub(super) app_id: String,
    pub(super) app_display_name: Option<String>,
    #[serde(default)]
    pub(super) app_roles: Vec<Permission>,
    #[serde(default)]
    pub(super) oauth2_permission_scopes: Vec<Scope>,
}

/// An app role of an API.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Permission {
    pub(super) id: String,
    pub(super) value: Option<String>,
    pub(super) display_name: Option<String>,
    pub(super) description: Option<String>,
    pub(super) is_enabled: bool,
    pub(super) allowed_member_types: Vec<String>,
}

/// A delegated permission of an API.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Scope {
    id: String,
    value: Option<String>,
}

impl Resource {
    pub(super) fn name(&self) -> &str {
        self.app_display_name.as_deref().unwrap_or(&self.app_id)
    }

    /// The app roles that applications can have.
    pub(super) fn roles(&self) -> impl Iterator<Item = &Permission> {
        self.app_roles.iter().filter(|role| {
            role.is_enabled && role.allowed_member_types.iter().any(|t| t == "Application")
        })
    }
}

/// A grant that the application has.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Assignment {
    pub(super) id: String,
    pub(super) app_role_id: String,
    pub(super) resource_id: String,
    pub(super) resource_display_name: Option<String>,
}

/// A permission, as a row of the page.
pub(super) struct Line {
    pub(super) resource_app_id: String,
    pub(super) resource_id: String,
    pub(super) resource_name: String,
    pub(super) id: String,
    pub(super) kind: String,
    pub(super) value: String,
    pub(super) description: String,
    pub(super) is_requested: bool,
    /// The assignment that grants it.
    pub(super) assignment_id: Option<String>,
}

impl Line {
    /// For whom the permission is, in words.
    pub(super) fn kind_name(&self) -> &'static str {
        match self.kind.as_str() {
            "Role" => "Application",
            _ => "Delegated",
        }
    }

    /// Whether it is a role that can be granted now.
    pub(super) fn is_waiting(&self) -> bool {
        self.kind == "Role" && self.assignment_id.is_none() && !self.resource_id.is_empty()
    }

    /// What a form names it by. A role's id alone says too little: each API chooses its own.
    pub(super) fn grant(&self) -> String {
        format!("{}/{}", self.resource_id, self.id)
    }
}

/// Everything about an application's permissions.
pub(super) struct Permissions {
    pub(super) client: Client,
    /// The application's service principal here, if it has one.
    pub(super) principal_id: Option<String>,
    pub(super) lines: Vec<Line>,
}

impl Permissions {
    pub(super) async fn of(visit: &Visit, id: &str) -> Result<Self, GraphError> {
        let target = format!(
            "/v1.0/applications/{}?$select=appId,requiredResourceAccess",
            encoded(id)
        );
        let client: Client = read(visit.get(&target).await?)?;
        let principal_id = principal(visit, &client.app_id).await?;
        let granted = match &principal_id {
            Some(id) => assignments(visit, id).await?,
            None => Vec::new(),
        };
        let resources = resources(visit, &client, &granted).await?;
        Ok(Self {
            lines: lines(&client, &granted, &resources),
            client,
            principal_id,
        })
    }
}

/// An API of this tenant by its client id, if it is here.
pub(super) async fn resource(visit: &Visit, app_id: &str) -> Result<Option<Resource>, GraphError> {
    one(visit, &format!("appId%20eq%20{}", literal(app_id))).await
}

async fn one(visit: &Visit, filter: &str) -> Result<Option<Resource>, GraphError> {
    let fields = "$select=id,appId,appDisplayName,appRoles,oauth2PermissionScopes";
    let target = format!("/v1.0/servicePrincipals?{fields}&$filter={filter}");
    let found = read_all(visit.list(&target).await?.rows)?;
    Ok(found.into_iter().next())
}

async fn principal(visit: &Visit, app_id: &str) -> Result<Option<String>, GraphError> {
    Ok(resource(visit, app_id).await?.map(|found| found.id))
}

async fn assignments(visit: &Visit, principal: &str) -> Result<Vec<Assignment>, GraphError> {
    let target = format!("/v1.0/servicePrincipals/{principal}/appRoleAssignments?$top=999");
    read_all(visit.list(&target).await?.rows)
}

/// The APIs that are named on either side, by object id.
async fn resources(
    visit: &Visit,
    client: &Client,
    granted: &[Assignment],
) -> Result<BTreeMap<String, Resource>, GraphError> {
    let mut found = BTreeMap::new();
    for required in &client.required_resource_access {
        if let Some(resource) = resource(visit, &required.resource_app_id).await? {
            found.insert(resource.id.clone(), resource);
        }
    }
    for assignment in granted {
        if !found.contains_key(&assignment.resource_id) {
            let filter = format!("id%20eq%20{}", literal(&assignment.resource_id));
            if let Some(resource) = one(visit, &filter).await? {
                found.insert(resource.id.clone(), resource);
            }
        }
    }
    Ok(found)
}

fn lines(
    client: &Client,
    granted: &[Assignment],
    resources: &BTreeMap<String, Resource>,
) -> Vec<Line> {
    let mut lines = Vec::new();
    for required in &client.required_resource_access {
        let mut all = resources.values();
        let resource = all.find(|resource| resource.app_id == required.resource_app_id);
        for access in &required.resource_access {
            let assignment = granted.iter().find(|assignment| {
                assignment.app_role_id == access.id
                    && resource.is_some_and(|resource| resource.id == assignment.resource_id)
            });
            let app_id = &required.resource_app_id;
            lines.push(line(app_id, resource, access, assignment, true));
        }
    }
    for assignment in granted {
        let is_listed = |line: &Line| line.assignment_id.as_ref() == Some(&assignment.id);
        if !lines.iter().any(is_listed) {
            let resource = resources.get(&assignment.resource_id);
            let access = Access {
                id: assignment.app_role_id.clone(),
                kind: "Role".to_owned(),
            };
            let name = assignment.resource_display_name.as_deref().unwrap_or("");
            let app_id = resource.map_or(name, |resource| &resource.app_id);
            lines.push(line(app_id, resource, &access, Some(assignment), false));
        }
    }
    lines
}

fn line(
    resource_app_id: &str,
    resource: Option<&Resource>,
    access: &Access,
    assignment: Option<&Assignment>,
    is_requested: bool,
) -> Line {
    let role = resource.and_then(|resource| {
        let mut roles = resource.app_roles.iter();
        roles.find(|role| role.id == access.id)
    });
    let scope = resource.and_then(|resource| {
        let mut scopes = resource.oauth2_permission_scopes.iter();
        scopes.find(|scope| scope.id == access.id)
    });
    let value = role
        .and_then(|role| role.value.clone())
        .or_else(|| scope.and_then(|scope| scope.value.clone()));
    let name = role.and_then(|role| role.display_name.as_deref());
    Line {
        resource_app_id: resource_app_id.to_owned(),
        resource_id: resource.map_or_else(String::new, |resource| resource.id.clone()),
        resource_name: resource.map_or(resource_app_id, Resource::name).to_owned(),
        id: access.id.clone(),
        kind: access.kind.clone(),
        value: value.unwrap_or_else(|| access.id.clone()),
        description: name.unwrap_or_default().to_owned(),
        is_requested,
        assignment_id: assignment.map(|assignment| assignment.id.clone()),
    }
}
