//! How guessing passwords is slowed down without locking anybody out (NIST SP 800-63B-4, 3.2.2).
//!
//! Failed sign-ins are counted under two keys: one for who is guessed at ([`guesses_key`]) and one
//! for where it comes from ([`address_key`]). A browser in which the user signed in before has a
//! count of its own: what strangers do to an account does not reach its owner. Accounts that do not
//! exist are counted like others, so that an answer tells nobody which do.
//!
//! The order of a sign-in: [`decide`] by the counts; where it is admitted, count a failure *before*
//! the password is checked, and look at the new count with [`admit_counted`]; after any success,
//! whatever its kind, forget the counts of [`guesses_key`] and [`account_key`]. Counted afterwards,
//! attempts made at once would all pass by the same count.

use std::net::{IpAddr, Ipv6Addr};

use unicode_normalization::UnicodeNormalization as _;

use super::{Failures, TokenHash};
use crate::clock::Timestamp;
use crate::ids::UserId;

/// Consecutive failures after which a password is no longer enough.
const GUESSES_MAX: u32 = 100;

/// Where waiting begins for one account or one known device: anybody mistypes a few times.
const GUESSES: Waits = Waits {
    free: 5,
    seconds_max: 15 * 60,
};

/// Where waiting begins for one address: an office has many people behind one.
const ADDRESS: Waits = Waits {
    free: 20,
    seconds_max: 60,
};

/// After an hour without failures an address starts anew.
const ADDRESS_QUIET_SECONDS: i64 = 3_600;

/// A hundred guesses a year find nothing of fifteen characters.
const GUESSES_KEPT_SECONDS: i64 = 365 * 86_400;

/// Of a name, so many bytes count. Nobody has a longer one, and strangers choose what is typed.
const NAME_BYTES_MAX: usize = 1_024;

/// What is to happen to an attempt to sign in with a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// Check the password.
    Admitted,
    /// Do not look at the password yet.
    Wait {
        /// For how long, at least 1: the value of `Retry-After`.
        seconds: u32,
    },
    /// Do not look at passwords at all, until a sign-in of another kind.
    Closed,
}

impl Admission {
    /// What to tell the person; nothing where the attempt is admitted. Whether the account exists
    /// does not show in it.
    pub fn advice(self) -> Option<String> {
        match self {
            Self::Admitted => None,
            Self::Wait { seconds: 1 } => Some(too_many("Try again in a second.")),
            Self::Wait { seconds } if seconds <= 90 => {
                Some(too_many(&format!("Try again in {seconds} seconds.")))
            }
            Self::Wait { seconds } => {
                let minutes = seconds.div_ceil(60);
                Some(too_many(&format!("Try again in {minutes} minutes.")))
            }
            Self::Closed => Some(too_many(
                "Passwords are not accepted from this browser until you have signed in in another \
                 way. Use a passkey, a recovery code, or a browser in which you signed in before.",
            )),
        }
    }
}

fn too_many(advice: &str) -> String {
    format!("There were too many failed sign-ins. {advice}")
}

/// Decides by the failures kept under [`guesses_key`] and under [`address_key`].
pub fn decide(guesses: Option<Failures>, address: Option<Failures>, now: Timestamp) -> Admission {
    if guesses.is_some_and(|failures| failures.count >= GUESSES_MAX) {
        return Admission::Closed;
    }
    let seconds = GUESSES.left(guesses, now).max(ADDRESS.left(address, now));
    match seconds {
        0 => Admission::Admitted,
        seconds => Admission::Wait { seconds },
    }
}

/// Decides again by the count under [`guesses_key`] with this attempt in it: of many attempts at
/// once, none passes the limit.
pub fn admit_counted(guesses: Failures) -> Admission {
    match guesses.count > GUESSES_MAX {
        true => Admission::Closed,
        false => Admission::Admitted,
    }
}

/// The instant before which the last failure of an address no longer counts: the next one is its
/// first.
pub fn address_forgotten_before(now: Timestamp) -> Timestamp {
    now.plus_seconds(-ADDRESS_QUIET_SECONDS)
}

/// The same for accounts and devices, whose counts are to last until a success. They end only so
/// that names which nobody has do not fill the database.
pub fn guesses_forgotten_before(now: Timestamp) -> Timestamp {
    now.plus_seconds(-GUESSES_KEPT_SECONDS)
}

/// The key under which failures against somebody are counted: the device's, where the user signed
/// in from it before, else the account's.
pub fn guesses_key(
    user_principal_name: &str,
    known_device: Option<(&TokenHash, UserId)>,
) -> String {
    match known_device {
        Some((device, user_id)) => format!("device:{}:{user_id}", device.as_str()),
        None => account_key(user_principal_name),
    }
}

/// The key of an account, for all spellings of its name. It is a hash: people type passwords into
/// the wrong field, and those must not be kept; nor may a long text make a long key.
pub fn account_key(user_principal_name: &str) -> String {
    // At least as coarse as any look-up of users, or a spelling would be a fresh count
    // (CVE-2025-6004).
    let end = user_principal_name.floor_char_boundary(NAME_BYTES_MAX);
    let folded: String = user_principal_name[..end]
        .nfkc()
        .filter(|character| !character.is_whitespace() && !character.is_control())
        .flat_map(char::to_uppercase)
        .flat_map(char::to_lowercase)
        .nfc()
        .collect();
    format!("account:{}", TokenHash::of("account", &folded).as_str())
}

/// The key of an address. Of IPv6 the first 64 bits count: the others are the guesser's to choose.
pub fn address_key(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => format!("address:{address}"),
        IpAddr::V6(address) => {
            let network = Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64));
            format!("address:{network}/64")
        }
    }
}

/// Growing waits: some failures are free, the next costs a second, each one more twice as much.
struct Waits {
    free: u32,
    seconds_max: u32,
}

impl Waits {
    fn seconds_after(&self, failures: u32) -> u32 {
        match failures.checked_sub(self.free) {
            None => 0,
            Some(doublings) => 1_u32
                .checked_shl(doublings)
                .map_or(self.seconds_max, |seconds| seconds.min(self.seconds_max)),
        }
    }

    /// The seconds that are left, rounded up.
    fn left(&self, failures: Option<Failures>, now: Timestamp) -> u32 {
        let Some(failures) = failures else { return 0 };
        let wait = i64::from(self.seconds_after(failures.count)) * 1_000_000;
        // Another node's clock may be ahead: nobody waits longer than the whole wait for it.
        let passed = now
            .micros()
            .saturating_sub(failures.last_at.micros())
            .max(0);
        let left = wait.saturating_sub(passed).max(0);
        u32::try_from((left + 999_999) / 1_000_000).unwrap_or(self.seconds_max)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    const NAME: &str = "admin@contoso.example";

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix_seconds(1_800_000_000 + seconds)
    }

    fn failed(count: u32) -> Option<Failures> {
        Some(Failures {
            count,
            last_at: at(0),
        })
    }

    fn user() -> UserId {
        UserId::new(Uuid::from_u128(1))
    }

    fn device() -> TokenHash {
        TokenHash::stored("device".to_owned())
    }

    /// What a server remembers, and how it asks: as the module says.
    #[derive(Default)]
    struct Counts(HashMap<String, Failures>);

    impl Counts {
        /// An attempt with a wrong password, from an address of its own each time.
        fn attempt(&mut self, known: Option<(&TokenHash, UserId)>, now: Timestamp) -> Admission {
            let key = guesses_key(NAME, known);
            let admission = decide(self.0.get(&key).copied(), None, now);
            if admission == Admission::Admitted {
                let failures = self.0.entry(key).or_insert(Failures {
                    count: 0,
                    last_at: now,
                });
                *failures = Failures {
                    count: failures.count + 1,
                    last_at: now,
                };
            }
            admission
        }
    }

    #[test]
    fn waits_grow() {
        for (count, seconds) in [
            (0, 0),
            (4, 0),
            (5, 1),
            (6, 2),
            (7, 4),
            (14, 512),
            (15, 900),
            (40, 900),
            (99, 900),
        ] {
            let expected = match seconds {
                0 => Admission::Admitted,
                seconds => Admission::Wait { seconds },
            };
            assert_eq!(
                decide(failed(count), None, at(0)),
                expected,
                "after {count}"
            );
            assert_eq!(
                decide(failed(count), None, at(seconds.into())),
                Admission::Admitted,
                "waited after {count}"
            );
        }
        for (count, seconds) in [(20, 1), (21, 2), (25, 32), (26, 60), (u32::MAX, 60)] {
            assert_eq!(
                decide(None, failed(count), at(0)),
                Admission::Wait { seconds }
            );
        }
        assert_eq!(decide(None, failed(19), at(0)), Admission::Admitted);
        assert_eq!(decide(None, None, at(0)), Admission::Admitted);
    }

    #[test]
    fn waits_count_down_and_the_longer_one_holds() {
        let half_second_on = Timestamp::from_micros(at(0).micros() + 500_000);
        assert_eq!(
            decide(failed(7), None, half_second_on),
            Admission::Wait { seconds: 4 }
        );
        assert_eq!(
            decide(failed(7), None, at(3)),
            Admission::Wait { seconds: 1 }
        );
        assert_eq!(
            decide(failed(7), failed(30), at(3)),
            Admission::Wait { seconds: 57 }
        );
        // A clock that is behind.
        assert_eq!(
            decide(failed(7), failed(20), at(-500)),
            Admission::Wait { seconds: 4 }
        );
    }

    #[test]
    fn the_hundredth_failure_closes_for_good() {
        assert_eq!(decide(failed(99), None, at(900)), Admission::Admitted);
        for count in [100, 101, u32::MAX] {
            assert_eq!(
                decide(failed(count), None, at(1_000_000_000)),
                Admission::Closed
            );
        }
        let counted = |count| {
            admit_counted(Failures {
                count,
                last_at: at(0),
            })
        };
        assert_eq!(counted(100), Admission::Admitted);
        assert_eq!(counted(101), Admission::Closed);
        // Many failures at an address close no account.
        assert_eq!(decide(None, failed(1_000), at(60)), Admission::Admitted);
    }

    #[test]
    fn a_quiet_address_starts_anew() {
        let last = failed(30);
        assert_eq!(decide(None, last, at(59)), Admission::Wait { seconds: 1 });
        assert!(at(0) >= address_forgotten_before(at(3_600)));
        assert!(at(0) < address_forgotten_before(at(3_601)));
        assert!(at(0) > guesses_forgotten_before(at(300 * 86_400)));
    }

    #[test]
    fn all_spellings_of_a_name_have_one_key() {
        let key = account_key("Börse.Straße@Contoso.example");
        for spelling in [
            "börse.straße@contoso.example",
            "BÖRSE.STRASSE@CONTOSO.EXAMPLE",
            "  bo\u{308}rse.straße@contoso.example\t",
            "börse.straße@contoso.example\u{a0}",
            "börse.stra\u{17f}\u{17f}e@contoso.example",
            "ｂörse.straße＠contoso.example",
            "börse.straße@contoso.example\0",
        ] {
            assert_eq!(account_key(spelling), key, "{spelling:?}");
        }
        assert_ne!(account_key("borse.strasse@contoso.example"), key);
        assert_ne!(account_key("börse.straße@contoso.example.example"), key);
        let long = "\u{fdfa}".repeat(1 << 16);
        assert!(account_key(&long).len() < 64);
        // 341 letters of three bytes are within the first 1,024, and one byte of the next.
        assert_eq!(account_key(&long), account_key(&long[..341 * 3]));
        assert_ne!(account_key(&long), account_key(&long[..340 * 3]));
        assert!(!account_key("correct horse").contains("horse"));
    }

    #[test]
    fn addresses_are_networks() {
        let key = |text: &str| address_key(text.parse().expect("an address"));
        assert_eq!(key("192.0.2.1"), "address:192.0.2.1");
        assert_eq!(key("::ffff:192.0.2.1"), "address:192.0.2.1");
        assert_eq!(key("2001:db8:1:2:3:4:5:6"), "address:2001:db8:1:2::/64");
        assert_eq!(key("2001:db8:1:2:ffff::"), key("2001:db8:1:2::1"));
        assert_ne!(key("2001:db8:1:3::1"), key("2001:db8:1:2::1"));
    }

    #[test]
    fn devices_are_counted_for_each_user() {
        let other = UserId::new(Uuid::from_u128(2));
        let key = |user| guesses_key(NAME, Some((&device(), user)));
        assert_eq!(key(user()), format!("device:device:{}", user()));
        assert_ne!(key(user()), key(other));
        assert_eq!(guesses_key(NAME, None), account_key(NAME));
    }

    #[test]
    fn strangers_do_not_reach_a_known_device() {
        let mut counts = Counts::default();
        let last = (0..200)
            .map(|try_| counts.attempt(None, at(try_ * 900)))
            .last();
        assert_eq!(last, Some(Admission::Closed));
        let known = Some((&device(), user()));
        for _ in 0..5 {
            assert_eq!(counts.attempt(known, at(0)), Admission::Admitted);
        }
        assert_eq!(counts.attempt(known, at(0)), Admission::Wait { seconds: 1 });
    }

    #[test]
    fn advice_says_what_still_works() {
        assert_eq!(Admission::Admitted.advice(), None);
        let advice = |seconds| Admission::Wait { seconds }.advice().expect("to wait");
        assert!(advice(1).ends_with("Try again in a second."));
        assert!(advice(60).ends_with("Try again in 60 seconds."));
        assert!(advice(900).ends_with("Try again in 15 minutes."));
        assert!(
            Admission::Closed
                .advice()
                .is_some_and(|text| text.contains("passkey"))
        );
    }

    proptest! {
        #[test]
        fn never_more_than_a_hundred(pauses in proptest::collection::vec(0..4_000_i64, 300..600)) {
            let mut counts = Counts::default();
            let (mut now, mut admitted) = (0, 0);
            for pause in pauses {
                now += pause;
                if counts.attempt(None, at(now)) == Admission::Admitted {
                    admitted += 1;
                }
            }
            prop_assert!((20..=100).contains(&admitted), "{admitted}");
        }

        #[test]
        fn waiting_as_told_is_enough(count in 0..100_u32, address: u32, passed in 0..2_000_i64) {
            let decided = |now| decide(failed(count), failed(address), now);
            if let Admission::Wait { seconds } = decided(at(passed)) {
                prop_assert!((1..=900).contains(&seconds));
                let end = at(passed + i64::from(seconds));
                prop_assert_eq!(decided(end), Admission::Admitted);
                let just_before = Timestamp::from_micros(end.micros() - 1);
                prop_assert_ne!(decided(just_before), Admission::Admitted);
            }
        }

        #[test]
        fn case_never_makes_another_key(name in "\\PC{0,40}") {
            prop_assert_eq!(account_key(&name.to_lowercase()), account_key(&name));
            prop_assert_eq!(account_key(&format!(" {name} ")), account_key(&name));
        }
    }
}
