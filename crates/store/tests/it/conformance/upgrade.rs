//! Databases that earlier versions have made.

use countersign_domain::clock::Timestamp;
use countersign_domain::directory::{AssertionPolicy, Write};

use crate::sample::Sample;
use crate::support::Place;

on_both!(a_database_of_the_first_schema_keeps_what_it_holds);

const FIRST: &str = concat!(
    include_str!("../../../migrations/0001_directory.sql"),
    "CREATE TABLE schema_versions (version BIGINT NOT NULL PRIMARY KEY);
     INSERT INTO schema_versions (version) VALUES (1);
     INSERT INTO tenants (id, display_name, is_default, created_at)
     VALUES ('11111111-0000-0000-0000-000000000001', 'Contoso', TRUE, 5);
     INSERT INTO applications
         (id, tenant_id, app_id, display_name, sign_in_audience, identifier_uris, app_roles,
          is_fallback_public_client, is_disabled, access_token_signing_algorithm, manifest,
          created_at)
     VALUES ('22222222-0000-0000-0000-000000000001', '11111111-0000-0000-0000-000000000001',
             '33333333-0000-0000-0000-000000000001', 'Orders', 'AzureADMyOrg', '[]', '[]',
             FALSE, FALSE, 'RS256', '{}', 6);
     INSERT INTO password_credentials
         (application_id, key_id, tenant_id, hint, hash, start_at, end_at, last_used_at)
     VALUES ('22222222-0000-0000-0000-000000000001', '44444444-0000-0000-0000-000000000001',
             '11111111-0000-0000-0000-000000000001', 'abc',
             'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA', 7, 8, 9);
     UPDATE revision SET number = 41;"
);

async fn a_database_of_the_first_schema_keeps_what_it_holds(place: Place) {
    place.script(FIRST).await;
    // The second time there is nothing left to do.
    place.open().await.close().await;
    let db = place.open().await;
    assert_eq!(db.latest_change().await, Ok(41));
    let tenants = db.tenants().await.expect("they can be read");
    assert_eq!(tenants.len(), 1);
    assert_eq!(tenants[0].display_name, "Contoso");
    assert_eq!(tenants[0].assertion_policy, AssertionPolicy::default());
    let tenant_id = tenants[0].id;

    let state = db.tenant_state(tenant_id).await;
    let state = state.expect("it can be read").expect("it is there");
    let [application] = &state.applications[..] else {
        panic!("not one application: {:?}", state.applications);
    };
    assert_eq!(application.display_name, "Orders");
    assert_eq!(application.assertion_policy, AssertionPolicy::default());
    assert_eq!(state.passwords.len(), 1);
    assert!(state.keys.is_empty() && state.federated.is_empty());
    let secret = state.passwords[0].key_id;
    let used = db.credentials_last_used(tenant_id, application.id).await;
    let expected = (secret, Some(Timestamp::from_micros(9)));
    assert_eq!(used, Ok(vec![expected]));

    let sample = Sample::new(1);
    let writes = [
        Write::AddKey {
            tenant_id,
            key: sample.key(application),
        },
        Write::AddFederatedCredential {
            tenant_id,
            credential: sample.federated(application, "cluster"),
        },
    ];
    sample.commit(&db, &writes).await.expect("both are new");
}
