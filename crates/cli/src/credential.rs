//! `countersign credential`: certificates and federated credentials of one application, by hand.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, anyhow, bail};
use countersign_domain::clock::{Clock, Timestamp};
use countersign_domain::directory::{
    Application, AuditRecord, CertificateSubject, FederatedIdentityCredential, KeyCredential,
    KeyTrust, RegisteredCertificate, SubjectMatcher, TenantState, Write,
};
use countersign_domain::directory_file::{
    check_certificate, check_federated_credential, read_certificate as read_certificate_bytes,
    read_key_set,
};
use countersign_domain::ids::{CorrelationId, FederatedCredentialId, KeyId};
use countersign_server::{SystemClock, SystemRandom};
use countersign_token::JwkSet;
use serde_json::json;

use crate::args::{
    AddCertificate, AddFederated, CredentialCommand, ListCredentials, RemoveCredential,
};
use crate::directory::Directory;
use crate::output;

/// A credential that ends within this many seconds is marked in the list.
const SOON_SECONDS: i64 = 30 * 86_400;

pub(crate) async fn run(command: &CredentialCommand) -> anyhow::Result<()> {
    match command {
        CredentialCommand::AddCertificate(arguments) => add_certificate(arguments).await,
        CredentialCommand::AddFederated(arguments) => add_federated(arguments).await,
        CredentialCommand::List(arguments) => list(arguments).await,
        CredentialCommand::Remove(arguments) => remove(arguments).await,
    }
}

async fn add_certificate(arguments: &AddCertificate) -> anyhow::Result<()> {
    let certificate = read_certificate(&arguments.file)?;
    let directory = Directory::open(&arguments.place).await?;
    let state = directory.state().await?;
    let (tenant, application) = find(&state, &arguments.application)?;
    let is_known = |key: &KeyCredential| {
        key.application_id == application.id && *key.certificate == certificate
    };
    if tenant.keys.iter().any(is_known) {
        bail!("{} has this certificate already", application.display_name);
    }
    let (start_at, end_at) = certificate.validity();
    let key = KeyCredential {
        key_id: KeyId::random(&SystemRandom),
        application_id: application.id,
        service_principal_id: None,
        display_name: arguments.name.clone(),
        trust: trust(arguments),
        certificate: Arc::new(certificate),
        start_at,
        end_at,
    };
    check_certificate(&key).map_err(|reason| anyhow!(reason))?;
    let said = format!("certificate {} of {}", key.key_id, application.display_name);
    let write = Write::AddKey {
        tenant_id: tenant.tenant.id,
        key,
    };
    commit(&directory, write, &format!("+ {said}")).await?;
    output::print(&format!(
        "Added {said}. It is honoured within a second, until {end_at}.\n"
    ))?;
    Ok(())
}

async fn add_federated(arguments: &AddFederated) -> anyhow::Result<()> {
    let subject = match (&arguments.subject, &arguments.matching) {
        (Some(subject), None) => SubjectMatcher::Subject(subject.clone()),
        (None, Some(expression)) => {
            SubjectMatcher::Expression(expression.parse().context("--matching")?)
        }
        _ => bail!("give one of --subject and --matching"),
    };
    let keys = arguments.keys_file.as_deref().map(read_keys).transpose()?;
    let directory = Directory::open(&arguments.place).await?;
    let state = directory.state().await?;
    let (tenant, application) = find(&state, &arguments.application)?;
    let credential = FederatedIdentityCredential {
        id: FederatedCredentialId::random(&SystemRandom),
        application_id: application.id,
        name: arguments.name.clone(),
        issuer: arguments.issuer.clone(),
        subject,
        audiences: arguments.audience.clone(),
        description: None,
        keys,
    };
    check_federated_credential(
        &credential,
        &tenant.federated,
        directory.base_url.as_deref(),
    )
    .map_err(|reason| anyhow!(reason))?;
    let said = format!(
        "federated credential {:?} of {}",
        credential.name, application.display_name
    );
    let write = Write::AddFederatedCredential {
        tenant_id: tenant.tenant.id,
        credential,
    };
    commit(&directory, write, &format!("+ {said}")).await?;
    output::print(&format!("Added {said}. It is honoured within a second.\n"))?;
    Ok(())
}

async fn remove(arguments: &RemoveCredential) -> anyhow::Result<()> {
    let directory = Directory::open(&arguments.place).await?;
    let state = directory.state().await?;
    let (tenant, application) = find(&state, &arguments.application)?;
    let tenant_id = tenant.tenant.id;
    let application_id = application.id;
    let named =
        |id: &dyn std::fmt::Display| id.to_string().eq_ignore_ascii_case(&arguments.credential);
    let key = tenant
        .keys
        .iter()
        .find(|k| k.application_id == application_id && named(&k.key_id));
    let password = tenant
        .passwords
        .iter()
        .find(|p| p.application_id == application_id && named(&p.key_id));
    let federated = tenant.federated.iter().find(|f| {
        f.application_id == application_id && (named(&f.id) || f.name == arguments.credential)
    });
    let write = match (key, password, federated) {
        (Some(key), _, _) => Write::RemoveKey {
            tenant_id,
            application_id,
            key_id: key.key_id,
        },
        (_, Some(password), _) => Write::RemovePassword {
            tenant_id,
            application_id,
            key_id: password.key_id,
        },
        (_, _, Some(federated)) => Write::RemoveFederatedCredential {
            tenant_id,
            application_id,
            id: federated.id,
        },
        _ => bail!(
            "{} has no credential {:?}; `countersign credential list` shows them",
            application.display_name,
            arguments.credential
        ),
    };
    let said = format!(
        "credential {} of {}",
        arguments.credential, application.display_name
    );
    commit(&directory, write, &format!("- {said}")).await?;
    output::print(&format!("Removed {said}. It is refused within a second.\n"))?;
    Ok(())
}

async fn list(arguments: &ListCredentials) -> anyhow::Result<()> {
    let directory = Directory::open(&arguments.place).await?;
    let state = directory.state().await?;
    let now = SystemClock.now();
    let mut rows = Vec::new();
    for tenant in &state {
        for application in &tenant.applications {
            if arguments
                .application
                .as_ref()
                .is_none_or(|name| is_named(application, name))
            {
                let used = directory
                    .db
                    .credentials_last_used(tenant.tenant.id, application.id)
                    .await?
                    .into_iter()
                    .filter_map(|(id, at)| Some((id, at?)))
                    .collect();
                rows.extend(credentials(tenant, application, &used));
            }
        }
    }
    directory.db.close().await;
    output::print(&if arguments.json {
        as_json(&rows)
    } else {
        as_table(&rows, now)
    })?;
    Ok(())
}

/// One line of the list.
struct Row<'s> {
    application: &'s str,
    kind: &'static str,
    name: &'s str,
    id: String,
    end_at: Option<Timestamp>,
    last_used_at: Option<Timestamp>,
}

fn credentials<'s>(
    tenant: &'s TenantState,
    application: &'s Application,
    used: &std::collections::HashMap<KeyId, Timestamp>,
) -> Vec<Row<'s>> {
    let row = |kind, name: Option<&'s String>, id: KeyId, end_at| Row {
        application: &application.display_name,
        kind,
        name: name.map_or("", String::as_str),
        id: id.to_string(),
        end_at,
        last_used_at: used.get(&id).copied(),
    };
    let passwords = tenant
        .passwords
        .iter()
        .filter(|p| p.application_id == application.id);
    let keys = tenant
        .keys
        .iter()
        .filter(|k| k.application_id == application.id);
    let federated = tenant
        .federated
        .iter()
        .filter(|f| f.application_id == application.id);
    passwords
        .map(|p| row("secret", p.display_name.as_ref(), p.key_id, Some(p.end_at)))
        .chain(keys.map(|k| {
            let (_, not_after) = k.certificate.validity();
            let kind = match k.trust {
                KeyTrust::Certificate => "certificate",
                KeyTrust::Authority(_) => "authority",
            };
            row(
                kind,
                k.display_name.as_ref(),
                k.key_id,
                Some(k.end_at.min(not_after)),
            )
        }))
        .chain(federated.map(|f| row("federated", Some(&f.name), KeyId::new(f.id.uuid()), None)))
        .collect()
}

fn as_table(rows: &[Row<'_>], now: Timestamp) -> String {
    if rows.is_empty() {
        return "There are no credentials.\n".to_owned();
    }
    let mut text = String::new();
    for row in rows {
        let ends = match row.end_at {
            None => "never ends".to_owned(),
            Some(end_at) if end_at <= now => format!("ENDED {end_at}"),
            Some(end_at) if end_at <= now.plus_seconds(SOON_SECONDS) => {
                format!("ends soon: {end_at}")
            }
            Some(end_at) => format!("ends {end_at}"),
        };
        let used = row
            .last_used_at
            .map_or("never used".to_owned(), |at| format!("last used {at}"));
        let (application, kind, name, id) = (row.application, row.kind, row.name, &row.id);
        let _ = writeln!(
            text,
            "{application}: {kind} {name:?}\n  {id}  {ends}, {used}"
        );
    }
    text
}

fn as_json(rows: &[Row<'_>]) -> String {
    let rows: Vec<_> = rows
        .iter()
        .map(|row| {
            json!({
                "application": row.application,
                "kind": row.kind,
                "displayName": row.name,
                "id": row.id,
                "endDateTime": row.end_at,
                "lastUsedDateTime": row.last_used_at,
            })
        })
        .collect();
    format!("{:#}\n", serde_json::Value::from(rows))
}

/// The one application that is called this, by client id, object id or display name.
fn find<'s>(
    state: &'s [TenantState],
    name: &str,
) -> anyhow::Result<(&'s TenantState, &'s Application)> {
    let mut found = state.iter().flat_map(|tenant| {
        let named = tenant
            .applications
            .iter()
            .filter(|application| is_named(application, name));
        named.map(move |application| (tenant, application))
    });
    match (found.next(), found.next()) {
        (Some(found), None) => Ok(found),
        (Some(_), Some(_)) => {
            bail!("several applications are called {name:?}: name one by its client id")
        }
        (None, _) => bail!("there is no application {name:?}; `countersign export` shows them all"),
    }
}

fn is_named(application: &Application, name: &str) -> bool {
    application.display_name == name
        || application.app_id.to_string().eq_ignore_ascii_case(name)
        || application.id.to_string().eq_ignore_ascii_case(name)
}

fn trust(arguments: &AddCertificate) -> KeyTrust {
    let common_name = arguments
        .trusted_common_name
        .clone()
        .map(CertificateSubject::CommonName);
    let dns_name = arguments
        .trusted_dns_name
        .clone()
        .map(CertificateSubject::DnsName);
    let uri = arguments.trusted_uri.clone().map(CertificateSubject::Uri);
    common_name
        .or(dns_name)
        .or(uri)
        .map_or(KeyTrust::Certificate, KeyTrust::Authority)
}

fn read_certificate(path: &Path) -> anyhow::Result<RegisteredCertificate> {
    let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    read_certificate_bytes(&bytes)
        .map_err(|reason| anyhow!("{}: the certificate {reason}", path.display()))
}

fn read_keys(path: &Path) -> anyhow::Result<Arc<JwkSet>> {
    let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let keys = read_key_set(&bytes)
        .map_err(|reason| anyhow!("{}: the key set {reason}", path.display()))?;
    Ok(Arc::new(keys))
}

async fn commit(directory: &Directory, write: Write, change: &str) -> anyhow::Result<()> {
    let record = AuditRecord::of_command(SystemClock.now(), "Update application: certificates and secrets", CorrelationId::random(&SystemRandom), vec![change.to_owned()]);
    directory.db.commit(&[write], &record).await?;
    directory.db.close().await;
    Ok(())
}
