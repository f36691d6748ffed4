use countersign_domain::directory::{AssertionPolicy, AssertionProfile, Change, Write};

use crate::sample::{Sample, domain};
use crate::support::{Place, conflict, not_found};

on_both!(
    tenants_come_back_as_they_were_written,
    tenants_are_sorted_by_bytes,
    a_domain_stands_for_one_tenant,
    domains_and_the_default_mark_can_move,
    a_policy_comes_back_and_can_be_replaced,
    a_tenant_that_is_missing_cannot_be_updated,
);

async fn tenants_come_back_as_they_were_written(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let mut contoso = sample.tenant("Contoso");
    contoso.domains = vec![domain("z.example"), domain("contoso.example")];
    contoso.is_default = true;
    let fabrikam = sample.tenant("Fabrikam");
    let writes = [fabrikam.clone(), contoso.clone()].map(Write::AddTenant);
    sample.commit(&db, &writes).await.expect("both are new");
    assert_eq!(
        db.tenants().await,
        Ok(vec![contoso.clone(), fabrikam.clone()])
    );

    contoso.display_name = "Contoso Ltd".to_owned();
    contoso.domains = vec![domain("contoso.example"), domain("new.example")];
    let writes = [Write::UpdateTenant(contoso.clone())];
    sample.commit(&db, &writes).await.expect("it is there");
    assert_eq!(db.tenants().await, Ok(vec![contoso.clone(), fabrikam]));
    let state = crate::sample::state(&db, &contoso).await;
    assert_eq!(state.tenant, contoso);
    let unknown = sample.tenant("Nobody").id;
    assert!(
        db.tenant_state(unknown)
            .await
            .expect("it answers")
            .is_none()
    );
}

async fn tenants_are_sorted_by_bytes(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let writes: Vec<Write> = ["é", "b", "_", "a", "Z", "B", "b-1", "b 1", "ba"]
        .into_iter()
        .map(|name| Write::AddTenant(sample.tenant(name)))
        .collect();
    sample.commit(&db, &writes).await.expect("all are new");
    let names: Vec<String> = db
        .tenants()
        .await
        .expect("they can be read")
        .into_iter()
        .map(|tenant| tenant.display_name)
        .collect();
    assert_eq!(names, ["B", "Z", "_", "a", "b", "b 1", "b-1", "ba", "é"]);
}

async fn a_domain_stands_for_one_tenant(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let mut contoso = sample.tenant("Contoso");
    contoso.domains = vec![domain("shared.example")];
    let add = Write::AddTenant(contoso.clone());
    sample.commit(&db, &[add]).await.expect("it is new");
    let mut fabrikam = sample.tenant("Fabrikam");
    fabrikam.domains = vec![domain("shared.example")];
    let add = Write::AddTenant(fabrikam);
    let refused = sample.commit(&db, std::slice::from_ref(&add)).await;
    assert_eq!(
        conflict(refused),
        "a tenant with the domain shared.example exists already"
    );
    let add = Write::AddTenant(contoso.clone());
    let refused = sample.commit(&db, &[add]).await;
    assert!(conflict(refused).contains(&contoso.id.to_string()));
    assert_eq!(db.tenants().await, Ok(vec![contoso]));
}

async fn domains_and_the_default_mark_can_move(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let mut contoso = sample.tenant("Contoso");
    contoso.domains = vec![domain("shared.example")];
    contoso.is_default = true;
    let mut fabrikam = sample.tenant("Fabrikam");
    let writes = [contoso.clone(), fabrikam.clone()].map(Write::AddTenant);
    sample.commit(&db, &writes).await.expect("both are new");

    let mut second_default = fabrikam.clone();
    second_default.is_default = true;
    let refused = sample
        .commit(&db, &[Write::UpdateTenant(second_default)])
        .await;
    assert!(conflict(refused).contains("default"));

    std::mem::swap(&mut contoso.domains, &mut fabrikam.domains);
    std::mem::swap(&mut contoso.is_default, &mut fabrikam.is_default);
    // The one that takes comes first, before the other has given up.
    let writes = [fabrikam.clone(), contoso.clone()].map(Write::UpdateTenant);
    sample
        .commit(&db, &writes)
        .await
        .expect("a swap is no conflict");
    assert_eq!(db.tenants().await, Ok(vec![contoso, fabrikam]));
}

async fn a_policy_comes_back_and_can_be_replaced(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let mut contoso = sample.tenant("Contoso");
    contoso.assertion_policy = AssertionPolicy {
        profile: AssertionProfile::Strict,
        single_use: true,
        lifetime_seconds_max: 60,
    };
    let add = [Write::AddTenant(contoso.clone())];
    sample.commit(&db, &add).await.expect("it is new");
    assert_eq!(db.tenants().await, Ok(vec![contoso.clone()]));

    contoso.assertion_policy.profile = AssertionProfile::Compatible;
    contoso.assertion_policy.lifetime_seconds_max = 300;
    let before = db.latest_change().await.expect("it answers");
    let update = [Write::UpdateTenant(contoso.clone())];
    sample.commit(&db, &update).await.expect("it is there");
    let changes = db.changes_since(before).await;
    assert_eq!(changes, Ok((before + 1, vec![Change::Tenants])));
    let state = crate::sample::state(&db, &contoso).await;
    assert_eq!(state.tenant, contoso);
}

async fn a_tenant_that_is_missing_cannot_be_updated(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let tenant = sample.tenant("Nobody");
    let refused = sample
        .commit(&db, &[Write::UpdateTenant(tenant.clone())])
        .await;
    assert_eq!(
        not_found(refused),
        format!("the tenant {} does not exist", tenant.id)
    );
    let orphan = sample.application(&tenant, "Orphan");
    let refused = sample.commit(&db, &[Write::AddApplication(orphan)]).await;
    assert!(not_found(refused).contains("refers to something"));
}
