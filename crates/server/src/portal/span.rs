//! The span of time that a log page shows.

use countersign_domain::clock::Timestamp;

use super::chart::Steps;

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

/// The spans that a page offers, by the value of its field, with their seconds.
const OFFERED: [(&str, &str, i64); 4] = [
    ("hour", "Last hour", HOUR),
    ("day", "Last 24 hours", DAY),
    ("week", "Last 7 days", 7 * DAY),
    ("month", "Last 30 days", 30 * DAY),
];

/// A choice in the list of spans.
pub(super) struct Choice {
    pub(super) value: &'static str,
    pub(super) label: &'static str,
    pub(super) is_chosen: bool,
}

/// From when, and until when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    /// Nothing where everything is shown that there is.
    pub(super) from: Option<Timestamp>,
    /// The instant after the span, where it is not now.
    pub(super) until: Option<Timestamp>,
}

impl Span {
    /// The span that was chosen, or why it is none. What is not offered counts as `default`.
    pub(super) fn read(
        chosen: &str,
        default: &str,
        (from, until): (&str, &str),
        now: Timestamp,
    ) -> Result<Self, &'static str> {
        if chosen == "own" {
            return Self::own(from, until);
        }
        let offered = |name: &str| OFFERED.iter().find(|(value, ..)| *value == name);
        let seconds = match offered(chosen).or_else(|| offered(default)) {
            Some((.., seconds)) if chosen != "all" => *seconds,
            _ => {
                return Ok(Self {
                    from: None,
                    until: None,
                });
            }
        };
        Ok(Self {
            from: Some(now.plus_seconds(-seconds)),
            until: None,
        })
    }

    fn own(from: &str, until: &str) -> Result<Self, &'static str> {
        let span = Self {
            from: instant(from)?,
            until: instant(until)?,
        };
        match (span.from, span.until) {
            (Some(from), Some(until)) if from >= until => {
                Err("The end of the time is before its beginning.")
            }
            _ => Ok(span),
        }
    }

    /// Conditions of `$filter` on the property that has an entry's time.
    pub(super) fn conditions(self, property: &str) -> Vec<String> {
        let from = self.from.map(|from| format!("{property} ge {from}"));
        let until = self.until.map(|until| format!("{property} lt {until}"));
        from.into_iter().chain(until).collect()
    }

    /// What a chart of the span is made of: minutes, hours or days of UTC.
    pub(super) fn steps(self, now: Timestamp) -> Option<Steps> {
        let just_after = Timestamp::from_micros(now.micros().saturating_add(1));
        let (from, until) = (self.from?, self.until.unwrap_or(just_after));
        let seconds = until.unix_seconds().saturating_sub(from.unix_seconds());
        let step = match seconds {
            i64::MIN..=HOUR => 300,
            3_601..=172_800 => HOUR,
            _ => DAY,
        };
        Steps::within(from, until, step)
    }
}

/// The choices of a page; `all` where it can show everything.
pub(super) fn choices(chosen: &str, with_all: bool) -> Vec<Choice> {
    let offered = OFFERED.iter().map(|(value, label, _)| (*value, *label));
    let all = with_all.then_some(("all", "Any time"));
    offered
        .chain(all)
        .chain([("own", "From and until below")])
        .map(|(value, label)| Choice {
            value,
            label,
            is_chosen: value == chosen,
        })
        .collect()
}

/// What a browser sends of a field of date and time, which is taken as UTC.
fn instant(text: &str) -> Result<Option<Timestamp>, &'static str> {
    const FORM: &str = "A time has the form 2026-11-21T09:00, in UTC.";
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let whole = match text.len() {
        10 => format!("{text}T00:00:00Z"),
        16 => format!("{text}:00Z"),
        19 => format!("{text}Z"),
        _ => text.to_owned(),
    };
    whole.parse().map(Some).map_err(|_| FORM)
}

/// An instant of the API as people read it, in UTC.
pub(super) fn shown(instant: &str) -> String {
    match (instant.get(..10), instant.get(11..19)) {
        (Some(day), Some(time)) => format!("{day} {time}"),
        _ => instant.to_owned(),
    }
}

/// How long ago, or in how long: `5 minutes`.
pub(super) fn duration(seconds: i64) -> String {
    let seconds = seconds.unsigned_abs();
    let (count, unit) = match seconds {
        0..60 => (seconds, "second"),
        60..3_600 => (seconds / 60, "minute"),
        3_600..172_800 => (seconds / 3_600, "hour"),
        _ => (seconds / 86_400, "day"),
    };
    match count {
        1 => format!("1 {unit}"),
        count => format!("{count} {unit}s"),
    }
}

/// The day of an instant as the API writes it.
pub(super) fn day(instant: &str) -> &str {
    instant.get(..10).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_unix_seconds(1_800_000_000);

    fn conditions(chosen: &str, own: (&str, &str)) -> Result<String, &'static str> {
        let span = Span::read(chosen, "day", own, NOW)?;
        Ok(span.conditions("at").join(" and "))
    }

    #[test]
    fn a_span_becomes_conditions() {
        let none = ("", "");
        assert_eq!(
            conditions("hour", none).as_deref(),
            Ok("at ge 2027-01-15T07:00:00Z")
        );
        assert_eq!(conditions("", none), conditions("day", none));
        assert_eq!(conditions("' or 1", none), conditions("day", none));
        assert_eq!(conditions("all", none).as_deref(), Ok(""));
        assert_eq!(
            conditions("own", ("2026-11-21T09:00", "2026-11-22")).as_deref(),
            Ok("at ge 2026-11-21T09:00:00Z and at lt 2026-11-22T00:00:00Z")
        );
        assert!(conditions("own", ("yesterday", "")).is_err());
        assert!(conditions("own", ("2026-11-22", "2026-11-21")).is_err());
    }

    #[test]
    fn durations_are_words() {
        let words = [0, 1, 59, -300, 7_300, 180_000].map(duration);
        let expected = [
            "0 seconds",
            "1 second",
            "59 seconds",
            "5 minutes",
            "2 hours",
            "2 days",
        ];
        assert_eq!(words, expected);
        assert_eq!(shown("2027-01-15T08:00:00.5Z"), "2027-01-15 08:00:00");
        assert_eq!(shown("é"), "é");
    }
}
