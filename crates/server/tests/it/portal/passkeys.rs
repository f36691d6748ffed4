//! Signing in with a passkey, by an authenticator of these tests.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use countersign_domain::account::Passkey;
use countersign_domain::clock::Clock;
use countersign_domain::directory::Write;
use serde_json::{Value, json};

use super::{Site, add_user, is_signed_in};
use crate::browser::{Browser, Page};

/// The platform's authenticator of a user, with one key.
struct Device {
    key: EcdsaKeyPair,
    owner: countersign_domain::ids::UserId,
    signed: u32,
}

impl Device {
    /// A device whose key is registered.
    async fn registered(site: &Site) -> Self {
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).expect("a key");
        let public = key.public_key().as_der().expect("a public key");
        site.commit(&[Write::AddPasskey(Passkey {
            id: BASE64_URL_SAFE_NO_PAD.encode("the passkey"),
            tenant_id: site.admin.tenant_id,
            user_id: site.admin.id,
            display_name: "Laptop".to_owned(),
            algorithm: -7,
            public_key: public.as_ref().to_vec(),
            sign_count: 0,
            is_backed_up: false,
            created_at: site.node.clock.now(),
            last_used_at: None,
        })])
        .await;
        let owner = site.admin.id;
        Self {
            key,
            owner,
            signed: 0,
        }
    }

    /// Signs the challenge of a page, as if it were at this origin.
    fn sign(&mut self, page: &Page, origin: &str, flags: u8) -> String {
        let options = page.attribute("data-options").expect("options");
        let options: Value = serde_json::from_str(&options).expect("JSON");
        self.signed += 1;
        let client_data = json!({
            "type": "webauthn.get",
            "challenge": options["challenge"],
            "origin": origin,
            "crossOrigin": false,
        });
        let client_data = client_data.to_string();
        let rp_id = options["rpId"].as_str().expect("an id");
        let mut data = digest(&SHA256, rp_id.as_bytes()).as_ref().to_vec();
        data.push(flags);
        data.extend(self.signed.to_be_bytes());
        let hash = digest(&SHA256, client_data.as_bytes());
        let signed = [data.as_slice(), hash.as_ref()].concat();
        let signature = self
            .key
            .sign(&SystemRandom::new(), &signed)
            .expect("it signs");
        let text = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
        let id = text(b"the passkey");
        json!({
            "id": id,
            "rawId": id,
            "type": "public-key",
            "response": {
                "clientDataJSON": text(client_data.as_bytes()),
                "authenticatorData": text(&data),
                "signature": text(signature.as_ref()),
                "userHandle": text(self.owner.uuid().as_bytes()),
            },
        })
        .to_string()
    }
}

const ORIGIN: &str = "https://id.example";

/// The holder is there, and was checked.
const VERIFIED: u8 = 0x05;

const PRESENT: u8 = 0x01;

async fn asked(browser: &mut Browser<'_>, from: &str) -> Page {
    let page = browser.open(from).await;
    let page = browser.submit(&page, "/portal/sign-in/passkey", &[]).await;
    assert_eq!(page.status(), 200, "{}", page.text());
    page
}

async fn answer(browser: &mut Browser<'_>, page: &Page, answer: &str) -> Page {
    let entered = [("answer", answer)];
    let path = "/portal/sign-in/passkey/answer";
    browser.submit(page, path, &entered).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passkey_signs_its_owner_in() {
    let site = Site::start().await;
    let mut device = Device::registered(&site).await;
    let mut browser = site.browser();
    let from = "/portal/sign-in?next=/portal/applications";
    let page = asked(&mut browser, from).await;
    let signed = device.sign(&page, ORIGIN, VERIFIED);
    let replay = (browser.clone(), signed.clone());
    let done = answer(&mut browser, &page, &signed).await;
    assert_eq!(done.location(), Some("/portal/applications"));
    assert!(is_signed_in(&browser).await);
    let sessions = site
        .node
        .db
        .sessions_of(site.admin.tenant_id, site.admin.id)
        .await;
    assert_eq!(sessions.expect("sessions")[0].method.as_str(), "passkey");

    // A challenge is good once.
    let (mut browser, signed) = replay;
    assert_eq!(answer(&mut browser, &page, &signed).await.status(), 400);
    assert!(!is_signed_in(&browser).await);
    site.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_wrong_the_page_is_the_same() {
    let site = Site::start().await;
    let mut device = Device::registered(&site).await;
    let mut texts = Vec::new();
    let mut refused = async |signed: &dyn Fn(&mut Device, &Page) -> String, seconds: i64| {
        let mut browser = site.browser();
        let page = asked(&mut browser, "/portal/sign-in").await;
        let signed = signed(&mut device, &page);
        site.node.clock.advance_seconds(seconds);
        let done = answer(&mut browser, &page, &signed).await;
        assert_eq!(done.status(), 400, "{signed}");
        assert!(!is_signed_in(&browser).await);
        texts.push(done.text());
    };
    refused(&|_, _| String::new(), 0).await;
    refused(&|_, _| "{}".to_owned(), 0).await;
    refused(
        &|device, page| device.sign(page, "https://evil.example", VERIFIED),
        0,
    )
    .await;
    refused(&|device, page| device.sign(page, ORIGIN, PRESENT), 0).await;
    refused(
        &|device, page| {
            let signed = device.sign(page, ORIGIN, VERIFIED);
            signed.replace("userHandle", "nobody")
        },
        0,
    )
    .await;
    refused(
        &|device, page| {
            let signed = device.sign(page, ORIGIN, VERIFIED);
            let id = BASE64_URL_SAFE_NO_PAD.encode("the passkey");
            signed.replace(&id, &BASE64_URL_SAFE_NO_PAD.encode("no passkey!"))
        },
        0,
    )
    .await;
    refused(&|device, page| device.sign(page, ORIGIN, VERIFIED), 300).await;
    assert!(texts.iter().all(|text| *text == texts[0]), "{texts:?}");

    // The challenge of another browser.
    let (mut one, mut other) = (site.browser(), site.browser());
    let page = asked(&mut one, "/portal/sign-in").await;
    let foreign = asked(&mut other, "/portal/sign-in").await;
    let signed = device.sign(&foreign, ORIGIN, VERIFIED);
    assert_eq!(answer(&mut one, &page, &signed).await.status(), 400);
    assert!(!is_signed_in(&one).await);

    // A disabled account, and a proof of somebody else where only one counts.
    let mut user = site.admin.clone();
    user.account_enabled = false;
    site.commit(&[Write::UpdateUser(user)]).await;
    let page = asked(&mut one, "/portal/sign-in").await;
    let signed = device.sign(&page, ORIGIN, VERIFIED);
    assert_eq!(answer(&mut one, &page, &signed).await.status(), 400);
    site.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn asked_again_the_passkey_of_another_does_not_count() {
    let site = Site::start().await;
    let mut device = Device::registered(&site).await;
    let other = add_user(&site.node, "other@contoso.example", None).await;
    site.commit(&[Write::SetUserPassword {
        tenant_id: other.tenant_id,
        user_id: other.id,
        hash: super::hashed("four slow otters cross a frozen canal"),
    }])
    .await;
    let mut browser = site.browser();
    let password = "four slow otters cross a frozen canal";
    super::sign_in(&mut browser, "other@contoso.example", password).await;
    let page = asked(&mut browser, "/portal/sign-in?again=1").await;
    let signed = device.sign(&page, ORIGIN, VERIFIED);
    assert_eq!(answer(&mut browser, &page, &signed).await.status(), 400);
    site.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn challenges_are_not_for_the_asking() {
    let site = Site::start().await;
    let mut browser = site.browser();
    let page = browser.open("/portal/sign-in").await;
    for turn in 0..22 {
        let answer = browser.submit(&page, "/portal/sign-in/passkey", &[]).await;
        let expected = if turn < 20 { 200 } else { 429 };
        assert_eq!(answer.status(), expected, "{turn}");
    }
    // A password is not held up by it.
    site.signed_in().await;
    site.node.stop().await;
}
