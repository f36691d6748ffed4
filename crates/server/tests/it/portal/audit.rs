//! The audit log: who changed what, from what to what.

use super::observing::{browser_of, site, stranger};
use super::{ADMIN, Site};
use crate::browser::Browser;
use crate::node::CLIENT;

/// Registers an application, renames it, and answers its object id.
async fn make(browser: &mut Browser<'_>) -> String {
    let page = browser.open("/portal/applications/new").await;
    let target = "/portal/applications/new";
    let page = browser
        .submit(&page, target, &[("display_name", "Invoices")])
        .await;
    let location = page.location().expect("the new application").to_owned();
    let id = location.trim_start_matches("/portal/applications/");
    let id = id.split(['/', '?']).next().expect("an id").to_owned();
    let overview = browser.open(&format!("/portal/applications/{id}")).await;
    let target = format!("/portal/applications/{id}/properties");
    let page = browser
        .submit(&overview, &target, &[("display_name", "Bills & more")])
        .await;
    assert!(page.location().is_some(), "{}", page.html());
    id
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_names_the_person_and_both_values() {
    let site = Site::start().await;
    let mut browser = browser_of(&site.node, &site.admin).await;
    let id = make(&mut browser).await;
    let page = browser.open(&format!("/portal/audit?target={id}")).await;
    let text = page.text();
    assert_eq!(page.status(), 200, "{text}");
    assert!(text.contains(&format!("{ADMIN} (Person)")), "{text}");
    let rows = page.html().split("href=\"/portal/audit/").skip(1);
    let numbers: Vec<String> = rows
        .filter_map(|row| Some(row.split('"').next()?.to_owned()))
        .collect();
    assert!(numbers.len() >= 2, "{numbers:?}");
    let newest = browser.open(&format!("/portal/audit/{}", numbers[0])).await;
    let text = newest.text();
    assert!(text.contains("Update application"), "{text}");
    assert!(text.contains("displayName Invoices Bills & more"), "{text}");
    assert!(
        newest
            .html()
            .contains(&format!("/portal/applications/{id}"))
    );
    site.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_leave_out_what_does_not_fit() {
    let site = Site::start().await;
    let mut browser = browser_of(&site.node, &site.admin).await;
    let id = make(&mut browser).await;
    let person = site.admin.id.to_string();
    for (query, is_there) in [
        ("", true),
        ("activity=Add%20application", true),
        ("activity=Delete%20application", false),
        (&format!("actor={ADMIN}"), true),
        (&format!("actor={person}"), true),
        (&format!("actor={CLIENT}"), false),
        ("actor=daemon", false),
        ("actor=nobody", false),
        ("actor=nobody@contoso.example", false),
        (&format!("target={id}"), true),
        (&format!("target={CLIENT}"), false),
        // Who makes an application owns it.
        (&format!("target={person}"), true),
        ("range=hour", true),
        ("range=own&until=2027-01-15T08:00", false),
        ("range=all", true),
    ] {
        let page = browser.open(&format!("/portal/audit?{query}")).await;
        assert_eq!(page.status(), 200, "{query}: {}", page.html());
        let rows = page.html().split("<tbody>").nth(1).unwrap_or_default();
        assert_eq!(rows.contains("Invoices"), is_there, "{query}: {rows}");
    }
    for query in ["target=orders", "range=own&from=then"] {
        let page = browser.open(&format!("/portal/audit?{query}")).await;
        assert_eq!(page.status(), 400, "{query}");
    }
    site.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_another_tenant_nothing_is_there() {
    let site = site().await;
    let mut browser = browser_of(&site.node, &site.admin).await;
    let id = make(&mut browser).await;
    let number = site.node.db.latest_change().await.expect("it answers");
    let mut other = stranger(&site).await;
    let path = format!("/portal/audit/{number}");
    assert_eq!(browser.open(&path).await.status(), 200);
    assert_eq!(other.open(&path).await.status(), 404);
    for query in [
        "range=all",
        &format!("range=all&target={id}"),
        &format!("actor={ADMIN}"),
    ] {
        let page = other.open(&format!("/portal/audit?{query}")).await;
        assert_eq!(page.status(), 200, "{query}");
        assert!(!page.text().contains("Invoices"), "{query}");
        assert!(!page.html().contains(&path), "{query}");
    }
    site.node.stop().await;
}
