//! Secrets in the clear, for `dev.json`: only a development server keeps them, in a private file.

use std::collections::HashMap;
use std::fs;
use std::io::ErrorKind;

use anyhow::Context;
use countersign_domain::clock::Clock;
use countersign_domain::directory::TenantState;
use countersign_domain::directory_file::Plan;
use countersign_domain::ids::AppId;
use countersign_domain::secret::{Pepper, Secret};
use countersign_server::SystemClock;
use serde_json::json;
use zeroize::Zeroizing;

use super::data::DataDirectory;
use crate::files;

/// Secrets that were made or given at some start, by client id; the newest last.
#[derive(Default)]
pub(super) struct KnownSecrets(HashMap<AppId, Vec<Secret>>);

impl KnownSecrets {
    /// Reads what earlier starts left.
    pub(super) fn read(data: &DataDirectory) -> anyhow::Result<Self> {
        let path = data.secrets();
        let text = match fs::read(&path) {
            Ok(text) => Zeroizing::new(text),
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(error).with_context(|| path.display().to_string()),
        };
        let read: HashMap<AppId, Vec<String>> =
            serde_json::from_slice(&text).with_context(|| {
                format!("{} is damaged: delete it to go on without", path.display())
            })?;
        let secrets = |texts: Vec<String>| texts.into_iter().map(Secret::new).collect();
        Ok(Self(
            read.into_iter()
                .map(|(app_id, texts)| (app_id, secrets(texts)))
                .collect(),
        ))
    }

    /// Adds the secrets of a plan.
    pub(super) fn learn(&mut self, plan: &Plan) {
        let made = plan
            .generated_secrets
            .iter()
            .map(|made| (made.app_id, &made.secret));
        let given = plan
            .given_secrets
            .iter()
            .map(|(app_id, secret)| (*app_id, secret));
        for (app_id, secret) in made.chain(given) {
            self.add(app_id, secret);
        }
    }

    /// Adds a secret.
    pub(super) fn add(&mut self, app_id: AppId, secret: &Secret) {
        let known = self.0.entry(app_id).or_default();
        known.retain(|earlier| earlier.expose() != secret.expose());
        known.push(secret.clone());
    }

    pub(super) fn write(&self, data: &DataDirectory) -> anyhow::Result<()> {
        let texts = |secrets: &[Secret]| {
            secrets
                .iter()
                .map(|secret| json!(secret.expose()))
                .collect::<Vec<_>>()
        };
        let document: serde_json::Map<_, _> = self
            .0
            .iter()
            .map(|(id, secrets)| (id.to_string(), texts(secrets).into()))
            .collect();
        let text = Zeroizing::new(serde_json::to_vec(&document)?);
        files::write_private(&data.secrets(), &text)
    }

    /// For each application a secret that is stored and valid now.
    pub(super) fn current(&self, state: &[TenantState], pepper: &Pepper) -> HashMap<AppId, Secret> {
        let now = SystemClock.now();
        let mut current = HashMap::new();
        for application in state.iter().flat_map(|state| &state.applications) {
            let app_id = application.app_id;
            let stored = || {
                state
                    .iter()
                    .flat_map(|state| &state.passwords)
                    .filter(|password| {
                        password.application_id == application.id && password.is_valid_at(now)
                    })
            };
            let mut known = self.0.get(&app_id).into_iter().flatten().rev();
            let works = |secret: &&Secret| {
                let hash = pepper.hash(app_id, secret);
                stored().any(|password| password.hash.matches(&hash))
            };
            if let Some(secret) = known.find(works) {
                current.insert(app_id, secret.clone());
            }
        }
        current
    }
}
