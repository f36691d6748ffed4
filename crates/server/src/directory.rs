//! The read-through cache of everything that a token request needs to know. A warm request runs no
//! SQL; a change on any node is honoured by every node within a second.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use arc_swap::ArcSwap;
use countersign_domain::clock::Timestamp;
use countersign_domain::directory::{ApplicationInTenant, Change, Domain, ResourceName, Tenant};
use countersign_domain::graph::permission::{GRAPH_APP_ID, PLATFORM_TENANT_ID, graph_names};
use countersign_domain::ids::{AppId, TenantId};
use countersign_domain::oauth::error::{self, OauthError};
use countersign_domain::oauth::tenant_name::TenantName;
use countersign_store::{Db, StoreError};
use quick_cache::sync::Cache;

use crate::config::BaseUrl;

/// How often the database is asked for changes.
pub(crate) const POLL_INTERVAL: Duration = Duration::from_millis(250);

/// Applications and names that are remembered; the least used are forgotten first.
const ENTRIES_MAX: usize = 100_000;

type Application = Option<Arc<ApplicationInTenant>>;

/// What this node knows of the directory.
pub(crate) struct Directory {
    db: Db,
    tenants: ArcSwap<Tenants>,
    applications: Cache<(TenantId, AppId), Application>,
    names: Cache<(TenantId, ResourceName), Option<AppId>>,
    /// Counts invalidations. What was read from the database before one may not be remembered
    /// after it; the lock makes the check and the insertion one step.
    epoch: RwLock<()>,
    epoch_number: AtomicU64,
    change_number: AtomicI64,
    polls: tokio::sync::Mutex<()>,
    pending: Pending,
    /// Names of the Graph resource, whatever is stored.
    graph_names: Vec<ResourceName>,
    fresh_at: AtomicI64,
    stale_max: Duration,
}

/// What polls found changed that asks for more than forgetting.
pub(crate) struct Changed {
    pub(crate) signing_keys: bool,
    pub(crate) tenants: bool,
}

/// The same, until somebody takes it: any request may poll, one task follows.
#[derive(Default)]
struct Pending {
    signing_keys: AtomicBool,
    tenants: AtomicBool,
}

/// All tenants, by id and by domain.
#[derive(Default)]
struct Tenants {
    by_id: HashMap<TenantId, Arc<Tenant>>,
    by_domain: HashMap<Domain, Arc<Tenant>>,
    default: Option<Arc<Tenant>>,
}

impl Directory {
    /// Reads the tenants; everything else is read when it is first asked for.
    pub(crate) async fn open(
        db: Db,
        base_url: &BaseUrl,
        now: Timestamp,
        stale_max: Duration,
    ) -> Result<Self, StoreError> {
        // The number first: a change between the two reads is then seen twice, never missed.
        let change_number = db.latest_change().await?;
        let tenants = Tenants::new(db.tenants().await?);
        Ok(Self {
            db,
            tenants: ArcSwap::from_pointee(tenants),
            applications: Cache::new(ENTRIES_MAX),
            names: Cache::new(ENTRIES_MAX),
            epoch: RwLock::new(()),
            epoch_number: AtomicU64::new(0),
            change_number: AtomicI64::new(change_number),
            polls: tokio::sync::Mutex::default(),
            pending: Pending::default(),
            graph_names: graph_names(base_url.as_str())
                .iter()
                .map(|name| ResourceName::fold(name))
                .collect(),
            fresh_at: AtomicI64::new(now.micros()),
            stale_max,
        })
    }

    /// The tenant that a URL's segment names.
    pub(crate) fn tenant(&self, segment: &str) -> Result<Arc<Tenant>, OauthError> {
        let tenants = self.tenants.load();
        let tenant = match TenantName::parse(segment)? {
            TenantName::Id(id) => tenants.by_id.get(&id),
            TenantName::Domain(domain) => tenants.by_domain.get(&domain),
            TenantName::Default => tenants.default.as_ref(),
            TenantName::AnyOrganization => return Err(error::TENANT_UNDETERMINED.plain()),
            TenantName::Consumers => return Err(error::TENANT_ALIAS_UNSUPPORTED.plain()),
        };
        tenant
            .cloned()
            .ok_or_else(|| error::TENANT_NOT_FOUND.with(&[("tenant", segment)]))
    }

    /// An application as one tenant sees it.
    pub(crate) async fn application(
        &self,
        tenant_id: TenantId,
        app_id: AppId,
    ) -> Result<Application, StoreError> {
        let key = (tenant_id, app_id);
        if let Some(known) = self.applications.get(&key) {
            return Ok(known);
        }
        let read = async {
            let found = self.db.application_in_tenant(tenant_id, app_id).await?;
            Ok(found.map(Arc::new))
        };
        // On the heap: in place, every warm request would carry the room for the SQL, 10 KiB.
        Box::pin(self.read_through(&self.applications, key, read)).await
    }

    /// The application behind a resource name, as one tenant sees it.
    pub(crate) async fn resource(
        &self,
        tenant_id: TenantId,
        name: ResourceName,
    ) -> Result<Application, StoreError> {
        let app_id = match name.as_str().parse() {
            Ok(app_id) => Some(app_id),
            // No other application may answer to these: its tokens would open the Graph API.
            Err(_) if self.graph_names.contains(&name) => Some(GRAPH_APP_ID),
            Err(_) => self.app_id(tenant_id, name).await?,
        };
        match app_id {
            Some(app_id) => self.application(tenant_id, app_id).await,
            None => Ok(None),
        }
    }

    /// The client id of the application that has this App ID URI.
    async fn app_id(
        &self,
        tenant_id: TenantId,
        name: ResourceName,
    ) -> Result<Option<AppId>, StoreError> {
        let key = (tenant_id, name);
        if let Some(known) = self.names.get(&key) {
            return Ok(known);
        }
        let name = key.1.clone();
        let read = self.db.app_id_by_resource_name(tenant_id, &name);
        Box::pin(self.read_through(&self.names, key, read)).await
    }

    /// Whether this node has been without its database for longer than it may serve on.
    pub(crate) fn is_too_stale(&self, now: Timestamp) -> bool {
        self.age(now) > self.stale_max
    }

    /// The time since the database last said what has changed.
    pub(crate) fn age(&self, now: Timestamp) -> Duration {
        let micros = now
            .micros()
            .saturating_sub(self.fresh_at.load(Ordering::Relaxed));
        // A clock that was set back makes it young, never old.
        Duration::from_micros(u64::try_from(micros).unwrap_or(0))
    }

    /// The number of the last change that this node knows.
    pub(crate) fn change_number(&self) -> i64 {
        self.change_number.load(Ordering::Relaxed)
    }

    /// Asks the database what was changed since the last time, and forgets it.
    pub(crate) async fn poll(&self, now: Timestamp) -> Result<(), StoreError> {
        // Requests that change the directory poll too. One after the other, so that an older list of
        // tenants never takes the place of a newer one.
        let _turn = self.polls.lock().await;
        let seen = self.change_number.load(Ordering::Relaxed);
        if self.db.latest_change().await? != seen {
            let (number, changes) = self.db.changes_since(seen).await?;
            let concerns = |change: &Change| {
                changes
                    .iter()
                    .any(|found| found == change || *found == Change::Everything)
            };
            if concerns(&Change::Tenants) {
                self.tenants
                    .store(Arc::new(Tenants::new(self.db.tenants().await?)));
                self.pending.tenants.store(true, Ordering::Relaxed);
            }
            self.forget(&changes);
            self.change_number.store(number, Ordering::Relaxed);
            if concerns(&Change::SigningKeys) {
                self.pending.signing_keys.store(true, Ordering::Relaxed);
            }
        }
        self.fresh_at.store(now.micros(), Ordering::Relaxed);
        Ok(())
    }

    /// What polls have found since this was last asked.
    pub(crate) fn take_changed(&self) -> Changed {
        let take = |flag: &AtomicBool| flag.swap(false, Ordering::Relaxed);
        Changed {
            signing_keys: take(&self.pending.signing_keys),
            tenants: take(&self.pending.tenants),
        }
    }

    /// Says again that the tenants have changed: what that asks for could not be done.
    pub(crate) fn tenants_wait(&self) {
        self.pending.tenants.store(true, Ordering::Relaxed);
    }

    fn forget(&self, changes: &[Change]) {
        let _guard = self.epoch.write().unwrap_or_else(PoisonError::into_inner);
        self.epoch_number.fetch_add(1, Ordering::Relaxed);
        let tenants = self.tenants.load();
        for change in changes {
            match change {
                Change::Application(app_id) => {
                    for tenant_id in tenants.by_id.keys() {
                        self.applications.remove(&(*tenant_id, *app_id));
                    }
                }
                Change::ResourceName(name) => {
                    for tenant_id in tenants.by_id.keys() {
                        self.names.remove(&(*tenant_id, name.clone()));
                    }
                }
                Change::Everything => {
                    self.applications.clear();
                    self.names.clear();
                }
                Change::Tenants | Change::SigningKeys => {}
            }
        }
    }

    /// The database's value, remembered; one reader asks for all who wait.
    async fn read_through<K, V>(
        &self,
        cache: &Cache<K, V>,
        key: K,
        read: impl Future<Output = Result<V, StoreError>>,
    ) -> Result<V, StoreError>
    where
        K: std::hash::Hash + Eq + Clone,
        V: Clone,
    {
        let guard = match cache.get_value_or_guard_async(&key).await {
            Ok(value) => return Ok(value),
            Err(guard) => guard,
        };
        let epoch = self.epoch_number.load(Ordering::Relaxed);
        let value = read.await?;
        let _unchanging = self.epoch.read().unwrap_or_else(PoisonError::into_inner);
        if epoch == self.epoch_number.load(Ordering::Relaxed) {
            // An error means that the place was taken away meanwhile: the value still answers
            // this request, it is only not remembered.
            let _ = guard.insert(value.clone());
        }
        Ok(value)
    }
}

impl Tenants {
    fn new(tenants: Vec<Tenant>) -> Self {
        let mut all = Self::default();
        // Nobody gets a token in the platform's own tenant, so requests cannot name it.
        let tenants = tenants
            .into_iter()
            .filter(|tenant| tenant.id != PLATFORM_TENANT_ID);
        for tenant in tenants.map(Arc::new) {
            for domain in &tenant.domains {
                all.by_domain.insert(domain.clone(), tenant.clone());
            }
            if tenant.is_default {
                all.default = Some(tenant.clone());
            }
            all.by_id.insert(tenant.id, tenant);
        }
        all
    }
}
