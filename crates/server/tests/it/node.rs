//! A node behind plain HTTP, and a tenant to ask it about.

use std::collections::HashSet;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use countersign_domain::clock::{Clock, Timestamp};
use countersign_domain::consent::answer::AnswerForm;
use countersign_domain::directory::{AuditRecord, TenantState};
use countersign_domain::directory_file::{self, DirectoryFile, Situation};
use countersign_domain::ids::{CorrelationId, TraceId};
use countersign_domain::secret::Pepper;
use countersign_server::{
    BaseUrl, Config, Keys, Limits, Listener, MasterKey, Network, OutboundPolicy, Running,
    SystemRandom, TrustedProxies,
};
use countersign_store::Db;
use countersign_testkit::clock::ManualClock;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};

pub(crate) const START: Timestamp = Timestamp::from_unix_seconds(1_800_000_000);

pub(crate) const CLIENT: &str = "11111111-1111-4111-8111-111111111111";

pub(crate) const SECRET: &str = "a-secret-of-the-daemon-1";

/// The directory of these tests. `DAEMON` is where a test adds to the client.
pub(crate) const DIRECTORY: &str = "
tenants:
- displayName: Contoso
  domains: [contoso.example]
  applications:
  - displayName: Orders API
    identifierUris: [api://orders]
    appRoles:
    - value: Orders.Read
    - value: Orders.Write
  - displayName: Daemon
    appId: 11111111-1111-4111-8111-111111111111
    passwordCredentials:
    - displayName: one
      secretText: a-secret-of-the-daemon-1
    grants:
    - resource: api://orders
      roles: [Orders.Read]
";

pub(crate) struct Node {
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) db: Db,
    server: Running,
    address: SocketAddr,
}

impl Node {
    pub(crate) async fn start(database: &str, stale_max: Duration) -> Self {
        Self::start_measured(database, stale_max, Network::LOOPBACK.to_vec()).await
    }

    /// A node that may ask other issuers for their keys.
    pub(crate) async fn start_asking(
        database: &str,
        outbound: OutboundPolicy,
        limits: Limits,
    ) -> Self {
        let day = Duration::from_secs(86_400);
        let networks = Network::LOOPBACK.to_vec();
        let answer = AnswerForm::default();
        Self::start_as(database, day, networks, outbound, limits, answer).await
    }

    /// A node whose metrics can be read from these networks.
    pub(crate) async fn start_measured(
        database: &str,
        stale_max: Duration,
        metrics_networks: Vec<Network>,
    ) -> Self {
        let (outbound, limits) = (OutboundPolicy::default(), Limits::default());
        let answer = AnswerForm::default();
        Self::start_as(
            database,
            stale_max,
            metrics_networks,
            outbound,
            limits,
            answer,
        )
        .await
    }

    /// A node that answers consent requests in this form.
    pub(crate) async fn start_answering(database: &str, answer: AnswerForm) -> Self {
        let (outbound, limits) = (OutboundPolicy::default(), Limits::default());
        let day = Duration::from_secs(86_400);
        let networks = Network::LOOPBACK.to_vec();
        Self::start_as(database, day, networks, outbound, limits, answer).await
    }

    async fn start_as(
        database: &str,
        stale_max: Duration,
        metrics_networks: Vec<Network>,
        outbound: OutboundPolicy,
        outbound_limits: Limits,
        consent_answer: AnswerForm,
    ) -> Self {
        let clock = Arc::new(ManualClock::at(START));
        let db = Db::open(database).await.expect("the database opens");
        let socket = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = socket.local_addr().expect("it is bound");
        let config = Config {
            node_name: machine(address),
            base_url: BaseUrl::parse("https://id.example").expect("a base URL"),
            listen: address,
            listener: Listener::BehindProxy(TrustedProxies(vec![])),
            stale_max,
            outbound,
            outbound_limits,
            metrics_networks,
            consent_answer,
            development_issuer: None,
        };
        let keys = Keys {
            master: MasterKey::new(&[1; 32]),
            pepper: pepper(),
        };
        let random = Arc::new(SystemRandom);
        let server =
            countersign_server::start(config, socket, db.clone(), keys, clock.clone(), random)
                .await
                .expect("the server starts");
        Self {
            clock,
            db,
            server,
            address,
        }
    }

    /// The name of the machine that the node was told.
    pub(crate) fn machine(&self) -> String {
        machine(self.address)
    }

    /// Asks for a token for `api://orders`.
    pub(crate) async fn token(&self, client: &str, secret: &str) -> Answer {
        let body = format!(
            "grant_type=client_credentials&client_id={client}&client_secret={secret}\
             &scope=api://orders/.default"
        );
        self.post("/contoso.example/oauth2/v2.0/token", &body).await
    }

    pub(crate) async fn post(&self, path: &str, body: &str) -> Answer {
        let length = body.len();
        self.exchange(&format!(
            "POST {path} HTTP/1.1\r\nHost: id.example\r\nConnection: close\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n\r\n{body}"
        ))
        .await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        let head = format!("GET {path} HTTP/1.1\r\nHost: id.example\r\nConnection: close\r\n\r\n");
        self.exchange(&head).await
    }

    pub(crate) async fn exchange(&self, request: &str) -> Answer {
        self.exchange_from(Ipv4Addr::LOCALHOST, request).await
    }

    /// Sends a request from another address of the loopback network.
    pub(crate) async fn exchange_from(
        &self,
        source: Ipv4Addr,
        request: impl AsRef<[u8]>,
    ) -> Answer {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.bind((source, 0).into()).expect("a free port");
        let mut stream = socket.connect(self.address).await.expect("it listens");
        stream.write_all(request.as_ref()).await.expect("it reads");
        let mut answer = String::new();
        stream
            .read_to_string(&mut answer)
            .await
            .expect("it answers");
        Answer::read(&answer)
    }

    /// Sends a head that has `Expect: 100-continue`, does something while the server waits for the
    /// body, and then sends the body.
    pub(crate) async fn exchange_slowly(
        &self,
        head: &str,
        meanwhile: impl Future<Output = ()>,
        body: &str,
    ) -> Answer {
        let mut stream = TcpStream::connect(self.address).await.expect("it listens");
        stream.write_all(head.as_bytes()).await.expect("it reads");
        let mut go_on = [0; "HTTP/1.1 100 Continue\r\n\r\n".len()];
        stream.read_exact(&mut go_on).await.expect("it answers");
        assert_eq!(&go_on, b"HTTP/1.1 100 Continue\r\n\r\n");
        meanwhile.await;
        stream.write_all(body.as_bytes()).await.expect("it reads");
        let mut answer = String::new();
        stream
            .read_to_string(&mut answer)
            .await
            .expect("it answers");
        Answer::read(&answer)
    }

    pub(crate) async fn stop(self) {
        self.server.stop().await;
    }
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// The status line and the headers.
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    fn read(answer: &str) -> Self {
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
        let status = head.get(9..12).and_then(|status| status.parse().ok());
        Self {
            status: status.expect("a status"),
            head: head.to_owned(),
            body: body.to_owned(),
        }
    }

    /// The value of a header.
    pub(crate) fn header(&self, wanted: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.find_map(|(name, value)| name.eq_ignore_ascii_case(wanted).then_some(value))
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("JSON")
    }

    /// 0 for a token, else the AADSTS number.
    pub(crate) fn number(&self) -> u64 {
        let json = self.json();
        match json["access_token"].as_str() {
            Some(_) => 0,
            None => json["error_codes"][0].as_u64().expect("a number"),
        }
    }

    pub(crate) fn trace_id(&self) -> TraceId {
        let id = self.json()["trace_id"].as_str().map(str::parse);
        id.expect("a trace id").expect("a GUID")
    }

    /// The claims of the token, not verified: other tests do that.
    pub(crate) fn claims(&self) -> Value {
        let token = self.json()["access_token"]
            .as_str()
            .expect("a token")
            .to_owned();
        let payload = token.split('.').nth(1).expect("three parts");
        let bytes = countersign_token::base64url::decode(payload).expect("base64url");
        serde_json::from_slice(&bytes).expect("claims")
    }
}

fn machine(address: SocketAddr) -> String {
    format!("machine-{}", address.port())
}

fn pepper() -> Pepper {
    Pepper::new(&[2; 32])
}

/// Applies a directory file, as `countersign apply` does beside a running node.
pub(crate) async fn apply(db: &Db, text: &str) {
    apply_beside(db, text, &|_| Err("no files here".to_owned())).await;
}

/// Applies a directory file that names other files.
pub(crate) async fn apply_beside(
    db: &Db,
    text: &str,
    read_file: &dyn Fn(&str) -> Result<Vec<u8>, String>,
) {
    let file = DirectoryFile::parse("test", text).expect("a good file");
    let mut current: Vec<TenantState> = Vec::new();
    for tenant in db.tenants().await.expect("tenants") {
        current.extend(db.tenant_state(tenant.id).await.expect("a tenant"));
    }
    let clock = ManualClock::at(START);
    let plan = directory_file::plan(
        &file,
        &Situation {
            current: &current,
            deleted_app_ids: &HashSet::new(),
            pepper: &pepper(),
            now: clock.now(),
            random: &SystemRandom,
            read_secret_file: &|_| Err("no files here".to_owned()),
            read_file,
            base_url: None,
        },
    )
    .expect("a plan");
    let record = AuditRecord::of_command(
        clock.now(),
        "Apply directory file",
        CorrelationId::random(&SystemRandom),
        Vec::new(),
    );
    db.commit(&plan.writes, &record).await.expect("it applies");
}

/// Asks until the answer is as wanted, for as long as a change may take to be honoured.
pub(crate) async fn within_the_bound(mut asked: impl AsyncFnMut() -> bool) {
    // The bound is one second; a machine under load gets some grace.
    for _ in 0..100 {
        if asked().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the change was not honoured within five seconds");
}
