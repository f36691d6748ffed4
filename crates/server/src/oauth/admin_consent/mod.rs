//! `/{tenant}/adminconsent` and `/{tenant}/v2.0/adminconsent`: an application sends an administrator
//! here, who sees what it asks for, and grants it for the whole tenant or not.
//!
//! The rules are [`countersign_domain::consent`]'s. Here is the order of things: nothing is believed of
//! the request until the application and its redirect URI are found ([`Asked`]); then somebody has to
//! be signed in, in the tenant that is asked about; then what is asked for is read ([`World`]) and
//! shown ([`pages`]). *Accept* goes the same way again, inside the commit lock ([`accept`]).

mod accept;
mod asked;
mod pages;
mod text;
mod world;

use std::sync::Arc;

use axum::Router;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get};
use countersign_domain::consent::answer::Trace;
use countersign_domain::consent::request::{ConsentEndpoint, ConsentRequest};
use countersign_domain::oauth::error::OauthError;
use countersign_store::StoreError;
use http::StatusCode;

use self::asked::Asked;
use self::world::World;
use crate::portal::{Browser, Form, Next, Problem, Visit, see_other, sign_in_address};
use crate::state::AppState;

/// Both forms of the endpoint.
pub(crate) fn routes() -> Router<Arc<AppState>> {
    Router::new()
        .route("/{tenant}/adminconsent", form(ConsentEndpoint::V1))
        .route("/{tenant}/v2.0/adminconsent", form(ConsentEndpoint::V2))
}

fn form(endpoint: ConsentEndpoint) -> MethodRouter<Arc<AppState>> {
    let call = move |browser, segment| Call {
        endpoint,
        segment,
        browser,
    };
    get(
        move |browser: Browser, Path(segment): Path<String>| async move {
            let call = call(browser, segment);
            let shown = show(&call).await;
            call.respond(shown)
        },
    )
    .post(
        move |browser: Browser, Path(segment): Path<String>, form: Form| async move {
            let call = call(browser, segment);
            let answered = answer(&call, &form).await;
            call.respond(answered)
        },
    )
}

/// A request to one of them.
struct Call {
    endpoint: ConsentEndpoint,
    /// The tenant in the path, decoded.
    segment: String,
    browser: Browser,
}

/// An end of the story that is not the page.
enum End {
    /// A page that says what is wrong with the request. Nothing of this is ever told to the
    /// redirect URI.
    Refused(OauthError),
    /// Back to the application, at its registered URI.
    Redirect(String),
    /// Somebody has to sign in, or something else is wrong.
    Problem(Problem),
}

/// `GET`: the page.
async fn show(call: &Call) -> Result<Response, End> {
    let (asked, visit) = begin(call).await?;
    let state = &call.browser.state;
    let mut view = state.db.view().await?;
    let world = World::read(&mut view, state, &visit.tenant, &asked).await?;
    pages::offer(call, &visit, &world, &mut view, None).await
}

/// `POST`: *Accept* or *Cancel*.
async fn answer(call: &Call, form: &Form) -> Result<Response, End> {
    let (asked, visit) = begin(call).await?;
    match form.text("answer") {
        "cancel" => Err(End::Redirect(asked.reply(call).declined(&call.trace()))),
        // Granting for everybody asks for more than a browser that somebody left open.
        "accept" if !visit.session.is_recent(call.browser.context.now) => {
            let address = format!("{}&again=1", sign_in_address(&call.next()));
            Err(Problem::SignIn(address).into())
        }
        "accept" => accept::accept(call, &visit, form.text("fingerprint")).await,
        _ => Err(Problem::told(
            StatusCode::BAD_REQUEST,
            "This form could not be read",
            "It says neither Accept nor Cancel. Nothing was granted.",
            "Go back, reload the page, and try once more.",
        )
        .into()),
    }
}

/// What every request goes through: a request that may be answered, and a person of the tenant that
/// it is about.
async fn begin(call: &Call) -> Result<(Asked, Visit), End> {
    let state = &call.browser.state;
    // Before there is a view to hold: there are few.
    let request = call.request()?;
    let asked = Asked::read(call, request, &mut state.db.view().await?).await?;
    let visit = Visit::of(&call.browser).await?;
    let visit = visit.ok_or_else(|| Problem::SignIn(sign_in_address(&call.next())))?;
    match &asked.tenant {
        Some(named) if named.id != visit.tenant.id => {
            let reply = asked.reply(call);
            let told = reply.wrong_directory(&named.display_name, &call.trace());
            Err(End::Redirect(told))
        }
        _ => Ok((asked, visit)),
    }
}

impl Call {
    /// The query as it was sent.
    fn query(&self) -> &str {
        let target = self.browser.target.split_once('?');
        target.map_or("", |(_, query)| query)
    }

    fn request(&self) -> Result<ConsentRequest, OauthError> {
        ConsentRequest::parse(self.endpoint, self.query())
    }

    /// This very request, for coming back to it.
    fn next(&self) -> Next {
        Next::parse(&self.address())
    }

    /// Its path and query. Some clients send what only encoded is part of an address.
    fn address(&self) -> String {
        let mut address = String::with_capacity(self.browser.target.len());
        for byte in self.browser.target.bytes() {
            match byte {
                b'\\' | b'#' => address.push_str(&format!("%{byte:02X}")),
                byte if byte.is_ascii_graphic() => address.push(char::from(byte)),
                byte => address.push_str(&format!("%{byte:02X}")),
            }
        }
        address
    }

    fn trace(&self) -> Trace<'_> {
        let context = &self.browser.context;
        Trace {
            trace_id: context.trace_id,
            correlation_id: context.correlation_id(),
            at: context.now,
            base_url: self.browser.state.base_url.as_str(),
        }
    }

    fn respond(&self, outcome: Result<Response, End>) -> Response {
        let response = match outcome {
            Ok(response) => response,
            Err(End::Refused(refusal)) => pages::refused(self, &refusal),
            Err(End::Redirect(location)) => see_other(&location),
            Err(End::Problem(problem)) => problem.into_response(),
        };
        self.browser.answer(response)
    }
}

impl From<OauthError> for End {
    fn from(refusal: OauthError) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Problem> for End {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl From<StoreError> for End {
    fn from(error: StoreError) -> Self {
        Self::Problem(error.into())
    }
}
