//! Very many clients, quickly: rows copied from one client that the rules have made.

use std::path::Path;

use anyhow::{Context, Result};
use countersign_domain::ids::AppId;
use countersign_domain::secret::{Pepper, Secret};
use serde_json::json;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, SqliteConnection};
use uuid::{Builder, Uuid};

/// Clients of one transaction.
const BATCH: u32 = 20_000;

/// `$1` is a list of `[object id, client id, service principal id, secret hash]`, `$2` the client id
/// of the template.
const STATEMENTS: [&str; 6] = [
    "INSERT INTO applications
     SELECT n.value->>0, a.tenant_id, n.value->>1, 'Client ' || (n.value->>1), a.sign_in_audience,
            a.identifier_uris, a.app_roles, a.requested_access_token_version,
            a.is_fallback_public_client, a.is_disabled, a.access_token_lifetime_seconds,
            a.access_token_signing_algorithm, a.manifest, a.created_at, NULL,
            a.assertion_policy, 'client ' || (n.value->>1),
            ' client ' || replace(n.value->>1, '-', ' '), NULL
     FROM json_each($1) n, applications a WHERE a.app_id = $2",
    "INSERT INTO service_principals
     SELECT n.value->>2, s.tenant_id, n.value->>1, s.account_enabled,
            s.app_role_assignment_required, s.created_at, s.details, 'client ' || (n.value->>1),
            ' client ' || replace(n.value->>1, '-', ' ')
     FROM json_each($1) n, service_principals s WHERE s.app_id = $2",
    // Each client has one credential of a kind, so the application's id names it too.
    "INSERT INTO password_credentials
     SELECT n.value->>0, n.value->>0, p.tenant_id, p.display_name, p.hint, n.value->>3, p.start_at,
            p.end_at, NULL, NULL
     FROM json_each($1) n, password_credentials p
     JOIN applications a ON a.id = p.application_id WHERE a.app_id = $2",
    "INSERT INTO key_credentials
     SELECT n.value->>0, n.value->>0, k.tenant_id, k.display_name, k.certificate, k.trust,
            k.subject_kind, k.subject_value, k.start_at, k.end_at, NULL, NULL
     FROM json_each($1) n, key_credentials k
     JOIN applications a ON a.id = k.application_id WHERE a.app_id = $2",
    "INSERT INTO federated_credentials
     SELECT n.value->>0, n.value->>0, f.tenant_id, f.name, f.issuer, f.subject, f.expression,
            f.audiences, f.description, f.keys, NULL
     FROM json_each($1) n, federated_credentials f
     JOIN applications a ON a.id = f.application_id WHERE a.app_id = $2",
    "INSERT INTO app_role_assignments
     SELECT lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-' || hex(randomblob(2))
                || '-' || hex(randomblob(2)) || '-' || hex(randomblob(6))),
            r.tenant_id, n.value->>2, r.resource_id, r.app_role_id, r.created_at
     FROM json_each($1) n, app_role_assignments r
     JOIN service_principals s ON s.id = r.principal_id WHERE s.app_id = $2",
];

/// The client id of a client, by its number.
pub(crate) fn app_id(number: u32) -> AppId {
    AppId::new(guid(number, Kind::Client))
}

/// Adds clients `0..count`, each like the template and with the same secret.
pub(crate) async fn clients(
    database: &Path,
    template: AppId,
    count: u32,
    pepper: &Pepper,
    secret: &Secret,
) -> Result<()> {
    let mut connection = connect(database).await?;
    for begin in (0..count).step_by(BATCH as usize) {
        let rows = (begin..count.min(begin + BATCH)).map(|number| {
            let app_id = app_id(number);
            json!([
                guid(number, Kind::Application),
                app_id,
                guid(number, Kind::ServicePrincipal),
                pepper.hash(app_id, secret).to_stored(),
            ])
        });
        let rows = serde_json::Value::from_iter(rows).to_string();
        let mut transaction = connection.begin().await?;
        for statement in STATEMENTS {
            sqlx::query(statement)
                .bind(&rows)
                .bind(template.to_string())
                .execute(&mut *transaction)
                .await
                .with_context(|| statement.to_owned())?;
        }
        transaction.commit().await?;
    }
    Ok(connection.close().await?)
}

async fn connect(database: &Path) -> Result<SqliteConnection> {
    let options = SqliteConnectOptions::new()
        .filename(database)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Off)
        .foreign_keys(false)
        .pragma("cache_size", "-1000000")
        .collation("C", |left, right| left.as_bytes().cmp(right.as_bytes()));
    Ok(options.connect().await?)
}

#[derive(Clone, Copy)]
enum Kind {
    Application = 1,
    Client,
    ServicePrincipal,
}

/// Ids that are spread like random ones, so that indexes are as they are in real life, and that can
/// be told again from the number.
fn guid(number: u32, kind: Kind) -> Uuid {
    let high = mix(u64::from(number) << 8 | kind as u64);
    let low = mix(high);
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&high.to_be_bytes());
    bytes[8..].copy_from_slice(&low.to_be_bytes());
    Builder::from_random_bytes(bytes).into_uuid()
}

/// The finaliser of SplitMix64: one to one, and every bit depends on every other.
fn mix(value: u64) -> u64 {
    let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}
