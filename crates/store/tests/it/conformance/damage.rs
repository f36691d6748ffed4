//! A damaged row is an error that names the row; it is never taken for an absent one.

use countersign_domain::directory::{
    Owned, Owner, Ownership, PermissionGrant, ResourceName, SealedSigningKey, SigningAlgorithm,
    SigningKeyState, Write,
};
use countersign_domain::ids::{AppRoleId, PermissionGrantId};
use countersign_store::{Db, StoreError};

use super::selections::everything;
use crate::sample::{Instance, NOW, Sample, domain};
use crate::support::Place;

on_both!(damaged_rows_are_errors, a_missing_revision_is_damage);

/// Damage to a table, the column that the error names, and the readers that must notice.
struct Damage {
    table: &'static str,
    column: &'static str,
    sql: &'static str,
    noticed_by: &'static [&'static str],
}

const CREDENTIALS: &[&str] = &["application in tenant", "tenant state", "applications"];
const ASSIGNMENTS: &[&str] = &["application in tenant", "tenant state"];
const APPLICATION: &[&str] = &[
    "application",
    "application in tenant",
    "tenant state",
    "applications",
    "service principals",
];

const fn damage(
    table: &'static str,
    column: &'static str,
    sql: &'static str,
    noticed_by: &'static [&'static str],
) -> Damage {
    Damage {
        table,
        column,
        sql,
        noticed_by,
    }
}

const DAMAGES: &[Damage] = &[
    damage(
        "applications",
        "sign_in_audience",
        "UPDATE applications SET sign_in_audience = 'Anyone'",
        APPLICATION,
    ),
    damage(
        "applications",
        "identifier_uris",
        "UPDATE applications SET identifier_uris = '[\"api://'",
        APPLICATION,
    ),
    damage(
        "applications",
        "app_roles",
        "UPDATE applications SET app_roles = '{}'",
        APPLICATION,
    ),
    damage(
        "applications",
        "manifest",
        "UPDATE applications SET manifest = '{\"unheardOf\":1}'",
        APPLICATION,
    ),
    damage(
        "applications",
        "requested_access_token_version",
        "UPDATE applications SET requested_access_token_version = 3",
        APPLICATION,
    ),
    damage(
        "applications",
        "access_token_lifetime_seconds",
        "UPDATE applications SET access_token_lifetime_seconds = 1",
        APPLICATION,
    ),
    damage(
        "applications",
        "access_token_signing_algorithm",
        "UPDATE applications SET access_token_signing_algorithm = 'none'",
        APPLICATION,
    ),
    damage(
        "password_credentials",
        "hash",
        "UPDATE password_credentials SET hash = 'short'",
        CREDENTIALS,
    ),
    damage(
        "password_credentials",
        "key_id",
        "UPDATE password_credentials SET key_id = ''",
        &[
            "application in tenant",
            "tenant state",
            "last used",
            "applications",
        ],
    ),
    damage(
        "tenants",
        "assertion_policy",
        "UPDATE tenants SET assertion_policy = '{'",
        &["tenants", "tenant state"],
    ),
    damage(
        "applications",
        "assertion_policy",
        "UPDATE applications SET assertion_policy = '{\"x\":1}'",
        APPLICATION,
    ),
    damage(
        "key_credentials",
        "certificate",
        "UPDATE key_credentials SET certificate = substr(certificate, 1, 100)",
        CREDENTIALS,
    ),
    damage(
        "key_credentials",
        "certificate",
        "UPDATE key_credentials SET certificate = '+'",
        CREDENTIALS,
    ),
    damage(
        "key_credentials",
        "trust",
        "UPDATE key_credentials SET trust = 'authority'",
        CREDENTIALS,
    ),
    damage(
        "key_credentials",
        "trust",
        "UPDATE key_credentials SET subject_value = 'x'",
        CREDENTIALS,
    ),
    damage(
        "key_credentials",
        "key_id",
        "UPDATE key_credentials SET key_id = ''",
        &[
            "application in tenant",
            "tenant state",
            "last used",
            "applications",
        ],
    ),
    damage(
        "federated_credentials",
        "subject",
        "UPDATE federated_credentials SET subject = NULL",
        ASSIGNMENTS,
    ),
    damage(
        "federated_credentials",
        "subject",
        "UPDATE federated_credentials SET expression = 'x'",
        ASSIGNMENTS,
    ),
    damage(
        "federated_credentials",
        "expression",
        "UPDATE federated_credentials SET subject = NULL, expression = 'x'",
        ASSIGNMENTS,
    ),
    damage(
        "federated_credentials",
        "audiences",
        "UPDATE federated_credentials SET audiences = ''",
        ASSIGNMENTS,
    ),
    damage(
        "federated_credentials",
        "keys",
        "UPDATE federated_credentials SET keys = '[]'",
        ASSIGNMENTS,
    ),
    damage(
        "federated_credentials",
        "id",
        "UPDATE federated_credentials SET id = 'x'",
        &["application in tenant", "tenant state", "last used"],
    ),
    damage(
        "app_role_assignments",
        "app_role_id",
        "UPDATE app_role_assignments SET app_role_id = 'x'",
        ASSIGNMENTS,
    ),
    damage(
        "tenant_domains",
        "domain",
        "UPDATE tenant_domains SET domain = 'no domain'",
        &["tenants", "tenant state"],
    ),
    damage(
        "users",
        "id",
        "UPDATE users SET id = 'x'",
        &["tenant state", "users"],
    ),
    damage(
        "signing_keys",
        "algorithm",
        "UPDATE signing_keys SET algorithm = 'none'",
        &["signing keys", "first signing keys"],
    ),
    damage(
        "signing_keys",
        "state",
        "UPDATE signing_keys SET state = 'lost'",
        &["signing keys", "first signing keys"],
    ),
    damage(
        "changes",
        "kind",
        "UPDATE changes SET kind = 'x'",
        &["changes"],
    ),
    damage(
        "changes",
        "name",
        "UPDATE changes SET name = 'x' WHERE kind = 'application'",
        &["changes"],
    ),
    damage(
        "audit_records",
        "changes",
        "UPDATE audit_records SET changes = '?'",
        &["audit", "audit page"],
    ),
    damage(
        "audit_records",
        "targets",
        "UPDATE audit_records SET targets = '[1]'",
        &["audit", "audit page"],
    ),
    damage(
        "service_principals",
        "details",
        "UPDATE service_principals SET details = '{\"unheardOf\":1}'",
        &[
            "application in tenant",
            "tenant state",
            "service principals",
        ],
    ),
    damage(
        "owners",
        "owner_kind",
        "UPDATE owners SET owner_kind = 'device'",
        &["owners"],
    ),
    damage(
        "permission_grants",
        "id",
        "UPDATE permission_grants SET id = 'x'",
        &["permission grants"],
    ),
    damage(
        "sign_ins",
        "credential_type",
        "UPDATE sign_ins SET credential_type = 'x'",
        &["sign-ins", "sign-in page"],
    ),
    damage(
        "sign_ins",
        "error_code",
        "UPDATE sign_ins SET error_code = -1",
        &["sign-ins", "sign-in page"],
    ),
];

async fn damaged_rows_are_errors(place: Place) {
    for damage in DAMAGES {
        let place = place.another();
        let db = place.open().await;
        let contoso = fill(&db).await;
        for (reader, result) in read_everything(&db, &contoso).await {
            assert_eq!(result, Ok(()), "{reader} before any damage");
        }
        place.execute(damage.sql).await;
        for (reader, result) in read_everything(&db, &contoso).await {
            if damage.noticed_by.contains(&reader) {
                check(damage, reader, result);
            } else {
                assert_eq!(result, Ok(()), "{reader} after {}", damage.sql);
            }
        }
    }
}

fn check(damage: &Damage, reader: &str, result: Result<(), StoreError>) {
    let Err(StoreError::Damaged { table, id, reason }) = result else {
        panic!("{reader} after {}: {result:?}", damage.sql);
    };
    assert_eq!(table, damage.table, "{reader}");
    assert_ne!(id, "unknown", "{reader} after {}", damage.sql);
    assert!(
        reason.starts_with(&format!("{}: ", damage.column)),
        "{reason}"
    );
}

async fn a_missing_revision_is_damage(place: Place) {
    let db = place.open().await;
    place.execute("DELETE FROM revision").await;
    let sample = Sample::new(1);
    let write = [Write::AddTenant(sample.tenant("Contoso"))];
    for result in [
        db.latest_change().await.map(drop),
        db.changes_since(0).await.map(drop),
        sample.commit(&db, &write).await,
    ] {
        assert!(
            matches!(
                result,
                Err(StoreError::Damaged {
                    table: "revision",
                    ..
                })
            ),
            "{result:?}"
        );
    }
    assert_eq!(db.tenants().await, Ok(vec![]));
}

/// Puts a row into every table.
async fn fill(db: &Db) -> Instance {
    let sample = Sample::new(1);
    let mut contoso = sample.instance(db, "Contoso").await;
    contoso.tenant.domains = vec![domain("contoso.example")];
    contoso.application.identifier_uris = vec!["api://orders".to_owned()];
    let principal = &contoso.principal;
    let writes = [
        Write::UpdateTenant(contoso.tenant.clone()),
        Write::UpdateApplication(contoso.application.clone()),
        Write::AddPassword {
            tenant_id: contoso.tenant.id,
            password: sample.password(&contoso.application, "one two three"),
        },
        Write::AddKey {
            tenant_id: contoso.tenant.id,
            key: sample.key(&contoso.application),
        },
        Write::AddFederatedCredential {
            tenant_id: contoso.tenant.id,
            credential: sample.federated(&contoso.application, "cluster"),
        },
        Write::AddAssignment(sample.assignment(principal, principal, AppRoleId::DEFAULT_ACCESS)),
        Write::AddUser(sample.user(&contoso.tenant, "adam@contoso.example")),
        Write::AddOwner(Ownership {
            tenant_id: contoso.tenant.id,
            object: Owned::Application(contoso.application.id),
            owner: Owner::ServicePrincipal(principal.id),
        }),
        Write::AddPermissionGrant(PermissionGrant {
            id: PermissionGrantId::random(&sample.random),
            tenant_id: contoso.tenant.id,
            client_id: principal.id,
            principal_id: None,
            resource_id: principal.id,
            scope: "Orders.Read".to_owned(),
        }),
    ];
    sample.commit(db, &writes).await.expect("all are new");
    let key = SealedSigningKey {
        kid: "kid".to_owned(),
        algorithm: SigningAlgorithm::Rs256,
        certificate: "certificate".to_owned(),
        sealed_private_key: "sealed".to_owned(),
        state: SigningKeyState::Active,
        created_at: NOW,
    };
    let added = db.add_signing_keys_if_none(&[key]).await;
    added.expect("there was none");
    let sign_in = sample.sign_in(Some(contoso.tenant.id), NOW);
    db.record_sign_ins(&[sign_in]).await.expect("it is new");
    contoso
}

/// Every reader, by name. What should be found and is not is a failure here.
async fn read_everything(
    db: &Db,
    contoso: &Instance,
) -> Vec<(&'static str, Result<(), StoreError>)> {
    let tenant_id = contoso.tenant.id;
    let app_id = contoso.application.app_id;
    let name = ResourceName::fold("api://orders");
    let mut view = db.view().await.expect("it answers");
    vec![
        ("tenants", db.tenants().await.map(drop)),
        (
            "tenant state",
            found("tenant state", db.tenant_state(tenant_id).await),
        ),
        (
            "application",
            found("application", db.application_by_app_id(app_id).await),
        ),
        (
            "application in tenant",
            found(
                "application in tenant",
                db.application_in_tenant(tenant_id, app_id).await,
            ),
        ),
        (
            "resource name",
            found(
                "resource name",
                db.app_id_by_resource_name(tenant_id, &name).await,
            ),
        ),
        (
            "last used",
            crate::sample::last_used(db, tenant_id, contoso.application.id)
                .await
                .map(drop),
        ),
        ("signing keys", db.signing_keys().await.map(drop)),
        (
            "first signing keys",
            db.add_signing_keys_if_none(&[]).await.map(drop),
        ),
        ("changes", db.changes_since(0).await.map(drop)),
        ("audit", db.audit_records(None, 10).await.map(drop)),
        ("sign-ins", db.sign_ins(None, 10).await.map(drop)),
        (
            "service principals",
            view.service_principals(tenant_id, &everything(), true)
                .await
                .map(drop),
        ),
        (
            "applications",
            view.applications(tenant_id, &everything(), true)
                .await
                .map(drop),
        ),
        (
            "users",
            view.users(tenant_id, &everything()).await.map(drop),
        ),
        (
            "owners",
            view.owners(tenant_id, Owned::Application(contoso.application.id))
                .await
                .map(drop),
        ),
        (
            "permission grants",
            view.permission_grants(tenant_id, &everything())
                .await
                .map(drop),
        ),
        (
            "audit page",
            view.audit_records(tenant_id, &everything()).await.map(drop),
        ),
        (
            "sign-in page",
            view.sign_ins(tenant_id, &everything()).await.map(drop),
        ),
    ]
}

fn found<T>(what: &str, result: Result<Option<T>, StoreError>) -> Result<(), StoreError> {
    result.map(|found| assert!(found.is_some(), "{what} is taken for absent"))
}
