//! It refuses what is unsafe, with a sentence that says what to do.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;

use countersign_testkit::postgres::Postgres;
use rcgen::KeyPair;

use super::{BEHIND_PROXY, Site, TLS, stop};
use crate::commands::{said, text};
use crate::stage::countersign;

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
