//! What each member of a token means, in a sentence.

use countersign_domain::clock::Timestamp;
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
        return coded(name, value).to_owned();
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

/// What a code stands for.
fn coded(name: &str, value: &Value) -> &'static str {
    match (name, value.as_str()) {
        ("appidacr" | "azpacr", Some("0")) => "no proof: a public client",
        ("appidacr" | "azpacr", Some("1")) => "a client secret",
        ("appidacr" | "azpacr", Some("2")) => "a certificate or a federated token",
        ("idtyp", Some("app")) => "an application, and no person behind it",
        ("idtyp", Some("user")) => "a person",
        ("alg", Some("none")) => "no signature",
        _ => "",
    }
}

pub(super) fn header_meaning(name: &str) -> &'static str {
    match name {
        "typ" => "What it is: JWT.",
        "alg" => {
            "How it is signed. A validator allows the algorithms it expects, not what stands here."
        }
        "kid" => "The id of the key that signed it, to be found in the issuer's published key set.",
        "x5t" => {
            "The SHA-1 thumbprint of the signing certificate; in access tokens the key id again."
        }
        "x5t#S256" => "The SHA-256 thumbprint of the signing certificate.",
        "x5c" => "The signing certificate, and the chain above it.",
        "crit" => "Extensions that must be understood. Nobody here does: the token is refused.",
        "cty" => "What the payload is; for nested tokens.",
        "nonce" => {
            "A value that was mixed in for another service: such a token cannot be checked by others."
        }
        "jku" | "jwk" | "x5u" => "Where to take the key from. A validator must never follow it.",
        _ => "No member of a token of this server.",
    }
}

pub(super) fn meaning(name: &str) -> &'static str {
    match name {
        "aud" => "For whom it is: the API that may take it, and no other.",
        "iss" => "Who issued it: this server's address with the tenant.",
        "tid" => "The tenant in which it was issued.",
        "appid" => "The client id of the application that asked for it (v1.0 tokens).",
        "azp" => "The client id of the application that asked for it (v2.0 tokens).",
        "appidacr" => "How the application proved who it is (v1.0 tokens).",
        "azpacr" => "How the application proved who it is (v2.0 tokens).",
        "roles" => "The app roles of the API that an administrator granted the application.",
        "oid" => {
            "The object of the caller in the tenant: its service principal. With tid it is the key to store."
        }
        "sub" => "Whom it is about; without a person the same as oid.",
        "uti" => "The id of the request that it answered: the trace id of the sign-in log.",
        "jti" => "An id of its own, against using it twice.",
        "ver" => "The form of the token: 1.0 or 2.0, as the API chose.",
        "exp" => "Not to be taken from this instant on.",
        "nbf" => "Not to be taken before; five minutes early, for clocks that are behind.",
        "iat" => "When it was issued; five minutes early, as nbf.",
        "auth_time" => "When the person proved who they are.",
        "aio" => "For the issuer's own use; means nothing to an API.",
        "rh" => "For the issuer's own use: the tenant and the API; means nothing to an API.",
        "idp" => "Who vouched for the caller; without a person the issuer again.",
        "idtyp" => "Whether the caller is an application; there only where the API asked for it.",
        "xms_cc" => "What the client can handle: cp1 for claims challenges.",
        "scp" => {
            "Delegated permissions of a person. Tokens of this server are for applications and have none."
        }
        "azpacrs" | "acrs" | "acr" => "How well the caller was authenticated.",
        "name" | "preferred_username" | "upn" | "unique_name" | "email" => {
            "A name for people to read. It can change and be given again: never decide by it."
        }
        "groups" | "wids" => "Groups or directory roles of the caller.",
        "nonce" => "A value that the client sent, against replay.",
        _ => "No claim of this server's access tokens.",
    }
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
