//! Objects of any type by their ids, and objects that were deleted.

use countersign_domain::graph::body;
use countersign_domain::graph::error::GraphError;
use countersign_domain::graph::etag::ETag;
use countersign_domain::graph::route::DeletedKind;
use countersign_domain::graph::selection::Page;
use countersign_domain::graph::wire::{self, Object as Members, ObjectType};
use countersign_domain::ids::{ApplicationId, ServicePrincipalId};
use countersign_store::DirectoryObject;
use uuid::Uuid;

use super::answer::Answer;
use super::ask::Ask;
use super::collection::{self, context, entity};
use super::expand::pick;
use super::{errors, owners, shown};

const COLLECTION: &str = "directoryObjects";

pub(super) async fn get(ask: &Ask<'_>, id: Uuid) -> Result<Answer, GraphError> {
    let mut view = ask.view().await?;
    let found = owners::read(ask, &mut view, &[id], ask.shows_credentials()).await?;
    let found = found.into_iter().next();
    let found = found.ok_or_else(|| GraphError::not_found(id))?;
    let found = pick(found, &ask.query.select);
    Ok(Answer::object(entity(ask, COLLECTION), found))
}

/// Those of the ids that are of a wanted type; of the others nothing is said.
pub(super) async fn get_by_ids(ask: &Ask<'_>) -> Result<Answer, GraphError> {
    let wanted = body::get_by_ids(body::read(ask.body)?)?;
    let mut view = ask.view().await?;
    let found = view
        .directory_objects(ask.tenant_id(), &wanted.ids, ask.shows_credentials())
        .await
        .map_err(errors::of_store)?;
    let found = found.iter().filter(|one| wanted.types.contains(&kind(one)));
    let rows = found.map(|one| shown::object(ask.caller, one)).collect();
    Ok(owners::objects(ask, rows))
}

pub(super) async fn deleted(ask: &Ask<'_>, of: DeletedKind) -> Result<Answer, GraphError> {
    let mut view = ask.view().await?;
    let tenant = &ask.caller.tenant;
    Ok(match of {
        DeletedKind::Application => {
            let selection = collection::selection(ask)?;
            let page = view
                .deleted_applications(tenant.id, &selection, ask.shows_credentials())
                .await
                .map_err(errors::of_store)?;
            let rows = page.items.iter();
            let rows = rows.map(|record| {
                select(
                    ask,
                    shown::application(tenant, record, false),
                    ObjectType::Application,
                )
            });
            let rows = rows.collect::<Result<Vec<_>, _>>()?;
            collection::answer(ask, context(ask, "applications"), rows, &page)
        }
        DeletedKind::ServicePrincipal => {
            let selection = collection::selection(ask)?;
            let page = view
                .deleted_service_principals(tenant.id, &selection)
                .await
                .map_err(errors::of_store)?;
            let rows = page.items.iter();
            let rows = rows.map(|deleted| {
                select(
                    ask,
                    shown::deleted_principal(deleted),
                    ObjectType::ServicePrincipal,
                )
            });
            let rows = rows.collect::<Result<Vec<_>, _>>()?;
            collection::answer(ask, context(ask, "servicePrincipals"), rows, &page)
        }
        DeletedKind::User => none(ask, "users"),
        DeletedKind::Group => none(ask, "groups"),
    })
}

/// A collection that is always empty.
fn none(ask: &Ask<'_>, collection: &str) -> Answer {
    let page = Page::<Members> {
        items: Vec::new(),
        next: None,
        count: ask.query.counts.then_some(0),
    };
    collection::answer(ask, context(ask, collection), Vec::new(), &page)
}

pub(super) async fn deleted_item(ask: &Ask<'_>, id: Uuid) -> Result<Answer, GraphError> {
    let mut view = ask.view().await?;
    let tenant = &ask.caller.tenant;
    let application = view
        .deleted_application(tenant.id, ApplicationId::new(id))
        .await
        .map_err(errors::of_store)?;
    let found = match application {
        Some(record) => wire::typed(
            ObjectType::Application,
            shown::application(tenant, &record, false),
        ),
        None => {
            let principal = view
                .deleted_service_principal(tenant.id, ServicePrincipalId::new(id))
                .await
                .map_err(errors::of_store)?
                .ok_or_else(|| GraphError::not_found(id))?;
            wire::typed(
                ObjectType::ServicePrincipal,
                shown::deleted_principal(&principal),
            )
        }
    };
    let etag = ETag::of(&found);
    let found = pick(found, &ask.query.select);
    Ok(Answer::object(entity(ask, COLLECTION), found).with_etag(etag))
}

fn select(ask: &Ask<'_>, whole: Members, kind: ObjectType) -> Result<Members, GraphError> {
    wire::select(wire::typed(kind, whole), &ask.query.select, kind.as_str())
}

fn kind(object: &DirectoryObject) -> ObjectType {
    match object {
        DirectoryObject::Application(_) => ObjectType::Application,
        DirectoryObject::ServicePrincipal(_) => ObjectType::ServicePrincipal,
        DirectoryObject::User(_) => ObjectType::User,
    }
}
