//! Users.

use serde_json::json;

use super::{Object, object, time};
use crate::directory::User;

/// What is shown of a user when nothing is selected.
pub const USER_DEFAULT: [&str; 11] = [
    "businessPhones",
    "displayName",
    "givenName",
    "jobTitle",
    "mail",
    "mobilePhone",
    "officeLocation",
    "preferredLanguage",
    "surname",
    "userPrincipalName",
    "id",
];

/// A user with every property; without a `$select` only those of [`USER_DEFAULT`] are shown.
pub fn user(user: &User) -> Object {
    let local_part = user.user_principal_name.split('@').next();
    object(json!({
        "id": user.id,
        "deletedDateTime": null,
        "accountEnabled": user.account_enabled,
        "businessPhones": [],
        "createdDateTime": time(user.created_at),
        "department": null,
        "displayName": user.display_name,
        "givenName": user.given_name,
        "jobTitle": user.job_title,
        "mail": user.mail,
        "mailNickname": local_part,
        "mobilePhone": null,
        "officeLocation": null,
        "onPremisesSyncEnabled": null,
        "otherMails": [],
        "preferredLanguage": null,
        "surname": user.surname,
        "usageLocation": null,
        "userPrincipalName": user.user_principal_name,
        "userType": "Member",
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;
    use crate::graph::wire::select;
    use crate::ids::{TenantId, UserId};

    #[test]
    fn without_a_selection_a_user_shows_eleven_properties() {
        let shown = user(&User {
            id: UserId::new(uuid::Uuid::nil()),
            tenant_id: TenantId::new(uuid::Uuid::nil()),
            user_principal_name: "ann@contoso.example".into(),
            display_name: "Ann".into(),
            given_name: None,
            surname: None,
            mail: None,
            job_title: None,
            account_enabled: true,
            created_at: Timestamp::from_unix_seconds(0),
        });
        assert_eq!(shown["mailNickname"], "ann");
        assert_eq!(shown["accountEnabled"], true);
        let default = select(shown, &USER_DEFAULT.map(str::to_owned), "user");
        assert_eq!(default.map(|user| user.len()), Ok(11));
    }
}
