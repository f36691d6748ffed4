//! Claims challenges: a resource's 401 that asks for a token with other claims. Pure.

use base64::Engine;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use http::header::{HeaderMap, WWW_AUTHENTICATE};

use crate::request::{CLAIMS_LENGTH_MAX, claims_object};

/// The claims that a resource asks for in `WWW-Authenticate: Bearer error="insufficient_claims",
/// claims="..."`, as JSON for [`TokenRequest::claims`](crate::TokenRequest::claims).
///
/// `None` if the headers hold no such challenge, or one that cannot be read.
///
/// ```
/// use http::HeaderMap;
///
/// let mut headers = HeaderMap::new();
/// let challenge = r#"Bearer realm="", error="insufficient_claims", claims="e30=""#;
/// headers.insert("www-authenticate", challenge.parse()?);
/// assert_eq!(countersign_client::claims_challenge(&headers).as_deref(), Some("{}"));
/// # Ok::<(), http::header::InvalidHeaderValue>(())
/// ```
pub fn claims_challenge(headers: &HeaderMap) -> Option<String> {
    let values = headers.get_all(WWW_AUTHENTICATE).iter();
    values
        .filter_map(|value| value.to_str().ok())
        .flat_map(challenges)
        .filter(|challenge| challenge.scheme.eq_ignore_ascii_case("bearer"))
        .filter(|challenge| challenge.param("error") == Some("insufficient_claims"))
        .find_map(|challenge| decode(challenge.param("claims")?))
}

/// Either alphabet, padded or not: all of them are met.
fn decode(claims: &str) -> Option<String> {
    if claims.len() > CLAIMS_LENGTH_MAX * 4 / 3 + 4 {
        return None;
    }
    let alphabet = if claims.contains(['-', '_']) {
        URL_SAFE
    } else {
        STANDARD
    };
    let config =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let json = GeneralPurpose::new(&alphabet, config).decode(claims).ok()?;
    let json = String::from_utf8(json).ok()?;
    claims_object(&json).is_some().then_some(json)
}

struct Challenge<'a> {
    scheme: &'a str,
    params: Vec<(&'a str, String)>,
}

impl Challenge<'_> {
    fn param(&self, name: &str) -> Option<&str> {
        let mut params = self.params.iter();
        params
            .find(|(own, _)| own.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

/// Takes apart a list of challenges (RFC 9110 §11.6.1). Both challenges and their parameters are
/// separated by commas, so a name without `=` starts the next challenge.
fn challenges(mut rest: &str) -> Vec<Challenge<'_>> {
    let mut challenges: Vec<Challenge<'_>> = Vec::new();
    loop {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        let name;
        (name, rest) = split_at_end_of(rest, is_token);
        if name.is_empty() {
            return challenges;
        }
        let after = rest.trim_start_matches([' ', '\t']);
        match (after.strip_prefix('='), challenges.last_mut()) {
            (Some(after), Some(challenge)) => {
                let (value, end) = value(after.trim_start_matches([' ', '\t']));
                challenge.params.push((name, value));
                rest = end;
            }
            _ => challenges.push(Challenge {
                scheme: name,
                params: Vec::new(),
            }),
        }
    }
}

/// A quoted string or a token, and what follows. The `=` at the end of a credential in base64 counts
/// as its value.
fn value(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let (value, rest) = split_at_end_of(text, |c| is_token(c) || c == '=');
        return (value.to_owned(), rest);
    };
    let mut value = String::new();
    let mut characters = quoted.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return (value, &quoted[at + 1..]),
            '\\' => value.extend(characters.next().map(|(_, escaped)| escaped)),
            _ => value.push(character),
        }
    }
    (value, "")
}

fn split_at_end_of(text: &str, belongs: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(|c| !belongs(c)).unwrap_or(text.len()))
}

/// A character of a token or of token68 (RFC 9110 §5.6.2, §11.2), except `=`.
fn is_token(c: char) -> bool {
    c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~/".contains(c)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn challenge_in(values: &[&str]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(
                WWW_AUTHENTICATE,
                HeaderValue::from_str(value).expect("a header"),
            );
        }
        claims_challenge(&headers)
    }

    const CLAIMS: &str = r#"{"access_token":{"nbf":{"essential":true,"value":"1700000000"}}}"#;
    const ENCODED: &str =
        "eyJhY2Nlc3NfdG9rZW4iOnsibmJmIjp7ImVzc2VudGlhbCI6dHJ1ZSwidmFsdWUiOiIxNzAwMDAwMDAwIn19fQ==";

    #[test]
    fn the_challenge_of_the_platform_is_read_wherever_it_stands() {
        let whole = format!(
            r#"Bearer realm="", authorization_uri="https://login.example.com/common/oauth2/authorize", error="insufficient_claims", claims="{ENCODED}""#
        );
        let unpadded = whole.replace("==", "");
        let shouted = whole
            .replace("Bearer", "BEARER")
            .replace("claims=", "Claims =  ");
        let second = format!("Basic realm=\"a, Bearer b=\\\"c\", Negotiate YQ==, {whole}");
        let bare = whole.replace(&format!("\"{ENCODED}\""), ENCODED);
        for value in [&whole, &unpadded, &shouted, &second, &bare] {
            assert_eq!(challenge_in(&[value]).as_deref(), Some(CLAIMS), "{value}");
        }
        assert_eq!(challenge_in(&["Basic", &whole]).as_deref(), Some(CLAIMS));
    }

    #[test]
    fn everything_else_is_no_challenge() {
        let bearer = |rest: &str| format!("Bearer error=\"insufficient_claims\", {rest}");
        for value in [
            String::new(),
            "Bearer".to_owned(),
            "Bearer error=\"insufficient_claims\"".to_owned(),
            format!("Bearer error=\"invalid_token\", claims=\"{ENCODED}\""),
            format!("Bearer claims=\"{ENCODED}\""),
            format!("Basic error=\"insufficient_claims\", claims=\"{ENCODED}\""),
            bearer("claims=\"not base64!\""),
            bearer("claims=\"bnVsbA==\""),
            bearer("claims=\"gICA\""),
            bearer("claims=\""),
            bearer("claims=\"a\\"),
            bearer(&format!("claims=\"{}\"", "A".repeat(1_000_000))),
            "=,=,\",,,\\ ==\"".to_owned(),
        ] {
            let shown: String = value.chars().take(80).collect();
            assert_eq!(challenge_in(&[&value]), None, "{shown}");
        }
    }
}
