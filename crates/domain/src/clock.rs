//! Instants, and the clock that is passed in. Nothing in this crate reads the system's clock.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// How far two clocks may disagree before a time claim is refused.
pub const SKEW_SECONDS: i64 = 300;

const MICROSECONDS: i64 = 1_000_000;

/// Tells the time. The server's clock is the system's; a test's can be moved.
pub trait Clock: Send + Sync {
    /// The current instant.
    fn now(&self) -> Timestamp;
}

/// An instant in microseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// The text was not an RFC 3339 instant such as `2026-11-21T09:00:00Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a time of the form 2026-11-21T09:00:00Z")]
pub struct InvalidTimestamp;

impl Timestamp {
    /// The instant this many microseconds after the epoch.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// The instant this many seconds after the epoch.
    pub const fn from_unix_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(MICROSECONDS))
    }

    /// Microseconds since the epoch.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Whole seconds since the epoch, rounded down.
    pub const fn unix_seconds(self) -> i64 {
        self.0.div_euclid(MICROSECONDS)
    }

    /// This instant moved by a number of seconds; stops at the ends of the range.
    #[must_use]
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(MICROSECONDS)))
    }

    /// The form of error bodies: `2023-12-11 23:18:06Z`.
    pub fn to_error_format(self) -> String {
        let civil = self.civil();
        format!(
            "{:04}-{:02}-{:02} {:02}:{:02}:{:02}Z",
            civil.year(),
            civil.month(),
            civil.day(),
            civil.hour(),
            civil.minute(),
            civil.second()
        )
    }

    /// The form of assertion errors: `2023-12-11T23:18:06.0000000Z`.
    pub fn to_seven_digits(self) -> String {
        let civil = self.civil();
        format!(
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}0Z",
            civil.year(),
            civil.month(),
            civil.day(),
            civil.hour(),
            civil.minute(),
            civil.second(),
            self.0.rem_euclid(MICROSECONDS)
        )
    }

    /// The form of key errors: `12/11/2023 23:18:06`.
    pub fn to_american(self) -> String {
        let civil = self.civil();
        format!(
            "{:02}/{:02}/{:04} {:02}:{:02}:{:02}",
            civil.month(),
            civil.day(),
            civil.year(),
            civil.hour(),
            civil.minute(),
            civil.second()
        )
    }

    /// Year, month and day in UTC.
    pub fn date(self) -> (i32, u8, u8) {
        let civil = self.civil();
        (
            civil.year().into(),
            civil.month().unsigned_abs(),
            civil.day().unsigned_abs(),
        )
    }

    fn civil(self) -> jiff::civil::DateTime {
        // Out-of-range instants can only come from a damaged row; the epoch is a safe answer.
        let instant =
            jiff::Timestamp::from_microsecond(self.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        jiff::tz::Offset::UTC.to_datetime(instant)
    }
}

/// RFC 3339 in UTC; the fraction only where there is one, in microseconds.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let civil = self.civil();
        write!(
            f,
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}",
            civil.year(),
            civil.month(),
            civil.day(),
            civil.hour(),
            civil.minute(),
            civil.second()
        )?;
        match self.0.rem_euclid(MICROSECONDS) {
            0 => write!(f, "Z"),
            fraction => write!(f, ".{fraction:06}Z"),
        }
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Timestamp {
    type Err = InvalidTimestamp;

    fn from_str(text: &str) -> Result<Self, InvalidTimestamp> {
        let instant: jiff::Timestamp = text.parse().map_err(|_| InvalidTimestamp)?;
        Ok(Self(instant.as_microsecond()))
    }
}

impl Serialize for Timestamp {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_and_parses() {
        let instant = Timestamp::from_unix_seconds(1_702_336_686);
        assert_eq!(instant.to_string(), "2023-12-11T23:18:06Z");
        assert_eq!(instant.to_error_format(), "2023-12-11 23:18:06Z");
        assert_eq!(
            "2023-12-11T23:18:06.5Z".parse(),
            Ok(Timestamp(1_702_336_686_500_000))
        );
        assert_eq!("2023-12-12T00:18:06+01:00".parse(), Ok(instant));
        assert_eq!("yesterday".parse::<Timestamp>(), Err(InvalidTimestamp));
    }
}
