//! What keeps a tenant in the hands of its administrators: nobody takes the account of somebody who
//! has more power, and the last one who can sign in stays.

use countersign_domain::account::roles::{RoleRefusal, check_not_last, check_person};
use countersign_domain::directory::{DirectoryRole, Owner, User};
use countersign_domain::graph::error::GraphError;
use countersign_domain::graph::policy;
use countersign_store::{StoreError, View};

use super::work::Work;
use crate::graph::errors::of_store;

impl Work<'_> {
    /// Refuses to disable, rename or delete a user with directory roles, unless the caller may.
    pub(super) async fn check_administrator(&mut self, user: &User) -> Result<(), GraphError> {
        let held = self.roles_of(user).await.map_err(of_store)?;
        if held.is_empty() {
            return Ok(());
        }
        match self.caller() {
            Owner::User(id) => {
                let view = self.change.view();
                let actor = view.person(user.tenant_id, id).await.map_err(of_store)?;
                let actor = actor.map_or_else(Vec::new, |actor| actor.roles);
                check_person(&actor, &held).map_err(refused)
            }
            Owner::ServicePrincipal(_) => {
                match policy::may_change_administrator(&self.ask.caller.permissions, &held) {
                    true => Ok(()),
                    false => Err(GraphError::denied_because(
                        "Insufficient privileges to complete the operation. The user has directory \
                         roles, so only a caller with RoleManagement.ReadWrite.Directory can \
                         disable, rename or delete it, and no application a Tenant Creator.",
                    )),
                }
            }
        }
    }

    /// Refuses to disable or delete the last one who can administer the tenant.
    pub(super) async fn check_not_last(&mut self, user: &User) -> Result<(), GraphError> {
        let checked = not_last(self.change.view(), user).await;
        checked.map_err(of_store)?.map_err(refused)
    }

    async fn roles_of(&mut self, user: &User) -> Result<Vec<DirectoryRole>, StoreError> {
        let view = self.change.view();
        let person = view.person(user.tenant_id, user.id).await?;
        Ok(person.map_or_else(Vec::new, |person| person.roles))
    }
}

/// Whether the tenant keeps a Global Administrator who can sign in without this user.
pub(crate) async fn not_last(
    view: &mut View,
    user: &User,
) -> Result<Result<(), RoleRefusal>, StoreError> {
    let Some(person) = view.person(user.tenant_id, user.id).await? else {
        return Ok(Ok(()));
    };
    let means = view.sign_in_means_of(user.tenant_id, user.id).await?;
    let global = DirectoryRole::GlobalAdministrator;
    let able = view.people_with_role(user.tenant_id, global).await?;
    Ok(check_not_last(&person, means.can_sign_in(), able))
}

fn refused(refusal: RoleRefusal) -> GraphError {
    GraphError::denied_because(format!(
        "Insufficient privileges to complete the operation. {refusal}"
    ))
}
