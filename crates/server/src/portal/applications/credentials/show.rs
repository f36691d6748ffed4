//! The page itself.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use countersign_domain::clock::Timestamp;

use super::super::registration::Registration;
use super::listed::{Certificate, Credentials, Secret};
use super::target;
use crate::portal::api::read;
use crate::portal::problem::Problem;
use crate::portal::visit::{Shell, Visit};

/// For how long a new secret may be good, with what a form calls it.
pub(super) const LIFETIMES: [(&str, &str, i64); 4] = [
    ("90", "90 days", 90),
    ("180", "180 days (recommended)", 180),
    ("365", "1 year", 365),
    ("730", "2 years", 730),
];

/// What the form for a new secret says.
pub(super) struct NewSecret {
    pub(super) description: String,
    /// One of [`LIFETIMES`], or `date`.
    pub(super) lifetime: String,
    pub(super) date: String,
    pub(super) error: String,
}

impl Default for NewSecret {
    fn default() -> Self {
        Self {
            description: String::new(),
            lifetime: "180".to_owned(),
            date: String::new(),
            error: String::new(),
        }
    }
}

/// What the form for a certificate says.
#[derive(Default)]
pub(super) struct NewCertificate {
    pub(super) description: String,
    pub(super) error: String,
}

#[derive(Template)]
#[template(path = "applications/credentials.html")]
pub(super) struct CredentialsPage {
    pub(super) shell: Shell,
    application: Registration,
    now: Timestamp,
    secrets: Vec<Secret>,
    certificates: Vec<Certificate>,
    pub(super) secret: NewSecret,
    pub(super) certificate: NewCertificate,
}

impl CredentialsPage {
    fn lifetimes(&self) -> &'static [(&'static str, &'static str, i64)] {
        &LIFETIMES
    }

    fn delete_secret(&self, secret: &Secret) -> String {
        let tab = format!("credentials/secrets/{}/delete", secret.key_id);
        self.application.tab(&tab)
    }

    fn delete_certificate(&self, certificate: &Certificate) -> String {
        let tab = format!("credentials/certificates/{}/delete", certificate.key_id);
        self.application.tab(&tab)
    }

    fn deletion(&self, name: &str) -> String {
        format!("Delete {name}")
    }

    fn certificate_id(&self, certificate: &Certificate) -> String {
        format!("certificate-{}", certificate.key_id)
    }

    /// Says before anybody is refused that something will be.
    fn warning(&self) -> String {
        let secrets = self
            .secrets
            .iter()
            .map(|secret| secret.expiry(&self.now).kind);
        let certificates = self.certificates.iter().map(|one| one.expiry.kind);
        let kinds: Vec<_> = secrets.chain(certificates).collect();
        let count = |kind| kinds.iter().filter(|found| **found == kind).count();
        match (count("warning"), count("error")) {
            (0, 0) => String::new(),
            (soon, 0) => format!("{soon} of these credentials end within 30 days."),
            (0, ended) => format!("{ended} of these credentials have ended."),
            (soon, ended) => {
                format!("{soon} of these credentials end within 30 days, {ended} have ended.")
            }
        }
    }
}

/// `GET /portal/applications/{id}/credentials`
pub(super) async fn show(visit: Visit, Path(id): Path<String>) -> Result<Response, Problem> {
    let page = credentials(&visit, &id).await?;
    Ok(visit.page(&page))
}

pub(super) async fn credentials(visit: &Visit, id: &str) -> Result<CredentialsPage, Problem> {
    let application = Registration::of(visit, id).await?;
    // Certificates are shown where they are selected by name only.
    let target = format!("{}?$select=passwordCredentials,keyCredentials", target(id));
    let found: Credentials = read(visit.get(&target).await?)?;
    let now = visit.browser.context.now;
    let keys = found.key_credentials.iter();
    Ok(CredentialsPage {
        shell: visit.shell(
            "applications",
            &format!("Certificates and secrets – {}", application.display_name),
        ),
        application,
        now,
        certificates: keys.filter_map(|key| Certificate::read(key, now)).collect(),
        secrets: found.password_credentials,
        secret: NewSecret::default(),
        certificate: NewCertificate::default(),
    })
}
