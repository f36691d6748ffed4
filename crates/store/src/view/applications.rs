use countersign_domain::directory::{Application, KeyCredential, PasswordCredential};
use countersign_domain::graph::route::ApplicationKey;
use countersign_domain::graph::selection::{ApplicationField, Page, Selection, Value};
use countersign_domain::ids::{ApplicationId, TenantId};

use super::credentials::{Holders, keys, passwords};
use super::{View, map, only};
use crate::StoreError;
use crate::applications::{ApplicationRow, application, columns};
use crate::selection::{Column, Listing, page};

/// An application with its own credentials; those that one of its service principals has alone are
/// not among them.
#[derive(Debug, Clone)]
pub struct ApplicationRecord {
    /// The registration.
    pub application: Application,
    /// Its secrets, oldest first; empty where credentials were not asked for.
    pub passwords: Vec<PasswordCredential>,
    /// Its certificates, oldest first; empty where credentials were not asked for.
    pub keys: Vec<KeyCredential>,
}

pub(super) const LIVE: Listing<ApplicationField> = Listing {
    table: "applications",
    columns: columns!("a."),
    from: "FROM applications a WHERE a.tenant_id = $1 AND a.deleted_at IS NULL",
    from_member: "FROM applications a WHERE a.tenant_id || '' = $1 AND a.deleted_at IS NULL",
    id: "a.id",
    has_numbers: false,
    from_all: None,
    newest_by: None,
    column,
    words,
};

const DELETED_ONES: &str =
    "FROM applications a WHERE a.tenant_id = $1 AND a.deleted_at IS NOT NULL";

const DELETED: Listing<ApplicationField> = Listing {
    from: DELETED_ONES,
    from_member: DELETED_ONES,
    ..LIVE
};

impl View {
    /// An application of this tenant that is not deleted, with its credentials.
    pub async fn application(
        &mut self,
        tenant_id: TenantId,
        key: &ApplicationKey,
    ) -> Result<Option<ApplicationRecord>, StoreError> {
        let one = match key {
            ApplicationKey::Id(id) => only(ApplicationField::Id, Value::Guid(id.uuid())),
            ApplicationKey::AppId(id) => only(ApplicationField::AppId, Value::Guid(id.uuid())),
            ApplicationKey::UniqueName(name) => {
                only(ApplicationField::UniqueName, Value::Text(name.clone()))
            }
        };
        let page = self.listed(&LIVE, tenant_id, &one, true).await?;
        Ok(page.items.into_iter().next())
    }

    /// Applications of this tenant that are not deleted.
    pub async fn applications(
        &mut self,
        tenant_id: TenantId,
        selection: &Selection<ApplicationField>,
        with_credentials: bool,
    ) -> Result<Page<ApplicationRecord>, StoreError> {
        self.listed(&LIVE, tenant_id, selection, with_credentials)
            .await
    }

    /// A deleted application of this tenant, which can be restored.
    pub async fn deleted_application(
        &mut self,
        tenant_id: TenantId,
        id: ApplicationId,
    ) -> Result<Option<ApplicationRecord>, StoreError> {
        let one = only(ApplicationField::Id, Value::Guid(id.uuid()));
        let page = self.listed(&DELETED, tenant_id, &one, true).await?;
        Ok(page.items.into_iter().next())
    }

    /// Deleted applications of this tenant. They have given up their identifier URIs, so no
    /// condition on those finds them.
    pub async fn deleted_applications(
        &mut self,
        tenant_id: TenantId,
        selection: &Selection<ApplicationField>,
        with_credentials: bool,
    ) -> Result<Page<ApplicationRecord>, StoreError> {
        self.listed(&DELETED, tenant_id, selection, with_credentials)
            .await
    }

    async fn listed(
        &mut self,
        listing: &Listing<ApplicationField>,
        tenant_id: TenantId,
        selection: &Selection<ApplicationField>,
        with_credentials: bool,
    ) -> Result<Page<ApplicationRecord>, StoreError> {
        let page: Page<ApplicationRow> =
            page(&mut self.session, listing, &[tenant_id.into()], selection).await?;
        let mut page = map(page, |rows| rows.into_iter().map(record).collect())?;
        if with_credentials {
            self.give_credentials(&mut page.items).await?;
        }
        Ok(page)
    }

    /// Reads the credentials of all of them with one statement for each kind.
    async fn give_credentials(
        &mut self,
        records: &mut [ApplicationRecord],
    ) -> Result<(), StoreError> {
        let ids: Vec<_> = records.iter().map(|r| r.application.id.uuid()).collect();
        let mut passwords = passwords(&mut self.session, Holders::Applications, &ids).await?;
        let mut keys = keys(&mut self.session, Holders::Applications, &ids).await?;
        for record in records {
            let id = record.application.id.uuid();
            record.passwords = passwords.remove(&id).unwrap_or_default();
            record.keys = keys.remove(&id).unwrap_or_default();
        }
        Ok(())
    }
}

fn record(row: ApplicationRow) -> Result<ApplicationRecord, StoreError> {
    Ok(ApplicationRecord {
        application: application(row)?,
        passwords: Vec::new(),
        keys: Vec::new(),
    })
}

fn column(field: ApplicationField) -> Column {
    match field {
        ApplicationField::Id => Column::Plain("a.id"),
        ApplicationField::AppId => Column::Plain("a.app_id"),
        ApplicationField::DisplayName => Column::Folded("a.display_name_folded"),
        ApplicationField::UniqueName => Column::Folded("a.unique_name"),
        ApplicationField::SignInAudience => Column::Words(AUDIENCES),
        ApplicationField::IsDisabled => Column::Bool("a.is_disabled"),
        ApplicationField::CreatedDateTime => Column::Instant("a.created_at"),
        ApplicationField::DeletedDateTime => Column::Instant("a.deleted_at"),
        ApplicationField::IdentifierUris => Column::Members {
            pieces: &[(
                "a.app_id IN (SELECT m.app_id FROM application_identifier_uris m
                    WHERE m.tenant_id = $1 AND ",
                Column::Resource("m.folded"),
            )],
            end: ")",
            count: "(SELECT COUNT(*) FROM application_identifier_uris m
                     WHERE m.app_id = a.app_id)",
        },
        ApplicationField::Tags => Column::Members {
            pieces: &[(
                "a.id IN (SELECT m.object_id FROM object_tags m WHERE ",
                Column::Folded("m.folded"),
            )],
            end: ")",
            count: "(SELECT COUNT(*) FROM object_tags m WHERE m.object_id = a.id)",
        },
        ApplicationField::Owners => Column::Members {
            pieces: &[(
                "a.id IN (SELECT m.object_id FROM owners m WHERE m.tenant_id = $1 AND ",
                Column::Plain("m.owner_id"),
            )],
            end: ")",
            count: "(SELECT COUNT(*) FROM owners m WHERE m.object_id = a.id)",
        },
    }
}

const AUDIENCES: &[(&str, &str)] = &[
    ("AzureADMyOrg", "a.sign_in_audience = 'AzureADMyOrg'"),
    (
        "AzureADMultipleOrgs",
        "a.sign_in_audience = 'AzureADMultipleOrgs'",
    ),
    (
        "AzureADandPersonalMicrosoftAccount",
        "a.sign_in_audience = 'AzureADandPersonalMicrosoftAccount'",
    ),
    (
        "PersonalMicrosoftAccount",
        "a.sign_in_audience = 'PersonalMicrosoftAccount'",
    ),
];

fn words(field: ApplicationField) -> Option<&'static str> {
    (field == ApplicationField::DisplayName).then_some("a.display_name_words")
}
