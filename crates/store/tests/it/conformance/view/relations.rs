//! Owners, and grants of delegated permissions.

use countersign_domain::directory::{Owned, Owner, Ownership, Write};

use super::{grant, world};

use crate::sample::Sample;
use crate::support::{Place, conflict, not_found};

on_both!(
    owners_are_added_once_and_taken_away,
    grants_are_added_changed_and_withdrawn,
);

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
