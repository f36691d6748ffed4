//! Carries out the proof that a client offers.

use countersign_domain::clock::Timestamp;
use countersign_domain::directory::{
    ApplicationInTenant, ClientCredentialType, FederatedIdentityCredential, Tenant,
};
use countersign_domain::ids::{AppId, KeyId, TenantId};
use countersign_domain::oauth::assertion::{AssertionOrigin, origin};
use countersign_domain::oauth::certificate_auth::{self, Expected, SingleUse};
use countersign_domain::oauth::claims::AuthenticationStrength;
use countersign_domain::oauth::client_auth::check_secret;
use countersign_domain::oauth::error::{self, OauthError};
use countersign_domain::oauth::federation;
use countersign_domain::oauth::request::ClientCredential;
use countersign_domain::secret::{Pepper, SecretHash};
use countersign_token::{Assertion, AssertionClaims, verify_assertion};

use super::issue::unavailable;
use super::token::Attempt;
use crate::federation::KeyProblem;
use crate::http::context::RequestContext;
use crate::state::AppState;

/// Assertions of real clients live for ten minutes, and an hour at most.
const LIFE_SECONDS_USUAL: i64 = 3_600;

/// A proof, made ready to compare.
///
/// It is made before the client is looked up, so an unknown client costs the same as a known one.
pub(super) enum Proof<'a> {
    Secret(SecretHash),
    Assertion(&'a str),
}

impl<'a> Proof<'a> {
    pub(super) fn new(pepper: &Pepper, client: AppId, credential: &ClientCredential<'a>) -> Self {
        match credential {
            ClientCredential::BodySecret(secret) => {
                Self::Secret(pepper.hash_bytes(client, secret.as_bytes()))
            }
            ClientCredential::BasicSecret(secret) => Self::Secret(pepper.hash(client, secret)),
            ClientCredential::Assertion(assertion) => Self::Assertion(assertion),
        }
    }
}

/// Who asks, where.
#[derive(Clone, Copy)]
pub(super) struct Asking<'a> {
    pub(super) tenant: &'a Tenant,
    /// The name the tenant was called by in the URL.
    pub(super) segment: &'a str,
    pub(super) client: &'a ApplicationInTenant,
}

/// Proves the client, and says how; the attempt keeps what was tried.
pub(super) async fn authenticate(
    state: &AppState,
    asking: Asking<'_>,
    proof: &Proof<'_>,
    context: &RequestContext,
    attempt: &mut Attempt,
) -> Result<AuthenticationStrength, OauthError> {
    let text = match proof {
        Proof::Secret(offered) => {
            let password = check_secret(asking.client, offered, context.now)?;
            attempt.credential_key_id = Some(password.key_id);
            return Ok(AuthenticationStrength::Secret);
        }
        Proof::Assertion(text) => *text,
    };
    let assertion = Assertion::parse(text).map_err(|_| error::ASSERTION_MALFORMED.plain())?;
    let claims = assertion
        .unverified_claims()
        .map_err(|_| error::ASSERTION_MALFORMED.plain())?;
    match origin(claims, asking.client.application.app_id)? {
        AssertionOrigin::Application => {
            attempt.credential_type = Some(ClientCredentialType::Certificate);
            let single_use = certificate(state, asking, &assertion, context, attempt)?;
            count_use(state, asking.client.application.app_id, text, attempt);
            if let Some(single_use) = single_use {
                remember(state, asking, single_use, context).await?;
            }
        }
        AssertionOrigin::Federated => {
            attempt.credential_type = Some(ClientCredentialType::FederatedIdentityCredential);
            let base_url = state.base_url.as_str();
            let credential = federation::choose(asking.client, base_url, claims)?;
            // Not verified yet: but a token that could not be accepted whoever signed it is not
            // worth asking its issuer for.
            federation::check_type(&assertion)?;
            federation::check_algorithm(&assertion)?;
            federation::check_current(claims, context.now)?;
            federated(state, asking.tenant, credential, &assertion, context).await?;
            attempt.credential_key_id = Some(KeyId::new(credential.id.uuid()));
        }
    }
    Ok(AuthenticationStrength::Assertion)
}

fn certificate(
    state: &AppState,
    asking: Asking<'_>,
    assertion: &Assertion<'_>,
    context: &RequestContext,
    attempt: &mut Attempt,
) -> Result<Option<SingleUse>, OauthError> {
    let application = &asking.client.application;
    let proof = certificate_auth::check(
        assertion,
        asking.client,
        &Expected {
            base_url: state.base_url.as_str(),
            tenant: asking.tenant,
            segment: asking.segment,
            client_id: application.app_id,
            policy: asking
                .tenant
                .assertion_policy
                .and(application.assertion_policy),
            now: context.now,
            known_leaves: &state.known_leaves,
        },
    )?;
    attempt.credential_key_id = Some(proof.credential.key_id);
    tell_long_life(state, asking, proof.expires_at, context.now);
    Ok(proof.single_use)
}

/// A long life is allowed, since clients exist that ask for it, but a stolen assertion is good for
/// as long: whoever runs the client should know.
fn tell_long_life(state: &AppState, asking: Asking<'_>, expires_at: Timestamp, now: Timestamp) {
    let app_id = asking.client.application.app_id;
    if expires_at > now.plus_seconds(LIFE_SECONDS_USUAL) && state.long_lived.is_new(app_id) {
        tracing::warn!(
            tenant = %asking.tenant.id,
            %app_id,
            expires_at = %expires_at.to_seven_digits(),
            "an application signs assertions that live longer than an hour; `assertionPolicy` can \
             limit them"
        );
    }
}

/// A good assertion that was seen before is counted and noted, whether it is refused or not.
fn count_use(state: &AppState, client: AppId, assertion: &str, attempt: &mut Attempt) {
    if state.seen_assertions.was_seen(client, assertion) {
        state.metrics.assertion_replay();
        attempt.is_assertion_reused = true;
    }
}

/// Remembers an assertion last of all checks, so that only a good one is used up. The database
/// decides, for all nodes at once; one that does not answer refuses.
async fn remember(
    state: &AppState,
    asking: Asking<'_>,
    single_use: SingleUse,
    context: &RequestContext,
) -> Result<(), OauthError> {
    let app_id = asking.client.application.app_id;
    let is_first = state
        .db
        .remember_assertion(
            asking.tenant.id,
            app_id,
            &single_use.digest,
            single_use.until,
            context.now,
        )
        .await
        .map_err(|cause| unavailable(&cause))?;
    if is_first {
        Ok(())
    } else {
        Err(certificate_auth::used_before())
    }
}

async fn federated(
    state: &AppState,
    tenant: &Tenant,
    credential: &FederatedIdentityCredential,
    assertion: &Assertion<'_>,
    context: &RequestContext,
) -> Result<(), OauthError> {
    let claims = verify_federated(state, tenant.id, credential, assertion).await?;
    federation::check_current(claims, context.now)
}

/// Verifies the signature of another issuer's token, with the keys that a credential trusts.
pub(crate) async fn verify_federated<'a>(
    state: &AppState,
    tenant: TenantId,
    credential: &FederatedIdentityCredential,
    assertion: &'a Assertion<'_>,
) -> Result<&'a AssertionClaims, OauthError> {
    let kid = assertion.unverified_kid();
    let key = state
        .federation
        .key(tenant, &credential.issuer, kid, credential.keys.as_ref())
        .await
        .map_err(|problem| refuse_key(&problem, kid))?;
    let verified = verify_assertion(assertion, &key.key)
        .map_err(|cause| federation::signature_refused(&cause))?;
    Ok(verified.claims())
}

fn refuse_key(problem: &KeyProblem, kid: Option<&str>) -> OauthError {
    match problem {
        KeyProblem::IssuerUnreachable(_) => error::FEDERATED_ISSUER_UNREACHABLE.plain(),
        KeyProblem::UnreadableKeys => error::FEDERATED_KEYS_UNREADABLE.plain(),
        KeyProblem::UnknownKey => {
            error::FEDERATED_KEY_UNKNOWN.with(&[("kid", kid.unwrap_or_default())])
        }
    }
}
