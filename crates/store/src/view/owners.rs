use countersign_domain::directory::{Owned, Owner, ResourceName};
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

    /// What somebody in this tenant owns and is not deleted, by id.
    pub async fn owned_objects(
        &mut self,
        tenant_id: TenantId,
        owner: Owner,
    ) -> Result<Vec<Owned>, StoreError> {
        owners::of_owner(&mut self.session, tenant_id, owner).await
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
