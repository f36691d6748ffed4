//! `$expand`: what belongs to an object, inside it.

use countersign_domain::graph::error::GraphError;
use countersign_domain::graph::policy::{self, Decision};
use countersign_domain::graph::route::Operation;
use countersign_domain::graph::wire::Object as Members;
use serde_json::Value;

use super::ask::Ask;

/// Objects inside an object, as in the original; and objects of a page that have others inside,
/// because each of them costs a statement.
pub(super) const ITEMS_MAX: u32 = 20;

/// What can be expanded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Expansion {
    Owners,
    FederatedCredentials,
    AppRoleAssignedTo,
    AppRoleAssignments,
}

impl Expansion {
    fn name(self) -> &'static str {
        match self {
            Self::Owners => "owners",
            Self::FederatedCredentials => "federatedIdentityCredentials",
            Self::AppRoleAssignedTo => "appRoleAssignedTo",
            Self::AppRoleAssignments => "appRoleAssignments",
        }
    }

    /// The operation that reads the same.
    fn operation(self) -> Operation {
        match self {
            Self::Owners => Operation::ListApplicationOwners,
            Self::FederatedCredentials => Operation::ListFederatedCredentials,
            Self::AppRoleAssignedTo => Operation::ListAppRoleAssignedTo,
            Self::AppRoleAssignments => Operation::ListAppRoleAssignments,
        }
    }
}

/// What the request expands, of what its type has. It needs the permission to read it.
pub(super) fn read(ask: &Ask<'_>, possible: &[Expansion]) -> Result<Option<Expansion>, GraphError> {
    let Some(expand) = &ask.query.expand else {
        return Ok(None);
    };
    let is_meant = |one: &&Expansion| one.name().eq_ignore_ascii_case(&expand.name);
    let found = possible.iter().find(is_meant).copied().ok_or_else(|| {
        GraphError::malformed(format!(
            "Parsing OData Select and Expand failed: '{}' cannot be expanded here.",
            expand.name
        ))
    })?;
    match policy::check(found.operation(), &ask.caller.permissions) {
        Decision::Allowed => Ok(Some(found)),
        _ => Err(GraphError::denied()),
    }
}

/// Pages with expanded objects are short.
pub(super) fn limit(expansion: Option<Expansion>, limit: &mut u32) {
    if expansion.is_some() {
        *limit = (*limit).min(ITEMS_MAX);
    }
}

/// Puts the objects into theirs, with what of them is selected.
pub(super) fn add(ask: &Ask<'_>, row: &mut Members, name: &str, items: Vec<Members>) {
    let names = ask
        .query
        .expand
        .as_ref()
        .map(|expand| expand.select.as_slice());
    let shown = items
        .into_iter()
        .take(ITEMS_MAX as usize)
        .map(|item| Value::Object(pick(item, names.unwrap_or_default())));
    row.insert(name.to_owned(), Value::Array(shown.collect()));
}

/// Keeps what is selected of an object whose type may not have all of it.
pub(super) fn pick(mut item: Members, names: &[String]) -> Members {
    if !names.is_empty() && names.iter().all(|name| name != "*") {
        let is_wanted = |key: &str| names.iter().any(|name| name.eq_ignore_ascii_case(key));
        item.retain(|key, _| key.starts_with("@odata.") || is_wanted(key));
    }
    item
}
