//! `$skiptoken`: where a page ended, in a form that nobody can write themselves, and that is good
//! for one caller's one query only.
//!
//! A token is signed, not encrypted: it holds the sort key of an object that the caller was shown.

use std::fmt;

use aws_lc_rs::hmac;
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::error::GraphError;
use super::selection::Cursor;
use crate::clock::Timestamp;
use crate::ids::TenantId;
use crate::secret::Pepper;

/// How long a page can be continued, in seconds.
pub const LIFETIME_SECONDS: i64 = 86_400;

/// Longest token that is looked at, in bytes.
const LENGTH_MAX: usize = 4_096;

/// Bytes of the signature (HMAC-SHA-256).
const TAG_LENGTH: usize = 32;

/// The key of paging tokens, the same on every node.
pub struct PageKey(hmac::Key);

/// For what a token is good: another caller, tenant, collection or query has no use for it.
#[derive(Debug, Clone, Copy)]
pub struct PageScope<'r> {
    /// The tenant of the caller.
    pub tenant_id: TenantId,
    /// The caller's object id.
    pub caller: Uuid,
    /// The path with its version, as it is to stand in links: `/v1.0/applications`.
    pub path: &'r str,
    /// The decoded pairs of the query string, whatever their order.
    pub options: &'r [(&'r str, &'r str)],
}

#[derive(Serialize, Deserialize)]
struct Content {
    cursor: Cursor,
    issued_at: Timestamp,
}

impl PageKey {
    /// The key that belongs to a pepper.
    pub fn derive(pepper: &Pepper) -> Self {
        let bytes = pepper.derived_key(b"page tokens 1");
        Self(hmac::Key::new(hmac::HMAC_SHA256, &bytes[..]))
    }

    /// Makes the token of the page behind the cursor.
    pub fn seal(&self, scope: &PageScope<'_>, cursor: &Cursor, now: Timestamp) -> String {
        let content = Content {
            cursor: cursor.clone(),
            issued_at: now,
        };
        let json = serde_json::to_vec(&content).unwrap_or_default();
        let tag = hmac::sign(&self.0, &signed(scope, &json));
        BASE64_URL_SAFE_NO_PAD.encode([tag.as_ref(), &json].concat())
    }

    /// Reads a token that this key made for the same caller and query within a day.
    pub fn open(
        &self,
        scope: &PageScope<'_>,
        token: &str,
        now: Timestamp,
    ) -> Result<Cursor, GraphError> {
        let content = self.content(scope, token).ok_or_else(foreign)?;
        if now > content.issued_at.plus_seconds(LIFETIME_SECONDS) {
            return Err(GraphError::bad_request(
                "The specified page token value has expired and can no longer be included in your \
                 request. Begin again without $skiptoken.",
            ));
        }
        Ok(content.cursor)
    }

    fn content(&self, scope: &PageScope<'_>, token: &str) -> Option<Content> {
        if token.len() > LENGTH_MAX {
            return None;
        }
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(token).ok()?;
        let (tag, json) = bytes.split_at_checked(TAG_LENGTH)?;
        hmac::verify(&self.0, &signed(scope, json), tag).ok()?;
        serde_json::from_slice(json).ok()
    }
}

impl fmt::Debug for PageKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PageKey(..)")
    }
}

/// `@odata.nextLink`: the same request, with the token.
pub fn next_link(base_url: &str, scope: &PageScope<'_>, token: &str) -> String {
    let mut link = format!("{}{}?", base_url.trim_end_matches('/'), scope.path);
    for (name, value) in scope.options {
        if !is_skip_token(name) {
            link.push_str(&format!("{}={}&", encoded(name), encoded(value)));
        }
    }
    link.push_str("$skiptoken=");
    link.push_str(&encoded(token));
    link
}

/// What the signature covers. Every part has its length before it, so that no part can run into the
/// next one. Clients that take a link apart and put it together again sort its options.
fn signed(scope: &PageScope<'_>, json: &[u8]) -> Vec<u8> {
    let mut options: Vec<(String, &str)> = scope
        .options
        .iter()
        .filter(|(name, _)| !is_skip_token(name))
        .map(|(name, value)| (bare(name), *value))
        .collect();
    options.sort();
    let mut text = Vec::new();
    let mut add = |part: &[u8]| {
        text.extend_from_slice(&part.len().to_be_bytes());
        text.extend_from_slice(part);
    };
    add(scope.tenant_id.uuid().as_bytes());
    add(scope.caller.as_bytes());
    add(scope.path.as_bytes());
    add(json);
    for (name, value) in &options {
        add(name.as_bytes());
        add(value.as_bytes());
    }
    text
}

fn is_skip_token(name: &str) -> bool {
    bare(name) == "skiptoken"
}

fn bare(name: &str) -> String {
    let lower = name.to_ascii_lowercase();
    lower.strip_prefix('$').unwrap_or(&lower).to_owned()
}

/// Percent-encodes all but unreserved characters and `$` (RFC 3986 2.3, 3.4).
fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'$' => {
                encoded.push(char::from(byte));
            }
            byte => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

fn foreign() -> GraphError {
    GraphError::bad_request(
        "The value of $skiptoken was not given to this caller for this request. Follow \
         @odata.nextLink as it is, or begin again without $skiptoken.",
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::oauth::form;

    const NOW: Timestamp = Timestamp::from_unix_seconds(1_800_000_000);
    const OPTIONS: &[(&str, &str)] = &[("$filter", "startsWith(displayName,'a&b')"), ("$top", "5")];

    fn key() -> PageKey {
        PageKey::derive(&Pepper::new(&[7; Pepper::LENGTH]))
    }

    fn scope() -> PageScope<'static> {
        PageScope {
            tenant_id: TenantId::new(Uuid::from_u128(1)),
            caller: Uuid::from_u128(2),
            path: "/v1.0/applications",
            options: OPTIONS,
        }
    }

    fn cursor() -> Cursor {
        Cursor {
            value: Some("Orders é".to_owned()),
            id: "x".to_owned(),
        }
    }

    fn token() -> String {
        key().seal(&scope(), &cursor(), NOW)
    }

    #[test]
    fn a_token_opens_for_whom_it_was_made() {
        assert_eq!(key().open(&scope(), &token(), NOW), Ok(cursor()));
        let reordered = [
            ("top", "5"),
            ("$skiptoken", "x"),
            ("$filter", "startsWith(displayName,'a&b')"),
        ];
        let again = PageScope {
            options: &reordered,
            ..scope()
        };
        assert_eq!(key().open(&again, &token(), NOW), Ok(cursor()));
    }

    #[test]
    fn a_token_opens_for_nobody_and_nothing_else() {
        let others = [
            PageScope {
                tenant_id: TenantId::new(Uuid::from_u128(3)),
                ..scope()
            },
            PageScope {
                caller: Uuid::from_u128(3),
                ..scope()
            },
            PageScope {
                path: "/v1.0/users",
                ..scope()
            },
            PageScope {
                options: &OPTIONS[..1],
                ..scope()
            },
            PageScope {
                options: &[
                    ("$filter", "startsWith(displayName,'a"),
                    ("b')", ""),
                    ("$top", "5"),
                ],
                ..scope()
            },
        ];
        for other in others {
            let error = key().open(&other, &token(), NOW).expect_err("foreign");
            assert_eq!((error.status, error.code), (400, "Request_BadRequest"));
        }
        let other_key = PageKey::derive(&Pepper::new(&[8; Pepper::LENGTH]));
        assert_eq!(other_key.open(&scope(), &token(), NOW), Err(foreign()));
    }

    #[test]
    fn a_token_is_good_for_a_day() {
        let last = NOW.plus_seconds(LIFETIME_SECONDS);
        assert_eq!(key().open(&scope(), &token(), last), Ok(cursor()));
        let error = key()
            .open(&scope(), &token(), last.plus_seconds(1))
            .expect_err("expired");
        assert!(error.message.contains("Begin again"), "{error}");
    }

    #[test]
    fn a_link_is_the_same_request() {
        let link = next_link("https://id.contoso.example/", &scope(), &token());
        let (path, query) = link.split_once('?').expect("a query");
        assert_eq!(path, "https://id.contoso.example/v1.0/applications");
        let pairs: Vec<_> = form::pairs(query.as_bytes())
            .map(|pair| pair.expect("form encoding"))
            .collect();
        let options: Vec<_> = pairs
            .iter()
            .map(|(n, v)| (n.as_ref(), v.as_ref()))
            .collect();
        assert_eq!(options[..2], *OPTIONS);
        assert_eq!(options[2], ("$skiptoken", token().as_str()));
        let followed = PageScope {
            options: &options,
            ..scope()
        };
        assert_eq!(key().open(&followed, options[2].1, NOW), Ok(cursor()));
        assert_eq!(
            next_link("https://id.contoso.example", &followed, &token()),
            link
        );
    }

    proptest! {
        #[test]
        fn a_changed_token_never_opens(at in 0usize..400, bit in 0u8..8) {
            let token = token();
            let mut bytes = BASE64_URL_SAFE_NO_PAD.decode(&token).expect("our own");
            let at = at % bytes.len();
            bytes[at] ^= 1 << bit;
            let changed = BASE64_URL_SAFE_NO_PAD.encode(&bytes);
            prop_assert_eq!(key().open(&scope(), &changed, NOW), Err(foreign()));
            prop_assert_eq!(key().open(&scope(), &token[..at], NOW), Err(foreign()));
        }

        #[test]
        fn any_text_is_refused(text in ".{0,300}") {
            prop_assert_eq!(key().open(&scope(), &text, NOW), Err(foreign()));
        }
    }
}
