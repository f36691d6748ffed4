use countersign_domain::directory::{CertificateSubject, Change, KeyCredential, KeyTrust, Write};
use countersign_domain::ids::TenantId;

use crate::sample::{NOW, Sample, certificate, state};
use crate::support::{Place, conflict, not_found};

on_both!(
    certificates_are_added_replaced_and_removed,
    every_kind_of_trust_comes_back,
    a_certificate_opens_every_tenant_of_its_application,
    another_tenants_application_gets_no_certificate,
);

fn add(tenant_id: TenantId, key: &KeyCredential) -> Write {
    Write::AddKey {
        tenant_id,
        key: key.clone(),
    }
}

fn update(tenant_id: TenantId, key: &KeyCredential) -> Write {
    Write::UpdateKey {
        tenant_id,
        key: key.clone(),
    }
}

fn remove(tenant_id: TenantId, key: &KeyCredential) -> Write {
    Write::RemoveKey {
        tenant_id,
        application_id: key.application_id,
        key_id: key.key_id,
    }
}

fn text(keys: &[KeyCredential]) -> String {
    format!("{keys:#?}")
}

async fn certificates_are_added_replaced_and_removed(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let contoso = sample.instance(&db, "Contoso").await;
    let tenant_id = contoso.tenant.id;
    let mut old = sample.key(&contoso.application);
    old.start_at = NOW.plus_seconds(-5);
    let mut new = sample.key(&contoso.application);
    new.certificate = certificate(1);
    let writes = [add(tenant_id, &new), add(tenant_id, &old)];
    sample.commit(&db, &writes).await.expect("both are new");
    let stored = state(&db, &contoso.tenant).await.keys;
    assert_eq!(
        text(&stored),
        text(&[old.clone(), new.clone()]),
        "oldest first"
    );
    assert_eq!(stored[0].certificate, old.certificate);
    assert_eq!(stored[1].certificate, new.certificate);
    assert_eq!(
        conflict(sample.commit(&db, &writes[..1]).await),
        format!(
            "the certificate {} of the application {} exists already",
            new.key_id, new.application_id
        )
    );

    let mut wanted = new.clone();
    wanted.display_name = None;
    wanted.end_at = NOW.plus_seconds(60);
    wanted.trust = KeyTrust::Authority(CertificateSubject::DnsName("a.example".to_owned()));
    let mut asked = wanted.clone();
    asked.certificate = certificate(0);
    let before = db.latest_change().await.expect("it answers");
    let writes = [update(tenant_id, &asked), remove(tenant_id, &old)];
    sample.commit(&db, &writes).await.expect("both are there");
    let stored = state(&db, &contoso.tenant).await.keys;
    assert_eq!(text(&stored), text(&[wanted]), "the bytes stay");
    let changed = Change::Application(contoso.application.app_id);
    let changes = db.changes_since(before).await;
    assert_eq!(changes, Ok((before + 1, vec![changed])));
    not_found(sample.commit(&db, &[update(tenant_id, &old)]).await);
    not_found(sample.commit(&db, &[remove(tenant_id, &old)]).await);
}

async fn every_kind_of_trust_comes_back(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let contoso = sample.instance(&db, "Contoso").await;
    let mut keys = Vec::new();
    for (trust, seconds) in [
        KeyTrust::Certificate,
        KeyTrust::Authority(CertificateSubject::CommonName("Build “ü”".to_owned())),
        KeyTrust::Authority(CertificateSubject::DnsName("build.example".to_owned())),
        KeyTrust::Authority(CertificateSubject::Uri("spiffe://example/build".to_owned())),
    ]
    .into_iter()
    .zip(0..)
    {
        let mut key = sample.key(&contoso.application);
        key.trust = trust;
        key.start_at = NOW.plus_seconds(seconds);
        keys.push(key);
    }
    let writes: Vec<Write> = keys.iter().map(|key| add(contoso.tenant.id, key)).collect();
    sample.commit(&db, &writes).await.expect("all are new");
    let stored = state(&db, &contoso.tenant).await.keys;
    assert_eq!(text(&stored), text(&keys));
}

async fn a_certificate_opens_every_tenant_of_its_application(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let contoso = sample.instance(&db, "Contoso").await;
    let fabrikam = sample.instance(&db, "Fabrikam").await;
    let key = sample.key(&contoso.application);
    let writes = [add(contoso.tenant.id, &key)];
    sample.commit(&db, &writes).await.expect("it is new");
    for tenant in [&contoso.tenant, &fabrikam.tenant] {
        let found = db
            .application_in_tenant(tenant.id, contoso.application.app_id)
            .await;
        let found = found.expect("it answers").expect("it is there");
        assert_eq!(text(&found.keys), text(std::slice::from_ref(&key)));
    }
    assert!(state(&db, &fabrikam.tenant).await.keys.is_empty());

    // Without its service principal an application still has its certificates.
    let writes = [Write::RemoveServicePrincipal {
        tenant_id: contoso.tenant.id,
        id: contoso.principal.id,
    }];
    sample.commit(&db, &writes).await.expect("it is there");
    assert_eq!(state(&db, &contoso.tenant).await.keys.len(), 1);
}

async fn another_tenants_application_gets_no_certificate(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let contoso = sample.instance(&db, "Contoso").await;
    let fabrikam = sample.instance(&db, "Fabrikam").await;
    let key = sample.key(&contoso.application);
    let writes = [add(contoso.tenant.id, &key)];
    sample.commit(&db, &writes).await.expect("it is new");
    let foreign = fabrikam.tenant.id;
    for attempt in [
        add(foreign, &sample.key(&contoso.application)),
        update(foreign, &key),
        remove(foreign, &key),
    ] {
        not_found(sample.commit(&db, &[attempt]).await);
    }
    let stored = state(&db, &contoso.tenant).await.keys;
    assert_eq!(text(&stored), text(&[key]));
}
