//! Where a person goes after signing in: to a page of ours and nowhere else.

use std::fmt;

/// Bytes of such an address: a consent request with a long `state` fits in.
const LENGTH_MAX: usize = 40_000;

/// The first page of the portal.
const HOME: &str = "/portal";

/// A path of this server that people open, with its query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Next(String);

impl Next {
    /// The first page of the portal.
    pub(crate) fn home() -> Self {
        Self(HOME.to_owned())
    }

    /// What a query or a form names. Anything but a page of ours is the first page: an address in a
    /// link must not send a person who just signed in somewhere else (RFC 9700 section 4.11).
    pub(crate) fn parse(text: &str) -> Self {
        if is_page(text) {
            Self(text.to_owned())
        } else {
            Self::home()
        }
    }

    /// Whether it is where people go who asked for nothing.
    pub(crate) fn is_home(&self) -> bool {
        self.0 == HOME
    }

    /// The path and the query.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Next {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn is_page(text: &str) -> bool {
    let is_plain = text.len() <= LENGTH_MAX && text.bytes().all(|byte| byte.is_ascii_graphic());
    if !is_plain || text.contains(['\\', '#']) {
        return false;
    }
    let path = text.split('?').next().unwrap_or_default();
    let segments: Vec<&str> = path.split('/').collect();
    if segments.iter().any(|segment| is_relative(segment)) {
        return false;
    }
    match segments.as_slice() {
        ["", "portal"] => true,
        ["", "portal", page, ..] => !matches!(*page, "sign-in" | "sign-out" | "setup" | "assets"),
        ["", tenant, "adminconsent"] | ["", tenant, "v2.0", "adminconsent"] => !tenant.is_empty(),
        _ => false,
    }
}

/// Browsers resolve these themselves, encoded or not.
fn is_relative(segment: &str) -> bool {
    let decoded = segment.to_ascii_lowercase().replace("%2e", ".");
    decoded == "." || decoded == ".."
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_of_ours_are_kept_with_their_query() {
        for page in [
            "/portal",
            "/portal?a=b",
            "/portal/applications/1?x=%2F",
            "/contoso.example/adminconsent?client_id=1&state=%20",
            "/common/v2.0/adminconsent?scope=a",
        ] {
            assert_eq!(Next::parse(page).as_str(), page);
        }
    }

    #[test]
    fn anything_else_is_the_first_page() {
        for other in [
            "",
            "portal",
            "//evil.example",
            "/\\evil.example",
            "/portal\\@evil.example",
            "https://evil.example/portal",
            "/evil.example",
            "//evil.example/adminconsent",
            "/portal/../error",
            "/portal/%2E%2e/error",
            "/portal/sign-out",
            "/portal/sign-in?next=/portal",
            "/portal\r\nSet-Cookie: a=b",
            "/portal/a b",
            "/portal#x",
            "/v1.0/applications",
        ] {
            assert!(Next::parse(other).is_home(), "{other}");
        }
    }
}
