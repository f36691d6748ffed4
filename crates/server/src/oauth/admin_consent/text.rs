//! Text of whoever registered an application, on a page of ours.

use std::fmt::Write as _;

/// The text with every character made visible that would change how what is around it reads:
/// controls, and marks that turn the direction of writing (Unicode TR 36, section 2.5).
pub(super) fn visible(text: &str) -> String {
    let is_hidden = |character: char| {
        character.is_control()
            || matches!(
                character,
                '\u{61c}'
                    | '\u{200b}'
                    | '\u{200e}'
                    | '\u{200f}'
                    | '\u{2028}'..='\u{202e}'
                    | '\u{2060}'..='\u{206f}'
                    | '\u{feff}'
                    | '\u{e0000}'..='\u{e007f}'
            )
    };
    text.chars()
        .map(|character| match character {
            '\n' | '\r' | '\t' => ' ',
            other if is_hidden(other) => char::REPLACEMENT_CHARACTER,
            other => other,
        })
        .collect()
}

/// Where a redirect URI leads, as people name it: the host with its port, or the URI itself where it
/// opens an application on their device.
pub(super) fn destination(uri: &str) -> &str {
    match web_authority(uri) {
        Some((_, authority)) => authority,
        None => uri,
    }
}

/// What a page may send its form to in the end, in the words of a content security policy. Browsers
/// ask the policy at every redirect, and nobody knows where an application sends people on to from
/// its own redirect URI: any https address will do.
pub(super) fn form_targets(uri: &str) -> String {
    match web_authority(uri) {
        Some(("http", authority)) => format!("http://{authority} https:"),
        Some(_) => "https:".to_owned(),
        None => {
            let mut targets = String::new();
            let scheme = uri.split(':').next().unwrap_or_default();
            let is_scheme_byte = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
            if scheme.bytes().all(is_scheme_byte) {
                // Writing to a string cannot fail.
                let _ = write!(targets, "{}:", scheme.to_ascii_lowercase());
            }
            targets
        }
    }
}

/// Scheme and authority of an address that a policy can name.
fn web_authority(uri: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = uri.split_once("://")?;
    let authority = rest.split(['/', '?']).next()?;
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_:".contains(&byte);
    let is_web = matches!(scheme, "http" | "https");
    (is_web && authority.bytes().all(is_plain)).then_some((scheme, authority))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_hides_is_shown() {
        assert_eq!(visible("Örders <b>"), "Örders <b>");
        assert_eq!(
            visible("a\u{202e}gpj.exe\u{2066}"),
            "a\u{fffd}gpj.exe\u{fffd}"
        );
        assert_eq!(visible("a\r\nb\0"), "a  b\u{fffd}");
    }

    #[test]
    fn a_destination_is_a_host_or_an_address() {
        assert_eq!(destination("https://good.example/back?a=b"), "good.example");
        assert_eq!(destination("http://localhost:80"), "localhost:80");
        assert_eq!(destination("myapp://auth"), "myapp://auth");
    }

    #[test]
    fn a_policy_names_where_forms_lead() {
        assert_eq!(form_targets("https://good.example/back"), "https:");
        assert_eq!(
            form_targets("http://localhost:8080/back"),
            "http://localhost:8080 https:"
        );
        assert_eq!(form_targets("MyApp.auth:/back"), "myapp.auth:");
        assert_eq!(form_targets("my;app:x"), "");
    }
}
