//! Where an answer may go: a URI that the application has registered, and no other.
//!
//! URIs are compared as texts (RFC 9700 section 4.1.3). What is not the same is another URI, with
//! two exceptions: the port of this machine's own address, and, where an operator allows it for an
//! application, segments below a registered path.

use crate::directory::{Application, Manifest, PathMatching, rules};
use crate::oauth::error::{self, OauthError};

/// An address that a browser may be sent to. Only [`registered_redirect_uri`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RedirectUri(String);

impl RedirectUri {
    /// The URI as it was asked for.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The requested URI if the application has registered it; if none is requested, the first one that
/// is registered.
pub fn registered_redirect_uri(
    application: &Application,
    requested: Option<&str>,
    paths: PathMatching,
) -> Result<RedirectUri, OauthError> {
    let mut registered = registered(&application.manifest).peekable();
    let first = *registered
        .peek()
        .ok_or_else(|| error::REPLY_ADDRESS_MISSING.plain())?;
    let found = match requested {
        None => Some(first),
        Some(uri) => registered
            .any(|registered| matches(registered, uri, paths))
            .then_some(uri),
    };
    let blanks = [
        ("redirect_uri", requested.unwrap_or_default()),
        ("app_id", &application.app_id.to_string()),
    ];
    found
        .map(|uri| RedirectUri(uri.to_owned()))
        .ok_or_else(|| error::REDIRECT_URI_UNREGISTERED.with(&blanks))
}

/// The URIs of every platform. The rules for them are asked once more: an address that runs in the
/// browser must not be followed, however it came into the directory.
fn registered(manifest: &Manifest) -> impl Iterator<Item = &str> {
    let platforms = [
        &manifest.web.redirect_uris,
        &manifest.spa.redirect_uris,
        &manifest.public_client.redirect_uris,
    ];
    platforms
        .into_iter()
        .flatten()
        .map(String::as_str)
        .filter(|uri| rules::native_redirect_uri(uri).is_ok())
}

fn matches(registered: &str, requested: &str, paths: PathMatching) -> bool {
    if registered == requested {
        return true;
    }
    let (Some(registered), Some(requested)) = (Parts::of(registered), Parts::of(requested)) else {
        return false;
    };
    let is_same_path = registered.path_and_query == requested.path_and_query;
    registered.origin == requested.origin
        && (is_same_path || paths == PathMatching::SubPaths && is_below(&registered, &requested))
}

/// An http or https URI, taken apart.
struct Parts<'a> {
    /// Scheme and authority; without the port if it is this machine's own.
    origin: (&'a str, &'a str),
    path_and_query: &'a str,
}

impl<'a> Parts<'a> {
    fn of(uri: &'a str) -> Option<Self> {
        let (scheme, rest) = uri.split_once("://")?;
        let split = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
        let (authority, path_and_query) = rest.split_at(split);
        let host = match scheme {
            "http" => loopback_host(authority).unwrap_or(authority),
            "https" => authority,
            _ => return None,
        };
        Some(Self {
            origin: (scheme, host),
            path_and_query,
        })
    }
}

/// The host of `localhost:port` or `127.0.0.1:port`. A program on the machine listens wherever it
/// finds a free port (RFC 8252 section 7.3).
fn loopback_host(authority: &str) -> Option<&str> {
    let (host, port) = authority.split_once(':')?;
    let is_port = port.bytes().all(|byte| byte.is_ascii_digit())
        && port.parse::<u16>().is_ok_and(|port| port > 0);
    (is_port && matches!(host, "localhost" | "127.0.0.1")).then_some(host)
}

/// Whether the requested path has more segments behind all of the registered path's. A registered
/// query belongs to its path, so there is nothing below that.
fn is_below(registered: &Parts<'_>, requested: &Parts<'_>) -> bool {
    let base = registered.path_and_query;
    let base = base.strip_suffix('/').unwrap_or(base);
    let below = requested
        .path_and_query
        .strip_prefix(base)
        .and_then(|below| below.strip_prefix('/'));
    let Some(below) = below.filter(|_| !base.contains('?')) else {
        return false;
    };
    let mut segments = below.strip_suffix('/').unwrap_or(below).split('/');
    below.is_empty() || segments.all(is_plain_segment)
}

/// Whether every reader takes the segment for one name: nothing that some server resolves, decodes
/// a second time or cuts off (`..`, `%2e%2e`, `%2f`, `%252f`, `\`, `..;`), and no query.
fn is_plain_segment(segment: &str) -> bool {
    let mut rest = segment.as_bytes();
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte == b'%' {
            let Some((&[high, low], after)) = rest.split_first_chunk() else {
                return false;
            };
            let hex = |digit: u8| char::from(digit).to_digit(16);
            let (Some(high), Some(low)) = (hex(high), hex(low)) else {
                return false;
            };
            if (high << 4 | low) < 0x80 {
                return false;
            }
            rest = after;
        } else if !is_plain(byte) {
            return false;
        }
    }
    !matches!(segment, "" | "." | "..")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::PathMatching::{Exact, SubPaths};
    use super::*;
    use crate::consent::fixtures::application;

    const BACK: &str = "https://good.example/back";

    fn find(
        registered: &[&str],
        requested: Option<&str>,
        paths: PathMatching,
    ) -> Result<String, u32> {
        let mut client = application(1, "Daemon");
        let uris = registered.iter().map(|uri| (*uri).to_owned()).collect();
        client.manifest.web.redirect_uris = uris;
        registered_redirect_uri(&client, requested, paths)
            .map(|uri| uri.as_str().to_owned())
            .map_err(|error| error.kind.number)
    }

    #[track_caller]
    fn check(registered: &str, requested: &str, paths: PathMatching, is_found: bool) {
        let expected = match is_found {
            true => Ok(requested.to_owned()),
            false => Err(50_011),
        };
        let found = find(&[registered], Some(requested), paths);
        assert_eq!(found, expected, "{requested:?} by {registered}");
    }

    #[test]
    fn the_first_registered_uri_is_the_default() {
        assert_eq!(find(&[], None, Exact), Err(500_113));
        assert_eq!(find(&[], Some(BACK), Exact), Err(500_113));
        let two = [BACK, "https://good.example/other"];
        assert_eq!(find(&two, None, Exact), Ok(BACK.to_owned()));
        assert_eq!(find(&two, Some(two[1]), Exact), Ok(two[1].to_owned()));
    }

    #[test]
    fn every_platform_counts() {
        let mut client = application(1, "Daemon");
        let of = |client: &Application| {
            registered_redirect_uri(client, Some("myapp://auth"), Exact).is_ok()
        };
        client.manifest.spa.redirect_uris = vec![BACK.to_owned()];
        assert!(!of(&client));
        client.manifest.public_client.redirect_uris = vec!["myapp://auth".to_owned()];
        assert!(of(&client));
        let first = registered_redirect_uri(&client, None, Exact).expect("one is registered");
        assert_eq!(first.as_str(), BACK);
    }

    #[test]
    fn what_runs_in_the_browser_is_never_followed() {
        for uri in [
            "javascript:alert(1)",
            "data:text/html,x",
            "http://good.example/",
        ] {
            assert_eq!(find(&[uri], Some(uri), Exact), Err(500_113), "{uri}");
            assert_eq!(find(&[uri], None, SubPaths), Err(500_113), "{uri}");
        }
    }

    /// CON-05: no form of another address is the registered one.
    #[test]
    fn anything_but_the_text_is_another_uri() {
        for paths in [Exact, SubPaths] {
            check(BACK, BACK, paths, true);
            for requested in [
                "https://evil.example/back",
                "https://good.example/Back",
                "https://good.example/backx",
                "https://good.example/back?x=1",
                "https://good.example/back#x",
                "https://good.example/back/?x=1",
                "https://good.example/back/x?y",
                "https://good.example/back/x#y",
                "https://good.example/other/../back",
                "https://good.example/back/..",
                "https://good.example/back/../evil",
                "https://good.example/back/.",
                "https://good.example/back/%2e%2e/evil",
                "https://good.example/back/.%2E/evil",
                "https://good.example/back/%2fevil",
                "https://good.example/back%2fevil",
                "https://good.example/back/a%5Cb",
                "https://good.example/back/%252e%252e",
                "https://good.example/back/..;/evil",
                "https://good.example/back/a;b",
                "https://good.example/back/%0d%0aX",
                "https://good.example/back/%zz",
                "https://good.example/back/%e",
                "https://good.example/back//evil.example",
                "https://good.example/back/a//b",
                "https://good.example/back//",
                "https://good.example//back",
                "https://good.example:8443/back",
                "https://good.example:443/back",
                "https://good.example@evil.example/back",
                "https://good.example%40evil.example/back",
                "https://evil.example\\@good.example/back",
                "https://good.example\\.evil.example/back",
                "https:\\\\good.example/back",
                "https:/good.example/back",
                "https:good.example/back",
                "HTTPS://good.example/back",
                "https://GOOD.example/back",
                "http://good.example/back",
                "//good.example/back",
                "//evil.example",
                "/back",
                "\\\\evil.example",
                "https://good.example/ba\tck",
                "https://good.example/back/a\tb",
                "https://good.example/back/ä",
                " https://good.example/back",
                "https://good.example/back ",
                "https://good.example/back/ ",
                "https://good.example\n/back",
                "javascript:alert(1)//https://good.example/back",
            ] {
                check(BACK, requested, paths, false);
            }
        }
        check(
            "https://good.example",
            "https://good.example/",
            Exact,
            false,
        );
        check(
            "https://good.example/?a=1",
            "https://good.example/?a=1",
            Exact,
            true,
        );
        check(
            "https://good.example/?a=1",
            "https://good.example/?a=1&b=2",
            SubPaths,
            false,
        );
        check(
            "https://good.example/?a=1",
            "https://good.example/?a=1/x",
            SubPaths,
            false,
        );
    }

    #[test]
    fn the_port_of_this_machine_is_free() {
        let local = "http://localhost/myapp";
        check(local, "http://localhost:8080/myapp", Exact, true);
        check(
            "http://localhost:3000/myapp",
            "http://localhost:8080/myapp",
            Exact,
            true,
        );
        check("http://localhost:3000/myapp", local, Exact, true);
        check("http://127.0.0.1", "http://127.0.0.1:49152", Exact, true);
        check(
            local,
            "http://localhost:8080/myapp/permissions",
            SubPaths,
            true,
        );
        for requested in [
            "http://localhost:8080/other",
            "http://localhost:8080/myapp/permissions",
            "http://localhost:/myapp",
            "http://localhost:0/myapp",
            "http://localhost:65536/myapp",
            "http://localhost:+80/myapp",
            "http://localhost:80@evil.example/myapp",
            "http://localhost:80:80/myapp",
            "http://localhost.evil.example:80/myapp",
            "http://127.0.0.1:80/myapp",
            "http://[::1]:80/myapp",
            "https://localhost:80/myapp",
        ] {
            check(local, requested, Exact, false);
        }
        check(
            "https://localhost/a",
            "https://localhost:8443/a",
            Exact,
            false,
        );
    }

    #[test]
    fn sub_paths_are_an_option() {
        for (registered, requested) in [
            (BACK, "https://good.example/back/permissions"),
            (BACK, "https://good.example/back/"),
            (BACK, "https://good.example/back/a/b.c~d-e_f/"),
            (BACK, "https://good.example/back/%C3%BC"),
            ("https://good.example", "https://good.example/back"),
            ("https://good.example/", "https://good.example/back"),
            ("https://good.example/back/", "https://good.example/back/x"),
        ] {
            check(registered, requested, SubPaths, true);
            check(registered, requested, Exact, false);
        }
    }

    proptest! {
        #[test]
        fn a_found_uri_has_the_registered_origin(
            requested in "(https://|good\\.example|evil\\.example|/back|/|\\.\\.|%2e|%2f|@|:80|\\\\|\\?|#|\\PC){0,12}"
        ) {
            if let Ok(found) = find(&[BACK], Some(&requested), SubPaths) {
                prop_assert!(found == BACK || found.starts_with("https://good.example/back/"));
                let rest = &found[BACK.len()..];
                let harmful = ["..", "%2", "%5", "//", "?", "#", "\\", "@", ";"];
                prop_assert!(harmful.iter().all(|part| !rest.contains(part)), "{}", found);
            }
        }

        #[test]
        fn only_the_text_itself_is_exact(requested in "\\PC{0,40}") {
            prop_assert_eq!(find(&[BACK], Some(&requested), Exact), Err(50_011));
            let below = format!("{BACK}{requested}");
            let is_found = find(&[BACK], Some(&below), Exact).is_ok();
            prop_assert_eq!(is_found, requested.is_empty());
        }
    }
}
