use countersign_domain::account::{AuthenticationMethod, Session, SessionToken};
use countersign_domain::clock::Clock;
use countersign_server::SystemRandom;

use super::super::{ADMIN, PASSWORD, Site, is_signed_in, sign_in};
use super::{HOME, check_done, send};
use crate::browser::{Browser, Page, SESSION_COOKIE};

const CHANGE: &str = "/portal/account/password";

const NEW: &str = "nine brown kettles hum at dawn";

async fn change(browser: &mut Browser<'_>, current: &str, new: &str, repeated: &str) -> Page {
    let entered = [
        ("current_password", current),
        ("new_password", new),
        ("repeat_password", repeated),
    ];
    send(browser, CHANGE, &entered).await
}

fn token(browser: &Browser<'_>) -> String {
    let cookie = browser.cookie(SESSION_COOKIE);
    cookie.expect("a session").value.clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_ends_every_other_session_and_renews_this_one() {
    let site = Site::start().await;
    let mut browser = site.signed_in().await;
    let other = site.signed_in().await;
    let before = browser.clone();
    let answer = change(&mut browser, PASSWORD, NEW, NEW).await;
    assert_ne!(token(&browser), token(&before));
    check_done(&mut browser, answer, "The password was set.").await;
    assert!(is_signed_in(&browser).await);
    assert!(!is_signed_in(&before).await);
    assert!(!is_signed_in(&other).await);

    let mut fresh = site.browser();
    assert_eq!(sign_in(&mut fresh, ADMIN, PASSWORD).await.status(), 400);
    assert_eq!(sign_in(&mut fresh, ADMIN, NEW).await.status(), 303);
    let records = site.security_records().await;
    assert_eq!(records.len(), 1);
    assert_eq!(records[0].activity, "Change user password");
    let shown = format!("{records:?}");
    for secret in [NEW, PASSWORD, "argon2"] {
        assert!(!shown.contains(secret), "{shown}");
    }
    site.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_taken_changes_nothing() {
    let site = Site::start().await;
    let mut browser = site.signed_in().await;
    let checks = site.password_checks().await;
    for (current, new, repeated, told) in [
        (PASSWORD, "short", "short", "of at least 15 characters"),
        (
            PASSWORD,
            "contoso contoso contoso",
            "contoso contoso contoso",
            "easy to guess",
        ),
        (PASSWORD, NEW, PASSWORD, "are not the same"),
        ("", "", "", "of at least 15 characters"),
    ] {
        let answer = change(&mut browser, current, new, repeated).await;
        assert_eq!(answer.status(), 400);
        assert!(answer.text().contains(told), "{}", answer.text());
        assert!(
            !answer.html().contains("value=\"seven"),
            "{}",
            answer.html()
        );
    }
    assert_eq!(site.password_checks().await, checks);
    let answer = change(&mut browser, "not the password I have", NEW, NEW).await;
    assert_eq!(answer.status(), 400);
    assert!(answer.text().contains("This is not your password."));
    assert_eq!(
        sign_in(&mut site.browser(), ADMIN, PASSWORD).await.status(),
        303
    );
    assert!(site.security_activities().await.is_empty());
    site.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn guessing_the_current_password_is_as_slow_as_signing_in() {
    let site = Site::start().await;
    let mut browser = site.signed_in().await;
    for guess in 0..5 {
        let answer = change(&mut browser, &format!("guess {guess}"), NEW, NEW).await;
        assert_eq!(answer.status(), 400, "{guess}");
    }
    let checks = site.password_checks().await;
    let answer = change(&mut browser, PASSWORD, NEW, NEW).await;
    assert_eq!(answer.status(), 429, "{}", answer.text());
    assert_eq!(answer.answer.header("retry-after"), Some("1"));
    assert!(answer.text().contains("too many failed sign-ins"));
    assert_eq!(site.password_checks().await, checks);
    // They are the same guesses as those at the sign-in page of this browser.
    let mut signed_out = browser.clone();
    let page = signed_out.open("/portal/sign-in?again=1").await;
    let entered = [("password", PASSWORD)];
    let answer = signed_out.submit(&page, "/portal/sign-in", &entered).await;
    assert_eq!(answer.status(), 429);
    // The next try costs a second more each time; the right one forgets them all.
    site.node.clock.advance_seconds(2);
    let answer = change(&mut browser, PASSWORD, NEW, NEW).await;
    check_done(&mut browser, answer, "The password was set.").await;
    assert_eq!(change(&mut browser, "guess", NEW, NEW).await.status(), 400);
    assert_eq!(
        change(&mut browser, NEW, PASSWORD, PASSWORD).await.status(),
        303
    );
    site.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_lost_the_password_sets_another() {
    let site = Site::start().await;
    let codes = site.recovery_codes().await;
    let mut browser = site.browser();
    let page = browser.open("/portal/sign-in/recovery").await;
    let entered = [("username", ADMIN), ("recovery_code", codes[0].expose())];
    let answer = browser
        .submit(&page, "/portal/sign-in/recovery", &entered)
        .await;
    let page = browser.follow(answer).await;
    assert!(
        page.text().contains("with a recovery code"),
        "{}",
        page.text()
    );
    assert!(page.text().contains("Recovery codes left: 9"));
    assert!(!page.html().contains("current_password"));
    let entered = [("new_password", NEW), ("repeat_password", NEW)];
    let answer = browser.submit(&page, CHANGE, &entered).await;
    check_done(&mut browser, answer, "The password was set.").await;
    assert_eq!(sign_in(&mut site.browser(), ADMIN, NEW).await.status(), 303);
    site.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passkey_alone_does_not_change_the_password() {
    let site = Site::start().await;
    let (now, token) = (site.node.clock.now(), SessionToken::generate(&SystemRandom));
    let session = Session {
        id: token.hash(),
        tenant_id: site.admin.tenant_id,
        user_id: site.admin.id,
        method: AuthenticationMethod::Passkey,
        created_at: now,
        authenticated_at: now,
        seen_at: now,
    };
    site.node
        .db
        .begin_session(&session, 1)
        .await
        .expect("it begins");
    let mut browser = site.browser();
    browser.set_cookie(SESSION_COOKIE, token.expose());
    let page = browser.open(HOME).await;
    let entered = [("new_password", NEW), ("repeat_password", NEW)];
    let answer = browser.submit(&page, CHANGE, &entered).await;
    assert_eq!(answer.status(), 400);
    assert!(answer.text().contains("This is not your password."));
    site.node.stop().await;
}
