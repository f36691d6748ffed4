//! azure_identity without a shared secret: federated tokens, from a file and from a callback. Its
//! certificates are behind a feature that needs OpenSSL, so the other suites show those.

use std::{fs, path::PathBuf, sync::Arc};

use azure_core::{
    credentials::TokenCredential,
    error::{Error, ErrorKind},
    http::ClientMethodOptions,
};
use azure_identity::{
    ClientAssertion, ClientAssertionCredential, ClientAssertionCredentialOptions,
    WorkloadIdentityCredential, WorkloadIdentityCredentialOptions,
};

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

/// One credential of every kind that takes a federated token.
fn credentials(dev: &Deployment, row: &Row) -> azure_core::Result<[Arc<dyn TokenCredential>; 2]> {
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
    Ok([
        WorkloadIdentityCredential::new(Some(workload_identity))?,
        ClientAssertionCredential::new(tenant, client, TokenFile(token_file), Some(options()))?,
    ])
}

fn federated(rows: &[Row]) -> impl Iterator<Item = &Row> {
    rows.iter()
        .filter(|row| row.proof.as_deref() == Some("federated"))
}

#[tokio::test]
async fn grants() {
    let dev = Deployment::from_environment();
    let mut suite = Suite::new();
    for grant in federated(&dev.scenarios.assertion_grants) {
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
    for refusal in federated(&dev.scenarios.assertion_refusals) {
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
