//! What a page of ours sent: a form that this browser was given.

use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::constant_time;
use axum::body::Body;
use axum::extract::{FromRequest, FromRequestParts};
use bytes::Bytes;
use countersign_domain::oauth::form;
use futures_util::stream;
use http::header::{CONTENT_TYPE, ORIGIN};
use http::{HeaderMap, HeaderValue, Request};
use http_body_util::{BodyExt, Limited};

use super::browser::Browser;
use super::problem::Problem;
use crate::state::AppState;

/// A certificate chain and a token to try fit in several times over.
const BYTES_MAX: usize = 256 * 1024;

/// For the whole body.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The hidden field that ties a form to a browser.
const FORM_TOKEN: &str = "form_token";

/// The fields of a form. There is no other way to a body than through the check that a page of ours
/// in this browser sent it (ASVS 3.5.1 to 3.5.3), so no change can be made without it.
pub(crate) struct Form {
    fields: Vec<(String, Bytes)>,
}

impl Form {
    /// A field as it was entered, without blanks around it; empty where there is none.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.exact(name).trim()
    }

    /// A field exactly as it was entered: passwords.
    pub(crate) fn exact(&self, name: &str) -> &str {
        let bytes = self.bytes(name);
        std::str::from_utf8(bytes).unwrap_or_default()
    }

    /// The bytes of a field, as of a file.
    pub(crate) fn bytes(&self, name: &str) -> &[u8] {
        let mut fields = self.fields.iter();
        let found = fields.find(|(known, _)| known == name);
        found.map_or(&[][..], |(_, value)| &value[..])
    }

    /// A field that says something.
    pub(crate) fn some(&self, name: &str) -> Option<&str> {
        Some(self.text(name)).filter(|text| !text.is_empty())
    }

    /// Every value of a field that comes several times.
    pub(crate) fn all(&self, name: &str) -> Vec<&str> {
        let fields = self.fields.iter().filter(|(known, _)| known == name);
        fields
            .filter_map(|(_, value)| std::str::from_utf8(value).ok())
            .map(str::trim)
            .collect()
    }

    /// Whether a box is ticked.
    pub(crate) fn is_checked(&self, name: &str) -> bool {
        !self.text(name).is_empty()
    }
}

impl FromRequest<Arc<AppState>> for Form {
    type Rejection = Problem;

    async fn from_request(request: Request<Body>, state: &Arc<AppState>) -> Result<Self, Problem> {
        let (mut parts, body) = request.into_parts();
        let Ok(browser) = Browser::from_request_parts(&mut parts, state).await;
        check_sender(&parts.headers, state.base_url.as_str())?;
        let body = read(body).await?;
        let form = Self {
            fields: fields(&parts.headers, body).await?,
        };
        let (given, own) = (form.bytes(FORM_TOKEN), browser.token.form_token());
        let is_own = constant_time::verify_slices_are_equal(given, own.as_bytes()).is_ok();
        match is_own && !browser.is_new {
            true => Ok(form),
            false => Err(Problem::stale_form()),
        }
    }
}

/// Refuses what a page of another site sent. Browsers say so in either header, and no page can
/// forge them.
fn check_sender(headers: &HeaderMap, origin: &str) -> Result<(), Problem> {
    let header = |name: &str| headers.get(name).map(HeaderValue::as_bytes);
    let is_own_origin = header(ORIGIN.as_str()).is_none_or(|sent| sent == origin.as_bytes());
    let is_own_site =
        header("sec-fetch-site").is_none_or(|sent| matches!(sent, b"same-origin" | b"none"));
    match is_own_origin && is_own_site {
        true => Ok(()),
        false => Err(Problem::foreign_form(origin)),
    }
}

async fn read(body: Body) -> Result<Bytes, Problem> {
    match tokio::time::timeout(TIMEOUT, Limited::new(body, BYTES_MAX).collect()).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(_)) => Err(Problem::bad_form(
            "It broke off, or it is longer than 256 KiB.",
        )),
        Err(_) => Err(Problem::bad_form("It did not arrive within 10 seconds.")),
    }
}

async fn fields(headers: &HeaderMap, body: Bytes) -> Result<Vec<(String, Bytes)>, Problem> {
    let content_type = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    match multer::parse_boundary(content_type) {
        Ok(boundary) => multipart(body, boundary).await,
        Err(_) => urlencoded(&body),
    }
}

fn urlencoded(body: &[u8]) -> Result<Vec<(String, Bytes)>, Problem> {
    form::pairs(body)
        .map(|pair| {
            let (name, value) = pair.map_err(|_| Problem::bad_form("It is not UTF-8."))?;
            Ok((name.into_owned(), Bytes::from(value.into_owned())))
        })
        .collect()
}

async fn multipart(body: Bytes, boundary: String) -> Result<Vec<(String, Bytes)>, Problem> {
    let malformed = |_| Problem::bad_form("It is not multipart/form-data.");
    let whole = stream::once(async { Ok::<_, std::convert::Infallible>(body) });
    let mut parts = multer::Multipart::new(whole, boundary);
    let mut fields = Vec::new();
    while let Some(part) = parts.next_field().await.map_err(malformed)? {
        let name = part.name().unwrap_or_default().to_owned();
        fields.push((name, part.bytes().await.map_err(malformed)?));
    }
    Ok(fields)
}
