//! What an access token says, in the v1.0 and v2.0 shapes.

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use serde::Serialize;
use uuid::Uuid;

use crate::clock::{SKEW_SECONDS, Timestamp};
use crate::directory::{Application, TokenLifetime, TokenVersion};
use crate::ids::{AppId, ServicePrincipalId, TenantId, TraceId};

/// How the client proved itself: `appidacr` in v1.0, `azpacr` in v2.0. A string on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuthenticationStrength {
    /// A shared secret.
    Secret,
    /// A signed assertion.
    Assertion,
}

impl AuthenticationStrength {
    fn as_str(self) -> &'static str {
        match self {
            Self::Secret => "1",
            Self::Assertion => "2",
        }
    }
}

/// When a token holds. It starts five minutes early, for resources whose clock is behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validity {
    /// `iat` and `nbf`, Unix seconds.
    pub not_before: i64,
    /// `exp`, Unix seconds.
    pub expires_on: i64,
    /// `expires_in` of the reply: seconds left when the client reads it.
    pub expires_in: i64,
}

impl Validity {
    /// The validity of a token that is issued now.
    pub fn starting(now: Timestamp, lifetime: TokenLifetime) -> Self {
        let now = now.unix_seconds();
        let lifetime = i64::from(lifetime.seconds());
        Self {
            not_before: now - SKEW_SECONDS,
            expires_on: now + lifetime,
            expires_in: lifetime - 1,
        }
    }
}

/// Everything that goes into a token.
#[derive(Debug)]
pub struct Facts<'a> {
    /// The public base URL, without a slash at its end.
    pub base_url: &'a str,
    /// The tenant in which the token is issued.
    pub tenant_id: TenantId,
    /// The client.
    pub client_id: AppId,
    /// Its service principal in the tenant.
    pub service_principal_id: ServicePrincipalId,
    /// How it proved itself.
    pub strength: AuthenticationStrength,
    /// Whether it can handle claims challenges.
    pub handles_claims_challenges: bool,
    /// The resource.
    pub resource: &'a Application,
    /// The resource as the client wrote it.
    pub requested_resource: &'a str,
    /// Granted roles; empty leaves the claim out.
    pub roles: &'a [&'a str],
    /// When the token holds.
    pub validity: Validity,
    /// The request.
    pub trace_id: TraceId,
    /// For `aio`: the mark of the credential, by which the list of revocations tells its tokens, and 8
    /// random bytes. Clients and the original's validators read nothing in it.
    pub opaque: [u8; 24],
}

/// The claims of one access token, in the order of the original.
#[derive(Debug, Serialize)]
pub struct AccessTokenClaims<'a> {
    aud: String,
    iss: String,
    iat: i64,
    nbf: i64,
    exp: i64,
    aio: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    appid: Option<AppId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    appidacr: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    azp: Option<AppId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    azpacr: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    idp: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    idtyp: Option<&'static str>,
    oid: ServicePrincipalId,
    rh: String,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    roles: &'a [&'a str],
    sub: ServicePrincipalId,
    tid: TenantId,
    uti: String,
    ver: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    xms_cc: Option<[&'static str; 1]>,
}

impl<'a> AccessTokenClaims<'a> {
    /// The claims in the version that the resource takes.
    pub fn new(facts: &Facts<'a>) -> Self {
        let version = facts.resource.token_version();
        let is_v1 = version == TokenVersion::V1;
        let strength = facts.strength.as_str();
        let iss = issuer(facts.base_url, facts.tenant_id, version);
        let asks_for = |claim| facts.resource.access_token_claim(claim).is_some();
        Self {
            aud: audience(facts, version),
            iat: facts.validity.not_before,
            nbf: facts.validity.not_before,
            exp: facts.validity.expires_on,
            aio: BASE64_URL_SAFE_NO_PAD.encode(facts.opaque),
            appid: is_v1.then_some(facts.client_id),
            appidacr: is_v1.then_some(strength),
            azp: (!is_v1).then_some(facts.client_id),
            azpacr: (!is_v1).then_some(strength),
            idp: is_v1.then(|| iss.clone()),
            idtyp: asks_for("idtyp").then_some("app"),
            oid: facts.service_principal_id,
            rh: resource_hint(facts.tenant_id, facts.resource.app_id),
            roles: facts.roles,
            sub: facts.service_principal_id,
            tid: facts.tenant_id,
            uti: BASE64_URL_SAFE_NO_PAD.encode(facts.trace_id.uuid().to_bytes_le()),
            ver: if is_v1 { "1.0" } else { "2.0" },
            xms_cc: (facts.handles_claims_challenges && asks_for("xms_cc")).then_some(["cp1"]),
            iss,
        }
    }
}

/// The issuer of a tenant's tokens of one version: on the same host as every other address, since
/// clients compare.
pub fn issuer(base_url: &str, tenant: impl std::fmt::Display, version: TokenVersion) -> String {
    match version {
        TokenVersion::V1 => format!("{base_url}/{tenant}/"),
        TokenVersion::V2 => format!("{base_url}/{tenant}/v2.0"),
    }
}

/// v2.0: always the resource's client id. v1.0: what the client asked for, unless the resource
/// wants its client id (`aud` with `use_guid`).
fn audience(facts: &Facts<'_>, version: TokenVersion) -> String {
    let uses_guid = || {
        facts
            .resource
            .access_token_claim("aud")
            .is_some_and(|claim| {
                claim
                    .additional_properties
                    .iter()
                    .any(|property| property == "use_guid")
            })
    };
    match version {
        TokenVersion::V2 => facts.resource.app_id.to_string(),
        TokenVersion::V1 if uses_guid() => facts.resource.app_id.to_string(),
        TokenVersion::V1 => facts.requested_resource.to_owned(),
    }
}

/// `rh`: opaque to resources; holds the tenant and the resource as the original's does.
fn resource_hint(tenant_id: TenantId, resource: AppId) -> String {
    let mut bytes = [0; 32];
    let (tenant_bytes, resource_bytes) = bytes.split_at_mut(16);
    tenant_bytes.copy_from_slice(&little_endian(tenant_id.uuid()));
    resource_bytes.copy_from_slice(&little_endian(resource.uuid()));
    let mut hint = String::with_capacity(46);
    hint.push_str("1.");
    BASE64_URL_SAFE_NO_PAD.encode_string(bytes, &mut hint);
    hint.push('.');
    hint
}

fn little_endian(guid: Uuid) -> [u8; 16] {
    guid.to_bytes_le()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::directory::OptionalClaim;
    use crate::oauth::grant::tests::application;

    fn claims(resource: &Application, requested: &str, roles: &[&str]) -> Value {
        let id = Uuid::from_u128;
        let facts = Facts {
            base_url: "https://localhost:8443",
            tenant_id: TenantId::new(id(1)),
            client_id: AppId::new(id(2)),
            service_principal_id: ServicePrincipalId::new(id(4)),
            strength: AuthenticationStrength::Secret,
            handles_claims_challenges: true,
            resource,
            requested_resource: requested,
            roles,
            validity: Validity::starting(
                Timestamp::from_unix_seconds(1_000),
                TokenLifetime::DEFAULT,
            ),
            trace_id: TraceId::new(id(0x0102_0304_0506_0708_090a_0b0c_0d0e_0f10)),
            opaque: [0; 24],
        };
        serde_json::to_value(AccessTokenClaims::new(&facts)).expect("claims are JSON")
    }

    #[test]
    fn a_v1_token_has_exactly_these_claims() {
        let base = "https://localhost:8443";
        let tid = "00000000-0000-0000-0000-000000000001";
        let sp = "00000000-0000-0000-0000-000000000004";
        assert_eq!(
            claims(&application(1, 3), "https://orders.example/", &[]),
            json!({
                "aud": "https://orders.example/", "iss": format!("{base}/{tid}/"),
                "iat": 700, "nbf": 700, "exp": 4_600, "aio": "A".repeat(32),
                "appid": "00000000-0000-0000-0000-000000000002", "appidacr": "1",
                "idp": format!("{base}/{tid}/"), "oid": sp, "sub": sp, "tid": tid, "ver": "1.0",
                "rh": "1.AAAAAAAAAAAAAAAAAAAAAQAAAAAAAAAAAAAAAAAAAAM.",
                "uti": "BAMCAQYFCAcJCgsMDQ4PEA",
            })
        );
    }

    #[test]
    fn a_v2_token_has_exactly_these_claims() {
        let mut resource = application(1, 3);
        resource.requested_access_token_version = Some(TokenVersion::V2);
        let claims = claims(&resource, "api://3", &["B", "A"]);
        let names: Vec<_> = claims
            .as_object()
            .expect("an object")
            .keys()
            .cloned()
            .collect();
        let expected = [
            "aio", "aud", "azp", "azpacr", "exp", "iat", "iss", "nbf", "oid", "rh", "roles", "sub",
            "tid", "uti", "ver",
        ];
        assert_eq!(names, expected);
        assert_eq!(claims["aud"], "00000000-0000-0000-0000-000000000003");
        assert_eq!(
            claims["iss"],
            "https://localhost:8443/00000000-0000-0000-0000-000000000001/v2.0"
        );
        assert_eq!(claims["roles"], json!(["B", "A"]));
        assert_eq!(claims["ver"], "2.0");
    }

    #[test]
    fn optional_claims_are_the_resources_choice() {
        let mut resource = application(1, 3);
        let claim = |name: &str, properties: &[&str]| OptionalClaim {
            name: name.into(),
            additional_properties: properties.iter().map(ToString::to_string).collect(),
            ..OptionalClaim::default()
        };
        resource.manifest.optional_claims.access_token = vec![
            claim("idtyp", &[]),
            claim("aud", &["use_guid"]),
            claim("xms_cc", &[]),
        ];
        let claims = claims(&resource, "api://3", &[]);
        assert_eq!(claims["idtyp"], "app");
        assert_eq!(claims["aud"], "00000000-0000-0000-0000-000000000003");
        assert_eq!(claims["xms_cc"], json!(["cp1"]));
    }
}
