//! What is in the file. Pure.

use std::collections::HashMap;
use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::AccessToken;
use crate::clock::Moment;
use crate::life::{Life, Standing};
use crate::response::authorization;

const VERSION: u32 = 1;

const TOKENS_MAX: usize = 1000;

/// A clock that was set back by less than this is believed; by more, the times in the file mean
/// nothing.
const CLOCK_BACK_MAX: Duration = Duration::from_secs(60);

#[derive(Default, Serialize, Deserialize)]
pub(super) struct Contents {
    version: u32,
    pub(super) tokens: HashMap<String, Stored>,
}

/// A token with its times, in seconds since 1970 by the clock of the process that obtained it.
#[derive(Serialize, Deserialize)]
pub(crate) struct Stored {
    access_token: String,
    asked_at: u64,
    renew_at: u64,
    expires_at: u64,
}

impl Contents {
    /// Whatever cannot be read counts as nothing.
    pub(super) fn from_json(json: &[u8]) -> Self {
        let contents: Self = serde_json::from_slice(json).unwrap_or_default();
        if contents.version == VERSION {
            contents
        } else {
            Self::default()
        }
    }

    pub(super) fn to_json(&self) -> Zeroizing<Vec<u8>> {
        serde_json::to_vec(self).unwrap_or_default().into()
    }

    /// Puts a token in, and leaves out what has expired; if there are still too many, whatever
    /// expires first.
    pub(super) fn insert(&mut self, key: String, stored: Stored, now: Duration) {
        self.version = VERSION;
        self.tokens
            .retain(|_, token| token.expires_at > now.as_secs());
        self.tokens.insert(key, stored);
        while self.tokens.len() > TOKENS_MAX {
            let first = self.tokens.iter().min_by_key(|(_, token)| token.expires_at);
            let Some(first) = first.map(|(key, _)| key.clone()) else {
                return;
            };
            self.tokens.remove(&first);
        }
    }
}

impl Stored {
    pub(super) fn of(token: &AccessToken) -> Self {
        let life = token.life();
        Self {
            access_token: token.secret().to_owned(),
            asked_at: life.asked_at().as_secs(),
            renew_at: life.renew_at().as_secs(),
            expires_at: life.expires_at().as_secs(),
        }
    }

    /// The token, unless its renewal is due already or its times cannot be.
    pub(crate) fn token(&self, now: Moment, spread: f64) -> Option<AccessToken> {
        let clock_back_max = CLOCK_BACK_MAX.as_secs();
        if self.asked_at > now.unix().saturating_add(clock_back_max) {
            return None;
        }
        let left = |at: u64| Duration::from_secs(at.saturating_sub(now.unix()));
        let renewal = Some(left(self.renew_at)).filter(|left| !left.is_zero())?;
        let life = Life::new(now, left(self.expires_at), Some(renewal), spread);
        let usable = life.standing(&now) == Standing::Fresh;
        let authorization = authorization(&self.access_token).filter(|_| usable)?;
        Some(AccessToken::new(authorization, life))
    }
}

impl fmt::Debug for Stored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stored")
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ASKED: u64 = 1_800_000_000;

    fn at(wall: u64) -> Moment {
        Moment {
            steady: Duration::from_secs(7),
            wall: Duration::from_secs(wall),
        }
    }

    fn stored() -> Stored {
        let life = Life::new(at(ASKED), Duration::from_secs(3600), None, 0.0);
        let token = AccessToken::new(authorization("s3cret").expect("a header"), life);
        Stored::of(&token)
    }

    #[test]
    fn a_token_comes_out_as_it_went_in_until_its_renewal_is_due() {
        let token = stored().token(at(ASKED + 100), 0.0).expect("good");
        assert_eq!(token.secret(), "s3cret");
        assert_eq!(token.expires_at_unix().as_secs(), ASKED + 3600);
        assert_eq!(token.life().renew_at().as_secs(), ASKED + 3300);
        assert!(stored().token(at(ASKED + 3299), 0.0).is_some());
        for late in [ASKED + 3300, ASKED + 3600, ASKED * 2] {
            assert!(stored().token(at(late), 0.0).is_none(), "{late}");
        }
    }

    #[test]
    fn cli_07_times_that_cannot_be_are_not_believed() {
        assert!(stored().token(at(ASKED - 60), 0.0).is_some());
        assert!(stored().token(at(ASKED - 86_400), 0.0).is_none());
        assert!(stored().token(at(0), 0.0).is_none());
        let absurd = Stored {
            expires_at: u64::MAX,
            renew_at: u64::MAX,
            ..parsed()
        };
        let token = absurd.token(at(ASKED), 0.0).expect("cut to a week");
        assert_eq!(token.expires_at_unix().as_secs(), ASKED + 7 * 86_400);
    }

    fn parsed() -> Stored {
        let json = serde_json::to_string(&stored()).expect("serialises");
        serde_json::from_str(&json).expect("round trip")
    }

    #[test]
    fn a_damaged_file_is_an_empty_one() {
        for json in [
            "",
            "{",
            "null",
            "[]",
            r#"{"version":2,"tokens":{}}"#,
            r#"{"tokens":{"a":1}}"#,
        ] {
            assert!(
                Contents::from_json(json.as_bytes()).tokens.is_empty(),
                "{json}"
            );
        }
    }

    #[test]
    fn cli_11_the_file_is_bounded_and_the_expired_leave() {
        let mut contents = Contents::default();
        for number in 0..TOKENS_MAX as u64 + 50 {
            let stored = Stored {
                expires_at: ASKED + 10 + number,
                ..parsed()
            };
            contents.insert(number.to_string(), stored, Duration::from_secs(ASKED));
        }
        assert_eq!(contents.tokens.len(), TOKENS_MAX);
        assert!(!contents.tokens.contains_key("49") && contents.tokens.contains_key("50"));
        contents.insert(
            "last".to_owned(),
            stored(),
            Duration::from_secs(ASKED + 3000),
        );
        assert_eq!(Contents::from_json(&contents.to_json()).tokens.len(), 1);
    }
}
