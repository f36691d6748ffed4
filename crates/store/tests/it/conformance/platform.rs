use countersign_domain::directory::Write;

use crate::sample::Sample;
use crate::support::Place;

on_both!(tenants_without_an_application_are_found);

async fn tenants_without_an_application_are_found(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let [home, other, third] = ["Home", "Other", "Third"].map(|name| sample.tenant(name));
    let application = sample.application(&home, "Everywhere");
    let app_id = application.app_id;
    let principal = sample.principal(&other, &application);
    let writes = [&home, &other, &third].map(|tenant| Write::AddTenant(tenant.clone()));
    let writes = [
        &writes[..],
        &[
            Write::AddApplication(application),
            Write::AddServicePrincipal(principal.clone()),
        ],
    ]
    .concat();
    sample.commit(&db, &writes).await.expect("all are new");
    let mut expected = vec![home.id, third.id];
    expected.sort_unstable();
    let found = db.tenants_without_service_principal(app_id).await;
    assert_eq!(found, Ok(expected));
    let remove = Write::RemoveServicePrincipal {
        tenant_id: other.id,
        id: principal.id,
    };
    sample.commit(&db, &[remove]).await.expect("it is there");
    let found = db.tenants_without_service_principal(app_id).await;
    assert_eq!(found.map(|found| found.len()), Ok(3));
}
