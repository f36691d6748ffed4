use countersign_domain::directory::AppRoleAssignment;
use countersign_domain::graph::body::ASSIGNMENTS_MAX;
use countersign_domain::ids::{AppRoleId, AssignmentId};

use super::*;

/// The limit of the API holds on the page too.
#[tokio::test]
async fn an_application_gets_no_more_roles_than_the_api_allows() {
    let world = World::start().await;
    let principal = {
        let mut browser = world.browser(GLOBAL).await;
        let named = format!(
            "/{CONTOSO}/v2.0/adminconsent?client_id={DAEMON}&scope=api://orders/Orders.Show&redirect_uri={BACK}"
        );
        press(&mut browser, &named, "accept").await;
        world
            .principal(CONTOSO, DAEMON)
            .await
            .expect("it is made")
            .principal
    };
    let orders = world
        .principal(CONTOSO, ORDERS)
        .await
        .expect("it is there")
        .principal;
    let writes: Vec<Write> = (1..ASSIGNMENTS_MAX)
        .map(|_| {
            Write::AddAssignment(AppRoleAssignment {
                id: AssignmentId::random(&SystemRandom),
                tenant_id: principal.tenant_id,
                principal_id: principal.id,
                resource_id: orders.id,
                app_role_id: AppRoleId::random(&SystemRandom),
                created_at: principal.created_at,
            })
        })
        .collect();
    world.write(&writes).await;
    let mut browser = world.browser(GLOBAL).await;
    let refused = press(&mut browser, &asks(DAEMON), "accept").await;
    assert_eq!(refused.status(), 400, "{refused:?}");
    assert!(
        refused
            .text()
            .contains("more than 1500 app role assignments"),
        "{}",
        refused.text()
    );
    let Write::AddAssignment(one) = &writes[0] else {
        unreachable!("they are assignments");
    };
    world
        .write(&[Write::RemoveAssignment {
            tenant_id: one.tenant_id,
            id: one.id,
        }])
        .await;
    let accepted = press(&mut browser, &asks(DAEMON), "accept").await;
    assert_eq!(accepted.status(), 303, "{accepted:?}");
    assert_eq!(world.assigned(CONTOSO, DAEMON).await, 1_500);
    drop(browser);
    world.stop().await;
}
