//! Many applications through the same commits as everybody else's, for databases that rows cannot be
//! copied into.

use anyhow::{Context, Result};
use countersign_domain::clock::Clock;
use countersign_domain::directory::{Application, AuditRecord, PasswordCredential, Write};
use countersign_domain::ids::{AppId, ApplicationId, CorrelationId, KeyId, TenantId};
use countersign_server::{SystemClock, SystemRandom};
use countersign_store::Db;

/// Applications of one commit.
const BATCH: u32 = 1_000;

/// Adds applications `Client 0`, `Client 1` and so on, each like the one called `Client` and with its
/// secret.
pub(crate) async fn add(db: &Db, tenant_id: TenantId, count: u32) -> Result<()> {
    let state = db.tenant_state(tenant_id).await?.context("the tenant")?;
    let mut applications = state.applications.iter();
    let template = applications.find(|one| one.display_name == "Client");
    let template = template.context("the client to copy")?;
    let mut passwords = state.passwords.iter();
    let secret = passwords.find(|one| one.application_id == template.id);
    let secret = secret.context("its secret")?;
    for begin in (0..count).step_by(BATCH as usize) {
        let numbers = begin..count.min(begin + BATCH);
        let writes: Vec<_> = numbers
            .flat_map(|number| copy(template, secret, number))
            .collect();
        let record = AuditRecord::of_command(
            SystemClock.now(),
            "Make the directory that is measured",
            CorrelationId::random(&SystemRandom),
            Vec::new(),
        );
        db.commit(&writes, &record).await?;
    }
    Ok(())
}

fn copy(template: &Application, secret: &PasswordCredential, number: u32) -> [Write; 2] {
    let application = Application {
        id: ApplicationId::random(&SystemRandom),
        app_id: AppId::random(&SystemRandom),
        display_name: format!("Client {number}"),
        ..template.clone()
    };
    let password = PasswordCredential {
        key_id: KeyId::random(&SystemRandom),
        application_id: application.id,
        ..secret.clone()
    };
    [
        Write::AddApplication(application),
        Write::AddPassword {
            tenant_id: template.tenant_id,
            password,
        },
    ]
}
