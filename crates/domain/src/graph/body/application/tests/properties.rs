use proptest::prelude::*;

use super::*;

/// JSON with the words of applications in it.
fn any_json() -> impl Strategy<Value = Value> {
    let word = prop_oneof![
        Just(String::new()),
        Just("Orders.Read".to_owned()),
        Just("https://contoso.example/x".to_owned()),
        Just("api://contoso.example/x".to_owned()),
        Just("00000000-0000-0000-0000-000000000001".to_owned()),
        Just("00000000-0000-0000-0000-000000000015".to_owned()),
        Just("2026-11-21T09:00:00Z".to_owned()),
        Just("User".to_owned()),
        Just(ONE.der()),
        "\\PC{0,8}",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-1_i64..4).prop_map(Value::from),
        word.prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((name(), inner), 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        9 => prop::sample::select(vec![
            "id", "appId", "displayName", "uniqueName", "tags", "appRoles", "api", "web", "spa",
            "info", "value", "isEnabled", "oauth2PermissionScopes", "redirectUris",
            "redirectUriSettings", "uri", "identifierUris", "keyCredentials", "key", "keyId",
            "passwordCredentials", "optionalClaims", "accessToken", "name", "signInAudience",
            "requiredResourceAccess", "resourceAppId", "resourceAccess", "type", "origin",
            "implicitGrantSettings", "requestedAccessTokenVersion", "@odata.type", "addIns",
            "publisherDomain", "isDisabled", "countersign", "accessTokenLifetimeSeconds", "owners@odata.bind", "logoUrl", "endDateTime",
        ]).prop_map(str::to_owned),
        1 => "\\PC{0,6}",
    ]
}

proptest! {
    /// What is accepted is valid as a whole: sent once more, it changes nothing more.
    #[test]
    fn any_object_is_refused_or_leaves_a_valid_application(
        members in prop::collection::vec((name(), any_json()), 0..5)
    ) {
        let value = Value::Object(members.into_iter().collect());
        let Ok(change) = patch(value.clone()) else { return Ok(()) };
        let keys = [ONE.registered(21)];
        let current = StoredApplication {
            application: &change.application,
            passwords: &[],
            keys: &keys,
        };
        let nothing = change_application(Object::new(), current, &context());
        prop_assert!(nothing.is_ok(), "{}: {:?}", value, nothing);
        let mut again = value.as_object().cloned().unwrap_or_default();
        again.remove("passwordCredentials");
        again.remove("keyCredentials");
        let again = change_application(again, current, &context());
        prop_assert_eq!(&again.expect("accepted before").application, &change.application);
    }

    #[test]
    fn any_object_is_refused_or_makes_a_valid_application(
        members in prop::collection::vec((name(), any_json()), 0..5)
    ) {
        let mut value: Object = members.into_iter().collect();
        value.insert("displayName".to_owned(), "x".into());
        let Ok(made) = new_application(value, None, &context()) else { return Ok(()) };
        let current = StoredApplication {
            application: &made.application,
            passwords: &[],
            keys: &made.keys,
        };
        let nothing = change_application(Object::new(), current, &context());
        prop_assert!(nothing.is_ok(), "{:?}", nothing);
    }
}
