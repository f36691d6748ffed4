//! The token answer. Pure: status, headers and body in, token or error out.

use std::fmt;
use std::time::Duration;

use http::HeaderValue;
use serde::Deserialize;
use serde_json::Value;

use crate::retry_after;
use crate::{Error, Refusal};

/// As long as other clients of this protocol pause when the authority does not say.
const THROTTLE_DEFAULT: Duration = Duration::from_secs(5);

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) retry_after: Option<String>,
    pub(crate) date: Option<String>,
    pub(crate) body: Vec<u8>,
}

/// What the request was, as far as the answer has to be held against it.
pub(crate) struct Asked<'a> {
    /// Secret or assertion, which no error may repeat.
    pub(crate) proof: &'a str,
    pub(crate) correlation_id: &'a str,
    /// The system time, since 1970.
    pub(crate) now: Duration,
}

/// A token, as granted.
pub(crate) struct Granted {
    /// `Bearer` and the token; marked as sensitive.
    pub(crate) authorization: HeaderValue,
    pub(crate) expires_in: Duration,
    pub(crate) refresh_in: Option<Duration>,
}

impl fmt::Debug for Granted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Granted")
            .field("expires_in", &self.expires_in)
            .field("refresh_in", &self.refresh_in)
            .finish_non_exhaustive()
    }
}

/// Reads the answer of a token endpoint, of either version.
pub(crate) fn process(answer: &Answer, asked: &Asked<'_>) -> Result<Granted, Error> {
    if answer.status == 200 {
        return granted(&answer.body);
    }
    let refusal = Refusal::read(
        answer.status,
        &answer.body,
        asked.proof,
        asked.correlation_id,
    );
    let pause = answer
        .retry_after
        .as_deref()
        .and_then(|value| retry_after::pause(value, answer.date.as_deref(), asked.now));
    Err(match (answer.status, pause) {
        (429, pause) => Error::throttled(refusal, pause.unwrap_or(THROTTLE_DEFAULT)),
        (503, Some(pause)) => Error::throttled(refusal, pause),
        (408 | 500..=599, _) => Error::failed(refusal),
        // The credential would go to whoever is named there.
        (300..=399, _) => Error::protocol(format!(
            "the authority answered with a redirect (status {}), which is not followed; \
             configure the address that it redirects to, if that is the authority",
            answer.status
        )),
        _ if refusal.is_oauth() => Error::refused(refusal),
        (status, _) => Error::protocol(format!(
            "status {status} and no OAuth error: that is no token endpoint; check the authority"
        )),
    })
}

#[derive(Deserialize)]
struct Body {
    access_token: String,
    token_type: String,
    expires_in: Value,
    #[serde(default)]
    refresh_in: Value,
}

fn granted(body: &[u8]) -> Result<Granted, Error> {
    // The parser's own words might quote the token.
    let body: Body = serde_json::from_slice(body).map_err(|_| {
        Error::protocol(
            "status 200, but no JSON with `access_token`, `token_type` and `expires_in`: \
             that is no token endpoint; check the authority",
        )
    })?;
    if !body.token_type.eq_ignore_ascii_case("bearer") {
        return Err(Error::protocol("the token granted is not a bearer token"));
    }
    let expires_in = seconds(&body.expires_in)
        .filter(|life| !life.is_zero())
        .ok_or_else(|| Error::protocol("`expires_in` of the token granted is not above 0"))?;
    Ok(Granted {
        authorization: authorization(&body.access_token)
            .ok_or_else(|| Error::protocol("the token granted cannot be sent in a header"))?,
        expires_in,
        refresh_in: seconds(&body.refresh_in),
    })
}

/// The header for a token in the alphabet of RFC 6750 §2.1.
pub(crate) fn authorization(token: &str) -> Option<HeaderValue> {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte);
    if token.is_empty() || !token.bytes().all(is_allowed) {
        return None;
    }
    let mut value = HeaderValue::try_from(format!("Bearer {token}")).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// A number, or the text of one: version 1.0 of the endpoint writes all numbers as texts.
fn seconds(value: &Value) -> Option<Duration> {
    let whole = match value {
        Value::String(text) => text.parse().ok(),
        number => number.as_u64(),
    };
    whole.map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;

    fn answer(status: u16, retry_after: Option<&str>, body: &str) -> Answer {
        Answer {
            status,
            retry_after: retry_after.map(str::to_owned),
            date: None,
            body: body.as_bytes().to_vec(),
        }
    }

    fn processed(answer: &Answer) -> Result<Granted, Error> {
        let asked = Asked {
            proof: "s3cret",
            correlation_id: "mine",
            now: Duration::from_secs(784_111_777),
        };
        process(answer, &asked)
    }

    #[test]
    fn tokens_of_both_versions_are_read() {
        let v2 = r#"{"token_type":"Bearer","expires_in":3599,"ext_expires_in":3599,"refresh_in":1800,"access_token":"a.b-_.c"}"#;
        let token = processed(&answer(200, None, v2)).expect("a token");
        assert_eq!(token.authorization, "Bearer a.b-_.c");
        assert_eq!(token.expires_in.as_secs(), 3599);
        assert_eq!(token.refresh_in, Some(Duration::from_secs(1800)));
        let v1 =
            r#"{"token_type":"bearer","expires_in":"3599","expires_on":"1","access_token":"t"}"#;
        let token = processed(&answer(200, None, v1)).expect("a token");
        assert_eq!((token.expires_in.as_secs(), token.refresh_in), (3599, None));
    }

    #[test]
    fn what_is_no_token_is_an_error_that_shows_nothing_of_it() {
        for body in [
            "",
            "<html>s3cret</html>",
            "null",
            r#"["Bearer",3599,"s3cret"]"#,
            r#"{"token_type":"Bearer","access_token":"s3cret"}"#,
            r#"{"token_type":"Bearer","expires_in":0,"access_token":"s3cret"}"#,
            r#"{"token_type":"Bearer","expires_in":-1,"access_token":"s3cret"}"#,
            r#"{"token_type":"Bearer","expires_in":"soon","access_token":"s3cret"}"#,
            r#"{"token_type":"Bearer","expires_in":3599,"access_token":""}"#,
            r#"{"token_type":"Bearer","expires_in":3599,"access_token":"s3cret\r\nx: y"}"#,
            r#"{"token_type":"Bearer","expires_in":3599,"access_token":"s3cret s3cret"}"#,
            r#"{"token_type":"pop","expires_in":3599,"access_token":"s3cret"}"#,
            r#"{"token_type":"Bearer","expires_in":3599,"access_token":7}"#,
        ] {
            let error = processed(&answer(200, None, body)).expect_err("no token");
            assert_eq!(error.kind(), ErrorKind::Protocol, "{body}");
            assert!(!format!("{error:?} {error}").contains("s3cret"), "{error}");
        }
    }

    #[test]
    fn the_status_decides_what_may_be_tried_again() {
        const OAUTH: &str = r#"{"error":"invalid_client"}"#;
        for (status, retry_after, body, kind, pause) in [
            (400, None, OAUTH, ErrorKind::Refused, None),
            (401, Some("5"), OAUTH, ErrorKind::Refused, None),
            (403, None, OAUTH, ErrorKind::Refused, None),
            (404, None, "<html>", ErrorKind::Protocol, None),
            (204, None, "", ErrorKind::Protocol, None),
            (302, None, "", ErrorKind::Protocol, None),
            (307, None, OAUTH, ErrorKind::Protocol, None),
            (408, None, "", ErrorKind::Unavailable, None),
            (429, Some("7"), "busy", ErrorKind::Throttled, Some(7)),
            (429, Some("-7"), OAUTH, ErrorKind::Throttled, Some(5)),
            (429, None, "", ErrorKind::Throttled, Some(5)),
            (500, Some("7"), OAUTH, ErrorKind::Unavailable, None),
            (503, None, "", ErrorKind::Unavailable, None),
            (503, Some("999999"), "", ErrorKind::Throttled, Some(3600)),
        ] {
            let error = processed(&answer(status, retry_after, body)).expect_err("an error");
            assert_eq!(error.kind(), kind, "{status}");
            assert_eq!(
                error.retry_after(),
                pause.map(Duration::from_secs),
                "{status}"
            );
        }
    }
}
