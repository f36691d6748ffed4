//! Reading grants of delegated permissions.

use countersign_domain::directory::PermissionGrant;
use countersign_domain::graph::error::GraphError;
use countersign_domain::graph::etag::ETag;
use countersign_domain::graph::filter::Comparison;
use countersign_domain::graph::route::ServicePrincipalKey;
use countersign_domain::graph::selection::{Condition, PermissionGrantField, Selection, Value};
use countersign_domain::graph::wire::{self, Object as Members};
use countersign_store::View;

use super::answer::Answer;
use super::ask::Ask;
use super::collection::{self, context, entity};
use super::{errors, principals};

const COLLECTION: &str = "oauth2PermissionGrants";

pub(super) async fn list(ask: &Ask<'_>) -> Result<Answer, GraphError> {
    let selection = collection::selection(ask)?;
    let mut view = ask.view().await?;
    page(ask, &mut view, &selection).await
}

/// Those that a service principal has as a client.
pub(super) async fn of_principal(
    ask: &Ask<'_>,
    key: &ServicePrincipalKey,
) -> Result<Answer, GraphError> {
    let mut selection = collection::selection::<PermissionGrantField>(ask)?;
    let mut view = ask.view().await?;
    let id = principals::id(ask, &mut view, key).await?;
    let client = Value::Guid(id.uuid());
    let is_its = Condition::Is(PermissionGrantField::ClientId, Comparison::Eq, client);
    selection.condition = Some(match selection.condition.take() {
        Some(condition) => Condition::All(vec![is_its, condition]),
        None => is_its,
    });
    page(ask, &mut view, &selection).await
}

pub(super) async fn get(ask: &Ask<'_>, name: &str) -> Result<Answer, GraphError> {
    let mut view = ask.view().await?;
    let grant = find(ask, &mut view, name).await?;
    let whole = wire::permission_grant(&grant);
    let etag = ETag::of(&whole);
    let found = select(ask, whole)?;
    Ok(Answer::object(entity(ask, COLLECTION), found).with_etag(etag))
}

/// The grant of this id.
pub(super) async fn find(
    ask: &Ask<'_>,
    view: &mut View,
    name: &str,
) -> Result<PermissionGrant, GraphError> {
    let not_found = || GraphError::not_found(name);
    let (client_id, id) = wire::read_permission_grant_id(name).ok_or_else(not_found)?;
    let found = view.permission_grant(ask.tenant_id(), id).await;
    found
        .map_err(errors::of_store)?
        .filter(|grant| grant.client_id == client_id)
        .ok_or_else(not_found)
}

async fn page(
    ask: &Ask<'_>,
    view: &mut View,
    selection: &Selection<PermissionGrantField>,
) -> Result<Answer, GraphError> {
    let page = view.permission_grants(ask.tenant_id(), selection).await;
    let page = page.map_err(errors::of_store)?;
    let rows = page.items.iter();
    let rows = rows.map(|grant| select(ask, wire::permission_grant(grant)));
    let rows = rows.collect::<Result<_, _>>()?;
    let context = context(ask, COLLECTION);
    Ok(collection::answer(ask, context, rows, &page))
}

fn select(ask: &Ask<'_>, whole: Members) -> Result<Members, GraphError> {
    wire::select(whole, &ask.query.select, "oAuth2PermissionGrant")
}
