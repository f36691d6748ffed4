//! How long a credential is good for still.

use countersign_domain::clock::Timestamp;

/// Days before the end in which people are warned.
const WARNING_DAYS: i64 = 30;

const DAY_SECONDS: i64 = 86_400;

/// What a badge says about an end.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Expiry {
    /// The badge's kind.
    pub(super) kind: &'static str,
    /// What it says.
    pub(super) label: String,
}

/// The state of a credential at this instant.
pub(super) fn expiry(start_at: Timestamp, end_at: Timestamp, now: Timestamp) -> Expiry {
    let seconds = end_at.unix_seconds().saturating_sub(now.unix_seconds());
    let (kind, label) = match seconds / DAY_SECONDS {
        _ if now >= end_at => ("error", "Expired".to_owned()),
        _ if now < start_at => ("neutral", "Not valid yet".to_owned()),
        0 => ("warning", "Expires today".to_owned()),
        1 => ("warning", "Expires in 1 day".to_owned()),
        days if days < WARNING_DAYS => ("warning", format!("Expires in {days} days")),
        _ => ("ok", "Valid".to_owned()),
    };
    Expiry { kind, label }
}

/// An instant as a day.
pub(super) fn day(at: Timestamp) -> String {
    let (year, month, day) = at.date();
    format!("{year:04}-{month:02}-{day:02}")
}

/// When something was last used, in words.
pub(in crate::portal::applications) fn last_used(at: Option<Timestamp>) -> String {
    match at {
        Some(at) => at.to_error_format().replace('Z', " UTC"),
        None => "Never".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_warned_for_a_month() {
        let now = Timestamp::from_unix_seconds(1_800_000_000);
        let state = |seconds: i64| {
            let expiry = expiry(now, now.plus_seconds(seconds), now);
            format!("{}: {}", expiry.kind, expiry.label)
        };
        assert_eq!(state(30 * DAY_SECONDS), "ok: Valid");
        assert_eq!(state(30 * DAY_SECONDS - 1), "warning: Expires in 29 days");
        assert_eq!(state(DAY_SECONDS), "warning: Expires in 1 day");
        assert_eq!(state(1), "warning: Expires today");
        assert_eq!(state(0), "error: Expired");
        let tomorrow = now.plus_seconds(DAY_SECONDS);
        let later = expiry(tomorrow, tomorrow.plus_seconds(1), now);
        assert_eq!(later.label, "Not valid yet");
    }
}
