//! A configured server with a directory, in a temporary folder: what `countersign serve` is given.

use std::collections::HashSet;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use countersign_domain::clock::Clock;
use countersign_domain::directory::AuditRecord;
use countersign_domain::directory_file::{self, DirectoryFile, Situation};
use countersign_domain::ids::{AppId, CorrelationId, TenantId};
use countersign_domain::random::Random;
use countersign_domain::secret::{Pepper, Secret};
use countersign_server::{SystemClock, SystemRandom};
use countersign_store::Db;
use tempfile::TempDir;

use crate::crowd;
use crate::plan::{Algorithm, Limit, LoadPlan};
use crate::proof::{self, Proof, ProofKeys};
use crate::seed;

const DIRECTORY: &str = include_str!("world.yaml");

/// Where a directory is kept.
#[derive(Clone)]
pub(crate) enum Database {
    /// In a file beside the configuration.
    Sqlite,
    /// At this URL.
    At(String),
}

impl Database {
    pub(crate) fn url(&self, folder: &Path) -> String {
        match self {
            Self::Sqlite => format!("sqlite://{}", database(folder).display()),
            Self::At(url) => url.clone(),
        }
    }
}

/// Files for a server that is not running yet, and clients that may ask it.
pub(crate) struct World {
    folder: TempDir,
    pub(crate) address: SocketAddr,
    pub(crate) tenant_id: TenantId,
    /// The secret of every client.
    secret: Secret,
    /// Keys of clients that can do without it.
    proof_keys: Option<ProofKeys>,
    applications: u32,
}

impl World {
    /// Makes keys, a certificate, and a database with so many clients.
    pub(crate) async fn new(applications: u32) -> Result<Self> {
        Self::make(applications, false).await
    }

    /// The same, with a certificate and a federated credential for each client.
    pub(crate) async fn proving(applications: u32) -> Result<Self> {
        Self::make(applications, true).await
    }

    /// A directory of so many applications `Client 0`, `Client 1` and so on, made by commits, in
    /// either database.
    pub(crate) async fn listed(database: &Database, applications: u32) -> Result<Self> {
        let world = Self::empty(database).await?;
        let db = Db::open(&database.url(world.path())).await?;
        crowd::add(&db, world.tenant_id, applications).await?;
        db.close().await;
        Ok(world)
    }

    /// A directory without clients but one, in either database.
    pub(crate) async fn empty(database: &Database) -> Result<Self> {
        Self::in_database(database, 0, false).await
    }

    async fn make(applications: u32, is_proving: bool) -> Result<Self> {
        Self::in_database(&Database::Sqlite, applications, is_proving).await
    }

    async fn in_database(database: &Database, applications: u32, is_proving: bool) -> Result<Self> {
        let folder = tempfile::Builder::new()
            .prefix("countersign-bench-")
            .tempdir()?;
        let path = folder.path();
        let address = free_address()?;
        let pepper = new_key(&path.join("pepper.key"))?;
        new_key(&path.join("master.key"))?;
        write_certificate(path)?;
        let url = database.url(path);
        write_config(path, address, &url)?;

        let pepper = Pepper::new(&pepper);
        let proof_keys = is_proving.then(|| ProofKeys::make(path)).transpose()?;
        let (tenant_id, template, secret) = fill(path, &url, &pepper, is_proving).await?;
        if applications > 0 {
            let file = self::database(path);
            seed::clients(&file, template, applications, &pepper, &secret).await?;
        }
        Ok(Self {
            folder,
            address,
            tenant_id,
            secret,
            proof_keys,
            applications,
        })
    }

    pub(crate) fn config(&self) -> PathBuf {
        self.folder.path().join("countersign.toml")
    }

    pub(crate) fn database(&self) -> PathBuf {
        database(self.folder.path())
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Requests with secrets by these of its clients, over connections that are kept.
    pub(crate) fn plan(
        &self,
        algorithm: Algorithm,
        clients: impl Iterator<Item = u32>,
        limit: Limit,
    ) -> LoadPlan {
        let scope = format!("api://{}/.default", algorithm.name().to_lowercase());
        LoadPlan {
            address: self.address,
            ca_file: self.folder.path().join("server.pem"),
            path: format!("/{}/oauth2/v2.0/token", self.tenant_id),
            scope,
            clients: clients
                .map(|number| {
                    let client = seed::app_id(number % self.applications);
                    (client, format!("client_secret={}", self.secret.expose()))
                })
                .collect(),
            connections: 32,
            is_fresh: false,
            warm_up_seconds: 0.0,
            limit,
            algorithm,
            verified: None,
        }
    }

    /// The same clients with assertions in the place of their secrets.
    pub(crate) fn with_assertions(&self, mut plan: LoadPlan, proof: Proof) -> Result<LoadPlan> {
        let keys = self.proof_keys.as_ref().context("a world for proofs")?;
        let audience = format!("https://localhost:{}{}", self.address.port(), plan.path);
        for (client, fields) in &mut plan.clients {
            *fields = proof::form(&keys.assertion(proof, *client, &audience));
        }
        plan.verified = Some(proof.verified());
        Ok(plan)
    }
}

fn database(folder: &Path) -> PathBuf {
    folder.join("countersign.db")
}

fn free_address() -> Result<SocketAddr> {
    // The server is told its port before it takes it; nobody else asks for ports meanwhile.
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?)
}

fn new_key(path: &Path) -> Result<[u8; 32]> {
    let mut key = [0; 32];
    SystemRandom.fill(&mut key);
    write_private(path, &BASE64_URL_SAFE_NO_PAD.encode(key))?;
    Ok(key)
}

fn write_private(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text)?;
    Ok(fs::set_permissions(
        path,
        fs::Permissions::from_mode(0o600),
    )?)
}

fn write_certificate(folder: &Path) -> Result<()> {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()])?;
    fs::write(folder.join("server.pem"), made.cert.pem())?;
    write_private(
        &folder.join("server.key"),
        &made.signing_key.serialize_pem(),
    )
}

fn write_config(folder: &Path, address: SocketAddr, database: &str) -> Result<()> {
    let at = folder.display();
    let config = format!(
        "public_url = \"https://localhost:{port}\"\nlisten = \"{address}\"\n\
         database = \"{database}\"\n\
         master_key_file = \"{at}/master.key\"\npepper_file = \"{at}/pepper.key\"\n\
         [tls]\ncertificate_file = \"{at}/server.pem\"\nprivate_key_file = \"{at}/server.key\"\n",
        port = address.port(),
    );
    Ok(fs::write(folder.join("countersign.toml"), config)?)
}

/// Applies the directory file; answers the tenant, and the client to make others after.
async fn fill(
    folder: &Path,
    database: &str,
    pepper: &Pepper,
    is_proving: bool,
) -> Result<(TenantId, AppId, Secret)> {
    let more = if is_proving { proof::CREDENTIALS } else { "" };
    let file = DirectoryFile::parse("world.yaml", &format!("{DIRECTORY}{more}"))?;
    let plan = directory_file::plan(
        &file,
        &Situation {
            current: &[],
            deleted_app_ids: &HashSet::new(),
            pepper,
            now: SystemClock.now(),
            random: &SystemRandom,
            read_secret_file: &|name| Err(format!("{name} is not part of this directory")),
            read_file: &|name| fs::read(folder.join(name)).map_err(|error| error.to_string()),
            base_url: None,
        },
    )?;
    let record = AuditRecord::of_command(
        SystemClock.now(),
        "Make the directory that is measured",
        CorrelationId::random(&SystemRandom),
        Vec::new(),
    );
    let db = Db::open(database).await?;
    db.commit(&plan.writes, &record).await?;
    let tenants = db.tenants().await?;
    db.close().await;
    let tenant = tenants.first().context("the directory has a tenant")?;
    let made = plan.generated_secrets.into_iter().next();
    let made = made.context("the client has a secret")?;
    Ok((tenant.id, made.app_id, made.secret))
}
