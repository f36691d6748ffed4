//! What each write means for a state.

use crate::directory::{TenantState, Write};
use crate::ids::{ServicePrincipalId, TenantId};

pub(super) fn apply(tenants: &mut Vec<TenantState>, write: Write) {
    match write {
        Write::AddTenant(tenant) => {
            assert!(!tenants.iter().any(|state| state.tenant.id == tenant.id));
            tenants.push(TenantState {
                tenant,
                applications: Vec::new(),
                service_principals: Vec::new(),
                keys: Vec::new(),
                federated: Vec::new(),
                passwords: Vec::new(),
                assignments: Vec::new(),
                users: Vec::new(),
                administrators: Vec::new(),
            });
            check_tenants(tenants);
        }
        Write::UpdateTenant(tenant) => {
            state(tenants, tenant.id).tenant = tenant.clone();
            check_tenants(tenants);
        }
        Write::AddApplication(application) => {
            let all = &mut state(tenants, application.tenant_id).applications;
            assert!(all.iter().all(|other| other.id != application.id));
            all.push(application);
            check_uris(tenants);
        }
        Write::UpdateApplication(application) => {
            let all = &mut state(tenants, application.tenant_id).applications;
            *find(all, |other| other.id == application.id) = application.clone();
            check_uris(tenants);
        }
        Write::DeleteApplication { tenant_id, id, .. } => {
            let state = state(tenants, tenant_id);
            let app_id = find(&mut state.applications, |other| other.id == id).app_id;
            state.applications.retain(|other| other.id != id);
            state
                .passwords
                .retain(|password| password.application_id != id);
            state.keys.retain(|key| key.application_id != id);
            state.federated.retain(|other| other.application_id != id);
            let principals = &state.service_principals;
            let own = principals
                .iter()
                .find(|principal| principal.app_id == app_id);
            if let Some(id) = own.map(|principal| principal.id) {
                remove_principal(state, id);
            }
        }
        Write::AddServicePrincipal(principal) => {
            let known = tenants.iter().flat_map(|state| &state.applications);
            assert!(
                known
                    .clone()
                    .any(|application| application.app_id == principal.app_id)
            );
            let state = state(tenants, principal.tenant_id);
            let mut others = state.service_principals.iter();
            assert!(
                others.all(|other| other.app_id != principal.app_id && other.id != principal.id)
            );
            state.service_principals.push(principal);
        }
        Write::UpdateServicePrincipal(principal) => {
            let all = &mut state(tenants, principal.tenant_id).service_principals;
            *find(all, |other| other.id == principal.id) = principal.clone();
        }
        Write::RemoveServicePrincipal { tenant_id, id } => {
            let state = state(tenants, tenant_id);
            find(&mut state.service_principals, |other| other.id == id);
            remove_principal(state, id);
        }
        Write::AddPassword {
            tenant_id,
            password,
        } => {
            let state = state(tenants, tenant_id);
            find(&mut state.applications, |owner| {
                owner.id == password.application_id
            });
            assert!(
                state
                    .passwords
                    .iter()
                    .all(|other| other.key_id != password.key_id)
            );
            state.passwords.push(password);
        }
        Write::UpdatePassword {
            tenant_id,
            password,
        } => {
            let all = &mut state(tenants, tenant_id).passwords;
            *find(all, |other| other.key_id == password.key_id) = password.clone();
        }
        Write::RemovePassword {
            tenant_id, key_id, ..
        } => {
            let all = &mut state(tenants, tenant_id).passwords;
            find(all, |other| other.key_id == key_id);
            all.retain(|other| other.key_id != key_id);
        }
        Write::AddKey { tenant_id, key } => {
            let state = state(tenants, tenant_id);
            find(&mut state.applications, |owner| {
                owner.id == key.application_id
            });
            let mut others = state.keys.iter();
            assert!(others.all(|other| other.key_id != key.key_id));
            state.keys.push(key);
        }
        Write::UpdateKey { tenant_id, key } => {
            let all = &mut state(tenants, tenant_id).keys;
            let stored = find(all, |other| other.key_id == key.key_id);
            assert_eq!(stored.certificate, key.certificate, "the bytes stay");
            *stored = key;
        }
        Write::RemoveKey {
            tenant_id, key_id, ..
        } => {
            let all = &mut state(tenants, tenant_id).keys;
            find(all, |other| other.key_id == key_id);
            all.retain(|other| other.key_id != key_id);
        }
        Write::AddFederatedCredential {
            tenant_id,
            credential,
        } => {
            let state = state(tenants, tenant_id);
            find(&mut state.applications, |owner| {
                owner.id == credential.application_id
            });
            let mut others = state.federated.iter();
            assert!(others.all(|other| other.id != credential.id));
            state.federated.push(credential);
            check_federated(state);
        }
        Write::UpdateFederatedCredential {
            tenant_id,
            credential,
        } => {
            let state = state(tenants, tenant_id);
            let stored = find(&mut state.federated, |other| other.id == credential.id);
            assert_eq!(stored.name, credential.name, "the name stays");
            *stored = credential;
            check_federated(state);
        }
        Write::RemoveFederatedCredential { tenant_id, id, .. } => {
            let all = &mut state(tenants, tenant_id).federated;
            find(all, |other| other.id == id);
            all.retain(|other| other.id != id);
        }
        Write::AddAssignment(assignment) => {
            let state = state(tenants, assignment.tenant_id);
            for id in [assignment.principal_id, assignment.resource_id] {
                find(&mut state.service_principals, |principal| {
                    principal.id == id
                });
            }
            state.assignments.push(assignment);
        }
        Write::RemoveAssignment { tenant_id, id } => {
            let all = &mut state(tenants, tenant_id).assignments;
            find(all, |other| other.id == id);
            all.retain(|other| other.id != id);
        }
        Write::AddOwner(_)
        | Write::RemoveOwner(_)
        | Write::AddPermissionGrant(_)
        | Write::UpdatePermissionGrant(_)
        | Write::RemovePermissionGrant { .. }
        | Write::RestoreApplication { .. }
        | Write::PurgeApplication { .. }
        | Write::RestoreServicePrincipal { .. }
        | Write::PurgeServicePrincipal { .. }
        | Write::AddRoleMember { .. }
        | Write::RemoveRoleMember { .. }
        | Write::SetUserPassword { .. }
        | Write::ChangeUserPassword { .. }
        | Write::RemoveUserPassword { .. }
        | Write::AddPasskey(_)
        | Write::RemovePasskey { .. }
        | Write::SetAuthenticator(_)
        | Write::RemoveAuthenticator { .. }
        | Write::SetRecoveryCodes { .. }
        | Write::EndSessions { .. }
        | Write::SetSetupLink(_)
        | Write::UseSetupLink { .. } => panic!("no directory file says this"),
        Write::AddUser(user) => {
            state(tenants, user.tenant_id).users.push(user.clone());
            check_users(state(tenants, user.tenant_id));
        }
        Write::UpdateUser(user) => {
            let state = state(tenants, user.tenant_id);
            *find(&mut state.users, |other| other.id == user.id) = user.clone();
            check_users(state);
        }
        Write::RemoveUser { tenant_id, id } => {
            let all = &mut state(tenants, tenant_id).users;
            find(all, |other| other.id == id);
            all.retain(|other| other.id != id);
        }
    }
}

fn remove_principal(state: &mut TenantState, id: ServicePrincipalId) {
    state
        .service_principals
        .retain(|principal| principal.id != id);
    state
        .assignments
        .retain(|assignment| assignment.principal_id != id && assignment.resource_id != id);
}

fn state(tenants: &mut [TenantState], id: TenantId) -> &mut TenantState {
    find(tenants, |state| state.tenant.id == id)
}

fn find<T>(all: &mut [T], is_it: impl Fn(&T) -> bool) -> &mut T {
    all.iter_mut()
        .find(|item| is_it(item))
        .expect("a write refers to what is there")
}

fn check_tenants(tenants: &[TenantState]) {
    let defaults = tenants
        .iter()
        .filter(|state| state.tenant.is_default)
        .count();
    assert!(defaults <= 1, "two default tenants");
    let mut domains: Vec<_> = tenants
        .iter()
        .flat_map(|state| &state.tenant.domains)
        .collect();
    let count = domains.len();
    domains.sort();
    domains.dedup();
    assert_eq!(domains.len(), count, "a domain of two tenants");
}

fn check_uris(tenants: &[TenantState]) {
    for state in tenants {
        let uris = state
            .applications
            .iter()
            .flat_map(|application| &application.identifier_uris);
        let mut uris: Vec<_> = uris.map(|uri| uri.to_lowercase()).collect();
        let count = uris.len();
        uris.sort();
        uris.dedup();
        assert_eq!(uris.len(), count, "a URI of two applications");
    }
}

/// Within an application a name stands for one credential, and so do an issuer and a subject.
fn check_federated(state: &TenantState) {
    for (index, one) in state.federated.iter().enumerate() {
        for other in &state.federated[..index] {
            let is_same_name = one.name == other.name;
            let is_same_token = one.issuer == other.issuer && one.subject == other.subject;
            assert!(
                one.application_id != other.application_id || !is_same_name && !is_same_token,
                "two credentials for one token or name"
            );
        }
    }
}

fn check_users(state: &TenantState) {
    let mut names: Vec<_> = state
        .users
        .iter()
        .map(|user| user.user_principal_name.to_lowercase())
        .collect();
    let count = names.len();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), count, "a name of two users");
}
