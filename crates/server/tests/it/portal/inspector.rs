//! The token inspector: what it says of good, bad and strange tokens.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::Site;
use super::observing::{STRANGER, STRANGER_SECRET, browser_of, reader, site, stranger_token};
use crate::browser::{Browser, Page};
use crate::node::{CLIENT, SECRET};

async fn inspect(browser: &mut Browser<'_>, token: &str) -> Page {
    let page = browser.open("/portal/inspector").await;
    assert_eq!(page.status(), 200, "{}", page.html());
    let answer = browser
        .submit(&page, "/portal/inspector", &[("token", token)])
        .await;
    let cache = answer.answer.header("cache-control");
    assert_eq!(cache, Some("no-store"));
    if token.len() > 40 {
        let (start, end) = (&token[..40], &token[token.len() - 40..]);
        assert!(!answer.html().contains(start), "it is not shown again");
        assert!(!answer.html().contains(end), "it is not shown again");
    }
    answer
}

async fn own_token(site: &Site) -> String {
    let answer = site.node.token(CLIENT, SECRET).await.json();
    answer["access_token"].as_str().expect("a token").to_owned()
}

fn written(header: &Value, claims: &Value, signature: &str) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.{signature}", part(header), part(claims))
}

#[track_caller]
fn check_says(page: &Page, status: u16, told: &[&str]) {
    let text = page.text();
    assert_eq!(page.status(), status, "{text}");
    for told in told {
        assert!(text.contains(told), "{told:?} is not in {text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_good_token_is_explained_with_names() {
    let site = Site::start().await;
    let token = own_token(&site).await;
    let mut browser = browser_of(&site.node, &site.admin).await;
    let told = [
        "Signature holds",
        "Time Current",
        "Tenant Contoso",
        "Application that called Daemon",
        "API that it is for Orders API",
        "Roles Orders.Read",
        "2027-01-15 09:00:00 UTC, expires in 1 hour",
        "a client secret",
        "For whom it is: the API that may take it, and no other.",
        "roles has Orders.Read: a valid token without roles opens nothing",
    ];
    let page = inspect(&mut browser, &token).await;
    check_says(&page, 200, &told);
    assert!(page.html().contains("/portal/sign-ins/"));
    assert!(
        !page
            .text()
            .contains("No claim of this server's access tokens.")
    );
    // As it is copied from a request or from the answer.
    let answer = json!({"token_type": "Bearer", "access_token": token}).to_string();
    for pasted in [format!("Bearer {token}\n"), answer] {
        check_says(
            &inspect(&mut browser, &pasted).await,
            200,
            &["Signature holds"],
        );
    }
    // Who may read nothing else may still read what a token says.
    let page = inspect(&mut reader(&site).await, &token).await;
    check_says(&page, 200, &["Signature holds"]);
    site.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn expired_and_tampered_tokens_are_told_apart() {
    let site = Site::start().await;
    let token = own_token(&site).await;
    let mut browser = browser_of(&site.node, &site.admin).await;
    let parts: Vec<&str> = token.split('.').collect();
    let claims = URL_SAFE_NO_PAD.decode(parts[1]).expect("base64url");
    let claims = String::from_utf8(claims).expect("JSON");
    let raised = URL_SAFE_NO_PAD.encode(claims.replace("Orders.Read", "Orders.Write"));
    let tampered = format!("{}.{raised}.{}", parts[0], parts[2]);
    let page = inspect(&mut browser, &tampered).await;
    check_says(&page, 200, &["Signature does not hold", "Orders.Write"]);

    let header = json!({"alg": "RS256", "kid": "of-nobody", "typ": "JWT"});
    let claims: Value = serde_json::from_str(&claims).expect("JSON");
    let page = inspect(&mut browser, &written(&header, &claims, parts[2])).await;
    check_says(&page, 200, &["Unknown key"]);

    site.node.clock.advance_seconds(3_600 + 300);
    let mut browser = browser_of(&site.node, &site.admin).await;
    let page = inspect(&mut browser, &token).await;
    check_says(
        &page,
        200,
        &["Signature holds", "Time Expired", "expired 5 minutes ago"],
    );
    site.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_of_others_are_explained_as_far_as_possible() {
    let site = site().await;
    let mut browser = browser_of(&site.node, &site.admin).await;
    let header = json!({"alg": "RS256", "kid": "k", "typ": "JWT"});
    let foreign = json!({
        "iss": "https://issuer.example", "sub": "<b>repo</b>", "aud": "api://AzureADTokenExchange",
        "exp": "soon", "nested": {"a": [1, "\u{202e}"]},
    });
    let page = inspect(&mut browser, &written(&header, &foreign, "AAAA")).await;
    check_says(
        &page,
        200,
        &[
            "Signature not checked: not our key",
            "<b>repo</b>",
            "not a time",
        ],
    );
    assert!(!page.html().contains("<b>repo"));

    let assertion = json!({
        "iss": CLIENT, "sub": CLIENT, "jti": "1", "exp": 1_800_000_300,
        "aud": "https://id.example/contoso.example/oauth2/v2.0/token",
    });
    let page = inspect(&mut browser, &written(&header, &assertion, "AAAA")).await;
    check_says(
        &page,
        200,
        &["as a client assertion does", "not our key", "Daemon"],
    );

    let none = written(&json!({"alg": "none"}), &foreign, "");
    check_says(
        &inspect(&mut browser, &none).await,
        200,
        &["Not signed", "Anybody can write"],
    );

    // Another tenant's: genuine, and its names stay with that tenant.
    let body = format!(
        "grant_type=client_credentials&client_id={STRANGER}&client_secret={STRANGER_SECRET}\
         &scope=api://project/.default"
    );
    let answer = stranger_token(&site.node, &body).await.json();
    let token = answer["access_token"].as_str().expect("a token");
    let page = inspect(&mut browser, token).await;
    check_says(&page, 200, &["Signature holds", "It is of another tenant"]);
    for name in ["Fabrikam", "Secret Project"] {
        assert!(!page.text().contains(name), "{}", page.text());
    }
    site.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_token_is_told_which_part_is_wrong() {
    let site = Site::start().await;
    let mut browser = browser_of(&site.node, &site.admin).await;
    for (pasted, told) in [
        ("", "Paste a token."),
        ("hello", "three parts"),
        ("a.b.c.d.e", "encrypted"),
        ("e+30.e30.AAAA", "The header is not base64url"),
        ("e30.e-30!.AAAA", "The payload is not base64url"),
        ("e30.e30.AAA=", "The signature is not base64url"),
        ("aGVsbG8.e30.AAAA", "The header is not JSON"),
        ("e30.MQ.AAAA", "The payload is JSON, and not an object"),
        (&"A".repeat(200_000), "This is 200000 bytes long."),
    ] {
        check_says(&inspect(&mut browser, pasted).await, 400, &[told]);
    }
    // Deeper than any parser should follow.
    let deep = URL_SAFE_NO_PAD.encode(format!("{}1{}", "[".repeat(9_000), "]".repeat(9_000)));
    let page = inspect(&mut browser, &format!("e30.{deep}.AAAA")).await;
    check_says(&page, 400, &["The payload is not JSON"]);
    // As big as it can be read: still a page of bearable size.
    let many: serde_json::Map<String, Value> =
        (0..3_000).map(|n| (format!("c{n}"), json!(n))).collect();
    let page = inspect(
        &mut browser,
        &written(&json!({"alg": "RS256"}), &many.into(), "AAAA"),
    )
    .await;
    check_says(&page, 200, &["not our key"]);
    assert!(page.html().len() < 150_000, "{}", page.html().len());
    site.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_page_itself_can_send_a_token() {
    let site = Site::start().await;
    let mut browser = browser_of(&site.node, &site.admin).await;
    let page = browser
        .post("/portal/inspector", &[("token", "e30.e30.AAAA")])
        .await;
    assert_eq!(page.status(), 403);
    let page = browser.open("/portal/inspector?token=e30.e30.AAAA").await;
    assert!(
        !page.text().contains("What it is"),
        "an address is kept in many places"
    );
    site.node.stop().await;
}
