//! Base64url without padding (RFC 7515 §2), strict in both directions.
//!
//! Strict decoding keeps one token from having several spellings: padding, white space, the
//! standard alphabet's `+` and `/`, and non-zero trailing bits are all errors.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};

/// The text is not strict unpadded base64url.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not base64url without padding")]
pub struct DecodeError;

/// Encodes `bytes` without padding.
pub fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Decodes `text`, refusing every non-canonical spelling.
///
/// # Errors
/// When a character is outside the alphabet, the length is impossible or trailing bits are set.
pub fn decode(text: &str) -> Result<Vec<u8>, DecodeError> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| DecodeError)
}

/// Decodes `text` without padding or with exactly the right one, as some clients send it; nothing
/// else is lenient.
pub(crate) fn decode_padding_optional(text: &str) -> Result<Vec<u8>, DecodeError> {
    if text.ends_with('=') {
        return URL_SAFE.decode(text).map_err(|_| DecodeError);
    }
    decode(text)
}

/// Decodes either alphabet, never both in one text, with optional padding: for thumbprints and
/// certificates, which are only compared and never signed in this form.
pub(crate) fn decode_either_alphabet(text: &str) -> Result<Vec<u8>, DecodeError> {
    if !text.contains(['+', '/']) {
        return decode_padding_optional(text);
    }
    let engine = if text.ends_with('=') {
        STANDARD
    } else {
        STANDARD_NO_PAD
    };
    engine.decode(text).map_err(|_| DecodeError)
}

/// The number of characters `encode` makes of `length` bytes.
pub(crate) const fn encoded_length(length: usize) -> usize {
    length.div_ceil(3) * 4 - (3 - length % 3) % 3
}

/// Appends the encoding of `bytes` to `out` without an intermediate allocation.
pub(crate) fn encode_onto(bytes: &[u8], out: &mut Vec<u8>) {
    let start = out.len();
    out.resize(start + encoded_length(bytes.len()), 0);
    let written = URL_SAFE_NO_PAD
        .encode_slice(bytes, &mut out[start..])
        .expect("the slice has the encoded length");
    debug_assert_eq!(start + written, out.len());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_spellings_are_refused() {
        // "QQ" is the one spelling of b"A"; the rest differ in padding, bits, alphabet or length.
        assert_eq!(decode("QQ"), Ok(b"A".to_vec()));
        for text in ["QQ==", "QR", "Q", "Q Q", " QQ", "QQ\n", "+/+/", "Q.Q", "é"] {
            assert_eq!(decode(text), Err(DecodeError), "{text:?}");
        }
    }

    #[test]
    fn padding_is_optional_only_where_it_is_called_so_and_only_in_the_right_amount() {
        assert_eq!(decode_padding_optional("QQ"), Ok(b"A".to_vec()));
        assert_eq!(decode_padding_optional("QQ=="), Ok(b"A".to_vec()));
        for text in [
            "QQ=", "QQ===", "QR==", "QQ=Q", "=QQ=", "QQ==\n", "QQQQ=", "+/+/", "=", "==",
        ] {
            assert_eq!(decode_padding_optional(text), Err(DecodeError), "{text:?}");
        }
    }

    #[test]
    fn the_alphabets_do_not_mix() {
        for text in ["-_-_", "+/+/"] {
            assert_eq!(decode_either_alphabet(text), Ok(vec![0xfb, 0xff, 0xbf]));
        }
        assert_eq!(decode_either_alphabet("+w=="), Ok(vec![0xfb]));
        assert_eq!(decode_either_alphabet("+w"), Ok(vec![0xfb]));
        for text in ["+_+_", "+w=", "+x==", "+/+/ "] {
            assert_eq!(decode_either_alphabet(text), Err(DecodeError), "{text:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn encoding_round_trips_and_has_the_computed_length(bytes: Vec<u8>) {
            let mut out = b"x".to_vec();
            encode_onto(&bytes, &mut out);
            let text = encode(&bytes);
            proptest::prop_assert_eq!(&out[1..], text.as_bytes());
            proptest::prop_assert_eq!(text.len(), encoded_length(bytes.len()));
            proptest::prop_assert_eq!(decode(&text), Ok(bytes));
        }
    }
}
