//! A development server on a stage: every request through it is checked for what must hold in
//! every case (U1 to U6 of the reference), and at the end the stage is searched for traces.

use std::cell::RefCell;
use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use countersign_testkit::endpoint::Endpoint;
use countersign_testkit::http1::{Connection, Response};
use countersign_testkit::server::{Program, Server, Signal};
use countersign_token::JwkSet;
use serde_json::Value;
use tempfile::TempDir;

use crate::answer::{self, Expected, Issued};
use crate::request::{Request, get, post_v2};
use crate::sample;
use crate::traces::{Attempt, attempt, check_records, search, search_files};

/// The server closes connections that are idle for 12 seconds.
const KEPT: Duration = Duration::from_secs(8);

/// Texts that are searched for; more tokens would show no more.
const CANARIES_MAX: usize = 40;

/// Within a second, a change that another process made is honoured; three, because the machine
/// may be busy with other tests.
const BOUND: Duration = Duration::from_secs(3);

/// The program under test.
pub(crate) fn countersign() -> Program {
    Program::new(env!("CARGO_BIN_EXE_countersign"))
}

/// A server, and what was asked of it.
pub(crate) struct Stage {
    pub(crate) endpoint: Endpoint,
    pub(crate) keys: JwkSet,
    server: RefCell<Server>,
    folder: TempDir,
    /// The directory as it was at the start; `None` once a test has changed it.
    export: RefCell<Option<String>>,
    /// What must be answered well after each bad request.
    good: RefCell<Request>,
    /// The connection that the next case uses.
    connection: RefCell<Option<(Connection, Instant)>>,
    attempts: RefCell<Vec<Attempt>>,
    /// Texts that may be in no answer, log or database.
    canaries: RefCell<Vec<String>>,
}

impl Stage {
    /// A server with the sample directory.
    pub(crate) fn new() -> Self {
        Self::with_directory(&sample::directory())
    }

    /// A server with a directory of one's own.
    pub(crate) fn with_directory(directory: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("directory.yaml");
        fs::write(&file, directory).expect("our own folder");
        let data = folder.path().join("data");
        let server = start_dev(&data, &file, &folder.path().join("stderr"));
        let endpoint = Endpoint::tls(server.address(), &data.join("ca.pem"));
        let mut connection = Connection::open(&endpoint);
        let keys = connection
            .exchange(&get("/common/discovery/v2.0/keys"))
            .expect("the keys");
        let stage = Self {
            endpoint,
            keys: serde_json::from_value(keys.json()).expect("a key set"),
            server: RefCell::new(server),
            folder,
            export: RefCell::default(),
            good: RefCell::new(post_v2(sample::CONTOSO, &sample::v2())),
            connection: RefCell::new(Some((connection, Instant::now()))),
            attempts: RefCell::default(),
            canaries: RefCell::new(sample::SECRETS.map(ToOwned::to_owned).to_vec()),
        };
        stage.export.replace(Some(stage.export()));
        stage
    }

    /// The server's data directory.
    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    pub(crate) fn base_url(&self) -> String {
        self.server.borrow().base_url().to_owned()
    }

    /// The resident memory of the server, in bytes.
    pub(crate) fn resident_bytes(&self) -> u64 {
        self.server.borrow().resident_bytes()
    }

    /// A fresh connection.
    pub(crate) fn connect(&self) -> Connection {
        Connection::open(&self.endpoint)
    }

    /// A fresh connection from an address of this machine.
    pub(crate) fn connect_from(&self, source: IpAddr) -> Connection {
        let stream = self.endpoint.connect_from(source, b"http/1.1");
        Connection::over(stream.expect("the server answers"))
    }

    /// Sends a request as bytes and reads the answer, on the connection of the last case if the
    /// server kept it open.
    pub(crate) fn ask(&self, request: &[u8]) -> anyhow::Result<Response> {
        let kept = self.connection.borrow_mut().take();
        let mut connection = match kept {
            Some((connection, used)) if used.elapsed() < KEPT => connection,
            _ => self.connect(),
        };
        let response = connection
            .exchange(request)
            .map_err(|why| anyhow::anyhow!("no answer: {why:?}"))?;
        if !response.closes() {
            self.connection.replace(Some((connection, Instant::now())));
        }
        Ok(response)
    }

    /// Checks one case: the answer, that it leaks nothing, and that the server serves on.
    pub(crate) fn check(&self, case: &str, request: &Request, expected: Expected) {
        self.check_bytes(case, &request.bytes(), expected);
    }

    /// The same for a request in bytes.
    pub(crate) fn check_bytes(&self, case: &str, request: &[u8], expected: Expected) {
        let answer = self.ask(request);
        let checked = match &answer {
            Ok(response) => self.examine(case, request, response, expected).map(drop),
            Err(error) => Err(anyhow::anyhow!("{error:#}")),
        };
        report(case, request, answer.as_ref().ok(), checked);
    }

    /// A token that must be issued.
    pub(crate) fn issued(&self, case: &str, request: &Request) -> Issued {
        let request = request.bytes();
        let answer = self.ask(&request);
        let examined = match &answer {
            Ok(response) => self.examine(case, &request, response, Expected::Token),
            Err(error) => Err(anyhow::anyhow!("{error:#}")),
        };
        match examined {
            Ok(Some(issued)) => issued,
            examined => {
                report(case, &request, answer.as_ref().ok(), examined.map(drop));
                unreachable!("a token was expected and examined");
            }
        }
    }

    /// Checks an answer that was read elsewhere.
    pub(crate) fn check_response(
        &self,
        case: &str,
        request: &[u8],
        response: &Response,
        expected: Expected,
    ) {
        let checked = self.examine(case, request, response, expected).map(drop);
        report(case, request, Some(response), checked);
    }

    /// Chooses the request that must be answered well after each bad one.
    pub(crate) fn good_is(&self, request: Request) {
        self.good.replace(request);
    }

    /// A good request, on the connection of the last case if the server kept it open (U6).
    pub(crate) fn serves_on(&self) -> anyhow::Result<()> {
        ensure!(self.server.borrow_mut().is_running(), "the process ended");
        let response = self.ask(&self.good.borrow().bytes())?;
        answer::token(&response, &self.keys, false).context("the good request after it")?;
        Ok(())
    }

    fn examine(
        &self,
        case: &str,
        request: &[u8],
        response: &Response,
        expected: Expected,
    ) -> anyhow::Result<Option<Issued>> {
        ensure!(response.status < 500, "a server error");
        let is_v1 = !request_line(request).contains("/v2.0/");
        let issued = match expected {
            Expected::Token => Some(answer::token(response, &self.keys, is_v1)?),
            Expected::Refused(..) => {
                answer::refusal(response, expected)?;
                None
            }
        };
        self.refuse_canaries(&format!("{response:?}"), "the answer")?;
        if request.starts_with(b"POST") {
            let attempt = attempt(case, response, expected, issued.as_ref())?;
            self.attempts.borrow_mut().push(attempt);
        }
        match &issued {
            Some(issued) => {
                let token = issued.reply["access_token"].as_str().unwrap_or_default();
                self.watch_for(token);
            }
            None => self.serves_on()?,
        }
        Ok(issued)
    }

    /// Asks until the answer is as expected.
    pub(crate) fn becomes(&self, case: &str, request: &Request, expected: Expected) {
        let start = Instant::now();
        let request = request.bytes();
        loop {
            let response = self.ask(&request).expect("an answer");
            if answer::is(&response, expected) || start.elapsed() > BOUND {
                return self.check_response(case, &request, &response, expected);
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Asks until a token has exactly these roles.
    pub(crate) fn roles_become(&self, case: &str, request: &Request, roles: Option<&Value>) {
        let start = Instant::now();
        loop {
            let issued = self.issued(case, request);
            let found = issued.claims.get("roles");
            if found == roles || start.elapsed() > BOUND {
                assert_eq!(found, roles, "{case}");
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Applies a directory file from another process, while the server runs; gives back what it
    /// printed.
    pub(crate) fn apply(&self, directory: &str) -> String {
        self.export.replace(None);
        let file = self.folder.path().join("changed.yaml");
        fs::write(&file, directory).expect("our own folder");
        let data = self.data();
        let output = countersign().run(&[
            "apply".as_ref(),
            file.as_os_str(),
            "--data".as_ref(),
            data.as_os_str(),
        ]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "apply: {said}");
        String::from_utf8(output.stdout).expect("UTF-8")
    }

    /// Applies a directory file that must be refused, and gives back what was said of it.
    pub(crate) fn refused_to_apply(&self, directory: &str) -> String {
        let file = self.folder.path().join("refused.yaml");
        fs::write(&file, directory).expect("our own folder");
        let data = self.data();
        let output = countersign().run(&[
            "apply".as_ref(),
            file.as_os_str(),
            "--data".as_ref(),
            data.as_os_str(),
        ]);
        assert_eq!(output.status.code(), Some(1), "apply: {output:?}");
        String::from_utf8(output.stderr).expect("UTF-8")
    }

    /// The directory as a file.
    pub(crate) fn export(&self) -> String {
        let data = self.data();
        let output = countersign().run(&["export".as_ref(), "--data".as_ref(), data.as_os_str()]);
        assert!(output.status.success(), "export: {output:?}");
        String::from_utf8(output.stdout).expect("UTF-8")
    }

    /// Ends the server and looks at what it left: the exit code, no canary in log or database,
    /// no change of the directory, one sign-in record for each attempt.
    pub(crate) fn finish(self) {
        if let Some(before) = self.export.take() {
            assert_eq!(
                self.export(),
                before,
                "a token request changed the directory"
            );
        }
        // Once while the write-ahead log is there, once after it was written back.
        search_files(&self.canaries.borrow(), &self.data());
        drop(self.connection.take());
        let data = self.data();
        let Self {
            server,
            attempts,
            canaries,
            folder,
            ..
        } = self;
        let ended = server.into_inner().stop(Signal::TERM);
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        assert!(!ended.stderr.contains("panicked"), "{}", ended.stderr);
        let canaries = canaries.into_inner();
        search(&canaries, "standard error", ended.stderr.as_bytes());
        search_files(&canaries, &data);
        check_records(&data, &attempts.into_inner());
        drop(folder);
    }

    /// Remembers a token as a text that may be found nowhere.
    pub(crate) fn watch_for(&self, token: &str) {
        let mut canaries = self.canaries.borrow_mut();
        if canaries.len() < CANARIES_MAX {
            // Two tokens have the same beginning; the signature is a token's own.
            let signature = token.rsplit('.').next().unwrap_or_default();
            canaries.push(signature.to_owned());
        }
    }

    fn refuse_canaries(&self, text: &str, place: &str) -> anyhow::Result<()> {
        for canary in self.canaries.borrow().iter() {
            ensure!(!text.contains(canary.as_str()), "{canary:?} in {place}");
        }
        Ok(())
    }
}

/// Starts `countersign dev` on a free port.
pub(crate) fn start_dev(data: &Path, directory: &Path, log: &Path) -> Server {
    let arguments = [
        "dev".as_ref(),
        "--listen".as_ref(),
        "127.0.0.1:0".as_ref(),
        "--data".as_ref(),
        data.as_os_str(),
        "--directory".as_ref(),
        directory.as_os_str(),
    ];
    countersign().serve(&arguments, log)
}

fn request_line(request: &[u8]) -> String {
    let line = request.split(|byte| *byte == b'\r').next();
    String::from_utf8_lossy(line.unwrap_or_default()).into_owned()
}

/// Fails a case with all that is needed to try it again.
fn report(case: &str, request: &[u8], response: Option<&Response>, checked: anyhow::Result<()>) {
    if let Err(error) = checked {
        let sent = String::from_utf8_lossy(&request[..request.len().min(2_000)]);
        panic!(
            "{case}: {error:#}\nsent: {}\ngot: {response:?}",
            sent.escape_debug()
        );
    }
}
