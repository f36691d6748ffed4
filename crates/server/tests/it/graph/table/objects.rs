//! One of everything that a request can name.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use countersign_token::Signer;
use serde_json::{Value, json};

use super::super::World;
use super::super::changes::credentials::{certificate, entry};
use crate::node::{Answer, START, within_the_bound};

/// Requests with one token, or with none.
#[derive(Clone, Copy)]
pub(super) struct As<'a> {
    pub(super) world: &'a World,
    pub(super) token: Option<&'a str>,
}

impl As<'_> {
    pub(super) async fn send(&self, method: &str, path: &str, body: Option<&Value>) -> Answer {
        let bearer = self.token.map(|token| format!("Bearer {token}"));
        let mut headers = vec![
            ("Content-Type", "application/json"),
            // Without it no number is counted.
            ("ConsistencyLevel", "eventual"),
        ];
        headers.extend(
            bearer
                .iter()
                .map(|bearer| ("Authorization", bearer.as_str())),
        );
        let body = body.map(Value::to_string);
        let path = format!("/v1.0{path}");
        self.world
            .send(method, &path, &headers, body.as_deref())
            .await
    }

    /// Sends what must succeed.
    pub(super) async fn done(&self, method: &str, path: &str, body: Value) -> Value {
        let body = (method != "GET").then_some(body);
        let answer = self.send(method, path, body.as_ref()).await;
        assert!(
            answer.status < 300,
            "{method} {path}: {} {}",
            answer.status,
            answer.body
        );
        serde_json::from_str(&answer.body).unwrap_or_default()
    }

    pub(super) async fn read(&self, path: &str) -> Value {
        self.done("GET", path, Value::Null).await
    }

    async fn make(&self, path: &str, body: Value) -> Value {
        self.done("POST", path, body).await
    }
}

/// Ids, each under the name of its place in a path or a body.
#[derive(Debug, Clone, Default)]
pub(super) struct Objects(BTreeMap<&'static str, String>);

impl Objects {
    pub(super) fn get(&self, name: &str) -> &str {
        self.0
            .get(name)
            .unwrap_or_else(|| panic!("no object is called {name}"))
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.0.keys().copied()
    }

    /// The same, with another id in one place.
    pub(super) fn with(&self, name: &'static str, id: &str) -> Self {
        let mut objects = self.clone();
        objects.put(name, id);
        objects
    }

    fn put(&mut self, name: &'static str, id: impl Into<String>) {
        self.0.insert(name, id.into());
    }

    /// Makes everything anew in the tenant of a caller with every right. `owners` own what can be
    /// owned, beside a user.
    pub(super) async fn make(admin: As<'_>, tenant: &str, domain: &str, owners: &[&str]) -> Self {
        let mut objects = Self::default();
        objects.put("tenant", tenant);
        objects.put("domain", domain);
        objects.put("newKey", STANDARD.encode(certificate().0));
        let graph = admin.read("/servicePrincipals(appId='00000003-0000-0000-c000-000000000000')");
        objects.put("graph", text(&graph.await, "id"));
        objects.make_users(admin).await;
        objects.make_application(admin).await;
        objects.make_grants(admin).await;
        objects.make_others(admin).await;
        for object in [
            "application",
            "servicePrincipal",
            "bare",
            "deleted",
            "purged",
        ] {
            let is_principal = object == "servicePrincipal";
            let collection = if is_principal {
                "servicePrincipals"
            } else {
                "applications"
            };
            let path = format!("/{collection}/{}/owners/$ref", objects.get(object));
            for id in owners.iter().copied().chain([objects.get("owner")]) {
                let id = format!("https://id.example/v1.0/directoryObjects/{id}");
                admin.make(&path, json!({"@odata.id": id})).await;
            }
        }
        for object in ["deleted", "purged"] {
            let path = format!("/applications/{}", objects.get(object));
            admin.done("DELETE", &path, Value::Null).await;
        }
        objects
    }

    async fn make_users(&mut self, admin: As<'_>) {
        // Names are unique in a tenant, and a certificate's signature is unlike any other.
        let signature = self.get("newKey").chars().rev().take(40);
        let unique: String = signature.filter(char::is_ascii_alphanumeric).collect();
        self.put("unique", unique.clone());
        for name in ["user", "owner", "newOwner"] {
            let name_of = format!("{name}.{unique}@{}", self.get("domain"));
            let user = json!({
                "displayName": name, "mailNickname": name, "accountEnabled": true,
                "userPrincipalName": name_of,
                "passwordProfile": {"password": "not-kept-anywhere-1"},
            });
            self.put(name, text(&admin.make("/users", user).await, "id"));
        }
    }

    /// An application with every kind of credential, and its service principal with its own.
    async fn make_application(&mut self, admin: As<'_>) {
        let (key, signer) = certificate();
        let roles = ["first", "second", "third", "fourth"].map(|value| {
            json!({"id": role_id(value), "value": value, "displayName": value,
                   "description": value, "isEnabled": true, "allowedMemberTypes": ["Application"]})
        });
        let body = json!({"displayName": "Sample", "appRoles": roles,
                          "keyCredentials": [entry(&key)]});
        let application = admin.make("/applications", body).await;
        let make = json!({"appId": application["appId"]});
        let principal = admin.make("/servicePrincipals", make).await;
        let key = json!({"keyCredentials": [entry(&key)]});
        let path = format!("/servicePrincipals/{}", text(&principal, "id"));
        admin.done("PATCH", &path, key).await;
        let principal = admin.read(&path).await;
        self.put("appId", text(&application, "appId"));
        for (name, secret, shown, key, proof, object) in [
            (
                "application",
                "applicationSecret",
                "applicationSecretText",
                "applicationKey",
                "applicationProof",
                &application,
            ),
            (
                "servicePrincipal",
                "servicePrincipalSecret",
                "servicePrincipalSecretText",
                "servicePrincipalKey",
                "servicePrincipalProof",
                &principal,
            ),
        ] {
            let path = format!("/{name}s/{}/addPassword", text(object, "id"));
            let made = admin.make(&path, json!({})).await;
            self.put(name, text(object, "id"));
            self.put(secret, text(&made, "keyId"));
            self.put(key, text(&object["keyCredentials"][0], "keyId"));
            self.put(proof, proof_for(&signer, text(object, "id")));
            self.put(shown, text(&made, "secretText"));
        }
        let path = format!(
            "/applications/{}/federatedIdentityCredentials",
            self.get("application")
        );
        let credential = json!({
            "name": "build", "issuer": "https://issuer.example", "subject": "build",
            "audiences": ["api://AzureADTokenExchange"],
        });
        self.put(
            "credential",
            text(&admin.make(&path, credential).await, "id"),
        );
    }

    async fn make_grants(&mut self, admin: As<'_>) {
        let id = self.get("servicePrincipal").to_owned();
        let path = format!("/servicePrincipals/{id}/appRoleAssignments");
        for (name, role) in [("assignment", "first"), ("assignedTo", "second")] {
            let body = json!({"principalId": id, "resourceId": id, "appRoleId": role_id(role)});
            self.put(name, text(&admin.make(&path, body).await, "id"));
        }
        self.put("thirdRole", role_id("third"));
        self.put("fourthRole", role_id("fourth"));
        let grant = json!({"clientId": id, "resourceId": self.get("graph"),
                           "consentType": "AllPrincipals", "scope": "User.Read"});
        let grant = admin.make("/oauth2PermissionGrants", grant).await;
        self.put("grant", text(&grant, "id"));
    }

    async fn make_others(&mut self, admin: As<'_>) {
        for name in ["bare", "deleted", "purged"] {
            let made = admin
                .make("/applications", json!({"displayName": name}))
                .await;
            self.put(name, text(&made, "id"));
            if name == "bare" {
                self.put("bareAppId", text(&made, "appId"));
            }
        }
        for (name, log) in [("signIn", "signIns"), ("audit", "directoryAudits")] {
            let path = format!("/auditLogs/{log}?$top=1");
            let mut entries = Value::Null;
            within_the_bound(async || {
                entries = admin.read(&path).await;
                entries["value"][0].is_object()
            })
            .await;
            self.put(name, text(&entries["value"][0], "id"));
        }
    }
}

fn role_id(value: &str) -> String {
    format!(
        "00000000-0000-4000-8000-{:0>12}",
        value.len() * 100 + usize::from(value.as_bytes()[0])
    )
}

fn proof_for(signer: &Signer, object: &str) -> String {
    let now = START.unix_seconds();
    let claims = json!({
        "aud": "00000002-0000-0000-c000-000000000000",
        "iss": object, "nbf": now, "exp": now + 600,
    });
    signer.sign_claims(&claims).expect("signed")
}

pub(super) fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value[name]
        .as_str()
        .unwrap_or_else(|| panic!("no {name}: {value}"))
}
