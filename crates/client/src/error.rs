//! What can go wrong, sorted by whether trying again can help.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::Refusal;

type Cause = Arc<dyn StdError + Send + Sync>;

/// Why there is no token. Cheap to clone: everybody who waited for one request gets the same error.
///
/// It never carries a secret, an assertion or a token, and may be logged as it is.
#[derive(Clone)]
pub struct Error(Arc<Inner>);

struct Inner {
    kind: ErrorKind,
    message: String,
    refusal: Option<Refusal>,
    retry_after: Option<Duration>,
    cause: Option<Cause>,
}

/// Whose fault it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The authority refused the request; [`Error::refusal`] has its words. Final.
    Refused,
    /// The authority asked for a pause that is longer than a caller should wait. Transient.
    Throttled,
    /// The authority could not be reached, did not answer in time or failed. Transient.
    Unavailable,
    /// Something answered that is not a token endpoint. Final.
    Protocol,
    /// The credential could not be read or made. Final, until the file or its maker is mended.
    Credential,
    /// The arguments cannot be right. Final.
    Request,
}

impl Error {
    /// Whose fault it is.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Whether the same call may succeed a little later without anybody mending anything.
    pub fn is_transient(&self) -> bool {
        matches!(self.kind(), ErrorKind::Throttled | ErrorKind::Unavailable)
    }

    /// The authority's own words, if it answered with an error.
    pub fn refusal(&self) -> Option<&Refusal> {
        self.0.refusal.as_ref()
    }

    /// How long the authority asked to be left alone, when it answered.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// What to do about it, where that is known.
    pub fn advice(&self) -> Option<&'static str> {
        self.refusal().and_then(Refusal::advice)
    }

    pub(crate) fn refused(refusal: Refusal) -> Self {
        let message = "the authority refused the request".to_owned();
        Self::with_refusal(ErrorKind::Refused, message, refusal, None)
    }

    pub(crate) fn throttled(refusal: Refusal, pause: Duration) -> Self {
        let message = "the authority asks this client to wait".to_owned();
        Self::with_refusal(ErrorKind::Throttled, message, refusal, Some(pause))
    }

    /// The same, as it is after a part of the pause.
    pub(crate) fn still_throttled(&self, left: Duration) -> Self {
        let Inner {
            message, refusal, ..
        } = &*self.0;
        let refusal = refusal.clone().unwrap_or_default();
        Self::with_refusal(ErrorKind::Throttled, message.clone(), refusal, Some(left))
    }

    pub(crate) fn failed(refusal: Refusal) -> Self {
        let message = "the authority failed".to_owned();
        Self::with_refusal(ErrorKind::Unavailable, message, refusal, None)
    }

    pub(crate) fn unreachable(cause: reqwest::Error) -> Self {
        let cause = cause.without_url();
        let message = if cause.is_timeout() {
            "the authority did not answer in time".to_owned()
        } else {
            let innermost = root_of(&cause);
            format!(
                "the authority cannot be reached: {innermost}; \
                 check its address, the network and the certificates"
            )
        };
        Self::new(ErrorKind::Unavailable, message, Some(Arc::new(cause)))
    }

    pub(crate) fn timed_out(after: Duration) -> Self {
        let message = format!("no token within {} s", after.as_secs_f64());
        Self::new(ErrorKind::Unavailable, message, None)
    }

    /// The runtime that the request ran on has ended, or what came was expired, more than once.
    pub(crate) fn lost() -> Self {
        let message = "the request was lost with the runtime it ran on, or its token came too late";
        Self::new(ErrorKind::Unavailable, message, None)
    }

    pub(crate) fn no_randomness() -> Self {
        Self::new(
            ErrorKind::Unavailable,
            "the system has no random numbers to give",
            None,
        )
    }

    pub(crate) fn protocol(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Protocol, message, None)
    }

    pub(crate) fn credential(message: impl Into<String>, cause: Option<Cause>) -> Self {
        Self::new(ErrorKind::Credential, message, cause)
    }

    pub(crate) fn request(message: &str) -> Self {
        Self::new(ErrorKind::Request, message, None)
    }

    fn new(kind: ErrorKind, message: impl Into<String>, cause: Option<Cause>) -> Self {
        Self(Arc::new(Inner {
            kind,
            message: message.into(),
            refusal: None,
            retry_after: None,
            cause,
        }))
    }

    fn with_refusal(
        kind: ErrorKind,
        message: String,
        refusal: Refusal,
        retry_after: Option<Duration>,
    ) -> Self {
        Self(Arc::new(Inner {
            kind,
            message,
            refusal: Some(refusal),
            retry_after,
            cause: None,
        }))
    }
}

/// The innermost cause, which is the one that tells most.
fn root_of<'a>(error: &'a (dyn StdError + 'static)) -> &'a (dyn StdError + 'static) {
    error.source().map_or(error, root_of)
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)?;
        if let Some(pause) = self.retry_after() {
            write!(f, " for {} s", pause.as_secs_f64().ceil())?;
        }
        if let Some(refusal) = self.refusal() {
            write!(f, ": {refusal}")?;
        }
        match self.advice() {
            Some(advice) => write!(f, " ({advice})"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.0.kind)
            .field("message", &self.0.message)
            .field("refusal", &self.0.refusal)
            .field("retry_after", &self.0.retry_after)
            .field("cause", &self.0.cause.as_ref().map(ToString::to_string))
            .finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        let cause = self.0.cause.as_deref()?;
        Some(cause)
    }
}
