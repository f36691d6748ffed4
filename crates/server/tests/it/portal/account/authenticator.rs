use aws_lc_rs::hmac;
use countersign_domain::clock::Clock;

use super::super::{ADMIN, PASSWORD, Site, is_signed_in, sign_in};
use super::{check_done, send};
use crate::browser::{Browser, Page};

const SET_UP: &str = "/portal/account/authenticator";
const CONFIRM: &str = "/portal/account/authenticator/confirm";
const REMOVE: &str = "/portal/account/authenticator/remove";

/// The code of an app (RFC 6238) that was given this key, so many steps from now.
fn code(site: &Site, key: &str, steps: i64) -> String {
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let digits = key
        .chars()
        .map(|letter| alphabet.find(letter).expect("base 32") as u64);
    let digits: Vec<u64> = digits.collect();
    let groups = digits.chunks_exact(8).flat_map(|group| {
        let bits = group.iter().fold(0, |bits, digit| bits << 5 | digit);
        bits.to_be_bytes()[3..].to_vec()
    });
    let secret: Vec<u8> = groups.collect();
    let step = site.node.clock.now().unix_seconds() / 30 + steps;
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &secret);
    let tag = hmac::sign(&key, &step.to_be_bytes());
    let tag = tag.as_ref();
    let offset = usize::from(tag[19] & 15);
    let bytes = tag[offset..offset + 4].try_into().expect("four bytes");
    format!(
        "{:06}",
        (u32::from_be_bytes(bytes) & 0x7fff_ffff) % 1_000_000
    )
}

/// The key that a page shows.
fn key(page: &Page) -> String {
    let after = page
        .html()
        .split("id=\"secret-key\"")
        .nth(1)
        .expect("a key");
    let value = after.split("value=\"").nth(1).expect("a value");
    value.split('"').next().unwrap_or_default().to_owned()
}

async fn begun(browser: &mut Browser<'_>) -> Page {
    let page = send(browser, SET_UP, &[]).await;
    assert_eq!(page.status(), 200, "{}", page.text());
    page
}

async fn sign_in_with(site: &Site, code: &str) -> u16 {
    let mut browser = site.browser();
    let page = sign_in(&mut browser, ADMIN, PASSWORD).await;
    let entered = [("code", code)];
    let answer = browser
        .submit(&page, "/portal/sign-in/code", &entered)
        .await;
    assert_eq!(is_signed_in(&browser).await, answer.status() == 303);
    answer.status()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_is_set_up_by_its_first_code_and_removed() {
    let site = Site::start().await;
    let mut browser = site.signed_in().await;
    let page = begun(&mut browser).await;
    let key = key(&page);
    assert_eq!(key.len(), 32);
    assert!(page.html().contains("<svg xmlns"), "a QR code");
    let wrong = browser.submit(&page, CONFIRM, &[("code", "000 00x")]).await;
    assert_eq!(wrong.status(), 400);
    assert!(wrong.text().contains("not the code of this moment"));
    let first = code(&site, &key, 0);
    let answer = browser.submit(&wrong, CONFIRM, &[("code", &first)]).await;
    check_done(&mut browser, answer, "was set up").await;

    let kept = site
        .node
        .db
        .account_of(site.admin.tenant_id, site.admin.id)
        .await;
    let kept = kept.expect("it reads").expect("an account").authenticator;
    let kept = kept.expect("an authenticator");
    assert!(!kept.sealed_secret.contains(&key));
    // The first code is spent, and the page does not bring it back.
    assert_eq!(sign_in_with(&site, &first).await, 400);
    let again = browser.submit(&page, CONFIRM, &[("code", &first)]).await;
    assert_eq!(again.status(), 400);
    assert!(again.text().contains("There is one already."));
    let next = code(&site, &key, 1);
    assert_eq!(sign_in_with(&site, &next).await, 303);
    assert_eq!(sign_in_with(&site, &next).await, 400);

    let answer = send(&mut browser, REMOVE, &[]).await;
    check_done(&mut browser, answer, "was removed").await;
    assert_eq!(
        sign_in(&mut site.browser(), ADMIN, PASSWORD).await.status(),
        303
    );
    let records = site.security_records().await;
    let activities: Vec<&str> = records
        .iter()
        .map(|record| record.activity.as_str())
        .collect();
    assert_eq!(
        activities,
        [
            "User registered security info",
            "User deleted security info"
        ]
    );
    let shown = format!("{records:?}");
    assert!(!shown.contains(&key) && !shown.contains(&kept.sealed_secret));
    site.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_waits_in_its_own_browser_for_ten_minutes() {
    let site = Site::start().await;
    let (mut one, mut other) = (site.signed_in().await, site.signed_in().await);
    let page = begun(&mut one).await;
    let (key, pending) = (key(&page), page.hidden("pending"));
    assert!(!pending.contains(&key));
    // In another browser of the same person.
    let foreign = begun(&mut other).await;
    let code_now = code(&site, &key, 0);
    let entered = [("code", code_now.as_str()), ("pending", pending.as_str())];
    assert_eq!(
        other.submit(&foreign, CONFIRM, &entered).await.status(),
        400
    );
    // Not sealed here, and too late.
    for pending in ["", "AAAA", "not base64url!"] {
        let entered = [("code", code_now.as_str()), ("pending", pending)];
        assert_eq!(one.submit(&page, CONFIRM, &entered).await.status(), 400);
    }
    site.node.clock.advance_seconds(600);
    let late = code(&site, &key, 0);
    let answer = one.submit(&page, CONFIRM, &[("code", &late)]).await;
    assert_eq!(answer.status(), 400);
    assert!(
        answer.text().contains("That took too long."),
        "{}",
        answer.text()
    );
    assert!(site.security_activities().await.is_empty());
    site.node.stop().await;
}
