//! One request for many, and tokens that are good when they are handed out: CLI-01 to CLI-04,
//! CLI-07, CLI-10 and CLI-11.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, UNIX_EPOCH};

use countersign_client::{Client, Credential, TokenRequest};
use serde_json::json;
use tokio::task::JoinSet;

use crate::authority::{
    Answer, Authority, CLIENT, SCOPE, TENANT, advance_seconds, is_for, number, token_ending,
};

async fn number_of(client: &Client) -> usize {
    number(client.token(SCOPE).await.expect("a token").secret())
}

#[tokio::test]
async fn cli_01_ten_thousand_callers_make_one_request() {
    let authority = Authority::start().await;
    let client = authority.client();
    let mut callers = JoinSet::new();
    for _ in 0..10_000 {
        let client = client.clone();
        callers.spawn(async move { number_of(&client).await });
    }
    assert!(
        callers
            .join_all()
            .await
            .into_iter()
            .all(|number| number == 1)
    );
    assert_eq!(number_of(&client).await, 1);
    assert_eq!(authority.count(), 1);
}

#[tokio::test]
async fn cli_02_a_token_with_four_minutes_left_is_handed_out_and_renewed_behind_the_back() {
    let authority = Authority::start().await;
    let client = authority.client();
    assert_eq!(number_of(&client).await, 1);
    advance_seconds(3600 - 240).await;
    authority.hold();
    // The authority is slow, and nobody waits for it.
    for _ in 0..100 {
        assert_eq!(number_of(&client).await, 1);
    }
    authority.reached(2).await;
    authority.release();
    while number_of(&client).await == 1 {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    assert_eq!(number_of(&client).await, 2);
    assert_eq!(authority.count(), 2);
}

#[tokio::test]
async fn cli_02_a_token_about_to_end_or_expired_is_replaced_first() {
    let authority = Authority::start().await;
    let client = authority.client();
    for (request, age) in [(1, 3600 - 20), (2, 3600), (3, 100_000)] {
        assert_eq!(number_of(&client).await, request);
        advance_seconds(age).await;
    }
    assert_eq!(number_of(&client).await, 4);
}

#[tokio::test]
async fn cli_02_an_expired_token_is_not_handed_out_however_bad_things_are() {
    let authority = Authority::start().await;
    let client = authority.client();
    client.token(SCOPE).await.expect("a token");
    authority.always(Answer::refusal(400, "invalid_scope", 1_002_012));
    advance_seconds(3590).await;
    // Ten seconds are better than nothing.
    assert_eq!(number_of(&client).await, 1);
    advance_seconds(10).await;
    let error = client.token(SCOPE).await.expect_err("expired");
    assert_eq!(error.refusal().and_then(|said| said.code), Some(1_002_012));
}

#[tokio::test]
async fn cli_02_a_token_that_expired_on_its_way_is_not_handed_out() {
    let authority = Authority::start().await;
    authority.next(Answer::Token(5));
    authority.hold();
    let client = authority.client();
    let asking = {
        let client = client.clone();
        tokio::spawn(async move { number_of(&client).await })
    };
    authority.reached(1).await;
    advance_seconds(6).await;
    authority.release();
    assert_eq!(asking.await.expect("no panic"), 2);
}

#[tokio::test]
async fn cli_03_refresh_in_is_honoured_and_an_outage_leaves_the_token() {
    let authority = Authority::start().await;
    let client = authority.client();
    authority.next(Answer::json(&json!({
        "token_type": "Bearer", "expires_in": 86_400, "refresh_in": 43_200, "access_token": "1.day",
    })));
    authority.always(Answer::status(503));
    assert_eq!(number_of(&client).await, 1);
    advance_seconds(40_000).await;
    assert_eq!(number_of(&client).await, 1);
    assert_eq!(authority.count(), 1);
    advance_seconds(3200).await;
    // Due: three attempts fail in the background, and nobody notices.
    assert_eq!(number_of(&client).await, 1);
    authority.reached(2).await;
    for attempts in [3, 4] {
        while authority.count() < attempts {
            advance_seconds(1).await;
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }
    assert_eq!(number_of(&client).await, 1);
    authority.always(Answer::Token(3600));
    advance_seconds(60).await;
    assert_eq!(number_of(&client).await, 1);
    while number_of(&client).await == 1 {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    assert_eq!(authority.count(), 5);
}

/// Two clients that differ in their id, and every combination of scope and claims.
fn clients_and_requests(
    authority: &Authority,
    cache_length_max: usize,
) -> Vec<(Client, TokenRequest, String)> {
    let mut all = Vec::new();
    for id in [CLIENT, "c0000000-0000-0000-0000-000000000002"] {
        let client = Client::builder(&authority.base, TENANT, id)
            .dangerous_loopback_http()
            .cache_length_max(cache_length_max)
            .credential(Credential::secret("s"))
            .build()
            .expect("complete");
        for (scope, claims) in (0..15).map(|n| (n % 5, ["", r#"{"a":1}"#, r#"{"a":2}"#][n / 5])) {
            let scope = format!("api://{scope}/.default");
            let request = TokenRequest::new(&scope);
            let request = if claims.is_empty() {
                request
            } else {
                request.claims(claims)
            };
            all.push((client.clone(), request, token_ending(id, &scope, claims)));
        }
    }
    all
}

/// Calls in an order that looks like none, from many tasks, and holds every token against what it
/// was asked for with.
async fn call_at_random(authority: &Authority, cache_length_max: usize, calls: u32) {
    const TASKS: u32 = 64;
    let all = Arc::new(clients_and_requests(authority, cache_length_max));
    let mut tasks = JoinSet::new();
    for task in 0..TASKS {
        let all = Arc::clone(&all);
        tasks.spawn(async move {
            for call in 0..calls / TASKS {
                let mixed = (task * calls + call).wrapping_mul(2_654_435_761) >> 7;
                let (client, request, ending) = &all[mixed as usize % all.len()];
                let token = client.token_with(request).await.expect("a token");
                assert!(token.secret().ends_with(ending.as_str()), "{request:?}");
            }
        });
    }
    tasks.join_all().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cli_04_a_million_calls_mix_up_no_token() {
    let authority = Authority::start().await;
    call_at_random(&authority, 100, 1_000_000).await;
    assert_eq!(authority.count(), 30);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cli_04_nor_do_calls_that_push_each_other_out_of_the_cache() {
    let authority = Authority::start().await;
    call_at_random(&authority, 8, 6400).await;
    assert!(authority.count() > 100, "{}", authority.count());
}

/// A system clock that a test sets, in seconds from where it started.
fn settable_clock() -> (
    Arc<AtomicI64>,
    impl Fn() -> std::time::SystemTime + Send + Sync,
) {
    let seconds = Arc::new(AtomicI64::new(1_800_000_000));
    let read = Arc::clone(&seconds);
    let clock = move || {
        let seconds = u64::try_from(read.load(Ordering::SeqCst)).unwrap_or(0);
        UNIX_EPOCH + Duration::from_secs(seconds)
    };
    (seconds, clock)
}

fn client_with_clock(authority: &Authority) -> (Arc<AtomicI64>, Client) {
    let (clock, wall_clock) = settable_clock();
    let builder = authority.builder().wall_clock(wall_clock);
    (clock, builder.build().expect("complete"))
}

const DAY: i64 = 86_400;

#[tokio::test]
async fn cli_07_a_clock_that_jumps_causes_one_request_at_most() {
    let authority = Authority::start().await;
    let (clock, client) = client_with_clock(&authority);
    assert_eq!(number_of(&client).await, 1);
    clock.fetch_add(DAY, Ordering::SeqCst);
    for _ in 0..10 {
        assert_eq!(number_of(&client).await, 2);
    }
    clock.fetch_sub(2 * DAY, Ordering::SeqCst);
    for _ in 0..10 {
        assert_eq!(number_of(&client).await, 2);
    }
    // Set back, the life still ends when it ends.
    advance_seconds(3600).await;
    assert_eq!(number_of(&client).await, 3);
    assert_eq!(authority.count(), 3);
}

#[tokio::test]
async fn cli_07_after_two_hours_of_sleep_the_token_is_not_believed() {
    let authority = Authority::start().await;
    let (clock, client) = client_with_clock(&authority);
    assert_eq!(number_of(&client).await, 1);
    // The steady clock stood still meanwhile.
    clock.fetch_add(2 * 3600, Ordering::SeqCst);
    assert_eq!(number_of(&client).await, 2);
}

#[tokio::test]
async fn cli_10_a_caller_who_goes_away_does_not_take_the_token_from_the_others() {
    let authority = Authority::start().await;
    let client = authority.client();
    authority.hold();
    let impatient = {
        let client = client.clone();
        tokio::spawn(async move { number_of(&client).await })
    };
    authority.reached(1).await;
    let patient = {
        let client = client.clone();
        tokio::spawn(async move { number_of(&client).await })
    };
    impatient.abort();
    assert!(impatient.await.expect_err("aborted").is_cancelled());
    authority.release();
    assert_eq!(patient.await.expect("no panic"), 1);
    assert_eq!(authority.count(), 1);
}

#[test]
fn cli_10_a_runtime_that_ends_does_not_take_the_client_with_it() {
    let runtime = || {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime")
    };
    let serving = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime");
    let authority = serving.block_on(Authority::start());
    let client = runtime().block_on(async { authority.client() });
    authority.hold();
    runtime().block_on(async {
        let lost = client.clone();
        tokio::spawn(async move { lost.token(SCOPE).await });
        authority.reached(1).await;
    });
    authority.release();
    assert_eq!(runtime().block_on(number_of(&client)), 2);
}

#[tokio::test]
async fn cli_11_many_scopes_do_not_make_many_connections_at_once() {
    let authority = Authority::start().await;
    let client = authority
        .builder()
        .cache_length_max(100)
        .build()
        .expect("complete");
    authority.hold();
    let mut callers = JoinSet::new();
    for number in 0..1000 {
        let client = client.clone();
        callers.spawn(async move {
            let scope = format!("api://{number}/.default");
            let token = client.token(&scope).await.expect("a token");
            assert!(is_for(token.secret(), CLIENT, &scope, ""));
        });
    }
    authority.reached(16).await;
    assert_eq!(authority.count(), 16);
    authority.release();
    callers.join_all().await;
    assert_eq!(authority.count(), 1000);
}
