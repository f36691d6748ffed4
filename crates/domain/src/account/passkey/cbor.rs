//! CBOR as authenticators write it (CTAP 2.1, section 8): definite lengths, no tags, little nesting.

use minicbor::Decoder;
use minicbor::data::Type;

/// Levels of nesting that authenticators may use.
const DEPTH_MAX: u8 = 4;

/// The pairs that follow, of a map of definite length.
pub(super) fn map(decoder: &mut Decoder<'_>) -> Option<u64> {
    decoder.map().ok().flatten()
}

/// Fills an empty slot; a full one means that something came twice.
pub(super) fn once<T>(slot: &mut Option<T>, value: T) -> Option<()> {
    slot.replace(value).is_none().then_some(())
}

/// Passes over one map of extension outputs: names of extensions, and anything well-formed.
pub(super) fn skip_extensions(decoder: &mut Decoder<'_>) -> Option<()> {
    for _ in 0..map(decoder)? {
        decoder.str().ok()?;
        skip(decoder, DEPTH_MAX - 1)?;
    }
    Some(())
}

/// Passes over one item. Every turn of a loop takes a byte or ends it, so a length that promises
/// more than there is costs nothing.
pub(super) fn skip(decoder: &mut Decoder<'_>, depth: u8) -> Option<()> {
    match decoder.datatype().ok()? {
        Type::Array => {
            let inner = depth.checked_sub(1)?;
            for _ in 0..decoder.array().ok().flatten()? {
                skip(decoder, inner)?;
            }
            Some(())
        }
        Type::Map => {
            let inner = depth.checked_sub(1)?;
            for _ in 0..map(decoder)? {
                skip(decoder, inner)?;
                skip(decoder, inner)?;
            }
            Some(())
        }
        Type::Tag
        | Type::Break
        | Type::ArrayIndef
        | Type::MapIndef
        | Type::BytesIndef
        | Type::StringIndef
        | Type::Unknown(_) => None,
        _ => decoder.skip().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn skipped(bytes: &[u8]) -> Option<usize> {
        let mut decoder = Decoder::new(bytes);
        skip_extensions(&mut decoder)?;
        Some(decoder.position())
    }

    #[test]
    fn well_formed_outputs_are_passed_over() {
        for (bytes, length) in [
            (&b"\xa0"[..], 1),
            (b"\xa1\x61a\x01", 4),
            (b"\xa1\x61a\xf5\x00", 4),
            (b"\xa1\x61a\xa1\x61b\x81\x80", 8),
            (b"\xa2\x61a\x42xy\x61b\xfb\0\0\0\0\0\0\0\0", 17),
        ] {
            assert_eq!(skipped(bytes), Some(length), "{bytes:x?}");
        }
    }

    #[test]
    fn everything_else_is_refused() {
        for bytes in [
            &b""[..],
            b"\x80",                                 // no map
            b"\xa1\x01\x01",                         // no name
            b"\xa1\x61a",                            // no value
            b"\xa1\x61a\x42x",                       // cut
            b"\xbf\xff",                             // indefinite length
            b"\xa1\x61a\x9f\xff",                    // the same, inside
            b"\xa1\x61a\xc1\x01",                    // a tag
            b"\xa1\x61a\x81\x81\x81\x81\x80",        // nested too deep
            b"\xbb\xff\xff\xff\xff\xff\xff\xff\xff", // a promise
        ] {
            assert_eq!(skipped(bytes), None, "{bytes:x?}");
        }
    }
}
