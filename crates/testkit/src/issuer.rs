//! An OpenID Connect issuer of someone else, as a real HTTPS server on loopback. A test sets what it
//! answers, how slowly and with which keys, and reads what it was asked.

mod assertion;
mod connection;
mod key;

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, Issuer as Signer, KeyPair,
};
use rustls::ServerConfig;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio_rustls::TlsAcceptor;

pub use assertion::Assertion;
pub use key::IssuerKey;

/// Where the metadata is.
pub const METADATA: &str = "/.well-known/openid-configuration";

/// Where the metadata says that the keys are, until a test changes it.
pub const KEYS: &str = "/keys";

/// What an issuer answers on a path.
#[derive(Debug, Clone)]
pub enum Answer {
    /// 200 with this document.
    Json(Value),
    /// 200 with these bytes.
    Bytes(Vec<u8>),
    /// A status without a body.
    Status(u16),
    /// A redirect with this status to this place.
    Redirect(u16, String),
    /// Another answer, after a while.
    Late(Duration, Box<Answer>),
    /// 200 with a body that comes byte by byte, with this pause between.
    Drip(Duration, Vec<u8>),
    /// 200 with a body that never ends.
    Endless,
    /// Nothing, while the connection stays open.
    Silence,
}

/// An issuer that runs until it is dropped.
#[derive(Debug)]
pub struct Issuer {
    address: SocketAddr,
    ca_pem: String,
    shared: Arc<Shared>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Shared {
    answers: Mutex<HashMap<String, Answer>>,
    requests: Mutex<Vec<String>>,
    connections: AtomicUsize,
    stalls_handshakes: AtomicBool,
    sent_bytes: AtomicUsize,
}

impl Issuer {
    /// Starts an issuer on 127.0.0.1 without keys, whose name is `localhost`.
    ///
    /// # Panics
    /// Where the system has no free port.
    pub fn start() -> Self {
        Self::start_on(IpAddr::V4(Ipv4Addr::LOCALHOST))
    }

    /// Starts an issuer on another loopback address. Its certificate is for `localhost` and the
    /// address.
    ///
    /// # Panics
    /// Where the address is not there or has no free port.
    pub fn start_on(address: IpAddr) -> Self {
        let listener = bound(address);
        let authority = CertificateAuthority::new(&listener);
        Self::run(listener, &authority)
    }

    /// Starts an issuer as [`Issuer::start`] does, whose certificate is signed by an authority that
    /// somebody trusts already. Both parts are PEM.
    ///
    /// # Panics
    /// Where they are not a certificate and its key, or the system has no free port.
    pub fn start_under(ca_pem: &str, ca_key_pem: &str) -> Self {
        let authority = CertificateAuthority::read(ca_pem, ca_key_pem);
        Self::run(bound(IpAddr::V4(Ipv4Addr::LOCALHOST)), &authority)
    }

    fn run(listener: std::net::TcpListener, authority: &CertificateAuthority) -> Self {
        let address = listener.local_addr().expect("it is bound");
        let config = tls(address, &authority.signer);
        let shared = Arc::new(Shared::default());
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::spawn({
            let shared = Arc::clone(&shared);
            move || serve(listener, config, shared, stopped)
        });
        let issuer = Self {
            address,
            ca_pem: authority.pem.clone(),
            shared,
            stop: Some(stop),
            thread: Some(thread),
        };
        issuer.publish(&[]);
        issuer
    }

    /// The issuer's identifier: `https://localhost:PORT`.
    pub fn url(&self) -> String {
        format!("https://localhost:{}", self.address.port())
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The authority that signed its certificate, in PEM.
    pub fn ca_pem(&self) -> &str {
        &self.ca_pem
    }

    /// The metadata that it should have.
    pub fn metadata(&self) -> Value {
        let url = self.url();
        json!({
            "issuer": url,
            "jwks_uri": format!("{url}{KEYS}"),
            "response_types_supported": ["id_token"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256", "ES256"],
        })
    }

    /// Serves its metadata, and a keys document with exactly these keys: also how it rotates.
    pub fn publish(&self, keys: &[&IssuerKey]) {
        let keys: Vec<_> = keys.iter().map(|key| key.jwk()).collect();
        self.set(METADATA, Answer::Json(self.metadata()));
        self.set(KEYS, Answer::Json(json!({ "keys": keys })));
    }

    /// Sets the answer on a path.
    pub fn set(&self, path: &str, answer: Answer) {
        lock(&self.shared.answers).insert(path.to_owned(), answer);
    }

    /// Whether connections are taken from now on but never greeted: TLS handshakes stall.
    pub fn stall_handshakes(&self, stalls: bool) {
        self.shared
            .stalls_handshakes
            .store(stalls, Ordering::SeqCst);
    }

    /// How often a path was asked for.
    pub fn requests_for(&self, path: &str) -> usize {
        let requests = lock(&self.shared.requests);
        requests.iter().filter(|asked| *asked == path).count()
    }

    /// The paths that were asked for, in order.
    pub fn requests(&self) -> Vec<String> {
        lock(&self.shared.requests).clone()
    }

    /// The connections that were made to it, TLS or not.
    pub fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::SeqCst)
    }

    /// The bytes of bodies that could be sent so far.
    pub fn sent_bytes(&self) -> usize {
        self.shared.sent_bytes.load(Ordering::SeqCst)
    }
}

impl Drop for Issuer {
    fn drop(&mut self) {
        // The thread may have ended by itself; there is nothing left to stop then.
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn serve(
    listener: std::net::TcpListener,
    config: ServerConfig,
    shared: Arc<Shared>,
    stopped: oneshot::Receiver<()>,
) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async move {
        listener.set_nonblocking(true).expect("a socket");
        let listener = TcpListener::from_std(listener).expect("a socket");
        let acceptor = TlsAcceptor::from(Arc::new(config));
        tokio::select! {
            () = accept(listener, acceptor, shared) => {}
            _ = stopped => {}
        }
    });
}

async fn accept(listener: TcpListener, acceptor: TlsAcceptor, shared: Arc<Shared>) {
    loop {
        let (tcp, _) = listener.accept().await.expect("accepts");
        shared.connections.fetch_add(1, Ordering::SeqCst);
        let (acceptor, shared) = (acceptor.clone(), Arc::clone(&shared));
        tokio::spawn(async move {
            if shared.stalls_handshakes.load(Ordering::SeqCst) {
                std::future::pending::<()>().await;
            }
            // A client that goes away early is what many tests are about.
            let _ = connection::serve(tcp, acceptor, &shared).await;
        });
    }
}

fn bound(address: IpAddr) -> std::net::TcpListener {
    std::net::TcpListener::bind((address, 0)).expect("a free port")
}

/// What signs an issuer's certificate.
struct CertificateAuthority {
    pem: String,
    signer: Signer<'static, KeyPair>,
}

impl CertificateAuthority {
    /// An authority for one listener.
    fn new(listener: &std::net::TcpListener) -> Self {
        let address = listener.local_addr().expect("it is bound");
        let pair = KeyPair::generate().expect("generates");
        let mut params = CertificateParams::default();
        // Authorities of the same name would be taken for one another until the signature fails.
        let name = format!("Authority of {address}");
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self {
            pem: params.self_signed(&pair).expect("signs").pem(),
            signer: Signer::new(params, pair),
        }
    }

    fn read(pem: &str, key_pem: &str) -> Self {
        let pair = KeyPair::from_pem(key_pem).expect("a private key");
        Self {
            pem: pem.to_owned(),
            signer: Signer::from_ca_cert_pem(pem, pair).expect("a certificate"),
        }
    }
}

/// Serves with a certificate for `localhost` and an address.
fn tls(address: SocketAddr, authority: &Signer<'static, KeyPair>) -> ServerConfig {
    let pair = KeyPair::generate().expect("generates");
    let names = vec!["localhost".to_owned(), address.ip().to_string()];
    let leaf = CertificateParams::new(names)
        .expect("names")
        .signed_by(&pair, authority)
        .expect("signs");
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("the provider has them")
        .with_no_client_auth()
        .with_single_cert(
            vec![leaf.der().clone()],
            pair.serialize_der().try_into().expect("PKCS#8"),
        )
        .expect("key and certificate fit")
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
