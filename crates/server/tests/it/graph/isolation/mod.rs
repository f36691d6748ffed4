//! TEN-08: random requests of random callers of five tenants, against a model of who may see and
//! change what.

mod draw;
mod effects;
mod judge;
mod model;
mod operation;
mod start;

use std::collections::{BTreeMap, BTreeSet};

use countersign_testkit::random::SeededRandom;
use serde_json::Value;

use crate::node::{Answer, Node};
use draw::Draw;
use model::{Caller, Kind, Life, Model, Object, Right};
use operation::Operation;

const TENANTS: usize = 5;

const SEED: u64 = 0x7e08;

/// As many as a debug build makes in some twenty seconds. The catalogue's 10^6 are for a release
/// build that is left running.
const STEPS: usize = 5_000;

/// After so many, everything of every tenant is compared.
const STEPS_BETWEEN_COMPARISONS: usize = 1_250;

#[tokio::test(flavor = "multi_thread")]
async fn tenants_see_and_change_nothing_of_each_other() {
    let mut world = World::start().await;
    let random = SeededRandom::new(SEED);
    for step in 1..=STEPS {
        let caller = world.callers[random.below(world.callers.len())].clone();
        let draw = Draw {
            random: &random,
            model: &world.model,
            caller: &caller,
        };
        let operation = draw.operation();
        world.step(step, &caller, &operation).await;
        if step % STEPS_BETWEEN_COMPARISONS == 0 {
            world.compare(step).await;
        }
    }
    for (operation, statuses) in &world.seen {
        let (first, last) = (statuses.first(), statuses.last());
        assert!(
            first < Some(&300) && last > Some(&400),
            "{operation} always had {statuses:?}"
        );
    }
    world.node.stop().await;
}

struct World {
    node: Node,
    model: Model,
    callers: Vec<Caller>,
    /// What was answered to each kind of operation: a test that is only refused tests nothing.
    seen: BTreeMap<&'static str, BTreeSet<u16>>,
    _folder: tempfile::TempDir,
}

impl World {
    async fn send(&self, token: &str, method: &str, path: &str, body: Option<&Value>) -> Answer {
        let body = body.map(ToString::to_string).unwrap_or_default();
        let length = body.len();
        self.node
            .exchange(&format!(
                "{method} /v1.0{path} HTTP/1.1\r\nHost: id.example\r\nConnection: close\r\n\
                 Authorization: Bearer {token}\r\nContent-Type: application/json\r\n\
                 Content-Length: {length}\r\n\r\n{body}"
            ))
            .await
    }

    /// Sends a request and checks its answer; what was changed is changed in the model.
    async fn step(&mut self, step: usize, caller: &Caller, operation: &Operation) {
        let (method, path, body) = operation.request();
        let answer = self.send(&caller.token, method, &path, body.as_ref()).await;
        let body = body.map(|body| body.to_string()).unwrap_or_default();
        let about = || {
            let Caller { tenant, right, .. } = caller;
            format!(
                "seed {SEED:#x}, step {step}: {right:?} of tenant {tenant}: {operation:?}: {} {}",
                answer.status, answer.body
            )
        };
        let expected = self.model.expected(caller, operation);
        assert_eq!(answer.status, expected, "{}", about());
        self.seen
            .entry(operation.name())
            .or_default()
            .insert(expected);
        if let (201, Operation::CreatePrincipal { app_id }) = (expected, operation) {
            let application = self.model.application(app_id).expect("it is there").clone();
            let home = tenant_id(application.tenant);
            self.model.share(caller.tenant, &application, &home);
        }
        let request = format!("{path} {body}");
        for part in [&answer.head, &answer.body] {
            let leak = self.model.leak(caller.tenant, &request, part);
            assert_eq!(leak, None, "{}", about());
        }
        if expected < 300 {
            if let Some(wanted) = self.wanted(caller, operation) {
                let json = answer.json();
                assert!(json["@odata.nextLink"].is_null(), "{}", about());
                let rows = json["value"].as_array().expect("a list");
                let found: BTreeSet<_> = rows.iter().map(shown).collect();
                assert_eq!(found, wanted, "{}", about());
            }
            if let Operation::Get(_, id) = operation {
                let json = answer.json();
                let object = self.model.object(id).expect("it is there");
                assert_eq!(shown(&json), self.face(object), "{}", about());
                assert_eq!(
                    secrets(&json),
                    object.secrets.iter().cloned().collect(),
                    "{}",
                    about()
                );
            }
            let json = serde_json::from_str(&answer.body).unwrap_or_default();
            self.change(caller, operation, &json);
        }
    }

    /// What a list must hold.
    fn wanted(&self, caller: &Caller, operation: &Operation) -> Option<BTreeSet<(String, String)>> {
        use Operation as O;
        let all = |wanted: &dyn Fn(&Object) -> bool| {
            let objects = self.model.objects.iter();
            let own = objects.filter(|object| object.tenant == caller.tenant && wanted(object));
            own.map(|object| self.face(object)).collect()
        };
        Some(match operation {
            O::List(kind) => all(&|object| object.kind == *kind && object.life == Life::Live),
            O::ListDeleted(kind) => {
                all(&|object| object.kind == *kind && object.life != Life::Live)
            }
            O::GetByIds(ids) => {
                all(&|object| object.life == Life::Live && ids.contains(&object.id))
            }
            O::Owners(_, id) => {
                let owners = &self.model.object(id).expect("it is there").owners;
                all(&|object| owners.contains(&object.id))
            }
            O::Held(id) => {
                let held = self
                    .model
                    .assignments
                    .iter()
                    .filter(|one| one.principal == *id);
                held.map(|one| (one.id.clone(), String::new())).collect()
            }
            _ => return None,
        })
    }

    /// The id of an object and its name as it is shown.
    fn face(&self, object: &Object) -> (String, String) {
        let application = self.model.application(&object.app_id);
        (
            object.id.clone(),
            application.unwrap_or(object).name.clone(),
        )
    }

    /// Reads all there is in each tenant.
    async fn compare(&mut self, step: usize) {
        for tenant in 0..TENANTS {
            let caller = self.callers[tenant * Right::ALL.len()].clone();
            let mut reads = vec![Operation::Audits];
            for kind in [Kind::Application, Kind::Principal] {
                reads.extend([Operation::List(kind), Operation::ListDeleted(kind)]);
            }
            for object in &self.model.objects {
                if object.tenant == tenant && object.life == Life::Live {
                    reads.push(Operation::Get(object.kind, object.id.clone()));
                    reads.push(Operation::Owners(object.kind, object.id.clone()));
                    if object.kind == Kind::Principal {
                        reads.push(Operation::Held(object.id.clone()));
                    }
                }
            }
            for read in reads {
                self.step(step, &caller, &read).await;
            }
        }
    }
}

/// The id of a row, and its name if it has one.
fn shown(row: &Value) -> (String, String) {
    let name = row["displayName"].as_str().unwrap_or_default();
    (text(row, "id"), name.to_owned())
}

fn secrets(object: &Value) -> BTreeSet<String> {
    let secrets = object["passwordCredentials"].as_array();
    let secrets = secrets.into_iter().flatten();
    secrets.map(|secret| text(secret, "keyId")).collect()
}

fn text(object: &Value, name: &str) -> String {
    let text = object[name].as_str();
    text.unwrap_or_else(|| panic!("no {name}: {object}"))
        .to_owned()
}

fn tenant_id(tenant: usize) -> String {
    format!("7e000000-0000-4000-8000-00000000000{tenant}")
}
