//! Which stored tenant an entry of the file means, and how the two differ.

use std::collections::{HashMap, HashSet};

use super::applications::ApplicationTarget;
use super::changes::changes;
use super::{Planner, Sign, Step};
use crate::directory::{Tenant, TenantState, Write};
use crate::directory_file::error::{At, quoted};
use crate::directory_file::export::tenant_entry;
use crate::directory_file::shape::TenantEntry;
use crate::graph::permission::PLATFORM_TENANT_ID;
use crate::ids::TenantId;

/// A tenant of the file, with the stored one that it means.
pub(super) struct Target<'a> {
    pub(super) entry: &'a TenantEntry,
    pub(super) at: At,
    pub(super) old: Option<&'a TenantState>,
    pub(super) tenant: Tenant,
    pub(super) applications: Vec<ApplicationTarget<'a>>,
}

/// The tenants of the file; their applications are still to be found.
pub(super) fn targets<'a>(planner: &mut Planner<'a>) -> Vec<Target<'a>> {
    let situation = planner.situation;
    let file = planner.file;
    let mut targets = Vec::new();
    let mut claimed: HashMap<TenantId, At> = HashMap::new();
    for (index, entry) in file.tenants().iter().enumerate() {
        let at = At::default().key("tenants").index(index);
        let old = match stored(entry, situation.current) {
            Ok(old) => old,
            Err(reason) => {
                planner.problem(&at, reason);
                None
            }
        };
        let id = entry.id.or(old.map(|old| old.tenant.id));
        let id = id.unwrap_or_else(|| TenantId::random(situation.random));
        if let Some(first) = claimed.insert(id, at.clone()) {
            let reason = format!(
                "is the same stored tenant as `{}`; merge the two",
                first.as_str()
            );
            planner.problem(&at, reason);
        }
        targets.push(Target {
            entry,
            at,
            old,
            tenant: Tenant {
                id,
                display_name: entry.display_name.clone(),
                domains: entry.domains.clone(),
                is_default: false,
                assertion_policy: entry.assertion_policy,
                created_at: old.map_or(situation.now, |old| old.tenant.created_at),
            },
            applications: Vec::new(),
        });
    }
    mark_default(planner, &mut targets);
    refuse_foreign_domains(planner, &targets);
    targets
}

/// The stored tenant by id, else by domain, else by name.
fn stored<'a>(
    entry: &TenantEntry,
    current: &'a [TenantState],
) -> Result<Option<&'a TenantState>, String> {
    if let Some(id) = entry.id {
        return Ok(current.iter().find(|state| state.tenant.id == id));
    }
    let has_domain = |state: &&TenantState| {
        state
            .tenant
            .domains
            .iter()
            .any(|domain| entry.domains.contains(domain))
    };
    let has_name = |state: &&TenantState| {
        state.tenant.display_name == entry.display_name && state.tenant.id != PLATFORM_TENANT_ID
    };
    let mut found: Vec<_> = current.iter().filter(has_domain).collect();
    if found.is_empty() {
        found = current.iter().filter(has_name).collect();
    }
    match found[..] {
        [] => Ok(None),
        [one] => Ok(Some(one)),
        [one, two, ..] => Err(format!(
            "could be the stored tenant {} or {}; say which by its `id`",
            one.tenant.id, two.tenant.id
        )),
    }
}

/// One tenant at most is the default: the one that says so, else the one that was, else the first.
fn mark_default(planner: &mut Planner<'_>, targets: &mut [Target<'_>]) {
    let named: HashSet<_> = targets.iter().map(|target| target.tenant.id).collect();
    let other = planner
        .situation
        .current
        .iter()
        .map(|state| &state.tenant)
        .find(|tenant| tenant.is_default && !named.contains(&tenant.id));
    let chosen = targets
        .iter()
        .position(|target| target.entry.is_default == Some(true));
    if let (Some(chosen), Some(other)) = (chosen, other) {
        let reason = format!(
            "the tenant {} ({}) is the default already; name it in this file with `isDefault: false`",
            quoted(&other.display_name),
            other.id
        );
        planner.problem(&targets[chosen].at.key("isDefault"), reason);
    }
    let undecided = |target: &Target<'_>| target.entry.is_default.is_none();
    let chosen = chosen.or_else(|| {
        targets.iter().position(|target| {
            undecided(target) && target.old.is_some_and(|old| old.tenant.is_default)
        })
    });
    let chosen = match other {
        Some(_) => chosen,
        None => chosen.or_else(|| targets.iter().position(undecided)),
    };
    if let Some(chosen) = chosen {
        targets[chosen].tenant.is_default = true;
    }
}

fn refuse_foreign_domains(planner: &mut Planner<'_>, targets: &[Target<'_>]) {
    let named: HashSet<_> = targets.iter().map(|target| target.tenant.id).collect();
    let mut owners = HashMap::new();
    for state in planner.situation.current {
        if !named.contains(&state.tenant.id) {
            owners.extend(
                state
                    .tenant
                    .domains
                    .iter()
                    .map(|domain| (domain, &state.tenant)),
            );
        }
    }
    for target in targets {
        for (index, domain) in target.tenant.domains.iter().enumerate() {
            if let Some(owner) = owners.get(domain) {
                let reason = format!(
                    "`{domain}` belongs to the tenant {} ({}); remove it there first",
                    quoted(&owner.display_name),
                    owner.id
                );
                planner.problem(&target.at.key("domains").index(index), reason);
            }
        }
    }
}

/// The writes for a tenant's own properties.
pub(super) fn compare(planner: &mut Planner<'_>, target: &Target<'_>) {
    let new = &target.tenant;
    let Some(old) = target.old.map(|old| &old.tenant) else {
        planner.line(
            Sign::Added,
            format!("tenant {} ({})", quoted(&new.display_name), new.id),
        );
        planner.write(Step::AddTenant, Write::AddTenant(new.clone()));
        return;
    };
    if old == new {
        return;
    }
    let what = changes(&tenant_entry(old), &tenant_entry(new));
    planner.line(
        Sign::Changed,
        format!("tenant {}: {what}", quoted(&new.display_name)),
    );
    let mut released = old.clone();
    released
        .domains
        .retain(|domain| new.domains.contains(domain));
    released.is_default = old.is_default && new.is_default;
    if released != *old {
        // What this tenant gives up must be free before another takes it.
        planner.write(Step::Release, Write::UpdateTenant(released));
    }
    planner.write(Step::UpdateTenant, Write::UpdateTenant(new.clone()));
}
