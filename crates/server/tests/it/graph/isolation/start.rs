//! Five tenants, each with callers of different rights.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use countersign_domain::graph::permission::{GRAPH_APP_ID, Permission};
use countersign_domain::ids::AppRoleId;
use serde_json::Value;

use super::super::{GRAPH, SECRET, access_token};
use super::model::{Caller, Kind, Life, Model, Object, Right};
use super::operation::Operation;
use super::{TENANTS, World, tenant_id, text};
use crate::node::{Node, apply, within_the_bound};

impl World {
    pub(super) async fn start() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let url = format!("sqlite://{}", folder.path().join("test.db").display());
        let node = Node::start(&url, Duration::from_secs(86_400)).await;
        apply(&node.db, &directory()).await;
        let mut world = Self {
            node,
            model: Model::default(),
            callers: Vec::new(),
            seen: BTreeMap::new(),
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
