//! azure_identity without a shared secret: a certificate with its key in PKCS#12, and federated tokens,
//! from a file and from a callback.

use std::{error::Error as StdError, fs, path::PathBuf, sync::Arc};

use azure_core::{
    credentials::{SecretBytes, TokenCredential},
    error::{Error, ErrorKind},
    http::ClientMethodOptions,
};
use azure_identity::{
    ClientAssertion, ClientAssertionCredential, ClientAssertionCredentialOptions,
    ClientCertificateCredential, ClientCertificateCredentialOptions, WorkloadIdentityCredential,
    WorkloadIdentityCredentialOptions,
};
use openssl::{pkcs12::Pkcs12, pkey::PKey, x509::X509};

use crate::{
    Outcome,
    deployment::{Deployment, Row},
    granted, private_cloud, refused,
    results::Suite,
};

#[derive(Debug)]
struct TokenFile(PathBuf);

#[async_trait::async_trait]
impl ClientAssertion for TokenFile {
    async fn secret(&self, _: Option<ClientMethodOptions<'_>>) -> azure_core::Result<String> {
        fs::read_to_string(&self.0).map_err(|error| Error::new(ErrorKind::Io, error))
    }
}

/// One credential of every kind that takes the proof of the row.
fn credentials(
    dev: &Deployment,
    row: &Row,
) -> Result<Vec<Arc<dyn TokenCredential>>, Box<dyn StdError>> {
    if row.proof.as_deref() == Some("certificate") {
        return Ok(vec![certificate_credential(dev, row)?]);
    }
    let tenant = dev.tenant(row).to_owned();
    let client = dev.client(row).app_id.clone();
    let token_file = dev.token_file(row);
    let options = || ClientAssertionCredentialOptions {
        client_options: private_cloud(dev),
    };
    let workload_identity = WorkloadIdentityCredentialOptions {
        credential_options: options(),
        client_id: Some(client.clone()),
        tenant_id: Some(tenant.clone()),
        token_file_path: Some(token_file.clone()),
    };
    Ok(vec![
        WorkloadIdentityCredential::new(Some(workload_identity))?,
        ClientAssertionCredential::new(tenant, client, TokenFile(token_file), Some(options()))?,
    ])
}

fn certificate_credential(
    dev: &Deployment,
    row: &Row,
) -> Result<Arc<ClientCertificateCredential>, Box<dyn StdError>> {
    let options = ClientCertificateCredentialOptions {
        client_options: private_cloud(dev),
        ..ClientCertificateCredentialOptions::default()
    };
    let pem = fs::read(dev.certificate_with_key_file(row))?;
    let pkcs12 = Pkcs12::builder()
        .pkey(PKey::private_key_from_pem(&pem)?.as_ref())
        .cert(X509::from_pem(&pem)?.as_ref())
        .build2("")?
        .to_der()?;
    Ok(ClientCertificateCredential::new(
        dev.tenant(row).to_owned(),
        dev.client(row).app_id.clone(),
        SecretBytes::new(pkcs12),
        Some(options),
    )?)
}

#[tokio::test]
async fn grants() {
    let dev = Deployment::from_environment();
    let mut suite = Suite::new();
    for grant in &dev.scenarios.assertion_grants {
        suite.record(&grant.scenario, all_granted(&dev, grant).await);
    }
    suite.finish();
}

async fn all_granted(dev: &Deployment, grant: &Row) -> Outcome {
    for credential in credentials(dev, grant)? {
        granted(dev, grant, credential.as_ref()).await?;
    }
    Ok(())
}

#[tokio::test]
async fn refusals() {
    let dev = Deployment::from_environment();
    let mut suite = Suite::new();
    for refusal in &dev.scenarios.assertion_refusals {
        suite.record(&refusal.scenario, all_refused(&dev, refusal).await);
    }
    suite.finish();
}

async fn all_refused(dev: &Deployment, refusal: &Row) -> Outcome {
    for credential in credentials(dev, refusal)? {
        refused(refusal, credential.as_ref()).await?;
    }
    Ok(())
}
