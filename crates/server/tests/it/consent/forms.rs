use super::*;

/// CON-03: only this browser's own page, in this session, can accept.
#[tokio::test]
async fn forms_of_others_grant_nothing() {
    let world = World::start().await;
    let mut browser = world.browser(GLOBAL).await;
    let page = browser.open(&asks(DAEMON)).await;
    let fingerprint = page.hidden("fingerprint");
    let own = page.hidden("form_token");
    let mut other = world.browser(APPLICATION).await;
    let others = other.open(&asks(DAEMON)).await.hidden("form_token");
    let mut anonymous = Browser::new(&world.node);
    anonymous.open(&asks(DAEMON)).await;
    let before = anonymous
        .cookie(SESSION_COOKIE)
        .expect("a cookie")
        .value
        .clone();
    let before = SessionToken::parse(&before).expect("a token").form_token();
    let same = [
        ("Origin", "https://id.example"),
        ("Sec-Fetch-Site", "same-origin"),
    ];
    let foreign = [("Origin", "https://evil.example")];
    let cross = [("Sec-Fetch-Site", "cross-site")];
    let none = [("Origin", "null")];
    let headers: [(&[(&str, &str)], &str); 8] = [
        (&same, ""),
        (&same, "x"),
        (&same, &others),
        (&same, &before),
        (&foreign, &own),
        (&cross, &own),
        (&none, &own),
        (&[("Sec-Fetch-Site", "same-site")], &own),
    ];
    for (headers, token) in headers {
        let fields = [
            ("form_token", token),
            ("fingerprint", &fingerprint),
            ("answer", "accept"),
        ];
        let refused = browser.post_as(&asks(DAEMON), headers, &fields).await;
        assert_eq!(refused.status(), 403, "{headers:?} {token}");
        assert_eq!(refused.answer.header("location"), None);
    }
    assert!(world.principal(CONTOSO, DAEMON).await.is_none());
    // With a token of its own a browser without a session has to sign in first.
    let fields = [
        ("form_token", before.as_str()),
        ("fingerprint", &fingerprint),
        ("answer", "accept"),
    ];
    let asked = anonymous.post(&asks(DAEMON), &fields).await;
    let location = asked.location().expect("it redirects");
    assert!(
        location.starts_with("/portal/sign-in?next=%2F"),
        "{location}"
    );
    assert!(world.principal(CONTOSO, DAEMON).await.is_none());
    // Neither button, and a body that is no form.
    let neither = browser
        .submit(&page, &format!("/{CONTOSO}/adminconsent"), &[])
        .await;
    assert_eq!(neither.status(), 400, "{neither:?}");
    // The same fields, sent by the page itself, are what grants.
    let accepted = press(&mut browser, &asks(DAEMON), "accept").await;
    assert_eq!(accepted.status(), 303);
    drop((browser, other, anonymous));
    world.stop().await;
}

/// No method but POST changes anything.
#[tokio::test]
async fn opening_the_page_grants_nothing() {
    let world = World::start().await;
    let mut browser = world.browser(GLOBAL).await;
    let page = browser.open(&asks(DAEMON)).await;
    let fingerprint = page.hidden("fingerprint");
    let token = page.hidden("form_token");
    let ask = format!(
        "{}&answer=accept&form_token={token}&fingerprint={fingerprint}",
        asks(DAEMON)
    );
    assert_eq!(browser.open(&ask).await.status(), 200);
    assert!(world.principal(CONTOSO, DAEMON).await.is_none());
    drop(browser);
    world.stop().await;
}
