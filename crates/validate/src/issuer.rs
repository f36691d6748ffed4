//! Issuers of one authority: a template with `{tenantid}` in it per version of token.

use countersign_token::TokenVersion;

/// What stands for the tenant in an issuer that is a template.
const PLACEHOLDER: &str = "{tenantid}";

/// The Microsoft identity platform's v1.0 issuers are on a host of their own; elsewhere both
/// versions share the authority.
const HOSTS_V1: [(&str, &str); 3] = [
    (
        "https://login.microsoftonline.com",
        "https://sts.windows.net",
    ),
    (
        "https://login.microsoftonline.us",
        "https://sts.windows.net",
    ),
    (
        "https://login.partner.microsoftonline.cn",
        "https://sts.chinacloudapi.cn",
    ),
];

/// An issuer with its tenant left open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Template {
    text: String,
    /// Length of what comes before the tenant.
    prefix: usize,
}

impl Template {
    /// `None` unless the tenant has exactly one place in `text`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (prefix, suffix) = text.split_once(PLACEHOLDER)?;
        (!suffix.contains(PLACEHOLDER)).then(|| Self {
            text: text.to_owned(),
            prefix: prefix.len(),
        })
    }

    /// The issuer of the authority with this base URL, as its tokens of `version` name it.
    pub(crate) fn of_authority(base: &str, version: TokenVersion) -> Self {
        let host_v1 = HOSTS_V1.iter().find(|(authority, _)| *authority == base);
        let text = match version {
            TokenVersion::V1 => {
                format!("{}/{PLACEHOLDER}/", host_v1.map_or(base, |(_, host)| host))
            }
            TokenVersion::V2 => format!("{base}/{PLACEHOLDER}/v2.0"),
        };
        Self::parse(&text).expect("a URL from a builder has no place for a tenant of its own")
    }

    /// The template as documents that belong to no single tenant have it.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The issuer of one tenant.
    pub(crate) fn issuer(&self, tenant: &str) -> String {
        format!("{}{tenant}{}", &self.text[..self.prefix], self.suffix())
    }

    /// The tenant that `issuer` is of, by exact comparison of everything around it.
    pub(crate) fn tenant<'a>(&self, issuer: &'a str) -> Option<&'a str> {
        let rest = issuer.strip_prefix(&self.text[..self.prefix])?;
        rest.strip_suffix(self.suffix())
            .filter(|tenant| is_guid(tenant))
    }

    /// Whether a key published for `issuer` may serve this tenant: it names the template, which
    /// means any, or this very tenant.
    pub(crate) fn covers(&self, issuer: &str, tenant: &str) -> bool {
        issuer == self.text || self.tenant(issuer) == Some(tenant)
    }

    fn suffix(&self) -> &str {
        &self.text[self.prefix + PLACEHOLDER.len()..]
    }
}

/// Domain names, `common` and the like name no single issuer; nothing of them can be in a token.
pub(crate) fn is_guid(text: &str) -> bool {
    let is_place = |at: usize| matches!(at, 8 | 13 | 18 | 23);
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match byte {
            b'-' => is_place(at),
            _ => byte.is_ascii_hexdigit() && !is_place(at),
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use TokenVersion::{V1, V2};

    const TENANT: &str = "11111111-2222-3333-4444-555555555555";

    #[track_caller]
    fn check(base: &str, v1: &str, v2: &str) {
        let issuer = |version| Template::of_authority(base, version).issuer(TENANT);
        assert_eq!(issuer(V1), v1.replace("T", TENANT));
        assert_eq!(issuer(V2), v2.replace("T", TENANT));
    }

    #[test]
    fn issuers_are_spelt_as_the_platform_does() {
        check(
            "https://h:8443",
            "https://h:8443/T/",
            "https://h:8443/T/v2.0",
        );
        check(
            "https://login.microsoftonline.com",
            "https://sts.windows.net/T/",
            "https://login.microsoftonline.com/T/v2.0",
        );
    }

    #[test]
    fn a_tenant_is_read_from_exactly_its_place() {
        let v2 = Template::of_authority("https://h", V2);
        let issuer = v2.issuer(TENANT);
        assert_eq!(v2.tenant(&issuer), Some(TENANT));
        for other in [
            format!("{issuer}/"),
            format!("x{issuer}"),
            issuer.to_uppercase(),
            "https://h/common/v2.0".into(),
            "https://h//v2.0".into(),
            "https://h/v2.0".into(),
            format!("https://h/{TENANT}/{TENANT}/v2.0"),
            format!("https://h/{TENANT}/"),
            v2.text().to_owned(),
        ] {
            assert_eq!(v2.tenant(&other), None, "{other}");
        }
    }

    #[test]
    fn a_key_serves_its_tenant_or_any() {
        let v2 = Template::of_authority("https://h", V2);
        assert!(v2.covers("https://h/{tenantid}/v2.0", TENANT));
        assert!(v2.covers(&v2.issuer(TENANT), TENANT));
        assert!(!v2.covers(&v2.issuer("99999999-2222-3333-4444-555555555555"), TENANT));
        assert!(!v2.covers("https://other/{tenantid}/v2.0", TENANT));
        assert!(!v2.covers("", TENANT));
    }

    #[test]
    fn a_template_has_one_place() {
        assert!(Template::parse("https://h/{tenantid}/").is_some());
        assert_eq!(Template::parse("https://h/t/"), None);
        assert_eq!(Template::parse("https://h/{tenantid}/{tenantid}"), None);
    }

    #[test]
    fn guids_have_their_dashes_in_place() {
        assert!(is_guid(TENANT));
        for text in [
            "",
            "common",
            &TENANT[1..],
            "1111111-12222-3333-4444-555555555555",
        ] {
            assert!(!is_guid(text), "{text}");
        }
    }
}
