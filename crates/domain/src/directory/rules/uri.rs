//! URIs: names of resources, and places where a browser may be sent.

use super::{length, refuse_controls};

/// An App ID URI: absolute, up to 255 characters.
///
/// One trailing slash is accepted, although the original refuses it: names are compared without
/// it, and some resources are known by a name that ends so.
pub(crate) fn identifier_uri(text: &str) -> Result<(), String> {
    length(text, 1, 255)?;
    refuse_blanks(text)?;
    let (scheme, rest) = scheme(text).ok_or(
        "must be an absolute URI; write e.g. `api://orders` or `https://orders.contoso.example`",
    )?;
    if is_script(&scheme) {
        return Err(format!(
            "must not use the scheme `{scheme}`; use api, https or urn"
        ));
    }
    if text.contains('#') {
        return Err("must not contain a fragment; remove `#` and what follows".into());
    }
    if text.contains('*') {
        return Err("must not contain a wildcard; write the whole URI".into());
    }
    match scheme.as_str() {
        "http" | "https" | "api" => refuse_bad_authority(rest),
        _ if rest.is_empty() => Err("has nothing after its scheme; write e.g. `urn:orders`".into()),
        _ => Ok(()),
    }
}

/// A redirect URI: `https`, or `http` to this machine.
pub(crate) fn redirect_uri(text: &str) -> Result<(), String> {
    length(text, 1, 256)?;
    refuse_blanks(text)?;
    let (scheme, rest) = scheme(text)
        .ok_or("must be an absolute URI; write e.g. `https://orders.contoso.example/`")?;
    if is_script(&scheme) {
        return Err(format!(
            "must not use the scheme `{scheme}`, which runs in the browser; use https"
        ));
    }
    if text.contains('#') {
        return Err("must not contain a fragment; remove `#` and what follows".into());
    }
    if let Some(c) = text.chars().find(|&c| "!$'(),;*<>\"\\^`{|}".contains(c)) {
        return Err(format!(
            "must not contain {c:?}; percent-encode it or choose another path"
        ));
    }
    match scheme.as_str() {
        "https" => refuse_bad_authority(rest),
        "http" if is_loopback(rest) => refuse_bad_authority(rest),
        "http" => {
            Err("must use https; http is only for http://localhost and http://127.0.0.1".into())
        }
        _ => Err(format!("must use https, not `{scheme}`")),
    }
}

/// A redirect URI of an installed application: also a scheme of its own, such as `myapp://auth`.
pub(crate) fn native_redirect_uri(text: &str) -> Result<(), String> {
    match scheme(text) {
        Some((scheme, rest))
            if !is_script(&scheme) && !matches!(scheme.as_str(), "http" | "https") =>
        {
            length(text, 1, 256)?;
            refuse_blanks(text)?;
            if rest.is_empty() || text.contains('#') {
                return Err("must have something after its scheme and no fragment".into());
            }
            Ok(())
        }
        _ => redirect_uri(text),
    }
}

/// The issuer of tokens, as its tokens name it: an https URL that its metadata's address is made
/// from (OpenID Connect Discovery 1.0, 4.1).
pub(crate) fn issuer(text: &str) -> Result<(), String> {
    length(text, 1, 600)?;
    refuse_controls(text, &[])?;
    if text.chars().any(char::is_whitespace) {
        return Err("must not contain a space; write it as the tokens' `iss` has it".into());
    }
    // Only this letter case: the claim is compared exactly, and no issuer writes another.
    let Some(rest) = text.strip_prefix("https:") else {
        return Err("must be an https URL; write e.g. `https://issuer.contoso.example`".into());
    };
    if text.contains(['?', '#']) {
        return Err("must not contain a query or a fragment; remove `?` or `#`".into());
    }
    refuse_bad_authority(rest)?;
    refuse_bad_host(authority(rest).unwrap_or_default())
}

/// `authority` is `host` or `host:port`.
fn refuse_bad_host(authority: &str) -> Result<(), String> {
    let is_ip6 = authority.starts_with('[');
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !is_ip6 || host.ends_with(']') => (host, Some(port)),
        _ => (authority, None),
    };
    let is_host = if is_ip6 {
        let inner = host
            .strip_prefix('[')
            .and_then(|host| host.strip_suffix(']'));
        inner.is_some_and(|inner| inner.parse::<std::net::Ipv6Addr>().is_ok())
    } else {
        !host.is_empty()
            && host
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte))
    };
    if !is_host {
        return Err(
            "needs a host name in ASCII; write an international name in its xn-- form".into(),
        );
    }
    if port.is_some_and(|port| port.parse::<u16>().is_err() || port.starts_with('+')) {
        return Err("has a port that is no number from 0 to 65535".into());
    }
    Ok(())
}

/// The address of a page.
pub(crate) fn page(text: &str) -> Result<(), String> {
    length(text, 1, 255)?;
    refuse_blanks(text)?;
    match scheme(text) {
        Some((scheme, rest)) if matches!(scheme.as_str(), "http" | "https") => {
            refuse_bad_authority(rest)
        }
        _ => {
            Err("must be the address of a page; write e.g. `https://contoso.example/terms`".into())
        }
    }
}

fn refuse_blanks(text: &str) -> Result<(), String> {
    refuse_controls(text, &[])?;
    if text.chars().any(char::is_whitespace) {
        return Err("must not contain a space; percent-encode it as %20".into());
    }
    Ok(())
}

/// The scheme in lower case, and what follows its colon (RFC 3986 3.1).
fn scheme(text: &str) -> Option<(String, &str)> {
    let (scheme, rest) = text.split_once(':')?;
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    is_scheme.then(|| (scheme.to_ascii_lowercase(), rest))
}

/// Schemes whose URIs carry something to run, not a place to go.
fn is_script(scheme: &str) -> bool {
    matches!(
        scheme,
        "javascript" | "data" | "vbscript" | "file" | "blob" | "about"
    )
}

/// `after_scheme` of a URI with an authority: `//host...`, without userinfo.
fn refuse_bad_authority(after_scheme: &str) -> Result<(), String> {
    let authority = authority(after_scheme).ok_or("needs `//` and a name after the scheme")?;
    if authority.is_empty() {
        return Err("needs a name after `//`".into());
    }
    if authority.contains('@') {
        return Err("must not contain a user name; remove what stands before `@`".into());
    }
    if authority.contains('\\') {
        return Err("must not contain a backslash; write `/`".into());
    }
    Ok(())
}

fn authority(after_scheme: &str) -> Option<&str> {
    let rest = after_scheme.strip_prefix("//")?;
    Some(rest.split(['/', '?']).next().unwrap_or(rest))
}

fn is_loopback(after_scheme: &str) -> bool {
    let host = authority(after_scheme).map(|authority| {
        authority
            .rsplit_once(':')
            .map_or(authority, |(host, _)| host)
    });
    host.is_some_and(|host| host.eq_ignore_ascii_case("localhost") || host == "127.0.0.1")
}

#[cfg(test)]
mod tests {
    use super::super::tests::check;
    use super::*;

    #[test]
    fn identifier_uris() {
        for uri in [
            "api://orders",
            "api://11111111-1111-1111-1111-111111111111",
            "https://orders.contoso.example/",
            "https://contoso.example/orders?x=1",
            "urn:contoso:orders",
            "spn:orders",
        ] {
            check(identifier_uri, uri, "");
        }
        check(
            identifier_uri,
            &format!("api://{}", "a".repeat(250)),
            "at most 255",
        );
        check(identifier_uri, "orders", "absolute URI");
        check(identifier_uri, "//orders", "absolute URI");
        check(identifier_uri, "api:orders", "needs `//`");
        check(identifier_uri, "https://", "needs a name");
        check(identifier_uri, "urn:", "nothing after its scheme");
        check(identifier_uri, "api://orders#x", "fragment");
        check(identifier_uri, "api://*", "wildcard");
        check(identifier_uri, "api://a b", "must not contain a space");
        check(identifier_uri, "javascript://x", "scheme `javascript`");
    }

    #[test]
    fn issuers() {
        for uri in [
            "https://token.actions.githubusercontent.com",
            "https://westeurope.oic.prod-aks.azure.com/11111111-1111-1111-1111-111111111111/x/",
            "https://oidc.eks.eu-west-1.amazonaws.com/id/ABC",
            "https://issuer.contoso.example:8443/a%20b",
            "https://127.0.0.1:8443",
            "https://[::1]:8443/x",
            "https://[fe80::1]",
        ] {
            check(issuer, uri, "");
        }
        let longest = format!("https://a.example/{}", "x".repeat(582));
        check(issuer, &longest, "");
        check(issuer, &format!("{longest}x"), "at most 600");
        check(issuer, "", "must not be empty");
        check(issuer, "http://a.example", "must be an https URL");
        check(issuer, "ftp://a.example", "must be an https URL");
        check(issuer, "file:///etc/passwd", "must be an https URL");
        check(issuer, "HTTPS://a.example", "must be an https URL");
        check(issuer, "a.example", "must be an https URL");
        check(issuer, "https:a.example", "needs `//`");
        check(issuer, "https://", "needs a name");
        check(issuer, "https:///a", "needs a name");
        check(issuer, "https://:443", "needs a host name");
        check(issuer, "https://[::1", "needs a host name");
        check(issuer, "https://[::g]", "needs a host name");
        check(issuer, "https://ä.example", "needs a host name");
        check(issuer, "https://a.example:x", "has a port");
        check(issuer, "https://a.example:99999", "has a port");
        check(issuer, "https://me@a.example", "user name");
        check(issuer, "https://a.example\\@b.example", "user name");
        check(issuer, "https://a.example\\b", "backslash");
        check(issuer, "https://a.example/?x=1", "query or a fragment");
        check(issuer, "https://a.example#x", "query or a fragment");
        check(issuer, "https://a.example ", "must not contain a space");
        check(issuer, " https://a.example", "must not contain a space");
        check(
            issuer,
            "https://a.example/\u{a0}",
            "must not contain a space",
        );
        check(issuer, "https://a.example/\n", "U+000A");
    }

    #[test]
    fn redirect_uris() {
        for uri in [
            "https://orders.contoso.example",
            "https://orders.contoso.example/back?x=1",
            "http://localhost:8080/back",
            "http://127.0.0.1",
        ] {
            check(redirect_uri, uri, "");
        }
        check(
            redirect_uri,
            "http://orders.contoso.example",
            "must use https",
        );
        check(
            redirect_uri,
            "http://localhost.contoso.example",
            "use https",
        );
        check(
            redirect_uri,
            "http://localhost@contoso.example",
            "use https",
        );
        check(redirect_uri, "https://a@contoso.example", "user name");
        check(redirect_uri, "https://a/#x", "fragment");
        check(redirect_uri, "javascript:alert(1)", "runs in the browser");
        check(redirect_uri, "DATA:text/html,x", "runs in the browser");
        check(redirect_uri, "myapp://auth", "must use https");
        check(native_redirect_uri, "myapp://auth", "");
        check(native_redirect_uri, "javascript:x", "runs in the browser");
        check(redirect_uri, "https://a/*", "'*'");
        check(
            redirect_uri,
            &format!("https://a/{}", "x".repeat(247)),
            "at most 256",
        );
        check(page, "javascript:alert(1)", "address of a page");
    }
}
