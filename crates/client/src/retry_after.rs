//! The `Retry-After` header (RFC 9110 §10.2.3). Pure.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Nobody is believed who asks for more than an hour.
pub(crate) const PAUSE_MAX: Duration = Duration::from_secs(60 * 60);

/// The pause that `value` asks for: seconds, or a date, which is compared with the answer's own
/// `Date` where there is one, so that our clock does not matter. `None` when it cannot be read, is
/// negative or past.
pub(crate) fn pause(value: &str, date: Option<&str>, now: Duration) -> Option<Duration> {
    let value = value.trim();
    let pause = seconds(value).or_else(|| until(value, date, now))?;
    (!pause.is_zero()).then(|| pause.min(PAUSE_MAX))
}

fn seconds(value: &str) -> Option<Duration> {
    let is_number = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    // More digits than a number holds are a long time as well.
    is_number.then(|| value.parse().map_or(PAUSE_MAX, Duration::from_secs))
}

fn until(value: &str, date: Option<&str>, now: Duration) -> Option<Duration> {
    let until = since_1970(value)?;
    let now = date.and_then(since_1970).unwrap_or(now);
    until.checked_sub(now)
}

fn since_1970(date: &str) -> Option<Duration> {
    let time: SystemTime = httpdate::parse_http_date(date.trim()).ok()?;
    time.duration_since(UNIX_EPOCH).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sun, 06 Nov 1994 08:49:37 GMT
    const NOW: Duration = Duration::from_secs(784_111_777);

    #[track_caller]
    fn check(value: &str, date: Option<&str>, seconds: Option<u64>) {
        assert_eq!(
            pause(value, date, NOW),
            seconds.map(Duration::from_secs),
            "{value:?}"
        );
    }

    #[test]
    fn cli_05_seconds_are_read_and_capped_at_an_hour() {
        check("5", None, Some(5));
        check(" 120 ", None, Some(120));
        check("1000000000", None, Some(3600));
        check("99999999999999999999999999999", None, Some(3600));
    }

    #[test]
    fn cli_05_dates_are_read_and_capped_at_an_hour() {
        check("Sun, 06 Nov 1994 08:49:47 GMT", None, Some(10));
        check("Sunday, 06-Nov-94 08:49:47 GMT", None, Some(10));
        check("Fri, 31 Dec 9999 23:59:59 GMT", None, Some(3600));
        // The authority's clock is an hour behind ours, the pause is ten seconds all the same.
        let date = Some("Sun, 06 Nov 1994 07:49:37 GMT");
        check("Sun, 06 Nov 1994 07:49:47 GMT", date, Some(10));
        check("Sun, 06 Nov 1994 08:49:47 GMT", Some("yesterday"), Some(10));
    }

    #[test]
    fn cli_05_what_asks_for_no_pause_is_none() {
        for value in [
            "",
            "0",
            "-5",
            "+5",
            "1.5",
            "5s",
            "soon",
            "٣",
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 1993 08:49:37 GMT",
            "Sun, 06 Nov 1994 99:49:37 GMT",
            "Thu, 01 Jan 1900 00:00:00 GMT",
        ] {
            check(value, None, None);
        }
    }
}
