//! `countersign credential`: secrets, certificates and federated credentials of applications.

use std::fs;
use std::path::Path;

use anyhow::{Context, anyhow, bail};
use base64::prelude::{BASE64_STANDARD, Engine};
use countersign_domain::clock::{Clock, Timestamp};
use countersign_domain::directory_file::read_certificate as read_certificate_bytes;
use countersign_domain::ids::KeyId;
use countersign_server::{SystemClock, SystemRandom};
use serde_json::{Value, json};

use super::args::{
    AddCertificate, AddFederated, AddSecret, CredentialArguments, CredentialCommand,
    ListCredentials, RemoveCredential,
};
use super::find::{self, text};
use super::graph::Graph;
use super::{in_use, table};
use crate::output;

/// A credential that ends within this many seconds is marked in the list.
const SOON_SECONDS: i64 = 30 * 86_400;

const DAY_SECONDS: i64 = 86_400;

pub(crate) async fn run(arguments: &CredentialArguments) -> anyhow::Result<()> {
    let json = arguments.connect.json;
    let graph = || Graph::connect(&arguments.connect);
    match &arguments.command {
        CredentialCommand::AddSecret(add) => add_secret(&graph().await?, add, json).await,
        CredentialCommand::AddCertificate(add) => {
            // The file is read before anything is asked of the server.
            let key = key_credential(add)?;
            add_certificate(&graph().await?, add, &key).await
        }
        CredentialCommand::AddFederated(add) => {
            let body = federated(add)?;
            add_federated(&graph().await?, add, &body).await
        }
        CredentialCommand::List(which) => list(&graph().await?, which, json).await,
        CredentialCommand::Remove(remove) => take_away(&graph().await?, remove, json).await,
    }
}

async fn add_secret(graph: &Graph, add: &AddSecret, json: bool) -> anyhow::Result<()> {
    let application = find::application(graph, &add.application).await?;
    let end = add.days.map(|days| {
        SystemClock
            .now()
            .plus_seconds(i64::from(days) * DAY_SECONDS)
            .to_string()
    });
    let mut credential = json!({ "displayName": add.name });
    if let Some(end) = end {
        credential["endDateTime"] = json!(end);
    }
    let path = format!("applications/{}/addPassword", text(&application, "id"));
    let made = graph
        .post(&path, &json!({ "passwordCredential": credential }))
        .await?;
    if json {
        return table::print_json(&made);
    }
    Ok(output::print(&format!(
        "A new secret of {}, shown this once:\n\n  {}\n\nIts id is {}; it ends {}.\n",
        text(&application, "displayName"),
        text(&made, "secretText"),
        text(&made, "keyId"),
        text(&made, "endDateTime"),
    ))?)
}

fn key_credential(add: &AddCertificate) -> anyhow::Result<Value> {
    let file = add.file.display();
    let bytes = fs::read(&add.file).with_context(|| format!("cannot read {file}"))?;
    let certificate = read_certificate_bytes(&bytes)
        .map_err(|reason| anyhow!("{file}: the certificate {reason}"))?;
    let mut key = json!({
        "keyId": KeyId::random(&SystemRandom),
        "type": "AsymmetricX509Cert",
        "usage": "Verify",
        "displayName": add.name,
        "key": BASE64_STANDARD.encode(certificate.certificate().der()),
    });
    let subjects = [
        ("commonName", &add.trusted_common_name),
        ("dnsName", &add.trusted_dns_name),
        ("uri", &add.trusted_uri),
    ];
    for (kind, value) in subjects {
        if let Some(value) = value {
            key["trustedSubject"] = json!({ kind: value });
        }
    }
    Ok(key)
}

async fn add_certificate(graph: &Graph, add: &AddCertificate, key: &Value) -> anyhow::Result<()> {
    let application = find::application(graph, &add.application).await?;
    let path = format!("applications/{}", text(&application, "id"));
    let name = text(&application, "displayName");
    let with_keys = graph
        .get(&format!("{path}?$select=id,keyCredentials"))
        .await?;
    let Value::Array(mut keys) = with_keys["keyCredentials"].clone() else {
        bail!("the server's answer has no certificates");
    };
    if keys.iter().any(|known| known["key"] == key["key"]) {
        bail!("{name} has this certificate already");
    }
    for known in &mut keys {
        // Known by their ids; what is not sent again stays as it is.
        *known = json!({ "keyId": known["keyId"], "type": known["type"], "usage": known["usage"] });
    }
    keys.push(key.clone());
    graph
        .patch(&path, &json!({ "keyCredentials": keys }))
        .await?;
    Ok(output::print(&format!(
        "Added certificate {} of {name}. The next token request honours it.\n",
        text(key, "keyId"),
    ))?)
}

fn federated(add: &AddFederated) -> anyhow::Result<Value> {
    let mut body = json!({
        "name": add.name,
        "issuer": add.issuer,
        "subject": add.subject,
        "audiences": add.audience,
    });
    if let Some(expression) = &add.matching {
        body["claimsMatchingExpression"] = json!({ "value": expression, "languageVersion": 1 });
    }
    if let Some(file) = &add.keys_file {
        body["keys"] = read_keys(file)?;
    }
    Ok(body)
}

async fn add_federated(graph: &Graph, add: &AddFederated, body: &Value) -> anyhow::Result<()> {
    let application = find::application(graph, &add.application).await?;
    let id = text(&application, "id");
    let path = format!("applications/{id}/federatedIdentityCredentials");
    graph.post(&path, body).await?;
    Ok(output::print(&format!(
        "Added federated credential {:?} of {}. The next token request honours it.\n",
        add.name,
        text(&application, "displayName"),
    ))?)
}

fn read_keys(file: &Path) -> anyhow::Result<Value> {
    let name = file.display();
    let bytes = fs::read(file).with_context(|| format!("cannot read {name}"))?;
    serde_json::from_slice(&bytes).with_context(|| format!("{name} is no JSON Web Key Set"))
}

async fn take_away(graph: &Graph, remove: &RemoveCredential, json: bool) -> anyhow::Result<()> {
    let application = find::application(graph, &remove.application).await?;
    let path = format!("applications/{}", text(&application, "id"));
    let application = graph.get(&path).await?;
    let name = text(&application, "displayName");
    let what = format!("credential {} of {name}", remove.credential);
    let federated = format!("{path}/federatedIdentityCredentials");
    let known = |member: &str| {
        let all = application[member].as_array().into_iter().flatten();
        all.into_iter()
            .find(|one| is_called(one, &remove.credential))
    };
    let secret = known("passwordCredentials");
    if let Some(own) = secret.or_else(|| known("keyCredentials")) {
        let used = own["lastUsedDateTime"]
            .as_str()
            .map(|at| (at, "it brought a token"));
        if !in_use::may_go(&what, used.as_slice(), &remove.deletion)? {
            return Ok(());
        }
    }
    if secret.is_some() {
        let body = json!({ "keyId": remove.credential });
        graph.post(&format!("{path}/removePassword"), &body).await?;
    } else if known("keyCredentials").is_some() {
        let keys: Vec<_> = application["keyCredentials"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|key| !is_called(key, &remove.credential))
            .map(|key| json!({ "keyId": key["keyId"], "type": key["type"], "usage": key["usage"] }))
            .collect();
        graph
            .patch(&path, &json!({ "keyCredentials": keys }))
            .await?;
    } else {
        let all = graph.list(&federated, &[]).await?;
        let Some(found) = all.iter().find(|one| is_called(one, &remove.credential)) else {
            bail!(
                "{name} has no credential {:?}; `countersign credential list` shows them",
                remove.credential
            );
        };
        let path = format!("{federated}/{}", text(found, "id"));
        return in_use::delete(graph, &path, &what, &remove.deletion, json).await;
    }
    Ok(output::print(&format!(
        "Removed {what}. The next token request with it is refused.\n"
    ))?)
}

fn is_called(credential: &Value, name: &str) -> bool {
    ["keyId", "id"]
        .iter()
        .any(|member| text(credential, member).eq_ignore_ascii_case(name))
        || credential["name"].as_str() == Some(name)
}

/// One line of the list.
struct Row {
    application: String,
    kind: &'static str,
    name: String,
    id: String,
    end: Option<String>,
    last_used: Option<String>,
}

async fn list(graph: &Graph, which: &ListCredentials, json: bool) -> anyhow::Result<()> {
    let applications = match &which.application {
        Some(name) => vec![find::application(graph, name).await?],
        None => graph.list("applications", &[("$top", "999")]).await?,
    };
    let mut rows = Vec::new();
    for application in &applications {
        rows.extend(credentials(graph, text(application, "id")).await?);
    }
    if json {
        let rows: Vec<_> = rows.iter().map(Row::to_json).collect();
        return table::print_json(&rows.into());
    }
    let now = SystemClock.now();
    let lines: Vec<_> = rows.iter().map(|row| row.line(now)).collect();
    table::print(
        &["APPLICATION", "KIND", "NAME", "ID", "ENDS", "LAST USED"],
        &lines,
        "There are no credentials.",
    )
}

async fn credentials(graph: &Graph, id: &str) -> anyhow::Result<Vec<Row>> {
    let path = format!("applications/{id}?$expand=federatedIdentityCredentials");
    let application = graph.get(&path).await?;
    let kinds = [
        ("passwordCredentials", "secret"),
        ("keyCredentials", "certificate"),
        ("federatedIdentityCredentials", "federated"),
    ];
    let mut rows = Vec::new();
    for (member, kind) in kinds {
        for credential in application[member].as_array().into_iter().flatten() {
            let optional = |member: &str| credential[member].as_str().map(str::to_owned);
            let is_authority = !credential["trustedSubject"].is_null();
            rows.push(Row {
                application: text(&application, "displayName").to_owned(),
                kind: if is_authority { "authority" } else { kind },
                name: optional("displayName")
                    .or_else(|| optional("name"))
                    .unwrap_or_default(),
                id: optional("keyId")
                    .or_else(|| optional("id"))
                    .unwrap_or_default(),
                end: optional("endDateTime"),
                last_used: optional("lastUsedDateTime"),
            });
        }
    }
    Ok(rows)
}

impl Row {
    fn line(&self, now: Timestamp) -> Vec<String> {
        let ends = match &self.end {
            None => "never".to_owned(),
            Some(end) => match end.parse::<Timestamp>() {
                Ok(at) if at <= now => format!("ENDED {end}"),
                Ok(at) if at <= now.plus_seconds(SOON_SECONDS) => format!("soon: {end}"),
                _ => end.clone(),
            },
        };
        let used = self.last_used.clone().unwrap_or_else(|| "never".to_owned());
        vec![
            self.application.clone(),
            self.kind.to_owned(),
            self.name.clone(),
            self.id.clone(),
            ends,
            used,
        ]
    }

    fn to_json(&self) -> Value {
        json!({
            "application": self.application,
            "kind": self.kind,
            "displayName": self.name,
            "id": self.id,
            "endDateTime": self.end,
            "lastUsedDateTime": self.last_used,
        })
    }
}
