use countersign_domain::directory::Write;

use super::super::{Site, add_user, hashed, is_signed_in, sign_in};
use super::{HOME, NOT_RECENT, check_done, send};

const END: &str = "/portal/account/sessions/end";
const END_OTHERS: &str = "/portal/account/sessions/end-others";

#[tokio::test(flavor = "multi_thread")]
async fn one_session_is_ended_or_all_others() {
    let site = Site::start().await;
    let mut browser = site.signed_in().await;
    let (second, third) = (site.signed_in().await, site.signed_in().await);
    let page = browser.open(HOME).await;
    assert_eq!(page.html().matches("This session").count(), 1);
    assert_eq!(page.html().matches("the session that began").count(), 2);
    let answer = browser.submit(&page, END, &[]).await;
    check_done(&mut browser, answer, "The session was ended.").await;
    let alive = (is_signed_in(&second).await, is_signed_in(&third).await);
    assert!(alive.0 != alive.1, "one of them: {alive:?}");
    // Also by somebody whose proof is old.
    site.node.clock.advance_seconds(NOT_RECENT);
    let answer = send(&mut browser, END_OTHERS, &[]).await;
    check_done(&mut browser, answer, "All other sessions were ended.").await;
    assert!(!is_signed_in(&second).await && !is_signed_in(&third).await);
    assert!(is_signed_in(&browser).await);
    site.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_that_are_over_are_not_listed() {
    let site = Site::start().await;
    let _old = site.signed_in().await;
    site.node.clock.advance_seconds(1_800);
    let mut browser = site.signed_in().await;
    let page = browser.open(HOME).await;
    assert!(!page.has_form(END), "{}", page.text());
    site.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_ends_the_session_of_another() {
    let site = Site::start().await;
    let admin = site.signed_in().await;
    let sessions = site
        .node
        .db
        .sessions_of(site.admin.tenant_id, site.admin.id);
    let theirs = sessions.await.expect("sessions")[0].id.clone();
    let other = add_user(&site.node, "other@contoso.example", None).await;
    let password = "four slow otters cross a frozen canal";
    site.commit(&[Write::SetUserPassword {
        tenant_id: other.tenant_id,
        user_id: other.id,
        hash: hashed(password),
    }])
    .await;
    let mut browser = site.browser();
    sign_in(&mut browser, "other@contoso.example", password).await;
    let token = browser.open(HOME).await.hidden("form_token");
    for id in [theirs.as_str(), "", "\u{0}"] {
        let fields = [("form_token", token.as_str()), ("session", id)];
        browser.post(END, &fields).await;
    }
    let fields = [("form_token", token.as_str())];
    browser.post(END_OTHERS, &fields).await;
    assert!(is_signed_in(&admin).await);
    site.node.stop().await;
}
