//! The issuer inside a development server, so that federated credentials can be tried without
//! another program: a discovery document and its keys. Tokens of it are made elsewhere.

use std::sync::Arc;

use axum::Json;
use axum::Router;
use axum::extract::State;
use axum::routing::get;
use countersign_token::JwkSet;
use serde_json::{Value, json};

use crate::config::BaseUrl;
use crate::state::AppState;

/// Its place below the public base URL. No tenant can have that name: it has no dot.
const SEGMENT: &str = "dev-issuer";

/// The issuer of a development server with this base URL.
pub fn development_issuer(base_url: &BaseUrl) -> String {
    format!("{base_url}/{SEGMENT}")
}

/// The addresses of an issuer with these keys.
pub(crate) fn routes(keys: JwkSet) -> Router<Arc<AppState>> {
    let keys = Arc::new(keys);
    Router::new()
        .route(
            &format!("/{SEGMENT}/.well-known/openid-configuration"),
            get(configuration),
        )
        .route(
            &format!("/{SEGMENT}/keys"),
            get(async move || Json(serde_json::to_value(keys.as_ref()).unwrap_or_default())),
        )
}

async fn configuration(State(state): State<Arc<AppState>>) -> Json<Value> {
    let issuer = development_issuer(&state.base_url);
    Json(json!({
        "issuer": issuer,
        "jwks_uri": format!("{issuer}/keys"),
        "response_types_supported": ["id_token"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256"],
    }))
}
