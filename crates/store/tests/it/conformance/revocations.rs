//! What is written down when tokens are withdrawn.

use countersign_domain::directory::{
    Application, PasswordCredential, ServicePrincipal, Tenant, Write,
};
use countersign_domain::ids::AppRoleId;
use countersign_domain::oauth::revocation::{LISTED_MAX, Mark, Revocation};
use countersign_store::Db;

use crate::sample::{Instance, NOW, Sample};
use crate::support::Place;

on_both!(
    every_credential_that_goes_is_written_down,
    a_secret_that_becomes_another_or_ends_is_written_down,
    disabling_and_deleting_is_written_down_once,
    a_withdrawn_role_is_told_by_every_name_of_its_resource,
    an_application_is_withdrawn_wherever_it_is,
    ten_thousand_and_one_are_told,
);

async fn known(db: &Db, tenant: &Tenant) -> Vec<Revocation> {
    db.revocations(tenant.id).await.expect("they can be read")
}

async fn marks(db: &Db, tenant: &Tenant) -> Vec<Mark> {
    let mut marks: Vec<_> = known(db, tenant)
        .await
        .iter()
        .map(|known| known.mark)
        .collect();
    marks.sort();
    marks
}

fn sorted<const N: usize>(mut marks: [Mark; N]) -> [Mark; N] {
    marks.sort();
    marks
}

async fn every_credential_that_goes_is_written_down(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let Instance {
        tenant,
        application,
        ..
    } = sample.instance(&db, "Contoso").await;
    let (tenant_id, application_id) = (tenant.id, application.id);
    let password = sample.password(&application, "a secret");
    let key = sample.key(&application);
    let credential = sample.federated(&application, "cluster");
    let (secret, certificate, federated) = (password.key_id, key.key_id, credential.id);
    let add = [
        Write::AddPassword {
            tenant_id,
            password,
        },
        Write::AddKey { tenant_id, key },
        Write::AddFederatedCredential {
            tenant_id,
            credential: credential.clone(),
        },
    ];
    sample.commit(&db, &add).await.expect("they are new");
    assert_eq!(marks(&db, &tenant).await, []);

    let changed = [Write::UpdateFederatedCredential {
        tenant_id,
        credential,
    }];
    sample.commit(&db, &changed).await.expect("it is there");
    let mark = |id: String| Mark::of_credential(&id);
    assert_eq!(marks(&db, &tenant).await, [mark(federated.to_string())]);

    let remove = [
        Write::RemovePassword {
            tenant_id,
            application_id,
            key_id: secret,
        },
        Write::RemoveKey {
            tenant_id,
            application_id,
            key_id: certificate,
        },
        Write::RemoveFederatedCredential {
            tenant_id,
            application_id,
            id: federated,
        },
    ];
    let before = db.latest_change().await.expect("a number");
    sample.commit(&db, &remove).await.expect("they are there");
    let ids = [
        secret.to_string(),
        certificate.to_string(),
        federated.to_string(),
    ];
    assert_eq!(marks(&db, &tenant).await, sorted(ids.map(mark)));
    for known in known(&db, &tenant).await {
        assert_eq!((known.number, known.at), (before + 1, NOW));
    }

    assert_eq!(db.forget_revocations(NOW.plus_seconds(-1)).await, Ok(0));
    assert_eq!(db.forget_revocations(NOW).await, Ok(3));
    assert_eq!(marks(&db, &tenant).await, []);
}

async fn a_secret_that_becomes_another_or_ends_is_written_down(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let Instance {
        tenant,
        application,
        ..
    } = sample.instance(&db, "Contoso").await;
    let tenant_id = tenant.id;
    let password = sample.password(&application, "a secret");
    let mark = Mark::of_credential(&password.key_id.to_string());
    let update = |password: &PasswordCredential| {
        [Write::UpdatePassword {
            tenant_id,
            password: password.clone(),
        }]
    };
    let add = [Write::AddPassword {
        tenant_id,
        password: password.clone(),
    }];
    sample.commit(&db, &add).await.expect("it is new");
    let renamed = PasswordCredential {
        display_name: Some("another name".to_owned()),
        end_at: NOW.plus_seconds(1),
        ..password.clone()
    };
    let written = sample.commit(&db, &update(&renamed)).await;
    written.expect("it is there");
    assert_eq!(marks(&db, &tenant).await, []);

    let other = PasswordCredential {
        hash: sample.password(&application, "another secret").hash,
        ..renamed
    };
    sample
        .commit(&db, &update(&other))
        .await
        .expect("it is there");
    assert_eq!(marks(&db, &tenant).await, [mark]);
    assert_eq!(db.forget_revocations(NOW).await, Ok(1));

    let ended = PasswordCredential {
        end_at: NOW,
        ..other
    };
    sample
        .commit(&db, &update(&ended))
        .await
        .expect("it is there");
    assert_eq!(marks(&db, &tenant).await, [mark]);
}

async fn disabling_and_deleting_is_written_down_once(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let Instance {
        tenant,
        application,
        principal,
    } = sample.instance(&db, "Contoso").await;
    let app = Mark::of_application(&application.app_id.to_string());
    let own = Mark::of_principal(&principal.id.to_string());
    let update = |application: &Application| [Write::UpdateApplication(application.clone())];
    let settings =
        |principal: &ServicePrincipal| [Write::UpdateServicePrincipal(principal.clone())];

    sample
        .commit(&db, &update(&application))
        .await
        .expect("it is there");
    sample
        .commit(&db, &settings(&principal))
        .await
        .expect("it is there");
    assert_eq!(marks(&db, &tenant).await, [], "nothing is disabled");
    let disabled = Application {
        is_disabled: true,
        ..application.clone()
    };
    sample
        .commit(&db, &update(&disabled))
        .await
        .expect("it is there");
    assert_eq!(marks(&db, &tenant).await, [app]);
    let first = known(&db, &tenant).await;
    sample
        .commit(&db, &update(&disabled))
        .await
        .expect("it is there");
    assert_eq!(known(&db, &tenant).await, first, "it was disabled already");

    let disabled = ServicePrincipal {
        account_enabled: false,
        ..principal.clone()
    };
    sample
        .commit(&db, &settings(&disabled))
        .await
        .expect("it is there");
    assert_eq!(marks(&db, &tenant).await, sorted([app, own]));
    let delete = [Write::DeleteApplication {
        tenant_id: tenant.id,
        id: application.id,
        at: NOW,
    }];
    sample.commit(&db, &delete).await.expect("it is there");
    assert_eq!(marks(&db, &tenant).await, sorted([app, own]));
    let last = known(&db, &tenant)
        .await
        .iter()
        .map(|known| known.number)
        .max();
    assert_eq!(
        last,
        db.latest_change().await.ok(),
        "the deletion took the mark's place"
    );
}

async fn a_withdrawn_role_is_told_by_every_name_of_its_resource(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let Instance {
        tenant,
        mut application,
        principal,
    } = sample.instance(&db, "Contoso").await;
    application.identifier_uris = vec!["api://Orders".to_owned()];
    application.app_roles = vec![sample.app_role("Orders.Read")];
    let role = sample.assignment(&principal, &principal, application.app_roles[0].id);
    let plain = sample.assignment(&principal, &principal, AppRoleId::DEFAULT_ACCESS);
    let (role_id, plain_id) = (role.id, plain.id);
    let (holder, app_id) = (principal.id.to_string(), application.app_id.to_string());
    let add = [
        Write::UpdateApplication(application),
        Write::AddAssignment(role),
        Write::AddAssignment(plain),
    ];
    sample.commit(&db, &add).await.expect("they are new");
    assert_eq!(marks(&db, &tenant).await, []);

    let remove = |id| {
        [Write::RemoveAssignment {
            tenant_id: tenant.id,
            id,
        }]
    };
    sample
        .commit(&db, &remove(role_id))
        .await
        .expect("it is there");
    let by = |role: &str| ["api://orders", &app_id].map(|name| Mark::of_role(&holder, name, role));
    let of_role = by("Orders.Read");
    assert_eq!(marks(&db, &tenant).await, sorted(of_role));
    sample
        .commit(&db, &remove(plain_id))
        .await
        .expect("it is there");
    let [first, second] = by("");
    let all = [of_role[0], of_role[1], first, second];
    assert_eq!(marks(&db, &tenant).await, sorted(all));
}

async fn an_application_is_withdrawn_wherever_it_is(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let contoso = sample.instance(&db, "Contoso").await;
    let fabrikam = sample.instance(&db, "Fabrikam").await;
    let abroad = sample.principal(&fabrikam.tenant, &contoso.application);
    let add = [Write::AddServicePrincipal(abroad.clone())];
    sample.commit(&db, &add).await.expect("it is new");

    let there = [Write::RemoveServicePrincipal {
        tenant_id: fabrikam.tenant.id,
        id: abroad.id,
    }];
    sample.commit(&db, &there).await.expect("it is there");
    let own = Mark::of_principal(&abroad.id.to_string());
    assert_eq!(marks(&db, &fabrikam.tenant).await, [own]);
    assert_eq!(marks(&db, &contoso.tenant).await, []);

    let abroad = sample.principal(&fabrikam.tenant, &contoso.application);
    let add = [Write::AddServicePrincipal(abroad)];
    sample.commit(&db, &add).await.expect("it is new");
    let disabled = Application {
        is_disabled: true,
        ..contoso.application.clone()
    };
    let write = [Write::UpdateApplication(disabled)];
    sample.commit(&db, &write).await.expect("it is there");
    let app = Mark::of_application(&contoso.application.app_id.to_string());
    assert_eq!(marks(&db, &contoso.tenant).await, [app]);
    assert_eq!(marks(&db, &fabrikam.tenant).await, sorted([app, own]));
}

async fn ten_thousand_and_one_are_told(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let tenant = sample.instance(&db, "Contoso").await.tenant;
    let rows = (1..=LISTED_MAX + 2).map(|number| {
        let mark = Mark::of_credential(&number.to_string());
        format!("('{}', '{mark}', {number}, {number})", tenant.id)
    });
    let rows: Vec<_> = rows.collect();
    let insert = "INSERT INTO revocations (tenant_id, mark, number, revoked_at) VALUES ";
    place
        .execute(format!("{insert}{}", rows.join(", ")).leak())
        .await;
    let known = known(&db, &tenant).await;
    assert_eq!(known.len(), LISTED_MAX + 1);
    assert_eq!(known.first().map(|known| known.number), Some(10_002));
    assert_eq!(known.last().map(|known| known.number), Some(2));
}
