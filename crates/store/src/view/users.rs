use countersign_domain::directory::User;
use countersign_domain::graph::route::UserKey;
use countersign_domain::graph::selection::{Page, Selection, UserField, Value};
use countersign_domain::ids::TenantId;

use super::{View, map, only};
use crate::StoreError;
use crate::selection::{Column, Listing, page};
use crate::users::{UserRow, columns, user};

const USERS: Listing<UserField> = Listing {
    table: "users",
    columns: columns!(),
    from: "FROM users u WHERE u.tenant_id = $1",
    from_member: "FROM users u WHERE u.tenant_id = $1",
    id: "u.id",
    has_numbers: false,
    from_all: None,
    newest_by: None,
    column,
    words,
};

impl View {
    /// A user of this tenant.
    pub async fn user(
        &mut self,
        tenant_id: TenantId,
        key: &UserKey,
    ) -> Result<Option<User>, StoreError> {
        let one = match key {
            UserKey::Id(id) => only(UserField::Id, Value::Guid(id.uuid())),
            UserKey::UserPrincipalName(name) => {
                only(UserField::UserPrincipalName, Value::Text(name.clone()))
            }
        };
        let page = self.users(tenant_id, &one).await?;
        Ok(page.items.into_iter().next())
    }

    /// Users of this tenant.
    pub async fn users(
        &mut self,
        tenant_id: TenantId,
        selection: &Selection<UserField>,
    ) -> Result<Page<User>, StoreError> {
        let page: Page<UserRow> =
            page(&mut self.session, &USERS, &[tenant_id.into()], selection).await?;
        map(page, |rows| rows.into_iter().map(user).collect())
    }
}

fn column(field: UserField) -> Column {
    match field {
        UserField::Id => Column::Plain("u.id"),
        UserField::UserPrincipalName => Column::Folded("u.user_principal_name_folded"),
        UserField::DisplayName => Column::Folded("u.display_name_folded"),
        UserField::GivenName => Column::Folded("u.given_name_folded"),
        UserField::Surname => Column::Folded("u.surname_folded"),
        UserField::Mail => Column::Folded("u.mail_folded"),
        UserField::JobTitle => Column::Folded("u.job_title_folded"),
        UserField::AccountEnabled => Column::Bool("u.account_enabled"),
        UserField::CreatedDateTime => Column::Instant("u.created_at"),
    }
}

fn words(field: UserField) -> Option<&'static str> {
    match field {
        UserField::DisplayName => Some("u.display_name_words"),
        UserField::UserPrincipalName => Some("u.user_principal_name_words"),
        _ => None,
    }
}
