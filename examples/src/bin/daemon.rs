//! A calling service: gets a token with its secret, then calls the receiving service with it.
//!
//! ```text
//! cargo run -p countersign-examples --bin daemon -- [DEV.JSON] [BASE-URL-OF-THE-SERVICE]
//! ```
//!
//! It speaks the protocol by hand to show that there is nothing more to it. A real daemon would let
//! MSAL or an Azure SDK do this, which also keep the token for as long as it lives.
#![expect(clippy::print_stdout, reason = "shows the four steps")]

use std::path::Path;

use anyhow::{Context, ensure};
use countersign_examples::{DEV_FILE_DEFAULT, DevFile};
use serde_json::Value;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let dev_file = arguments
        .next()
        .unwrap_or_else(|| DEV_FILE_DEFAULT.to_owned());
    let service = arguments
        .next()
        .unwrap_or_else(|| "http://127.0.0.1:5000".to_owned());
    let dev = DevFile::read(Path::new(&dev_file))?;

    println!("1. ask for a token with the client secret");
    let token = token(&dev).await?;
    println!("2. got one, {} characters", token.len());
    for path in ["/orders", "/reports"] {
        println!("3. call {service}{path} with it");
        println!("4. {}", call(&format!("{service}{path}"), &token).await?);
    }
    Ok(())
}

async fn token(dev: &DevFile) -> anyhow::Result<String> {
    let (client, resource) = (dev.client()?, dev.resource()?);
    let uri = resource.identifier_uris.first().unwrap_or(&resource.app_id);
    let secret = client
        .client_secret
        .as_deref()
        .context("dev.json has no secret of the client")?;
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", &client.app_id),
        ("client_secret", secret),
        ("scope", &format!("{uri}/.default")),
    ];
    let roots = reqwest::Certificate::from_pem_bundle(&dev.ca_pem()?)?;
    let http = reqwest::Client::builder()
        .tls_certs_only(roots)
        .https_only(true)
        .build()?;
    let url = format!("{}/{}/oauth2/v2.0/token", dev.base_url, client.tenant_id);
    let response = http.post(url).form(&form).send().await?;

    let status = response.status();
    let answer: Value = response.json().await?;
    ensure!(
        status.is_success(),
        "no token: {}",
        answer["error_description"]
    );
    Ok(answer["access_token"]
        .as_str()
        .context("the answer has no access_token")?
        .to_owned())
}

async fn call(url: &str, token: &str) -> anyhow::Result<String> {
    let response = reqwest::Client::new()
        .get(url)
        .bearer_auth(token)
        .send()
        .await?;
    let status = response.status();
    let body = response.text().await?;
    ensure!(status.is_success(), "the service answered {status}");
    Ok(format!("{status} {body}"))
}
