//! Requests drawn at random, with ids of all tenants.

use std::fmt::Write as _;

use countersign_testkit::random::SeededRandom;

use super::model::{Assignment, Caller, Kind, Life, Model, Object};
use super::operation::Operation;

/// As many applications as there are at a time, roughly.
const APPLICATIONS_MAX: usize = 120;

/// Draws what is asked next.
pub(super) struct Draw<'a> {
    pub(super) random: &'a SeededRandom,
    pub(super) model: &'a Model,
    pub(super) caller: &'a Caller,
}

impl Draw<'_> {
    pub(super) fn operation(&self) -> Operation {
        use Operation as O;
        let kind = match self.random.below(2) {
            0 => Kind::Application,
            _ => Kind::Principal,
        };
        match self.random.below(40) {
            0 | 1 => O::List(kind),
            2 => O::ListDeleted(kind),
            3 => O::Audits,
            4..=6 => O::Get(self.kind(kind), self.any(kind)),
            7 => O::Owners(kind, self.any(kind)),
            8 | 9 => O::Held(self.any(Kind::Principal)),
            10 | 11 => {
                let kinds = [Kind::Application, Kind::Principal];
                O::GetByIds((0..8).map(|number| self.any(kinds[number % 2])).collect())
            }
            12..=15 => self.application(),
            16..=18 => O::CreatePrincipal {
                app_id: self.app_id(),
            },
            19..=21 => O::Patch(self.kind(kind), self.target(kind), self.name()),
            22 => O::Delete(self.kind(kind), self.target(kind)),
            23..=25 => O::AddSecret(self.kind(kind), self.target(kind), self.name()),
            26 | 27 => {
                let id = self.target(kind);
                O::RemoveSecret(kind, id.clone(), self.secret(&id))
            }
            28..=30 => O::AddOwner(self.kind(kind), self.target(kind), self.fixed()),
            31 => O::RemoveOwner(kind, self.target(kind), self.fixed()),
            32..=34 => O::Grant(self.assignment()),
            35 | 36 => self.revoke(),
            37 | 38 => O::Restore(self.deleted()),
            _ => O::Purge(self.deleted()),
        }
    }

    fn application(&self) -> Operation {
        let applications = self.model.objects.iter();
        let applications = applications
            .filter(|one| one.kind == Kind::Application)
            .count();
        if applications > APPLICATIONS_MAX {
            return match self.random.below(2) {
                0 => Operation::Purge(self.deleted()),
                _ => Operation::Delete(Kind::Application, self.target(Kind::Application)),
            };
        }
        Operation::CreateApplication {
            name: self.name(),
            role: self.guid(),
            is_multi_tenant: self.random.below(4) == 0,
            owner: (self.random.below(3) == 0).then(|| self.fixed()),
        }
    }

    fn assignment(&self) -> Assignment {
        let resource = match self.random.below(6) {
            0 => self.one(&self.model.graph).clone(),
            _ => self.any(Kind::Principal),
        };
        let role = self
            .model
            .object(&resource)
            .map(|object| object.role.clone());
        Assignment {
            id: String::new(),
            principal: self.target(Kind::Principal),
            resource,
            role: role.expect("a service principal that is known"),
        }
    }

    /// Below its own service principal, or another's.
    fn revoke(&self) -> Operation {
        let own = self.random.below(2) == 0;
        let all = self.model.assignments.iter().filter(|one| {
            let principal = self.model.object(&one.principal);
            principal.is_some_and(|principal| {
                let is_near = !own || principal.tenant == self.caller.tenant;
                is_near && self.may_change(principal)
            })
        });
        let all: Vec<_> = all.collect();
        if all.is_empty() {
            return Operation::Held(self.any(Kind::Principal));
        }
        let one = self.one(&all);
        let path = match self.random.below(4) {
            0 => self.target(Kind::Principal),
            _ => one.principal.clone(),
        };
        Operation::Revoke {
            path,
            assignment: one.id.clone(),
        }
    }

    /// Mostly the right type for an id, and now and then the other.
    fn kind(&self, kind: Kind) -> Kind {
        match (self.random.below(20), kind) {
            (0, Kind::Application) => Kind::Principal,
            (0, Kind::Principal) => Kind::Application,
            (_, kind) => kind,
        }
    }

    /// What lets the test go on is not changed by its own tenant; another's tries are welcome.
    fn may_change(&self, object: &Object) -> bool {
        !object.is_fixed || object.tenant != self.caller.tenant
    }

    fn any(&self, kind: Kind) -> String {
        self.pick(|object| object.kind == kind).id.clone()
    }

    fn target(&self, kind: Kind) -> String {
        let found = self.pick(|object| object.kind == kind && self.may_change(object));
        found.id.clone()
    }

    /// Owners are of those that are never deleted: the model has no owners that come back.
    fn fixed(&self) -> String {
        let found = self.pick(|object| object.kind == Kind::Principal && object.is_fixed);
        found.id.clone()
    }

    fn app_id(&self) -> String {
        let found = self.pick(|object| object.kind == Kind::Application);
        found.app_id.clone()
    }

    fn deleted(&self) -> String {
        let is_deleted = |object: &Object| object.life != Life::Live;
        match self.model.objects.iter().any(is_deleted) && self.random.below(10) > 0 {
            true => self.pick(is_deleted).id.clone(),
            false => self.target(Kind::Application),
        }
    }

    /// Of this object, or of any.
    fn secret(&self, id: &str) -> String {
        let object = match self.random.below(4) {
            0 => Some(self.pick(|_| true)),
            _ => self.model.object(id),
        };
        let secrets = object.into_iter().flat_map(|object| &object.secrets);
        secrets.last().cloned().unwrap_or_else(|| self.guid())
    }

    /// One of these: every second time of the caller's own tenant.
    fn pick(&self, wanted: impl Fn(&Object) -> bool) -> &Object {
        let own = self.random.below(2) == 0;
        let all = || self.model.objects.iter().filter(|object| wanted(object));
        let mut found: Vec<_> = all()
            .filter(|object| !own || object.tenant == self.caller.tenant)
            .collect();
        if found.is_empty() {
            found = all().collect();
        }
        found[self.random.below(found.len())]
    }

    fn one<'t, T>(&self, of: &'t [T]) -> &'t T {
        &of[self.random.below(of.len())]
    }

    fn name(&self) -> String {
        format!("nm-{:016x}", self.random.next())
    }

    fn guid(&self) -> String {
        let mut text = String::new();
        write!(
            text,
            "{:032x}",
            u128::from(self.random.next()) << 64 | u128::from(self.random.next())
        )
        .expect("a text grows");
        let part = |from: usize, to: usize| &text[from..to];
        format!(
            "{}-{}-4{}-8{}-{}",
            part(0, 8),
            part(8, 12),
            part(13, 16),
            part(17, 20),
            part(20, 32)
        )
    }
}
