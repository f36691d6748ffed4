//! The claims of a token, compared with the row. Signatures are the business of the validators in
//! the other languages, which meet the same tokens.

use std::error::Error;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::deployment::{Deployment, Row};

pub fn check(dev: &Deployment, row: &Row, token: &str) -> Result<(), Box<dyn Error>> {
    let claims = claims(token)?;
    let client = dev.client(row);
    let (issuer, application, application_acr) = match row.version.as_str() {
        "1.0" => (
            format!("{}/{}/", dev.base_url, dev.tenant_id),
            "appid",
            "appidacr",
        ),
        _ => (
            format!("{}/{}/v2.0", dev.base_url, dev.tenant_id),
            "azp",
            "azpacr",
        ),
    };
    let roles = if row.roles.is_empty() {
        Value::Null
    } else {
        json!(row.roles)
    };
    // How the client proved itself: 1 with a secret, 2 with a signed assertion.
    let proven = if row.proof.is_none() { "1" } else { "2" };
    for (claim, expected) in [
        ("iss", json!(issuer)),
        ("aud", json!(row.audience)),
        ("ver", json!(row.version)),
        ("tid", json!(dev.tenant_id)),
        ("oid", json!(client.service_principal_id)),
        ("sub", json!(client.service_principal_id)),
        (application, json!(client.app_id)),
        (application_acr, json!(proven)),
        ("roles", roles),
        ("scp", Value::Null),
    ] {
        if claims[claim] != expected {
            return Err(format!("{claim} is {}, not {expected}", claims[claim]).into());
        }
    }
    Ok(())
}

fn claims(token: &str) -> Result<Value, Box<dyn Error>> {
    let payload = token.split('.').nth(1).ok_or("the token is not a JWS")?;
    Ok(serde_json::from_slice(
        &BASE64_URL_SAFE_NO_PAD.decode(payload)?,
    )?)
}
