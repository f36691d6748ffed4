use countersign_domain::directory::{Change, FederatedIdentityCredential, SubjectMatcher, Write};
use countersign_domain::ids::TenantId;

use crate::sample::{Sample, state};
use crate::support::{Place, conflict, not_found};

on_both!(
    federated_credentials_are_added_replaced_and_removed,
    names_and_subjects_are_unique_in_their_application,
    subjects_can_move_in_one_commit,
    another_tenants_application_gets_no_federated_credential,
);

fn add(tenant_id: TenantId, credential: &FederatedIdentityCredential) -> Write {
    Write::AddFederatedCredential {
        tenant_id,
        credential: credential.clone(),
    }
}

fn update(tenant_id: TenantId, credential: &FederatedIdentityCredential) -> Write {
    Write::UpdateFederatedCredential {
        tenant_id,
        credential: credential.clone(),
    }
}

fn remove(tenant_id: TenantId, credential: &FederatedIdentityCredential) -> Write {
    Write::RemoveFederatedCredential {
        tenant_id,
        application_id: credential.application_id,
        id: credential.id,
    }
}

/// A credential with nothing left at its default.
fn full(base: &FederatedIdentityCredential) -> FederatedIdentityCredential {
    let mut full = base.clone();
    full.issuer = "https://token.example/ü".to_owned();
    let expression = "claims['sub'] matches 'repo:org/*' and claims['ref'] eq 'main'";
    full.subject = SubjectMatcher::Expression(expression.parse().expect("an expression"));
    full.audiences = vec!["api://one".to_owned(), "Two “2”".to_owned()];
    full.description = Some("Line one\nline two".to_owned());
    let keys = r#"{"keys":[{"kty":"EC","kid":"k","crv":"P-256","x":"AA","y":"AQ"}]}"#;
    full.keys = Some(serde_json::from_str(keys).expect("a key set"));
    full
}

async fn federated_credentials_are_added_replaced_and_removed(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let contoso = sample.instance(&db, "Contoso").await;
    let tenant_id = contoso.tenant.id;
    let plain = sample.federated(&contoso.application, "plain");
    let base = sample.federated(&contoso.application, "Full");
    let full = full(&base);
    let writes = [add(tenant_id, &plain), add(tenant_id, &full)];
    sample.commit(&db, &writes).await.expect("both are new");
    let stored = state(&db, &contoso.tenant).await.federated;
    assert_eq!(stored, [full.clone(), plain.clone()], "by name");
    let found = db
        .application_in_tenant(sample.tenant("Guest").id, contoso.application.app_id)
        .await;
    let found = found.expect("it answers").expect("it is there");
    assert_eq!(found.federated, stored, "it opens every tenant");

    for wanted in [base, full] {
        let before = db.latest_change().await.expect("it answers");
        let writes = [update(tenant_id, &wanted)];
        sample.commit(&db, &writes).await.expect("it is there");
        let stored = state(&db, &contoso.tenant).await.federated;
        assert_eq!(stored, [wanted, plain.clone()]);
        let changed = Change::Application(contoso.application.app_id);
        let changes = db.changes_since(before).await;
        assert_eq!(changes, Ok((before + 1, vec![changed])));
    }
    let mut renamed = plain.clone();
    renamed.name = "renamed".to_owned();
    let writes = [update(tenant_id, &renamed)];
    sample.commit(&db, &writes).await.expect("it is there");
    let stored = state(&db, &contoso.tenant).await.federated;
    assert_eq!(stored[1], plain, "the name stays");
    let writes = [remove(tenant_id, &plain)];
    sample.commit(&db, &writes).await.expect("it is there");
    assert_eq!(state(&db, &contoso.tenant).await.federated.len(), 1);
    not_found(sample.commit(&db, &writes).await);
    not_found(sample.commit(&db, &[update(tenant_id, &plain)]).await);
}

async fn names_and_subjects_are_unique_in_their_application(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let contoso = sample.instance(&db, "Contoso").await;
    let tenant_id = contoso.tenant.id;
    let first = sample.federated(&contoso.application, "first");
    sample
        .commit(&db, &[add(tenant_id, &first)])
        .await
        .expect("it is new");
    let mut same_name = sample.federated(&contoso.application, "first");
    same_name.subject = SubjectMatcher::Subject("other".to_owned());
    let mut same_subject = sample.federated(&contoso.application, "second");
    same_subject.subject = first.subject.clone();
    for double in [same_name, same_subject.clone()] {
        let refused = sample.commit(&db, &[add(tenant_id, &double)]).await;
        assert_eq!(
            conflict(refused),
            format!(
                "a federated credential of the application {} with the id {}, the name {:?} or \
                 the same issuer and subject exists already",
                double.application_id, double.id, double.name
            )
        );
    }

    let second = sample.federated(&contoso.application, "second");
    let mut other_case = sample.federated(&contoso.application, "First");
    other_case.subject = SubjectMatcher::Subject("Subject of first".to_owned());
    let mut other_issuer = sample.federated(&contoso.application, "third");
    other_issuer.subject = first.subject.clone();
    other_issuer.issuer = "https://other.example/".to_owned();
    let other_application = sample.application(&contoso.tenant, "Other");
    let mut elsewhere = first.clone();
    elsewhere.application_id = other_application.id;
    let mut writes = vec![Write::AddApplication(other_application)];
    writes.extend([&second, &other_case, &other_issuer, &elsewhere].map(|it| add(tenant_id, it)));
    // Expressions may overlap, even be the same.
    for name in ["fourth", "fifth"] {
        writes.push(add(
            tenant_id,
            &full(&sample.federated(&contoso.application, name)),
        ));
    }
    sample.commit(&db, &writes).await.expect("all differ");
    assert_eq!(state(&db, &contoso.tenant).await.federated.len(), 7);

    same_subject.id = second.id;
    let refused = sample
        .commit(&db, &[update(tenant_id, &same_subject)])
        .await;
    assert!(conflict(refused).contains("the same issuer and subject"));
    let stored = state(&db, &contoso.tenant).await.federated;
    assert!(stored.contains(&second), "a refused update changes nothing");
}

async fn subjects_can_move_in_one_commit(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let contoso = sample.instance(&db, "Contoso").await;
    let tenant_id = contoso.tenant.id;
    let mut one = sample.federated(&contoso.application, "one");
    let mut two = sample.federated(&contoso.application, "two");
    let writes = [add(tenant_id, &one), add(tenant_id, &two)];
    sample.commit(&db, &writes).await.expect("both are new");
    std::mem::swap(&mut one.subject, &mut two.subject);
    let writes = [update(tenant_id, &one), update(tenant_id, &two)];
    sample
        .commit(&db, &writes)
        .await
        .expect("a swap is no conflict");
    let stored = state(&db, &contoso.tenant).await.federated;
    assert_eq!(stored, [one.clone(), two.clone()]);

    // The one that takes comes first, before the other has given up.
    let mut renamed = sample.federated(&contoso.application, "renamed");
    renamed.subject = two.subject.clone();
    let writes = [add(tenant_id, &renamed), remove(tenant_id, &two)];
    sample.commit(&db, &writes).await.expect("it is given up");
    let stored = state(&db, &contoso.tenant).await.federated;
    assert_eq!(stored, [one, renamed]);
}

async fn another_tenants_application_gets_no_federated_credential(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let contoso = sample.instance(&db, "Contoso").await;
    let fabrikam = sample.instance(&db, "Fabrikam").await;
    let credential = sample.federated(&contoso.application, "first");
    let writes = [add(contoso.tenant.id, &credential)];
    sample.commit(&db, &writes).await.expect("it is new");
    let foreign = fabrikam.tenant.id;
    for attempt in [
        add(foreign, &sample.federated(&contoso.application, "second")),
        update(foreign, &full(&credential)),
        remove(foreign, &credential),
    ] {
        not_found(sample.commit(&db, &[attempt]).await);
    }
    assert_eq!(state(&db, &contoso.tenant).await.federated, [credential]);
}
