//! CON-11: guessing is slowed down, and nobody is locked out by it.

use std::net::Ipv4Addr;

use countersign_domain::account::throttle;
use countersign_domain::directory::Write;

use super::{ADMIN, PASSWORD, Site, add_user, is_signed_in, sign_in};
use crate::browser::{Browser, Page};

const WRONG: &str = "eight grey herons wait by the lock";

fn retry_after(page: &Page) -> Option<i64> {
    let seconds = page.answer.header("retry-after")?;
    Some(seconds.parse().expect("seconds"))
}

#[tokio::test(flavor = "multi_thread")]
async fn con_11_a_hundred_guesses_from_many_addresses() {
    let site = Site::start().await;
    let codes = site.recovery_codes().await;
    let mut own = site.signed_in().await;
    let mut guesses = 0;
    let mut waits = 0;
    let closed = loop {
        assert!(guesses <= 100, "a hundred, and no more");
        let address = Ipv4Addr::new(127, 0, 1, (guesses % 200) as u8 + 1);
        let mut stranger = Browser::at(&site.node, address);
        let answer = sign_in(&mut stranger, ADMIN, WRONG).await;
        match answer.status() {
            400 => guesses += 1,
            429 => match retry_after(&answer) {
                Some(seconds) => {
                    waits += 1;
                    assert!((1..=900).contains(&seconds));
                    site.node.clock.advance_seconds(seconds);
                }
                None => break answer,
            },
            other => panic!("{other} after {guesses}"),
        }
    };
    assert_eq!((guesses, waits), (100, 95));
    assert!(closed.text().contains("recovery code"), "{}", closed.text());

    // Not even the right password, in a browser that nobody knows, and however long one waits.
    site.node.clock.advance_seconds(86_400);
    let checks = site.password_checks().await;
    let mut unknown = Browser::at(&site.node, Ipv4Addr::new(127, 0, 2, 1));
    let answer = sign_in(&mut unknown, ADMIN, PASSWORD).await;
    assert_eq!(answer.status(), 429);
    assert_eq!(
        site.password_checks().await,
        checks,
        "nothing was looked at"
    );

    // Where the administrator has signed in before, the strangers do not count,
    let page = own.open("/portal/sign-in").await;
    let entered = [("username", ADMIN), ("password", PASSWORD)];
    own.submit(&page, "/portal/sign-in", &entered).await;
    assert!(is_signed_in(&own).await);
    site.node.stop().await;
    drop(codes);
}

#[tokio::test(flavor = "multi_thread")]
async fn con_11_a_recovery_code_opens_what_strangers_have_closed() {
    let site = Site::start().await;
    let codes = site.recovery_codes().await;
    let key = throttle::account_key(ADMIN);
    let now = crate::node::START;
    for _ in 0..100 {
        let db = &site.node.db;
        db.add_failure(&key, now, now).await.expect("it counts");
    }
    let mut browser = site.browser();
    assert_eq!(sign_in(&mut browser, ADMIN, PASSWORD).await.status(), 429);
    let page = browser.open("/portal/sign-in/recovery").await;
    let entered = [("username", ADMIN), ("recovery_code", codes[0].expose())];
    let answer = browser
        .submit(&page, "/portal/sign-in/recovery", &entered)
        .await;
    assert_eq!(answer.status(), 303);
    assert!(is_signed_in(&browser).await);
    // And that ends it, for every browser.
    site.signed_in().await;
    site.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn con_11_all_spellings_of_a_name_are_one() {
    let site = Site::start().await;
    for name in [
        ADMIN,
        "ADMIN@contoso.example",
        " admin@Contoso.Example",
        "a dmin@contoso.example",
        "\u{ff41}dmin@contoso.example",
    ] {
        let mut stranger = site.browser();
        assert_eq!(
            sign_in(&mut stranger, name, WRONG).await.status(),
            400,
            "{name}"
        );
    }
    let mut stranger = site.browser();
    let answer = sign_in(&mut stranger, "admin@CONTOSO.example", WRONG).await;
    assert_eq!((answer.status(), retry_after(&answer)), (429, Some(1)));

    // Names that nobody has are slowed down in the same way.
    for turn in 0..6 {
        let mut stranger = Browser::at(&site.node, Ipv4Addr::new(127, 0, 3, 1));
        let answer = sign_in(&mut stranger, "nobody@contoso.example", WRONG).await;
        let expected = if turn < 5 {
            (400, None)
        } else {
            (429, Some(1))
        };
        assert_eq!((answer.status(), retry_after(&answer)), expected);
    }
    site.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn con_11_many_names_from_one_address() {
    let site = Site::start().await;
    let address = Ipv4Addr::new(127, 0, 4, 1);
    for turn in 0..1_000 {
        let name = format!("admin-{turn}@contoso.example");
        let mut stranger = Browser::at(&site.node, address);
        let expected = if turn < 20 { 400 } else { 429 };
        assert_eq!(
            sign_in(&mut stranger, &name, WRONG).await.status(),
            expected
        );
    }
    // Nor by another way in, and others are not held up.
    let mut stranger = Browser::at(&site.node, address);
    let page = stranger.open("/portal/sign-in/recovery").await;
    let entered = [("username", ADMIN), ("recovery_code", "x")];
    let answer = stranger
        .submit(&page, "/portal/sign-in/recovery", &entered)
        .await;
    assert_eq!((answer.status(), retry_after(&answer)), (429, Some(1)));
    site.signed_in().await;
    site.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn con_11_many_guesses_at_once_are_a_hundred_too() {
    let site = Site::start().await;
    let key = throttle::account_key(ADMIN);
    let now = crate::node::START;
    for _ in 0..99 {
        let db = &site.node.db;
        db.add_failure(&key, now, now).await.expect("it counts");
    }
    site.node.clock.advance_seconds(1_000);
    let guess = async || sign_in(&mut site.browser(), ADMIN, WRONG).await.status();
    let (a, b, c, d) = tokio::join!(guess(), guess(), guess(), guess());
    let (e, f, g, h) = tokio::join!(guess(), guess(), guess(), guess());
    let looked_at = [a, b, c, d, e, f, g, h]
        .iter()
        .filter(|status| **status == 400)
        .count();
    assert_eq!(looked_at, 1);
    site.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn con_12_who_floods_us_is_told_before_anybody_is_looked_up() {
    let site = Site::start().await;
    let source = Ipv4Addr::new(127, 0, 5, 1);
    let (key, now) = (throttle::address_key(source.into()), crate::node::START);
    for _ in 0..30 {
        let db = &site.node.db;
        db.add_failure(&key, now, now).await.expect("it counts");
    }
    let mut stranger = Browser::at(&site.node, source);
    assert_eq!(sign_in(&mut stranger, ADMIN, PASSWORD).await.status(), 429);
    let log = site.people_log(1).await;
    assert_eq!((log[0].error_code, log[0].user_id), (50_053, None));
    // One entry a minute says how many there were.
    for _ in 0..7 {
        assert_eq!(sign_in(&mut stranger, ADMIN, PASSWORD).await.status(), 429);
    }
    site.node.clock.advance_seconds(59);
    let db = &site.node.db;
    for _ in 0..30 {
        let now = now.plus_seconds(59);
        db.add_failure(&key, now, now).await.expect("it counts");
    }
    site.node.clock.advance_seconds(1);
    assert_eq!(sign_in(&mut stranger, ADMIN, PASSWORD).await.status(), 429);
    let log = site.people_log(2).await;
    assert_eq!(log.len(), 2);
    let reasons: Vec<_> = log
        .iter()
        .filter_map(|entry| entry.reason.as_deref())
        .collect();
    assert!(
        reasons
            .iter()
            .any(|reason| reason.ends_with("And 7 more before.")),
        "{reasons:?}"
    );
    site.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_is_too_long_is_nobodys() {
    let site = Site::start().await;
    for (length, status) in [(320, 303), (321, 400)] {
        let domain = "@contoso.example";
        let name = format!("{}{domain}", "a".repeat(length - domain.len()));
        let user = add_user(&site.node, &name, None).await;
        site.commit(&[Write::SetUserPassword {
            tenant_id: user.tenant_id,
            user_id: user.id,
            hash: super::hashed(PASSWORD),
        }])
        .await;
        let answer = sign_in(&mut site.browser(), &name, PASSWORD).await;
        assert_eq!(answer.status(), status, "{length}");
    }
    site.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn success_forgets_the_failures() {
    let site = Site::start().await;
    for _ in 0..3 {
        for _ in 0..4 {
            let mut browser = site.browser();
            assert_eq!(sign_in(&mut browser, ADMIN, WRONG).await.status(), 400);
        }
        site.signed_in().await;
    }
    site.node.stop().await;
}
