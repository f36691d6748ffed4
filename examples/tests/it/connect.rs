//! The consent application, as a browser sees it. The administrator's part at the consent page is
//! done by command here; the browser tests press its buttons.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};
use reqwest::redirect::Policy;
use reqwest::{Client, Url};
use serde_json::Value;

use super::{Server, countersign};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/connect");

#[test]
fn its_own_tests_pass() {
    let mut node = Command::new("node");
    let output = run(node
        .args(["--test", "--test-reporter=tap"])
        .current_dir(FOLDER));
    let report = String::from_utf8_lossy(&output.stdout);
    assert!(report.contains("\n# skipped 0\n"), "{report}");
    assert!(!report.contains("\n# pass 0\n"), "{report}");
}

#[tokio::test]
async fn the_first_token_after_consent_has_the_roles() {
    let data = tempfile::tempdir().expect("a temporary folder");
    let platform = Platform::start(data.path());
    let document = std::fs::read(data.path().join("dev.json")).expect("it is ready");
    let document: Value = serde_json::from_slice(&document).expect("JSON");
    let tenant = &document["tenants"][0];
    assert_eq!(tenant["displayName"], "Contoso");
    let tenant_id = tenant["id"].as_str().expect("a GUID");

    let variables = platform.run(&["env", "--client", "Connect", "--format", "json"]);
    let variables: BTreeMap<String, String> =
        serde_json::from_slice(&variables.stdout).expect("JSON");
    assert_ne!(variables["AZURE_TENANT_ID"], tenant_id);
    let application = Server::start(
        Command::new("node")
            .args(["connect.js", "--port", "0"])
            .current_dir(FOLDER)
            .envs(&variables)
            .env("AZURE_TENANT_ID", "organizations"),
    );
    let browser = Browser::new(&application.url);

    let page = browser.connect(&platform.url, tenant_id).await;
    assert!(page.contains("<h1>No token</h1>"), "{page}");
    assert!(page.contains("AADSTS7000229"), "{page}");

    platform.run(&["sp", "create", &variables["AZURE_CLIENT_ID"]]);
    let page = browser.connect(&platform.url, tenant_id).await;
    assert!(page.contains("<strong>none</strong>"), "{page}");

    platform.run(&[
        "role",
        "grant",
        "Connect",
        "Microsoft Graph",
        "User.Read.All",
    ]);
    let page = browser.connect(&platform.url, tenant_id).await;
    assert!(page.contains("<h1>Connected</h1>"), "{page}");
    assert!(page.contains(tenant_id), "{page}");
    let role = "<ul><li><code>User.Read.All</code></li></ul>";
    assert!(page.contains(role), "{page}");
    let secret = &variables["AZURE_CLIENT_SECRET"];
    assert!(!page.contains(secret) && !page.contains("eyJ"), "{page}");
}

struct Platform {
    program: PathBuf,
    data: PathBuf,
    url: String,
    _server: Server,
}

impl Platform {
    fn start(data: &Path) -> Self {
        let program = countersign();
        let server = Server::start(
            Command::new(&program)
                .args(["dev", "--listen", "127.0.0.1:0", "--directory"])
                .arg(Path::new(FOLDER).join("directory.yaml"))
                .arg("--data")
                .arg(data),
        );
        Self {
            program,
            data: data.to_owned(),
            url: server.url.clone(),
            _server: server,
        }
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(&self.program);
        run(command.args(arguments).arg("--data").arg(&self.data))
    }
}

struct Browser {
    http: Client,
    application: String,
}

impl Browser {
    fn new(application: &str) -> Self {
        let http = Client::builder().redirect(Policy::none()).build();
        Self {
            http: http.expect("a client"),
            application: application.to_owned(),
        }
    }

    /// Presses the button and comes back with consent.
    async fn connect(&self, platform: &str, tenant_id: &str) -> String {
        let connect = format!("{}/connect", self.application);
        let response = self.http.post(connect).send().await.expect("it answers");
        assert_eq!(response.status(), 303);
        let header = |name| response.headers()[name].to_str().expect("text").to_owned();
        let cookie = header(SET_COOKIE);
        let (cookie, _) = cookie.split_once(';').expect("it has attributes");
        let location = Url::parse(&header(LOCATION)).expect("a URL");
        let consent = format!("{platform}/organizations/adminconsent?");
        assert!(location.as_str().starts_with(&consent), "{location}");

        let sent: BTreeMap<_, _> = location.query_pairs().into_owned().collect();
        let mut back = Url::parse(&sent["redirect_uri"]).expect("a URL");
        assert!(back.as_str().starts_with(&self.application), "{back}");
        back.query_pairs_mut()
            .append_pair("tenant", tenant_id)
            .append_pair("state", &sent["state"])
            .append_pair("admin_consent", "True");
        let answer = self.http.get(back).header(COOKIE, cookie).send().await;
        answer.expect("it answers").text().await.expect("text")
    }
}

fn run(command: &mut Command) -> Output {
    let output = command.output().expect("the program runs");
    assert!(
        output.status.success(),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    output
}
