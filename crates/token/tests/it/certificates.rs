//! Certificates and the keys published from them.

use countersign_token::{
    Algorithm, Certificate, HeaderFields, Jwk, KeyError, Signer, Unverified, VerifyingKey,
    base64url, verify,
};
use rcgen::{CertificateParams, KeyPair};
use serde_json::{Value, json};

use crate::forge::{new_key, pkcs8, signing_key};

pub(crate) fn self_signed(pkcs8: &[u8]) -> Vec<u8> {
    let der = rustls_pki_types::PrivatePkcs8KeyDer::from(pkcs8);
    let pair = KeyPair::from_pkcs8_der_and_sign_algo(&der, &rcgen::PKCS_RSA_SHA256).expect("a key");
    let mut params = CertificateParams::new(vec![]).expect("parameters");
    params.not_before = rcgen::date_time_ymd(2026, 1, 1);
    params.not_after = rcgen::date_time_ymd(2031, 1, 1);
    params
        .distinguished_name
        .push(rcgen::DnType::CommonName, "signing");
    params.self_signed(&pair).expect("signs").der().to_vec()
}

#[test]
fn a_published_key_verifies_what_its_signer_signs() {
    let pkcs8 = pkcs8(Algorithm::Rs256);
    let key = signing_key(Algorithm::Rs256, &pkcs8);
    let certificate = Certificate::from_der(&self_signed(&pkcs8)).expect("parses");
    let key_id = certificate.key_id();
    assert_eq!(key_id.len(), 27);
    assert_eq!(
        base64url::decode(&key_id),
        Ok(certificate.thumbprint_sha1().to_vec())
    );
    assert_eq!(certificate.not_before(), 1_767_225_600);
    assert_eq!(certificate.not_after(), 1_924_992_000);
    assert!(certificate.subject().contains("CN=signing"));

    let jwk = Jwk::from_signing_key(&key, &certificate)
        .expect("they belong together")
        .with_issuer("https://localhost/{tenantid}/v2.0");
    assert_eq!(
        (&jwk.kid, &jwk.x5t),
        (&Some(key_id.clone()), &Some(key_id.clone()))
    );
    let published: Jwk =
        serde_json::from_value(serde_json::to_value(&jwk).expect("serialises")).expect("parses");
    assert_eq!(published, jwk);

    let fields = HeaderFields {
        kid: &key_id,
        x5t: Some(&key_id),
    };
    let token = Signer::new(key, fields)
        .sign_claims(&json!({"sub": "a"}))
        .expect("signs");
    let unverified = Unverified::parse(&token).expect("well-formed");
    let by_jwk = VerifyingKey::from_jwk(&published, &[Algorithm::Rs256]).expect("usable");
    assert!(verify::<Value>(&unverified, &by_jwk).is_ok());
    let by_certificate =
        VerifyingKey::from_certificate(&certificate, &[Algorithm::Rs256]).expect("usable");
    assert!(verify::<Value>(&unverified, &by_certificate).is_ok());
}

#[test]
fn a_certificate_for_another_key_is_not_published() {
    let certificate =
        Certificate::from_der(&self_signed(&pkcs8(Algorithm::Rs256))).expect("parses");
    let error = Jwk::from_signing_key(&new_key(Algorithm::Rs256), &certificate);
    assert_eq!(error, Err(KeyError::CertificateMismatch));
}

/// Replaces every occurrence by bytes of the same length.
fn replaced(der: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let mut der = der.to_vec();
    let mut count = 0;
    for at in 0..der.len() - from.len() {
        if der[at..].starts_with(from) {
            der[at..at + to.len()].copy_from_slice(to);
            count += 1;
        }
    }
    assert!(count > 0, "there is nothing to replace");
    der
}

#[test]
fn the_hash_under_a_signature_is_told_where_it_is_weak() {
    // 1.2.840.113549.1.1: PKCS #1.
    let pkcs1 = |last| [0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, last];
    let rsa = self_signed(&pkcs8(Algorithm::Rs256));
    let hash = |der: &[u8]| {
        Certificate::from_der(der)
            .expect("parses")
            .weak_signature_hash()
    };
    assert_eq!(hash(&rsa), None);
    for (last, expected) in [
        (2, Some("MD2")),
        (3, Some("MD4")),
        (4, Some("MD5")),
        (5, Some("SHA-1")),
        (12, None),
        (13, None),
        (14, None),
    ] {
        assert_eq!(
            hash(&replaced(&rsa, &pkcs1(11), &pkcs1(last))),
            expected,
            "{last}"
        );
    }
    let ecdsa = CertificateParams::default()
        .self_signed(&KeyPair::generate().expect("generates"))
        .expect("signs");
    assert_eq!(hash(ecdsa.der()), None);
}

/// Numbers of another curve may lie on no curve or, worse, on an easy one.
#[test]
fn a_curve_is_known_by_its_name_not_by_its_size() {
    let p256 = new_key(Algorithm::Es256)
        .public_key_spki()
        .expect("encodes");
    let p384 = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384).expect("generates");
    let p384 = rcgen::PublicKeyData::subject_public_key_info(&p384);
    let usable = |spki: &[u8]| VerifyingKey::from_spki(spki, &Algorithm::ALL).is_ok();
    assert!(usable(&p256) && usable(&p384));
    // 1.2.840.10045.3.1.7, prime256v1, and one of 239 bits beside it.
    let x962 = |last| [0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, last];
    assert!(!usable(&replaced(&p256, &x962(7), &x962(6))));
    // 1.3.132.0.34, secp384r1, and secp256k1.
    let certicom = |last| [0x06, 0x05, 0x2b, 0x81, 0x04, 0, last];
    assert!(!usable(&replaced(&p384, &certicom(0x22), &certicom(0x0a))));
}

#[test]
fn bytes_that_are_not_exactly_one_certificate_are_refused() {
    let der = self_signed(&pkcs8(Algorithm::Rs256));
    let with_tail = [der.as_slice(), &[0]].concat();
    for bytes in [
        &[][..],
        &der[..der.len() - 1],
        &with_tail,
        b"-----BEGIN CERTIFICATE-----",
    ] {
        assert_eq!(
            Certificate::from_der(bytes).expect_err("refused"),
            KeyError::Certificate
        );
    }
}
