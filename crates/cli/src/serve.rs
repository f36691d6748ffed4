//! `countersign serve`: the production form.

use std::sync::Arc;

use anyhow::Context;
use countersign_domain::secret::Pepper;
use countersign_server::{Keys, MasterKey, SystemClock, SystemRandom};
use countersign_store::Db;
use tokio::net::TcpListener;

use crate::args::ServeArguments;
use crate::settings::Settings;
use crate::stop::StopSignals;
use crate::{files, output, telemetry};

pub(crate) async fn run(arguments: &ServeArguments) -> anyhow::Result<()> {
    let settings = Settings::read(&arguments.config)?;
    telemetry::start(&settings.log_filter, settings.log_format)?;
    let keys = Keys {
        master: MasterKey::new(&*files::key(&settings.master_key_file).context("master_key_file")?),
        pepper: Pepper::new(&*files::key(&settings.pepper_file).context("pepper_file")?),
    };
    let socket = bind(settings.server.listen).await?;
    let db = Db::open(&settings.database)
        .await
        .context("cannot open the database")?;
    let base_url = settings.server.base_url.clone();
    let clock = Arc::new(SystemClock);
    let random = Arc::new(SystemRandom);
    let server =
        countersign_server::start(settings.server, socket, db, keys, clock, random).await?;
    let stop = StopSignals::take_over()?;
    output::print(&format!("ready {base_url}\n"))?;
    tracing::info!(address = %server.address(), %base_url, "serving");
    stop.requested().await;
    tracing::info!("stopping: finishing what is in flight");
    server.stop().await;
    Ok(())
}

/// Takes an address, and descriptors for as many connections as the system allows.
pub(crate) async fn bind(address: std::net::SocketAddr) -> anyhow::Result<TcpListener> {
    raise_descriptor_limit();
    TcpListener::bind(address).await.with_context(|| {
        format!("cannot listen on {address}: choose another with --listen or `listen`; port 0 takes a free one")
    })
}

/// Many systems allow a process more open connections than it has by default.
fn raise_descriptor_limit() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    // Where it cannot be raised, the default still serves.
    let _ = setrlimit(
        Resource::Nofile,
        Rlimit {
            current: limit.maximum,
            maximum: limit.maximum,
        },
    );
}
