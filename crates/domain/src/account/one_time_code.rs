//! One-time codes by authenticator app: TOTP (RFC 6238) with HMAC-SHA-1, six digits and steps of 30
//! seconds, which is what every app takes.
//!
//! SHA-1's collisions are no matter here: HMAC does not rest on them (RFC 6194 3.3).

use std::fmt;
use std::fmt::Write as _;

use aws_lc_rs::{constant_time, hmac};
use fast_qr::{ECL, QRBuilder};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::clock::Timestamp;
use crate::random::Random;

/// Bytes of a shared secret: 160 bits, the length of the hash (RFC 4226 4, R6).
const SECRET_BYTES: usize = 20;

const DIGITS: usize = 6;
const STEP_SECONDS: i64 = 30;

/// Steps before and after the current one whose codes count too: for slow fingers, and for clocks
/// that are a little off (RFC 6238 5.2).
const STEPS_AROUND: i64 = 1;

/// RFC 4648 6.
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// Light modules around a QR code, so that readers find it (ISO/IEC 18004 asks for 4).
const QUIET_ZONE: usize = 4;

/// The secret that an authenticator app and this server share.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct AuthenticatorSecret([u8; SECRET_BYTES]);

impl AuthenticatorSecret {
    /// A fresh one.
    pub fn generate(random: &dyn Random) -> Self {
        let mut secret = Self([0; SECRET_BYTES]);
        random.fill(&mut secret.0);
        secret
    }

    /// One as it was kept; `None` where it has another length.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Some(Self(bytes.try_into().ok()?))
    }

    /// The bytes, to be sealed and kept.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// The form that people type into an app: 32 characters.
    pub fn base32(&self) -> String {
        // 160 bits are a whole number of groups of five bytes, which are eight characters each.
        let mut text = String::with_capacity(SECRET_BYTES / 5 * 8);
        for group in self.0.chunks_exact(5) {
            let bits = group
                .iter()
                .fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
            let index = |shift: u32| (bits >> shift & 31) as usize;
            text.extend((0..8).rev().map(|n| char::from(BASE32[index(n * 5)])));
        }
        text
    }

    /// The address that apps read from a QR code. It contains the secret.
    pub fn uri(&self, issuer: &str, account: &str) -> String {
        let (issuer, account) = (percent_encoded(issuer), percent_encoded(account));
        let secret = self.base32();
        format!(
            "otpauth://totp/{issuer}:{account}?secret={secret}&issuer={issuer}\
             &algorithm=SHA1&digits={DIGITS}&period={STEP_SECONDS}"
        )
    }

    /// The time step whose code this is, if it is later than the last one that was used: a code is
    /// good once (RFC 6238 5.2), and whoever overlooks one cannot use an earlier one either.
    pub fn check(&self, code: &str, now: Timestamp, last_step: i64) -> Option<i64> {
        let digits = typed_digits(code)?;
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &self.0);
        let current = now.unix_seconds().div_euclid(STEP_SECONDS);
        let mut found = None;
        // Every candidate is compared, in constant time.
        for step in current - STEPS_AROUND..=current + STEPS_AROUND {
            let is_equal =
                constant_time::verify_slices_are_equal(&code_at(&key, step), &digits).is_ok();
            if is_equal && step > last_step {
                found = Some(step);
            }
        }
        found
    }
}

impl fmt::Debug for AuthenticatorSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AuthenticatorSecret(..)")
    }
}

/// A QR code of an address as an SVG image in the text's own colour, which has to be dark on light;
/// `None` where it is too long for one. The page names it.
pub fn qr_svg(uri: &str) -> Option<String> {
    let code = QRBuilder::new(uri).ecl(ECL::M).build().ok()?;
    let size = code.size + 2 * QUIET_ZONE;
    let mut path = String::new();
    for row in 0..code.size {
        for column in (0..code.size).filter(|column| code[row][*column].value()) {
            let (x, y) = (column + QUIET_ZONE, row + QUIET_ZONE);
            write!(path, "M{x} {y}h1v1h-1z").ok()?;
        }
    }
    Some(format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" fill="currentColor" shape-rendering="crispEdges"><path d="{path}"/></svg>"#
    ))
}

/// The code of one time step (RFC 4226 5.3).
fn code_at(key: &hmac::Key, step: i64) -> [u8; DIGITS] {
    let tag = hmac::sign(key, &step.to_be_bytes());
    let tag = tag.as_ref();
    let offset = usize::from(tag[tag.len() - 1] & 15);
    let mut number = tag[offset..offset + 4]
        .iter()
        .fold(0, |number: u32, byte| number << 8 | u32::from(*byte))
        & 0x7fff_ffff;
    let mut digits = [0; DIGITS];
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
    }
    digits
}

/// The digits of a code as people type it: apps show it in groups.
fn typed_digits(code: &str) -> Option<[u8; DIGITS]> {
    let mut digits = [0; DIGITS];
    let mut typed = code.chars().filter(|character| !character.is_whitespace());
    for digit in &mut digits {
        *digit = u8::try_from(typed.next().filter(char::is_ascii_digit)?).ok()?;
    }
    typed.next().is_none().then_some(digits)
}

/// Everything but unreserved characters (RFC 3986 2.3); apps take `+` for what it is.
fn percent_encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // A String takes everything.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The secret of RFC 6238 appendix B (SHA-1) and of RFC 4226 appendix D.
    const SECRET: &[u8] = b"12345678901234567890";

    fn secret() -> AuthenticatorSecret {
        AuthenticatorSecret::from_bytes(SECRET).expect("20 bytes")
    }

    fn code(step: i64) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, SECRET);
        String::from_utf8(code_at(&key, step).to_vec()).expect("digits")
    }

    #[test]
    fn codes_are_those_of_rfc_4226_appendix_d() {
        let codes: Vec<String> = (0..10).map(code).collect();
        let expected = [
            "755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583",
            "399871", "520489",
        ];
        assert_eq!(codes, expected);
    }

    #[test]
    fn codes_are_those_of_rfc_6238_appendix_b() {
        // The RFC shows eight digits; codes of six are their ends.
        for (seconds, eight_digits) in [
            (59, "94287082"),
            (1_111_111_109, "07081804"),
            (1_111_111_111, "14050471"),
            (1_234_567_890, "89005924"),
            (2_000_000_000, "69279037"),
            (20_000_000_000, "65353130"),
        ] {
            let now = Timestamp::from_unix_seconds(seconds);
            let step = secret().check(&eight_digits[2..], now, 0);
            assert_eq!(step, Some(seconds / STEP_SECONDS), "{seconds}");
        }
    }

    #[test]
    fn one_step_early_or_late_counts_and_each_code_is_good_once() {
        let at = |step: i64| Timestamp::from_unix_seconds(step * STEP_SECONDS);
        let check = |step, now, last| secret().check(&code(step), at(now), last);
        assert_eq!(check(100, 99, 0), Some(100));
        assert_eq!(check(100, 100, 0), Some(100));
        assert_eq!(check(100, 101, 0), Some(100));
        assert_eq!(check(100, 98, 0), None);
        assert_eq!(check(100, 102, 0), None);
        assert_eq!(check(100, 100, 99), Some(100));
        assert_eq!(check(100, 100, 100), None, "used");
        assert_eq!(check(99, 100, 100), None, "older than a used one");
    }

    #[test]
    fn groups_are_taken_and_nothing_else_is() {
        let check = |code: &str| secret().check(code, Timestamp::from_unix_seconds(59), 0);
        for code in ["287082", "287 082", " 28 70\u{a0}82\n"] {
            assert_eq!(check(code), Some(1), "{code:?}");
        }
        for code in [
            "",
            "28708",
            "2870820",
            "94287082",
            "28708x",
            "287-082",
            "٢٨٧٠٨٢",
            "+87082",
        ] {
            assert_eq!(check(code), None, "{code:?}");
        }
    }

    #[test]
    fn far_times_do_not_overflow() {
        for micros in [i64::MIN, -1, 0, i64::MAX] {
            let now = Timestamp::from_micros(micros);
            assert_eq!(secret().check("000000", now, i64::MAX), None);
        }
    }

    #[test]
    fn the_address_is_what_apps_read() {
        assert_eq!(
            secret().uri("Contoso & co", "admin@contoso.example"),
            "otpauth://totp/Contoso%20%26%20co:admin%40contoso.example\
             ?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Contoso%20%26%20co\
             &algorithm=SHA1&digits=6&period=30"
        );
        assert_eq!(format!("{:?}", secret()), "AuthenticatorSecret(..)");
        assert!(AuthenticatorSecret::from_bytes(b"short").is_none());
    }

    #[test]
    fn the_qr_code_is_an_image_of_attributes_only() {
        let svg = qr_svg(&secret().uri("Countersign", "admin@contoso.example")).expect("fits");
        assert!(svg.starts_with("<svg xmlns=") && svg.ends_with("z\"/></svg>"));
        assert!(!svg.contains("style") && svg.len() < 60_000);
        assert_eq!(qr_svg(&"x".repeat(5_000)), None);
    }
}
