//! Who may do what, in words of its own: not read from the table that the server is built from.

use super::model::{Assignment, Caller, Kind, Life, Model, Object, Right};
use super::operation::Operation;

impl Model {
    /// Whether somebody who signs in as this object can do what a deployer cannot.
    fn has_power(&self, object: &Object) -> bool {
        let is_power = |one: &&Assignment| self.graph.contains(&one.resource);
        let is_held = |other: &Object| {
            let live = self.assignments.iter();
            live.chain(&other.attached)
                .filter(is_power)
                .any(|one| one.principal == other.id)
        };
        match object.kind {
            Kind::Principal if object.life == Life::Live => is_held(object),
            _ => self
                .objects
                .iter()
                .filter(|other| other.app_id == object.app_id)
                .any(is_held),
        }
    }

    /// The status of the answer.
    pub(super) fn expected(&self, caller: &Caller, operation: &Operation) -> u16 {
        self.judge(caller, operation)
            .unwrap_or_else(|status| status)
    }

    fn judge(&self, caller: &Caller, operation: &Operation) -> Result<u16, u16> {
        use Operation as O;
        let is = |rights: &[Right]| match rights.contains(&caller.right) {
            true => Ok(()),
            false => Err(403),
        };
        let (admin, deployer, reader) = (Right::Administrator, Right::Deployer, Right::Reader);
        let there = |kind, id: &str| self.live(caller.tenant, kind, id).ok_or(404_u16);
        let is_principal = |id: &str| self.live(caller.tenant, Kind::Principal, id).is_some();
        match operation {
            O::List(_) | O::ListDeleted(_) => is(&[admin, deployer, reader]).map(|()| 200),
            O::Get(kind, id) | O::Owners(kind, id) => {
                is(&[admin, deployer, reader])?;
                there(*kind, id).map(|_| 200)
            }
            O::Held(id) => {
                is(&[admin, deployer, reader])?;
                there(Kind::Principal, id).map(|_| 200)
            }
            O::Audits => is(&[admin]).map(|()| 200),
            O::GetByIds(_) => is(&[admin, reader]).map(|()| 200),
            O::CreateApplication { owner, .. } => {
                is(&[admin, deployer])?;
                match owner.as_deref().is_none_or(is_principal) {
                    true => Ok(201),
                    false => Err(400),
                }
            }
            O::CreatePrincipal { app_id } => {
                is(&[admin, deployer])?;
                let application = self.application(app_id).filter(|application| {
                    let is_usable =
                        application.tenant == caller.tenant || application.is_multi_tenant;
                    application.life == Life::Live && is_usable
                });
                let application = application.ok_or(400_u16)?;
                let is_owned = application.tenant == caller.tenant
                    && application.owners.contains(&caller.principal);
                if caller.right == deployer && !is_owned {
                    return Err(403);
                }
                match self.instance(caller.tenant, app_id) {
                    Some(_) => Err(400),
                    None => Ok(201),
                }
            }
            O::Patch(kind, id, _) | O::Delete(kind, id) => {
                self.changeable(caller, *kind, id).map(|_| 204)
            }
            O::AddSecret(kind, id, _) => {
                let object = self.changeable(caller, *kind, id)?;
                self.takeable(caller, object).map(|()| 200)
            }
            O::RemoveSecret(kind, id, key_id) => {
                let object = self.changeable(caller, *kind, id)?;
                match object.secrets.contains(key_id) {
                    true => Ok(204),
                    false => Err(400),
                }
            }
            O::AddOwner(kind, id, owner) => {
                let object = self.changeable(caller, *kind, id)?;
                self.takeable(caller, object)?;
                match (is_principal(owner), object.owners.contains(owner)) {
                    (false, _) => Err(404),
                    (true, true) => Err(400),
                    (true, false) => Ok(204),
                }
            }
            O::RemoveOwner(kind, id, owner) => {
                let object = self.changeable(caller, *kind, id)?;
                match object.owners.contains(owner) {
                    true => Ok(204),
                    false => Err(404),
                }
            }
            O::Grant(new) => {
                is(&[admin])?;
                there(Kind::Principal, &new.principal)?;
                let resource = self.live(caller.tenant, Kind::Principal, &new.resource);
                let resource = resource.ok_or(400_u16)?;
                let exists = self.assignments.iter().any(|one| {
                    (&one.principal, &one.resource, &one.role)
                        == (&new.principal, &new.resource, &new.role)
                });
                match resource.role == new.role && !exists {
                    true => Ok(201),
                    false => Err(400),
                }
            }
            O::Revoke { path, assignment } => {
                is(&[admin])?;
                there(Kind::Principal, path)?;
                let mut all = self.assignments.iter();
                match all.any(|one| one.id == *assignment && one.principal == *path) {
                    true => Ok(204),
                    false => Err(404),
                }
            }
            O::Restore(id) => {
                let object = self.deleted(caller, id)?;
                if caller.right != admin && self.has_power(object) {
                    return Err(403);
                }
                let application = self.application(&object.app_id);
                let is_restorable = object.kind == Kind::Application
                    || (application.is_some_and(|application| application.life == Life::Live)
                        && self.instance(caller.tenant, &object.app_id).is_none());
                match is_restorable {
                    true => Ok(200),
                    false => Err(400),
                }
            }
            O::Purge(id) => self.deleted(caller, id).map(|_| 204),
        }
    }

    fn changeable(&self, caller: &Caller, kind: Kind, id: &str) -> Result<&Object, u16> {
        if !matches!(caller.right, Right::Administrator | Right::Deployer) {
            return Err(403);
        }
        let object = self.live(caller.tenant, kind, id).ok_or(404_u16)?;
        match caller.right == Right::Administrator || object.owners.contains(&caller.principal) {
            true => Ok(object),
            false => Err(403),
        }
    }

    fn takeable(&self, caller: &Caller, object: &Object) -> Result<(), u16> {
        match caller.right == Right::Administrator || !self.has_power(object) {
            true => Ok(()),
            false => Err(403),
        }
    }

    /// Who owned a service principal does so again once it is back, and not before.
    fn deleted(&self, caller: &Caller, id: &str) -> Result<&Object, u16> {
        if !matches!(caller.right, Right::Administrator | Right::Deployer) {
            return Err(403);
        }
        let object = self
            .object(id)
            .filter(|object| object.tenant == caller.tenant && object.life != Life::Live);
        let object = object.ok_or(404_u16)?;
        let is_owned =
            object.kind == Kind::Application && object.owners.contains(&caller.principal);
        match caller.right == Right::Administrator || is_owned {
            true => Ok(object),
            false => Err(403),
        }
    }
}
