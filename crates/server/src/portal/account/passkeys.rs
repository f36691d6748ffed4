//! Passkeys of one's own.

use askama::Template;
use axum::response::Response;
use countersign_domain::account::passkey::{
    NewPasskey, PasskeyRefusal, RegistrationOptions, challenge_of, verify_registration,
};
use countersign_domain::account::{Passkey, PasskeyChallenge};
use countersign_domain::clock::Timestamp;
use countersign_domain::directory::Write;
use countersign_domain::graph::audit::Activity;
use countersign_domain::graph::wire::Object;
use countersign_store::StoreError;
use http::StatusCode;
use serde_json::json;

use super::show::Account;
use super::{Done, Recent, done, means, record, remove_way};
use crate::portal::form::Form;
use crate::portal::problem::Problem;
use crate::portal::sign_in::relying_party;
use crate::portal::visit::{Shell, Visit};

/// More devices than anybody has.
const PASSKEYS_MAX: u64 = 20;

const NAME_CHARACTERS_MAX: usize = 64;

const NAME_REFUSED: &str = "Give it a name of at most 64 characters, all on one line.";

const TOO_MANY: &str = "You have 20 passkeys. Remove one that you no longer use first.";

const KNOWN: &str = "This passkey was added before.";

const LAST: &str = "This passkey is the only way in which you can sign in. Add another one, or set \
                    a password first.";

#[derive(Template)]
#[template(path = "account/passkey.html")]
struct PasskeyPage<'a> {
    shell: Shell,
    name: &'a str,
    options: String,
}

/// `POST /portal/account/passkeys`: a challenge, and a page that has it signed by a new passkey.
pub(super) async fn ask(Recent(visit): Recent, form: Form) -> Result<Response, Problem> {
    let (state, now) = (&visit.browser.state, visit.browser.context.now);
    let user = &visit.person.user;
    let Some(name) = name(form.text("passkey_name"), now) else {
        return refused(&visit, "passkey_name", NAME_REFUSED).await;
    };
    let passkeys = state.db.passkeys_of(user.tenant_id, user.id).await?;
    if passkeys.len() as u64 >= PASSKEYS_MAX {
        return refused(&visit, "passkeys", TOO_MANY).await;
    }
    let browser = visit.browser.token.hash();
    let challenge = PasskeyChallenge::issue(state.random.as_ref(), browser, Some(user.id), now);
    state.db.remember_challenge(&challenge).await?;
    let registered: Vec<String> = passkeys.into_iter().map(|passkey| passkey.id).collect();
    let options = RegistrationOptions {
        rp: &relying_party(state),
        user,
        registered: &registered,
        challenge: &challenge,
    };
    Ok(visit.page(&PasskeyPage {
        shell: visit.shell("account", "Add a passkey"),
        name: &name,
        options: options.to_json().to_string(),
    }))
}

/// `POST /portal/account/passkeys/answer`
pub(super) async fn take(Recent(visit): Recent, form: Form) -> Result<Response, Problem> {
    let now = visit.browser.context.now;
    let Some(name) = name(form.text("passkey_name"), now) else {
        return refused(&visit, "passkey_name", NAME_REFUSED).await;
    };
    let new = match registered(&visit, form.text("answer")).await? {
        Ok(new) => new,
        Err(refusal) => return refused(&visit, "passkeys", &refusal.to_string()).await,
    };
    let passkey = new.named(visit.person.user.tenant_id, name, now);
    let after = shown(&passkey);
    let record = record(&visit, Activity::RegisterSecurityInfo, None, Some(&after));
    let mut change = visit.browser.state.db.change().await?;
    // Of several pages that were open at once, each was below the limit.
    let count = change
        .view()
        .passkey_count(passkey.tenant_id, passkey.user_id);
    if count.await? >= PASSKEYS_MAX {
        drop(change);
        return refused(&visit, "passkeys", TOO_MANY).await;
    }
    match change.commit(&[Write::AddPasskey(passkey)], &record).await {
        Ok(()) => Ok(done(Done::PasskeyAdded)),
        Err(StoreError::Conflict { .. }) => refused(&visit, "passkeys", KNOWN).await,
        Err(error) => Err(error.into()),
    }
}

/// `POST /portal/account/passkeys/remove`
pub(super) async fn remove(Recent(visit): Recent, form: Form) -> Result<Response, Problem> {
    let (db, user) = (&visit.browser.state.db, &visit.person.user);
    let id = form.text("passkey");
    let passkeys = db.passkeys_of(user.tenant_id, user.id).await?;
    let own = passkeys.iter().find(|passkey| passkey.id == id);
    let before = shown(own.ok_or_else(Problem::not_found)?);
    let write = Write::RemovePasskey {
        tenant_id: user.tenant_id,
        user_id: user.id,
        id: id.to_owned(),
        session: visit.session.id.clone(),
    };
    let record = record(&visit, Activity::DeleteSecurityInfo, Some(&before), None);
    match remove_way(&visit, write, &record).await? {
        true => Ok(done(Done::PasskeyRemoved)),
        false => refused(&visit, "passkeys", LAST).await,
    }
}

/// The passkey that answered to a challenge which this person asked for, in this browser. The
/// challenge is spent either way.
async fn registered(
    visit: &Visit,
    answer: &str,
) -> Result<Result<NewPasskey, PasskeyRefusal>, Problem> {
    let (state, now) = (&visit.browser.state, visit.browser.context.now);
    let challenge = match challenge_of(answer) {
        Ok(challenge) => challenge,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let browser = visit.browser.token.hash();
    let challenge = state.db.take_challenge(&challenge, &browser, now).await?;
    let own = challenge.filter(|challenge| challenge.user_id == Some(visit.person.user.id));
    let Some(challenge) = own else {
        return Ok(Err(PasskeyRefusal::Challenge));
    };
    Ok(verify_registration(
        &relying_party(state),
        answer,
        &challenge,
        now,
    ))
}

async fn refused(visit: &Visit, field: &'static str, reason: &str) -> Result<Response, Problem> {
    let account = Account::of(visit).await?;
    let status = StatusCode::BAD_REQUEST;
    Ok(account.refused(visit, status, field, reason.to_owned()))
}

/// What a passkey is called: as its owner says, else by its day.
fn name(entered: &str, now: Timestamp) -> Option<String> {
    if entered.is_empty() {
        let (year, month, day) = now.date();
        return Some(format!("Passkey of {year:04}-{month:02}-{day:02}"));
    }
    let is_short = entered.chars().count() <= NAME_CHARACTERS_MAX;
    let is_line = !entered.chars().any(char::is_control);
    (is_short && is_line).then(|| entered.to_owned())
}

/// A passkey in the record.
fn shown(passkey: &Passkey) -> Object {
    means([
        ("means", json!("passkey")),
        ("displayName", json!(passkey.display_name)),
        ("id", json!(passkey.id)),
    ])
}
