//! Keys of other issuers, asked for as a token request does, from real servers over TLS.

mod documents;
mod faults;
mod fetching;
mod reach;
mod shapes;
mod sink;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use countersign_domain::ids::TenantId;
use countersign_server::OutboundPolicy;
use countersign_server::federation::{Federation, FetchError, KeyProblem, Limits};
use countersign_testkit::issuer::Issuer;
use countersign_token::keyset::PublishedKey;

const TENANT: &str = "aaaaaaaa-0000-4000-8000-000000000001";
const OTHER_TENANT: &str = "aaaaaaaa-0000-4000-8000-000000000002";

/// How soon keys that are known must be there, on a machine that is busy with other tests.
const AT_ONCE: Duration = Duration::from_millis(500);

/// A federation whose time is moved by hand.
struct Party {
    federation: Federation,
    seconds: Arc<AtomicU64>,
}

impl Party {
    fn new(policy: OutboundPolicy, limits: Limits) -> Arc<Self> {
        let seconds = Arc::new(AtomicU64::new(0));
        let elapsed = {
            let seconds = Arc::clone(&seconds);
            Arc::new(move || Duration::from_secs(seconds.load(Ordering::SeqCst)))
        };
        Arc::new(Self {
            federation: Federation::new(policy, limits, elapsed),
            seconds,
        })
    }

    /// One that may reach these issuers, with the limits of a real server.
    fn knowing(issuers: &[&Issuer]) -> Arc<Self> {
        Self::new(trusting(issuers), Limits::default())
    }

    fn advance(&self, seconds: u64) {
        self.seconds.fetch_add(seconds, Ordering::SeqCst);
    }

    async fn key(&self, issuer: &str, kid: &str) -> Result<Arc<PublishedKey>, KeyProblem> {
        self.federation
            .key(tenant(TENANT), issuer, Some(kid), None)
            .await
    }

    async fn only_key(&self, issuer: &str) -> Result<Arc<PublishedKey>, KeyProblem> {
        self.federation
            .key(tenant(TENANT), issuer, None, None)
            .await
    }
}

fn trusting(issuers: &[&Issuer]) -> OutboundPolicy {
    issuers.iter().fold(
        OutboundPolicy::default().allow_loopback(),
        |policy, issuer| {
            policy
                .trust(issuer.ca_pem().as_bytes())
                .expect("an authority")
        },
    )
}

fn tenant(id: &str) -> TenantId {
    id.parse().expect("a GUID")
}

/// Short enough to wait for, long enough for a handshake on a busy machine.
fn hasty() -> Limits {
    let mut limits = Limits::default();
    limits.keys.fetch_timeout = Duration::from_secs(1);
    limits
}

#[track_caller]
fn unreachable(answer: Result<Arc<PublishedKey>, KeyProblem>) -> FetchError {
    match answer {
        Err(KeyProblem::IssuerUnreachable(reason)) => reason,
        other => panic!("expected an unreachable issuer, not {other:?}"),
    }
}
