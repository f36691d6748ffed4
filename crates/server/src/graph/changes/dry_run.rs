//! `Prefer: dry-run`: what a deletion would take away, and who used it last. Nothing is deleted.

use countersign_domain::clock::Timestamp;
use countersign_domain::graph::error::GraphError;
use countersign_domain::graph::route::ServicePrincipalKey;
use countersign_domain::graph::wire::time;
use countersign_domain::ids::{AppId, KeyId, ServicePrincipalId};
use countersign_store::{LastUse, UseOf, View};
use serde_json::{Value, json};

use super::found::{About, Found};
use super::work::Work;
use crate::graph::answer::Answer;
use crate::graph::ask::Ask;
use crate::graph::errors::of_store;
use countersign_domain::graph::wire::Object as Members;

/// An application with its service principal, or a service principal alone.
pub(super) async fn object(mut work: Work<'_>, found: &Found) -> Result<Answer, GraphError> {
    let application = &found.application;
    let mut gone = vec![short(found)];
    let instance = match &found.about {
        About::ServicePrincipal(principal) => Some(principal.id),
        About::Application => {
            let key = ServicePrincipalKey::AppId(application.app_id);
            let instance = work.lookup(&key.into()).await?;
            gone.extend(instance.as_ref().map(short));
            instance.and_then(|instance| instance.instance())
        }
    };
    let ask = work.end();
    let mut view = ask.view().await?;
    let mut uses = Vec::new();
    if matches!(found.about, About::Application) {
        let of = UseOf::Application(application.id);
        let last = last_use(ask, &mut view, of).await?;
        uses.extend(last.map(|last| of_credential(&last, application.app_id)));
    }
    if let Some(id) = instance {
        uses.extend(as_client(ask, &mut view, id, application.app_id).await?);
    }
    uses.extend(as_resource(ask, view, application.app_id, None).await?);
    Ok(answer(gone, uses))
}

/// A secret, a certificate or a federated credential; `shown` is its wire form.
pub(super) async fn credential(
    work: Work<'_>,
    found: &Found,
    key_id: KeyId,
    shown: Members,
) -> Result<Answer, GraphError> {
    let ask = work.end();
    let mut view = ask.view().await?;
    let application = &found.application;
    let of = UseOf::Credential(application.id, key_id);
    let last = last_use(ask, &mut view, of).await?;
    let uses = last.map(|last| of_credential(&last, application.app_id));
    Ok(answer(vec![Value::Object(shown)], Vec::from_iter(uses)))
}

/// A role of a resource that a client has.
pub(super) async fn assignment(
    work: Work<'_>,
    principal: &Found,
    resource: &Found,
    shown: Members,
) -> Result<Answer, GraphError> {
    let ask = work.end();
    let view = ask.view().await?;
    let client = Some(principal.application.app_id);
    let uses = as_resource(ask, view, resource.application.app_id, client).await?;
    Ok(answer(vec![Value::Object(shown)], uses))
}

/// An object of which no use is written down; `shown` is its wire form.
pub(super) fn unused(shown: Members) -> Answer {
    answer(vec![Value::Object(shown)], Vec::new())
}

/// A use of what would be deleted.
struct Use {
    at: Timestamp,
    /// What happened, in words that can stand in a list.
    description: String,
    /// The client that did it.
    app_id: AppId,
}

fn answer(gone: Vec<Value>, mut uses: Vec<Use>) -> Answer {
    uses.sort_by_key(|one| std::cmp::Reverse(one.at));
    let uses: Vec<_> = uses
        .iter()
        .map(|one| {
            json!({
                "lastUsedDateTime": time(one.at),
                "description": one.description,
                "appId": one.app_id,
            })
        })
        .collect();
    Answer::DryRun(Members::from_iter([
        ("wouldDelete".to_owned(), Value::Array(gone)),
        ("lastUses".to_owned(), Value::Array(uses)),
    ]))
}

fn short(found: &Found) -> Value {
    let kind = match found.about {
        About::Application => "#microsoft.graph.application",
        About::ServicePrincipal(_) => "#microsoft.graph.servicePrincipal",
    };
    json!({
        "@odata.type": kind,
        "id": found.object().uuid(),
        "displayName": found.application.display_name,
    })
}

async fn last_use(
    ask: &Ask<'_>,
    view: &mut View,
    of: UseOf,
) -> Result<Option<LastUse>, GraphError> {
    view.last_use(ask.tenant_id(), of).await.map_err(of_store)
}

fn of_credential(last: &LastUse, app_id: AppId) -> Use {
    let name = match &last.key_name {
        Some(name) => format!("the credential {name:?}"),
        None => "a credential without a name".to_owned(),
    };
    Use {
        at: last.at,
        description: format!("{name} brought a token"),
        app_id,
    }
}

async fn as_client(
    ask: &Ask<'_>,
    view: &mut View,
    id: ServicePrincipalId,
    app_id: AppId,
) -> Result<Option<Use>, GraphError> {
    let last = last_use(ask, view, UseOf::Client(id)).await?;
    Ok(last.map(|last| Use {
        at: last.at,
        description: "it signed in in this tenant".to_owned(),
        app_id,
    }))
}

/// The clients that got tokens for a resource last; only one of them where it is named.
async fn as_resource(
    ask: &Ask<'_>,
    mut view: View,
    resource: AppId,
    client: Option<AppId>,
) -> Result<Vec<Use>, GraphError> {
    let tenant_id = ask.tenant_id();
    let last = view.last_clients(tenant_id, resource, client).await;
    // A name that is not remembered needs a connection of its own.
    drop(view);
    let mut uses = Vec::new();
    for (app_id, at) in last.map_err(of_store)? {
        let client = ask.state.directory.application(tenant_id, app_id).await;
        let name = match &client.map_err(of_store)? {
            Some(client) => client.application.display_name.clone(),
            None => "a client that is gone".to_owned(),
        };
        uses.push(Use {
            at,
            description: format!("{name} ({app_id}) got a token for it"),
            app_id,
        });
    }
    Ok(uses)
}
