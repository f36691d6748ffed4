//! A setup link, shown this once: only its hash is kept.

use askama::Template;
use axum::response::Response;
use countersign_domain::account::invitation::{Invited, setup_path};
use zeroize::Zeroizing;

use super::address;
use crate::portal::span::shown;
use crate::portal::visit::{Shell, Visit};

#[derive(Template)]
#[template(path = "administrators/link.html")]
struct LinkPage {
    shell: Shell,
    user_name: String,
    link: Zeroizing<String>,
    expires: String,
    back: String,
}

/// The page with the link of somebody who was invited.
pub(super) fn link_page(visit: &Visit, invited: &Invited) -> Response {
    let base_url = &visit.browser.state.base_url;
    let path = Zeroizing::new(setup_path(&invited.token));
    visit.page(&LinkPage {
        shell: visit.shell("administrators", "Setup link"),
        user_name: invited.user.user_principal_name.clone(),
        link: Zeroizing::new(format!("{base_url}{}", path.as_str())),
        expires: shown(&invited.expires_at.to_seven_digits()),
        back: address(&invited.user.id.to_string(), ""),
    })
}
