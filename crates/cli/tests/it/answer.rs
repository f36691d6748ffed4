//! What every answer of a token endpoint must look like, refused or not.

use anyhow::{Context, ensure};
use countersign_testkit::http1::Response;
use countersign_token::{Algorithm, JwkSet, Unverified, Verified, VerifyingKey, verify};
use serde_json::{Map, Value, json};

/// What a test expects of a token request.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Expected {
    /// A token.
    Token,
    /// A refusal: HTTP status, OAuth `error`, AADSTS number.
    Refused(u16, &'static str, u32),
}

/// A refusal with 400.
pub(crate) const fn e400(error: &'static str, number: u32) -> Expected {
    Expected::Refused(400, error, number)
}

/// A refusal of the client with 401.
pub(crate) const fn e401(number: u32) -> Expected {
    Expected::Refused(401, "invalid_client", number)
}

/// A token that was issued, after its signature held.
#[derive(Debug)]
pub(crate) struct Issued {
    /// The reply around it.
    pub(crate) reply: Value,
    pub(crate) header: Value,
    pub(crate) claims: Value,
}

/// Whether an answer is the expected one, at a glance.
pub(crate) fn is(response: &Response, expected: Expected) -> bool {
    match expected {
        Expected::Token => response.status == 200,
        Expected::Refused(status, _, number) => {
            response.status == status && response.json()["error_codes"] == json!([number])
        }
    }
}

/// Checks a refusal: the headers, and the body with all its members and no other.
pub(crate) fn refusal(response: &Response, expected: Expected) -> anyhow::Result<()> {
    let Expected::Refused(status, error, number) = expected else {
        anyhow::bail!("not a refusal: {expected:?}");
    };
    private_headers(response)?;
    let body: Value = serde_json::from_slice(&response.body).context("the body is not JSON")?;
    ensure!(
        (response.status, &body["error"], &body["error_codes"])
            == (status, &json!(error), &json!([number])),
        "expected {status} {error} {number}"
    );
    ensure!(!response.text().contains("access_token"), "a token in it?");
    let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
    let [description, timestamp, trace_id, correlation_id] = [
        "error_description",
        "timestamp",
        "trace_id",
        "correlation_id",
    ]
    .map(text);
    let start = format!("AADSTS{number}: ");
    let end =
        format!(" Trace ID: {trace_id} Correlation ID: {correlation_id} Timestamp: {timestamp}");
    ensure!(
        description.starts_with(&start) && description.ends_with(&end),
        "the description is laid out otherwise"
    );
    ensure!(
        description
            .bytes()
            .all(|byte| matches!(byte, b' '..=b'~') && !b"\"\\".contains(&byte)),
        "the description has characters that RFC 6749 5.2 forbids"
    );
    ensure!(description.len() < 2_048, "the description is not cut");
    ensure!(is_guid(&correlation_id), "correlation_id is no GUID");
    ensure!(
        response.header("x-ms-request-id") == Some(&trace_id),
        "trace_id is not x-ms-request-id"
    );
    ensure!(is_error_time(&timestamp), "the timestamp's form");
    let known = [
        "error",
        "error_codes",
        "error_description",
        "timestamp",
        "trace_id",
        "correlation_id",
        "error_uri",
    ];
    let members = body.as_object().context("not an object")?;
    ensure!(
        members.keys().all(|name| known.contains(&name.as_str())),
        "unknown members"
    );
    Ok(())
}

/// Checks a token and the reply around it, and gives both back.
pub(crate) fn token(response: &Response, keys: &JwkSet, is_v1: bool) -> anyhow::Result<Issued> {
    ensure!(response.status == 200, "expected a token");
    private_headers(response)?;
    let reply: Value = serde_json::from_slice(&response.body)?;
    let members = reply.as_object().context("not an object")?;
    ensure!(has_shape(members, is_v1), "the reply's members or types");
    ensure!(reply["token_type"] == "Bearer", "token_type");
    let token = reply["access_token"].as_str().unwrap_or_default();
    let unverified = Unverified::parse(token)?;
    let header: Value = {
        let part = token.split('.').next().unwrap_or_default();
        serde_json::from_slice(&countersign_token::base64url::decode(part)?)?
    };
    let kid = header["kid"].as_str().context("no kid")?;
    let key = keys
        .keys
        .iter()
        .find(|key| key.kid.as_deref() == Some(kid))
        .context("the kid is not published")?;
    let key = VerifyingKey::from_jwk(key, &[Algorithm::Rs256, Algorithm::Es256])?;
    let verified: Verified<Value> = verify(&unverified, &key)?;
    Ok(Issued {
        header,
        claims: verified.claims().clone(),
        reply,
    })
}

/// Headers that every answer has: HSTS, no sniffing, a request id, no banner.
pub(crate) fn common_headers(response: &Response) -> anyhow::Result<()> {
    let header = |name: &str| response.header(name).unwrap_or_default();
    ensure!(is_guid(header("x-ms-request-id")), "x-ms-request-id");
    ensure!(
        header("strict-transport-security").starts_with("max-age="),
        "Strict-Transport-Security"
    );
    ensure!(header("x-content-type-options") == "nosniff", "nosniff");
    for name in [
        "server",
        "x-powered-by",
        "set-cookie",
        "access-control-allow-credentials",
    ] {
        ensure!(response.header(name).is_none(), "{name} is there");
    }
    Ok(())
}

fn private_headers(response: &Response) -> anyhow::Result<()> {
    common_headers(response)?;
    let header = |name: &str| response.header(name).unwrap_or_default();
    ensure!(
        header("content-type") == "application/json; charset=utf-8",
        "Content-Type"
    );
    let may_be_kept = !header("cache-control").contains("no-store");
    ensure!(!may_be_kept, "Cache-Control");
    ensure!(header("pragma") == "no-cache", "Pragma");
    ensure!(
        response.header("access-control-allow-origin").is_none(),
        "a CORS header"
    );
    Ok(())
}

/// v1.0: all members are strings; v2.0: numbers are numbers. No refresh token in either.
fn has_shape(members: &Map<String, Value>, is_v1: bool) -> bool {
    let strings = [
        "token_type",
        "expires_in",
        "ext_expires_in",
        "expires_on",
        "not_before",
        "resource",
        "access_token",
    ];
    let numbers = ["expires_in", "ext_expires_in"];
    if is_v1 {
        return members.len() == strings.len()
            && strings
                .iter()
                .all(|name| members.get(*name).is_some_and(Value::is_string));
    }
    members.len() == 4
        && numbers
            .iter()
            .all(|name| members.get(*name).is_some_and(Value::is_u64))
        && ["token_type", "access_token"]
            .iter()
            .all(|name| members.get(*name).is_some_and(Value::is_string))
}

/// `YYYY-MM-DD HH:MM:SSZ`
fn is_error_time(text: &str) -> bool {
    let digits = "dddd-dd-dd dd:dd:ddZ";
    text.len() == digits.len()
        && text
            .bytes()
            .zip(digits.bytes())
            .all(|(found, form)| match form {
                b'd' => found.is_ascii_digit(),
                form => found == form,
            })
}

/// The hyphenated form in lower case.
pub(crate) fn is_guid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(index, byte)| match index {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
        })
}
