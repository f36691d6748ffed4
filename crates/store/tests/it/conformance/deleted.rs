//! What is deleted can be restored for a time, with all it had.

use countersign_domain::directory::{
    ApplicationInTenant, Change, Owned, Owner, Ownership, PermissionGrant, RESTORABLE_SECONDS,
    ResourceName, ServicePrincipal, SignInAudience, User, Write,
};
use countersign_domain::ids::{AppRoleId, PermissionGrantId};
use countersign_store::Db;

use super::selections::everything;
use crate::sample::{Instance, NOW, Sample, state, text};
use crate::support::{Place, conflict, not_found};

on_both!(
    a_service_principal_comes_back_with_what_it_had,
    what_is_gone_does_not_come_back_with_it,
    an_application_comes_back_with_its_names,
    a_purged_application_leaves_nothing,
    a_client_id_that_is_registered_again_opens_to_no_old_credential,
    only_what_was_deleted_long_ago_is_purged,
    a_resource_of_many_comes_back_in_few_statements,
    only_the_own_tenant_restores_and_purges,
    a_unique_name_stays_taken,
);

/// Two service principals of one tenant that have to do with each other in every way.
struct World {
    home: Instance,
    other: ServicePrincipal,
    user: User,
}

impl World {
    async fn new(db: &Db, sample: &Sample) -> Self {
        let mut home = sample.instance(db, "Contoso").await;
        home.application.identifier_uris = vec!["api://orders".to_owned()];
        home.application.sign_in_audience = SignInAudience::AzureADMultipleOrgs;
        home.principal.details.tags = vec!["Tag".to_owned()];
        let resource = sample.application(&home.tenant, "Resource");
        let other = sample.principal(&home.tenant, &resource);
        let user = sample.user(&home.tenant, "ada@contoso.example");
        let tenant_id = home.tenant.id;
        let own = Some(home.principal.id);
        let mut password = sample.password(&home.application, "one two three");
        password.service_principal_id = own;
        let mut key = sample.key(&home.application);
        key.service_principal_id = own;
        let mut writes = vec![
            Write::UpdateApplication(home.application.clone()),
            Write::UpdateServicePrincipal(home.principal.clone()),
            Write::AddApplication(resource),
            Write::AddServicePrincipal(other.clone()),
            Write::AddUser(user.clone()),
            Write::AddPassword {
                tenant_id,
                password: sample.password(&home.application, "of the application"),
            },
            Write::AddPassword {
                tenant_id,
                password,
            },
            Write::AddKey { tenant_id, key },
            Write::AddAssignment(sample.assignment(
                &home.principal,
                &other,
                AppRoleId::DEFAULT_ACCESS,
            )),
            Write::AddAssignment(sample.assignment(
                &other,
                &home.principal,
                AppRoleId::DEFAULT_ACCESS,
            )),
        ];
        let grant =
            |client: &ServicePrincipal, resource: &ServicePrincipal, user: Option<&User>| {
                Write::AddPermissionGrant(PermissionGrant {
                    id: PermissionGrantId::random(&sample.random),
                    tenant_id,
                    client_id: client.id,
                    principal_id: user.map(|user| user.id),
                    resource_id: resource.id,
                    scope: "Orders.Read".to_owned(),
                })
            };
        writes.push(grant(&home.principal, &other, None));
        writes.push(grant(&home.principal, &other, Some(&user)));
        writes.push(grant(&other, &home.principal, None));
        let me = Owner::ServicePrincipal(home.principal.id);
        for (object, owner) in [
            (
                Owned::Application(home.application.id),
                Owner::User(user.id),
            ),
            (Owned::Application(home.application.id), me),
            (
                Owned::ServicePrincipal(home.principal.id),
                Owner::User(user.id),
            ),
            (Owned::ServicePrincipal(home.principal.id), me),
            (Owned::ServicePrincipal(other.id), me),
        ] {
            writes.push(Write::AddOwner(Ownership {
                tenant_id,
                object,
                owner,
            }));
        }
        sample.commit(db, &writes).await.expect("all are new");
        Self { home, other, user }
    }

    /// All there is to see of both, in every way that there is.
    async fn shown(&self, db: &Db) -> String {
        let tenant_id = self.home.tenant.id;
        let mut view = db.view().await.expect("it answers");
        let principals = view
            .service_principals(tenant_id, &everything(), true)
            .await;
        let grants = view.permission_grants(tenant_id, &everything()).await;
        let owners = [
            Owned::Application(self.home.application.id),
            Owned::ServicePrincipal(self.home.principal.id),
            Owned::ServicePrincipal(self.other.id),
        ];
        let mut lines = vec![
            text(&state(db, &self.home.tenant).await),
            format!("{principals:#?}"),
            format!("{grants:#?}"),
        ];
        for object in owners {
            lines.push(format!("{:?}", view.owners(tenant_id, object).await));
        }
        let me = Owner::ServicePrincipal(self.home.principal.id);
        let owned = view.owned_objects(tenant_id, me, None, 99).await;
        lines.push(format!("{owned:?}"));
        // The same in pages.
        let (mut after, mut pages) = (None, Vec::new());
        loop {
            let page = view.owned_objects(tenant_id, me, after.as_ref(), 2).await;
            let page = page.expect("it answers");
            pages.extend(page.items);
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(owned.map(|whole| whole.items), Ok(pages));
        let app_id = self.home.application.app_id;
        let found = db.application_in_tenant(tenant_id, app_id).await;
        lines.push(format!("{found:?}"));
        let name = ResourceName::fold("api://orders");
        let found = db.app_id_by_resource_name(tenant_id, &name).await;
        lines.push(format!("{found:?}"));
        lines.join("\n")
    }

    fn remove(&self) -> Write {
        Write::RemoveServicePrincipal {
            tenant_id: self.home.tenant.id,
            id: self.home.principal.id,
        }
    }

    fn restore(&self) -> Write {
        Write::RestoreServicePrincipal {
            tenant_id: self.home.tenant.id,
            id: self.home.principal.id,
        }
    }

    fn purge(&self) -> Write {
        Write::PurgeServicePrincipal {
            tenant_id: self.home.tenant.id,
            id: self.home.principal.id,
        }
    }

    fn delete_application(&self) -> Write {
        Write::DeleteApplication {
            tenant_id: self.home.tenant.id,
            id: self.home.application.id,
            at: NOW,
        }
    }

    fn restore_application(&self) -> Write {
        Write::RestoreApplication {
            tenant_id: self.home.tenant.id,
            id: self.home.application.id,
        }
    }

    fn purge_application(&self) -> Write {
        Write::PurgeApplication {
            tenant_id: self.home.tenant.id,
            id: self.home.application.id,
        }
    }

    async fn in_tenant(&self, db: &Db) -> Option<ApplicationInTenant> {
        let tenant_id = self.home.tenant.id;
        let app_id = self.home.application.app_id;
        let found = db.application_in_tenant(tenant_id, app_id).await;
        found.expect("it answers")
    }
}

/// Every other writer waits meanwhile.
async fn a_resource_of_many_comes_back_in_few_statements(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let world = World::new(&db, &sample).await;
    let tenant_id = world.home.tenant.id;
    let mut writes = Vec::new();
    for number in 0..80 {
        let client = sample.application(&world.home.tenant, &format!("Client {number}"));
        let principal = sample.principal(&world.home.tenant, &client);
        let role = AppRoleId::DEFAULT_ACCESS;
        let assignment = sample.assignment(&principal, &world.home.principal, role);
        writes.push(Write::AddApplication(client));
        writes.push(Write::AddServicePrincipal(principal.clone()));
        writes.push(Write::AddAssignment(assignment));
        writes.push(Write::AddOwner(Ownership {
            tenant_id,
            object: Owned::ServicePrincipal(principal.id),
            owner: Owner::ServicePrincipal(world.home.principal.id),
        }));
        writes.push(Write::AddPermissionGrant(PermissionGrant {
            id: PermissionGrantId::random(&sample.random),
            tenant_id,
            client_id: principal.id,
            principal_id: None,
            resource_id: world.home.principal.id,
            scope: "Orders.Read".to_owned(),
        }));
    }
    sample.commit(&db, &writes).await.expect("all are new");
    let before = world.shown(&db).await;
    sample
        .commit(&db, &[world.remove()])
        .await
        .expect("it is there");
    let executed = db.statements();
    sample
        .commit(&db, &[world.restore()])
        .await
        .expect("it was deleted");
    let executed = db.statements() - executed;
    assert!(executed < 60, "{executed} statements");
    assert_eq!(world.shown(&db).await, before);
}

async fn a_service_principal_comes_back_with_what_it_had(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let world = World::new(&db, &sample).await;
    let tenant_id = world.home.tenant.id;
    let before = world.shown(&db).await;
    not_found(sample.commit(&db, &[world.restore()]).await);

    sample.commit(&db, &[world.remove()]).await.expect("there");
    let found = world.in_tenant(&db).await.expect("the application stays");
    assert_eq!(found.service_principal, None);
    assert_eq!(found.passwords.len(), 1, "its own are gone");
    assert!(found.keys.is_empty());
    let mut view = db.view().await.expect("it answers");
    let id = world.home.principal.id;
    let deleted = view.deleted_service_principal(tenant_id, id).await;
    let deleted = deleted.expect("it answers").expect("it was deleted");
    assert_eq!(deleted.principal, world.home.principal);
    assert_eq!(deleted.application, world.home.application);
    assert_eq!(deleted.deleted_at, NOW, "the time of the record");
    let all = view
        .deleted_service_principals(tenant_id, &everything())
        .await;
    assert_eq!(all.expect("it answers").items, [deleted]);
    let grants = view.permission_grants(tenant_id, &everything()).await;
    assert_eq!(grants.expect("it answers").items, []);
    drop(view);

    let changes = db.latest_change().await.expect("it answers");
    sample.commit(&db, &[world.restore()]).await.expect("there");
    assert_eq!(world.shown(&db).await, before);
    let (_, changes) = db.changes_since(changes).await.expect("it answers");
    let other = world.other.app_id;
    for change in [
        Change::Application(world.home.application.app_id),
        Change::Application(other),
        Change::ResourceName(ResourceName::fold("api://orders")),
    ] {
        assert!(changes.contains(&change), "{change:?}");
    }
    not_found(sample.commit(&db, &[world.restore()]).await);
}

async fn what_is_gone_does_not_come_back_with_it(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let world = World::new(&db, &sample).await;
    let tenant_id = world.home.tenant.id;
    let away = [
        world.remove(),
        Write::RemoveServicePrincipal {
            tenant_id,
            id: world.other.id,
        },
        Write::RemoveUser {
            tenant_id,
            id: world.user.id,
        },
        world.restore(),
    ];
    sample.commit(&db, &away).await.expect("all are there");
    let mut view = db.view().await.expect("it answers");
    let found = world.in_tenant(&db).await.expect("it is there");
    assert_eq!(found.assignments, []);
    assert_eq!((found.passwords.len(), found.keys.len()), (2, 1));
    let grants = view.permission_grants(tenant_id, &everything()).await;
    assert_eq!(grants.expect("it answers").items, []);
    let me = Owner::ServicePrincipal(world.home.principal.id);
    for object in [
        Owned::Application(world.home.application.id),
        Owned::ServicePrincipal(world.home.principal.id),
    ] {
        assert_eq!(view.owners(tenant_id, object).await, Ok(vec![me]));
    }

    // Another instance has taken its place.
    let another = sample.principal(&world.home.tenant, &world.home.application);
    let writes = [world.remove(), Write::AddServicePrincipal(another)];
    sample.commit(&db, &writes).await.expect("it is new");
    let refused = conflict(sample.commit(&db, &[world.restore()]).await);
    assert!(refused.contains("exists already"), "{refused}");
    sample.commit(&db, &[world.purge()]).await.expect("there");
    not_found(sample.commit(&db, &[world.restore()]).await);
    not_found(sample.commit(&db, &[world.purge()]).await);
}

async fn an_application_comes_back_with_its_names(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let world = World::new(&db, &sample).await;
    let tenant_id = world.home.tenant.id;
    let before = world.shown(&db).await;
    not_found(sample.commit(&db, &[world.restore_application()]).await);
    let away = [world.delete_application()];
    sample.commit(&db, &away).await.expect("it is there");
    assert!(world.in_tenant(&db).await.is_none());
    let mut view = db.view().await.expect("it answers");
    let id = world.home.application.id;
    let deleted = view.deleted_application(tenant_id, id).await;
    let deleted = deleted.expect("it answers").expect("it was deleted");
    assert_eq!(deleted.application.deleted_at, Some(NOW));
    assert_eq!(deleted.passwords.len(), 1);
    let me = Owner::User(world.user.id);
    let owned = view.owned_objects(tenant_id, me, None, 9).await;
    assert_eq!(owned.map(|page| page.items), Ok(vec![]));
    drop(view);
    // Its service principal alone cannot come back.
    not_found(sample.commit(&db, &[world.restore()]).await);

    let mut thief = sample.application(&world.home.tenant, "Thief");
    thief.identifier_uris = vec!["API://orders/".to_owned()];
    let add = [Write::AddApplication(thief.clone())];
    sample.commit(&db, &add).await.expect("the name is free");
    let refused = conflict(sample.commit(&db, &[world.restore_application()]).await);
    assert!(refused.contains("api://orders"), "{refused}");
    let give_up = [
        Write::DeleteApplication {
            tenant_id,
            id: thief.id,
            at: NOW,
        },
        Write::PurgeApplication {
            tenant_id,
            id: thief.id,
        },
        world.restore_application(),
    ];
    sample.commit(&db, &give_up).await.expect("free again");
    assert_eq!(world.shown(&db).await, before);

    // One that was removed before does not come back with the application.
    let again = [
        world.remove(),
        world.delete_application(),
        world.restore_application(),
    ];
    sample.commit(&db, &again).await.expect("all are there");
    let found = world.in_tenant(&db).await.expect("it is back");
    assert_eq!(found.service_principal, None);
    sample.commit(&db, &[world.restore()]).await.expect("there");
    assert_eq!(world.shown(&db).await, before);
}

async fn a_purged_application_leaves_nothing(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let world = World::new(&db, &sample).await;
    let fabrikam = sample.instance(&db, "Fabrikam").await;
    let guest = sample.principal(&fabrikam.tenant, &world.home.application);
    let mut password = sample.password(&world.home.application, "guest secret");
    password.service_principal_id = Some(guest.id);
    let writes = [
        Write::AddServicePrincipal(guest.clone()),
        Write::AddPassword {
            tenant_id: fabrikam.tenant.id,
            password,
        },
        Write::AddOwner(Ownership {
            tenant_id: fabrikam.tenant.id,
            object: Owned::ServicePrincipal(guest.id),
            owner: Owner::ServicePrincipal(fabrikam.principal.id),
        }),
    ];
    sample.commit(&db, &writes).await.expect("all are new");
    not_found(sample.commit(&db, &[world.purge_application()]).await);
    let away = [world.delete_application(), world.purge_application()];
    sample.commit(&db, &away).await.expect("it is there");
    let mut view = db.view().await.expect("it answers");
    for tenant in [&world.home.tenant, &fabrikam.tenant] {
        let deleted = view
            .deleted_service_principals(tenant.id, &everything())
            .await;
        assert_eq!(deleted.expect("it answers").items, []);
        let deleted = view
            .deleted_applications(tenant.id, &everything(), true)
            .await;
        assert!(deleted.expect("it answers").items.is_empty());
    }
    let owner = Owner::ServicePrincipal(fabrikam.principal.id);
    let owned = view.owned_objects(fabrikam.tenant.id, owner, None, 9).await;
    assert_eq!(owned.map(|page| page.items), Ok(vec![]));
    let principals = view
        .service_principals(fabrikam.tenant.id, &everything(), true)
        .await;
    assert_eq!(principals.expect("it answers").items.len(), 1, "no guest");
    drop(view);
    for table in [
        "DELETE FROM password_credentials",
        "DELETE FROM key_credentials",
        "DELETE FROM object_tags",
        "DELETE FROM permission_grants",
        "DELETE FROM app_role_assignments",
    ] {
        assert_eq!(place.script(table).await, 0, "{table}");
    }
    // The client id is free, in every tenant.
    let mut new = sample.application(&fabrikam.tenant, "New");
    new.app_id = world.home.application.app_id;
    let add = [Write::AddApplication(new)];
    sample.commit(&db, &add).await.expect("it is free");
}

async fn a_client_id_that_is_registered_again_opens_to_no_old_credential(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let world = World::new(&db, &sample).await;
    let mut new = sample.application(&world.home.tenant, "New");
    new.app_id = world.home.application.app_id;
    let again = [
        world.delete_application(),
        Write::AddApplication(new.clone()),
    ];
    sample
        .commit(&db, &again)
        .await
        .expect("the same tenant may");
    not_found(sample.commit(&db, &[world.restore()]).await);
    not_found(sample.commit(&db, &[world.restore_application()]).await);
    let found = world.in_tenant(&db).await.expect("it is new");
    assert!(found.passwords.is_empty() && found.keys.is_empty());
    let mut view = db.view().await.expect("it answers");
    let owners = view
        .owners(world.home.tenant.id, Owned::Application(new.id))
        .await;
    assert_eq!(owners, Ok(vec![]));
}

async fn only_what_was_deleted_long_ago_is_purged(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let world = World::new(&db, &sample).await;
    let mut late = sample.record("Remove service principal");
    late.at = NOW.plus_seconds(60);
    let away = Write::RemoveServicePrincipal {
        tenant_id: world.home.tenant.id,
        id: world.other.id,
    };
    db.commit(&[away], &late).await.expect("it is there");
    let away = [world.delete_application()];
    sample.commit(&db, &away).await.expect("it is there");

    let due = NOW.plus_seconds(RESTORABLE_SECONDS);
    let changes = db.latest_change().await;
    assert_eq!(
        db.purge_deleted(due, &sample.random).await,
        Ok(0),
        "to the last instant"
    );
    assert_eq!(db.latest_change().await, changes, "nothing was locked");
    // The application takes its service principal with it.
    assert_eq!(
        db.purge_deleted(due.plus_seconds(1), &sample.random).await,
        Ok(1)
    );
    assert_eq!(
        db.purge_deleted(due.plus_seconds(60), &sample.random).await,
        Ok(0)
    );
    not_found(sample.commit(&db, &[world.restore_application()]).await);
    not_found(sample.commit(&db, &[world.restore()]).await);
    assert_eq!(
        db.purge_deleted(due.plus_seconds(61), &sample.random).await,
        Ok(1)
    );
    assert_eq!(
        db.purge_deleted(due.plus_seconds(99), &sample.random).await,
        Ok(0)
    );
}

async fn only_the_own_tenant_restores_and_purges(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let world = World::new(&db, &sample).await;
    let fabrikam = sample.instance(&db, "Fabrikam").await;
    let tenant_id = fabrikam.tenant.id;
    let away = [world.remove(), world.delete_application()];
    sample.commit(&db, &away).await.expect("both are there");
    let (principal, application) = (world.home.principal.id, world.home.application.id);
    for attempt in [
        Write::RestoreServicePrincipal {
            tenant_id,
            id: principal,
        },
        Write::PurgeServicePrincipal {
            tenant_id,
            id: principal,
        },
        Write::RestoreApplication {
            tenant_id,
            id: application,
        },
        Write::PurgeApplication {
            tenant_id,
            id: application,
        },
    ] {
        not_found(sample.commit(&db, &[attempt]).await);
    }
    let mut view = db.view().await.expect("it answers");
    let found = view.deleted_application(tenant_id, application).await;
    assert!(found.expect("it answers").is_none());
    let found = view.deleted_service_principal(tenant_id, principal).await;
    assert_eq!(found, Ok(None));
}

async fn a_unique_name_stays_taken(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let contoso = sample.instance(&db, "Contoso").await;
    let fabrikam = sample.instance(&db, "Fabrikam").await;
    let named = |instance: &Instance, name: &str| {
        let mut application = sample.application(&instance.tenant, "Named");
        application.manifest.unique_name = Some(name.to_owned());
        application
    };
    let first = named(&contoso, "Orders");
    let elsewhere = Write::AddApplication(named(&fabrikam, "Orders"));
    let add = [Write::AddApplication(first.clone()), elsewhere];
    sample.commit(&db, &add).await.expect("in two tenants");
    let taken = "an application with the unique name";
    let second = [Write::AddApplication(named(&contoso, "ORDERS"))];
    let refused = conflict(sample.commit(&db, &second).await);
    assert!(refused.starts_with(taken), "{refused}");
    let mut update = contoso.application.clone();
    update.manifest.unique_name = Some("orders".to_owned());
    let update = [Write::UpdateApplication(update)];
    let refused = conflict(sample.commit(&db, &update).await);
    assert!(refused.starts_with(taken), "{refused}");

    let tenant_id = contoso.tenant.id;
    let id = first.id;
    let away = [Write::DeleteApplication {
        tenant_id,
        id,
        at: NOW,
    }];
    sample.commit(&db, &away).await.expect("it is there");
    conflict(sample.commit(&db, &second).await);
    let away = [Write::PurgeApplication { tenant_id, id }];
    sample.commit(&db, &away).await.expect("it is there");
    sample.commit(&db, &second).await.expect("free again");
}
