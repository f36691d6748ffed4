//! The rules of federated credentials, for one that comes by another way than a file.

use super::rules;
use crate::directory::{FederatedIdentityCredential, SubjectMatcher};
use crate::oauth::federation::is_own;

/// Checks a new credential as the directory file would, beside those its application has.
///
/// `base_url` is the platform's own, where it is known. The error is a sentence that says what is
/// wrong and what to do.
pub fn check_federated_credential(
    new: &FederatedIdentityCredential,
    stored: &[FederatedIdentityCredential],
    base_url: Option<&str>,
) -> Result<(), String> {
    let named = |what: &str, result: Result<(), String>| {
        result.map_err(|reason| format!("the {what} {reason}"))
    };
    named("name", rules::credential_name(&new.name))?;
    named("issuer", rules::issuer(&new.issuer))?;
    if let SubjectMatcher::Subject(subject) = &new.subject {
        named("subject", rules::claim(subject))?;
    }
    for audience in &new.audiences {
        named("audience", rules::claim(audience))?;
    }
    let base_url = base_url.map(|url| url.trim_end_matches('/'));
    if base_url.is_some_and(|base_url| is_own(base_url, &new.issuer)) {
        return Err(
            "the issuer is this platform itself, whose access tokens are for resources; \
                    name the other issuer"
                .to_owned(),
        );
    }
    let of_application = || {
        let id = new.application_id;
        stored.iter().filter(move |c| c.application_id == id)
    };
    if of_application().any(|c| c.name == new.name) {
        return Err(format!(
            "there is a federated credential {:?} already; choose another name",
            new.name
        ));
    }
    if let Some(same) =
        of_application().find(|c| c.issuer == new.issuer && c.subject == new.subject)
    {
        return Err(format!(
            "the federated credential {:?} has this issuer and subject already; remove it first",
            same.name
        ));
    }
    Ok(())
}
