//! `/portal/sign-in`: how people prove who they are. One file for each way.
//!
//! Whatever fails, and wherever, the page, its status and its words are the same, and so is the work
//! that was done: nobody learns who exists, or who has a password.

mod code;
mod passkey;
mod password;
mod recovery;

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use countersign_domain::account::throttle::Admission;
use countersign_domain::account::{AuthenticationMethod, Person};
use countersign_domain::directory::User;
use countersign_store::{SignInAccount, StoreError};
use http::header::RETRY_AFTER;
use http::{HeaderValue, StatusCode};
use serde::Deserialize;

use super::begin::begin;
use super::page::{Policy, page, see_other};
use super::people_log::{Outcome, record};
use super::query::Asked;
use super::{Browser, Form, Next, Problem, Visit};
use crate::state::AppState;

pub(crate) use code::authenticator_seal_name;
pub(crate) use passkey::relying_party;

/// What is said whatever was wrong.
const REFUSED: &str = "The user name or the password is wrong.";

/// Nobody has a longer name, and strangers choose what is typed: it is not folded and looked up.
const NAME_LENGTH_MAX: usize = 320;

pub(super) fn routes() -> Router<Arc<AppState>> {
    Router::new()
        .route("/portal/sign-in", get(show).post(password::take))
        .route("/portal/sign-in/code", get(from_start).post(code::take))
        .route(
            "/portal/sign-in/passkey",
            get(from_start).post(passkey::ask),
        )
        .route(
            "/portal/sign-in/passkey/answer",
            get(from_start).post(passkey::take),
        )
        .route(
            "/portal/sign-in/recovery",
            get(recovery::show).post(recovery::take),
        )
}

/// What a sign-in is for.
struct Purpose {
    /// Where the person goes then.
    next: Next,
    /// The only person who counts: who is signed in and is asked once more who they are.
    only: Option<Arc<Person>>,
}

impl Purpose {
    async fn of_form(browser: &Browser, form: &Form) -> Result<Self, Problem> {
        Self::read(browser, form.text("next"), form.is_checked("again")).await
    }

    async fn read(browser: &Browser, next: &str, is_again: bool) -> Result<Self, Problem> {
        let visit = match is_again {
            true => Visit::of(browser).await?,
            false => None,
        };
        Ok(Self {
            next: Next::parse(next),
            only: visit.map(|visit| visit.person),
        })
    }

    /// Whether this user may be the one who signs in.
    fn allows(&self, user: &User) -> bool {
        self.only
            .as_ref()
            .is_none_or(|only| only.user.id == user.id)
    }
}

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage<'a> {
    form_token: String,
    next: &'a str,
    /// The user name that cannot be changed.
    only: Option<&'a str>,
    user_name: &'a str,
    problem: Option<&'a str>,
}

#[derive(Deserialize)]
struct Query {
    #[serde(default)]
    next: String,
    #[serde(default)]
    again: String,
}

/// `GET /portal/sign-in`
async fn show(browser: Browser, Asked(query): Asked<Query>) -> Result<Response, Problem> {
    let purpose = Purpose::read(&browser, &query.next, query.again == "1").await?;
    if purpose.only.is_none() && Visit::of(&browser).await?.is_some() {
        return Ok(see_other(purpose.next.as_str()));
    }
    let shown = sign_in_page(&browser, &purpose, StatusCode::OK, "", None);
    Ok(browser.answer(shown))
}

/// `GET` of what only forms lead to: reloaded, or out of the history.
async fn from_start() -> Response {
    see_other("/portal/sign-in")
}

fn sign_in_page(
    browser: &Browser,
    purpose: &Purpose,
    status: StatusCode,
    user_name: &str,
    problem: Option<&str>,
) -> Response {
    let only = purpose.only.as_ref();
    let template = SignInPage {
        form_token: browser.token.form_token(),
        next: purpose.next.as_str(),
        only: only.map(|only| only.user.user_principal_name.as_str()),
        user_name,
        problem,
    };
    page(status, Policy::Own, &template)
}

/// The sign-in page of who has to wait.
fn waiting(
    browser: &Browser,
    purpose: &Purpose,
    user_name: &str,
    admission: Admission,
) -> Option<Response> {
    let advice = admission.advice()?;
    let status = StatusCode::TOO_MANY_REQUESTS;
    let page = sign_in_page(browser, purpose, status, user_name, Some(&advice));
    Some(match admission {
        Admission::Wait { seconds } => with_retry_after(page, seconds),
        _ => page,
    })
}

/// Too many passwords are being checked.
pub(super) fn busy() -> Response {
    let problem = Problem::told(
        StatusCode::SERVICE_UNAVAILABLE,
        "Too many people are signing in",
        "The password was not looked at.",
        "Go back and try again in a few seconds.",
    );
    with_retry_after(problem.into_response(), 5)
}

pub(super) fn with_retry_after(mut response: Response, seconds: u32) -> Response {
    let headers = response.headers_mut();
    headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    response
}

/// Begins the session of somebody who has proved who they are, and goes on.
async fn signed_in(
    browser: &Browser,
    account: &SignInAccount,
    method: AuthenticationMethod,
    next: &str,
) -> Result<Option<Response>, Problem> {
    let begun = begin(browser, account, method).await?;
    Ok(begun.map(|begun| begun.answer(see_other(next))))
}

/// Who has this name, in any case.
async fn account_named(
    browser: &Browser,
    typed: &str,
) -> Result<Option<SignInAccount>, StoreError> {
    match typed.chars().nth(NAME_LENGTH_MAX) {
        Some(_) => Ok(None),
        None => browser.state.db.account_named(typed).await,
    }
}

/// Records a refusal; that of a disabled account says so to its administrators alone.
fn refused(browser: &Browser, method: AuthenticationMethod, user: Option<&User>, is_proved: bool) {
    let outcome = match user {
        Some(user) if is_proved && !user.account_enabled => Outcome::Disabled,
        _ => Outcome::Refused,
    };
    record(browser, method, user, outcome);
}
