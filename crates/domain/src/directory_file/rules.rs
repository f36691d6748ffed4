//! What a single text of the directory must look like. Each rule answers with a sentence that
//! says what to do; the text itself is left to the caller to show, because some are secrets.

use crate::directory::Domain;

/// A rule for one text: `Err` says what is wrong and what to do.
pub(super) type Check = fn(&str) -> Result<(), String>;

/// A name that people read: 1 to 256 characters on one line.
pub(super) fn name(text: &str) -> Result<(), String> {
    length(text, 1, 256)?;
    refuse_controls(text, &[])?;
    if text.trim() != text {
        return Err("must not begin or end with a space; remove it".into());
    }
    Ok(())
}

/// Free text on several lines, up to 1,024 characters.
pub(super) fn prose(text: &str) -> Result<(), String> {
    length(text, 0, 1_024)?;
    refuse_controls(text, &['\n', '\r', '\t'])
}

/// A word: 1 to 256 characters on one line, blanks allowed inside.
pub(super) fn word(text: &str) -> Result<(), String> {
    length(text, 1, 256)?;
    refuse_controls(text, &[])
}

/// A domain name.
pub(super) fn domain(text: &str) -> Result<(), String> {
    Domain::parse(text).map(drop).map_err(|error| {
        format!("is {error}, e.g. `contoso.example`; write an international name in its xn-- form")
    })
}

/// A sign-in name: `someone@contoso.example`.
pub(super) fn user_principal_name(text: &str) -> Result<(), String> {
    let is_local_part = |part: &str| {
        (1..=64).contains(&part.len())
            && part
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b".-_!#^~'".contains(&byte))
    };
    match text.rsplit_once('@') {
        Some((local, domain)) if is_local_part(local) && Domain::parse(domain).is_ok() => Ok(()),
        _ => Err(
            "is not a user principal name: write it as `someone@contoso.example`, before the \
                  @ only letters, digits and . - _ ! # ^ ~ '"
                .into(),
        ),
    }
}

/// The `value` of an app role or a delegated permission: what a token's `roles` will say.
///
/// No blank, because `scp` separates values by blanks; no leading dot, because `.default` asks
/// for all of them.
pub(super) fn role_value(text: &str) -> Result<(), String> {
    length(text, 1, 120)?;
    if text.starts_with('.') {
        return Err("must not begin with a dot, which is kept for `.default`; remove it".into());
    }
    let is_allowed = |byte: u8| {
        byte.is_ascii_alphanumeric() || b":!#$%&'()*+,-./;<=>?@[]^_`{|}~".contains(&byte)
    };
    match text
        .chars()
        .find(|&c| !u8::try_from(c).is_ok_and(is_allowed))
    {
        Some(' ') => Err("must not contain a space; write e.g. `Orders.Read`".into()),
        Some(c) => Err(format!(
            "must not contain {c:?}; use letters, digits and : ! # $ % & ' ( ) * + , - . / ; < = \
             > ? @ [ ] ^ _ ` {{ | }} ~"
        )),
        None => Ok(()),
    }
}

/// An App ID URI: absolute, up to 255 characters.
///
/// One trailing slash is accepted, although the original refuses it: names are compared without
/// it, and some resources are known by a name that ends so.
pub(super) fn identifier_uri(text: &str) -> Result<(), String> {
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
pub(super) fn redirect_uri(text: &str) -> Result<(), String> {
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
pub(super) fn native_redirect_uri(text: &str) -> Result<(), String> {
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

/// The address of a page.
pub(super) fn page(text: &str) -> Result<(), String> {
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

/// A shared secret in the clear.
pub(super) fn secret(text: &str) -> Result<(), String> {
    let count = text.chars().count();
    if count < 16 {
        return Err(format!(
            "has {count} characters; a secret of fewer than 16 can be guessed: use at least 16, \
             or leave the key out and one is made"
        ));
    }
    if count > 1_024 {
        return Err(format!("has {count} characters; use at most 1024"));
    }
    if text.chars().any(char::is_control) {
        return Err("contains a control character or a line break; remove it".into());
    }
    Ok(())
}

/// The path of a file with a secret.
pub(super) fn file_path(text: &str) -> Result<(), String> {
    length(text, 1, 4_096)?;
    refuse_controls(text, &[])
}

fn length(text: &str, min: usize, max: usize) -> Result<(), String> {
    match text.chars().count() {
        0 if min > 0 => Err("must not be empty; write a value or leave the key out".into()),
        count if count > max => Err(format!("has {count} characters; use at most {max}")),
        _ => Ok(()),
    }
}

/// Refuses what could make one line look like another in a terminal or a log.
fn refuse_controls(text: &str, allowed: &[char]) -> Result<(), String> {
    let is_bad = |c: char| {
        (c.is_control() && !allowed.contains(&c))
            || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    match text.chars().find(|&c| is_bad(c)) {
        Some(c) => Err(format!(
            "contains the control character U+{:04X}; remove it",
            u32::from(c)
        )),
        None => Ok(()),
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
    use super::*;

    fn check(rule: Check, text: &str, expected: &str) {
        match rule(text) {
            Ok(()) => assert_eq!("", expected, "{text:?} is accepted"),
            Err(reason) => assert!(
                !expected.is_empty() && reason.contains(expected),
                "{text:?}: {reason}"
            ),
        }
    }

    #[test]
    fn role_values() {
        let longest = "a".repeat(120);
        check(role_value, &longest, "");
        check(role_value, "Orders.Read:all", "");
        check(role_value, &format!("{longest}a"), "at most 120");
        check(role_value, "", "must not be empty");
        check(role_value, ".Read", "begin with a dot");
        check(role_value, "Orders Read", "must not contain a space");
        check(role_value, "Orders\tRead", "'\\t'");
        check(role_value, "Örders", "'Ö'");
        check(role_value, "a\"b", "'\"'");
    }

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

    #[test]
    fn names_cannot_disguise_a_line() {
        check(name, "Überweisungen (Test)", "");
        check(name, &"a".repeat(257), "at most 256");
        check(name, "a\nb", "U+000A");
        check(name, "a\u{202e}b", "U+202E");
        check(name, " a", "begin or end with a space");
        check(prose, "a\nb", "");
        check(prose, "a\u{1b}[2Jb", "U+001B");
    }

    #[test]
    fn other_texts() {
        check(user_principal_name, "a.b@contoso.example", "");
        check(
            user_principal_name,
            "contoso.example",
            "user principal name",
        );
        check(
            user_principal_name,
            "a b@contoso.example",
            "user principal name",
        );
        check(domain, "contoso", "not a domain name");
        check(secret, "0123456789abcde", "at least 16");
        check(secret, "0123456789abcdef", "");
        check(secret, "0123456789abcdef\n", "line break");
    }
}
