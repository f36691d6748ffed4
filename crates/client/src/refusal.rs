//! The authority's error answer (RFC 6749 §5.2, with the additions of the Microsoft identity
//! platform), and what to do about it. Pure.

use std::fmt;

use serde_json::Value;

use crate::request::CLAIMS_LENGTH_MAX;

/// Descriptions are for people; a longer one is something else.
const TEXT_LENGTH_MAX: usize = 2000;

const REDACTED: &str = "[redacted]";

/// What the authority said. Texts are cut, free of control characters and of what was sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refusal {
    /// The HTTP status.
    pub status: u16,
    /// The OAuth error code, as `invalid_client`; the one thing a program may branch on.
    pub error: Option<String>,
    /// The description for people.
    pub description: Option<String>,
    /// The number after `AADSTS`, as 7000215.
    pub code: Option<u64>,
    /// The further code that a few errors have.
    pub suberror: Option<String>,
    /// By which the authority's log knows the request.
    pub trace_id: Option<String>,
    /// By which this client's request is known; the one it sent.
    pub correlation_id: Option<String>,
    /// When, by the authority's clock.
    pub timestamp: Option<String>,
    /// The claims to ask for, JSON, when the refusal is a claims challenge.
    pub claims: Option<String>,
}

impl Refusal {
    /// Reads an error answer; whatever is not there or not of the right shape is `None`. A throttled
    /// answer often has no readable body at all. `sent` is what may not be seen in it.
    pub(crate) fn read(status: u16, body: &[u8], sent: &str, correlation_id: &str) -> Self {
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        let text = |name: &str| body[name].as_str().map(|text| clean(text, sent));
        let description = text("error_description");
        Self {
            status,
            error: text("error"),
            code: code(&body["error_codes"], description.as_deref()),
            description,
            suberror: text("suberror"),
            trace_id: text("trace_id"),
            correlation_id: text("correlation_id").or_else(|| Some(correlation_id.to_owned())),
            timestamp: text("timestamp"),
            claims: body["claims"]
                .as_str()
                .filter(|claims| claims.len() <= CLAIMS_LENGTH_MAX && !claims.contains(sent))
                .map(str::to_owned),
        }
    }

    /// Whether there was a readable OAuth error at all.
    pub(crate) fn is_oauth(&self) -> bool {
        self.error.is_some()
    }

    /// What to do about it, where that is known.
    pub fn advice(&self) -> Option<&'static str> {
        self.code
            .and_then(advice_by_code)
            .or_else(|| advice_by_error(self.error.as_deref()?))
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.error, &self.description) {
            (Some(error), Some(description)) => write!(f, "{error}: {description}")?,
            (Some(text), None) | (None, Some(text)) => f.write_str(text)?,
            (None, None) => write!(f, "status {} without a readable error", self.status)?,
        }
        // The description ends with the ids when the authority wrote them there.
        let said = |id: &str| {
            self.description
                .as_ref()
                .is_some_and(|text| text.contains(id))
        };
        for (name, id) in [
            ("trace", &self.trace_id),
            ("correlation", &self.correlation_id),
        ] {
            if let Some(id) = id.as_deref().filter(|id| !said(id)) {
                write!(f, ", {name} id {id}")?;
            }
        }
        Ok(())
    }
}

/// One line, not too long, and without what was sent, should the peer have echoed it.
fn clean(text: &str, sent: &str) -> String {
    let text = if sent.is_empty() {
        text.to_owned()
    } else {
        text.replace(sent, REDACTED)
    };
    let line: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(TEXT_LENGTH_MAX)
        .collect();
    // The line break before each id of older answers is two characters.
    line.replace("  ", " ")
}

/// The first of `error_codes`, or else the number in the description.
fn code(codes: &Value, description: Option<&str>) -> Option<u64> {
    codes[0].as_u64().or_else(|| {
        let (_, rest) = description?.split_once("AADSTS")?;
        let end = rest
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(rest.len());
        rest[..end].parse().ok()
    })
}

fn advice_by_code(code: u64) -> Option<&'static str> {
    Some(match code {
        700_016 => "check the client id and the tenant: this application is not in this tenant",
        90_002 | 900_023 | 900_021 => "check the tenant id and the authority",
        7_000_215 => "check the client secret: its value is needed, not its id",
        7_000_222 => "the client secret has expired: add a new one and configure that",
        7_000_216 | 7_000_218 => "give the client a secret, a certificate or an assertion",
        700_027 => "check that this certificate is registered with the application",
        7_000_214 | 7_000_274 | 7_000_277 | 1_000_502 => {
            "the certificate is no longer accepted: register the current one"
        }
        700_024 => "check this machine's clock: the assertion is outside its time",
        70_021 | 700_211 | 700_212 | 700_213 | 700_223 => {
            "check issuer, subject and audience of the application's federated credential"
        }
        7_000_229 => "create the application's service principal in this tenant",
        7_000_112 => "the application is disabled: enable it",
        500_011 | 500_014 | 50_001 => {
            "check the scope: the resource is not in this tenant, or is disabled"
        }
        70_011 | 1_002_012 | 90_014 => "use one scope: the resource followed by `/.default`",
        501_051 => "assign the application to a role of the resource",
        53_003 => "a conditional access policy blocks this client: ask who runs the tenant",
        50_196 => "the client asks too often: keep and share tokens",
        _ => return None,
    })
}

fn advice_by_error(error: &str) -> Option<&'static str> {
    Some(match error {
        "invalid_client" => "check the client id and its credential",
        "unauthorized_client" => "check that the application may use this flow in this tenant",
        "invalid_scope" | "invalid_resource" => {
            "check the scope: the resource followed by `/.default`"
        }
        "interaction_required" => "ask again with the claims of the refusal",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const WRONG_SECRET: &str = r#"{"error":"invalid_client",
        "error_description":"AADSTS7000215: Invalid client secret provided.\r\nTrace ID: t-1\r\nCorrelation ID: c-1\r\nTimestamp: 2026-01-02 03:04:05Z",
        "error_codes":[7000215],"timestamp":"2026-01-02 03:04:05Z","trace_id":"t-1",
        "correlation_id":"c-1"}"#;

    fn read(body: &str) -> Refusal {
        Refusal::read(400, body.as_bytes(), "s3cret", "mine")
    }

    #[test]
    fn every_part_of_the_answer_is_kept() {
        let refusal = read(WRONG_SECRET);
        assert_eq!(refusal.error.as_deref(), Some("invalid_client"));
        assert_eq!(refusal.code, Some(7_000_215));
        assert_eq!(refusal.trace_id.as_deref(), Some("t-1"));
        assert_eq!(refusal.correlation_id.as_deref(), Some("c-1"));
        assert_eq!(refusal.timestamp.as_deref(), Some("2026-01-02 03:04:05Z"));
        assert!(refusal.advice().expect("known").contains("its value"));
        assert_eq!(
            refusal.to_string(),
            "invalid_client: AADSTS7000215: Invalid client secret provided. Trace ID: t-1 \
             Correlation ID: c-1 Timestamp: 2026-01-02 03:04:05Z"
        );
    }

    #[test]
    fn the_number_is_read_from_the_description_when_the_list_is_missing() {
        assert_eq!(
            read(r#"{"error_description":"AADSTS700016: x"}"#).code,
            Some(700_016)
        );
        for description in [
            "AADSTS",
            "AADSTSx",
            "aadsts5",
            "AADSTS99999999999999999999999",
        ] {
            let body = format!(r#"{{"error_description":"{description}"}}"#);
            assert_eq!(read(&body).code, None, "{description}");
        }
    }

    #[test]
    fn whatever_cannot_be_read_is_left_out_and_the_request_stays_known() {
        for body in [
            "",
            "<html>",
            "null",
            "[]",
            "{}",
            r#"{"error":7,"error_codes":"x"}"#,
        ] {
            let refusal = read(body);
            assert!(!refusal.is_oauth() && refusal.code.is_none(), "{body}");
            let shown = refusal.to_string();
            assert_eq!(
                shown,
                "status 400 without a readable error, correlation id mine"
            );
        }
    }

    #[test]
    fn cli_12_what_was_sent_and_what_would_break_a_log_line_is_not_repeated() {
        let body = r#"{"error":"s3cret","error_description":"\u001b[31m got s3cret\n forged",
            "claims":"{\"s3cret\":1}","trace_id":"s3cret"}"#;
        let refusal = read(body);
        assert!(!format!("{refusal:?}{refusal}").contains("s3cret"));
        assert!(!refusal.to_string().contains(['\n', '\u{1b}']));
        let long = format!(r#"{{"error":"{}"}}"#, "e".repeat(100_000));
        assert_eq!(read(&long).error.map(|e| e.len()), Some(TEXT_LENGTH_MAX));
    }
}
