use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Object, object, optional, time};
use crate::directory::{ClientCredentialType, SignIn};
use crate::graph::route::Version;
use crate::ids::{ServicePrincipalId, TenantId};

/// An entry of the sign-in log, and what the directory now knows of those it names.
#[derive(Debug, Clone, Copy)]
pub struct SignInEntry<'a> {
    /// The entry.
    pub sign_in: &'a SignIn,
    /// The client's name.
    pub client_name: Option<&'a str>,
    /// The home tenant of the client's application.
    pub client_tenant_id: Option<TenantId>,
    /// The resource's name.
    pub resource_name: Option<&'a str>,
    /// The home tenant of the resource's application.
    pub resource_tenant_id: Option<TenantId>,
    /// The resource's service principal.
    pub resource_principal_id: Option<ServicePrincipalId>,
    /// The person's user principal name.
    pub user_principal_name: Option<&'a str>,
    /// The person's name.
    pub user_display_name: Option<&'a str>,
}

/// An entry of the sign-in log; beta says more.
pub fn sign_in(entry: &SignInEntry<'_>, version: Version) -> Object {
    let mut shown = common(entry);
    if version == Version::Beta {
        shown.extend(only_beta(entry));
    }
    shown
}

fn common(entry: &SignInEntry<'_>) -> Object {
    let sign_in = entry.sign_in;
    let is_person = sign_in.user_id.is_some();
    object(json!({
        "id": sign_in.id,
        "createdDateTime": time(sign_in.at),
        "appDisplayName": entry.client_name,
        "appId": sign_in.app_id,
        "appliedConditionalAccessPolicies": [],
        "clientAppUsed": is_person.then_some("Browser"),
        "conditionalAccessStatus": "notApplied",
        "correlationId": sign_in.correlation_id,
        "deviceDetail": null,
        "homeTenantId": entry.client_tenant_id,
        "ipAddress": sign_in.ip_address,
        "isInteractive": is_person,
        "location": null,
        "resourceDisplayName": entry.resource_name,
        "resourceId": sign_in.resource_app_id,
        "resourceTenantId": sign_in.tenant_id,
        "riskDetail": "none",
        "riskEventTypes": [],
        "riskEventTypes_v2": [],
        "riskLevelAggregated": "none",
        "riskLevelDuringSignIn": "none",
        "riskState": "none",
        "servicePrincipalId": principal_id(sign_in),
        "servicePrincipalName": entry.client_name.filter(|_| !is_person),
        "status": {
            "errorCode": sign_in.error_code,
            "failureReason": optional(sign_in.reason.as_deref()),
            "additionalDetails": null,
        },
        "userAgent": null,
        "userDisplayName": entry.user_display_name,
        "userId": sign_in.user_id.map(|id| id.to_string()).unwrap_or_default(),
        "userPrincipalName": entry.user_principal_name,
    }))
}

/// The original shows nothing for a person, and zeros for a workload without a service principal.
fn principal_id(sign_in: &SignIn) -> String {
    match (sign_in.service_principal_id, sign_in.user_id) {
        (Some(id), _) => id.to_string(),
        (None, Some(_)) => String::new(),
        (None, None) => Uuid::nil().to_string(),
    }
}

fn event_type(sign_in: &SignIn) -> &'static str {
    match sign_in.user_id {
        Some(_) => "interactiveUser",
        None => "servicePrincipal",
    }
}

/// What only beta shows: above all, how a workload proved itself.
fn only_beta(entry: &SignInEntry<'_>) -> Object {
    let sign_in = entry.sign_in;
    let key_id = optional(sign_in.credential_key_id.map(|id| id.to_string()));
    let is_federated = sign_in.credential_type == ClientCredentialType::FederatedIdentityCredential;
    let (federated_id, key_id) = match is_federated {
        true => (key_id, Value::Null),
        false => (Value::Null, key_id),
    };
    object(json!({
        "appOwnerTenantId": entry.client_tenant_id,
        "authenticationProcessingDetails": processing_details(sign_in),
        "clientCredentialType": sign_in.credential_type.as_str(),
        "conditionalAccessAudiences": [],
        "crossTenantAccessType": "none",
        "federatedCredentialId": federated_id,
        "incomingTokenType": "none",
        "managedServiceIdentity": null,
        "networkLocationDetails": [],
        "originalRequestId": sign_in.id,
        "resourceOwnerTenantId": entry.resource_tenant_id,
        "resourceServicePrincipalId": entry.resource_principal_id,
        "servicePrincipalCredentialKeyId": key_id,
        "servicePrincipalCredentialThumbprint": null,
        "sessionId": null,
        "signInEventTypes": [event_type(sign_in)],
        "tokenIssuerName": "",
        "tokenIssuerType": "AzureAD",
        "uniqueTokenIdentifier": URL_SAFE_NO_PAD.encode(sign_in.id.uuid().to_bytes_le()),
    }))
}

fn processing_details(sign_in: &SignIn) -> Value {
    match sign_in.is_assertion_reused {
        true => json!([{"key": "Client assertion was used before", "value": "True"}]),
        false => json!([]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;
    use crate::ids::{AppId, CorrelationId, KeyId, TraceId, UserId};

    fn entry() -> SignIn {
        SignIn {
            id: TraceId::new(Uuid::from_u128(1)),
            at: Timestamp::from_unix_seconds(0),
            tenant_id: Some(TenantId::new(Uuid::from_u128(2))),
            correlation_id: CorrelationId::new(Uuid::from_u128(3)),
            app_id: Some(AppId::new(Uuid::from_u128(4))),
            service_principal_id: None,
            resource_app_id: None,
            credential_type: ClientCredentialType::ClientSecret,
            credential_key_id: Some(KeyId::new(Uuid::from_u128(5))),
            error_code: 7_000_215,
            reason: Some("Invalid client secret".into()),
            ip_address: "192.0.2.1".into(),
            is_assertion_reused: false,
            user_id: None,
        }
    }

    fn shown(sign_in: &SignIn, version: Version) -> Object {
        let entry = SignInEntry {
            sign_in,
            client_name: Some("Daemon"),
            client_tenant_id: None,
            resource_name: None,
            resource_tenant_id: None,
            resource_principal_id: None,
            user_principal_name: sign_in.user_id.map(|_| "admin@contoso.example"),
            user_display_name: sign_in.user_id.map(|_| "Global Administrator"),
        };
        super::sign_in(&entry, version)
    }

    #[test]
    fn a_refusal_has_its_number_and_its_reason() {
        let wire = shown(&entry(), Version::V1);
        assert_eq!(
            wire["status"],
            json!({
                "errorCode": 7_000_215,
                "failureReason": "Invalid client secret",
                "additionalDetails": null,
            })
        );
        assert_eq!(
            wire["servicePrincipalId"],
            "00000000-0000-0000-0000-000000000000"
        );
        assert!(!wire.contains_key("clientCredentialType"));
    }

    #[test]
    fn a_person_is_told_from_a_workload() {
        let mut sign_in = entry();
        let wire = shown(&sign_in, Version::Beta);
        assert_eq!(wire["userId"], "");
        assert_eq!(wire["userPrincipalName"], Value::Null);
        assert_eq!(wire["isInteractive"], false);
        sign_in.user_id = Some(UserId::new(Uuid::from_u128(6)));
        let wire = shown(&sign_in, Version::Beta);
        assert_eq!(wire["userId"], "00000000-0000-0000-0000-000000000006");
        assert_eq!(wire["userPrincipalName"], "admin@contoso.example");
        assert_eq!(wire["userDisplayName"], "Global Administrator");
        assert_eq!(wire["signInEventTypes"], json!(["interactiveUser"]));
        assert_eq!(wire["servicePrincipalId"], "");
        assert_eq!(wire["servicePrincipalName"], Value::Null);
        assert_eq!(wire["isInteractive"], true);
    }

    #[test]
    fn beta_says_which_credential_matched() {
        let mut sign_in = entry();
        let wire = shown(&sign_in, Version::Beta);
        assert_eq!(wire["signInEventTypes"], json!(["servicePrincipal"]));
        assert_eq!(wire["clientCredentialType"], "clientSecret");
        let id = Value::from("00000000-0000-0000-0000-000000000005");
        assert_eq!(wire["servicePrincipalCredentialKeyId"], id);
        assert_eq!(wire["federatedCredentialId"], Value::Null);
        sign_in.credential_type = ClientCredentialType::FederatedIdentityCredential;
        let wire = shown(&sign_in, Version::Beta);
        assert_eq!(wire["federatedCredentialId"], id);
        assert_eq!(wire["servicePrincipalCredentialKeyId"], Value::Null);
    }
}
