//! `countersign serve`: it serves on both databases, with TLS and behind a proxy, and refuses what
//! is unsafe with a sentence that says what to do.

mod log;
mod refusals;
mod serving;

use std::fs;
use std::os::unix::fs::PermissionsExt;

use countersign_testkit::endpoint::Endpoint;
use countersign_testkit::http1::Connection;
use countersign_testkit::server::{Ended, Server, Signal};
use rcgen::{CertificateParams, KeyPair};

use crate::commands::{Place, Said, said, text};
use crate::sample;
use crate::stage::countersign;

pub(crate) const TLS: &str =
    "[tls]\ncertificate_file = \"tls.pem\"\nprivate_key_file = \"tls.key\"\n";
const BEHIND_PROXY: &str = "[behind_proxy]\ntrusted_addresses = [\"127.0.0.1\"]\n";

/// What an administrator has made before the first start.
pub(crate) struct Site {
    pub(crate) place: Place,
}

impl Site {
    pub(crate) fn new() -> Self {
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

    pub(crate) fn sqlite(&self) -> String {
        format!("sqlite://{}", self.place.path("site.db").display())
    }

    /// A configuration with absolute paths.
    pub(crate) fn config(&self, database: &str, rest: &str) -> String {
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

    pub(crate) fn write(&self, config: &str) {
        self.place.write("countersign.toml", config);
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Said {
        let config = self.place.path("countersign.toml");
        let mut all = arguments.to_vec();
        all.extend(["--config", text(&config)]);
        said(countersign().run(&all))
    }

    /// Applies the sample directory.
    pub(crate) fn fill(&self) {
        let file = self.place.write("directory.yaml", &sample::directory());
        let applied = self.run(&["apply", text(&file)]);
        assert_eq!((applied.code, applied.stderr.as_str()), (Some(0), ""));
    }

    pub(crate) fn serve(&self) -> Server {
        let config = self.place.path("countersign.toml");
        let log = self.place.path("stderr");
        let server = countersign().serve(&["serve", "--config", text(&config)], &log);
        assert_eq!(server.base_url(), "https://localhost:8443");
        server
    }

    /// A start that must be refused.
    pub(crate) fn refused(&self) -> String {
        let Said {
            code,
            stdout,
            stderr,
        } = self.run(&["serve"]);
        assert_eq!((code, stdout.as_str()), (Some(1), ""), "{stderr}");
        assert!(stderr.contains("error: "), "{stderr}");
        stderr
    }

    pub(crate) fn tls(&self, server: &Server) -> Connection {
        Connection::open(&Endpoint::tls(
            server.address(),
            &self.place.path("tls.pem"),
        ))
    }
}

pub(crate) fn stop(server: Server) -> Ended {
    let ended = server.stop(Signal::TERM);
    assert_eq!(
        (ended.code, ended.stdout.as_str()),
        (Some(0), ""),
        "{}",
        ended.stderr
    );
    ended
}
