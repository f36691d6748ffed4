//! Reading applications and what is below them.

use countersign_domain::directory::{FederatedIdentityCredential, Owned};
use countersign_domain::graph::error::GraphError;
use countersign_domain::graph::etag::ETag;
use countersign_domain::graph::route::{ApplicationKey, FederatedCredentialKey};
use countersign_domain::graph::selection::ApplicationField;
use countersign_domain::graph::wire::{self, Object as Members};
use countersign_domain::ids::{ApplicationId, TenantId};
use countersign_store::{ApplicationRecord, View};

use super::answer::Answer;
use super::ask::Ask;
use super::collection::{self, context, entity};
use super::expand::{self, Expansion};
use super::{errors, find, last_used, owners, shown};

const COLLECTION: &str = "applications";

pub(super) async fn list(ask: &Ask<'_>) -> Result<Answer, GraphError> {
    let mut selection = collection::selection::<ApplicationField>(ask)?;
    let expansion = expansion(ask)?;
    expand::limit(expansion, &mut selection.limit);
    let mut view = ask.view().await?;
    let page = view
        .applications(ask.tenant_id(), &selection, ask.shows_credentials())
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
    let selection = collection::counted::<ApplicationField>(ask)?;
    let mut view = ask.view().await?;
    let page = view.applications(ask.tenant_id(), &selection, false).await;
    Ok(collection::number(&page.map_err(errors::of_store)?))
}

pub(super) async fn get(ask: &Ask<'_>, key: &ApplicationKey) -> Result<Answer, GraphError> {
    let expansion = expansion(ask)?;
    let mut view = ask.view().await?;
    let record = find::application(&mut view, ask.tenant_id(), key).await?;
    let etag = ETag::of(&shown::application(&ask.caller.tenant, &record, false));
    let keys = ask.selects("keyCredentials");
    let mut found = row(ask, &mut view, &record, expansion, keys).await?;
    last_used::of_application(ask, &mut view, record.application.id, &mut found).await?;
    Ok(Answer::object(entity(ask, COLLECTION), found).with_etag(etag))
}

pub(super) async fn owners(ask: &Ask<'_>, key: &ApplicationKey) -> Result<Answer, GraphError> {
    let mut view = ask.view().await?;
    let owned = owned(&mut view, ask, key).await?;
    owners::list(ask, &mut view, owned).await
}

pub(super) async fn owner_refs(ask: &Ask<'_>, key: &ApplicationKey) -> Result<Answer, GraphError> {
    let mut view = ask.view().await?;
    let owned = owned(&mut view, ask, key).await?;
    owners::refs(ask, &mut view, owned).await
}

/// A navigation that leads to nothing, if there is where to start from.
pub(super) async fn nothing(
    ask: &Ask<'_>,
    key: &ApplicationKey,
    navigation: &str,
) -> Result<Answer, GraphError> {
    let mut view = ask.view().await?;
    let id = find::application(&mut view, ask.tenant_id(), key)
        .await?
        .application
        .id;
    let context = format!("{COLLECTION}('{id}')/{navigation}");
    Ok(Answer::list(context, Vec::new()))
}

pub(super) async fn federated_credentials(
    ask: &Ask<'_>,
    key: &ApplicationKey,
) -> Result<Answer, GraphError> {
    collection::refuse_filter(ask)?;
    let mut view = ask.view().await?;
    let id = find::application(&mut view, ask.tenant_id(), key)
        .await?
        .application
        .id;
    let rows = trusted(&mut view, ask.tenant_id(), id)
        .await?
        .iter()
        .map(|credential| select_credential(ask, credential))
        .collect::<Result<_, _>>()?;
    Ok(Answer::list(context(ask, &below(id)), rows))
}

pub(super) async fn federated_credential(
    ask: &Ask<'_>,
    key: &ApplicationKey,
    wanted: &FederatedCredentialKey,
) -> Result<Answer, GraphError> {
    let mut view = ask.view().await?;
    let id = find::application(&mut view, ask.tenant_id(), key)
        .await?
        .application
        .id;
    let all = trusted(&mut view, ask.tenant_id(), id).await?;
    let found = find_credential(&all, wanted)?;
    let etag = ETag::of(&wire::federated_credential(found));
    let found = select_credential(ask, found)?;
    Ok(Answer::object(entity(ask, &below(id)), found).with_etag(etag))
}

/// The credential that a key means. A name may look like an id: where none has the id, the name is
/// meant.
pub(super) fn find_credential<'c>(
    all: &'c [FederatedIdentityCredential],
    wanted: &FederatedCredentialKey,
) -> Result<&'c FederatedIdentityCredential, GraphError> {
    let (id, name) = match wanted {
        FederatedCredentialKey::Id(id) => (Some(*id), id.to_string()),
        FederatedCredentialKey::Name(name) => (None, name.clone()),
    };
    let by_id = all.iter().find(|credential| Some(credential.id) == id);
    by_id
        .or_else(|| all.iter().find(|credential| credential.name == name))
        .ok_or_else(|| GraphError::not_found(name))
}

async fn row(
    ask: &Ask<'_>,
    view: &mut View,
    record: &ApplicationRecord,
    expansion: Option<Expansion>,
    keys: bool,
) -> Result<Members, GraphError> {
    let mut whole = shown::application(&ask.caller.tenant, record, keys);
    if ask.selects(wire::EXTENSIONS) {
        let extensions = wire::extensions(&record.application);
        whole.insert(wire::EXTENSIONS.to_owned(), extensions.into());
    }
    let mut row = wire::select(whole, &ask.query.select, "application")?;
    match expansion {
        None => {}
        Some(Expansion::FederatedCredentials) => {
            let id = record.application.id;
            let all = trusted(view, ask.tenant_id(), id).await?;
            let all = all.iter().map(wire::federated_credential).collect();
            expand::add(ask, &mut row, "federatedIdentityCredentials", all);
        }
        Some(_) => {
            let owned = Owned::Application(record.application.id);
            let all = owners::of(ask, view, owned).await?;
            expand::add(ask, &mut row, "owners", all);
        }
    }
    Ok(row)
}

fn expansion(ask: &Ask<'_>) -> Result<Option<Expansion>, GraphError> {
    expand::read(ask, &[Expansion::Owners, Expansion::FederatedCredentials])
}

async fn owned(view: &mut View, ask: &Ask<'_>, key: &ApplicationKey) -> Result<Owned, GraphError> {
    let record = find::application(view, ask.tenant_id(), key).await?;
    Ok(Owned::Application(record.application.id))
}

async fn trusted(
    view: &mut View,
    tenant_id: TenantId,
    id: ApplicationId,
) -> Result<Vec<FederatedIdentityCredential>, GraphError> {
    let found = view.federated_credentials(tenant_id, id).await;
    found.map_err(errors::of_store)
}

fn select_credential(
    ask: &Ask<'_>,
    credential: &FederatedIdentityCredential,
) -> Result<Members, GraphError> {
    let whole = wire::federated_credential(credential);
    wire::select(whole, &ask.query.select, "federatedIdentityCredential")
}

fn below(id: ApplicationId) -> String {
    format!("{COLLECTION}('{id}')/federatedIdentityCredentials")
}
