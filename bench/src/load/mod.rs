//! The load driver: one thread, prepared requests, and no more of HTTP than an answer's length, so
//! that the server is the limit.
//!
//! It never sleeps. Waking a process that sleeps on another core is work of the core that sends, and
//! in a virtual machine up to 10 µs of it for each answer; clients on other machines cost a server
//! nothing like that.

mod connection;

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use countersign_domain::ids::AppId;
use rustix::process::{Resource, Rlimit, setrlimit};
use tokio::task::JoinSet;

use self::connection::{Connection, Target};
use crate::plan::{Limit, LoadPlan, LoadReport};
use crate::statistics::percentile;

/// Reads a plan, carries it out, prints the report.
pub(crate) fn child() -> Result<()> {
    let plan: LoadPlan = serde_json::from_reader(std::io::stdin())?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let report = runtime.block_on(run(&plan))?;
    serde_json::to_writer(std::io::stdout(), &report)?;
    Ok(std::io::stdout().flush()?)
}

/// What the workers share.
struct Work {
    target: Target,
    requests: Vec<Vec<u8>>,
    next: AtomicUsize,
    is_fresh: bool,
    /// Only answers that come after this count.
    begin: Instant,
    /// After this no request is sent.
    end: Option<Instant>,
    requests_max: usize,
}

/// Carries out a plan in the running runtime.
pub(crate) async fn run(plan: &LoadPlan) -> Result<LoadReport> {
    let descriptors = Some(16_384);
    let _ = setrlimit(
        Resource::Nofile,
        Rlimit {
            current: descriptors,
            maximum: descriptors,
        },
    );
    let target = Target::new(plan)?;
    let requests: Vec<_> = requests(plan);
    connection::check_one(&target, &requests, plan.algorithm).await?;

    let begin = Instant::now() + Duration::from_secs_f64(plan.warm_up_seconds);
    let (end, requests_max) = match plan.limit {
        Limit::Seconds(seconds) => (Some(begin + Duration::from_secs_f64(seconds)), usize::MAX),
        Limit::Grants(grants) => (None, usize::try_from(grants)?),
    };
    let work = Arc::new(Work {
        target,
        requests,
        next: AtomicUsize::new(0),
        is_fresh: plan.is_fresh,
        begin,
        end,
        requests_max,
    });
    let awake = tokio::spawn(async {
        loop {
            tokio::task::yield_now().await;
        }
    });
    let mut workers = JoinSet::new();
    for _ in 0..plan.connections {
        workers.spawn(work.clone().worker());
    }
    let mut latencies = Vec::new();
    while let Some(worker) = workers.join_next().await {
        latencies.append(&mut worker??);
    }
    awake.abort();
    let finish = end.unwrap_or_else(Instant::now);
    let seconds = (finish - begin).as_secs_f64();
    if latencies.is_empty() {
        bail!("not one token came in the measured time");
    }
    latencies.sort_unstable();
    Ok(LoadReport {
        grants: latencies.len() as u64,
        seconds,
        p50_micros: percentile(&latencies, 0.5),
        p99_micros: percentile(&latencies, 0.99),
    })
}

impl Work {
    /// One connection, or one at a time: sends, waits, and sends again.
    async fn worker(self: Arc<Self>) -> Result<Vec<u32>> {
        let mut latencies = Vec::new();
        let mut kept = None;
        loop {
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            let sent = Instant::now();
            if number >= self.requests_max || self.end.is_some_and(|end| sent >= end) {
                return Ok(latencies);
            }
            let mut connection = match kept.take() {
                Some(connection) => connection,
                None => Connection::open(&self.target).await?,
            };
            let request = &self.requests[number % self.requests.len()];
            connection.exchange(request).await?;
            let came = Instant::now();
            if came >= self.begin && self.end.is_none_or(|end| came <= end) {
                let micros = (came - sent).as_micros();
                latencies.push(u32::try_from(micros).unwrap_or(u32::MAX));
            }
            if self.is_fresh {
                connection.close().await;
            } else {
                kept = Some(connection);
            }
        }
    }
}

/// One request for each client.
fn requests(plan: &LoadPlan) -> Vec<Vec<u8>> {
    let port = plan.address.port();
    let request = |(client, proof): &(AppId, String)| {
        let body = format!(
            "grant_type=client_credentials&client_id={client}&{proof}&scope={}",
            plan.scope.replace(':', "%3A").replace('/', "%2F"),
        );
        format!(
            "POST {} HTTP/1.1\r\nHost: localhost:{port}\r\nAccept: */*\r\n\
             User-Agent: countersign-bench\r\nContent-Length: {}\r\n\
             Content-Type: application/x-www-form-urlencoded\r\n\r\n{body}",
            plan.path,
            body.len(),
        )
        .into_bytes()
    };
    plan.clients.iter().map(request).collect()
}
