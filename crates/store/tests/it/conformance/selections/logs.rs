use countersign_domain::directory::{
    Actor, AuditRecord, AuditTarget, ClientCredentialType, SignIn, Write,
};
use countersign_domain::graph::selection::{AuditField, SignInField, Value};
use countersign_domain::ids::{AppId, ServicePrincipalId, UserId};

use super::directory::map;
use super::model::{Has, Key, Kind, all, check, texts};
use crate::sample::{NOW, Sample};
use crate::support::Place;

on_both!(
    sign_ins_are_found_as_the_model_says,
    audit_records_are_found_as_the_model_says,
);

fn sign_in_has(sign_in: &SignIn, field: SignInField) -> Has {
    match field {
        SignInField::Id => sign_in.id.uuid().into(),
        SignInField::CreatedDateTime => sign_in.at.into(),
        SignInField::AppId => sign_in.app_id.map(AppId::uuid).into(),
        SignInField::ServicePrincipalId => sign_in
            .service_principal_id
            .map(ServicePrincipalId::uuid)
            .into(),
        SignInField::ResourceId => sign_in.resource_app_id.map(AppId::uuid).into(),
        SignInField::CorrelationId => sign_in.correlation_id.uuid().into(),
        SignInField::IpAddress => sign_in.ip_address.as_str().into(),
        SignInField::ErrorCode => Has::One(Value::Number(sign_in.error_code.into())),
        SignInField::ClientCredentialType => sign_in.credential_type.as_str().into(),
        SignInField::SignInEventTypes => texts(&[match sign_in.user_id {
            None => "servicePrincipal".to_owned(),
            Some(_) => "interactiveUser".to_owned(),
        }]),
    }
}

async fn sign_ins_are_found_as_the_model_says(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let contoso = sample.instance(&db, "Contoso").await;
    let fabrikam = sample.instance(&db, "Fabrikam").await;
    let types = [
        ClientCredentialType::None,
        ClientCredentialType::ClientSecret,
        ClientCredentialType::Certificate,
        ClientCredentialType::FederatedIdentityCredential,
    ];
    let sign_ins: Vec<SignIn> = (0..24)
        .map(|number: usize| SignIn {
            app_id: (!number.is_multiple_of(3)).then_some(contoso.application.app_id),
            service_principal_id: (number % 3 > 1).then_some(contoso.principal.id),
            resource_app_id: (!number.is_multiple_of(5)).then_some(fabrikam.application.app_id),
            credential_type: types[number % 4],
            error_code: [0, 7_000_215, 700_016][number % 3],
            user_id: (number % 4 == 3).then(|| UserId::random(&sample.random)),
            ip_address: format!("2001:db8::{:x}", number % 4 + 9),
            ..sample.sign_in(
                [Some(contoso.tenant.id), Some(fabrikam.tenant.id), None][number / 2 % 3],
                NOW.plus_seconds(i64::try_from(number * 5 % 7).expect("small")),
            )
        })
        .collect();
    db.record_sign_ins(&sign_ins).await.expect("all are new");
    let mut own = sign_ins;
    own.retain(|sign_in| sign_in.tenant_id == Some(contoso.tenant.id));

    let page = db.view().await.expect("it answers");
    let page = { page }.sign_ins(contoso.tenant.id, &all(None, 100)).await;
    for record in page.expect("it answers").items {
        let is_known = record.sign_in.app_id.is_some();
        assert_eq!(record.app_display_name.is_some(), is_known);
        let home = is_known.then_some(contoso.tenant.id);
        assert_eq!(record.app_tenant_id, home);
        // An application of another tenant without an instance here.
        assert_eq!(record.resource_display_name, None);
        assert_eq!(record.resource_tenant_id, None);
        assert_eq!(record.resource_service_principal_id, None);
        assert!(own.contains(&record.sign_in));
    }

    let kind = Kind {
        objects: own,
        id: |sign_in: &SignIn| Key::Text(sign_in.id.to_string()),
        has: sign_in_has,
        newest_by: Some(|sign_in| Key::Number(sign_in.at.micros())),
    };
    check(&kind, async |selection| {
        let mut view = db.view().await.expect("it answers");
        let page = view.sign_ins(contoso.tenant.id, selection).await;
        map(page.expect("it can be asked"), |record| {
            Key::Text(record.sign_in.id.to_string())
        })
    })
    .await;
}

fn acting_app(record: &AuditRecord) -> Option<uuid::Uuid> {
    match record.actor {
        Some(Actor::Application { app_id, .. }) => Some(app_id.uuid()),
        Some(Actor::User(_)) | None => None,
    }
}

fn acting_user(record: &AuditRecord) -> Option<uuid::Uuid> {
    match record.actor {
        Some(Actor::User(id)) => Some(id.uuid()),
        Some(Actor::Application { .. }) | None => None,
    }
}

fn audit_has((number, record): &(i64, AuditRecord), field: AuditField) -> Has {
    match field {
        AuditField::Id => number.to_string().as_str().into(),
        AuditField::ActivityDateTime => record.at.into(),
        AuditField::ActivityDisplayName => record.activity.as_str().into(),
        AuditField::CorrelationId => record.correlation_id.uuid().into(),
        AuditField::InitiatedByAppId => acting_app(record).into(),
        AuditField::InitiatedByUserId => acting_user(record).into(),
        AuditField::LoggedByService => "Core Directory".into(),
        AuditField::TargetResourceId => {
            let targets = record.targets.iter();
            Has::Many(targets.map(|target| Value::Guid(target.id)).collect())
        }
    }
}

async fn audit_records_are_found_as_the_model_says(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let tenants = [sample.tenant("Fabrikam"), sample.tenant("Contoso")];
    let tenant_id = tenants[1].id;
    let adds = tenants.clone().map(Write::AddTenant);
    sample.commit(&db, &adds).await.expect("both are new");
    let actors = [AppId::random(&sample.random), AppId::random(&sample.random)];
    let mut own = Vec::new();
    for number in 0..20 {
        let mut record = sample.record(["Add application", "Update “É”", "100%_'"][number % 3]);
        record.at = NOW.plus_seconds(i64::try_from(number * 3 % 5).expect("small"));
        record.actor = (number % 4 > 0).then(|| Actor::Application {
            app_id: actors[number / 2 % 2],
            service_principal_id: None,
        });
        record.targets = (0..number % 3)
            .map(|target| AuditTarget {
                id: tenants[target].id.uuid(),
                kind: "Tenant".to_owned(),
                display_name: None,
                modified_properties: vec![],
            })
            .collect();
        let tenant = &tenants[usize::from(number % 5 > 0)];
        let writes = [Write::UpdateTenant(tenant.clone())];
        db.commit(&writes, &record).await.expect("it is there");
        let number = db.latest_change().await.expect("it answers");
        if tenant.id == tenant_id {
            own.push((number, record));
        }
    }
    let kind = Kind {
        objects: own,
        id: |(number, _): &(i64, AuditRecord)| Key::Number(*number),
        has: audit_has,
        newest_by: Some(|_| Key::None),
    };
    check(&kind, async |selection| {
        let mut view = db.view().await.expect("it answers");
        let page = view.audit_records(tenant_id, selection).await;
        map(page.expect("it can be asked"), |stored| {
            Key::Number(stored.number)
        })
    })
    .await;

    let (number, record) = &kind.objects[5];
    let mut view = db.view().await.expect("it answers");
    let found = view.audit_record(tenant_id, *number).await;
    let found = found.expect("it answers").expect("it is there");
    assert_eq!(format!("{:?}", found.record), format!("{record:?}"));
    let elsewhere = view.audit_record(tenants[0].id, *number).await;
    assert!(elsewhere.expect("it answers").is_none());
}
