//! The rules of federated credentials, for one that comes by another way than a file.

use crate::directory::rules;
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
    match &new.subject {
        SubjectMatcher::Subject(subject) => named("subject", rules::claim(subject))?,
        SubjectMatcher::Expression(expression) => {
            named("expression", rules::expression(&expression.to_string()))?;
        }
    }
    if new.audiences.is_empty() {
        return Err(
            "no token could match without an audience; customarily it is \
                    `api://AzureADTokenExchange`"
                .to_owned(),
        );
    }
    for (index, audience) in new.audiences.iter().enumerate() {
        named("audience", rules::claim(audience))?;
        if new.audiences[..index].contains(audience) {
            return Err(format!(
                "the audience {audience:?} is there twice; remove one"
            ));
        }
    }
    if let Some(description) = &new.description {
        named("description", rules::prose_short(description))?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{ApplicationId, FederatedCredentialId};

    #[track_caller]
    fn check(change: impl FnOnce(&mut FederatedIdentityCredential), expected: &str) {
        let stored = FederatedIdentityCredential {
            id: FederatedCredentialId::new(uuid::Uuid::from_u128(1)),
            application_id: ApplicationId::new(uuid::Uuid::from_u128(2)),
            name: "build".into(),
            issuer: "https://a.example".into(),
            subject: SubjectMatcher::Subject("a".into()),
            audiences: vec!["api://AzureADTokenExchange".into()],
            description: None,
            keys: None,
        };
        let mut new = FederatedIdentityCredential {
            name: "deploy".into(),
            subject: SubjectMatcher::Subject("b".into()),
            ..stored.clone()
        };
        change(&mut new);
        match check_federated_credential(&new, &[stored], Some("https://login.example/")) {
            Ok(()) => assert_eq!(expected, "", "accepted"),
            Err(reason) => assert!(
                !expected.is_empty() && reason.contains(expected),
                "{reason:?} for {expected:?}"
            ),
        }
    }

    #[test]
    fn one_by_another_way_meets_the_files_rules() {
        let expression = |text: &str| SubjectMatcher::Expression(text.parse().expect("one"));
        check(|_| (), "");
        check(
            |new| new.name = "build".into(),
            "already; choose another name",
        );
        check(|new| new.name = "b".into(), "the name must have 3 to 120");
        check(|new| new.issuer = "a.example".into(), "the issuer ");
        check(
            |new| {
                let tenant = uuid::Uuid::from_u128(3);
                new.issuer = format!("https://login.example/{tenant}/v2.0");
            },
            "the issuer is this platform itself",
        );
        check(
            |new| new.subject = SubjectMatcher::Subject("a".into()),
            "has this issuer and subject already",
        );
        check(
            |new| new.subject = SubjectMatcher::Subject("b ".into()),
            "the subject must not begin or end with a space",
        );
        check(
            |new| new.subject = expression("claims['sub'] matches 'b*'"),
            "",
        );
        check(
            |new| new.subject = expression("claims['sub'] eq '\u{202e}b'"),
            "the expression contains the control character U+202E",
        );
        check(
            |new| new.audiences.clear(),
            "no token could match without an audience",
        );
        check(
            |new| new.audiences = vec!["a".into(), "b".into(), "a".into()],
            "the audience \"a\" is there twice",
        );
        check(
            |new| new.audiences.push(String::new()),
            "the audience must not be empty",
        );
        check(|new| new.description = Some("for the\nbuilds".into()), "");
        check(
            |new| new.description = Some("\u{1b}[2J".into()),
            "the description contains the control character U+001B",
        );
    }
}
