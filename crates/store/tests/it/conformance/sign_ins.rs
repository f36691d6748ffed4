use countersign_domain::directory::{ClientCredentialType, SignIn, Write};
use countersign_domain::ids::{AppId, KeyId, ServicePrincipalId};

use crate::sample::{NOW, Sample};
use crate::support::Place;

on_both!(
    sign_ins_come_back_newest_first,
    a_batch_can_be_sent_again,
    a_sign_in_says_when_its_credential_was_used,
    only_a_credential_of_the_type_is_touched,
    a_refused_sign_in_is_no_use,
);

async fn sign_ins_come_back_newest_first(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let (contoso, fabrikam) = (sample.tenant("Contoso").id, sample.tenant("Fabrikam").id);
    let tenants = [Some(contoso), Some(fabrikam), None];
    // Two full chunks and some single rows, in an order of their own, several at one instant.
    let mut sign_ins: Vec<SignIn> = (0..137)
        .map(|number: i64| {
            let tenant = tenants[usize::try_from(number % 3).expect("0 to 2")];
            sample.sign_in(tenant, NOW.plus_seconds(number * 7 % 60))
        })
        .collect();
    sign_ins[0] = SignIn {
        app_id: Some(AppId::random(&sample.random)),
        service_principal_id: Some(ServicePrincipalId::random(&sample.random)),
        resource_app_id: Some(AppId::random(&sample.random)),
        credential_type: ClientCredentialType::ClientAssertion,
        error_code: 7_000_215,
        reason: Some("Wrong secret “x”".to_owned()),
        ..sign_ins[0].clone()
    };
    sign_ins[1].credential_type = ClientCredentialType::None;
    sign_ins[2].credential_type = ClientCredentialType::Certificate;
    sign_ins[3].credential_type = ClientCredentialType::FederatedIdentityCredential;
    db.record_sign_ins(&sign_ins[..100])
        .await
        .expect("all are new");
    db.record_sign_ins(&sign_ins[100..])
        .await
        .expect("all are new");
    for sign_in in &sign_ins[..4] {
        assert_eq!(db.sign_in(sign_in.id).await, Ok(Some(sign_in.clone())));
    }
    let unknown = sample.sign_in(None, NOW).id;
    assert_eq!(db.sign_in(unknown).await, Ok(None));

    sign_ins.sort_by_key(|sign_in| std::cmp::Reverse((sign_in.at, sign_in.id)));
    assert_eq!(db.sign_ins(None, 1_000).await, Ok(sign_ins.clone()));
    assert_eq!(db.sign_ins(None, 10).await, Ok(sign_ins[..10].to_vec()));
    let mut own: Vec<SignIn> = sign_ins;
    own.retain(|sign_in| sign_in.tenant_id == Some(contoso));
    assert_eq!(db.sign_ins(Some(contoso), 1_000).await, Ok(own.clone()));
    assert_eq!(db.sign_ins(Some(contoso), 3).await, Ok(own[..3].to_vec()));
}

async fn a_batch_can_be_sent_again(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let mut batch: Vec<SignIn> = (0..60).map(|_| sample.sign_in(None, NOW)).collect();
    batch[0].reason = Some("nul \0 inside".to_owned());
    db.record_sign_ins(&batch).await.expect("all are new");
    let stored = db.sign_in(batch[0].id).await.expect("it answers");
    assert_eq!(
        stored.as_ref().and_then(|found| found.reason.as_deref()),
        Some("nul \u{fffd} inside")
    );

    batch[0].reason = Some("never rewritten".to_owned());
    batch.push(sample.sign_in(None, NOW));
    db.record_sign_ins(&batch).await.expect("one is new");
    let all = db.sign_ins(None, 100).await.expect("it answers");
    assert_eq!(all.len(), 61);
    let first = db.sign_in(batch[0].id).await.expect("it answers");
    assert_eq!(first, stored);
}

async fn a_sign_in_says_when_its_credential_was_used(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let contoso = sample.instance(&db, "Contoso").await;
    let tenant_id = contoso.tenant.id;
    let unused = sample.password(&contoso.application, "three two one");
    let password = sample.password(&contoso.application, "one two three");
    let key = sample.key(&contoso.application);
    let credential = sample.federated(&contoso.application, "cluster");
    let used = [
        (ClientCredentialType::ClientSecret, password.key_id),
        (ClientCredentialType::Certificate, key.key_id),
        (
            ClientCredentialType::FederatedIdentityCredential,
            KeyId::new(credential.id.uuid()),
        ),
    ];
    let unused_id = unused.key_id;
    let mut writes: Vec<Write> = [unused, password]
        .map(|password| Write::AddPassword {
            tenant_id,
            password,
        })
        .into();
    writes.push(Write::AddKey { tenant_id, key });
    writes.push(Write::AddFederatedCredential {
        tenant_id,
        credential,
    });
    sample.commit(&db, &writes).await.expect("all are new");
    let changes = db.latest_change().await;

    // Used as a guest of another tenant: the credential is the home tenant's all the same.
    let elsewhere = Some(sample.tenant("Fabrikam").id);
    let signed_in = |credential_type, key_id, seconds| SignIn {
        app_id: Some(contoso.application.app_id),
        credential_type,
        credential_key_id: Some(key_id),
        ..sample.sign_in(elsewhere, NOW.plus_seconds(seconds))
    };
    // A batch of another node that comes late does not turn the clock back.
    let late = place.open().await;
    for (node, batch) in [(&db, vec![5, 9, 7]), (&late, vec![1])] {
        let batch: Vec<SignIn> = used
            .iter()
            .zip(0..)
            .flat_map(|((kind, id), more)| batch.iter().map(move |at| (*kind, *id, at + more)))
            .map(|(kind, id, seconds)| signed_in(kind, id, seconds))
            .collect();
        node.record_sign_ins(&batch).await.expect("all are new");
        let mut expected = vec![
            (used[0].1, Some(NOW.plus_seconds(9))),
            (used[1].1, Some(NOW.plus_seconds(10))),
            (used[2].1, Some(NOW.plus_seconds(11))),
            (unused_id, None),
        ];
        expected.sort();
        let found = crate::sample::last_used(&db, tenant_id, contoso.application.id).await;
        assert_eq!(found, Ok(expected));
    }
    assert_eq!(
        db.latest_change().await,
        changes,
        "no node forgets for this"
    );
}

async fn only_a_credential_of_the_type_is_touched(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let contoso = sample.instance(&db, "Contoso").await;
    let tenant_id = contoso.tenant.id;
    let key = sample.key(&contoso.application);
    let key_id = key.key_id;
    let add = [Write::AddKey { tenant_id, key }];
    sample.commit(&db, &add).await.expect("it is new");
    let batch = [
        ClientCredentialType::None,
        ClientCredentialType::ClientSecret,
        ClientCredentialType::FederatedIdentityCredential,
        ClientCredentialType::ClientAssertion,
    ]
    .map(|credential_type| SignIn {
        app_id: Some(contoso.application.app_id),
        credential_type,
        credential_key_id: Some(key_id),
        ..sample.sign_in(Some(tenant_id), NOW)
    });
    db.record_sign_ins(&batch).await.expect("all are new");
    for sign_in in &batch {
        assert_eq!(db.sign_in(sign_in.id).await, Ok(Some(sign_in.clone())));
    }
    let found = crate::sample::last_used(&db, tenant_id, contoso.application.id).await;
    assert_eq!(found, Ok(vec![(key_id, None)]));
    let foreign = sample.tenant("Fabrikam").id;
    let found = crate::sample::last_used(&db, foreign, contoso.application.id).await;
    assert_eq!(found, Ok(vec![]), "another tenant is told nothing");
}

async fn a_refused_sign_in_is_no_use(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let contoso = sample.instance(&db, "Contoso").await;
    let tenant_id = contoso.tenant.id;
    let key = sample.key(&contoso.application);
    let key_id = key.key_id;
    let add = [Write::AddKey { tenant_id, key }];
    sample.commit(&db, &add).await.expect("it is new");
    let signed_in = |error_code, seconds| SignIn {
        app_id: Some(contoso.application.app_id),
        credential_type: ClientCredentialType::Certificate,
        credential_key_id: Some(key_id),
        error_code,
        ..sample.sign_in(Some(tenant_id), NOW.plus_seconds(seconds))
    };
    let last_used = async || crate::sample::last_used(&db, tenant_id, contoso.application.id).await;
    let refused = [signed_in(70_002, 1), signed_in(500_011, 2)];
    db.record_sign_ins(&refused).await.expect("all are new");
    assert_eq!(last_used().await, Ok(vec![(key_id, None)]));

    // In one batch with others, before and after.
    let batch = [signed_in(70_002, 3), signed_in(0, 4), signed_in(70_002, 5)];
    db.record_sign_ins(&batch).await.expect("all are new");
    let used_at = Some(NOW.plus_seconds(4));
    assert_eq!(last_used().await, Ok(vec![(key_id, used_at)]));
    for sign_in in refused.iter().chain(&batch) {
        assert_eq!(db.sign_in(sign_in.id).await, Ok(Some(sign_in.clone())));
    }
}
