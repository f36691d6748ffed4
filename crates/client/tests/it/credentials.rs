//! Every kind of credential, as it goes over the wire.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use countersign_client::{
    CertificateError, Client, ClientBuilder, ClientCertificate, Credential, ErrorKind, TokenRequest,
};
use countersign_token::{
    Algorithm, Assertion, Certificate, SigningKey, VerifyingKey, verify_assertion,
};
use rcgen::{CertificateParams, KeyPair};
use rustls_pki_types::PrivatePkcs8KeyDer;

use crate::authority::{Answer, Authority, CLIENT, Received, SCOPE, SECRET, TENANT};

const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// A new key with a certificate of its own: PKCS #8 and DER.
fn certificate(algorithm: Algorithm) -> (Vec<u8>, Vec<u8>) {
    let pkcs8 = SigningKey::generate_pkcs8(algorithm)
        .expect("generates")
        .to_vec();
    let pair = KeyPair::try_from(&PrivatePkcs8KeyDer::from(pkcs8.clone())).expect("a key");
    let params = CertificateParams::new(vec!["client".to_owned()]).expect("a name");
    let certificate = params.self_signed(&pair).expect("signs");
    (pkcs8, certificate.der().to_vec())
}

fn pem(label: &str, der: &[u8]) -> String {
    let body = STANDARD.encode(der);
    format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n")
}

fn pem_of((pkcs8, certificate): &(Vec<u8>, Vec<u8>)) -> String {
    pem("PRIVATE KEY", pkcs8) + &pem("CERTIFICATE", certificate)
}

fn client(authority: &Authority, credential: Credential) -> Client {
    authority
        .builder()
        .credential(credential)
        .build()
        .expect("complete")
}

/// Asks for one token, and answers with the request that this made.
async fn sent(authority: &Authority, client: &Client) -> Received {
    client.token(SCOPE).await.expect("a token");
    authority.requests().pop().expect("one came")
}

/// What the authority would do: find the certificate by its thumbprint and check everything.
#[track_caller]
fn check_assertion(authority: &Authority, request: &Received, certificate: &[u8], alg: Algorithm) {
    assert_eq!(request.form["client_assertion_type"], JWT_BEARER);
    assert!(!request.form.contains_key("client_secret"));
    let certificate = Certificate::from_der(certificate).expect("a certificate");
    let assertion = Assertion::parse(&request.form["client_assertion"]).expect("well-formed");
    assert_eq!(assertion.unverified_alg(), alg.name());
    assert_eq!(assertion.unverified_typ(), Some("JWT"));
    let hints = assertion.unverified_key_hints();
    assert_eq!(hints.x5t_s256, Some(certificate.thumbprint_sha256()));
    let key = VerifyingKey::from_spki(certificate.spki(), &[alg]).expect("a key");
    let verified = verify_assertion(&assertion, &key).expect("the signature holds");
    let claims = verified.claims();
    assert_eq!(claims.iss.as_deref(), Some(CLIENT));
    assert_eq!(claims.sub.as_deref(), Some(CLIENT));
    let endpoint = format!("{}/{TENANT}/oauth2/v2.0/token", authority.base);
    let audience = claims.aud.as_ref().expect("aud");
    assert_eq!(audience.values, [endpoint]);
    assert!(claims.jti.is_some());
    let life = claims.exp.expect("exp") - claims.nbf.expect("nbf");
    assert_eq!(life, 600 * 1_000_000);
}

#[tokio::test]
async fn a_secret_is_sent_as_it_is_with_what_the_platform_expects_around_it() {
    let authority = Authority::start().await;
    let request = sent(&authority, &authority.client()).await;
    assert_eq!(request.path, format!("/{TENANT}/oauth2/v2.0/token"));
    assert_eq!(request.form["grant_type"], "client_credentials");
    assert_eq!(request.form["client_id"], CLIENT);
    assert_eq!(request.form["client_secret"], SECRET);
    assert_eq!(request.form["scope"], SCOPE);
    assert_eq!(request.form.len(), 4);
    assert_eq!(
        request.headers["content-type"],
        "application/x-www-form-urlencoded"
    );
    assert_eq!(request.headers["return-client-request-id"], "true");
    assert_eq!(request.headers["client-request-id"].len(), 36);
}

#[tokio::test]
async fn a_certificate_signs_a_new_assertion_for_each_request() {
    let authority = Authority::start().await;
    for (generated, alg) in [
        (Algorithm::Rs256, Algorithm::Ps256),
        (Algorithm::Es256, Algorithm::Es256),
    ] {
        let own = certificate(generated);
        let certificate = ClientCertificate::from_pem(pem_of(&own)).expect("a certificate");
        let client = client(&authority, Credential::certificate(certificate));
        let first = sent(&authority, &client).await;
        check_assertion(&authority, &first, &own.1, alg);
        client.token("api://other/.default").await.expect("a token");
        let second = authority.requests().pop().expect("one came");
        assert_ne!(
            first.form["client_assertion"],
            second.form["client_assertion"]
        );
    }
}

#[tokio::test]
async fn certificates_are_found_in_any_order_and_sent_when_asked_to() {
    let authority = Authority::start().await;
    let own = certificate(Algorithm::Es256);
    let above = certificate(Algorithm::Es256);
    let text = pem("CERTIFICATE", &above.1) + &pem_of(&own);
    let certificate = ClientCertificate::from_pem(text).expect("a certificate");
    let silent = Credential::certificate(certificate);
    let sending = silent.clone().send_certificate_chain();
    for (credential, chain) in [(silent, vec![]), (sending, vec![own.1.clone(), above.1])] {
        let request = sent(&authority, &client(&authority, credential)).await;
        check_assertion(&authority, &request, &own.1, Algorithm::Es256);
        let assertion = Assertion::parse(&request.form["client_assertion"]).expect("well-formed");
        assert_eq!(assertion.unverified_key_hints().x5c, chain);
    }
}

#[tokio::test]
async fn keys_in_pkcs1_are_read() {
    let authority = Authority::start().await;
    let (pkcs8, certificate) = certificate(Algorithm::Rs256);
    // What PKCS #8 puts before an RSA key of 2048 bits.
    let pkcs1 = &pkcs8[26..];
    let text = pem("CERTIFICATE", &certificate) + &pem("RSA PRIVATE KEY", pkcs1);
    let read = ClientCertificate::from_pem(text).expect("a certificate");
    let request = sent(
        &authority,
        &client(&authority, Credential::certificate(read)),
    )
    .await;
    check_assertion(&authority, &request, &certificate, Algorithm::Ps256);
}

#[test]
fn certificates_that_cannot_be_used_say_why_and_show_nothing() {
    let own = certificate(Algorithm::Es256);
    let other = certificate(Algorithm::Es256);
    let key = pem("PRIVATE KEY", &own.0);
    for (text, expected) in [
        (String::new(), CertificateError::NoKey),
        (pem("CERTIFICATE", &own.1), CertificateError::NoKey),
        (key.clone(), CertificateError::NoCertificate),
        (
            key.clone() + &pem("CERTIFICATE", &other.1),
            CertificateError::Mismatch,
        ),
        (
            pem("ENCRYPTED PRIVATE KEY", &own.0) + &pem("CERTIFICATE", &own.1),
            CertificateError::NoKey,
        ),
    ] {
        assert_eq!(
            ClientCertificate::from_pem(&text).expect_err("unusable"),
            expected
        );
    }
    let broken = key + &pem("CERTIFICATE", b"no certificate");
    let error = ClientCertificate::from_pem(broken).expect_err("unusable");
    assert!(matches!(error, CertificateError::Malformed(_)));
    let shown = format!(
        "{:?}",
        ClientCertificate::from_pem(pem_of(&own)).expect("good")
    );
    assert!(shown.contains("thumbprint") && !shown.contains(&STANDARD.encode(&own.0)));
}

/// Made by OpenSSL 3: the same key and certificate with AES and with triple DES, and without a
/// password.
#[tokio::test]
async fn pkcs12_of_another_maker_is_opened() {
    const THUMBPRINT: &str = "EZtdrhrdt4Ru5tGRb1o4iWvfNcDFXhimX322cJ_32FQ";
    let aes = include_bytes!("fixtures/aes.pfx").as_slice();
    let legacy = include_bytes!("fixtures/legacy.pfx").as_slice();
    let empty = include_bytes!("fixtures/empty.pfx").as_slice();
    for (bytes, password) in [(aes, "fixture"), (legacy, "fixture"), (empty, "")] {
        let certificate = ClientCertificate::from_pfx(bytes, password).expect("opens");
        assert_eq!(certificate.thumbprint_sha256(), THUMBPRINT);
        let wrong = ClientCertificate::from_pfx(bytes, "wrong").expect_err("wrong");
        assert_eq!(wrong, CertificateError::Pfx);
    }
    for bytes in [&[][..], b"no PKCS #12", &aes[..100]] {
        assert!(ClientCertificate::from_pfx(bytes, "fixture").is_err());
    }
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("client.pfx");
    std::fs::write(&path, aes).expect("writes");
    let authority = Authority::start().await;
    let credential = Credential::certificate_file_with_password(&path, "fixture");
    let request = sent(&authority, &client(&authority, credential)).await;
    assert_eq!(request.form["client_assertion_type"], JWT_BEARER);
}

#[tokio::test]
async fn a_renewed_certificate_file_is_used_at_once() {
    let authority = Authority::start().await;
    authority.always(Answer::Token(1));
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("client.pem");
    let client = client(&authority, Credential::certificate_file(&path));
    for _ in 0..2 {
        let own = certificate(Algorithm::Es256);
        std::fs::write(&path, pem_of(&own)).expect("writes");
        let request = sent(&authority, &client).await;
        check_assertion(&authority, &request, &own.1, Algorithm::Es256);
        crate::authority::advance_seconds(2).await;
    }
}

#[tokio::test]
async fn a_federated_token_file_is_read_again_for_each_request() {
    let authority = Authority::start().await;
    authority.always(Answer::Token(1));
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("token");
    let client = client(&authority, Credential::federated_token_file(&path));
    for token in ["first.token.x", "second.token.x"] {
        write_as_kubernetes_does(&path, token);
        let request = sent(&authority, &client).await;
        assert_eq!(request.form["client_assertion"], token);
        assert_eq!(request.form["client_assertion_type"], JWT_BEARER);
        crate::authority::advance_seconds(2).await;
    }
}

/// A new file under the old name.
fn write_as_kubernetes_does(path: &Path, token: &str) {
    let new = path.with_extension("new");
    std::fs::write(&new, format!("{token}\n")).expect("writes");
    std::fs::rename(&new, path).expect("renames");
}

#[tokio::test]
async fn files_that_hold_no_credential_are_named_and_nothing_is_sent() {
    let authority = Authority::start().await;
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("credential");
    let make: [fn(&Path) -> Credential; 2] = [
        |path| Credential::federated_token_file(path),
        |path| Credential::certificate_file(path),
    ];
    for credential in make {
        let long = "x".repeat(300 * 1024);
        for content in [None, Some(""), Some("two words"), Some(long.as_str())] {
            match content {
                Some(content) => std::fs::write(&path, content).expect("writes"),
                None => drop(std::fs::remove_file(&path)),
            }
            let client = client(&authority, credential(&path));
            let error = client.token(SCOPE).await.expect_err("no credential");
            assert_eq!(error.kind(), ErrorKind::Credential);
            let shown = error.to_string();
            assert!(shown.contains(path.to_str().expect("text")), "{shown}");
            assert!(!shown.contains("two words"), "{shown}");
        }
    }
    assert_eq!(authority.count(), 0);
}

#[tokio::test]
async fn assertions_come_from_a_callback_that_knows_whom_they_are_for() {
    let authority = Authority::start().await;
    let calls = Arc::new(AtomicUsize::new(0));
    let credential = {
        let calls = Arc::clone(&calls);
        Credential::assertion(move |context| {
            let call = calls.fetch_add(1, Ordering::SeqCst);
            async move {
                match call {
                    0 => Ok(format!("made.for.{}", context.audience.len())),
                    1 => Err("the vault is sealed"),
                    _ => panic!("a mistake in the callback"),
                }
            }
        })
    };
    let client = client(&authority, credential);
    let request = sent(&authority, &client).await;
    let endpoint = format!("{}/{TENANT}/oauth2/v2.0/token", authority.base);
    assert_eq!(
        request.form["client_assertion"],
        format!("made.for.{}", endpoint.len())
    );
    for expected in ["callback failed", "callback panicked"] {
        let error = client
            .token(&format!("api://{expected}"))
            .await
            .expect_err("no assertion");
        assert_eq!(error.kind(), ErrorKind::Credential);
        assert!(error.to_string().contains(expected), "{error}");
    }
    assert_eq!(authority.count(), 1);
}

#[tokio::test]
async fn a_chain_takes_the_first_that_is_there_and_says_what_all_lack() {
    let authority = Authority::start().await;
    authority.always(Answer::Token(1));
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("token");
    let chain = Credential::first_of([
        Credential::federated_token_file(&path),
        Credential::secret(SECRET),
    ]);
    let chained = client(&authority, chain.expect("two"));
    assert_eq!(
        sent(&authority, &chained).await.form["client_secret"],
        SECRET
    );
    std::fs::write(&path, "a.b.c").expect("writes");
    crate::authority::advance_seconds(2).await;
    assert_eq!(
        sent(&authority, &chained).await.form["client_assertion"],
        "a.b.c"
    );

    let none = Credential::first_of([
        Credential::federated_token_file(directory.path().join("one")),
        Credential::certificate_file(directory.path().join("two")),
    ]);
    let error = client(&authority, none.expect("two"))
        .token(SCOPE)
        .await
        .expect_err("none");
    let shown = error.to_string();
    assert!(shown.contains("one") && shown.contains("two"), "{shown}");
}

#[tokio::test]
async fn the_environment_of_a_workload_is_enough() {
    let authority = Authority::start().await;
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("token");
    std::fs::write(&path, "from.kubernetes.x").expect("writes");
    let file = path.to_str().expect("text").to_owned();
    let base = authority.base.clone();
    let builder = ClientBuilder::from_variables(move |name| match name {
        "AZURE_TENANT_ID" => Some(TENANT.to_owned()),
        "AZURE_CLIENT_ID" => Some(CLIENT.to_owned()),
        "AZURE_AUTHORITY_HOST" => Some(format!("{base}/")),
        "AZURE_FEDERATED_TOKEN_FILE" => Some(file.clone()),
        _ => None,
    });
    let client = builder
        .expect("complete")
        .dangerous_loopback_http()
        .build()
        .expect("builds");
    let request = sent(&authority, &client).await;
    assert_eq!(request.form["client_assertion"], "from.kubernetes.x");
    assert_eq!(request.form["client_id"], CLIENT);
}

#[tokio::test]
async fn claims_and_capabilities_go_into_one_parameter() {
    let authority = Authority::start().await;
    let client = authority
        .builder()
        .capability("cp1")
        .build()
        .expect("complete");
    let plain = sent(&authority, &client).await;
    assert_eq!(
        plain.form["claims"],
        r#"{"access_token":{"xms_cc":{"values":["cp1"]}}}"#
    );
    let request = TokenRequest::new(SCOPE).claims(r#"{"access_token":{"nbf":{"value":"1"}}}"#);
    client.token_with(&request).await.expect("a token");
    let claims = &authority.requests()[1].form["claims"];
    assert!(claims.contains("nbf") && claims.contains("cp1"), "{claims}");
}
