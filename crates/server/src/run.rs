//! Starting, and stopping without dropping what is in flight.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use countersign_domain::account::throttle::guesses_forgotten_before;
use countersign_domain::clock::{Clock, Timestamp};
use countersign_domain::ids::NodeId;
use countersign_domain::node;
use countersign_domain::oauth::revocation;
use countersign_domain::random::Random;
use countersign_store::{Db, StoreError};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::config::{Config, Listener};
use crate::directory::{Changed, Directory, POLL_INTERVAL};
use crate::federation::{Federation, elapsed_from_now};
use crate::graph::Validators;
use crate::http::{listener, stack, tls};
use crate::known_leaves::LeafCache;
use crate::metrics::Metrics;
use crate::nodes;
use crate::oauth::revocations::RevocationLists;
use crate::password_work::PasswordWork;
use crate::platform::{self, PlatformError};
use crate::seen_assertions::{LongLived, SeenAssertions};
use crate::sign_in_log::SignInLog;
use crate::signing::{self, Keyring, Signing, SigningError};
use crate::state::{AppState, Keys};
use crate::throttle::Throttle;

/// How long requests in flight may take after the server was told to stop.
const DRAIN_MAX: Duration = Duration::from_secs(20);

/// How often what has ended is removed from the database.
const FORGET_INTERVAL: Duration = Duration::from_secs(600);

/// How often is looked for deleted objects that cannot be restored any more.
const PURGE_INTERVAL: Duration = Duration::from_secs(600);

/// The server cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The signing keys.
    #[error(transparent)]
    Signing(#[from] SigningError),
    /// The Graph application.
    #[error(transparent)]
    Platform(#[from] PlatformError),
    /// The TLS files.
    #[error(transparent)]
    Tls(#[from] tls::TlsError),
}

/// A server that is running.
pub struct Running {
    address: SocketAddr,
    state: Arc<AppState>,
    stop: watch::Sender<bool>,
    accepting: JoinHandle<()>,
    following: JoinHandle<()>,
    forgetting: JoinHandle<()>,
    purging: JoinHandle<()>,
    logging: JoinHandle<()>,
    reporting: JoinHandle<()>,
}

/// Starts serving on a listener that is already bound, so that a taken port is found before
/// anything is made.
pub async fn start(
    config: Config,
    socket: TcpListener,
    db: Db,
    keys: Keys,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
) -> Result<Running, StartError> {
    let (tls, proxies) = match config.listener {
        Listener::Tls(files) => (Some(tls::acceptor(&files)?), None),
        Listener::BehindProxy(proxies) => (None, Some(proxies)),
    };
    let keyring = open_keyring(&db, &keys, clock.as_ref()).await?;
    platform::ensure(&db, &config.base_url, clock.now(), random.as_ref()).await?;
    let state = Arc::new(AppState {
        directory: Directory::open(db.clone(), &config.base_url, clock.now(), config.stale_max)
            .await?,
        federation: Federation::new(config.outbound, config.outbound_limits, elapsed_from_now()),
        signing: Signing::new(keyring),
        validators: Validators::new(),
        base_url: config.base_url,
        sign_ins: SignInLog::default(),
        throttle: Throttle::new(),
        seen_assertions: SeenAssertions::new(),
        long_lived: LongLived::new(),
        known_leaves: LeafCache::new(),
        password_work: PasswordWork::new(),
        revocations: RevocationLists::new(),
        metrics: Metrics::new(),
        metrics_networks: config.metrics_networks,
        consent_answer: config.consent_answer,
        keys,
        db,
        started_at: clock.now(),
        node_id: NodeId::random(random.as_ref()),
        node_name: config.node_name,
        clock,
        random,
        proxies,
    });
    let router = stack::router(state.clone(), config.development_issuer);
    let (stop, stopped) = watch::channel(false);
    Ok(Running {
        address: socket.local_addr().unwrap_or(config.listen),
        accepting: tokio::spawn(listener::accept(
            socket,
            tls,
            state.clone(),
            router,
            stopped,
            DRAIN_MAX,
        )),
        following: tokio::spawn(follow_changes(state.clone())),
        forgetting: tokio::spawn(forget_ended(state.clone())),
        purging: tokio::spawn(purge_deleted(state.clone())),
        logging: tokio::spawn(log_sign_ins(state.clone())),
        reporting: tokio::spawn(report(state.clone())),
        state,
        stop,
    })
}

impl Running {
    /// The address that is listened on, with the port that was really taken.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Stops taking connections, finishes what is in flight, and writes the last records.
    pub async fn stop(self) {
        let _ = self.stop.send(true);
        let _ = self.accepting.await;
        self.following.abort();
        self.forgetting.abort();
        self.purging.abort();
        self.reporting.abort();
        nodes::leave(&self.state).await;
        self.state.sign_ins.close();
        let _ = self.logging.await;
        self.state.db.close().await;
    }
}

/// The stored signing keys; a database without any gets its first ones here. Several nodes may
/// start at once: the store keeps the keys of one of them.
async fn open_keyring(db: &Db, keys: &Keys, clock: &dyn Clock) -> Result<Keyring, StartError> {
    let mut stored = db.signing_keys().await?;
    if stored.is_empty() {
        let made = signing::generate(&keys.master, clock.now())?;
        stored = db.add_signing_keys_if_none(&made).await?;
    }
    Ok(Keyring::open(&stored, &keys.master)?)
}

/// Asks the database for changes for ever.
async fn follow_changes(state: Arc<AppState>) {
    let mut is_reachable = true;
    loop {
        tokio::time::sleep(POLL_INTERVAL).await;
        match state.directory.poll(state.clock.now()).await {
            Ok(()) => {
                if !is_reachable {
                    tracing::info!("the database answers again");
                }
                is_reachable = true;
                follow(&state, state.directory.take_changed()).await;
            }
            Err(error) => {
                if is_reachable {
                    tracing::error!(%error, "cannot ask the database for changes; serving what is known");
                }
                is_reachable = false;
            }
        }
    }
}

/// Does what changes ask for that are not of the directory alone.
async fn follow(state: &AppState, changed: Changed) {
    if changed.signing_keys {
        reload_keyring(state).await;
    }
    if changed.tenants {
        let (now, random) = (state.clock.now(), state.random.as_ref());
        if let Err(error) = platform::ensure(&state.db, &state.base_url, now, random).await {
            tracing::error!(%error, "cannot provide the Graph API to a new tenant; trying again");
            state.directory.tenants_wait();
        }
    }
}

async fn reload_keyring(state: &AppState) {
    let stored = state.db.signing_keys().await.map_err(StartError::from);
    match stored.and_then(|stored| Ok(Keyring::open(&stored, &state.keys.master)?)) {
        Ok(keyring) => state.signing.replace(keyring),
        Err(error) => tracing::error!(%error, "cannot read the changed signing keys"),
    }
}

/// Forgets what has ended and could not be used again anyway.
async fn forget_ended(state: Arc<AppState>) {
    loop {
        tokio::time::sleep(FORGET_INTERVAL).await;
        if let Err(error) = forget(&state.db, state.clock.now()).await {
            tracing::warn!(%error, "cannot forget what has ended; trying again later");
        }
    }
}

async fn forget(db: &Db, now: Timestamp) -> Result<(), StoreError> {
    db.forget_expired_assertions(now).await?;
    db.forget_ended_sessions(now).await?;
    db.forget_challenges(now).await?;
    db.forget_failures(guesses_forgotten_before(now)).await?;
    db.forget_revocations(revocation::forgotten_before(now))
        .await?;
    db.forget_nodes(node::forgotten_before(now)).await?;
    Ok(())
}

/// Ends what was deleted too long ago to be restored.
async fn purge_deleted(state: Arc<AppState>) {
    loop {
        tokio::time::sleep(PURGE_INTERVAL).await;
        let (now, random) = (state.clock.now(), state.random.as_ref());
        if let Err(error) = state.db.purge_deleted(now, random).await {
            tracing::warn!(%error, "cannot end deleted objects for good; trying again later");
        }
    }
}

async fn log_sign_ins(state: Arc<AppState>) {
    state.sign_ins.run(&state.db).await;
}

async fn report(state: Arc<AppState>) {
    nodes::report(&state).await;
}
