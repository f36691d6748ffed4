//! Which conditions of a federated credential a token meets, in words.

use countersign_domain::clock::{SKEW_SECONDS, Timestamp};
use countersign_domain::directory::{FederatedIdentityCredential, SubjectMatcher};
use countersign_domain::oauth::error::{self, ErrorKind, OauthError};
use countersign_domain::oauth::federation::{self, Met};
use countersign_token::{Assertion, AssertionClaims};

/// Characters of a value of the token that are shown.
const SHOWN_MAX: usize = 256;

/// A credential, held against a token.
pub(super) struct Verdict {
    pub(super) name: String,
    pub(super) conditions: Vec<Condition>,
}

/// One condition.
pub(super) struct Condition {
    pub(super) name: &'static str,
    pub(super) state: State,
    /// What the credential asks for.
    pub(super) expected: String,
    /// What the token has.
    pub(super) found: String,
    /// What to do where it fails.
    pub(super) advice: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Holds,
    /// With the number that the token endpoint says.
    Fails(u32),
    NotChecked,
}

/// What became of the signature.
pub(super) enum Signature {
    Holds,
    Refused(OauthError),
    /// The token is another issuer's.
    NotChecked,
}

impl Verdict {
    /// Whether the token proves the application by this credential.
    pub(super) fn holds(&self) -> bool {
        let mut conditions = self.conditions.iter();
        conditions.all(|condition| condition.state == State::Holds)
    }
}

impl Condition {
    pub(super) fn badge(&self) -> &'static str {
        match self.state {
            State::Holds => "ok",
            State::Fails(_) => "error",
            State::NotChecked => "neutral",
        }
    }

    pub(super) fn label(&self) -> String {
        match self.state {
            State::Holds => "Holds".to_owned(),
            State::Fails(number) => format!("Fails (AADSTS{number})"),
            State::NotChecked => "Not checked".to_owned(),
        }
    }

    fn new(
        name: &'static str,
        holds: bool,
        kind: &ErrorKind,
        expected: String,
        found: String,
    ) -> Self {
        let (state, advice) = match holds {
            true => (State::Holds, String::new()),
            false => (State::Fails(kind.number), kind.remedy.replace('`', "")),
        };
        Self {
            name,
            state,
            expected,
            found,
            advice,
        }
    }
}

/// Holds a credential against a token.
pub(super) fn explain(
    credential: &FederatedIdentityCredential,
    assertion: &Assertion<'_>,
    claims: &AssertionClaims,
    signature: &Signature,
    now: Timestamp,
) -> Verdict {
    let met = federation::met(credential, claims);
    Verdict {
        name: credential.name.clone(),
        conditions: vec![
            issuer(credential, claims, met),
            subject(credential, claims, met),
            audience(credential, claims, met),
            time(claims, now),
            signed(assertion, signature),
        ],
    }
}

fn issuer(
    credential: &FederatedIdentityCredential,
    claims: &AssertionClaims,
    met: Met,
) -> Condition {
    let kind = &error::FEDERATED_ISSUER_UNKNOWN;
    let found = or_none("iss", claims.iss.as_deref());
    Condition::new("Issuer", met.issuer, kind, credential.issuer.clone(), found)
}

fn subject(
    credential: &FederatedIdentityCredential,
    claims: &AssertionClaims,
    met: Met,
) -> Condition {
    let own = claims.sub.as_deref();
    match &credential.subject {
        SubjectMatcher::Subject(wanted) => {
            let differs_in_case = own.is_some_and(|own| own.eq_ignore_ascii_case(wanted));
            let kind = match differs_in_case {
                true => &error::FEDERATED_SUBJECT_CASE,
                false => &error::FEDERATED_SUBJECT_UNKNOWN,
            };
            let found = or_none("sub", own);
            Condition::new("Subject", met.subject, kind, wanted.clone(), found)
        }
        SubjectMatcher::Expression(expression) => {
            let found = expression.claim_names().map(|name| {
                let value = claims.all.get(name).and_then(|value| value.as_str());
                format!("{name}: {}", or_none(name, value))
            });
            Condition::new(
                "Expression",
                met.subject,
                &error::FEDERATED_SUBJECT_UNKNOWN,
                expression.to_string(),
                found.collect::<Vec<_>>().join("; "),
            )
        }
    }
}

fn audience(
    credential: &FederatedIdentityCredential,
    claims: &AssertionClaims,
    met: Met,
) -> Condition {
    let kind = &error::FEDERATED_AUDIENCE_UNKNOWN;
    let values = claims
        .aud
        .as_ref()
        .map(|audience| audience.values.join(", "));
    let found = or_none("aud", values.as_deref());
    let expected = credential.audiences.join(" or ");
    Condition::new("Audience", met.audience, kind, expected, found)
}

fn time(claims: &AssertionClaims, now: Timestamp) -> Condition {
    let check = federation::check_current(claims, now);
    let (holds, kind) = match &check {
        Ok(()) => (true, &error::ASSERTION_NOT_CURRENT),
        Err(error) => (false, error.kind),
    };
    let said = |name: &str, at: Option<i64>| match at.map(Timestamp::from_micros) {
        Some(at) => format!("{name} {}", at.to_error_format()),
        None => format!("no {name}"),
    };
    let minutes = SKEW_SECONDS / 60;
    let mut condition = Condition::new(
        "Time",
        holds,
        kind,
        format!(
            "valid at {}, give or take {minutes} minutes",
            now.to_error_format()
        ),
        format!(
            "{}, {}, {}",
            said("nbf", claims.nbf),
            said("iat", claims.iat),
            said("exp", claims.exp)
        ),
    );
    if !holds {
        let is_over = claims.exp.is_some_and(|exp| exp < now.micros());
        condition.advice = match is_over {
            true => "The token has expired: get a new one from its issuer.",
            false => "Compare the clocks of the issuer and of this server; exp must be there.",
        }
        .to_owned();
    }
    condition
}

fn signed(assertion: &Assertion<'_>, signature: &Signature) -> Condition {
    let kid = or_none("kid", assertion.unverified_kid());
    let algorithm = shown(assertion.unverified_alg());
    let mut condition = Condition {
        name: "Signature",
        state: State::Holds,
        expected: "by a key of the credential's issuer".to_owned(),
        found: format!("algorithm {algorithm}, key {kid}"),
        advice: String::new(),
    };
    match signature {
        Signature::Holds => {}
        Signature::NotChecked => {
            condition.state = State::NotChecked;
            condition.advice =
                "The token is of another issuer, so this one was not asked for its keys."
                    .to_owned();
        }
        Signature::Refused(refusal) => {
            let kind = refusal.kind;
            condition.state = State::Fails(kind.number);
            condition.advice = format!("{} {}", reason(refusal), kind.remedy.replace('`', ""));
        }
    }
    condition
}

fn reason(refusal: &OauthError) -> &str {
    let number = refusal.kind.number;
    if number == error::FEDERATED_ISSUER_UNREACHABLE.number {
        "The issuer's keys could not be fetched."
    } else if number == error::FEDERATED_KEYS_UNREADABLE.number {
        "The issuer's keys could not be read."
    } else if number == error::FEDERATED_KEY_UNKNOWN.number {
        "The issuer has no key with this id."
    } else if number == error::ASSERTION_SIGNATURE_INVALID.number {
        "The key did not make this signature, or not with this algorithm."
    } else {
        &refusal.message
    }
}

fn or_none(name: &str, value: Option<&str>) -> String {
    value.map_or_else(|| format!("no {name}"), shown)
}

/// A value of a token that may come from anybody: cut, and without characters that are not seen or
/// that turn the text around them.
fn shown(value: &str) -> String {
    let is_hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    let mut chars = value.chars();
    let cut = chars.by_ref().take(SHOWN_MAX);
    let mut text: String = cut
        .map(|c| if is_hidden(c) { '\u{fffd}' } else { c })
        .collect();
    if chars.next().is_some() {
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_strangers_are_cut_and_cleaned() {
        assert_eq!(shown("a\u{202e}b\nc"), "a\u{fffd}b\u{fffd}c");
        assert_eq!(shown(&"x".repeat(256)), "x".repeat(256));
        let cut = shown(&"é".repeat(1_000));
        assert_eq!(cut.chars().count(), 257);
        assert!(cut.ends_with('…'));
    }
}
