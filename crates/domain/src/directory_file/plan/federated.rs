//! The federated identity credentials of one application.

use std::collections::HashSet;
use std::sync::Arc;

use super::applications::ApplicationTarget;
use super::changes::changes;
use super::tenants::Target;
use super::{Planner, Sign, Step};
use crate::directory::{FederatedIdentityCredential, SubjectMatcher, Write};
use crate::directory_file::error::{At, quoted};
use crate::directory_file::export::federated_entry;
use crate::directory_file::key_set::read_key_set;
use crate::directory_file::shape::FederatedEntry;
use crate::ids::FederatedCredentialId;
use crate::oauth::federation::is_own;

/// The writes for the federated credentials of one application. An entry without
/// `federatedIdentityCredentials` leaves them alone.
pub(super) fn compare(
    planner: &mut Planner<'_>,
    target: &Target<'_>,
    application: &ApplicationTarget<'_>,
) {
    let Some(entries) = &application.entry.federated_identity_credentials else {
        return;
    };
    let at = application.at.key("federatedIdentityCredentials");
    let stored: Vec<&FederatedIdentityCredential> = target.old.map_or_else(Vec::new, |old| {
        let all = old.federated.iter();
        all.filter(|one| one.application_id == application.new.id)
            .collect()
    });
    let matched = matches(&stored, entries);
    let kept: HashSet<_> = matched.iter().flatten().map(|kept| kept.id).collect();
    for old in &stored {
        if !kept.contains(&old.id) {
            planner.line(Sign::Removed, title(old, application));
            remove(planner, application, old);
        }
    }
    for (index, (entry, old)) in entries.iter().zip(&matched).enumerate() {
        let at = at.index(index);
        let Some(new) = desired(planner, application, entry, *old, &at) else {
            continue;
        };
        let is_held = stored.iter().any(|other| {
            other.id != new.id
                && kept.contains(&other.id)
                && (&other.issuer, &other.subject) == (&new.issuer, &new.subject)
        });
        write(planner, application, new, *old, is_held);
    }
}

/// For each entry the stored credential that it means: by `id`, else by name.
fn matches<'a>(
    stored: &[&'a FederatedIdentityCredential],
    entries: &[FederatedEntry],
) -> Vec<Option<&'a FederatedIdentityCredential>> {
    let find = |entry: &FederatedEntry| {
        stored.iter().copied().find(|old| match entry.id {
            Some(id) => old.id == id,
            None => old.name == entry.name,
        })
    };
    entries.iter().map(find).collect()
}

/// The credential that an entry describes; none where something is wrong and was reported.
fn desired(
    planner: &mut Planner<'_>,
    application: &ApplicationTarget<'_>,
    entry: &FederatedEntry,
    old: Option<&FederatedIdentityCredential>,
    at: &At,
) -> Option<FederatedIdentityCredential> {
    let situation = planner.situation;
    if let Some(old) = old.filter(|old| old.name != entry.name) {
        let reason = format!(
            "the credential has the name {}, which cannot be changed; leave its `id` out to make \
             a new one",
            quoted(&old.name)
        );
        planner.problem(&at.key("name"), reason);
    }
    let base_url = situation.base_url.map(|url| url.trim_end_matches('/'));
    if base_url.is_some_and(|base_url| is_own(base_url, &entry.issuer)) {
        let reason = "is this platform itself: its access tokens are for resources, and whoever \
                      receives one must not become the client with it; name the other issuer";
        planner.problem(&at.key("issuer"), reason);
    }
    let keys = match (&entry.keys, &entry.keys_file) {
        (Some(keys), _) => Some(Arc::new(keys.clone())),
        (None, Some(path)) => {
            let read = (situation.read_file)(path).and_then(|bytes| {
                read_key_set(&bytes).map_err(|reason| format!("{} {reason}", quoted(path)))
            });
            match read {
                Ok(keys) => Some(Arc::new(keys)),
                Err(reason) => {
                    planner.problem(&at.key("keysFile"), reason);
                    return None;
                }
            }
        }
        (None, None) => None,
    };
    let id = old.map(|old| old.id).or(entry.id);
    Some(FederatedIdentityCredential {
        id: id.unwrap_or_else(|| FederatedCredentialId::random(situation.random)),
        application_id: application.new.id,
        name: entry.name.clone(),
        issuer: entry.issuer.clone(),
        subject: subject(entry)?,
        audiences: entry.audiences.clone(),
        description: entry.description.clone(),
        keys,
    })
}

/// `validate` has seen that there is one of the two, and the rule of the key that it can be read.
fn subject(entry: &FederatedEntry) -> Option<SubjectMatcher> {
    match (&entry.subject, &entry.claims_matching_expression) {
        (Some(subject), _) => Some(SubjectMatcher::Subject(subject.clone())),
        (None, Some(expression)) => expression
            .value
            .parse()
            .ok()
            .map(SubjectMatcher::Expression),
        (None, None) => None,
    }
}

/// `is_held`: another credential of the application, which stays, has this issuer and subject now.
fn write(
    planner: &mut Planner<'_>,
    application: &ApplicationTarget<'_>,
    new: FederatedIdentityCredential,
    old: Option<&FederatedIdentityCredential>,
    is_held: bool,
) {
    let tenant_id = application.new.tenant_id;
    let add = |new| Write::AddFederatedCredential {
        tenant_id,
        credential: new,
    };
    let Some(old) = old else {
        planner.line(Sign::Added, title(&new, application));
        planner.write(Step::AddFederated, add(new));
        return;
    };
    if *old == new {
        return;
    }
    let what = changes(&federated_entry(old), &federated_entry(&new));
    planner.line(
        Sign::Changed,
        format!("{}: {what}", title(&new, application)),
    );
    if is_held {
        // Two that change places would each be in the other's way.
        remove(planner, application, old);
        planner.write(Step::AddFederated, add(new));
    } else {
        let update = Write::UpdateFederatedCredential {
            tenant_id,
            credential: new,
        };
        planner.write(Step::UpdateFederated, update);
    }
}

fn remove(
    planner: &mut Planner<'_>,
    application: &ApplicationTarget<'_>,
    old: &FederatedIdentityCredential,
) {
    let remove = Write::RemoveFederatedCredential {
        tenant_id: application.new.tenant_id,
        application_id: old.application_id,
        id: old.id,
    };
    planner.write(Step::Withdraw, remove);
}

fn title(credential: &FederatedIdentityCredential, application: &ApplicationTarget<'_>) -> String {
    format!(
        "federated credential {} ({}) of {}",
        quoted(&credential.name),
        credential.id,
        quoted(&application.new.display_name)
    )
}
