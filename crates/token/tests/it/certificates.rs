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
