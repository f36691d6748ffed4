//! `GET /error?code=N`: what an error means and what to do, for the person who follows `error_uri`.

use axum::extract::RawQuery;
use axum::response::Response;
use countersign_domain::oauth::error;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_FRAME_OPTIONS,
};
use http::{HeaderValue, StatusCode};

/// The page needs nothing but its own style.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

/// The address of the page about an error.
pub(crate) fn uri(base_url: &str, number: u32) -> String {
    format!("{base_url}/error?code={number}")
}

pub(crate) async fn show(RawQuery(query): RawQuery) -> Response {
    let code = query
        .as_deref()
        .and_then(|query| query.strip_prefix("code="));
    let number = code.and_then(|code| code.parse::<u32>().ok());
    let kind = number.and_then(|number| error::table().into_iter().find(|k| k.number == number));
    let (status, page) = match kind {
        Some(kind) => {
            let about = format!(
                "<p>{}</p><h2>What to do</h2><p>{}</p><dl><dt>error</dt><dd><code>{}</code></dd>\
                 <dt>HTTP status</dt><dd>{}</dd></dl><p>The trace id of the error body finds the \
                 request in the sign-in log.</p>",
                escaped(kind.sentence),
                escaped(kind.remedy),
                kind.code.as_str(),
                kind.status,
            );
            (
                StatusCode::OK,
                page(&format!("AADSTS{}", kind.number), &about),
            )
        }
        None => {
            let about = "<p>This service has no error with that number.</p>";
            (StatusCode::NOT_FOUND, page("Unknown error", about))
        }
    };
    let mut response = Response::new(page.into());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("text/html; charset=utf-8"),
    );
    headers.insert(CONTENT_SECURITY_POLICY, POLICY);
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("max-age=3600"));
    response
}

fn page(title: &str, body: &str) -> String {
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\"><title>{title} - Countersign</title>\
         <style>body{{font:1rem/1.5 system-ui,sans-serif;max-width:40rem;margin:3rem auto;\
         padding:0 1rem}}dt{{font-weight:600}}</style></head>\
         <body><main><h1>{title}</h1>{body}</main></body></html>\n"
    )
}

/// Text from the table, as HTML text.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
