//! The story of a token request, top to bottom. Everything it calls is small and most of it pure.

use std::sync::Arc;

use countersign_domain::directory::{
    ApplicationInTenant, ClientCredentialType, SigningAlgorithm, TokenLifetime, TokenVersion,
};
use countersign_domain::ids::TenantId;
use countersign_domain::oauth::basic::BasicCredentials;
use countersign_domain::oauth::claims::{AccessTokenClaims, Facts, Validity};
use countersign_domain::oauth::error::{self, OauthCode, OauthError};
use countersign_domain::oauth::request::{ClientCredential, Endpoint, Parameters, TokenRequest};
use countersign_domain::oauth::revocation::Mark;
use countersign_domain::oauth::{client_auth, grant};
use countersign_store::StoreError;
use serde::Serialize;

use super::authenticate::{Asking, Proof, authenticate};
use super::token::Attempt;
use crate::http::context::RequestContext;
use crate::state::AppState;

/// Tokens that live longer than this carry a hint when to renew them.
const REFRESH_HINT_FROM_SECONDS: i64 = 7_200;

/// A token, and what the reply says about it.
pub(super) struct Issued {
    about: About,
    /// In the compact form: base64url and dots.
    access_token: String,
}

/// The reply without its token, in the shape of the endpoint that was called.
#[derive(Serialize)]
#[serde(untagged)]
enum About {
    /// Every number is a string.
    V1 {
        token_type: &'static str,
        expires_in: String,
        ext_expires_in: String,
        expires_on: String,
        not_before: String,
        resource: String,
    },
    /// Numbers are numbers.
    V2 {
        token_type: &'static str,
        expires_in: i64,
        ext_expires_in: i64,
        #[serde(skip_serializing_if = "Option::is_none")]
        refresh_in: Option<i64>,
    },
}

/// Room for everything but the token.
const ABOUT_LENGTH_GUESS: usize = 256;

/// Decides a token request, in the original's order of checks.
pub(super) async fn issue(
    state: &AppState,
    endpoint: Endpoint,
    segment: &str,
    parameters: &Parameters<'_>,
    basic: Result<Option<BasicCredentials>, OauthError>,
    context: &RequestContext,
    attempt: &mut Attempt,
) -> Result<Issued, OauthError> {
    let tenant = state.directory.tenant(segment);
    attempt.tenant_id = tenant.as_ref().ok().map(|tenant| tenant.id);
    attempt.app_id = parameters.unverified_client_id();
    parameters.require_grant_type()?;
    let basic = basic?;
    attempt.app_id = attempt
        .app_id
        .or_else(|| basic.as_ref()?.client_id.parse().ok());
    let tenant = tenant?;

    let endpoint = endpoint.spoken_at(segment, parameters);
    let request = TokenRequest::parse(endpoint, parameters, basic)?;
    attempt.app_id = Some(request.client_id);
    attempt.credential_type = Some(credential_type(&request.credential));
    if state.directory.is_too_stale(context.now) {
        return Err(error::UNAVAILABLE.plain());
    }
    if let Some(seconds) =
        state
            .throttle
            .wait_seconds(context.source, request.client_id, context.now)
    {
        attempt.retry_after = Some(seconds);
        return Err(error::THROTTLED.plain());
    }

    let proof = Proof::new(&state.keys.pepper, request.client_id, &request.credential);
    let known = application(state, tenant.id, &request).await?;
    let (client, client_principal) =
        client_auth::usable_client(&tenant, request.client_id, known.as_deref())?;
    attempt.service_principal_id = Some(client_principal.id);
    let requested = request.resource()?;
    let asking = Asking {
        tenant: &tenant,
        segment,
        client,
    };
    let strength = authenticate(state, asking, &proof, context, attempt)
        .await
        .inspect_err(|refused| {
            // What is not the client's fault must not slow it down.
            if refused.code == OauthCode::InvalidClient {
                state
                    .throttle
                    .failed(context.source, request.client_id, context.now);
            }
        })?;

    let known = state
        .directory
        .resource(tenant.id, requested.name())
        .await
        .map_err(|cause| unavailable(&cause))?;
    let (resource, resource_principal) =
        grant::usable_resource(&tenant, &requested, known.as_deref())?;
    attempt.resource_app_id = Some(resource.application.app_id);
    let grant = grant::decide(client, resource, resource_principal)?;

    let lifetime = resource
        .application
        .access_token_lifetime
        .unwrap_or(TokenLifetime::DEFAULT);
    let validity = Validity::starting(context.now, lifetime);
    let mut opaque = [0; 24];
    let (mark, rest) = opaque.split_at_mut(16);
    mark.copy_from_slice(&credential_mark(attempt).bytes());
    state.random.fill(rest);
    let claims = AccessTokenClaims::new(&Facts {
        base_url: state.base_url.as_str(),
        tenant_id: tenant.id,
        client_id: request.client_id,
        service_principal_id: client_principal.id,
        strength,
        handles_claims_challenges: request.handles_claims_challenges,
        resource: &resource.application,
        requested_resource: requested.as_str(),
        roles: &grant.roles,
        validity,
        trace_id: context.trace_id,
        opaque,
    });
    let algorithm = resource.application.access_token_signing_algorithm;
    let access_token = sign(
        state,
        algorithm,
        resource.application.token_version(),
        &claims,
    )?;
    Ok(Issued::new(
        endpoint,
        requested.as_str(),
        validity,
        access_token,
    ))
}

/// By what the token can be told once its credential is removed.
fn credential_mark(attempt: &Attempt) -> Mark {
    let key_id = attempt.credential_key_id.map(|id| id.to_string());
    Mark::of_credential(&key_id.unwrap_or_default())
}

impl Issued {
    fn new(
        endpoint: Endpoint,
        requested_resource: &str,
        validity: Validity,
        access_token: String,
    ) -> Self {
        let expires_in = validity.expires_in;
        let about = match endpoint {
            Endpoint::V1 => About::V1 {
                token_type: "Bearer",
                expires_in: expires_in.to_string(),
                ext_expires_in: expires_in.to_string(),
                expires_on: validity.expires_on.to_string(),
                not_before: validity.not_before.to_string(),
                resource: requested_resource.to_owned(),
            },
            Endpoint::V2 => About::V2 {
                token_type: "Bearer",
                expires_in,
                ext_expires_in: expires_in,
                refresh_in: (expires_in >= REFRESH_HINT_FROM_SECONDS).then_some(expires_in / 2),
            },
        };
        Self {
            about,
            access_token,
        }
    }

    /// The body of the reply.
    ///
    /// The token is put into it as it is: nothing in a compact token needs an escape, and looking
    /// for it would take longer than all the rest.
    pub(super) fn to_json(&self) -> Vec<u8> {
        let mut json = Vec::with_capacity(ABOUT_LENGTH_GUESS + self.access_token.len());
        serde_json::to_writer(&mut json, &self.about).expect("our own replies serialise");
        json.pop();
        json.extend_from_slice(br#","access_token":""#);
        json.extend_from_slice(self.access_token.as_bytes());
        json.extend_from_slice(br#""}"#);
        json
    }
}

async fn application(
    state: &AppState,
    tenant_id: TenantId,
    request: &TokenRequest<'_>,
) -> Result<Option<Arc<ApplicationInTenant>>, OauthError> {
    state
        .directory
        .application(tenant_id, request.client_id)
        .await
        .map_err(|cause| unavailable(&cause))
}

fn credential_type(credential: &ClientCredential<'_>) -> ClientCredentialType {
    match credential {
        ClientCredential::BodySecret(_) | ClientCredential::BasicSecret(_) => {
            ClientCredentialType::ClientSecret
        }
        ClientCredential::Assertion(_) => ClientCredentialType::ClientAssertion,
    }
}

fn sign(
    state: &AppState,
    algorithm: SigningAlgorithm,
    version: TokenVersion,
    claims: &AccessTokenClaims<'_>,
) -> Result<String, OauthError> {
    state
        .signing
        .sign(algorithm, version, claims)
        .map_err(|cause| {
            tracing::error!(%cause, "cannot sign a token");
            error::INTERNAL.plain()
        })
}

/// A store that does not answer is never "not found".
pub(super) fn unavailable(cause: &StoreError) -> OauthError {
    tracing::error!(%cause, "cannot read the directory");
    error::UNAVAILABLE.plain()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn the_reply_of_each_endpoint_is_one_object() {
        let validity = Validity {
            not_before: 1_000,
            expires_on: 11_000,
            expires_in: 9_999,
        };
        let reply = |endpoint| {
            let issued = Issued::new(endpoint, "api://a \"b\"", validity, "e30.e30._-0".into());
            serde_json::from_slice::<Value>(&issued.to_json()).expect("JSON")
        };
        assert_eq!(
            reply(Endpoint::V1),
            json!({
                "token_type": "Bearer",
                "expires_in": "9999",
                "ext_expires_in": "9999",
                "expires_on": "11000",
                "not_before": "1000",
                "resource": "api://a \"b\"",
                "access_token": "e30.e30._-0",
            })
        );
        assert_eq!(
            reply(Endpoint::V2),
            json!({
                "token_type": "Bearer",
                "expires_in": 9_999,
                "ext_expires_in": 9_999,
                "refresh_in": 4_999,
                "access_token": "e30.e30._-0",
            })
        );
    }
}
