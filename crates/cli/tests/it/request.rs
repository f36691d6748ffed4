//! Requests as bytes. Nothing here repairs what a test got wrong on purpose.

use base64::prelude::{BASE64_STANDARD, Engine};
use countersign_testkit::form::{Form, encode};

const FORM: &str = "application/x-www-form-urlencoded";

/// A request that is written down piece by piece.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    method: &'static str,
    path: String,
    content_type: Option<String>,
    headers: String,
    body: Vec<u8>,
}

/// A form for the v2.0 token endpoint of a tenant.
pub(crate) fn post_v2(tenant: &str, form: &Form) -> Request {
    Request::post(&format!("/{tenant}/oauth2/v2.0/token")).form(form)
}

/// A form for the v1.0 token endpoint of a tenant.
pub(crate) fn post_v1(tenant: &str, form: &Form) -> Request {
    Request::post(&format!("/{tenant}/oauth2/token")).form(form)
}

/// A `GET` of a path.
pub(crate) fn get(path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n").into_bytes()
}

/// The value of an `Authorization` header, with both halves form-encoded (RFC 6749 2.3.1).
pub(crate) fn basic(client_id: &str, secret: &str) -> String {
    basic_raw(&format!("{}:{}", encode(client_id), encode(secret)))
}

/// The same for any pair.
pub(crate) fn basic_raw(pair: &str) -> String {
    format!("Basic {}", BASE64_STANDARD.encode(pair))
}

impl Request {
    pub(crate) fn post(path: &str) -> Self {
        Self::new("POST", path)
    }

    pub(crate) fn new(method: &'static str, path: &str) -> Self {
        Self {
            method,
            path: path.to_owned(),
            content_type: Some(FORM.to_owned()),
            headers: String::new(),
            body: Vec::new(),
        }
    }

    pub(crate) fn form(self, form: &Form) -> Self {
        self.body(form.encode())
    }

    pub(crate) fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    pub(crate) fn query(mut self, query: &str) -> Self {
        self.path = format!("{}?{query}", self.path);
        self
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers += &format!("{name}: {value}\r\n");
        self
    }

    pub(crate) fn content_type(mut self, content_type: &str) -> Self {
        self.content_type = Some(content_type.to_owned());
        self
    }

    pub(crate) fn without_content_type(mut self) -> Self {
        self.content_type = None;
        self
    }

    /// Everything up to the length of the body.
    pub(crate) fn head_without_length(&self) -> String {
        let Self {
            method,
            path,
            headers,
            ..
        } = self;
        let content_type = self
            .content_type
            .as_ref()
            .map_or_else(String::new, |value| format!("Content-Type: {value}\r\n"));
        format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\n{content_type}{headers}")
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let head = self.head_without_length();
        let mut bytes = format!("{head}Content-Length: {}\r\n\r\n", self.body.len()).into_bytes();
        bytes.extend(&self.body);
        bytes
    }

    /// The same request with its body in chunks of a size.
    pub(crate) fn chunks(&self, size: usize) -> Vec<Vec<u8>> {
        let head = self.head_without_length() + "Transfer-Encoding: chunked\r\n\r\n";
        let mut pieces = vec![head.into_bytes()];
        for chunk in self.body.chunks(size) {
            let mut piece = format!("{:x}\r\n", chunk.len()).into_bytes();
            piece.extend(chunk);
            piece.extend(b"\r\n");
            pieces.push(piece);
        }
        pieces.push(b"0\r\n\r\n".to_vec());
        pieces
    }
}
