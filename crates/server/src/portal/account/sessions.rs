//! Ending sessions of one's own. It needs no recent proof: it only takes access away, and who sees a
//! stranger's session should be quick.

use axum::response::Response;

use super::{Done, done};
use crate::portal::form::Form;
use crate::portal::problem::Problem;
use crate::portal::visit::Visit;

/// `POST /portal/account/sessions/end`
pub(super) async fn end(visit: Visit, form: Form) -> Result<Response, Problem> {
    let (db, user) = (&visit.browser.state.db, &visit.person.user);
    let id = form.text("session");
    let sessions = db.sessions_of(user.tenant_id, user.id).await?;
    // Gone already is as good as ended; somebody else's is not there.
    if let Some(own) = sessions.iter().find(|session| session.id.as_str() == id) {
        db.end_session(&own.id).await?;
    }
    Ok(done(Done::SessionEnded))
}

/// `POST /portal/account/sessions/end-others`
pub(super) async fn end_others(visit: Visit, _form: Form) -> Result<Response, Problem> {
    let (db, user) = (&visit.browser.state.db, &visit.person.user);
    let here = Some(&visit.session.id);
    db.end_sessions_of(user.tenant_id, user.id, here).await?;
    Ok(done(Done::SessionsEnded))
}
