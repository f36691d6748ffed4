//! Owners of applications and service principals.

use countersign_domain::directory::{Owned, Owner, Ownership, Write};
use countersign_domain::graph::audit::{Activity, Audit, Target};
use countersign_domain::graph::body;
use countersign_domain::graph::error::GraphError;
use countersign_domain::graph::permission::Permission;
use countersign_domain::graph::route::ObjectKey;
use countersign_domain::graph::wire::reference;
use uuid::Uuid;

use super::dry_run;
use super::found::{About, Found};
use super::work::Work;
use crate::graph::answer::Answer;
use crate::graph::ask::Ask;

/// Owners of one object.
const OWNERS_MAX: usize = 100;

/// Makes somebody an owner.
pub(super) async fn add(ask: &Ask<'_>, key: impl Into<ObjectKey>) -> Result<Answer, GraphError> {
    let id = body::read_reference(ask.body)?;
    let mut work = Work::begin(ask).await?;
    let found = work.object(key).await?;
    work.check_takeover(&found).await?;
    let Some((owner, name)) = work.owner(id).await? else {
        return Err(GraphError::not_found(id));
    };
    if found.owners.contains(&owner) {
        return Err(GraphError::bad_request(
            "One or more added object references already exist for the following modified \
             properties: 'owners'.",
        ));
    }
    check_number(found.owners.len() + 1)?;
    let add = Write::AddOwner(ownership(ask, &found, owner));
    let activity = match found.about {
        About::Application => Activity::AddApplicationOwner,
        About::ServicePrincipal(_) => Activity::AddServicePrincipalOwner,
    };
    let audit = work
        .audit(activity)
        .owner(&found.target(), &Target::owner(owner, name), true);
    work.commit(&[add], audit).await?;
    Ok(Answer::NoContent)
}

/// Takes an owner away, the last one too: Terraform leaves what it made without one.
pub(super) async fn remove(
    ask: &Ask<'_>,
    key: impl Into<ObjectKey>,
    id: Uuid,
) -> Result<Answer, GraphError> {
    let mut work = Work::begin(ask).await?;
    let found = work.object(key).await?;
    let mut owners = found.owners.iter();
    let owner = owners.find(|owner| owner.uuid() == id).copied();
    let owner = owner.ok_or_else(|| GraphError::not_found(id))?;
    if ask.prefers("dry-run") {
        let root = ask.service_root();
        return Ok(dry_run::unused(reference(&root, id)));
    }
    let name = work.owner(id).await?.map(|(_, name)| name);
    let remove = Write::RemoveOwner(ownership(ask, &found, owner));
    let activity = match found.about {
        About::Application => Activity::RemoveApplicationOwner,
        About::ServicePrincipal(_) => Activity::RemoveServicePrincipalOwner,
    };
    let owner = Target::owner(owner, name.unwrap_or_default());
    let audit = work.audit(activity).owner(&found.target(), &owner, false);
    work.commit(&[remove], audit).await?;
    Ok(Answer::NoContent)
}

impl Work<'_> {
    /// Makes the first owners of an object: those that were asked for; where nobody was, or the
    /// caller may change only what it owns, the caller. The writes and the record get one entry for
    /// each.
    pub(super) async fn add_first_owners(
        &mut self,
        object: (Owned, &Target),
        asked: &[Uuid],
        writes: &mut Vec<Write>,
        mut audit: Audit,
    ) -> Result<Audit, GraphError> {
        let mut ids = asked.to_vec();
        let permissions = &self.ask.caller.permissions;
        if ids.is_empty() || !permissions.contains(Permission::ApplicationReadWriteAll) {
            ids.push(self.caller().uuid());
        }
        ids.sort_unstable();
        ids.dedup();
        check_number(ids.len())?;
        let (object, target) = object;
        for id in ids {
            let Some((owner, name)) = self.owner(id).await? else {
                return Err(GraphError::bad_request(format!(
                    "Invalid value specified for property 'owners': there is no user and no \
                     service principal with the id '{id}'."
                )));
            };
            writes.push(Write::AddOwner(Ownership {
                tenant_id: self.ask.tenant_id(),
                object,
                owner,
            }));
            audit = audit.owner(target, &Target::owner(owner, name), true);
        }
        Ok(audit)
    }
}

fn check_number(owners: usize) -> Result<(), GraphError> {
    if owners <= OWNERS_MAX {
        return Ok(());
    }
    Err(GraphError::bad_request(format!(
        "An object has at most {OWNERS_MAX} owners."
    )))
}

fn ownership(ask: &Ask<'_>, found: &Found, owner: Owner) -> Ownership {
    Ownership {
        tenant_id: ask.tenant_id(),
        object: found.object(),
        owner,
    }
}
