use std::sync::{Arc, LazyLock};

use countersign_token::{SigningKey, base64url};
use serde_json::{Value, json};
use uuid::Uuid;

use super::*;
use crate::directory_file::read_certificate;
use crate::ids::KeyId;
use crate::oauth::grant::tests::{application, instance, tenant};
use crate::oauth::leaf::tests::Kept;

/// 2026-11-21T09:00:00Z.
const NOW: i64 = 1_795_251_600;
const BASE_URL: &str = "https://login.example";
const CLIENT: &str = "00000000-0000-0000-0000-00000000000a";

const STRICT: AssertionPolicy = AssertionPolicy {
    profile: AssertionProfile::Strict,
    single_use: true,
    lifetime_seconds_max: 600,
};

/// A key of P-256 and its certificate, valid in 2026.
struct Signer {
    key: SigningKey,
    certificate: Arc<RegisteredCertificate>,
}

static ONE: LazyLock<Signer> = LazyLock::new(Signer::new);
static TWO: LazyLock<Signer> = LazyLock::new(Signer::new);

impl Signer {
    fn new() -> Self {
        let pkcs8 = SigningKey::generate_pkcs8(Algorithm::Es256).expect("generates");
        let pair = rcgen::KeyPair::try_from(pkcs8.as_slice()).expect("a key");
        let mut params = rcgen::CertificateParams::default();
        params.not_before = rcgen::date_time_ymd(2026, 1, 1);
        params.not_after = rcgen::date_time_ymd(2027, 1, 1);
        let certificate = params.self_signed(&pair).expect("signs");
        let certificate = RegisteredCertificate::from_der(certificate.der()).expect("a good one");
        Self {
            key: SigningKey::from_pkcs8(Algorithm::Es256, &pkcs8).expect("a key"),
            certificate: Arc::new(certificate),
        }
    }

    /// Registered under an id, by the certificate's own dates.
    fn registered(&self, id: u128) -> KeyCredential {
        let (start_at, end_at) = self.certificate.validity();
        KeyCredential {
            key_id: KeyId::new(Uuid::from_u128(id)),
            application_id: application(1, 10).id,
            service_principal_id: None,
            display_name: None,
            certificate: Arc::clone(&self.certificate),
            trust: KeyTrust::Certificate,
            start_at,
            end_at,
        }
    }

    fn header(&self) -> Value {
        let thumbprint = self.certificate.certificate().thumbprint_sha256_base64url();
        json!({"alg": "ES256", "x5t#S256": thumbprint})
    }

    fn sign(&self, header: &Value, claims: &Value) -> String {
        let segment = |part: &Value| base64url::encode(part.to_string().as_bytes());
        let input = format!("{}.{}", segment(header), segment(claims));
        let signature = self.key.sign(input.as_bytes()).expect("signs");
        format!("{input}.{}", base64url::encode(&signature))
    }
}

fn claims() -> Value {
    json!({
        "iss": CLIENT,
        "sub": CLIENT,
        "aud": format!("{BASE_URL}/{}/v2.0", tenant(1).id),
        "exp": NOW + 300,
        "jti": "one",
    })
}

/// The good claims, but for one; `null` leaves it out.
fn claims_with(name: &str, value: Value) -> Value {
    let mut claims = claims();
    let all = claims.as_object_mut().expect("an object");
    match value {
        Value::Null => all.remove(name),
        value => all.insert(name.to_owned(), value),
    };
    claims
}

struct Accepted {
    key_id: u128,
    expires_at: Timestamp,
    until: Option<Timestamp>,
}

fn check_of(
    text: &str,
    app_id: &str,
    keys: &[KeyCredential],
    policy: AssertionPolicy,
) -> Result<Accepted, OauthError> {
    let tenant = tenant(1);
    let mut client = instance(&tenant, application(1, 10));
    client.keys = keys.to_vec();
    let assertion = Assertion::parse(text).expect("well-formed");
    let proof = check(
        &assertion,
        &client,
        &Expected {
            base_url: BASE_URL,
            tenant: &tenant,
            segment: "contoso.example",
            client_id: app_id.parse().expect("a GUID"),
            policy,
            now: Timestamp::from_unix_seconds(NOW),
            known_leaves: &Kept::default(),
        },
    )?;
    Ok(Accepted {
        key_id: proof.credential.key_id.uuid().as_u128(),
        expires_at: proof.expires_at,
        until: proof.single_use.map(|single_use| single_use.until),
    })
}

/// What an assertion of the client meets: the id of the credential, or the number of the refusal.
fn outcome(text: &str, keys: &[KeyCredential], policy: AssertionPolicy) -> Result<u128, u32> {
    check_of(text, CLIENT, keys, policy)
        .map(|accepted| accepted.key_id)
        .map_err(|error| error.kind.number)
}

/// The reason within the refusal of a signature.
#[track_caller]
fn reason(text: &str, keys: &[KeyCredential]) -> String {
    match check_of(text, CLIENT, keys, AssertionPolicy::default()) {
        Err(error) => {
            assert_eq!(error.kind.number, 700_027);
            error.message.to_string()
        }
        Ok(_) => panic!("accepted"),
    }
}

/// Seconds from now, to the microsecond.
fn from_now(seconds: i64, micros: i64) -> Value {
    let at = NOW * 1_000_000 + seconds * 1_000_000 + micros;
    // As text: a number would be rounded on its way through binary.
    json!(format!("{}.{:06}", at / 1_000_000, at % 1_000_000))
}

/// AST-20, AST-21, AST-22, AST-24, AST-38: to the microsecond.
#[test]
fn times_have_edges() {
    let compatible = AssertionPolicy::default();
    let short = AssertionPolicy {
        lifetime_seconds_max: 60,
        ..compatible
    };
    for (policy, claim, seconds, beyond) in [
        (compatible, "exp", -300, -1),
        (compatible, "nbf", 300, 1),
        (compatible, "iat", 300, 1),
        (compatible, "exp", 86_400 + 300, 1),
        (short, "exp", 60 + 300, 1),
        (STRICT, "exp", -60, -1),
        (STRICT, "nbf", 60, 1),
        (STRICT, "iat", 60, 1),
        (STRICT, "exp", 600 + 60, 1),
    ] {
        let check = |micros| {
            let claims = claims_with(claim, from_now(seconds, micros));
            outcome(
                &ONE.sign(&ONE.header(), &claims),
                &[ONE.registered(1)],
                policy,
            )
        };
        let what = format!("{claim} {seconds} {policy:?}");
        assert_eq!(check(0), Ok(1), "{what}");
        assert_eq!(check(-beyond), Ok(1), "{what}, less");
        assert_eq!(check(beyond), Err(700_024), "{what}, more");
    }
    for claim in ["exp", "iss", "sub", "aud"] {
        let text = ONE.sign(&ONE.header(), &claims_with(claim, Value::Null));
        assert_eq!(
            outcome(&text, &[ONE.registered(1)], compatible),
            Err(90_014),
            "{claim}"
        );
    }
}

#[test]
fn an_assertion_is_remembered_for_as_long_as_it_is_good() {
    let compatible = AssertionPolicy {
        single_use: true,
        ..AssertionPolicy::default()
    };
    let check = |policy| {
        let text = ONE.sign(&ONE.header(), &claims());
        check_of(&text, CLIENT, &[ONE.registered(1)], policy).expect("accepted")
    };
    let end = Timestamp::from_unix_seconds(NOW + 300);
    for (policy, until) in [
        (AssertionPolicy::default(), None),
        (compatible, Some(end.plus_seconds(300))),
        (STRICT, Some(end.plus_seconds(60))),
    ] {
        let accepted = check(policy);
        assert_eq!((accepted.expires_at, accepted.until), (end, until));
    }
}

/// AST-26. That a number is none is for the claims to say.
#[test]
fn single_use_needs_a_name() {
    let policy = AssertionPolicy {
        single_use: true,
        ..AssertionPolicy::default()
    };
    for (jti, expected) in [
        (json!("x".repeat(256)), Ok(1)),
        (json!("x".repeat(257)), Err(70_002)),
        (json!("x".repeat(10_240)), Err(70_002)),
        (json!(""), Err(70_002)),
        (Value::Null, Err(70_002)),
    ] {
        let text = ONE.sign(&ONE.header(), &claims_with("jti", jti));
        assert_eq!(outcome(&text, &[ONE.registered(1)], policy), expected);
        let unasked = outcome(&text, &[ONE.registered(1)], AssertionPolicy::default());
        assert_eq!(unasked, Ok(1), "without the policy it says nothing");
    }
}

/// AST-29: dates of the credential, while the certificate's own are good.
#[test]
fn a_key_that_is_not_current_is_named_with_its_dates() {
    let text = ONE.sign(&ONE.header(), &claims());
    let dated = |start, end| KeyCredential {
        start_at: Timestamp::from_unix_seconds(NOW + start),
        end_at: Timestamp::from_unix_seconds(NOW + end),
        ..ONE.registered(1)
    };
    let day = 86_400;
    for (start, end, dates) in [
        (
            -day,
            0,
            "Start=11/20/2026 09:00:00, End=11/21/2026 09:00:00",
        ),
        (
            -2 * day,
            -day,
            "Start=11/19/2026 09:00:00, End=11/20/2026 09:00:00",
        ),
        (1, day, "Start=11/21/2026 09:00:01, End=11/22/2026 09:00:00"),
        // The certificate's dates narrow what is shown, as they narrow what is good.
        (
            -365 * day,
            -day,
            "Start=01/01/2026 00:00:00, End=11/20/2026 09:00:00",
        ),
        (
            day,
            365 * day,
            "Start=11/22/2026 09:00:00, End=01/01/2027 00:00:00",
        ),
    ] {
        let thumbprint = hex(&ONE.certificate.certificate().thumbprint_sha1());
        assert_eq!(
            reason(&text, &[dated(start, end)]),
            format!(
                "Client assertion contains an invalid signature. [Reason - The key used is \
                 expired., Found key '{dates}', Thumbprint of key used by client: '{thumbprint}']"
            )
        );
    }
    let current = [dated(0, 1)];
    assert_eq!(outcome(&text, &current, AssertionPolicy::default()), Ok(1));
    // What the dates are is said only to who holds the key.
    let forged = TWO.sign(&ONE.header(), &claims());
    let said = reason(&forged, &[dated(-day, 0)]);
    assert!(
        said.contains("did not match the expected signature"),
        "{said}"
    );
}

#[test]
fn a_certificate_that_is_registered_twice_is_good_while_one_entry_is() {
    let text = ONE.sign(&ONE.header(), &claims());
    let entry = |id, start, end| KeyCredential {
        start_at: Timestamp::from_unix_seconds(NOW + start),
        end_at: Timestamp::from_unix_seconds(NOW + end),
        ..ONE.registered(id)
    };
    let (ended, current, ahead) = (entry(1, -9, 0), entry(2, 0, 9), entry(3, 1, 9));
    let check = |keys: &[&KeyCredential]| {
        let keys: Vec<_> = keys.iter().copied().cloned().collect();
        outcome(&text, &keys, AssertionPolicy::default())
    };
    assert_eq!(check(&[&ended, &current]), Ok(2));
    assert_eq!(check(&[&ahead, &current, &ended]), Ok(2));
    assert_eq!(check(&[&current, &ended]), Ok(2));
    assert_eq!(check(&[&ended, &ahead]), Err(700_027));
    let said = reason(&text, &[ended, ahead]);
    assert!(
        said.contains("End=11/21/2026 09:00:00"),
        "the first: {said}"
    );
}

/// AST-29: both are registered, and of one type.
#[test]
fn the_certificate_that_is_named_must_have_signed() {
    let keys = [ONE.registered(1), TWO.registered(2)];
    let default = AssertionPolicy::default();
    assert_eq!(
        outcome(&ONE.sign(&ONE.header(), &claims()), &keys, default),
        Ok(1)
    );
    assert_eq!(
        outcome(&TWO.sign(&TWO.header(), &claims()), &keys, default),
        Ok(2)
    );
    for (named, signer) in [(&*ONE, &*TWO), (&*TWO, &*ONE)] {
        let said = reason(&signer.sign(&named.header(), &claims()), &keys);
        let thumbprint = hex(&named.certificate.certificate().thumbprint_sha1());
        assert!(
            said.contains("did not match the expected signature"),
            "{said}"
        );
        assert!(said.contains(&thumbprint), "{said}");
    }
}

#[test]
fn hints_name_one_certificate_or_none() {
    let keys = [ONE.registered(1), TWO.registered(2)];
    let certificate = |signer: &'static Signer| signer.certificate.certificate();
    let sha1 = |signer| json!(certificate(signer).key_id());
    let sha256 = |signer| json!(certificate(signer).thumbprint_sha256_base64url());
    let hexadecimal = json!(hex(&certificate(&ONE).thumbprint_sha1()));
    let id = json!(Uuid::from_u128(1));
    for (header, expected) in [
        (json!({"x5t": sha1(&ONE)}), Ok(1)),
        (json!({"x5t": sha1(&ONE), "x5t#S256": sha256(&ONE)}), Ok(1)),
        (
            json!({"x5t": sha1(&ONE), "x5t#S256": sha256(&TWO)}),
            Err(700_027),
        ),
        (json!({"x5t": sha1(&ONE), "kid": "another"}), Ok(1)),
        (json!({"kid": hexadecimal}), Ok(1)),
        (json!({"kid": id}), Ok(1)),
        (json!({"kid": Uuid::from_u128(3)}), Err(700_027)),
        (json!({"kid": "one"}), Err(700_027)),
        (json!({}), Err(5_002_723)),
        // A thumbprint that is none is refused, whatever else names the certificate.
        (json!({"x5t": "one", "kid": id}), Err(50_027)),
        (json!({"x5t": "", "x5t#S256": sha256(&ONE)}), Err(50_027)),
        (
            json!({"x5t": sha1(&ONE), "x5t#S256": sha1(&ONE)}),
            Err(50_027),
        ),
    ] {
        let mut whole = json!({"alg": "ES256"});
        let members = header.as_object().expect("an object").clone();
        whole.as_object_mut().expect("an object").extend(members);
        let text = ONE.sign(&whole, &claims());
        assert_eq!(
            outcome(&text, &keys, AssertionPolicy::default()),
            expected,
            "{header}"
        );
    }
}

/// AST-10, AST-14, AST-38.
#[test]
fn algorithms_are_the_profiles_and_the_keys() {
    let keys = [ONE.registered(1)];
    let check = |alg: &str, policy| {
        let mut header = ONE.header();
        header["alg"] = json!(alg);
        outcome(&ONE.sign(&header, &claims()), &keys, policy)
    };
    for policy in [AssertionPolicy::default(), STRICT] {
        assert_eq!(check("ES256", policy), Ok(1));
        for alg in [
            "",
            "none",
            "None",
            "nOnE",
            "HS256",
            "RS1",
            "EdDSA",
            "es256",
            "ES256,ES384",
        ] {
            assert_eq!(check(alg, policy), Err(5_002_738), "{alg:?}");
        }
    }
    // Taken in general, but not with this key.
    for alg in [
        "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES384",
    ] {
        assert_eq!(
            check(alg, AssertionPolicy::default()),
            Err(700_027),
            "{alg}"
        );
        let strict = if alg == "PS256" { 700_027 } else { 5_002_738 };
        assert_eq!(check(alg, STRICT), Err(strict), "{alg}");
    }
    let mut header = ONE.header();
    header["alg"] = json!("HS256");
    let refusal = check_of(&ONE.sign(&header, &claims()), CLIENT, &keys, STRICT);
    let message = refusal.map(drop).expect_err("refused").message;
    assert!(message.contains("are: 'PS256,ES256'"), "{message}");
}

/// AST-13. Both files have the same header, claims and key; openssl made them, the key is gone.
#[test]
fn rs256_is_not_sha1() {
    let certificate = read_certificate(include_bytes!("fixtures/client.pem")).expect("a good one");
    let keys = [KeyCredential {
        certificate: Arc::new(certificate),
        ..ONE.registered(1)
    }];
    let app_id = "00000000-0000-0000-0000-000000000002";
    let check = |text: &str| {
        check_of(text.trim_end(), app_id, &keys, AssertionPolicy::default())
            .map(drop)
            .map_err(|error| error.kind.number)
    };
    assert_eq!(check(include_str!("fixtures/rs256-sha256.jwt")), Ok(()));
    assert_eq!(check(include_str!("fixtures/rs256-sha1.jwt")), Err(700_027));
}

/// AST-18.
#[test]
fn issuer_and_subject_are_the_client() {
    let object_id = application(1, 10).id.to_string();
    let other = Uuid::from_u128(11).to_string();
    let upper = CLIENT.to_uppercase();
    assert_ne!(upper, CLIENT);
    for (iss, sub, expected) in [
        (CLIENT, CLIENT, Ok(1)),
        // A GUID is the same in either case, here as in every other place.
        (&upper, CLIENT, Ok(1)),
        (CLIENT, &upper, Ok(1)),
        (&upper, &upper, Ok(1)),
        (CLIENT, &other, Err(50_048)),
        (&other, CLIENT, Err(700_021)),
        (&other, &other, Err(700_021)),
        (&object_id, &object_id, Err(700_021)),
        (CLIENT, &object_id, Err(50_048)),
        (CLIENT, "", Err(50_048)),
        ("", CLIENT, Err(700_021)),
    ] {
        let mut claims = claims();
        claims["iss"] = json!(iss);
        claims["sub"] = json!(sub);
        let text = ONE.sign(&ONE.header(), &claims);
        let found = outcome(&text, &[ONE.registered(1)], AssertionPolicy::default());
        assert_eq!(found, expected, "{iss} {sub}");
    }
}

#[test]
fn a_certificate_below_an_authority_is_kept_once_it_has_signed() {
    let name = |name: &str, is_ca| {
        let mut params = rcgen::CertificateParams::default();
        let names = &mut params.distinguished_name;
        names.push(rcgen::DnType::CommonName, name);
        params.not_before = rcgen::date_time_ymd(2026, 1, 1);
        params.not_after = rcgen::date_time_ymd(2027, 1, 1);
        if is_ca {
            params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        }
        params
    };
    let root_key = rcgen::KeyPair::generate().expect("a key");
    let root = name("root", true);
    let root_der = root.self_signed(&root_key).expect("signs");
    let pkcs8 = SigningKey::generate_pkcs8(Algorithm::Es256).expect("generates");
    let pair = rcgen::KeyPair::try_from(pkcs8.as_slice()).expect("a key");
    let leaf = name("orders", false)
        .signed_by(&pair, &rcgen::Issuer::from_params(&root, &root_key))
        .expect("signs");
    let signer = Signer {
        key: SigningKey::from_pkcs8(Algorithm::Es256, &pkcs8).expect("a key"),
        certificate: Arc::new(RegisteredCertificate::from_der(leaf.der()).expect("a good one")),
    };
    let authority = Signer {
        key: SigningKey::from_pkcs8(Algorithm::Es256, &pkcs8).expect("a key"),
        certificate: Arc::new(RegisteredCertificate::from_der(root_der.der()).expect("a good one")),
    };
    let mut header = signer.header();
    header["x5c"] = json!([base64::prelude::BASE64_STANDARD.encode(leaf.der())]);
    let good = signer.sign(&header, &claims());
    let forged = ONE.sign(&header, &claims());

    let tenant = tenant(1);
    let mut client = instance(&tenant, application(1, 10));
    let known = Kept::default();
    let mut number = |text: &str, subject: &str| {
        let subject = CertificateSubject::CommonName(subject.to_owned());
        client.keys = vec![KeyCredential {
            trust: KeyTrust::Authority(subject),
            ..authority.registered(1)
        }];
        let assertion = Assertion::parse(text).expect("well-formed");
        let proof = check(
            &assertion,
            &client,
            &Expected {
                base_url: BASE_URL,
                tenant: &tenant,
                segment: "contoso.example",
                client_id: CLIENT.parse().expect("a GUID"),
                policy: AssertionPolicy::default(),
                now: Timestamp::from_unix_seconds(NOW),
                known_leaves: &known,
            },
        );
        proof.map_or_else(|refused| refused.kind.number, |_| 0)
    };
    // A stranger has the certificate too, but not its key.
    assert_eq!(number(&forged, "orders"), 700_027);
    assert_eq!(number(&good, "stock"), 700_030);
    assert_eq!(known.counts(), (0, 0));
    assert_eq!(number(&good, "orders"), 0);
    assert_eq!(number(&good, "orders"), 0);
    assert_eq!(known.counts(), (1, 1));
    // What is known of the certificate decides neither over its subject nor over a signature.
    assert_eq!(number(&good, "stock"), 700_030);
    assert_eq!(number(&forged, "orders"), 700_027);
}
