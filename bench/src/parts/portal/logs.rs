//! Logs of thirty days.

use anyhow::Result;
use countersign_domain::clock::{Clock, Timestamp};
use countersign_domain::directory::{
    Actor, AuditRecord, AuditTarget, ClientCredentialType, ModifiedProperty, ServicePrincipal,
    SignIn, Write,
};
use countersign_domain::ids::{
    AppId, ApplicationId, CorrelationId, KeyId, TenantId, TraceId, UserId,
};
use countersign_server::{SystemClock, SystemRandom};
use countersign_store::Db;
use serde_json::json;

const SECONDS: i64 = 30 * 86_400;

const SIGN_INS: u32 = 50_000;

const AUDIT_RECORDS: u32 = 5_000;

/// An application that asks for tokens.
pub(super) struct Client {
    pub(super) id: ApplicationId,
    pub(super) key_id: KeyId,
    pub(super) principal: ServicePrincipal,
}

/// The instant of one of so many entries, spread evenly, the last of them a minute ago.
fn instant(number: u32, of: u32) -> Timestamp {
    let back = (i64::from(of - number) * (SECONDS - 120)) / i64::from(of) + 60;
    SystemClock.now().plus_seconds(-back)
}

/// Sign-ins at one resource; a few clients ask for most of them, and one in twenty is refused.
/// Answers the last one.
pub(super) async fn sign_ins(db: &Db, clients: &[Client], resource: AppId) -> Result<TraceId> {
    let mut last = TraceId::at(SystemClock.now(), &SystemRandom);
    let numbers: Vec<u32> = (0..SIGN_INS).collect();
    for batch in numbers.chunks(1_000) {
        let records = batch.iter().map(|number| {
            // The square of what is spread evenly is mostly small.
            let spread = f64::from(number.wrapping_mul(2_654_435_761)) / f64::from(u32::MAX);
            let client = (spread * spread * (clients.len() - 1) as f64) as usize;
            sign_in(*number, &clients[client], resource)
        });
        let records: Vec<_> = records.collect();
        db.record_sign_ins(&records).await?;
        last = records.last().map_or(last, |record| record.id);
    }
    Ok(last)
}

fn sign_in(number: u32, client: &Client, resource: AppId) -> SignIn {
    let at = instant(number, SIGN_INS);
    let is_refused = number % 20 == 7;
    let reason = "The secret has expired; its name begins with the letters that were sent.";
    SignIn {
        id: TraceId::at(at, &SystemRandom),
        at,
        tenant_id: Some(client.principal.tenant_id),
        correlation_id: CorrelationId::random(&SystemRandom),
        app_id: Some(client.principal.app_id),
        service_principal_id: Some(client.principal.id),
        resource_app_id: Some(resource),
        credential_type: ClientCredentialType::ClientSecret,
        credential_key_id: (!is_refused).then_some(client.key_id),
        error_code: if is_refused { 7_000_222 } else { 0 },
        reason: is_refused.then(|| reason.to_owned()),
        ip_address: "192.0.2.1".to_owned(),
        is_assertion_reused: false,
        user_id: None,
    }
}

/// Changes of applications by a person, one in ten of them of `favourite`. Each is a commit.
pub(super) async fn audit_records(
    db: &Db,
    tenant_id: TenantId,
    person: UserId,
    clients: &[Client],
    favourite: ApplicationId,
) -> Result<()> {
    for (number, client) in (0..AUDIT_RECORDS).zip(clients.iter().cycle()) {
        let changed = if number % 10 == 0 {
            favourite
        } else {
            client.id
        };
        let record = AuditRecord {
            at: instant(number, AUDIT_RECORDS),
            activity: "Update application".to_owned(),
            actor: Some(Actor::User(person)),
            correlation_id: CorrelationId::random(&SystemRandom),
            changes: vec![format!("renamed the application {changed} in {tenant_id}")],
            targets: vec![AuditTarget {
                id: changed.uuid(),
                kind: "Application".to_owned(),
                display_name: Some("Client".to_owned()),
                modified_properties: vec![ModifiedProperty {
                    display_name: "DisplayName".to_owned(),
                    old_value: Some(json!("Client before")),
                    new_value: Some(json!("Client")),
                }],
            }],
        };
        let write = Write::UpdateServicePrincipal(client.principal.clone());
        db.commit(&[write], &record).await?;
    }
    Ok(())
}
