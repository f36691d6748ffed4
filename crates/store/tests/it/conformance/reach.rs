//! What reaches beyond one tenant.

use countersign_domain::directory::{SignIn, SignInAudience, Write};
use countersign_domain::ids::AppRoleId;
use countersign_store::{Db, UriHolder};
use uuid::Uuid;

use crate::sample::{Instance, NOW, Sample};
use crate::support::Place;

on_both!(
    roles_are_found_in_every_tenant,
    roles_of_deleted_ones_are_found_apart,
    what_is_disabled_or_deleted_is_not_active,
    holders_of_a_uri_are_found_in_every_tenant,
    the_last_clients_of_a_resource_are_known,
);

/// A client and a resource, each with an instance in two tenants; in each, another role is granted.
struct World {
    client: Instance,
    resource: Instance,
    client_there: Instance,
}

fn role(number: u128) -> AppRoleId {
    AppRoleId::new(Uuid::from_u128(number))
}

async fn world(db: &Db, sample: &Sample) -> World {
    let client = sample.instance(db, "Contoso").await;
    let mut resource = sample.instance(db, "Fabrikam").await;
    let mut client_there = sample.instance(db, "Third").await;
    // The resource has an instance beside each client; the client one in two tenants.
    let resource_here = sample.principal(&client.tenant, &resource.application);
    let resource_there = sample.principal(&client_there.tenant, &resource.application);
    client_there.principal = sample.principal(&client_there.tenant, &client.application);
    let own_role = sample.assignment(&client.principal, &client.principal, role(9));
    let writes = [
        Write::AddServicePrincipal(resource_here.clone()),
        Write::AddServicePrincipal(resource_there.clone()),
        Write::AddServicePrincipal(client_there.principal.clone()),
        Write::AddAssignment(sample.assignment(&client.principal, &resource_here, role(1))),
        Write::AddAssignment(sample.assignment(&client_there.principal, &resource_there, role(2))),
        Write::AddAssignment(own_role),
    ];
    sample.commit(db, &writes).await.expect("all are new");
    resource.principal = resource_here;
    World {
        client,
        resource,
        client_there,
    }
}

async fn roles_are_found_in_every_tenant(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let world = world(&db, &sample).await;
    let (client, resource) = (&world.client.application, &world.resource.application);
    let mut view = db.view().await.expect("it answers");
    let held = view.app_roles_held(client.app_id, resource.app_id).await;
    let mut held = held.expect("it answers");
    held.sort();
    assert_eq!(held, [role(1), role(2)]);
    // One alone holds its own, in its own tenant only.
    let (here, there) = (&world.client.principal, &world.client_there.principal);
    for (tenant_id, principal, expected) in [
        (here.tenant_id, here, vec![role(1)]),
        (there.tenant_id, there, vec![role(2)]),
        (here.tenant_id, there, vec![]),
    ] {
        let held = view.app_roles_held_by(tenant_id, principal.id, resource.app_id);
        assert_eq!(held.await, Ok(expected));
    }
    let none = view.app_roles_held(resource.app_id, client.app_id).await;
    assert_eq!(none, Ok(vec![]));
    let found = view.application_anywhere(client.app_id).await;
    assert_eq!(found, Ok(Some(client.clone())));
}

async fn roles_of_deleted_ones_are_found_apart(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let world = world(&db, &sample).await;
    let (client, resource) = (&world.client.application, &world.resource.application);
    let gone = Write::RemoveServicePrincipal {
        tenant_id: world.client_there.tenant.id,
        id: world.client_there.principal.id,
    };
    sample.commit(&db, &[gone]).await.expect("it is there");
    let mut view = db.view().await.expect("it answers");
    let held = view.app_roles_held(client.app_id, resource.app_id).await;
    assert_eq!(held, Ok(vec![role(1)]));
    let deleted = view
        .app_roles_of_deleted(client.app_id, resource.app_id)
        .await;
    assert_eq!(deleted, Ok(vec![role(2)]));
    drop(view);
    // With the application all of it at home goes; what was granted on itself is not of the resource.
    let delete = Write::DeleteApplication {
        tenant_id: client.tenant_id,
        id: client.id,
        at: NOW,
    };
    sample.commit(&db, &[delete]).await.expect("it is there");
    let mut view = db.view().await.expect("it answers");
    let held = view.app_roles_held(client.app_id, resource.app_id).await;
    assert_eq!(held, Ok(vec![]));
    let deleted = view
        .app_roles_of_deleted(client.app_id, resource.app_id)
        .await;
    let mut deleted = deleted.expect("it answers");
    deleted.sort();
    assert_eq!(deleted, [role(1), role(2)]);
    let found = view.application_anywhere(client.app_id).await;
    assert_eq!(found, Ok(None));
}

async fn what_is_disabled_or_deleted_is_not_active(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let instance = sample.instance(&db, "Contoso").await;
    let elsewhere = sample.tenant("Fabrikam").id;
    let (tenant_id, id) = (instance.tenant.id, instance.principal.id);
    let is_active = async |tenant_id| {
        let mut view = db.view().await.expect("it answers");
        view.is_active(tenant_id, id).await.expect("it answers")
    };
    assert!(is_active(tenant_id).await);
    assert!(!is_active(elsewhere).await);
    let (application, principal) = (instance.application, instance.principal);
    let enabled = |value: bool| {
        let (mut application, mut principal) = (application.clone(), principal.clone());
        application.is_disabled = !value;
        principal.account_enabled = value;
        (
            Write::UpdateApplication(application),
            Write::UpdateServicePrincipal(principal),
        )
    };
    let delete = Write::DeleteApplication {
        tenant_id,
        id: application.id,
        at: NOW,
    };
    for (write, expected) in [
        (enabled(false).0, false),
        (enabled(true).0, true),
        (enabled(false).1, false),
        (enabled(true).1, true),
        (delete, false),
    ] {
        sample.commit(&db, &[write]).await.expect("it is there");
        assert_eq!(is_active(tenant_id).await, expected);
    }
}

async fn holders_of_a_uri_are_found_in_every_tenant(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let (mut one, mut other) = (
        sample.instance(&db, "Contoso").await,
        sample.instance(&db, "Fabrikam").await,
    );
    one.application.identifier_uris = vec!["api://orders".to_owned()];
    other.application.identifier_uris = vec!["API://Orders/".to_owned()];
    other.application.sign_in_audience = SignInAudience::AzureADMultipleOrgs;
    let writes =
        [&one, &other].map(|instance| Write::UpdateApplication(instance.application.clone()));
    sample.commit(&db, &writes).await.expect("both are there");
    let mut expected = [&one, &other].map(|instance| UriHolder {
        tenant_id: instance.tenant.id,
        app_id: instance.application.app_id,
        sign_in_audience: instance.application.sign_in_audience,
    });
    expected.sort_by_key(|holder| holder.app_id);
    let mut view = db.view().await.expect("it answers");
    let found = view.identifier_uri_holders("api://ORDERS").await;
    assert_eq!(found, Ok(expected.to_vec()));
    for uri in ["api://other", "nul \0 inside", ""] {
        assert_eq!(
            view.identifier_uri_holders(uri).await,
            Ok(vec![]),
            "{uri:?}"
        );
    }
}

async fn the_last_clients_of_a_resource_are_known(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let world = world(&db, &sample).await;
    let (client, resource) = (&world.client.application, &world.resource.application);
    let tenant_id = world.client.tenant.id;
    let used = |by: &Instance, error_code, seconds| SignIn {
        app_id: Some(by.application.app_id),
        resource_app_id: Some(resource.app_id),
        error_code,
        ..sample.sign_in(Some(tenant_id), NOW.plus_seconds(seconds))
    };
    let elsewhere = SignIn {
        tenant_id: Some(world.client_there.tenant.id),
        ..used(&world.client, 0, 100)
    };
    let batch = [
        used(&world.client, 0, 1),
        used(&world.client, 0, 3),
        used(&world.client, 7_000_215, 9),
        used(&world.resource, 0, 5),
        elsewhere,
    ];
    db.record_sign_ins(&batch).await.expect("all are new");
    let mut view = db.view().await.expect("it answers");
    let (last, itself) = (
        (client.app_id, NOW.plus_seconds(3)),
        (resource.app_id, NOW.plus_seconds(5)),
    );
    for (named, expected) in [
        (None, vec![itself, last]),
        (Some(client.app_id), vec![last]),
        (Some(world.client_there.application.app_id), vec![]),
    ] {
        let found = view.last_clients(tenant_id, resource.app_id, named).await;
        assert_eq!(found, Ok(expected), "{named:?}");
    }
}
