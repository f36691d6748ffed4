use countersign_domain::consent::answer::AnswerForm;
use countersign_domain::directory::Actor;

use super::*;

/// CON-01 on v1.0.
async fn accepting_grants_everything_at_once(world: World) {
    let mut browser = world.browser(GLOBAL).await;
    let page = browser.open(&asks(DAEMON)).await;
    assert_eq!(page.status(), 200, "{page:?}");
    let text = page.text();
    for said in [
        "Daemon asks for permissions in Contoso (contoso.example)",
        DAEMON,
        "Registered by Contoso (contoso.example)",
        "Orders API",
        "Read orders Orders.Read",
        "See every order.",
        "Write orders Orders.Write",
        "Show orders Orders.Show Delegated",
        "Asked for, and not granted",
        "11111111-0000-4000-8000-00000000000f",
        "gets a service principal",
        "good.example",
        "https://good.example/back",
        "Signed in as Global Administrator",
    ] {
        assert!(text.contains(said), "{said}: {text}");
    }
    assert!(!text.contains("another organization"), "{text}");
    assert!(page.has_form("/portal/sign-out"));
    assert_eq!(world.roles(CONTOSO, DAEMON).await, [""; 0]);

    let action = format!("/{CONTOSO}/adminconsent");
    let accepted = browser
        .submit(&page, &action, &[("answer", "accept")])
        .await;
    let roles = world.roles(CONTOSO, DAEMON).await;
    assert_eq!(accepted.status(), 303, "{accepted:?}");
    assert_eq!(
        accepted.location(),
        Some(
            format!("https://good.example/back?tenant={CONTOSO}&state=12345&admin_consent=True")
                .as_str()
        )
    );
    assert_eq!(roles, ["Orders.Read", "Orders.Write"]);
    assert!(world.principal(CONTOSO, DAEMON).await.is_some());
    assert_eq!(world.assigned(CONTOSO, DAEMON).await, 2);
    let consents = world.consents(CONTOSO).await;
    let user_id = world.user(CONTOSO, GLOBAL).await.id;
    assert_eq!(consents.len(), 1);
    assert_eq!(consents[0].actor, Some(Actor::User(user_id)));
    let grants = consents[0]
        .changes
        .iter()
        .filter(|line| line.contains("grant of"));
    assert_eq!(grants.count(), 3, "{:?}", consents[0].changes);
    drop(browser);
    world.stop().await;
}

#[tokio::test]
async fn accepting_grants_everything_at_once_on_sqlite() {
    accepting_grants_everything_at_once(World::start().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn accepting_grants_everything_at_once_on_postgres() {
    accepting_grants_everything_at_once(World::on_postgres().await).await;
}

/// CON-01 on v2.0: everything with `.default`, or delegated permissions by name.
#[tokio::test]
async fn the_newer_form_asks_by_scope() {
    let world = World::start().await;
    let mut browser = world.browser(GLOBAL).await;
    let ask = |scope: &str| {
        format!(
            "/contoso.example/v2.0/adminconsent?client_id={DAEMON}&scope={scope}&redirect_uri={BACK}&state=a%20b"
        )
    };
    let named = ask("api%3A%2F%2Forders%2FOrders.Show");
    let page = browser.open(&named).await;
    assert!(!page.text().contains("Orders.Read"), "{}", page.text());
    let accepted = press(&mut browser, &named, "accept").await;
    assert_eq!(
        accepted.location(),
        Some(format!("https://good.example/back?admin_consent=True&tenant={CONTOSO}&scope=api%3a%2f%2forders%2fOrders.Show&state=a+b").as_str())
    );
    assert_eq!(world.assigned(CONTOSO, DAEMON).await, 0);
    let all = ask("api%3A%2F%2Forders%2F.default");
    let page = browser.open(&all).await;
    assert!(
        page.text()
            .contains("Orders.Show Delegated Already granted"),
        "{}",
        page.text()
    );
    let accepted = press(&mut browser, &all, "accept").await;
    assert_eq!(
        accepted.location(),
        Some(format!("https://good.example/back?admin_consent=True&tenant={CONTOSO}&scope=api%3a%2f%2forders%2f.default&state=a+b").as_str())
    );
    assert_eq!(
        world.roles(CONTOSO, DAEMON).await,
        ["Orders.Read", "Orders.Write"]
    );
    check_refused(
        &browser.open(&ask("api%3A%2F%2Fnone%2F.default")).await,
        500_011,
    );
    check_refused(
        &browser.open(&ask("api%3A%2F%2Forders%2FOrders.Read")).await,
        650_053,
    );
    drop(browser);
    world.stop().await;
}

/// CON-01 for an application of another tenant, through `organizations`.
#[tokio::test]
async fn an_application_of_another_tenant_works_end_to_end() {
    let world = World::start().await;
    let mut browser = world.browser(GLOBAL).await;
    let ask = format!("/organizations/adminconsent?client_id={SHARED}");
    let page = browser.open(&ask).await;
    let text = page.text();
    assert!(text.contains("From another organization"), "{text}");
    assert!(
        text.contains("Registered by Fabrikam (fabrikam.example)"),
        "{text}"
    );
    let accepted = press(&mut browser, &ask, "accept").await;
    assert_eq!(
        accepted.location(),
        Some(format!("https://shared.example/back?tenant={CONTOSO}&admin_consent=True").as_str())
    );
    assert_eq!(world.roles(CONTOSO, SHARED).await, ["Orders.Read"]);
    assert_eq!(world.assigned(FABRIKAM, SHARED).await, 0);
    assert_eq!(world.consents(FABRIKAM).await.len(), 0);
    // A single-tenant application of the other tenant is none here.
    let mut stranger = world.browser(STRANGER).await;
    let ask = format!("/{FABRIKAM}/adminconsent?client_id={DAEMON}&redirect_uri={BACK}");
    check_refused(&stranger.open(&ask).await, 700_016);
    let ask = format!("/common/adminconsent?client_id={DAEMON}&redirect_uri={BACK}");
    check_refused(&stranger.open(&ask).await, 700_016);
    drop((browser, stranger));
    world.stop().await;
}

/// CON-02.
#[tokio::test]
async fn cancel_is_told_and_grants_nothing() {
    let v1 = asks(DAEMON);
    let v2 = format!(
        "/{CONTOSO}/v2.0/adminconsent?client_id={DAEMON}&scope=api://orders/.default&redirect_uri={BACK}"
    );
    for (answer, path, start, end) in [
        (
            AnswerForm::Documented,
            &v1,
            "https://good.example/back?error=permission_denied\
             &error_description=The+admin+canceled+the+request&state=12345",
            "",
        ),
        (
            AnswerForm::Documented,
            &v2,
            "https://good.example/back?admin_consent=True&error=consent_required\
             &error_description=AADSTS65004%3a+User+declined+to+consent+to+access+the+app.%0d%0aTrace+ID%3a+",
            "",
        ),
        (
            AnswerForm::Captured,
            &v1,
            "https://good.example/back?error=access_denied\
             &error_description=AADSTS65004%3a+User+declined+to+consent+to+access+the+app.%0d%0aTrace+ID%3a+",
            "&error_uri=https%3a%2f%2fid.example%2ferror%3fcode%3d65004&admin_consent=True&state=12345#",
        ),
    ] {
        let world = World::start_answering(answer).await;
        let mut browser = world.browser(GLOBAL).await;
        let declined = press(&mut browser, path, "cancel").await;
        let location = declined.location().expect("it redirects");
        assert!(location.starts_with(start), "{location}");
        assert!(location.ends_with(end), "{location}");
        assert!(world.principal(CONTOSO, DAEMON).await.is_none());
        assert_eq!(world.consents(CONTOSO).await.len(), 0);
        drop(browser);
        world.stop().await;
    }
}

/// CON-17: twice at once, a reload, and the back button.
async fn accepting_often_grants_once(world: World) {
    let mut browser = world.browser(GLOBAL).await;
    let page = browser.open(&asks(DAEMON)).await;
    let action = format!("/{CONTOSO}/adminconsent");
    let (mut one, mut other) = (browser.clone(), browser.clone());
    let accept = [("answer", "accept")];
    let (first, second) = tokio::join!(
        one.submit(&page, &action, &accept),
        other.submit(&page, &action, &accept)
    );
    let third = browser.submit(&page, &action, &accept).await;
    let location =
        format!("https://good.example/back?tenant={CONTOSO}&state=12345&admin_consent=True");
    for answer in [first, second, third] {
        assert_eq!(answer.location(), Some(location.as_str()));
    }
    assert_eq!(world.assigned(CONTOSO, DAEMON).await, 2);
    let consents = world.consents(CONTOSO).await;
    assert_eq!(consents.len(), 3, "each is on record");
    assert_eq!(consents[0].changes.len(), 1, "{:?}", consents[0].changes);
    let page = browser.open(&asks(DAEMON)).await;
    assert!(
        page.text().contains("Everything is granted already"),
        "{}",
        page.text()
    );
    drop((browser, one, other));
    world.stop().await;
}

#[tokio::test]
async fn accepting_often_grants_once_on_sqlite() {
    accepting_often_grants_once(World::start().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn accepting_often_grants_once_on_postgres() {
    accepting_often_grants_once(World::on_postgres().await).await;
}
