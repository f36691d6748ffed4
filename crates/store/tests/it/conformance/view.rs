//! Reading the directory for Microsoft Graph, outside and inside a change.

use std::sync::Arc;

use countersign_domain::directory::{
    ClientCredentialType, Owned, Owner, Ownership, PermissionGrant, SignIn, SignInAudience, Write,
};
use countersign_domain::graph::route::{ApplicationKey, ServicePrincipalKey, UserKey};
use countersign_domain::graph::selection::{Page, SignInField};
use countersign_domain::ids::{AppRoleId, KeyId, PermissionGrantId, TenantId};
use countersign_store::{AssignmentsOf, Db, DirectoryObject, LastUse, StoreError, UseOf, View};

use super::selections::everything;
use crate::sample::{Instance, NOW, Sample};
use crate::support::{Place, conflict, not_found};

on_both!(
    objects_are_found_by_every_key,
    another_tenant_sees_nothing,
    a_page_with_credentials_is_four_statements,
    objects_come_in_the_order_of_their_ids,
    a_credential_of_a_service_principal_proves_it_alone,
    a_service_principals_credential_is_changed_by_its_tenant_only,
    the_last_use_is_known,
    owners_are_added_once_and_taken_away,
    grants_are_added_changed_and_withdrawn,
    the_second_change_sees_what_the_first_did,
    a_dropped_change_leaves_nothing_behind,
    a_view_is_one_state,
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

async fn a_credential_of_a_service_principal_proves_it_alone(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let world = world(&db, &sample).await;
    let app_id = world.home.application.app_id;
    let [guest_secret, guest_key, home_secret] = world.keys();
    let third = sample.tenant("Third");
    let add = [Write::AddTenant(third.clone())];
    sample.commit(&db, &add).await.expect("it is new");
    for (tenant_id, passwords, keys) in [
        (world.home.tenant.id, vec![home_secret], vec![]),
        (
            world.guest.tenant.id,
            vec![guest_secret, home_secret],
            vec![guest_key],
        ),
        (third.id, vec![home_secret], vec![]),
    ] {
        let found = db.application_in_tenant(tenant_id, app_id).await;
        let found = found.expect("it answers").expect("it is there");
        let mut found_passwords: Vec<_> = found.passwords.iter().map(|p| p.key_id).collect();
        found_passwords.sort();
        let mut passwords = passwords;
        passwords.sort();
        assert_eq!(found_passwords, passwords);
        let found_keys: Vec<_> = found.keys.iter().map(|key| key.key_id).collect();
        assert_eq!(found_keys, keys);
        for key in &found.keys {
            assert_eq!(key.service_principal_id, Some(world.guest.principal.id));
        }
    }
    for tenant in [&world.home.tenant, &world.guest.tenant] {
        let state = crate::sample::state(&db, tenant).await;
        let own = usize::from(tenant.id == world.home.tenant.id);
        assert_eq!((state.passwords.len(), state.keys.len()), (own, 0));
    }
    let used = crate::sample::last_used(&db, world.home.tenant.id, world.home.application.id).await;
    assert_eq!(used.expect("it answers").len(), 2, "the application's own");
}

async fn a_service_principals_credential_is_changed_by_its_tenant_only(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let world = world(&db, &sample).await;
    let [guest_secret, guest_key, _] = world.keys();
    let application_id = world.home.application.id;
    let remove = |tenant_id| {
        [
            Write::RemovePassword {
                tenant_id,
                application_id,
                key_id: guest_secret,
            },
            Write::RemoveKey {
                tenant_id,
                application_id,
                key_id: guest_key,
            },
        ]
    };
    let mut password = sample.password(&world.home.application, "another");
    password.service_principal_id = Some(world.guest.principal.id);
    let mut wrong = sample.password(&world.guest.application, "another");
    wrong.service_principal_id = Some(world.guest.principal.id);
    let mut update = password.clone();
    update.key_id = guest_secret;
    let own = Write::UpdatePassword {
        tenant_id: world.guest.tenant.id,
        password: update.clone(),
    };
    sample.commit(&db, &[own]).await.expect("it is there");
    let [remove_password, remove_key] = remove(world.home.tenant.id);
    let mut of_application = update.clone();
    of_application.service_principal_id = None;
    for attempt in [
        remove_password,
        remove_key,
        Write::AddPassword {
            tenant_id: world.home.tenant.id,
            password,
        },
        Write::AddPassword {
            tenant_id: world.guest.tenant.id,
            password: wrong,
        },
        Write::UpdatePassword {
            tenant_id: world.home.tenant.id,
            password: update,
        },
        Write::UpdatePassword {
            tenant_id: world.home.tenant.id,
            password: of_application,
        },
    ] {
        not_found(sample.commit(&db, std::slice::from_ref(&attempt)).await);
    }
    let changes = db.latest_change().await.expect("it answers");
    let removed = sample.commit(&db, &remove(world.guest.tenant.id)).await;
    removed.expect("both are there");
    let (_, changes) = db.changes_since(changes).await.expect("it answers");
    let app_id = world.home.application.app_id;
    let expected = [countersign_domain::directory::Change::Application(app_id)];
    assert_eq!(changes, expected);
}

async fn the_last_use_is_known(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let world = world(&db, &sample).await;
    let (home, guest) = (&world.home, &world.guest);
    let [guest_secret, _, home_secret] = world.keys();
    let used = |tenant_id, key_id, error_code, seconds| SignIn {
        app_id: Some(home.application.app_id),
        service_principal_id: Some(guest.principal.id),
        resource_app_id: Some(guest.application.app_id),
        credential_type: ClientCredentialType::ClientSecret,
        credential_key_id: Some(key_id),
        error_code,
        ..sample.sign_in(Some(tenant_id), NOW.plus_seconds(seconds))
    };
    let mut view = db.view().await.expect("it answers");
    let all = [
        UseOf::Application(home.application.id),
        UseOf::Credential(home.application.id, home_secret),
        UseOf::Client(guest.principal.id),
        UseOf::Resource(guest.application.app_id),
    ];
    for of in all {
        assert_eq!(view.last_use(home.tenant.id, of).await, Ok(None));
    }
    drop(view);
    let batch = [
        used(guest.tenant.id, guest_secret, 0, 5),
        used(guest.tenant.id, guest_secret, 70_002, 9),
        used(home.tenant.id, home_secret, 0, 7),
    ];
    db.record_sign_ins(&batch).await.expect("all are new");
    let mut view = db.view().await.expect("it answers");
    let credential = |seconds, key_id| LastUse {
        at: NOW.plus_seconds(seconds),
        app_id: None,
        key_id: Some(key_id),
        key_name: Some("build server".to_owned()),
    };
    let logged = LastUse {
        app_id: Some(home.application.app_id),
        key_name: None,
        ..credential(5, guest_secret)
    };
    let guests = UseOf::Credential(home.application.id, guest_secret);
    for (tenant_id, of, expected) in [
        (home.tenant.id, all[0], Some(credential(7, home_secret))),
        (home.tenant.id, all[1], Some(credential(7, home_secret))),
        (home.tenant.id, guests, None),
        (guest.tenant.id, guests, Some(credential(5, guest_secret))),
        (guest.tenant.id, all[2], Some(logged.clone())),
        (guest.tenant.id, all[3], Some(logged)),
    ] {
        assert_eq!(view.last_use(tenant_id, of).await, Ok(expected), "{of:?}");
    }
    let known = view
        .sign_ins(guest.tenant.id, &everything::<SignInField>())
        .await;
    let known = known.expect("it answers").items;
    assert_eq!(known.len(), 2);
    assert_eq!(known[0].app_display_name.as_deref(), Some("Contoso"));
    assert_eq!(known[0].app_tenant_id, Some(home.tenant.id));
    assert_eq!(known[0].resource_tenant_id, Some(guest.tenant.id));
}

async fn owners_are_added_once_and_taken_away(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let world = world(&db, &sample).await;
    let (home, guest) = (&world.home, &world.guest);
    let ownership = Ownership {
        tenant_id: home.tenant.id,
        object: Owned::Application(home.application.id),
        owner: Owner::ServicePrincipal(home.principal.id),
    };
    let twice = [Write::AddOwner(ownership), Write::AddOwner(ownership)];
    sample.commit(&db, &twice).await.expect("once more is fine");
    for wrong in [
        Ownership {
            tenant_id: guest.tenant.id,
            ..ownership
        },
        Ownership {
            owner: Owner::ServicePrincipal(guest.principal.id),
            ..ownership
        },
        Ownership {
            object: Owned::ServicePrincipal(guest.principal.id),
            ..ownership
        },
        Ownership {
            owner: Owner::User(sample.user(&home.tenant, "nobody").id),
            ..ownership
        },
    ] {
        not_found(sample.commit(&db, &[Write::AddOwner(wrong)]).await);
    }
    let mut view = db.view().await.expect("it answers");
    let owners = view.owners(home.tenant.id, ownership.object).await;
    assert_eq!(owners, Ok(vec![ownership.owner]));
    let owned = view.owned_objects(home.tenant.id, ownership.owner, None, 1);
    let owned = owned.await.expect("it answers");
    assert_eq!((owned.items, owned.next), (vec![ownership.object], None));
    drop(view);
    let mut foreign = ownership;
    foreign.tenant_id = guest.tenant.id;
    not_found(sample.commit(&db, &[Write::RemoveOwner(foreign)]).await);
    let away = [Write::RemoveOwner(ownership)];
    sample.commit(&db, &away).await.expect("it is there");
    not_found(sample.commit(&db, &away).await);
}

async fn grants_are_added_changed_and_withdrawn(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let world = world(&db, &sample).await;
    let home = &world.home;
    let mut first = grant(&sample, home);
    let add = [Write::AddPermissionGrant(first.clone())];
    sample.commit(&db, &add).await.expect("it is new");
    let again = [Write::AddPermissionGrant(grant(&sample, home))];
    let refused = conflict(sample.commit(&db, &again).await);
    assert!(refused.contains("exists already"), "{refused}");
    let mut wrong = grant(&sample, home);
    wrong.principal_id = Some(sample.user(&home.tenant, "nobody").id);
    not_found(
        sample
            .commit(&db, &[Write::AddPermissionGrant(wrong)])
            .await,
    );
    let mut foreign = grant(&sample, home);
    foreign.resource_id = world.guest.principal.id;
    not_found(
        sample
            .commit(&db, &[Write::AddPermissionGrant(foreign)])
            .await,
    );

    first.scope = "Orders.Read Orders.Write".to_owned();
    let update = [Write::UpdatePermissionGrant(first.clone())];
    sample.commit(&db, &update).await.expect("it is there");
    let mut view = db.view().await.expect("it answers");
    let found = view.permission_grant(home.tenant.id, first.id).await;
    assert_eq!(found, Ok(Some(first.clone())));
    drop(view);
    let foreign = Write::RemovePermissionGrant {
        tenant_id: world.guest.tenant.id,
        id: first.id,
    };
    not_found(sample.commit(&db, &[foreign]).await);
    let away = [Write::RemovePermissionGrant {
        tenant_id: home.tenant.id,
        id: first.id,
    }];
    sample.commit(&db, &away).await.expect("it is there");
    not_found(sample.commit(&db, &away).await);
    not_found(sample.commit(&db, &update).await);
}

async fn the_second_change_sees_what_the_first_did(place: Place) {
    let nodes = [place.open().await, place.open().await];
    let sample = Sample::new(1);
    let contoso = Arc::new(sample.instance(&nodes[0], "Contoso").await);
    // Each adds a letter to the name that it reads; a lost update would lose one.
    let mut tasks = Vec::new();
    for writer in 0..6_u64 {
        let db = nodes[usize::try_from(writer % 2).expect("0 or 1")].clone();
        let contoso = contoso.clone();
        tasks.push(tokio::spawn(async move {
            let sample = Sample::new(100 + writer);
            for _ in 0..10 {
                let mut change = db.change().await.expect("its turn comes");
                let key = ApplicationKey::Id(contoso.application.id);
                let found = change.view().application(contoso.tenant.id, &key).await;
                let found = found.expect("it answers").expect("it is there");
                let mut application = found.application;
                application.display_name.push('x');
                let writes = [Write::UpdateApplication(application)];
                let record = sample.record("Update application");
                let done = change.commit(&writes, &record).await;
                done.expect("it is still as it was read");
            }
        }));
    }
    for task in tasks {
        task.await.expect("no writer fails");
    }
    let state = crate::sample::state(&nodes[1], &contoso.tenant).await;
    let expected = format!("Contoso{}", "x".repeat(60));
    assert_eq!(state.applications[0].display_name, expected);
}

async fn a_dropped_change_leaves_nothing_behind(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let world = world(&db, &sample).await;
    let changes = db.changes_since(0).await;
    let mut change = db.change().await.expect("nobody else writes");
    let key = UserKey::UserPrincipalName("nobody".to_owned());
    let found = change.view().user(world.home.tenant.id, &key).await;
    assert_eq!(found, Ok(None));
    drop(change);
    assert_eq!(db.changes_since(0).await, changes);
    sample.commit(&db, &[]).await.expect("the lock is free");
    let change = db.change().await.expect("nobody else writes");
    let missing = Write::RemoveUser {
        tenant_id: world.home.tenant.id,
        id: sample.user(&world.home.tenant, "nobody").id,
    };
    let add = Write::AddTenant(sample.tenant("Never"));
    let refused = change.commit(&[add, missing], &sample.record("Half")).await;
    not_found(refused);
    assert_eq!(db.tenants().await.expect("it answers").len(), 2);
}

async fn a_view_is_one_state(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let contoso = sample.instance(&db, "Contoso").await;
    let tenant_id = contoso.tenant.id;
    let mut view = db.view().await.expect("it answers");
    assert_eq!(
        ids(view.applications(tenant_id, &everything(), true).await),
        1
    );
    let add = [Write::AddApplication(
        sample.application(&contoso.tenant, "Later"),
    )];
    sample.commit(&db, &add).await.expect("it is new");
    assert_eq!(
        ids(view.applications(tenant_id, &everything(), true).await),
        1
    );
    let mut view = db.view().await.expect("it answers");
    assert_eq!(
        ids(view.applications(tenant_id, &everything(), true).await),
        2
    );
}
