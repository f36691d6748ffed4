use std::sync::Arc;

use axum::extract::FromRequestParts;
use http::request::Parts;

use crate::portal::problem::Problem;
use crate::portal::visit::Visit;
use crate::state::AppState;

/// Where the person proves once more who they are.
const AGAIN: &str = "/portal/sign-in?again=1&next=/portal/account";

/// A visit of somebody who has proved who they are a short while ago. Others are asked once more.
pub(super) struct Recent(pub(super) Visit);

impl FromRequestParts<Arc<AppState>> for Recent {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &Arc<AppState>) -> Result<Self, Problem> {
        let visit = Visit::from_request_parts(parts, state).await?;
        match visit.session.is_recent(visit.browser.context.now) {
            true => Ok(Self(visit)),
            false => Err(Problem::SignIn(AGAIN.to_owned())),
        }
    }
}
