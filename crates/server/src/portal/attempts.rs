//! Slowing down who guesses, before anything is checked. The rules are the domain's.

use countersign_domain::account::throttle::{self, Admission};
use countersign_domain::clock::Timestamp;
use countersign_domain::directory::User;
use countersign_domain::ids::UserId;
use countersign_store::StoreError;

use super::Browser;

/// The keys under which the failures of one attempt are counted.
pub(super) struct Attempt {
    /// Who is guessed at; nobody where what is shown cannot be guessed.
    guesses: Option<String>,
    /// Where it comes from.
    address: String,
}

impl Attempt {
    /// An attempt with what can be guessed: a password, a code of six digits.
    pub(super) async fn at_name(
        browser: &Browser,
        user_name: &str,
        user: Option<UserId>,
    ) -> Result<Self, StoreError> {
        let known = match (&browser.device, user) {
            (Some(device), Some(user)) => {
                let hash = device.hash();
                let is_known = browser.state.db.is_known_device(user, &hash).await?;
                is_known.then_some((hash, user))
            }
            _ => None,
        };
        let known = known.as_ref().map(|(hash, user)| (hash, *user));
        Ok(Self {
            guesses: Some(throttle::guesses_key(user_name, known)),
            address: throttle::address_key(browser.context.source),
        })
    }

    /// An attempt with what nobody guesses, passkeys and recovery codes: these open an account also
    /// after strangers have guessed at its password, so only who floods us has to wait.
    pub(super) fn at_random(browser: &Browser) -> Self {
        Self {
            guesses: None,
            address: throttle::address_key(browser.context.source),
        }
    }

    /// A request for a passkey's challenge: each one is kept for some minutes.
    pub(super) fn challenge(browser: &Browser) -> Self {
        let address = throttle::address_key(browser.context.source);
        Self {
            guesses: None,
            address: format!("challenge:{address}"),
        }
    }

    /// Whether to look at what is shown. If so, the guess is counted as a failure already: of many
    /// that come at once, each sees the count of those before.
    pub(super) async fn admit(&self, browser: &Browser) -> Result<Admission, StoreError> {
        let (db, now) = (&browser.state.db, browser.context.now);
        let guesses = match &self.guesses {
            Some(key) => db.failures(key).await?,
            None => None,
        };
        let address = db.failures(&self.address).await?;
        let admission = throttle::decide(guesses, address, now);
        let (Admission::Admitted, Some(key)) = (admission, &self.guesses) else {
            return Ok(admission);
        };
        // However long ago the last one was: only a success begins anew.
        let never = Timestamp::from_micros(i64::MIN);
        let counted = db.add_failure(key, now, never).await?;
        Ok(throttle::admit_counted(counted))
    }

    /// Counts a failure of the address. Counted before, every success would be one too; how many can
    /// come at once is bounded elsewhere.
    pub(super) async fn failed(&self, browser: &Browser) -> Result<(), StoreError> {
        let (db, now) = (&browser.state.db, browser.context.now);
        let forget_before = throttle::address_forgotten_before(now);
        db.add_failure(&self.address, now, forget_before).await?;
        Ok(())
    }
}

/// Forgets the guesses at somebody who has signed in, in whatever way.
pub(super) async fn succeeded(browser: &Browser, user: &User) -> Result<(), StoreError> {
    let db = &browser.state.db;
    let name = &user.user_principal_name;
    db.clear_failures(&throttle::account_key(name)).await?;
    if let Some(device) = &browser.device {
        let hash = device.hash();
        let key = throttle::guesses_key(name, Some((&hash, user.id)));
        db.clear_failures(&key).await?;
    }
    let challenges = Attempt::challenge(browser);
    db.clear_failures(&challenges.address).await
}
