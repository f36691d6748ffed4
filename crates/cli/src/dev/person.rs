//! The person who administers a development server on the pages: invited at each start until the
//! link was used.

use countersign_domain::account::invitation::setup_path;
use countersign_domain::directory::{DirectoryRole, TenantState};
use countersign_domain::graph::permission::PLATFORM_TENANT_ID;
use countersign_store::Db;

use crate::admin::invite;

const LOCAL_PART: &str = "admin";

const DISPLAY_NAME: &str = "Administrator";

/// Who signs in to the portal of a development server.
pub(super) struct PortalAdministrator {
    /// The user name.
    pub(super) user_principal_name: String,
    /// The path of the setup link, until it was used.
    pub(super) setup_path: Option<String>,
}

/// The administrator of the default tenant, if it has a domain for the user name.
pub(super) async fn prepare(
    db: &Db,
    state: &[TenantState],
) -> anyhow::Result<Option<PortalAdministrator>> {
    let own = || {
        let states = state.iter();
        states.filter(|one| one.tenant.id != PLATFORM_TENANT_ID)
    };
    let default = own().find(|one| one.tenant.is_default);
    let Some(tenant) = default.or_else(|| own().next()) else {
        return Ok(None);
    };
    let Some(domain) = tenant.tenant.domains.first() else {
        return Ok(None);
    };
    let name = format!("{LOCAL_PART}@{}", domain.as_str());
    if can_sign_in(db, &name).await? {
        return Ok(Some(PortalAdministrator {
            user_principal_name: name,
            setup_path: None,
        }));
    }
    // Also whoever creates tenants: a development server has one administrator for everything.
    let roles = [
        DirectoryRole::GlobalAdministrator,
        DirectoryRole::TenantCreator,
    ];
    let activity = "Prepare development server";
    let invited = invite(db, &name, DISPLAY_NAME, &roles, activity).await?;
    Ok(Some(PortalAdministrator {
        user_principal_name: invited.user.user_principal_name,
        setup_path: Some(setup_path(&invited.token)),
    }))
}

/// Whether the person has a way to sign in; of one whose account is disabled that is not our matter.
async fn can_sign_in(db: &Db, name: &str) -> anyhow::Result<bool> {
    let Some(account) = db.account_named(name).await? else {
        return Ok(false);
    };
    let user = &account.person.user;
    let has_passkey = !db.passkeys_of(user.tenant_id, user.id).await?.is_empty();
    Ok(account.password.is_some() || has_passkey || !user.account_enabled)
}
