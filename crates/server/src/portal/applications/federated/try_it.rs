//! The box that takes a token and says which condition fails. It signs nobody in, makes no token, and
//! keeps nothing: neither the token nor that it was tried.

use axum::extract::Path;
use axum::response::Response;
use countersign_domain::directory::FederatedIdentityCredential;
use countersign_domain::ids::{AppId, ApplicationId};
use countersign_domain::oauth::federation;
use countersign_token::{Assertion, AssertionClaims};

use super::explain::{Signature, Verdict, explain};
use super::show::federated;
use crate::oauth::verify_federated;
use crate::portal::form::Form;
use crate::portal::problem::Problem;
use crate::portal::visit::Visit;

/// Credentials that a token is held against: those that it comes closest to.
const SHOWN_MAX: usize = 20;

/// What became of a token.
pub(super) struct Tried {
    /// The closest first.
    pub(super) verdicts: Vec<Verdict>,
    /// Credentials that are not shown.
    pub(super) others: usize,
}

impl Tried {
    /// The credential by which the token proves the application. As at the token endpoint, only the
    /// first that its claims meet counts, and that one stands first here.
    pub(super) fn accepted_by(&self) -> Option<&str> {
        let first = self.verdicts.first().filter(|verdict| verdict.holds())?;
        Some(&first.name)
    }
}

/// `POST /portal/applications/{id}/federated/try`
pub(super) async fn submit(
    visit: Visit,
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, Problem> {
    // Through the API first: it says whether this person may see the application.
    let mut page = federated(&visit, &id).await?;
    match attempt(&visit, &id, form.text("token")).await? {
        Ok(tried) => {
            page.tried = Some(tried);
            Ok(visit.page(&page))
        }
        Err(error) => {
            page.token_error = error.to_owned();
            Ok(visit.refused(&page))
        }
    }
}

async fn attempt(
    visit: &Visit,
    id: &str,
    token: &str,
) -> Result<Result<Tried, &'static str>, Problem> {
    let text = token.strip_prefix("Bearer ").unwrap_or(token).trim();
    let Ok(assertion) = Assertion::parse(text) else {
        return Ok(Err(
            "This is no signed JWT: three parts in base64url, with dots between them.",
        ));
    };
    let Ok(claims) = assertion.unverified_claims() else {
        return Ok(Err("The claims of this token cannot be read."));
    };
    if let Some(error) = of_no_other_issuer(visit, claims) {
        return Ok(Err(error));
    }
    let Ok(application) = id.parse::<ApplicationId>() else {
        return Err(Problem::not_found());
    };
    let mut view = visit.browser.state.db.view().await?;
    let mut credentials = view
        .federated_credentials(visit.tenant.id, application)
        .await?;
    // Keys may have to be fetched: no connection is kept meanwhile.
    drop(view);
    if credentials.is_empty() {
        return Ok(Err("This application has no federated credential yet."));
    }
    credentials.sort_by_key(|credential| std::cmp::Reverse(closeness(credential, claims)));
    let mut verdicts = Vec::new();
    for credential in credentials.iter().take(SHOWN_MAX) {
        let signature = signature(visit, credential, &assertion, claims).await;
        let now = visit.browser.context.now;
        verdicts.push(explain(credential, &assertion, claims, &signature, now));
    }
    Ok(Ok(Tried {
        others: credentials.len() - verdicts.len(),
        verdicts,
    }))
}

/// Tokens that no federated credential is for.
fn of_no_other_issuer(visit: &Visit, claims: &AssertionClaims) -> Option<&'static str> {
    let issuer = claims.iss.as_deref()?;
    if federation::is_own(visit.browser.state.base_url.as_str(), issuer) {
        return Some(
            "This token was made by this server. Its tokens are for APIs; they prove no client.",
        );
    }
    let is_assertion = issuer.parse::<AppId>().is_ok();
    is_assertion.then_some(
        "The issuer of this token is a client id: it is signed with a certificate of an \
         application, and needs no federated credential.",
    )
}

/// All conditions before some, and the issuer before what only it can mean.
fn closeness(credential: &FederatedIdentityCredential, claims: &AssertionClaims) -> u8 {
    let met = federation::met(credential, claims);
    4 * u8::from(met.issuer) + 2 * u8::from(met.subject) + u8::from(met.audience)
}

/// Only the issuer that the token names is asked for keys, by the rules of the token endpoint.
async fn signature(
    visit: &Visit,
    credential: &FederatedIdentityCredential,
    assertion: &Assertion<'_>,
    claims: &AssertionClaims,
) -> Signature {
    if !federation::met(credential, claims).issuer {
        return Signature::NotChecked;
    }
    let form = federation::check_type(assertion).and(federation::check_algorithm(assertion));
    if let Err(refusal) = form {
        return Signature::Refused(refusal);
    }
    let state = &visit.browser.state;
    match verify_federated(state, visit.tenant.id, credential, assertion).await {
        Ok(_) => Signature::Holds,
        Err(refusal) => Signature::Refused(refusal),
    }
}
