//! SEC-01 to SEC-04, SEC-06 to SEC-10 and SEC-13 to SEC-16: client secrets. Those that change while
//! the server runs are in `changes.rs`.

use std::collections::HashSet;
use std::net::{IpAddr, Ipv4Addr};
use std::time::{Duration, Instant};

use countersign_domain::clock::Clock;
use countersign_domain::secret::Secret;
use countersign_server::{SystemClock, SystemRandom};

use crate::answer::{Expected, e400, e401};
use crate::request::{Request, post_v1, post_v2};
use crate::sample::{
    self, CONTOSO, DAEMON, DAEMON_SECRET, FOREIGNER, FOREIGNER_SECRET, ROTATING, ROTATING_CURRENT,
    ROTATING_ENDED, ROTATING_FUTURE, ROTATING_KEY_ID, VISITOR_SECRET, v1, v2,
};
use crate::stage::Stage;
use crate::traces::search;

const WRONG: Expected = e401(7_000_215);

fn daemon(secret: &str) -> Request {
    post_v2(CONTOSO, &v2().with("client_secret", secret))
}

fn rotating(secret: &str) -> Request {
    let form = v2()
        .with("client_id", ROTATING)
        .with("client_secret", secret);
    post_v2(CONTOSO, &form)
}

#[test]
fn sec_01_to_08_only_the_very_secret_of_the_very_client_counts() {
    let stage = Stage::new();
    let wrong_v1 = post_v1(CONTOSO, &v1().with("client_secret", "wrong"));
    let in_fabrikam = v2().with("client_secret", FOREIGNER_SECRET);
    let not_current = e401(7_000_222);
    for (case, request, expected) in [
        ("SEC-01 v2.0", daemon(DAEMON_SECRET), Expected::Token),
        ("SEC-01 v1.0", post_v1(CONTOSO, &v1()), Expected::Token),
        ("SEC-02 v2.0", daemon("wrong"), WRONG),
        ("SEC-02 v1.0", wrong_v1, WRONG),
        ("SEC-03 ended", rotating(ROTATING_ENDED), not_current),
        (
            "SEC-03 current",
            rotating(ROTATING_CURRENT),
            Expected::Token,
        ),
        ("SEC-04", rotating(ROTATING_FUTURE), not_current),
        ("SEC-06 another client's", daemon(VISITOR_SECRET), WRONG),
        (
            "SEC-06 another tenant's",
            post_v2(CONTOSO, &in_fabrikam),
            WRONG,
        ),
        (
            "SEC-06 another tenant's client",
            post_v2(CONTOSO, &in_fabrikam.clone().with("client_id", FOREIGNER)),
            e400("unauthorized_client", 700_016),
        ),
        ("SEC-07 key id", rotating(ROTATING_KEY_ID), WRONG),
        ("SEC-07 hint", daemon(&DAEMON_SECRET[..3]), WRONG),
        (
            "SEC-08 space before",
            daemon(&format!(" {DAEMON_SECRET}")),
            WRONG,
        ),
        (
            "SEC-08 space after",
            daemon(&format!("{DAEMON_SECRET} ")),
            WRONG,
        ),
        (
            "SEC-08 newline",
            daemon(&format!("{DAEMON_SECRET}\n")),
            WRONG,
        ),
        ("SEC-08 NUL", daemon(&format!("{DAEMON_SECRET}\0")), WRONG),
        (
            "SEC-08 quotes",
            daemon(&format!("\"{DAEMON_SECRET}\"")),
            WRONG,
        ),
        (
            "SEC-08 upper case",
            daemon(&DAEMON_SECRET.to_uppercase()),
            WRONG,
        ),
        (
            "SEC-08 lower case",
            daemon(&DAEMON_SECRET.to_lowercase()),
            WRONG,
        ),
        (
            "SEC-08 cut",
            daemon(&DAEMON_SECRET[..DAEMON_SECRET.len() - 1]),
            WRONG,
        ),
        ("SEC-08 longer", daemon(&format!("{DAEMON_SECRET}x")), WRONG),
    ] {
        stage.check(case, &request, expected);
    }
    stage.finish();
}

#[test]
fn sec_03_a_secret_ends_while_the_server_runs() {
    let directory = sample::directory();
    let stage = Stage::with_directory(&directory);
    let before = rotating(ROTATING_CURRENT);
    stage.check("SEC-03 before", &before, Expected::Token);
    let second = "canary.another-of-rotating~0123456";
    let ends = SystemClock.now().plus_seconds(3);
    let key_id = format!("keyId: {ROTATING_KEY_ID}}}");
    let changed = format!(
        "keyId: {ROTATING_KEY_ID}, endDateTime: \"{ends}\"}}\n    - {{displayName: second, secretText: \"{second}\"}}"
    );
    assert!(directory.contains(&key_id));
    stage.apply(&directory.replace(&key_id, &changed));
    // From here on nothing is written that could remind the server.
    while SystemClock.now() < ends {
        std::thread::sleep(Duration::from_millis(20));
    }
    stage.becomes("SEC-03 after", &before, e401(7_000_222));
    stage.check("SEC-03 other", &rotating(second), Expected::Token);
    stage.finish();
}

#[test]
fn sec_07_and_13_the_database_alone_is_worth_nothing() {
    let stage = Stage::new();
    stage.check("SEC-13", &daemon(DAEMON_SECRET), Expected::Token);
    let database: Vec<u8> = ["countersign.db", "countersign.db-wal"]
        .iter()
        .flat_map(|name| std::fs::read(stage.data().join(name)).expect("the database"))
        .collect();
    // Whoever has the pepper finds the hash; without it, no guess can be tried.
    let pepper = std::fs::read_to_string(stage.data().join("pepper.key")).expect("the key");
    let pepper = countersign_token::base64url::decode(pepper.trim()).expect("base64url");
    let pepper: [u8; 32] = pepper.try_into().expect("32 bytes");
    let hash = |pepper: &[u8; 32]| {
        let pepper = countersign_domain::secret::Pepper::new(pepper);
        let secret = Secret::new(DAEMON_SECRET.to_owned());
        pepper
            .hash(DAEMON.parse().expect("an id"), &secret)
            .to_stored()
    };
    let stored = hash(&pepper);
    let is_stored = |hash: &str| {
        database
            .windows(hash.len())
            .any(|window| window == hash.as_bytes())
    };
    assert!(is_stored(&stored), "SEC-13: the hash is stored as thought");
    assert!(!is_stored(&hash(&[0; 32])), "SEC-13: the pepper counts");
    assert!(
        !is_stored(&countersign_token::base64url::encode(&pepper)),
        "SEC-13"
    );
    stage.check("SEC-07 stored hash", &daemon(&stored), WRONG);
    stage.finish();
}

/// The machine is busy with other tests, so three measurements may be needed; a comparison that
/// stops at the first difference, a slow hash or a missing one would show in each of them.
#[test]
fn sec_09_the_time_tells_nothing_of_the_secret() {
    let stage = Stage::new();
    let mut measured = Vec::new();
    for network in 9..12 {
        let medians = answer_times(&stage, network);
        let [_, by_prefix @ ..] = medians;
        if spread(&by_prefix) < 1.25 && spread(&medians) < 1.5 {
            return stage.finish();
        }
        measured.push(medians);
    }
    panic!("SEC-09: seconds for an unknown client, then by right characters: {measured:?}");
}

/// Median times of refusals, in seconds: an unknown client, then a known one whose secret is wrong
/// from the first, the second and the last character on.
fn answer_times(stage: &Stage, network: u8) -> [f64; 4] {
    /// Below the server's limit of failures for one client at one address.
    const ROUNDS: usize = 24;
    const SOURCES: u8 = 40;
    let unknown = v2().with("client_id", "aaaaaaaa-0000-4000-8000-00000000ffff");
    let length = DAEMON_SECRET.len();
    let right =
        |count: usize| daemon(&(DAEMON_SECRET[..count].to_owned() + &"x".repeat(length - count)));
    let requests = [
        post_v2(CONTOSO, &unknown),
        right(0),
        right(1),
        right(length - 1),
    ]
    .map(|request| request.bytes());
    let mut times: [Vec<Duration>; 4] = Default::default();
    for source in 1..=SOURCES {
        let mut connection = stage.connect_from(Ipv4Addr::new(127, 0, network, source).into());
        for round in 0..ROUNDS {
            for place in 0..requests.len() {
                // Another one begins each round, so that none always follows the same.
                let which = (place + round) % requests.len();
                let start = Instant::now();
                let response = connection.exchange(&requests[which]).expect("an answer");
                times[which].push(start.elapsed());
                assert_eq!(
                    response.status,
                    if which == 0 { 400 } else { 401 },
                    "SEC-09"
                );
            }
        }
    }
    times.map(|mut times| {
        times.sort();
        times[times.len() / 2].as_secs_f64()
    })
}

/// The longest divided by the shortest.
fn spread(times: &[f64]) -> f64 {
    let longest = times.iter().copied().fold(0.0, f64::max);
    longest / times.iter().copied().fold(f64::INFINITY, f64::min)
}

#[test]
fn sec_10_guessing_slows_down_the_guesser_only() {
    let stage = Stage::new();
    let mut guesses = stage.connect_from(Ipv4Addr::new(127, 0, 0, 3).into());
    let wrong = daemon("a guess").bytes();
    let mut refused = None;
    for _ in 0..1_000 {
        let response = guesses.exchange(&wrong).expect("an answer");
        if response.status != 401 {
            refused = Some(response);
            break;
        }
    }
    let refused = refused.expect("SEC-10: a thousand guesses were let through");
    let wait: u32 = refused
        .header("retry-after")
        .and_then(|seconds| seconds.parse().ok())
        .expect("SEC-10: Retry-After in seconds");
    assert!((1..=60).contains(&wait), "SEC-10: {wait}");
    let throttled = Expected::Refused(429, "temporarily_unavailable", 90_055);
    stage.check_response("SEC-10", &wrong, &refused, throttled);

    // The client itself, from elsewhere; another client, from there.
    stage.serves_on().expect("SEC-10: the true client");
    let visitor = v2()
        .with("client_id", sample::VISITOR)
        .with("client_secret", VISITOR_SECRET);
    let visitor = post_v2(CONTOSO, &visitor).bytes();
    let response = guesses.exchange(&visitor).expect("an answer");
    stage.check_response("SEC-10 other client", &visitor, &response, Expected::Token);
    // Only failures count: a client that is right is not slowed down by being busy.
    let good = daemon(DAEMON_SECRET).bytes();
    let mut busy = stage.connect_from(Ipv4Addr::new(127, 0, 0, 4).into());
    for _ in 0..150 {
        assert_eq!(
            busy.exchange(&good).expect("an answer").status,
            200,
            "SEC-10"
        );
    }
    stage.finish();
}

#[test]
fn sec_15_long_secrets_cost_no_more_than_their_length() {
    let stage = Stage::new();
    let long = daemon(&"x".repeat(64 * 1024)).bytes();
    let mut times = Vec::new();
    for source in 1..=20 {
        let mut connection = stage.connect_from(IpAddr::V4(Ipv4Addr::new(127, 0, 8, source)));
        for _ in 0..50 {
            let start = Instant::now();
            let response = connection.exchange(&long).expect("an answer");
            times.push(start.elapsed());
            assert_eq!(response.status, 401, "SEC-15: {response:?}");
        }
    }
    times.sort();
    let median = times[times.len() / 2];
    assert!(median < Duration::from_millis(50), "SEC-15: {median:?}");
    stage.finish();
}

#[test]
fn sec_16_made_secrets_do_not_repeat() {
    let secrets: HashSet<String> = (0..100_000)
        .map(|_| Secret::generate(&SystemRandom).expose().to_owned())
        .collect();
    assert_eq!(secrets.len(), 100_000);
    for secret in &secrets {
        // 46 characters of 64 are random: 276 bits.
        assert_eq!(secret.len(), 49);
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_.~-".contains(&byte);
        assert!(secret.bytes().all(is_plain), "SEC-16");
    }
    // No two share a beginning either, as they would if a clock or a counter were in it.
    let starts: HashSet<&str> = secrets.iter().map(|secret| &secret[6..16]).collect();
    assert_eq!(starts.len(), 100_000);
}

#[test]
fn sec_14_a_made_secret_is_shown_once() {
    let directory = sample::directory().replace(
        "  - displayName: Disabled",
        "  - displayName: Fresh\n    appId: aaaaaaaa-0000-4000-8000-0000000000aa\n    passwordCredentials: [{displayName: made}]\n  - displayName: Disabled",
    );
    let stage = Stage::new();
    let said = stage.apply(&directory);
    let line = said
        .lines()
        .find(|line| line.contains(", made: "))
        .expect("SEC-14: the secret is shown");
    let secret = line
        .rsplit(": ")
        .next()
        .expect("it ends the line")
        .to_owned();
    assert_eq!(said.matches(&secret).count(), 1, "SEC-14");
    let again = stage.apply(&directory);
    assert!(!again.contains(&secret), "SEC-14: shown twice");
    let export = stage.export();
    assert!(!export.contains(&secret), "SEC-14: exported");
    assert!(
        export.contains(&format!("hint: {}", &secret[..3])),
        "SEC-14: {export}"
    );
    let form = v2()
        .with("client_id", "aaaaaaaa-0000-4000-8000-0000000000aa")
        .with("client_secret", &secret);
    stage.becomes("SEC-14", &post_v2(CONTOSO, &form), Expected::Token);
    let database = std::fs::read(stage.data().join("countersign.db")).expect("the database");
    search(&[secret], "the database", &database);
    stage.finish();
}
