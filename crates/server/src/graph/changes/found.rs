//! An application or a service principal with all that a change of it looks at.

use countersign_domain::directory::{
    Application, KeyCredential, Owned, Owner, PasswordCredential, ServicePrincipal, Tenant,
};
use countersign_domain::graph::audit::Target;
use countersign_domain::graph::wire::{
    ApplicationParts, ServicePrincipalParts, application, service_principal,
};
use countersign_domain::ids::{KeyId, ServicePrincipalId};

use countersign_domain::graph::wire::Object as Members;

/// What was found, as it is inside the commit lock.
#[derive(Debug, Clone)]
pub(super) struct Found {
    /// The registration; of a service principal, the one it is an instance of.
    pub(super) application: Application,
    /// Which of the two the request is about.
    pub(super) about: About,
    /// The secrets of that one, not those of the other.
    pub(super) passwords: Vec<PasswordCredential>,
    /// The certificates of that one, not those of the other.
    pub(super) keys: Vec<KeyCredential>,
    /// The owners of that one.
    pub(super) owners: Vec<Owner>,
}

/// What a request is about.
#[derive(Debug, Clone)]
pub(super) enum About {
    /// The registration.
    Application,
    /// The instance in the tenant.
    ServicePrincipal(Box<ServicePrincipal>),
}

impl Found {
    pub(super) fn object(&self) -> Owned {
        match &self.about {
            About::Application => Owned::Application(self.application.id),
            About::ServicePrincipal(principal) => Owned::ServicePrincipal(principal.id),
        }
    }

    /// The instance that a credential of this object is for; nothing for the application's own.
    pub(super) fn instance(&self) -> Option<ServicePrincipalId> {
        match &self.about {
            About::Application => None,
            About::ServicePrincipal(principal) => Some(principal.id),
        }
    }

    /// As the audit names it.
    pub(super) fn target(&self) -> Target {
        match &self.about {
            About::Application => Target::application(&self.application),
            About::ServicePrincipal(principal) => {
                Target::service_principal(principal, &self.application)
            }
        }
    }

    /// The whole object, as it is read: its version is made from this.
    pub(super) fn shown(&self, tenant: &Tenant) -> Members {
        match &self.about {
            About::Application => {
                shown_application(&self.application, &self.passwords, &self.keys, tenant)
            }
            About::ServicePrincipal(principal) => service_principal(&self.parts(principal)),
        }
    }

    /// A service principal with what this one has beside it.
    pub(super) fn parts<'p>(
        &'p self,
        principal: &'p ServicePrincipal,
    ) -> ServicePrincipalParts<'p> {
        ServicePrincipalParts {
            principal,
            application: &self.application,
            passwords: &self.passwords,
            keys: &self.keys,
            deleted_at: None,
            shows_keys: false,
        }
    }
}

/// The whole object of an application with its own credentials.
pub(super) fn shown_application(
    of: &Application,
    passwords: &[PasswordCredential],
    keys: &[KeyCredential],
    tenant: &Tenant,
) -> Members {
    application(&ApplicationParts {
        application: of,
        passwords,
        keys,
        publisher_domain: tenant.domains.first(),
        shows_keys: false,
    })
}

/// The certificates of an object after a change of the set.
pub(super) fn keys_after(
    before: &[KeyCredential],
    removed: &[KeyId],
    changed: &[KeyCredential],
    added: &[KeyCredential],
) -> Vec<KeyCredential> {
    let kept = before.iter().filter(|key| !removed.contains(&key.key_id));
    let kept = kept.map(|key| {
        let mut changed = changed.iter();
        changed
            .find(|new| new.key_id == key.key_id)
            .unwrap_or(key)
            .clone()
    });
    kept.chain(added.iter().cloned()).collect()
}
