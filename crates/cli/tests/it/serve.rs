//! `countersign serve`: it serves on both databases, with TLS and behind a proxy, and refuses what
//! is unsafe with a sentence that says what to do.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;

use countersign_testkit::endpoint::Endpoint;
use countersign_testkit::http1::{Connection, Response};
use countersign_testkit::postgres::Postgres;
use countersign_testkit::server::{Ended, Server, Signal};
use rcgen::{CertificateParams, KeyPair};

use crate::answer;
use crate::commands::{Place, Said, said, text};
use crate::request::{basic, get, post_v1, post_v2};
use crate::sample::{
    self, AUDITOR, AUDITOR_SECRET, CONTOSO, DAEMON, DAEMON_SECRET, VISITOR, VISITOR_SECRET, v1, v2,
};
use crate::stage::{countersign, search};

const TLS: &str = "[tls]\ncertificate_file = \"tls.pem\"\nprivate_key_file = \"tls.key\"\n";
const BEHIND_PROXY: &str = "[behind_proxy]\ntrusted_addresses = [\"127.0.0.1\"]\n";

/// What an administrator has made before the first start.
struct Site {
    place: Place,
}

impl Site {
    fn new() -> Self {
        let place = Place::new();
        for name in ["master.key", "pepper.key"] {
            let made = said(countersign().run(&["new-key", text(&place.path(name))]));
            assert_eq!(made.code, Some(0), "{made:?}");
        }
        let key = KeyPair::generate().expect("a key");
        let names = vec!["localhost".to_owned()];
        let params = CertificateParams::new(names).expect("a name");
        let certificate = params.self_signed(&key).expect("a certificate");
        place.write("tls.pem", &certificate.pem());
        place.write("tls.key", &key.serialize_pem());
        let site = Self { place };
        site.set_mode("tls.key", 0o600);
        site
    }

    fn set_mode(&self, name: &str, mode: u32) {
        let path = self.place.path(name);
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("our own");
    }

    fn sqlite(&self) -> String {
        format!("sqlite://{}", self.place.path("site.db").display())
    }

    /// A configuration with absolute paths.
    fn config(&self, database: &str, rest: &str) -> String {
        let path = |name: &str| self.place.path(name).display().to_string();
        let rest = rest
            .replace("\"tls.pem\"", &format!("{:?}", path("tls.pem")))
            .replace("\"tls.key\"", &format!("{:?}", path("tls.key")));
        format!(
            "public_url = \"https://localhost:8443\"\nlisten = \"127.0.0.1:0\"\n\
             database = \"{database}\"\nmaster_key_file = {:?}\npepper_file = {:?}\n{rest}",
            path("master.key"),
            path("pepper.key"),
        )
    }

    fn write(&self, config: &str) {
        self.place.write("countersign.toml", config);
    }

    fn run(&self, arguments: &[&str]) -> Said {
        let config = self.place.path("countersign.toml");
        let mut all = arguments.to_vec();
        all.extend(["--config", text(&config)]);
        said(countersign().run(&all))
    }

    /// Applies the sample directory.
    fn fill(&self) {
        let file = self.place.write("directory.yaml", &sample::directory());
        let applied = self.run(&["apply", text(&file)]);
        assert_eq!((applied.code, applied.stderr.as_str()), (Some(0), ""));
    }

    fn serve(&self) -> Server {
        let config = self.place.path("countersign.toml");
        let log = self.place.path("stderr");
        let server = countersign().serve(&["serve", "--config", text(&config)], &log);
        assert_eq!(server.base_url(), "https://localhost:8443");
        server
    }

    /// A start that must be refused.
    fn refused(&self) -> String {
        let Said {
            code,
            stdout,
            stderr,
        } = self.run(&["serve"]);
        assert_eq!((code, stdout.as_str()), (Some(1), ""), "{stderr}");
        assert!(stderr.contains("error: "), "{stderr}");
        stderr
    }

    fn tls(&self, server: &Server) -> Connection {
        Connection::open(&Endpoint::tls(
            server.address(),
            &self.place.path("tls.pem"),
        ))
    }
}

fn keys(connection: &mut Connection) -> countersign_token::JwkSet {
    let keys = connection.exchange(&get("/common/discovery/v2.0/keys"));
    serde_json::from_value(keys.expect("an answer").json()).expect("keys")
}

/// Asks for a token on a connection, and gives back its key id.
fn kid(connection: &mut Connection) -> String {
    let keys = keys(connection);
    let request = post_v2(CONTOSO, &v2()).bytes();
    let response: Response = connection.exchange(&request).expect("an answer");
    let issued = answer::token(&response, &keys, false).expect("a token");
    let issuer = format!("https://localhost:8443/{CONTOSO}/v2.0");
    assert_eq!(issued.claims["iss"], issuer);
    issued.header["kid"].as_str().expect("text").to_owned()
}

fn stop(server: Server) -> Ended {
    let ended = server.stop(Signal::TERM);
    assert_eq!(
        (ended.code, ended.stdout.as_str()),
        (Some(0), ""),
        "{}",
        ended.stderr
    );
    ended
}

#[test]
fn it_serves_on_sqlite_with_tls_and_keeps_its_keys() {
    let site = Site::new();
    site.write(&site.config(&site.sqlite(), TLS));
    site.fill();
    let server = site.serve();
    let first = kid(&mut site.tls(&server));
    stop(server);
    let server = site.serve();
    assert_eq!(kid(&mut site.tls(&server)), first);
    for path in ["/health", "/ready"] {
        let response = site.tls(&server).exchange(&get(path)).expect("an answer");
        assert_eq!(response.status, 200, "{path}");
    }
    stop(server);
    let mode = fs::metadata(site.place.path("site.db"))
        .expect("made")
        .permissions()
        .mode();
    assert_eq!(mode & 0o077, 0, "site.db: {mode:o}");
}

#[test]
fn it_starts_without_any_account() {
    let site = Site::new();
    site.write(&site.config(&site.sqlite(), TLS));
    let server = site.serve();
    let request = post_v2(CONTOSO, &v2()).bytes();
    let response = site.tls(&server).exchange(&request).expect("an answer");
    answer::refusal(&response, answer::e400("invalid_request", 90_002)).expect("no tenant");
    stop(server);
    let exported = site.run(&["export"]);
    assert_eq!(exported.stdout.trim(), "tenants: []");
}

#[test]
fn several_nodes_serve_on_postgresql_and_hear_of_changes() {
    let site = Site::new();
    let database = Postgres::shared().database();
    site.write(&site.config(&database, TLS));
    let nodes = [site.serve(), site.serve()];
    site.fill();
    let mut connections = nodes.each_ref().map(|node| site.tls(node));
    let request = post_v2(CONTOSO, &v2()).bytes();
    let start = std::time::Instant::now();
    for connection in &mut connections {
        while connection.exchange(&request).expect("an answer").status != 200 {
            assert!(
                start.elapsed() < std::time::Duration::from_secs(3),
                "not heard of"
            );
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
    }
    // Both started on an empty database at once, and have the keys of one of them.
    let kids = connections.each_mut().map(kid);
    assert_eq!(kids[0], kids[1]);
    drop(connections);
    for node in nodes {
        stop(node);
    }
    let file = site.place.path("directory.yaml");
    let again = site.run(&["apply", text(&file)]);
    assert!(again.stdout.starts_with("Nothing to do"), "{again:?}");
    let exported = site.run(&["export"]).stdout;
    let back = site.place.write("exported.yaml", &exported);
    let applied = site.run(&["apply", text(&back)]);
    assert!(applied.stdout.starts_with("Nothing to do"), "{applied:?}");
}

#[test]
fn behind_a_proxy_it_speaks_plain_http_and_believes_only_the_proxy() {
    let site = Site::new();
    site.write(&site.config(&site.sqlite(), BEHIND_PROXY));
    site.fill();
    let server = site.serve();
    let endpoint = Endpoint::plain(server.address());
    let mut connection = Connection::open(&endpoint);
    kid_plain(&mut connection);

    // One guesser behind the proxy is throttled, another one is not.
    let wrong = |source: &str| {
        let form = v2().with("client_secret", "a guess");
        post_v2(CONTOSO, &form)
            .header("X-Forwarded-For", source)
            .bytes()
    };
    let status = |connection: &mut Connection, source: &str| {
        connection
            .exchange(&wrong(source))
            .expect("an answer")
            .status
    };
    for _ in 0..100 {
        assert_eq!(status(&mut connection, "192.0.2.1"), 401);
    }
    assert_eq!(status(&mut connection, "192.0.2.1"), 429);
    assert_eq!(status(&mut connection, "192.0.2.2"), 401);
    // What the client wrote itself is further left, and proves nothing.
    assert_eq!(status(&mut connection, "192.0.2.2, 192.0.2.1"), 429);
    assert_eq!(status(&mut connection, "192.0.2.1, 192.0.2.3"), 401);
    // From elsewhere the header counts for nothing: a hundred failures are the peer's own.
    let stranger = endpoint
        .connect_from([127, 0, 0, 2].into(), b"")
        .expect("open");
    let mut stranger = Connection::over(stranger);
    for number in 0..100 {
        assert_eq!(status(&mut stranger, &format!("198.51.100.{number}")), 401);
    }
    assert_eq!(status(&mut stranger, "203.0.113.1"), 429);
    stop(server);
}

/// As [`kid`], without TLS: no HSTS, which is the proxy's to say.
fn kid_plain(connection: &mut Connection) {
    let request = post_v2(CONTOSO, &v2()).bytes();
    let response = connection.exchange(&request).expect("an answer");
    assert_eq!(response.status, 200, "{response:?}");
    assert_eq!(response.header("strict-transport-security"), None);
}

#[test]
fn unsafe_settings_are_refused_with_what_to_do() {
    let site = Site::new();
    let database = site.sqlite();
    let good = site.config(&database, TLS);
    let replaced = |from: &str, to: &str| {
        assert!(good.contains(from), "{from}");
        good.replacen(from, to, 1)
    };
    for (config, reasons) in [
        (
            replaced("listen", "listne"),
            &["listne", "unknown field"][..],
        ),
        (
            replaced("[tls]", "extra = 1\n[tls]"),
            &["extra", "unknown field"],
        ),
        (
            replaced("https://localhost:8443", "http://localhost:8443"),
            &["public_url", "https://"],
        ),
        (
            replaced("localhost:8443", "localhost:8443/path"),
            &["public_url", "path"],
        ),
        (
            replaced("public_url", "# public_url"),
            &["public_url", "missing"],
        ),
        (site.config(&database, ""), &["tls", "behind_proxy"]),
        (
            site.config(&database, &format!("{TLS}{BEHIND_PROXY}")),
            &["not both"],
        ),
        (
            site.config(&database, "[behind_proxy]\ntrusted_addresses = []\n"),
            &["trusted_addresses"],
        ),
        (
            site.config("mysql://localhost/x", TLS),
            &["database", "sqlite://"],
        ),
        (replaced("\"127.0.0.1:0\"", "8443"), &["listen"]),
        (replaced("\"127.0.0.1:0\"", "\"localhost\""), &["listen"]),
        (
            replaced("pepper.key", "master.key"),
            &["pepper_file", "new-key"],
        ),
        (
            replaced("pepper.key", "missing.key"),
            &["pepper_file", "missing.key", "new-key"],
        ),
        (String::new(), &["public_url"]),
        ("public_url = ".to_owned(), &["countersign.toml"]),
        (
            format!("{good}[log]\nfilter = \"a=b=c\"\n"),
            &["log filter"],
        ),
        (format!("{good}[log]\nformat = \"xml\"\n"), &["xml"]),
    ] {
        site.write(&config);
        let said = site.refused();
        for reason in reasons {
            assert!(said.contains(reason), "{reason}: {said}\n{config}");
        }
    }
    let missing = said(countersign().run(&["serve", "--config", "missing.toml"]));
    assert_eq!(missing.code, Some(1));
    assert!(missing.stderr.contains("missing.toml"), "{missing:?}");
    // Nothing of it was begun.
    assert!(!site.place.path("site.db").exists());
}

#[test]
fn tls_files_that_cannot_be_used_are_named() {
    let site = Site::new();
    let good = site.config(&site.sqlite(), TLS);
    let other = KeyPair::generate().expect("a key");
    site.place.write("other.key", &other.serialize_pem());
    site.set_mode("other.key", 0o600);
    for (from, to, reason) in [
        ("tls.pem", "missing.pem", "missing.pem"),
        ("tls.pem", "master.key", "master.key as PEM"),
        ("tls.key", "pepper.key", "pepper.key as PEM"),
        (
            "tls.key",
            "other.key",
            "cannot be used with its private key",
        ),
    ] {
        // Of the last place: both words are also in other settings.
        let start = good.rfind(from).expect("it is there");
        site.write(&format!(
            "{}{to}{}",
            &good[..start],
            &good[start + from.len()..]
        ));
        let said = site.refused();
        assert!(said.contains(reason), "{reason}: {said}");
    }
}

#[test]
fn files_that_others_may_read_are_refused() {
    let site = Site::new();
    site.write(&site.config(&site.sqlite(), TLS));
    for (name, setting) in [
        ("master.key", "master_key_file"),
        ("pepper.key", "pepper_file"),
        ("tls.key", "tls.private_key_file"),
    ] {
        for mode in [0o644, 0o640, 0o604] {
            site.set_mode(name, mode);
            let said = site.refused();
            for word in [setting, name, "chmod 600"] {
                assert!(said.contains(word), "{word}: {said}");
            }
        }
        site.set_mode(name, 0o600);
    }
    // With a password in it, the configuration is a secret itself.
    let canary = "canary-of-the-database";
    let database = Postgres::shared().database();
    let with_password = database
        .replacen("postgres@", &format!("postgres:{canary}@"), 1)
        .replacen('?', "-that-is-not-there?", 1);
    site.write(&site.config(&with_password, TLS));
    site.set_mode("countersign.toml", 0o644);
    let said = site.refused();
    assert!(
        said.contains("chmod 600") && !said.contains(canary),
        "{said}"
    );
    site.set_mode("countersign.toml", 0o600);
    let said = site.refused();
    assert!(
        said.contains("cannot open the database") && !said.contains(canary),
        "{said}"
    );
}

#[test]
fn a_database_opens_with_its_own_master_key_only() {
    let site = Site::new();
    site.write(&site.config(&site.sqlite(), TLS));
    stop(site.serve());
    fs::remove_file(site.place.path("master.key")).expect("our own");
    let made = said(countersign().run(&["new-key", text(&site.place.path("master.key"))]));
    assert_eq!(made.code, Some(0), "{made:?}");
    let said = site.refused();
    assert!(
        said.contains("the master key that the database was made with"),
        "{said}"
    );
}

#[test]
fn a_key_file_is_never_overwritten() {
    let site = Site::new();
    let path = site.place.path("master.key");
    let before = fs::read(&path).expect("made");
    let again = said(countersign().run(&["new-key", text(&path)]));
    assert_eq!(again.code, Some(1));
    assert!(again.stderr.contains("exists"), "{again:?}");
    assert_eq!(fs::read(&path).expect("kept"), before);
    let mode = fs::metadata(&path).expect("kept").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let key = String::from_utf8(before).expect("text");
    assert!(!again.stderr.contains(key.trim()) && !again.stdout.contains(key.trim()));
}

#[test]
fn a_taken_port_is_named() {
    let site = Site::new();
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = taken.local_addr().expect("bound").to_string();
    let config = site.config(&site.sqlite(), TLS);
    site.write(&config.replacen("127.0.0.1:0", &address, 1));
    let said = site.refused();
    assert!(
        said.contains(&format!("cannot listen on {address}")),
        "{said}"
    );
    assert!(!site.place.path("site.db").exists());
}

/// U4 with the log as loud as it goes, in both of its forms.
#[test]
fn no_log_holds_a_credential() {
    for format in ["text", "json"] {
        let site = Site::new();
        let log = format!("{TLS}[log]\nfilter = \"trace\"\nformat = \"{format}\"\n");
        site.write(&site.config(&site.sqlite(), &log));
        site.fill();
        let server = site.serve();
        let mut connection = site.tls(&server);
        let mut canaries: Vec<String> = sample::SECRETS.map(ToOwned::to_owned).to_vec();
        let by_header = v2().without("client_id").without("client_secret");
        let header = basic(DAEMON, DAEMON_SECRET);
        canaries.push(header["Basic ".len()..].to_owned());
        let assertion = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJjYW5hcnkifQ.Y2FuYXJ5LXNpZ25hdHVyZQ";
        canaries.push("Y2FuYXJ5LXNpZ25hdHVyZQ".to_owned());
        let bearer = "canary-of-a-bearer-token";
        canaries.push(bearer.to_owned());
        let asserted = v2()
            .without("client_secret")
            .and("client_assertion", assertion)
            .and(
                "client_assertion_type",
                "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            );
        let visitor = v2()
            .with("client_id", VISITOR)
            .with("client_secret", VISITOR_SECRET);
        let auditor = v2()
            .with("client_id", AUDITOR)
            .with("client_secret", AUDITOR_SECRET);
        let tokens = [
            post_v2(CONTOSO, &v2()),
            post_v1(CONTOSO, &v1()),
            post_v2(CONTOSO, &visitor),
            post_v2(CONTOSO, &auditor),
            post_v2(CONTOSO, &by_header).header("Authorization", &header),
        ];
        for request in tokens {
            let response = connection.exchange(&request.bytes()).expect("an answer");
            assert_eq!(response.status, 200, "{response:?}");
            let token = response.json()["access_token"].as_str().map(str::to_owned);
            let token = token.expect("text");
            canaries.push(token.rsplit('.').next().expect("a signature").to_owned());
        }
        for request in [
            post_v2(CONTOSO, &v2()).body("").query(&v2().encode()),
            post_v2(CONTOSO, &v2().and("client_secret", VISITOR_SECRET)),
            post_v2(CONTOSO, &asserted),
            post_v2(CONTOSO, &v2()).header("Authorization", &format!("Bearer {bearer}")),
            post_v2(CONTOSO, &v2()).header("Cookie", &format!("session={bearer}")),
            post_v2(CONTOSO, &v2()).header("X-Client-Secret", DAEMON_SECRET),
            post_v2(CONTOSO, &v2()).content_type(&format!("text/{bearer}")),
            post_v2(FABRIKAM_LIKE, &v2()),
        ] {
            connection.exchange(&request.bytes()).expect("an answer");
        }
        drop(connection);
        let ended = stop(server);
        assert!(ended.stderr.contains("serving"), "the log is on");
        search(&canaries, "the log", ended.stderr.as_bytes());
        let database = fs::read(site.place.path("site.db")).expect("the database");
        search(&canaries, "the database", &database);
    }
}

/// A tenant that is not there.
const FABRIKAM_LIKE: &str = "fabrikam.invalid";
