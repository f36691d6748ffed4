//! Federated credentials: trust in tokens of another issuer.

use serde::Deserialize;

use super::Context;
use super::object::{Given, Members, invalid, missing, read_only, refuse_read_only};
use crate::directory::{FederatedIdentityCredential, SubjectMatcher};
use crate::directory_file::check_federated_credential;
use crate::graph::error::GraphError;
use crate::graph::wire::Object;
use crate::ids::{ApplicationId, FederatedCredentialId};

const RESOURCE: &str = "FederatedIdentityCredential";

/// Federated credentials of one application. The original stops at 20; a token is compared with
/// all of them, so there is an end here too.
const CREDENTIALS_MAX: usize = 1_000;

/// Audiences of one credential.
const AUDIENCES_MAX: usize = 20;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Expression {
    value: String,
    #[serde(default)]
    language_version: Option<i64>,
}

/// Reads a new federated credential. `stored`: those that the application has. `name`: the key of
/// an upsert by name.
pub fn new_federated_credential(
    body: Object,
    application_id: ApplicationId,
    stored: &[FederatedIdentityCredential],
    name: Option<&str>,
    context: &Context<'_>,
) -> Result<FederatedIdentityCredential, GraphError> {
    let mut members = Members::new(body, RESOURCE);
    refuse_read_only(&mut members, &["id"])?;
    let given = members.read::<String>("name")?.value();
    let name = match (name, given) {
        (Some(key), Some(given)) if key != given => return Err(read_only("name")),
        (Some(key), _) => key.to_owned(),
        (None, given) => given.ok_or_else(|| missing("name", RESOURCE))?,
    };
    let subject = subject(&mut members, None)?;
    let new = FederatedIdentityCredential {
        id: FederatedCredentialId::random(context.random),
        application_id,
        name,
        issuer: members.required("issuer")?,
        subject,
        audiences: members.required("audiences")?,
        description: members.read("description")?.value(),
        keys: None,
    };
    members.finish()?;
    if stored.iter().any(|other| other.name == new.name) {
        return Err(GraphError::new(
            409,
            "Request_MultipleObjectsWithSameKeyValue",
            format!(
                "FederatedIdentityCredential with name {} already exists.",
                new.name
            ),
        ));
    }
    if stored.len() >= CREDENTIALS_MAX {
        return Err(GraphError::bad_request(format!(
            "The application has {} federated credentials, the most that there may be; remove one.",
            stored.len()
        )));
    }
    check(&new, stored, context)?;
    Ok(new)
}

/// Reads a change of a federated credential. `stored`: those that the application has.
pub fn change_federated_credential(
    body: Object,
    current: &FederatedIdentityCredential,
    stored: &[FederatedIdentityCredential],
    context: &Context<'_>,
) -> Result<FederatedIdentityCredential, GraphError> {
    let mut members = Members::new(body, RESOURCE);
    match members.read::<FederatedCredentialId>("id")? {
        Given::Absent => {}
        Given::Value(id) if id == current.id => {}
        _ => return Err(read_only("id")),
    }
    match members.read::<String>("name")? {
        Given::Absent => {}
        Given::Value(name) if name == current.name => {}
        _ => return Err(read_only("name")),
    }
    let mut new = current.clone();
    new.subject = subject(&mut members, Some(&current.subject))?;
    new.issuer = kept_or_new(&mut members, "issuer", new.issuer)?;
    new.audiences = kept_or_new(&mut members, "audiences", new.audiences)?;
    new.description = members.read("description")?.or_keep(new.description);
    members.finish()?;
    if new.issuer != current.issuer {
        // They were uploaded as the keys of the other issuer.
        new.keys = None;
    }
    let others: Vec<_> = stored
        .iter()
        .filter(|other| other.id != current.id)
        .cloned()
        .collect();
    check(&new, &others, context)?;
    Ok(new)
}

fn kept_or_new<T: serde::de::DeserializeOwned>(
    members: &mut Members,
    name: &str,
    current: T,
) -> Result<T, GraphError> {
    match members.read(name)? {
        Given::Absent => Ok(current),
        Given::Null => Err(missing(name, RESOURCE)),
        Given::Value(value) => Ok(value),
    }
}

/// `subject` and `claimsMatchingExpression` exclude each other: one of the two is set.
fn subject(
    members: &mut Members,
    current: Option<&SubjectMatcher>,
) -> Result<SubjectMatcher, GraphError> {
    let (old_subject, old_expression) = match current {
        Some(SubjectMatcher::Subject(subject)) => (Some(subject.clone()), None),
        Some(SubjectMatcher::Expression(expression)) => (None, Some(expression.clone())),
        None => (None, None),
    };
    let subject = members.read::<String>("subject")?.or_keep(old_subject);
    let expression = match members.read::<Expression>("claimsMatchingExpression")? {
        Given::Absent => old_expression,
        Given::Null => None,
        Given::Value(given) => Some(parse(&given)?),
    };
    match (subject, expression) {
        (Some(subject), None) => Ok(SubjectMatcher::Subject(subject)),
        (None, Some(expression)) => Ok(SubjectMatcher::Expression(expression)),
        (Some(_), Some(_)) => Err(GraphError::bad_request(
            "Properties 'subject' and 'claimsMatchingExpression' exclude each other; set one of \
             them to null.",
        )),
        (None, None) => Err(missing("subject", RESOURCE)),
    }
}

fn parse(given: &Expression) -> Result<crate::directory::ClaimsExpression, GraphError> {
    let name = "claimsMatchingExpression";
    if given.language_version.is_some_and(|version| version != 1) {
        return Err(invalid(
            name,
            RESOURCE,
            "has a languageVersion other than 1",
        ));
    }
    let parsed = given.value.parse();
    parsed.map_err(|error| invalid(name, RESOURCE, format_args!("is no expression: {error}")))
}

fn check(
    new: &FederatedIdentityCredential,
    others: &[FederatedIdentityCredential],
    context: &Context<'_>,
) -> Result<(), GraphError> {
    if new.audiences.len() > AUDIENCES_MAX {
        return Err(invalid("audiences", RESOURCE, "has more than 20 audiences"));
    }
    check_federated_credential(new, others, Some(context.base_url)).map_err(|reason| {
        GraphError::bad_request(format!("Invalid federated identity credential: {reason}."))
    })
}
