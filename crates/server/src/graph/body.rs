//! The body of a request, within limits of size and time.

use std::time::Duration;

use bytes::Bytes;
use countersign_domain::graph::error::GraphError;
use http::HeaderMap;
use http::header::CONTENT_ENCODING;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Incoming;

/// Certificates and twenty batched requests fit in many times over.
const BYTES_MAX: usize = 1024 * 1024;

/// For the whole body.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Reads the whole body.
///
/// A packed body is refused, which is what its clients expect: the Graph SDK of Go packs bodies
/// unasked, and sends them again as they are after a 415.
pub(super) async fn read(headers: &HeaderMap, body: Incoming) -> Result<Bytes, GraphError> {
    if let Some(coding) = headers.get(CONTENT_ENCODING)
        && !coding.as_bytes().eq_ignore_ascii_case(b"identity")
    {
        return Err(GraphError::new(
            415,
            "UnsupportedMediaType",
            "The request body has a Content-Encoding. Send it as it is.",
        ));
    }
    match tokio::time::timeout(TIMEOUT, Limited::new(body, BYTES_MAX).collect()).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(cause)) if cause.is::<LengthLimitError>() => Err(GraphError::new(
            413,
            "RequestEntityTooLarge",
            "The request body is longer than 1 MiB.",
        )),
        Ok(Err(_)) => Err(GraphError::malformed("The request body broke off.")),
        Err(_) => Err(GraphError::new(
            408,
            "RequestTimeout",
            "The request body did not arrive within 10 seconds.",
        )),
    }
}
