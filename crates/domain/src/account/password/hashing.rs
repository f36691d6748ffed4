use std::hint::black_box;

use argon2::password_hash::phc::PasswordHash as PhcString;
use argon2::{Algorithm, Argon2, Params, PasswordHasher as _, PasswordVerifier as _, Version};

use super::normalized;
use crate::account::PasswordHash;
use crate::random::Random;

/// Memory in KiB, passes and lanes: the least that OWASP's Password Storage Cheat Sheet recommends.
const PARAMS: (u32, u32, u32) = (19_456, 2, 1);

const SALT_BYTES: usize = 16;

/// A hash with today's parameters that belongs to no password: checking against it takes as long
/// as against a real one.
const NOBODYS: &str = "$argon2id$v=19$m=19456,t=2,p=1$Y291bnRlcnNpZ24gbm8gMQ\
                       $aG93IGxvbmcgaXQgdGFrZXMgdG8gYmUgbm9ib2R5Li4";

/// The hash of a normalised password.
pub(super) fn hash(normalized: &str, random: &dyn Random) -> PasswordHash {
    let mut salt = [0; SALT_BYTES];
    random.fill(&mut salt);
    let hash = argon2id()
        .hash_password_with_salt(normalized.as_bytes(), &salt)
        .expect("salt and parameters are within Argon2's limits");
    PasswordHash::stored(hash.to_string())
}

/// Whether this is the password that was kept.
///
/// The work is the same where nothing was kept, where what was kept is damaged and where the
/// password is longer than any: how long the answer takes does not tell who exists. It takes some
/// 20 ms and 19 MiB.
pub fn verify(password: &str, hash: Option<&PasswordHash>) -> bool {
    let typed = normalized(password);
    let kept = hash.and_then(parsed);
    let may_match = typed.is_some() && kept.is_some();
    let text = typed.as_ref().map_or("", |text| text.as_str());
    let against = kept.unwrap_or_else(|| PhcString::new(NOBODYS).expect("a constant, and tested"));
    // Worked out in every case, and hidden from an optimiser that sees it is not always needed.
    let matches = black_box(
        argon2id()
            .verify_password(text.as_bytes(), &against)
            .is_ok(),
    );
    matches && may_match
}

/// Whether the hash was made with less work than one made today: then make it anew when its
/// password is there, after a sign-in.
pub fn needs_rehash(hash: &PasswordHash) -> bool {
    let (memory, passes, _) = PARAMS;
    match parsed(hash).as_ref().map(Params::try_from) {
        Some(Ok(params)) => params.m_cost() < memory || params.t_cost() < passes,
        _ => true,
    }
}

/// The parts of a hash; `None` where it is none of Argon2id.
fn parsed(hash: &PasswordHash) -> Option<PhcString> {
    let parts = PhcString::new(hash.as_str()).ok()?;
    let is_whole = parts.algorithm == Algorithm::Argon2id.ident()
        && parts.version == Some(Version::V0x13.into())
        && parts.salt.is_some()
        && parts.hash.is_some()
        && Params::try_from(&parts).is_ok();
    is_whole.then_some(parts)
}

fn argon2id() -> Argon2<'static> {
    let (memory, passes, lanes) = PARAMS;
    let params = Params::new(memory, passes, lanes, None).expect("within Argon2's limits");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    struct Salt(u8);

    impl Random for Salt {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(self.0);
        }
    }

    fn hashed(text: &str) -> PasswordHash {
        hash(&normalized(text).expect("not too long"), &Salt(7))
    }

    #[test]
    fn only_the_same_password_matches() {
        let kept = hashed("correct horse battery staple");
        assert!(verify("correct horse battery staple", Some(&kept)));
        for other in [
            "",
            "correct horse battery staple ",
            " correct horse battery staple",
            "Correct horse battery staple",
            "correct horse battery stapl",
            "correct horse battery staple\n",
            "correct horse battery staple\0",
        ] {
            assert!(!verify(other, Some(&kept)), "{other:?}");
        }
    }

    #[test]
    fn the_last_of_many_characters_counts() {
        let (mut one, mut other) = ("ab ".repeat(341), "ab ".repeat(341));
        one.push('x');
        other.push('y');
        let kept = hashed(&one);
        assert!(verify(&one, Some(&kept)));
        assert!(!verify(&other, Some(&kept)));
        assert!(!verify(&one[..1023], Some(&kept)));
        let two_hundred = "ä".repeat(199);
        let kept = hashed(&format!("{two_hundred}1"));
        assert!(!verify(&format!("{two_hundred}2"), Some(&kept)));
    }

    #[test]
    fn both_spellings_of_an_accent_match() {
        let (composed, decomposed) = (
            "caf\u{e9} \u{1f980} au lait",
            "cafe\u{301} \u{1f980} au lait",
        );
        assert!(verify(decomposed, Some(&hashed(composed))));
        assert!(verify(composed, Some(&hashed(decomposed))));
        assert!(!verify("cafe \u{1f980} au lait", Some(&hashed(composed))));
    }

    #[test]
    fn the_form_is_phc_with_a_salt_of_its_own() {
        let text = normalized("correct horse battery staple").expect("short");
        let (one, other) = (hash(&text, &Salt(1)), hash(&text, &Salt(2)));
        assert!(
            one.as_str()
                .starts_with("$argon2id$v=19$m=19456,t=2,p=1$AQEBAQEBAQEBAQEBAQEBAQ$")
        );
        assert_ne!(one, other);
        assert!(verify(&text, Some(&other)));
        assert_eq!(format!("{one:?}"), "PasswordHash(..)");
    }

    #[test]
    fn only_weaker_hashes_are_made_anew() {
        let kept = hashed("correct horse battery staple");
        assert!(!needs_rehash(&kept));
        for (from, to, anew) in [
            ("m=19456", "m=9216", true),
            ("t=2", "t=1", true),
            ("m=19456", "m=47104", false),
            ("$argon2id", "$argon2i", true),
            ("v=19", "v=16", true),
            ("$argon2id", "", true),
        ] {
            let changed = PasswordHash::stored(kept.as_str().replace(from, to));
            assert_eq!(needs_rehash(&changed), anew, "{from} -> {to}");
        }
    }

    /// What fills in for a missing hash must itself be one that is worked through (CON-12).
    #[test]
    fn nobody_takes_as_long_as_somebody() {
        let nobodys = PasswordHash::stored(NOBODYS.to_owned());
        assert!(parsed(&nobodys).is_some() && !needs_rehash(&nobodys));
        let kept = hashed("correct horse battery staple");
        let damaged = PasswordHash::stored("$argon2id$v=19$m=19456,t=2,p=1".to_owned());
        let long = "x".repeat(100_000);
        let wrong = fastest("wrong", Some(&kept));
        for (what, text, hash) in [
            ("unknown user", "wrong", None),
            ("damaged hash", "wrong", Some(&damaged)),
            ("overlong", long.as_str(), Some(&kept)),
        ] {
            // Without the work it would take a thousandth; machines that are busy are not that uneven.
            assert!(
                fastest(text, hash) > wrong / 10,
                "{what} was answered too fast"
            );
        }
    }

    fn fastest(text: &str, hash: Option<&PasswordHash>) -> Duration {
        let once = |_| {
            let start = Instant::now();
            assert!(!verify(text, hash));
            start.elapsed()
        };
        (0..5).map(once).min().expect("five tries")
    }
}
