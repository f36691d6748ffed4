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
use super::in_use::{self, Consequences};
use super::table;
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
            add_certificate(&graph().await?, add, &key, json).await
        }
        CredentialCommand::AddFederated(add) => {
            let body = federated(add)?;
            add_federated(&graph().await?, add, &body, json).await
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
        table::seconds(text(&made, "endDateTime")),
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

async fn add_certificate(
    graph: &Graph,
    add: &AddCertificate,
    key: &Value,
    json: bool,
) -> anyhow::Result<()> {
    let application = find::application(graph, &add.application).await?;
    let path = format!("applications/{}", text(&application, "id"));
    let name = text(&application, "displayName");
    let with_key = |keys: Vec<Value>| {
        if keys.iter().any(|known| known["key"] == key["key"]) {
            bail!("{name} has this certificate already");
        }
        let kept = keys.iter().map(kept);
        Ok(kept.chain([key.clone()]).collect())
    };
    graph.change(&path, "keyCredentials", with_key).await?;
    if json {
        return table::print_json(key);
    }
    Ok(output::print(&format!(
        "Added certificate {} of {name}. The next token request honours it.\n",
        text(key, "keyId"),
    ))?)
}

/// A certificate that stays: it is known by its id, and what is not sent again stays as it is.
fn kept(key: &Value) -> Value {
    json!({ "keyId": key["keyId"], "type": key["type"], "usage": key["usage"] })
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

async fn add_federated(
    graph: &Graph,
    add: &AddFederated,
    body: &Value,
    json: bool,
) -> anyhow::Result<()> {
    let application = find::application(graph, &add.application).await?;
    let id = text(&application, "id");
    let path = format!("applications/{id}/federatedIdentityCredentials");
    let made = graph.post(&path, body).await?;
    if json {
        return table::print_json(&made);
    }
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
    let what = format!("the credential {} of {name}", remove.credential);
    let known = |member: &str| {
        let all = application[member].as_array().into_iter().flatten();
        all.into_iter()
            .find(|one| is_called(one, &remove.credential))
    };
    let secret = known("passwordCredentials");
    let Some(own) = secret.or_else(|| known("keyCredentials")) else {
        return take_federated(graph, &path, &what, remove, json).await;
    };
    let used = own["lastUsedDateTime"].as_str();
    let consequences = Consequences {
        what: &what,
        gone: vec![what.clone()],
        uses: used
            .map(|at| (at.to_owned(), "it brought a token".to_owned()))
            .into_iter()
            .collect(),
    };
    let goes = consequences.may_go(&remove.deletion, json)?;
    if goes && secret.is_some() {
        let body = json!({ "keyId": own["keyId"] });
        graph.post(&format!("{path}/removePassword"), &body).await?;
    } else if goes {
        let without = |keys: Vec<Value>| {
            let others = keys.iter().filter(|key| key["keyId"] != own["keyId"]);
            Ok(others.map(kept).collect())
        };
        graph.change(&path, "keyCredentials", without).await?;
    }
    if json {
        return table::print_json(own);
    }
    said_removed(goes, &what)
}

async fn take_federated(
    graph: &Graph,
    application: &str,
    what: &str,
    remove: &RemoveCredential,
    json: bool,
) -> anyhow::Result<()> {
    let path = format!("{application}/federatedIdentityCredentials");
    let all = graph.list(&path, &[]).await?;
    let Some(found) = all.iter().find(|one| is_called(one, &remove.credential)) else {
        bail!(
            "{} has no credential {:?}; `countersign credential list` shows them",
            remove.application,
            remove.credential
        );
    };
    let path = format!("{path}/{}", text(found, "id"));
    let goes = in_use::delete(graph, &path, what, &remove.deletion, json).await?;
    said_removed(goes && !json, what)
}

fn said_removed(is_removed: bool, what: &str) -> anyhow::Result<()> {
    if is_removed {
        output::print(&format!(
            "Removed {what}. The next token request with it is refused.\n"
        ))?;
    }
    Ok(())
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
    app_id: String,
    kind: &'static str,
    name: String,
    id: String,
    end: Option<String>,
    last_used: Option<String>,
}

/// Credentials of applications, by the member that holds them.
const OF_APPLICATIONS: [(&str, &str); 3] = [
    ("passwordCredentials", "secret"),
    ("keyCredentials", "certificate"),
    ("federatedIdentityCredentials", "federated"),
];

/// Credentials of single service principals.
const OF_INSTANCES: [(&str, &str); 2] = [
    ("passwordCredentials", "secret of the service principal"),
    ("keyCredentials", "certificate of the service principal"),
];

async fn list(graph: &Graph, which: &ListCredentials, json: bool) -> anyhow::Result<()> {
    let mut instances = vec![("$top", "999".to_owned())];
    let applications = match &which.application {
        Some(name) => {
            let application = find::application(graph, name).await?;
            instances.push((
                "$filter",
                format!("appId eq '{}'", text(&application, "appId")),
            ));
            vec![application]
        }
        None => graph.list("applications", &[("$top", "999")]).await?,
    };
    let mut rows = Vec::new();
    for application in &applications {
        // One by one: only a single object says when its credentials were used.
        let id = text(application, "id");
        let path = format!("applications/{id}?$expand=federatedIdentityCredentials");
        rows.extend(credentials(&graph.get(&path).await?, &OF_APPLICATIONS));
    }
    let instances: Vec<_> = instances.iter().map(|(n, v)| (*n, v.as_str())).collect();
    for principal in &graph.list("servicePrincipals", &instances).await? {
        rows.extend(credentials(principal, &OF_INSTANCES));
    }
    if json {
        let rows: Vec<_> = rows.iter().map(Row::to_json).collect();
        return table::print_json(&rows.into());
    }
    let now = SystemClock.now();
    let mut lines: Vec<_> = rows.iter().map(|row| row.line(now)).collect();
    lines.sort();
    table::print(
        &["APPLICATION", "KIND", "NAME", "ID", "ENDS", "LAST USED"],
        &lines,
        "There are no credentials.",
    )
}

fn credentials(owner: &Value, members: &[(&str, &'static str)]) -> Vec<Row> {
    let mut rows = Vec::new();
    for (member, kind) in members {
        for credential in owner[*member].as_array().into_iter().flatten() {
            let optional = |member: &str| credential[member].as_str().map(str::to_owned);
            let either = |one: &str, other: &str| {
                optional(one)
                    .or_else(|| optional(other))
                    .unwrap_or_default()
            };
            let is_authority = !credential["trustedSubject"].is_null();
            rows.push(Row {
                application: text(owner, "displayName").to_owned(),
                app_id: text(owner, "appId").to_owned(),
                kind: if is_authority { "authority" } else { kind },
                name: either("displayName", "name"),
                id: either("keyId", "id"),
                end: optional("endDateTime"),
                last_used: optional("lastUsedDateTime"),
            });
        }
    }
    rows
}

impl Row {
    fn line(&self, now: Timestamp) -> Vec<String> {
        let shown = |instant: &Option<String>| {
            instant
                .as_deref()
                .map_or_else(|| "never".to_owned(), table::seconds)
        };
        let end = shown(&self.end);
        let ends = match self.end.as_deref().map(str::parse::<Timestamp>) {
            Some(Ok(at)) if at <= now => format!("ENDED {end}"),
            Some(Ok(at)) if at <= now.plus_seconds(SOON_SECONDS) => format!("soon: {end}"),
            _ => end,
        };
        vec![
            self.application.clone(),
            self.kind.to_owned(),
            self.name.clone(),
            self.id.clone(),
            ends,
            shown(&self.last_used),
        ]
    }

    fn to_json(&self) -> Value {
        json!({
            "application": self.application,
            "appId": self.app_id,
            "kind": self.kind,
            "displayName": self.name,
            "id": self.id,
            "endDateTime": self.end,
            "lastUsedDateTime": self.last_used,
        })
    }
}
