//! Reading the directory for Microsoft Graph, outside and inside a change.

mod consistency;
mod credentials;
mod relations;

use countersign_domain::directory::{
    Owned, Owner, Ownership, PermissionGrant, SignInAudience, Write,
};
use countersign_domain::graph::route::{ApplicationKey, ServicePrincipalKey, UserKey};
use countersign_domain::graph::selection::Page;
use countersign_domain::ids::{AppRoleId, KeyId, PermissionGrantId, TenantId};
use countersign_store::{AssignmentsOf, Db, DirectoryObject, StoreError, View};

use super::selections::everything;
use crate::sample::{Instance, NOW, Sample};
use crate::support::Place;

on_both!(
    objects_are_found_by_every_key,
    another_tenant_sees_nothing,
    a_page_with_credentials_is_four_statements,
    objects_come_in_the_order_of_their_ids,
);

/// A home application with an instance in the tenant of another one, and all kinds of things.
struct World {
    home: Instance,
    guest: Instance,
    writes: Vec<Write>,
}

async fn world(db: &Db, sample: &Sample) -> World {
    let mut home = sample.instance(db, "Contoso").await;
    let mut guest = sample.instance(db, "Fabrikam").await;
    home.application.sign_in_audience = SignInAudience::AzureADMultipleOrgs;
    home.application.identifier_uris = vec!["api://orders".to_owned()];
    home.application.manifest.unique_name = Some("Orders".to_owned());
    guest.principal = sample.principal(&guest.tenant, &home.application);
    let mut password = sample.password(&home.application, "guest secret");
    password.service_principal_id = Some(guest.principal.id);
    let mut key = sample.key(&home.application);
    key.service_principal_id = Some(guest.principal.id);
    let tenant_id = guest.tenant.id;
    let writes = vec![
        Write::UpdateApplication(home.application.clone()),
        Write::AddServicePrincipal(guest.principal.clone()),
        Write::AddPassword {
            tenant_id,
            password,
        },
        Write::AddKey { tenant_id, key },
        Write::AddPassword {
            tenant_id: home.tenant.id,
            password: sample.password(&home.application, "home secret"),
        },
        Write::AddFederatedCredential {
            tenant_id: home.tenant.id,
            credential: sample.federated(&home.application, "cluster"),
        },
    ];
    sample.commit(db, &writes).await.expect("all are new");
    World {
        home,
        guest,
        writes,
    }
}

impl World {
    /// The keys of the guest's secret and certificate, and of the secret at home.
    fn keys(&self) -> [KeyId; 3] {
        let mut keys = self.writes.iter().filter_map(|write| match write {
            Write::AddPassword { password, .. } => Some(password.key_id),
            Write::AddKey { key, .. } => Some(key.key_id),
            _ => None,
        });
        [(); 3].map(|()| keys.next().expect("there are three"))
    }
}

fn ids<T>(page: Result<Page<T>, StoreError>) -> usize {
    page.expect("it answers").items.len()
}

async fn objects_are_found_by_every_key(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let world = world(&db, &sample).await;
    let user = sample.user(&world.home.tenant, "Ada@contoso.example");
    let add = [Write::AddUser(user.clone())];
    sample.commit(&db, &add).await.expect("it is new");
    let tenant_id = world.home.tenant.id;
    let mut view = db.view().await.expect("it answers");
    let application = &world.home.application;
    for key in [
        ApplicationKey::Id(application.id),
        ApplicationKey::AppId(application.app_id),
        ApplicationKey::UniqueName("ORDERS".to_owned()),
    ] {
        let found = view.application(tenant_id, &key).await;
        let found = found.expect("it answers").expect("it is there");
        assert_eq!(found.application, *application);
        assert_eq!((found.passwords.len(), found.keys.len()), (1, 0));
    }
    let unknown = ApplicationKey::UniqueName("nul \0 inside".to_owned());
    let found = view.application(tenant_id, &unknown).await;
    assert!(found.expect("it answers").is_none());

    let guest = &world.guest.principal;
    for key in [
        ServicePrincipalKey::Id(guest.id),
        ServicePrincipalKey::AppId(guest.app_id),
    ] {
        let found = view.service_principal(world.guest.tenant.id, &key).await;
        let found = found.expect("it answers").expect("it is there");
        assert_eq!(found.principal, *guest);
        assert_eq!(found.application, *application);
        assert_eq!((found.passwords.len(), found.keys.len()), (1, 1));
    }
    for key in [
        UserKey::Id(user.id),
        UserKey::UserPrincipalName("aDA@contoso.example".to_owned()),
    ] {
        let found = view.user(tenant_id, &key).await;
        assert_eq!(found, Ok(Some(user.clone())));
    }
    let federated = view.federated_credentials(tenant_id, application.id).await;
    assert_eq!(federated.expect("it answers").len(), 1);
    for name in ["api://orders", "API://Orders/"] {
        let holder = view.identifier_uri_holder(tenant_id, name).await;
        assert_eq!(holder, Ok(Some(application.app_id)));
    }
    let nobody = view.identifier_uri_holder(tenant_id, "api://\0").await;
    assert_eq!(nobody, Ok(None));
}

async fn another_tenant_sees_nothing(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let world = world(&db, &sample).await;
    let home = &world.home;
    let user = sample.user(&home.tenant, "ada@contoso.example");
    let assignment = sample.assignment(&home.principal, &home.principal, AppRoleId::DEFAULT_ACCESS);
    let grant = grant(&sample, home);
    let ownership = Ownership {
        tenant_id: home.tenant.id,
        object: Owned::Application(home.application.id),
        owner: Owner::User(user.id),
    };
    let writes = [
        Write::AddUser(user.clone()),
        Write::AddAssignment(assignment.clone()),
        Write::AddPermissionGrant(grant.clone()),
        Write::AddOwner(ownership),
    ];
    sample.commit(&db, &writes).await.expect("all are new");
    let sign_in = sample.sign_in(Some(home.tenant.id), NOW);
    let recorded = db.record_sign_ins(std::slice::from_ref(&sign_in)).await;
    recorded.expect("it is new");

    let mut view = db.view().await.expect("it answers");
    // What is asked for is there at home, and must not be found from anywhere else.
    for (tenant_id, expected) in [
        (home.tenant.id, true),
        (world.guest.tenant.id, false),
        (TenantId::random(&sample.random), false),
    ] {
        let application = ApplicationKey::Id(home.application.id);
        let principal = ServicePrincipalKey::Id(home.principal.id);
        let found = [
            view.application(tenant_id, &application)
                .await
                .map(|f| f.is_some()),
            view.service_principal(tenant_id, &principal)
                .await
                .map(|f| f.is_some()),
            view.federated_credentials(tenant_id, home.application.id)
                .await
                .map(|f| !f.is_empty()),
            view.owners(tenant_id, ownership.object)
                .await
                .map(|f| !f.is_empty()),
            view.owned_objects(tenant_id, ownership.owner, None, 1)
                .await
                .map(|f| !f.items.is_empty()),
            view.assignment(tenant_id, assignment.id)
                .await
                .map(|f| f.is_some()),
            view.held(tenant_id, home.principal.id)
                .await
                .map(|f| !f.is_empty()),
            of(
                &mut view,
                tenant_id,
                AssignmentsOf::Principal(home.principal.id),
            )
            .await,
            of(
                &mut view,
                tenant_id,
                AssignmentsOf::Resource(home.principal.id),
            )
            .await,
            view.permission_grant(tenant_id, grant.id)
                .await
                .map(|f| f.is_some()),
            view.user(tenant_id, &UserKey::Id(user.id))
                .await
                .map(|f| f.is_some()),
            view.sign_in(tenant_id, sign_in.id)
                .await
                .map(|f| f.is_some()),
            view.identifier_uri_holder(tenant_id, "api://orders")
                .await
                .map(|f| f.is_some()),
            view.directory_objects(
                tenant_id,
                &[user.id.uuid(), home.application.id.uuid()],
                true,
            )
            .await
            .map(|f| f.len() == 2),
        ];
        for (number, found) in found.into_iter().enumerate() {
            assert_eq!(found, Ok(expected), "read {number}");
        }
    }
    let nowhere = TenantId::random(&sample.random);
    assert_eq!(
        ids(view.applications(nowhere, &everything(), true).await),
        0
    );
    assert_eq!(
        ids(view.service_principals(nowhere, &everything(), true).await),
        0
    );
    assert_eq!(ids(view.users(nowhere, &everything()).await), 0);
    assert_eq!(ids(view.permission_grants(nowhere, &everything()).await), 0);
    assert_eq!(ids(view.sign_ins(nowhere, &everything()).await), 0);
    assert_eq!(ids(view.audit_records(nowhere, &everything()).await), 0);
}

async fn of(view: &mut View, tenant_id: TenantId, of: AssignmentsOf) -> Result<bool, StoreError> {
    let page = view.assignments(tenant_id, of, &everything()).await?;
    if let Some(record) = page.items.first() {
        assert_eq!(record.principal_display_name, "Contoso");
        assert_eq!(record.resource_display_name, "Contoso");
    }
    Ok(!page.items.is_empty())
}

fn grant(sample: &Sample, of: &Instance) -> PermissionGrant {
    PermissionGrant {
        id: PermissionGrantId::random(&sample.random),
        tenant_id: of.tenant.id,
        client_id: of.principal.id,
        principal_id: None,
        resource_id: of.principal.id,
        scope: "Orders.Read".to_owned(),
    }
}

async fn a_page_with_credentials_is_four_statements(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let tenant = sample.tenant("Contoso");
    let mut writes = vec![Write::AddTenant(tenant.clone())];
    for number in 0..130 {
        let application = sample.application(&tenant, &format!("Application {number}"));
        let principal = sample.principal(&tenant, &application);
        let own = sample.password(&application, "one two three");
        let mut password = sample.password(&application, "one two three");
        password.service_principal_id = Some(principal.id);
        writes.push(Write::AddApplication(application));
        writes.push(Write::AddServicePrincipal(principal));
        writes.extend([own, password].map(|password| Write::AddPassword {
            tenant_id: tenant.id,
            password,
        }));
    }
    sample.commit(&db, &writes).await.expect("all are new");
    for limit in [1, 100, 130] {
        let mut selection = everything();
        selection.limit = limit;
        let before = db.statements();
        let mut view = db.view().await.expect("it answers");
        let page = view.applications(tenant.id, &selection, true).await;
        drop(view);
        assert!(
            db.statements() - before <= 4,
            "{}",
            db.statements() - before
        );
        let page = page.expect("it answers");
        assert!(page.items.iter().all(|record| record.passwords.len() == 1));
        assert_eq!(page.items.len(), limit as usize);
        assert_eq!(page.next.is_some(), limit < 130);

        let mut selection = everything();
        selection.limit = limit;
        let before = db.statements();
        let mut view = db.view().await.expect("it answers");
        let page = view.service_principals(tenant.id, &selection, true).await;
        drop(view);
        assert!(db.statements() - before <= 4);
        let page = page.expect("it answers");
        assert!(page.items.iter().all(|record| record.passwords.len() == 1));
    }
}

async fn objects_come_in_the_order_of_their_ids(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let world = world(&db, &sample).await;
    let user = sample.user(&world.guest.tenant, "ada@contoso.example");
    let add = [Write::AddUser(user.clone())];
    sample.commit(&db, &add).await.expect("it is new");
    let wanted = [
        user.id.uuid(),
        sample.tenant("Nobody").id.uuid(),
        world.guest.application.id.uuid(),
        world.home.application.id.uuid(),
        world.guest.principal.id.uuid(),
        user.id.uuid(),
    ];
    let before = db.statements();
    let mut view = db.view().await.expect("it answers");
    let found = view.directory_objects(world.guest.tenant.id, &wanted, true);
    let found = found.await;
    assert!(db.statements() - before <= 8);
    let [
        DirectoryObject::User(found_user),
        DirectoryObject::Application(application),
        DirectoryObject::ServicePrincipal(principal),
    ] = &found.expect("it answers")[..]
    else {
        panic!("not these three in this order");
    };
    assert_eq!(*found_user, user);
    assert_eq!(application.application, world.guest.application);
    assert_eq!(principal.principal, world.guest.principal);
    assert_eq!(principal.passwords.len(), 1);
}
