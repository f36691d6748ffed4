use serde_json::json;

use super::*;

#[test]
fn secrets_are_kept_or_removed() {
    let id = |id: u128| Uuid::from_u128(id);
    let all = json!([
        {"keyId": id(11), "hint": "11-", "displayName": "ci", "secretText": null,
         "customKeyIdentifier": null, "startDateTime": "2026-11-21T09:00:00.0000000Z",
         "endDateTime": "2026-11-22T09:00:00Z"},
        {"keyId": id(12)},
    ]);
    let change = patch(json!({"passwordCredentials": all})).expect("the same");
    assert!(change.writes(&stored()).is_empty());
    let removed = |value: Value| {
        let change = patch(json!({"passwordCredentials": value})).expect("removes");
        let ids = change.passwords_removed.iter();
        let ids: Vec<_> = ids.map(|id| id.uuid().as_u128()).collect();
        assert_eq!(change.writes(&stored()).len(), ids.len());
        ids
    };
    assert_eq!(removed(json!([{"keyId": id(12)}])), [11]);
    assert_eq!(removed(json!([])), [11, 12]);
    for (entry, expected) in [
        (json!({"displayName": "new"}), "use addPassword"),
        (json!({"keyId": id(99)}), "use addPassword"),
        (json!({"keyId": id(13)}), "use addPassword"),
        (
            json!({"keyId": id(11), "secretText": "a-secret-of-my-own"}),
            "Update to existing credential with KeyId",
        ),
        (
            json!({"keyId": id(11), "displayName": "other"}),
            "Update to existing credential",
        ),
        (
            json!({"keyId": id(11), "endDateTime": "2030-01-01T00:00:00Z"}),
            "Update to existing credential",
        ),
        (json!({"keyId": id(11), "x": 1}), "Invalid property 'x'."),
    ] {
        refused(patch(json!({"passwordCredentials": [entry]})), expected);
    }
    let twice = json!([{"keyId": id(11)}, {"keyId": id(11)}]);
    refused(
        patch(json!({"passwordCredentials": twice})),
        "duplicate values",
    );
}

/// 5.3, client-compat 9 (2) and (3).
#[test]
fn certificates_are_kept_added_and_removed() {
    let id = |id: u128| Uuid::from_u128(id);
    let keys = |value: Value| patch(json!({"keyCredentials": value}));
    let kept = keys(json!([{
        "keyId": id(21), "key": null, "type": "AsymmetricX509Cert", "usage": "Verify",
        "startDateTime": "2026-01-01T00:00:00.000Z", "endDateTime": "2027-01-01T00:00:00Z",
    }]));
    assert!(kept.expect("kept").writes(&stored()).is_empty());
    let renamed = keys(json!([{"keyId": id(21), "displayName": "nightly"}])).expect("renamed");
    assert_eq!(
        renamed.keys_changed[0].display_name.as_deref(),
        Some("nightly")
    );
    assert!(!renamed.adds_credential());
    let removed = keys(json!([])).expect("removed");
    assert_eq!(removed.keys_removed[0].uuid(), id(21));
    let swapped = keys(json!([{"keyId": id(22), "key": TWO.pem()}])).expect("swapped");
    assert_eq!(
        (swapped.keys_added.len(), swapped.keys_removed.len()),
        (1, 1)
    );
    assert!(swapped.adds_credential());
    let thumbprint = TWO.certificate.certificate().thumbprint_sha1();
    let hex: String = thumbprint
        .iter()
        .map(|byte| format!("{byte:02X}"))
        .collect();
    let named = json!([{"keyId": id(21)}, {"key": TWO.der(), "customKeyIdentifier": hex}]);
    assert!(keys(named).is_ok());
    for (entry, expected) in [
        (
            json!({"keyId": id(21), "key": TWO.der()}),
            "Update to existing credential with KeyId",
        ),
        (
            json!({"keyId": id(21), "endDateTime": "2026-06-01T00:00:00Z"}),
            "Update to existing",
        ),
        (
            json!({"keyId": id(22)}),
            "A value is required for property 'key'",
        ),
        (json!({"key": TWO.der(), "usage": "Sign"}), "must be Verify"),
        (
            json!({"key": TWO.der(), "type": "Symmetric"}),
            "must be AsymmetricX509Cert",
        ),
        (
            json!({"key": "AAAA"}),
            "Key value is invalid certificate: the value is not one X.509",
        ),
        (
            json!({"key": TWO.der(), "customKeyIdentifier": "AAAA"}),
            "SHA-1 thumbprint",
        ),
        (
            json!({"key": TWO.der(), "displayName": " x"}),
            "begin or end with a space",
        ),
        (
            json!({"key": TWO.der(), "endDateTime": "2027-01-02T00:00:00Z"}),
            "KeyCredentialsInvalidEndDate: Key credential end date is invalid.",
        ),
        (
            json!({"key": TWO.der(), "startDateTime": "2025-12-31T00:00:00Z"}),
            "KeyCredentialsInvalidStartDate: Key credential start date is invalid.",
        ),
        (
            json!({"key": TWO.der(), "startDateTime": "2026-06-01T00:00:00Z", "endDateTime": "2026-06-01T00:00:00Z"}),
            "KeyCredentialsInvalidEndDate",
        ),
        (
            json!({"key": include_str!("../../../../directory_file/tests/fixtures/rsa1024.pem")}),
            "1024 bits is refused",
        ),
        (
            json!({"key": include_str!("../../../../directory_file/tests/fixtures/sha1.pem")}),
            "signed with SHA-1",
        ),
    ] {
        refused(keys(json!([entry])), expected);
    }
    let private = "-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----";
    let error = keys(json!([{"key": private}])).expect_err("a private key");
    assert!(error.message.contains("this is a private key") && !error.message.contains("MAA="));
    let twice = json!([{"keyId": id(22), "key": TWO.der()}, {"keyId": id(22), "key": TWO.der()}]);
    refused(keys(twice), "duplicate values");
}

#[test]
fn nothing_is_shown_of_a_secret_but_its_hint() {
    let passwords = [crate::graph::body::fixtures::password(11)];
    let keys = [ONE.registered(21)];
    let shown = |shows_keys| {
        application(&ApplicationParts {
            application: &stored(),
            passwords: &passwords,
            keys: &keys,
            publisher_domain: context().tenant.domains.first(),
            shows_keys,
        })
    };
    let object = Value::Object(shown(false));
    assert_eq!(
        object["passwordCredentials"][0],
        json!({
            "customKeyIdentifier": null, "displayName": "ci", "hint": "11-", "secretText": null,
            "keyId": Uuid::from_u128(11), "startDateTime": "2026-11-21T09:00:00.0000000Z",
            "endDateTime": "2026-11-22T09:00:00.0000000Z",
        })
    );
    assert_eq!(object["keyCredentials"][0]["key"], Value::Null);
    assert_eq!(object["publisherDomain"], "contoso.onmicrosoft.com");
    assert_eq!(object["appRoles"][0]["origin"], "Application");
    assert_eq!(object["api"]["requestedAccessTokenVersion"], 2);
    assert_eq!(
        Value::Object(shown(true))["keyCredentials"][0]["key"],
        ONE.der()
    );
    let hash = passwords[0].hash.to_stored();
    assert!(!object.to_string().contains(&hash) && !object.to_string().contains("is-the-secret"));
}
