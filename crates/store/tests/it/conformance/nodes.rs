//! The list of the servers that share the database.

use countersign_domain::clock::Timestamp;
use countersign_domain::ids::NodeId;
use countersign_domain::node::Node;
use uuid::Uuid;

use crate::sample::NOW;
use crate::support::Place;

on_both!(
    a_node_is_listed_by_its_last_report_until_it_ends,
    a_hundred_nodes_are_told,
);

fn node(number: u128, seen_at: Timestamp) -> Node {
    Node {
        id: NodeId::new(Uuid::from_u128(number)),
        name: format!("node-{number}"),
        version: "1.2.3".to_owned(),
        started_at: NOW,
        seen_at,
        change_number: 7,
    }
}

async fn a_node_is_listed_by_its_last_report_until_it_ends(place: Place) {
    let db = place.open().await;
    assert_eq!(db.nodes().await, Ok(vec![]));
    let (first, second) = (node(1, NOW), node(2, NOW.plus_seconds(1)));
    for node in [&first, &second] {
        db.report_node(node).await.expect("it reports");
    }
    assert_eq!(db.nodes().await, Ok(vec![second.clone(), first.clone()]));

    let later = Node {
        seen_at: NOW.plus_seconds(10),
        change_number: 8,
        ..first
    };
    db.report_node(&later).await.expect("it reports again");
    assert_eq!(db.nodes().await, Ok(vec![later.clone(), second.clone()]));

    assert_eq!(db.forget_nodes(second.seen_at).await, Ok(1));
    assert_eq!(db.nodes().await, Ok(vec![later.clone()]));
    db.remove_node(later.id).await.expect("it ends");
    db.remove_node(later.id).await.expect("it has ended");
    assert_eq!(db.nodes().await, Ok(vec![]));
}

async fn a_hundred_nodes_are_told(place: Place) {
    let db = place.open().await;
    for number in 1..=101 {
        let seen_at = NOW.plus_seconds(i64::try_from(number).expect("a small number"));
        db.report_node(&node(number, seen_at))
            .await
            .expect("it reports");
    }
    let told = db.nodes().await.expect("they are told");
    assert_eq!(told.len(), 100);
    assert_eq!(told[0].name, "node-101");
    assert_eq!(told[99].name, "node-2");
}
