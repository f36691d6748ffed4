//! What the sign-in log costs: batches as the server writes them, on the server's own core.

use anyhow::Result;
use countersign_domain::clock::Clock;
use countersign_domain::directory::{ClientCredentialType, SignIn};
use countersign_domain::ids::{AppId, CorrelationId, KeyId, ServicePrincipalId, TenantId, TraceId};
use countersign_server::{SystemClock, SystemRandom};
use countersign_store::Db;

use super::Bench;
use crate::report::Figure;
use crate::server::cpu_time;

const PART: &str = "log";

/// Records of a batch: what half a second of RS256 grants makes.
const BATCH: usize = 1_000;

pub(super) fn measure(bench: &mut Bench) -> Result<()> {
    let batches = bench.choose(100, 5);
    let world = bench.world(1)?;
    let url = format!("sqlite://{}", world.database().display());
    let micros = bench.runtime.block_on(async {
        let db = Db::open(&url).await?;
        let mut samples = Vec::new();
        for _ in 0..bench.repetitions() {
            let before = cpu_time(std::process::id())?;
            for _ in 0..batches {
                db.record_sign_ins(&batch()).await?;
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

fn batch() -> Vec<SignIn> {
    let random = &SystemRandom;
    let tenant_id = TenantId::random(random);
    let record = |_| SignIn {
        id: TraceId::random(random),
        at: SystemClock.now(),
        tenant_id: Some(tenant_id),
        correlation_id: CorrelationId::random(random),
        app_id: Some(AppId::random(random)),
        service_principal_id: Some(ServicePrincipalId::random(random)),
        resource_app_id: Some(AppId::random(random)),
        credential_type: ClientCredentialType::ClientSecret,
        credential_key_id: Some(KeyId::random(random)),
        error_code: 0,
        reason: None,
        ip_address: "192.0.2.1".to_owned(),
    };
    (0..BATCH).map(record).collect()
}
