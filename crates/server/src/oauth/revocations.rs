//! The list of withdrawn tokens, for resources that want to know before the tokens end.
//!
//! Everybody may read it, as the keys; its marks tell nothing to who holds no token. It is read from
//! the database once for every change of the directory, and signed once for every place to go on from.

use std::sync::Arc;

use axum::response::Response;
use countersign_domain::directory::TokenVersion;
use countersign_domain::ids::TenantId;
use countersign_domain::oauth::claims::issuer;
use countersign_domain::oauth::error::{self, OauthError};
use countersign_domain::oauth::form;
use countersign_domain::oauth::revocation::{self, Revocation};
use quick_cache::sync::Cache;

use super::discovery::Call;
use super::issue::unavailable;
use crate::http::reply;
use crate::state::AppState;

/// Tenants whose revocations are remembered.
const TENANTS_MAX: usize = 1_000;

/// Lists that are remembered of one tenant.
const LISTS_MAX: usize = 16;

/// What this node remembers. An entry holds for one state of the directory.
pub(crate) struct RevocationLists(Cache<(TenantId, i64), Arc<Known>>);

/// The revocations of a tenant, and the lists that were signed of them, by where they go on.
struct Known {
    revocations: Vec<Revocation>,
    signed: Cache<i64, Arc<str>>,
}

impl RevocationLists {
    pub(crate) fn new() -> Self {
        Self(Cache::new(TENANTS_MAX))
    }
}

/// `GET /{tenant}/discovery/revocations?after=NUMBER`: what was withdrawn after that number, and 204
/// where there is nothing.
pub(crate) async fn show(call: Call) -> Response {
    match list(&call).await {
        Ok(Some(list)) => reply::signed_list(&list),
        Ok(None) => reply::nothing_new(),
        Err(refused) => call.refuse(refused),
    }
}

async fn list(call: &Call) -> Result<Option<Arc<str>>, OauthError> {
    let state = call.state();
    let tenant_id = state.directory.tenant(call.segment(1))?.id;
    let after = after(call.query())?;
    if state.directory.is_too_stale(call.now()) {
        return Err(error::UNAVAILABLE.plain());
    }
    let known = known(state, tenant_id).await?;
    if after != 0 && after == revocation::latest(&known.revocations) {
        return Ok(None);
    }
    let after = revocation::followed(after, &known.revocations);
    let sign = || {
        let tenant = tenant_id.to_string();
        let issuer = issuer(state.base_url.as_str(), &tenant, TokenVersion::V2);
        let list = revocation::list(issuer, tenant, call.now(), after, &known.revocations);
        state.signing.sign_revocations(&list).map(Arc::from)
    };
    let signed = known.signed.get_or_insert_with(&after, sign);
    signed.map(Some).map_err(|cause| {
        tracing::error!(%cause, "cannot sign a list of revocations");
        error::INTERNAL.plain()
    })
}

async fn known(state: &AppState, tenant_id: TenantId) -> Result<Arc<Known>, OauthError> {
    let read = async {
        Ok(Arc::new(Known {
            revocations: state.db.revocations(tenant_id).await?,
            signed: Cache::new(LISTS_MAX),
        }))
    };
    let key = (tenant_id, state.directory.change_number());
    let known = state.revocations.0.get_or_insert_async(&key, read).await;
    known.map_err(|cause| unavailable(&cause))
}

/// The number to go on from; 0 where none is given.
fn after(query: &str) -> Result<i64, OauthError> {
    let malformed = || {
        let reason = "The parameter 'after' is the number of an earlier list.";
        error::DISCOVERY_MALFORMED.with(&[("reason", reason)])
    };
    for pair in form::pairs(query.as_bytes()) {
        let (name, value) = pair.map_err(|_| malformed())?;
        if name == "after" {
            return value.parse().map_err(|_| malformed());
        }
    }
    Ok(0)
}
