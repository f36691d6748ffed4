//! The data directory: what is in it, and under which names.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;

use super::document::DevDocument;
use crate::files;

/// The data directory of a development server.
pub(crate) struct DataDirectory(PathBuf);

impl DataDirectory {
    pub(crate) fn new(path: &Path) -> Self {
        Self(path.to_owned())
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.0.join("countersign.db")
    }

    pub(crate) fn database_url(&self) -> String {
        format!("sqlite://{}", self.database().display())
    }

    pub(super) fn master_key(&self) -> PathBuf {
        self.0.join("master.key")
    }

    pub(crate) fn pepper(&self) -> PathBuf {
        self.0.join("pepper.key")
    }

    pub(super) fn ca_certificate(&self) -> PathBuf {
        self.0.join("ca.pem")
    }

    pub(super) fn ca_key(&self) -> PathBuf {
        self.0.join("ca.key")
    }

    pub(super) fn server_certificate(&self) -> PathBuf {
        self.0.join("server.pem")
    }

    pub(super) fn server_key(&self) -> PathBuf {
        self.0.join("server.key")
    }

    pub(super) fn issuer_certificate(&self) -> PathBuf {
        self.0.join("dev-issuer.pem")
    }

    pub(super) fn issuer_key(&self) -> PathBuf {
        self.0.join("dev-issuer.key")
    }

    /// Where the clients' certificates, keys and tokens are.
    pub(super) fn clients(&self) -> PathBuf {
        self.0.join("clients")
    }

    pub(super) fn secrets(&self) -> PathBuf {
        self.0.join("secrets.json")
    }

    fn document(&self) -> PathBuf {
        self.0.join("dev.json")
    }

    pub(super) fn write_document(&self, document: &DevDocument) -> anyhow::Result<()> {
        let mut text = serde_json::to_vec_pretty(document)?;
        text.push(b'\n');
        files::write_private(&self.document(), &text)
    }

    pub(crate) fn read_document(&self) -> anyhow::Result<DevDocument> {
        let path = self.document();
        let text = fs::read(&path).with_context(|| {
            format!(
                "cannot read {}: start the server first, with `countersign dev`",
                path.display()
            )
        })?;
        serde_json::from_slice(&text).with_context(|| {
            format!(
                "{} is damaged: the next start of `countersign dev` writes it anew",
                path.display()
            )
        })
    }
}
