//! Bodies of requests that change an application.

use std::sync::LazyLock;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use countersign_domain::clock::Timestamp;
use countersign_domain::directory::{AssertionPolicy, Domain, PasswordCredential, Tenant};
use countersign_domain::graph::body::{
    ApplicationChange, Context, NewApplication, StoredApplication, change_application,
    new_application, read,
};
use countersign_domain::graph::error::GraphError;
use countersign_domain::graph::wire::{ApplicationParts, application};
use countersign_domain::ids::TenantId;
use countersign_domain::secret::Pepper;
use serde_json::json;

use crate::directory::Counter;

/// A PATCH is refused with a reason, or leaves an application that is valid as a whole and can be
/// sent back as it is shown.
pub fn graph_application_patch(body: &[u8]) -> bool {
    let stored = &*STORED;
    let passwords: Vec<_> = stored
        .passwords
        .iter()
        .map(|new| new.credential.clone())
        .collect();
    let current = StoredApplication {
        application: &stored.application,
        passwords: &passwords,
        keys: &stored.keys,
    };
    let change = read(body)
        .and_then(|body| in_context(|context| change_application(body, current, context)));
    match change {
        Ok(change) => {
            check_sent_back(&change, &passwords);
            true
        }
        Err(error) => {
            assert_eq!(error.status, 400, "{error}");
            assert!(!error.message.chars().any(char::is_control), "{error:?}");
            false
        }
    }
}

fn check_sent_back(change: &ApplicationChange, passwords: &[PasswordCredential]) {
    let current = StoredApplication {
        application: &change.application,
        passwords,
        keys: &change.keys_added,
    };
    in_context(|context| {
        let shown = application(&ApplicationParts {
            application: &change.application,
            passwords,
            keys: &change.keys_added,
            publisher_domain: context.tenant.domains.first(),
            shows_keys: true,
        });
        let again = change_application(shown, current, context);
        let again = again.expect("what is shown can be sent back");
        assert!(again.writes(&change.application).is_empty(), "{again:?}");
        Ok(())
    })
    .expect("nothing else fails");
}

/// An application with something everywhere.
pub(crate) static STORED: LazyLock<NewApplication> = LazyLock::new(|| {
    let certificate = BASE64_STANDARD.encode(include_bytes!("../corpus/certificate/good-rsa"));
    let body = json!({
        "displayName": "Orders",
        "identifierUris": ["api://contoso.example/orders"],
        "appRoles": [
            {"id": "00000000-0000-0000-0000-000000000001", "value": "Orders.Read",
             "displayName": "n", "description": "d", "allowedMemberTypes": ["Application"]},
        ],
        "api": {"oauth2PermissionScopes": [
            {"id": "00000000-0000-0000-0000-000000000002", "value": "orders", "type": "User"},
        ]},
        "web": {"redirectUris": ["https://contoso.example/back"]},
        "passwordCredentials": [{"displayName": "ci"}],
        "keyCredentials": [{"key": certificate, "keyId": "00000000-0000-0000-0000-000000000003"}],
    });
    let body = read(body.to_string().as_bytes()).expect("an object");
    in_context(|context| new_application(body, None, context)).expect("a good application")
});

fn in_context<T>(run: impl FnOnce(&Context<'_>) -> Result<T, GraphError>) -> Result<T, GraphError> {
    let now = Timestamp::from_unix_seconds(1_795_251_600);
    let tenant = Tenant {
        id: TenantId::new(uuid::Uuid::from_u128(1)),
        display_name: "Contoso".to_owned(),
        domains: Vec::from_iter(Domain::parse("contoso.example")),
        is_default: false,
        assertion_policy: AssertionPolicy::default(),
        created_at: now,
    };
    run(&Context {
        tenant: &tenant,
        base_url: "https://login.example",
        pepper: &Pepper::new(&[7; Pepper::LENGTH]),
        now,
        random: &Counter::default(),
    })
}
