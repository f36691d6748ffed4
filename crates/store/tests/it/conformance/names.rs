use countersign_domain::directory::{Application, ResourceName, Write};
use countersign_domain::ids::{AppId, TenantId};
use countersign_store::Db;

use crate::sample::{NOW, Sample, state};
use crate::support::{Place, conflict};

on_both!(
    a_name_is_found_in_any_case_with_or_without_a_slash,
    a_name_belongs_to_one_application_of_a_tenant,
    a_name_needs_a_service_principal_in_the_tenant,
    the_tenants_own_application_comes_first,
    a_name_can_move_in_one_list_in_any_order,
    a_deleted_application_frees_its_names,
);

async fn found(db: &Db, tenant_id: TenantId, name: &str) -> Option<AppId> {
    let name = ResourceName::fold(name);
    let found = db.app_id_by_resource_name(tenant_id, &name).await;
    found.expect("it answers")
}

fn with_uris(application: &Application, uris: &[&str]) -> Application {
    Application {
        identifier_uris: uris.iter().map(|&uri| uri.to_owned()).collect(),
        ..application.clone()
    }
}

async fn a_name_is_found_in_any_case_with_or_without_a_slash(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let contoso = sample.instance(&db, "Contoso").await;
    let tenant_id = contoso.tenant.id;
    let named = with_uris(
        &contoso.application,
        &["https://Örders.Example/", "api://x"],
    );
    let writes = [Write::UpdateApplication(named)];
    sample.commit(&db, &writes).await.expect("it is there");
    let app_id = Some(contoso.application.app_id);
    for name in [
        "https://örders.example",
        "HTTPS://ÖRDERS.EXAMPLE/",
        "API://X",
    ] {
        assert_eq!(found(&db, tenant_id, name).await, app_id, "{name}");
    }
    for name in [
        "https://orders.example",
        "api://x//",
        "api://%",
        "api://x\0",
        "",
    ] {
        assert_eq!(found(&db, tenant_id, name).await, None, "{name:?}");
    }
}

async fn a_name_belongs_to_one_application_of_a_tenant(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let contoso = sample.instance(&db, "Contoso").await;
    let named = with_uris(&contoso.application, &["api://orders", "api://orders/"]);
    let writes = [Write::UpdateApplication(named)];
    sample
        .commit(&db, &writes)
        .await
        .expect("two spellings of one name are one name");
    let second = sample.application(&contoso.tenant, "Second");
    let second = with_uris(&second, &["API://Orders"]);
    let refused = sample.commit(&db, &[Write::AddApplication(second)]).await;
    assert_eq!(
        conflict(refused),
        format!(
            "an application with the identifier URI api://orders in the tenant {} exists already",
            contoso.tenant.id
        )
    );
}

async fn a_name_needs_a_service_principal_in_the_tenant(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let contoso = sample.instance(&db, "Contoso").await;
    let fabrikam = sample.instance(&db, "Fabrikam").await;
    let named = with_uris(&contoso.application, &["api://orders"]);
    let writes = [Write::UpdateApplication(named)];
    sample.commit(&db, &writes).await.expect("it is there");
    let app_id = Some(contoso.application.app_id);
    assert_eq!(found(&db, contoso.tenant.id, "api://orders").await, app_id);
    assert_eq!(found(&db, fabrikam.tenant.id, "api://orders").await, None);

    let guest = sample.principal(&fabrikam.tenant, &contoso.application);
    let writes = [Write::AddServicePrincipal(guest)];
    sample.commit(&db, &writes).await.expect("it is new");
    assert_eq!(found(&db, fabrikam.tenant.id, "api://orders").await, app_id);

    let remove = Write::RemoveServicePrincipal {
        tenant_id: contoso.tenant.id,
        id: contoso.principal.id,
    };
    sample.commit(&db, &[remove]).await.expect("it is there");
    assert_eq!(found(&db, contoso.tenant.id, "api://orders").await, None);
}

async fn the_tenants_own_application_comes_first(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let contoso = sample.instance(&db, "Contoso").await;
    let fabrikam = sample.instance(&db, "Fabrikam").await;
    let mut writes: Vec<Write> = [&contoso.application, &fabrikam.application]
        .map(|application| Write::UpdateApplication(with_uris(application, &["api://orders"])))
        .into();
    for (tenant, application) in [
        (&contoso.tenant, &fabrikam.application),
        (&fabrikam.tenant, &contoso.application),
    ] {
        writes.push(Write::AddServicePrincipal(
            sample.principal(tenant, application),
        ));
    }
    sample.commit(&db, &writes).await.expect("all are new");
    for own in [&contoso, &fabrikam] {
        assert_eq!(
            found(&db, own.tenant.id, "api://orders").await,
            Some(own.application.app_id)
        );
    }
}

async fn a_name_can_move_in_one_list_in_any_order(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let contoso = sample.instance(&db, "Contoso").await;
    let first = with_uris(&contoso.application, &["api://one", "api://both"]);
    let second = sample.application(&contoso.tenant, "Second");
    let second = with_uris(&second, &["api://two"]);
    let writes = [
        Write::UpdateApplication(first.clone()),
        Write::AddApplication(second.clone()),
        Write::AddServicePrincipal(sample.principal(&contoso.tenant, &second)),
    ];
    sample.commit(&db, &writes).await.expect("all are new");

    let moved = [
        Write::UpdateApplication(with_uris(&second, &["api://one", "api://both"])),
        Write::UpdateApplication(with_uris(&first, &["api://two"])),
    ];
    sample
        .commit(&db, &moved)
        .await
        .expect("a swap is no conflict");
    let tenant_id = contoso.tenant.id;
    for (name, app_id) in [
        ("api://one", second.app_id),
        ("api://both", second.app_id),
        ("api://two", first.app_id),
    ] {
        assert_eq!(found(&db, tenant_id, name).await, Some(app_id), "{name}");
    }
}

async fn a_deleted_application_frees_its_names(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let contoso = sample.instance(&db, "Contoso").await;
    let named = with_uris(&contoso.application, &["api://orders"]);
    let delete = Write::DeleteApplication {
        tenant_id: contoso.tenant.id,
        id: contoso.application.id,
        at: NOW,
    };
    let writes = [Write::UpdateApplication(named), delete];
    sample.commit(&db, &writes).await.expect("it is there");
    assert_eq!(found(&db, contoso.tenant.id, "api://orders").await, None);
    let heir = sample.application(&contoso.tenant, "Heir");
    let heir = with_uris(&heir, &["api://orders"]);
    let writes = [
        Write::AddApplication(heir.clone()),
        Write::AddServicePrincipal(sample.principal(&contoso.tenant, &heir)),
    ];
    sample.commit(&db, &writes).await.expect("the name is free");
    assert_eq!(
        found(&db, contoso.tenant.id, "api://orders").await,
        Some(heir.app_id)
    );
    assert_eq!(state(&db, &contoso.tenant).await.applications, [heir]);
}
