//! Credentials of a service principal alone, and when one was used last.

use countersign_domain::directory::{ClientCredentialType, SignIn, Write};

use countersign_domain::graph::selection::SignInField;

use countersign_store::{LastUse, UseOf};

use super::world;
use crate::conformance::selections::everything;
use crate::sample::{NOW, Sample};
use crate::support::{Place, not_found};

on_both!(
    a_credential_of_a_service_principal_proves_it_alone,
    a_service_principals_credential_is_changed_by_its_tenant_only,
    the_last_use_is_known,
);

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
