use countersign_domain::directory::Write;

use crate::sample::{Sample, state};
use crate::support::{Place, conflict, not_found};

on_both!(
    users_are_added_replaced_and_removed,
    a_user_principal_name_is_unique_in_any_case,
);

async fn users_are_added_replaced_and_removed(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let contoso = sample.instance(&db, "Contoso").await;
    let zoe = sample.user(&contoso.tenant, "Zoe@contoso.example");
    let mut adam = sample.user(&contoso.tenant, "adam@contoso.example");
    let writes = [zoe.clone(), adam.clone()].map(Write::AddUser);
    sample.commit(&db, &writes).await.expect("both are new");
    assert_eq!(
        state(&db, &contoso.tenant).await.users,
        [adam.clone(), zoe.clone()]
    );
    adam.user_principal_name = "adam2@contoso.example".to_owned();
    adam.given_name = None;
    adam.surname = Some("Ant".to_owned());
    adam.mail = Some("adam@mail.example".to_owned());
    adam.job_title = None;
    adam.account_enabled = false;
    let writes = [
        Write::UpdateUser(adam.clone()),
        Write::RemoveUser {
            tenant_id: contoso.tenant.id,
            id: zoe.id,
        },
    ];
    sample.commit(&db, &writes).await.expect("both are there");
    assert_eq!(state(&db, &contoso.tenant).await.users, [adam]);
    not_found(sample.commit(&db, &writes[1..]).await);
    not_found(sample.commit(&db, &[Write::UpdateUser(zoe)]).await);
}

async fn a_user_principal_name_is_unique_in_any_case(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let contoso = sample.instance(&db, "Contoso").await;
    let fabrikam = sample.instance(&db, "Fabrikam").await;
    let adam = sample.user(&contoso.tenant, "ädam@contoso.example");
    let writes = [Write::AddUser(adam.clone())];
    sample.commit(&db, &writes).await.expect("it is new");
    let double = sample.user(&contoso.tenant, "ÄDAM@contoso.example");
    let refused = sample.commit(&db, &[Write::AddUser(double.clone())]).await;
    assert_eq!(
        conflict(refused),
        format!(
            "a user with the id {} or the user principal name ÄDAM@contoso.example exists already",
            double.id
        )
    );
    let mut elsewhere = double;
    elsewhere.tenant_id = fabrikam.tenant.id;
    let writes = [Write::AddUser(elsewhere)];
    sample
        .commit(&db, &writes)
        .await
        .expect("in another tenant it is another person");
}
