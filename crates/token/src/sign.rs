//! Making compact tokens. This is the hot path of the issuer: all but the signature has to stay
//! under a microsecond or so.

use std::sync::Arc;

use serde::Serialize;

use crate::{Algorithm, SignError, SigningKey, base64url};

/// Claims of an access token with a few roles fit without growing the buffer.
const CLAIMS_LENGTH_GUESS: usize = 1024;

/// What the header says beside `typ` and `alg`.
#[derive(Clone, Copy, Debug)]
pub struct HeaderFields<'a> {
    /// The key id.
    pub kid: &'a str,
    /// The certificate thumbprint; in a v1.0 token equal to `kid`, in a v2.0 token absent.
    pub x5t: Option<&'a str>,
}

/// A key together with one ready-made header.
///
/// A v1.0 and a v2.0 token differ in the header, so an issuer keeps two of these around one key.
#[derive(Clone, Debug)]
pub struct Signer {
    header_base64url: Box<str>,
    key: Arc<SigningKey>,
}

impl Signer {
    /// Prepares the header `{"typ":"JWT","alg":..,"x5t":..,"kid":..}` once for all tokens.
    pub fn new(key: Arc<SigningKey>, fields: HeaderFields<'_>) -> Self {
        Self::of_type("JWT", key, fields)
    }

    /// The same for texts that are no access tokens: validators of those refuse another type.
    pub fn of_type(typ: &'static str, key: Arc<SigningKey>, fields: HeaderFields<'_>) -> Self {
        let header = Header {
            typ,
            alg: key.algorithm(),
            x5t: fields.x5t,
            kid: fields.kid,
        };
        let json = serde_json::to_vec(&header).expect("strings always serialise");
        Self {
            header_base64url: base64url::encode(&json).into(),
            key,
        }
    }

    /// The key this signer signs with.
    pub fn key(&self) -> &SigningKey {
        &self.key
    }

    /// Serialises, encodes and signs `claims`: `header.payload.signature`.
    ///
    /// # Errors
    /// [`SignError::Claims`] when `claims` do not serialise, [`SignError::Library`] when signing
    /// fails.
    pub fn sign_claims<C: Serialize>(&self, claims: &C) -> Result<String, SignError> {
        let mut payload = Vec::with_capacity(CLAIMS_LENGTH_GUESS);
        serde_json::to_writer(&mut payload, claims)?;

        let mut token = Vec::with_capacity(self.token_length_guess(payload.len()));
        token.extend_from_slice(self.header_base64url.as_bytes());
        token.push(b'.');
        base64url::encode_onto(&payload, &mut token);
        let signature = self.key.sign(&token)?;
        token.push(b'.');
        base64url::encode_onto(&signature, &mut token);
        Ok(String::from_utf8(token).expect("base64url is ASCII"))
    }

    fn token_length_guess(&self, payload_length: usize) -> usize {
        const SIGNATURE_LENGTH_GUESS: usize = 256;
        self.header_base64url.len()
            + base64url::encoded_length(payload_length)
            + base64url::encoded_length(SIGNATURE_LENGTH_GUESS)
            + 2
    }
}

/// Member order as the original service writes it.
#[derive(Serialize)]
struct Header<'a> {
    typ: &'static str,
    alg: Algorithm,
    #[serde(skip_serializing_if = "Option::is_none")]
    x5t: Option<&'a str>,
    kid: &'a str,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header_of(fields: HeaderFields<'_>) -> String {
        let pkcs8 = SigningKey::generate_pkcs8(Algorithm::EdDsa).expect("generates");
        let key = SigningKey::from_pkcs8(Algorithm::EdDsa, &pkcs8).expect("parses");
        let token = Signer::new(Arc::new(key), fields)
            .sign_claims(&())
            .expect("signs");
        let header = token.split('.').next().expect("has a header");
        String::from_utf8(base64url::decode(header).expect("base64url")).expect("text")
    }

    #[test]
    fn the_two_header_forms_have_the_order_of_the_wire() {
        assert_eq!(
            header_of(HeaderFields {
                kid: "k",
                x5t: Some("k")
            }),
            r#"{"typ":"JWT","alg":"EdDSA","x5t":"k","kid":"k"}"#
        );
        assert_eq!(
            header_of(HeaderFields {
                kid: "k",
                x5t: None
            }),
            r#"{"typ":"JWT","alg":"EdDSA","kid":"k"}"#
        );
    }
}
