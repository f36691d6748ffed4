use super::AssertionPolicy;
use crate::clock::Timestamp;
use crate::ids::TenantId;

/// A tenant: an isolated directory with its own applications, users and issuer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tenant {
    /// The `tid` of its tokens.
    pub id: TenantId,
    /// What people call it; error texts name it.
    pub display_name: String,
    /// Names that stand for the tenant in URLs, the first of them its default.
    pub domains: Vec<Domain>,
    /// Whether `/adfs/...` stands for this tenant. At most one tenant is the default.
    pub is_default: bool,
    /// What is asked of assertions in this tenant, whatever an application's own policy says.
    pub assertion_policy: AssertionPolicy,
    /// When it was made.
    pub created_at: Timestamp,
}

impl Tenant {
    /// Whether a text can be a tenant's name: `Err` says what is wrong and what to do.
    pub fn check_name(text: &str) -> Result<(), String> {
        super::rules::name(text)
    }
}

/// A verified domain name, in lower case.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Domain(String);

/// The text cannot be a domain name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "not a domain name: letters, digits and hyphens in parts joined by dots, at least two parts"
)]
pub struct InvalidDomain;

impl Domain {
    /// Reads a domain name in any case.
    ///
    /// Only the ASCII form is a name here: look-alike letters cannot stand for another tenant.
    pub fn parse(text: &str) -> Result<Self, InvalidDomain> {
        let is_label = |label: &str| {
            (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        };
        let is_domain = text.len() <= 253 && text.contains('.') && text.split('.').all(is_label);
        if is_domain {
            Ok(Self(text.to_ascii_lowercase()))
        } else {
            Err(InvalidDomain)
        }
    }

    /// The name in lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for Domain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn domains_are_ascii_and_folded() {
        assert_eq!(
            Domain::parse("Contoso.Example").map(|d| d.to_string()),
            Ok("contoso.example".into())
        );
        for text in [
            "contoso",
            "",
            ".",
            "a..b",
            "-a.b",
            "a-.b",
            "cöntoso.example",
            "a b.c",
            "a.b/",
            "a.b\0",
        ] {
            assert_eq!(Domain::parse(text), Err(InvalidDomain), "{text:?}");
        }
    }
}
