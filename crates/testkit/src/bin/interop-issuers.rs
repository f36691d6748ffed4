//! Three issuers beside a running `countersign dev`, for the suites of `interop/`. Their tokens have the
//! shapes of Kubernetes, GitHub and SPIFFE, and each is an HTTPS server whose keys rotate.
//!
//! `interop-issuers DATA PROGRAM`, with the data directory of the server and its program, registers them
//! for the client `Daemon`, keeps tokens in `DATA/issuers`, says `ready`, and serves until it is ended.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use countersign_testkit::issuer::{Assertion, Issuer, IssuerKey, KEYS};
use countersign_token::Algorithm;
use serde_json::{Value, json};

/// The client of `interop/directory.yaml` that trusts these issuers.
const CLIENT: &str = "Daemon";

/// Within this time a server honours what a command registered.
const HONOURED: Duration = Duration::from_secs(1);

/// For 30 seconds after a fetch, a server does not ask an issuer again on account of an unknown key.
/// Whoever rotates faster than that, without publishing a key before it signs, is refused.
const COOL_DOWN: Duration = Duration::from_secs(31);

/// The shortest-lived of these tokens ends after 300 seconds.
const RENEWAL: Duration = Duration::from_secs(60);

const TICK: Duration = Duration::from_millis(100);

/// Whose tokens an issuer imitates, and how the client trusts them.
struct Shape {
    name: &'static str,
    algorithm: Algorithm,
    token: fn(issuer: &str, now: i64) -> Assertion,
    /// The arguments of `credential add-federated` that say which tokens are the client's.
    trusted: [&'static str; 2],
}

const SHAPES: [Shape; 3] = [
    Shape {
        name: "kubernetes",
        algorithm: Algorithm::Rs256,
        token: |issuer, now| Assertion::kubernetes(issuer, "shop", "daemon", now),
        trusted: ["--subject", "system:serviceaccount:shop:daemon"],
    },
    Shape {
        name: "github",
        algorithm: Algorithm::Rs256,
        token: |issuer, now| Assertion::github(issuer, "contoso/orders", "main", now),
        trusted: [
            "--matching",
            "claims['sub'] matches 'repo:contoso/*:ref:refs/heads/main'",
        ],
    },
    Shape {
        name: "spiffe",
        algorithm: Algorithm::Es256,
        token: |issuer, now| Assertion::spiffe(issuer, "contoso.example", "daemon", now),
        trusted: ["--subject", "spiffe://contoso.example/daemon"],
    },
];

/// An issuer that publishes two keys: the one that signed before, and the one that signs now.
struct Platform {
    shape: &'static Shape,
    issuer: Issuer,
    previous: IssuerKey,
    current: IssuerKey,
    keys_made: usize,
    fetches: usize,
    /// `None` while nobody has fetched the current key.
    rotates_at: Option<Instant>,
}

impl Platform {
    fn start(shape: &'static Shape, ca_pem: &str, ca_key_pem: &str) -> Self {
        let key = |number| IssuerKey::new(&format!("{}-{number}", shape.name), shape.algorithm);
        let platform = Self {
            shape,
            issuer: Issuer::start_under(ca_pem, ca_key_pem),
            previous: key(1),
            current: key(2),
            keys_made: 2,
            fetches: 0,
            rotates_at: None,
        };
        platform.publish();
        platform
    }

    fn publish(&self) {
        self.issuer.publish(&[&self.previous, &self.current]);
    }

    /// Rotates where the server has the current key and may ask for another. Says whether it did.
    fn tick(&mut self, now: Instant) -> bool {
        let fetches = self.issuer.requests_for(KEYS);
        if fetches > self.fetches {
            self.fetches = fetches;
            self.rotates_at = Some(now + COOL_DOWN);
        }
        let is_due = self.rotates_at.is_some_and(|at| now >= at);
        if is_due {
            self.keys_made += 1;
            let kid = format!("{}-{}", self.shape.name, self.keys_made);
            let made = IssuerKey::new(&kid, self.shape.algorithm);
            self.previous = std::mem::replace(&mut self.current, made);
            self.publish();
            self.rotates_at = None;
        }
        is_due
    }

    fn write_tokens(&self, folder: &Path, now: i64) {
        let Shape { name, token, .. } = self.shape;
        let token = token(&self.issuer.url(), now);
        let write =
            |file: String, key: &IssuerKey| write(&folder.join(file), &token.signed_by(key));
        write(format!("{name}.token"), &self.current);
        write(format!("{name}-previous.token"), &self.previous);
    }

    /// For the one who runs the suites.
    fn state(&self) -> Value {
        json!({
            "name": self.shape.name,
            "keysMade": self.keys_made,
            "fetches": self.fetches,
            "isCurrentKeyUnknown": self.rotates_at.is_none(),
        })
    }
}

#[expect(
    clippy::print_stdout,
    reason = "the contract with the one who started it"
)]
fn main() {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let (Some(data), Some(program)) = (arguments.next(), arguments.next()) else {
        panic!("usage: interop-issuers DATA PROGRAM");
    };
    let read = |file: &str| fs::read_to_string(data.join(file)).expect("made by `countersign dev`");
    let (ca_pem, ca_key_pem) = (read("ca.pem"), read("ca.key"));
    let folder = data.join("issuers");
    fs::create_dir_all(&folder).expect("a folder for the tokens");

    let mut platforms: Vec<_> = SHAPES
        .iter()
        .map(|shape| Platform::start(shape, &ca_pem, &ca_key_pem))
        .collect();
    for platform in &platforms {
        register(&program, &data, platform);
        platform.write_tokens(&folder, unix_seconds());
    }
    write_state(&folder, &platforms);
    sleep(HONOURED);
    println!("ready");
    keep(&mut platforms, &folder);
}

/// Rotates keys and renews tokens, for ever.
fn keep(platforms: &mut [Platform], folder: &Path) {
    let mut written_at = Instant::now();
    loop {
        sleep(TICK);
        let now = Instant::now();
        let is_renewal = now >= written_at + RENEWAL;
        if is_renewal {
            written_at = now;
        }
        for platform in &mut *platforms {
            if platform.tick(now) || is_renewal {
                platform.write_tokens(folder, unix_seconds());
            }
        }
        write_state(folder, platforms);
    }
}

/// As an operator does it: beside the running server, with its program.
fn register(program: &Path, data: &Path, platform: &Platform) {
    let Shape { name, trusted, .. } = platform.shape;
    let url = platform.issuer.url();
    // There is one where these issuers ran before, on another port.
    let _ = credential(program, data, "remove", &[name]);
    let named = ["--name", name, "--issuer", &url];
    let added = credential(
        program,
        data,
        "add-federated",
        &[&named[..], trusted].concat(),
    );
    let stderr = String::from_utf8_lossy(&added.stderr);
    assert!(added.status.success(), "{name} is not registered: {stderr}");
}

fn credential(program: &Path, data: &Path, action: &str, arguments: &[&str]) -> Output {
    Command::new(program)
        .args(["credential", "--data"])
        .arg(data)
        .args([action, "--application", CLIENT])
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .expect("the program can be started")
}

fn write_state(folder: &Path, platforms: &[Platform]) {
    let state: Vec<_> = platforms.iter().map(Platform::state).collect();
    write(&folder.join("state.json"), &json!(state).to_string());
}

/// In one step, since others read at any time.
fn write(path: &Path, text: &str) {
    let new = path.with_extension("new");
    fs::write(&new, text).expect("the file can be written");
    fs::rename(new, path).expect("the file can be replaced");
}

#[expect(
    clippy::disallowed_methods,
    reason = "tokens are for a server that runs by the clock of the system"
)]
fn unix_seconds() -> i64 {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH);
    let seconds = since_epoch.expect("after 1970").as_secs();
    seconds.try_into().expect("not that late")
}
