//! `PATCH /applications/{id}`, and the upsert under a unique name.

use countersign_domain::graph::audit::Activity;
use countersign_domain::graph::body::{self, StoredApplication};
use countersign_domain::graph::error::GraphError;
use countersign_domain::graph::policy::{self, Decision};
use countersign_domain::graph::route::{ApplicationKey, ObjectKey, Operation};

use super::super::found::{Found, keys_after, shown_application};
use super::super::work::{Work, body_of};
use super::{create, names};
use crate::graph::answer::Answer;
use crate::graph::ask::Ask;
use countersign_domain::graph::wire::Object as Members;

/// Changes an application; creates it where that is asked for.
pub(in super::super) async fn update(
    ask: &Ask<'_>,
    key: ApplicationKey,
) -> Result<Answer, GraphError> {
    let body = body_of(ask)?;
    let mut work = Work::begin(ask).await?;
    let key = ObjectKey::Application(key);
    match (work.lookup(&key).await?, &key) {
        (Some(found), _) => {
            let found = work.permitted(found)?;
            work.check_version(&found.shown(&ask.caller.tenant))?;
            change(work, found, body).await
        }
        (None, ObjectKey::Application(ApplicationKey::UniqueName(name)))
            if ask.prefers("create-if-missing") =>
        {
            let permissions = &ask.caller.permissions;
            if policy::check(Operation::CreateApplication, permissions) != Decision::Allowed {
                return Err(GraphError::denied());
            }
            ask.refuse_if_match()?;
            let new = body::new_application(body, Some(name), &work.context())?;
            create::create_in(work, new).await
        }
        (None, key) => Err(GraphError::not_found(key)),
    }
}

async fn change(mut work: Work<'_>, found: Found, body: Members) -> Result<Answer, GraphError> {
    let stored = StoredApplication {
        application: &found.application,
        passwords: &found.passwords,
        keys: &found.keys,
    };
    let changed = body::change_application(body, stored, &work.context())?;
    let enables = found.application.is_disabled && !changed.application.is_disabled;
    if changed.adds_credential() || enables {
        work.check_takeover(&found).await?;
    }
    names::check(&mut work, &changed.application, Some(&found.application)).await?;
    let writes = changed.writes(&found.application);
    if writes.is_empty() {
        return Ok(Answer::NoContent);
    }
    let tenant = &work.ask.caller.tenant;
    let before = found.shown(tenant);
    let keys = keys_after(
        &found.keys,
        &changed.keys_removed,
        &changed.keys_changed,
        &changed.keys_added,
    );
    let mut passwords = found.passwords.clone();
    passwords.retain(|password| !changed.passwords_removed.contains(&password.key_id));
    let after = shown_application(&changed.application, &passwords, &keys, tenant);
    let is_of_credentials = found.application == changed.application;
    let activity = match is_of_credentials {
        true => Activity::UpdateApplicationCredentials,
        false => Activity::UpdateApplication,
    };
    let audit = work
        .audit(activity)
        .object(&found.target(), Some(&before), Some(&after));
    work.commit(&writes, audit).await?;
    Ok(Answer::NoContent)
}
