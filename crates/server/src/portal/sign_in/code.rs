//! `POST /portal/sign-in/code`: the six digits of an authenticator app, after the password.

use askama::Template;
use axum::response::Response;
use countersign_domain::account::AuthenticationMethod::PasswordAndCode;
use countersign_domain::account::one_time_code::AuthenticatorSecret;
use countersign_domain::account::throttle::Admission;
use countersign_domain::clock::Timestamp;
use countersign_domain::ids::UserId;
use countersign_store::SignInAccount;
use http::StatusCode;

use super::{Purpose, sign_in_page, signed_in, waiting};
use crate::portal::attempts::Attempt;
use crate::portal::page::{Policy, page};
use crate::portal::people_log::{Outcome, record};
use crate::portal::{Browser, Form, Problem};

/// For how long a right password waits for its code.
const SECONDS: i64 = 5 * 60;

#[derive(Template)]
#[template(path = "sign_in_code.html")]
struct CodePage<'a> {
    form_token: String,
    next: &'a str,
    is_again: bool,
    user_name: &'a str,
    half: &'a str,
    problem: Option<&'a str>,
}

/// The name under which the secret of a user's authenticator app is sealed.
pub(crate) fn authenticator_seal_name(user: UserId) -> String {
    format!("authenticator of {user}")
}

/// Asks for the code of somebody whose password was right.
pub(super) fn ask(browser: &Browser, purpose: &Purpose, account: &SignInAccount) -> Response {
    let half = seal(browser, account);
    code_page(browser, purpose, account, &half, None)
}

/// `POST /portal/sign-in/code`
pub(super) async fn take(browser: Browser, form: Form) -> Result<Response, Problem> {
    let purpose = Purpose::of_form(&browser, &form).await?;
    let half = form.text("half");
    let Some(account) = open(&browser, &purpose, half).await? else {
        let problem = "That took too long. Enter the password once more.";
        let status = StatusCode::BAD_REQUEST;
        return Ok(sign_in_page(&browser, &purpose, status, "", Some(problem)));
    };
    let user = &account.person.user;
    let name = &user.user_principal_name;
    let attempt = Attempt::at_name(&browser, name, Some(user.id)).await?;
    let admission = attempt.admit(&browser).await?;
    if admission != Admission::Admitted {
        record(&browser, PasswordAndCode, Some(user), Outcome::Throttled);
    }
    if let Some(page) = waiting(&browser, &purpose, name, admission) {
        return Ok(page);
    }
    if is_right(&browser, &account, form.text("code")).await? {
        let next = purpose.next.as_str();
        if let Some(response) = signed_in(&browser, &account, PasswordAndCode, next).await? {
            return Ok(response);
        }
    } else {
        record(&browser, PasswordAndCode, Some(user), Outcome::CodeRefused);
    }
    attempt.failed(&browser).await?;
    let problem = "The code is wrong, or it was used before. Wait for the next one.";
    Ok(code_page(&browser, &purpose, &account, half, Some(problem)))
}

/// Whether it is the code of this moment. It is used up then.
async fn is_right(browser: &Browser, account: &SignInAccount, code: &str) -> Result<bool, Problem> {
    let user = &account.person.user;
    let Some(authenticator) = &account.authenticator else {
        return Ok(false);
    };
    let name = authenticator_seal_name(user.id);
    let opened = browser
        .state
        .keys
        .master
        .open(&name, &authenticator.sealed_secret);
    let Some(secret) = opened
        .ok()
        .and_then(|bytes| AuthenticatorSecret::from_bytes(&bytes))
    else {
        tracing::error!(user = %user.id, "the secret of an authenticator app cannot be opened");
        return Ok(false);
    };
    let (db, now) = (&browser.state.db, browser.context.now);
    match secret.check(code, now, authenticator.last_step) {
        Some(step) => Ok(db.use_code_step(user.tenant_id, user.id, step).await?),
        None => Ok(false),
    }
}

fn code_page(
    browser: &Browser,
    purpose: &Purpose,
    account: &SignInAccount,
    half: &str,
    problem: Option<&str>,
) -> Response {
    let status = match problem {
        Some(_) => StatusCode::BAD_REQUEST,
        None => StatusCode::OK,
    };
    let template = CodePage {
        form_token: browser.token.form_token(),
        next: purpose.next.as_str(),
        is_again: purpose.only.is_some(),
        user_name: &account.person.user.user_principal_name,
        half,
        problem,
    };
    page(status, Policy::Own, &template)
}

/// Half of a sign-in, for this browser alone. The browser keeps it, sealed: nothing is stored for
/// somebody who has not signed in yet.
fn seal(browser: &Browser, account: &SignInAccount) -> String {
    let user = &account.person.user;
    let end = browser.context.now.plus_seconds(SECONDS).micros();
    let ended = account.sessions_ended;
    let text = format!("{} {} {end} {ended}", user.tenant_id, user.id);
    let name = half_name(browser);
    browser.state.keys.master.seal(&name, text.as_bytes())
}

/// Whose half it is, if it counts: nobody has ended their sessions since the password was right, as
/// whoever sets another one does.
async fn open(
    browser: &Browser,
    purpose: &Purpose,
    half: &str,
) -> Result<Option<SignInAccount>, Problem> {
    let state = &browser.state;
    let opened = state.keys.master.open(&half_name(browser), half).ok();
    let text = opened
        .as_ref()
        .and_then(|bytes| std::str::from_utf8(bytes).ok());
    let fields: Vec<&str> = text.unwrap_or_default().split(' ').collect();
    let [tenant, user, end, ended] = fields[..] else {
        return Ok(None);
    };
    let (Ok(tenant), Ok(user)) = (tenant.parse(), user.parse()) else {
        return Ok(None);
    };
    let (Ok(end), Ok(ended)) = (end.parse(), ended.parse::<i64>()) else {
        return Ok(None);
    };
    if browser.context.now >= Timestamp::from_micros(end) {
        return Ok(None);
    }
    let account = state.db.account_of(tenant, user).await?;
    Ok(account.filter(|account| {
        let user = &account.person.user;
        user.account_enabled && purpose.allows(user) && account.sessions_ended == ended
    }))
}

fn half_name(browser: &Browser) -> String {
    format!("half a sign-in in {}", browser.token.hash().as_str())
}
