//! Databases that earlier versions have made.

use countersign_domain::clock::Timestamp;
use countersign_domain::directory::{Actor, AssertionPolicy, DirectoryRole, Write};
use countersign_domain::graph::filter::Comparison;
use countersign_domain::graph::route::ApplicationKey;
use countersign_domain::graph::selection::{
    ApplicationField, AuditField, Condition, Selection, ServicePrincipalField, UserField, Value,
};

use super::selections::everything;
use crate::sample::Sample;
use crate::support::Place;

on_both!(
    a_database_of_the_first_schema_keeps_what_it_holds,
    a_database_of_the_third_schema_can_be_searched,
    a_database_of_the_fourth_schema_has_users_who_can_administer,
);

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
    let used = crate::sample::last_used(&db, tenant_id, application.id).await;
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

const THIRD: &str = concat!(
    include_str!("../../../migrations/0001_directory.sql"),
    include_str!("../../../migrations/0002_sign_in_log.sql"),
    include_str!("../../../migrations/0003_assertions.sql"),
    "CREATE TABLE schema_versions (version BIGINT NOT NULL PRIMARY KEY);
     INSERT INTO schema_versions (version) VALUES (3);
     INSERT INTO tenants (id, display_name, is_default, created_at)
     VALUES ('11111111-0000-0000-0000-000000000001', 'Contoso', TRUE, 5);
     INSERT INTO applications
         (id, tenant_id, app_id, display_name, sign_in_audience, identifier_uris, app_roles,
          is_fallback_public_client, is_disabled, access_token_signing_algorithm, manifest,
          created_at)
     VALUES ('22222222-0000-0000-0000-000000000001', '11111111-0000-0000-0000-000000000001',
             '33333333-0000-0000-0000-000000000001', 'ÄRGER-Orders', 'AzureADMyOrg', '[]', '[]',
             FALSE, FALSE, 'RS256', '{\"uniqueName\":\"Orders\",\"tags\":[\"Tag É\"]}', 6),
            ('22222222-0000-0000-0000-000000000002', '11111111-0000-0000-0000-000000000001',
             '33333333-0000-0000-0000-000000000002', 'Second', 'AzureADMyOrg', '[]', '[]',
             FALSE, FALSE, 'RS256', '{\"uniqueName\":\"orders\"}', 6);
     INSERT INTO service_principals
         (id, tenant_id, app_id, account_enabled, app_role_assignment_required, created_at)
     VALUES ('55555555-0000-0000-0000-000000000001', '11111111-0000-0000-0000-000000000001',
             '33333333-0000-0000-0000-000000000001', TRUE, FALSE, 6);
     INSERT INTO users
         (id, tenant_id, user_principal_name, user_principal_name_folded, display_name, mail,
          account_enabled, created_at)
     VALUES ('66666666-0000-0000-0000-000000000001', '11111111-0000-0000-0000-000000000001',
             'Ada@contoso.example', 'ada@contoso.example', 'ÉMILIE Ada', 'Ada@X.example', TRUE, 6);
     INSERT INTO audit_records (number, at, tenant_id, activity, correlation_id, changes)
     VALUES (41, 6, '11111111-0000-0000-0000-000000000001', 'Add Ärger',
             '77777777-0000-0000-0000-000000000001', '[]');
     UPDATE revision SET number = 41;"
);

async fn a_database_of_the_third_schema_can_be_searched(place: Place) {
    place.script(THIRD).await;
    let db = place.open().await;
    let tenant_id = db.tenants().await.expect("they can be read")[0].id;
    let mut view = db.view().await.expect("it answers");

    let by_tag = Condition::Is(
        ApplicationField::Tags,
        Comparison::Eq,
        Value::Text("TAG é".to_owned()),
    );
    let selection = found(ApplicationField::DisplayName, "ord", by_tag);
    let page = view.applications(tenant_id, &selection, false).await;
    assert_eq!(page.expect("it answers").items.len(), 1);

    let begin = Condition::StartsWith(ServicePrincipalField::DisplayName, "ärger".to_owned());
    let selection = found(ServicePrincipalField::DisplayName, "Ärger ord", begin);
    let page = view.service_principals(tenant_id, &selection, false).await;
    assert_eq!(page.expect("it answers").items.len(), 1);

    let mail = Condition::EndsWith(UserField::Mail, "@x.EXAMPLE".to_owned());
    for field in [UserField::DisplayName, UserField::UserPrincipalName] {
        let page = view
            .users(tenant_id, &found(field, "ADA", mail.clone()))
            .await;
        assert_eq!(page.expect("it answers").items.len(), 1);
    }
    let name = Condition::StartsWith(UserField::DisplayName, "émilie".to_owned());
    let page = view
        .users(tenant_id, &found(UserField::DisplayName, "a", name))
        .await;
    assert_eq!(page.expect("it answers").items.len(), 1);

    let activity = Condition::StartsWith(AuditField::ActivityDisplayName, "add ä".to_owned());
    let mut selection = everything();
    selection.condition = Some(activity);
    let page = view.audit_records(tenant_id, &selection).await;
    assert_eq!(page.expect("it answers").items.len(), 1);

    // Of two with one unique name the first keeps it.
    let key = ApplicationKey::UniqueName("ORDERS".to_owned());
    let named = view.application(tenant_id, &key).await;
    let named = named.expect("it answers").expect("it is there");
    assert_eq!(named.application.display_name, "ÄRGER-Orders");
}

const FOURTH: &str = concat!(
    include_str!("../../../migrations/0001_directory.sql"),
    include_str!("../../../migrations/0002_sign_in_log.sql"),
    include_str!("../../../migrations/0003_assertions.sql"),
    include_str!("../../../migrations/0004_graph.sql"),
    "CREATE TABLE schema_versions (version BIGINT NOT NULL PRIMARY KEY);
     INSERT INTO schema_versions (version) VALUES (1), (2), (3), (4);
     INSERT INTO tenants (id, display_name, is_default, created_at)
     VALUES ('11111111-0000-0000-0000-000000000001', 'Contoso', TRUE, 5);
     INSERT INTO tenant_domains (domain, tenant_id, position)
     VALUES ('contoso.example', '11111111-0000-0000-0000-000000000001', 0);
     INSERT INTO users
         (id, tenant_id, user_principal_name, user_principal_name_folded, display_name,
          account_enabled, created_at)
     VALUES ('66666666-0000-0000-0000-000000000001', '11111111-0000-0000-0000-000000000001',
             'Admin@contoso.example', 'admin@contoso.example', 'Administrator', TRUE, 6);
     INSERT INTO sign_ins (id, at, tenant_id, correlation_id, credential_type, error_code, ip_address)
     VALUES ('88888888-0000-0000-0000-000000000001', 6, '11111111-0000-0000-0000-000000000001',
             '77777777-0000-0000-0000-000000000001', 'clientSecret', 0, '192.0.2.1');
     INSERT INTO audit_records
         (number, at, tenant_id, activity, actor_app_id, correlation_id, changes)
     VALUES (41, 6, '11111111-0000-0000-0000-000000000001', 'Add user',
             '33333333-0000-0000-0000-000000000001', '77777777-0000-0000-0000-000000000001', '[]');
     UPDATE revision SET number = 41;"
);

async fn a_database_of_the_fourth_schema_has_users_who_can_administer(place: Place) {
    place.script(FOURTH).await;
    let db = place.open().await;
    let account = db.account_named("admin@contoso.example").await;
    let account = account.expect("it answers").expect("it is there");
    assert_eq!(account.password, None);
    let user = account.person.user;
    let role = DirectoryRole::GlobalAdministrator;
    let sample = Sample::new(1);
    let writes = [
        Write::AddRoleMember {
            tenant_id: user.tenant_id,
            user_id: user.id,
            role,
        },
        sample.set_password(&user, "$argon2id$"),
    ];
    sample
        .commit(&db, &writes)
        .await
        .expect("the user is there");
    let person = db.person(user.tenant_id, user.id).await;
    let person = person.expect("it answers").expect("it is there");
    assert_eq!(person.roles, [role]);
    // What is logged already was done by applications.
    let sign_ins = db.sign_ins(Some(user.tenant_id), 10).await;
    let sign_ins = sign_ins.expect("they can be read");
    assert_eq!(sign_ins.len(), 1);
    assert_eq!(sign_ins[0].user_id, None);
    let records = db.audit_records(Some(user.tenant_id), 10).await;
    let records = records.expect("they can be read");
    assert!(matches!(records[1].actor, Some(Actor::Application { .. })));
}

fn found<F>(field: F, terms: &str, condition: Condition<F>) -> Selection<F> {
    Selection {
        condition: Some(condition),
        search: Some((field, vec![terms.to_owned()])),
        ..everything()
    }
}
