//! What tests of bodies share.

use std::sync::{Arc, LazyLock};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use uuid::Uuid;

use super::application::{ApplicationChange, StoredApplication};
use super::{Context, change_application, new_application};
use crate::clock::Timestamp;
use crate::directory::{
    Application, AssertionPolicy, Domain, KeyCredential, KeyTrust, PasswordCredential,
    RegisteredCertificate, Tenant,
};
use crate::graph::error::GraphError;
use crate::graph::wire::{Object, object};
use crate::ids::{KeyId, ServicePrincipalId, TenantId};
use crate::random::Random;
use crate::secret::{Pepper, Secret};

pub(super) const BASE_URL: &str = "https://id.platform.example:8443";

/// A certificate, valid in 2026.
pub(super) struct Registered {
    pub(super) pem: String,
    pub(super) certificate: Arc<RegisteredCertificate>,
}

pub(super) static ONE: LazyLock<Registered> = LazyLock::new(|| Registered::new("one"));
pub(super) static TWO: LazyLock<Registered> = LazyLock::new(|| Registered::new("two"));

impl Registered {
    fn new(name: &str) -> Self {
        let pair = rcgen::KeyPair::generate().expect("a key");
        let mut params = rcgen::CertificateParams::default();
        params.distinguished_name = rcgen::DistinguishedName::new();
        params
            .distinguished_name
            .push(rcgen::DnType::CommonName, name);
        params.not_before = rcgen::date_time_ymd(2026, 1, 1);
        params.not_after = rcgen::date_time_ymd(2027, 1, 1);
        let certificate = params.self_signed(&pair).expect("signs");
        let registered = RegisteredCertificate::from_der(certificate.der()).expect("a good one");
        Self {
            pem: certificate.pem(),
            certificate: Arc::new(registered),
        }
    }

    /// Base64 of DER, as SDKs send it.
    pub(super) fn der(&self) -> String {
        STANDARD.encode(self.certificate.certificate().der())
    }

    /// Base64 of the PEM text, as Terraform sends it.
    pub(super) fn pem(&self) -> String {
        STANDARD.encode(&self.pem)
    }

    pub(super) fn registered(&self, id: u128) -> KeyCredential {
        let (start_at, end_at) = self.certificate.validity();
        KeyCredential {
            key_id: KeyId::new(Uuid::from_u128(id)),
            application_id: stored().id,
            service_principal_id: None,
            display_name: Some("CN=one".to_owned()),
            certificate: Arc::clone(&self.certificate),
            trust: KeyTrust::Certificate,
            start_at,
            end_at,
        }
    }
}

struct Counter;

impl Random for Counter {
    fn fill(&self, bytes: &mut [u8]) {
        for (index, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::try_from(index % 256).unwrap_or_default();
        }
    }
}

/// 2026-11-21T09:00:00Z.
pub(super) const NOW: Timestamp = Timestamp::from_unix_seconds(1_795_251_600);

static TENANT: LazyLock<Tenant> = LazyLock::new(|| Tenant {
    id: TenantId::new(Uuid::from_u128(0xaaaa)),
    display_name: "Contoso".to_owned(),
    domains: vec![
        Domain::parse("contoso.onmicrosoft.com").expect("a domain"),
        Domain::parse("contoso.example").expect("a domain"),
    ],
    is_default: false,
    assertion_policy: AssertionPolicy::default(),
    created_at: NOW,
});

static PEPPER: LazyLock<Pepper> = LazyLock::new(|| Pepper::new(&[7; Pepper::LENGTH]));

pub(super) fn context() -> Context<'static> {
    Context {
        tenant: &TENANT,
        base_url: BASE_URL,
        pepper: &PEPPER,
        now: NOW,
        random: &Counter,
    }
}

/// An application with something everywhere.
pub(super) fn stored() -> Application {
    static STORED: LazyLock<Application> = LazyLock::new(|| {
        let body = json!({
            "displayName": "Orders",
            "uniqueName": "orders",
            "identifierUris": ["api://contoso.example/orders"],
            "tags": ["one"],
            "appRoles": [role(1, "Orders.Read", true), role(2, "Orders.Old", false)],
            "api": {
                "requestedAccessTokenVersion": 2,
                "oauth2PermissionScopes": [scope(3, "orders", true)],
            },
            "web": {"redirectUris": ["https://contoso.example/back"]},
            "optionalClaims": {"accessToken": [{"name": "idtyp"}]},
        });
        let new = new_application(object(body), None, &context());
        new.expect("a good application").application
    });
    STORED.clone()
}

pub(super) fn role(id: u128, value: &str, is_enabled: bool) -> Value {
    json!({
        "allowedMemberTypes": ["Application"], "description": "d", "displayName": "n",
        "id": Uuid::from_u128(id), "isEnabled": is_enabled, "value": value,
    })
}

pub(super) fn scope(id: u128, value: &str, is_enabled: bool) -> Value {
    json!({
        "adminConsentDescription": "d", "adminConsentDisplayName": "n",
        "id": Uuid::from_u128(id), "isEnabled": is_enabled, "type": "User",
        "userConsentDescription": null, "userConsentDisplayName": null, "value": value,
    })
}

pub(super) fn password(id: u128) -> PasswordCredential {
    let secret = Secret::new(format!("{id}-is-the-secret-text"));
    PasswordCredential {
        key_id: KeyId::new(Uuid::from_u128(id)),
        application_id: stored().id,
        service_principal_id: None,
        display_name: Some("ci".to_owned()),
        hint: secret.hint(),
        hash: PEPPER.hash(stored().app_id, &secret),
        start_at: NOW,
        end_at: NOW.plus_seconds(86_400),
    }
}

/// A secret of one instance, which the application object does not show.
pub(super) fn password_of_instance(id: u128) -> PasswordCredential {
    PasswordCredential {
        service_principal_id: Some(ServicePrincipalId::new(Uuid::from_u128(0x50))),
        ..password(id)
    }
}

pub(super) fn body(value: Value) -> Object {
    assert!(value.is_object(), "{value}");
    object(value)
}

/// Changes the stored application, which has the secrets 11 and 12 and the certificate 21.
pub(super) fn patch(value: Value) -> Result<ApplicationChange, GraphError> {
    let passwords = [password(11), password(12), password_of_instance(13)];
    let keys = [ONE.registered(21)];
    let current = StoredApplication {
        application: &stored(),
        passwords: &passwords,
        keys: &keys,
    };
    change_application(body(value), current, &context())
}

/// What an error says, with its code.
#[track_caller]
pub(super) fn refused<T: std::fmt::Debug>(result: Result<T, GraphError>, expected: &str) {
    let error = result.expect_err(expected);
    assert_eq!(error.status, 400, "{error}");
    assert!(
        error.to_string().contains(expected),
        "{error}\nfor {expected}"
    );
}
