//! `/portal/inspector`: explains a token, claim by claim. What is pasted is neither kept, logged nor
//! shown again: the page shows what it says, without the signature that makes it worth stealing.

mod claims;
mod decoded;
mod names;
mod signature;

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::response::Response;
use axum::routing::get;
use countersign_domain::oauth::meaning;

use self::claims::{Claim, explain};
use self::decoded::Decoded;
use self::names::{About, about};
use self::signature::{Issuer, Signature};
use super::form::Form;
use super::problem::Problem;
use super::visit::{Shell, Visit};
use crate::state::AppState;

/// The address of the page.
pub(super) fn routes() -> Router<Arc<AppState>> {
    Router::new().route("/portal/inspector", get(show).post(inspect))
}

#[derive(Template)]
#[template(path = "inspector.html")]
struct InspectorPage {
    shell: Shell,
    error: String,
    token: Option<Inspected>,
}

/// A token, explained.
struct Inspected {
    header: Vec<Claim>,
    claims: Vec<Claim>,
    issuer: Issuer,
    signature: Signature,
    time: Time,
    about: About,
    requirements: String,
}

/// What the times of a token say now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Time {
    Current,
    Expired,
    NotYet,
    /// No end is named.
    Endless,
}

impl Time {
    /// Without the skew that validators tolerate: the page says what the token says.
    fn of(decoded: &Decoded, now: i64) -> Self {
        let seconds = |name| decoded.claims.get(name).and_then(serde_json::Value::as_f64);
        #[expect(
            clippy::cast_precision_loss,
            reason = "the clock is far below 2^52 seconds"
        )]
        let now = now as f64;
        match (seconds("nbf"), seconds("exp")) {
            (_, Some(end)) if end <= now => Self::Expired,
            (Some(start), _) if start > now => Self::NotYet,
            (_, None) => Self::Endless,
            _ => Self::Current,
        }
    }

    fn kind(self) -> &'static str {
        match self {
            Self::Current => "ok",
            Self::Expired => "error",
            Self::NotYet | Self::Endless => "warning",
        }
    }

    fn label(self) -> &'static str {
        match self {
            Self::Current => "Current",
            Self::Expired => "Expired",
            Self::NotYet => "Not valid yet",
            Self::Endless => "Names no end",
        }
    }
}

/// `GET /portal/inspector`
async fn show(visit: Visit) -> Response {
    visit.page(&page(&visit))
}

/// `POST /portal/inspector`: in a form, never in the address, which browsers and proxies keep.
async fn inspect(visit: Visit, form: Form) -> Result<Response, Problem> {
    let decoded = match Decoded::parse(form.text("token")) {
        Ok(decoded) => decoded,
        Err(error) => {
            let mut page = page(&visit);
            page.error = error.to_string();
            return Ok(visit.refused(&page));
        }
    };
    let mut page = page(&visit);
    page.token = Some(inspected(&visit, &decoded).await);
    Ok(visit.page(&page))
}

fn page(visit: &Visit) -> InspectorPage {
    InspectorPage {
        shell: visit.shell("inspector", "Token inspector"),
        error: String::new(),
        token: None,
    }
}

async fn inspected(visit: &Visit, decoded: &Decoded) -> Inspected {
    let (state, now) = (
        &visit.browser.state,
        visit.browser.context.now.unix_seconds(),
    );
    let base_url = state.base_url.as_str();
    let issuer = Issuer::of(decoded, base_url);
    Inspected {
        header: explain(&decoded.header, now, meaning::of_header),
        claims: explain(&decoded.claims, now, meaning::of_claim),
        signature: Signature::check(decoded, &issuer, &state.signing.current().published()),
        time: Time::of(decoded, now),
        about: about(visit, decoded, &issuer).await,
        requirements: claims::requirements(decoded, &issuer, base_url),
        issuer,
    }
}
