//! The address of the token endpoint. Pure.
//!
//! It is known from authority and tenant, so nothing is discovered: there is no document that could
//! send the credential elsewhere.

use reqwest::Url;

use crate::BuildError;

/// The endpoint of version 2.0 for `tenant`.
///
/// `loopback_http` allows plain HTTP to this machine, and to no other.
pub(crate) fn token_endpoint(
    authority: &str,
    tenant: &str,
    loopback_http: bool,
) -> Result<Url, BuildError> {
    let base = base(authority, loopback_http)?;
    let tenant = tenant_segment(tenant)?;
    Url::parse(&format!("{base}/{tenant}/oauth2/v2.0/token"))
        .map_err(|_| BuildError::Authority(authority.to_owned()))
}

fn base(authority: &str, loopback_http: bool) -> Result<&str, BuildError> {
    let refused = || BuildError::Authority(authority.to_owned());
    let url = Url::parse(authority).map_err(|_| refused())?;
    // Never shown again, since it may be a password.
    if !url.username().is_empty() || url.password().is_some() {
        return Err(BuildError::AuthorityUser);
    }
    let is_base = url.query().is_none() && url.fragment().is_none() && url.has_host();
    let is_safe = url.scheme() == "https" || (loopback_http && is_loopback_http(&url));
    if is_base && is_safe {
        Ok(authority.trim().trim_end_matches('/'))
    } else {
        Err(refused())
    }
}

/// Whether this is plain HTTP to the machine itself. Names other than `localhost` may resolve to
/// anything.
pub(crate) fn is_loopback_http(url: &Url) -> bool {
    url.scheme() == "http" && url.host_str().is_some_and(is_loopback)
}

/// Whether this host is the machine itself, in the notation of URLs.
pub(crate) fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']').parse();
    address.map_or(host == "localhost", |ip: std::net::IpAddr| ip.is_loopback())
}

/// A tenant id or one of the tenant's domains. The aliases stand for a person's tenant, and there
/// is no person in this flow.
fn tenant_segment(tenant: &str) -> Result<&str, BuildError> {
    let is_alias = ["common", "organizations", "consumers"]
        .iter()
        .any(|alias| tenant.eq_ignore_ascii_case(alias));
    let is_name = tenant
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"-.".contains(&byte));
    if tenant.is_empty() || is_alias || !is_name || tenant.starts_with('.') {
        return Err(BuildError::Tenant(tenant.to_owned()));
    }
    Ok(tenant)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TENANT: &str = "11111111-2222-3333-4444-555555555555";

    fn endpoint(authority: &str) -> Result<String, BuildError> {
        token_endpoint(authority, TENANT, true).map(String::from)
    }

    #[test]
    fn the_endpoint_follows_from_authority_and_tenant() {
        for (authority, expected) in [
            (
                "https://login.example.com:8443",
                "https://login.example.com:8443/",
            ),
            ("https://login.example.com/", "https://login.example.com/"),
            (
                "https://login.example.com/adfs",
                "https://login.example.com/adfs/",
            ),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080/"),
            ("http://[::1]:8080", "http://[::1]:8080/"),
            ("http://localhost", "http://localhost/"),
        ] {
            let expected = format!("{expected}{TENANT}/oauth2/v2.0/token");
            assert_eq!(endpoint(authority).ok(), Some(expected), "{authority}");
        }
    }

    #[test]
    fn cli_08_plain_http_and_everything_but_a_base_is_refused() {
        for authority in [
            "",
            "login.example.com",
            "http://login.example.com",
            "http://127.0.0.1.example.com",
            "http://localhost.example.com",
            "http://10.0.0.1",
            "ftp://localhost",
            "https://h/?x",
            "https://h/#x",
            "data:text/plain,x",
        ] {
            let error = endpoint(authority).expect_err("refused");
            assert!(matches!(error, BuildError::Authority(_)), "{authority}");
        }
        assert!(token_endpoint("http://127.0.0.1", TENANT, false).is_err());
        let error = endpoint("https://user:hunter2@h").expect_err("refused");
        assert!(!format!("{error:?} {error}").contains("hunter2"));
    }

    #[test]
    fn aliases_and_what_would_leave_the_path_are_no_tenant() {
        let all = [
            "",
            "common",
            "Organizations",
            "consumers",
            "..",
            ".",
            "a/b",
            "a?b",
            "a b",
            "ä",
        ];
        for tenant in all {
            let error = token_endpoint("https://h", tenant, false).expect_err("refused");
            assert!(matches!(error, BuildError::Tenant(_)), "{tenant}");
        }
        assert!(token_endpoint("https://h", "contoso.onmicrosoft.com", false).is_ok());
    }
}
