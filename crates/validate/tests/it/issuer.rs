//! An issuer on loopback whose every answer a test can set, and keys to forge tokens with.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{Response, Uri};
use countersign_token::{Algorithm, Certificate, Jwk, SigningKey, base64url};
use countersign_validate::{Validator, ValidatorBuilder};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer as CertificateIssuer, KeyPair};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;

pub(crate) const TENANT: &str = "11111111-2222-3333-4444-555555555555";
pub(crate) const OTHER_TENANT: &str = "99999999-2222-3333-4444-555555555555";
pub(crate) const CLIENT: &str = "c0000000-0000-0000-0000-000000000001";
pub(crate) const SERVICE_PRINCIPAL: &str = "50000000-0000-0000-0000-000000000002";
pub(crate) const API: &str = "a0000000-0000-0000-0000-000000000003";
pub(crate) const API_URI: &str = "api://orders";
/// The time at which tokens of these tests are good.
pub(crate) const NOW: i64 = 1_800_000_000;

/// What the issuer answers on a path.
#[derive(Clone)]
pub(crate) enum Answer {
    Json(Value),
    Text(String),
    Status(u16),
    Redirect(String),
    /// A body of this many bytes.
    Long(usize),
    /// Nothing, ever.
    Silence,
}

pub(crate) struct Issuer {
    pub(crate) base: String,
    ca_pem: String,
    served: Arc<Served>,
    accepting: JoinHandle<()>,
}

#[derive(Default)]
struct Served {
    answers: Mutex<HashMap<String, Answer>>,
    requests: Mutex<Vec<String>>,
}

impl Issuer {
    /// Serves the metadata of both versions and, for each, a keys document with `keys`.
    pub(crate) async fn start(keys: &[&TestKey]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .expect("loopback has a free port");
        let port = listener.local_addr().expect("bound").port();
        let (acceptor, ca_pem) = tls();
        let served = Arc::new(Served::default());
        let router = Router::new()
            .fallback(answer)
            .with_state(Arc::clone(&served));
        let accepting = tokio::spawn(accept(listener, acceptor, router));
        let issuer = Self {
            base: format!("https://localhost:{port}"),
            ca_pem,
            served,
            accepting,
        };
        issuer.publish_metadata();
        issuer.publish_keys(keys);
        issuer
    }

    pub(crate) fn builder(&self) -> ValidatorBuilder {
        self.builder_without_tenant().tenant(TENANT)
    }

    pub(crate) fn builder_without_tenant(&self) -> ValidatorBuilder {
        Validator::builder()
            .authority(&self.base)
            .root_certificates_pem(self.ca_pem.as_str())
    }

    /// A validator for the API by both of its names.
    pub(crate) fn validator(&self) -> Validator {
        self.builder()
            .audience(API)
            .audience(API_URI)
            .build()
            .expect("complete")
    }

    pub(crate) fn issuer_v1(&self) -> String {
        format!("{}/{TENANT}/", self.base)
    }

    pub(crate) fn issuer_v2(&self) -> String {
        format!("{}/{TENANT}/v2.0", self.base)
    }

    pub(crate) fn set(&self, path: &str, answer: Answer) {
        self.served
            .answers
            .lock()
            .expect("no panic")
            .insert(path.to_owned(), answer);
    }

    pub(crate) fn set_all(&self, answer: &Answer) {
        for current in self.served.answers.lock().expect("no panic").values_mut() {
            *current = answer.clone();
        }
    }

    pub(crate) fn publish_metadata(&self) {
        let metadata = |issuer: String, keys: &str| {
            Answer::Json(json!({"issuer": issuer, "jwks_uri": format!("{}{keys}", self.base)}))
        };
        self.set(METADATA_V1, metadata(self.issuer_v1(), KEYS_V1));
        self.set(METADATA_V2, metadata(self.issuer_v2(), KEYS_V2));
    }

    /// As the platform does it: only the v2.0 document names the issuer beside each key.
    pub(crate) fn publish_keys(&self, keys: &[&TestKey]) {
        let v1: Vec<_> = keys.iter().map(|key| key.jwk.clone()).collect();
        let template = format!("{}/{{tenantid}}/v2.0", self.base);
        let v2: Vec<_> = keys
            .iter()
            .map(|key| key.jwk.clone().with_issuer(template.as_str()))
            .collect();
        self.publish(&v1, &v2);
    }

    /// Everything of one more tenant.
    pub(crate) fn publish_tenant(&self, tenant: &str, keys: &[&TestKey]) {
        let jwks: Vec<_> = keys.iter().map(|key| key.jwk.clone()).collect();
        for (version, issuer) in [
            ("", format!("{tenant}/")),
            ("/v2.0", format!("{tenant}/v2.0")),
        ] {
            let keys = format!("/{tenant}{version}/keys");
            let metadata = json!({
                "issuer": format!("{}/{issuer}", self.base),
                "jwks_uri": format!("{}{keys}", self.base),
            });
            let path = format!("/{tenant}{version}/.well-known/openid-configuration");
            self.set(&path, Answer::Json(metadata));
            self.set(&keys, Answer::Json(json!({"keys": jwks})));
        }
    }

    /// The documents that belong to no single tenant, with keys as they are given.
    pub(crate) fn publish_common(&self, keys: &[Jwk]) {
        let metadata = json!({
            "issuer": format!("{}/{{tenantid}}/v2.0", self.base),
            "jwks_uri": format!("{}{KEYS_COMMON}", self.base),
        });
        self.set(METADATA_COMMON, Answer::Json(metadata));
        self.set(KEYS_COMMON, Answer::Json(json!({"keys": keys})));
    }

    pub(crate) fn publish(&self, v1: &[Jwk], v2: &[Jwk]) {
        self.set(KEYS_V1, Answer::Json(json!({"keys": v1})));
        self.set(KEYS_V2, Answer::Json(json!({"keys": v2})));
    }

    /// The paths requested so far.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.served.requests.lock().expect("no panic").clone()
    }

    pub(crate) fn claims_v1(&self) -> Value {
        json!({
            "aud": API_URI, "iss": self.issuer_v1(), "iat": NOW - 300, "nbf": NOW - 300,
            "exp": NOW + 3600, "aio": "x", "appid": CLIENT, "appidacr": "1",
            "idp": self.issuer_v1(), "idtyp": "app", "oid": SERVICE_PRINCIPAL,
            "roles": ["Orders.Read.All"], "rh": "x", "sub": SERVICE_PRINCIPAL, "tid": TENANT,
            "uti": "u", "ver": "1.0",
        })
    }

    pub(crate) fn claims_v2(&self) -> Value {
        json!({
            "aud": API, "iss": self.issuer_v2(), "iat": NOW - 300, "nbf": NOW - 300,
            "exp": NOW + 3600, "aio": "x", "azp": CLIENT, "azpacr": "1", "idtyp": "app",
            "oid": SERVICE_PRINCIPAL, "roles": ["Orders.Read.All"], "rh": "x",
            "sub": SERVICE_PRINCIPAL, "tid": TENANT, "uti": "u", "ver": "2.0",
        })
    }
}

/// An issuer with one key.
pub(crate) struct World {
    pub(crate) issuer: Issuer,
    pub(crate) key: TestKey,
}

impl World {
    pub(crate) async fn new(algorithm: Algorithm) -> Self {
        let key = TestKey::new(algorithm);
        Self {
            issuer: Issuer::start(&[&key]).await,
            key,
        }
    }
}

impl Drop for Issuer {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

pub(crate) const METADATA_V1: &str =
    "/11111111-2222-3333-4444-555555555555/.well-known/openid-configuration";
pub(crate) const METADATA_V2: &str =
    "/11111111-2222-3333-4444-555555555555/v2.0/.well-known/openid-configuration";
pub(crate) const KEYS_V1: &str = "/11111111-2222-3333-4444-555555555555/discovery/keys";
pub(crate) const KEYS_V2: &str = "/11111111-2222-3333-4444-555555555555/discovery/v2.0/keys";

pub(crate) const METADATA_COMMON: &str = "/organizations/v2.0/.well-known/openid-configuration";
pub(crate) const KEYS_COMMON: &str = "/organizations/discovery/v2.0/keys";

/// A signing key with its published form.
pub(crate) struct TestKey {
    pub(crate) signing: SigningKey,
    pub(crate) jwk: Jwk,
}

impl TestKey {
    pub(crate) fn new(algorithm: Algorithm) -> Self {
        let pkcs8 = SigningKey::generate_pkcs8(algorithm).expect("generates");
        let pair = KeyPair::try_from(pkcs8.as_slice()).expect("a key rcgen reads");
        let certificate = CertificateParams::default()
            .self_signed(&pair)
            .expect("a certificate")
            .der()
            .to_vec();
        let certificate = Certificate::from_der(&certificate).expect("parses");
        let signing = SigningKey::from_pkcs8(algorithm, &pkcs8).expect("parses");
        let jwk = Jwk::from_signing_key(&signing, &certificate).expect("they belong together");
        Self { signing, jwk }
    }

    /// The same RSA key for another algorithm is made from the same bytes, so keep them.
    pub(crate) fn rsa_pair() -> &'static (Self, SigningKey) {
        static PAIR: LazyLock<(TestKey, SigningKey)> = LazyLock::new(|| {
            let pkcs8 = SigningKey::generate_pkcs8(Algorithm::Rs256).expect("generates");
            let pair = KeyPair::try_from(pkcs8.as_slice()).expect("a key rcgen reads");
            let certificate = CertificateParams::default()
                .self_signed(&pair)
                .expect("signs");
            let certificate = Certificate::from_der(certificate.der()).expect("parses");
            let signing = SigningKey::from_pkcs8(Algorithm::Rs256, &pkcs8).expect("parses");
            let jwk = Jwk::from_signing_key(&signing, &certificate).expect("they belong together");
            let pss = SigningKey::from_pkcs8(Algorithm::Ps256, &pkcs8).expect("parses");
            (TestKey { signing, jwk }, pss)
        });
        &PAIR
    }

    pub(crate) fn kid(&self) -> &str {
        self.jwk.kid.as_deref().expect("published keys have a kid")
    }

    pub(crate) fn header(&self) -> Value {
        json!({"typ": "JWT", "alg": self.signing.algorithm(), "kid": self.kid()})
    }

    pub(crate) fn token(&self, claims: &Value) -> String {
        signed(&self.header(), claims, &self.signing)
    }
}

pub(crate) fn signed(header: &Value, claims: &Value, key: &SigningKey) -> String {
    let part = |json: &Value| base64url::encode(json.to_string().as_bytes());
    let input = format!("{}.{}", part(header), part(claims));
    let signature = key.sign(input.as_bytes()).expect("signs");
    format!("{input}.{}", base64url::encode(&signature))
}

fn tls() -> (TlsAcceptor, String) {
    let ca_pair = KeyPair::generate().expect("generates");
    let mut ca = CertificateParams::default();
    ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca_pem = ca.self_signed(&ca_pair).expect("signs").pem();
    let pair = KeyPair::generate().expect("generates");
    let leaf = CertificateParams::new(vec!["localhost".into()])
        .expect("a name")
        .signed_by(&pair, &CertificateIssuer::from_params(&ca, &ca_pair))
        .expect("signs");
    let key = pair.serialize_der().try_into().expect("PKCS#8");
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], key)
        .expect("key and certificate fit");
    (TlsAcceptor::from(Arc::new(config)), ca_pem)
}

async fn accept(listener: TcpListener, acceptor: TlsAcceptor, router: Router) {
    loop {
        let (tcp, _) = listener.accept().await.expect("accepts");
        let (acceptor, router) = (acceptor.clone(), router.clone());
        tokio::spawn(async move {
            // A client that does not like us is what some tests are about.
            let Ok(tls) = acceptor.accept(tcp).await else {
                return;
            };
            let service = TowerToHyperService::new(router);
            let builder = auto::Builder::new(TokioExecutor::new());
            let _ = builder.serve_connection(TokioIo::new(tls), service).await;
        });
    }
}

async fn answer(State(served): State<Arc<Served>>, uri: Uri) -> Response<Body> {
    served
        .requests
        .lock()
        .expect("no panic")
        .push(uri.path().to_owned());
    let answer = served
        .answers
        .lock()
        .expect("no panic")
        .get(uri.path())
        .cloned();
    let response = |status: u16, body: Body| {
        Response::builder()
            .status(status)
            .body(body)
            .expect("a response")
    };
    match answer {
        None => response(404, Body::empty()),
        Some(Answer::Json(json)) => response(200, Body::from(json.to_string())),
        Some(Answer::Text(text)) => response(200, Body::from(text)),
        Some(Answer::Status(status)) => response(status, Body::empty()),
        Some(Answer::Redirect(to)) => Response::builder()
            .status(302)
            .header("location", to)
            .body(Body::empty())
            .expect("a response"),
        Some(Answer::Long(length)) => response(200, Body::from(vec![b' '; length])),
        Some(Answer::Silence) => std::future::pending().await,
    }
}
