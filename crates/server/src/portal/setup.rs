//! `/portal/setup/{token}`: a link, good once, by which a person first sets up how to sign in. There
//! are no passwords that somebody else has chosen.

use std::sync::Arc;

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use countersign_domain::account::AuthenticationMethod::SetupLink;
use countersign_domain::account::{
    NewPassword, PasswordContext, PasswordHash, Person, RecoveryCode, SessionToken, TokenHash,
};
use countersign_domain::directory::{Actor, AuditRecord, Tenant, Write};
use countersign_domain::graph::audit::{Activity, Audit, Target};
use countersign_domain::graph::wire::Object;
use countersign_store::StoreError;
use http::StatusCode;
use serde_json::json;
use zeroize::Zeroizing;

use super::begin::begin;
use super::page::{Policy, page};
use super::sign_in::busy;
use super::{Browser, Form, Problem};

const NOT_REPEATED: &str = "The two passwords are not the same. Type both once more.";

#[derive(Template)]
#[template(path = "setup.html")]
struct SetupPage<'a> {
    form_token: String,
    action: String,
    user_name: &'a str,
    tenant_name: &'a str,
    password_problem: String,
    repeat_problem: &'a str,
}

#[derive(Template)]
#[template(path = "setup_done.html")]
struct DonePage<'a> {
    tenant_name: &'a str,
    user_name: &'a str,
    codes: Zeroizing<String>,
}

/// A link that can be used.
struct Link<'a> {
    token: &'a str,
    hash: TokenHash,
    person: Person,
    tenant: Arc<Tenant>,
}

/// `GET /portal/setup/{token}`: looking at it does not use it up, as programs look at links in mails.
pub(super) async fn show(browser: Browser, Path(token): Path<String>) -> Result<Response, Problem> {
    let link = Link::read(&browser, &token).await?;
    let shown = setup_page(&browser, &link, String::new(), "");
    Ok(browser.answer(shown))
}

/// `POST /portal/setup/{token}`
pub(super) async fn take(
    browser: Browser,
    Path(token): Path<String>,
    form: Form,
) -> Result<Response, Problem> {
    let link = Link::read(&browser, &token).await?;
    let (typed, repeated) = (form.exact("new_password"), form.exact("repeat_password"));
    let password = match NewPassword::check(typed, &link.context()) {
        Ok(password) => password,
        Err(refusal) => return Ok(setup_page(&browser, &link, refusal.to_string(), "")),
    };
    if typed != repeated {
        return Ok(setup_page(&browser, &link, String::new(), NOT_REPEATED));
    }
    let state = browser.state.clone();
    state.metrics.password_check();
    let random = state.random.clone();
    let work = move || password.hash(random.as_ref());
    let Ok(hash) = state.password_work.run(work).await else {
        return Ok(busy());
    };
    let codes = RecoveryCode::generate_set(state.random.as_ref());
    let writes = link.writes(hash.clone(), &codes);
    let user = &link.person.user;
    let before = state.db.account_of(user.tenant_id, user.id).await?;
    let had_one = before.is_some_and(|account| account.password.is_some());
    let record = link.record(&browser, had_one);
    match state.db.commit(&writes, &record).await {
        Ok(()) => {}
        // Used in the meantime.
        Err(StoreError::NotFound { .. }) => return Err(gone()),
        Err(error) => return Err(error.into()),
    }
    let account = state.db.account_of(user.tenant_id, user.id).await?;
    // Unless somebody has made another one meanwhile.
    let account = account.filter(|account| account.password.as_ref() == Some(&hash));
    let account = account.ok_or_else(gone)?;
    let begun = begin(&browser, &account, SetupLink).await?;
    let begun = begun.ok_or_else(gone)?;
    let shown: Vec<&str> = codes.iter().map(RecoveryCode::expose).collect();
    let template = DonePage {
        tenant_name: &link.tenant.display_name,
        user_name: &user.user_principal_name,
        codes: Zeroizing::new(shown.join("\n")),
    };
    Ok(begun.answer(page(StatusCode::OK, Policy::Own, &template)))
}

impl<'a> Link<'a> {
    async fn read(browser: &Browser, token: &'a str) -> Result<Self, Problem> {
        let (state, now) = (&browser.state, browser.context.now);
        let hash = SessionToken::parse(token).ok_or_else(gone)?.hash();
        let person = state.db.setup_link(&hash, now).await?.ok_or_else(gone)?;
        let tenant = state.directory.tenant(&person.user.tenant_id.to_string());
        Ok(Self {
            token,
            hash,
            person,
            tenant: tenant.map_err(|_| gone())?,
        })
    }

    fn context(&self) -> PasswordContext<'_> {
        PasswordContext {
            tenant_name: &self.tenant.display_name,
            user_principal_name: &self.person.user.user_principal_name,
            display_name: &self.person.user.display_name,
        }
    }

    /// The link is used up with what it is used for, or neither happens.
    fn writes(&self, hash: PasswordHash, codes: &[RecoveryCode]) -> [Write; 3] {
        let (tenant_id, user_id) = (self.person.user.tenant_id, self.person.user.id);
        [
            Write::UseSetupLink {
                tenant_id,
                user_id,
                hash: self.hash.clone(),
            },
            Write::SetUserPassword {
                tenant_id,
                user_id,
                hash,
            },
            Write::SetRecoveryCodes {
                tenant_id,
                user_id,
                hashes: codes.iter().map(RecoveryCode::hash).collect(),
            },
        ]
    }

    /// The first password is nothing that was reset.
    fn record(&self, browser: &Browser, had_one: bool) -> AuditRecord {
        let user = &self.person.user;
        let (at, actor) = (browser.context.now, Actor::User(user.id));
        let id = browser.context.correlation_id();
        let means = Object::from_iter([
            ("passwordSetBy".to_owned(), json!("setup link")),
            ("recoveryCodes".to_owned(), json!(10)),
        ]);
        let activity = match had_one {
            true => Activity::ResetUserPassword,
            false => Activity::RegisterSecurityInfo,
        };
        Audit::new(activity, at, actor, id)
            .part(&Target::user(user), "authentication", None, Some(&means))
            .record()
    }
}

/// Used, ended, replaced by another, or never there: who found it somewhere does not learn which.
fn gone() -> Problem {
    Problem::told(
        StatusCode::NOT_FOUND,
        "This link cannot be used",
        "It was used already, it has expired, or a newer one has taken its place.",
        "Whoever operates this server makes a new one with the command: countersign admin invite",
    )
}

fn setup_page(
    browser: &Browser,
    link: &Link<'_>,
    password_problem: String,
    repeat_problem: &str,
) -> Response {
    let status = match password_problem.is_empty() && repeat_problem.is_empty() {
        true => StatusCode::OK,
        false => StatusCode::BAD_REQUEST,
    };
    let template = SetupPage {
        form_token: browser.token.form_token(),
        action: format!("/portal/setup/{}", link.token),
        user_name: &link.person.user.user_principal_name,
        tenant_name: &link.tenant.display_name,
        password_problem,
        repeat_problem,
    };
    page(status, Policy::Own, &template)
}
