use countersign_domain::directory::{Owned, Owner, ResourceName};
use countersign_domain::graph::selection::{Cursor, Page};
use countersign_domain::ids::{AppId, TenantId};

use super::View;
use crate::{StoreError, names, owners};

impl View {
    /// The owners of an object of this tenant, by id.
    pub async fn owners(
        &mut self,
        tenant_id: TenantId,
        object: Owned,
    ) -> Result<Vec<Owner>, StoreError> {
        owners::of_object(&mut self.session, tenant_id, object).await
    }

    /// A page of what somebody in this tenant owns and is not deleted, by id.
    pub async fn owned_objects(
        &mut self,
        tenant_id: TenantId,
        owner: Owner,
        after: Option<&Cursor>,
        limit: u32,
    ) -> Result<Page<Owned>, StoreError> {
        let session = &mut self.session;
        let after = after.map(|cursor| cursor.id.as_str()).unwrap_or_default();
        // One more tells whether there is a next page.
        let more = i64::from(limit) + 1;
        let mut items = owners::of_owner(session, tenant_id, owner, after, more).await?;
        let is_last = items.len() <= limit as usize;
        items.truncate(limit as usize);
        let last = items.last().filter(|_| !is_last);
        let next = last.map(|last| Cursor {
            value: None,
            id: last.uuid().to_string(),
        });
        Ok(Page {
            items,
            next,
            count: None,
        })
    }

    /// The client id of this tenant's application that has an App ID URI; letter case and one slash
    /// at the end do not count.
    pub async fn identifier_uri_holder(
        &mut self,
        tenant_id: TenantId,
        uri: &str,
    ) -> Result<Option<AppId>, StoreError> {
        names::holder(&mut self.session, tenant_id, &ResourceName::fold(uri)).await
    }
}
