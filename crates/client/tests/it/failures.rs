//! Refusals, pauses and outages: CLI-05, CLI-06, CLI-08, CLI-09 and CLI-12.

use std::time::Duration;

use countersign_client::{Client, Error, ErrorKind};
use tokio::time::Instant;

use crate::authority::{Answer, Authority, SCOPE, SECRET, advance, advance_seconds, number};

/// Asks in a task of its own and moves time on until there is an answer; how long that took.
async fn waited(client: &Client) -> (Result<usize, Error>, Duration) {
    let asking = {
        let client = client.clone();
        tokio::spawn(async move { client.token(SCOPE).await })
    };
    let start = Instant::now();
    while !asking.is_finished() {
        tokio::time::sleep(Duration::from_millis(2)).await;
        advance(Duration::from_millis(50)).await;
    }
    let outcome = asking.await.expect("no panic");
    (outcome.map(|token| number(token.secret())), start.elapsed())
}

/// One whose time-outs are too long to matter while a test moves time.
fn patient(authority: &Authority) -> Client {
    authority
        .builder()
        .attempt_timeout(Duration::from_secs(1000))
        .total_timeout(Duration::from_secs(1000))
        .build()
        .expect("complete")
}

#[tokio::test]
async fn cli_05_a_short_pause_is_waited_for_whether_in_seconds_missing_or_nonsense() {
    for (answer, at_least) in [
        (Answer::throttled("3"), 3),
        (Answer::throttled("-1"), 5),
        (Answer::status(429), 5),
        (
            Answer::Raw(503, vec![("retry-after", "3".to_owned())], String::new()),
            3,
        ),
    ] {
        let authority = Authority::start().await;
        authority.next(answer);
        let (outcome, took) = waited(&patient(&authority)).await;
        assert_eq!(outcome.expect("a token"), 2);
        assert!(took >= Duration::from_secs(at_least), "{took:?}");
    }
}

#[tokio::test]
async fn cli_05_a_pause_until_a_date_is_waited_for_by_the_authoritys_clock() {
    let authority = Authority::start().await;
    let headers = vec![
        ("date", "Sun, 06 Nov 1994 08:49:37 GMT".to_owned()),
        ("retry-after", "Sun, 06 Nov 1994 08:49:41 GMT".to_owned()),
    ];
    authority.next(Answer::Raw(429, headers, String::new()));
    let (outcome, took) = waited(&patient(&authority)).await;
    assert_eq!(outcome.expect("a token"), 2);
    assert!(took >= Duration::from_secs(4), "{took:?}");
}

#[tokio::test]
async fn cli_05_a_long_pause_is_an_error_at_once_for_every_scope_and_for_no_other_client() {
    let authority = Authority::start().await;
    let client = authority.client();
    let other = authority.client();
    authority.next(Answer::throttled("1000000000"));
    let error = client.token(SCOPE).await.expect_err("a pause");
    assert_eq!(error.kind(), ErrorKind::Throttled);
    assert!(error.is_transient());
    let left = error.retry_after().expect("a pause");
    assert_eq!(left.as_secs_f64().ceil(), 3600.0);
    advance_seconds(3500).await;
    for scope in [SCOPE, "api://another/.default"] {
        let error = client.token(scope).await.expect_err("still the pause");
        assert!(
            error
                .retry_after()
                .is_some_and(|left| left <= Duration::from_secs(100)),
            "{error}"
        );
    }
    assert_eq!(authority.count(), 1);
    other
        .token(SCOPE)
        .await
        .expect("another client has no pause");
    advance_seconds(100).await;
    client.token(SCOPE).await.expect("the pause is over");
}

#[tokio::test]
async fn cli_06_an_authority_that_fails_is_asked_three_times_with_waits_between() {
    for answer in [
        Answer::status(500),
        Answer::status(503),
        Answer::status(408),
        Answer::Reset,
    ] {
        let authority = Authority::start().await;
        authority.next(answer.clone());
        authority.next(answer.clone());
        let (outcome, took) = waited(&patient(&authority)).await;
        assert_eq!(outcome.expect("the third attempt"), 3);
        // Half a second and a second, at least.
        assert!(took >= Duration::from_millis(1500), "{took:?}");

        let authority = Authority::start().await;
        authority.always(answer);
        let client = patient(&authority);
        let error = waited(&client).await.0.expect_err("down");
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        assert!(error.is_transient());
        assert_eq!(authority.count(), 3);
        // Whoever comes within the next moments gets the same answer without a request.
        client.token(SCOPE).await.expect_err("down a moment ago");
        assert_eq!(authority.count(), 3);
        authority.always(Answer::Token(3600));
        advance_seconds(5).await;
        client.token(SCOPE).await.expect("up again");
    }
}

#[tokio::test]
async fn cli_06_silence_ends_with_the_total_time() {
    let authority = Authority::start().await;
    authority.always(Answer::Silence);
    let client = authority.client();
    let asking = {
        let client = client.clone();
        tokio::spawn(async move { client.token(SCOPE).await })
    };
    let mut seconds = 0;
    while !asking.is_finished() {
        tokio::time::sleep(Duration::from_millis(2)).await;
        advance_seconds(1).await;
        seconds += 1;
    }
    let error = asking.await.expect("no panic").expect_err("silence");
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!((10..=31).contains(&seconds), "{seconds} s");
    assert!(authority.count() <= 3);
}

#[tokio::test]
async fn cli_06_nobody_listening_is_transient() {
    let authority = Authority::start().await;
    let client = patient(&authority);
    authority.stop();
    while tokio::net::TcpStream::connect(authority.base.trim_start_matches("http://"))
        .await
        .is_ok()
    {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let error = waited(&client).await.0.expect_err("nobody there");
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(error.to_string().contains("cannot be reached"), "{error}");
}

#[tokio::test]
async fn cli_06_refusals_are_never_repeated() {
    for (status, error, code) in [
        (400, "invalid_scope", 1_002_012),
        (400, "temporarily_unavailable", 90_033),
        (401, "invalid_client", 7_000_215),
        (403, "access_denied", 53_003),
    ] {
        let authority = Authority::start().await;
        authority.always(Answer::refusal(status, error, code));
        let failure = authority.client().token(SCOPE).await.expect_err("refused");
        assert_eq!(failure.kind(), ErrorKind::Refused);
        assert!(!failure.is_transient());
        let said = failure.refusal().expect("the authority's words");
        assert_eq!(said.status, status);
        assert_eq!(said.error.as_deref(), Some(error));
        assert_eq!(said.code, Some(code));
        assert_eq!(said.trace_id.as_deref(), Some("trace-1"));
        assert_eq!(said.correlation_id.as_deref(), Some("correlation-1"));
        assert_eq!(said.timestamp.as_deref(), Some("2026-01-02 03:04:05Z"));
        assert_eq!(authority.count(), 1);
    }
}

#[tokio::test]
async fn cli_08_redirects_are_not_followed_and_nothing_is_discovered() {
    let elsewhere = Authority::start().await;
    for status in [301, 302, 303, 307, 308] {
        let authority = Authority::start().await;
        let location = (
            "location",
            format!("{}/x/oauth2/v2.0/token", elsewhere.base),
        );
        authority.always(Answer::Raw(status, vec![location], String::new()));
        let error = authority
            .client()
            .token(SCOPE)
            .await
            .expect_err("a redirect");
        assert_eq!(error.kind(), ErrorKind::Protocol);
        assert!(error.to_string().contains("redirect"), "{error}");
        let paths: Vec<_> = authority.requests().into_iter().map(|r| r.path).collect();
        let tenant = crate::authority::TENANT;
        assert_eq!(paths, [format!("/{tenant}/oauth2/v2.0/token")]);
    }
    assert_eq!(elsewhere.count(), 0);
}

#[tokio::test]
async fn cli_08_nor_by_an_http_client_that_is_given() {
    let elsewhere = Authority::start().await;
    let authority = Authority::start().await;
    let location = (
        "location",
        format!("{}/x/oauth2/v2.0/token", elsewhere.base),
    );
    authority.always(Answer::Raw(307, vec![location], String::new()));
    let following = || reqwest::Client::builder().redirect(reqwest::redirect::Policy::default());
    let built_here = authority
        .builder()
        .http(following())
        .build()
        .expect("complete");
    let error = built_here.token(SCOPE).await.expect_err("a redirect");
    assert_eq!(error.kind(), ErrorKind::Protocol);
    assert_eq!(elsewhere.count(), 0);
    // That one cannot be stopped, but it is found out, and what it brings is not used.
    let given = following().build().expect("an HTTP client");
    let given = authority
        .builder()
        .dangerous_http_client(given)
        .build()
        .expect("complete");
    let error = given.token(SCOPE).await.expect_err("a redirect");
    assert!(error.to_string().contains("followed a redirect"), "{error}");
}

#[tokio::test]
async fn cli_09_a_storm_with_a_revoked_secret_makes_six_requests_a_minute() {
    let authority = Authority::start().await;
    authority.always(Answer::wrong_secret());
    let client = authority.client();
    for second in 0..60_usize {
        let mut callers = tokio::task::JoinSet::new();
        for caller in 0..50 {
            let client = client.clone();
            // A refused credential is refused for every scope.
            let scope = if second == 0 {
                SCOPE.to_owned()
            } else {
                format!("api://{}/.default", caller % 5)
            };
            callers.spawn(async move { client.token(&scope).await });
        }
        for outcome in callers.join_all().await {
            let error = outcome.expect_err("revoked");
            assert_eq!(error.refusal().and_then(|said| said.code), Some(7_000_215));
            let correlation_id = error
                .refusal()
                .and_then(|said| said.correlation_id.as_deref());
            assert_eq!(correlation_id, Some("correlation-1"));
        }
        advance_seconds(1).await;
    }
    // Once every ten seconds, each time by the five scopes that were asked for at once.
    assert!(authority.count() <= 1 + 5 * 5, "{}", authority.count());
    authority.always(Answer::Token(3600));
    advance_seconds(10).await;
    client.token(SCOPE).await.expect("mended");
}

#[tokio::test]
async fn cli_09_an_error_about_one_scope_is_none_for_the_others() {
    let authority = Authority::start().await;
    authority.next(Answer::refusal(400, "invalid_resource", 500_011));
    let client = authority.client();
    client
        .token("api://missing/.default")
        .await
        .expect_err("refused");
    client.token(SCOPE).await.expect("another scope");
    client
        .token("api://missing/.default")
        .await
        .expect_err("a moment ago");
    assert_eq!(authority.count(), 2);
}

#[tokio::test]
async fn cli_12_nothing_that_is_shown_holds_a_secret_or_a_token() {
    let authority = Authority::start().await;
    let client = authority.client();
    let token = client.token(SCOPE).await.expect("a token");
    let mut shown = format!("{client:?} {token:?} {token} {:?}", token.authorization());
    shown += &format!("{:?}", authority.builder());
    assert!(
        !shown.contains(SECRET) && !shown.contains(token.secret()),
        "{shown}"
    );
    // A peer that repeats what it was sent.
    let echo =
        format!(r#"{{"error":"{SECRET}","error_description":"{SECRET}","trace_id":"{SECRET}"}}"#);
    for status in [200, 400, 401, 404, 429, 500] {
        let authority = Authority::start().await;
        authority.always(Answer::Raw(
            status,
            vec![("retry-after", "1000".to_owned())],
            echo.clone(),
        ));
        let error = waited(&authority.client()).await.0.expect_err("no token");
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains(SECRET), "{shown}");
    }
}
