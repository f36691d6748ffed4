//! Errors that no request caused, as Microsoft Graph says them.

use countersign_domain::graph::error::GraphError;
use countersign_store::StoreError;

/// What a failed read or write becomes. A conflict is a `400`: clients repeat a `409` for minutes.
pub(super) fn of_store(error: StoreError) -> GraphError {
    match error {
        StoreError::Conflict { what } => GraphError::bad_request(format!("{what}.")),
        StoreError::NotFound { what } => {
            GraphError::new(404, "Request_ResourceNotFound", format!("{what}."))
        }
        error => {
            tracing::error!(%error, "a Graph request could not be carried out");
            unavailable()
        }
    }
}

/// The database, or something that is needed of it, is away.
pub(super) fn unavailable() -> GraphError {
    GraphError::new(
        503,
        "serviceNotAvailable",
        "The directory cannot be read or changed at the moment. Try again later.",
    )
}

/// Something that cannot be, for the log; the caller learns nothing of it.
pub(super) fn internal(error: &dyn std::error::Error) -> GraphError {
    tracing::error!(%error, "a Graph request failed inside");
    GraphError::new(
        500,
        "UnknownError",
        "The request failed inside the service. Its log says why, under the request-id.",
    )
}
