//! Which stored application an entry of the file means, what it becomes, and how the two differ.

use std::collections::HashSet;

use super::changes::changes;
use super::matching::matches;
use super::tenants::Target;
use super::{Planner, Sign, Step};
use crate::directory::{AppRole, Application, Manifest, ResourceName, Write};
use crate::directory_file::error::{At, quoted};
use crate::directory_file::export::application_entry;
use crate::directory_file::shape::{AppRoleEntry, ApplicationEntry};
use crate::ids::{AppId, AppRoleId, ApplicationId, TenantId};
use crate::random::Random;

/// An application of the file, with the stored one that it means.
pub(super) struct ApplicationTarget<'a> {
    pub(super) entry: &'a ApplicationEntry,
    pub(super) at: At,
    pub(super) old: Option<&'a Application>,
    pub(super) new: Application,
}

/// The applications of one tenant of the file.
pub(super) fn targets<'a>(
    planner: &mut Planner<'a>,
    target: &Target<'a>,
) -> Vec<ApplicationTarget<'a>> {
    let at = target.at.key("applications");
    let stored = matches(planner, target, &at);
    let entries = target.entry.applications.iter().zip(stored).enumerate();
    entries
        .map(|(index, (entry, old))| {
            let at = at.index(index);
            refuse_changed_names(planner, entry, old, &at);
            ApplicationTarget {
                entry,
                new: desired(planner, target.tenant.id, entry, old),
                at,
                old,
            }
        })
        .collect()
}

fn refuse_changed_names(
    planner: &mut Planner<'_>,
    entry: &ApplicationEntry,
    old: Option<&Application>,
    at: &At,
) {
    let Some(old) = old else {
        return;
    };
    if entry.id.is_some_and(|id| id != old.id) {
        let reason = format!(
            "the application has the object id {}; an id cannot be changed",
            old.id
        );
        planner.problem(&at.key("id"), reason);
    }
    let new_name = entry.unique_name.as_ref();
    if let (Some(old), Some(new)) = (&old.manifest.unique_name, new_name)
        && old != new
    {
        let reason = format!(
            "the application has the uniqueName {}, which cannot be changed",
            quoted(old)
        );
        planner.problem(&at.key("uniqueName"), reason);
    }
}

/// The application that an entry describes: what it leaves out has Microsoft Graph's default,
/// ids and the unique name stay.
fn desired(
    planner: &Planner<'_>,
    tenant_id: TenantId,
    entry: &ApplicationEntry,
    old: Option<&Application>,
) -> Application {
    let random = planner.situation.random;
    let old_roles = old.map_or(&[][..], |old| &old.app_roles);
    let id = old.map(|old| old.id).or(entry.id);
    let app_id = old.map(|old| old.app_id).or(entry.app_id);
    let old_name = old.and_then(|old| old.manifest.unique_name.clone());
    Application {
        id: id.unwrap_or_else(|| ApplicationId::random(random)),
        tenant_id,
        app_id: app_id.unwrap_or_else(|| AppId::random(random)),
        display_name: entry.display_name.clone(),
        sign_in_audience: entry.sign_in_audience,
        identifier_uris: entry.identifier_uris.clone(),
        app_roles: desired_roles(&entry.app_roles, old_roles, random),
        requested_access_token_version: entry.api.requested_access_token_version,
        is_fallback_public_client: entry.is_fallback_public_client,
        is_disabled: entry.is_disabled,
        access_token_lifetime: entry.countersign.access_token_lifetime_seconds,
        access_token_signing_algorithm: entry.countersign.access_token_signing_algorithm,
        manifest: Manifest {
            description: entry.description.clone(),
            notes: entry.notes.clone(),
            unique_name: entry.unique_name.clone().or(old_name),
            tags: entry.tags.clone(),
            api: entry.api.manifest(),
            web: entry.web.clone(),
            spa: entry.spa.clone(),
            public_client: entry.public_client.clone(),
            info: entry.info.clone(),
            required_resource_access: entry.required_resource_access.clone(),
            optional_claims: entry.optional_claims.clone(),
            group_membership_claims: entry.group_membership_claims.clone(),
            redirect_uri_matching: entry.countersign.redirect_uri_matching,
        },
        assertion_policy: entry.assertion_policy,
        created_at: old.map_or(planner.situation.now, |old| old.created_at),
        deleted_at: None,
    }
}

fn desired_roles(entries: &[AppRoleEntry], old: &[AppRole], random: &dyn Random) -> Vec<AppRole> {
    let given: HashSet<AppRoleId> = entries.iter().filter_map(|entry| entry.id).collect();
    let id_by_value = |value: Option<&String>| {
        let value = value?;
        let role = old.iter().find(|role| {
            let same = role
                .value
                .as_ref()
                .is_some_and(|other| other.eq_ignore_ascii_case(value));
            same && !given.contains(&role.id)
        });
        role.map(|role| role.id)
    };
    entries
        .iter()
        .map(|entry| AppRole {
            id: entry
                .id
                .or_else(|| id_by_value(entry.value.as_ref()))
                .unwrap_or_else(|| AppRoleId::random(random)),
            value: entry.value.clone(),
            display_name: entry.display_name.clone(),
            description: entry.description.clone(),
            allowed_member_types: entry.allowed_member_types.clone(),
            is_enabled: entry.is_enabled,
        })
        .collect()
}

/// The writes for the applications of one tenant.
pub(super) fn compare(planner: &mut Planner<'_>, target: &Target<'_>, gained: &Gained) {
    for application in &target.applications {
        compare_one(planner, target, application, gained);
    }
    let kept: HashSet<_> = target
        .applications
        .iter()
        .map(|kept| kept.new.app_id)
        .collect();
    for application in target.old.map_or(&[][..], |old| &old.applications) {
        if !kept.contains(&application.app_id) {
            planner.line(Sign::Removed, title(application, target));
            let delete = Write::DeleteApplication {
                tenant_id: application.tenant_id,
                id: application.id,
                at: planner.situation.now,
            };
            planner.write(Step::Remove, delete);
        }
    }
}

fn compare_one(
    planner: &mut Planner<'_>,
    target: &Target<'_>,
    application: &ApplicationTarget<'_>,
    gained: &Gained,
) {
    let new = &application.new;
    let Some(old) = application.old else {
        planner.line(Sign::Added, title(new, target));
        planner.write(Step::AddApplication, Write::AddApplication(new.clone()));
        return;
    };
    if old == new {
        return;
    }
    let what = changes(&application_entry(old), &application_entry(new));
    planner.line(Sign::Changed, format!("{}: {what}", title(new, target)));
    let kept: HashSet<_> = new
        .identifier_uris
        .iter()
        .map(|uri| ResourceName::fold(uri))
        .collect();
    let mut released = old.clone();
    released.identifier_uris.retain(|uri| {
        let name = ResourceName::fold(uri);
        kept.contains(&name) || !gained.0.contains(&name)
    });
    if released != *old {
        // Another application takes a URI of this one, so it must be free first.
        planner.write(Step::Release, Write::UpdateApplication(released));
    }
    planner.write(
        Step::UpdateApplication,
        Write::UpdateApplication(new.clone()),
    );
}

/// Identifier URIs that some application of the file has and did not have before.
pub(super) struct Gained(HashSet<ResourceName>);

impl Gained {
    pub(super) fn of(targets: &[Target<'_>]) -> Self {
        let mut gained = HashSet::new();
        for application in targets.iter().flat_map(|target| &target.applications) {
            let old = application.old.map_or(&[][..], |old| &old.identifier_uris);
            let old: HashSet<_> = old.iter().map(|uri| ResourceName::fold(uri)).collect();
            let new = application.new.identifier_uris.iter();
            gained.extend(
                new.map(|uri| ResourceName::fold(uri))
                    .filter(|name| !old.contains(name)),
            );
        }
        Self(gained)
    }
}

fn title(application: &Application, target: &Target<'_>) -> String {
    format!(
        "application {} ({}) in {}",
        quoted(&application.display_name),
        application.app_id,
        quoted(&target.tenant.display_name)
    )
}
