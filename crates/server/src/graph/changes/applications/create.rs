//! `POST /applications`, and what an upsert does where there is none yet.

use countersign_domain::directory::Owned;
use countersign_domain::graph::audit::{Activity, Target};
use countersign_domain::graph::body::{self, NewApplication};
use countersign_domain::graph::error::GraphError;
use countersign_domain::graph::etag::ETag;
use countersign_domain::graph::wire::new_password_credential;
use serde_json::Value;

use super::super::found::shown_application;
use super::super::work::{Work, body_of, context};
use super::names;
use crate::graph::answer::Answer;
use crate::graph::ask::Ask;

/// Registers an application.
pub(in super::super) async fn create(ask: &Ask<'_>) -> Result<Answer, GraphError> {
    let new = body::new_application(body_of(ask)?, None, &context(ask))?;
    create_in(Work::begin(ask).await?, new).await
}

/// Registers an application in a change that has begun.
pub(super) async fn create_in(
    mut work: Work<'_>,
    new: NewApplication,
) -> Result<Answer, GraphError> {
    let application = &new.application;
    names::check(&mut work, application, None).await?;
    let mut writes = new.writes();
    let passwords: Vec<_> = new
        .passwords
        .iter()
        .map(|new| new.credential.clone())
        .collect();
    let mut shown = shown_application(application, &passwords, &new.keys, &work.ask.caller.tenant);
    let target = Target::application(application);
    let audit = work
        .audit(Activity::AddApplication)
        .object(&target, None, Some(&shown));
    let object = (Owned::Application(application.id), &target);
    let audit = work
        .add_first_owners(object, &new.owners, &mut writes, audit)
        .await?;
    work.commit(&writes, audit).await?;
    let etag = ETag::of(&shown);
    shown.insert("passwordCredentials".to_owned(), with_secrets(&new));
    let location = format!("/applications/{}", application.id);
    Ok(Answer::created("applications/$entity", shown, location).with_etag(etag))
}

/// The only time that the secrets are shown.
fn with_secrets(new: &NewApplication) -> Value {
    let shown = new
        .passwords
        .iter()
        .map(|new| new_password_credential(&new.credential, &new.secret))
        .map(Value::Object);
    Value::Array(shown.collect())
}
