//! The body of a token request, within limits of size and time.

use std::borrow::Cow;
use std::time::Duration;

use bytes::Bytes;
use countersign_domain::oauth::error::{self, OauthError};
use countersign_domain::oauth::request::Parameters;
use futures_util::stream;
use http::HeaderMap;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Incoming;

/// A client assertion may have 65,536 characters; secrets and scopes come on top.
pub(super) const BYTES_MAX: usize = 128 * 1024;

/// For the whole body.
const TIMEOUT: Duration = Duration::from_secs(10);

/// What a body is encoded as.
pub(super) enum Encoding {
    /// `application/x-www-form-urlencoded`.
    Form,
    /// `multipart/form-data` with this boundary.
    Multipart(String),
    /// Anything else: holds no parameters.
    Unknown,
}

impl Encoding {
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let content_type = headers
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok());
        let content_type = content_type.unwrap_or_default();
        let essence = content_type.split(';').next().unwrap_or_default().trim();
        if essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            return Self::Form;
        }
        multer::parse_boundary(content_type).map_or(Self::Unknown, Self::Multipart)
    }
}

/// Reads the whole body.
pub(super) async fn read(headers: &HeaderMap, body: Incoming) -> Result<Bytes, OauthError> {
    let too_large = || error::REQUEST_TOO_LARGE.with(&[("limit", &BYTES_MAX.to_string())]);
    let announced = headers
        .get(CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse().ok());
    if announced.is_some_and(|length: u64| length > BYTES_MAX as u64) {
        return Err(too_large());
    }
    match tokio::time::timeout(TIMEOUT, Limited::new(body, BYTES_MAX).collect()).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(cause)) if cause.is::<LengthLimitError>() => Err(too_large()),
        Ok(Err(_)) => Err(error::MALFORMED.with(&[("reason", "The body broke off.")])),
        Err(_) => Err(error::REQUEST_TOO_SLOW.with(&[("seconds", &TIMEOUT.as_secs().to_string())])),
    }
}

/// Reads the fields of a multipart body that is already in memory.
pub(super) async fn multipart(
    body: Bytes,
    boundary: String,
) -> Result<Parameters<'static>, OauthError> {
    let malformed =
        || error::MALFORMED.with(&[("reason", "The body is not multipart/form-data in UTF-8.")]);
    let whole = stream::once(async { Ok::<_, std::convert::Infallible>(body) });
    let mut fields = multer::Multipart::new(whole, boundary);
    let mut parameters = Parameters::default();
    while let Some(field) = fields.next_field().await.map_err(|_| malformed())? {
        let Some(name) = field.name().map(ToOwned::to_owned) else {
            continue;
        };
        let value = field.bytes().await.map_err(|_| malformed())?;
        let value = String::from_utf8(value.into()).map_err(|_| malformed())?;
        parameters.add(&name, Cow::Owned(value))?;
    }
    Ok(parameters)
}
