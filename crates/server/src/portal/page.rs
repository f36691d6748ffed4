//! How a page becomes bytes, with the headers that keep it from being used against its reader.

use askama::Template;
use axum::body::Body;
use axum::response::Response;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_FRAME_OPTIONS,
};
use http::{HeaderValue, StatusCode};

/// Where a page may send its forms.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) enum Policy<'a> {
    /// Here only.
    #[default]
    Own,
    /// Here, where they are answered with a redirect to this origin: browsers ask for the policy
    /// again at each step.
    AndThenTo(&'a str),
}

impl Policy<'_> {
    /// No framing (clickjacking), no inline script or style (injection), nothing from another host.
    fn header(self) -> HeaderValue {
        let form_action = match self {
            Self::Own => "'self'".to_owned(),
            Self::AndThenTo(origin) => format!("'self' {origin}"),
        };
        let policy = format!(
            "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; \
             object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action {form_action}"
        );
        HeaderValue::from_str(&policy).unwrap_or_else(|_| {
            HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'")
        })
    }
}

/// A page with this status.
pub(crate) fn page(status: StatusCode, policy: Policy<'_>, template: &impl Template) -> Response {
    let (status, html) = match template.render() {
        Ok(html) => (status, html),
        Err(error) => {
            tracing::error!(%error, "a page could not be made");
            let text = "<!doctype html><title>Error</title><p>This page could not be made.</p>";
            (StatusCode::INTERNAL_SERVER_ERROR, text.to_owned())
        }
    };
    let mut response = Response::new(Body::from(html));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, policy.header());
    let fixed = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        // Pages show secrets, and what a person may see who signs out.
        (CACHE_CONTROL, "no-store"),
        // Without any referrer, browsers would not say either which site a form comes from.
        (REFERRER_POLICY, "same-origin"),
        (X_FRAME_OPTIONS, "DENY"),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.insert(
        "cross-origin-opener-policy",
        HeaderValue::from_static("same-origin"),
    );
    response
}

/// Sends the browser to another page of ours with `GET`, also after a form (RFC 9700 section 4.12).
pub(crate) fn see_other(location: &str) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SEE_OTHER;
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Ok(location) = HeaderValue::from_str(location) {
        headers.insert(http::header::LOCATION, location);
    }
    response
}
