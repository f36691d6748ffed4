//! Service principals: one per application of the tenant unless the file says none, and those of
//! other tenants' applications.

use std::collections::{HashMap, HashSet};

use super::changes::changes;
use super::tenants::Target;
use super::{After, Planner, Sign, Step};
use crate::directory::{ServicePrincipal, Write};
use crate::directory_file::error::{At, quoted};
use crate::directory_file::export::principal_entry;
use crate::directory_file::shape::{ForeignEntry, GrantEntry};
use crate::graph::permission::{GRAPH_APP_ID, graph_service_principal, graph_service_principal_id};
use crate::ids::{AppId, ServicePrincipalId};

/// A service principal of the file, with the stored one.
pub(super) struct PrincipalTarget<'a> {
    /// The application, or the entry under `servicePrincipals`.
    pub(super) at: At,
    pub(super) old: Option<&'a ServicePrincipal>,
    pub(super) new: ServicePrincipal,
    /// What people call it; its client id where its application is gone.
    pub(super) name: String,
    pub(super) grants: &'a [GrantEntry],
    /// Where the file gives the object id.
    pub(super) id_at: Option<At>,
    /// The platform has it in every tenant, whether the file names it or not.
    pub(super) is_given: bool,
}

/// The service principals of one tenant of the file.
pub(super) fn targets<'a>(
    planner: &mut Planner<'a>,
    target: &Target<'a>,
    after: &After<'_>,
) -> Vec<PrincipalTarget<'a>> {
    let stored: HashMap<AppId, &'a ServicePrincipal> = target
        .old
        .map_or(&[][..], |old| &old.service_principals)
        .iter()
        .map(|principal| (principal.app_id, principal))
        .collect();
    let mut found = Vec::new();
    for application in &target.applications {
        if let Some(entry) = &application.entry.service_principal {
            let settings = Settings {
                id: entry.id,
                account_enabled: entry.account_enabled,
                app_role_assignment_required: entry.app_role_assignment_required,
                id_at: application.at.key("servicePrincipal").key("id"),
            };
            let app_id = application.new.app_id;
            let old = stored.get(&app_id).copied();
            found.push(PrincipalTarget {
                at: application.at.clone(),
                name: application.new.display_name.clone(),
                grants: &application.entry.grants,
                id_at: entry.id.map(|_| settings.id_at.clone()),
                new: desired(planner, target, app_id, old, &settings),
                is_given: false,
                old,
            });
        }
    }
    let home: HashSet<_> = target
        .applications
        .iter()
        .map(|home| home.new.app_id)
        .collect();
    for (index, entry) in target.entry.service_principals.iter().enumerate() {
        let at = target.at.key("servicePrincipals").index(index);
        let old = stored.get(&entry.app_id).copied();
        if let Some(reason) = refusal(target, entry, old, &home, after) {
            planner.problem(&at.key("appId"), reason);
        }
        let settings = Settings {
            id: entry.id,
            account_enabled: entry.account_enabled,
            app_role_assignment_required: entry.app_role_assignment_required,
            id_at: at.key("id"),
        };
        let application = after.applications.get(&entry.app_id);
        found.push(PrincipalTarget {
            name: application.map_or_else(
                || entry.app_id.to_string(),
                |found| found.display_name.clone(),
            ),
            grants: &entry.grants,
            id_at: entry.id.map(|_| settings.id_at.clone()),
            new: desired(planner, target, entry.app_id, old, &settings),
            is_given: false,
            at,
            old,
        });
    }
    found.extend(graph(planner, target, after, &stored, &found));
    found
}

/// The Graph resource, which a file need not name: roles of it can be granted in every tenant.
fn graph<'a>(
    planner: &Planner<'a>,
    target: &Target<'a>,
    after: &After<'_>,
    stored: &HashMap<AppId, &'a ServicePrincipal>,
    found: &[PrincipalTarget<'a>],
) -> Option<PrincipalTarget<'a>> {
    let application = after.applications.get(&GRAPH_APP_ID)?;
    if found.iter().any(|named| named.new.app_id == GRAPH_APP_ID) {
        return None;
    }
    let old = stored.get(&GRAPH_APP_ID).copied();
    let made = || graph_service_principal(target.tenant.id, planner.situation.now);
    Some(PrincipalTarget {
        at: target.at.clone(),
        name: application.display_name.clone(),
        grants: &[],
        id_at: None,
        new: old.cloned().unwrap_or_else(made),
        is_given: true,
        old,
    })
}

/// What the file says about a service principal, in either of the two places.
struct Settings {
    id: Option<ServicePrincipalId>,
    account_enabled: bool,
    app_role_assignment_required: bool,
    id_at: At,
}

fn desired(
    planner: &mut Planner<'_>,
    target: &Target<'_>,
    app_id: AppId,
    old: Option<&ServicePrincipal>,
    settings: &Settings,
) -> ServicePrincipal {
    if let (Some(id), Some(old)) = (settings.id, old)
        && id != old.id
    {
        let reason = format!(
            "the service principal has the object id {}; an id cannot be changed",
            old.id
        );
        planner.problem(&settings.id_at, reason);
    }
    let situation = planner.situation;
    let id = old.map(|old| old.id).or(settings.id);
    ServicePrincipal {
        id: id.unwrap_or_else(|| match app_id {
            GRAPH_APP_ID => graph_service_principal_id(target.tenant.id),
            _ => ServicePrincipalId::random(situation.random),
        }),
        tenant_id: target.tenant.id,
        app_id,
        account_enabled: settings.account_enabled,
        app_role_assignment_required: settings.app_role_assignment_required,
        details: old.map_or_else(Default::default, |old| old.details.clone()),
        created_at: old.map_or(situation.now, |old| old.created_at),
    }
}

/// Why an application may not have an instance in this tenant. One that is there already stays
/// valid, whatever has become of its application.
fn refusal(
    target: &Target<'_>,
    entry: &ForeignEntry,
    old: Option<&ServicePrincipal>,
    home: &HashSet<AppId>,
    after: &After<'_>,
) -> Option<String> {
    if home.contains(&entry.app_id) {
        return Some(
            "is an application of this tenant; write `servicePrincipal` there instead".into(),
        );
    }
    if old.is_some() {
        return None;
    }
    match after.applications.get(&entry.app_id) {
        None => Some("no application has this appId; add it to its home tenant first".into()),
        Some(application) if !application.sign_in_audience.is_multi_tenant() => Some(format!(
            "the application {} is for its own tenant only; set its `signInAudience` to \
             AzureADMultipleOrgs, or leave it out of {}",
            quoted(&application.display_name),
            quoted(&target.tenant.display_name)
        )),
        Some(_) => None,
    }
}

/// The writes for the service principals of one tenant.
pub(super) fn compare(
    planner: &mut Planner<'_>,
    target: &Target<'_>,
    principals: &[PrincipalTarget<'_>],
) {
    let tenant = quoted(&target.tenant.display_name);
    for principal in principals {
        let title = format!(
            "service principal of {} in {tenant}",
            quoted(&principal.name)
        );
        let new = &principal.new;
        match principal.old {
            None => {
                if !principal.is_given {
                    planner.line(Sign::Added, format!("{title} ({})", new.id));
                }
                planner.write(
                    Step::ServicePrincipal,
                    Write::AddServicePrincipal(new.clone()),
                );
            }
            Some(old) if old != new => {
                let what = changes(&principal_entry(old), &principal_entry(new));
                planner.line(Sign::Changed, format!("{title}: {what}"));
                planner.write(
                    Step::ServicePrincipal,
                    Write::UpdateServicePrincipal(new.clone()),
                );
            }
            Some(_) => {}
        }
    }
    remove(planner, target, principals);
}

/// Deleting an application takes its service principal along; all others go one by one.
fn remove(planner: &mut Planner<'_>, target: &Target<'_>, principals: &[PrincipalTarget<'_>]) {
    let Some(old) = target.old else {
        return;
    };
    let kept: HashSet<_> = principals.iter().map(|kept| kept.new.id).collect();
    let deleted = deleted_applications(target);
    for principal in &old.service_principals {
        if kept.contains(&principal.id) || deleted.contains(&principal.app_id) {
            continue;
        }
        let title = format!(
            "service principal of {} in {}",
            principal.app_id,
            quoted(&target.tenant.display_name)
        );
        planner.line(Sign::Removed, title);
        let remove = Write::RemoveServicePrincipal {
            tenant_id: target.tenant.id,
            id: principal.id,
        };
        planner.write(Step::Remove, remove);
    }
}

fn deleted_applications(target: &Target<'_>) -> HashSet<AppId> {
    let kept: HashSet<_> = target
        .applications
        .iter()
        .map(|kept| kept.new.app_id)
        .collect();
    let stored = target.old.map_or(&[][..], |old| &old.applications);
    stored
        .iter()
        .map(|old| old.app_id)
        .filter(|app_id| !kept.contains(app_id))
        .collect()
}
