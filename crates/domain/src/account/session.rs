use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::AuthenticationMethod;
use crate::clock::Timestamp;
use crate::ids::{TenantId, UserId};
use crate::random::Random;

/// Random bytes of a token: 256 bits, which nobody guesses (ASVS 7.2.3 asks for 128).
const TOKEN_BYTES: usize = 32;

/// What a cookie or a one-time link carries. Only its hash is kept: who reads the database cannot
/// sign in with what is there.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct SessionToken(String);

/// What is kept of a token: its SHA-256, in base64url.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TokenHash(String);

impl SessionToken {
    /// A fresh one.
    pub fn generate(random: &dyn Random) -> Self {
        let mut bytes = [0; TOKEN_BYTES];
        random.fill(&mut bytes);
        let token = Self(URL_SAFE_NO_PAD.encode(bytes));
        bytes.zeroize();
        token
    }

    /// Takes what a browser sent, if it has the form of a token.
    pub fn parse(text: &str) -> Option<Self> {
        let decoded = URL_SAFE_NO_PAD.decode(text).ok()?;
        (decoded.len() == TOKEN_BYTES).then(|| Self(text.to_owned()))
    }

    /// The token itself, for the cookie or the link.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What is kept of it.
    pub fn hash(&self) -> TokenHash {
        self.derived("session")
    }

    /// The value that forms of this session carry. A page of another site cannot know it, and
    /// nobody gets from it back to the token.
    pub fn form_token(&self) -> String {
        self.derived("form").0
    }

    fn derived(&self, purpose: &str) -> TokenHash {
        TokenHash::of(purpose, &self.0)
    }
}

impl fmt::Debug for SessionToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionToken(..)")
    }
}

impl TokenHash {
    /// The hash of a text for one purpose: the same text has another one for each.
    pub(super) fn of(purpose: &str, text: &str) -> Self {
        let text = Zeroizing::new(format!("{purpose}:{text}"));
        Self(URL_SAFE_NO_PAD.encode(digest(&SHA256, text.as_bytes())))
    }

    /// A hash as it was kept.
    pub fn stored(text: String) -> Self {
        Self(text)
    }

    /// The hash's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A person's session, as it is kept. It ends at the server, whatever the browser still holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// The hash of the token in the cookie.
    pub id: TokenHash,
    /// The person's tenant.
    pub tenant_id: TenantId,
    /// The person.
    pub user_id: UserId,
    /// How the person proved who they are, the last time.
    pub method: AuthenticationMethod,
    /// When the session began: the absolute limit counts from here.
    pub created_at: Timestamp,
    /// When the person last proved who they are; consenting asks for a recent proof.
    pub authenticated_at: Timestamp,
    /// When the session was last used: the idle limit counts from here.
    pub seen_at: Timestamp,
}

/// How long a session lasts without being used, in seconds.
const IDLE_SECONDS: i64 = 30 * 60;

/// How long a session lasts at most, in seconds: a working day.
const ABSOLUTE_SECONDS: i64 = 10 * 3_600;

/// For how long a proof is recent enough for what changes the tenant as a whole, in seconds.
const RECENT_SECONDS: i64 = 15 * 60;

impl Session {
    /// Whether the session still counts.
    pub fn is_alive(&self, now: Timestamp) -> bool {
        seconds_between(self.seen_at, now) < IDLE_SECONDS
            && seconds_between(self.created_at, now) < ABSOLUTE_SECONDS
    }

    /// Whether the person proved who they are a short while ago.
    pub fn is_recent(&self, now: Timestamp) -> bool {
        seconds_between(self.authenticated_at, now) < RECENT_SECONDS
    }

    /// Whether its use is worth writing down: once a minute is enough for the idle limit.
    pub fn wants_touch(&self, now: Timestamp) -> bool {
        seconds_between(self.seen_at, now) >= 60
    }

    /// The instant before which nothing may have begun or been used that still counts, for
    /// forgetting what ended: (last use, begin).
    pub fn ended_before(now: Timestamp) -> (Timestamp, Timestamp) {
        let ago =
            |seconds: i64| Timestamp::from_micros(now.micros().saturating_sub(seconds * 1_000_000));
        (ago(IDLE_SECONDS), ago(ABSOLUTE_SECONDS))
    }
}

fn seconds_between(earlier: Timestamp, later: Timestamp) -> i64 {
    later.micros().saturating_sub(earlier.micros()) / 1_000_000
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    struct Same;

    impl Random for Same {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(7);
        }
    }

    fn session(created: i64, seen: i64) -> Session {
        Session {
            id: SessionToken::generate(&Same).hash(),
            tenant_id: TenantId::new(Uuid::nil()),
            user_id: UserId::new(Uuid::nil()),
            method: AuthenticationMethod::Password,
            created_at: Timestamp::from_unix_seconds(created),
            authenticated_at: Timestamp::from_unix_seconds(created),
            seen_at: Timestamp::from_unix_seconds(seen),
        }
    }

    #[test]
    fn a_token_is_known_by_its_hash_only() {
        let token = SessionToken::generate(&Same);
        assert_eq!(SessionToken::parse(token.expose()), Some(token.clone()));
        assert_ne!(token.hash().as_str(), token.expose());
        assert_ne!(token.hash().as_str(), token.form_token());
        assert_eq!(format!("{token:?}"), "SessionToken(..)");
        assert_eq!(SessionToken::parse("short"), None);
        assert_eq!(SessionToken::parse(&format!("{}=", token.expose())), None);
    }

    #[test]
    fn sessions_end_when_idle_and_after_a_working_day() {
        let at = Timestamp::from_unix_seconds;
        assert!(session(0, 0).is_alive(at(1_799)));
        assert!(!session(0, 0).is_alive(at(1_800)));
        assert!(session(0, 35_999).is_alive(at(35_999)));
        assert!(!session(0, 36_000).is_alive(at(36_000)));
        assert!(session(0, 0).is_recent(at(899)));
        assert!(!session(0, 0).is_recent(at(900)));
    }
}
