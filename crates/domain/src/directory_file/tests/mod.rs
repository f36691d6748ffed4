//! Files against states. A state is changed here by a small interpreter of writes, because the
//! store lives in another crate; the store's own tests hold it to the same meaning.

mod apply;
mod credentials;
mod errors;
pub(super) mod fixtures;
mod plans;
mod platform;
mod properties;
mod states;

use std::cell::Cell;
use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::json;

use super::{DirectoryFile, FileErrors, Plan, Situation};
use crate::clock::Timestamp;
use crate::directory::TenantState;
use crate::ids::AppId;
use crate::random::Random;
use crate::secret::Pepper;

pub(super) const NOW: Timestamp = Timestamp::from_unix_seconds(1_795_251_600);

/// Bytes that never repeat: ids differ, and a failing test fails the same way again.
#[derive(Default)]
struct Counter(AtomicU64);

impl Random for Counter {
    fn fill(&self, bytes: &mut [u8]) {
        let count = self.0.fetch_add(1, Ordering::Relaxed).to_be_bytes();
        for (byte, value) in bytes.iter_mut().rev().zip(count.iter().rev().cycle()) {
            *byte = *value;
        }
    }
}

/// A world to plan in: the stored tenants and what else planning asks for.
struct World {
    tenants: Vec<TenantState>,
    deleted: HashSet<AppId>,
    random: Counter,
    now: Cell<Timestamp>,
}

impl World {
    fn new(tenants: Vec<TenantState>) -> Self {
        Self {
            tenants,
            deleted: HashSet::new(),
            random: Counter::default(),
            now: Cell::new(NOW),
        }
    }

    fn plan(&self, text: &str) -> Result<Plan, FileErrors> {
        let file = DirectoryFile::parse("d.yaml", text)?;
        super::plan(
            &file,
            &Situation {
                current: &self.tenants,
                deleted_app_ids: &self.deleted,
                pepper: &Pepper::new(&[7; Pepper::LENGTH]),
                now: self.now.get(),
                random: &self.random,
                read_secret_file: &|path| match path {
                    "secret.txt" => Ok("secret from a file\n".into()),
                    "short.txt" => Ok("short".into()),
                    _ => Err(format!(
                        "there is no file {path}; make it, or correct the path"
                    )),
                },
                read_file: &|path| match path {
                    "orders.pem" => Ok(fixtures::EC.into()),
                    "nightly.der" => Ok(fixtures::der(fixtures::EC_384)),
                    "endless.pem" => Ok(fixtures::ENDLESS.into()),
                    "nameless.pem" => Ok(fixtures::NAMELESS.into()),
                    "authority.pem" => Ok(fixtures::AUTHORITY.into()),
                    "no_cert_sign.pem" => Ok(fixtures::NO_CERT_SIGN.into()),
                    "sha1.pem" => Ok(fixtures::SHA1.into()),
                    "weak.pem" => Ok(fixtures::RSA_1024.into()),
                    "jwks.json" => Ok(json!({"keys": [fixtures::jwk("a")]}).to_string().into()),
                    "empty.json" => Ok("{\"keys\": []}".into()),
                    _ => Err(format!(
                        "there is no file {path}; make it, or correct the path"
                    )),
                },
                base_url: Some("https://login.contoso.example/"),
            },
        )
    }

    /// Plans and carries out; answers the lines of the plan.
    fn apply(&mut self, text: &str) -> Result<Plan, FileErrors> {
        let plan = self.plan(text)?;
        for write in plan.writes.iter().cloned() {
            apply::apply(&mut self.tenants, write);
        }
        Ok(plan)
    }
}

fn lines(plan: &Plan) -> Vec<String> {
    plan.lines.iter().map(ToString::to_string).collect()
}
