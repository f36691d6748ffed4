//! AST-25 and AST-29: which certificate an assertion names, and whether it counts.

use std::sync::LazyLock;

use countersign_token::Algorithm;

use super::forge::{Draft, FIRST, Pair, SECOND, STRANGER, THIRD, guid, hex};
use super::{VISITORS, check, daemon, directory, endpoint, entry, good, stage, with};
use crate::answer::{Expected, e400, e401};
use crate::sample::{self, DAEMON};
use crate::stage::Stage;

const SIGNATURE: Expected = e401(700_027);

static ENDED: LazyLock<Pair> = LazyLock::new(|| Pair::new(Algorithm::Es256, "Ended", 2020..2021));
static FUTURE: LazyLock<Pair> = LazyLock::new(|| Pair::new(Algorithm::Es256, "Future", 2039..2040));

#[test]
fn ast_25_an_unknown_certificate_is_named_in_the_answer() {
    let stage = stage();
    let unknown = Draft::new(&STRANGER, &endpoint(&stage));
    check(&stage, "AST-25 unknown", &unknown.signed(), SIGNATURE);
    let unnamed = unknown.clone().without_header("x5t");
    let (sha1, sha256) = (
        STRANGER.hex(),
        hex(&STRANGER.certificate.thumbprint_sha256()),
    );
    for (case, draft, shown) in [
        ("x5t", unknown.clone(), &sha1),
        (
            "x5t#S256",
            unnamed.clone().header("x5t#S256", STRANGER.x5t_s256()),
            &sha256,
        ),
        ("kid", unnamed.clone().header("kid", STRANGER.x5t()), &sha1),
        (
            "kid of SHA-256",
            unnamed.clone().header("kid", STRANGER.x5t_s256()),
            &sha256,
        ),
        (
            "kid in lower case",
            unnamed.clone().header("kid", sha1.to_lowercase()),
            &sha1,
        ),
    ] {
        let assertion = draft.signed();
        check(&stage, &format!("AST-25 {case}"), &assertion, SIGNATURE);
        let answer = stage.ask(&daemon(&assertion).bytes()).expect("an answer");
        let shown = format!("'{shown}'");
        assert!(answer.text().contains(&shown), "AST-25 {case}: {answer:?}");
    }
    check(&stage, "AST-25 unnamed", &unnamed.signed(), e401(5_002_723));
    for kid in [
        "",
        "x",
        DAEMON,
        "../../etc/passwd",
        "' OR 1=1 --",
        "\u{202e}ü\n\"",
    ] {
        let draft = unnamed.clone().header("kid", kid);
        check(
            &stage,
            &format!("AST-25 kid {kid:?}"),
            &draft.signed(),
            SIGNATURE,
        );
    }
    let malformed = e400("invalid_request", 50_027);
    for (name, value) in [("x5t", ""), ("x5t", "x"), ("x5t#S256", &FIRST.x5t())] {
        let draft = good(&stage).header(name, value);
        check(
            &stage,
            &format!("AST-25 {name} {value:?}"),
            &draft.signed(),
            malformed,
        );
    }
    stage.finish();
}

#[test]
fn ast_29_only_a_current_certificate_of_the_client_counts() {
    let dated = format!("[{}, {}, {}]", entry(&FIRST), entry(&ENDED), entry(&FUTURE));
    let own = with(&sample::directory(), DAEMON, "keyCredentials", &dated);
    let stage = Stage::with_directory(&own);
    let of = |pair: &'static Pair| Draft::new(pair, &endpoint(&stage));
    for (case, draft) in [
        ("AST-29 ended", of(&ENDED)),
        ("AST-29 not yet", of(&FUTURE)),
        ("AST-29 another's", of(&VISITORS)),
        (
            "AST-29 signed with another",
            of(&FIRST).signs_with(&STRANGER),
        ),
    ] {
        check(&stage, case, &draft.signed(), SIGNATURE);
    }
    check(
        &stage,
        "AST-29 current",
        &of(&FIRST).signed(),
        Expected::Token,
    );
    stage.finish();
}

#[test]
fn ast_29_the_entrys_own_dates_count_too() {
    let dated = |pair: &Pair, start: i32, end: i32| {
        let dates = format!(
            "startDateTime: \"{start}-01-01T00:00:00Z\", endDateTime: \"{end}-01-01T00:00:00Z\""
        );
        format!("{{key: \"{}\", keyId: {}, {dates}}}", pair.base64(), guid())
    };
    let certificates = [
        dated(&FIRST, 2020, 2021),
        dated(&SECOND, 2039, 2040),
        // The same certificate twice: the entry that is current counts, wherever it is.
        dated(&THIRD, 2020, 2021),
        dated(&THIRD, 2020, 2040),
        dated(&THIRD, 2039, 2040),
    ];
    let list = format!("[{}]", certificates.join(", "));
    let own = with(&sample::directory(), DAEMON, "keyCredentials", &list);
    let stage = Stage::with_directory(&own);
    for (case, pair, expected) in [
        ("entry ended", &FIRST, SIGNATURE),
        ("entry not yet", &SECOND, SIGNATURE),
        ("one entry of three", &THIRD, Expected::Token),
    ] {
        let draft = Draft::new(pair, &endpoint(&stage));
        check(&stage, &format!("AST-29 {case}"), &draft.signed(), expected);
    }
    stage.finish();
}

#[test]
fn ast_29_the_certificate_that_is_named_is_the_one_that_signs() {
    static OTHER: LazyLock<Pair> =
        LazyLock::new(|| Pair::new(Algorithm::Es256, "Daemon", 2020..2040));
    let both = format!("[{}, {}]", entry(&SECOND), entry(&OTHER));
    let own = with(&sample::directory(), DAEMON, "keyCredentials", &both);
    let stage = Stage::with_directory(&own);
    for (named, signs, expected) in [
        (&SECOND, &OTHER, SIGNATURE),
        (&OTHER, &SECOND, SIGNATURE),
        (&SECOND, &SECOND, Expected::Token),
        (&OTHER, &OTHER, Expected::Token),
    ] {
        let draft = Draft::new(named, &endpoint(&stage)).signs_with(signs);
        let case = format!("AST-29 {} signed by {}", named.hex(), signs.hex());
        check(&stage, &case, &draft.signed(), expected);
    }
    stage.finish();
}

#[test]
fn ast_29_all_names_are_of_one_certificate() {
    let stage = stage();
    let second = || Draft::new(&SECOND, &endpoint(&stage));
    let mixed = second().header("x5t#S256", FIRST.x5t_s256());
    check(&stage, "AST-29 two thumbprints", &mixed.signed(), SIGNATURE);
    let mixed = good(&stage).header("x5t#S256", SECOND.x5t_s256());
    check(
        &stage,
        "AST-29 two thumbprints, turned",
        &mixed.signed(),
        SIGNATURE,
    );
    let other = second().header("x5t", FIRST.x5t());
    check(
        &stage,
        "AST-29 the other's name",
        &other.signed(),
        SIGNATURE,
    );
    let visitors = Draft::new(&VISITORS, &endpoint(&stage));
    check(
        &stage,
        "AST-29 registered by B",
        &visitors.signed(),
        SIGNATURE,
    );
    stage.finish();
}

#[test]
fn ast_29_a_removed_certificate_is_refused_at_once() {
    let stage = stage();
    let request = daemon(&good(&stage).signed());
    stage.check("AST-29 before", &request, Expected::Token);
    let without_first = with(
        &sample::directory(),
        DAEMON,
        "keyCredentials",
        &format!("[{}]", entry(&SECOND)),
    );
    stage.apply(&without_first);
    stage.becomes("AST-29 removed", &request, SIGNATURE);
    let second = Draft::new(&SECOND, &endpoint(&stage)).signed();
    check(&stage, "AST-29 other", &second, Expected::Token);
    stage.apply(&directory());
    stage.becomes("AST-29 again", &request, Expected::Token);
    stage.finish();
}
