//! Making a [`Client`]: whatever could send a credential astray is refused here.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use reqwest::redirect::Policy as Redirects;

use crate::authority::{is_loopback_http, token_endpoint};
use crate::client::Settings;
use crate::clock::Clock;
use crate::{Client, Credential, FileCache};

const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(10);
const TOTAL_TIMEOUT: Duration = Duration::from_secs(30);
/// Some 4 MiB of tokens. A service that talks to more resources asks again for the rarer ones.
const CACHE_LENGTH_MAX: usize = 1000;

/// A configuration that is missing something or would be unsafe.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The authority is not usable.
    #[error(
        "the authority must be an https URL without query and fragment, as \
         https://login.example.com:8443, and not {0:?}"
    )]
    Authority(String),
    /// The authority's URL has a user name or password.
    #[error("the authority must be a URL without user name and password")]
    AuthorityUser,
    /// The tenant is none, or an alias for any.
    #[error("the tenant must be a tenant id or one of its domains, and not {0:?}")]
    Tenant(String),
    /// The client id is empty or not text for a form.
    #[error("the client id must be the id of the application, and not {0:?}")]
    ClientId(String),
    /// No credential was given.
    #[error("no credential: give a secret, a certificate or an assertion")]
    NoCredential,
    /// A variable of the environment is missing.
    #[error("{0} is not set in the environment")]
    NoVariable(&'static str),
    /// The root certificates cannot be read.
    #[error("the root certificates are not PEM, or there are none in it")]
    RootCertificates,
    /// The HTTP client cannot be set up.
    #[error("the HTTP client cannot be set up")]
    Http(#[source] reqwest::Error),
}

/// Collects the configuration of a [`Client`].
pub struct ClientBuilder {
    authority: String,
    tenant: String,
    client_id: String,
    credential: Option<Credential>,
    capabilities: Vec<String>,
    loopback_http: bool,
    root_certificates_pem: Option<Vec<u8>>,
    http: Http,
    attempt_timeout: Duration,
    total_timeout: Duration,
    cache_length_max: usize,
    file_cache: Option<FileCache>,
    wall_clock: Option<Arc<dyn Fn() -> SystemTime + Send + Sync>>,
}

enum Http {
    Builder(Box<reqwest::ClientBuilder>),
    Given(reqwest::Client),
}

impl ClientBuilder {
    pub(crate) fn new(authority: String, tenant: String, client_id: String) -> Self {
        Self {
            authority,
            tenant,
            client_id,
            credential: None,
            capabilities: Vec::new(),
            loopback_http: false,
            root_certificates_pem: None,
            http: Http::Builder(Box::default()),
            attempt_timeout: ATTEMPT_TIMEOUT,
            total_timeout: TOTAL_TIMEOUT,
            cache_length_max: CACHE_LENGTH_MAX,
            file_cache: None,
            wall_clock: None,
        }
    }

    /// How the client proves who it is. Required.
    #[must_use]
    pub fn credential(mut self, credential: Credential) -> Self {
        self.credential = Some(credential);
        self
    }

    /// Something that the client is capable of, to be told to the authority: `cp1` says that it
    /// answers claims challenges. May be called again.
    #[must_use]
    pub fn capability(mut self, capability: impl Into<String>) -> Self {
        self.capabilities.push(capability.into());
        self
    }

    /// Root certificates in PEM to trust *instead of* the system's when talking to the authority.
    #[must_use]
    pub fn root_certificates_pem(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.root_certificates_pem = Some(pem.into());
        self
    }

    /// How the HTTP client is made: proxies, name resolution, client certificates. Redirects and
    /// whether plain HTTP is allowed are decided here whatever it says.
    #[must_use]
    pub fn http(mut self, builder: reqwest::ClientBuilder) -> Self {
        self.http = Http::Builder(Box::new(builder));
        self
    }

    /// The HTTP client itself, to share its connections. It is dangerous because it cannot be
    /// checked: **it must not follow redirects**, or the credential goes wherever one points.
    #[must_use]
    pub fn dangerous_http_client(mut self, client: reqwest::Client) -> Self {
        self.http = Http::Given(client);
        self
    }

    /// Allows `http` for an authority on this machine: a loopback address or `localhost`. It is
    /// dangerous because any process of the machine may answer there.
    #[must_use]
    pub fn dangerous_loopback_http(mut self) -> Self {
        self.loopback_http = true;
        self
    }

    /// How long one request may take; 10 seconds unless set.
    #[must_use]
    pub fn attempt_timeout(mut self, timeout: Duration) -> Self {
        self.attempt_timeout = timeout;
        self
    }

    /// How long a caller waits in all, repetitions and pauses included; 30 seconds unless set.
    #[must_use]
    pub fn total_timeout(mut self, timeout: Duration) -> Self {
        self.total_timeout = timeout;
        self
    }

    /// How many tokens are kept; 1000 unless set.
    #[must_use]
    pub fn cache_length_max(mut self, length: usize) -> Self {
        self.cache_length_max = length;
        self
    }

    /// Shares tokens with other processes of the same user.
    #[must_use]
    pub fn file_cache(mut self, cache: FileCache) -> Self {
        self.file_cache = Some(cache);
        self
    }

    /// Another source of the system time, for tests.
    #[must_use]
    pub fn wall_clock(mut self, clock: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        self.wall_clock = Some(Arc::new(clock));
        self
    }

    /// Makes the client. Nothing is sent before the first token is asked for.
    ///
    /// # Errors
    /// [`BuildError`] with what is missing or wrong and what to give instead.
    pub fn build(self) -> Result<Client, BuildError> {
        let endpoint = token_endpoint(&self.authority, &self.tenant, self.loopback_http)?;
        if self.client_id.is_empty() || !self.client_id.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(BuildError::ClientId(self.client_id));
        }
        let http = match self.http {
            Http::Given(client) => client,
            Http::Builder(builder) => {
                let roots = self.root_certificates_pem.as_deref();
                http_client(*builder, roots, is_loopback_http(&endpoint))?
            }
        };
        Ok(Client::new(Settings {
            endpoint,
            client_id: self.client_id,
            credential: self.credential.ok_or(BuildError::NoCredential)?,
            capabilities: self.capabilities,
            http,
            attempt_timeout: self.attempt_timeout,
            total_timeout: self.total_timeout,
            cache_length_max: self.cache_length_max,
            file_cache: self.file_cache,
            clock: Clock::new(self.wall_clock),
        }))
    }
}

// The HTTP client's settings are left out: they may hold a proxy's password.
impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("tenant", &self.tenant)
            .field("client_id", &self.client_id)
            .field("credential", &self.credential)
            .finish_non_exhaustive()
    }
}

/// A redirect would carry the credential to wherever it points, and a proxy would read it where
/// there is no TLS.
fn http_client(
    builder: reqwest::ClientBuilder,
    roots_pem: Option<&[u8]>,
    loopback_http: bool,
) -> Result<reqwest::Client, BuildError> {
    let mut builder = builder
        .redirect(Redirects::none())
        .https_only(!loopback_http);
    if loopback_http {
        builder = builder.no_proxy();
    }
    if let Some(pem) = roots_pem {
        let roots = reqwest::Certificate::from_pem_bundle(pem)
            .ok()
            .filter(|roots| !roots.is_empty())
            .ok_or(BuildError::RootCertificates)?;
        builder = builder.tls_certs_only(roots);
    }
    builder.build().map_err(BuildError::Http)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn builder() -> ClientBuilder {
        let tenant = "11111111-2222-3333-4444-555555555555";
        Client::builder(
            "https://localhost:8443",
            tenant,
            "c0000000-0000-0000-0000-000000000001",
        )
    }

    #[test]
    fn what_is_missing_or_wrong_is_named() {
        assert!(matches!(builder().build(), Err(BuildError::NoCredential)));
        let builder = builder().credential(Credential::secret("hunter2"));
        assert!(!format!("{builder:?}").contains("hunter2"));
        let roots = builder.root_certificates_pem("no certificate").build();
        assert!(matches!(roots, Err(BuildError::RootCertificates)));
        for client_id in ["", "a b", "a\n"] {
            let built = Client::builder("https://h", "t", client_id).build();
            assert!(
                matches!(built, Err(BuildError::ClientId(_))),
                "{client_id:?}"
            );
        }
    }

    #[test]
    fn cli_08_plain_http_takes_a_choice_and_a_loopback_address() {
        let build = |authority: &str, chosen: bool| {
            let builder = Client::builder(authority, "t", "c").credential(Credential::secret("s"));
            let builder = if chosen {
                builder.dangerous_loopback_http()
            } else {
                builder
            };
            builder.build().is_ok()
        };
        assert!(build("https://login.example.com", false));
        assert!(build("http://127.0.0.1:1", true));
        assert!(!build("http://127.0.0.1:1", false));
        assert!(!build("http://login.example.com", true));
    }
}
