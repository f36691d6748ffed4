//! CON-16 and OPS-13: a link by which a person first sets a password.

use countersign_domain::account::{SessionToken, SetupLink};
use countersign_domain::clock::Clock;
use countersign_domain::directory::Write;
use countersign_server::SystemRandom;

use super::{ADMIN, PASSWORD, Site, is_signed_in, sign_in};
use crate::browser::{Browser, Page};

const DAY: i64 = 86_400;

/// A fresh link of the administrator, good for a day.
async fn link(site: &Site) -> String {
    let token = SessionToken::generate(&SystemRandom);
    let link = SetupLink {
        tenant_id: site.admin.tenant_id,
        user_id: site.admin.id,
        hash: token.hash(),
        expires_at: site.node.clock.now().plus_seconds(DAY),
    };
    site.commit(&[Write::SetSetupLink(link)]).await;
    format!("/portal/setup/{}", token.expose())
}

async fn set(browser: &mut Browser<'_>, link: &str, password: &str, repeated: &str) -> Page {
    let page = browser.open(link).await;
    assert_eq!(page.status(), 200);
    let entered = [("new_password", password), ("repeat_password", repeated)];
    browser.submit(&page, link, &entered).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_sets_a_password_once_and_shows_recovery_codes() {
    let site = Site::start().await;
    let earlier = site.signed_in().await;
    let link = link(&site).await;
    let mut browser = site.browser();
    let page = browser.open(&link).await;
    assert!(page.text().contains(ADMIN) && page.text().contains("Contoso"));
    let chosen = "five loud geese guard the old mill";
    let done = set(&mut browser, &link, chosen, chosen).await;
    assert_eq!(done.status(), 200);
    assert!(is_signed_in(&browser).await);
    assert!(
        !is_signed_in(&earlier).await,
        "who knew the password before is out"
    );

    let codes: Vec<String> = done
        .text()
        .split_whitespace()
        .filter(|word| word.len() == 23 && word.matches('-').count() == 3)
        .map(str::to_owned)
        .collect();
    assert_eq!(codes.len(), 10, "{}", done.text());
    let mut lost = site.browser();
    let page = lost.open("/portal/sign-in/recovery").await;
    let entered = [("username", ADMIN), ("recovery_code", codes[9].as_str())];
    lost.submit(&page, "/portal/sign-in/recovery", &entered)
        .await;
    assert!(is_signed_in(&lost).await);

    let mut late = site.browser();
    let gone = late.open(&link).await;
    assert_eq!(gone.status(), 404);
    assert!(gone.text().contains("countersign admin invite"));
    let mut other = site.browser();
    assert_eq!(sign_in(&mut other, ADMIN, PASSWORD).await.status(), 400);
    assert_eq!(sign_in(&mut other, ADMIN, chosen).await.status(), 303);

    // Neither the link nor what came of it is in any record.
    let records = site
        .node
        .db
        .audit_records(None, 100)
        .await
        .expect("records");
    let records = format!("{records:?}");
    assert!(records.contains("Reset user password"));
    assert!(!records.contains("User registered security info"));
    let token = link.rsplit('/').next().expect("a token");
    for secret in [token, chosen, codes[0].as_str()] {
        assert!(!records.contains(secret));
    }
    site.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_password_is_not_recorded_as_reset() {
    let site = Site::start().await;
    site.commit(&[Write::RemoveUserPassword {
        tenant_id: site.admin.tenant_id,
        user_id: site.admin.id,
        session: SessionToken::generate(&SystemRandom).hash(),
    }])
    .await;
    let link = link(&site).await;
    let mut browser = site.browser();
    assert_eq!(
        set(&mut browser, &link, PASSWORD, PASSWORD).await.status(),
        200
    );
    let records = site.node.db.audit_records(None, 100).await;
    let records = format!("{:?}", records.expect("records"));
    assert!(records.contains("User registered security info"));
    assert!(!records.contains("Reset user password"));
    site.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn con_16_passwords_are_long_and_anything_else_goes() {
    let site = Site::start().await;
    let link = link(&site).await;
    let two_hundred: String = ('a'..='z').cycle().step_by(7).take(200).collect();
    for (password, reason) in [
        ("x7!kQ2-vB9_mT4", "14 of at least 15"),
        ("\u{1f9a2}\u{1f40c}x7!kQ2-vB9_m", "14 of at least 15"),
        ("password123456789", "easy to guess"),
        ("ContosoContoso2026", "easy to guess"),
        ("admin.contoso.example", "easy to guess"),
        ("aaaaaaaaaaaaaaaaaaaa", "easy to guess"),
        (&"x7!kQ2-vB9_mT4".repeat(100), "more than 1024"),
    ] {
        let mut browser = site.browser();
        let answer = set(&mut browser, &link, password, password).await;
        assert_eq!(answer.status(), 400, "{password}");
        assert!(
            answer.text().contains(reason),
            "{password}: {}",
            answer.text()
        );
        assert!(!answer.html().contains(password));
        assert!(!is_signed_in(&browser).await);
    }
    let mut browser = site.browser();
    let answer = set(&mut browser, &link, PASSWORD, "seven grey herons").await;
    assert_eq!(answer.status(), 400);
    assert!(answer.text().contains("not the same"));

    for (password, same, others) in [
        ("x7!kQ2-vB9_mT4z", "x7!kQ2-vB9_mT4z", vec!["x7!kQ2-vB9_mT4"]),
        (
            &two_hundred[..64],
            &two_hundred[..64],
            vec![&two_hundred[..63]],
        ),
        (
            &two_hundred,
            &two_hundred,
            vec![&two_hundred[..199], &two_hundred[..72]],
        ),
        (
            "  leading and trailing blanks  ",
            "  leading and trailing blanks  ",
            vec!["leading and trailing blanks"],
        ),
        (
            "\u{1f9a2} swans fly south \u{1f40c}",
            "\u{1f9a2} swans fly south \u{1f40c}",
            vec!["\u{1f9a2} swans fly south \u{1f40d}"],
        ),
        // Decomposed when it was set, composed when it is typed.
        (
            "cafe\u{301} noir sans sucre",
            "caf\u{e9} noir sans sucre",
            vec!["cafe noir sans sucre"],
        ),
    ] {
        let link = self::link(&site).await;
        let mut browser = site.browser();
        let answer = set(&mut browser, &link, password, password).await;
        assert_eq!(answer.status(), 200, "{password}");
        for other in others {
            let mut browser = site.browser();
            let answer = sign_in(&mut browser, ADMIN, other).await;
            assert_eq!(answer.status(), 400, "{other}");
        }
        let mut browser = site.browser();
        assert_eq!(
            sign_in(&mut browser, ADMIN, same).await.status(),
            303,
            "{same}"
        );
    }
    site.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_at_once_one_wins() {
    let site = Site::start().await;
    let link = link(&site).await;
    let (mut one, mut other) = (site.browser(), site.browser());
    let (first, second) = (
        "five loud geese guard the old mill",
        "four slow otters cross a frozen canal",
    );
    let answers = tokio::join!(
        set(&mut one, &link, first, first),
        set(&mut other, &link, second, second)
    );
    let mut statuses = [answers.0.status(), answers.1.status()];
    let winner = if statuses[0] == 200 { first } else { second };
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 404]);
    let mut browser = site.browser();
    assert_eq!(sign_in(&mut browser, ADMIN, winner).await.status(), 303);
    site.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ops_13_links_end_and_are_replaced() {
    let site = Site::start().await;
    let replaced = link(&site).await;
    let link = link(&site).await;
    let mut browser = site.browser();
    let unknown = SessionToken::generate(&SystemRandom);
    for gone in [
        replaced,
        format!("/portal/setup/{}", unknown.expose()),
        "/portal/setup/x".to_owned(),
        format!("{link}A"),
    ] {
        assert_eq!(browser.open(&gone).await.status(), 404);
    }
    let page = browser.open(&link).await;
    assert_eq!(page.status(), 200);
    site.node.clock.advance_seconds(DAY);
    assert_eq!(browser.open(&link).await.status(), 404);
    let entered = [("new_password", PASSWORD), ("repeat_password", PASSWORD)];
    assert_eq!(browser.submit(&page, &link, &entered).await.status(), 404);
    site.node.stop().await;
}
