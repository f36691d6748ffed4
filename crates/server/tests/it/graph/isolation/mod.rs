//! TEN-08: random requests of random callers of five tenants, against a model of who may see and
//! change what.

mod model;
mod operation;

use std::collections::BTreeSet;
use std::time::Duration;

use countersign_domain::graph::permission::{GRAPH_APP_ID, Permission};
use countersign_domain::ids::AppRoleId;
use countersign_testkit::random::SeededRandom;
use serde_json::Value;

use super::{GRAPH, SECRET, access_token};
use crate::node::{Answer, Node, apply, within_the_bound};
use model::{Caller, Kind, Life, Model, Object, Right};
use operation::{Draw, Operation};

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
        assert!(statuses.len() > 1, "{operation} always had {statuses:?}");
    }
    world.node.stop().await;
}

struct World {
    node: Node,
    model: Model,
    callers: Vec<Caller>,
    /// What was answered to each kind of operation: a test that is only refused tests nothing.
    seen: std::collections::BTreeMap<&'static str, BTreeSet<u16>>,
    _folder: tempfile::TempDir,
}

impl World {
    async fn start() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let url = format!("sqlite://{}", folder.path().join("test.db").display());
        let node = Node::start(&url, Duration::from_secs(86_400)).await;
        apply(&node.db, &directory()).await;
        let mut world = Self {
            node,
            model: Model::default(),
            callers: Vec::new(),
            seen: std::collections::BTreeMap::new(),
            _folder: folder,
        };
        world.model.graph_role = Permission::UserReadAll.app_role_id().to_string();
        for tenant in 0..TENANTS {
            world.sign_in(tenant).await;
        }
        world
    }

    /// Gets the tokens of a tenant's callers, and notes what is there.
    async fn sign_in(&mut self, tenant: usize) {
        for text in [
            tenant_id(tenant),
            format!("nm-t{tenant}"),
            format!("nm-d{tenant}"),
        ] {
            self.model.mark(tenant, &text);
        }
        let mut tokens = Vec::new();
        for number in 0..Right::ALL.len() {
            tokens.push(self.token(tenant, &app_id(tenant, number)).await);
        }
        for kind in [Kind::Application, Kind::Principal] {
            let (method, path, _) = Operation::List(kind).request();
            let list = self.send(&tokens[0], method, &path, None).await.json();
            let mut rows = list["value"].as_array().expect("a list").clone();
            rows.sort_by_key(|row| row["displayName"].to_string());
            for row in &rows {
                self.note_fixed(tenant, kind, row);
            }
        }
        for (number, (right, token)) in Right::ALL.into_iter().zip(tokens).enumerate() {
            let instance = self.model.instance(tenant, &app_id(tenant, number));
            let principal = instance.expect("a caller").id.clone();
            let caller = Caller {
                tenant,
                right,
                principal,
                token,
            };
            self.callers.push(caller);
        }
        for number in 0..Right::ALL.len() {
            let principal = self.callers[tenant * Right::ALL.len() + number]
                .principal
                .clone();
            let (method, path, _) = Operation::Held(principal).request();
            let token = self.callers[tenant * Right::ALL.len()].token.clone();
            let list = self.send(&token, method, &path, None).await.json();
            for row in list["value"].as_array().expect("a list") {
                self.note_assignment(tenant, row);
            }
        }
    }

    async fn token(&self, tenant: usize, client: &str) -> String {
        let path = format!("/{}/oauth2/v2.0/token", tenant_id(tenant));
        let body = format!(
            "grant_type=client_credentials&client_id={client}&client_secret={SECRET}\
             &scope={GRAPH}/.default"
        );
        within_the_bound(async || self.node.post(&path, &body).await.status == 200).await;
        access_token(&self.node.post(&path, &body).await)
    }

    fn note_fixed(&mut self, tenant: usize, kind: Kind, row: &Value) {
        let app_id = text(row, "appId");
        let is_graph = app_id == GRAPH_APP_ID.to_string();
        let secrets = row["passwordCredentials"].as_array().into_iter().flatten();
        let object = Object {
            kind,
            tenant,
            id: text(row, "id"),
            app_id: app_id.clone(),
            name: text(row, "displayName"),
            role: match is_graph {
                true => self.model.graph_role.clone(),
                false => AppRoleId::DEFAULT_ACCESS.to_string(),
            },
            is_multi_tenant: false,
            secrets: secrets.map(|secret| text(secret, "keyId")).collect(),
            owners: BTreeSet::new(),
            life: Life::Live,
            is_fixed: true,
            attached: Vec::new(),
        };
        self.model.mark(tenant, &object.id);
        for secret in &object.secrets {
            self.model.mark(tenant, secret);
        }
        match is_graph {
            true => self.model.graph.push(object.id.clone()),
            false => {
                self.model.mark(tenant, &app_id);
                self.model.mark(tenant, &object.name);
            }
        }
        self.model.objects.push(object);
    }

    fn note_assignment(&mut self, tenant: usize, row: &Value) {
        let id = text(row, "id");
        self.model.mark(tenant, &id);
        self.model.assignments.push(model::Assignment {
            id,
            principal: text(row, "principalId"),
            resource: text(row, "resourceId"),
            role: text(row, "appRoleId"),
        });
    }

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

    fn change(&mut self, caller: &Caller, operation: &Operation, json: &Value) {
        use Operation as O;
        let tenant = caller.tenant;
        match operation {
            O::CreateApplication {
                name,
                role,
                is_multi_tenant,
                owner,
            } => {
                let mut owners: BTreeSet<_> = owner.iter().cloned().collect();
                if owners.is_empty() || caller.right == Right::Deployer {
                    owners.insert(caller.principal.clone());
                }
                let app_id = text(json, "appId");
                for mark in [name, role, &app_id] {
                    self.model.mark(tenant, mark);
                }
                let is_multi_tenant = *is_multi_tenant;
                let name = (name.clone(), role.clone());
                self.add(Object {
                    is_multi_tenant,
                    ..new(Kind::Application, tenant, json, name, owners)
                });
            }
            O::CreatePrincipal { app_id } => {
                let application = self.model.application(app_id).expect("it is there").clone();
                let owners = BTreeSet::from([caller.principal.clone()]);
                let name = (application.name, application.role);
                self.add(new(Kind::Principal, tenant, json, name, owners));
            }
            O::Patch(kind, id, text) => {
                self.model.mark(tenant, text);
                if *kind == Kind::Application {
                    self.model.rename(id, text);
                }
            }
            O::Delete(kind, id) => self.model.delete(*kind, id),
            O::AddSecret(_, id, name) => {
                let key_id = text(json, "keyId");
                self.model.mark(tenant, &key_id);
                self.model.mark(tenant, name);
                self.model.object_mut(id).secrets.push(key_id);
            }
            O::RemoveSecret(_, id, key_id) => {
                self.model
                    .object_mut(id)
                    .secrets
                    .retain(|one| one != key_id);
            }
            O::AddOwner(_, id, owner) => {
                self.model.object_mut(id).owners.insert(owner.clone());
            }
            O::RemoveOwner(_, id, owner) => {
                self.model.object_mut(id).owners.remove(owner);
            }
            O::Grant(_) => self.note_assignment(tenant, json),
            O::Revoke { assignment, .. } => {
                self.model.assignments.retain(|one| one.id != *assignment);
            }
            O::Restore(id) => self.model.restore(id),
            O::Purge(id) => self.model.purge(id),
            O::List(_)
            | O::ListDeleted(_)
            | O::Audits
            | O::Get(..)
            | O::Owners(..)
            | O::Held(_)
            | O::GetByIds(_) => {}
        }
    }

    fn add(&mut self, object: Object) {
        self.model.mark(object.tenant, &object.id);
        self.model.objects.push(object);
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

/// An object as it was made.
fn new(
    kind: Kind,
    tenant: usize,
    json: &Value,
    (name, role): (String, String),
    owners: BTreeSet<String>,
) -> Object {
    Object {
        kind,
        tenant,
        id: text(json, "id"),
        app_id: text(json, "appId"),
        name,
        role,
        is_multi_tenant: false,
        secrets: Vec::new(),
        owners,
        life: Life::Live,
        is_fixed: false,
        attached: Vec::new(),
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

fn app_id(tenant: usize, number: usize) -> String {
    format!("ca000000-0000-4000-8000-0000000000{tenant}{number}")
}

fn directory() -> String {
    let all: Vec<_> = Permission::ALL.into_iter().map(Permission::value).collect();
    let mut text = "tenants:\n".to_owned();
    for tenant in 0..TENANTS {
        text.push_str(&format!(
            "- displayName: nm-t{tenant}\n  id: {}\n  domains: [nm-d{tenant}.example]\n  \
             applications:\n",
            tenant_id(tenant)
        ));
        for (number, right) in Right::ALL.into_iter().enumerate() {
            let app_id = app_id(tenant, number);
            text.push_str(&format!(
                "  - displayName: nm-c{tenant}-{right:?}\n    appId: {app_id}\n    \
                 passwordCredentials:\n    - displayName: one\n      secretText: {SECRET}\n"
            ));
            let roles = match right {
                Right::Administrator => all.join(", "),
                Right::Deployer => "Application.ReadWrite.OwnedBy".to_owned(),
                Right::Reader => "Application.Read.All, Directory.Read.All".to_owned(),
                Right::Nobody => continue,
            };
            text.push_str(&format!(
                "    grants:\n    - resource: {GRAPH}\n      roles: [{roles}]\n"
            ));
        }
    }
    text
}
