//! `countersign token`: one access token, for people and scripts.

use std::fs;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use anyhow::{Context, bail};
use clap::Args;
use countersign_client::{AccessToken, Client, ClientBuilder, Credential, FileCache};
use serde_json::json;

use crate::args::EnvCredential;
use crate::dev::{DataDirectory, DevClient};
use crate::env::choose;
use crate::output;

/// Where tokens are kept in the data directory of a development server.
const DEVELOPMENT_CACHE: &str = "tokens.json";

/// What is added to a resource's name to ask for everything that is granted on it.
const DEFAULT_SCOPE: &str = "/.default";

#[derive(Debug, Args)]
pub(crate) struct TokenArguments {
    /// The API that the token is for: its App ID URI or application id, with `/.default` or without.
    scope: String,
    /// Print the whole header line, as `Authorization: Bearer ...`.
    #[arg(long)]
    header: bool,
    /// Print a JSON object with `token_type`, `access_token` and `expires_on`.
    #[arg(long, conflicts_with = "header")]
    json: bool,
    /// Neither look for a kept token nor keep the new one.
    #[arg(long)]
    no_cache: bool,
    #[command(flatten)]
    development: Development,
    #[command(flatten)]
    other: Other,
}

/// As a client of a development server.
#[derive(Debug, Args)]
#[command(next_help_heading = "Development server")]
struct Development {
    /// Its data directory.
    #[arg(long, value_name = "DIR", default_value = ".countersign")]
    data: PathBuf,
    /// The client, by display name or client id; the first one with a secret if not given.
    #[arg(long, value_name = "NAME")]
    client: Option<String>,
    /// How the client proves itself.
    #[arg(long, value_enum, default_value_t = EnvCredential::Secret)]
    credential: EnvCredential,
}

/// From any other server.
#[derive(Debug, Args)]
#[command(next_help_heading = "Another server")]
struct Other {
    /// Its base URL. What is not given below is taken from AZURE_TENANT_ID, AZURE_CLIENT_ID and
    /// AZURE_CLIENT_SECRET, AZURE_CLIENT_CERTIFICATE_PATH or AZURE_FEDERATED_TOKEN_FILE.
    #[arg(long, value_name = "URL", conflicts_with_all = ["data", "client", "credential"])]
    server: Option<String>,
    /// The tenant, by id or domain.
    #[arg(long, value_name = "TENANT", requires = "server")]
    tenant: Option<String>,
    /// The client id to ask as.
    #[arg(long, value_name = "ID", requires = "server")]
    client_id: Option<String>,
    /// A file that holds the client's secret.
    #[arg(long, value_name = "FILE", requires = "server")]
    secret_file: Option<PathBuf>,
    /// A file with a certificate and its private key, PEM.
    #[arg(
        long,
        value_name = "FILE",
        requires = "server",
        conflicts_with = "secret_file"
    )]
    certificate_file: Option<PathBuf>,
    /// A file with a token of another issuer.
    #[arg(
        long,
        value_name = "FILE",
        requires = "server",
        conflicts_with_all = ["secret_file", "certificate_file"]
    )]
    token_file: Option<PathBuf>,
    /// The certificates to trust instead of the system's, PEM.
    #[arg(long, value_name = "FILE", requires = "server")]
    ca_file: Option<PathBuf>,
}

pub(crate) async fn run(arguments: &TokenArguments) -> anyhow::Result<()> {
    let (builder, cache) = match &arguments.other.server {
        Some(server) => (of_server(server, &arguments.other)?, user_cache()?),
        None => of_development(&arguments.development)?,
    };
    let client = build(builder, (!arguments.no_cache).then_some(cache).flatten())?;
    let token = client.token(&scope(&arguments.scope)).await?;
    output::print(&printed(&token, arguments))?;
    Ok(())
}

fn build(builder: ClientBuilder, cache: Option<PathBuf>) -> anyhow::Result<Client> {
    let builder = match cache {
        Some(file) => builder.file_cache(FileCache::new(file)),
        None => builder,
    };
    Ok(builder.build()?)
}

fn scope(given: &str) -> String {
    if given.ends_with(DEFAULT_SCOPE) {
        return given.to_owned();
    }
    format!("{}{DEFAULT_SCOPE}", given.trim_end_matches('/'))
}

fn printed(token: &AccessToken, arguments: &TokenArguments) -> String {
    let text = token.secret();
    if arguments.header {
        return format!("Authorization: Bearer {text}\n");
    }
    if arguments.json {
        let expires = token.expires_at().duration_since(UNIX_EPOCH);
        let expires_on = expires.unwrap_or_default().as_secs();
        let object =
            json!({"token_type": "Bearer", "access_token": text, "expires_on": expires_on});
        return format!("{object:#}\n");
    }
    format!("{text}\n")
}

fn of_development(chosen: &Development) -> anyhow::Result<(ClientBuilder, Option<PathBuf>)> {
    let document = DataDirectory::new(&chosen.data)
        .read_document()
        .context("give --data for a development server, or --server for another one")?;
    let client = choose(&document, chosen.client.as_deref())?;
    let tenant = client.tenant_id.to_string();
    let app_id = client.app_id.to_string();
    let builder = Client::builder(document.base_url.as_str(), tenant, app_id)
        .credential(development_credential(client, chosen.credential)?)
        .root_certificates_pem(read(Path::new(&document.ca_file))?);
    Ok((builder, Some(chosen.data.join(DEVELOPMENT_CACHE))))
}

fn development_credential(client: &DevClient, wanted: EnvCredential) -> anyhow::Result<Credential> {
    let credential = match wanted {
        EnvCredential::Secret => client.client_secret.as_deref().map(Credential::secret),
        EnvCredential::Certificate => client
            .certificate_with_key_file
            .as_deref()
            .map(Credential::certificate_file),
        EnvCredential::Federated => {
            let federated = client.federated.as_ref();
            federated.map(|federated| Credential::federated_token_file(&federated.token_file))
        }
    };
    credential.with_context(|| {
        let name = &client.display_name;
        format!("{name:?} has no such credential that is known here")
    })
}

fn of_server(server: &str, other: &Other) -> anyhow::Result<ClientBuilder> {
    let given = |name: &str| match name {
        "AZURE_AUTHORITY_HOST" => Some(server.to_owned()),
        "AZURE_TENANT_ID" => other.tenant.clone().or_else(|| variable(name)),
        "AZURE_CLIENT_ID" => other.client_id.clone().or_else(|| variable(name)),
        _ => variable(name),
    };
    let builder = match credential(other)? {
        Some(credential) => {
            let named = |name: &str, flag: &str| {
                given(name).with_context(|| format!("give {flag}, or set {name}"))
            };
            let tenant = named("AZURE_TENANT_ID", "--tenant")?;
            let client_id = named("AZURE_CLIENT_ID", "--client-id")?;
            Client::builder(server, tenant, client_id).credential(credential)
        }
        None => ClientBuilder::from_variables(given)?,
    };
    match &other.ca_file {
        Some(file) => Ok(builder.root_certificates_pem(read(file)?)),
        None => Ok(builder),
    }
}

/// The credential that is named on the command line.
fn credential(other: &Other) -> anyhow::Result<Option<Credential>> {
    if let Some(file) = &other.secret_file {
        let secret =
            fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
        let secret = secret.trim_end_matches(['\r', '\n']);
        if secret.is_empty() {
            bail!("{} is empty", file.display());
        }
        return Ok(Some(Credential::secret(secret)));
    }
    let certificate = other.certificate_file.as_ref();
    let token = other.token_file.as_ref();
    Ok(certificate
        .map(Credential::certificate_file)
        .or_else(|| token.map(Credential::federated_token_file)))
}

/// A file below the user's cache directory; none where the user has no home.
fn user_cache() -> anyhow::Result<Option<PathBuf>> {
    let home = || variable("HOME").map(|home| Path::new(&home).join(".cache"));
    let Some(cache) = variable("XDG_CACHE_HOME").map(PathBuf::from).or_else(home) else {
        return Ok(None);
    };
    let folder = cache.join("countersign");
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&folder)
        .with_context(|| {
            let folder = folder.display();
            format!("cannot make {folder} to keep tokens in; --no-cache does without")
        })?;
    Ok(Some(folder.join("tokens.json")))
}

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

#[expect(
    clippy::disallowed_methods,
    reason = "these are the variables that Azure SDKs read, and only commands read them"
)]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resource_becomes_a_scope_once() {
        for (given, asked) in [
            ("api://orders", "api://orders/.default"),
            ("api://orders/", "api://orders/.default"),
            ("api://orders/.default", "api://orders/.default"),
            ("https://h//.default", "https://h//.default"),
        ] {
            assert_eq!(scope(given), asked);
        }
    }
}
