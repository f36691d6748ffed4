use countersign_domain::directory::{
    Application, AssertionPolicy, AssertionProfile, OptionalClaim, SignInAudience,
    SigningAlgorithm, TokenLifetime, TokenVersion, Write,
};
use countersign_domain::ids::ApplicationId;

use crate::sample::{NOW, Sample, state};
use crate::support::{Place, conflict, not_found};

on_both!(
    every_property_comes_back,
    every_property_can_be_replaced,
    a_client_id_is_one_name_for_all_tenants,
    an_application_is_seen_from_every_tenant,
    a_deleted_application_is_gone_but_its_client_id_is_not,
    registering_again_ends_the_deleted_application,
    applications_are_sorted_by_bytes_then_id,
    writes_to_missing_applications_are_refused,
);

/// An application with nothing left at its default.
fn full(sample: &Sample, base: &Application) -> Application {
    let mut full = base.clone();
    full.display_name = "Orders “API” ü".to_owned();
    full.sign_in_audience = SignInAudience::AzureADMultipleOrgs;
    full.identifier_uris = vec!["api://Orders/".into(), "https://orders.example".into()];
    full.app_roles = vec![
        sample.app_role("Orders.Read"),
        sample.app_role("Orders.All"),
    ];
    full.requested_access_token_version = Some(TokenVersion::V2);
    full.is_fallback_public_client = true;
    full.is_disabled = true;
    full.access_token_lifetime = TokenLifetime::try_from(600).ok();
    full.access_token_signing_algorithm = SigningAlgorithm::EdDsa;
    full.assertion_policy = AssertionPolicy {
        profile: AssertionProfile::Strict,
        single_use: true,
        lifetime_seconds_max: 60,
    };
    full.manifest.description = Some("Line one\nline two\0".to_owned());
    full.manifest.tags = vec!["a".into(), "ü".into()];
    full.manifest.optional_claims.access_token = vec![OptionalClaim {
        name: "idtyp".to_owned(),
        ..OptionalClaim::default()
    }];
    full
}

async fn every_property_comes_back(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let tenant = sample.tenant("Contoso");
    let plain = sample.application(&tenant, "Plain");
    let full = full(&sample, &sample.application(&tenant, "Full"));
    let writes = [
        Write::AddTenant(tenant.clone()),
        Write::AddApplication(plain.clone()),
        Write::AddApplication(full.clone()),
    ];
    sample.commit(&db, &writes).await.expect("all are new");
    assert_eq!(
        state(&db, &tenant).await.applications,
        [full.clone(), plain.clone()]
    );
    for application in [plain, full] {
        let found = db.application_by_app_id(application.app_id).await;
        assert_eq!(found, Ok(Some(application)));
    }
}

async fn every_property_can_be_replaced(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let old = sample.instance(&db, "Contoso").await;
    let full = full(&sample, &old.application);
    for wanted in [full, old.application.clone()] {
        let writes = [Write::UpdateApplication(wanted.clone())];
        sample.commit(&db, &writes).await.expect("it is there");
        assert_eq!(state(&db, &old.tenant).await.applications, [wanted]);
    }
}

async fn a_client_id_is_one_name_for_all_tenants(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let contoso = sample.instance(&db, "Contoso").await;
    let fabrikam = sample.instance(&db, "Fabrikam").await;
    let mut double = sample.application(&fabrikam.tenant, "Double");
    double.app_id = contoso.application.app_id;
    let refused = sample
        .commit(&db, &[Write::AddApplication(double.clone())])
        .await;
    assert_eq!(
        conflict(refused),
        format!(
            "an application with the client id {} or the object id {} exists already",
            double.app_id, double.id
        )
    );
    let mut double = sample.application(&fabrikam.tenant, "Double");
    double.id = contoso.application.id;
    let refused = sample.commit(&db, &[Write::AddApplication(double)]).await;
    assert!(conflict(refused).contains(&contoso.application.id.to_string()));
    let mut principal = sample.principal(&contoso.tenant, &contoso.application);
    let refused = sample
        .commit(&db, &[Write::AddServicePrincipal(principal.clone())])
        .await;
    assert!(conflict(refused).contains(&principal.app_id.to_string()));
    principal.tenant_id = fabrikam.tenant.id;
    let writes = [Write::AddServicePrincipal(principal)];
    sample
        .commit(&db, &writes)
        .await
        .expect("in another tenant it is another instance");
}

async fn an_application_is_seen_from_every_tenant(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let contoso = sample.instance(&db, "Contoso").await;
    let fabrikam = sample.instance(&db, "Fabrikam").await;
    let password = sample.password(&contoso.application, "one two three");
    let grant = sample.assignment(
        &contoso.principal,
        &contoso.principal,
        countersign_domain::ids::AppRoleId::DEFAULT_ACCESS,
    );
    let writes = [
        Write::AddPassword {
            tenant_id: contoso.tenant.id,
            password: password.clone(),
        },
        Write::AddAssignment(grant.clone()),
    ];
    sample.commit(&db, &writes).await.expect("both are new");
    let app_id = contoso.application.app_id;

    let home = db.application_in_tenant(contoso.tenant.id, app_id).await;
    let home = home.expect("it answers").expect("it is there");
    assert_eq!(home.tenant_id, contoso.tenant.id);
    assert_eq!(home.application, contoso.application);
    assert_eq!(home.service_principal, Some(contoso.principal.clone()));
    assert_eq!(home.assignments, [grant]);
    assert_eq!(home.passwords.len(), 1);
    assert!(home.passwords[0].hash.matches(&password.hash));
    assert_eq!(home.passwords[0].end_at, password.end_at);

    let guest = db.application_in_tenant(fabrikam.tenant.id, app_id).await;
    let guest = guest.expect("it answers").expect("it is there");
    assert_eq!(guest.tenant_id, fabrikam.tenant.id);
    assert_eq!(guest.application, contoso.application);
    assert_eq!(guest.service_principal, None);
    assert!(guest.assignments.is_empty());
    assert_eq!(guest.passwords.len(), 1, "a secret opens every tenant");

    let unknown = sample.application(&contoso.tenant, "Unknown").app_id;
    let found = db.application_in_tenant(contoso.tenant.id, unknown).await;
    assert!(found.expect("it answers").is_none());
}

async fn a_deleted_application_is_gone_but_its_client_id_is_not(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let contoso = sample.instance(&db, "Contoso").await;
    let fabrikam = sample.instance(&db, "Fabrikam").await;
    let guest = sample.principal(&fabrikam.tenant, &contoso.application);
    let password = sample.password(&contoso.application, "one two three");
    let (tenant_id, id) = (contoso.tenant.id, contoso.application.id);
    let delete = Write::DeleteApplication {
        tenant_id,
        id,
        at: NOW,
    };
    let writes = [
        Write::AddServicePrincipal(guest.clone()),
        Write::AddPassword {
            tenant_id,
            password,
        },
        Write::AddKey {
            tenant_id,
            key: sample.key(&contoso.application),
        },
        Write::AddFederatedCredential {
            tenant_id,
            credential: sample.federated(&contoso.application, "cluster"),
        },
        delete.clone(),
    ];
    sample.commit(&db, &writes).await.expect("it is there");

    let app_id = contoso.application.app_id;
    assert_eq!(db.application_by_app_id(app_id).await, Ok(None));
    for tenant_id in [contoso.tenant.id, fabrikam.tenant.id] {
        let found = db.application_in_tenant(tenant_id, app_id).await;
        assert!(found.expect("it answers").is_none());
    }
    let left = state(&db, &contoso.tenant).await;
    assert!(left.applications.is_empty());
    assert!(left.service_principals.is_empty());
    assert!(left.passwords.is_empty() && left.keys.is_empty() && left.federated.is_empty());
    let kept = crate::sample::last_used(&db, tenant_id, id).await;
    let kept = kept.expect("it answers");
    assert_eq!(kept.len(), 3, "restoring finds the credentials again");
    let elsewhere = state(&db, &fabrikam.tenant).await.service_principals;
    assert!(elsewhere.contains(&guest), "it stays where it is a guest");

    not_found(sample.commit(&db, &[delete]).await);
    not_found(
        sample
            .commit(
                &db,
                &[Write::UpdateApplication(contoso.application.clone())],
            )
            .await,
    );
    not_found(
        sample
            .commit(
                &db,
                &[Write::AddServicePrincipal(contoso.principal.clone())],
            )
            .await,
    );
    let mut taken = sample.application(&fabrikam.tenant, "Taken over");
    taken.app_id = app_id;
    conflict(sample.commit(&db, &[Write::AddApplication(taken)]).await);
}

async fn registering_again_ends_the_deleted_application(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let contoso = sample.instance(&db, "Contoso").await;
    let tenant_id = contoso.tenant.id;
    let password = sample.password(&contoso.application, "one two three");
    let writes = [
        Write::AddPassword {
            tenant_id,
            password,
        },
        Write::AddKey {
            tenant_id,
            key: sample.key(&contoso.application),
        },
        Write::AddFederatedCredential {
            tenant_id,
            credential: sample.federated(&contoso.application, "cluster"),
        },
        Write::DeleteApplication {
            tenant_id,
            id: contoso.application.id,
            at: NOW,
        },
    ];
    sample.commit(&db, &writes).await.expect("it is there");
    let mut again = full(&sample, &contoso.application);
    for id in [
        contoso.application.id,
        ApplicationId::random(&sample.random),
    ] {
        again.id = id;
        again.created_at = NOW.plus_seconds(5);
        let writes = [Write::AddApplication(again.clone())];
        sample.commit(&db, &writes).await.expect("it was deleted");
        let found = state(&db, &contoso.tenant).await;
        assert_eq!(found.applications, [again.clone()]);
        assert!(found.passwords.is_empty(), "an old secret opens nothing");
        assert!(found.keys.is_empty(), "nor does an old certificate");
        assert!(found.federated.is_empty(), "nor an old trust");
        let delete = Write::DeleteApplication {
            tenant_id,
            id,
            at: NOW,
        };
        sample.commit(&db, &[delete]).await.expect("it is there");
    }
}

async fn applications_are_sorted_by_bytes_then_id(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let tenant = sample.tenant("Contoso");
    let names = ["é", "b", "_", "a", "Z", "B", "same", "same", "same"];
    let mut applications: Vec<Application> = names
        .into_iter()
        .map(|name| sample.application(&tenant, name))
        .collect();
    let mut writes = vec![Write::AddTenant(tenant.clone())];
    writes.extend(applications.iter().cloned().map(Write::AddApplication));
    sample.commit(&db, &writes).await.expect("all are new");
    applications.sort_by_key(|application| (application.display_name.clone(), application.id));
    assert_eq!(state(&db, &tenant).await.applications, applications);
    assert_eq!(applications[1].display_name, "Z");
}

async fn writes_to_missing_applications_are_refused(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let contoso = sample.instance(&db, "Contoso").await;
    let fabrikam = sample.instance(&db, "Fabrikam").await;
    // The right id in the wrong tenant is as missing as an unknown id.
    let mut moved = contoso.application.clone();
    moved.tenant_id = fabrikam.tenant.id;
    not_found(sample.commit(&db, &[Write::UpdateApplication(moved)]).await);
    let delete = Write::DeleteApplication {
        tenant_id: fabrikam.tenant.id,
        id: contoso.application.id,
        at: NOW,
    };
    not_found(sample.commit(&db, &[delete]).await);
    let mut renamed = contoso.application.clone();
    renamed.app_id = fabrikam.application.app_id;
    not_found(
        sample
            .commit(&db, &[Write::UpdateApplication(renamed)])
            .await,
    );
    assert_eq!(
        state(&db, &contoso.tenant).await.applications,
        [contoso.application]
    );
}
