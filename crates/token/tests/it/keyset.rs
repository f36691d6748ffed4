//! The remote key set's rules, moved through time by hand.

use std::time::Duration;

use countersign_token::keyset::{Fetch, KEYS_MAX, KeySet, Keys, Limits, Lookup};
use countersign_token::{Algorithm, Jwk, JwkSet, SigningKey, Unverified, base64url, verify};
use serde_json::Value;

use crate::forge::{new_key, signed};

const ALLOWED: [Algorithm; 2] = [Algorithm::Rs256, Algorithm::EdDsa];

fn at(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn ed25519_jwk(kid: &str) -> Jwk {
    jwk_of(&new_key(Algorithm::EdDsa), kid)
}

fn jwk_of(key: &SigningKey, kid: &str) -> Jwk {
    let spki = key.public_key_spki().expect("encodes");
    Jwk {
        kty: "OKP".into(),
        crv: Some("Ed25519".into()),
        kid: Some(kid.into()),
        x: Some(base64url::encode(&spki[spki.len() - 32..])),
        ..Jwk::default()
    }
}

fn document(kids: &[&str]) -> JwkSet {
    JwkSet {
        keys: kids.iter().map(|kid| ed25519_jwk(kid)).collect(),
    }
}

fn empty() -> KeySet {
    KeySet::new(Limits::default(), &ALLOWED)
}

fn fetched(kids: &[&str], now: Duration) -> KeySet {
    let mut keys = empty();
    let fetch = begin(&mut keys, now);
    assert_eq!(keys.finish(&fetch, &document(kids), now), kids.len());
    keys
}

#[track_caller]
fn begin(keys: &mut KeySet, now: Duration) -> Fetch {
    keys.begin_fetch(now).expect("may fetch")
}

#[track_caller]
fn check(keys: &KeySet, kid: &str, now: Duration, expected: &str) {
    let lookup = match keys.lookup(kid, now) {
        Lookup::Found(_) => "found",
        Lookup::FoundStale(_) => "stale",
        Lookup::FetchFirst => "fetch",
        Lookup::Unknown => "unknown",
    };
    assert_eq!(lookup, expected, "{kid} at {now:?}");
}

#[test]
fn keys_are_fetched_once_and_believed_for_ten_minutes() {
    let keys = fetched(&["a", "b"], at(0));
    check(&keys, "a", at(599), "found");
    check(&keys, "b", at(599), "found");
    check(&keys, "a", at(600), "fetch");
}

#[test]
fn an_unknown_key_id_can_have_a_cool_down_of_its_own() {
    let limits = Limits {
        cool_down_unknown: Some(at(300)),
        ..Limits::default()
    };
    let mut keys = KeySet::new(limits, &ALLOWED);
    let fetch = begin(&mut keys, at(0));
    keys.finish(&fetch, &document(&["a"]), at(0));
    check(&keys, "b", at(1), "fetch");
    let fetch = begin(&mut keys, at(1));
    keys.finish(&fetch, &document(&["b"]), at(1));
    check(&keys, "b", at(1), "found");
    check(&keys, "c", at(300), "unknown");
    assert!(keys.begin_fetch(at(300)).is_none());
    check(&keys, "c", at(301), "fetch");
    let fetch = begin(&mut keys, at(301));
    keys.fail(&fetch);
    check(&keys, "c", at(600), "unknown");
    // The keys have grown old, which is another reason.
    check(&keys, "b", at(601), "stale");
    let fetch = begin(&mut keys, at(601));
    keys.finish(&fetch, &document(&["b"]), at(601));
    check(&keys, "b", at(1200), "found");
    assert_eq!(keys.usable_for(at(1201)), Some(at(24 * 3600 - 600)));
    assert_eq!(keys.usable_for(at(601 + 24 * 3600)), None);
}

#[test]
fn an_unknown_key_id_costs_at_most_one_fetch_per_cool_down() {
    let mut keys = empty();
    check(&keys, "a", at(0), "fetch");
    let fetch = begin(&mut keys, at(0));
    keys.finish(&fetch, &document(&["a"]), at(1));
    let mut fetches = 0;
    for millisecond in 1_000..91_000 {
        let now = Duration::from_millis(millisecond);
        if let Lookup::FetchFirst = keys.lookup(&format!("x{millisecond}"), now)
            && let Some(fetch) = keys.begin_fetch(now)
        {
            fetches += 1;
            keys.finish(&fetch, &document(&["a"]), now);
        }
    }
    assert_eq!(fetches, 3, "at 30, 60 and 90 seconds");
}

#[test]
fn one_fetch_is_in_flight_at_a_time() {
    let mut keys = empty();
    let first = begin(&mut keys, at(0));
    check(&keys, "a", at(1), "fetch");
    assert!(keys.begin_fetch(at(1)).is_none());
    keys.finish(&first, &document(&["a"]), at(2));
    assert!(keys.begin_fetch(at(3)).is_none(), "cooling down");
    assert!(keys.begin_fetch(at(30)).is_some());
}

#[test]
fn a_lost_fetch_does_not_block_for_ever_and_its_late_answer_changes_nothing() {
    let mut keys = empty();
    let lost = begin(&mut keys, at(0));
    check(&keys, "a", at(6), "unknown");
    let second = begin(&mut keys, at(30));
    keys.finish(&second, &document(&["new"]), at(31));
    keys.finish(&lost, &document(&["old"]), at(32));
    check(&keys, "new", at(33), "found");
    check(&keys, "old", at(33), "unknown");
    keys.fail(&lost);
    check(&keys, "new", at(700), "fetch");
}

#[test]
fn known_keys_serve_on_while_the_issuer_is_down() {
    let mut keys = fetched(&["a"], at(0));
    let fetch = begin(&mut keys, at(600));
    keys.fail(&fetch);
    check(&keys, "a", at(601), "stale");
    check(&keys, "a", at(23 * 3600), "stale");
    check(&keys, "x", at(601), "unknown");
    check(&keys, "x", at(605), "fetch");
    let fetch = begin(&mut keys, at(24 * 3600));
    keys.fail(&fetch);
    check(&keys, "a", at(24 * 3600 + 1), "unknown");
    assert!(keys.is_usable(at(24 * 3600 - 1)) && !keys.is_usable(at(24 * 3600)));
    let fetch = begin(&mut keys, at(24 * 3600 + 5));
    keys.finish(&fetch, &document(&["a"]), at(24 * 3600 + 6));
    check(&keys, "a", at(24 * 3600 + 6), "found");
}

#[test]
fn a_document_without_usable_keys_does_not_wipe_good_ones() {
    let mut keys = fetched(&["a"], at(0));
    let fetch = begin(&mut keys, at(600));
    assert_eq!(keys.finish(&fetch, &JwkSet::default(), at(600)), 0);
    check(&keys, "a", at(601), "stale");
}

#[test]
fn a_key_that_was_withdrawn_is_gone_after_the_next_fetch() {
    let mut keys = fetched(&["a", "b"], at(0));
    let fetch = begin(&mut keys, at(600));
    keys.finish(&fetch, &document(&["b"]), at(600));
    check(&keys, "a", at(601), "unknown");
    check(&keys, "b", at(601), "found");
}

#[test]
fn unusable_keys_are_skipped_and_the_rest_is_kept() {
    let unusable = [
        Jwk {
            use_: Some("enc".into()),
            ..ed25519_jwk("encryption")
        },
        Jwk {
            key_ops: Some(vec!["encrypt".into()]),
            ..ed25519_jwk("operations")
        },
        Jwk {
            kty: "oct".into(),
            ..ed25519_jwk("symmetric")
        },
        Jwk {
            alg: Some("HS256".into()),
            ..ed25519_jwk("hmac")
        },
        Jwk {
            x: Some("AAAA".into()),
            ..ed25519_jwk("short")
        },
        Jwk {
            kid: None,
            ..ed25519_jwk("")
        },
    ];
    let issuer = Some("https://localhost/{tenantid}/v2.0".to_owned());
    let good = Jwk {
        issuer: issuer.clone(),
        ..ed25519_jwk("good")
    };
    let document = JwkSet {
        keys: unusable.into_iter().chain([good]).collect(),
    };
    let mut keys = empty();
    let fetch = begin(&mut keys, at(0));
    assert_eq!(keys.finish(&fetch, &document, at(0)), 1);
    let Lookup::Found(key) = keys.lookup("good", at(1)) else {
        panic!("the good key is kept")
    };
    assert_eq!(key.issuer, issuer);
}

#[test]
fn of_two_keys_with_one_id_the_first_counts() {
    let [first, second] = [new_key(Algorithm::EdDsa), new_key(Algorithm::EdDsa)];
    let document = JwkSet {
        keys: vec![jwk_of(&first, "a"), jwk_of(&second, "a")],
    };
    let keys = Keys::usable_of(&document, &ALLOWED);
    let key = &keys.key(Some("a")).expect("one of them").key;
    let token = |by: &SigningKey| signed(r#"{"alg":"EdDSA","kid":"a"}"#, "{}", by);
    let accepted = |token: &str| {
        let token = Unverified::parse(token).expect("well-formed");
        verify::<Value>(&token, key).is_ok()
    };
    assert!(accepted(&token(&first)));
    assert!(!accepted(&token(&second)));
    assert_eq!(keys.count(), 1);
    assert!(keys.key(None).is_none(), "two keys are not the only one");
}

#[test]
fn only_the_first_hundred_keys_are_looked_at() {
    let kids: Vec<String> = (0..150).map(|n| format!("k{n}")).collect();
    let template = ed25519_jwk("");
    let jwks = kids.iter().map(|kid| Jwk {
        kid: Some(kid.clone()),
        ..template.clone()
    });
    let mut keys = empty();
    let fetch = begin(&mut keys, at(0));
    assert_eq!(
        keys.finish(
            &fetch,
            &JwkSet {
                keys: jwks.collect()
            },
            at(0)
        ),
        KEYS_MAX
    );
    check(&keys, "k99", at(1), "found");
    check(&keys, "k100", at(1), "unknown");
}

#[test]
fn a_token_without_a_key_id_is_for_the_only_key_there_is() {
    let mut keys = empty();
    let fetch = begin(&mut keys, at(0));
    let nameless = Jwk {
        kid: None,
        ..ed25519_jwk("")
    };
    let document = JwkSet {
        keys: vec![nameless.clone()],
    };
    assert_eq!(keys.finish(&fetch, &document, at(0)), 1);
    assert!(matches!(keys.lookup_only(at(1)), Lookup::Found(_)));
    assert!(matches!(keys.lookup_only(at(600)), Lookup::FetchFirst));

    let named = fetched(&["a"], at(0));
    assert!(matches!(named.lookup_only(at(1)), Lookup::Found(_)));

    let two = fetched(&["a", "b"], at(0));
    assert!(matches!(two.lookup_only(at(1)), Lookup::Unknown));

    let mut keys = empty();
    let fetch = begin(&mut keys, at(0));
    let document = JwkSet {
        keys: vec![nameless, ed25519_jwk("a")],
    };
    assert_eq!(keys.finish(&fetch, &document, at(0)), 1);
    assert!(matches!(keys.lookup_only(at(1)), Lookup::Unknown));
    check(&keys, "a", at(1), "found");
}
