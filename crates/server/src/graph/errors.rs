//! Errors that no request caused, as Microsoft Graph says them.

use countersign_domain::graph::error::GraphError;
use countersign_store::StoreError;

/// What a failed read or write becomes. A conflict is a `400`: clients repeat a `409` for minutes.
/// The database's own sentences are for the log: they may name objects of other tenants.
pub(super) fn of_store(error: StoreError) -> GraphError {
    match error {
        StoreError::Conflict { what } => {
            tracing::debug!(%what, "a Graph request met a conflict");
            GraphError::bad_request(
                "A conflicting object with one or more of the specified property values is \
                 present in the directory.",
            )
        }
        StoreError::NotFound { what } => {
            tracing::debug!(%what, "a Graph request met something that is not there");
            GraphError::new(
                404,
                "Request_ResourceNotFound",
                "The resource does not exist or one of its queried reference-property objects are \
                 not present.",
            )
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_of_the_database_are_not_shown() {
        let what = || "an application with the client id 7 exists already".to_owned();
        for (error, status) in [
            (StoreError::Conflict { what: what() }, 400),
            (StoreError::NotFound { what: what() }, 404),
        ] {
            let shown = of_store(error);
            assert_eq!(shown.status, status);
            assert!(!shown.message.contains("client id"), "{shown}");
        }
    }
}
