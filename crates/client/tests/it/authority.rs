//! An authority on loopback that counts requests and whose every answer a test can set.

use std::collections::{HashMap, VecDeque};
use std::convert::Infallible;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use countersign_client::{Client, ClientBuilder, Credential};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

pub(crate) const TENANT: &str = "11111111-2222-3333-4444-555555555555";
pub(crate) const CLIENT: &str = "c0000000-0000-0000-0000-000000000001";
pub(crate) const SECRET: &str = "correct~horse+battery%staple";
pub(crate) const SCOPE: &str = "api://orders/.default";

/// What the authority answers.
#[derive(Clone)]
pub(crate) enum Answer {
    /// A new token that lives for so many seconds.
    Token(u64),
    /// A status, headers and a body.
    Raw(u16, Vec<(&'static str, String)>, String),
    /// The connection is closed without an answer.
    Reset,
    /// Nothing, ever.
    Silence,
}

impl Answer {
    pub(crate) fn json(body: &Value) -> Self {
        Self::Raw(200, Vec::new(), body.to_string())
    }

    pub(crate) fn status(status: u16) -> Self {
        Self::Raw(status, Vec::new(), String::new())
    }

    pub(crate) fn throttled(retry_after: &str) -> Self {
        let header = ("retry-after", retry_after.to_owned());
        Self::Raw(429, vec![header], "slow down".to_owned())
    }

    /// An error in the platform's shape.
    pub(crate) fn refusal(status: u16, error: &str, code: u64) -> Self {
        let body = json!({
            "error": error,
            "error_description": format!("AADSTS{code}: no. Trace ID: trace-1 Correlation ID: correlation-1 Timestamp: 2026-01-02 03:04:05Z"),
            "error_codes": [code],
            "timestamp": "2026-01-02 03:04:05Z",
            "trace_id": "trace-1",
            "correlation_id": "correlation-1",
        });
        Self::Raw(status, Vec::new(), body.to_string())
    }

    pub(crate) fn wrong_secret() -> Self {
        Self::refusal(401, "invalid_client", 7_000_215)
    }
}

/// A request as it came in.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    pub(crate) path: String,
    pub(crate) headers: hyper::HeaderMap,
    pub(crate) form: HashMap<String, String>,
}

pub(crate) struct Authority {
    pub(crate) base: String,
    pub(crate) served: Arc<Served>,
    accepting: JoinHandle<()>,
}

pub(crate) struct Served {
    next: Mutex<VecDeque<Answer>>,
    always: Mutex<Answer>,
    requests: Mutex<Vec<Received>>,
    /// An answer takes one permit; a test that takes them away holds all answers.
    gate: Semaphore,
}

impl Authority {
    /// Grants tokens for an hour.
    pub(crate) async fn start() -> Self {
        let (listener, served) = prepare().await;
        let base = format!("http://{}", listener.local_addr().expect("bound"));
        let accepting = tokio::spawn(accept(listener, Arc::clone(&served)));
        Self {
            base,
            served,
            accepting,
        }
    }

    pub(crate) fn builder(&self) -> ClientBuilder {
        Client::builder(&self.base, TENANT, CLIENT)
            .dangerous_loopback_http()
            .credential(Credential::secret(SECRET))
    }

    pub(crate) fn client(&self) -> Client {
        self.builder().build().expect("complete")
    }

    /// What is answered from now on, after the answers that were queued.
    pub(crate) fn always(&self, answer: Answer) {
        *self.served.always.lock().expect("no panic") = answer;
    }

    /// What is answered next, once.
    pub(crate) fn next(&self, answer: Answer) {
        self.served.next.lock().expect("no panic").push_back(answer);
    }

    pub(crate) fn requests(&self) -> Vec<Received> {
        self.served.requests.lock().expect("no panic").clone()
    }

    pub(crate) fn count(&self) -> usize {
        self.requests().len()
    }

    /// Holds all answers until [`Authority::release`].
    pub(crate) fn hold(&self) {
        let all = self.served.gate.available_permits();
        self.served.gate.forget_permits(all);
    }

    pub(crate) fn release(&self) {
        self.served.gate.add_permits(1_000_000);
    }

    /// Waits until this many requests have come in.
    pub(crate) async fn reached(&self, count: usize) {
        while self.count() < count {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// Stops listening: connections are refused from now on.
    pub(crate) fn stop(&self) {
        self.accepting.abort();
    }
}

impl Drop for Authority {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

pub(crate) async fn prepare() -> (TcpListener, Arc<Served>) {
    let listener = TcpListener::bind("127.0.0.1:0")
        .await
        .expect("loopback has a free port");
    let served = Served {
        next: Mutex::default(),
        always: Mutex::new(Answer::Token(3600)),
        requests: Mutex::default(),
        gate: Semaphore::new(1_000_000),
    };
    (listener, Arc::new(served))
}

async fn accept(listener: TcpListener, served: Arc<Served>) {
    // Connections end with the listener, so that a stopped authority is gone.
    let mut connections = tokio::task::JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        connections.spawn(serve(stream, Arc::clone(&served)));
    }
}

/// Serves one connection.
pub(crate) async fn serve(stream: impl AsyncRead + AsyncWrite + Unpin, served: Arc<Served>) {
    let service = service_fn(|request| answer(Arc::clone(&served), request));
    // A reset is an error here, and what the test wants.
    let _ = hyper::server::conn::http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

async fn answer(
    served: Arc<Served>,
    request: Request<Incoming>,
) -> io::Result<Response<Full<Bytes>>> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
    let form = parse_form(&body);
    let number = {
        let mut requests = served.requests.lock().expect("no panic");
        requests.push(Received {
            path: parts.uri.to_string(),
            headers: parts.headers,
            form: form.clone(),
        });
        requests.len()
    };
    let next = served.next.lock().expect("no panic").pop_front();
    let answer = next.unwrap_or_else(|| served.always.lock().expect("no panic").clone());
    served.gate.acquire().await.expect("never closed").forget();
    match answer {
        Answer::Token(expires_in) => {
            let token = token(number, &form);
            let body =
                json!({"token_type": "Bearer", "expires_in": expires_in, "access_token": token});
            Ok(Response::new(body.to_string().into()))
        }
        Answer::Raw(status, headers, body) => {
            let mut response = Response::builder().status(status);
            for (name, value) in headers {
                response = response.header(name, value);
            }
            Ok(response.body(body.into()).expect("a response"))
        }
        Answer::Reset => Err(io::ErrorKind::ConnectionReset.into()),
        Answer::Silence => match std::future::pending::<Infallible>().await {},
    }
}

/// A token that tells what it was asked with, and apart from all others.
fn token(number: usize, form: &HashMap<String, String>) -> String {
    let field = |name: &str| form.get(name).map_or("", String::as_str);
    let ending = token_ending(field("client_id"), field("scope"), field("claims"));
    format!("{number}{ending}")
}

/// What [`token`] puts after the number.
pub(crate) fn token_ending(client: &str, scope: &str, claims: &str) -> String {
    let hex = |text: &str| {
        text.bytes()
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>()
    };
    format!(".{}.{}.{}", hex(client), hex(scope), hex(claims))
}

/// The number of a token that [`token`] made.
pub(crate) fn number(token: &str) -> usize {
    let number = token.split('.').next().expect("has a number");
    number.parse().expect("is a number")
}

/// Whether a token that [`token`] made was asked for with these.
pub(crate) fn is_for(token: &str, client: &str, scope: &str, claims: &str) -> bool {
    token.ends_with(&token_ending(client, scope, claims))
}

fn parse_form(body: &[u8]) -> HashMap<String, String> {
    let url = format!("http://form/?{}", String::from_utf8_lossy(body));
    let url = reqwest::Url::parse(&url).expect("a form");
    let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    let form: HashMap<_, _> = pairs.iter().cloned().collect();
    assert_eq!(form.len(), pairs.len(), "no field twice");
    form
}

/// Moves the runtime's clock. Time must run again before anything is awaited that does I/O, or the
/// idle runtime would jump to the next time-out.
pub(crate) async fn advance(duration: Duration) {
    tokio::time::pause();
    tokio::time::advance(duration).await;
    tokio::time::resume();
}

pub(crate) async fn advance_seconds(seconds: u64) {
    advance(Duration::from_secs(seconds)).await;
}
