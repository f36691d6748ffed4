//! CON-09, CON-10 and CON-15: what a session is, and when it ends.

use countersign_domain::directory::Write;

use super::{ADMIN, PASSWORD, Site, is_signed_in, sign_in};
use crate::browser::{DEVICE_COOKIE, SESSION_COOKIE};

const MINUTE: i64 = 60;

#[tokio::test(flavor = "multi_thread")]
async fn con_09_a_token_from_before_is_worth_nothing() {
    let site = Site::start().await;
    let planted = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc";
    let mut victim = site.browser();
    victim.set_cookie(SESSION_COOKIE, planted);
    let attacker = victim.clone();
    sign_in(&mut victim, ADMIN, PASSWORD).await;
    assert!(is_signed_in(&victim).await);
    assert!(!is_signed_in(&attacker).await);
    let own = victim.cookie(SESSION_COOKIE).expect("a session");
    assert_ne!(own.value, planted);

    // Once more in the same browser: the session of before has ended.
    let before = victim.clone();
    let mut again = victim.clone();
    let page = again.open("/portal/sign-in?again=1").await;
    let entered = [("password", PASSWORD)];
    again.submit(&page, "/portal/sign-in", &entered).await;
    assert!(is_signed_in(&again).await);
    assert!(!is_signed_in(&before).await);
    site.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn con_10_cookies_are_for_this_host_over_tls_and_for_no_script() {
    let site = Site::start().await;
    let mut browser = site.browser();
    browser.open("/portal/sign-in").await;
    let anonymous = browser.cookie(SESSION_COOKIE).expect("a token").clone();
    assert!(browser.cookie(DEVICE_COOKIE).is_none());
    sign_in(&mut browser, ADMIN, PASSWORD).await;
    let session = browser.cookie(SESSION_COOKIE).expect("a token").clone();
    let device = browser.cookie(DEVICE_COOKIE).expect("a token").clone();
    for cookie in [&anonymous, &session, &device] {
        let mut attributes = cookie.attributes.clone();
        attributes.retain(|attribute| !attribute.starts_with("Max-Age="));
        assert_eq!(attributes, ["Path=/", "Secure", "HttpOnly", "SameSite=Lax"]);
        assert_eq!(cookie.value.len(), 43, "256 random bits, and nothing else");
    }
    // A session ends with the browser; the mark of a known one does not.
    assert!(session.attributes.len() < device.attributes.len());
    let kept = site
        .node
        .db
        .sessions_of(site.admin.tenant_id, site.admin.id)
        .await;
    let kept = kept.expect("sessions");
    assert!(
        kept.iter().all(|one| one.id.as_str() != session.value),
        "hashes only"
    );
    site.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn con_15_signing_out_ends_the_session_here() {
    let site = Site::start().await;
    let mut browser = site.signed_in().await;
    let elsewhere = site.signed_in().await;
    let stolen = browser.clone();
    let page = browser.open("/portal").await;
    let answer = browser.submit(&page, "/portal/sign-out", &[]).await;
    assert_eq!(
        (answer.status(), answer.location()),
        (303, Some("/portal/sign-in"))
    );
    assert_eq!(answer.answer.header("clear-site-data"), Some("\"cache\""));
    assert!(!is_signed_in(&browser).await && !is_signed_in(&stolen).await);
    assert!(is_signed_in(&elsewhere).await, "this session alone");

    // To sign in as somebody else, and to go on where one was.
    let mut browser = elsewhere;
    let page = browser.open("/portal").await;
    let entered = [("next", "/common/adminconsent?client_id=1")];
    let answer = browser.submit(&page, "/portal/sign-out", &entered).await;
    let expected = "/portal/sign-in?next=%2Fcommon%2Fadminconsent%3Fclient_id%3D1";
    assert_eq!(answer.location(), Some(expected));
    site.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn con_15_an_idle_session_ends() {
    let site = Site::start().await;
    let mut browser = site.signed_in().await;
    site.node.clock.advance_seconds(29 * MINUTE);
    assert!(is_signed_in(&browser).await);
    site.node.clock.advance_seconds(29 * MINUTE);
    assert!(is_signed_in(&browser).await, "it was used");
    site.node.clock.advance_seconds(30 * MINUTE);
    let page = browser.open("/portal/applications?search=x").await;
    let expected = "/portal/sign-in?next=%2Fportal%2Fapplications%3Fsearch%3Dx";
    assert_eq!(page.location(), Some(expected));
    site.node.clock.advance_seconds(-30 * MINUTE);
    assert!(!is_signed_in(&browser).await, "it ended at the server");
    site.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn con_15_a_session_ends_after_a_working_day() {
    let site = Site::start().await;
    let browser = site.signed_in().await;
    for _ in 0..29 {
        site.node.clock.advance_seconds(20 * MINUTE);
        assert!(is_signed_in(&browser).await);
    }
    site.node.clock.advance_seconds(20 * MINUTE);
    assert!(!is_signed_in(&browser).await, "ten hours");
    site.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn con_15_a_new_password_ends_every_session() {
    let site = Site::start().await;
    let (one, other) = (site.signed_in().await, site.signed_in().await);
    site.set_password("five loud geese guard the old mill")
        .await;
    assert!(!is_signed_in(&one).await && !is_signed_in(&other).await);
    site.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn con_15_a_disabled_account_has_no_session() {
    let site = Site::start().await;
    let browser = site.signed_in().await;
    let mut user = site.admin.clone();
    user.account_enabled = false;
    site.commit(&[Write::UpdateUser(user.clone())]).await;
    assert!(!is_signed_in(&browser).await);
    // Enabled again, it does not come back.
    user.account_enabled = true;
    site.commit(&[Write::UpdateUser(user)]).await;
    assert!(!is_signed_in(&browser).await);
    site.node.stop().await;
}
