//! The compact serialisation (RFC 7515 §7.1), taken apart but not yet believed.

use serde::Deserialize;

use crate::header::{Header, first_text};
use crate::{VerifyError, base64url};

/// The longest token that is looked at, in bytes.
pub const TOKEN_LENGTH_MAX: usize = 64 * 1024;

/// A well-formed compact JWS whose signature nobody has checked.
///
/// What can be read from it is called `unverified_*` and serves to choose a key, nothing else.
pub struct Unverified<'a> {
    header: Header,
    pub(crate) signing_input: &'a str,
    pub(crate) payload: Vec<u8>,
    pub(crate) signature: Vec<u8>,
}

impl<'a> Unverified<'a> {
    /// Takes apart `token`: exactly three strict base64url segments, none of them empty, with a
    /// header this crate understands in full.
    ///
    /// JSON serialisations, encrypted and nested tokens are refused.
    ///
    /// # Errors
    /// [`VerifyError::Malformed`] with the rule that was broken.
    pub fn parse(token: &'a str) -> Result<Self, VerifyError> {
        Self::of_segments(token, segments(token))
    }

    /// The same for texts that are no tokens and may be longer, up to `length_max` bytes.
    ///
    /// # Errors
    /// [`VerifyError::Malformed`] with the rule that was broken.
    pub fn parse_up_to(length_max: usize, text: &'a str) -> Result<Self, VerifyError> {
        let segments = match text.len() > length_max {
            true => Err("too long"),
            false => three(text),
        };
        Self::of_segments(text, segments)
    }

    fn of_segments(
        token: &'a str,
        segments: Result<[&'a str; 3], &'static str>,
    ) -> Result<Self, VerifyError> {
        let [header, payload, signature] = segments.map_err(VerifyError::Malformed)?;
        Ok(Self {
            header: Header::parse(&decode(header, "the header is not base64url")?)?,
            signing_input: &token[..header.len() + 1 + payload.len()],
            payload: decode(payload, "the payload is not base64url")?,
            signature: decode(signature, "the signature is not base64url")?,
        })
    }

    /// The header's `alg`, as sent.
    pub fn unverified_alg(&self) -> &str {
        &self.header.alg
    }

    /// The header's `kid`: a hint to look up a key with, attacker's input until then.
    pub fn unverified_kid(&self) -> Option<&str> {
        self.header.kid.as_deref()
    }

    /// The header's `typ`, as sent.
    pub fn unverified_typ(&self) -> Option<&str> {
        self.header.typ.as_deref()
    }

    /// The `iss` claim, to choose which issuer's keys to try.
    ///
    /// # Errors
    /// When the payload is no JSON object or `iss` is present but not a string.
    pub fn unverified_iss(&self) -> Result<Option<String>, VerifyError> {
        Ok(self.issuing()?.iss)
    }

    /// The first `iss` claim, if that is text, without reading what comes after it: for a reader
    /// in a hurry, who reads all claims once the signature has held.
    pub fn unverified_iss_first(&self) -> Option<String> {
        first_text(&self.payload, "iss")
    }

    /// The `tid` claim, to choose which tenant's keys to try.
    ///
    /// # Errors
    /// When the payload is no JSON object or `tid` is present but not a string.
    pub fn unverified_tid(&self) -> Result<Option<String>, VerifyError> {
        Ok(self.issuing()?.tid)
    }

    fn issuing(&self) -> Result<Issuing, VerifyError> {
        serde_json::from_slice(&self.payload)
            .map_err(|_| VerifyError::Malformed("`iss` or `tid` cannot be read"))
    }
}

// The payload may name people and the signature is half a credential: neither is for logs.
impl std::fmt::Debug for Unverified<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Unverified")
            .field("header", &self.header)
            .finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
struct Issuing {
    #[serde(default, deserialize_with = "crate::claims::present")]
    iss: Option<String>,
    #[serde(default, deserialize_with = "crate::claims::present")]
    tid: Option<String>,
}

/// The three segments of a token that is not too long, none of them empty.
pub(crate) fn segments(token: &str) -> Result<[&str; 3], &'static str> {
    if token.len() > TOKEN_LENGTH_MAX {
        return Err("longer than 64 KiB");
    }
    three(token)
}

fn three(token: &str) -> Result<[&str; 3], &'static str> {
    let mut parts = token.splitn(4, '.');
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(header), Some(payload), Some(signature), None)
            if !header.is_empty() && !payload.is_empty() && !signature.is_empty() =>
        {
            Ok([header, payload, signature])
        }
        _ => Err("not three non-empty segments"),
    }
}

fn decode(segment: &str, because: &'static str) -> Result<Vec<u8>, VerifyError> {
    base64url::decode(segment).map_err(|_| VerifyError::Malformed(because))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `{"alg":"RS256","kid":"k"}`
    const HEADER: &str = "eyJhbGciOiJSUzI1NiIsImtpZCI6ImsifQ";
    /// `{"iss":"i","tid":"t"}`
    const PAYLOAD: &str = "eyJpc3MiOiJpIiwidGlkIjoidCJ9";

    #[track_caller]
    fn check_refused(token: &str) {
        let shown: String = token.chars().take(80).collect();
        assert!(
            matches!(Unverified::parse(token), Err(VerifyError::Malformed(_))),
            "{shown}"
        );
    }

    #[test]
    fn a_well_formed_token_shows_its_hints() {
        let token = format!("{HEADER}.{PAYLOAD}.AAAA");
        let unverified = Unverified::parse(&token).expect("well-formed");
        assert_eq!(unverified.unverified_alg(), "RS256");
        assert_eq!(unverified.unverified_kid(), Some("k"));
        assert_eq!(unverified.unverified_typ(), None);
        assert_eq!(unverified.unverified_iss(), Ok(Some("i".into())));
        assert_eq!(unverified.unverified_tid(), Ok(Some("t".into())));
        assert!(!format!("{unverified:?}").contains("AAAA"));
    }

    #[test]
    fn the_first_issuer_is_found_without_the_rest() {
        let first = |payload: &str| {
            let payload = base64url::encode(payload.as_bytes());
            let token = format!("{HEADER}.{payload}.AAAA");
            let unverified = Unverified::parse(&token).expect("well-formed");
            unverified.unverified_iss_first()
        };
        assert_eq!(
            first(r#"{"aud":["a"],"iss":"i","iss":"j"}"#),
            Some("i".into())
        );
        assert_eq!(first(r#"{"iss":"i" and no JSON"#), Some("i".into()));
        for payload in [
            "",
            "x",
            "[]",
            "{}",
            r#"{"iss":1}"#,
            r#"{"iss":null,"iss":"i"}"#,
            r#"{"a":"#,
        ] {
            let payload = format!("{payload} ");
            assert_eq!(first(&payload), None, "{payload}");
        }
    }

    #[test]
    fn anything_but_three_segments_is_refused() {
        check_refused("");
        check_refused(HEADER);
        check_refused(&format!("{HEADER}.{PAYLOAD}"));
        check_refused(&format!("{HEADER}.{PAYLOAD}."));
        check_refused(&format!(".{PAYLOAD}.AAAA"));
        check_refused(&format!("{HEADER}.{PAYLOAD}.AAAA.AAAA.AAAA"));
        check_refused(&".".repeat(1024 * 1024));
        check_refused(r#"{"protected":"e30","payload":"e30","signature":"AAAA"}"#);
    }

    #[test]
    fn every_segment_must_be_canonical_base64url() {
        for (from, to) in [
            ("AAAA", "AAA="),
            ("AAAA", "AA+/"),
            ("AAAA", "AAB"),
            ("AAAA", "AAAA\n"),
        ] {
            check_refused(&format!("{HEADER}.{PAYLOAD}.{}", "AAAA".replace(from, to)));
        }
        check_refused(&format!(" {HEADER}.{PAYLOAD}.AAAA"));
        check_refused(&format!("{HEADER}=.{PAYLOAD}.AAAA"));
        check_refused(&format!("{HEADER}.{PAYLOAD}=.AAAA"));
    }

    #[test]
    fn a_token_over_the_cap_is_not_decoded() {
        let padding = "A".repeat(TOKEN_LENGTH_MAX);
        check_refused(&format!("{HEADER}.{PAYLOAD}.{padding}"));
    }
}
