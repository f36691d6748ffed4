use countersign_domain::directory::{Change, SealedSigningKey, SigningAlgorithm, SigningKeyState};

use crate::sample::NOW;
use crate::support::Place;

on_both!(
    the_first_node_makes_the_keys,
    nodes_that_start_together_agree
);

fn key(kid: &str, algorithm: SigningAlgorithm) -> SealedSigningKey {
    SealedSigningKey {
        kid: kid.to_owned(),
        algorithm,
        certificate: format!("certificate of {kid}"),
        sealed_private_key: format!("sealed key of {kid}"),
        state: SigningKeyState::Active,
        created_at: NOW,
    }
}

async fn the_first_node_makes_the_keys(place: Place) {
    let db = place.open().await;
    assert_eq!(db.signing_keys().await, Ok(vec![]));
    let mut keys = SigningAlgorithm::ALL.map(|algorithm| key(algorithm.as_str(), algorithm));
    keys[1].state = SigningKeyState::Retired;
    keys[2].state = SigningKeyState::Published;
    keys[0].created_at = NOW.plus_seconds(1);
    let added = db.add_signing_keys_if_none(&keys).await;
    // Oldest first, then by kid.
    let expected = vec![keys[1].clone(), keys[2].clone(), keys[0].clone()];
    assert_eq!(added, Ok(expected.clone()));
    let changes = db.changes_since(0).await;
    assert_eq!(changes, Ok((1, vec![Change::SigningKeys])));

    let late = [key("late", SigningAlgorithm::Rs256)];
    let answer = db.add_signing_keys_if_none(&late).await;
    assert_eq!(answer, Ok(expected.clone()));
    assert_eq!(db.signing_keys().await, Ok(expected));
    assert_eq!(db.latest_change().await, Ok(1), "nothing has changed");
}

async fn nodes_that_start_together_agree(place: Place) {
    let mut nodes = Vec::new();
    for number in 0..6 {
        let db = place.open().await;
        nodes.push(tokio::spawn(async move {
            let own = [key(&format!("node {number}"), SigningAlgorithm::Rs256)];
            db.add_signing_keys_if_none(&own).await
        }));
    }
    let stored = place.open().await.signing_keys().await;
    let mut answers = Vec::new();
    for node in nodes {
        answers.push(node.await.expect("no panic").expect("every node gets keys"));
    }
    assert!(answers.iter().all(|answer| answer == &answers[0]));
    assert_eq!(answers[0].len(), 1);
    let stored = stored.expect("it answers");
    assert!(stored.is_empty() || stored == answers[0]);
}
