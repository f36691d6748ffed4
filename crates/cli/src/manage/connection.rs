//! Which server is meant, and as whom it is asked.

use std::path::Path;

use anyhow::{Context, bail};
use zeroize::Zeroizing;

use super::args::Connect;
use crate::dev::DataDirectory;

/// How to get a token for the API of a server.
pub(crate) struct Connection {
    /// The base URL, without a slash at its end.
    pub(crate) base_url: String,
    /// Certificates to trust instead of the system's, PEM.
    pub(crate) roots: Option<Vec<u8>>,
    pub(crate) tenant: String,
    pub(crate) client_id: String,
    pub(crate) proof: Proof,
}

/// How the client proves itself.
pub(crate) enum Proof {
    Secret(Zeroizing<String>),
    /// A token of another issuer.
    Assertion(Zeroizing<String>),
}

impl Connection {
    pub(crate) fn of(connect: &Connect) -> anyhow::Result<Self> {
        match &connect.server {
            Some(server) => of_server(server, connect),
            None => of_development(&connect.data),
        }
    }
}

/// The administrator that `dev` made.
fn of_development(data: &Path) -> anyhow::Result<Connection> {
    let document = DataDirectory::new(data).read_document().with_context(|| {
        "give --data for a development server, or --server for another one".to_owned()
    })?;
    let administrator = document
        .administrator
        .context("this server has no administrator: start it again with `countersign dev`")?;
    Ok(Connection {
        base_url: document.base_url,
        roots: Some(read(Path::new(&document.ca_file))?),
        tenant: administrator.tenant_id.to_string(),
        client_id: administrator.app_id.to_string(),
        proof: Proof::Secret(Zeroizing::new(administrator.client_secret)),
    })
}

fn of_server(server: &str, connect: &Connect) -> anyhow::Result<Connection> {
    let given = |flag: &str, value: &Option<String>, name: &str| {
        value
            .clone()
            .or_else(|| variable(name))
            .with_context(|| format!("give {flag}, or set {name}"))
    };
    if !server.starts_with("https://") {
        bail!("--server {server}: give the whole URL, as https://id.contoso.example");
    }
    Ok(Connection {
        base_url: server.trim_end_matches('/').to_owned(),
        roots: connect.ca_file.as_deref().map(read).transpose()?,
        tenant: given("--tenant", &connect.tenant, "AZURE_TENANT_ID")?,
        client_id: given("--client-id", &connect.client_id, "AZURE_CLIENT_ID")?,
        proof: proof(connect.secret_file.as_deref())?,
    })
}

fn proof(secret_file: Option<&Path>) -> anyhow::Result<Proof> {
    if let Some(file) = secret_file {
        return Ok(Proof::Secret(read_line(file)?));
    }
    if let Some(secret) = variable("AZURE_CLIENT_SECRET") {
        return Ok(Proof::Secret(Zeroizing::new(secret)));
    }
    if let Some(file) = variable("AZURE_FEDERATED_TOKEN_FILE") {
        return Ok(Proof::Assertion(read_line(Path::new(&file))?));
    }
    bail!("give --secret-file, or set AZURE_CLIENT_SECRET or AZURE_FEDERATED_TOKEN_FILE")
}

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

/// A file's text without the line break that editors put at its end.
fn read_line(path: &Path) -> anyhow::Result<Zeroizing<String>> {
    let bytes = Zeroizing::new(read(path)?);
    let text =
        std::str::from_utf8(&bytes).with_context(|| format!("{} holds no text", path.display()))?;
    Ok(Zeroizing::new(
        text.trim_end_matches(['\r', '\n']).to_owned(),
    ))
}

#[expect(
    clippy::disallowed_methods,
    reason = "these are the variables that Azure SDKs read, and only commands read them"
)]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
