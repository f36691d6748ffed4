//! A pasted token, taken apart. Nothing of it is believed.

use countersign_token::{TOKEN_LENGTH_MAX, base64url};
use serde_json::{Map, Value};

/// A token's parts, as far as they can be read.
pub(super) struct Decoded {
    /// The compact form, without what was pasted around it.
    pub(super) token: String,
    pub(super) header: Map<String, Value>,
    pub(super) claims: Map<String, Value>,
}

/// Which part cannot be read, and why. Never holds any of the text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unreadable {
    #[error("Paste a token.")]
    Empty,
    #[error(
        "This is {0} bytes long. A token has at most 65,536 bytes; access tokens have one to four thousand."
    )]
    TooLong(usize),
    #[error(
        "This token is encrypted: it has five parts, and only the holder of the key can read it."
    )]
    Encrypted,
    #[error(
        "This is not a token: a signed JSON Web Token has three parts with dots between them, and this has {0}."
    )]
    Parts(usize),
    #[error("The {0} is not base64url: the character {1} of it is none of A-Z a-z 0-9 - _")]
    Character(&'static str, usize),
    #[error("The {0} is not base64url: it is cut off, or has padding or stray bits at its end.")]
    Base64(&'static str),
    #[error("The {0} is not JSON: it cannot be read from its character {1} on.")]
    Json(&'static str, usize),
    #[error("The {0} is JSON, and not an object.")]
    NotAnObject(&'static str),
}

impl Decoded {
    /// Takes a token, also one that was copied with the word `Bearer`, quotes, line breaks, or the
    /// whole answer of the token endpoint around it.
    pub(super) fn parse(pasted: &str) -> Result<Self, Unreadable> {
        let token = bare(pasted);
        if token.is_empty() {
            return Err(Unreadable::Empty);
        }
        if token.len() > TOKEN_LENGTH_MAX {
            return Err(Unreadable::TooLong(token.len()));
        }
        let parts: Vec<&str> = token.split('.').collect();
        let [header, claims, signature] = parts[..] else {
            return Err(match parts.len() {
                5 => Unreadable::Encrypted,
                count => Unreadable::Parts(count),
            });
        };
        let (header, claims) = (object("header", header)?, object("payload", claims)?);
        bytes("signature", signature)?;
        Ok(Self {
            header,
            claims,
            token,
        })
    }

    /// A claim that is a text.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.claims.get(name).and_then(Value::as_str)
    }

    /// The header's `alg`.
    pub(super) fn algorithm(&self) -> &str {
        let algorithm = self.header.get("alg").and_then(Value::as_str);
        algorithm.unwrap_or_default()
    }

    /// Whether there is a signature at all.
    pub(super) fn is_signed(&self) -> bool {
        !self.token.ends_with('.')
    }
}

fn bare(pasted: &str) -> String {
    let pasted = pasted.trim();
    if pasted.starts_with('{')
        && let Ok(Value::Object(answer)) = serde_json::from_str(pasted)
        && let Some(Value::String(token)) = answer.get("access_token")
    {
        return token.clone();
    }
    let pasted = pasted.trim_matches(['"', '\'']);
    let header = pasted
        .get(..7)
        .filter(|start| start.eq_ignore_ascii_case("bearer "));
    let pasted = header.map_or(pasted, |header| &pasted[header.len()..]);
    pasted.split_whitespace().collect()
}

fn bytes(part: &'static str, text: &str) -> Result<Vec<u8>, Unreadable> {
    let is_of_alphabet = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let trimmed = text.trim_end_matches('=');
    if let Some(place) = trimmed.chars().position(|c| !is_of_alphabet(c)) {
        return Err(Unreadable::Character(part, place + 1));
    }
    base64url::decode(text).map_err(|_| Unreadable::Base64(part))
}

fn object(part: &'static str, text: &str) -> Result<Map<String, Value>, Unreadable> {
    let bytes = bytes(part, text)?;
    match serde_json::from_slice(&bytes) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err(Unreadable::NotAnObject(part)),
        Err(error) => Err(Unreadable::Json(part, error.column())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `{"alg":"none"}` and `{"a":1}`
    const NONE: &str = "eyJhbGciOiJub25lIn0.eyJhIjoxfQ.";

    #[track_caller]
    fn check_refused(pasted: &str, because: Unreadable) {
        assert_eq!(Decoded::parse(pasted).err(), Some(because));
    }

    #[test]
    fn what_surrounds_a_token_is_left_out() {
        let answer = format!(r#"{{"token_type":"Bearer","access_token":"{NONE}"}}"#);
        let broken = NONE.replace('.', ".\n  ");
        let bearer = format!("bearer {NONE}");
        for pasted in [NONE, &answer, &broken, &bearer, &format!("\"{NONE}\"")] {
            let decoded =
                Decoded::parse(pasted).unwrap_or_else(|error| panic!("{error}: {pasted}"));
            assert_eq!(decoded.algorithm(), "none");
            assert!(!decoded.is_signed());
        }
    }

    #[test]
    fn each_refusal_names_the_part() {
        check_refused(" \n", Unreadable::Empty);
        check_refused("hello", Unreadable::Parts(1));
        check_refused("a.b.c.d.e", Unreadable::Encrypted);
        check_refused("a+.b.c", Unreadable::Character("header", 2));
        check_refused(
            "eyJhbGciOiJub25lIn0.é.",
            Unreadable::Character("payload", 1),
        );
        check_refused("eyJhbGciOiJub25lIn0=.e30.", Unreadable::Base64("header"));
        check_refused(
            "eyJhbGciOiJub25lIn0.MQ.",
            Unreadable::NotAnObject("payload"),
        );
        check_refused("eyJhbGciOiJub25lIn0.eyI.", Unreadable::Json("payload", 2));
        check_refused(&"a".repeat(200_000), Unreadable::TooLong(200_000));
    }
}
