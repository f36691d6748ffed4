use uuid::Uuid;

use crate::ids::{ApplicationId, ServicePrincipalId, TenantId, UserId};

/// Who answers for an object. With `Application.ReadWrite.OwnedBy` a service principal may change
/// what it owns, and nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Ownership {
    /// The tenant of both.
    pub tenant_id: TenantId,
    /// What is owned.
    pub object: Owned,
    /// Who owns it.
    pub owner: Owner,
}

/// What can have owners.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Owned {
    /// A registration.
    Application(ApplicationId),
    /// An instance in a tenant.
    ServicePrincipal(ServicePrincipalId),
}

impl Owned {
    /// The object id.
    pub fn uuid(self) -> Uuid {
        match self {
            Self::Application(id) => id.uuid(),
            Self::ServicePrincipal(id) => id.uuid(),
        }
    }
}

/// Who can be an owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Owner {
    /// A workload.
    ServicePrincipal(ServicePrincipalId),
    /// A person.
    User(UserId),
}

impl Owner {
    /// The object id.
    pub fn uuid(self) -> Uuid {
        match self {
            Self::ServicePrincipal(id) => id.uuid(),
            Self::User(id) => id.uuid(),
        }
    }
}
