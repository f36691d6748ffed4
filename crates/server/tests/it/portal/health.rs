//! The first page, and the server's health.

use super::Site;
use super::observing::{NORTHWIND, admin_of, browser_of, site};
use crate::node::{apply, within_the_bound};

#[tokio::test(flavor = "multi_thread")]
async fn health_names_keys_and_database_and_no_secret() {
    let site = Site::start().await;
    let mut browser = browser_of(&site.node, &site.admin).await;
    let page = browser.open("/portal/health").await;
    let text = page.text();
    assert_eq!(page.status(), 200, "{text}");
    let keys = site.node.db.signing_keys().await.expect("keys");
    assert_eq!(keys.len(), 3);
    for key in &keys {
        assert!(text.contains(&key.kid), "{text}");
        assert!(!page.html().contains(&key.sealed_private_key));
    }
    for told in [
        "RS256",
        "ES256",
        "SQLite",
        "Answers",
        "https://id.example",
        "to 2032-01-15",
    ] {
        assert!(text.contains(told), "{told}: {text}");
    }
    assert!(text.contains(env!("CARGO_PKG_VERSION")), "{text}");
    assert!(!page.html().contains("test.db"));
    assert!(!page.html().contains("sqlite:"));
    site.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_of_one_database_are_listed_until_they_stop() {
    let site = Site::start().await;
    let other = site.another_node().await;
    let mut browser = browser_of(&site.node, &site.admin).await;
    let (this, that) = (site.node.machine(), other.machine());
    let version = env!("CARGO_PKG_VERSION");
    let this = format!("{this} Answers this page {version}");
    let mut text = String::new();
    within_the_bound(async || {
        text = browser.open("/portal/health").await.text();
        text.contains(&format!("{that} Runs {version}"))
    })
    .await;
    assert!(text.contains(&this), "{text}");

    site.node.clock.advance_seconds(60);
    let text = browser.open("/portal/health").await.text();
    assert!(text.contains(&format!("{that} Silent {version}")), "{text}");
    assert!(text.contains(&this), "{text}");

    other.stop().await;
    let text = browser.open("/portal/health").await.text();
    assert!(!text.contains(&that), "{text}");
    assert!(text.contains(&this), "{text}");
    site.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_that_end_soon_are_named_with_a_link() {
    let site = Site::start().await;
    let ending = "
tenants:
- displayName: Contoso
  domains: [contoso.example]
  applications:
  - displayName: Courier
    passwordCredentials:
    - displayName: ends soon
      secretText: a-secret-of-the-courier-1
      endDateTime: 2027-01-20T00:00:00Z
    - displayName: ends late
      secretText: a-secret-of-the-courier-2
      endDateTime: 2027-11-20T00:00:00Z
";
    apply(&site.node.db, ending).await;
    let mut browser = browser_of(&site.node, &site.admin).await;
    for path in ["/portal", "/portal/health"] {
        let page = browser.open(path).await;
        assert!(
            page.text()
                .contains("ends soon Courier Secret 2027-01-20 in 4 days"),
            "{}",
            page.text()
        );
        assert!(
            page.html().contains("/credentials\">ends soon</a>"),
            "{path}"
        );
        assert!(!page.text().contains("ends late"), "{path}");
    }
    site.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_tenant_is_told_what_comes_first() {
    let site = site().await;
    let mut browser = browser_of(&site.node, &site.admin).await;
    let text = browser.open("/portal").await.text();
    assert!(text.contains("App registrations 2"), "{text}");
    assert!(!text.contains("First steps"), "tokens are issued: {text}");

    let mut other = admin_of(&site, NORTHWIND).await;
    let page = other.open("/portal").await;
    assert_eq!(page.status(), 200);
    for told in ["First steps", "App registrations 0", "Nobody signed in."] {
        assert!(page.text().contains(told), "{told}: {}", page.text());
    }
    assert!(!page.text().contains("Daemon"), "{}", page.text());
    site.node.stop().await;
}
