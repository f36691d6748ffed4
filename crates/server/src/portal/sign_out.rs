//! `POST /portal/sign-out`: the session ends here, whatever the browser still holds.

use axum::response::Response;
use countersign_domain::account::SessionToken;
use http::HeaderValue;

use super::browser::with_session;
use super::page::see_other;
use super::visit::sign_in_address;
use super::{Browser, Form, Next, Problem};

/// `POST /portal/sign-out`
pub(super) async fn take(browser: Browser, form: Form) -> Result<Response, Problem> {
    browser.state.db.end_session(&browser.token.hash()).await?;
    let next = match form.some("next") {
        Some(next) => Next::parse(next),
        None => Next::home(),
    };
    let mut response = see_other(&sign_in_address(&next));
    // Pages that the person saw are not for whoever sits there next (ASVS 14.3.1).
    let cache = HeaderValue::from_static("\"cache\"");
    response.headers_mut().insert("clear-site-data", cache);
    let token = SessionToken::generate(browser.state.random.as_ref());
    Ok(with_session(response, &token))
}
