//! The four steps of the flow, as the README tells them: three programs on loopback and nothing
//! else. And the application that asks for consent.

mod connect;

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// A program that says `ready URL` on its first line, and is stopped when the test is over.
struct Server {
    child: Child,
    url: String,
}

impl Server {
    fn start(command: &mut Command) -> Self {
        let mut child = command
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut lines = BufReader::new(child.stdout.take().expect("stdout is piped"));
        let mut line = String::new();
        lines.read_line(&mut line).expect("stdout is text");
        // Whatever it prints later must not block it.
        std::thread::spawn(move || std::io::copy(&mut lines, &mut std::io::sink()));
        let url = line
            .strip_prefix("ready ")
            .map(|url| url.trim_end().to_owned());
        let server = Self {
            child,
            url: url.clone().unwrap_or_default(),
        };
        assert!(url.is_some(), "the first line is {line:?}");
        server
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test]
async fn a_daemon_gets_a_token_and_the_receiving_service_decides_by_it() {
    let data = tempfile::tempdir().expect("a temporary folder");
    let authority = Server::start(
        Command::new(countersign())
            .args(["dev", "--listen", "127.0.0.1:0", "--data"])
            .arg(data.path())
            .current_dir(data.path()),
    );
    assert!(authority.url.starts_with("https://"));
    let dev_file = data.path().join("dev.json");
    let orders = Server::start(
        Command::new(env!("CARGO_BIN_EXE_orders"))
            .arg(&dev_file)
            .arg("127.0.0.1:0"),
    );

    let printed = run_daemon(&dev_file, &orders.url);
    assert!(
        printed.contains(r#"4. 200 OK {"orders":[{"id":1"#),
        "{printed}"
    );
    assert!(
        printed.contains(r#""roles":["Orders.Read.All"]"#),
        "{printed}"
    );
    assert!(printed.contains(r#"4. 200 OK {"readBy":""#), "{printed}");

    for path in ["/orders", "/reports"] {
        let response = reqwest::get(format!("{}{path}", orders.url))
            .await
            .expect("it answers");
        assert_eq!(response.status(), 401, "{path} without a token");
        assert_eq!(response.headers()["www-authenticate"], "Bearer");
    }
}

fn run_daemon(dev_file: &Path, service: &str) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_daemon"))
        .arg(dev_file)
        .arg(service)
        .output()
        .expect("the daemon runs");
    let printed = String::from_utf8(output.stdout).expect("text");
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{printed}{complaint}");
    printed
}

/// The server's binary, built beside the examples: Cargo builds only this package's own.
fn countersign() -> PathBuf {
    let mut build = Command::new(env!("CARGO"));
    build.args(["build", "--quiet", "--package", "countersign"]);
    if !cfg!(debug_assertions) {
        build.arg("--release");
    }
    assert!(
        build.status().expect("cargo runs").success(),
        "the server does not build"
    );
    Path::new(env!("CARGO_BIN_EXE_orders")).with_file_name("countersign")
}
