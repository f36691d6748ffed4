use countersign_domain::directory::{PasswordCredential, Write};
use countersign_domain::ids::TenantId;

use crate::sample::{NOW, Sample, state};
use crate::support::{Place, conflict, not_found};

on_both!(
    secrets_are_added_replaced_and_removed,
    a_key_id_is_unique_in_its_application,
    another_tenants_application_gets_no_secret,
);

fn add(tenant_id: TenantId, password: &PasswordCredential) -> Write {
    Write::AddPassword {
        tenant_id,
        password: password.clone(),
    }
}

async fn secrets_are_added_replaced_and_removed(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let contoso = sample.instance(&db, "Contoso").await;
    let tenant_id = contoso.tenant.id;
    let mut old = sample.password(&contoso.application, "first secret");
    old.start_at = NOW.plus_seconds(-5);
    let new = sample.password(&contoso.application, "second secret");
    let writes = [add(tenant_id, &new), add(tenant_id, &old)];
    sample.commit(&db, &writes).await.expect("both are new");
    let stored = state(&db, &contoso.tenant).await.passwords;
    assert_eq!(stored.len(), 2);
    assert_eq!(stored[0].key_id, old.key_id, "the oldest comes first");
    assert!(stored[0].hash.matches(&old.hash));
    assert!(stored[1].hash.matches(&new.hash));

    let mut replaced = sample.password(&contoso.application, "third secret");
    replaced.key_id = new.key_id;
    replaced.display_name = None;
    replaced.end_at = NOW.plus_seconds(60);
    let writes = [
        Write::UpdatePassword {
            tenant_id,
            password: replaced.clone(),
        },
        Write::RemovePassword {
            tenant_id,
            application_id: contoso.application.id,
            key_id: old.key_id,
        },
    ];
    sample.commit(&db, &writes).await.expect("both are there");
    let stored = state(&db, &contoso.tenant).await.passwords;
    assert_eq!(format!("{stored:?}"), format!("{:?}", [&replaced]));
    assert!(stored[0].hash.matches(&replaced.hash));
    not_found(sample.commit(&db, &writes[1..]).await);
    let missing = Write::UpdatePassword {
        tenant_id,
        password: old,
    };
    not_found(sample.commit(&db, &[missing]).await);
}

async fn a_key_id_is_unique_in_its_application(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let contoso = sample.instance(&db, "Contoso").await;
    let fabrikam = sample.instance(&db, "Fabrikam").await;
    let password = sample.password(&contoso.application, "first secret");
    let writes = [add(contoso.tenant.id, &password)];
    sample.commit(&db, &writes).await.expect("it is new");
    assert_eq!(
        conflict(sample.commit(&db, &writes).await),
        format!(
            "the secret {} of the application {} exists already",
            password.key_id, contoso.application.id
        )
    );
    let mut same_key = sample.password(&fabrikam.application, "second secret");
    same_key.key_id = password.key_id;
    let writes = [add(fabrikam.tenant.id, &same_key)];
    sample
        .commit(&db, &writes)
        .await
        .expect("in another application it is another secret");
}

async fn another_tenants_application_gets_no_secret(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let contoso = sample.instance(&db, "Contoso").await;
    let fabrikam = sample.instance(&db, "Fabrikam").await;
    let password = sample.password(&contoso.application, "first secret");
    let home = [add(contoso.tenant.id, &password)];
    sample.commit(&db, &home).await.expect("it is new");
    let foreign = fabrikam.tenant.id;
    let attempts = [
        add(
            foreign,
            &sample.password(&contoso.application, "second secret"),
        ),
        Write::UpdatePassword {
            tenant_id: foreign,
            password: password.clone(),
        },
        Write::RemovePassword {
            tenant_id: foreign,
            application_id: contoso.application.id,
            key_id: password.key_id,
        },
    ];
    for attempt in attempts {
        not_found(sample.commit(&db, &[attempt]).await);
    }
    assert_eq!(state(&db, &contoso.tenant).await.passwords.len(), 1);
}
