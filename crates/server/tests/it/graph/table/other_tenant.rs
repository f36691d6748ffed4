//! TEN-02: an object of another tenant is as one that never was, wherever a request names it.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use countersign_domain::graph::route::Operation;
use serde_json::Value;

use super::super::{ADMINISTRATOR, CONTOSO, FABRIKAM, STRANGER, World};
use super::callers::state;
use super::objects::{As, Objects};
use super::samples::sample;
use crate::node::Answer;

#[tokio::test(flavor = "multi_thread")]
async fn what_is_of_another_tenant_is_as_if_it_never_was() {
    let world = World::start().await;
    let (ours, theirs) = (
        world.token(ADMINISTRATOR).await,
        world.token(STRANGER).await,
    );
    let ours = As {
        world: &world,
        token: Some(&ours),
    };
    let theirs = As {
        world: &world,
        token: Some(&theirs),
    };
    let foreign = Objects::make(theirs, FABRIKAM, "fabrikam.example", &[]).await;
    let own = Objects::make(ours, CONTOSO, "contoso.example", &[]).await;
    let before = (state(ours, &own).await, state(theirs, &foreign).await);
    let mut compared = 0;
    for operation in Operation::ALL.iter().copied() {
        for (name, there, nowhere) in names(&foreign) {
            let asked = sample(operation, &own.with(name, &there));
            if asked == sample(operation, &own) {
                continue;
            }
            let what = format!("{operation:?} with another tenant's {name}");
            let answer = ask(ours, operation, asked).await;
            let random = sample(operation, &own.with(name, &nowhere));
            let random = ask(ours, operation, random).await;
            let is_refused = matches!(answer.status, 400 | 403 | 404);
            assert!(
                is_refused || operation == Operation::GetByIds,
                "{what}: {}",
                answer.body
            );
            assert_eq!(told(&answer, &there), told(&random, &nowhere), "{what}");
            compared += 1;
        }
    }
    assert!(compared > 80, "{compared}");
    assert_eq!(
        (state(ours, &own).await, state(theirs, &foreign).await),
        before
    );
    world.node.stop().await;
}

async fn ask(caller: As<'_>, operation: Operation, asked: (String, Option<Value>)) -> Answer {
    let (path, body) = asked;
    caller
        .send(operation.method().as_str(), &path, body.as_ref())
        .await
}

/// Each place for an id, with the other tenant's and with one that nothing has.
fn names(foreign: &Objects) -> Vec<(&'static str, String, String)> {
    const RANDOM: &str = "99999999-9999-4999-8999-999999999999";
    let mut names = Vec::new();
    for name in foreign.names() {
        let there = foreign.get(name);
        let nowhere = match name {
            "domain" => "nowhere.example".to_owned(),
            "assignment" | "assignedTo" | "grant" => URL_SAFE_NO_PAD.encode([0x99; 32]),
            "audit" => there.replace(|c: char| c.is_ascii_hexdigit() && !c.is_alphabetic(), "9"),
            // No ids, or the same in every tenant.
            "unique" | "newKey" | "thirdRole" | "fourthRole" => continue,
            _ if name.ends_with("Proof") || name.ends_with("SecretText") => continue,
            _ => RANDOM.to_owned(),
        };
        names.push((name, there.to_owned(), nowhere));
    }
    let by_app_id = |id: &str| format!("(appId='{id}')");
    for name in ["application", "servicePrincipal"] {
        names.push((name, by_app_id(foreign.get("appId")), by_app_id(RANDOM)));
    }
    names
}

/// Everything that an answer tells, but for the id that was asked for, times and request ids.
fn told(answer: &Answer, id: &str) -> (u16, Vec<String>, String) {
    let changing = [
        "request-id",
        "x-ms-request-id",
        "client-request-id",
        "date",
        "content-length",
    ];
    let headers = answer.head.lines().skip(1).filter(|line| {
        let name = line
            .split(':')
            .next()
            .unwrap_or_default()
            .to_ascii_lowercase();
        !changing.contains(&name.as_str())
    });
    let bare = id.trim_start_matches("(appId='").trim_end_matches("')");
    let mut body = answer.json();
    if let Some(error) = body["error"].as_object_mut() {
        error.remove("innerError");
    }
    let body = body.to_string().replace(bare, "ID");
    (answer.status, headers.map(str::to_owned).collect(), body)
}
