//! Which stored application an entry of the file means.

use std::collections::HashMap;

use super::Planner;
use super::tenants::Target;
use crate::directory::{Application, TenantState};
use crate::directory_file::error::At;
use crate::directory_file::shape::ApplicationEntry;
use crate::ids::{AppId, ApplicationId};

/// For each entry its stored application: by `appId`, else `id`, else `uniqueName`, else
/// `displayName`. Names are given to what ids have not claimed.
pub(super) fn matches<'a>(
    planner: &mut Planner<'_>,
    target: &Target<'a>,
    at: &At,
) -> Vec<Option<&'a Application>> {
    let stored = Stored::of(target.old);
    let entries = &target.entry.applications;
    let mut claimed: HashMap<AppId, usize> = HashMap::new();
    let mut found: Vec<Option<&'a Application>> = vec![None; entries.len()];
    for pass in [by_id, by_unique_name, by_display_name] {
        for (index, entry) in entries.iter().enumerate() {
            if found[index].is_some() {
                continue;
            }
            let is_free = |application: &Application| !claimed.contains_key(&application.app_id);
            match pass(&stored, entry, &is_free) {
                Ok(None) => {}
                Ok(Some(application)) => {
                    if let Some(first) = claimed.insert(application.app_id, index) {
                        let first = at.index(first);
                        let reason = format!(
                            "is the same stored application as `{}`; merge the two",
                            first.as_str()
                        );
                        planner.problem(&at.index(index), reason);
                    }
                    found[index] = Some(application);
                }
                Err(reason) => planner.problem(&at.index(index).key("displayName"), reason),
            }
        }
    }
    found
}

/// A tenant's stored applications, by what an entry may name them.
struct Stored<'a> {
    app_ids: HashMap<AppId, &'a Application>,
    ids: HashMap<ApplicationId, &'a Application>,
    unique_names: HashMap<&'a str, &'a Application>,
    display_names: HashMap<&'a str, Vec<&'a Application>>,
}

impl<'a> Stored<'a> {
    fn of(state: Option<&'a TenantState>) -> Self {
        let applications = state.map_or(&[][..], |state| &state.applications);
        let mut display_names: HashMap<&str, Vec<&Application>> = HashMap::new();
        for application in applications {
            display_names
                .entry(&application.display_name)
                .or_default()
                .push(application);
        }
        Self {
            app_ids: applications
                .iter()
                .map(|found| (found.app_id, found))
                .collect(),
            ids: applications.iter().map(|found| (found.id, found)).collect(),
            unique_names: applications
                .iter()
                .filter_map(|found| Some((found.manifest.unique_name.as_deref()?, found)))
                .collect(),
            display_names,
        }
    }
}

type Match<'a> = Result<Option<&'a Application>, String>;

fn by_id<'a>(
    stored: &Stored<'a>,
    entry: &ApplicationEntry,
    _: &dyn Fn(&Application) -> bool,
) -> Match<'a> {
    let found = match (entry.app_id, entry.id) {
        (Some(app_id), _) => stored.app_ids.get(&app_id),
        (None, Some(id)) => stored.ids.get(&id),
        (None, None) => None,
    };
    Ok(found.copied())
}

fn by_unique_name<'a>(
    stored: &Stored<'a>,
    entry: &ApplicationEntry,
    is_free: &dyn Fn(&Application) -> bool,
) -> Match<'a> {
    if entry.app_id.is_some() || entry.id.is_some() {
        return Ok(None);
    }
    let name = entry.unique_name.as_deref();
    let found = name.and_then(|name| stored.unique_names.get(name)).copied();
    Ok(found.filter(|application| is_free(application)))
}

fn by_display_name<'a>(
    stored: &Stored<'a>,
    entry: &ApplicationEntry,
    is_free: &dyn Fn(&Application) -> bool,
) -> Match<'a> {
    if entry.app_id.is_some() || entry.id.is_some() {
        return Ok(None);
    }
    let same_name = stored.display_names.get(entry.display_name.as_str());
    let candidates: Vec<&'a Application> = same_name
        .into_iter()
        .flatten()
        .copied()
        .filter(|application| is_free(application))
        .filter(|application| {
            entry.unique_name.is_none() || application.manifest.unique_name.is_none()
        })
        .collect();
    match candidates[..] {
        [] => Ok(None),
        [one] => Ok(Some(one)),
        [one, two, ..] => Err(format!(
            "could be the stored application {} or {}; say which by its `appId`",
            one.app_id, two.app_id
        )),
    }
}
