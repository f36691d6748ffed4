//! azure_identity against a running Countersign. It makes no discovery of any kind, so its
//! environment alone is enough, with the real tenant id.

mod assertions;
mod deployment;
mod results;
mod tokens;

use std::{error::Error, process::Command, sync::Arc};

use azure_core::{
    cloud::{CloudConfiguration, CustomConfiguration},
    credentials::{Secret, TokenCredential},
    error::ErrorKind,
    http::ClientOptions,
};
use azure_identity::{ClientSecretCredential, ClientSecretCredentialOptions};

use deployment::{Deployment, Row};
use results::Suite;

type Outcome = Result<(), Box<dyn Error>>;

/// The credential as its documentation says for a private cloud.
fn credential(dev: &Deployment, row: &Row) -> azure_core::Result<Arc<ClientSecretCredential>> {
    let options = ClientSecretCredentialOptions {
        client_options: private_cloud(dev),
    };
    ClientSecretCredential::new(
        dev.tenant(row),
        dev.client(row).app_id.clone(),
        Secret::new(dev.secret(row).to_owned()),
        Some(options),
    )
}

fn private_cloud(dev: &Deployment) -> ClientOptions {
    let mut cloud = CustomConfiguration::default();
    cloud.authority_host.clone_from(&dev.base_url);
    ClientOptions {
        cloud: Some(CloudConfiguration::Custom(cloud).into()),
        ..ClientOptions::default()
    }
}

#[tokio::test]
async fn grants() {
    let dev = Deployment::from_environment();
    let mut suite = Suite::new();
    for grant in &dev.scenarios.grants {
        suite.record(&grant.scenario, secret_granted(&dev, grant).await);
    }
    suite.finish();
}

async fn secret_granted(dev: &Deployment, grant: &Row) -> Outcome {
    granted(dev, grant, credential(dev, grant)?.as_ref()).await
}

async fn granted(dev: &Deployment, grant: &Row, credential: &dyn TokenCredential) -> Outcome {
    let scope = grant.scope();
    let first = credential.get_token(&[&scope], None).await?;
    tokens::check(dev, grant, first.token.secret())?;

    let second = credential.get_token(&[&scope], None).await?;
    ensure(
        second.token.secret() == first.token.secret(),
        "the second token is not the cached one",
    )
}

#[tokio::test]
async fn refusals() {
    let dev = Deployment::from_environment();
    let mut suite = Suite::new();
    for refusal in &dev.scenarios.refusals {
        suite.record(&refusal.scenario, secret_refused(&dev, refusal).await);
    }
    suite.finish();
}

async fn secret_refused(dev: &Deployment, refusal: &Row) -> Outcome {
    refused(refusal, credential(dev, refusal)?.as_ref()).await
}

async fn refused(refusal: &Row, credential: &dyn TokenCredential) -> Outcome {
    let Err(error) = credential.get_token(&[&refusal.scope()], None).await else {
        return Err("a token instead of an error".into());
    };
    ensure(
        matches!(error.kind(), ErrorKind::Credential),
        &format!("an error of the kind {:?}: {error}", error.kind()),
    )?;
    ensure(
        error.to_string().contains(&refusal.aadsts()),
        &error.to_string(),
    )
}

#[test]
fn environment_only() {
    let dev = Deployment::from_environment();
    let mut suite = Suite::new();
    let grants = dev.first_tokens();
    suite.record(
        "environment only, tenant id",
        grants
            .iter()
            .try_for_each(|grant| printed_token(&dev, grant, &dev.tenant_id)),
    );
    suite.record(
        "environment only, through adfs",
        grants
            .iter()
            .try_for_each(|grant| printed_token(&dev, grant, "adfs")),
    );
    suite.finish();
}

/// Runs the program of this package under the variables of `countersign env`.
fn printed_token(dev: &Deployment, grant: &Row, tenant: &str) -> Outcome {
    let output = Command::new(env!("CARGO_BIN_EXE_countersign-interop"))
        .arg(grant.scope())
        .env("AZURE_AUTHORITY_HOST", &dev.base_url)
        .env("AZURE_TENANT_ID", tenant)
        .env("AZURE_CLIENT_ID", &dev.client(grant).app_id)
        .env("AZURE_CLIENT_SECRET", dev.secret(grant))
        .output()?;
    ensure(
        output.status.success(),
        &String::from_utf8_lossy(&output.stderr),
    )?;
    tokens::check(dev, grant, std::str::from_utf8(&output.stdout)?)
}

fn ensure(holds: bool, otherwise: &str) -> Outcome {
    if holds { Ok(()) } else { Err(otherwise.into()) }
}
