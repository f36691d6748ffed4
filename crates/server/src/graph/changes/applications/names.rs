//! Names that stand for one application: App ID URIs and the unique name.

use countersign_domain::directory::Application;
use countersign_domain::graph::body::{UNIQUE_NAME_TAKEN, URI_TAKEN};
use countersign_domain::graph::error::GraphError;
use countersign_domain::graph::filter::Comparison;
use countersign_domain::graph::route::{ApplicationKey, ObjectKey};
use countersign_domain::graph::selection::{ApplicationField, Condition, Selection, Value};

use super::super::work::Work;
use crate::graph::errors::of_store;

/// Refuses names that another application has. `current`: the application as it is.
///
/// A client's word for a resource must mean one application: within a tenant, and across tenants
/// where one of the two applications is for every tenant.
pub(in super::super) async fn check(
    work: &mut Work<'_>,
    new: &Application,
    current: Option<&Application>,
) -> Result<(), GraphError> {
    let is_shared = new.sign_in_audience.is_multi_tenant();
    let was_shared = current.is_some_and(|old| old.sign_in_audience.is_multi_tenant());
    for uri in &new.identifier_uris {
        let is_kept = current.is_some_and(|old| old.identifier_uris.contains(uri));
        if is_kept && is_shared == was_shared {
            continue;
        }
        let holders = work.change.view().identifier_uri_holders(uri).await;
        let mut others = holders.map_err(of_store)?.into_iter();
        let is_rival = others.any(|other| {
            other.app_id != new.app_id
                && (other.tenant_id == new.tenant_id
                    || is_shared
                    || other.sign_in_audience.is_multi_tenant())
        });
        if is_rival {
            return Err(GraphError::bad_request(URI_TAKEN));
        }
    }
    let name = new.manifest.unique_name.as_ref();
    if let Some(name) = name
        .filter(|name| current.is_none_or(|old| old.manifest.unique_name.as_ref() != Some(*name)))
    {
        let key = ObjectKey::Application(ApplicationKey::UniqueName(name.clone()));
        if work.lookup(&key).await?.is_some() || is_of_deleted(work, new, name).await? {
            return Err(GraphError::bad_request(UNIQUE_NAME_TAKEN));
        }
    }
    Ok(())
}

/// Whether another application has the unique name that is deleted: it can be restored.
async fn is_of_deleted(
    work: &mut Work<'_>,
    new: &Application,
    name: &str,
) -> Result<bool, GraphError> {
    let named = Selection {
        condition: Some(Condition::Is(
            ApplicationField::UniqueName,
            Comparison::Eq,
            Value::Text(name.to_owned()),
        )),
        search: None,
        order: None,
        after: None,
        limit: 1,
        counts: false,
    };
    let view = work.change.view();
    let found = view
        .deleted_applications(new.tenant_id, &named, false)
        .await;
    let found = found.map_err(of_store)?.items;
    Ok(found.iter().any(|other| other.application.id != new.id))
}
