//! The directory file, from text to plan and back.

use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering};

use countersign_domain::clock::Timestamp;
use countersign_domain::directory::{TenantState, Write};
use countersign_domain::directory_file::{
    DirectoryFile, FileErrors, Plan, Situation, export, plan,
};
use countersign_domain::ids::TenantId;
use countersign_domain::random::Random;
use countersign_domain::secret::Pepper;

/// A file that is taken by an empty directory changes nothing a second time, and neither does an
/// export of what it made.
pub fn directory_file(text: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(text) else {
        return false;
    };
    let random = Counter::default();
    let Ok(first) = plan_of(text, &[], &random) else {
        return false;
    };
    let tenants = made_by(first.writes);
    check_no_change("the file", text, &tenants, &random);
    check_no_change("the export", &export(&tenants), &tenants, &random);
    true
}

fn check_no_change(what: &str, text: &str, tenants: &[TenantState], random: &Counter) {
    match plan_of(text, tenants, random) {
        Ok(plan) => assert!(plan.is_empty(), "{what} changes {:?}\n{text}", plan.lines),
        Err(errors) => panic!("{what} is refused: {errors}\n{text}"),
    }
}

fn plan_of(text: &str, current: &[TenantState], random: &Counter) -> Result<Plan, FileErrors> {
    let file = DirectoryFile::parse("directory.yaml", text)?;
    let situation = Situation {
        current,
        deleted_app_ids: &HashSet::new(),
        pepper: &Pepper::new(&[7; Pepper::LENGTH]),
        now: Timestamp::from_unix_seconds(1_795_251_600),
        random,
        read_secret_file: &|_| Ok("a secret for the fuzzer\n".to_owned()),
        read_file: &|name| Ok(bytes_of(name).to_vec()),
        base_url: Some("https://login.example"),
    };
    plan(&file, &situation)
}

/// What a list of writes makes of an empty directory. Nothing can be changed or removed there.
fn made_by(writes: Vec<Write>) -> Vec<TenantState> {
    let mut tenants = Vec::new();
    for write in writes {
        match write {
            Write::AddTenant(tenant) => tenants.push(TenantState {
                tenant,
                applications: Vec::new(),
                service_principals: Vec::new(),
                passwords: Vec::new(),
                keys: Vec::new(),
                federated: Vec::new(),
                assignments: Vec::new(),
                users: Vec::new(),
                administrators: Vec::new(),
            }),
            Write::AddApplication(new) => state(&mut tenants, new.tenant_id).applications.push(new),
            Write::AddServicePrincipal(new) => {
                state(&mut tenants, new.tenant_id)
                    .service_principals
                    .push(new);
            }
            Write::AddPassword {
                tenant_id,
                password,
            } => {
                state(&mut tenants, tenant_id).passwords.push(password);
            }
            Write::AddKey { tenant_id, key } => state(&mut tenants, tenant_id).keys.push(key),
            Write::AddFederatedCredential {
                tenant_id,
                credential,
            } => {
                state(&mut tenants, tenant_id).federated.push(credential);
            }
            Write::AddAssignment(new) => state(&mut tenants, new.tenant_id).assignments.push(new),
            Write::AddUser(new) => state(&mut tenants, new.tenant_id).users.push(new),
            other => panic!("an empty directory has nothing for {other:?}"),
        }
    }
    tenants
}

/// Stands for every `keysFile` that is named like one, and every `certificateFile`.
fn bytes_of(name: &str) -> &'static [u8] {
    if name.ends_with(".json") {
        include_bytes!("../corpus/jwk_set/good-each-type")
    } else {
        include_bytes!("../corpus/certificate/good-rsa")
    }
}

fn state(tenants: &mut [TenantState], id: TenantId) -> &mut TenantState {
    let state = tenants.iter_mut().find(|state| state.tenant.id == id);
    state.expect("a write refers to what is there")
}

/// Bytes that never repeat and are the same in each run, so that a crash can be reproduced.
#[derive(Default)]
pub(crate) struct Counter(AtomicU64);

impl Random for Counter {
    fn fill(&self, bytes: &mut [u8]) {
        let count = self.0.fetch_add(1, Ordering::Relaxed).to_le_bytes();
        for (byte, value) in bytes.iter_mut().zip(count.iter().cycle()) {
            *byte = *value;
        }
    }
}
