//! What Microsoft Graph answers instead of an object.

/// A refusal: what becomes `{"error":{"code","message",..}}`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct GraphError {
    /// The HTTP status.
    pub status: u16,
    /// The word that programs compare.
    pub code: &'static str,
    /// What is wrong, for people. Never holds a secret.
    pub message: String,
}

impl GraphError {
    /// A refusal with its own status and code.
    pub fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
        }
    }

    /// A property or a value that the directory does not take.
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::new(400, "Request_BadRequest", message)
    }

    /// A path, a query option or a body that is no OData.
    pub fn malformed(message: impl Into<String>) -> Self {
        Self::new(400, "BadRequest", message)
    }

    /// A query that is OData, and that directory objects do not take.
    pub fn unsupported_query(message: impl Into<String>) -> Self {
        Self::new(400, "Request_UnsupportedQuery", message)
    }

    /// No usable access token.
    pub fn unauthenticated(message: impl Into<String>) -> Self {
        Self::new(401, "InvalidAuthenticationToken", message)
    }

    /// The caller lacks the permission.
    pub fn denied() -> Self {
        Self::denied_because("Insufficient privileges to complete the operation.")
    }

    /// The caller lacks the permission, and it is worth saying which.
    pub fn denied_because(message: impl Into<String>) -> Self {
        Self::new(403, "Authorization_RequestDenied", message)
    }

    /// No such object in this tenant; another tenant's object is none.
    pub fn not_found(id: impl std::fmt::Display) -> Self {
        Self::new(
            404,
            "Request_ResourceNotFound",
            format!(
                "Resource '{id}' does not exist or one of its queried reference-property objects \
                 are not present."
            ),
        )
    }

    /// The object was changed since the caller read it.
    pub fn changed_meanwhile() -> Self {
        Self::new(
            412,
            "PreconditionFailed",
            "The object was changed since it was read: If-Match names an older version. Read it \
             again and repeat the change.",
        )
    }
}
