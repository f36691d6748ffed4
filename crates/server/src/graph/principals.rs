//! Reading service principals and what is below them.

use countersign_domain::directory::Owned;
use countersign_domain::graph::error::GraphError;
use countersign_domain::graph::etag::ETag;
use countersign_domain::graph::route::ServicePrincipalKey;
use countersign_domain::graph::selection::{AssignmentField, Selection, ServicePrincipalField};
use countersign_domain::graph::wire::{self, Object as Members};
use countersign_domain::ids::ServicePrincipalId;
use countersign_store::{AssignmentsOf, ServicePrincipalRecord, View};

use super::answer::Answer;
use super::ask::Ask;
use super::collection::{self, context, entity};
use super::expand::{self, Expansion};
use super::{assignments, errors, find, owners, shown};

const COLLECTION: &str = "servicePrincipals";

pub(super) async fn list(ask: &Ask<'_>) -> Result<Answer, GraphError> {
    let mut selection = collection::selection::<ServicePrincipalField>(ask)?;
    let expansion = expansion(ask)?;
    expand::limit(expansion, &mut selection.limit);
    let mut view = ask.view().await?;
    let page = view
        .service_principals(ask.tenant_id(), &selection, ask.shows_credentials())
        .await
        .map_err(errors::of_store)?;
    let mut rows = Vec::with_capacity(page.items.len());
    for record in &page.items {
        rows.push(row(ask, &mut view, record, expansion, false).await?);
    }
    let context = context(ask, COLLECTION);
    Ok(collection::answer(ask, context, rows, &page))
}

pub(super) async fn count(ask: &Ask<'_>) -> Result<Answer, GraphError> {
    let selection = collection::counted::<ServicePrincipalField>(ask)?;
    let mut view = ask.view().await?;
    let page = view
        .service_principals(ask.tenant_id(), &selection, false)
        .await;
    Ok(collection::number(&page.map_err(errors::of_store)?))
}

pub(super) async fn get(ask: &Ask<'_>, key: &ServicePrincipalKey) -> Result<Answer, GraphError> {
    let expansion = expansion(ask)?;
    let mut view = ask.view().await?;
    let record = find::service_principal(&mut view, ask.tenant_id(), key).await?;
    let etag = ETag::of(&shown::service_principal(&record, false));
    let keys = ask.selects("keyCredentials");
    let found = row(ask, &mut view, &record, expansion, keys).await?;
    Ok(Answer::object(entity(ask, COLLECTION), found).with_etag(etag))
}

pub(super) async fn owners(ask: &Ask<'_>, key: &ServicePrincipalKey) -> Result<Answer, GraphError> {
    let mut view = ask.view().await?;
    let id = id(ask, &mut view, key).await?;
    owners::list(ask, &mut view, Owned::ServicePrincipal(id)).await
}

pub(super) async fn owner_refs(
    ask: &Ask<'_>,
    key: &ServicePrincipalKey,
) -> Result<Answer, GraphError> {
    let mut view = ask.view().await?;
    let id = id(ask, &mut view, key).await?;
    owners::refs(ask, &mut view, Owned::ServicePrincipal(id)).await
}

pub(super) async fn owned_objects(
    ask: &Ask<'_>,
    key: &ServicePrincipalKey,
) -> Result<Answer, GraphError> {
    let mut view = ask.view().await?;
    let id = id(ask, &mut view, key).await?;
    owners::owned_by(ask, &mut view, id).await
}

/// A navigation that leads to nothing, if there is where to start from.
pub(super) async fn nothing(
    ask: &Ask<'_>,
    key: &ServicePrincipalKey,
    navigation: &str,
) -> Result<Answer, GraphError> {
    let mut view = ask.view().await?;
    let id = id(ask, &mut view, key).await?;
    let context = format!("{COLLECTION}('{id}')/{navigation}");
    Ok(Answer::list(context, Vec::new()))
}

/// The object id behind a key.
pub(super) async fn id(
    ask: &Ask<'_>,
    view: &mut View,
    key: &ServicePrincipalKey,
) -> Result<ServicePrincipalId, GraphError> {
    let record = find::service_principal(view, ask.tenant_id(), key).await?;
    Ok(record.principal.id)
}

async fn row(
    ask: &Ask<'_>,
    view: &mut View,
    record: &ServicePrincipalRecord,
    expansion: Option<Expansion>,
    keys: bool,
) -> Result<Members, GraphError> {
    let whole = shown::service_principal(record, keys);
    let mut row = wire::select(whole, &ask.query.select, "servicePrincipal")?;
    let id = record.principal.id;
    match expansion {
        None => {}
        Some(Expansion::AppRoleAssignedTo) => {
            let all = few(ask, view, AssignmentsOf::Resource(id)).await?;
            expand::add(ask, &mut row, "appRoleAssignedTo", all);
        }
        Some(Expansion::AppRoleAssignments) => {
            let all = few(ask, view, AssignmentsOf::Principal(id)).await?;
            expand::add(ask, &mut row, "appRoleAssignments", all);
        }
        Some(_) => {
            let all = owners::of(ask, view, Owned::ServicePrincipal(id)).await?;
            expand::add(ask, &mut row, "owners", all);
        }
    }
    Ok(row)
}

fn expansion(ask: &Ask<'_>) -> Result<Option<Expansion>, GraphError> {
    let possible = [
        Expansion::Owners,
        Expansion::AppRoleAssignedTo,
        Expansion::AppRoleAssignments,
    ];
    expand::read(ask, &possible)
}

/// As many assignments as an expansion shows.
async fn few(
    ask: &Ask<'_>,
    view: &mut View,
    of: AssignmentsOf,
) -> Result<Vec<Members>, GraphError> {
    let selection = Selection::<AssignmentField> {
        condition: None,
        search: None,
        order: None,
        after: None,
        limit: expand::ITEMS_MAX,
        counts: false,
    };
    let page = view.assignments(ask.tenant_id(), of, &selection).await;
    let page = page.map_err(errors::of_store)?;
    Ok(page.items.iter().map(assignments::shown).collect())
}
