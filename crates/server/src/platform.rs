//! The platform's own tenant with the Graph application, and that application's service principal
//! in every other tenant: what makes a token for the Graph API an ordinary token.

use countersign_domain::clock::Timestamp;
use countersign_domain::directory::{Application, AuditRecord, Tenant, TenantState, Write};
use countersign_domain::graph::permission::{
    GRAPH_APP_ID, PLATFORM_TENANT_ID, graph_application, graph_service_principal,
};
use countersign_domain::ids::{CorrelationId, TenantId};
use countersign_domain::random::Random;
use countersign_store::{Db, StoreError};

use crate::config::BaseUrl;

/// What the platform's tenant is called.
const DISPLAY_NAME: &str = "Countersign platform";

/// How often nodes that start together may be in each other's way before one gives up.
const ATTEMPTS_MAX: usize = 5;

/// The platform's own objects cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum PlatformError {
    /// Somebody else's application has the client id of Microsoft Graph.
    #[error(
        "the application {name:?} of the tenant {tenant_id} has the client id {GRAPH_APP_ID}, which \
         stands for the Graph API of this server: register it anew with another client id, and \
         remove this one with the version of Countersign that made it"
    )]
    Taken {
        /// What it is called.
        name: String,
        /// Its home tenant.
        tenant_id: TenantId,
    },
    /// A deleted application has that id.
    #[error(
        "a deleted application has the client id {GRAPH_APP_ID}, which stands for the Graph API of \
         this server: restore a backup from before it was registered, or start with another database"
    )]
    TakenByDeleted,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Makes what is missing of the platform's tenant, the Graph application and its service
/// principals, and brings the application up to date with this version and this address.
pub(crate) async fn ensure(
    db: &Db,
    base_url: &BaseUrl,
    now: Timestamp,
    random: &dyn Random,
) -> Result<(), PlatformError> {
    let mut attempts = 1;
    loop {
        let application = db.application_by_app_id(GRAPH_APP_ID).await?;
        let without = db.tenants_without_service_principal(GRAPH_APP_ID).await?;
        let writes = missing(application.as_ref(), without, base_url.as_str(), now)?;
        if writes.is_empty() {
            return Ok(());
        }
        match db.commit(&writes, &record(now, random)).await {
            Ok(()) => return Ok(()),
            // Another node was first, or adds a tenant just now: what it left is looked at again.
            Err(StoreError::Conflict { .. }) if attempts < ATTEMPTS_MAX => attempts += 1,
            Err(StoreError::Conflict { .. })
                if db.deleted_app_ids().await?.contains(&GRAPH_APP_ID) =>
            {
                return Err(PlatformError::TakenByDeleted);
            }
            Err(error) => return Err(error.into()),
        }
    }
}

/// The same for a directory that was read whole: the writes, with what they do done to `states`.
///
/// A directory file may grant roles of the Graph API before any server has run.
pub fn platform_writes(
    states: &mut Vec<TenantState>,
    base_url: &str,
    now: Timestamp,
) -> Result<Vec<Write>, PlatformError> {
    let application = states
        .iter()
        .flat_map(|state| &state.applications)
        .find(|application| application.app_id == GRAPH_APP_ID);
    let has_one = |state: &&TenantState| {
        let mut principals = state.service_principals.iter();
        principals.any(|principal| principal.app_id == GRAPH_APP_ID)
    };
    let without = states.iter().filter(|state| !has_one(state));
    let without = without.map(|state| state.tenant.id).collect();
    let writes = missing(application, without, base_url, now)?;
    for write in &writes {
        carry_out(states, write);
    }
    Ok(writes)
}

fn missing(
    stored: Option<&Application>,
    tenants_without: Vec<TenantId>,
    base_url: &str,
    now: Timestamp,
) -> Result<Vec<Write>, PlatformError> {
    let mut writes = Vec::new();
    match stored {
        None => {
            writes.push(Write::AddTenant(platform_tenant(now)));
            writes.push(Write::AddApplication(graph_application(base_url, now)));
        }
        Some(stored) if stored.tenant_id != PLATFORM_TENANT_ID => {
            return Err(PlatformError::Taken {
                name: stored.display_name.clone(),
                tenant_id: stored.tenant_id,
            });
        }
        Some(stored) => {
            let current = graph_application(base_url, stored.created_at);
            if *stored != current {
                writes.push(Write::UpdateApplication(current));
            }
        }
    }
    // Not in the platform's own tenant: nobody gets tokens there.
    let tenants = tenants_without.into_iter();
    writes.extend(
        tenants
            .filter(|id| *id != PLATFORM_TENANT_ID)
            .map(|id| Write::AddServicePrincipal(graph_service_principal(id, now))),
    );
    Ok(writes)
}

fn platform_tenant(now: Timestamp) -> Tenant {
    Tenant {
        id: PLATFORM_TENANT_ID,
        display_name: DISPLAY_NAME.to_owned(),
        domains: Vec::new(),
        is_default: false,
        assertion_policy: countersign_domain::directory::AssertionPolicy::default(),
        created_at: now,
    }
}

fn record(now: Timestamp, random: &dyn Random) -> AuditRecord {
    AuditRecord::of_command(
        now,
        "Provide the Graph API",
        CorrelationId::random(random),
        vec!["~ application \"Microsoft Graph\" and its service principals".to_owned()],
    )
}

fn carry_out(states: &mut Vec<TenantState>, write: &Write) {
    match write {
        Write::AddTenant(tenant) => states.push(TenantState {
            tenant: tenant.clone(),
            applications: Vec::new(),
            service_principals: Vec::new(),
            passwords: Vec::new(),
            keys: Vec::new(),
            federated: Vec::new(),
            assignments: Vec::new(),
            users: Vec::new(),
            administrators: Vec::new(),
        }),
        Write::AddApplication(application) | Write::UpdateApplication(application) => {
            for state in states.iter_mut() {
                if state.tenant.id == application.tenant_id {
                    state.applications.retain(|one| one.id != application.id);
                    state.applications.push(application.clone());
                }
            }
        }
        Write::AddServicePrincipal(principal) => {
            for state in states.iter_mut() {
                if state.tenant.id == principal.tenant_id {
                    state.service_principals.push(principal.clone());
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use countersign_domain::directory::AssertionPolicy;

    const BASE_URL: &str = "https://id.contoso.example";

    fn tenant() -> TenantState {
        let id = "aaaabbbb-0000-cccc-1111-dddd2222eeee".parse();
        let mut states = Vec::new();
        let tenant = Tenant {
            id: id.expect("a GUID"),
            display_name: "Contoso".to_owned(),
            domains: Vec::new(),
            is_default: true,
            assertion_policy: AssertionPolicy::default(),
            created_at: Timestamp::from_micros(0),
        };
        carry_out(&mut states, &Write::AddTenant(tenant));
        states.remove(0)
    }

    fn kinds(writes: &[Write]) -> Vec<&'static str> {
        let kind = |write: &Write| match write {
            Write::AddTenant(_) => "tenant",
            Write::AddApplication(_) => "application",
            Write::UpdateApplication(_) => "update",
            Write::AddServicePrincipal(_) => "principal",
            _ => "other",
        };
        writes.iter().map(kind).collect()
    }

    #[test]
    fn what_is_there_already_is_not_made_again() {
        let now = Timestamp::from_micros(1_000_000);
        let mut states = vec![tenant()];
        let first = platform_writes(&mut states, BASE_URL, now).expect("free");
        assert_eq!(kinds(&first), ["tenant", "application", "principal"]);
        let later = Timestamp::from_micros(2_000_000);
        let again = platform_writes(&mut states, BASE_URL, later).expect("our own");
        assert_eq!(kinds(&again), [""; 0]);
        let moved = platform_writes(&mut states, "https://other.example", later).expect("our own");
        assert_eq!(kinds(&moved), ["update"]);
        states.push(TenantState {
            tenant: Tenant {
                id: TenantId::new(uuid::Uuid::from_u128(7)),
                ..tenant().tenant
            },
            ..tenant()
        });
        let grown = platform_writes(&mut states, "https://other.example", later).expect("our own");
        assert_eq!(kinds(&grown), ["principal"]);
    }

    #[test]
    fn another_application_with_the_client_id_of_graph_is_named() {
        let mut state = tenant();
        let mut application = graph_application(BASE_URL, Timestamp::from_micros(0));
        application.tenant_id = state.tenant.id;
        application.display_name = "Mine".to_owned();
        state.applications.push(application);
        let refused = platform_writes(&mut vec![state], BASE_URL, Timestamp::from_micros(0));
        let sentence = refused.expect_err("taken").to_string();
        assert!(sentence.contains("\"Mine\""), "{sentence}");
    }
}
