use super::{Application, ServicePrincipal};
use crate::clock::Timestamp;

/// How long a deleted object can be restored, in seconds: 30 days.
pub const RESTORABLE_SECONDS: i64 = 30 * 86_400;

/// A deleted service principal, which can be restored with what it had been granted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeletedServicePrincipal {
    /// As it was.
    pub principal: ServicePrincipal,
    /// Its application, deleted or not.
    pub application: Application,
    /// When it was deleted.
    pub deleted_at: Timestamp,
}
