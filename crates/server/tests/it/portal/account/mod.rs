//! "My account": how a person signs in, and where they are signed in.

mod authenticator;
mod device;
mod passkeys;
mod password;
mod recovery_codes;
mod sessions;

use countersign_domain::directory::{Actor, AuditRecord};

use super::{NOT_RECENT, Site, again};
use crate::browser::{Browser, Page};

const HOME: &str = "/portal/account";

/// Sends a form of the account page.
async fn send(browser: &mut Browser<'_>, action: &str, entered: &[(&str, &str)]) -> Page {
    let page = browser.open(HOME).await;
    assert_eq!(page.status(), 200, "{}", page.text());
    browser.submit(&page, action, entered).await
}

/// Checks that a form was carried out, and that the page says so.
async fn check_done(browser: &mut Browser<'_>, answer: Page, told: &str) {
    assert_eq!(answer.status(), 303, "{}", answer.text());
    let page = browser.follow(answer).await;
    assert_eq!(page.status(), 200, "{}", page.text());
    assert!(page.text().contains(told), "{}", page.text());
}

impl Site {
    /// The records of what the administrator changed of how they sign in, oldest first, each checked
    /// to be about them and by them.
    async fn security_records(&self) -> Vec<AuditRecord> {
        let tenant = Some(self.admin.tenant_id);
        let records = self.node.db.audit_records(tenant, 1_000).await;
        let mut records = records.expect("they are read");
        records.retain(|record| record.actor == Some(Actor::User(self.admin.id)));
        for record in &records {
            assert_eq!(record.targets.len(), 1, "{record:?}");
            assert_eq!(record.targets[0].id, self.admin.id.uuid());
        }
        records.reverse();
        records
    }

    async fn security_activities(&self) -> Vec<String> {
        let records = self.security_records().await;
        records.into_iter().map(|record| record.activity).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_says_who_is_signed_in_and_how() {
    let site = Site::start().await;
    let mut browser = site.signed_in().await;
    let page = browser.open(HOME).await;
    let text = page.text();
    for part in [
        "admin@contoso.example",
        "Contoso",
        "Global Administrator",
        "You have no passkey.",
        "Recovery codes left: 0",
        "This session",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    // One way to sign in, and one session.
    assert!(!page.has_form("/portal/account/password/remove"));
    assert!(!page.has_form("/portal/account/sessions/end"));
    assert!(!page.has_form("/portal/account/sessions/end-others"));
    let recovered = browser.open("/portal/account?after=recovery").await;
    assert!(recovered.text().contains("with a recovery code"));

    let stranger = site.browser().open(HOME).await;
    let expected = "/portal/sign-in?next=%2Fportal%2Faccount";
    assert_eq!(stranger.location(), Some(expected));
    site.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_need_a_recent_proof() {
    let site = Site::start().await;
    let mut browser = site.signed_in().await;
    let page = browser.open(HOME).await;
    let token = page.hidden("form_token");
    site.node.clock.advance_seconds(NOT_RECENT);
    for path in [
        "password",
        "password/remove",
        "passkeys",
        "passkeys/answer",
        "passkeys/remove",
        "authenticator",
        "authenticator/confirm",
        "authenticator/remove",
        "recovery-codes",
    ] {
        let path = format!("{HOME}/{path}");
        let fields = [("form_token", token.as_str())];
        let answer = browser.post(&path, &fields).await;
        assert_eq!(answer.location(), Some(again(HOME).as_str()), "{path}");
    }
    assert!(site.security_activities().await.is_empty());
    // Once more who they are, and it works.
    let page = browser.open(&again(HOME)).await;
    let entered = [("password", super::PASSWORD)];
    let answer = browser.submit(&page, "/portal/sign-in", &entered).await;
    assert_eq!(answer.location(), Some(HOME));
    let answer = send(&mut browser, "/portal/account/recovery-codes", &[]).await;
    assert_eq!(answer.status(), 200);
    site.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn forms_of_others_change_nothing() {
    let site = Site::start().await;
    let mut browser = site.signed_in().await;
    for path in ["recovery-codes", "sessions/end-others", "authenticator"] {
        let path = format!("{HOME}/{path}");
        let answer = browser.post(&path, &[("form_token", "x")]).await;
        assert_eq!(answer.status(), 403, "{path}");
    }
    assert!(site.security_activities().await.is_empty());
    site.node.stop().await;
}
