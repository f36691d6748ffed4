//! Which resource a request names: `resource` on v1.0, `{resource}/.default` on v2.0.

use super::error::{self, OauthError};
use crate::directory::ResourceName;

/// What a client names when it names no resource: Microsoft Graph.
pub const GRAPH_APP_ID: &str = "00000003-0000-0000-c000-000000000000";

/// The suffix that asks for everything granted.
const DEFAULT_SUFFIX: &str = "/.default";

/// Scopes of user sign-in that some clients add to every request. They mean nothing here.
const RESERVED_SCOPES: [&str; 4] = ["openid", "profile", "email", "offline_access"];

/// The prefix of very old clients.
const SPN_PREFIX: &str = "spn:";

/// A resource as the client wrote it. v1.0 tokens repeat that text in `aud`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestedResource<'a> {
    text: &'a str,
}

impl<'a> RequestedResource<'a> {
    /// The `resource` parameter of v1.0, taken as it is.
    pub fn from_resource(resource: &'a str) -> Self {
        Self { text: resource }
    }

    /// The `scope` parameter of v2.0: exactly one resource, with `/.default`.
    pub fn from_scope(scope: &'a str) -> Result<Self, OauthError> {
        let invalid = || error::SCOPE_INVALID.with(&[("scope", scope)]);
        let mut resource: Option<&str> = None;
        let mut has_other = false;
        for token in scopes(scope)? {
            match resource_of(token) {
                Some(named) if resource.is_none_or(|earlier| earlier == named) => {
                    resource = Some(named);
                }
                Some(_) => return Err(invalid()),
                None => has_other |= !RESERVED_SCOPES.contains(&token),
            }
        }
        match resource {
            None => Err(error::SCOPE_NOT_DEFAULT.with(&[("scope", scope)])),
            Some(named) if !has_other && is_absolute(named) => Ok(Self { text: named }),
            Some(_) => Err(invalid()),
        }
    }

    /// A delegated permission by name: `{resource}/{value}`, or `{value}` alone, which is Microsoft
    /// Graph's.
    pub fn from_permission(scope: &'a str) -> Option<(Self, &'a str)> {
        let (text, value) = scope.rsplit_once('/').unwrap_or((GRAPH_APP_ID, scope));
        (is_absolute(text) && !value.is_empty()).then_some((Self { text }, value))
    }

    /// The text as the client wrote it.
    pub fn as_str(&self) -> &'a str {
        self.text
    }

    /// The name to look it up by.
    pub fn name(&self) -> ResourceName {
        ResourceName::fold(self.text.strip_prefix(SPN_PREFIX).unwrap_or(self.text))
    }
}

/// The scopes of a `scope` parameter, if it has no character that RFC 6749 does not allow.
pub(crate) fn scopes(scope: &str) -> Result<impl Iterator<Item = &str>, OauthError> {
    if !scope.bytes().all(is_scope_byte) {
        return Err(error::SCOPE_INVALID.with(&[("scope", scope)]));
    }
    Ok(scope.split(' ').filter(|token| !token.is_empty()))
}

/// Whether a scope asks for everything, not for a permission by name.
pub(crate) fn is_default(scope: &str) -> bool {
    resource_of(scope).is_some()
}

/// The resource of a `.default` scope; only the last suffix is taken off, so a trailing slash of
/// the resource stays (`https://x.example//.default`).
fn resource_of(token: &str) -> Option<&str> {
    if token.eq_ignore_ascii_case(&DEFAULT_SUFFIX[1..]) {
        return Some(GRAPH_APP_ID);
    }
    let split = token.len().checked_sub(DEFAULT_SUFFIX.len())?;
    let (resource, suffix) = token.split_at_checked(split)?;
    suffix
        .eq_ignore_ascii_case(DEFAULT_SUFFIX)
        .then_some(resource)
}

/// RFC 6749 section 3.3: the characters of a scope, and the space between scopes.
fn is_scope_byte(byte: u8) -> bool {
    matches!(byte, b' ' | 0x21 | 0x23..=0x5b | 0x5d..=0x7e)
}

/// A resource is a URI with a scheme, or a client id.
fn is_absolute(resource: &str) -> bool {
    let has_scheme = resource.split_once(':').is_some_and(|(scheme, rest)| {
        scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            && scheme
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
            && !rest.is_empty()
    });
    has_scheme || resource.parse::<crate::ids::AppId>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(scope: &str, expected: Result<&str, u32>) {
        let found = RequestedResource::from_scope(scope)
            .map(|resource| resource.as_str())
            .map_err(|error| error.kind.number);
        assert_eq!(found, expected, "{scope:?}");
    }

    #[test]
    fn reads_exactly_one_resource() {
        let guid = "aaaabbbb-0000-cccc-1111-dddd2222eeee";
        check("api://orders/.default", Ok("api://orders"));
        check(
            "https://orders.example/.DEFAULT",
            Ok("https://orders.example"),
        );
        check(
            "https://vault.example//.default",
            Ok("https://vault.example/"),
        );
        check(&format!("{guid}/.default"), Ok(guid));
        check(".default", Ok(GRAPH_APP_ID));
        check(
            "api://a/.default openid offline_access profile",
            Ok("api://a"),
        );
        check("profile api://a/.default openid", Ok("api://a"));
        check("api://a/.default api://a/.default", Ok("api://a"));
        check("api://a/.default/.default", Ok("api://a/.default"));
        check("urn:orders/.default", Ok("urn:orders"));
    }

    #[test]
    fn refuses_the_rest_with_the_originals_numbers() {
        check("User.Read", Err(1_002_012));
        check("openid profile", Err(1_002_012));
        check("api://a/Data.Read", Err(1_002_012));
        check("https%3A%2F%2Fa.example%2F.default", Err(1_002_012));
        check("user.read/.default", Err(70_011));
        check("/.default", Err(70_011));
        check("api://a/.default api://b/.default", Err(70_011));
        check("api://a/.default api://a/Data.Read", Err(70_011));
        for character in ['\t', '\n', '\0', '"', '\\', 'é'] {
            check(&format!("api://a{character}/.default"), Err(70_011));
        }
    }

    #[test]
    fn a_permission_is_the_part_after_the_last_slash() {
        let check = |scope: &str, expected: Option<(&str, &str)>| {
            let found = RequestedResource::from_permission(scope);
            let found = found.map(|(resource, value)| (resource.text, value));
            assert_eq!(found, expected, "{scope}");
        };
        check("User.Read", Some((GRAPH_APP_ID, "User.Read")));
        check("openid", Some((GRAPH_APP_ID, "openid")));
        check("api://a/Data.Read", Some(("api://a", "Data.Read")));
        check("https://a.example//b", Some(("https://a.example/", "b")));
        check("orders/Data.Read", None);
        check("api://a/", None);
        check("", None);
        check("/", None);
    }

    #[test]
    fn the_spn_prefix_is_not_part_of_the_name() {
        let resource = RequestedResource::from_resource("spn:AAAABBBB-0000-CCCC-1111-DDDD2222EEEE");
        assert_eq!(
            resource.name().as_str(),
            "aaaabbbb-0000-cccc-1111-dddd2222eeee"
        );
        assert!(resource.as_str().starts_with("spn:"));
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_or_refused(scope in "\\PC*") {
            let _ = RequestedResource::from_scope(&scope);
        }

        #[test]
        fn a_resource_is_read_back(resource in "[a-z][a-z0-9+.-]{0,8}:[!#-\\[\\]-~]{1,40}") {
            let scope = format!("{resource}{DEFAULT_SUFFIX}");
            let read = RequestedResource::from_scope(&scope).map(|read| read.as_str().to_owned());
            proptest::prop_assert_eq!(read, Ok(resource));
        }
    }
}
