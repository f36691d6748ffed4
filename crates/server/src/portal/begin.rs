//! The session that begins when a person has proved who they are.

use axum::response::Response;
use countersign_domain::account::{AuthenticationMethod, Session, SessionToken};
use countersign_store::{SignInAccount, StoreError};

use super::Browser;
use super::attempts;
use super::browser::{with_device, with_session};
use super::people_log::{Outcome, record};
use super::problem::Problem;

/// A session that has begun, with what the browser is to keep.
pub(super) struct Begun {
    /// The browser's new token: pages and forms of the answer are of this one.
    pub(super) token: SessionToken,
    device: SessionToken,
}

impl Begun {
    /// The answer, with the new cookies.
    pub(super) fn answer(&self, response: Response) -> Response {
        with_device(with_session(response, &self.token), &self.device)
    }
}

/// Begins a session, with a token that nobody has seen before (session fixation), and ends the one
/// that the browser had. Nothing where the account was disabled or removed in this moment, or somebody
/// has ended its sessions since it was read: then what was shown may prove nothing any more.
pub(super) async fn begin(
    browser: &Browser,
    account: &SignInAccount,
    method: AuthenticationMethod,
) -> Result<Option<Begun>, Problem> {
    let (state, now) = (&browser.state, browser.context.now);
    let random = state.random.as_ref();
    let user = &account.person.user;
    let token = SessionToken::generate(random);
    let session = Session {
        id: token.hash(),
        tenant_id: user.tenant_id,
        user_id: user.id,
        method,
        created_at: now,
        authenticated_at: now,
        seen_at: now,
    };
    let begun = state.db.begin_session(&session, account.sessions_ended);
    match begun.await {
        Ok(()) => {}
        Err(StoreError::NotFound { .. }) => {
            record(browser, method, Some(user), Outcome::Refused);
            return Ok(None);
        }
        Err(error) => return Err(error.into()),
    }
    state.db.end_session(&browser.token.hash()).await?;
    let device = match &browser.device {
        Some(device) => device.clone(),
        None => SessionToken::generate(random),
    };
    let hash = device.hash();
    state.db.remember_device(user.id, &hash, now).await?;
    attempts::succeeded(browser, user).await?;
    record(browser, method, Some(user), Outcome::SignedIn);
    Ok(Some(Begun { token, device }))
}
