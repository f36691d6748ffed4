//! The bearer token of a request: from the `Authorization` header and from nowhere else. Tokens in
//! a query string or a body end up in logs and histories (RFC 6750 §5.3).

use http::HeaderMap;
use http::header::AUTHORIZATION;

use crate::{InvalidToken, Rejection};

/// The token of a request with exactly one `Authorization: Bearer` header, unchecked.
///
/// # Errors
/// [`Rejection::NoToken`] where no such header has one; [`Rejection::InvalidToken`] where the header
/// is there twice or cannot be read.
pub fn bearer_token(headers: &HeaderMap) -> Result<&str, Rejection> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let value = values.next().ok_or(Rejection::NoToken)?;
    if values.next().is_some() {
        return Err(InvalidToken::AuthorizationRepeated.into());
    }
    let text = value
        .to_str()
        .map_err(|_| InvalidToken::AuthorizationMalformed)?;
    let (scheme, token) = text.split_once(' ').unwrap_or((text, ""));
    if !scheme.eq_ignore_ascii_case("Bearer") {
        return Err(Rejection::NoToken);
    }
    let token = token.trim_matches(' ');
    if token.is_empty() {
        return Err(InvalidToken::AuthorizationMalformed.into());
    }
    Ok(token)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn headers(values: &[&[u8]]) -> HeaderMap {
        let value = |bytes: &&[u8]| HeaderValue::from_bytes(bytes).expect("a header value");
        values
            .iter()
            .map(|bytes| (AUTHORIZATION, value(bytes)))
            .collect()
    }

    #[track_caller]
    fn check(values: &[&[u8]], expected: &Result<&str, Rejection>) {
        assert_eq!(&bearer_token(&headers(values)), expected);
    }

    #[test]
    fn the_scheme_is_found_in_any_case() {
        check(&[b"Bearer abc"], &Ok("abc"));
        check(&[b"bearer abc"], &Ok("abc"));
        check(&[b"BEARER   abc"], &Ok("abc"));
    }

    #[test]
    fn other_schemes_are_no_token() {
        check(&[], &Err(Rejection::NoToken));
        check(&[b"Basic YTpi"], &Err(Rejection::NoToken));
        check(&[b"abc"], &Err(Rejection::NoToken));
        check(&[b"Bearerabc"], &Err(Rejection::NoToken));
    }

    #[test]
    fn broken_and_repeated_headers_are_bad_tokens() {
        let malformed = || Err(InvalidToken::AuthorizationMalformed.into());
        check(&[b"Bearer"], &malformed());
        check(&[b"Bearer  "], &malformed());
        check(&[b"Bearer \xff"], &malformed());
        let repeated = || Err(InvalidToken::AuthorizationRepeated.into());
        check(&[b"Bearer abc", b"Bearer abc"], &repeated());
        check(&[b"Basic YTpi", b"Bearer abc"], &repeated());
    }
}
