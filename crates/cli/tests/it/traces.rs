//! What requests leave behind: a sign-in record for each, and no credential anywhere.

use std::fs;
use std::path::Path;

use anyhow::{Context, ensure};
use countersign_domain::directory::SignIn;
use countersign_domain::ids::{AppId, TenantId, TraceId};
use countersign_store::Db;
use countersign_testkit::http1::Response;
use serde_json::Value;

use crate::answer::{Expected, Issued};

/// A token request that was answered, and what its sign-in record must say.
pub(crate) struct Attempt {
    case: String,
    trace_id: TraceId,
    /// The record's name for the request; only where the answer told it.
    correlation_id: Option<String>,
    number: u32,
    /// Tenant and client of the token that was issued.
    issued: Option<(TenantId, AppId)>,
}

pub(crate) fn attempt(
    case: &str,
    response: &Response,
    expected: Expected,
    issued: Option<&Issued>,
) -> anyhow::Result<Attempt> {
    let trace_id = response.header("x-ms-request-id").context("its id")?;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let issued = issued.map(|Issued { claims, .. }| {
        let client = [&claims["appid"], &claims["azp"]].map(text).concat();
        anyhow::Ok((text(&claims["tid"]).parse()?, client.parse()?))
    });
    let (number, correlation_id) = match expected {
        Expected::Token => (0, None),
        Expected::Refused(_, _, number) => (number, Some(text(&response.json()["correlation_id"]))),
    };
    Ok(Attempt {
        case: case.to_owned(),
        trace_id: trace_id.parse()?,
        correlation_id,
        number,
        issued: issued.transpose()?,
    })
}

/// One record for each attempt, with correlation id, result, and tenant and client as soon as
/// they were known (U5).
pub(crate) fn check_records(data: &Path, attempts: &[Attempt]) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let url = format!("sqlite://{}", data.join("countersign.db").display());
        let db = Db::open(&url).await.expect("the server has let go of it");
        for attempt in attempts {
            let record = db.sign_in(attempt.trace_id).await.expect("readable");
            let checked = record
                .context("missing")
                .and_then(|record| check_record(attempt, &record));
            checked.unwrap_or_else(|error| panic!("{}: sign-in record: {error:#}", attempt.case));
        }
        db.close().await;
    });
}

fn check_record(attempt: &Attempt, record: &SignIn) -> anyhow::Result<()> {
    ensure!(record.error_code == attempt.number, "{record:?}");
    if let Some(correlation_id) = &attempt.correlation_id {
        ensure!(
            record.correlation_id.to_string() == *correlation_id,
            "{record:?}"
        );
    }
    if let Some((tenant_id, app_id)) = attempt.issued {
        ensure!(record.tenant_id == Some(tenant_id), "{record:?}");
        ensure!(record.app_id == Some(app_id), "{record:?}");
        ensure!(record.credential_key_id.is_some(), "{record:?}");
    }
    ensure!(
        !names_tenant(attempt.number) || record.tenant_id.is_some(),
        "{record:?}"
    );
    ensure!(
        !names_client(attempt.number) || record.app_id.is_some(),
        "{record:?}"
    );
    ensure!(record.ip_address.starts_with("127.0."), "{record:?}");
    Ok(())
}

/// Refusals that come after the tenant was found.
fn names_tenant(number: u32) -> bool {
    names_client(number)
        || [
            90_014, 7_000_216, 7_000_218, 90_100, 70_003, 700_038, 901_002,
        ]
        .contains(&number)
}

/// Refusals that come after the client id was read.
fn names_client(number: u32) -> bool {
    [
        700_016, 7_000_229, 7_000_112, 7_000_215, 7_000_222, 700_025, 1_002_012, 70_011, 500_011,
        500_014, 501_051, 70_025, 700_027, 50_027, 90_055,
    ]
    .contains(&number)
}

/// The database and the files beside it.
pub(crate) fn search_files(canaries: &[String], data: &Path) {
    for entry in fs::read_dir(data).expect("it is there") {
        let path = entry.expect("readable").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with("countersign.db") {
            // The log beside the database may go away at any time.
            let content = fs::read(&path).unwrap_or_default();
            search(canaries, &name, &content);
        }
    }
}

pub(crate) fn search(canaries: &[String], place: &str, content: &[u8]) {
    for canary in canaries {
        let found = contains(content, canary.as_bytes());
        assert!(!found, "{canary:?} in {place}");
    }
}

fn contains(content: &[u8], canary: &[u8]) -> bool {
    let Some(first) = canary.first() else {
        return false;
    };
    let mut rest = content;
    while let Some(start) = rest.iter().position(|byte| byte == first) {
        rest = &rest[start..];
        if rest.starts_with(canary) {
            return true;
        }
        rest = &rest[1..];
    }
    false
}
