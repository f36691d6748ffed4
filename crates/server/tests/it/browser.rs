//! A browser of tests: it keeps cookies by their rules, and sends forms as their pages ask.

use std::net::Ipv4Addr;

use crate::node::{Answer, Node};

/// Where the pages are, as browsers see it; tests reach the node behind it.
const ORIGIN: &str = "https://id.example";

pub(crate) const SESSION_COOKIE: &str = "__Host-countersign";

pub(crate) const DEVICE_COOKIE: &str = "__Host-countersign-device";

/// A browser of one person. A clone is a copy of it with all its cookies.
#[derive(Clone)]
pub(crate) struct Browser<'n> {
    node: &'n Node,
    source: Ipv4Addr,
    cookies: Vec<Cookie>,
}

/// A cookie as it was last set.
#[derive(Clone, Debug)]
pub(crate) struct Cookie {
    pub(crate) name: String,
    pub(crate) value: String,
    /// As they were sent: `Path=/`, `Secure`.
    pub(crate) attributes: Vec<String>,
}

/// An answer, read as a page.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) answer: Answer,
}

impl<'n> Browser<'n> {
    pub(crate) fn new(node: &'n Node) -> Self {
        Self::at(node, Ipv4Addr::LOCALHOST)
    }

    /// A browser at another address of the loopback network.
    pub(crate) fn at(node: &'n Node, source: Ipv4Addr) -> Self {
        Self {
            node,
            source,
            cookies: Vec::new(),
        }
    }

    /// `GET`; redirects are not followed.
    pub(crate) async fn open(&mut self, path: &str) -> Page {
        self.send("GET", path, &[], None).await
    }

    /// Goes where a redirect leads, until there is a page.
    pub(crate) async fn follow(&mut self, mut page: Page) -> Page {
        for _ in 0..10 {
            let Some(location) = page.location().map(str::to_owned) else {
                return page;
            };
            page = self.open(&location).await;
        }
        panic!("it redirects for ever: {page:?}");
    }

    /// Sends the form of `page` that goes to the path `action`, with its hidden fields and with what
    /// was entered.
    pub(crate) async fn submit(
        &mut self,
        page: &Page,
        action: &str,
        entered: &[(&str, &str)],
    ) -> Page {
        let (target, hidden) = page.form(action);
        let hidden = hidden
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            // A script may fill in a hidden field.
            .filter(|(name, _)| !entered.iter().any(|(given, _)| given == name));
        let fields: Vec<(&str, &str)> = hidden.chain(entered.iter().copied()).collect();
        self.post(&target, &fields).await
    }

    /// Sends fields as a form of our own origin would.
    pub(crate) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        let headers = [("Origin", ORIGIN), ("Sec-Fetch-Site", "same-origin")];
        self.post_as(path, &headers, fields).await
    }

    /// Sends fields as whatever these headers say.
    pub(crate) async fn post_as(
        &mut self,
        path: &str,
        headers: &[(&str, &str)],
        fields: &[(&str, &str)],
    ) -> Page {
        let pairs = fields
            .iter()
            .map(|(name, value)| format!("{}={}", percent_encoded(name), percent_encoded(value)));
        let body = pairs.collect::<Vec<_>>().join("&");
        self.send("POST", path, headers, Some(&body)).await
    }

    pub(crate) fn cookie(&self, name: &str) -> Option<&Cookie> {
        self.cookies.iter().find(|cookie| cookie.name == name)
    }

    /// Puts a cookie there, as an attacker would.
    pub(crate) fn set_cookie(&mut self, name: &str, value: &str) {
        self.keep(&format!("{name}={value}; Path=/; Secure"));
    }

    async fn send(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&str>,
    ) -> Page {
        let mut request =
            format!("{method} {path} HTTP/1.1\r\nHost: id.example\r\nConnection: close\r\n");
        if !self.cookies.is_empty() {
            let pairs = self.cookies.iter();
            let pairs = pairs.map(|cookie| format!("{}={}", cookie.name, cookie.value));
            let line = pairs.collect::<Vec<_>>().join("; ");
            request.push_str(&format!("Cookie: {line}\r\n"));
        }
        for (name, value) in headers {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        if let Some(body) = body {
            let length = body.len();
            request.push_str(&format!(
                "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n"
            ));
        }
        request.push_str("\r\n");
        request.push_str(body.unwrap_or_default());
        let answer = self.node.exchange_from(self.source, &request).await;
        for line in answer.head.lines() {
            if let Some((name, value)) = line.split_once(": ")
                && name.eq_ignore_ascii_case("set-cookie")
            {
                self.keep(value);
            }
        }
        Page { answer }
    }

    /// Keeps a cookie, if it may have the name that it has (RFC 6265bis section 4.1.3).
    fn keep(&mut self, line: &str) {
        let mut parts = line.split(';').map(str::trim);
        let (name, value) = parts
            .next()
            .and_then(|pair| pair.split_once('='))
            .expect("a name and a value");
        let attributes: Vec<String> = parts.map(str::to_owned).collect();
        let has = |wanted: &str| attributes.iter().any(|found| found == wanted);
        let is_for_one_host = has("Secure")
            && has("Path=/")
            && !attributes.iter().any(|found| found.starts_with("Domain"));
        assert!(is_for_one_host || !name.starts_with("__Host-"), "{line}");
        self.cookies.retain(|cookie| cookie.name != name);
        if !has("Max-Age=0") {
            self.cookies.push(Cookie {
                name: name.to_owned(),
                value: value.to_owned(),
                attributes,
            });
        }
    }
}

impl Page {
    pub(crate) fn status(&self) -> u16 {
        self.answer.status
    }

    /// The page as it was sent.
    pub(crate) fn html(&self) -> &str {
        &self.answer.body
    }

    /// What a person reads: without tags, and with every run of blanks as one.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        for piece in self.html().split('<') {
            text.push(' ');
            text.push_str(piece.split_once('>').map_or(piece, |(_, shown)| shown));
        }
        let words: Vec<&str> = text.split_whitespace().collect();
        unescaped(&words.join(" "))
    }

    /// Where it redirects to, with every redirect of a form being a 303.
    pub(crate) fn location(&self) -> Option<&str> {
        let location = self.answer.header("location")?;
        assert!(matches!(self.status(), 302 | 303), "{self:?}");
        Some(location)
    }

    /// The path and query to which the form goes whose path is `action`, and its hidden fields.
    pub(crate) fn form(&self, action: &str) -> (String, Vec<(String, String)>) {
        let (target, form) = self
            .forms()
            .find(|(target, _)| target.split('?').next() == Some(action))
            .unwrap_or_else(|| panic!("no form to {action} in {}", self.html()));
        let hidden = tags(form, "input")
            .filter(|tag| attribute(tag, "type").as_deref() == Some("hidden"))
            .filter_map(|tag| {
                let name = attribute(tag, "name")?;
                Some((name, attribute(tag, "value").unwrap_or_default()))
            });
        (target, hidden.collect())
    }

    /// Whether there is a form to this path.
    pub(crate) fn has_form(&self, action: &str) -> bool {
        self.forms()
            .any(|(target, _)| target.split('?').next() == Some(action))
    }

    /// The value of a hidden field of any form.
    pub(crate) fn hidden(&self, name: &str) -> String {
        tags(self.html(), "input")
            .find(|tag| attribute(tag, "name").as_deref() == Some(name))
            .and_then(|tag| attribute(tag, "value"))
            .unwrap_or_else(|| panic!("no field {name} in {}", self.html()))
    }

    /// The value of the first attribute with this name on any element.
    pub(crate) fn attribute(&self, name: &str) -> Option<String> {
        attribute(self.html(), name)
    }

    /// The target and the rest of each form that changes something.
    fn forms(&self) -> impl Iterator<Item = (String, &str)> {
        self.html().split("<form").skip(1).filter_map(|form| {
            let form = form.split("</form>").next()?;
            let head = form.split('>').next()?;
            (attribute(head, "method").as_deref() == Some("post"))
                .then(|| (attribute(head, "action").unwrap_or_default(), form))
        })
    }
}

/// The tags of one kind of element.
fn tags<'h>(html: &'h str, element: &'h str) -> impl Iterator<Item = &'h str> {
    html.split('<')
        .filter_map(move |piece| piece.strip_prefix(element))
        .filter_map(|piece| piece.split('>').next())
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let start = tag.find(&format!(" {name}=\""))? + name.len() + 3;
    let value = tag[start..].split('"').next()?;
    Some(unescaped(value))
}

fn unescaped(text: &str) -> String {
    [
        ("&#60;", "<"),
        ("&#62;", ">"),
        ("&#34;", "\""),
        ("&#39;", "'"),
        ("&#38;", "&"),
        ("&amp;", "&"),
    ]
    .iter()
    .fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
}

/// As in a form.
fn percent_encoded(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' => {
                encoded.push(char::from(byte));
            }
            other => encoded.push_str(&format!("%{other:02X}")),
        }
    }
    encoded
}
