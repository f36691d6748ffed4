//! How a client proves who it is. Credentials are values; what they stand for is read or made anew
//! for each request, so that a renewed file is seen without a restart.

mod certificate;
mod file;
#[cfg(feature = "pfx")]
mod pfx;

use std::error::Error as StdError;
use std::fmt;
use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;

pub use certificate::{CertificateError, ClientCertificate};

use crate::Error;
use crate::assertion;
use crate::request::Proof;
use crate::secret::Secret;

/// How a client proves who it is: a secret, a certificate, or an assertion from elsewhere.
///
/// Cheap to clone; `Debug` shows the kind and no more.
#[derive(Clone)]
pub struct Credential {
    /// In the order in which they are tried; never empty.
    options: Vec<Kind>,
}

#[derive(Clone)]
enum Kind {
    Secret(Secret),
    Certificate(ClientCertificate),
    CertificateFile(CertificateFile),
    Assertion(MakeAssertion),
    FederatedTokenFile(PathBuf),
}

#[derive(Clone)]
struct CertificateFile {
    path: PathBuf,
    #[cfg_attr(
        not(feature = "pfx"),
        expect(dead_code, reason = "only files in PKCS #12 have a password here")
    )]
    password: Option<Secret>,
    send_chain: bool,
}

type BoxError = Box<dyn StdError + Send + Sync>;
type FutureAssertion = Pin<Box<dyn Future<Output = Result<String, BoxError>> + Send>>;
type MakeAssertion = Arc<dyn Fn(AssertionContext) -> FutureAssertion + Send + Sync>;

/// What an assertion is needed for: enough to make one (RFC 7523 §3).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AssertionContext {
    /// Whom it is for: the token endpoint.
    pub audience: String,
    /// Who asks: issuer and subject of an assertion that the client makes itself.
    pub client_id: String,
    /// The time, in seconds since 1970.
    pub now_unix: u64,
}

impl Credential {
    /// A client secret.
    pub fn secret(secret: impl Into<String>) -> Self {
        Self::of(Kind::Secret(Secret::new(secret)))
    }

    /// A certificate with its private key, already read.
    pub fn certificate(certificate: ClientCertificate) -> Self {
        Self::of(Kind::Certificate(certificate))
    }

    /// A file with a certificate and its private key: PEM, or PKCS #12 (feature `pfx`). It is read
    /// for each request, so a renewed certificate is used at once.
    pub fn certificate_file(path: impl Into<PathBuf>) -> Self {
        Self::of(Kind::CertificateFile(CertificateFile {
            path: path.into(),
            password: None,
            send_chain: false,
        }))
    }

    /// The same with the password of a PKCS #12 file.
    pub fn certificate_file_with_password(
        path: impl Into<PathBuf>,
        password: impl Into<String>,
    ) -> Self {
        Self::of(Kind::CertificateFile(CertificateFile {
            path: path.into(),
            password: Some(Secret::new(password)),
            send_chain: false,
        }))
    }

    /// Sends the certificates along, for authorities that trust an issuer and a name instead of one
    /// certificate.
    #[must_use]
    pub fn send_certificate_chain(mut self) -> Self {
        for option in &mut self.options {
            match option {
                Kind::Certificate(certificate) => certificate.send_chain = true,
                Kind::CertificateFile(file) => file.send_chain = true,
                _ => {}
            }
        }
        self
    }

    /// Assertions that `make` comes up with, one per request: signed elsewhere, or a token of
    /// another identity provider that the application trusts.
    ///
    /// Its errors end up in this crate's, and should not hold secrets.
    pub fn assertion<F, Fut, E>(make: F) -> Self
    where
        F: Fn(AssertionContext) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<String, E>> + Send + 'static,
        E: Into<BoxError>,
    {
        let make = Arc::new(make);
        Self::of(Kind::Assertion(Arc::new(move |context| {
            let make = Arc::clone(&make);
            // Called inside, so that a panic in it stays in the task that awaits this.
            Box::pin(async move { make(context).await.map_err(Into::into) })
        })))
    }

    /// A file with a token of another identity provider, as Kubernetes mounts one. It is read for
    /// each request.
    pub fn federated_token_file(path: impl Into<PathBuf>) -> Self {
        Self::of(Kind::FederatedTokenFile(path.into()))
    }

    /// The first of several that is there at the time of a request. One that the authority refuses
    /// is not followed by the next: that would hide the mistake.
    ///
    /// `None` without any.
    pub fn first_of(credentials: impl IntoIterator<Item = Self>) -> Option<Self> {
        let options: Vec<_> = credentials.into_iter().flat_map(|c| c.options).collect();
        (!options.is_empty()).then_some(Self { options })
    }

    fn of(kind: Kind) -> Self {
        Self {
            options: vec![kind],
        }
    }

    /// Reads or makes the proof for one request.
    pub(crate) async fn proof(&self, context: &AssertionContext) -> Result<Proof, Error> {
        let mut failures = Vec::new();
        for option in &self.options {
            match option.proof(context).await {
                Ok(proof) => return Ok(proof),
                Err(error) => failures.push(error),
            }
        }
        Err(none_of(failures))
    }
}

/// The one error, or all of them in one.
fn none_of(mut failures: Vec<Error>) -> Error {
    if failures.len() == 1 {
        return failures.remove(0);
    }
    let all: Vec<_> = failures.iter().map(ToString::to_string).collect();
    Error::credential(format!("no credential is there: {}", all.join("; ")), None)
}

impl Kind {
    fn name(&self) -> &'static str {
        match self {
            Self::Secret(_) => "secret",
            Self::Certificate(_) => "certificate",
            Self::CertificateFile(_) => "certificate file",
            Self::Assertion(_) => "assertion",
            Self::FederatedTokenFile(_) => "federated token file",
        }
    }

    async fn proof(&self, context: &AssertionContext) -> Result<Proof, Error> {
        match self {
            Self::Secret(secret) => Ok(Proof::Secret(secret.clone())),
            Self::Certificate(certificate) => assertion::sign(certificate, context),
            Self::CertificateFile(file) => assertion::sign(&file.read().await?, context),
            Self::FederatedTokenFile(path) => file::token(path).await,
            Self::Assertion(make) => made(make, context).await,
        }
    }
}

impl CertificateFile {
    async fn read(&self) -> Result<ClientCertificate, Error> {
        let bytes = file::read(&self.path).await?;
        let mut certificate = self.parse(&bytes).map_err(|error| {
            let message = format!("the certificate file {}: {error}", self.path.display());
            Error::credential(message, Some(Arc::new(error)))
        })?;
        certificate.send_chain = self.send_chain;
        Ok(certificate)
    }

    fn parse(&self, bytes: &[u8]) -> Result<ClientCertificate, CertificateError> {
        if ClientCertificate::is_pem(bytes) {
            return ClientCertificate::from_pem(bytes);
        }
        #[cfg(feature = "pfx")]
        {
            let password = self.password.as_ref().map_or("", Secret::expose);
            ClientCertificate::from_pfx(bytes, password)
        }
        #[cfg(not(feature = "pfx"))]
        {
            Err(CertificateError::PfxNotBuilt)
        }
    }
}

/// In a task of its own: a panic in code that is not ours is an error like another.
async fn made(make: &MakeAssertion, context: &AssertionContext) -> Result<Proof, Error> {
    let assertion = tokio::spawn(make(context.clone()))
        .await
        .map_err(|_| Error::credential("the assertion callback panicked", None))?
        .map_err(|cause| Error::credential("the assertion callback failed", Some(cause.into())))?;
    Ok(Proof::Assertion(Secret::new(assertion)))
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kinds: Vec<_> = self.options.iter().map(Kind::name).collect();
        write!(f, "Credential({})", kinds.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cli_12_debug_shows_the_kind_only() {
        let credential = Credential::first_of([
            Credential::secret("hunter2"),
            Credential::certificate_file_with_password("a.pfx", "hunter2"),
            Credential::assertion(|_| async { Ok::<_, BoxError>("hunter2".to_owned()) }),
        ]);
        let shown = format!("{credential:?}");
        assert_eq!(
            shown,
            "Some(Credential(secret, certificate file, assertion))"
        );
        assert!(Credential::first_of([]).is_none());
    }
}
