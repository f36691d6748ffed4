//! App role assignments: what the file's grants mean, and how that differs from the stored ones.

use std::collections::{HashMap, HashSet};

use super::principals::PrincipalTarget;
use super::tenants::Target;
use super::{After, Planner, Sign, Step};
use crate::directory::{AppRole, AppRoleAssignment, Application, MemberType, ResourceName, Write};
use crate::directory_file::error::{At, quoted};
use crate::directory_file::shape::GrantEntry;
use crate::ids::{AppId, AppRoleId, AssignmentId, ServicePrincipalId};

/// Client, resource and role: what makes two assignments the same.
type Triple = (ServicePrincipalId, ServicePrincipalId, AppRoleId);

/// The writes for the assignments between the service principals of one tenant.
pub(super) fn compare(
    planner: &mut Planner<'_>,
    target: &Target<'_>,
    principals: &[PrincipalTarget<'_>],
    after: &After<'_>,
) {
    let resources = Resources::of(principals, after);
    let held: HashSet<Triple> = stored(target).map(triple).collect();
    let mut wanted: HashMap<Triple, At> = HashMap::new();
    for principal in principals {
        for (index, grant) in principal.grants.iter().enumerate() {
            let at = principal.at.key("grants").index(index);
            let client = principal.new.id;
            for (triple, at) in resolve(planner, &resources, client, grant, &at, &held) {
                if let Some(first) = wanted.insert(triple, at.clone()) {
                    let reason = format!("is granted already by `{}`; remove one", first.as_str());
                    planner.problem(&at, reason);
                } else if !held.contains(&triple) {
                    add(planner, target, &resources, triple);
                }
            }
        }
    }
    for assignment in stored(target) {
        let triple = triple(assignment);
        let is_between_kept = resources.contains(triple.0) && resources.contains(triple.1);
        // Those of a service principal that goes, go with it.
        if is_between_kept && !wanted.contains_key(&triple) {
            let line = title(&resources, triple, target);
            planner.line(Sign::Removed, line);
            let remove = Write::RemoveAssignment {
                tenant_id: target.tenant.id,
                id: assignment.id,
            };
            planner.write(Step::Withdraw, remove);
        }
    }
}

fn stored<'a>(target: &Target<'a>) -> impl Iterator<Item = &'a AppRoleAssignment> {
    target.old.map_or(&[][..], |old| &old.assignments).iter()
}

fn triple(assignment: &AppRoleAssignment) -> Triple {
    (
        assignment.principal_id,
        assignment.resource_id,
        assignment.app_role_id,
    )
}

fn add(planner: &mut Planner<'_>, target: &Target<'_>, resources: &Resources<'_>, triple: Triple) {
    planner.line(Sign::Added, title(resources, triple, target));
    let situation = planner.situation;
    let assignment = AppRoleAssignment {
        id: AssignmentId::random(situation.random),
        tenant_id: target.tenant.id,
        principal_id: triple.0,
        resource_id: triple.1,
        app_role_id: triple.2,
        created_at: situation.now,
    };
    planner.write(Step::Grant, Write::AddAssignment(assignment));
}

/// The assignments that one grant asks for, each with its place; what cannot be resolved is
/// reported.
fn resolve(
    planner: &mut Planner<'_>,
    resources: &Resources<'_>,
    client: ServicePrincipalId,
    grant: &GrantEntry,
    at: &At,
    held: &HashSet<Triple>,
) -> Vec<(Triple, At)> {
    let resource = match resources.find(&grant.resource) {
        Ok(resource) => resource,
        Err(reason) => {
            planner.problem(&at.key("resource"), reason);
            return Vec::new();
        }
    };
    if grant.roles.is_empty() {
        return vec![((client, resource.id, AppRoleId::DEFAULT_ACCESS), at.clone())];
    }
    let mut found = Vec::new();
    for (index, word) in grant.roles.iter().enumerate() {
        let at = at.key("roles").index(index);
        match role(resource, word, |id| {
            held.contains(&(client, resource.id, id))
        }) {
            Ok(id) => found.push(((client, resource.id, id), at)),
            Err(reason) => planner.problem(&at, reason),
        }
    }
    found
}

/// A role by its id or value. One that is held already may be kept whatever has become of it, so
/// that an export always applies; a new grant must have an effect.
fn role(
    resource: &Resource<'_>,
    word: &str,
    is_held: impl Fn(AppRoleId) -> bool,
) -> Result<AppRoleId, String> {
    let given_id = word.parse::<AppRoleId>().ok();
    if given_id == Some(AppRoleId::DEFAULT_ACCESS) {
        return Ok(AppRoleId::DEFAULT_ACCESS);
    }
    let roles = resource.roles();
    let by_id = roles.iter().find(|role| Some(role.id) == given_id);
    let found = by_id.or_else(|| {
        roles
            .iter()
            .find(|role| role.value.as_deref() == Some(word))
    });
    match (found, given_id) {
        (Some(role), _) if is_held(role.id) => Ok(role.id),
        (Some(role), _) => grantable(resource, role),
        (None, Some(id)) if is_held(id) => Ok(id),
        (None, _) => Err(unknown_role(resource, word)),
    }
}

fn grantable(resource: &Resource<'_>, role: &AppRole) -> Result<AppRoleId, String> {
    let name = quoted(&resource.name);
    if !role.is_enabled {
        return Err(format!(
            "the role is disabled; set its `isEnabled` to true in {name}, or remove the grant"
        ));
    }
    if !role.allowed_member_types.contains(&MemberType::Application) {
        return Err(format!(
            "the role is for users only; add `Application` to its `allowedMemberTypes` in {name}"
        ));
    }
    Ok(role.id)
}

fn unknown_role(resource: &Resource<'_>, word: &str) -> String {
    let values: Vec<_> = resource
        .roles()
        .iter()
        .filter_map(AppRole::application_value)
        .collect();
    let known = if values.is_empty() {
        "it has no roles that can be granted".to_owned()
    } else {
        format!("it has {}", values.join(", "))
    };
    format!(
        "{} has no role {}; {known}",
        quoted(&resource.name),
        quoted(word)
    )
}

/// A service principal as a resource.
struct Resource<'a> {
    id: ServicePrincipalId,
    name: String,
    application: Option<&'a Application>,
}

impl Resource<'_> {
    fn roles(&self) -> &[AppRole] {
        self.application
            .map_or(&[], |application| &application.app_roles)
    }
}

/// The service principals of a tenant, by every word that may name one.
struct Resources<'a> {
    all: Vec<Resource<'a>>,
    by_id: HashMap<ServicePrincipalId, usize>,
    by_app_id: HashMap<AppId, usize>,
    by_uri: HashMap<ResourceName, Vec<usize>>,
    by_name: HashMap<&'a str, Vec<usize>>,
}

impl<'a> Resources<'a> {
    fn of(principals: &[PrincipalTarget<'_>], after: &After<'a>) -> Self {
        let mut resources = Self {
            all: Vec::new(),
            by_id: HashMap::new(),
            by_app_id: HashMap::new(),
            by_uri: HashMap::new(),
            by_name: HashMap::new(),
        };
        for (position, principal) in principals.iter().enumerate() {
            let app_id = principal.new.app_id;
            let application = after.applications.get(&app_id).copied();
            resources.by_id.insert(principal.new.id, position);
            resources.by_app_id.insert(app_id, position);
            if let Some(application) = application {
                let names = application
                    .identifier_uris
                    .iter()
                    .map(|uri| ResourceName::fold(uri));
                for name in names.collect::<HashSet<_>>() {
                    resources.by_uri.entry(name).or_default().push(position);
                }
                let same_name = resources.by_name.entry(&application.display_name);
                same_name.or_default().push(position);
            }
            resources.all.push(Resource {
                id: principal.new.id,
                name: principal.name.clone(),
                application,
            });
        }
        resources
    }

    fn contains(&self, id: ServicePrincipalId) -> bool {
        self.by_id.contains_key(&id)
    }

    fn get(&self, id: ServicePrincipalId) -> Option<&Resource<'a>> {
        self.by_id.get(&id).map(|position| &self.all[*position])
    }

    /// The resource that a word names: a client id, else a URI, else a display name.
    fn find(&self, word: &str) -> Result<&Resource<'a>, String> {
        let by_app_id = word
            .parse::<AppId>()
            .ok()
            .and_then(|id| self.by_app_id.get(&id));
        let found = match by_app_id {
            Some(position) => std::slice::from_ref(position),
            None => self
                .by_uri
                .get(&ResourceName::fold(word))
                .or_else(|| self.by_name.get(word))
                .map_or(&[][..], Vec::as_slice),
        };
        match *found {
            [position] => Ok(&self.all[position]),
            [] => Err(format!(
                "no service principal of the tenant is known as {}; write an `appId`, an \
                 identifier URI or a displayName of an application of this tenant, or add the \
                 application to `servicePrincipals`",
                quoted(word)
            )),
            _ => Err(format!(
                "several applications are known as {}; write the `appId` of one",
                quoted(word)
            )),
        }
    }
}

fn title(
    resources: &Resources<'_>,
    (client, resource, role): Triple,
    target: &Target<'_>,
) -> String {
    let name = |id| {
        resources
            .get(id)
            .map_or_else(String::new, |found| quoted(&found.name))
    };
    let roles = resources.get(resource).map_or(&[][..], Resource::roles);
    let role = match roles.iter().find(|known| known.id == role) {
        _ if role == AppRoleId::DEFAULT_ACCESS => "default access".to_owned(),
        Some(AppRole {
            value: Some(value), ..
        }) => value.clone(),
        _ => role.to_string(),
    };
    format!(
        "grant of {role} on {} to {} in {}",
        name(resource),
        name(client),
        quoted(&target.tenant.display_name)
    )
}
