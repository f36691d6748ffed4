//! A receiving service: `GET /orders` for callers with an app role, `GET /reports` for the
//! applications on an access list.
//!
//! ```text
//! cargo run -p countersign-examples --bin orders -- [DEV.JSON] [ADDR:PORT]
//! ```
//!
//! It listens on plain HTTP, which is for loopback only: a bearer token can be used by whoever
//! reads it, so put TLS in front of a real service.
#![expect(clippy::print_stdout, reason = "tells when it is ready")]

use std::path::Path;

use axum::{Json, Router, routing::get};
use countersign_examples::{DEV_FILE_DEFAULT, DevFile};
use countersign_validate::{Caller, Policy, ValidateLayer, Validator};
use serde_json::{Value, json};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let dev_file = arguments
        .next()
        .unwrap_or_else(|| DEV_FILE_DEFAULT.to_owned());
    let address = arguments
        .next()
        .unwrap_or_else(|| "127.0.0.1:5000".to_owned());
    let router = router(&DevFile::read(Path::new(&dev_file))?)?;

    let listener = tokio::net::TcpListener::bind(address).await?;
    println!("ready http://{}", listener.local_addr()?);
    axum::serve(listener, router).await?;
    Ok(())
}

fn router(dev: &DevFile) -> anyhow::Result<Router> {
    let (this, daemon) = (dev.resource()?, dev.client()?);
    let mut validator = Validator::builder()
        .authority(&dev.base_url)
        .tenant(&this.tenant_id)
        .root_certificates_pem(dev.ca_pem()?)
        .audience(&this.app_id);
    for uri in &this.identifier_uris {
        validator = validator.audience(uri);
    }
    let validator = validator.build()?;

    let readers = Policy::roles_any(["Orders.Read.All", "Orders.ReadWrite.All"]);
    let reporters = Policy::allow_applications([(&daemon.tenant_id, &daemon.app_id)]);
    let orders = get(orders).layer(ValidateLayer::new(validator.clone(), readers));
    let reports = get(reports).layer(ValidateLayer::new(validator, reporters));
    Ok(Router::new()
        .route("/orders", orders)
        .route("/reports", reports))
}

async fn orders(caller: Caller) -> Json<Value> {
    Json(json!({"orders": [{"id": 1, "item": "a thousand paper clips"}], "roles": caller.roles}))
}

async fn reports(caller: Caller) -> Json<Value> {
    Json(json!({"reports": ["2026-Q4"], "readBy": caller.application_id}))
}
