//! What a token names, as the person's tenant knows it. Of other tenants nothing is said.

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use uuid::Uuid;

use super::decoded::Decoded;
use super::signature::Issuer;
use crate::portal::named::{Principal, principal};
use crate::portal::visit::Visit;

/// The objects behind a token's ids.
#[derive(Default)]
pub(super) struct About {
    /// Why there are no names, where that is so.
    pub(super) nothing: &'static str,
    pub(super) tenant: String,
    pub(super) client: Option<Principal>,
    pub(super) resource: Option<Principal>,
    pub(super) roles: Vec<String>,
    /// The entry of the sign-in log that goes with it.
    pub(super) sign_in: String,
}

/// Looks the ids up, as far as the person may see what they name.
pub(super) async fn about(visit: &Visit, decoded: &Decoded, issuer: &Issuer) -> About {
    let roles = decoded
        .claims
        .get("roles")
        .and_then(|roles| roles.as_array());
    let roles = roles.into_iter().flatten();
    let roles = roles.filter_map(|role| Some(role.as_str()?.to_owned()));
    let roles: Vec<String> = roles.collect();
    match issuer {
        Issuer::Own(id) if *id == visit.tenant.id => About {
            nothing: "",
            tenant: visit.tenant.display_name.clone(),
            client: client(visit, decoded).await,
            resource: resource(visit, decoded).await,
            sign_in: sign_in(decoded).unwrap_or_default(),
            roles,
        },
        Issuer::Own(_) => About {
            nothing: "It is of another tenant: no names are looked up.",
            roles,
            ..About::default()
        },
        // The client of an assertion may well be of this tenant.
        Issuer::Assertion => About {
            client: principal_of(visit, decoded.text("iss").unwrap_or_default()).await,
            roles,
            ..About::default()
        },
        Issuer::Foreign | Issuer::Unnamed => About {
            nothing: "It is of another issuer: no names are looked up.",
            roles,
            ..About::default()
        },
    }
}

async fn client(visit: &Visit, decoded: &Decoded) -> Option<Principal> {
    let id = decoded.text("appid").or_else(|| decoded.text("azp"))?;
    principal_of(visit, id).await
}

async fn principal_of(visit: &Visit, app_id: &str) -> Option<Principal> {
    let id: Uuid = app_id.parse().ok()?;
    principal(visit, &format!("appId eq '{id}'")).await
}

/// An audience is a client id, or one of the resource's URIs as the client wrote it.
async fn resource(visit: &Visit, decoded: &Decoded) -> Option<Principal> {
    let audience = decoded.text("aud")?;
    if audience.parse::<Uuid>().is_ok() {
        return principal_of(visit, audience).await;
    }
    let name = audience.trim_end_matches('/').replace('\'', "''");
    let condition = format!("servicePrincipalNames/any(n:n eq '{name}')");
    principal(visit, &condition).await
}

/// `uti` is the trace id of the request that the token answered.
fn sign_in(decoded: &Decoded) -> Option<String> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(decoded.text("uti")?).ok()?;
    let id = Uuid::from_bytes_le(bytes.try_into().ok()?);
    Some(format!("/portal/sign-ins/{id}"))
}
