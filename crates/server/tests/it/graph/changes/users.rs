//! People.

use countersign_domain::account::PasswordHash;
use countersign_domain::clock::Clock;
use countersign_domain::directory::{AuditRecord, DirectoryRole, Write};
use countersign_domain::ids::CorrelationId;
use countersign_server::SystemRandom;
use serde_json::json;

use super::super::api::{Api, id};

#[tokio::test(flavor = "multi_thread")]
async fn a_user_is_made_changed_and_deleted() {
    let api = Api::start().await;
    let people = api.caller("people").await;
    let body = json!({
        "accountEnabled": true,
        "displayName": "Cid",
        "mailNickname": "cid",
        "userPrincipalName": "cid@contoso.example",
        "passwordProfile": {"password": "not kept", "forceChangePasswordNextSignIn": true},
    });
    let made = people.create("/users", body.clone()).await;
    let path = format!("/users/{}", id(&made));
    let twice = people.post("/users", body).await;
    assert_eq!(twice.refusal(), (400, "Request_BadRequest".to_owned()));
    assert!(
        twice.message().contains("userPrincipalName already exists"),
        "{}",
        twice.body
    );
    let taken = json!({"userPrincipalName": "BEA@contoso.example"});
    assert_eq!(people.patch(&path, taken).await.status, 400);
    let foreign = json!({"userPrincipalName": "cid@fabrikam.example"});
    assert_eq!(people.patch(&path, foreign).await.status, 400);
    let change = json!({"jobTitle": "Pilot", "accountEnabled": false});
    people
        .patch("/users/cid@contoso.example", change)
        .await
        .expect_status(204);
    let read = people
        .read(&format!("{path}?$select=jobTitle,accountEnabled"))
        .await;
    assert_eq!(
        (&read["jobTitle"], &read["accountEnabled"]),
        (&json!("Pilot"), &json!(false))
    );
    people.delete(&path).await.expect_status(204);
    assert_eq!(people.get(&path).await.status, 404);
    let reader = api.caller("reader").await;
    let answer = reader.delete("/users/bea@contoso.example").await;
    assert_eq!(answer.status, 403);
    api.node.stop().await;
}

/// A role of a user, given on the machine itself.
async fn give(api: &Api, name: &str, role: DirectoryRole, can_sign_in: bool) {
    let db = &api.node.db;
    let account = db.account_named(name).await.expect("it answers");
    let user = account.expect("it is there").person.user;
    let (tenant_id, user_id) = (user.tenant_id, user.id);
    let mut writes = vec![Write::AddRoleMember {
        tenant_id,
        user_id,
        role,
    }];
    if can_sign_in {
        writes.push(Write::SetUserPassword {
            tenant_id,
            user_id,
            hash: PasswordHash::stored("not a hash of anything".to_owned()),
        });
    }
    let id = CorrelationId::random(&SystemRandom);
    let record = AuditRecord::of_command(api.node.clock.now(), "Update user", id, Vec::new());
    db.commit(&writes, &record).await.expect("it commits");
}

/// Who may change every user may not for that take away who administers the tenant.
#[tokio::test(flavor = "multi_thread")]
async fn administrators_are_changed_only_by_who_manages_roles() {
    let api = Api::start().await;
    let (people, admin) = (api.caller("people").await, api.caller("admin").await);
    let bea = "/users/bea@contoso.example";
    let role = DirectoryRole::GlobalReader;
    give(&api, "bea@contoso.example", role, false).await;
    for body in [
        json!({"accountEnabled": false}),
        json!({"userPrincipalName": "bea2@contoso.example"}),
    ] {
        let refused = people.patch(bea, body).await;
        assert_eq!(refused.status, 403, "{}", refused.body);
        let told = refused.message();
        assert!(
            told.contains("RoleManagement.ReadWrite.Directory"),
            "{told}"
        );
    }
    assert_eq!(people.delete(bea).await.status, 403);
    assert_eq!(people.dry_run(bea).await.status, 403);
    let title = json!({"jobTitle": "Pilot", "accountEnabled": true});
    people.patch(bea, title).await.expect_status(204);
    let disable = json!({"accountEnabled": false});
    admin.patch(bea, disable.clone()).await.expect_status(204);
    admin
        .patch(bea, json!({"accountEnabled": true}))
        .await
        .expect_status(204);

    // Not even with that right, where nobody else could administer the tenant.
    give(
        &api,
        "bea@contoso.example",
        DirectoryRole::GlobalAdministrator,
        true,
    )
    .await;
    let refused = admin.patch(bea, disable).await;
    assert_eq!(refused.status, 403, "{}", refused.body);
    assert!(refused.message().contains("last Global Administrator"));
    assert_eq!(admin.delete(bea).await.status, 403);
    assert_eq!(admin.get(bea).await.status, 200);
    api.node.stop().await;
}
