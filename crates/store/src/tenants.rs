use std::collections::HashMap;

use countersign_domain::clock::Timestamp;
use countersign_domain::directory::{Change, Domain, Tenant};
use countersign_domain::ids::TenantId;

use crate::commit::Commit;
use crate::db::Session;
use crate::error::{hit, writing};
use crate::row::{Guid, Place, to_json};
use crate::{Db, StoreError};

#[derive(sqlx::FromRow)]
struct TenantRow {
    id: String,
    display_name: String,
    is_default: bool,
    assertion_policy: String,
    created_at: i64,
}

#[derive(sqlx::FromRow)]
struct DomainRow {
    tenant_id: String,
    domain: String,
}

impl Db {
    /// Every tenant with its domains, by display name, then id.
    pub async fn tenants(&self) -> Result<Vec<Tenant>, StoreError> {
        let mut session = self.snapshot().await?;
        let rows = fetch_all!(
            session,
            "tenants",
            TenantRow,
            "SELECT id, display_name, is_default, assertion_policy, created_at FROM tenants
             ORDER BY display_name, id",
        )?;
        let domains = fetch_all!(
            session,
            "tenant_domains",
            DomainRow,
            "SELECT tenant_id, domain FROM tenant_domains ORDER BY tenant_id, position",
        )?;
        session.commit().await?;
        let mut by_tenant: HashMap<&str, Vec<&DomainRow>> = HashMap::new();
        for domain in &domains {
            by_tenant.entry(&domain.tenant_id).or_default().push(domain);
        }
        rows.iter()
            .map(|row| {
                let own = by_tenant.remove(row.id.as_str()).unwrap_or_default();
                tenant(row, own.into_iter())
            })
            .collect()
    }
}

/// One tenant with its domains.
pub(crate) async fn find(
    session: &mut Session,
    id: TenantId,
) -> Result<Option<Tenant>, StoreError> {
    let row = fetch_optional!(
        session,
        "tenants",
        TenantRow,
        "SELECT id, display_name, is_default, assertion_policy, created_at
         FROM tenants WHERE id = $1",
        Guid(id.uuid()),
    )?;
    let Some(row) = row else { return Ok(None) };
    let domains = fetch_all!(
        session,
        "tenant_domains",
        DomainRow,
        "SELECT tenant_id, domain FROM tenant_domains WHERE tenant_id = $1 ORDER BY position",
        Guid(id.uuid()),
    )?;
    tenant(&row, domains.iter()).map(Some)
}

/// Adds a tenant with its domains.
pub(crate) async fn add(commit: &mut Commit, tenant: &Tenant) -> Result<(), StoreError> {
    execute!(
        commit.view.session,
        "INSERT INTO tenants (id, display_name, is_default, assertion_policy, created_at)
         VALUES ($1, $2, $3, $4, $5)",
        Guid(tenant.id.uuid()),
        tenant.display_name.as_str(),
        tenant.is_default,
        to_json(&tenant.assertion_policy)?,
        tenant.created_at.micros(),
    )
    .map_err(writing(format_args!(
        "the tenant {} (or another default tenant)",
        tenant.id
    )))?;
    add_domains(commit, tenant).await
}

/// Gives up what a tenant that is about to be updated holds alone, so that a list of writes can move
/// a domain or the default mark between tenants in any order.
pub(crate) async fn release(commit: &mut Commit, id: TenantId) -> Result<(), StoreError> {
    execute!(
        commit.view.session,
        "DELETE FROM tenant_domains WHERE tenant_id = $1",
        Guid(id.uuid()),
    )?;
    let rows = execute!(
        commit.view.session,
        "UPDATE tenants SET is_default = FALSE WHERE id = $1",
        Guid(id.uuid()),
    )?;
    hit(rows, format_args!("the tenant {id}"))
}

/// Replaces a tenant's name, domains, default mark and policy.
pub(crate) async fn update(commit: &mut Commit, tenant: &Tenant) -> Result<(), StoreError> {
    // Released already, unless this list updates it twice.
    release(commit, tenant.id).await?;
    let rows = execute!(
        commit.view.session,
        "UPDATE tenants SET display_name = $2, is_default = $3, assertion_policy = $4
         WHERE id = $1",
        Guid(tenant.id.uuid()),
        tenant.display_name.as_str(),
        tenant.is_default,
        to_json(&tenant.assertion_policy)?,
    )
    .map_err(writing("another default tenant"))?;
    hit(rows, format_args!("the tenant {}", tenant.id))?;
    add_domains(commit, tenant).await
}

async fn add_domains(commit: &mut Commit, tenant: &Tenant) -> Result<(), StoreError> {
    for (domain, position) in tenant.domains.iter().zip(0_i64..) {
        execute!(
            commit.view.session,
            "INSERT INTO tenant_domains (domain, tenant_id, position) VALUES ($1, $2, $3)",
            domain.as_str(),
            Guid(tenant.id.uuid()),
            position,
        )
        .map_err(writing(format_args!("a tenant with the domain {domain}")))?;
    }
    commit.note(&Change::Tenants);
    Ok(())
}

fn tenant<'a>(
    row: &TenantRow,
    domains: impl Iterator<Item = &'a DomainRow>,
) -> Result<Tenant, StoreError> {
    let place = Place {
        table: "tenants",
        id: &row.id,
    };
    Ok(Tenant {
        id: place.parse("id", &row.id)?,
        display_name: row.display_name.clone(),
        domains: domains.map(domain).collect::<Result<_, _>>()?,
        is_default: row.is_default,
        assertion_policy: place.json("assertion_policy", &row.assertion_policy)?,
        created_at: Timestamp::from_micros(row.created_at),
    })
}

fn domain(row: &DomainRow) -> Result<Domain, StoreError> {
    Domain::parse(&row.domain).map_err(|error| {
        let place = Place {
            table: "tenant_domains",
            id: &row.domain,
        };
        place.damaged("domain", error)
    })
}
