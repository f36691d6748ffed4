//! The directory behind a command: opened from a data directory or a configuration, compared with
//! a directory file, and changed.

use std::collections::HashSet;
use std::fs;
use std::path::Path;

use anyhow::{Context, bail};
use countersign_domain::clock::Clock;
use countersign_domain::directory::{AuditRecord, TenantState};
use countersign_domain::directory_file::{self, DirectoryFile, Plan, Situation};
use countersign_domain::graph::permission::PLATFORM_TENANT_ID;
use countersign_domain::ids::CorrelationId;
use countersign_domain::secret::Pepper;
use countersign_server::{SystemClock, SystemRandom, platform_writes};
use countersign_store::Db;

use crate::args::Place;
use crate::settings::Settings;
use crate::{dev, files};

/// The largest directory file that is read, in bytes.
const FILE_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// The largest certificate or key set that is read, in bytes.
const SMALL_FILE_BYTES_MAX: u64 = 1024 * 1024;

/// A database and the key of its secret hashes.
pub(crate) struct Directory {
    pub(crate) db: Db,
    pub(crate) pepper: Pepper,
    /// The public base URL where it is known: issuers below it are our own.
    pub(crate) base_url: Option<String>,
    /// A development server's administrator is its own, and no matter of directory files.
    pub(crate) is_development: bool,
}

impl Directory {
    /// Opens the directory of a server that has been started before.
    pub(crate) async fn open(place: &Place) -> anyhow::Result<Self> {
        if let Some(config) = &place.config {
            let settings = Settings::read(config)?;
            let pepper = Pepper::new(&*files::key(&settings.pepper_file)?);
            return Ok(Self {
                db: Db::open(&settings.database).await?,
                pepper,
                base_url: Some(settings.server.base_url.to_string()),
                is_development: false,
            });
        }
        let data = dev::DataDirectory::new(&place.data);
        if !data.database().exists() {
            bail!(
                "there is no directory in {}: start one with `countersign dev`, or name the \
                 configuration of a production server with --config",
                place.data.display()
            );
        }
        let pepper = Pepper::new(&*files::key(&data.pepper())?);
        Ok(Self {
            db: Db::open(&data.database_url()).await?,
            pepper,
            base_url: data.read_document().ok().map(|document| document.base_url),
            is_development: true,
        })
    }

    /// What directory files are about, with the platform's own tenant beside it.
    pub(crate) async fn exported_state(&self) -> anyhow::Result<Vec<TenantState>> {
        let mut states = self.whole_state().await?;
        if self.is_development {
            dev::hide_administrator(&mut states);
        }
        Ok(states)
    }

    /// Whether there is no tenant yet.
    pub(crate) async fn is_empty(&self) -> anyhow::Result<bool> {
        let tenants = self.db.tenants().await?;
        Ok(tenants.iter().all(|tenant| tenant.id == PLATFORM_TENANT_ID))
    }

    /// Everything that is stored.
    pub(crate) async fn whole_state(&self) -> anyhow::Result<Vec<TenantState>> {
        let mut states = Vec::new();
        for tenant in self.db.tenants().await? {
            // A tenant removed between the two reads is simply no longer there.
            states.extend(self.db.tenant_state(tenant.id).await?);
        }
        Ok(states)
    }

    /// What applying a file would do.
    pub(crate) async fn plan(&self, file: &DirectoryFile, path: &Path) -> anyhow::Result<Plan> {
        let folder = path.parent().unwrap_or(Path::new("."));
        let deleted_app_ids: HashSet<_> = self.db.deleted_app_ids().await?.into_iter().collect();
        let now = SystemClock.now();
        let mut current = self.exported_state().await?;
        // A file may grant roles of the Graph API before any server has run.
        let platform = match &self.base_url {
            Some(base_url) => platform_writes(&mut current, base_url, now)?,
            None => Vec::new(),
        };
        let mut plan = directory_file::plan(
            file,
            &Situation {
                current: &current,
                deleted_app_ids: &deleted_app_ids,
                pepper: &self.pepper,
                now,
                random: &SystemRandom,
                read_secret_file: &|name| read_secret_file(&folder.join(name)),
                read_file: &|name| read_small_file(&folder.join(name)),
                base_url: self.base_url.as_deref(),
            },
        )?;
        if !plan.is_empty() {
            plan.writes.splice(0..0, platform);
        }
        Ok(plan)
    }

    /// Carries a plan out, whole or not at all.
    pub(crate) async fn carry_out(&self, plan: &Plan) -> anyhow::Result<()> {
        if plan.is_empty() {
            return Ok(());
        }
        let record = AuditRecord::of_command(
            SystemClock.now(),
            "Apply directory file",
            CorrelationId::random(&SystemRandom),
            plan.lines.iter().map(ToString::to_string).collect(),
        );
        Ok(self.db.commit(&plan.writes, &record).await?)
    }
}

/// Leaves out the platform's own tenant, which is none that anybody works with.
pub(crate) fn hide_platform(states: &mut Vec<TenantState>) {
    states.retain(|state| state.tenant.id != PLATFORM_TENANT_ID);
}

/// Reads and checks a directory file.
pub(crate) fn read_file(path: &Path) -> anyhow::Result<DirectoryFile> {
    let unreadable = || format!("cannot read the directory file {}", path.display());
    let length = fs::metadata(path).with_context(unreadable)?.len();
    if length > FILE_BYTES_MAX {
        bail!("{} is larger than {FILE_BYTES_MAX} bytes", path.display());
    }
    let bytes = fs::read(path).with_context(unreadable)?;
    let text = String::from_utf8(bytes)
        .with_context(|| format!("the directory file {} is not UTF-8", path.display()))?;
    Ok(DirectoryFile::parse(&path.display().to_string(), &text)?)
}

fn read_secret_file(path: &Path) -> Result<String, String> {
    files::refuse_if_shared(path).map_err(|error| format!("{error:#}"))?;
    fs::read_to_string(path).map_err(|error| format!("cannot read {}: {error}", path.display()))
}

/// Reads a certificate or key set.
fn read_small_file(path: &Path) -> Result<Vec<u8>, String> {
    let unreadable = |error| format!("cannot read {}: {error}", path.display());
    let length = fs::metadata(path).map_err(unreadable)?.len();
    if length > SMALL_FILE_BYTES_MAX {
        return Err(format!(
            "{} is larger than {SMALL_FILE_BYTES_MAX} bytes",
            path.display()
        ));
    }
    fs::read(path).map_err(unreadable)
}
