//! One TLS connection, and as much HTTP/1.1 as it takes to know where an answer ends.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context, Result, bail, ensure};
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::plan::{Algorithm, LoadPlan};

/// Larger than any answer with a token.
const ANSWER_BYTES_MAX: usize = 16 * 1024;

/// A server, and how to trust it.
pub(super) struct Target {
    address: SocketAddr,
    name: ServerName<'static>,
    tls: TlsConnector,
}

impl Target {
    pub(super) fn new(plan: &LoadPlan) -> Result<Self> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(&plan.ca_file)?)?;
        let mut config =
            ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
                .with_protocol_versions(&[&rustls::version::TLS13])?
                .with_root_certificates(roots)
                .with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        // A new connection is to be a new one.
        config.resumption = rustls::client::Resumption::disabled();
        Ok(Self {
            address: plan.address,
            name: ServerName::try_from("localhost")?,
            tls: TlsConnector::from(Arc::new(config)),
        })
    }
}

pub(super) struct Connection {
    stream: TlsStream<TcpStream>,
    answer: Vec<u8>,
}

impl Connection {
    pub(super) async fn open(target: &Target) -> Result<Self> {
        let stream = TcpStream::connect(target.address).await?;
        stream.set_nodelay(true)?;
        let stream = target.tls.connect(target.name.clone(), stream).await?;
        Ok(Self {
            stream,
            answer: Vec::with_capacity(ANSWER_BYTES_MAX),
        })
    }

    /// Sends a request and reads the whole answer, which must be a success; gives back its body.
    pub(super) async fn exchange(&mut self, request: &[u8]) -> Result<&[u8]> {
        self.stream.write_all(request).await?;
        self.stream.flush().await?;
        self.answer.clear();
        loop {
            let read = self.stream.read_buf(&mut self.answer).await?;
            ensure!(read > 0, "the server closed the connection");
            if let Some(body) = body_start(&self.answer)? {
                return Ok(&self.answer[body..]);
            }
            ensure!(self.answer.len() < ANSWER_BYTES_MAX, "an endless answer");
        }
    }

    pub(super) async fn close(mut self) {
        let _ = self.stream.shutdown().await;
    }
}

/// Where the body of an answer begins, once all of it is there.
fn body_start(answer: &[u8]) -> Result<Option<usize>> {
    let Some(head) = find(answer, b"\r\n\r\n") else {
        return Ok(None);
    };
    if !answer.starts_with(b"HTTP/1.1 200 ") {
        bail!("not a token: {}", String::from_utf8_lossy(answer));
    }
    let name = b"content-length: ";
    let start = find(&answer[..head], name).context("no content-length")? + name.len();
    let digits = answer[start..]
        .iter()
        .take_while(|byte| byte.is_ascii_digit());
    let length = digits.fold(0, |length, digit| length * 10 + usize::from(digit - b'0'));
    let body = head + 4;
    Ok((answer.len() >= body + length).then_some(body))
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack
        .windows(needle.len())
        .position(|window| window == needle)
}

/// Asks for one token and looks at it: it must be signed with what is to be measured.
pub(super) async fn check_one(
    target: &Target,
    requests: &[Vec<u8>],
    expected: Algorithm,
) -> Result<()> {
    let request = requests.first().context("a plan needs a client")?;
    let mut connection = Connection::open(target).await?;
    let body: serde_json::Value = serde_json::from_slice(connection.exchange(request).await?)?;
    let token = body["access_token"].as_str().context("no access token")?;
    let header = token.split('.').next().unwrap_or_default();
    let header: serde_json::Value =
        serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(header)?)?;
    ensure!(
        header["alg"] == expected.name(),
        "expected {expected}, got the header {header}"
    );
    connection.close().await;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_ends_where_its_length_says() {
        let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\nx: y\r\n\r\nbody";
        assert_eq!(
            body_start(answer).expect("a success"),
            Some(answer.len() - 4)
        );
        for cut in 0..answer.len() {
            assert_eq!(body_start(&answer[..cut]).expect("a beginning"), None);
        }
        assert!(body_start(b"HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n").is_err());
        assert!(body_start(b"HTTP/1.1 200 OK\r\n\r\n").is_err());
    }
}
