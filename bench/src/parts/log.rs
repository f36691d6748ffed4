//! What the sign-in log costs: batches as the server writes them, on the server's own core.

use anyhow::Result;
use countersign_domain::clock::Clock;
use countersign_domain::directory::{ClientCredentialType, SignIn};
use countersign_domain::ids::{AppId, CorrelationId, KeyId, ServicePrincipalId, TenantId, TraceId};
use countersign_server::{SystemClock, SystemRandom};
use countersign_store::Db;

use super::{Bench, CLIENTS};
use crate::report::Figure;
use crate::server::cpu_time;

const PART: &str = "log";

/// Records of a batch: the most that the server writes at once.
const BATCH: usize = 1_000;

pub(super) fn measure(bench: &mut Bench) -> Result<()> {
    let batches = bench.choose(100, 5);
    let world = bench.world(1)?;
    let url = format!("sqlite://{}", world.database().display());
    let clients: Vec<_> = (0..CLIENTS).map(|_| Client::random()).collect();
    let micros = bench.runtime.block_on(async {
        let db = Db::open(&url).await?;
        let mut samples = Vec::new();
        for _ in 0..bench.repetitions() {
            // Made beforehand: their random ids cost more than a tenth of what is measured.
            let records: Vec<_> = (0..batches).map(|_| batch(&clients)).collect();
            let before = cpu_time(std::process::id())?;
            for batch in &records {
                db.record_sign_ins(batch).await?;
            }
            let cpu = cpu_time(std::process::id())? - before;
            samples.push(cpu.as_secs_f64() * 1e6 / (batches * BATCH) as f64);
        }
        db.close().await;
        anyhow::Ok(samples)
    })?;
    let name = "processor time of a record, SQLite, batches of 1,000";
    bench.add(Figure::median(PART, name, micros, "µs"));
    Ok(())
}

struct Client {
    app_id: AppId,
    principal_id: ServicePrincipalId,
    key_id: KeyId,
}

impl Client {
    fn random() -> Self {
        Self {
            app_id: AppId::random(&SystemRandom),
            principal_id: ServicePrincipalId::random(&SystemRandom),
            key_id: KeyId::random(&SystemRandom),
        }
    }
}

fn batch(clients: &[Client]) -> Vec<SignIn> {
    let random = &SystemRandom;
    let tenant_id = TenantId::random(random);
    let record = |client: &Client| SignIn {
        id: TraceId::at(SystemClock.now(), random),
        at: SystemClock.now(),
        tenant_id: Some(tenant_id),
        correlation_id: CorrelationId::random(random),
        app_id: Some(client.app_id),
        service_principal_id: Some(client.principal_id),
        resource_app_id: Some(AppId::random(random)),
        credential_type: ClientCredentialType::ClientSecret,
        credential_key_id: Some(client.key_id),
        error_code: 0,
        reason: None,
        ip_address: "192.0.2.1".to_owned(),
        is_assertion_reused: false,
        user_id: None,
    };
    clients.iter().cycle().take(BATCH).map(record).collect()
}
