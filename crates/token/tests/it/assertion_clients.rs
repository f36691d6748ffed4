//! Assertions as each real client sends them (client-compat 1.5), signed with real keys.

use std::fmt::Write;
use std::sync::{Arc, LazyLock};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE, URL_SAFE_NO_PAD};
use countersign_token::{
    Algorithm, Assertion, AssertionClaims, Certificate, SigningKey, Thumbprint, VerifyError,
    VerifyingKey, verify_assertion,
};
use serde_json::{Value, json};

use crate::certificates::self_signed;
use crate::forge::{pkcs8, signing_key};

const CLIENT: &str = "6731de76-14a6-49ae-97bc-6eba6914391e";

/// One registered certificate and its key under every RSA algorithm.
pub(crate) struct Registered {
    pkcs8: Vec<u8>,
    pub(crate) certificate: Certificate,
    pub(crate) key: VerifyingKey,
}

impl Registered {
    pub(crate) fn signs_with(&self, algorithm: Algorithm) -> Arc<SigningKey> {
        signing_key(algorithm, &self.pkcs8)
    }
}

pub(crate) static RSA: LazyLock<Registered> = LazyLock::new(|| {
    let pkcs8 = pkcs8(Algorithm::Rs256);
    let certificate = Certificate::from_der(&self_signed(&pkcs8)).expect("parses");
    let key = VerifyingKey::from_certificate(&certificate, &Algorithm::ALL).expect("usable");
    Registered {
        pkcs8,
        certificate,
        key,
    }
});

/// How a client writes its three segments.
#[derive(Clone, Copy, PartialEq)]
enum Segments {
    Plain,
    Padded,
}

fn write(segments: Segments, bytes: &[u8]) -> String {
    match segments {
        Segments::Plain => URL_SAFE_NO_PAD.encode(bytes),
        Segments::Padded => URL_SAFE.encode(bytes),
    }
}

fn sign(segments: Segments, header: &Value, payload: &str, key: &SigningKey) -> String {
    let header = write(segments, header.to_string().as_bytes());
    let input = format!("{header}.{}", write(segments, payload.as_bytes()));
    let signature = key.sign(input.as_bytes()).expect("signs");
    format!("{input}.{}", write(segments, &signature))
}

/// A payload with these members beside `iss`, `sub` and `aud`, written as text: what a number looks
/// like is the point.
fn payload(times: &str) -> String {
    format!(
        r#"{{"iss":"{CLIENT}","sub":"{CLIENT}","aud":"https://localhost/t/oauth2/v2.0/token","jti":"1",{times}}}"#
    )
}

struct Client {
    name: &'static str,
    algorithm: Algorithm,
    header: Value,
    times: &'static str,
    segments: Segments,
    /// `exp`, `nbf` and `iat`.
    expected: [Option<i64>; 3],
}

const SECONDS: i64 = 1_000_000;
const PYTHON_TIMES: &str = r#""exp":1795249171.6874,"iat":1795248571.6874"#;
const PYTHON: [Option<i64>; 3] = [
    Some(1_795_249_171_687_400),
    None,
    Some(1_795_248_571_687_400),
];
const WITH_NBF: &str = r#""exp":1795249171,"nbf":1795248571"#;
const FROM_TO: [Option<i64>; 3] = [
    Some(1_795_249_171 * SECONDS),
    Some(1_795_248_571 * SECONDS),
    None,
];
const ALL_TIMES: [Option<i64>; 3] = [
    Some(1_795_249_171 * SECONDS),
    Some(1_795_248_571 * SECONDS),
    Some(1_795_248_571 * SECONDS),
];

fn clients() -> Vec<Client> {
    use Algorithm::{Ps256, Rs256};
    let certificate = &RSA.certificate;
    let (sha1, sha256) = (
        certificate.thumbprint_sha1(),
        certificate.thumbprint_sha256(),
    );
    let der = STANDARD.encode(certificate.der());
    let client = |name, algorithm: Algorithm, key: Value, times, expected| {
        let mut header = json!({"typ": "JWT", "alg": algorithm.name()});
        let members = header.as_object_mut().expect("an object");
        members.extend(key.as_object().expect("an object").clone());
        Client {
            name,
            algorithm,
            header,
            times,
            segments: Segments::Plain,
            expected,
        }
    };
    vec![
        client(
            "MSAL Python with PEM",
            Ps256,
            json!({"x5t#S256": URL_SAFE.encode(sha256), "x5c": [der]}),
            PYTHON_TIMES,
            PYTHON,
        ),
        client(
            "MSAL Python with a thumbprint, azure-identity Python, Azure CLI",
            Rs256,
            json!({"x5t": URL_SAFE.encode(sha1)}),
            PYTHON_TIMES,
            PYTHON,
        ),
        Client {
            segments: Segments::Padded,
            ..client(
                "azure-identity Python async",
                Ps256,
                json!({"x5t#S256": URL_SAFE.encode(sha256)}),
                WITH_NBF,
                FROM_TO,
            )
        },
        client(
            "MSAL Node",
            Ps256,
            json!({"x5t#S256": URL_SAFE_NO_PAD.encode(sha256), "x5c": [der]}),
            r#""exp":1795249171,"nbf":1795248571,"iat":1795248571"#,
            ALL_TIMES,
        ),
        client(
            "MSAL Go",
            Ps256,
            json!({"x5t#S256": STANDARD.encode(sha256)}),
            WITH_NBF,
            FROM_TO,
        ),
        client(
            "MSAL Java",
            Rs256,
            json!({"x5t#S256": STANDARD.encode(sha256)}),
            WITH_NBF,
            FROM_TO,
        ),
        client(
            "azure_identity Rust with its chain",
            Rs256,
            json!({"x5t": STANDARD.encode(sha1), "x5c": [STANDARD.encode(pem(certificate.der()))]}),
            WITH_NBF,
            FROM_TO,
        ),
        client(
            "Terraform",
            Rs256,
            json!({"kid": URL_SAFE.encode(sha1)}),
            WITH_NBF,
            FROM_TO,
        ),
        client(
            "a thumbprint in capitals as the key id",
            Rs256,
            json!({"kid": hex(&sha1).to_uppercase()}),
            WITH_NBF,
            FROM_TO,
        ),
        client(
            "MSAL.NET",
            Ps256,
            json!({"x5t#S256": URL_SAFE_NO_PAD.encode(sha256), "x5c": der}),
            r#""exp":"1795249171","nbf":"1795248571""#,
            FROM_TO,
        ),
        client(
            "times as strings with a fraction",
            Rs256,
            json!({"x5t": URL_SAFE_NO_PAD.encode(sha1), "jku": "https://127.0.0.1/"}),
            r#""exp":"1795249171.000","nbf":1795248571.0,"iat":"1795248571""#,
            ALL_TIMES,
        ),
    ]
}

pub(crate) fn pem(der: &[u8]) -> String {
    let mut pem = "-----BEGIN CERTIFICATE-----\n".to_owned();
    for line in STANDARD.encode(der).as_bytes().chunks(64) {
        pem.push_str(std::str::from_utf8(line).expect("base64 is ASCII"));
        pem.push('\n');
    }
    pem + "-----END CERTIFICATE-----\n"
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a string takes all");
        text
    })
}

#[test]
fn every_real_client_is_understood() {
    let certificate = &RSA.certificate;
    for client in clients() {
        let name = client.name;
        let key = RSA.signs_with(client.algorithm);
        let text = sign(
            client.segments,
            &client.header,
            &payload(client.times),
            &key,
        );
        let has_padding = text.contains('=');
        assert_eq!(has_padding, client.segments == Segments::Padded, "{name}");

        let assertion = Assertion::parse(&text).expect(name);
        assert_eq!(assertion.unverified_typ(), Some("JWT"), "{name}");
        let hints = assertion.unverified_key_hints();
        let is_named = hints.x5t == Some(certificate.thumbprint_sha1())
            || hints.x5t_s256 == Some(certificate.thumbprint_sha256())
            || hints.kid_thumbprint == Some(Thumbprint::Sha1(certificate.thumbprint_sha1()));
        assert!(is_named, "{name}: {hints:?}");
        let has_chain = client.header.get("x5c").is_some();
        let chain: &[&[u8]] = if has_chain { &[certificate.der()] } else { &[] };
        assert_eq!(hints.x5c, chain, "{name}");

        let verified = verify_assertion(&assertion, &RSA.key).expect(name);
        assert_eq!(
            (verified.alg(), verified.typ()),
            (client.algorithm, Some("JWT")),
            "{name}"
        );
        let AssertionClaims {
            iss,
            sub,
            exp,
            nbf,
            iat,
            ..
        } = verified.claims();
        assert_eq!(
            (iss.as_deref(), sub.as_deref()),
            (Some(CLIENT), Some(CLIENT)),
            "{name}"
        );
        assert_eq!([*exp, *nbf, *iat], client.expected, "{name}");
    }
}

#[test]
fn the_signature_covers_the_segments_as_they_were_sent() {
    let key = RSA.signs_with(Algorithm::Rs256);
    let header = json!({"alg": "RS256", "typ": "JOSE"});
    let padded = sign(Segments::Padded, &header, r#"{"iss":"abc"}"#, &key);
    let [head, body, signature]: [&str; 3] = padded
        .split('.')
        .collect::<Vec<_>>()
        .try_into()
        .expect("three segments");
    assert!(
        [head, body, signature]
            .iter()
            .all(|segment| segment.ends_with('='))
    );
    let check = |text: &str| verify_assertion(&Assertion::parse(text)?, &RSA.key).map(|_| ());
    assert_eq!(check(&padded), Ok(()));
    let head = head.trim_end_matches('=');
    assert_eq!(
        check(&format!("{head}.{body}.{signature}")),
        Err(VerifyError::Signature)
    );
    let plain = sign(Segments::Plain, &header, r#"{"iss":"abc"}"#, &key);
    let (input, signature) = plain.rsplit_once('.').expect("three segments");
    let (head, body) = input.split_once('.').expect("three segments");
    assert_eq!(
        check(&format!("{head}==.{body}.{signature}")),
        Err(VerifyError::Signature)
    );
}

#[test]
fn tokens_of_other_issuers_are_read_as_they_are() {
    let key = RSA.signs_with(Algorithm::Rs256);
    let kubernetes = json!({
        "iss": "https://oidc.example/id/1/", "sub": "system:serviceaccount:shop:daemon",
        "aud": ["api://AzureADTokenExchange"], "exp": 1_795_249_171, "iat": 1_795_245_571,
        "nbf": 1_795_245_571, "kubernetes.io": {"namespace": "shop", "pod": {"name": "p"}},
    });
    let header = json!({"alg": "RS256", "kid": "DHFbpoIUqrY8t2zpA2qXfCmr5VO5ZEr4RzHU_-envvQ"});
    let text = sign(Segments::Plain, &header, &kubernetes.to_string(), &key);
    let assertion = Assertion::parse(&text).expect("well-formed");
    assert_eq!(
        (assertion.unverified_typ(), assertion.unverified_alg()),
        (None, "RS256")
    );
    assert_eq!(assertion.unverified_kid(), header["kid"].as_str());
    let verified = verify_assertion(&assertion, &RSA.key).expect("verifies");
    let audience = verified.claims().aud.as_ref().expect("an audience");
    assert_eq!(audience.values, ["api://AzureADTokenExchange"]);
    assert!(audience.is_list);
    assert_eq!(Value::Object(verified.claims().all.clone()), kubernetes);

    let github = json!({
        "iss": "https://token.actions.githubusercontent.com", "jti": "j",
        "sub": "repo:org/app:ref:refs/heads/main", "aud": "api://AzureADTokenExchange",
        "exp": 1_795_249_171, "repository_owner_id": "1", "run_attempt": "1",
    });
    let sha1 = URL_SAFE_NO_PAD.encode([7; 20]);
    let header = json!({"typ": "JWT", "alg": "RS256", "x5t": sha1, "kid": "cc413527-173f"});
    let text = sign(Segments::Plain, &header, &github.to_string(), &key);
    let assertion = Assertion::parse(&text).expect("well-formed");
    assert_eq!(assertion.unverified_key_hints().x5t, Some([7; 20]));
    let claims = verify_assertion(&assertion, &RSA.key)
        .expect("verifies")
        .claims();
    let audience = claims.aud.as_ref().expect("an audience");
    assert_eq!((audience.values.len(), audience.is_list), (1, false));
    assert_eq!(claims.sub.as_deref(), github["sub"].as_str());

    // The key is found by `kid`; what the issuer calls its certificate is no concern of ours.
    for (name, value) in [("x5t", "cc413527"), ("x5t", ""), ("x5t#S256", &*sha1)] {
        let header = json!({"alg": "RS256", name: value, "kid": "cc413527-173f"});
        let text = sign(Segments::Plain, &header, &github.to_string(), &key);
        let assertion = Assertion::parse(&text).expect("well-formed");
        let hints = assertion.unverified_key_hints();
        assert!(hints.has_unreadable_thumbprint, "{name}: {value:?}");
        assert_eq!((hints.x5t, hints.x5t_s256), (None, None));
        assert!(verify_assertion(&assertion, &RSA.key).is_ok());
    }
}

#[test]
fn elliptic_keys_sign_in_jose_form_only() {
    let pkcs8 = pkcs8(Algorithm::Es256);
    let key = signing_key(Algorithm::Es256, &pkcs8);
    let registered = crate::forge::verifying_key(&key, &Algorithm::ALL);
    let header = json!({"alg": "ES256"});
    let text = sign(Segments::Plain, &header, "{}", &key);
    let check = |text: &str| verify_assertion(&Assertion::parse(text)?, &registered).map(|_| ());
    assert_eq!(check(&text), Ok(()));

    // The same as ASN.1 DER is another form of a good signature, and refused.
    let pair = aws_lc_rs::signature::EcdsaKeyPair::from_pkcs8(
        &aws_lc_rs::signature::ECDSA_P256_SHA256_ASN1_SIGNING,
        &pkcs8,
    )
    .expect("a key");
    let (input, _) = text.rsplit_once('.').expect("three segments");
    let random = aws_lc_rs::rand::SystemRandom::new();
    let signature = pair.sign(&random, input.as_bytes()).expect("signs");
    let text = format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref()));
    assert_eq!(check(&text), Err(VerifyError::Signature));
}
