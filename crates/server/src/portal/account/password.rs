//! The password of one's own: changing it, setting the first one, doing without.

use axum::response::Response;
use countersign_domain::account::AuthenticationMethod::Password;
use countersign_domain::account::throttle::Admission;
use countersign_domain::account::{
    NewPassword, PasswordContext, PasswordHash, SessionToken, password,
};
use countersign_domain::directory::Write;
use countersign_domain::graph::audit::Activity;
use countersign_store::StoreError;
use http::StatusCode;
use serde_json::json;
use zeroize::Zeroizing;

use super::show::Account;
use super::{Done, HOME, Recent, done, means, record, remove_way};
use crate::portal::attempts::{self, Attempt};
use crate::portal::browser::with_session;
use crate::portal::form::Form;
use crate::portal::people_log::{self, Outcome};
use crate::portal::problem::Problem;
use crate::portal::sign_in::{busy, with_retry_after};
use crate::portal::visit::Visit;

const NOT_REPEATED: &str = "The two passwords are not the same. Type both once more.";

const WRONG: &str = "This is not your password. Nothing was changed.";

const LAST: &str = "The password is the only way in which you can sign in. Add a passkey first.";

/// `POST /portal/account/password`
pub(super) async fn change(Recent(visit): Recent, form: Form) -> Result<Response, Problem> {
    let account = Account::of(&visit).await?;
    let refused = |field, reason| {
        let status = StatusCode::BAD_REQUEST;
        Ok(account.refused(&visit, status, field, reason))
    };
    // First what needs no guessing: only a form that would be carried out tries a password.
    let chosen = form.exact("new_password");
    let new = match NewPassword::check(chosen, &context(&visit)) {
        Ok(new) => new,
        Err(refusal) => return refused("new_password", refusal.to_string()),
    };
    if chosen != form.exact("repeat_password") {
        return refused("repeat_password", NOT_REPEATED.to_owned());
    }
    if account.asks_password(&visit)
        && let Some(answer) = unproved(&visit, &account, form.exact("current_password")).await?
    {
        return Ok(answer);
    }
    let state = &visit.browser.state;
    state.metrics.password_check();
    let random = state.random.clone();
    let work = move || new.hash(random.as_ref());
    let Ok(hash) = state.password_work.run(work).await else {
        return Ok(busy());
    };
    set(&visit, hash, account.password.is_some()).await
}

/// `POST /portal/account/password/remove`
pub(super) async fn remove(Recent(visit): Recent, _form: Form) -> Result<Response, Problem> {
    let write = Write::RemoveUserPassword {
        tenant_id: visit.person.user.tenant_id,
        user_id: visit.person.user.id,
        session: visit.session.id.clone(),
    };
    let before = means([("means", json!("password"))]);
    let record = record(&visit, Activity::DeleteSecurityInfo, Some(&before), None);
    if remove_way(&visit, write, &record).await? {
        return Ok(done(Done::PasswordRemoved));
    }
    let account = Account::of(&visit).await?;
    let status = StatusCode::BAD_REQUEST;
    Ok(account.refused(&visit, status, "password", LAST.to_owned()))
}

/// The answer to somebody who does not know the password, or has guessed too often: an open browser
/// must be no faster way to guess than the sign-in page.
async fn unproved(
    visit: &Visit,
    account: &Account,
    typed: &str,
) -> Result<Option<Response>, Problem> {
    let (browser, user) = (&visit.browser, &visit.person.user);
    let attempt = Attempt::at_name(browser, &user.user_principal_name, Some(user.id)).await?;
    // Before it is counted: whoever is sent away has not guessed.
    let Ok(place) = browser.state.password_work.place() else {
        return Ok(Some(busy()));
    };
    let admission = attempt.admit(browser).await?;
    let refused = |status, reason| account.refused(visit, status, "current_password", reason);
    if let Some(advice) = admission.advice() {
        people_log::record(browser, Password, Some(user), Outcome::Throttled);
        let answer = refused(StatusCode::TOO_MANY_REQUESTS, advice);
        return Ok(Some(match admission {
            Admission::Wait { seconds } => with_retry_after(answer, seconds),
            _ => answer,
        }));
    }
    let (typed, kept) = (Zeroizing::new(typed.to_owned()), account.password.clone());
    browser.state.metrics.password_check();
    let work = move || password::verify(&typed, kept.as_ref());
    let Ok(is_right) = place.run(work).await else {
        return Ok(Some(busy()));
    };
    if is_right {
        attempts::succeeded(browser, user).await?;
        return Ok(None);
    }
    people_log::record(browser, Password, Some(user), Outcome::Refused);
    attempt.failed(browser).await?;
    Ok(Some(refused(StatusCode::BAD_REQUEST, WRONG.to_owned())))
}

/// Sets the password, which ends every other session of the person; this one goes on under a token
/// that nobody has seen.
async fn set(visit: &Visit, hash: PasswordHash, had_one: bool) -> Result<Response, Problem> {
    let (db, user) = (&visit.browser.state.db, &visit.person.user);
    let here = &visit.session.id;
    let write = Write::ChangeUserPassword {
        tenant_id: user.tenant_id,
        user_id: user.id,
        hash,
        session: here.clone(),
    };
    let activity = match had_one {
        true => Activity::ChangeUserPassword,
        false => Activity::RegisterSecurityInfo,
    };
    let after = means([("means", json!("password"))]);
    let record = record(visit, activity, None, Some(&after));
    db.commit(&[write], &record).await?;
    let token = SessionToken::generate(visit.browser.state.random.as_ref());
    let now = visit.browser.context.now;
    match db.renew_session(here, &token.hash(), now).await {
        Ok(()) => Ok(with_session(done(Done::PasswordSet), &token)),
        // Ended in this moment, by an administrator or by the person elsewhere.
        Err(StoreError::NotFound { .. }) => Err(Problem::SignIn(HOME.to_owned())),
        Err(error) => Err(error.into()),
    }
}

fn context(visit: &Visit) -> PasswordContext<'_> {
    PasswordContext {
        tenant_name: &visit.tenant.display_name,
        user_principal_name: &visit.person.user.user_principal_name,
        display_name: &visit.person.user.display_name,
    }
}
