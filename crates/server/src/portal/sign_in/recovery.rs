//! `/portal/sign-in/recovery`: a recovery code, when everything else is lost.

use askama::Template;
use axum::response::Response;
use countersign_domain::account::AuthenticationMethod::RecoveryCode as ByRecoveryCode;
use countersign_domain::account::RecoveryCode;
use countersign_domain::account::throttle::Admission;
use countersign_domain::ids::{TenantId, UserId};
use countersign_store::SignInAccount;
use http::StatusCode;
use uuid::Uuid;

use super::{account_named, refused, signed_in, with_retry_after};
use crate::portal::attempts::Attempt;
use crate::portal::page::{Policy, page};
use crate::portal::people_log::{Outcome, record};
use crate::portal::{Browser, Form, Problem};

/// Where the person sets up a new way to sign in.
const ACCOUNT: &str = "/portal/account?after=recovery";

const REFUSED: &str = "The user name or the recovery code is wrong, or the code was used before.";

#[derive(Template)]
#[template(path = "sign_in_recovery.html")]
struct RecoveryPage<'a> {
    form_token: String,
    user_name: &'a str,
    problem: Option<&'a str>,
}

/// `GET /portal/sign-in/recovery`
pub(super) async fn show(browser: Browser) -> Response {
    let shown = recovery_page(&browser, StatusCode::OK, "", None);
    browser.answer(shown)
}

/// `POST /portal/sign-in/recovery`
pub(super) async fn take(browser: Browser, form: Form) -> Result<Response, Problem> {
    let typed = form.text("username");
    let attempt = Attempt::at_random(&browser);
    let admission = attempt.admit(&browser).await?;
    if let Some(advice) = admission.advice() {
        record(&browser, ByRecoveryCode, None, Outcome::Throttled);
        let status = StatusCode::TOO_MANY_REQUESTS;
        let page = recovery_page(&browser, status, typed, Some(&advice));
        return Ok(match admission {
            Admission::Wait { seconds } => with_retry_after(page, seconds),
            _ => page,
        });
    }
    let (account, is_right) = account(&browser, typed, form.text("recovery_code")).await?;
    let is_allowed = |account: &&SignInAccount| is_right && account.person.user.account_enabled;
    match account.as_ref().filter(is_allowed) {
        Some(account) => {
            let begun = signed_in(&browser, account, ByRecoveryCode, ACCOUNT).await?;
            if let Some(response) = begun {
                return Ok(response);
            }
        }
        None => {
            let user = account.as_ref().map(|account| &account.person.user);
            refused(&browser, ByRecoveryCode, user, is_right);
        }
    }
    attempt.failed(&browser).await?;
    let status = StatusCode::BAD_REQUEST;
    Ok(recovery_page(&browser, status, typed, Some(REFUSED)))
}

/// Who has this name, and whether the code was theirs. It is used up then.
async fn account(
    browser: &Browser,
    user_name: &str,
    code: &str,
) -> Result<(Option<SignInAccount>, bool), Problem> {
    let db = &browser.state.db;
    let account = account_named(browser, user_name).await?;
    let Some(code) = RecoveryCode::parse(code) else {
        return Ok((account, false));
    };
    // Where there is no such user, the database is asked all the same: it takes as long.
    let nobody = (TenantId::new(Uuid::nil()), UserId::new(Uuid::nil()));
    let user = account.as_ref().map(|account| &account.person.user);
    let (tenant_id, user_id) = match user {
        Some(user) if user.account_enabled => (user.tenant_id, user.id),
        _ => nobody,
    };
    let is_right = db
        .use_recovery_code(tenant_id, user_id, &code.hash())
        .await?;
    Ok((account, is_right))
}

fn recovery_page(
    browser: &Browser,
    status: StatusCode,
    user_name: &str,
    problem: Option<&str>,
) -> Response {
    let template = RecoveryPage {
        form_token: browser.token.form_token(),
        user_name,
        problem,
    };
    page(status, Policy::Own, &template)
}
