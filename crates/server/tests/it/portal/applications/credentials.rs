//! Certificates and secrets.

use base64::prelude::{BASE64_STANDARD, Engine};
use countersign_domain::clock::Clock;
use countersign_token::{Certificate, HeaderFields, Signer, SigningKey};
use serde_json::json;

use super::{DAEMON, Person, STRANGER, World, check_name};
use crate::node::Answer;

const DAY_SECONDS: i64 = 86_400;

/// A certificate in DER, with the key that signs for it in PKCS #8.
fn certificate() -> (Vec<u8>, Vec<u8>) {
    let pair = rcgen::KeyPair::generate().expect("a key");
    let mut params = rcgen::CertificateParams::default();
    params
        .distinguished_name
        .push(rcgen::DnType::CommonName, "Daemon");
    params.not_before = rcgen::date_time_ymd(2026, 1, 1);
    params.not_after = rcgen::date_time_ymd(2099, 1, 1);
    let certificate = params.self_signed(&pair).expect("a certificate");
    (certificate.der().to_vec(), pair.serialized_der().to_vec())
}

fn pem(der: &[u8]) -> String {
    let text = BASE64_STANDARD.encode(der);
    format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n")
}

/// Asks for a token with an assertion that the certificate's key signs.
async fn prove(world: &World, der: &[u8], pkcs8: &[u8]) -> Answer {
    let certificate = Certificate::from_der(der).expect("a certificate");
    let kid = certificate.key_id();
    let key = SigningKey::from_pkcs8(countersign_token::Algorithm::Es256, pkcs8).expect("a key");
    let fields = HeaderFields {
        kid: &kid,
        x5t: Some(&kid),
    };
    let now = world.node.clock.now().unix_seconds();
    let claims = json!({
        "iss": DAEMON,
        "sub": DAEMON,
        "aud": "https://id.example/contoso.example/oauth2/v2.0/token",
        "jti": now.to_string(),
        "nbf": now,
        "exp": now + 600,
    });
    let signer = Signer::new(std::sync::Arc::new(key), fields);
    let assertion = signer.sign_claims(&claims).expect("it is signed");
    let body = format!(
        "grant_type=client_credentials&client_id={DAEMON}&scope=api://orders/.default\
         &client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer\
         &client_assertion={assertion}"
    );
    let path = "/contoso.example/oauth2/v2.0/token";
    world.node.post(path, &body).await
}

/// The secret on the page that shows it.
pub(super) async fn new_secret(
    person: &mut Person<'_>,
    tab: &str,
    fields: &[(&str, &str)],
) -> String {
    let page = person.send(&format!("{tab}/secrets"), fields).await;
    assert_eq!(page.status(), 200, "{}", page.html());
    assert_eq!(page.answer.header("cache-control"), Some("no-store"));
    assert!(page.text().contains("shown only this once"));
    let field = page.html().split("id=\"secret-text\"").nth(1);
    let value = field.and_then(|rest| rest.split("value=\"").nth(1));
    let value = value.and_then(|rest| rest.split('"').next());
    value.expect("a secret").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_is_shown_once_gets_a_token_and_goes() {
    let world = World::start().await;
    let mut admin = world.administrator().await;
    let tab = world.page_of(DAEMON, "credentials").await;
    let page = admin.browser.open(&tab).await;
    check_name(&page);
    let entered = [
        ("description", "<script>alert(2)</script>"),
        ("lifetime", "180"),
    ];
    let secret = new_secret(&mut admin, &tab, &entered).await;
    assert_eq!(world.node.token(DAEMON, &secret).await.number(), 0);

    let page = admin.browser.open(&tab).await;
    check_name(&page);
    assert!(page.text().contains("<script>alert(2)</script>"));
    assert!(!page.html().contains(&secret), "it is never shown again");
    assert!(page.html().contains(&format!("{}…", &secret[..3])));
    // 180 days from 2027-01-15.
    assert!(page.text().contains("2027-07-14 Valid"), "{}", page.text());

    let delete = page
        .html()
        .split('"')
        .filter(|text| text.contains("/secrets/") && text.ends_with("/delete"))
        .map(str::to_owned)
        .collect::<Vec<_>>();
    assert_eq!(delete.len(), 2);
    for action in &delete {
        let answer = admin.browser.submit(&page, action, &[]).await;
        assert_eq!(answer.location(), Some(tab.as_str()));
    }
    assert_ne!(world.node.token(DAEMON, &secret).await.number(), 0);
    let page = admin.browser.open(&tab).await;
    assert!(page.text().contains("This application has no secret."));
    world.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_lives_as_long_as_was_chosen() {
    let world = World::start().await;
    let mut admin = world.administrator().await;
    let tab = world.page_of(DAEMON, "credentials").await;
    let now = world.node.clock.now();
    for (lifetime, date, end) in [
        ("90", "", now.plus_seconds(90 * DAY_SECONDS)),
        ("730", "", now.plus_seconds(730 * DAY_SECONDS)),
        (
            "date",
            "2027-02-01",
            "2027-02-01T23:59:59Z".parse().expect("a time"),
        ),
    ] {
        let entered = [("lifetime", lifetime), ("date", date)];
        new_secret(&mut admin, &tab, &entered).await;
        let ends = world.contoso().await.passwords;
        assert!(ends.iter().any(|one| one.end_at == end), "{lifetime}");
    }
    let before = world.credentials().await;
    for (lifetime, date, expected) in [
        ("date", "", "Enter the last day"),
        ("date", "soon", "Enter the last day"),
        ("date", "2020-01-01", "is not after the start"),
        ("", "", "Choose when"),
        ("10000", "", "Choose when"),
    ] {
        let entered = [
            ("description", "mine"),
            ("lifetime", lifetime),
            ("date", date),
        ];
        let page = admin.send(&format!("{tab}/secrets"), &entered).await;
        assert_eq!(page.status(), 400, "{lifetime} {date}");
        assert!(page.text().contains(expected), "{}", page.text());
        assert!(page.html().contains("value=\"mine\""), "{}", page.html());
    }
    assert_eq!(world.credentials().await, before);

    // The one for 2027-02-01 is near its end.
    let page = admin.browser.open(&tab).await;
    assert!(
        page.text().contains("Expires in 17 days"),
        "{}",
        page.text()
    );
    assert!(page.text().contains("1 of these credentials end within"));
    world.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_says_when_a_secret_was_used() {
    let world = World::start().await;
    let mut admin = world.administrator().await;
    let tab = world.page_of(DAEMON, "credentials").await;
    new_secret(&mut admin, &tab, &[("lifetime", "90")]).await;
    let mut text = String::new();
    crate::node::within_the_bound(async || {
        text = admin.browser.clone().open(&tab).await.text();
        text.contains("2027-01-15 08:00:00 UTC")
    })
    .await;
    assert!(text.contains("Never"), "the new one: {text}");
    world.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_is_read_back_proves_the_application_and_goes() {
    let world = World::start().await;
    let mut admin = world.administrator().await;
    let tab = world.page_of(DAEMON, "credentials").await;
    let add = format!("{tab}/certificates");
    let (first, first_key) = certificate();
    let (second, second_key) = certificate();
    assert_ne!(prove(&world, &first, &first_key).await.number(), 0);

    let text = pem(&first);
    let answer = admin.send(&add, &[("certificate", text.as_str())]).await;
    assert_eq!(answer.location(), Some(tab.as_str()), "{}", answer.html());
    let answer = admin.upload(&add, &second).await;
    assert_eq!(answer.header("location"), Some(tab.as_str()), "{answer:?}");
    for (der, key) in [(&first, &first_key), (&second, &second_key)] {
        assert_eq!(prove(&world, der, key).await.number(), 0);
    }

    let page = admin.browser.open(&tab).await;
    let text = page.text();
    for der in [&first, &second] {
        let certificate = Certificate::from_der(der).expect("a certificate");
        let hex = |bytes: &[u8]| {
            let pairs: Vec<_> = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
            pairs.join(":")
        };
        assert!(
            text.contains(&hex(&certificate.thumbprint_sha1())),
            "{text}"
        );
        assert!(
            text.contains(&hex(&certificate.thumbprint_sha256())),
            "{text}"
        );
    }
    for expected in ["CN=Daemon", "2026-01-01", "2099-01-01", "ES256", "Valid"] {
        assert!(text.contains(expected), "{expected}: {text}");
    }
    let action = page
        .html()
        .split('"')
        .find(|text| text.contains("/certificates/") && text.ends_with("/delete"))
        .expect("a form")
        .to_owned();
    admin.browser.submit(&page, &action, &[]).await;
    assert_eq!(world.credentials().await[1], 1, "only that one went");
    world.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_certificate_is_refused_in_words() {
    let world = World::start().await;
    let mut admin = world.administrator().await;
    let tab = world.page_of(DAEMON, "credentials").await;
    let add = format!("{tab}/certificates");
    let (der, key) = certificate();
    let private = BASE64_STANDARD.encode(&key);
    let bare = private.clone();
    let private = format!("-----BEGIN PRIVATE KEY-----\n{private}\n-----END PRIVATE KEY-----\n");
    for (text, expected) in [
        ("", "Choose a file"),
        ("no certificate", "invalid certificate"),
        (private.as_str(), "private key"),
        // Without the lines that say what it is.
        (bare.as_str(), "certificate"),
    ] {
        let page = admin.send(&add, &[("certificate", text)]).await;
        assert_eq!(page.status(), 400, "{expected}");
        assert!(page.text().contains(expected), "{}", page.text());
        assert!(!page.html().contains(&BASE64_STANDARD.encode(&key)));
    }
    for file in [&der[..40], &key, b"\x00\xff\xfe"] {
        let answer = admin.upload(&add, file).await;
        assert_eq!(answer.status, 400, "{answer:?}");
        assert!(answer.body.contains("field-error"), "{answer:?}");
    }
    assert_eq!(world.credentials().await[1], 0);
    world.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_tenants_application_is_not_there() {
    let world = World::start().await;
    let mut admin = world.administrator().await;
    let tab = world.page_of(STRANGER, "credentials").await;
    let before = world.credentials().await;
    assert_eq!(admin.browser.open(&tab).await.status(), 404);
    let text = pem(&certificate().0);
    for (path, fields) in [
        ("secrets", [("lifetime", "90")]),
        ("secrets", [("lifetime", "never")]),
        ("certificates", [("certificate", text.as_str())]),
        ("certificates", [("certificate", "")]),
        (
            "secrets/00000000-0000-4000-8000-000000000001/delete",
            [("a", "b")],
        ),
        (
            "certificates/00000000-0000-4000-8000-000000000001/delete",
            [("a", "b")],
        ),
    ] {
        let page = admin.send(&format!("{tab}/{path}"), &fields).await;
        assert_eq!(page.status(), 404, "{path}: {}", page.text());
    }
    assert_eq!(world.credentials().await, before);
    world.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_only_read_changes_nothing() {
    let world = World::start().await;
    let mut reader = world.reader().await;
    let tab = world.page_of(DAEMON, "credentials").await;
    let before = world.credentials().await;
    assert_eq!(reader.browser.open(&tab).await.status(), 200);
    let known = world.contoso().await.passwords[0].key_id;
    let text = pem(&certificate().0);
    for (path, fields) in [
        ("secrets".to_owned(), [("lifetime", "90")]),
        ("certificates".to_owned(), [("certificate", text.as_str())]),
        (format!("secrets/{known}/delete"), [("a", "b")]),
        (format!("certificates/{known}/delete"), [("a", "b")]),
    ] {
        let page = reader.send(&format!("{tab}/{path}"), &fields).await;
        assert_eq!(page.status(), 403, "{path}: {}", page.text());
        let forged = reader.browser.post(&format!("{tab}/{path}"), &fields).await;
        assert_eq!(forged.status(), 403, "without the form's token");
    }
    assert_eq!(world.credentials().await, before);
    world.node.stop().await;
}
