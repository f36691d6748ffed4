//! The assertion that a client signs with its certificate (RFC 7523, in the shape that the
//! Microsoft identity platform asks for).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use countersign_token::{Certificate, base64url};
use serde::Serialize;

use crate::credential::{AssertionContext, ClientCertificate};
use crate::request::Proof;
use crate::secret::Secret;
use crate::{Error, random};

/// Long enough for clocks that are a little apart.
const LIFE_SECONDS: u64 = 10 * 60;

#[derive(Serialize)]
struct Header {
    alg: &'static str,
    typ: &'static str,
    #[serde(rename = "x5t#S256")]
    x5t_s256: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    x5c: Option<Vec<String>>,
}

#[derive(Serialize)]
struct Claims<'a> {
    aud: &'a str,
    iss: &'a str,
    sub: &'a str,
    jti: String,
    iat: u64,
    nbf: u64,
    exp: u64,
}

/// Signs a new assertion. Each is used once: its `jti` is for one request.
pub(crate) fn sign(
    certificate: &ClientCertificate,
    context: &AssertionContext,
) -> Result<Proof, Error> {
    let key = certificate.key();
    let header = Header {
        alg: key.algorithm().name(),
        typ: "JWT",
        x5t_s256: certificate.thumbprint_sha256(),
        x5c: certificate.sent_chain().map(x5c),
    };
    let claims = Claims {
        aud: &context.audience,
        iss: &context.client_id,
        sub: &context.client_id,
        jti: random::guid()?,
        iat: context.now_unix,
        nbf: context.now_unix,
        exp: context.now_unix.saturating_add(LIFE_SECONDS),
    };
    let mut token = format!("{}.{}", segment(&header)?, segment(&claims)?);
    let signature = key.sign(token.as_bytes()).map_err(|_| failed())?;
    token.push('.');
    token.push_str(&base64url::encode(&signature));
    Ok(Proof::Assertion(Secret::new(token)))
}

/// RFC 7515 §4.1.6: standard base64, with padding.
fn x5c(chain: &[Certificate]) -> Vec<String> {
    chain
        .iter()
        .map(|certificate| STANDARD.encode(certificate.der()))
        .collect()
}

fn segment(part: &impl Serialize) -> Result<String, Error> {
    let json = serde_json::to_vec(part).map_err(|_| failed())?;
    Ok(base64url::encode(&json))
}

fn failed() -> Error {
    Error::credential("the assertion could not be signed", None)
}
