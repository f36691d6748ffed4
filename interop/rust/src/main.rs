//! A program written for the public cloud: it prints a token for the scope in its first argument,
//! configured by the environment alone (`countersign env`).

use std::{env, error::Error};

use azure_core::credentials::{Secret, TokenCredential};
use azure_identity::ClientSecretCredential;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let scope = env::args()
        .nth(1)
        .ok_or("usage: countersign-interop SCOPE")?;
    let credential = ClientSecretCredential::new(
        &env::var("AZURE_TENANT_ID")?,
        env::var("AZURE_CLIENT_ID")?,
        Secret::new(env::var("AZURE_CLIENT_SECRET")?),
        None,
    )?;
    print!(
        "{}",
        credential.get_token(&[&scope], None).await?.token.secret()
    );
    Ok(())
}
