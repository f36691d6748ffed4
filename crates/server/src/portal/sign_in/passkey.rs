//! `/portal/sign-in/passkey`: any passkey of this server, chosen in the browser.

use askama::Template;
use axum::response::Response;
use countersign_domain::account::AuthenticationMethod::Passkey as ByPasskey;
use countersign_domain::account::PasskeyChallenge;
use countersign_domain::account::passkey::{
    RelyingParty, SignInOptions, challenge_of, credential_id_of, verify_sign_in,
};
use countersign_domain::account::throttle::Admission;
use countersign_store::SignInAccount;
use http::StatusCode;

use super::{Purpose, refused, sign_in_page, signed_in, waiting};
use crate::portal::attempts::Attempt;
use crate::portal::page::{Policy, page};
use crate::portal::people_log::{Outcome, record};
use crate::portal::{Browser, Form, Problem};
use crate::state::AppState;

/// What is said whatever was wrong.
const REFUSED: &str = "You could not be signed in with this passkey. Try again, or sign in in \
                       another way.";

#[derive(Template)]
#[template(path = "sign_in_passkey.html")]
struct PasskeyPage<'a> {
    form_token: String,
    next: &'a str,
    is_again: bool,
    options: String,
}

/// This server, as passkeys know it.
pub(crate) fn relying_party(state: &AppState) -> RelyingParty {
    RelyingParty {
        id: state.base_url.host().to_owned(),
        origin: state.base_url.as_str().to_owned(),
        name: "Countersign".to_owned(),
    }
}

/// `POST /portal/sign-in/passkey`: a challenge, and a page that has it signed.
pub(super) async fn ask(browser: Browser, form: Form) -> Result<Response, Problem> {
    let purpose = Purpose::of_form(&browser, &form).await?;
    let attempt = Attempt::challenge(&browser);
    let admission = attempt.admit(&browser).await?;
    if let Some(page) = waiting(&browser, &purpose, "", admission) {
        return Ok(page);
    }
    attempt.failed(&browser).await?;
    let (state, now) = (&browser.state, browser.context.now);
    let random = state.random.as_ref();
    let challenge = PasskeyChallenge::issue(random, browser.token.hash(), None, now);
    state.db.remember_challenge(&challenge).await?;
    let options = SignInOptions {
        rp: &relying_party(state),
        challenge: &challenge,
    };
    let template = PasskeyPage {
        form_token: browser.token.form_token(),
        next: purpose.next.as_str(),
        is_again: purpose.only.is_some(),
        options: options.to_json().to_string(),
    };
    Ok(page(StatusCode::OK, Policy::Own, &template))
}

/// `POST /portal/sign-in/passkey/answer`
pub(super) async fn take(browser: Browser, form: Form) -> Result<Response, Problem> {
    let purpose = Purpose::of_form(&browser, &form).await?;
    let attempt = Attempt::at_random(&browser);
    let admission = attempt.admit(&browser).await?;
    if admission != Admission::Admitted {
        record(&browser, ByPasskey, None, Outcome::Throttled);
    }
    if let Some(page) = waiting(&browser, &purpose, "", admission) {
        return Ok(page);
    }
    let (owner, is_proved) = owner(&browser, form.text("answer")).await?;
    let is_allowed = |owner: &&SignInAccount| {
        let user = &owner.person.user;
        is_proved && user.account_enabled && purpose.allows(user)
    };
    match owner.as_ref().filter(is_allowed) {
        Some(owner) => {
            let next = purpose.next.as_str();
            if let Some(response) = signed_in(&browser, owner, ByPasskey, next).await? {
                return Ok(response);
            }
        }
        None => {
            let user = owner.as_ref().map(|owner| &owner.person.user);
            refused(&browser, ByPasskey, user, is_proved);
        }
    }
    attempt.failed(&browser).await?;
    let status = StatusCode::BAD_REQUEST;
    Ok(sign_in_page(&browser, &purpose, status, "", Some(REFUSED)))
}

/// Whose passkey answered, and whether the answer proves it. The challenge is spent either way.
async fn owner(browser: &Browser, answer: &str) -> Result<(Option<SignInAccount>, bool), Problem> {
    let (state, now) = (&browser.state, browser.context.now);
    let (Ok(challenge), Ok(id)) = (challenge_of(answer), credential_id_of(answer)) else {
        return Ok((None, false));
    };
    let hash = browser.token.hash();
    let Some(challenge) = state.db.take_challenge(&challenge, &hash, now).await? else {
        return Ok((None, false));
    };
    let Some((passkey, owner)) = state.db.passkey(&id).await? else {
        return Ok((None, false));
    };
    let rp = relying_party(state);
    let is_proved = match verify_sign_in(&rp, answer, &challenge, &passkey, now) {
        Ok(used) => {
            let db = &state.db;
            db.used_passkey(&passkey, used.sign_count, used.is_backed_up, now)
                .await?
        }
        Err(refusal) => {
            tracing::info!(user = %passkey.user_id, %refusal, "a passkey was refused");
            false
        }
    };
    Ok((Some(owner), is_proved))
}
