//! `countersign export`: a file that `apply` takes, and that changes nothing.

use std::io::Write;
use std::process::{Command, Stdio};

use countersign_testkit::server::Signal;

use super::{Place, said, text};
use crate::sample;
use crate::stage::start_dev;

#[test]
fn what_is_exported_is_applied_without_a_change() {
    let place = Place::new();
    let file = place.write("directory.yaml", &sample::directory());
    let server = start_dev(&place.data(), &file, &place.path("stderr"));
    let exported = place.succeed(&["export"]);
    for secret in sample::SECRETS {
        assert!(!exported.contains(secret), "{secret} is exported");
    }
    assert!(!exported.contains("secretText"), "{exported}");
    let back = place.write("exported.yaml", &exported);
    let applied = place.succeed(&["apply", text(&back)]);
    assert!(applied.starts_with("Nothing to do"), "{applied}");
    assert_eq!(place.succeed(&["export"]), exported);

    // As a pipe, while the server runs.
    let data = place.data();
    let mut apply = Command::new(env!("CARGO_BIN_EXE_countersign"))
        .args(["apply", "/dev/stdin", "--data", text(&data)])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program can be started");
    let mut input = apply.stdin.take().expect("piped");
    input.write_all(exported.as_bytes()).expect("it reads");
    drop(input);
    let said = said(apply.wait_with_output().expect("it ends"));
    assert!(said.stdout.starts_with("Nothing to do"), "{said:?}");
    assert_eq!(server.stop(Signal::TERM).code, Some(0));
}

#[test]
fn an_export_fills_an_empty_directory_alike() {
    let place = Place::new();
    let file = place.write("directory.yaml", &sample::directory());
    let server = start_dev(&place.data(), &file, &place.path("stderr"));
    assert_eq!(server.stop(Signal::TERM).code, Some(0));
    let exported = place.succeed(&["export"]);

    let other = Place::new();
    let file = other.write("exported.yaml", &exported);
    let server = start_dev(&other.data(), &file, &other.path("stderr"));
    assert_eq!(server.stop(Signal::TERM).code, Some(0));
    let again = other.succeed(&["export"]);
    assert_eq!(without_own(&again), without_own(&exported));
}

/// A file without what each place makes for itself: hints of secrets, as only hashes were stored,
/// and the certificate and federated credential that `dev` gives to each client.
fn without_own(exported: &str) -> Vec<&str> {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let mut left_out = None;
    let mut lines = Vec::new();
    for line in exported.lines() {
        if let Some(depth) = left_out {
            let is_item = indent(line) == depth && line.trim_start().starts_with("- ");
            if indent(line) > depth || is_item {
                continue;
            }
            left_out = None;
        }
        match line.trim() {
            "keyCredentials:" | "federatedIdentityCredentials:" => left_out = Some(indent(line)),
            text if text.starts_with("hint:") => {}
            _ => lines.push(line),
        }
    }
    lines
}
