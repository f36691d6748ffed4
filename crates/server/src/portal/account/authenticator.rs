//! The authenticator app of one's own, whose codes the password asks for.

use askama::Template;
use axum::response::Response;
use countersign_domain::account::Authenticator;
use countersign_domain::account::one_time_code::{AuthenticatorSecret, qr_svg};
use countersign_domain::clock::Timestamp;
use countersign_domain::directory::Write;
use countersign_domain::graph::audit::Activity;
use countersign_store::StoreError;
use http::StatusCode;
use serde_json::json;
use zeroize::Zeroizing;

use super::show::Account;
use super::{Done, Recent, done, means, record};
use crate::portal::form::Form;
use crate::portal::page::{Policy, page};
use crate::portal::problem::Problem;
use crate::portal::sign_in::authenticator_seal_name;
use crate::portal::visit::{Shell, Visit};

/// For how long a secret waits for its first code.
const SECONDS: i64 = 10 * 60;

const ISSUER: &str = "Countersign";

const WRONG: &str = "This is not the code of this moment. Wait for the next one and enter it.";

const NO_PASSWORD: &str =
    "Its codes are asked for with a password, and you have none. Set one first.";

const THERE_IS_ONE: &str = "There is one already. Remove it before you set up another.";

const OVER: &str = "That took too long. Set the app up once more: its first entry does not count.";

#[derive(Template)]
#[template(path = "account/authenticator.html")]
struct SetupPage<'a> {
    shell: Shell,
    qr: Option<Zeroizing<String>>,
    key: Zeroizing<String>,
    pending: &'a str,
    error: &'a str,
}

/// `POST /portal/account/authenticator`: a secret for the app.
pub(super) async fn begin(Recent(visit): Recent, _form: Form) -> Result<Response, Problem> {
    let account = Account::of(&visit).await?;
    if let Some(reason) = unfit(&account) {
        return Ok(refused(&visit, &account, reason));
    }
    let secret = AuthenticatorSecret::generate(visit.browser.state.random.as_ref());
    let pending = seal(&visit, &secret);
    Ok(setup_page(&visit, &secret, &pending, ""))
}

/// `POST /portal/account/authenticator/confirm`: the app's first code shows that it has the secret.
pub(super) async fn confirm(Recent(visit): Recent, form: Form) -> Result<Response, Problem> {
    let account = Account::of(&visit).await?;
    // In place of one that is there, codes which were used would count again.
    if let Some(reason) = unfit(&account) {
        return Ok(refused(&visit, &account, reason));
    }
    let pending = form.text("pending");
    let Some(secret) = open(&visit, pending) else {
        return Ok(refused(&visit, &account, OVER));
    };
    let (state, now) = (&visit.browser.state, visit.browser.context.now);
    let Some(step) = secret.check(form.text("code"), now, 0) else {
        return Ok(setup_page(&visit, &secret, pending, WRONG));
    };
    let user = &visit.person.user;
    let name = authenticator_seal_name(user.id);
    let authenticator = Authenticator {
        tenant_id: user.tenant_id,
        user_id: user.id,
        sealed_secret: state.keys.master.seal(&name, secret.expose()),
        last_step: step,
        created_at: now,
    };
    let after = means([("means", json!("authenticator app"))]);
    let record = record(&visit, Activity::RegisterSecurityInfo, None, Some(&after));
    let write = Write::SetAuthenticator(authenticator);
    state.db.commit(&[write], &record).await?;
    Ok(done(Done::AuthenticatorSet))
}

/// `POST /portal/account/authenticator/remove`
pub(super) async fn remove(Recent(visit): Recent, _form: Form) -> Result<Response, Problem> {
    let write = Write::RemoveAuthenticator {
        tenant_id: visit.person.user.tenant_id,
        user_id: visit.person.user.id,
        session: visit.session.id.clone(),
    };
    let before = means([("means", json!("authenticator app"))]);
    let record = record(&visit, Activity::DeleteSecurityInfo, Some(&before), None);
    match visit.browser.state.db.commit(&[write], &record).await {
        // Twice is as good as once.
        Ok(()) | Err(StoreError::NotFound { .. }) => Ok(done(Done::AuthenticatorRemoved)),
        Err(error) => Err(error.into()),
    }
}

/// Why no app can be set up.
fn unfit(account: &Account) -> Option<&'static str> {
    match (&account.password, &account.authenticator) {
        (None, _) => Some(NO_PASSWORD),
        (_, Some(_)) => Some(THERE_IS_ONE),
        (Some(_), None) => None,
    }
}

fn refused(visit: &Visit, account: &Account, reason: &str) -> Response {
    let status = StatusCode::BAD_REQUEST;
    account.refused(visit, status, "authenticator", reason.to_owned())
}

fn setup_page(visit: &Visit, secret: &AuthenticatorSecret, pending: &str, error: &str) -> Response {
    let status = match error.is_empty() {
        true => StatusCode::OK,
        false => StatusCode::BAD_REQUEST,
    };
    let uri = secret.uri(ISSUER, &visit.person.user.user_principal_name);
    let template = SetupPage {
        shell: visit.shell("account", "Set up an authenticator app"),
        qr: qr_svg(&Zeroizing::new(uri)).map(Zeroizing::new),
        key: Zeroizing::new(secret.base32()),
        pending,
        error,
    };
    page(status, Policy::Own, &template)
}

/// The secret between the two forms. The browser keeps it, and cannot put another in its place.
fn seal(visit: &Visit, secret: &AuthenticatorSecret) -> String {
    let end = visit.browser.context.now.plus_seconds(SECONDS).micros();
    let text = Zeroizing::new([&end.to_be_bytes()[..], secret.expose()].concat());
    let master = &visit.browser.state.keys.master;
    master.seal(&pending_name(visit), &text)
}

fn open(visit: &Visit, pending: &str) -> Option<AuthenticatorSecret> {
    let master = &visit.browser.state.keys.master;
    let text = master.open(&pending_name(visit), pending).ok()?;
    let (end, secret) = text.split_first_chunk::<8>()?;
    let end = Timestamp::from_micros(i64::from_be_bytes(*end));
    let secret = AuthenticatorSecret::from_bytes(secret)?;
    (visit.browser.context.now < end).then_some(secret)
}

/// Of this person, in this browser.
fn pending_name(visit: &Visit) -> String {
    let browser = visit.browser.token.hash();
    let user = visit.person.user.id;
    format!("pending authenticator of {user} in {}", browser.as_str())
}
