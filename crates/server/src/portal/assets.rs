//! Style and scripts, out of the binary.

use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderName, StatusCode};

const CSS: &str = "text/css; charset=utf-8";

const JAVASCRIPT: &str = "text/javascript; charset=utf-8";

/// Name, type, content.
const ASSETS: [(&str, &str, &[u8]); 4] = [
    ("portal.css", CSS, include_bytes!("../../assets/portal.css")),
    (
        "portal.js",
        JAVASCRIPT,
        include_bytes!("../../assets/portal.js"),
    ),
    (
        "passkey.js",
        JAVASCRIPT,
        include_bytes!("../../assets/passkey.js"),
    ),
    (
        "icon.svg",
        "image/svg+xml",
        include_bytes!("../../assets/icon.svg"),
    ),
];

/// `GET /portal/assets/{name}`
pub(super) async fn show(Path(name): Path<String>) -> Response {
    let found = ASSETS.iter().find(|(known, ..)| *known == name);
    let Some((_, content_type, content)) = found else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let headers: [(HeaderName, &str); 2] = [
        (CONTENT_TYPE, content_type),
        // An hour after an upgrade, every browser has the new one.
        (CACHE_CONTROL, "public, max-age=3600"),
    ];
    (headers, *content).into_response()
}
