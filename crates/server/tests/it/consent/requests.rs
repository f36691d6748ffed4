use super::*;

/// CON-05: before anybody has signed in, so it is a page for everybody.
#[tokio::test]
async fn an_unregistered_uri_is_never_followed() {
    let world = World::start().await;
    let mut anonymous = Browser::new(&world.node);
    let mut administrator = world.browser(GLOBAL).await;
    for uri in [
        "https%3A%2F%2Fevil.example%2Fback",
        "https%3A%2F%2Fgood.example%2FBack",
        "https%3A%2F%2Fgood.example%2Fback%2Fmore",
        "https%3A%2F%2Fgood.example%2Fback%3Fa%3Db",
        "https%3A%2F%2Fgood.example%2Fother%2F..%2Fback",
        "https%3A%2F%2Fgood.example%252Fback",
        "https%3A%2F%2Fgood.example%2F%252e%252e%2Fback",
        "https%3A%2F%2Fgood.example%3A8443%2Fback",
        "https%3A%2F%2Fgood.example%40evil.example%2Fback",
        "%2F%2Fevil.example",
        "%5C%5Cevil.example",
        "https%3A%5C%5Cgood.example%2Fback",
        "https%3A%2F%2Fgood.example%2Fba%09ck",
        "javascript%3Aalert(1)",
        "http%3A%2F%2Fgood.example%2Fback",
    ] {
        let ask = path(
            CONTOSO,
            &format!("client_id={DAEMON}&redirect_uri={uri}&state=1"),
        );
        for browser in [&mut anonymous, &mut administrator] {
            check_refused(&browser.open(&ask).await, 50_011);
        }
    }
    // A free port of this machine, and segments below a path where an application has them.
    let local = "http%3A%2F%2Flocalhost%3A49152%2Fmyapp";
    let ask = path(CONTOSO, &format!("client_id={DAEMON}&redirect_uri={local}"));
    assert_eq!(administrator.open(&ask).await.status(), 200);
    let below = format!("client_id={BELOW}&redirect_uri={BACK}%2Fpermissions");
    let page = administrator.open(&path(CONTOSO, &below)).await;
    assert_eq!(page.status(), 200, "{page:?}");
    let newer = format!("/{CONTOSO}/v2.0/adminconsent?{below}&scope=openid");
    check_refused(&administrator.open(&newer).await, 50_011);
    let above = format!("client_id={BELOW}&redirect_uri={BACK}%2F%252e%252e%2Fevil");
    check_refused(&administrator.open(&path(CONTOSO, &above)).await, 50_011);
    drop((anonymous, administrator));
    world.stop().await;
}

/// CON-06.
#[tokio::test]
async fn what_cannot_be_answered_is_a_page() {
    let world = World::start().await;
    let mut browser = world.browser(GLOBAL).await;
    let good = format!("client_id={DAEMON}&redirect_uri={BACK}");
    for (path, number) in [
        (
            path(CONTOSO, "client_id=aaaaaaaa-0000-4000-8000-0000000000ff"),
            700_016,
        ),
        (path(CONTOSO, &format!("redirect_uri={BACK}")), 900_144),
        (path(CONTOSO, "client_id=daemon"), 700_038),
        (path(CONTOSO, &format!("client_id={UNREACHABLE}")), 500_113),
        (
            path(CONTOSO, &format!("{good}&client_id={DAEMON}")),
            9_002_313,
        ),
        (path("nowhere.example", &good), 90_002),
        (path("f0000000-0000-4000-8000-0000000000ff", &good), 90_002),
        (path("consumers", &good), 90_002),
        (format!("/{CONTOSO}/v2.0/adminconsent?{good}"), 900_144),
        (format!("/{CONTOSO}/adminconsent"), 900_144),
    ] {
        check_refused(&browser.open(&path).await, number);
        check_refused(&Browser::new(&world.node).open(&path).await, number);
    }
    // What was asked for is text on the page.
    let page = browser
        .open("/%3Cscript%3E.example/adminconsent?client_id=1")
        .await;
    assert!(!page.html().contains("<script>"), "{}", page.html());
    let request = format!(
        "PUT {} HTTP/1.1\r\nHost: id.example\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
        asks(DAEMON)
    );
    let answer = world.node.exchange(&request).await;
    assert_eq!(answer.status, 405, "{answer:?}");
    drop(browser);
    world.stop().await;
}

/// CON-07.
#[tokio::test]
async fn the_state_comes_back_as_it_was() {
    let world = World::start().await;
    let mut browser = world.browser(GLOBAL).await;
    let printable: String = (' '..='~').cycle().take(4_096).collect();
    let encode =
        |text: &str| -> String { text.bytes().map(|byte| format!("%{byte:02X}")).collect() };
    for state in [
        "a=b&c#d%20+\u{fc}",
        "\r\nSet-Cookie: a=b",
        "<script>",
        &printable,
    ] {
        let query = format!(
            "client_id={DAEMON}&redirect_uri={BACK}&state={}",
            encode(state)
        );
        let declined = press(&mut browser, &path(CONTOSO, &query), "cancel").await;
        let location = declined.location().expect("it redirects");
        let (_, echoed) = location.split_once("&state=").expect("a state");
        let decoded = countersign_domain::oauth::form::pairs(format!("state={echoed}").as_bytes())
            .next()
            .and_then(Result::ok)
            .map(|(_, value)| value.into_owned());
        assert_eq!(decoded.as_deref(), Some(state));
        // Signing in does not lose it.
        let asked = Browser::new(&world.node).open(&path(CONTOSO, &query)).await;
        let location = asked.location().expect("it redirects").to_owned();
        let next = location
            .strip_prefix("/portal/sign-in?next=")
            .expect("to sign in");
        assert!(next.len() > state.len(), "{location}");
    }
    let without = path(CONTOSO, &format!("client_id={DAEMON}&redirect_uri={BACK}"));
    let accepted = press(&mut browser, &without, "accept").await;
    let location = accepted.location().expect("it redirects");
    assert!(!location.contains("state"), "{location}");
    drop(browser);
    world.stop().await;
}

/// CON-08.
#[tokio::test]
async fn names_of_applications_are_text() {
    let world = World::start().await;
    // No way in takes such a name; the page does not rely on that.
    let mut application = world.application(NASTY).await;
    let name = application.display_name.clone();
    application.display_name = format!("{name}\u{202e}gpj.exe{}", "x".repeat(1_000));
    world.write(&[Write::UpdateApplication(application)]).await;
    for person in [GLOBAL, READER] {
        let mut browser = world.browser(person).await;
        let query = format!(
            "client_id={NASTY}&redirect_uri={BACK}&state=%22%3E%3Cscript%3Ealert(3)%3C%2Fscript%3E"
        );
        let page = browser.open(&path(CONTOSO, &query)).await;
        let html = page.html();
        for markup in ["<img", "<script>", "alert(3)<", "\u{202e}", "javascript:"] {
            assert!(!html.contains(markup), "{markup}: {html}");
        }
        assert!(
            page.text().contains("<img src=x onerror=alert(1)>"),
            "{html}"
        );
        let policy = page
            .answer
            .header("content-security-policy")
            .expect("a policy");
        assert!(policy.contains("default-src 'none'"), "{policy}");
        assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
        assert!(policy.contains("form-action 'self' https:"), "{policy}");
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(page.answer.header("x-frame-options"), Some("DENY"));
        assert_eq!(page.answer.header("cache-control"), Some("no-store"));
    }
    world.stop().await;
}
