//! Fetching an issuer's metadata and keys.

use countersign_token::JwkSet;
use reqwest::{Client, Response, Url};
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// A hundred RSA keys with their certificates take about 200 KiB.
const DOCUMENT_LENGTH_MAX: usize = 512 * 1024;

/// Why keys could not be fetched. For the log.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FetchError {
    #[error("the request failed")]
    Request(#[from] reqwest::Error),
    #[error("the answer has status {0}, expected 200")]
    Status(u16),
    #[error("the answer is longer than {0} KiB")]
    TooLong(usize),
    #[error("the answer is not the JSON that was expected")]
    Json,
    #[error("the metadata names another issuer than {0}")]
    Issuer(String),
    #[error("`jwks_uri` is not an https URL")]
    KeysUrl,
    #[error("the keys document holds no usable key")]
    NoKeys,
    #[error("no answer in time")]
    Timeout,
}

/// Where one issuer publishes.
#[derive(Debug)]
pub(crate) struct Discovery {
    pub(crate) issuer: String,
    metadata_url: String,
    client: Client,
}

#[derive(Deserialize)]
struct Metadata {
    issuer: String,
    jwks_uri: String,
}

impl Discovery {
    /// `base` is where the issuer's documents are: its authority, tenant and version.
    pub(crate) fn new(base: &str, issuer: String, client: Client) -> Self {
        Self {
            issuer,
            metadata_url: format!("{base}/.well-known/openid-configuration"),
            client,
        }
    }

    /// Fetches the keys that the metadata points to. The metadata is discarded unless it names
    /// exactly the expected issuer (OpenID Connect Discovery §4.3).
    pub(crate) async fn fetch_keys(&self) -> Result<JwkSet, FetchError> {
        let metadata: Metadata = self.fetch(&self.metadata_url).await?;
        if metadata.issuer != self.issuer {
            return Err(FetchError::Issuer(self.issuer.clone()));
        }
        let https = Url::parse(&metadata.jwks_uri).is_ok_and(|url| url.scheme() == "https");
        if !https {
            return Err(FetchError::KeysUrl);
        }
        self.fetch(&metadata.jwks_uri).await
    }

    async fn fetch<T: DeserializeOwned>(&self, url: &str) -> Result<T, FetchError> {
        let response = self.client.get(url).send().await?;
        let body = body(response, DOCUMENT_LENGTH_MAX).await?;
        serde_json::from_slice(&body).map_err(|_| FetchError::Json)
    }
}

/// The body of a good answer, if it is not too long.
pub(crate) async fn body(mut response: Response, length_max: usize) -> Result<Vec<u8>, FetchError> {
    if response.status() != http::StatusCode::OK {
        return Err(FetchError::Status(response.status().as_u16()));
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > length_max {
            return Err(FetchError::TooLong(length_max / 1024));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}
