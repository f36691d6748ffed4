//! What each member of a token means, in a sentence for people who look at one.

use serde_json::Value;

/// What a code stands for; empty where the value is none.
pub fn of_value(name: &str, value: &Value) -> &'static str {
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

/// What a member of the header means.
pub fn of_header(name: &str) -> &'static str {
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

/// What a claim means.
pub fn of_claim(name: &str) -> &'static str {
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
