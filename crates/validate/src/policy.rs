//! What a caller must have: policies as values.

use std::collections::BTreeSet;

use crate::Caller;

/// A rule over [`Caller`]s.
///
/// Roles are compared exactly, case included. Rules combine with [`or`](Self::or) and
/// [`and`](Self::and):
///
/// ```
/// use countersign_validate::Policy;
///
/// let tenant = "11111111-2222-3333-4444-555555555555";
/// let reporting = "66666666-7777-8888-9999-000000000000";
/// let readers = Policy::roles_any(["Orders.Read.All"])
///     .or(Policy::allow_applications([(tenant, reporting)]));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy(Rule);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Rule {
    RolesAny(BTreeSet<String>),
    RolesAll(BTreeSet<String>),
    /// Tenant and application id, in lower case.
    Applications(BTreeSet<(String, String)>),
    Anyone,
    Or(Box<Rule>, Box<Rule>),
    And(Box<Rule>, Box<Rule>),
}

impl Policy {
    /// The caller must have at least one of these app roles. Of no roles, none can be had.
    pub fn roles_any<R: Into<String>>(roles: impl IntoIterator<Item = R>) -> Self {
        Self(Rule::RolesAny(roles.into_iter().map(Into::into).collect()))
    }

    /// The caller must have every one of these app roles. An empty list lets nobody in, lest a list
    /// that was left empty by mistake open the door.
    pub fn roles_all<R: Into<String>>(roles: impl IntoIterator<Item = R>) -> Self {
        Self(Rule::RolesAll(roles.into_iter().map(Into::into).collect()))
    }

    /// The caller must be one of these applications, each given as tenant id and application id:
    /// an application id alone says nothing about who vouches for it. Roles are not asked for.
    pub fn allow_applications<T, A>(applications: impl IntoIterator<Item = (T, A)>) -> Self
    where
        T: AsRef<str>,
        A: AsRef<str>,
    {
        let folded = |(tenant, application): (T, A)| {
            (
                tenant.as_ref().to_ascii_lowercase(),
                application.as_ref().to_ascii_lowercase(),
            )
        };
        Self(Rule::Applications(
            applications.into_iter().map(folded).collect(),
        ))
    }

    /// Every application of the tenant that can get a token for this API, even one that was granted
    /// nothing. Rarely what is wanted.
    pub fn allow_without_roles() -> Self {
        Self(Rule::Anyone)
    }

    /// Either rule suffices.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self(Rule::Or(Box::new(self.0), Box::new(other.0)))
    }

    /// Both rules must hold.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(Rule::And(Box::new(self.0), Box::new(other.0)))
    }

    /// Whether the rule lets `caller` in.
    pub fn allows(&self, caller: &Caller) -> bool {
        self.0.allows(caller)
    }
}

impl Rule {
    fn allows(&self, caller: &Caller) -> bool {
        match self {
            Self::RolesAny(roles) => roles.iter().any(|role| caller.has_role(role)),
            Self::RolesAll(roles) => {
                !roles.is_empty() && roles.iter().all(|role| caller.has_role(role))
            }
            Self::Applications(applications) => applications.contains(&(
                caller.tenant_id.to_ascii_lowercase(),
                caller.application_id.to_ascii_lowercase(),
            )),
            Self::Anyone => true,
            Self::Or(left, right) => left.allows(caller) || right.allows(caller),
            Self::And(left, right) => left.allows(caller) && right.allows(caller),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CredentialStrength, TokenVersion};

    const NOTHING: [&str; 0] = [];

    fn caller(roles: &[&str]) -> Caller {
        Caller {
            tenant_id: "t".into(),
            object_id: "o".into(),
            application_id: "a".into(),
            roles: roles.iter().map(|role| (*role).to_owned()).collect(),
            issuer: "https://localhost/t/v2.0".into(),
            credential: CredentialStrength::Secret,
            version: TokenVersion::V2,
            token_id: None,
        }
    }

    #[track_caller]
    fn check(policy: &Policy, roles: &[&str], allowed: bool) {
        assert_eq!(
            policy.allows(&caller(roles)),
            allowed,
            "{policy:?} {roles:?}"
        );
    }

    #[test]
    fn any_and_all_of_roles() {
        check(&Policy::roles_any(["A", "B"]), &["B"], true);
        check(&Policy::roles_any(["A", "B"]), &[], false);
        check(&Policy::roles_any(["A"]), &["a"], false);
        check(&Policy::roles_all(["A", "B"]), &["B", "C", "A"], true);
        check(&Policy::roles_all(["A", "B"]), &["A"], false);
        check(&Policy::roles_any(NOTHING), &["A"], false);
        check(&Policy::roles_all(NOTHING), &["A"], false);
    }

    #[test]
    fn an_application_is_allowed_with_its_tenant_only() {
        check(&Policy::allow_applications([("T", "A")]), &[], true);
        check(&Policy::allow_applications([("u", "a")]), &["A"], false);
        check(&Policy::allow_applications([("t", "b")]), &["A"], false);
        check(&Policy::allow_applications::<&str, &str>([]), &["A"], false);
    }

    #[test]
    fn rules_combine() {
        let listed = || Policy::allow_applications([("t", "a")]);
        check(&Policy::roles_any(["A"]).or(listed()), &[], true);
        check(&Policy::roles_any(["A"]).and(listed()), &[], false);
        check(&Policy::roles_any(["A"]).and(listed()), &["A"], true);
        check(&Policy::allow_without_roles(), &[], true);
    }
}
