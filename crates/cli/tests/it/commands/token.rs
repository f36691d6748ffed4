//! `countersign token` and `countersign inspect`.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use countersign_testkit::server::{Server, Signal};
use serde_json::Value;

use super::{Place, Said, said, text};
use crate::sample::{self, CONTOSO, DAEMON, DAEMON_SECRET};
use crate::stage::{countersign, start_dev};

const API: &str = "api://orders";

fn start(place: &Place) -> Server {
    let directory = place.write("directory.yaml", &sample::directory());
    start_dev(&place.data(), &directory, &place.path("stderr"))
}

/// A token of the daemon, as one line.
fn token(place: &Place, more: &[&str]) -> String {
    let mut arguments = vec!["token", API, "--client", "Daemon"];
    arguments.extend(more);
    let said = place.succeed(&arguments);
    said.strip_suffix('\n').expect("a line").to_owned()
}

/// What `inspect` says, without a data directory of its own.
fn inspect(arguments: &[&str]) -> Said {
    let mut all = vec!["inspect"];
    all.extend(arguments);
    said(countersign().run(&all))
}

#[test]
fn a_token_is_kept_until_another_is_asked_for() {
    let place = Place::new();
    let server = start(&place);
    let first = token(&place, &[]);
    assert_eq!(first.split('.').count(), 3);
    assert_eq!(token(&place, &[]), first);
    assert_eq!(
        token(&place, &["--header"]),
        format!("Authorization: Bearer {first}")
    );
    let json: Value = serde_json::from_str(&token(&place, &["--json"])).expect("JSON");
    assert_eq!(json["access_token"], first.as_str());
    assert_eq!(json["token_type"], "Bearer");
    assert!(
        json["expires_on"]
            .as_i64()
            .is_some_and(|at| at > 1_790_000_000),
        "{json}"
    );
    assert_ne!(token(&place, &["--no-cache"]), first);
    let kept = place.data().join("tokens.json");
    let mode = fs::metadata(kept)
        .expect("tokens are kept")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(server.stop(Signal::TERM).code, Some(0));
    assert_eq!(
        token(&place, &[]),
        first,
        "no server is needed for a kept one"
    );
}

#[test]
fn every_credential_of_a_development_server_works() {
    let place = Place::new();
    let server = start(&place);
    for credential in ["secret", "certificate", "federated"] {
        let token = token(&place, &["--credential", credential, "--no-cache"]);
        let said = place.succeed(&["inspect", &token]);
        assert!(said.starts_with("good: "), "{credential}: {said}");
    }
    assert_eq!(server.stop(Signal::TERM).code, Some(0));
}

#[test]
fn another_server_is_asked_with_what_is_given() {
    let place = Place::new();
    let server = start(&place);
    let (secret, ca) = (
        place.write("secret", &format!("{DAEMON_SECRET}\n")),
        place.data(),
    );
    let ca = ca.join("ca.pem");
    let connect = [
        "--server",
        server.base_url(),
        "--tenant",
        CONTOSO,
        "--client-id",
        DAEMON,
        "--ca-file",
        text(&ca),
        "--no-cache",
        "--secret-file",
    ];
    let ask = |secret: &str| {
        let arguments = [&["token", API][..], &connect, &[secret]].concat();
        said(countersign().run(&arguments))
    };
    let good = ask(text(&secret));
    assert_eq!((good.code, good.stderr.as_str()), (Some(0), ""));
    let wrong = place.write("wrong", "not-the-secret-of-the-daemon");
    let refused = ask(text(&wrong));
    assert_eq!((refused.code, refused.stdout.as_str()), (Some(1), ""));
    assert!(
        refused.stderr.contains("AADSTS7000215"),
        "{}",
        refused.stderr
    );
    assert!(
        !refused.stderr.contains("not-the-secret"),
        "{}",
        refused.stderr
    );
    let missing = ask(text(&place.path("nothing")));
    assert!(
        missing.stderr.starts_with("error: cannot read "),
        "{}",
        missing.stderr
    );

    let token = good.stdout.trim();
    let checked = inspect(&[token, "--server", server.base_url(), "--ca-file", text(&ca)]);
    assert_eq!(checked.code, Some(0), "{checked:?}");
    assert_eq!(server.stop(Signal::TERM).code, Some(0));
}

#[test]
fn a_token_is_explained_and_judged() {
    let place = Place::new();
    let server = start(&place);
    let good = token(&place, &[]);
    let said = place.succeed(&["inspect", &format!("Authorization: Bearer {good}")]);
    for told in [
        "good: ",
        "alg: RS256",
        "Orders.Read",
        "For whom it is",
        "a client secret",
    ] {
        assert!(said.contains(told), "{told}: {said}");
    }
    let (head, signature) = good.rsplit_once('.').expect("a token");
    assert!(
        !said.contains(signature),
        "what makes it worth stealing is not shown"
    );

    let forged = format!("{head}.{}", signature.chars().rev().collect::<String>());
    let refused = place.run(&["inspect", &forged, "--json"]);
    assert_eq!(refused.code, Some(1), "{refused:?}");
    let json: Value = serde_json::from_str(&refused.stdout).expect("JSON");
    assert_eq!(json["accepted"], false);
    assert_eq!(json["claims"]["tid"], CONTOSO);
    let other = place.run(&["inspect", &good, "--audience", "api://invoices"]);
    assert_eq!(other.code, Some(1), "{other:?}");
    assert!(other.stdout.contains("`aud`"), "{}", other.stdout);

    let elsewhere = place.path("elsewhere");
    let unknown = inspect(&[&good, "--data", text(&elsewhere)]);
    assert_eq!(unknown.code, Some(3), "{unknown:?}");
    assert!(
        unknown.stdout.starts_with("not checked: "),
        "{}",
        unknown.stdout
    );
    assert_eq!(server.stop(Signal::TERM).code, Some(0));
}

#[test]
fn what_cannot_be_had_or_read_is_said_plainly() {
    let place = Place::new();
    let server = start(&place);
    let unknown = place.fail(&["token", "api://nowhere", "--client", "Daemon"]);
    assert!(unknown.contains("AADSTS500011"), "{unknown}");
    assert!(!unknown.contains(DAEMON_SECRET), "{unknown}");
    for (text, told) in [
        ("-", "there is no token"),
        ("no-token", "this has 1"),
        ("a.b.c.d.e", "encrypted"),
        ("e30.e30.AAAA", "refused"),
    ] {
        let said = place.run(&["inspect", text]);
        assert_eq!(said.code, Some(1), "{said:?}");
        assert!(format!("{said:?}").contains(told), "{said:?}");
    }
    assert_eq!(server.stop(Signal::TERM).code, Some(0));
}
