//! What an application sends an administrator's browser to us with.

use countersign_domain::consent::redirect_uri::registered_redirect_uri;
use countersign_domain::consent::request::{ConsentEndpoint, ConsentRequest};
use countersign_domain::directory::PathMatching;

use crate::body::STORED;
use crate::oauth::refused;

/// The query of a consent request, on both endpoints.
pub fn consent_request(query: &[u8]) -> bool {
    let Ok(query) = std::str::from_utf8(query) else {
        return false;
    };
    let v1 = ConsentRequest::parse(ConsentEndpoint::V1, query);
    match ConsentRequest::parse(ConsentEndpoint::V2, query) {
        Ok(v2) => {
            let v1 = v1.expect("v2.0 asks for the same and a scope");
            let (state, uri) = (&v1.state, &v1.unverified_redirect_uri);
            assert_eq!(v2.client_id, v1.client_id);
            assert_eq!((&v2.state, &v2.unverified_redirect_uri), (state, uri));
            true
        }
        Err(error) => {
            let is_v1 = v1.map_err(|error| refused(&error)).is_ok();
            refused(&error) || is_v1
        }
    }
}

/// A registered redirect URI, and behind a line feed the one that is asked for. What is accepted is
/// the same to the letter, but for the port of this machine and plain segments below the path.
pub fn redirect_uri(input: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(input) else {
        return false;
    };
    let (registered, requested) = text.split_once('\n').unwrap_or((text, text));
    let mut application = STORED.application.clone();
    application.manifest.web.redirect_uris = vec![registered.to_owned()];
    let answer = |paths| registered_redirect_uri(&application, Some(requested), paths);
    let exact = answer(PathMatching::Exact);
    if let Ok(uri) = &exact {
        assert_eq!(uri.as_str(), requested);
        assert_eq!(without_port(requested), without_port(registered));
        assert_eq!(answer(PathMatching::SubPaths).as_ref(), Ok(uri));
    }
    match answer(PathMatching::SubPaths) {
        Ok(uri) => {
            assert_eq!(uri.as_str(), requested);
            assert!(exact.is_ok() || is_below(registered, requested), "{text}");
            true
        }
        Err(error) => refused(&error),
    }
}

/// The port of this machine's own addresses is the only part that may differ.
fn without_port(uri: &str) -> String {
    for own in ["http://localhost:", "http://127.0.0.1:"] {
        if let Some(rest) = uri.strip_prefix(own) {
            let path = rest.trim_start_matches(|digit: char| digit.is_ascii_digit());
            return format!("{}{path}", own.trim_end_matches(':'));
        }
    }
    uri.to_owned()
}

fn is_below(registered: &str, requested: &str) -> bool {
    let (registered, requested) = (without_port(registered), without_port(requested));
    let base = format!("{}/", registered.trim_end_matches('/'));
    let below = requested.strip_prefix(&base).unwrap_or("..");
    let lower = below.to_ascii_lowercase();
    let escapes = ["\\", "?", "#", "@", ";", "%2e", "%2f", "%5c", "%25", "%0"];
    let is_dots = |segment: &str| matches!(segment, "." | "..");
    !escapes.iter().any(|escape| lower.contains(escape))
        && !below.contains(char::is_control)
        && !below.split('/').any(is_dots)
}
