//! GRA-17: bodies that are none, at every operation that reads one.

use countersign_domain::graph::route::Operation;

use super::super::{ADMINISTRATOR, CONTOSO, World, check_error};
use super::callers::state;
use super::objects::{As, Objects};
use super::samples::sample;

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_none_is_refused_and_changes_nothing() {
    let world = World::start().await;
    let token = world.token(ADMINISTRATOR).await;
    let admin = As {
        world: &world,
        token: Some(&token),
    };
    let objects = Objects::make(admin, CONTOSO, "contoso.example", &[]).await;
    let before = state(admin, &objects).await;
    let bearer = format!("Bearer {token}");
    let headers = [
        ("Authorization", bearer.as_str()),
        ("Content-Type", "application/json"),
    ];
    let mut asked = 0;
    for operation in Operation::ALL.iter().copied() {
        let (path, body) = sample(operation, &objects);
        // What restores an object takes nothing and reads nothing.
        let Some(body) = body.filter(|_| operation != Operation::RestoreDeletedItem) else {
            continue;
        };
        let path = format!("/v1.0{path}");
        for text in bodies(&body.to_string()) {
            let method = operation.method().as_str();
            let answer = world.send(method, &path, &headers, Some(&text)).await;
            let shown: String = text.chars().take(60).collect();
            assert_eq!(answer.status, 400, "{operation:?} {shown}: {}", answer.body);
            check_error(&answer, 400, "BadRequest");
            asked += 1;
        }
    }
    assert!(asked > 200, "{asked}");
    assert_eq!(state(admin, &objects).await, before);
    world.node.stop().await;
}

/// A good body, spoilt.
fn bodies(good: &str) -> Vec<String> {
    let utf16: String = good.chars().flat_map(|c| [c, '\0']).collect();
    let inner = good.trim_start_matches('{').trim_end_matches('}');
    let deep = |depth| format!("{{\"x\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
    vec![
        "{".to_owned(),
        "[]".to_owned(),
        "\"x\"".to_owned(),
        "null".to_owned(),
        format!("{good}{good}"),
        format!("{good}x"),
        format!("{{{inner},{inner}}}"),
        format!("\u{feff}{good}"),
        utf16,
        deep(1_000),
        deep(100_000),
        good.replace('"', "'"),
        good.replacen('{', "{\"x\":\"\\ud800\",", 1),
    ]
}
