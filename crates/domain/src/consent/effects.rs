//! What accepting does: everything that was offered and is not there yet, in one commit with one
//! audit record. Accepting once more does nothing, and nothing granted earlier is taken away.

use super::offer::{Instance, Offer, OfferedPermission, OfferedResource};
use crate::clock::Timestamp;
use crate::directory::{
    Actor, AppRoleAssignment, Application, AuditRecord, PermissionGrant, ResourceAccessType,
    ServicePrincipal, ServicePrincipalDetails, Write,
};
use crate::graph::audit::{Activity, Audit, Target};
use crate::graph::wire::{
    ServicePrincipalParts, app_role_assignment, permission_grant, service_principal,
};
use crate::ids::{AssignmentId, CorrelationId, PermissionGrantId, ServicePrincipalId, TenantId};
use crate::random::Random;

/// Who accepted, when.
pub struct Acceptance<'a> {
    /// Who did it.
    pub actor: Actor,
    /// The request's id.
    pub correlation_id: CorrelationId,
    /// When.
    pub now: Timestamp,
    /// Where ids of new objects come from.
    pub random: &'a dyn Random,
}

/// What has to be written.
#[derive(Debug, Clone)]
pub struct Effects {
    /// The changes; none if everything was there.
    pub writes: Vec<Write>,
    /// That the administrator consented, which is worth a record even then.
    pub record: AuditRecord,
}

/// Carries out an offer on paper. The offer must be made of the state that is written to, inside
/// the same transaction.
pub fn effects(offer: &Offer<'_>, acceptance: &Acceptance<'_>) -> Effects {
    let side = |instance| Side::of(instance, offer.tenant.id, acceptance);
    let client = side(offer.client);
    let audit = Audit::new(
        Activity::ConsentToApplication,
        acceptance.now,
        acceptance.actor,
        acceptance.correlation_id,
    );
    let mut work = Work {
        acceptance,
        client: &client,
        writes: Vec::new(),
        audit: audit.consent(&client.target()),
    };
    work = work.add_principal(&client);
    for offered in &offer.resources {
        if offered.instance.application.app_id == client.application.app_id {
            work = work.grant(&client, offered);
        } else {
            let resource = side(offered.instance);
            work = work.add_principal(&resource).grant(&resource, offered);
        }
    }
    Effects {
        writes: work.writes,
        record: work.audit.record(),
    }
}

/// One side of a grant: an application with the service principal that it has, or gets.
struct Side<'a> {
    application: &'a Application,
    principal: ServicePrincipal,
    is_new: bool,
}

impl<'a> Side<'a> {
    fn of(instance: Instance<'a>, tenant_id: TenantId, acceptance: &Acceptance<'_>) -> Self {
        let application = instance.application;
        let new = || ServicePrincipal {
            id: ServicePrincipalId::random(acceptance.random),
            tenant_id,
            app_id: application.app_id,
            account_enabled: true,
            app_role_assignment_required: false,
            details: ServicePrincipalDetails::default(),
            created_at: acceptance.now,
        };
        Self {
            application,
            principal: instance.service_principal.cloned().unwrap_or_else(new),
            is_new: instance.service_principal.is_none(),
        }
    }

    fn target(&self) -> Target {
        Target::service_principal(&self.principal, self.application)
    }
}

struct Work<'a> {
    acceptance: &'a Acceptance<'a>,
    client: &'a Side<'a>,
    writes: Vec<Write>,
    audit: Audit,
}

impl Work<'_> {
    fn add_principal(mut self, side: &Side<'_>) -> Self {
        if !side.is_new {
            return self;
        }
        let parts = ServicePrincipalParts {
            principal: &side.principal,
            application: side.application,
            passwords: &[],
            keys: &[],
            deleted_at: None,
            shows_keys: false,
        };
        let shown = service_principal(&parts);
        self.audit = self.audit.object(&side.target(), None, Some(&shown));
        let principal = side.principal.clone();
        self.writes.push(Write::AddServicePrincipal(principal));
        self
    }

    fn grant(mut self, resource: &Side<'_>, offered: &OfferedResource<'_>) -> Self {
        let missing = offered
            .permissions
            .iter()
            .filter(|offered| !offered.is_granted);
        let (roles, scopes): (Vec<_>, Vec<_>) =
            missing.partition(|offered| offered.kind == ResourceAccessType::Role);
        for role in roles {
            self = self.assign(resource, role);
        }
        let scopes: Vec<&str> = scopes.iter().filter_map(|scope| scope.value).collect();
        match scopes.is_empty() {
            true => self,
            false => self.delegate(resource, offered.grant, &scopes),
        }
    }

    fn assign(mut self, resource: &Side<'_>, role: &OfferedPermission<'_>) -> Self {
        let assignment = AppRoleAssignment {
            id: AssignmentId::random(self.acceptance.random),
            tenant_id: self.client.principal.tenant_id,
            principal_id: self.client.principal.id,
            resource_id: resource.principal.id,
            app_role_id: role.id,
            created_at: self.acceptance.now,
        };
        let shown = app_role_assignment(
            &assignment,
            &self.client.application.display_name,
            &resource.application.display_name,
        );
        let (of, to) = (resource.target(), self.client.target());
        self.audit = self.audit.assignment(&of, &to, role.value, &shown, true);
        self.writes.push(Write::AddAssignment(assignment));
        self
    }

    /// One grant for each resource holds all of its scopes.
    fn delegate(
        mut self,
        resource: &Side<'_>,
        before: Option<&PermissionGrant>,
        scopes: &[&str],
    ) -> Self {
        let earlier = before.map_or("", |grant| grant.scope.trim());
        let all = [earlier].into_iter().chain(scopes.iter().copied());
        let all: Vec<&str> = all.filter(|scope| !scope.is_empty()).collect();
        let after = PermissionGrant {
            id: before.map_or_else(
                || PermissionGrantId::random(self.acceptance.random),
                |grant| grant.id,
            ),
            tenant_id: self.client.principal.tenant_id,
            client_id: self.client.principal.id,
            principal_id: None,
            resource_id: resource.principal.id,
            scope: all.join(" "),
        };
        let (old, new) = (before.map(permission_grant), permission_grant(&after));
        let (of, to) = (resource.target(), self.client.target());
        self.audit = self
            .audit
            .permission_grant(&of, &to, old.as_ref(), Some(&new));
        self.writes.push(match before {
            None => Write::AddPermissionGrant(after),
            Some(_) => Write::UpdatePermissionGrant(after),
        });
        self
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU8, Ordering};

    use serde_json::json;
    use uuid::Uuid;

    use super::*;
    use crate::consent::fixtures::{NOW, World, orders, principal, required, scope_named};
    use crate::ids::AppId;

    /// Ids that differ.
    #[derive(Default)]
    struct Counter(AtomicU8);

    impl Random for Counter {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(self.0.fetch_add(1, Ordering::Relaxed));
        }
    }

    fn accept(world: &World, random: &Counter) -> Effects {
        let acceptance = Acceptance {
            actor: Actor::Application {
                app_id: AppId::new(Uuid::from_u128(9)),
                service_principal_id: None,
            },
            correlation_id: CorrelationId::new(Uuid::from_u128(3)),
            now: NOW,
            random,
        };
        let effects = world.offer(None, |offer| effects(offer, &acceptance));
        effects.expect("an offer")
    }

    fn kinds(effects: &Effects) -> Vec<&'static str> {
        let kind = |write: &Write| match write {
            Write::AddServicePrincipal(_) => "principal",
            Write::AddAssignment(_) => "assignment",
            Write::AddPermissionGrant(_) => "grant",
            Write::UpdatePermissionGrant(_) => "regrant",
            other => panic!("a consent does not {other:?}"),
        };
        effects.writes.iter().map(kind).collect()
    }

    #[test]
    fn accepting_makes_the_principal_and_the_grants_once() {
        let random = Counter::default();
        let mut world = World::new(vec![required(&orders(), &[1, 2], &[4, 5])]);
        let first = accept(&world, &random);
        assert_eq!(kinds(&first), ["principal", "assignment", "grant"]);
        world.apply(&first.writes);
        let client = world.client_principal.clone().expect("it is made");
        assert_eq!(
            (client.tenant_id, client.created_at),
            (world.tenant.id, NOW)
        );
        assert!(client.account_enabled);
        let assignment = &world.assignments[0];
        assert_eq!(assignment.principal_id, client.id);
        assert_eq!(assignment.resource_id, principal(&orders()).id);
        assert_eq!(assignment.tenant_id, world.tenant.id);
        let grant = &world.grants[0];
        assert_eq!((grant.client_id, grant.principal_id), (client.id, None));
        assert_eq!(grant.scope, "Orders.Show Orders.Edit");
        let again = accept(&world, &random);
        assert_eq!(kinds(&again), [""; 0]);
        assert_eq!(again.record.activity, "Consent to application");
    }

    #[test]
    fn earlier_grants_stay() {
        let random = Counter::default();
        let mut world = World::new(vec![required(&orders(), &[], &[4, 5])]);
        world.grant_all();
        let effects = accept(&world, &random);
        assert_eq!(kinds(&effects), ["regrant"]);
        world.apply(&effects.writes);
        assert_eq!(world.grants[0].scope, "Orders.Show other Orders.Edit");
        assert_eq!(world.assignments.len(), 1);
    }

    #[test]
    fn an_application_that_asks_for_nothing_is_installed() {
        let effects = accept(&World::new(Vec::new()), &Counter::default());
        assert_eq!(kinds(&effects), ["principal"]);
    }

    #[test]
    fn a_client_that_is_its_own_resource_gets_one_principal() {
        let mut world = World::new(Vec::new());
        world.client.manifest.api.oauth2_permission_scopes = vec![scope_named(4, "Own")];
        world.client.manifest.required_resource_access = vec![required(&world.client, &[], &[4])];
        let effects = accept(&world, &Counter::default());
        assert_eq!(kinds(&effects), ["principal", "grant"]);
        world.apply(&effects.writes);
        assert_eq!(world.grants[0].client_id, world.grants[0].resource_id);
    }

    #[test]
    fn an_api_that_knows_the_client_gets_its_principal_too() {
        let mut world = World::new(vec![required(&orders(), &[1], &[])]);
        let (api, api_principal) = &mut world.resources[0];
        *api_principal = None;
        api.manifest.api.known_client_applications = vec![world.client.app_id];
        let random = Counter::default();
        let effects = accept(&world, &random);
        assert_eq!(kinds(&effects), ["principal", "principal", "assignment"]);
        world.apply(&effects.writes);
        let made = world.resources[0].1.as_ref().expect("it is made");
        assert_eq!(world.assignments[0].resource_id, made.id);
        assert_eq!(kinds(&accept(&world, &random)), [""; 0]);
    }

    #[test]
    fn the_record_names_everything_that_was_granted() {
        let world = World::new(vec![required(&orders(), &[1], &[4])]);
        let record = accept(&world, &Counter::default()).record;
        assert_eq!(
            (record.at, record.activity.as_str()),
            (NOW, "Consent to application")
        );
        let id = record.targets[0].id;
        assert_eq!(
            record.changes,
            [
                format!("+ consent to service principal \"Daemon\" ({id})"),
                format!("+ service principal \"Daemon\" ({id})"),
                "+ grant of Orders.Read on \"Orders\" to \"Daemon\"".to_owned(),
                "+ delegated grant of Orders.Show on \"Orders\" to \"Daemon\"".to_owned(),
            ]
        );
        let properties = &record.targets[0].modified_properties;
        let shown: Vec<_> = properties
            .iter()
            .map(|property| (property.display_name.as_str(), property.new_value.clone()))
            .collect();
        assert_eq!(
            shown,
            [
                ("ConsentContext.IsAdminConsent", Some(json!("True"))),
                ("ConsentContext.OnBehalfOfAll", Some(json!("True"))),
            ]
        );
    }
}
