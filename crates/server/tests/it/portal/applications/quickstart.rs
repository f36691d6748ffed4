//! Ready lines for clients.

use super::{DAEMON, STRANGER, World, check_name};

const CLIENTS: [&str; 8] = [
    "curl",
    "python",
    "node",
    "go",
    "java",
    "rust",
    "az",
    "terraform",
];

#[tokio::test(flavor = "multi_thread")]
async fn lines_are_filled_in_for_every_client() {
    let world = World::start().await;
    let mut admin = world.administrator().await;
    let tab = world.page_of(DAEMON, "quickstart").await;
    for client in CLIENTS {
        let page = admin.browser.open(&format!("{tab}?for={client}")).await;
        check_name(&page);
        let text = page.text();
        for expected in [
            DAEMON,
            "c0000000-0000-4000-8000-00000000000c",
            "id.example",
            "AZURE_CLIENT_SECRET",
        ] {
            assert!(text.contains(expected), "{client}: {expected} in {text}");
        }
        // Terraform asks for a token to the directory itself.
        let names_scope = text.contains("api://orders/.default");
        assert_eq!(names_scope, client != "terraform", "{client}");
        for left in ["{base_url}", "{host}", "{tenant}", "{client}", "{scope}"] {
            assert!(!text.contains(left), "{client}: {left}");
        }
    }
    let page = admin.browser.open(&format!("{tab}?for=%3Cscript%3E")).await;
    check_name(&page);
    assert!(page.text().contains("curl --fail-with-body"), "the first");
    world.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_without_an_api_is_told_so() {
    let world = World::start().await;
    let mut admin = world.administrator().await;
    let orders = world.contoso().await;
    let orders = orders.applications.iter();
    let orders = orders
        .map(|known| (known.app_id.to_string(), known.id))
        .find(|(app_id, _)| app_id != DAEMON);
    let (_, id) = orders.expect("the API");
    let tab = format!("/portal/applications/{id}/quickstart");
    let page = admin.browser.open(&tab).await;
    assert_eq!(page.status(), 200);
    assert!(page.text().contains("may call no API yet"));
    assert!(page.text().contains("api://YOUR-API/.default"));
    world.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_tenants_application_is_not_there() {
    let world = World::start().await;
    let mut admin = world.administrator().await;
    let tab = world.page_of(STRANGER, "quickstart").await;
    assert_eq!(admin.browser.open(&tab).await.status(), 404);
    world.node.stop().await;
}
