//! `/organization` and `/domains`: the tenant of the caller. There is no other for it.

use countersign_domain::directory::Domain;
use countersign_domain::graph::error::GraphError;
use countersign_domain::graph::wire;
use uuid::Uuid;

use super::answer::Answer;
use super::ask::Ask;
use super::collection::{context, entity};

pub(super) fn organizations(ask: &Ask<'_>) -> Result<Answer, GraphError> {
    let row = wire::organization(&ask.caller.tenant);
    let row = wire::select(row, &ask.query.select, "organization")?;
    Ok(Answer::list(context(ask, "organization"), vec![row]))
}

pub(super) fn organization(ask: &Ask<'_>, id: Uuid) -> Result<Answer, GraphError> {
    if id != ask.tenant_id().uuid() {
        return Err(GraphError::not_found(id));
    }
    let found = wire::organization(&ask.caller.tenant);
    let found = wire::select(found, &ask.query.select, "organization")?;
    Ok(Answer::object(entity(ask, "organization"), found))
}

pub(super) fn domains(ask: &Ask<'_>) -> Result<Answer, GraphError> {
    let rows = wire::domains(&ask.caller.tenant)
        .into_iter()
        .map(|row| wire::select(row, &ask.query.select, "domain"))
        .collect::<Result<_, _>>()?;
    Ok(Answer::list(context(ask, "domains"), rows))
}

pub(super) fn domain(ask: &Ask<'_>, name: &str) -> Result<Answer, GraphError> {
    let tenant = &ask.caller.tenant;
    let wanted = Domain::parse(name).ok();
    let known = tenant
        .domains
        .iter()
        .find(|known| Some(*known) == wanted.as_ref())
        .ok_or_else(|| GraphError::not_found(name))?;
    let found = wire::select(wire::domain(tenant, known), &ask.query.select, "domain")?;
    Ok(Answer::object(entity(ask, "domains"), found))
}
