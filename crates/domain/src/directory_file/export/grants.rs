//! Assignments as grants: ids become words.

use std::collections::HashMap;

use crate::directory::{Application, ResourceName, TenantState};
use crate::directory_file::shape::GrantEntry;
use crate::graph::permission::{GRAPH_APP_ID, GRAPH_URI};
use crate::ids::{AppId, AppRoleId, ServicePrincipalId};

/// The service principals of a tenant with what they are instances of, so that grants can name
/// resources and roles by words.
pub(super) struct Instances<'a> {
    by_id: HashMap<ServicePrincipalId, (AppId, Option<&'a Application>)>,
    /// How many resources of the tenant have a name: one with two owners says nothing.
    owners: HashMap<ResourceName, usize>,
}

impl<'a> Instances<'a> {
    pub(super) fn of(state: &'a TenantState, tenants: &'a [TenantState]) -> Self {
        let applications: HashMap<AppId, &Application> = tenants
            .iter()
            .flat_map(|state| &state.applications)
            .map(|application| (application.app_id, application))
            .collect();
        let by_id: HashMap<_, _> = state
            .service_principals
            .iter()
            .map(|principal| {
                let application = applications.get(&principal.app_id).copied();
                (principal.id, (principal.app_id, application))
            })
            .collect();
        let mut owners = HashMap::new();
        for uri in by_id.values().flat_map(|(_, application)| {
            application.map_or(&[][..], |application| &application.identifier_uris)
        }) {
            *owners.entry(ResourceName::fold(uri)).or_default() += 1;
        }
        Self { by_id, owners }
    }

    /// What a service principal has been granted, one entry per resource.
    pub(super) fn grants(
        &self,
        principal: ServicePrincipalId,
        state: &TenantState,
    ) -> Vec<GrantEntry> {
        let mut grants: Vec<GrantEntry> = Vec::new();
        let mut positions = HashMap::new();
        for assignment in &state.assignments {
            if assignment.principal_id != principal {
                continue;
            }
            let Some((app_id, application)) = self.by_id.get(&assignment.resource_id) else {
                continue;
            };
            let position = *positions.entry(assignment.resource_id).or_insert_with(|| {
                grants.push(GrantEntry {
                    resource: self.resource_word(*app_id, *application),
                    roles: Vec::new(),
                });
                grants.len() - 1
            });
            grants[position]
                .roles
                .push(role_word(assignment.app_role_id, *application));
        }
        let default_access = [AppRoleId::DEFAULT_ACCESS.to_string()];
        for grant in &mut grants {
            if grant.roles == default_access {
                grant.roles.clear();
            }
        }
        grants
    }

    fn resource_word(&self, app_id: AppId, application: Option<&Application>) -> String {
        if app_id == GRAPH_APP_ID && application.is_some() {
            // Its other name is the address of one server.
            return GRAPH_URI.to_owned();
        }
        let uris = application.map_or(&[][..], |application| &application.identifier_uris);
        uris.iter()
            .find(|uri| self.owners.get(&ResourceName::fold(uri)) == Some(&1))
            .cloned()
            .unwrap_or_else(|| app_id.to_string())
    }
}

/// The role's value where it says which role is meant, else its id.
fn role_word(id: AppRoleId, application: Option<&Application>) -> String {
    let roles = application.map_or(&[][..], |application| &application.app_roles);
    let value = roles
        .iter()
        .find(|role| role.id == id)
        .and_then(|role| role.value.as_ref());
    match value {
        Some(value)
            if value.parse::<AppRoleId>().is_err()
                && roles
                    .iter()
                    .filter(|role| role.value.as_ref() == Some(value))
                    .count()
                    == 1 =>
        {
            value.clone()
        }
        _ => id.to_string(),
    }
}
