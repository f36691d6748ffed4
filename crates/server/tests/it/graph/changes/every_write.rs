//! Every operation that writes, with rights and without, with bodies of all sorts: a refusal in the
//! shape of the API, and never a failure.

use countersign_domain::graph::route::Operation;
use serde_json::{Value, json};

use super::super::api::{Api, As, id};

/// Paths of every operation that writes, to objects that are there and to some that are not.
struct Paths {
    real: Vec<(&'static str, &'static str)>,
    values: Vec<(&'static str, String)>,
}

impl Paths {
    async fn of(admin: &As<'_>) -> Self {
        let application = admin
            .create("/applications", json!({"displayName": "A"}))
            .await;
        let principal = json!({"appId": application["appId"]});
        let principal = admin.create("/servicePrincipals", principal).await;
        let user = admin.find("/users", "displayName eq 'Bea'").await;
        let operations = Operation::ALL.iter().copied();
        let writes = operations.filter(|one| !one.is_read() && *one != Operation::Batch);
        Self {
            real: writes
                .map(|one| (one.method().as_str(), one.template()))
                .collect(),
            values: vec![
                ("{application}", id(&application).to_owned()),
                ("{servicePrincipal}", id(&principal).to_owned()),
                ("{user}", id(&user).to_owned()),
                ("{owner}", id(&user).to_owned()),
            ],
        }
    }

    /// The paths, with ids of objects that are there or with others.
    fn filled(&self, are_there: bool) -> impl Iterator<Item = (&'static str, String)> {
        self.real.iter().map(move |(method, template)| {
            let mut path = (*template).to_owned();
            for (hole, value) in self.values.iter().filter(|_| are_there) {
                path = path.replace(hole, value);
            }
            let parts = path.split('/').map(|part| match part.starts_with('{') {
                true => "99999999-9999-4999-8999-999999999999",
                false => part,
            });
            (*method, parts.collect::<Vec<_>>().join("/"))
        })
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_permission_nothing_is_written() {
    let api = Api::start().await;
    let (admin, nobody) = (api.caller("admin").await, api.caller("nobody").await);
    let paths = Paths::of(&admin).await;
    assert!(paths.real.len() > 30, "{}", paths.real.len());
    for (method, path) in paths.filled(true) {
        let answer = nobody.send(method, &path, &[], Some(json!({}))).await;
        // The keys of other applications cannot be rolled; of which ones is not told apart here.
        let is_proved = path.ends_with("Key");
        let expected = if is_proved { &[400, 403][..] } else { &[403] };
        assert!(
            expected.contains(&answer.status),
            "{method} {path}: {}",
            answer.body
        );
        answer.refusal();
    }
    api.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_body_makes_an_operation_fail() {
    let api = Api::start().await;
    let admin = api.caller("admin").await;
    let paths = Paths::of(&admin).await;
    let deep = (0..200).fold(json!(1), |inner, _| json!([inner]));
    let bodies = [
        None,
        Some(json!({})),
        Some(Value::Null),
        Some(json!([])),
        Some(json!("text")),
        Some(json!({"displayName": {"x": 1}})),
        Some(json!({"displayName": deep})),
        Some(json!({"@odata.id": "x", "keyId": "x", "proof": "x", "appId": "x"})),
        Some(json!({"passwordCredential": 1, "keyCredential": 1, "principalId": 1})),
        Some(json!({"displayName": "\u{0}", "userPrincipalName": "\u{0}@contoso.example"})),
        Some(json!({"displayName": "a".repeat(100_000)})),
    ];
    for are_there in [false, true] {
        for (method, path) in paths.filled(are_there) {
            // Deleted last of all: the others need what it would delete.
            if method == "DELETE" && are_there {
                continue;
            }
            for body in &bodies {
                let answer = admin.send(method, &path, &[], body.clone()).await;
                let shown = &answer.body[..answer.body.len().min(300)];
                assert!(
                    answer.status < 500,
                    "{method} {path}: {} {shown}",
                    answer.status
                );
                assert_ne!(answer.status, 409, "{method} {path}: {shown}");
                if answer.status >= 400 {
                    answer.refusal();
                }
            }
        }
    }
    for (method, path) in paths.filled(true).filter(|(method, _)| *method == "DELETE") {
        let answer = admin.send(method, &path, &[], None).await;
        assert!(answer.status < 500, "{method} {path}: {}", answer.body);
    }
    api.node.stop().await;
}
