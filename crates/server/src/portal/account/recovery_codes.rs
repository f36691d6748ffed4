//! New recovery codes of one's own.

use askama::Template;
use axum::response::Response;
use countersign_domain::account::RecoveryCode;
use countersign_domain::directory::Write;
use countersign_domain::graph::audit::Activity;
use serde_json::json;
use zeroize::Zeroizing;

use super::{Recent, means, record};
use crate::portal::form::Form;
use crate::portal::problem::Problem;
use crate::portal::visit::Shell;

#[derive(Template)]
#[template(path = "account/recovery_codes.html")]
struct CodesPage<'a> {
    shell: Shell,
    user_name: &'a str,
    codes: Zeroizing<String>,
}

/// `POST /portal/account/recovery-codes`: makes codes and shows them. Not answered with a redirect:
/// the answer exists once.
pub(super) async fn renew(Recent(visit): Recent, _form: Form) -> Result<Response, Problem> {
    let (state, user) = (&visit.browser.state, &visit.person.user);
    let codes = RecoveryCode::generate_set(state.random.as_ref());
    let write = Write::SetRecoveryCodes {
        tenant_id: user.tenant_id,
        user_id: user.id,
        hashes: codes.iter().map(RecoveryCode::hash).collect(),
    };
    let after = means([
        ("means", json!("recovery codes")),
        ("count", json!(codes.len())),
    ]);
    let record = record(&visit, Activity::RegisterSecurityInfo, None, Some(&after));
    state.db.commit(&[write], &record).await?;
    let shown: Vec<&str> = codes.iter().map(RecoveryCode::expose).collect();
    Ok(visit.page(&CodesPage {
        shell: visit.shell("account", "Your recovery codes"),
        user_name: &user.user_principal_name,
        codes: Zeroizing::new(shown.join("\n")),
    }))
}
