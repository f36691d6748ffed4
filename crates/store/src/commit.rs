//! Changing the directory: a list of writes, whole or not at all.

use std::collections::HashMap;

use countersign_domain::clock::Timestamp;
use countersign_domain::directory::{AuditRecord, Change, ResourceName, Write};
use countersign_domain::ids::{ApplicationId, KeyId};

use crate::applications::Added;
use crate::changes::Noted;
use crate::credentials::Kind;
use crate::view::View;
use crate::{Db, StoreError};
use crate::{
    applications, assignments, audit, changes, credentials, deleted, federated_credentials,
    key_credentials, owners, passkeys, passwords, permission_grants, recovery_codes, revocations,
    role_members, service_principals, sessions, setup_links, tenants, user_credentials, users,
};

impl Db {
    /// Carries out all of `writes` in their order, or none, together with one audit record and the
    /// list of what other nodes must forget.
    ///
    /// A name that one write gives up (a domain, the default mark, an App ID URI, a federated
    /// subject) may be taken by another of the same list, whichever comes first.
    pub async fn commit(&self, writes: &[Write], record: &AuditRecord) -> Result<(), StoreError> {
        self.change().await?.commit(writes, record).await
    }

    /// Begins a change of the directory and waits for every other one to end: what is read from here
    /// on stays true until the change is committed, on every node. Dropped, nothing happens; until
    /// then every other writer waits.
    pub async fn change(&self) -> Result<DirectoryChange, StoreError> {
        Commit::begin(self).await.map(DirectoryChange)
    }
}

/// A change of the directory that has begun.
pub struct DirectoryChange(Commit);

impl DirectoryChange {
    /// What the directory holds, before the change.
    pub fn view(&mut self) -> &mut View {
        &mut self.0.view
    }

    /// Carries the writes out and ends the change, as [`Db::commit`] does.
    pub async fn commit(self, writes: &[Write], record: &AuditRecord) -> Result<(), StoreError> {
        let mut commit = self.0;
        for write in writes {
            revocations::note(&mut commit, write, record.at).await?;
        }
        for write in writes {
            release(&mut commit, write).await?;
        }
        for write in writes {
            carry_out(&mut commit, write, record.at).await?;
        }
        audit::add(&mut commit.view.session, commit.number, writes, record).await?;
        commit.finish().await
    }
}

/// A transaction that changes the directory. Dropped unfinished, it leaves nothing behind.
pub(crate) struct Commit {
    pub(crate) view: View,
    /// The number of this commit's first change.
    number: i64,
    noted: Noted,
    /// The names that applications held before their update.
    pub(crate) released: HashMap<ApplicationId, Vec<ResourceName>>,
    pub(crate) added: Added,
}

impl Commit {
    /// Begins, and waits for every other commit to end: from here to the end nothing else changes
    /// the directory, so what is read stays true.
    pub(crate) async fn begin(db: &Db) -> Result<Self, StoreError> {
        let turn = db.turns.change().await?;
        let mut session = db.transaction().await?;
        let number = changes::lock(&mut session).await?;
        Ok(Self {
            view: View {
                session,
                _turn: turn,
            },
            number,
            noted: Noted::default(),
            released: HashMap::new(),
            added: Added::default(),
        })
    }

    /// Writes down that something must be forgotten.
    pub(crate) fn note(&mut self, change: &Change) {
        self.noted.add(change);
    }

    /// The number of this commit's first change.
    pub(crate) fn number(&self) -> i64 {
        self.number
    }

    pub(crate) async fn finish(mut self) -> Result<(), StoreError> {
        changes::write(&mut self.view.session, self.number, self.noted).await?;
        self.view.session.commit().await
    }
}

/// Gives up the names of what `write` updates. What is not there yet may be added by the same list;
/// if it is not, the update itself says so.
async fn release(commit: &mut Commit, write: &Write) -> Result<(), StoreError> {
    let released = match write {
        Write::UpdateTenant(tenant) => tenants::release(commit, tenant.id).await,
        Write::UpdateApplication(application) => {
            applications::release(commit, application.tenant_id, application.id).await
        }
        Write::UpdateFederatedCredential {
            tenant_id,
            credential,
        } => {
            let application_id = credential.application_id;
            federated_credentials::release(commit, *tenant_id, application_id, credential.id).await
        }
        Write::RemoveFederatedCredential {
            tenant_id,
            application_id,
            id,
        } => federated_credentials::release(commit, *tenant_id, *application_id, *id).await,
        _ => Ok(()),
    };
    match released {
        Err(StoreError::NotFound { .. }) => Ok(()),
        other => other,
    }
}

async fn carry_out(commit: &mut Commit, write: &Write, at: Timestamp) -> Result<(), StoreError> {
    match write {
        Write::AddTenant(tenant) => tenants::add(commit, tenant).await,
        Write::UpdateTenant(tenant) => tenants::update(commit, tenant).await,
        Write::AddApplication(application) => applications::add(commit, application).await,
        Write::UpdateApplication(application) => applications::update(commit, application).await,
        Write::DeleteApplication { tenant_id, id, at } => {
            applications::delete(commit, *tenant_id, *id, *at).await
        }
        Write::AddServicePrincipal(principal) => service_principals::add(commit, principal).await,
        Write::UpdateServicePrincipal(principal) => {
            service_principals::update(commit, principal).await
        }
        Write::RemoveServicePrincipal { tenant_id, id } => {
            deleted::move_away(commit, *tenant_id, *id, at, false).await
        }
        Write::AddPassword {
            tenant_id,
            password,
        } => passwords::add(commit, *tenant_id, password).await,
        Write::UpdatePassword {
            tenant_id,
            password,
        } => passwords::update(commit, *tenant_id, password).await,
        Write::RemovePassword {
            tenant_id,
            application_id,
            key_id,
        } => credentials::remove(commit, Kind::Secret, *tenant_id, *application_id, *key_id).await,
        Write::AddKey { tenant_id, key } => key_credentials::add(commit, *tenant_id, key).await,
        Write::UpdateKey { tenant_id, key } => {
            key_credentials::update(commit, *tenant_id, key).await
        }
        Write::RemoveKey {
            tenant_id,
            application_id,
            key_id,
        } => {
            credentials::remove(
                commit,
                Kind::Certificate,
                *tenant_id,
                *application_id,
                *key_id,
            )
            .await
        }
        Write::AddFederatedCredential {
            tenant_id,
            credential,
        } => federated_credentials::add(commit, *tenant_id, credential).await,
        Write::UpdateFederatedCredential {
            tenant_id,
            credential,
        } => federated_credentials::update(commit, *tenant_id, credential).await,
        Write::RemoveFederatedCredential {
            tenant_id,
            application_id,
            id,
        } => {
            let key_id = KeyId::new(id.uuid());
            credentials::remove(commit, Kind::Federated, *tenant_id, *application_id, key_id).await
        }
        Write::AddAssignment(assignment) => assignments::add(commit, assignment).await,
        Write::RemoveAssignment { tenant_id, id } => {
            assignments::remove(commit, *tenant_id, *id).await
        }
        Write::AddOwner(ownership) => owners::add(commit, ownership).await,
        Write::RemoveOwner(ownership) => owners::remove(commit, ownership).await,
        Write::AddPermissionGrant(grant) => permission_grants::add(commit, grant).await,
        Write::UpdatePermissionGrant(grant) => permission_grants::update(commit, grant).await,
        Write::RemovePermissionGrant { tenant_id, id } => {
            permission_grants::remove(commit, *tenant_id, *id).await
        }
        Write::RestoreApplication { tenant_id, id } => {
            applications::restore(commit, *tenant_id, *id).await
        }
        Write::PurgeApplication { tenant_id, id } => {
            applications::purge(commit, *tenant_id, *id).await
        }
        Write::RestoreServicePrincipal { tenant_id, id } => {
            deleted::restore(commit, *tenant_id, *id).await
        }
        Write::PurgeServicePrincipal { tenant_id, id } => {
            deleted::purge(commit, *tenant_id, *id).await
        }
        Write::AddUser(user) => users::add(commit, user).await,
        Write::UpdateUser(user) => users::update(commit, user).await,
        Write::RemoveUser { tenant_id, id } => users::remove(commit, *tenant_id, *id).await,
        Write::AddRoleMember {
            tenant_id,
            user_id,
            role,
        } => role_members::add(commit, (*tenant_id, *user_id), *role, at).await,
        Write::RemoveRoleMember {
            tenant_id,
            user_id,
            role,
        } => role_members::remove(commit, (*tenant_id, *user_id), *role).await,
        Write::SetUserPassword {
            tenant_id,
            user_id,
            hash,
        } => {
            let whose = (*tenant_id, *user_id);
            user_credentials::set_password(commit, whose, (hash, at), None).await
        }
        Write::ChangeUserPassword {
            tenant_id,
            user_id,
            hash,
            session,
        } => {
            let whose = (*tenant_id, *user_id);
            user_credentials::set_password(commit, whose, (hash, at), Some(session)).await
        }
        Write::RemoveUserPassword {
            tenant_id,
            user_id,
            session,
        } => user_credentials::remove_password(commit, (*tenant_id, *user_id), session).await,
        Write::AddPasskey(passkey) => passkeys::add(commit, passkey).await,
        Write::RemovePasskey {
            tenant_id,
            user_id,
            id,
            session,
        } => passkeys::remove(commit, (*tenant_id, *user_id), id, session).await,
        Write::SetAuthenticator(authenticator) => {
            user_credentials::set_authenticator(commit, authenticator).await
        }
        Write::RemoveAuthenticator {
            tenant_id,
            user_id,
            session,
        } => user_credentials::remove_authenticator(commit, (*tenant_id, *user_id), session).await,
        Write::SetRecoveryCodes {
            tenant_id,
            user_id,
            hashes,
        } => recovery_codes::set(commit, (*tenant_id, *user_id), hashes).await,
        Write::EndSessions { tenant_id, user_id } => {
            let session = &mut commit.view.session;
            let ended = sessions::end_all(session, *tenant_id, *user_id, None).await;
            ended.map(drop)
        }
        Write::SetSetupLink(link) => setup_links::set(commit, link).await,
        Write::UseSetupLink {
            tenant_id,
            user_id,
            hash,
        } => setup_links::use_up(commit, (*tenant_id, *user_id), hash, at).await,
    }
}
