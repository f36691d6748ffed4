use std::sync::Arc;

use countersign_domain::directory::{FederatedIdentityCredential, SubjectMatcher};
use countersign_domain::ids::{ApplicationId, FederatedCredentialId, TenantId};

use crate::StoreError;
use crate::commit::Commit;
use crate::credentials::note_owner;
use crate::db::Session;
use crate::error::{hit, writing};
use crate::row::{Guid, Place, to_json};

const TABLE: &str = "federated_credentials";

macro_rules! columns {
    () => {
        "f.application_id, f.id, f.name, f.issuer, f.subject, f.expression, f.audiences,
         f.description, f.keys"
    };
}

#[derive(sqlx::FromRow)]
struct FederatedRow {
    application_id: String,
    id: String,
    name: String,
    issuer: String,
    subject: Option<String>,
    expression: Option<String>,
    audiences: String,
    description: Option<String>,
    keys: Option<String>,
}

/// The federated credentials of an application, by name.
pub(crate) async fn of_application(
    session: &mut Session,
    tenant_id: TenantId,
    id: ApplicationId,
) -> Result<Vec<FederatedIdentityCredential>, StoreError> {
    let rows = fetch_all!(
        session,
        TABLE,
        FederatedRow,
        concat!(
            "SELECT ",
            columns!(),
            " FROM federated_credentials f WHERE f.application_id = $1 AND f.tenant_id = $2
             ORDER BY f.name"
        ),
        Guid(id.uuid()),
        Guid(tenant_id.uuid()),
    )?;
    rows.into_iter().map(federated_credential).collect()
}

/// The federated credentials of a tenant's applications that are not deleted, by name.
pub(crate) async fn of_tenant(
    session: &mut Session,
    tenant_id: TenantId,
) -> Result<Vec<FederatedIdentityCredential>, StoreError> {
    let rows = fetch_all!(
        session,
        TABLE,
        FederatedRow,
        concat!(
            "SELECT ",
            columns!(),
            " FROM applications a JOIN federated_credentials f ON f.application_id = a.id
             WHERE a.tenant_id = $1 AND f.tenant_id = $1 AND a.deleted_at IS NULL
             ORDER BY f.name, f.application_id"
        ),
        Guid(tenant_id.uuid()),
    )?;
    rows.into_iter().map(federated_credential).collect()
}

/// Adds a federated credential.
pub(crate) async fn add(
    commit: &mut Commit,
    tenant_id: TenantId,
    credential: &FederatedIdentityCredential,
) -> Result<(), StoreError> {
    note_owner(commit, tenant_id, (credential.application_id, None)).await?;
    let (subject, expression) = stored_subject(&credential.subject);
    execute!(
        commit.view.session,
        "INSERT INTO federated_credentials
             (application_id, id, tenant_id, name, issuer, subject, expression, audiences,
              description, keys)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        Guid(credential.application_id.uuid()),
        Guid(credential.id.uuid()),
        Guid(tenant_id.uuid()),
        credential.name.as_str(),
        credential.issuer.as_str(),
        subject,
        expression,
        to_json(&credential.audiences)?,
        credential.description.as_deref(),
        stored_keys(credential)?,
    )
    .map_err(writing(format_args!(
        "a federated credential of the application {} with the id {}, the name {:?} or the same \
         issuer and subject",
        credential.application_id, credential.id, credential.name
    )))?;
    Ok(())
}

/// Gives up the subject of a credential that is about to be updated or removed, so that a list of
/// writes can move a subject between credentials in any order.
pub(crate) async fn release(
    commit: &mut Commit,
    tenant_id: TenantId,
    application_id: ApplicationId,
    id: FederatedCredentialId,
) -> Result<(), StoreError> {
    execute!(
        commit.view.session,
        "UPDATE federated_credentials SET subject = NULL
         WHERE application_id = $1 AND id = $2 AND tenant_id = $3",
        Guid(application_id.uuid()),
        Guid(id.uuid()),
        Guid(tenant_id.uuid()),
    )?;
    Ok(())
}

/// Replaces a released federated credential's properties; its name stays.
pub(crate) async fn update(
    commit: &mut Commit,
    tenant_id: TenantId,
    credential: &FederatedIdentityCredential,
) -> Result<(), StoreError> {
    note_owner(commit, tenant_id, (credential.application_id, None)).await?;
    let (subject, expression) = stored_subject(&credential.subject);
    let rows = execute!(
        commit.view.session,
        "UPDATE federated_credentials
         SET issuer = $4, subject = $5, expression = $6, audiences = $7, description = $8,
             keys = $9
         WHERE application_id = $1 AND id = $2 AND tenant_id = $3",
        Guid(credential.application_id.uuid()),
        Guid(credential.id.uuid()),
        Guid(tenant_id.uuid()),
        credential.issuer.as_str(),
        subject,
        expression,
        to_json(&credential.audiences)?,
        credential.description.as_deref(),
        stored_keys(credential)?,
    )
    .map_err(writing(format_args!(
        "a federated credential of the application {} with the same issuer and subject",
        credential.application_id
    )))?;
    hit(
        rows,
        format_args!("the federated credential {}", credential.id),
    )
}

/// The columns `subject` and `expression`.
fn stored_subject(subject: &SubjectMatcher) -> (Option<&str>, Option<String>) {
    match subject {
        SubjectMatcher::Subject(subject) => (Some(subject), None),
        SubjectMatcher::Expression(expression) => (None, Some(expression.to_string())),
    }
}

fn stored_keys(credential: &FederatedIdentityCredential) -> Result<Option<String>, StoreError> {
    credential.keys.as_deref().map(to_json).transpose()
}

fn federated_credential(row: FederatedRow) -> Result<FederatedIdentityCredential, StoreError> {
    let place = Place {
        table: TABLE,
        id: &row.id,
    };
    let subject = match (row.subject, row.expression) {
        (Some(subject), None) => SubjectMatcher::Subject(subject),
        (None, Some(text)) => SubjectMatcher::Expression(place.parse("expression", &text)?),
        _ => return Err(place.damaged("subject", "neither or both of subject and expression")),
    };
    let keys = row.keys.map(|text| place.json("keys", &text)).transpose()?;
    Ok(FederatedIdentityCredential {
        id: place.parse("id", &row.id)?,
        application_id: place.parse("application_id", &row.application_id)?,
        audiences: place.json("audiences", &row.audiences)?,
        keys: keys.map(Arc::new),
        subject,
        name: row.name,
        issuer: row.issuer,
        description: row.description,
    })
}
