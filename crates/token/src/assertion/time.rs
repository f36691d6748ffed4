//! The one grammar of time claims.

/// The last second of the year 9999.
const SECONDS_MAX: i64 = 253_402_300_799;

const MICROSECONDS: i64 = 1_000_000;

/// Reads decimal seconds with an optional fraction, the same grammar whether they came as a number
/// or as a string: no sign, exponent, space or leading zero. Answers microseconds, rounded down.
pub(super) fn micros(text: &str) -> Option<i64> {
    let (whole, fraction) = match text.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (text, None),
    };
    let is_canonical = whole == "0" || !whole.starts_with('0');
    if !is_canonical || !is_digits(whole) || !fraction.is_none_or(is_digits) {
        return None;
    }
    // Only after the check: `parse` takes a sign.
    let seconds: i64 = whole
        .parse()
        .ok()
        .filter(|seconds| *seconds <= SECONDS_MAX)?;
    let micros = fraction
        .unwrap_or_default()
        .bytes()
        .chain(std::iter::repeat(b'0'))
        .take(6);
    let micros = micros.fold(0, |sum, digit| sum * 10 + i64::from(digit - b'0'));
    Some(seconds * MICROSECONDS + micros)
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn decimal_seconds_are_read() {
        for (text, expected) in [
            ("0", 0),
            ("1700000600", 1_700_000_600_000_000),
            ("1700000600.123", 1_700_000_600_123_000),
            ("1795249171.6874", 1_795_249_171_687_400),
            ("1700000600.0", 1_700_000_600_000_000),
            ("0.0000019", 1),
            ("253402300799.9999999", 253_402_300_799_999_999),
        ] {
            assert_eq!(micros(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn anything_else_is_no_time() {
        for text in [
            "",
            ".",
            "1.",
            ".5",
            "1.2.3",
            "-1",
            "+1",
            "1e9",
            "1E9",
            "1.5e3",
            "0x10",
            " 1",
            "1 ",
            "1\n",
            "01",
            "00",
            "1_000",
            "1,5",
            "soon",
            "NaN",
            "inf",
            "true",
            "null",
            "٣",
            "1.٣",
            "253402300800",
            "9223372036854775808",
            "99999999999999999999999999",
        ] {
            assert_eq!(micros(text), None, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn numbers_come_out_as_they_went_in(seconds in 0..=SECONDS_MAX, fraction in 0..MICROSECONDS) {
            prop_assert_eq!(micros(&seconds.to_string()), Some(seconds * MICROSECONDS));
            let text = format!("{seconds}.{fraction:06}");
            prop_assert_eq!(micros(&text), Some(seconds * MICROSECONDS + fraction));
        }

        #[test]
        fn only_the_grammar_is_taken(text in "[-+0-9.eEx ]{0,14}") {
            let parts: Vec<_> = text.split('.').collect();
            let is_number = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_digit());
            let is_time = parts.len() <= 2
                && parts.iter().all(|part| is_number(part))
                && (parts[0] == "0" || !parts[0].starts_with('0'))
                && parts[0].parse::<i64>().is_ok_and(|seconds| seconds <= SECONDS_MAX);
            prop_assert_eq!(micros(&text).is_some(), is_time, "{:?}", text);
        }
    }
}
