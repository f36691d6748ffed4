//! What slows down guessing: failures in a row, known browsers, and challenges that are good once.

use countersign_domain::account::{Failures, PasskeyChallenge};
use countersign_domain::directory::Write;
use countersign_domain::ids::UserId;

use crate::sample::{NOW, Sample};
use crate::support::{Place, conflict, not_found, winners};

on_both!(
    failures_are_counted_until_they_are_old,
    failures_at_once_on_two_nodes_are_all_counted,
    twenty_browsers_of_a_user_are_known,
    a_challenge_is_taken_once_in_its_browser,
    a_challenge_ends_unused,
);

async fn failures_are_counted_until_they_are_old(place: Place) {
    let db = place.open().await;
    assert_eq!(db.failures("a").await, Ok(None));
    let long_ago = NOW.plus_seconds(-60);
    let failed = |count, last_at| Ok(Failures { count, last_at });
    assert_eq!(db.add_failure("a", NOW, long_ago).await, failed(1, NOW));
    assert_eq!(db.add_failure("A", NOW, long_ago).await, failed(1, NOW));
    let later = NOW.plus_seconds(1);
    assert_eq!(db.add_failure("a", later, NOW).await, failed(2, later));
    // A node whose clock is behind does not make the last failure an earlier one.
    assert_eq!(db.add_failure("a", NOW, long_ago).await, failed(3, later));
    let stored = db.failures("a").await.map(|found| found.expect("counted"));
    assert_eq!(stored, failed(3, later));
    let much_later = later.plus_seconds(60);
    let forgotten = db.add_failure("a", much_later, later.plus_seconds(1)).await;
    assert_eq!(forgotten, failed(1, much_later));

    place
        .execute("UPDATE sign_in_failures SET failures = 4294967294")
        .await;
    for _ in 0..2 {
        let full = db.add_failure("a", much_later, NOW).await;
        assert_eq!(full, failed(u32::MAX, much_later));
    }
    db.clear_failures("a").await.expect("it answers");
    assert_eq!(db.failures("a").await, Ok(None));
    assert_eq!(db.forget_failures(NOW).await, Ok(0), "A failed just now");
    assert_eq!(db.forget_failures(later).await, Ok(1));
    assert_eq!(db.failures("A").await, Ok(None));
}

async fn failures_at_once_on_two_nodes_are_all_counted(place: Place) {
    let nodes = [place.open().await, place.open().await];
    let counted = winners(&nodes, |db| async move {
        let failures = db.add_failure("a", NOW, NOW).await?;
        Ok(failures.count == 50)
    });
    assert_eq!(counted.await, 1, "one of fifty is the fiftieth");
    let last = nodes[0].failures("a").await.expect("it answers");
    assert_eq!(last.map(|failures| failures.count), Some(50));
}

async fn twenty_browsers_of_a_user_are_known(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let tenant = sample.tenant("Contoso");
    let users = ["admin", "reader"].map(|name| sample.user(&tenant, name));
    let mut writes = vec![Write::AddTenant(tenant)];
    writes.extend(users.clone().map(Write::AddUser));
    sample.commit(&db, &writes).await.expect("all are new");
    let [admin, reader] = users.map(|user| user.id);
    let browsers: Vec<_> = (0..21).map(|_| sample.hash()).collect();
    let other = db.remember_device(reader, &browsers[0], NOW).await;
    other.expect("the user is there");
    for (browser, seconds) in browsers.iter().zip(0..).take(20) {
        let kept = db.remember_device(admin, browser, NOW.plus_seconds(seconds));
        kept.await.expect("the user is there");
    }
    // Seen again, the first is newer than the second.
    for (browser, seconds) in [(0, 30), (20, 31)] {
        let kept = db.remember_device(admin, &browsers[browser], NOW.plus_seconds(seconds));
        kept.await.expect("the user is there");
    }
    for (number, browser) in browsers.iter().enumerate() {
        let is_known = db.is_known_device(admin, browser).await;
        assert_eq!(is_known, Ok(number != 1), "{number}");
        let is_known = db.is_known_device(reader, browser).await;
        assert_eq!(is_known, Ok(number == 0), "{number}");
    }
    let nobody = UserId::random(&sample.random);
    not_found(db.remember_device(nobody, &browsers[0], NOW).await);
}

fn challenge(sample: &Sample) -> PasskeyChallenge {
    PasskeyChallenge {
        challenge: sample.hash().as_str().to_owned(),
        browser: sample.hash(),
        user_id: None,
        expires_at: NOW.plus_seconds(60),
    }
}

async fn a_challenge_is_taken_once_in_its_browser(place: Place) {
    let nodes = [place.open().await, place.open().await];
    let [db, _] = &nodes;
    let sample = Sample::new(1);
    let (asked, other) = (challenge(&sample), challenge(&sample));
    for challenge in [&asked, &other] {
        let kept = db.remember_challenge(challenge).await;
        kept.expect("it is new");
    }
    conflict(db.remember_challenge(&asked).await);
    let elsewhere = db.take_challenge(&asked.challenge, &other.browser, NOW);
    assert_eq!(elsewhere.await, Ok(None));
    let taken = winners(&nodes, |db| {
        let asked = asked.clone();
        async move {
            let taken = db.take_challenge(&asked.challenge, &asked.browser, NOW);
            let taken = taken.await?;
            assert!(taken.is_none() || taken == Some(asked));
            Ok(taken.is_some())
        }
    });
    assert_eq!(taken.await, 1);
    let unknown = db.take_challenge("unknown", &asked.browser, NOW).await;
    assert_eq!(unknown, Ok(None));
}

async fn a_challenge_ends_unused(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let tenant = sample.tenant("Contoso");
    let user = sample.user(&tenant, "admin@contoso.example");
    let writes = [Write::AddTenant(tenant), Write::AddUser(user.clone())];
    sample.commit(&db, &writes).await.expect("both are new");
    let mut asked = challenge(&sample);
    asked.user_id = Some(user.id);
    let end = asked.expires_at;
    db.remember_challenge(&asked).await.expect("it is new");
    let late = db.take_challenge(&asked.challenge, &asked.browser, end);
    assert_eq!(late.await, Ok(None));
    assert_eq!(db.forget_challenges(NOW).await, Ok(0));
    let taken = db.take_challenge(&asked.challenge, &asked.browser, NOW);
    assert_eq!(taken.await, Ok(Some(asked.clone())));
    db.remember_challenge(&asked).await.expect("it was taken");
    assert_eq!(db.forget_challenges(end).await, Ok(1));
    let taken = db.take_challenge(&asked.challenge, &asked.browser, NOW);
    assert_eq!(taken.await, Ok(None));
}
