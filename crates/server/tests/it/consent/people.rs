use countersign_domain::directory::RequiredResourceAccess;

use super::*;

/// Whoever has not signed in does so first, and comes back to this very request.
#[tokio::test]
async fn signing_in_comes_first() {
    let world = World::start().await;
    let mut browser = Browser::new(&world.node);
    let asked = browser.open(&asks(DAEMON)).await;
    assert_eq!(asked.status(), 303);
    let next = asks(DAEMON).replace('%', "%25").replace('?', "%3F");
    let next = next
        .replace('=', "%3D")
        .replace('&', "%26")
        .replace('/', "%2F");
    assert_eq!(
        asked.location(),
        Some(format!("/portal/sign-in?next={next}").as_str())
    );
    assert!(
        browser.cookie(SESSION_COOKIE).is_some(),
        "a browser has a token from its first page on"
    );
    drop(browser);
    world.stop().await;
}

/// CON-13.
#[tokio::test]
async fn who_may_not_grant_is_told_whom_to_ask() {
    let world = World::start().await;
    for (person, client, number, roles, is_told_whom) in [
        (READER, DAEMON, 90_094, 4, true),
        (DEVELOPER, DAEMON, 90_094, 4, true),
        (NOBODY, DAEMON, 90_094, 4, false),
        (APPLICATION, READER_OF_GRAPH, 90_093, 2, true),
    ] {
        let mut browser = world.browser(person).await;
        let page = browser.open(&asks(client)).await;
        assert_eq!(page.status(), 403, "{page:?}");
        let text = page.text();
        assert!(text.contains("Need admin approval"), "{text}");
        assert!(text.contains(&format!("AADSTS{number}")), "{text}");
        assert!(text.contains("Privileged Role Administrator"), "{text}");
        assert_eq!(
            text.contains("Cloud Application Administrator"),
            roles == 4,
            "{text}"
        );
        assert_eq!(
            text.contains("(global@contoso.example)"),
            is_told_whom,
            "{person}: {text}"
        );
        assert!(!text.contains("reader@contoso.example)"), "{text}");
        assert!(!page.html().contains("value=\"accept\""), "{}", page.html());
        // A form that was made up grants nothing.
        let fields = [
            ("form_token", page.hidden("form_token")),
            ("fingerprint", fingerprint(&world, client).await),
            ("answer", "accept".to_owned()),
        ];
        let fields: Vec<_> = fields
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        let refused = browser.post(&asks(client), &fields).await;
        assert_eq!(refused.status(), 403, "{refused:?}");
        assert_eq!(refused.answer.header("location"), None);
        let declined = press(&mut browser, &asks(client), "cancel").await;
        let location = declined.location().expect("it redirects");
        assert!(location.contains("error=permission_denied"), "{location}");
    }
    assert_eq!(world.consents(CONTOSO).await.len(), 0);
    // What its role is enough for, an Application Administrator grants.
    let mut browser = world.browser(APPLICATION).await;
    let accepted = press(&mut browser, &asks(DAEMON), "accept").await;
    assert_eq!(accepted.status(), 303);
    assert_eq!(world.roles(CONTOSO, DAEMON).await.len(), 2);
    drop(browser);
    world.stop().await;
}

/// What the page of somebody who may accept carries.
async fn fingerprint(world: &World, client: &str) -> String {
    let mut browser = world.browser(GLOBAL).await;
    browser.open(&asks(client)).await.hidden("fingerprint")
}

/// CON-14.
#[tokio::test]
async fn an_administrator_of_another_tenant_grants_nothing_here() {
    let world = World::start().await;
    let mut browser = world.browser(STRANGER).await;
    let told = browser.open(&asks(DAEMON)).await;
    let location = told.location().expect("it redirects").to_owned();
    let start = "https://good.example/back?error=access_denied&error_description=AADSTS50020%3a+";
    assert!(location.starts_with(start), "{location}");
    assert!(location.ends_with("&state=12345"), "{location}");
    let token = browser
        .cookie(SESSION_COOKIE)
        .expect("a cookie")
        .value
        .clone();
    let token = SessionToken::parse(&token).expect("a token").form_token();
    let fields = [
        ("form_token", token.as_str()),
        ("fingerprint", &fingerprint(&world, DAEMON).await),
        ("answer", "accept"),
    ];
    let told = browser.post(&asks(DAEMON), &fields).await;
    assert!(
        told.location().is_some_and(|to| to.starts_with(start)),
        "{told:?}"
    );
    assert!(world.principal(CONTOSO, DAEMON).await.is_none());
    // Through `common`, the tenant is the person's own.
    let ask = format!("/common/adminconsent?client_id={SHARED}");
    check_refused(&browser.open(&ask).await, 650_052);
    assert_eq!(world.assigned(CONTOSO, SHARED).await, 0);
    drop(browser);
    world.stop().await;
}

/// Roles are those of the moment of accepting.
#[tokio::test]
async fn a_role_that_is_lost_meanwhile_does_not_count() {
    let world = World::start().await;
    let mut browser = world.browser(GLOBAL).await;
    let page = browser.open(&asks(DAEMON)).await;
    let user_id = world.user(CONTOSO, GLOBAL).await.id;
    world
        .write(&[Write::RemoveRoleMember {
            tenant_id: tenant_id(CONTOSO),
            user_id,
            role: DirectoryRole::GlobalAdministrator,
        }])
        .await;
    let action = format!("/{CONTOSO}/adminconsent");
    let refused = browser
        .submit(&page, &action, &[("answer", "accept")])
        .await;
    assert_eq!(refused.status(), 403, "{refused:?}");
    assert!(refused.text().contains("Need admin approval"));
    let mut user = world.user(CONTOSO, GLOBAL).await;
    user.account_enabled = false;
    world.write(&[Write::UpdateUser(user)]).await;
    let asked = browser
        .submit(&page, &action, &[("answer", "accept")])
        .await;
    assert!(
        asked
            .location()
            .is_some_and(|to| to.starts_with("/portal/sign-in")),
        "{asked:?}"
    );
    assert!(world.principal(CONTOSO, DAEMON).await.is_none());
    drop(browser);
    world.stop().await;
}

/// Nobody grants what they have not read.
#[tokio::test]
async fn a_list_that_has_changed_is_shown_again() {
    let world = World::start().await;
    let mut browser = world.browser(GLOBAL).await;
    let page = browser.open(&asks(DAEMON)).await;
    let mut application = world.application(DAEMON).await;
    let more: RequiredResourceAccess = serde_json::from_value(serde_json::json!({
        "resourceAppId": "00000003-0000-0000-c000-000000000000",
        "resourceAccess": [{"id": "7ab1d382-f21e-4acd-a863-ba3e13f7da61", "type": "Role"}],
    }))
    .expect("a good request");
    application.manifest.required_resource_access.push(more);
    world.write(&[Write::UpdateApplication(application)]).await;
    let action = format!("/{CONTOSO}/adminconsent");
    let again = browser
        .submit(&page, &action, &[("answer", "accept")])
        .await;
    assert_eq!(again.status(), 409, "{again:?}");
    assert!(
        again.text().contains("has changed while you were reading"),
        "{}",
        again.text()
    );
    assert!(
        again.text().contains("Directory.Read.All"),
        "{}",
        again.text()
    );
    assert!(world.principal(CONTOSO, DAEMON).await.is_none());
    let accepted = browser
        .submit(&again, &action, &[("answer", "accept")])
        .await;
    assert_eq!(accepted.status(), 303, "{accepted:?}");
    assert_eq!(world.assigned(CONTOSO, DAEMON).await, 3);
    drop(browser);
    world.stop().await;
}

/// CON-10: accepting needs a recent proof, cancelling does not.
#[tokio::test]
async fn an_old_sign_in_is_not_enough_for_accepting() {
    let world = World::start().await;
    let mut browser = world.browser(GLOBAL).await;
    world.node.clock.advance_seconds(899);
    let page = browser.open(&asks(DAEMON)).await;
    world.node.clock.advance_seconds(1);
    let action = format!("/{CONTOSO}/adminconsent");
    let asked = browser
        .submit(&page, &action, &[("answer", "accept")])
        .await;
    let location = asked.location().expect("it redirects");
    assert!(
        location.starts_with("/portal/sign-in?next=%2F"),
        "{location}"
    );
    assert!(location.ends_with("&again=1"), "{location}");
    assert!(world.principal(CONTOSO, DAEMON).await.is_none());
    let declined = browser
        .submit(&page, &action, &[("answer", "cancel")])
        .await;
    assert!(
        declined
            .location()
            .is_some_and(|to| to.starts_with("https://good.example/back?error="))
    );
    drop(browser);
    world.stop().await;
}
