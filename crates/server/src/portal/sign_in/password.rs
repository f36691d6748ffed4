//! `POST /portal/sign-in`: a user name and a password.

use axum::response::Response;
use countersign_domain::account::AuthenticationMethod::Password;
use countersign_domain::account::password;
use countersign_domain::account::throttle::Admission;
use countersign_store::{SignInAccount, StoreError};
use http::StatusCode;
use zeroize::Zeroizing;

use super::{
    Purpose, REFUSED, account_named, busy, code, refused, sign_in_page, signed_in, waiting,
};
use crate::password_work::{Busy, Place};
use crate::portal::attempts::Attempt;
use crate::portal::people_log::{Outcome, record};
use crate::portal::{Browser, Form, Problem};
use crate::state::AppState;

/// `POST /portal/sign-in`
pub(super) async fn take(browser: Browser, form: Form) -> Result<Response, Problem> {
    let purpose = Purpose::of_form(&browser, &form).await?;
    let typed = form.text("username");
    // Whoever floods us waits before anybody is looked up: that takes longer where somebody is found.
    let admission = Attempt::at_random(&browser).admit(&browser).await?;
    if let Some(page) = waiting(&browser, &purpose, typed, admission) {
        record(&browser, Password, None, Outcome::Throttled);
        return Ok(page);
    }
    let mut account = account(&browser, &purpose, typed).await?;
    let user = account.as_ref().map(|account| account.person.user.clone());
    let user = user.as_ref();
    // Known by another name than was typed, after a change: the guesses are at the person.
    let name = match &purpose.only {
        Some(only) => &only.user.user_principal_name,
        None => typed,
    };
    let attempt = Attempt::at_name(&browser, name, user.map(|user| user.id)).await?;
    // Before it is counted: whoever is sent away has not guessed.
    let Ok(place) = browser.state.password_work.place() else {
        return Ok(busy());
    };
    let admission = attempt.admit(&browser).await?;
    if admission != Admission::Admitted {
        record(&browser, Password, user, Outcome::Throttled);
    }
    if let Some(page) = waiting(&browser, &purpose, typed, admission) {
        return Ok(page);
    }
    let typed_password = form.exact("password");
    let checked = is_right(&browser.state, place, typed_password, account.as_mut()).await;
    let Ok(is_right) = checked else {
        return Ok(busy());
    };
    match account.as_ref().filter(|_| is_right) {
        Some(account) if account.person.user.account_enabled => {
            if account.authenticator.is_some() {
                record(&browser, Password, user, Outcome::CodeWanted);
                return Ok(code::ask(&browser, &purpose, account));
            }
            let next = purpose.next.as_str();
            if let Some(response) = signed_in(&browser, account, Password, next).await? {
                return Ok(response);
            }
        }
        _ => refused(&browser, Password, user, is_right),
    }
    attempt.failed(&browser).await?;
    let status = StatusCode::BAD_REQUEST;
    Ok(sign_in_page(
        &browser,
        &purpose,
        status,
        typed,
        Some(REFUSED),
    ))
}

/// Whose password it should be.
async fn account(
    browser: &Browser,
    purpose: &Purpose,
    typed: &str,
) -> Result<Option<SignInAccount>, StoreError> {
    match &purpose.only {
        Some(only) => {
            let db = &browser.state.db;
            db.account_of(only.user.tenant_id, only.user.id).await
        }
        None => account_named(browser, typed).await,
    }
}

/// Works as long where there is no such user, and no password. A hash of before is made anew when its
/// password is there, and is the account's from then on.
async fn is_right(
    state: &AppState,
    place: Place,
    typed: &str,
    account: Option<&mut SignInAccount>,
) -> Result<bool, Busy> {
    let typed = Zeroizing::new(typed.to_owned());
    let kept = account
        .as_ref()
        .and_then(|account| account.password.clone());
    let random = state.random.clone();
    state.metrics.password_check();
    let work = move || {
        let is_right = password::verify(&typed, kept.as_ref());
        let kept = kept.filter(|_| is_right);
        let anew = kept.and_then(|kept| {
            let anew = password::rehash(&typed, &kept, random.as_ref())?;
            Some((kept, anew))
        });
        (is_right, anew)
    };
    let (is_right, anew) = place.run(work).await?;
    if let (Some(account), Some((kept, anew))) = (account, anew) {
        let user = &account.person.user;
        let whose = (user.tenant_id, user.id);
        match state.db.replace_password_hash(whose, &kept, &anew).await {
            Ok(true) => account.password = Some(anew),
            // Another one is there by now.
            Ok(false) => {}
            Err(error) => {
                tracing::warn!(%error, "cannot keep the hash of a password made anew");
            }
        }
    }
    Ok(is_right)
}
