//! What each member of a token means, in a sentence.

use countersign_domain::clock::Timestamp;
use countersign_domain::oauth::meaning;
use serde_json::{Map, Value};

use super::decoded::Decoded;
use super::signature::Issuer;
use crate::portal::span::{duration, shown};

/// A row of the explanation.
pub(super) struct Claim {
    pub(super) name: String,
    pub(super) value: String,
    /// The value for people: a date.
    pub(super) readable: String,
    pub(super) meaning: &'static str,
}

/// More members than anybody issues are left out: a page has a limit.
const ROWS_MAX: usize = 100;

/// Longer values are cut, for the same reason.
const VALUE_CHARACTERS_MAX: usize = 2_000;

pub(super) fn explain(
    members: &Map<String, Value>,
    now: i64,
    meaning: fn(&str) -> &'static str,
) -> Vec<Claim> {
    let rows = members.iter().take(ROWS_MAX).map(|(name, value)| Claim {
        name: cut(name),
        value: cut(&match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        }),
        readable: readable(name, value, now),
        meaning: meaning(name),
    });
    rows.collect()
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(VALUE_CHARACTERS_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

fn readable(name: &str, value: &Value, now: i64) -> String {
    if !matches!(name, "exp" | "nbf" | "iat" | "auth_time") {
        return meaning::of_value(name, value).to_owned();
    }
    let Some(seconds) = value
        .as_i64()
        .filter(|seconds| (0..253_402_300_800).contains(seconds))
    else {
        return "not a time".to_owned();
    };
    let date = shown(&Timestamp::from_unix_seconds(seconds).to_string());
    let apart = duration(now - seconds);
    let words = match (name, seconds <= now) {
        ("exp", true) => format!("expired {apart} ago"),
        ("exp", false) => format!("expires in {apart}"),
        (_, true) => format!("{apart} ago"),
        (_, false) => format!("in {apart}"),
    };
    format!("{date} UTC, {words}")
}

/// What the API that takes such tokens should check, to be copied.
pub(super) fn requirements(decoded: &Decoded, issuer: &Issuer, base_url: &str) -> String {
    let Issuer::Own(tenant_id) = issuer else {
        return String::new();
    };
    let claim = |name: &str| cut(decoded.text(name).unwrap_or("…"));
    let keys = match decoded.text("ver") {
        Some("1.0") => "discovery/keys",
        _ => "discovery/v2.0/keys",
    };
    let role = decoded.claims.get("roles").and_then(|roles| roles.get(0));
    let role = cut(role.and_then(Value::as_str).unwrap_or("YOUR.ROLE"));
    let id = if decoded.claims.contains_key("azp") {
        "azp"
    } else {
        "appid"
    };
    format!(
        "signature   by a key of {base_url}/{tenant_id}/{keys} with the kid of the header\n\
         alg         {} and no other\n\
         iss         {}\n\
         aud         {}\n\
         tid         {tenant_id}\n\
         exp, nbf    now lies between, give or take five minutes\n\
         roles       has {role}: a valid token without roles opens nothing\n\
         caller      tid and oid together, or {id}; never a name",
        cut(decoded.algorithm()),
        claim("iss"),
        claim("aud"),
    )
}
