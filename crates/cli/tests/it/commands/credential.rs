//! `countersign credential`, and the proofs that a development server makes for its clients.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};

use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD, Engine};
use countersign_testkit::http1::{Connection, Response};
use countersign_testkit::issuer::{Assertion, IssuerKey};
use countersign_testkit::server::{Server, Signal};
use countersign_token::{Algorithm, Unverified};
use serde_json::{Value, json};

use super::{Place, text};
use crate::answer::{self, Expected, e401};
use crate::assertions::forge::{self, Draft, FIRST, Pair, SECOND, now};
use crate::assertions::vectors::{MD5, P_192, P_256_EXPLICIT, RSA_1024, SECP256K1, SHA1};
use crate::assertions::with;
use crate::request::post_v2;
use crate::sample::{self, CONTOSO, DAEMON};
use crate::stage::start_dev;
use crate::traces::search_files;

/// What is said of other curves, in whatever form.
const CURVES: &str = "P-256 or P-384";

const BOUND: Duration = Duration::from_secs(3);

fn start(place: &Place) -> Server {
    let directory = place.write("directory.yaml", &sample::directory());
    start_dev(&place.data(), &directory, &place.path("stderr"))
}

fn ask(connection: &mut Connection, assertion: &str) -> Response {
    let request = post_v2(CONTOSO, &forge::form(DAEMON, assertion)).bytes();
    connection.exchange(&request).expect("an answer")
}

/// Asks until the answer is as expected, for as long as a change may take to be heard of.
fn becomes(connection: &mut Connection, assertion: &str, expected: Expected) {
    let start = Instant::now();
    loop {
        let response = ask(connection, assertion);
        if answer::is(&response, expected) {
            return;
        }
        assert!(start.elapsed() < BOUND, "{expected:?}: {response:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn endpoint(server: &Server) -> String {
    format!("{}/{CONTOSO}/oauth2/v2.0/token", server.base_url())
}

/// The credentials of an application, as `list --json` tells them.
fn list(place: &Place, application: &str) -> Vec<Value> {
    let said = place.succeed(&["credential", "list", "--application", application, "--json"]);
    serde_json::from_str(&said).expect("a list")
}

/// Waits until a use of the credential is written down, which happens in batches.
fn wait_for_use(place: &Place, id: &str) {
    let start = Instant::now();
    let is_used = || {
        let listed = list(place, "Daemon");
        let row = listed.iter().find(|row| row["id"] == id);
        !row.expect("it is listed")["lastUsedDateTime"].is_null()
    };
    while !is_used() {
        assert!(start.elapsed() < BOUND, "its use is not written down");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// The client of `dev.json` that has this id.
fn client(document: &Value, app_id: &str) -> Value {
    let clients = document["clients"].as_array().expect("a list");
    let found = clients.iter().find(|client| client["appId"] == app_id);
    found.expect("the client is there").clone()
}

fn read(path: &Value) -> String {
    fs::read_to_string(path.as_str().expect("a path")).expect("the file is there")
}

#[test]
fn a_certificate_is_added_listed_and_removed_while_the_server_runs() {
    let place = Place::new();
    let server = start(&place);
    let mut connection = place.connect(&server);
    let assertion = Draft::new(&SECOND, &endpoint(&server)).signed();
    let unknown = e401(700_027);
    answer::refusal(&ask(&mut connection, &assertion), unknown).expect("not yet registered");

    let file = place.write("second.pem", &SECOND.pem());
    let add = [
        "credential",
        "add-certificate",
        "--application",
        "Daemon",
        "--name",
        "second",
        text(&file),
    ];
    let said = place.succeed(&add);
    assert!(said.starts_with("Added certificate "), "{said}");
    becomes(&mut connection, &assertion, Expected::Token);
    let again = place.fail(&add);
    assert!(again.contains("has this certificate already"), "{again}");

    let listed = list(&place, "Daemon");
    let second = listed.iter().find(|row| row["displayName"] == "second");
    let second = second.expect("it is listed");
    assert_eq!(second["kind"], "certificate");
    assert_eq!(second["endDateTime"], "2040-01-01T00:00:00.0000000Z");
    let id = second["id"].as_str().expect("text");
    let by_id = Draft::new(&SECOND, &endpoint(&server))
        .without_header("x5t")
        .header("kid", id);
    becomes(&mut connection, &by_id.signed(), Expected::Token);
    let table = place.succeed(&["credential", "list"]);
    assert!(
        table.contains(id) && table.contains("2040-01-01"),
        "{table}"
    );

    let remove = ["credential", "remove", "--application", DAEMON, id];
    wait_for_use(&place, id);
    let in_use = place.fail(&remove);
    assert!(in_use.contains("Last uses of"), "{in_use}");
    place.succeed(&[&remove[..], &["--yes"]].concat());
    becomes(&mut connection, &assertion, unknown);
    assert_eq!(list(&place, "Daemon").len(), listed.len() - 1);
    let gone = place.fail(&["credential", "remove", "--application", "Daemon", id]);
    assert!(gone.contains("has no credential"), "{gone}");
    assert_eq!(server.stop(Signal::TERM).code, Some(0));
}

#[test]
fn a_federated_credential_is_added_and_removed_while_the_server_runs() {
    let place = Place::new();
    let server = start(&place);
    let mut connection = place.connect(&server);
    let issuer = "https://oidc.cluster.example";
    let key = IssuerKey::new("k1", Algorithm::Es256);
    let token = Assertion::kubernetes(issuer, "shop", "daemon", now()).signed_by(&key);
    let unknown = e401(700_211);
    answer::refusal(&ask(&mut connection, &token), unknown).expect("not yet trusted");

    let keys = place.write("keys.json", &json!({"keys": [key.jwk()]}).to_string());
    let add = |name: &str, issuer: &str| {
        [
            "credential",
            "add-federated",
            "--application",
            "Daemon",
            "--name",
            name,
            "--issuer",
            issuer,
        ]
        .map(ToOwned::to_owned)
    };
    let run = |base: [String; 8], rest: &[&str]| {
        let mut all: Vec<&str> = base.iter().map(String::as_str).collect();
        all.extend(rest);
        place.run(&all)
    };
    let subject = [
        "--subject",
        "system:serviceaccount:shop:daemon",
        "--keys-file",
        text(&keys),
    ];
    let said = run(add("cluster", issuer), &subject);
    assert_eq!((said.code, said.stderr.as_str()), (Some(0), ""), "{said:?}");
    becomes(&mut connection, &token, Expected::Token);
    let row = list(&place, "Daemon")
        .into_iter()
        .find(|row| row["displayName"] == "cluster")
        .expect("it is listed");
    assert_eq!(
        (&row["kind"], &row["endDateTime"]),
        (&json!("federated"), &Value::Null)
    );

    // What the directory file would refuse, this refuses.
    let own = format!("{}/{CONTOSO}/v2.0", server.base_url());
    for (what, base) in [
        ("http", add("other", "http://oidc.cluster.example")),
        ("a name with a slash", add("a/b", "https://other.example")),
        ("the same name", add("cluster", "https://other.example")),
        ("the same issuer and subject", add("other", issuer)),
        ("this platform", add("other", &own)),
    ] {
        let said = run(base, &subject);
        assert_eq!(said.code, Some(1), "{what}: {said:?}");
        assert!(said.stderr.starts_with("error: "), "{what}: {said:?}");
    }

    place.succeed(&[
        "credential",
        "remove",
        "--application",
        "Daemon",
        "cluster",
        "--yes",
    ]);
    becomes(&mut connection, &token, unknown);

    let matching = [
        "--matching",
        "claims['sub'] matches 'system:serviceaccount:shop:*'",
        "--keys-file",
        text(&keys),
    ];
    let said = run(add("every", issuer), &matching);
    assert_eq!(said.code, Some(0), "{said:?}");
    becomes(&mut connection, &token, Expected::Token);
    assert_eq!(server.stop(Signal::TERM).code, Some(0));
}

#[test]
fn ast_36_what_is_no_good_certificate_is_told_apart() {
    let place = Place::new();
    let server = start(&place);
    let (before, exported) = (list(&place, "Daemon"), place.succeed(&["export"]));
    let (private_key, pem) = (FIRST.private_key_pem(), FIRST.pem());
    let ed25519 = {
        let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_ED25519).expect("a key");
        let params = rcgen::CertificateParams::default();
        params.self_signed(&key).expect("a certificate").pem()
    };
    let private_der = forge::from_pem(&private_key);
    for (name, content, reason) in [
        ("private key", private_key.clone(), "private key"),
        (
            "private key in base64",
            BASE64_STANDARD.encode(&private_der),
            "private key",
        ),
        (
            "private key, PEM in base64",
            BASE64_STANDARD.encode(&private_key),
            "private key",
        ),
        ("both", format!("{private_key}{pem}"), "private key"),
        ("both, turned", format!("{pem}{private_key}"), "private key"),
        (
            "two",
            format!("{pem}{}", SECOND.pem()),
            "holds 2 certificates",
        ),
        ("cut", pem[..pem.len() / 2].to_owned(), "cut off"),
        (
            "text",
            "certificate".to_owned(),
            "not one X.509 certificate",
        ),
        ("nothing", String::new(), "not one X.509 certificate"),
        ("large", "A".repeat((1 << 20) + 1), "is larger than 1"),
        (
            "many",
            pem.repeat((1 << 20) / pem.len() + 1),
            "is larger than 1",
        ),
        ("RSA-1024", RSA_1024.to_owned(), "1024 bits"),
        ("MD5", MD5.to_owned(), "signed with MD5"),
        ("SHA-1", SHA1.to_owned(), "signed with SHA-1"),
        ("P-192", P_192.to_owned(), CURVES),
        ("secp256k1", SECP256K1.to_owned(), CURVES),
        ("a curve spelt out", P_256_EXPLICIT.to_owned(), CURVES),
        ("Ed25519", ed25519, "no client assertion is signed with"),
    ] {
        let file = place.write("some.pem", &content);
        let inline = serde_json::to_string(&content).expect("text");
        let applied = |entry: &str| {
            let directory = with(&sample::directory(), DAEMON, "keyCredentials", entry);
            let file = place.write("changed.yaml", &directory);
            place.fail(&["apply", text(&file)])
        };
        let add = ["credential", "add-certificate", "--application", "Daemon"];
        for (way, said) in [
            ("command", place.fail(&[&add[..], &[text(&file)]].concat())),
            ("file", applied("[{certificateFile: some.pem}]")),
            ("key", applied(&format!("[{{key: {inline}}}]"))),
        ] {
            assert!(said.contains(reason), "{name} by {way}: {said}");
            for line in private_key.lines().filter(|line| line.len() == 64) {
                assert!(!said.contains(line), "{name} by {way}: the key is shown");
            }
        }
    }
    let said = place.fail(&[
        "credential",
        "add-certificate",
        "--application",
        "Daemon",
        "/nonexistent.pem",
    ]);
    assert!(said.contains("/nonexistent.pem"), "{said}");
    let file = place.write("first.pem", &pem);
    let said = place.fail(&[
        "credential",
        "add-certificate",
        "--application",
        "Nobody",
        text(&file),
    ]);
    assert!(said.contains("no application \"Nobody\""), "{said}");
    assert_eq!(list(&place, "Daemon"), before);
    assert_eq!(place.succeed(&["export"]), exported);
    assert_eq!(server.stop(Signal::TERM).code, Some(0));
    refuse_private_key(&place, &private_key, &private_der);
}

/// Searches what the server left for a private key, in every form that it was given in and stored
/// certificates have.
fn refuse_private_key(place: &Place, pem: &str, der: &[u8]) {
    let lines: Vec<_> = pem.lines().filter(|line| line.len() == 64).collect();
    assert!(lines.len() > 10, "the lines of a private key");
    let forms = [
        // In PEM and, without line breaks, in base64.
        lines.concat()[..96].to_owned(),
        lines[3].to_owned(),
        BASE64_URL_SAFE_NO_PAD.encode(&der[..96]),
        BASE64_STANDARD.encode(pem)[..96].to_owned(),
    ];
    search_files(&forms, &place.data());
    for file in fs::read_dir(place.data()).expect("it is there") {
        let path = file.expect("readable").path();
        let content = fs::read(&path).unwrap_or_default();
        let is_there = content.windows(64).any(|window| window == &der[64..128]);
        assert!(!is_there, "the private key is in {}", path.display());
    }
}

#[test]
fn an_authority_is_added_by_subject_while_the_server_runs() {
    let place = Place::new();
    let server = start(&place);
    let mut connection = place.connect(&server);
    let mut root = rcgen::CertificateParams::default();
    root.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let root_key = rcgen::KeyPair::generate().expect("a key");
    let root_file = place.write(
        "root.pem",
        &root.self_signed(&root_key).expect("a certificate").pem(),
    );
    let issuer = rcgen::Issuer::from_params(&root, &root_key);
    let leaf_file = place.write("leaf.pem", &FIRST.pem());
    let [dns, uri] = ["night.contoso.example", "spiffe://contoso.example/night"];
    for (option, subject) in [
        ("--trusted-common-name", "night"),
        ("--trusted-dns-name", dns),
        ("--trusted-uri", uri),
    ] {
        let leaf = Pair::certified(Algorithm::Es256, |key| {
            let mut params = forge::params("other", 2020..2040);
            match option {
                "--trusted-common-name" => params = forge::params(subject, 2020..2040),
                "--trusted-dns-name" => {
                    params.subject_alt_names =
                        vec![rcgen::SanType::DnsName(subject.try_into().expect("ASCII"))];
                }
                _ => {
                    params.subject_alt_names =
                        vec![rcgen::SanType::URI(subject.try_into().expect("ASCII"))];
                }
            }
            params.signed_by(key, &issuer)
        });
        let leaf: &'static Pair = Box::leak(Box::new(leaf));
        let assertion = Draft::new(leaf, &endpoint(&server)).header("x5c", leaf.base64());
        let assertion = assertion.signed();
        let unknown = e401(700_027);
        answer::refusal(&ask(&mut connection, &assertion), unknown).expect("not yet trusted");

        let add = |file| {
            let base = ["credential", "add-certificate", "--application", "Daemon"];
            [&base[..], &["--name", "root", option, subject, file]].concat()
        };
        // What is no authority could never sign for another.
        let said = place.fail(&add(text(&leaf_file)));
        assert!(said.contains("not a certificate authority"), "{said}");
        place.succeed(&add(text(&root_file)));
        becomes(&mut connection, &assertion, Expected::Token);

        let listed = list(&place, "Daemon");
        let row = listed.iter().find(|row| row["displayName"] == "root");
        let row = row.expect("it is listed");
        assert_eq!(row["kind"], "authority");
        let id = row["id"].as_str().expect("text");
        place.succeed(&[
            "credential",
            "remove",
            "--application",
            "Daemon",
            id,
            "--yes",
        ]);
        becomes(&mut connection, &assertion, unknown);
    }
    let directory = with(
        &sample::directory(),
        DAEMON,
        "keyCredentials",
        "[{certificateFile: leaf.pem, trustedSubject: {commonName: night}}]",
    );
    let file = place.write("changed.yaml", &directory);
    let said = place.fail(&["apply", text(&file)]);
    assert!(said.contains("not a certificate authority"), "{said}");
    assert_eq!(server.stop(Signal::TERM).code, Some(0));
}

#[test]
fn a_development_server_names_all_proofs_of_its_clients() {
    let place = Place::new();
    let server = start(&place);
    let daemon = client(&place.document(), DAEMON);
    let keys = [
        "certificateFile",
        "privateKeyFile",
        "certificateWithKeyFile",
    ];
    let [certificate, private_key, both] = keys.map(|key| read(&daemon[key]));
    assert_eq!(both, format!("{private_key}{certificate}"));
    for (file, mode) in [
        ("certificateFile", 0o644),
        ("privateKeyFile", 0o600),
        ("certificateWithKeyFile", 0o600),
    ] {
        let metadata = fs::metadata(daemon[file].as_str().expect("a path")).expect("it is there");
        assert_eq!(metadata.permissions().mode() & 0o777, mode, "{file}");
    }
    let mut connection = place.connect(&server);
    let assertion = made_with(&certificate, &private_key, &endpoint(&server));
    becomes(&mut connection, &assertion, Expected::Token);

    let token = read(&daemon["federated"]["tokenFile"]);
    let issuer = Unverified::parse(&token).expect("a token").unverified_iss();
    assert_eq!(
        issuer.expect("readable").as_deref(),
        daemon["federated"]["issuer"].as_str()
    );
    becomes(&mut connection, &token, Expected::Token);

    for (credential, name, file) in [
        (
            "certificate",
            "AZURE_CLIENT_CERTIFICATE_PATH",
            &daemon["certificateWithKeyFile"],
        ),
        (
            "federated",
            "AZURE_FEDERATED_TOKEN_FILE",
            &daemon["federated"]["tokenFile"],
        ),
        ("secret", "AZURE_CLIENT_SECRET", &daemon["clientSecret"]),
    ] {
        let said = place.succeed(&[
            "env",
            "--client",
            "Daemon",
            "--credential",
            credential,
            "--format",
            "json",
        ]);
        let variables: Value = serde_json::from_str(&said).expect("an object");
        assert_eq!(&variables[name], file, "{credential}");
        assert_eq!(variables["AZURE_CLIENT_ID"], DAEMON);
        let proofs = variables
            .as_object()
            .expect("an object")
            .keys()
            .filter(|key| {
                [
                    "AZURE_CLIENT_SECRET",
                    "AZURE_CLIENT_CERTIFICATE_PATH",
                    "AZURE_FEDERATED_TOKEN_FILE",
                ]
                .contains(&key.as_str())
            });
        assert_eq!(
            proofs.count(),
            1,
            "{credential}: SDKs take the first they find"
        );
    }
    assert_eq!(server.stop(Signal::TERM).code, Some(0));
}

#[test]
fn a_restart_on_another_port_keeps_certificates_and_moves_the_issuer() {
    let place = Place::new();
    let server = start(&place);
    let first = (server.address(), client(&place.document(), DAEMON));
    let certificate = read(&first.1["certificateFile"]);
    let listed = list(&place, "Daemon");
    // Held, so that the next start cannot get the same one.
    assert_eq!(server.stop(Signal::TERM).code, Some(0));
    let _held = std::net::TcpListener::bind(first.0);

    let server = start(&place);
    assert_ne!(server.address(), first.0);
    let daemon = client(&place.document(), DAEMON);
    assert_eq!(read(&daemon["certificateFile"]), certificate);
    assert_ne!(
        daemon["federated"]["issuer"],
        first.1["federated"]["issuer"]
    );
    let ids = |rows: &[Value]| rows.iter().map(|row| row["id"].clone()).collect::<Vec<_>>();
    assert_eq!(
        ids(&list(&place, "Daemon")),
        ids(&listed),
        "nothing is added twice"
    );

    let mut connection = place.connect(&server);
    let private_key = read(&daemon["privateKeyFile"]);
    let assertion = made_with(&certificate, &private_key, &endpoint(&server));
    becomes(&mut connection, &assertion, Expected::Token);
    becomes(
        &mut connection,
        &read(&daemon["federated"]["tokenFile"]),
        Expected::Token,
    );
    assert_eq!(server.stop(Signal::TERM).code, Some(0));
}

fn made_with(certificate: &str, private_key: &str, audience: &str) -> String {
    let pair = Box::leak(Box::new(Pair::from_pem(certificate, private_key)));
    Draft::new(pair, audience).signed()
}
