use countersign_domain::account::{Authenticator, Passkey};
use countersign_domain::clock::Clock;
use countersign_domain::directory::Write;
use serde_json::{Value, json};

use super::super::{Site, add_user, hashed, is_signed_in, sign_in};
use super::device::Device;
use super::{HOME, check_done, send};
use crate::browser::{Browser, Page};

const ADD: &str = "/portal/account/passkeys";
const ANSWER: &str = "/portal/account/passkeys/answer";
const REMOVE: &str = "/portal/account/passkeys/remove";

async fn asked(browser: &mut Browser<'_>, name: &str) -> Page {
    let page = send(browser, ADD, &[("passkey_name", name)]).await;
    assert_eq!(page.status(), 200, "{}", page.text());
    page
}

async fn add(browser: &mut Browser<'_>, device: &Device, name: &str) {
    let page = asked(browser, name).await;
    let answer = device.register(&page);
    let answer = browser.submit(&page, ANSWER, &[("answer", &answer)]).await;
    check_done(browser, answer, "The passkey was added.").await;
}

impl Site {
    async fn passkeys(&self) -> Vec<Passkey> {
        let passkeys = self
            .node
            .db
            .passkeys_of(self.admin.tenant_id, self.admin.id);
        passkeys.await.expect("they are read")
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passkey_is_added_and_removed() {
    let site = Site::start().await;
    let mut browser = site.signed_in().await;
    let (phone, key) = (Device::new(1), Device::new(2));
    add(&mut browser, &phone, "Phone").await;
    // Its name is optional, and the same device is not asked twice.
    let page = asked(&mut browser, "").await;
    let options: Value =
        serde_json::from_str(&page.attribute("data-options").expect("options")).expect("JSON");
    let excluded = json!([{"type": "public-key", "id": phone.id()}]);
    assert_eq!(options["excludeCredentials"], excluded);
    assert_eq!(options["user"]["name"], super::super::ADMIN);
    let answer = key.register(&page);
    let answer = browser.submit(&page, ANSWER, &[("answer", &answer)]).await;
    check_done(&mut browser, answer, "Passkey of 2027-01-15").await;
    let kept = site.passkeys().await;
    assert_eq!(kept.len(), 2);
    assert_eq!(kept[0].display_name, "Phone");
    assert_eq!(kept[0].user_id, site.admin.id);

    let answer = send(&mut browser, REMOVE, &[("passkey", &phone.id())]).await;
    check_done(&mut browser, answer, "The passkey was removed.").await;
    let left: Vec<String> = site
        .passkeys()
        .await
        .into_iter()
        .map(|one| one.id)
        .collect();
    assert_eq!(left, [key.id()]);
    let activities = site.security_activities().await;
    let registered = "User registered security info";
    let expected = [registered, registered, "User deleted security info"];
    assert_eq!(activities, expected);
    site.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_challenge_is_good_once_for_one_browser_and_five_minutes() {
    let site = Site::start().await;
    let mut browser = site.signed_in().await;
    let mut other = site.signed_in().await;
    let device = Device::new(1);
    let refused = async |browser: &mut Browser<'_>, page: &Page, answer: &str| {
        let done = browser.submit(page, ANSWER, &[("answer", answer)]).await;
        assert_eq!(done.status(), 400, "{answer}");
        let text = done.text();
        assert!(text.contains("Passkeys"), "{text}");
    };
    // What is asked in one browser is not answered in another.
    let page = asked(&mut browser, "Phone").await;
    let foreign = asked(&mut other, "Phone").await;
    refused(&mut browser, &page, &device.register(&foreign)).await;
    // Another site, rubbish, and a challenge with what no database takes.
    let mut phished = Device::new(1);
    phished.origin = "https://evil.example";
    refused(&mut browser, &page, &phished.register(&page)).await;
    for rubbish in ["", "{}", "[]", "\u{0}"] {
        refused(&mut browser, &page, rubbish).await;
    }
    let nul = device.register_for(&json!({"challenge": "\u{0}", "rp": {"id": "id.example"}}));
    refused(&mut browser, &page, &nul).await;
    // Too late.
    let page = asked(&mut browser, "Phone").await;
    site.node.clock.advance_seconds(300);
    refused(&mut browser, &page, &device.register(&page)).await;
    assert!(site.passkeys().await.is_empty());
    // Once.
    let page = asked(&mut browser, "Phone").await;
    let answer = device.register(&page);
    let done = browser.submit(&page, ANSWER, &[("answer", &answer)]).await;
    check_done(&mut browser, done, "The passkey was added.").await;
    refused(&mut browser, &page, &answer).await;
    // Known already, under a fresh challenge.
    let page = asked(&mut browser, "Phone").await;
    refused(&mut browser, &page, &device.register(&page)).await;
    assert_eq!(site.passkeys().await.len(), 1);
    site.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_challenge_to_sign_in_registers_nothing() {
    let site = Site::start().await;
    let mut browser = site.signed_in().await;
    let account = browser.open(HOME).await;
    let token = account.hidden("form_token");
    let fields = [("form_token", token.as_str())];
    let to_sign_in = browser.post("/portal/sign-in/passkey", &fields).await;
    let options = to_sign_in.attribute("data-options").expect("options");
    let mut options: Value = serde_json::from_str(&options).expect("JSON");
    options["rp"] = json!({"id": "id.example"});
    let answer = Device::new(1).register_for(&options);
    let fields = [("form_token", token.as_str()), ("answer", &answer)];
    assert_eq!(browser.post(ANSWER, &fields).await.status(), 400);
    assert!(site.passkeys().await.is_empty());
    site.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_way_to_sign_in_stays() {
    let site = Site::start().await;
    let mut browser = site.signed_in().await;
    let device = Device::new(1);
    let page = browser.open(HOME).await;
    let token = page.hidden("form_token");
    let remove_password = "/portal/account/password/remove";
    let fields = [("form_token", token.as_str())];
    let answer = browser.post(remove_password, &fields).await;
    assert_eq!(answer.status(), 400);
    assert!(answer.text().contains("the only way"), "{}", answer.text());

    add(&mut browser, &device, "Phone").await;
    let answer = send(&mut browser, remove_password, &[]).await;
    check_done(&mut browser, answer, "The password was removed.").await;
    assert_eq!(
        sign_in(
            &mut site.browser(),
            super::super::ADMIN,
            super::super::PASSWORD
        )
        .await
        .status(),
        400
    );
    let page = browser.open(HOME).await;
    assert!(!page.has_form(REMOVE));
    let id = device.id();
    let fields = [("form_token", token.as_str()), ("passkey", &id)];
    let answer = browser.post(REMOVE, &fields).await;
    assert_eq!(answer.status(), 400);
    assert!(answer.text().contains("the only way"), "{}", answer.text());
    assert_eq!(site.passkeys().await.len(), 1);
    site.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_way_to_sign_in_that_goes_takes_its_sessions_along() {
    let site = Site::start().await;
    let mut browser = site.signed_in().await;
    add(&mut browser, &Device::new(1), "Phone").await;
    add(&mut browser, &Device::new(2), "Key").await;
    let (phone, password) = (Device::new(1).id(), "/portal/account/password/remove");
    let app = Write::SetAuthenticator(Authenticator {
        tenant_id: site.admin.tenant_id,
        user_id: site.admin.id,
        sealed_secret: "sealed".to_owned(),
        last_step: 0,
        created_at: site.node.clock.now(),
    });
    let forms: [(&str, &[(&str, &str)]); 3] = [
        (REMOVE, &[("passkey", phone.as_str())]),
        ("/portal/account/authenticator/remove", &[]),
        (password, &[]),
    ];
    for (form, fields) in forms {
        let elsewhere = site.signed_in().await;
        if form.contains("authenticator") {
            site.commit(std::slice::from_ref(&app)).await;
        }
        let token = browser.open(HOME).await.hidden("form_token");
        let mut all = vec![("form_token", token.as_str())];
        all.extend_from_slice(fields);
        let answer = browser.post(form, &all).await;
        check_done(&mut browser, answer, "signed out everywhere else").await;
        assert!(!is_signed_in(&elsewhere).await, "{form}");
        assert!(is_signed_in(&browser).await, "{form}");
    }
    site.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_that_are_open_at_once_add_no_more_than_twenty() {
    let site = Site::start().await;
    let mut browser = site.signed_in().await;
    let known = |number: u8| Passkey {
        id: Device::new(number).id(),
        tenant_id: site.admin.tenant_id,
        user_id: site.admin.id,
        display_name: "Phone".to_owned(),
        algorithm: -7,
        public_key: vec![number],
        sign_count: 0,
        is_backed_up: false,
        created_at: site.node.clock.now(),
        last_used_at: None,
    };
    let nineteen: Vec<_> = (1..20).map(known).map(Write::AddPasskey).collect();
    site.commit(&nineteen).await;
    let mut other = browser.clone();
    let pages = [
        asked(&mut browser, "Key").await,
        asked(&mut other, "Watch").await,
    ];
    let answers = [
        Device::new(101).register(&pages[0]),
        Device::new(102).register(&pages[1]),
    ];
    let entered = [("answer", answers[0].as_str())];
    let answer = browser.submit(&pages[0], ANSWER, &entered).await;
    check_done(&mut browser, answer, "The passkey was added.").await;
    let entered = [("answer", answers[1].as_str())];
    let answer = other.submit(&pages[1], ANSWER, &entered).await;
    assert_eq!(answer.status(), 400);
    assert!(answer.text().contains("You have 20 passkeys."));
    assert_eq!(site.passkeys().await.len(), 20);
    site.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_removes_the_passkey_of_another() {
    let site = Site::start().await;
    let mut browser = site.signed_in().await;
    add(&mut browser, &Device::new(1), "Phone").await;
    add(&mut browser, &Device::new(2), "Key").await;
    let other = add_user(&site.node, "other@contoso.example", None).await;
    let password = "four slow otters cross a frozen canal";
    site.commit(&[Write::SetUserPassword {
        tenant_id: other.tenant_id,
        user_id: other.id,
        hash: hashed(password),
    }])
    .await;
    let mut theirs = site.browser();
    sign_in(&mut theirs, "other@contoso.example", password).await;
    add(&mut theirs, &Device::new(3), "Theirs").await;
    let token = theirs.open(HOME).await.hidden("form_token");
    for id in [Device::new(1).id().as_str(), "", "\u{0}", "no such passkey"] {
        let fields = [("form_token", token.as_str()), ("passkey", id)];
        assert_eq!(theirs.post(REMOVE, &fields).await.status(), 404, "{id}");
    }
    assert_eq!(site.passkeys().await.len(), 2);
    site.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn names_are_one_short_line() {
    let site = Site::start().await;
    let mut browser = site.signed_in().await;
    for name in ["a".repeat(65), "a\nb".to_owned(), "a\u{0}b".to_owned()] {
        let answer = send(&mut browser, ADD, &[("passkey_name", &name)]).await;
        assert_eq!(answer.status(), 400);
        assert!(answer.text().contains("at most 64"), "{}", answer.text());
        assert!(answer.html().contains("aria-invalid"), "{}", answer.html());
    }
    site.node.stop().await;
}
