//! The browser behind a request: the cookie that names it.
//!
//! Every browser has a random token from its first page on. Where somebody has signed in, the
//! token's hash names a session; before that it means nothing, and only ties forms to the browser
//! that they were sent to. A sign-in always makes a new token, so one that was put there by
//! somebody else (session fixation) is worth nothing.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::response::Response;
use countersign_domain::account::SessionToken;
use http::header::{COOKIE, SET_COOKIE};
use http::request::Parts;
use http::{HeaderMap, HeaderValue};

use crate::http::context::RequestContext;
use crate::state::AppState;

/// `__Host-`: only this host, only over TLS, for every path; no other host can set it (ASVS 3.3).
const SESSION: &str = "__Host-countersign";

/// Names a browser in which somebody has signed in, for slowing down strangers only.
const DEVICE: &str = "__Host-countersign-device";

/// A year.
const DEVICE_SECONDS: u32 = 365 * 86_400;

/// A browser, and the request that it made.
#[derive(Clone)]
pub(crate) struct Browser {
    pub(crate) state: Arc<AppState>,
    pub(crate) context: RequestContext,
    /// Path and query of the request.
    pub(crate) target: String,
    /// The token in its cookie, or a fresh one that it gets with the answer.
    pub(crate) token: SessionToken,
    /// The browser had no token yet.
    pub(crate) is_new: bool,
    /// The token of a browser in which somebody has signed in.
    pub(crate) device: Option<SessionToken>,
}

impl Browser {
    /// The answer, with the cookie for a browser that had none.
    pub(crate) fn answer(&self, response: Response) -> Response {
        if self.is_new {
            with_session(response, &self.token)
        } else {
            response
        }
    }
}

/// Gives the browser this token: at its first page, and at each sign-in and sign-out.
pub(crate) fn with_session(response: Response, token: &SessionToken) -> Response {
    let value = token.expose();
    let cookie = format!("{SESSION}={value}; Path=/; Secure; HttpOnly; SameSite=Lax");
    with_cookie(response, &cookie)
}

/// Marks the browser as one in which somebody has signed in.
pub(crate) fn with_device(response: Response, token: &SessionToken) -> Response {
    let value = token.expose();
    let cookie = format!(
        "{DEVICE}={value}; Path=/; Max-Age={DEVICE_SECONDS}; Secure; HttpOnly; SameSite=Lax"
    );
    with_cookie(response, &cookie)
}

fn with_cookie(mut response: Response, cookie: &str) -> Response {
    let value = HeaderValue::from_str(cookie).expect("a token is base64url");
    response.headers_mut().append(SET_COOKIE, value);
    response
}

impl FromRequestParts<Arc<AppState>> for Browser {
    type Rejection = Infallible;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &Arc<AppState>,
    ) -> Result<Self, Infallible> {
        let known = cookie(&parts.headers, SESSION);
        let context = parts.extensions.get::<RequestContext>().cloned();
        Ok(Self {
            is_new: known.is_none(),
            token: known.unwrap_or_else(|| SessionToken::generate(state.random.as_ref())),
            device: cookie(&parts.headers, DEVICE),
            context: context.expect("every request has a context"),
            target: parts
                .uri
                .path_and_query()
                .map_or_else(String::new, ToString::to_string),
            state: state.clone(),
        })
    }
}

/// The token in the cookie with this name. Of a cookie that came twice, none counts: one of the two
/// is not ours.
fn cookie(headers: &HeaderMap, name: &str) -> Option<SessionToken> {
    let lines = headers.get_all(COOKIE).iter();
    let mut found = lines
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(found, _)| *found == name);
    match (found.next(), found.next()) {
        (Some((_, value)), None) => SessionToken::parse(value),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_counts_once() {
        let token = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc";
        let of = |line: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(COOKIE, HeaderValue::from_str(line).expect("ASCII"));
            cookie(&headers, SESSION).map(|token| token.expose().to_owned())
        };
        let one = format!("a=b; {SESSION}={token}");
        assert_eq!(of(&one).as_deref(), Some(token));
        assert_eq!(of(&format!("{one}; {SESSION}={token}")), None);
        assert_eq!(of(&format!("{SESSION}=short")), None);
        assert_eq!(of(&format!("x{SESSION}={token}")), None);
    }
}
