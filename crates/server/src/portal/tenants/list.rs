//! `/portal/tenants`

use askama::Template;
use axum::response::Response;
use countersign_domain::directory::{Domain, Tenant};
use countersign_domain::graph::permission::PLATFORM_TENANT_ID;
use countersign_store::TenantSize;

use super::check_may_create;
use crate::portal::problem::Problem;
use crate::portal::span::shown;
use crate::portal::visit::{Shell, Visit};

struct Row {
    tenant: Tenant,
    size: TenantSize,
}

impl Row {
    fn id(&self) -> String {
        self.tenant.id.to_string()
    }

    fn domains(&self) -> String {
        let names: Vec<_> = self.tenant.domains.iter().map(Domain::as_str).collect();
        names.join(", ")
    }

    fn created(&self) -> String {
        shown(&self.tenant.created_at.to_seven_digits())
    }
}

#[derive(Template)]
#[template(path = "tenants/list.html")]
struct ListPage {
    shell: Shell,
    rows: Vec<Row>,
}

/// `GET /portal/tenants`
pub(super) async fn show(visit: Visit) -> Result<Response, Problem> {
    check_may_create(&visit)?;
    let db = &visit.browser.state.db;
    let (tenants, sizes) = (db.tenants().await?, db.tenant_sizes().await?);
    let tenants = tenants.into_iter();
    // The platform's own has no people and no applications but the API itself.
    let rows = tenants
        .filter(|tenant| tenant.id != PLATFORM_TENANT_ID)
        .map(|tenant| Row {
            size: sizes.get(&tenant.id).copied().unwrap_or_default(),
            tenant,
        });
    Ok(visit.page(&ListPage {
        shell: visit.shell("tenants", "Tenants"),
        rows: rows.collect(),
    }))
}
