use countersign_domain::clock::Timestamp;
use countersign_domain::directory::{ClientCredentialType, SignIn, Write};
use countersign_domain::ids::AppId;
use countersign_store::{ClientActivity, SignInCount};

use crate::sample::{NOW, Sample};
use crate::support::Place;

on_both!(
    sign_ins_are_counted_by_spans_of_time,
    the_busiest_clients_come_first,
    credentials_that_end_come_soonest_first,
    a_persons_sign_in_names_the_person,
);

async fn sign_ins_are_counted_by_spans_of_time(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let contoso = sample.instance(&db, "Contoso").await;
    let fabrikam = sample.instance(&db, "Fabrikam").await;
    let app_id = contoso.application.app_id;
    let from = NOW.plus_seconds(-180);
    let before = Timestamp::from_micros(from.micros() - 1);
    let one = |at: Timestamp, error_code, app_id| SignIn {
        error_code,
        app_id: Some(app_id),
        ..sample.sign_in(Some(contoso.tenant.id), at)
    };
    let other = fabrikam.application.app_id;
    let end_of_first = Timestamp::from_micros(from.micros() + 59_999_999);
    let elsewhere = sample.sign_in(Some(fabrikam.tenant.id), from);
    let log = [
        one(before, 0, app_id),
        one(from, 0, app_id),
        one(end_of_first, 700_016, app_id),
        one(end_of_first, 0, other),
        one(from.plus_seconds(120), 7_000_215, other),
        one(from.plus_seconds(179), 7_000_215, app_id),
        elsewhere,
    ];
    db.record_sign_ins(&log).await.expect("all are new");
    let mut view = db.view().await.expect("it answers");
    let count = |minutes: i64, granted, refused| SignInCount {
        start: from.plus_seconds(minutes * 60),
        granted,
        refused,
    };
    let tenant_id = contoso.tenant.id;
    let all = view.sign_in_counts(tenant_id, from, 60, None).await;
    assert_eq!(all, Ok(vec![count(0, 2, 1), count(2, 0, 2)]));
    let own = view.sign_in_counts(tenant_id, from, 60, Some(app_id)).await;
    assert_eq!(own, Ok(vec![count(0, 1, 1), count(2, 0, 1)]));
    let none = AppId::random(&sample.random);
    let none = view.sign_in_counts(tenant_id, from, 60, Some(none)).await;
    assert_eq!(none, Ok(vec![]));
    // A span of no length, or of more than there is, is no division by zero and no overflow.
    for seconds in [0, -1, i64::MIN] {
        let all = view.sign_in_counts(tenant_id, from, seconds, None).await;
        assert_eq!(all.expect("it answers").len(), 4);
    }
    let all = view.sign_in_counts(tenant_id, from, i64::MAX, None).await;
    assert_eq!(all, Ok(vec![count(0, 2, 3)]));
}

async fn the_busiest_clients_come_first(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let contoso = sample.instance(&db, "Contoso").await;
    let fabrikam = sample.instance(&db, "Fabrikam").await;
    let guest = sample.instance(&db, "Guest").await;
    let here = sample.principal(&contoso.tenant, &guest.application);
    let user = sample.user(&contoso.tenant, "admin@contoso.example");
    let writes = [
        Write::AddServicePrincipal(here),
        Write::AddUser(user.clone()),
    ];
    sample.commit(&db, &writes).await.expect("both are new");
    let tenant_id = contoso.tenant.id;
    let [own, foreign, known] = [&contoso, &fabrikam, &guest].map(|one| one.application.app_id);
    let mut log = vec![];
    for (app_id, granted, refused) in [(own, 1, 0), (foreign, 0, 5), (known, 2, 1)] {
        for number in 0..granted + refused {
            log.push(SignIn {
                app_id: Some(app_id),
                error_code: if number < granted { 0 } else { 700_016 },
                ..sample.sign_in(Some(tenant_id), NOW)
            });
        }
    }
    // Neither an unknown client, nor an earlier time, nor a person, nor another tenant counts.
    log.push(sample.sign_in(Some(tenant_id), NOW));
    for (tenant_id, seconds, user_id) in [
        (tenant_id, -1, None),
        (tenant_id, 0, Some(user.id)),
        (fabrikam.tenant.id, 0, None),
    ] {
        log.push(SignIn {
            app_id: Some(own),
            user_id,
            ..sample.sign_in(Some(tenant_id), NOW.plus_seconds(seconds))
        });
    }
    db.record_sign_ins(&log).await.expect("all are new");
    let client = |app_id, name: Option<&str>, granted, refused| ClientActivity {
        app_id,
        display_name: name.map(str::to_owned),
        granted,
        refused,
    };
    let expected = [
        // Nothing in this tenant leads to it, so its name is not for this tenant.
        client(foreign, None, 0, 5),
        client(known, Some("Guest"), 2, 1),
        client(own, Some("Contoso"), 1, 0),
    ];
    let mut view = db.view().await.expect("it answers");
    for limit in [2, 3, 100] {
        let found = view.busiest_clients(tenant_id, NOW, limit).await;
        let expected = expected.iter().take(usize::try_from(limit).expect("small"));
        assert_eq!(found, Ok(expected.cloned().collect()));
    }
}

async fn credentials_that_end_come_soonest_first(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let contoso = sample.instance(&db, "Contoso").await;
    let fabrikam = sample.instance(&db, "Fabrikam").await;
    let gone = sample.application(&contoso.tenant, "Gone");
    let tenant_id = contoso.tenant.id;
    let secret = |application, seconds| {
        let mut password = sample.password(application, "one two three");
        password.end_at = NOW.plus_seconds(seconds);
        password
    };
    let certificate = |application, seconds| {
        let mut key = sample.key(application);
        key.end_at = NOW.plus_seconds(seconds);
        key
    };
    let app = &contoso.application;
    let mut of_principal = secret(app, 3);
    of_principal.service_principal_id = Some(contoso.principal.id);
    of_principal.display_name = None;
    let passwords = [
        secret(app, 5),
        secret(app, -1),
        secret(app, 0),
        secret(app, 10),
        of_principal,
        secret(&gone, 4),
    ];
    let key = certificate(app, 4);
    let mut writes = vec![
        Write::AddApplication(gone.clone()),
        Write::AddKey {
            tenant_id,
            key: key.clone(),
        },
    ];
    writes.extend(passwords.clone().map(|password| Write::AddPassword {
        tenant_id,
        password,
    }));
    writes.push(Write::AddPassword {
        tenant_id: fabrikam.tenant.id,
        password: secret(&fabrikam.application, 4),
    });
    writes.push(Write::DeleteApplication {
        tenant_id,
        id: gone.id,
        at: NOW,
    });
    sample.commit(&db, &writes).await.expect("all are new");
    let mut view = db.view().await.expect("it answers");
    let end = NOW.plus_seconds(10);
    let found = view.expiring_credentials(tenant_id, NOW, end, 100).await;
    let found = found.expect("it answers");
    let keys: Vec<_> = found
        .iter()
        .map(|found| (found.key_id, found.kind))
        .collect();
    let of_secret = |number: usize| {
        let key_id = passwords[number].key_id;
        (key_id, ClientCredentialType::ClientSecret)
    };
    let of_key = (key.key_id, ClientCredentialType::Certificate);
    assert_eq!(keys, [of_secret(2), of_secret(4), of_key, of_secret(0)]);
    for credential in &found {
        assert_eq!(credential.application_id, app.id);
        assert_eq!(credential.app_id, app.app_id);
        assert_eq!(credential.application_name, "Contoso");
    }
    assert_eq!(found[1].service_principal_id, Some(contoso.principal.id));
    assert_eq!(found[1].display_name, None);
    assert_eq!(found[2].service_principal_id, None);
    assert_eq!(found[2].display_name.as_deref(), Some("build server"));
    assert_eq!(found[2].end_at, key.end_at);
    let first = view.expiring_credentials(tenant_id, NOW, end, 3).await;
    assert_eq!(first, Ok(found[..3].to_vec()));
}

async fn a_persons_sign_in_names_the_person(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let contoso = sample.instance(&db, "Contoso").await;
    let fabrikam = sample.instance(&db, "Fabrikam").await;
    let users = [&contoso, &fabrikam].map(|one| sample.user(&one.tenant, "admin@contoso.example"));
    let writes = users.clone().map(Write::AddUser);
    sample.commit(&db, &writes).await.expect("both are new");
    let tenant_id = contoso.tenant.id;
    let of = |user_id| SignIn {
        user_id,
        credential_type: ClientCredentialType::None,
        ..sample.sign_in(Some(tenant_id), NOW)
    };
    let [own, foreign] = users.map(|user| of(Some(user.id)));
    let workload = of(None);
    let log = [own.clone(), foreign.clone(), workload.clone()];
    db.record_sign_ins(&log).await.expect("all are new");
    for (sign_in, name) in [
        (own, Some("admin@contoso.example")),
        (foreign, None),
        (workload, None),
    ] {
        assert_eq!(db.sign_in(sign_in.id).await, Ok(Some(sign_in.clone())));
        let mut view = db.view().await.expect("it answers");
        let found = view.sign_in(tenant_id, sign_in.id).await;
        let record = found.expect("it answers").expect("it is there");
        assert_eq!(record.user_principal_name.as_deref(), name);
        let shown = name.map(|name| format!("Person {name}"));
        assert_eq!(record.user_display_name, shown);
        assert_eq!(record.sign_in, sign_in);
    }
}
