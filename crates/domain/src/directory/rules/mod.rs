//! What a single text of the directory must look like. Each rule answers with a sentence that
//! says what to do; the text itself is left to the caller to show, because some are secrets.

mod uri;

pub(crate) use self::uri::{identifier_uri, issuer, native_redirect_uri, page, redirect_uri};
use crate::directory::{ClaimsExpression, Domain};

/// A rule for one text: `Err` says what is wrong and what to do.
pub(crate) type Check = fn(&str) -> Result<(), String>;

/// A name that people read: 1 to 256 characters on one line.
pub(crate) fn name(text: &str) -> Result<(), String> {
    length(text, 1, 256)?;
    refuse_controls(text, &[])?;
    if text.trim() != text {
        return Err("must not begin or end with a space; remove it".into());
    }
    Ok(())
}

/// Free text on several lines, up to 1,024 characters.
pub(crate) fn prose(text: &str) -> Result<(), String> {
    length(text, 0, 1_024)?;
    refuse_controls(text, &['\n', '\r', '\t'])
}

/// As `prose`, up to 600 characters.
pub(crate) fn prose_short(text: &str) -> Result<(), String> {
    length(text, 0, 600)?;
    prose(text)
}

/// A word: 1 to 256 characters on one line, blanks allowed inside.
pub(crate) fn word(text: &str) -> Result<(), String> {
    length(text, 1, 256)?;
    refuse_controls(text, &[])
}

/// A domain name.
pub(crate) fn domain(text: &str) -> Result<(), String> {
    Domain::parse(text).map(drop).map_err(|error| {
        format!("is {error}, e.g. `contoso.example`; write an international name in its xn-- form")
    })
}

/// A sign-in name: `someone@contoso.example`.
pub(crate) fn user_principal_name(text: &str) -> Result<(), String> {
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
pub(crate) fn role_value(text: &str) -> Result<(), String> {
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

/// The name of a federated credential, which is also a part of URLs.
pub(crate) fn credential_name(text: &str) -> Result<(), String> {
    let is_name = (3..=120).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
    if is_name {
        return Ok(());
    }
    Err("must have 3 to 120 letters, digits, `_` and `-` and begin with a letter or digit".into())
}

/// A claim that a token has to carry exactly.
pub(crate) fn claim(text: &str) -> Result<(), String> {
    length(text, 1, 600)?;
    refuse_controls(text, &[])?;
    if text.trim() != text {
        return Err("must not begin or end with a space, as no token's would; remove it".into());
    }
    Ok(())
}

/// An expression over claims.
pub(crate) fn expression(text: &str) -> Result<(), String> {
    refuse_controls(text, &[])?;
    text.parse::<ClaimsExpression>().map(drop).map_err(|error| {
        format!("is no expression: {error}; write e.g. `claims['sub'] matches 'repo:contoso/*'`")
    })
}

/// A shared secret in the clear.
pub(crate) fn secret(text: &str) -> Result<(), String> {
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

/// The path of a file.
pub(crate) fn file_path(text: &str) -> Result<(), String> {
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

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Checks what a rule says of a text; an empty expectation is acceptance.
    pub(crate) fn check(rule: Check, text: &str, expected: &str) {
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

    #[test]
    fn federated_credentials() {
        for name in ["git", "0-_", &"a".repeat(120)] {
            check(credential_name, name, "");
        }
        for name in [
            "ab",
            "-ab",
            "_ab",
            "a/b",
            "a.b",
            "a b",
            "äbc",
            "",
            &"a".repeat(121),
        ] {
            check(credential_name, name, "must have 3 to 120");
        }
        check(claim, "repo:org/*", "");
        check(claim, "Größe", "");
        check(claim, &"a".repeat(600), "");
        check(claim, &"a".repeat(601), "at most 600");
        check(claim, "", "must not be empty");
        check(claim, "a ", "begin or end with a space");
        check(claim, "\u{a0}a", "begin or end with a space");
        check(claim, "a\nb", "U+000A");
        check(
            expression,
            "claims['sub'] eq 'a' and claims['x'] matches 'b*'",
            "",
        );
        check(expression, "claims['sub'] = 'a'", "at character 15");
        check(expression, "claims['sub'] eq '\u{202e}'", "U+202E");
        check(prose_short, &"a".repeat(601), "at most 600");
    }
}
