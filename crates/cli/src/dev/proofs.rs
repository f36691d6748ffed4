//! For each client of a development server, the other two ways to prove itself: a certificate with
//! its private key, and a token of the server's own little issuer.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, anyhow};
use countersign_domain::clock::Clock;
use countersign_domain::directory::{
    Application, AuditRecord, FederatedIdentityCredential, KeyCredential, KeyTrust,
    RegisteredCertificate, SubjectMatcher, TenantState, Write,
};
use countersign_domain::ids::{AppId, CorrelationId, FederatedCredentialId, KeyId};
use countersign_server::{SystemClock, SystemRandom};
use countersign_token::{Algorithm, Certificate, HeaderFields, Jwk, JwkSet, Signer, SigningKey};
use rcgen::{
    CertificateParams, DistinguishedName, DnType, KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_RSA_SHA256,
    SignatureAlgorithm,
};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::json;

use super::data::DataDirectory;
use crate::directory::Directory;
use crate::files;

/// What the certificates and federated credentials of this module are called.
const NAME: &str = "development";

/// The audience that every client of the original expects.
const AUDIENCE: &str = "api://AzureADTokenExchange";

/// The years of a client's certificate.
const CERTIFICATE_YEARS: i32 = 5;

/// How long a federated token is good, and how often it is made anew.
const TOKEN_SECONDS: i64 = 86_400;
const RENEWAL: Duration = Duration::from_secs(6 * 3_600);

/// Clients that get these proofs. An RSA key takes a tenth of a second to make; a directory with
/// many clients must not delay the start.
pub(super) const CLIENTS_MAX: usize = 20;

/// The files of one client's proofs.
pub(super) struct ProofFiles {
    /// The certificate, PEM.
    pub(super) certificate: PathBuf,
    /// Its private key, PKCS#8 in PEM.
    pub(super) private_key: PathBuf,
    /// Both in one file, as `AZURE_CLIENT_CERTIFICATE_PATH` wants them.
    pub(super) pair: PathBuf,
    /// A token of the development issuer.
    pub(super) token: PathBuf,
}

impl ProofFiles {
    pub(super) fn of(data: &DataDirectory, app_id: AppId) -> Self {
        let file = |ending: &str| data.clients().join(format!("{app_id}.{ending}"));
        Self {
            certificate: file("pem"),
            private_key: file("key"),
            pair: file("pair.pem"),
            token: file("token"),
        }
    }
}

/// The issuer inside the development server.
pub(super) struct Issuer {
    url: String,
    signer: Signer,
    keys: JwkSet,
}

impl Issuer {
    /// Opens the issuer's key, or makes it at the first start.
    pub(super) fn open(data: &DataDirectory, url: String) -> anyhow::Result<Self> {
        let (certificate, key) = pair_or_new(
            &data.issuer_certificate(),
            &data.issuer_key(),
            "Countersign development issuer",
            &PKCS_ECDSA_P256_SHA256,
        )?;
        let key = SigningKey::from_pkcs8(Algorithm::Es256, &key)?;
        let certificate = Certificate::from_der(&certificate)?;
        let jwk = Jwk::from_signing_key(&key, &certificate)?;
        let kid = certificate.key_id();
        let signer = Signer::new(
            Arc::new(key),
            HeaderFields {
                kid: &kid,
                x5t: None,
            },
        );
        Ok(Self {
            url,
            signer,
            keys: JwkSet { keys: vec![jwk] },
        })
    }

    pub(super) fn keys(&self) -> JwkSet {
        self.keys.clone()
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }

    fn write_token(&self, data: &DataDirectory, app_id: AppId) -> anyhow::Result<()> {
        let now = SystemClock.now().unix_seconds();
        let token = self.signer.sign_claims(&json!({
            "iss": self.url,
            "sub": subject(app_id),
            "aud": [AUDIENCE],
            "iat": now,
            "nbf": now,
            "exp": now + TOKEN_SECONDS,
        }))?;
        files::write_private_for_now(&ProofFiles::of(data, app_id).token, token.as_bytes())
    }

    /// Writes a token for each client now, and again before it ends.
    pub(super) async fn keep_tokens(&self, data: &DataDirectory, clients: &[AppId]) {
        loop {
            tokio::time::sleep(RENEWAL).await;
            for app_id in clients {
                if let Err(error) = self.write_token(data, *app_id) {
                    tracing::error!(%error, "cannot renew a federated token");
                }
            }
        }
    }
}

/// Makes the missing files and registers them, for every client.
pub(super) async fn prepare(
    data: &DataDirectory,
    directory: &Directory,
    state: &[TenantState],
    clients: &[AppId],
    issuer: &Issuer,
) -> anyhow::Result<()> {
    files::private_directory(&data.clients())?;
    let mut writes = Vec::new();
    for tenant in state {
        let is_client = |application: &&Application| clients.contains(&application.app_id);
        for application in tenant.applications.iter().filter(is_client) {
            let proofs = ProofFiles::of(data, application.app_id);
            let name = &application.display_name;
            // RSA, since most client libraries sign with nothing else.
            let (certificate, _) = pair_or_new(
                &proofs.certificate,
                &proofs.private_key,
                name,
                &PKCS_RSA_SHA256,
            )?;
            write_pair(&proofs)?;
            issuer.write_token(data, application.app_id)?;
            writes.extend(certificate_write(tenant, application, &certificate)?);
            writes.extend(federated_write(tenant, application, issuer));
        }
    }
    if writes.is_empty() {
        return Ok(());
    }
    let record = AuditRecord::of_command(
        SystemClock.now(),
        "Add development credentials",
        CorrelationId::random(&SystemRandom),
        vec![format!("+ {} credentials for development", writes.len())],
    );
    Ok(directory.db.commit(&writes, &record).await?)
}

fn certificate_write(
    tenant: &TenantState,
    application: &Application,
    der: &[u8],
) -> anyhow::Result<Option<Write>> {
    let certificate = RegisteredCertificate::from_der(der)?;
    let is_registered = tenant
        .keys
        .iter()
        .any(|key| key.application_id == application.id && *key.certificate == certificate);
    if is_registered {
        return Ok(None);
    }
    let (start_at, end_at) = certificate.validity();
    let key = KeyCredential {
        key_id: KeyId::random(&SystemRandom),
        application_id: application.id,
        service_principal_id: None,
        display_name: Some(NAME.to_owned()),
        certificate: Arc::new(certificate),
        trust: KeyTrust::Certificate,
        start_at,
        end_at,
    };
    Ok(Some(Write::AddKey {
        tenant_id: tenant.tenant.id,
        key,
    }))
}

/// The issuer's URL changes with the port, so the credential may have to follow it.
fn federated_write(
    tenant: &TenantState,
    application: &Application,
    issuer: &Issuer,
) -> Option<Write> {
    let tenant_id = tenant.tenant.id;
    let stored = tenant
        .federated
        .iter()
        .find(|credential| credential.application_id == application.id && credential.name == NAME);
    let credential = FederatedIdentityCredential {
        id: stored.map_or_else(|| FederatedCredentialId::random(&SystemRandom), |c| c.id),
        application_id: application.id,
        name: NAME.to_owned(),
        issuer: issuer.url.clone(),
        subject: SubjectMatcher::Subject(subject(application.app_id)),
        audiences: vec![AUDIENCE.to_owned()],
        description: Some("Made by `countersign dev`".to_owned()),
        keys: None,
    };
    match stored {
        None => Some(Write::AddFederatedCredential {
            tenant_id,
            credential,
        }),
        Some(stored) if *stored != credential => Some(Write::UpdateFederatedCredential {
            tenant_id,
            credential,
        }),
        Some(_) => None,
    }
}

fn subject(app_id: AppId) -> String {
    format!("client:{app_id}")
}

/// A certificate and its private key, both DER, from their PEM files.
fn pair_or_new(
    certificate: &Path,
    private_key: &Path,
    name: &str,
    algorithm: &'static SignatureAlgorithm,
) -> anyhow::Result<(Vec<u8>, zeroize::Zeroizing<Vec<u8>>)> {
    if !certificate.exists() || !private_key.exists() {
        let key = KeyPair::generate_for(algorithm)?;
        let made = self_signed(&key, name)?;
        files::write_private(private_key, key.serialize_pem().as_bytes())?;
        files::write_public(certificate, made.as_bytes())?;
    }
    let unreadable =
        |path: &Path| format!("{} is damaged: delete it to make it anew", path.display());
    let der = CertificateDer::from_pem_file(certificate)
        .with_context(|| unreadable(certificate))?
        .to_vec();
    let key = PrivateKeyDer::from_pem_file(private_key).with_context(|| unreadable(private_key))?;
    let PrivateKeyDer::Pkcs8(key) = key else {
        return Err(anyhow!(unreadable(private_key)));
    };
    Ok((
        der,
        zeroize::Zeroizing::new(key.secret_pkcs8_der().to_vec()),
    ))
}

fn self_signed(key: &KeyPair, name: &str) -> anyhow::Result<String> {
    let mut distinguished_name = DistinguishedName::new();
    distinguished_name.push(DnType::CommonName, name);
    let mut params = CertificateParams::default();
    params.distinguished_name = distinguished_name;
    super::authority::set_years(&mut params, CERTIFICATE_YEARS);
    Ok(params.self_signed(key)?.pem())
}

fn write_pair(proofs: &ProofFiles) -> anyhow::Result<()> {
    let read =
        |path: &Path| fs::read(path).with_context(|| format!("cannot read {}", path.display()));
    let both = [read(&proofs.private_key)?, read(&proofs.certificate)?].concat();
    files::write_private_for_now(&proofs.pair, &both)
}
