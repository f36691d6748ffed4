//! What both halves of the example read: the `dev.json` that `countersign dev` writes when it is
//! ready. In production the same few values come from each service's own configuration.

use std::path::{Path, PathBuf};

use anyhow::Context;
use serde::Deserialize;

/// Where `countersign dev` puts the file unless told otherwise.
pub const DEV_FILE_DEFAULT: &str = ".countersign/dev.json";

/// The parts of `dev.json` that the flow needs.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DevFile {
    /// The authority, without a tenant.
    pub base_url: String,
    ca_file: PathBuf,
    resources: Vec<Resource>,
    clients: Vec<Client>,
}

/// A receiving service that is registered in the sample directory.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Resource {
    /// The tenant it is registered in.
    pub tenant_id: String,
    /// Its application id: `aud` of v2.0 tokens.
    pub app_id: String,
    /// Its App ID URIs: `aud` of v1.0 tokens, and what scopes are made of.
    pub identifier_uris: Vec<String>,
}

/// A calling service that is registered in the sample directory.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Client {
    /// The tenant it is registered in.
    pub tenant_id: String,
    /// Its application id: `client_id` of token requests.
    pub app_id: String,
    /// Its secret. A `String` will do for an example with a throw-away secret.
    pub client_secret: Option<String>,
}

impl DevFile {
    /// Reads the file.
    ///
    /// # Errors
    /// When it is not there yet, or is not what `countersign dev` writes.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(path).with_context(|| {
            format!(
                "cannot read {}; start `countersign dev` first",
                path.display()
            )
        })?;
        let mut file: Self = serde_json::from_str(&text)
            .with_context(|| format!("{} is not a dev.json", path.display()))?;
        file.ca_file = path.with_file_name("").join(&file.ca_file);
        Ok(file)
    }

    /// The root certificates to trust when talking to the authority, in PEM.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn ca_pem(&self) -> anyhow::Result<Vec<u8>> {
        std::fs::read(&self.ca_file)
            .with_context(|| format!("cannot read {}", self.ca_file.display()))
    }

    /// The receiving service of the sample.
    ///
    /// # Errors
    /// When the directory has none.
    pub fn resource(&self) -> anyhow::Result<&Resource> {
        self.resources.first().context("dev.json lists no resource")
    }

    /// The calling service of the sample.
    ///
    /// # Errors
    /// When the directory has none.
    pub fn client(&self) -> anyhow::Result<&Client> {
        self.clients.first().context("dev.json lists no client")
    }
}
