//! Nobody is offered a form that their roles never let them send.

use super::{DAEMON, Person, World};

/// The addresses that the forms of a page send to, without those of its frame and of what only reads.
async fn forms(person: &mut Person<'_>, address: &str) -> Vec<String> {
    let page = person.browser.open(address).await;
    assert_eq!(page.status(), 200, "{address}: {}", page.text());
    let actions = page.html().split("<form ").skip(1);
    let posts = actions.filter(|form| {
        let tag = form.split('>').next().unwrap_or_default();
        tag.contains("method=\"post\"")
    });
    let actions = posts.filter_map(|form| form.split("action=\"").nth(1)?.split('"').next());
    let frame = ["/portal/sign-out"];
    actions
        .filter(|action| !frame.contains(action) && !action.ends_with("/federated/try"))
        .map(str::to_owned)
        .collect()
}

const TABS: [&str; 6] = [
    "",
    "credentials",
    "federated?template=other",
    "expose",
    "permissions",
    "owners",
];

#[tokio::test(flavor = "multi_thread")]
async fn readers_are_offered_no_form() {
    let world = World::start().await;
    let (mut admin, mut reader) = (world.administrator().await, world.reader().await);
    let mut developer = world.developer().await;
    let state = world.contoso().await;
    let principals = state.service_principals.iter();
    let principal = principals.map(|one| one.id).next().expect("one");
    let mut addresses = Vec::new();
    for tab in TABS {
        addresses.push(
            world
                .page_of(DAEMON, tab)
                .await
                .trim_end_matches('/')
                .to_owned(),
        );
    }
    for tab in ["", "/assigned"] {
        addresses.push(format!("/portal/enterprise-applications/{principal}{tab}"));
    }
    for address in &addresses {
        // The first shows forms only where there is something to revoke, or to assign.
        let is_search = address.ends_with("/assigned");
        assert!(
            is_search || !forms(&mut admin, address).await.is_empty(),
            "{address}"
        );
        for person in [&mut reader, &mut developer] {
            assert_eq!(
                forms(person, address).await,
                Vec::<String>::new(),
                "{address}"
            );
            let page = person.browser.open(address).await;
            assert!(
                page.text().contains("Only a Global Administrator"),
                "{address}"
            );
        }
    }
    let list = "/portal/applications";
    let offers = async |person: &mut Person<'_>| {
        let page = person.browser.open(list).await;
        page.html().contains("/portal/applications/new")
    };
    assert!(offers(&mut admin).await && offers(&mut developer).await);
    assert!(!offers(&mut reader).await);
    world.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_changes_what_is_owned_and_grants_nothing() {
    let world = World::start().await;
    let mut developer = world.developer().await;
    let fields = [("display_name", "Nightly"), ("audience", "single")];
    let made = developer.send("/portal/applications/new", &fields).await;
    let address = made.location().expect("the new application").to_owned();
    let address = address.split('?').next().unwrap_or_default().to_owned();
    let own = forms(&mut developer, &address).await;
    assert!(own.contains(&format!("{address}/delete")), "{own:?}");
    let page = developer.browser.open(&address).await;
    assert!(!page.text().contains("Only a Global Administrator"));
    let page = developer
        .browser
        .open(&format!("{address}/permissions"))
        .await;
    assert!(page.text().contains("can grant permissions"));
    world.node.stop().await;
}
