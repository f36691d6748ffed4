//! Passwords of people: what a new one has to be like, how it is kept, how one is checked.
//!
//! The rules are those of NIST SP 800-63B-4, 3.1.1.2: long rather than colourful. No kind of
//! character is asked for and none is refused, nothing is trimmed or cut off, and a password
//! never expires. The reasons are in `docs/decisions/0007-passwords.md`.

mod guessable;
mod hashing;
mod words;

use std::fmt;

use unicode_normalization::UnicodeNormalization as _;
use zeroize::Zeroizing;

use super::PasswordHash;
use crate::random::Random;

pub use hashing::{needs_rehash, verify};

/// The fewest characters of a password, which may be the only thing that somebody proves.
pub const CHARACTERS_MIN: usize = 15;

/// The most characters of a password: far beyond what people type, and still cheap to hash.
pub const CHARACTERS_MAX: usize = 1024;

/// The most bytes that are looked at. Composing shortens UTF-8 to a third at most, so every
/// spelling of a password of [`CHARACTERS_MAX`] characters fits.
const SENT_BYTES_MAX: usize = 3 * 4 * CHARACTERS_MAX;

/// A password that may be kept: long enough, and not easy to guess. Wiped when dropped.
pub struct NewPassword(Zeroizing<String>);

/// What a guesser knows of somebody, and tries first.
#[derive(Debug, Clone, Copy)]
pub struct PasswordContext<'a> {
    /// The name of the tenant.
    pub tenant_name: &'a str,
    /// The name that the user signs in with.
    pub user_principal_name: &'a str,
    /// The user's full name.
    pub display_name: &'a str,
}

/// Why a password cannot be used. It says what to do, and never repeats the password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordRefusal {
    /// It is short enough to be found by trying.
    #[error(
        "The password has {characters} of at least {CHARACTERS_MIN} characters. Make it longer: a \
         few words that have nothing to do with each other are easy to remember."
    )]
    TooShort {
        /// How many characters it has.
        characters: usize,
    },
    /// It is longer than anything that is taken.
    #[error("The password has more than {CHARACTERS_MAX} characters. Choose a shorter one.")]
    TooLong,
    /// It consists of what guessers try first.
    #[error(
        "The password is easy to guess: it consists of well-known words, names of the user or the \
         tenant, digits, neighbouring keys or repetitions only. Add words that have nothing to do \
         with each other, or let a password manager choose."
    )]
    Guessable,
}

impl NewPassword {
    /// Takes a password that somebody chose, exactly as it was typed.
    pub fn check(text: &str, about: &PasswordContext<'_>) -> Result<Self, PasswordRefusal> {
        let text = normalized(text).ok_or(PasswordRefusal::TooLong)?;
        let characters = text.chars().count();
        if characters < CHARACTERS_MIN {
            return Err(PasswordRefusal::TooShort { characters });
        }
        if guessable::is_guessable(&text, about) {
            return Err(PasswordRefusal::Guessable);
        }
        Ok(Self(text))
    }

    /// What is kept of it. Takes some 20 ms and 19 MiB: nothing for a thread that serves others.
    pub fn hash(&self, random: &dyn Random) -> PasswordHash {
        hashing::hash(&self.0, random)
    }
}

impl fmt::Debug for NewPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NewPassword(..)")
    }
}

/// The hash to keep from now on of a password that was right, where the kept one was made with less
/// work than one made today.
pub fn rehash(password: &str, kept: &PasswordHash, random: &dyn Random) -> Option<PasswordHash> {
    let text = normalized(password).filter(|_| needs_rehash(kept))?;
    Some(hashing::hash(&text, random))
}

/// A password in normalisation form C, so that it does not matter whether a keyboard sends `é` as
/// one character or as two; `None` where it is too long.
fn normalized(text: &str) -> Option<Zeroizing<String>> {
    if text.len() > SENT_BYTES_MAX {
        return None;
    }
    // Form C is three times as long at most: with room for that, no copy is left behind by growing.
    let mut composed = Zeroizing::new(String::with_capacity(3 * text.len()));
    composed.extend(text.nfc());
    (composed.chars().count() <= CHARACTERS_MAX).then_some(composed)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ABOUT: PasswordContext<'_> = PasswordContext {
        tenant_name: "Contoso",
        user_principal_name: "admin@contoso.example",
        display_name: "Global Administrator",
    };

    fn refusal(text: &str) -> Option<PasswordRefusal> {
        NewPassword::check(text, &ABOUT).err()
    }

    /// Text in which nothing repeats soon.
    fn letters(count: usize) -> String {
        let letter = |index: usize| char::from(b"kzufgxawmhtvcjeb"[index * index / 7 % 16]);
        (0..count).map(letter).collect()
    }

    #[test]
    fn length_counts_characters_and_nothing_is_cut_off() {
        let short = |characters| Some(PasswordRefusal::TooShort { characters });
        assert_eq!(refusal(""), short(0));
        assert_eq!(refusal(&letters(14)), short(14));
        for accepted in [15, 64, 200, 1024] {
            assert_eq!(refusal(&letters(accepted)), None, "{accepted} characters");
        }
        assert_eq!(refusal(&letters(1025)), Some(PasswordRefusal::TooLong));
        assert_eq!(
            refusal(&"x".repeat(1 << 20)),
            Some(PasswordRefusal::TooLong)
        );
        let kept = NewPassword::check(" ends with blanks, begins too  ", &ABOUT);
        assert_eq!(*kept.expect("long").0, " ends with blanks, begins too  ");
    }

    #[test]
    fn characters_are_counted_as_composed() {
        let composed = "\u{e9}kzufgxawmhtvc";
        let decomposed = "e\u{301}kzufgxawmhtvc";
        assert_eq!(refusal(composed), refusal(decomposed));
        assert_eq!(
            refusal(decomposed),
            Some(PasswordRefusal::TooShort { characters: 14 })
        );
        // The longest password, in the longest spelling: 3 bytes become 8.
        let longest: String = (0..1024).map(|_| "\u{1ebf}").collect();
        let apart: String = longest.nfd().collect();
        assert!(normalized(&apart).is_some_and(|text| *text == longest));
    }

    #[test]
    fn every_character_is_welcome() {
        for text in [
            "correct horse battery staple",
            "🦀🐎🔋📎🎷🌋🧭🪁🥨🧲🪵🦔🧶🛶🪗",
            "пятнадцать знаков",
            "tab\tand\u{0}nul are characters too",
            "<[$^%)(*&!~`;':",
        ] {
            assert_eq!(refusal(text), None, "{text}");
        }
    }

    #[test]
    fn nobody_sees_a_password() {
        let password = NewPassword::check("correct horse battery staple", &ABOUT);
        assert_eq!(format!("{password:?}"), "Ok(NewPassword(..))");
        let refusal = refusal("password123456789").expect("guessable");
        assert!(!format!("{refusal} {refusal:?}").contains("password123"));
    }
}
