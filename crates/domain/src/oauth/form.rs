//! `application/x-www-form-urlencoded`, decoded strictly: a value that could be read in two ways is
//! refused, never guessed.

use std::borrow::Cow;

/// Something in the form could not be decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not form encoding: a '%' without two hexadecimal digits, or bytes that are not UTF-8")]
pub struct InvalidForm;

/// The pairs of a form in their order. A byte-order mark at the start is ignored.
pub fn pairs(
    body: &[u8],
) -> impl Iterator<Item = Result<(Cow<'_, str>, Cow<'_, str>), InvalidForm>> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    body.split(|byte| *byte == b'&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let split = pair
                .iter()
                .position(|byte| *byte == b'=')
                .unwrap_or(pair.len());
            let (name, value) = pair.split_at(split);
            Ok((decode(name)?, decode(value.get(1..).unwrap_or_default())?))
        })
}

/// Decodes one name or value, exactly once.
pub fn decode(text: &[u8]) -> Result<Cow<'_, str>, InvalidForm> {
    if !text.iter().any(|byte| matches!(byte, b'%' | b'+')) {
        return std::str::from_utf8(text)
            .map(Cow::Borrowed)
            .map_err(|_| InvalidForm);
    }
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        match byte {
            b'+' => decoded.push(b' '),
            b'%' => {
                let ([high, low], after) = rest.split_first_chunk::<2>().ok_or(InvalidForm)?;
                decoded.push(hex(*high)? << 4 | hex(*low)?);
                rest = after;
            }
            byte => decoded.push(*byte),
        }
    }
    String::from_utf8(decoded)
        .map(Cow::Owned)
        .map_err(|_| InvalidForm)
}

fn hex(digit: u8) -> Result<u8, InvalidForm> {
    match digit {
        b'0'..=b'9' => Ok(digit - b'0'),
        b'a'..=b'f' => Ok(digit - b'a' + 10),
        b'A'..=b'F' => Ok(digit - b'A' + 10),
        _ => Err(InvalidForm),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(body: &str) -> Result<Vec<(String, String)>, InvalidForm> {
        pairs(body.as_bytes())
            .map(|pair| pair.map(|(name, value)| (name.into_owned(), value.into_owned())))
            .collect()
    }

    fn pair(name: &str, value: &str) -> (String, String) {
        (name.to_owned(), value.to_owned())
    }

    #[test]
    fn decodes_each_value_once() {
        assert_eq!(
            all("a=b+c&d=%2B%25%c3%a9"),
            Ok(vec![pair("a", "b c"), pair("d", "+%é")])
        );
        assert_eq!(all("a=%2525"), Ok(vec![pair("a", "%25")]));
        assert_eq!(all("\u{feff}a=1"), Ok(vec![pair("a", "1")]));
        assert_eq!(
            all("a&&b=&=c"),
            Ok(vec![pair("a", ""), pair("b", ""), pair("", "c")])
        );
        assert_eq!(all("a=b=c"), Ok(vec![pair("a", "b=c")]));
    }

    #[test]
    fn refuses_what_it_cannot_decode() {
        for body in ["a=%zz", "a=%", "a=%e", "a=%e9", "%80=1", "a=%+1"] {
            assert_eq!(all(body), Err(InvalidForm), "{body}");
        }
    }

    proptest::proptest! {
        #[test]
        fn never_panics_and_reads_back_what_was_encoded(value in "\\PC*") {
            let encoded: String =
                value.bytes().map(|byte| format!("%{byte:02X}")).collect();
            proptest::prop_assert_eq!(decode(encoded.as_bytes()), Ok(value.clone().into()));
            let _ = all(&value);
        }
    }
}
