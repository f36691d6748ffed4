//! `/health`: the process lives. `/ready`: it may be sent requests. Neither tells anything else.

use std::sync::Arc;

use axum::extract::State;
use http::StatusCode;

use crate::state::AppState;

pub(crate) async fn health() -> (StatusCode, &'static str) {
    (StatusCode::OK, "ok\n")
}

pub(crate) async fn ready(State(state): State<Arc<AppState>>) -> (StatusCode, &'static str) {
    if state.directory.is_too_stale(state.clock.now()) {
        return (
            StatusCode::SERVICE_UNAVAILABLE,
            "stale: the database does not answer\n",
        );
    }
    match state.db.ping().await {
        Ok(()) => (StatusCode::OK, "ready\n"),
        Err(_) => (StatusCode::OK, "degraded: the database does not answer\n"),
    }
}
