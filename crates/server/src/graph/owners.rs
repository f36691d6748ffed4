//! Owners of objects, and objects of owners.

use countersign_domain::directory::{Owned, Owner};
use countersign_domain::graph::error::GraphError;
use countersign_domain::graph::selection::ServicePrincipalField;
use countersign_domain::graph::wire::{self, Object as Members};
use countersign_domain::ids::ServicePrincipalId;
use countersign_store::View;
use uuid::Uuid;

use super::answer::Answer;
use super::ask::Ask;
use super::collection::{self, context};
use super::expand::pick;
use super::{errors, shown};

const OBJECTS: &str = "directoryObjects";

/// The owners of an object, whole.
pub(super) async fn list(
    ask: &Ask<'_>,
    view: &mut View,
    owned: Owned,
) -> Result<Answer, GraphError> {
    collection::refuse_filter(ask)?;
    let ids = ids(ask, view, owned).await?;
    let rows = read(ask, view, &ids, ask.shows_credentials()).await?;
    Ok(objects(ask, rows))
}

/// The addresses of the owners of an object.
pub(super) async fn refs(
    ask: &Ask<'_>,
    view: &mut View,
    owned: Owned,
) -> Result<Answer, GraphError> {
    collection::refuse_filter(ask)?;
    let root = ask.service_root();
    let ids = ids(ask, view, owned).await?;
    let rows = ids.into_iter().map(|id| wire::reference(&root, id));
    Ok(Answer::list("Collection($ref)", rows.collect()))
}

/// A page of what a service principal owns.
pub(super) async fn owned_by(
    ask: &Ask<'_>,
    view: &mut View,
    id: ServicePrincipalId,
) -> Result<Answer, GraphError> {
    collection::refuse_filter(ask)?;
    // Of which type makes no difference without a filter.
    let asked = collection::selection::<ServicePrincipalField>(ask)?;
    let owner = Owner::ServicePrincipal(id);
    let page = view
        .owned_objects(ask.tenant_id(), owner, asked.after.as_ref(), asked.limit)
        .await
        .map_err(errors::of_store)?;
    let ids: Vec<_> = page.items.iter().copied().map(Owned::uuid).collect();
    let rows = read(ask, view, &ids, ask.shows_credentials()).await?;
    let rows = picked(ask, rows);
    let context = context(ask, OBJECTS);
    Ok(collection::answer(ask, context, rows, &page))
}

/// The owners of an object as rows to expand.
pub(super) async fn of(
    ask: &Ask<'_>,
    view: &mut View,
    owned: Owned,
) -> Result<Vec<Members>, GraphError> {
    let ids = ids(ask, view, owned).await?;
    read(ask, view, &ids, true).await
}

/// Objects of several types.
pub(super) fn objects(ask: &Ask<'_>, rows: Vec<Members>) -> Answer {
    Answer::list(context(ask, OBJECTS), picked(ask, rows))
}

fn picked(ask: &Ask<'_>, rows: Vec<Members>) -> Vec<Members> {
    let select = &ask.query.select;
    rows.into_iter().map(|row| pick(row, select)).collect()
}

/// The objects with these ids, in their order.
pub(super) async fn read(
    ask: &Ask<'_>,
    view: &mut View,
    ids: &[Uuid],
    credentials: bool,
) -> Result<Vec<Members>, GraphError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let found = view
        .directory_objects(ask.tenant_id(), ids, credentials)
        .await
        .map_err(errors::of_store)?;
    let rows = found.iter().map(|one| shown::object(ask.caller, one));
    Ok(rows.collect())
}

async fn ids(ask: &Ask<'_>, view: &mut View, owned: Owned) -> Result<Vec<Uuid>, GraphError> {
    let owners = view.owners(ask.tenant_id(), owned).await;
    let owners = owners.map_err(errors::of_store)?;
    Ok(owners.into_iter().map(Owner::uuid).collect())
}
