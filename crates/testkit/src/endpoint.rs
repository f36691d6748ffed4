//! Where a server listens, and connections to it that send exactly the bytes they are given.

use std::io::{self, Read, Write};
use std::net::{IpAddr, Shutdown, SocketAddr, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

/// How long a read may take before it counts as a hang.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// An address, and how to speak to it.
#[derive(Debug, Clone)]
pub struct Endpoint {
    address: SocketAddr,
    /// What the certificate must be for.
    name: String,
    authorities: Option<Arc<RootCertStore>>,
}

/// A byte stream to a server, TLS or plain.
#[derive(Debug)]
pub enum Stream {
    /// Inside TLS.
    Tls(Box<StreamOwned<ClientConnection, TcpStream>>),
    /// In the clear.
    Plain(TcpStream),
}

impl Endpoint {
    /// A TLS server whose certificate was signed by an authority in a PEM file.
    ///
    /// # Panics
    /// Where the file holds no certificate.
    pub fn tls(address: SocketAddr, ca_file: &Path) -> Self {
        let certificate = CertificateDer::from_pem_file(ca_file).expect("a certificate in PEM");
        let mut authorities = RootCertStore::empty();
        authorities.add(certificate).expect("an authority");
        Self {
            address,
            name: "localhost".to_owned(),
            authorities: Some(Arc::new(authorities)),
        }
    }

    /// A server that speaks plain HTTP.
    pub fn plain(address: SocketAddr) -> Self {
        Self {
            address,
            name: "localhost".to_owned(),
            authorities: None,
        }
    }

    /// The same server under another name than `localhost`.
    #[must_use]
    pub fn named(mut self, name: &str) -> Self {
        name.clone_into(&mut self.name);
        self
    }

    /// The address.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Connects from whatever address the system picks, and finishes the TLS handshake.
    pub fn connect(&self, protocol: &[u8]) -> io::Result<Stream> {
        let tcp = TcpStream::connect_timeout(&self.address, PATIENCE)?;
        self.over(tcp, protocol)
    }

    /// Connects from a given address of this machine.
    pub fn connect_from(&self, source: IpAddr, protocol: &[u8]) -> io::Result<Stream> {
        // The standard library cannot choose the source address.
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_io()
            .build()?;
        let tcp = runtime.block_on(async {
            let socket = tokio::net::TcpSocket::new_v4()?;
            socket.bind(SocketAddr::new(source, 0))?;
            socket.connect(self.address).await?.into_std()
        })?;
        tcp.set_nonblocking(false)?;
        self.over(tcp, protocol)
    }

    fn over(&self, tcp: TcpStream, protocol: &[u8]) -> io::Result<Stream> {
        tcp.set_read_timeout(Some(PATIENCE))?;
        tcp.set_write_timeout(Some(PATIENCE))?;
        tcp.set_nodelay(true)?;
        let Some(authorities) = &self.authorities else {
            return Ok(Stream::Plain(tcp));
        };
        let provider = Arc::new(aws_lc_rs::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(io::Error::other)?
            .with_root_certificates(authorities.clone())
            .with_no_client_auth();
        config.alpn_protocols = vec![protocol.to_vec()];
        let name = ServerName::try_from(self.name.clone()).map_err(io::Error::other)?;
        let session = ClientConnection::new(Arc::new(config), name).map_err(io::Error::other)?;
        let mut stream = StreamOwned::new(session, tcp);
        while stream.conn.is_handshaking() {
            stream.conn.complete_io(&mut stream.sock)?;
        }
        Ok(Stream::Tls(Box::new(stream)))
    }
}

impl Stream {
    /// How long a read may wait from now on.
    pub fn set_patience(&self, patience: Duration) -> io::Result<()> {
        self.tcp().set_read_timeout(Some(patience))
    }

    /// Says that nothing more will be sent, and goes on reading.
    pub fn finish_sending(&mut self) -> io::Result<()> {
        if let Self::Tls(stream) = self {
            stream.conn.send_close_notify();
            stream.flush()?;
        }
        self.tcp().shutdown(Shutdown::Write)
    }

    fn tcp(&self) -> &TcpStream {
        match self {
            Self::Tls(stream) => &stream.sock,
            Self::Plain(stream) => stream,
        }
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = match self {
            Self::Tls(stream) => read_tls(stream, buffer),
            Self::Plain(stream) => stream.read(buffer),
        };
        match read {
            // A peer that closes without saying so in TLS has closed all the same.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(0),
            read => read,
        }
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Tls(stream) => stream.write(bytes),
            Self::Plain(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Tls(stream) => stream.flush(),
            Self::Plain(stream) => stream.flush(),
        }
    }
}

/// Reads without writing first, as the library would: where the server has stopped reading, the
/// rest of the request can no longer be sent, and its answer is there all the same.
fn read_tls(
    stream: &mut StreamOwned<ClientConnection, TcpStream>,
    buffer: &mut [u8],
) -> io::Result<usize> {
    loop {
        match stream.conn.reader().read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            read => return read,
        }
        stream.conn.read_tls(&mut stream.sock)?;
        stream
            .conn
            .process_new_packets()
            .map_err(io::Error::other)?;
    }
}
