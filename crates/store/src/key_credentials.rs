use std::sync::Arc;

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use countersign_domain::clock::Timestamp;
use countersign_domain::directory::{
    CertificateSubject, KeyCredential, KeyTrust, RegisteredCertificate,
};
use countersign_domain::ids::{ApplicationId, ServicePrincipalId, TenantId};
use serde::{Deserialize, Serialize};

use crate::StoreError;
use crate::commit::Commit;
use crate::credentials::{id_or_empty, note_owner};
use crate::db::Session;
use crate::error::{hit, writing};
use crate::row::{Guid, Place};

const TABLE: &str = "key_credentials";

macro_rules! columns {
    () => {
        "k.application_id, k.key_id, k.service_principal_id, k.display_name, k.certificate,
         k.trust, k.subject_kind, k.subject_value, k.start_at, k.end_at, k.last_used_at"
    };
}

pub(crate) use columns;

/// One row, also as part of a deleted service principal.
#[derive(sqlx::FromRow, Serialize, Deserialize)]
pub(crate) struct KeyRow {
    application_id: String,
    key_id: String,
    service_principal_id: Option<String>,
    display_name: Option<String>,
    certificate: String,
    trust: String,
    subject_kind: Option<String>,
    subject_value: Option<String>,
    start_at: i64,
    end_at: i64,
    last_used_at: Option<i64>,
}

/// The certificates that prove an application in a tenant, oldest first: its own, and those of its
/// service principal there.
pub(crate) async fn of_application(
    session: &mut Session,
    home: TenantId,
    id: ApplicationId,
    principal: Option<ServicePrincipalId>,
) -> Result<Vec<KeyCredential>, StoreError> {
    let rows = fetch_all!(
        session,
        TABLE,
        KeyRow,
        concat!(
            "SELECT ",
            columns!(),
            " FROM key_credentials k WHERE k.application_id = $1
                AND ((k.tenant_id = $2 AND k.service_principal_id IS NULL)
                     OR k.service_principal_id = $3)
              ORDER BY k.start_at, k.key_id"
        ),
        Guid(id.uuid()),
        Guid(home.uuid()),
        principal.map(|id| Guid(id.uuid())),
    )?;
    rows.into_iter().map(key_credential).collect()
}

/// The certificates of a tenant's applications that are not deleted.
pub(crate) async fn of_tenant(
    session: &mut Session,
    tenant_id: TenantId,
) -> Result<Vec<KeyCredential>, StoreError> {
    let rows = fetch_all!(
        session,
        TABLE,
        KeyRow,
        concat!(
            "SELECT ",
            columns!(),
            " FROM applications a JOIN key_credentials k ON k.application_id = a.id
             WHERE a.tenant_id = $1 AND k.tenant_id = $1 AND k.service_principal_id IS NULL
               AND a.deleted_at IS NULL
             ORDER BY k.application_id, k.start_at, k.key_id"
        ),
        Guid(tenant_id.uuid()),
    )?;
    rows.into_iter().map(key_credential).collect()
}

/// Adds a certificate.
pub(crate) async fn add(
    commit: &mut Commit,
    tenant_id: TenantId,
    key: &KeyCredential,
) -> Result<(), StoreError> {
    let owner = (key.application_id, key.service_principal_id);
    note_owner(commit, tenant_id, owner).await?;
    let (trust, subject_kind, subject_value) = stored_trust(&key.trust);
    execute!(
        commit.view.session,
        "INSERT INTO key_credentials
             (application_id, key_id, tenant_id, display_name, certificate, trust, subject_kind,
              subject_value, start_at, end_at, service_principal_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        Guid(key.application_id.uuid()),
        Guid(key.key_id.uuid()),
        Guid(tenant_id.uuid()),
        key.display_name.as_deref(),
        BASE64_URL_SAFE_NO_PAD.encode(key.certificate.certificate().der()),
        trust,
        subject_kind,
        subject_value,
        key.start_at.micros(),
        key.end_at.micros(),
        key.service_principal_id.map(|id| Guid(id.uuid())),
    )
    .map_err(writing(format_args!(
        "the certificate {} of the application {}",
        key.key_id, key.application_id
    )))?;
    Ok(())
}

/// Replaces a certificate's properties; its bytes stay.
pub(crate) async fn update(
    commit: &mut Commit,
    tenant_id: TenantId,
    key: &KeyCredential,
) -> Result<(), StoreError> {
    let owner = (key.application_id, key.service_principal_id);
    note_owner(commit, tenant_id, owner).await?;
    let (trust, subject_kind, subject_value) = stored_trust(&key.trust);
    let rows = execute!(
        commit.view.session,
        "UPDATE key_credentials
         SET display_name = $4, trust = $5, subject_kind = $6, subject_value = $7, start_at = $8,
             end_at = $9
         WHERE application_id = $1 AND key_id = $2 AND tenant_id = $3
           AND COALESCE(service_principal_id, '') = $10",
        Guid(key.application_id.uuid()),
        Guid(key.key_id.uuid()),
        Guid(tenant_id.uuid()),
        key.display_name.as_deref(),
        trust,
        subject_kind,
        subject_value,
        key.start_at.micros(),
        key.end_at.micros(),
        id_or_empty(key.service_principal_id),
    )?;
    hit(rows, format_args!("the certificate {}", key.key_id))
}

/// The certificates of a service principal alone, as they are stored.
pub(crate) async fn of_principal(
    session: &mut Session,
    id: &str,
) -> Result<Vec<KeyRow>, StoreError> {
    fetch_all!(
        session,
        TABLE,
        KeyRow,
        concat!(
            "SELECT ",
            columns!(),
            " FROM key_credentials k WHERE k.service_principal_id = $1
              ORDER BY k.start_at, k.key_id"
        ),
        id,
    )
}

/// Puts a stored certificate of a service principal back.
pub(crate) async fn restore(
    commit: &mut Commit,
    tenant_id: TenantId,
    row: &KeyRow,
) -> Result<(), StoreError> {
    execute!(
        commit.view.session,
        "INSERT INTO key_credentials
             (application_id, key_id, tenant_id, display_name, certificate, trust, subject_kind,
              subject_value, start_at, end_at, service_principal_id, last_used_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT DO NOTHING",
        row.application_id.as_str(),
        row.key_id.as_str(),
        Guid(tenant_id.uuid()),
        row.display_name.as_deref(),
        row.certificate.as_str(),
        row.trust.as_str(),
        row.subject_kind.as_deref(),
        row.subject_value.as_deref(),
        row.start_at,
        row.end_at,
        row.service_principal_id.as_deref(),
        row.last_used_at,
    )?;
    Ok(())
}

pub(crate) fn key_credential(row: KeyRow) -> Result<KeyCredential, StoreError> {
    let place = Place {
        table: TABLE,
        id: &row.key_id,
    };
    let trust = trust(
        &row.trust,
        row.subject_kind.as_deref(),
        row.subject_value.as_deref(),
    );
    Ok(KeyCredential {
        key_id: place.parse("key_id", &row.key_id)?,
        application_id: place.parse("application_id", &row.application_id)?,
        service_principal_id: place
            .parse_some("service_principal_id", row.service_principal_id.as_deref())?,
        certificate: certificate(place, &row.certificate)?,
        trust: trust.ok_or_else(|| place.damaged("trust", "no way to trust a certificate"))?,
        display_name: row.display_name,
        start_at: Timestamp::from_micros(row.start_at),
        end_at: Timestamp::from_micros(row.end_at),
    })
}

fn certificate(place: Place<'_>, text: &str) -> Result<Arc<RegisteredCertificate>, StoreError> {
    let der = BASE64_URL_SAFE_NO_PAD
        .decode(text)
        .map_err(|error| place.damaged("certificate", error))?;
    RegisteredCertificate::from_der(&der)
        .map(Arc::new)
        .map_err(|error| place.damaged("certificate", error))
}

/// The columns `trust`, `subject_kind` and `subject_value`.
fn stored_trust(trust: &KeyTrust) -> (&'static str, Option<&'static str>, Option<&str>) {
    let (kind, value) = match trust {
        KeyTrust::Certificate => return ("certificate", None, None),
        KeyTrust::Authority(CertificateSubject::CommonName(value)) => ("commonName", value),
        KeyTrust::Authority(CertificateSubject::DnsName(value)) => ("dnsName", value),
        KeyTrust::Authority(CertificateSubject::Uri(value)) => ("uri", value),
    };
    ("authority", Some(kind), Some(value))
}

/// `None` where the columns do not fit together: a guess could trust more than was registered.
fn trust(trust: &str, kind: Option<&str>, value: Option<&str>) -> Option<KeyTrust> {
    match (trust, kind, value) {
        ("certificate", None, None) => Some(KeyTrust::Certificate),
        ("authority", Some(kind), Some(value)) => subject(kind, value).map(KeyTrust::Authority),
        _ => None,
    }
}

fn subject(kind: &str, value: &str) -> Option<CertificateSubject> {
    let subject = match kind {
        "commonName" => CertificateSubject::CommonName,
        "dnsName" => CertificateSubject::DnsName,
        "uri" => CertificateSubject::Uri,
        _ => return None,
    };
    Some(subject(value.to_owned()))
}
