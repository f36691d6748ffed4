use std::collections::HashMap;

use countersign_domain::directory::User;
use countersign_domain::graph::selection::{
    ApplicationField, Condition, Selection, ServicePrincipalField, UserField, Value,
};
use countersign_domain::ids::TenantId;
use uuid::Uuid;

use super::{ApplicationRecord, ServicePrincipalRecord, View};
use crate::StoreError;

/// Ids of one statement.
const AT_ONCE: usize = 1_000;

/// An object of whichever kind.
#[derive(Debug, Clone)]
#[expect(
    clippy::large_enum_variant,
    reason = "nearly all objects are applications and service principals, both large"
)]
pub enum DirectoryObject {
    /// A registration.
    Application(ApplicationRecord),
    /// An instance in this tenant.
    ServicePrincipal(ServicePrincipalRecord),
    /// A person.
    User(User),
}

impl View {
    /// The objects of this tenant with these ids that are not deleted, in the order of the ids; what
    /// is not found is left out. `credentials`: with theirs, which costs statements.
    pub async fn directory_objects(
        &mut self,
        tenant_id: TenantId,
        ids: &[Uuid],
        credentials: bool,
    ) -> Result<Vec<DirectoryObject>, StoreError> {
        let mut found = HashMap::new();
        for ids in ids.chunks(AT_ONCE) {
            self.find_objects(tenant_id, ids, credentials, &mut found)
                .await?;
        }
        Ok(ids.iter().filter_map(|id| found.remove(id)).collect())
    }

    async fn find_objects(
        &mut self,
        tenant_id: TenantId,
        ids: &[Uuid],
        credentials: bool,
        found: &mut HashMap<Uuid, DirectoryObject>,
    ) -> Result<(), StoreError> {
        let applications = one_of(ApplicationField::Id, ids);
        let applications = self
            .applications(tenant_id, &applications, credentials)
            .await?;
        for record in applications.items {
            let id = record.application.id.uuid();
            found.insert(id, DirectoryObject::Application(record));
        }
        let principals = one_of(ServicePrincipalField::Id, ids);
        let principals = self
            .service_principals(tenant_id, &principals, credentials)
            .await?;
        for record in principals.items {
            let id = record.principal.id.uuid();
            found.insert(id, DirectoryObject::ServicePrincipal(record));
        }
        let users = one_of(UserField::Id, ids);
        for user in self.users(tenant_id, &users).await?.items {
            found.insert(user.id.uuid(), DirectoryObject::User(user));
        }
        Ok(())
    }
}

fn one_of<F>(field: F, ids: &[Uuid]) -> Selection<F> {
    let values = ids.iter().map(|id| Value::Guid(*id)).collect();
    Selection {
        condition: Some(Condition::OneOf(field, values)),
        search: None,
        order: None,
        after: None,
        limit: u32::try_from(ids.len()).unwrap_or(u32::MAX),
        counts: false,
    }
}
