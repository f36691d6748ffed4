//! What a token request is made of.

use std::fmt::Write as _;

use base64::prelude::{BASE64_STANDARD, Engine};
use countersign_domain::oauth::basic::BasicCredentials;
use countersign_domain::oauth::error::OauthError;
use countersign_domain::oauth::form;
use countersign_domain::oauth::request::{Endpoint, Parameters, TokenRequest};
use countersign_domain::oauth::resource::RequestedResource;
use countersign_domain::oauth::tenant_name::TenantName;

/// The body of a token request, on both endpoints.
pub fn token_form(body: &[u8]) -> bool {
    check_form(body);
    match Parameters::parse(body) {
        Ok(parameters) => {
            let is_v1 = request(Endpoint::V1, &parameters);
            let is_v2 = request(Endpoint::V2, &parameters);
            // v2.0 refuses the `resource` that v1.0 asks for.
            assert!(!(is_v1 && is_v2), "one body is a request to both endpoints");
            is_v1 || is_v2
        }
        Err(error) => refused(&error),
    }
}

/// The value of an `Authorization` header.
pub fn basic_header(header: &[u8]) -> bool {
    let Ok(basic) = BasicCredentials::parse(header) else {
        return false;
    };
    let (id, secret) = (&basic.client_id, basic.secret.expose());
    let pair = format!("{}:{}", form_encode(id), form_encode(secret));
    let printed = format!("Basic {}", BASE64_STANDARD.encode(pair));
    let again = BasicCredentials::parse(printed.as_bytes()).expect("what was read can be sent");
    assert_eq!((id, secret), (&again.client_id, again.secret.expose()));
    true
}

/// The `scope` of v2.0, and the same text as the `resource` of v1.0.
pub fn scope(text: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(text) else {
        return false;
    };
    let taken = RequestedResource::from_resource(text);
    assert_eq!(taken.as_str(), text, "v1.0 takes the text as it is");
    let _ = taken.name();
    match RequestedResource::from_scope(text) {
        Ok(resource) => {
            let printed = format!("{}/.default", resource.as_str());
            assert_eq!(RequestedResource::from_scope(&printed), Ok(resource));
            true
        }
        Err(error) => refused(&error),
    }
}

/// The tenant segment of a path, already percent-decoded.
pub fn tenant_name(segment: &[u8]) -> bool {
    let Ok(segment) = std::str::from_utf8(segment) else {
        return false;
    };
    let parsed = TenantName::parse(segment);
    let printed = match &parsed {
        Ok(TenantName::Id(id)) => id.to_string(),
        Ok(TenantName::Domain(domain)) => domain.to_string(),
        Ok(_) => return true,
        Err(error) => return refused(error),
    };
    assert!(
        printed.eq_ignore_ascii_case(segment),
        "a name is only folded"
    );
    assert_eq!(TenantName::parse(&printed), parsed);
    true
}

fn request(endpoint: Endpoint, parameters: &Parameters<'_>) -> bool {
    let resource = TokenRequest::parse(endpoint, parameters, None)
        .and_then(|request| request.resource().map(|resource| resource.name()));
    match resource {
        Ok(_) => true,
        Err(error) => refused(&error),
    }
}

/// The pairs of a form can be written in such a way that reading gives them again.
fn check_form(body: &[u8]) {
    let Ok(pairs) = form::pairs(body).collect::<Result<Vec<_>, _>>() else {
        return;
    };
    let printed: Vec<String> = pairs
        .iter()
        .map(|(name, value)| format!("{}={}", form_encode(name), form_encode(value)))
        .collect();
    let printed = printed.join("&");
    let again: Vec<_> = form::pairs(printed.as_bytes())
        .collect::<Result<_, _>>()
        .expect("what was read can be sent");
    assert_eq!(again, pairs);
}

fn form_encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => encoded.push(char::from(byte)),
            b' ' => encoded.push('+'),
            _ => write!(encoded, "%{byte:02X}").expect("a String takes everything"),
        }
    }
    encoded
}

/// A refusal's sentence goes into JSON, headers and logs, whatever the request had in it.
pub(crate) fn refused(error: &OauthError) -> bool {
    let is_printable = |byte| matches!(byte, b' '..=b'~') && byte != b'"' && byte != b'\\';
    let message = &error.message;
    assert!(message.bytes().all(is_printable), "{message:?}");
    assert!(message.len() < 2048, "{} bytes", message.len());
    false
}
