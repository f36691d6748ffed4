//! The sign-in log: every request is found, and says why.

use countersign_domain::clock::Clock;
use countersign_domain::directory::{ClientCredentialType, SignIn};
use countersign_domain::ids::{CorrelationId, TraceId};
use countersign_server::SystemRandom;

use super::observing::{STRANGER_SECRET, browser_of, reader, site, stranger, stranger_token};
use super::{ADMIN, Site};
use crate::browser::{Browser, Page};
use crate::node::{CLIENT, SECRET, apply, within_the_bound};

const OWN_ID: &str = "0e2f6a50-9c3b-4d53-8f5e-6b7a8c9d0e1f";

/// Opens a page until it redirects: entries are written a moment after the answer.
async fn found(browser: &mut Browser<'_>, path: &str) -> Page {
    let mut last = browser.open(path).await;
    within_the_bound(async || {
        last = browser.open(path).await;
        last.location().is_some()
    })
    .await;
    browser.follow(last).await
}

/// A token request with the client's own id for it.
async fn ask(site: &Site, secret: &str) -> crate::node::Answer {
    let body = format!(
        "grant_type=client_credentials&client_id={CLIENT}&client_secret={secret}\
         &scope=api://orders/.default&client-request-id={OWN_ID}"
    );
    site.node
        .post("/contoso.example/oauth2/v2.0/token", &body)
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_found_by_what_its_error_body_says() {
    let site = Site::start().await;
    let refused = ask(&site, "wrong").await;
    let body = refused.json();
    assert_eq!(body["correlation_id"], OWN_ID);
    let trace_id = refused.trace_id().to_string();
    let mut browser = browser_of(&site.node, &site.admin).await;
    let message = body["error_description"].as_str().expect("a text");
    let message = message
        .replace(' ', "%20")
        .replace('\'', "%27")
        .replace('\n', "%0A");
    let message = message.replace('\r', "%0D");
    for wanted in [&trace_id, OWN_ID, &message] {
        let page = found(&mut browser, &format!("/portal/sign-ins?id={wanted}")).await;
        assert_eq!(page.status(), 200, "{}", page.html());
        let text = page.text();
        for told in [
            "Refused (7000215)",
            "Invalid client secret provided.",
            "AADSTS7000215",
            "Send the secret's value, encoded once; nothing is trimmed.",
            "Daemon",
            CLIENT,
            "127.0.0.1",
            &trace_id,
            OWN_ID,
        ] {
            assert!(text.contains(told), "{told} in {text}");
        }
        assert!(!text.contains("wrong"), "{text}");
    }

    // The client uses its id once more: now there are two to choose from.
    assert_eq!(ask(&site, SECRET).await.number(), 0);
    within_the_bound(async || {
        let page = browser.open(&format!("/portal/sign-ins?id={OWN_ID}")).await;
        page.status() == 200 && page.html().matches("/portal/sign-ins/").count() == 2
    })
    .await;
    site.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_says_what_proved_it_and_people_are_shown_as_people() {
    let site = Site::start().await;
    let granted = ask(&site, SECRET).await;
    assert_eq!(granted.number(), 0);
    let mut browser = site.signed_in().await;
    let page = found(&mut browser, &format!("/portal/sign-ins?id={OWN_ID}")).await;
    let text = page.text();
    assert!(
        text.contains("Daemon proved who it is with a current secret"),
        "{text}"
    );
    assert!(text.contains("Credential that matched one"), "{text}");
    assert!(
        page.html().contains("/credentials\">one</a>"),
        "{}",
        page.html()
    );
    assert!(page.html().contains("/portal/enterprise-applications/"));

    site.people_log(1).await;
    let list = browser.open("/portal/sign-ins").await;
    assert!(
        list.text().contains(&format!("{ADMIN} (person)")),
        "{}",
        list.text()
    );
    site.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_leave_out_what_does_not_fit() {
    let site = Site::start().await;
    ask(&site, "wrong").await;
    let mut browser = browser_of(&site.node, &site.admin).await;
    let all = "/portal/sign-ins?range=all";
    within_the_bound(async || browser.open(all).await.text().contains("7000215")).await;
    for (query, granted, refused) in [
        ("", true, true),
        ("result=granted", true, false),
        ("result=refused", false, true),
        ("application=daem", true, true),
        (&format!("application={CLIENT}"), true, true),
        ("application=orders", false, false),
        ("application=nobody", false, false),
        ("resource=orders&result=granted", true, false),
        ("resource=daemon", false, false),
        (
            "range=own&from=2027-01-15T07:59&until=2027-01-15T08:01",
            true,
            true,
        ),
        ("range=own&until=2027-01-15T08:00", false, false),
        ("range=own", true, true),
        ("range=month&result=refused", false, true),
    ] {
        let page = browser.open(&format!("/portal/sign-ins?{query}")).await;
        assert_eq!(page.status(), 200, "{query}: {}", page.html());
        let text = page.text();
        let rows = text.rfind("Address").map_or("", |start| &text[start..]);
        let found = (
            rows.contains(" Granted "),
            rows.contains("Refused (7000215)"),
        );
        assert_eq!(found, (granted, refused), "{query}: {text}");
    }
    let page = browser.open("/portal/sign-ins?range=own&from=soon").await;
    assert_eq!(page.status(), 400);
    assert!(
        page.text().contains("A time has the form"),
        "{}",
        page.text()
    );
    site.node.stop().await;
}

fn next_link(page: &Page) -> Option<String> {
    let (before, _) = page.html().split_once("\" rel=\"next\"")?;
    let (_, link) = before.rsplit_once("href=\"")?;
    Some(link.replace("&#38;", "&").replace("&amp;", "&"))
}

#[tokio::test(flavor = "multi_thread")]
async fn charts_count_and_pages_follow_each_other() {
    let site = Site::start().await;
    let now = site.node.clock.now();
    let one = |number: i64| SignIn {
        id: TraceId::random(&SystemRandom),
        at: now.plus_seconds(-number),
        tenant_id: Some(site.admin.tenant_id),
        correlation_id: CorrelationId::random(&SystemRandom),
        app_id: Some(CLIENT.parse().expect("a GUID")),
        service_principal_id: None,
        resource_app_id: None,
        credential_type: ClientCredentialType::ClientSecret,
        credential_key_id: None,
        error_code: 7_000_215,
        reason: Some("Invalid client secret provided.".to_owned()),
        ip_address: format!("192.0.2.{number}"),
        is_assertion_reused: false,
        user_id: None,
    };
    let entries: Vec<SignIn> = (1..=120).map(one).collect();
    site.node.db.record_sign_ins(&entries).await.expect("new");
    let mut browser = browser_of(&site.node, &site.admin).await;
    let path = format!("/portal/sign-ins?application={CLIENT}&result=refused");
    let mut page = browser.open(&path).await;
    assert!(
        page.text().contains("120 refused in all."),
        "{}",
        page.text()
    );
    assert!(page.html().contains("role=\"img\""));
    let mut seen = 0;
    loop {
        seen += page.html().matches("<td data-label=\"Address\"").count();
        let Some(next) = next_link(&page) else {
            break;
        };
        page = browser.open(&next).await;
        assert_eq!(page.status(), 200, "{}", page.html());
        assert!(page.html().len() < 150_000);
    }
    assert_eq!(seen, 120);

    let home = browser.open("/portal").await.text();
    assert!(home.contains("120 refused in all."), "{home}");
    assert!(home.contains("Invalid client secret provided."), "{home}");
    site.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_another_tenant_nothing_is_there() {
    let site = site().await;
    let body = format!(
        "grant_type=client_credentials&client_id={}&client_secret={STRANGER_SECRET}x\
         &scope=api://project/.default",
        super::observing::STRANGER
    );
    let trace_id = stranger_token(&site.node, &body).await.trace_id();
    let own_entry = format!("/portal/sign-ins/{trace_id}");
    let mut other = stranger(&site).await;
    within_the_bound(async || other.open(&own_entry).await.status() == 200).await;

    let mut browser = browser_of(&site.node, &site.admin).await;
    assert_eq!(browser.open(&own_entry).await.status(), 404);
    for query in [
        format!("id={trace_id}"),
        "range=month".to_owned(),
        format!("application={}", super::observing::STRANGER),
        "application=secret".to_owned(),
    ] {
        let page = browser.open(&format!("/portal/sign-ins?{query}")).await;
        assert_eq!(page.status(), 200, "{query}");
        assert!(!page.text().contains("Secret Project"), "{query}");
        assert!(
            !page.html().contains(&format!("sign-ins/{trace_id}")),
            "{query}"
        );
    }
    // The link to a further page is for the one who got it.
    let page = other.open("/portal/sign-ins?page=%24skiptoken%3Dx").await;
    assert_eq!(page.status(), 400);
    site.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn logs_are_for_those_who_may_read_them() {
    let site = Site::start().await;
    let mut browser = reader(&site).await;
    for path in [
        "/portal/sign-ins",
        "/portal/sign-ins?id=11111111-1111-4111-8111-111111111111",
        "/portal/sign-ins/11111111-1111-4111-8111-111111111111",
        "/portal/audit",
        "/portal/audit/1",
        "/portal/health",
    ] {
        assert_eq!(browser.open(path).await.status(), 403, "{path}");
    }
    let home = browser.open("/portal").await;
    assert_eq!(home.status(), 200);
    assert!(home.text().contains("Sign-ins are shown to administrators"));
    let mut nobody = site.browser();
    let page = nobody.open("/portal/sign-ins").await;
    assert_eq!(
        page.location(),
        Some("/portal/sign-in?next=%2Fportal%2Fsign-ins")
    );
    site.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_others_wrote_is_text() {
    let site = Site::start().await;
    let markup = "
tenants:
- displayName: Contoso
  domains: [contoso.example]
  applications:
  - displayName: '<img src=x onerror=alert(1)>\"&'
    appId: cccccccc-0000-4000-8000-000000000001
";
    apply(&site.node.db, markup).await;
    let body = "grant_type=client_credentials&client_id=cccccccc-0000-4000-8000-000000000001\
                &client_secret=x&scope=%3Cscript%3Ealert(1)%3C%2Fscript%3E/.default";
    within_the_bound(async || {
        let answer = site.node.post("/contoso.example/oauth2/v2.0/token", body);
        answer.await.number() != 700_016
    })
    .await;
    let mut browser = browser_of(&site.node, &site.admin).await;
    let listed = "<img src=x onerror=alert(1)>\"&";
    within_the_bound(async || {
        browser
            .open("/portal/sign-ins")
            .await
            .text()
            .contains(listed)
    })
    .await;
    for path in [
        "/portal",
        "/portal/sign-ins",
        "/portal/sign-ins?result=refused",
        "/portal/sign-ins?application=%3Cscript%3Ealert(1)%3C/script%3E",
        "/portal/sign-ins?id=%22%3E%3Cscript%3Ealert(1)%3C/script%3E",
        "/portal/audit",
        "/portal/audit?actor=%22%3E%3Cscript%3Ealert(1)%3C/script%3E",
        "/portal/audit?activity='%22%3E%3Cscript%3Ealert(1)%3C/script%3E",
    ] {
        let page = browser.open(path).await;
        assert_eq!(page.status(), 200, "{path}: {}", page.html());
        assert!(!page.html().contains("<img"), "{path}");
        assert!(!page.html().contains("<script>"), "{path}");
    }
    site.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn odd_addresses_are_answered() {
    let site = Site::start().await;
    let mut browser = browser_of(&site.node, &site.admin).await;
    for path in [
        "/portal/sign-ins?page=%24filter%3Dx",
        "/portal/sign-ins?page=%24top%3D999999",
        "/portal/sign-ins?application=%00&resource=%FF",
        "/portal/sign-ins?application=%22%5C%22&range=%27",
        "/portal/sign-ins?range=own&from=9999-12-31T23:59&until=0000-01-01T00:00",
        "/portal/sign-ins?range=own&from=0001-01-01T00:00",
        "/portal/sign-ins?range=a&range=b",
        "/portal/sign-ins/..%2f..%2fapplications",
        "/portal/sign-ins/%00",
        "/portal/audit/-1",
        "/portal/audit/99999999999999999999",
        "/portal/audit?target=x",
        "/portal/audit?actor=a@b'c",
        "/portal/audit?actor=%40",
    ] {
        let status = browser.open(path).await.status();
        assert!((200..500).contains(&status), "{path}: {status}");
    }
    site.node.stop().await;
}
