use std::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::TokenHash;
use crate::random::Random;

/// Crockford's Base 32 in small letters: no `i`, `l`, `o` and `u`, which are read as something
/// else. 32 characters, so that five random bits give one without bias.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// Characters of a code: 100 random bits, too many to guess even with the hashes at hand
/// (NIST SP 800-63B-4, 3.1.2 asks for 64).
const LENGTH: usize = 20;

/// Characters between hyphens: as many as somebody remembers while typing.
const GROUP: usize = 5;

/// How many codes somebody gets at once.
const SET: usize = 10;

/// A code that signs its owner in once, when everything else is lost. Only its hash is kept.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct RecoveryCode(String);

impl RecoveryCode {
    /// The ten codes that somebody gets, once; those before are to be forgotten.
    pub fn generate_set(random: &dyn Random) -> Vec<Self> {
        (0..SET).map(|_| Self::generate(random)).collect()
    }

    fn generate(random: &dyn Random) -> Self {
        let mut bytes = Zeroizing::new([0; LENGTH]);
        random.fill(&mut bytes[..]);
        Self::grouped(bytes.iter().map(|byte| ALPHABET[usize::from(byte & 31)]))
    }

    /// Takes a code as somebody typed it, if it has the form of one. Letter case, spaces and
    /// hyphens do not count, and what looks alike is the same: `o` and `0`, `i`, `l` and `1`.
    pub fn parse(text: &str) -> Option<Self> {
        let mut letters = Zeroizing::new([0; LENGTH]);
        let mut count = 0;
        for character in text.chars().filter(|character| !separates(*character)) {
            *letters.get_mut(count)? = letter(character)?;
            count += 1;
        }
        (count == LENGTH).then(|| Self::grouped(letters.iter().copied()))
    }

    /// The code itself, to be shown once: `xxxxx-xxxxx-xxxxx-xxxxx`.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What is kept of it.
    pub fn hash(&self) -> TokenHash {
        TokenHash::of("recoveryCode", &self.0)
    }

    fn grouped(letters: impl Iterator<Item = u8>) -> Self {
        let mut text = String::with_capacity(LENGTH + LENGTH / GROUP);
        for (index, letter) in letters.enumerate() {
            if index > 0 && index % GROUP == 0 {
                text.push('-');
            }
            text.push(char::from(letter));
        }
        Self(text)
    }
}

impl fmt::Debug for RecoveryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryCode(..)")
    }
}

/// Spaces and hyphens, also those that word processors put in their place.
fn separates(character: char) -> bool {
    character.is_whitespace()
        || matches!(
            character,
            '-' | '\u{ad}' | '\u{2010}'..='\u{2015}' | '\u{2212}'
        )
}

fn letter(character: char) -> Option<u8> {
    let folded = match character.to_ascii_lowercase() {
        'o' => '0',
        'i' | 'l' => '1',
        other => other,
    };
    let byte = u8::try_from(folded).ok()?;
    ALPHABET.contains(&byte).then_some(byte)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::sync::atomic::{AtomicU8, Ordering};

    use proptest::prelude::*;

    use super::*;

    /// Begins one further each time, so that every code is another one.
    struct Counter(AtomicU8);

    impl Random for Counter {
        fn fill(&self, bytes: &mut [u8]) {
            let mut next = self.0.fetch_add(1, Ordering::Relaxed)..;
            bytes.fill_with(|| next.next().expect("few calls"));
        }
    }

    fn codes() -> Vec<RecoveryCode> {
        RecoveryCode::generate_set(&Counter(AtomicU8::new(0)))
    }

    #[test]
    fn ten_different_codes_that_can_be_typed() {
        let codes = codes();
        let hashes: HashSet<_> = codes.iter().map(RecoveryCode::hash).collect();
        assert_eq!(hashes.len(), 10);
        assert_eq!(codes[0].expose(), "01234-56789-abcde-fghjk");
        assert_eq!(codes[1].expose(), "12345-6789a-bcdef-ghjkm");
        assert_eq!(format!("{:?}", codes[0]), "RecoveryCode(..)");
    }

    #[test]
    fn spelling_does_not_count() {
        let code = &codes()[0];
        for text in [
            "01234-56789-abcde-fghjk",
            "0123456789ABCDEFGHJK",
            " O1234 56789 ABCDE FGHJK\r\n",
            "oi234\u{2011}56789\u{2013}abcde\u{a0}fghjk",
            "0L2-345-678-9ab-cde-fgh-jk",
        ] {
            assert_eq!(RecoveryCode::parse(text).as_ref(), Some(code), "{text:?}");
        }
    }

    #[test]
    fn other_forms_are_no_codes() {
        for text in [
            "",
            "-----",
            "01234-56789-abcde-fghj",
            "01234-56789-abcde-fghjkm",
            "01234-56789-abcde-fghju",
            "01234-56789-abcde-fghj_",
            "01234-56789-abcde-fghj\u{ff4b}",
        ] {
            assert_eq!(RecoveryCode::parse(text), None, "{text:?}");
        }
        assert_eq!(RecoveryCode::parse(&"0".repeat(1 << 20)), None);
    }

    #[test]
    fn a_code_is_no_session() {
        let code = &codes()[0];
        assert_ne!(code.hash(), TokenHash::of("session", code.expose()));
    }

    proptest! {
        #[test]
        fn any_text_gets_an_answer(text in ".{0,60}") {
            if let Some(code) = RecoveryCode::parse(&text) {
                prop_assert_eq!(RecoveryCode::parse(code.expose()), Some(code));
            }
        }
    }
}
