//! What the directory must hold, and what of it is whose.

use std::collections::{BTreeSet, HashMap, HashSet};

/// What an application has that calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Right {
    /// Every right of the API.
    Administrator,
    /// `Application.ReadWrite.OwnedBy`.
    Deployer,
    /// `Application.Read.All` and `Directory.Read.All`.
    Reader,
    Nobody,
}

impl Right {
    pub(super) const ALL: [Self; 4] = [
        Self::Administrator,
        Self::Deployer,
        Self::Reader,
        Self::Nobody,
    ];
}

/// An application that calls, in its tenant.
#[derive(Debug, Clone)]
pub(super) struct Caller {
    pub(super) tenant: usize,
    pub(super) right: Right,
    pub(super) principal: String,
    pub(super) token: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Application,
    Principal,
}

impl Kind {
    pub(super) fn collection(self) -> &'static str {
        match self {
            Self::Application => "applications",
            Self::Principal => "servicePrincipals",
        }
    }

    pub(super) fn singular(self) -> &'static str {
        match self {
            Self::Application => "application",
            Self::Principal => "servicePrincipal",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Life {
    Live,
    Deleted,
    /// A service principal that comes back with its application.
    DeletedWithApplication,
}

/// An application or a service principal.
#[derive(Debug, Clone)]
pub(super) struct Object {
    pub(super) kind: Kind,
    pub(super) tenant: usize,
    pub(super) id: String,
    pub(super) app_id: String,
    /// Of a service principal, as it was made: it is shown with that of its application.
    pub(super) name: String,
    /// The id of the role that the application declares.
    pub(super) role: String,
    pub(super) is_multi_tenant: bool,
    pub(super) secrets: Vec<String>,
    pub(super) owners: BTreeSet<String>,
    pub(super) life: Life,
    /// Needed for the test itself: not changed by its own tenant.
    pub(super) is_fixed: bool,
    /// The assignments that a deleted service principal had.
    pub(super) attached: Vec<Assignment>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Assignment {
    pub(super) id: String,
    pub(super) principal: String,
    pub(super) resource: String,
    pub(super) role: String,
}

/// Objects are in the order in which they were made, so that a seed chooses the same ones again.
#[derive(Debug, Default)]
pub(super) struct Model {
    pub(super) objects: Vec<Object>,
    pub(super) assignments: Vec<Assignment>,
    /// The service principal of Graph in each tenant, and the role of it that is granted.
    pub(super) graph: Vec<String>,
    pub(super) graph_role: String,
    /// Each id and name with the tenant that it is of.
    marks: HashMap<String, usize>,
    /// What a tenant may see of another: the face of an application that it has an instance of.
    shared: HashSet<(usize, String)>,
}

impl Model {
    /// Remembers whose an id or a name is.
    pub(super) fn mark(&mut self, tenant: usize, text: &str) {
        self.marks.insert(text.to_owned(), tenant);
    }

    /// The first id or name of another tenant in an answer that the request did not name itself.
    pub(super) fn leak<'a>(
        &self,
        tenant: usize,
        request: &str,
        answer: &'a str,
    ) -> Option<&'a str> {
        let is_part =
            |character: char| character.is_ascii_alphanumeric() || "-_".contains(character);
        answer.split(|character| !is_part(character)).find(|piece| {
            self.marks.get(*piece).is_some_and(|home| *home != tenant)
                && !request.contains(*piece)
                && !self.shared.contains(&(tenant, (*piece).to_owned()))
        })
    }

    pub(super) fn object(&self, id: &str) -> Option<&Object> {
        self.objects.iter().find(|object| object.id == id)
    }

    pub(super) fn object_mut(&mut self, id: &str) -> &mut Object {
        let found = self.objects.iter_mut().find(|object| object.id == id);
        found.expect("an object that is known")
    }

    /// An object of this tenant and type that is not deleted.
    pub(super) fn live(&self, tenant: usize, kind: Kind, id: &str) -> Option<&Object> {
        self.object(id).filter(|object| {
            object.tenant == tenant && object.kind == kind && object.life == Life::Live
        })
    }

    pub(super) fn application(&self, app_id: &str) -> Option<&Object> {
        let mut objects = self.objects.iter();
        objects.find(|object| object.kind == Kind::Application && object.app_id == app_id)
    }

    pub(super) fn instance(&self, tenant: usize, app_id: &str) -> Option<&Object> {
        self.objects.iter().find(|object| {
            object.kind == Kind::Principal
                && object.tenant == tenant
                && object.app_id == app_id
                && object.life == Life::Live
        })
    }

    /// Shows a tenant the face of another's application.
    pub(super) fn share(&mut self, tenant: usize, application: &Object, home: &str) {
        for text in [&application.app_id, &application.name, &application.role] {
            self.shared.insert((tenant, text.clone()));
        }
        self.shared.insert((tenant, home.to_owned()));
    }

    pub(super) fn rename(&mut self, id: &str, name: &str) {
        self.object_mut(id).name = name.to_owned();
        let app_id = self.object_mut(id).app_id.clone();
        let instances = self.objects.iter();
        let tenants: Vec<_> = instances
            .filter(|object| object.app_id == app_id)
            .map(|object| object.tenant)
            .collect();
        for tenant in tenants {
            self.shared.insert((tenant, name.to_owned()));
        }
    }

    /// Deletes an object, and with an application its instance at home.
    pub(super) fn delete(&mut self, kind: Kind, id: &str) {
        if kind == Kind::Principal {
            return self.move_away(id, Life::Deleted);
        }
        self.object_mut(id).life = Life::Deleted;
        let (tenant, app_id) = (
            self.object_mut(id).tenant,
            self.object_mut(id).app_id.clone(),
        );
        if let Some(instance) = self.instance(tenant, &app_id) {
            let instance = instance.id.clone();
            self.move_away(&instance, Life::DeletedWithApplication);
        }
    }

    fn move_away(&mut self, id: &str, life: Life) {
        let is_about = |one: &Assignment| one.principal == id || one.resource == id;
        let attached = self.assignments.iter().filter(|one| is_about(one));
        let attached: Vec<_> = attached.cloned().collect();
        self.assignments.retain(|one| !is_about(one));
        let object = self.object_mut(id);
        object.life = life;
        object.attached = attached;
    }

    pub(super) fn restore(&mut self, id: &str) {
        let object = self.object_mut(id);
        object.life = Life::Live;
        let (kind, tenant, app_id) = (object.kind, object.tenant, object.app_id.clone());
        let attached = std::mem::take(&mut object.attached);
        for one in attached {
            let is_there = |id: &str| self.live(tenant, Kind::Principal, id).is_some();
            if is_there(&one.principal) && is_there(&one.resource) {
                self.assignments.push(one);
            }
        }
        if kind == Kind::Application && self.instance(tenant, &app_id).is_none() {
            let instance = self.objects.iter().find(|object| {
                object.tenant == tenant
                    && object.app_id == app_id
                    && object.life == Life::DeletedWithApplication
            });
            if let Some(instance) = instance.map(|object| object.id.clone()) {
                self.restore(&instance);
            }
        }
    }

    /// Ends a deleted object; with an application all its instances everywhere.
    pub(super) fn purge(&mut self, id: &str) {
        let object = self.object_mut(id).clone();
        let goes = |other: &Object| match object.kind {
            Kind::Application => other.app_id == object.app_id,
            Kind::Principal => other.id == object.id,
        };
        let gone = self.objects.iter().filter(|other| goes(other));
        let gone: HashSet<_> = gone.map(|other| other.id.clone()).collect();
        self.objects.retain(|other| !gone.contains(&other.id));
        self.assignments
            .retain(|one| !gone.contains(&one.principal) && !gone.contains(&one.resource));
    }
}
