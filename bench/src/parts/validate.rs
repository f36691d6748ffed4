//! Checking tokens at a resource, against a raw verification of the same signature by the same
//! library; and what a long list of withdrawn tokens adds.
//!
//! All in this process, on one thread, by its processor time.

use std::hint::black_box;
use std::time::Duration;

use anyhow::{Context, Result};
use aws_lc_rs::signature::{KeyPair as _, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RsaKeyPair};
use countersign_token::{
    Algorithm, Certificate, HeaderFields, Jwk, JwkSet, Signer, SigningKey, base64url,
};
use countersign_validate::Validator;
use futures_util::FutureExt;
use rcgen::{CertificateParams, KeyPair};
use serde_json::json;

use super::Bench;
use crate::report::Figure;
use crate::sign::rate;

const PART: &str = "validate";
const AUTHORITY: &str = "https://id.example";
const TENANT: &str = "11111111-2222-4333-8444-555555555555";
const AUDIENCE: &str = "66666666-7777-4888-8999-000000000000";
const CLIENT: &str = "22222222-3333-4444-8555-666666666666";
const NOW: i64 = 1_800_000_000;

pub(super) fn measure(bench: &mut Bench) -> Result<()> {
    let token = Token::new()?;
    let keys = Validator::usable_keys(&token.keys);
    let validator = Validator::builder()
        .authority(AUTHORITY)
        .tenant(TENANT)
        .audience(AUDIENCE)
        .keys(token.keys.clone())
        .build()?;
    let slice = Duration::from_secs_f64(bench.slice_seconds());
    let (mut raws, mut once, mut again) = (vec![], vec![], vec![]);
    for _ in 0..bench.repetitions() {
        let before = rate(slice, || token.verify_raw());
        let checked = rate(slice, || {
            let caller = validator.verify(black_box(&token.text), &keys, NOW);
            black_box(caller.expect("a good token"));
        });
        let remembered = rate(slice, || {
            let caller = validator.validate_at(black_box(&token.text), NOW);
            // No key has to be fetched, so there is nothing to wait for.
            let caller = caller.now_or_never().expect("it is ready");
            black_box(caller.expect("a good token"));
        });
        let after = rate(slice, || token.verify_raw());
        raws.push(f64::midpoint(before.per_cpu_second, after.per_cpu_second));
        once.push(checked.per_cpu_second);
        again.push(remembered.per_cpu_second);
    }
    let share = ratios(&once, &raws);
    let times = ratios(&again, &once);
    let figure = |name, samples, unit| Figure::median(PART, name, samples, unit);
    bench.add(figure("raw verifications with RSA-2048", raws, "/s"));
    bench.add(figure("tokens checked", once, "/s"));
    bench.add(figure("tokens checked / raw", share, "").at_least(0.8));
    bench.add(figure("tokens that were checked before", again, "/s"));
    bench.add(figure("checked before / checked", times, "").at_least(20.0));
    Ok(())
}

fn ratios(values: &[f64], by: &[f64]) -> Vec<f64> {
    let pairs = values.iter().zip(by);
    pairs.map(|(value, by)| value / by).collect()
}

/// A usual v2.0 token, and what it is verified with.
struct Token {
    text: String,
    keys: JwkSet,
    raw: ParsedPublicKey,
    signature: Vec<u8>,
}

impl Token {
    fn new() -> Result<Self> {
        let pkcs8 = SigningKey::generate_pkcs8(Algorithm::Rs256)?;
        let pair = KeyPair::try_from(pkcs8.as_ref() as &[u8])?;
        let certificate = CertificateParams::default().self_signed(&pair)?;
        let certificate = Certificate::from_der(certificate.der())?;
        let key = SigningKey::from_pkcs8(Algorithm::Rs256, &pkcs8)?;
        let jwk = Jwk::from_signing_key(&key, &certificate)?;
        let kid = certificate.key_id();
        let signer = Signer::new(
            key.into(),
            HeaderFields {
                kid: &kid,
                x5t: None,
            },
        );
        let text = signer.sign_claims(&json!({
            "aud": AUDIENCE, "iss": format!("{AUTHORITY}/{TENANT}/v2.0"),
            "iat": NOW - 400, "nbf": NOW - 400, "exp": NOW + 3_500,
            "aio": "A".repeat(32), "azp": CLIENT, "azpacr": "1",
            "oid": CLIENT, "rh": format!("1.{}.", "A".repeat(43)),
            "roles": ["Orders.Read.All", "Orders.ReadWrite.All"],
            "sub": CLIENT, "tid": TENANT, "uti": "A".repeat(22), "ver": "2.0",
        }))?;
        let (_, signature) = text.rsplit_once('.').context("a token")?;
        let public = RsaKeyPair::from_pkcs8(&pkcs8)?
            .public_key()
            .as_ref()
            .to_vec();
        Ok(Self {
            signature: base64url::decode(signature)?,
            raw: ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, public)?,
            keys: JwkSet { keys: vec![jwk] },
            text,
        })
    }

    fn verify_raw(&self) {
        let signed = self.text.rsplit_once('.').map_or("", |(signed, _)| signed);
        self.raw
            .verify_sig(black_box(signed.as_bytes()), &self.signature)
            .expect("its own signature");
    }
}
