//! `countersign dev`: everything a first token needs, made at the first start and kept.

mod administrator;
mod authority;
mod data;
mod document;
mod person;
mod proofs;
mod secrets;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use countersign_domain::consent::answer::AnswerForm;
use countersign_domain::directory_file::{DirectoryFile, Plan};
use countersign_domain::secret::Pepper;
use countersign_server::{
    BaseUrl, Config, Keys, Limits, Listener, MasterKey, Network, OutboundPolicy, Running,
    SystemClock, SystemRandom, TlsFiles, development_issuer,
};
use countersign_store::Db;

pub(crate) use self::administrator::hide as hide_administrator;
pub(crate) use self::data::DataDirectory;
pub(crate) use self::document::{DevClient, DevDocument};
use self::person::PortalAdministrator;
use self::proofs::{Issuer, ProofFiles};
use self::secrets::KnownSecrets;
use crate::args::DevArguments;
use crate::directory::{self, Directory};
use crate::env::shell_quoted;
use crate::stop::StopSignals;
use crate::telemetry::LogFormat;
use crate::{files, machine, output, serve, telemetry};

/// The directory of a first start without `--directory`.
const SAMPLE: &str = include_str!("sample.yaml");

/// A development server without its database is a broken one; a day is long enough to notice.
const STALE_MAX: Duration = Duration::from_secs(86_400);

pub(crate) async fn run(arguments: DevArguments) -> anyhow::Result<()> {
    telemetry::start("warn", LogFormat::Text)?;
    // Everything that may be wrong with the arguments is found before anything is made.
    let file = arguments
        .directory
        .as_deref()
        .map(directory::read_file)
        .transpose()?;
    let socket = serve::bind(arguments.listen).await?;
    let base_url = base_url(&arguments, socket.local_addr()?)?;

    let data = DataDirectory::new(&arguments.data);
    files::private_directory(data.path())?;
    let master = files::key_or_new(&data.master_key())?;
    let pepper = files::key_or_new(&data.pepper())?;
    authority::prepare(&data, base_url.host())?;
    let ca = std::fs::read(data.ca_certificate())?;

    let db = Db::open(&data.database_url()).await?;
    let directory = Directory {
        db: db.clone(),
        pepper: Pepper::new(&pepper),
        base_url: Some(base_url.to_string()),
        is_development: true,
    };
    let mut secrets = KnownSecrets::read(&data)?;
    if let Some(plan) = fill(&directory, file, arguments.directory.as_deref()).await? {
        secrets.learn(&plan);
        // Kept before the hashes are, so that no secret is ever lost between the two.
        secrets.write(&data)?;
        directory.carry_out(&plan).await?;
    }
    let issuer = Issuer::open(&data, development_issuer(&base_url))?;
    let mut state = directory.whole_state().await?;
    let administrator = administrator::prepare(&data, &directory, &mut secrets, &mut state).await?;
    directory::hide_platform(&mut state);
    let person = person::prepare(&directory.db, &state).await?;
    let known = secrets.current(&state, &directory.pepper);
    let mut document = DevDocument::new(&base_url, &data, &state, &known)?;
    document.administrator = administrator;
    if let (Some(administrator), Some(person)) = (&mut document.administrator, &person) {
        administrator.user_principal_name = Some(person.user_principal_name.clone());
    }
    let clients = document.clients.iter_mut().take(proofs::CLIENTS_MAX);
    let clients: Vec<_> = clients.map(|client| client.app_id).collect();
    proofs::prepare(&data, &directory, &state, &clients, &issuer).await?;
    for client in &mut document.clients {
        if clients.contains(&client.app_id) {
            client.add_proofs(&ProofFiles::of(&data, client.app_id), issuer.url())?;
        }
    }

    let config = Config {
        node_name: machine::name(),
        base_url: base_url.clone(),
        listen: arguments.listen,
        listener: Listener::Tls(TlsFiles {
            certificate: data.server_certificate(),
            private_key: data.server_key(),
        }),
        stale_max: STALE_MAX,
        outbound: OutboundPolicy::default().allow_loopback().trust(&ca)?,
        outbound_limits: Limits::default(),
        metrics_networks: Network::LOOPBACK.to_vec(),
        consent_answer: AnswerForm::default(),
        development_issuer: Some(issuer.keys()),
    };
    let keys = Keys {
        master: MasterKey::new(&master),
        pepper: Pepper::new(&pepper),
    };
    let (clock, random) = (Arc::new(SystemClock), Arc::new(SystemRandom));
    let server = countersign_server::start(config, socket, db, keys, clock, random).await?;
    data.write_document(&document)?;
    let renewing = issuer.keep_tokens(&data, &clients);
    let greeting = greeting(&document, &arguments.data);
    let portal = person.map_or_else(String::new, |person| portal(&base_url, &person));
    serve_until_stopped(server, renewing, &format!("{base_url}\n{greeting}{portal}")).await
}

async fn serve_until_stopped(
    server: Running,
    renewing: impl Future<Output = ()>,
    greeting: &str,
) -> anyhow::Result<()> {
    let stop = StopSignals::take_over()?;
    output::print(&format!("ready {greeting}"))?;
    tokio::select! {
        () = stop.requested() => {}
        () = renewing => {}
    }
    server.stop().await;
    Ok(())
}

/// The plan that fills the directory: the given file at every start, the sample at the first.
async fn fill(
    directory: &Directory,
    file: Option<DirectoryFile>,
    path: Option<&Path>,
) -> anyhow::Result<Option<Plan>> {
    match (file, path) {
        (Some(file), Some(path)) => Ok(Some(directory.plan(&file, path).await?)),
        _ if directory.is_empty().await? => {
            let sample = DirectoryFile::parse("the sample directory", SAMPLE)?;
            Ok(Some(directory.plan(&sample, Path::new(".")).await?))
        }
        _ => Ok(None),
    }
}

/// The given URL, or one that reaches the address that is listened on.
fn base_url(arguments: &DevArguments, address: std::net::SocketAddr) -> anyhow::Result<BaseUrl> {
    if let Some(url) = &arguments.public_url {
        return BaseUrl::parse(url).with_context(|| format!("--public-url {url}"));
    }
    let port = address.port();
    let ip = address.ip();
    let url = if ip.is_loopback() || ip.is_unspecified() {
        format!("https://localhost:{port}")
    } else {
        format!("https://{address}")
    };
    BaseUrl::parse(&url).with_context(|| format!("--listen {address}: give --public-url too"))
}

/// What a newcomer does next.
fn greeting(document: &DevDocument, data: &Path) -> String {
    let Some((client, secret)) = document
        .clients
        .iter()
        .find_map(|client| Some((client, client.client_secret.as_deref()?)))
    else {
        return "No client has a secret that is known here; add one with `countersign apply`.\n"
            .to_owned();
    };
    let resource = document
        .resources
        .iter()
        .find(|resource| resource.tenant_id == client.tenant_id)
        .map_or_else(
            || client.app_id.to_string(),
            |resource| {
                resource
                    .identifier_uris
                    .first()
                    .cloned()
                    .unwrap_or(resource.app_id.to_string())
            },
        );
    let (base_url, ca_file) = (&document.base_url, &document.ca_file);
    let (tenant, app_id) = (client.tenant_id, client.app_id);
    let ca = shell_quoted(ca_file);
    let secret = shell_quoted(secret);
    let data = if data == Path::new(".countersign") {
        String::new()
    } else {
        format!(" --data {}", shell_quoted(&data.to_string_lossy()))
    };
    format!(
        "\nA token for {name}, from another terminal:\n\n  \
         curl --cacert {ca} {base_url}/{tenant}/oauth2/v2.0/token \
         --data grant_type=client_credentials --data client_id={app_id} \
         --data-urlencode client_secret={secret} --data-urlencode scope={scope}\n\n\
         Any Azure SDK, pointed here:\n\n  \
         export AZURE_AUTHORITY_HOST={base_url} AZURE_TENANT_ID={tenant} AZURE_CLIENT_ID={app_id} AZURE_CLIENT_SECRET={secret}\n  \
         export SSL_CERT_FILE={ca} REQUESTS_CA_BUNDLE={ca} NODE_EXTRA_CA_CERTS={ca}\n\n\
         `countersign env{data}` prints these for any client, and with `--credential certificate` or\n\
         `--credential federated` what it takes to do without a shared secret.\n\
         {managing}\
         Ctrl-C stops the server; the next start keeps its ids, keys and secrets.\n",
        name = client.display_name,
        scope = shell_quoted(&format!("{resource}/.default")),
        managing = managing(document, &data),
    )
}

/// Where a person administers all this.
fn portal(base_url: &BaseUrl, person: &PortalAdministrator) -> String {
    let name = &person.user_principal_name;
    match &person.setup_path {
        Some(path) => format!(
            "\nThe portal, for people. This link works once: choose a password for {name} there.\n\n  \
             {base_url}{path}\n"
        ),
        None => format!("\nThe portal, for people: {base_url}/portal as {name}\n"),
    }
}

/// How the directory itself is read and changed, with the administrator.
fn managing(document: &DevDocument, data: &str) -> String {
    let Some(administrator) = &document.administrator else {
        return String::new();
    };
    let base_url = &document.base_url;
    format!(
        "\nThe directory is an API too, in Microsoft Graph's own shape. As the administrator:\n\n  \
         eval \"$(countersign env --administrator{data})\" && az cloud register --name countersign \
         --endpoint-resource-manager {base_url} && az cloud set --name countersign && \
         az config set core.instance_discovery=false && az login --service-principal --allow-no-subscriptions \
         --tenant {tenant} --username {app_id} --password \"$AZURE_CLIENT_SECRET\"\n  \
         az rest --url {base_url}/v1.0/applications   # or: az ad app list\n\n",
        tenant = administrator.tenant_id,
        app_id = administrator.app_id,
    )
}
