use countersign_domain::directory::Write;
use countersign_domain::ids::AppRoleId;

use crate::sample::{Sample, state};
use crate::support::{Place, conflict, not_found};

on_both!(
    a_role_is_granted_once_and_withdrawn,
    nobody_is_assigned_across_tenants,
    a_service_principal_takes_its_assignments_with_it,
    a_service_principals_settings_can_be_replaced,
);

async fn a_role_is_granted_once_and_withdrawn(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let contoso = sample.instance(&db, "Contoso").await;
    let tenant_id = contoso.tenant.id;
    let role = AppRoleId::random(&sample.random);
    let grant = sample.assignment(&contoso.principal, &contoso.principal, role);
    let default = sample.assignment(
        &contoso.principal,
        &contoso.principal,
        AppRoleId::DEFAULT_ACCESS,
    );
    let writes = [grant.clone(), default.clone()].map(Write::AddAssignment);
    sample.commit(&db, &writes).await.expect("both are new");
    let twice = sample.assignment(&contoso.principal, &contoso.principal, role);
    let refused = sample.commit(&db, &[Write::AddAssignment(twice)]).await;
    assert_eq!(
        conflict(refused),
        format!(
            "the assignment of the app role {role} on the resource {0} to the service principal {0} \
             exists already",
            contoso.principal.id
        )
    );
    assert_eq!(
        state(&db, &contoso.tenant).await.assignments,
        [default.clone(), grant.clone()]
    );
    let remove = [Write::RemoveAssignment {
        tenant_id,
        id: grant.id,
    }];
    sample.commit(&db, &remove).await.expect("it is there");
    assert_eq!(state(&db, &contoso.tenant).await.assignments, [default]);
    not_found(sample.commit(&db, &remove).await);
}

async fn nobody_is_assigned_across_tenants(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let contoso = sample.instance(&db, "Contoso").await;
    let fabrikam = sample.instance(&db, "Fabrikam").await;
    let role = AppRoleId::DEFAULT_ACCESS;
    for (principal, resource) in [
        (&contoso.principal, &fabrikam.principal),
        (&fabrikam.principal, &contoso.principal),
    ] {
        let mut grant = sample.assignment(principal, resource, role);
        grant.tenant_id = contoso.tenant.id;
        let refused = sample.commit(&db, &[Write::AddAssignment(grant)]).await;
        assert!(not_found(refused).contains(&fabrikam.principal.id.to_string()));
    }
    let own = sample.assignment(&contoso.principal, &contoso.principal, role);
    let writes = [Write::AddAssignment(own.clone())];
    sample.commit(&db, &writes).await.expect("it is new");
    let foreign = Write::RemoveAssignment {
        tenant_id: fabrikam.tenant.id,
        id: own.id,
    };
    not_found(sample.commit(&db, &[foreign]).await);
    assert_eq!(state(&db, &contoso.tenant).await.assignments, [own]);
}

async fn a_service_principal_takes_its_assignments_with_it(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let contoso = sample.instance(&db, "Contoso").await;
    let tenant_id = contoso.tenant.id;
    let other = sample.application(&contoso.tenant, "Other");
    let other_principal = sample.principal(&contoso.tenant, &other);
    let role = AppRoleId::DEFAULT_ACCESS;
    let writes = [
        Write::AddApplication(other.clone()),
        Write::AddServicePrincipal(other_principal.clone()),
        Write::AddAssignment(sample.assignment(&contoso.principal, &other_principal, role)),
        Write::AddAssignment(sample.assignment(&other_principal, &contoso.principal, role)),
        Write::AddAssignment(sample.assignment(&other_principal, &other_principal, role)),
    ];
    sample.commit(&db, &writes).await.expect("all are new");
    assert_eq!(state(&db, &contoso.tenant).await.assignments.len(), 3);
    let remove = [Write::RemoveServicePrincipal {
        tenant_id,
        id: contoso.principal.id,
    }];
    sample.commit(&db, &remove).await.expect("it is there");
    let left = state(&db, &contoso.tenant).await;
    assert_eq!(left.service_principals, [other_principal]);
    assert_eq!(left.assignments.len(), 1);
    assert_eq!(left.applications.len(), 2, "the registrations stay");
    not_found(sample.commit(&db, &remove).await);
}

async fn a_service_principals_settings_can_be_replaced(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let contoso = sample.instance(&db, "Contoso").await;
    let mut principal = contoso.principal.clone();
    principal.account_enabled = false;
    principal.app_role_assignment_required = true;
    let writes = [Write::UpdateServicePrincipal(principal.clone())];
    sample.commit(&db, &writes).await.expect("it is there");
    assert_eq!(
        state(&db, &contoso.tenant).await.service_principals,
        [principal.clone()]
    );
    principal.tenant_id = sample.tenant("Fabrikam").id;
    not_found(
        sample
            .commit(&db, &[Write::UpdateServicePrincipal(principal)])
            .await,
    );
}
