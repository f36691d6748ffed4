//! What lasts longer than a session is for people who have just proved who they are: an open browser
//! or a stolen cookie must not be enough to keep an account or a tenant (ASVS 7.5.1).

use std::sync::Arc;

use axum::extract::FromRequestParts;
use http::request::Parts;

use super::address::encoded;
use super::problem::Problem;
use super::visit::Visit;
use crate::state::AppState;

/// A visit of somebody who has proved who they are a short while ago. Others are asked once more, and
/// come back to the page whose form it was.
pub(super) struct Recent(pub(super) Visit);

impl FromRequestParts<Arc<AppState>> for Recent {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &Arc<AppState>) -> Result<Self, Problem> {
        let visit = Visit::from_request_parts(parts, state).await?;
        match visit.session.is_recent(visit.browser.context.now) {
            true => Ok(Self(visit)),
            false => Err(Problem::SignIn(again(parts.uri.path()))),
        }
    }
}

/// Where a person proves once more who they are, after a form to `path`.
fn again(path: &str) -> String {
    let next = encoded(&page_of(path));
    format!("/portal/sign-in?again=1&next={next}")
}

/// The page that has the form: most forms have their page's own address, some are below it.
fn page_of(path: &str) -> String {
    let mut segments: Vec<&str> = path.split('/').collect();
    let length = match segments.as_slice() {
        ["", "portal", "account", ..] => 3,
        ["", "portal", "administrators", _, _] => 4,
        [
            "",
            "portal",
            "applications",
            _,
            "permissions" | "credentials",
            _,
        ] => 5,
        whole => whole.len(),
    };
    segments.truncate(length);
    segments.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_leads_back_to_its_page() {
        for (form, page) in [
            ("/portal/account/passkeys/answer", "/portal/account"),
            ("/portal/administrators", "/portal/administrators"),
            ("/portal/administrators/1/roles", "/portal/administrators/1"),
            ("/portal/tenants/new", "/portal/tenants/new"),
            (
                "/portal/applications/1/permissions/grant",
                "/portal/applications/1/permissions",
            ),
            (
                "/portal/applications/1/credentials/certificates",
                "/portal/applications/1/credentials",
            ),
            (
                "/portal/applications/1/federated",
                "/portal/applications/1/federated",
            ),
            (
                "/portal/applications/1/owners",
                "/portal/applications/1/owners",
            ),
            (
                "/portal/enterprise-applications/1/assigned",
                "/portal/enterprise-applications/1/assigned",
            ),
        ] {
            assert_eq!(page_of(form), page);
        }
        assert_eq!(
            again("/portal/administrators/a&b/link"),
            "/portal/sign-in?again=1&next=%2Fportal%2Fadministrators%2Fa%26b"
        );
    }
}
