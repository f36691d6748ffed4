//! `WWW-Authenticate`: what a refused client is told (RFC 6750 §3, RFC 9728 §5.1).

use http::HeaderValue;

use crate::Rejection;

/// The members of the challenge that are the same for every refusal. Empty unless set.
///
/// ```
/// use countersign_validate::{Challenge, Rejection};
///
/// let challenge = Challenge::default().realm("orders");
/// let header = challenge.header(&Rejection::NoToken);
/// assert_eq!(header.expect("a challenge"), r#"Bearer realm="orders""#);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Challenge {
    realm: Option<String>,
    authorization_uri: Option<String>,
    resource_metadata: Option<String>,
    scope: Option<String>,
}

impl Challenge {
    /// Names the protected space; the Microsoft identity platform's own APIs leave it empty.
    #[must_use]
    pub fn realm(mut self, realm: impl Into<String>) -> Self {
        self.realm = Some(realm.into());
        self
    }

    /// Where the platform's clients look for their authority and tenant. See
    /// [`Validator::authorization_uri`](crate::Validator::authorization_uri).
    #[must_use]
    pub fn authorization_uri(mut self, uri: impl Into<String>) -> Self {
        self.authorization_uri = Some(uri.into());
        self
    }

    /// Where the API's [`ResourceMetadata`](crate::ResourceMetadata) is.
    #[must_use]
    pub fn resource_metadata(mut self, url: impl Into<String>) -> Self {
        self.resource_metadata = Some(url.into());
        self
    }

    /// The scope to ask a token for, as `api://orders/.default`.
    #[must_use]
    pub fn scope(mut self, scope: impl Into<String>) -> Self {
        self.scope = Some(scope.into());
        self
    }

    /// The value of `WWW-Authenticate`; `None` where it is not the client's fault.
    ///
    /// It has no `error` where no token was sent, and never a description: what was wrong with a
    /// token is not the business of who sent it.
    pub fn header(&self, rejection: &Rejection) -> Option<HeaderValue> {
        let error = match rejection {
            Rejection::NoToken => None,
            Rejection::InvalidToken(_) => Some("invalid_token"),
            Rejection::InsufficientScope => Some("insufficient_scope"),
            Rejection::InsufficientClaims(_) | Rejection::Withdrawn(_) => {
                Some("insufficient_claims")
            }
            Rejection::KeysUnavailable | Rejection::RevocationsUnavailable => return None,
        };
        let claims = match rejection {
            Rejection::InsufficientClaims(request) | Rejection::Withdrawn(request) => {
                Some(request.to_base64())
            }
            _ => None,
        };
        let members = [
            ("realm", self.realm.as_deref()),
            ("authorization_uri", self.authorization_uri.as_deref()),
            ("resource_metadata", self.resource_metadata.as_deref()),
            ("error", error),
            ("scope", self.scope.as_deref()),
            ("claims", claims.as_deref()),
        ];
        let members: Vec<_> = members
            .into_iter()
            .filter_map(|(name, value)| Some(format!("{name}={}", quoted(value?))))
            .collect();
        let text = format!("Bearer {}", members.join(", "));
        Some(HeaderValue::from_str(text.trim_end()).expect("it is all visible ASCII"))
    }
}

/// A quoted string (RFC 9110 §5.6.4). What cannot be in one is left out, line ends above all.
fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars().filter(|c| matches!(c, ' '..='~')) {
        if matches!(character, '"' | '\\') {
            quoted.push('\\');
        }
        quoted.push(character);
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ClaimsRequest, InvalidToken};

    fn complete() -> Challenge {
        Challenge::default()
            .realm("")
            .authorization_uri("https://h/t/oauth2/v2.0/authorize")
            .resource_metadata("https://api/.well-known/oauth-protected-resource")
            .scope("api://orders/.default")
    }

    #[track_caller]
    fn check(challenge: &Challenge, rejection: &Rejection, expected: &str) {
        assert_eq!(challenge.header(rejection).expect("a challenge"), expected);
    }

    #[test]
    fn members_come_in_the_platforms_order() {
        let shared = concat!(
            r#"Bearer realm="", authorization_uri="https://h/t/oauth2/v2.0/authorize", "#,
            r#"resource_metadata="https://api/.well-known/oauth-protected-resource", "#
        );
        let scope = r#"scope="api://orders/.default""#;
        check(
            &complete(),
            &Rejection::NoToken,
            &format!("{shared}{scope}"),
        );
        let invalid = Rejection::InvalidToken(InvalidToken::Audience);
        let error = |code| format!(r#"{shared}error="{code}", {scope}"#);
        check(&complete(), &invalid, &error("invalid_token"));
        check(
            &complete(),
            &Rejection::InsufficientScope,
            &error("insufficient_scope"),
        );
        let claims = Rejection::InsufficientClaims(ClaimsRequest::issued_from(1_700_000_000));
        let expected = concat!(
            r#"claims="eyJhY2Nlc3NfdG9rZW4iOnsibmJmIjp7ImVzc2VudGlhbCI6dHJ1ZSwidmFsdWUiOiI"#,
            r#"xNzAwMDAwMDAwIn19fQ==""#
        );
        let error = error("insufficient_claims");
        check(&complete(), &claims, &format!("{error}, {expected}"));
        assert_eq!(complete().header(&Rejection::KeysUnavailable), None);
    }

    #[test]
    fn nothing_that_is_set_breaks_out_of_its_quotes() {
        let hostile = Challenge::default().realm("a\"b\\c\r\nSet-Cookie: x\u{e9}");
        check(
            &hostile,
            &Rejection::NoToken,
            r#"Bearer realm="a\"b\\cSet-Cookie: x""#,
        );
    }
}
