//! The JOSE header, read from bytes that nobody has vouched for.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};

use crate::VerifyError;

/// Members are ours to cap: a header of real issuers has fewer than ten.
const HEADER_MEMBERS_MAX: usize = 32;
/// Claims of a real token number some thirty; the cap keeps the duplicate search linear in effect.
pub(crate) const CLAIMS_MAX: usize = 256;

/// The members of a header that may steer verification, still unverified.
#[derive(Debug)]
pub(crate) struct Header {
    pub(crate) alg: String,
    pub(crate) kid: Option<String>,
    pub(crate) typ: Option<String>,
}

impl Header {
    /// Reads a header and refuses every extension that would change what the signature means.
    pub(crate) fn parse(json: &[u8]) -> Result<Self, VerifyError> {
        let members: Members = read_members(json).map_err(VerifyError::Malformed)?;
        refuse_nested(members.cty.as_deref()).map_err(VerifyError::Malformed)?;
        Ok(Self {
            alg: members.alg,
            kid: members.kid,
            typ: members.typ,
        })
    }
}

/// Reads the members that `M` names, after every rule that holds for all headers: one object,
/// unique names, no extension. The error is the rule that was broken.
pub(crate) fn read_members<'a, M: Deserialize<'a>>(json: &'a [u8]) -> Result<M, &'static str> {
    let names = member_names_of_header(json)?;
    for name in &names {
        refuse_extension(name)?;
    }
    serde_json::from_slice(json).map_err(|_| "a header member has the wrong type")
}

/// The member names of a header, all different.
pub(crate) fn member_names_of_header(json: &[u8]) -> Result<Vec<Cow<'_, str>>, &'static str> {
    member_names(json, HEADER_MEMBERS_MAX).map_err(MemberFault::header_text)
}

/// Refuses encrypted content that says that it is anything but a token (RFC 7519 section 5.2).
pub(crate) fn refuse_unnested(cty: Option<&str>) -> Result<(), &'static str> {
    match cty {
        Some(cty) if !cty.eq_ignore_ascii_case("JWT") => Err("the content is not a token"),
        _ => Ok(()),
    }
}

/// Refuses a token inside a token.
pub(crate) fn refuse_nested(cty: Option<&str>) -> Result<(), &'static str> {
    match cty {
        Some(cty) if cty.eq_ignore_ascii_case("JWT") => Err("nested tokens are not taken"),
        _ => Ok(()),
    }
}

/// Refuses a payload that is no JSON object, names a claim twice or has absurdly many.
pub(crate) fn require_unique_claims(json: &[u8]) -> Result<(), VerifyError> {
    match member_names(json, CLAIMS_MAX) {
        Ok(_) => Ok(()),
        Err(MemberFault::Duplicate) => Err(VerifyError::DuplicateClaim),
        Err(MemberFault::TooMany) => Err(VerifyError::Malformed("too many claims")),
        Err(MemberFault::NotAnObject) => {
            Err(VerifyError::Malformed("the payload is not a JSON object"))
        }
    }
}

#[derive(serde::Deserialize)]
struct Members {
    alg: String,
    #[serde(default, deserialize_with = "crate::claims::present")]
    kid: Option<String>,
    #[serde(default, deserialize_with = "crate::claims::present")]
    typ: Option<String>,
    #[serde(default, deserialize_with = "crate::claims::present")]
    cty: Option<String>,
}

/// We implement no extension, so any `crit` names one we do not understand (RFC 7515 §4.1.11), and
/// a JWT must not use `b64` (RFC 7797 §7). `enc` and `zip` mark encrypted tokens, never taken.
fn refuse_extension(name: &str) -> Result<(), &'static str> {
    match name {
        "crit" => Err("critical extensions are not taken"),
        "b64" => Err("`b64` must not be used in a token"),
        "enc" | "zip" => Err("encrypted tokens are not taken"),
        _ => Ok(()),
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum MemberFault {
    NotAnObject,
    Duplicate,
    TooMany,
}

impl MemberFault {
    const fn header_text(self) -> &'static str {
        match self {
            Self::NotAnObject => "the header is not a JSON object",
            Self::Duplicate => "a header member occurs twice",
            Self::TooMany => "too many header members",
        }
    }
}

/// The top-level member names of a JSON object, all different.
fn member_names(json: &[u8], members_max: usize) -> Result<Vec<Cow<'_, str>>, MemberFault> {
    let mut reader = serde_json::Deserializer::from_slice(json);
    let names = reader
        .deserialize_map(NamesVisitor { members_max })
        .map_err(|_| MemberFault::NotAnObject)??;
    reader.end().map_err(|_| MemberFault::NotAnObject)?;
    Ok(names)
}

/// The value of the first member with this name, if it is text. Nothing after it is read, so it may
/// well be that what is read is no object at all.
pub(crate) fn first_text(json: &[u8], name: &str) -> Option<String> {
    let mut found = None;
    let visitor = FirstVisitor {
        name,
        found: &mut found,
    };
    // Leaving early is an error to the reader, and none to us.
    let _ = serde_json::Deserializer::from_slice(json).deserialize_map(visitor);
    found
}

struct FirstVisitor<'a> {
    name: &'a str,
    found: &'a mut Option<String>,
}

impl<'de> Visitor<'de> for FirstVisitor<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(Name(name)) = map.next_key()? {
            if name == self.name {
                *self.found = Some(map.next_value()?);
                return Ok(());
            }
            map.next_value::<IgnoredAny>()?;
        }
        Ok(())
    }
}

struct NamesVisitor {
    members_max: usize,
}

impl<'de> Visitor<'de> for NamesVisitor {
    type Value = Result<Vec<Cow<'de, str>>, MemberFault>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut names: Vec<Cow<'de, str>> = Vec::with_capacity(24);
        let mut fault = None;
        while let Some(Name(name)) = map.next_key()? {
            map.next_value::<IgnoredAny>()?;
            if fault.is_some() {
                continue;
            }
            if names.len() == self.members_max {
                fault = Some(MemberFault::TooMany);
            } else if names.contains(&name) {
                fault = Some(MemberFault::Duplicate);
            } else {
                names.push(name);
            }
        }
        Ok(fault.map_or(Ok(names), Err))
    }
}

/// A member name, borrowed from the input unless it contains escapes.
struct Name<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Name<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(NameVisitor).map(Name)
    }
}

struct NameVisitor;

impl<'de> Visitor<'de> for NameVisitor {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a member name")
    }

    fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(name))
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_refused(json: &str, because: &'static str) {
        let error = Header::parse(json.as_bytes()).expect_err("must be refused");
        assert_eq!(error, VerifyError::Malformed(because), "{json}");
    }

    #[test]
    fn headers_that_change_the_meaning_are_refused() {
        check_refused(
            r#"{"alg":"RS256","crit":["exp"]}"#,
            "critical extensions are not taken",
        );
        check_refused(
            r#"{"alg":"RS256","crit":[]}"#,
            "critical extensions are not taken",
        );
        check_refused(
            r#"{"alg":"RS256","b64":false}"#,
            "`b64` must not be used in a token",
        );
        check_refused(
            r#"{"alg":"dir","enc":"A256GCM"}"#,
            "encrypted tokens are not taken",
        );
        check_refused(
            r#"{"alg":"RS256","cty":"jwt"}"#,
            "nested tokens are not taken",
        );
    }

    #[test]
    fn headers_of_the_wrong_shape_are_refused() {
        check_refused("[]", "the header is not a JSON object");
        check_refused(r#"{"alg":"RS256"} x"#, "the header is not a JSON object");
        check_refused(
            r#"{"alg":"RS256","alg":"RS256"}"#,
            "a header member occurs twice",
        );
        check_refused(
            r#"{"alg":"RS256","\u0061lg":"none"}"#,
            "a header member occurs twice",
        );
        check_refused(r#"{"alg":256}"#, "a header member has the wrong type");
        check_refused(r#"{"typ":"JWT"}"#, "a header member has the wrong type");
        check_refused(
            r#"{"alg":"RS256","kid":null}"#,
            "a header member has the wrong type",
        );
        check_refused(
            r#"{"alg":"RS256","kid":["k"]}"#,
            "a header member has the wrong type",
        );
    }

    #[test]
    fn many_members_and_deep_nesting_end_quickly() {
        let many: String = (0..10_000).map(|n| format!(",\"c{n}\":0")).collect();
        let json = format!("{{\"alg\":\"RS256\"{many}}}");
        check_refused(&json, "too many header members");
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(20_000), "]".repeat(20_000));
        assert_eq!(
            require_unique_claims(deep.as_bytes()),
            Ok(()),
            "skipping does not recurse"
        );
    }
}
