//! The header of an encrypted token.

use serde::Deserialize;

use super::{ContentEncryption, OpenError};
use crate::SignError;
use crate::header::{member_names_of_header, refuse_unnested};

const ALG: &str = "RSA-OAEP-256";

pub(super) struct Header;

#[derive(Deserialize)]
struct Members {
    alg: String,
    enc: String,
    #[serde(default, deserialize_with = "crate::claims::present")]
    cty: Option<String>,
}

impl Header {
    /// Reads how the content is encrypted, after every rule that holds for all headers.
    pub(super) fn read(json: &[u8]) -> Result<ContentEncryption, OpenError> {
        let names = member_names_of_header(json).map_err(OpenError::Malformed)?;
        for name in &names {
            refuse_extension(name).map_err(OpenError::Malformed)?;
        }
        let members: Members = serde_json::from_slice(json).map_err(|_| {
            OpenError::Malformed("a header member is missing or has the wrong type")
        })?;
        refuse_unnested(members.cty.as_deref()).map_err(OpenError::Malformed)?;
        ContentEncryption::ALL
            .into_iter()
            .find(|encryption| members.alg == ALG && encryption.name() == members.enc)
            .ok_or(OpenError::AlgorithmNotAllowed)
    }

    pub(super) fn write(encryption: ContentEncryption, kid: &str) -> Result<Vec<u8>, SignError> {
        #[derive(serde::Serialize)]
        struct Written<'a> {
            alg: &'a str,
            enc: &'a str,
            kid: &'a str,
            typ: &'a str,
            cty: &'a str,
        }
        Ok(serde_json::to_vec(&Written {
            alg: ALG,
            enc: encryption.name(),
            kid,
            typ: "JWT",
            cty: "JWT",
        })?)
    }
}

/// Compression makes a small text large and tells lengths; `p2c` lets the sender choose how long we
/// compute (RFC 8725bis). The rest changes what the header means.
fn refuse_extension(name: &str) -> Result<(), &'static str> {
    match name {
        "crit" => Err("critical extensions are not taken"),
        "b64" => Err("`b64` must not be used in a token"),
        "zip" => Err("compressed tokens are not taken"),
        "p2c" | "p2s" => Err("passwords are no keys here"),
        _ => Ok(()),
    }
}
