//! A browser in which somebody has signed in, as far as the server can tell.

use std::collections::BTreeSet;

use anyhow::{Result, anyhow, ensure};
use countersign_domain::account::SessionToken;
use countersign_testkit::endpoint::Endpoint;
use countersign_testkit::http1::{Connection, Response};

use super::filled::Filled;
use super::page::Page;
use crate::world::World;

pub(super) struct Visitor {
    connection: Connection,
    host: String,
    token: SessionToken,
}

impl Visitor {
    pub(super) fn new(world: &World, filled: &Filled) -> Self {
        let endpoint = Endpoint::tls(world.address, &world.path().join("server.pem"));
        Self {
            connection: Connection::open(&endpoint),
            host: format!("localhost:{}", world.address.port()),
            token: filled.token.clone(),
        }
    }

    /// Asks for a page, and takes nothing else for it.
    pub(super) fn ask(&mut self, page: &Page) -> Result<Response> {
        let answer = self.exchange(page)?;
        let name = page.name;
        ensure!(answer.status == 200, "{name}: {}: {answer:?}", page.path);
        let kind = answer.header("content-type").unwrap_or_default();
        ensure!(kind.starts_with("text/html"), "{name} is {kind}");
        Ok(answer)
    }

    fn exchange(&mut self, page: &Page) -> Result<Response> {
        let (host, path) = (&self.host, &page.path);
        let method = if page.form.is_some() { "POST" } else { "GET" };
        let mut request = format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\n");
        if page.is_signed_in {
            request += &format!("Cookie: __Host-countersign={}\r\n", self.token.expose());
        }
        if let Some(form) = &page.form {
            let body = format!("form_token={}&{form}", self.token.form_token());
            request += &format!(
                "Origin: https://{host}\r\nContent-Type: application/x-www-form-urlencoded\r\n\
                 Content-Length: {}\r\n\r\n{body}",
                body.len()
            );
        } else {
            request += "\r\n";
        }
        self.connection
            .exchange(request.as_bytes())
            .map_err(|unanswered| anyhow!("{}: {unanswered:?}", page.name))
    }

    /// Thousands of bytes of a page with all that it loads, and how much of that is elsewhere.
    pub(super) fn weigh(&mut self, page: &Page) -> Result<(f64, usize)> {
        let html = self.ask(page)?.text();
        let mut bytes = html.len();
        let (own, outside): (BTreeSet<&str>, BTreeSet<&str>) = loaded(&html)
            .into_iter()
            .partition(|address| is_own(address));
        let mut outside = outside.len();
        for address in own {
            let asset = Page {
                name: "an asset",
                path: address.to_owned(),
                form: None,
                is_signed_in: true,
            };
            let answer = self.exchange(&asset)?;
            ensure!(answer.status == 200, "{address}: {answer:?}");
            bytes += answer.body.len();
            outside += loaded_by_style(&answer.text());
        }
        Ok((bytes as f64 / 1e3, outside))
    }
}

fn is_own(address: &str) -> bool {
    address.starts_with('/') && !address.starts_with("//")
}

/// What a browser loads of itself: `src` of anything, and `href` of `link`.
fn loaded(html: &str) -> Vec<&str> {
    let value = |rest: &'_ str| rest.find('"').unwrap_or(rest.len());
    let sources = html.split(" src=\"").skip(1);
    let links = html.split("<link ").skip(1).filter_map(|rest| {
        let tag = &rest[..rest.find('>')?];
        Some(&tag[tag.find("href=\"")? + 6..])
    });
    sources
        .chain(links)
        .map(|rest| &rest[..value(rest)])
        .collect()
}

/// How many addresses a style sheet loads from elsewhere.
fn loaded_by_style(text: &str) -> usize {
    let urls = text.split("url(").skip(1);
    let imports = text.split("@import").skip(1);
    urls.chain(imports)
        .map(|rest| rest.trim_start_matches([' ', '"', '\'']))
        .filter(|address| address.starts_with("//") || address.starts_with("http"))
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_page_loads_is_told_from_what_it_links_to() {
        let html = r#"<link rel="icon" href="/i.svg"><script src="https://cdn.example/a.js" defer>
            </script><a href="https://other.example">x</a><img alt="" src="//c.example/p.png">"#;
        let mut found = loaded(html);
        found.sort_unstable();
        assert_eq!(
            found,
            ["//c.example/p.png", "/i.svg", "https://cdn.example/a.js"]
        );
        let own: Vec<_> = found
            .into_iter()
            .filter(|address| is_own(address))
            .collect();
        assert_eq!(own, ["/i.svg"]);
        let style = "@import 'https://x.example/a.css'; a { background: url(/portal/b.svg) }";
        assert_eq!(loaded_by_style(style), 1);
    }
}
