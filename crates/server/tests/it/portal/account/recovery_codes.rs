use super::super::{ADMIN, Site};
use super::{HOME, send};

#[tokio::test(flavor = "multi_thread")]
async fn new_codes_end_the_old_ones_and_are_shown_once() {
    let site = Site::start().await;
    let old = site.recovery_codes().await;
    let mut browser = site.signed_in().await;
    let page = send(&mut browser, "/portal/account/recovery-codes", &[]).await;
    assert_eq!(page.status(), 200);
    assert_eq!(page.answer.header("cache-control"), Some("no-store"));
    let text = page.text();
    let is_code = |word: &&str| word.len() == 23 && word.matches('-').count() == 3;
    let codes: Vec<&str> = text.split(' ').filter(is_code).collect();
    assert_eq!(codes.len(), 10, "{text}");

    let records = format!("{:?}", site.security_records().await);
    assert!(
        records.contains("User registered security info"),
        "{records}"
    );
    assert!(!records.contains(codes[0]), "{records}");
    let account = browser.open(HOME).await.text();
    assert!(account.contains("Recovery codes left: 10"), "{account}");
    assert!(!account.contains(codes[0]));
    let reloaded = browser.open("/portal/account/recovery-codes").await;
    assert_eq!(reloaded.location(), Some(HOME));

    for (code, status) in [(old[0].expose(), 400), (codes[0], 303), (codes[0], 400)] {
        let mut browser = site.browser();
        let page = browser.open("/portal/sign-in/recovery").await;
        let entered = [("username", ADMIN), ("recovery_code", code)];
        let answer = browser
            .submit(&page, "/portal/sign-in/recovery", &entered)
            .await;
        assert_eq!(answer.status(), status);
    }
    site.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn few_codes_are_warned_of() {
    let site = Site::start().await;
    let codes = site.recovery_codes().await;
    let mut browser = site.signed_in().await;
    let (tenant, user, db) = (site.admin.tenant_id, site.admin.id, &site.node.db);
    for (used, code) in codes[..8].iter().enumerate() {
        let page = browser.open(HOME).await.text();
        assert!(!page.contains("Make new ones while"), "{used}: {page}");
        let is_used = db.use_recovery_code(tenant, user, &code.hash()).await;
        assert!(is_used.expect("it answers"));
    }
    let page = browser.open(HOME).await.text();
    assert!(
        page.contains("Recovery codes left: 2 Make new ones while"),
        "{page}"
    );
    site.node.stop().await;
}
