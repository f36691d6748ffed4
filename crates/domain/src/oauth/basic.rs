//! `Authorization: Basic`, with both halves form-encoded before base64 (RFC 6749 section 2.3.1).

use base64::prelude::{BASE64_STANDARD, Engine};
use zeroize::Zeroizing;

use super::form;
use crate::secret::Secret;

/// A client id and secret from the header; either may be empty.
#[derive(Debug)]
pub struct BasicCredentials {
    /// The user half.
    pub client_id: String,
    /// The password half.
    pub secret: Secret,
}

/// The header is not Basic authentication. The wording is constant: it never repeats the header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("The Authorization header is not HTTP Basic authentication with form-encoded halves.")]
pub struct InvalidBasic;

impl BasicCredentials {
    /// Reads the value of an `Authorization` header. The scheme's letter case does not count.
    pub fn parse(header: &[u8]) -> Result<Self, InvalidBasic> {
        let (scheme, rest) = header.split_at_checked(6).ok_or(InvalidBasic)?;
        if !scheme.eq_ignore_ascii_case(b"basic ") {
            return Err(InvalidBasic);
        }
        let pair = Zeroizing::new(
            BASE64_STANDARD
                .decode(rest.trim_ascii())
                .map_err(|_| InvalidBasic)?,
        );
        let colon = pair
            .iter()
            .position(|byte| *byte == b':')
            .ok_or(InvalidBasic)?;
        let decode = |half| form::decode(half).map_err(|_| InvalidBasic);
        Ok(Self {
            client_id: decode(&pair[..colon])?.into_owned(),
            secret: Secret::new(decode(&pair[colon + 1..])?.into_owned()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(header: &str) -> Option<(String, String)> {
        let basic = BasicCredentials::parse(header.as_bytes()).ok()?;
        Some((basic.client_id.clone(), basic.secret.expose().to_owned()))
    }

    fn encoded(scheme: &str, pair: &str) -> String {
        format!("{scheme} {}", BASE64_STANDARD.encode(pair))
    }

    #[test]
    fn both_halves_are_form_decoded() {
        let header = encoded("Basic", "id:%3A%25+%2B%2F%3D%C3%BC");
        assert_eq!(parse(&header), Some(("id".into(), ":% +/=ü".into())));
        for scheme in ["basic", "BASIC", "bAsIc"] {
            assert_eq!(
                parse(&encoded(scheme, "a:b:c")),
                Some(("a".into(), "b:c".into()))
            );
        }
        assert_eq!(
            parse(&encoded("Basic", "id:")),
            Some(("id".into(), String::new()))
        );
    }

    #[test]
    fn anything_else_is_refused() {
        for header in [
            "",
            "Basic",
            "Basic ",
            "Basic !!!",
            "Bearer xyz",
            &encoded("Basic", "no colon"),
        ] {
            assert_eq!(parse(header), None, "{header}");
        }
        assert_eq!(parse(&encoded("Basic", "id:%zz")), None);
    }
}
