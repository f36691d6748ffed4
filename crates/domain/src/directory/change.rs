use super::ResourceName;
use crate::ids::AppId;

/// Something that a node must forget because it was changed, on this node or another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// The list of tenants or their domains.
    Tenants,
    /// An application, in every tenant: its registration, credentials, service principals or
    /// assignments.
    Application(AppId),
    /// What a resource name stands for, in every tenant.
    ResourceName(ResourceName),
    /// The signing keys.
    SigningKeys,
    /// More changed than was written down one by one: forget everything.
    Everything,
}
