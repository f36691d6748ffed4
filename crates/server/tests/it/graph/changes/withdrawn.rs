//! A right that is withdrawn is gone for requests that are under way, too.

use std::time::Duration;

use countersign_domain::directory::{AuditRecord, Write};
use countersign_domain::graph::wire::read_assignment_id;
use countersign_domain::ids::CorrelationId;
use countersign_server::SystemRandom;
use serde_json::{Value, json};

use super::super::api::{Api, As, id};
use crate::node::START;

/// The only role of a caller.
async fn role(admin: &As<'_>, caller: &str) -> (Value, String) {
    let filter = format!("displayName eq '{caller}'");
    let caller = admin.find("/servicePrincipals", &filter).await;
    let path = format!("/servicePrincipals/{}/appRoleAssignments", id(&caller));
    let held = admin.read(&path).await["value"][0].clone();
    let path = format!("{path}/{}", id(&held));
    (held, path)
}

async fn check_nothing_was_made(admin: &As<'_>) {
    let list = admin
        .read("/applications?$filter=displayName%20eq%20'Late'")
        .await;
    assert_eq!(list["value"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn while_its_body_is_slow() {
    let api = Api::start().await;
    let (admin, writer) = (api.caller("admin").await, api.caller("writer").await);
    let (_, role) = role(&admin, "writer").await;
    let withdraw = async {
        admin.delete(&role).await.expect_status(204);
    };
    let body = json!({"displayName": "Late"});
    let answer = writer.post_slowly("/applications", withdraw, body).await;
    let denied = (403, "Authorization_RequestDenied".to_owned());
    assert_eq!(answer.refusal(), denied);
    check_nothing_was_made(&admin).await;
    api.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn for_reading_while_its_body_is_slow() {
    let api = Api::start().await;
    let (admin, reader) = (api.caller("admin").await, api.caller("reader").await);
    let (held, role) = role(&admin, "reader").await;
    let body = json!({"ids": [held["principalId"]]});
    let path = "/directoryObjects/getByIds";
    let nothing = async {};
    let answer = reader.post_slowly(path, nothing, body.clone()).await;
    answer.expect_status(200);
    let withdraw = async {
        admin.delete(&role).await.expect_status(204);
    };
    let answer = reader.post_slowly(path, withdraw, body).await;
    let denied = (403, "Authorization_RequestDenied".to_owned());
    assert_eq!(answer.refusal(), denied);
    api.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_it_waits_for_its_turn() {
    let api = Api::start().await;
    let (admin, writer) = (api.caller("admin").await, api.caller("writer").await);
    let (role, _) = role(&admin, "writer").await;
    let (principal_id, assignment_id) = read_assignment_id(id(&role)).expect("an id");
    let organization = admin.read("/organization").await;
    let tenant_id = id(&organization["value"][0]).parse().expect("a tenant");

    let mut change = api.node.db.change().await.expect("its turn comes");
    let held = change.view().held(tenant_id, principal_id).await;
    assert_eq!(held.expect("it answers").len(), 1);
    let withdraw = async {
        // Long enough for the request to be where it waits.
        tokio::time::sleep(Duration::from_millis(500)).await;
        let correlation_id = CorrelationId::random(&SystemRandom);
        let record = AuditRecord::of_command(START, "Withdraw", correlation_id, Vec::new());
        let remove = Write::RemoveAssignment {
            tenant_id,
            id: assignment_id,
        };
        let committed = change.commit(&[remove], &record).await;
        committed.expect("it is there");
    };
    let body = json!({"displayName": "Late"});
    let (answer, ()) = tokio::join!(writer.post("/applications", body), withdraw);
    let denied = (403, "Authorization_RequestDenied".to_owned());
    assert_eq!(answer.refusal(), denied);
    check_nothing_was_made(&admin).await;
    api.node.stop().await;
}
