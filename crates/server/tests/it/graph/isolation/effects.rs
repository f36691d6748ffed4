//! What a request that succeeded has changed.

use std::collections::BTreeSet;

use serde_json::Value;

use super::model::{Assignment, Caller, Kind, Life, Object, Right};
use super::operation::Operation;
use super::{World, text};

impl World {
    pub(super) fn change(&mut self, caller: &Caller, operation: &Operation, json: &Value) {
        use Operation as O;
        let tenant = caller.tenant;
        match operation {
            O::CreateApplication {
                name,
                role,
                is_multi_tenant,
                owner,
            } => {
                let mut owners: BTreeSet<_> = owner.iter().cloned().collect();
                if owners.is_empty() || caller.right == Right::Deployer {
                    owners.insert(caller.principal.clone());
                }
                let app_id = text(json, "appId");
                for mark in [name, role, &app_id] {
                    self.model.mark(tenant, mark);
                }
                let is_multi_tenant = *is_multi_tenant;
                let name = (name.clone(), role.clone());
                self.add(Object {
                    is_multi_tenant,
                    ..new(Kind::Application, tenant, json, name, owners)
                });
            }
            O::CreatePrincipal { app_id } => {
                let application = self.model.application(app_id).expect("it is there").clone();
                let owners = BTreeSet::from([caller.principal.clone()]);
                let name = (application.name, application.role);
                self.add(new(Kind::Principal, tenant, json, name, owners));
            }
            O::Patch(kind, id, text) => {
                self.model.mark(tenant, text);
                if *kind == Kind::Application {
                    self.model.rename(id, text);
                }
            }
            O::Delete(kind, id) => self.model.delete(*kind, id),
            O::AddSecret(_, id, name) => {
                let key_id = text(json, "keyId");
                self.model.mark(tenant, &key_id);
                self.model.mark(tenant, name);
                self.model.object_mut(id).secrets.push(key_id);
            }
            O::RemoveSecret(_, id, key_id) => {
                self.model
                    .object_mut(id)
                    .secrets
                    .retain(|one| one != key_id);
            }
            O::AddOwner(_, id, owner) => {
                self.model.object_mut(id).owners.insert(owner.clone());
            }
            O::RemoveOwner(_, id, owner) => {
                self.model.object_mut(id).owners.remove(owner);
            }
            O::Grant(_) => self.note_assignment(tenant, json),
            O::Revoke { assignment, .. } => {
                self.model.assignments.retain(|one| one.id != *assignment);
            }
            O::Restore(id) => self.model.restore(id),
            O::Purge(id) => self.model.purge(id),
            O::List(_)
            | O::ListDeleted(_)
            | O::Audits
            | O::Get(..)
            | O::Owners(..)
            | O::Held(_)
            | O::GetByIds(_) => {}
        }
    }

    pub(super) fn note_assignment(&mut self, tenant: usize, row: &Value) {
        let id = text(row, "id");
        self.model.mark(tenant, &id);
        self.model.assignments.push(Assignment {
            id,
            principal: text(row, "principalId"),
            resource: text(row, "resourceId"),
            role: text(row, "appRoleId"),
        });
    }

    fn add(&mut self, object: Object) {
        self.model.mark(object.tenant, &object.id);
        self.model.objects.push(object);
    }
}

/// An object as it was made.
fn new(
    kind: Kind,
    tenant: usize,
    json: &Value,
    (name, role): (String, String),
    owners: BTreeSet<String>,
) -> Object {
    Object {
        kind,
        tenant,
        id: text(json, "id"),
        app_id: text(json, "appId"),
        name,
        role,
        is_multi_tenant: false,
        secrets: Vec::new(),
        owners,
        life: Life::Live,
        is_fixed: false,
        attached: Vec::new(),
    }
}
