//! What the server counts, and `GET /metrics`, where monitoring reads it in the OpenMetrics text
//! format. No series depends on what a request says: their number is bounded by our own tables.

use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use axum::extract::{Extension, State};
use axum::response::{IntoResponse, Response};
use countersign_domain::account::AuthenticationMethod;
use countersign_domain::clock::Timestamp;
use countersign_domain::directory::ClientCredentialType;
use countersign_domain::oauth::request::Endpoint;
use countersign_store::CredentialEnd;
use http::StatusCode;
use http::header::CONTENT_TYPE;
use prometheus_client::encoding::text::{encode_eof, encode_registry};
use prometheus_client::encoding::{EncodeLabelSet, LabelSetEncoder};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;

use crate::http::context::RequestContext;
use crate::http::reply;
use crate::state::AppState;

const TEXT_FORMAT: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Upper bounds of the time that a token request takes, in seconds: from one that signs with P-256
/// to one that waited for an issuer.
const DURATION_BUCKETS: [f64; 12] = [
    0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1.0, 5.0,
];

/// Credentials whose end is told, the next to end first: a scrape must not grow with the directory.
const CREDENTIALS_MAX: u32 = 1_000;

/// How long an ended credential is still told.
const ENDED_SECONDS: i64 = 7 * 86_400;

/// How long a scrape waits for the database.
const DATABASE_PATIENCE: Duration = Duration::from_secs(2);

/// One metric, as operators meet it.
struct Metric {
    /// Its name, without the prefix `countersign_` and the suffixes of its kind.
    name: &'static str,
    /// `counter`, `gauge`, `histogram` or `info`.
    kind: &'static str,
    labels: &'static str,
    meaning: &'static str,
}

const BUILD: Metric = Metric {
    name: "build",
    kind: "info",
    labels: "version",
    meaning: "The version that runs",
};
const TOKEN_REQUESTS: Metric = Metric {
    name: "token_requests",
    kind: "counter",
    labels: "endpoint, credential_type, code",
    meaning: "Token requests that were decided; code is 0 where a token was issued, else the AADSTS number",
};
const TOKEN_REQUEST_DURATION: Metric = Metric {
    name: "token_request_duration_seconds",
    kind: "histogram",
    labels: "",
    meaning: "Time from the head of a token request to its answer",
};
const ASSERTION_REPLAYS: Metric = Metric {
    name: "assertion_replays",
    kind: "counter",
    labels: "",
    meaning: "Good certificate assertions that this node had seen before; the policy of single use refuses them, the default does not",
};
const PERSON_SIGN_INS: Metric = Metric {
    name: "person_sign_ins",
    kind: "counter",
    labels: "method, code",
    meaning: "Attempts of people to sign in; code is 0 where a session began, else the AADSTS number",
};
const PASSWORD_CHECKS: Metric = Metric {
    name: "password_checks",
    kind: "counter",
    labels: "",
    meaning: "Passwords of people that were compared or hashed; each takes some 20 ms of a processor and 19 MiB",
};
const DIRECTORY_AGE: Metric = Metric {
    name: "directory_age_seconds",
    kind: "gauge",
    labels: "",
    meaning: "Time since the database last said what has changed; a change of rights is honoured this late",
};
const CREDENTIAL_EXPIRY: Metric = Metric {
    name: "credential_expiry_seconds",
    kind: "gauge",
    labels: "tenant_id, app_id, key_id, type",
    meaning: "When a secret or certificate ends, in seconds since 1970; the thousand that end next, and those that ended within a week",
};

/// The metrics, as the reference page lists them.
pub fn reference() -> String {
    let mut page =
        String::from("| metric | kind | labels | meaning |\n| --- | --- | --- | --- |\n");
    for metric in [
        BUILD,
        TOKEN_REQUESTS,
        TOKEN_REQUEST_DURATION,
        ASSERTION_REPLAYS,
        PERSON_SIGN_INS,
        PASSWORD_CHECKS,
        DIRECTORY_AGE,
        CREDENTIAL_EXPIRY,
    ] {
        let suffix = match metric.kind {
            "counter" => "_total",
            "info" => "_info",
            _ => "",
        };
        let _ = writeln!(
            page,
            "| `countersign_{}{suffix}` | {} | {} | {}. |",
            metric.name, metric.kind, metric.labels, metric.meaning
        );
    }
    page
}

/// The counters of a running server.
pub(crate) struct Metrics {
    registry: Registry,
    token_requests: Family<TokenRequest, Counter>,
    token_request_duration: Histogram,
    assertion_replays: Counter,
    person_sign_ins: Family<PersonSignIn, Counter>,
    password_checks: Counter,
}

/// Which token requests are counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct TokenRequest {
    endpoint: Endpoint,
    credential_type: ClientCredentialType,
    code: u32,
}

/// Which sign-ins of people are counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct PersonSignIn {
    method: AuthenticationMethod,
    code: u32,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let token_requests = Family::default();
        let token_request_duration = Histogram::new(DURATION_BUCKETS);
        let assertion_replays = Counter::default();
        let person_sign_ins = Family::default();
        let password_checks = Counter::default();
        let mut registry = Registry::with_prefix("countersign");
        register(
            &mut registry,
            &BUILD,
            Info::new([("version", env!("CARGO_PKG_VERSION"))]),
        );
        register(&mut registry, &TOKEN_REQUESTS, token_requests.clone());
        register(
            &mut registry,
            &TOKEN_REQUEST_DURATION,
            token_request_duration.clone(),
        );
        register(&mut registry, &ASSERTION_REPLAYS, assertion_replays.clone());
        register(&mut registry, &PERSON_SIGN_INS, person_sign_ins.clone());
        register(&mut registry, &PASSWORD_CHECKS, password_checks.clone());
        Self {
            registry,
            token_requests,
            token_request_duration,
            assertion_replays,
            person_sign_ins,
            password_checks,
        }
    }

    /// Counts a token request that was decided.
    pub(crate) fn token_request(
        &self,
        endpoint: Endpoint,
        credential_type: ClientCredentialType,
        code: u32,
        duration: Duration,
    ) {
        let request = TokenRequest {
            endpoint,
            credential_type,
            code,
        };
        self.token_requests.get_or_create(&request).inc();
        self.token_request_duration.observe(duration.as_secs_f64());
    }

    /// Counts a good assertion that was seen before.
    pub(crate) fn assertion_replay(&self) {
        self.assertion_replays.inc();
    }

    /// Counts an attempt of a person to sign in.
    pub(crate) fn person_sign_in(&self, method: AuthenticationMethod, code: u32) {
        let sign_in = PersonSignIn { method, code };
        self.person_sign_ins.get_or_create(&sign_in).inc();
    }

    /// Counts the work on a person's password.
    pub(crate) fn password_check(&self) {
        self.password_checks.inc();
    }
}

fn register(
    registry: &mut Registry,
    metric: &Metric,
    counts: impl prometheus_client::registry::Metric,
) {
    registry.register(metric.name, metric.meaning, counts);
}

impl EncodeLabelSet for TokenRequest {
    fn encode(&self, encoder: &mut LabelSetEncoder<'_>) -> std::fmt::Result {
        let endpoint = match self.endpoint {
            Endpoint::V1 => "v1.0",
            Endpoint::V2 => "v2.0",
        };
        [
            ("endpoint", endpoint),
            ("credential_type", self.credential_type.as_str()),
            ("code", &self.code.to_string()),
        ]
        .encode(encoder)
    }
}

impl EncodeLabelSet for PersonSignIn {
    fn encode(&self, encoder: &mut LabelSetEncoder<'_>) -> std::fmt::Result {
        let code = self.code.to_string();
        [("method", self.method.as_str()), ("code", &code)].encode(encoder)
    }
}

/// Answers those networks that the operator lists, and is not there for all others: which
/// credentials exist is not for everyone who may ask for a token.
pub(crate) async fn show(
    State(state): State<Arc<AppState>>,
    Extension(context): Extension<RequestContext>,
) -> Response {
    let is_allowed = |network: &crate::Network| network.contains(context.source);
    if !state.metrics_networks.iter().any(is_allowed) {
        return reply::not_found();
    }
    match text(&state, context.now).await {
        Ok(text) => ([(CONTENT_TYPE, TEXT_FORMAT)], text).into_response(),
        Err(std::fmt::Error) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

async fn text(state: &AppState, now: Timestamp) -> Result<String, std::fmt::Error> {
    let mut text = String::new();
    encode_registry(&mut text, &state.metrics.registry)?;
    encode_registry(&mut text, &current(state, now).await)?;
    encode_eof(&mut text)?;
    Ok(text)
}

/// What is not counted but read at each scrape. While the database does not answer, what only it
/// knows is left out.
async fn current(state: &AppState, now: Timestamp) -> Registry {
    let mut registry = Registry::with_prefix("countersign");
    let age = Gauge::<f64, AtomicU64>::default();
    age.set(state.directory.age(now).as_secs_f64());
    register(&mut registry, &DIRECTORY_AGE, age);
    let ends = state
        .db
        .credentials_ending(now.plus_seconds(-ENDED_SECONDS), CREDENTIALS_MAX);
    match tokio::time::timeout(DATABASE_PATIENCE, ends).await {
        Ok(Ok(ends)) => register(&mut registry, &CREDENTIAL_EXPIRY, expiries(&ends)),
        Ok(Err(error)) => tracing::warn!(%error, "cannot read which credentials end next"),
        Err(_) => tracing::warn!("the database does not say in time which credentials end next"),
    }
    registry
}

fn expiries(ends: &[CredentialEnd]) -> Family<Vec<(&'static str, String)>, Gauge> {
    let family = Family::<_, Gauge>::default();
    for end in ends {
        let labels = vec![
            ("tenant_id", end.tenant_id.to_string()),
            ("app_id", end.app_id.to_string()),
            ("key_id", end.key_id.to_string()),
            ("type", end.credential_type.as_str().to_owned()),
        ];
        family.get_or_create(&labels).set(end.end_at.unix_seconds());
    }
    family
}
