//! A query, put in terms of the properties of one type.

use super::filter::condition;
use super::{Condition, Field, Selection};
use crate::graph::error::GraphError;
use crate::graph::query::{Order, Query, Search};

impl<F: Field> Selection<F> {
    /// Reads a query of a collection. Some queries are granted only to callers that take an answer
    /// from an index, and say so with `ConsistencyLevel: eventual`: `is_eventual`.
    ///
    /// What is selected and expanded, and where the page begins, is not its business.
    pub fn read(query: &Query, is_eventual: bool) -> Result<Self, GraphError> {
        let condition = match &query.filter {
            Some(filter) => Some(condition::<F>(filter)?),
            None => None,
        };
        let order = order::<F>(&query.order)?;
        let search = match &query.search {
            Some(search) => Some(words::<F>(search)?),
            None => None,
        };
        if F::IS_OF_DIRECTORY {
            if search.is_some() && !is_eventual {
                return Err(GraphError::unsupported_query(
                    "Request with $search query parameter only works through a special request \
                     header: 'ConsistencyLevel: eventual'.",
                ));
            }
            let is_advanced = condition.as_ref().is_some_and(Condition::is_advanced)
                || (condition.is_some() && order.is_some());
            if is_advanced && !(is_eventual && query.counts) {
                return Err(GraphError::unsupported_query(
                    "ne, not, endsWith, $count inside a filter, and $filter together with \
                     $orderby need the header 'ConsistencyLevel: eventual' and the query option \
                     $count=true. Add both.",
                ));
            }
        }
        Ok(Self {
            condition,
            search,
            order,
            after: None,
            limit: query.page_size(),
            counts: query.counts,
        })
    }
}

/// The field of a path, in any letter case.
pub(super) fn field<F: Field>(path: &str) -> Result<F, GraphError> {
    let found = F::ALL
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(path));
    if let Some((_, field)) = found {
        return Ok(*field);
    }
    let first = path.split('/').next().unwrap_or_default();
    let is_property = |known: &str| known.eq_ignore_ascii_case(first);
    let begins_known = F::ALL
        .iter()
        .any(|(known, _)| is_property(known.split('/').next().unwrap_or_default()));
    if begins_known || F::OTHERS.iter().copied().any(is_property) {
        return Err(unfilterable::<F>(path));
    }
    Err(GraphError::malformed(format!(
        "Could not find a property named '{first}' on type 'microsoft.graph.{}'.",
        F::TYPE
    )))
}

/// The property exists, and this is not what can be asked of it.
pub(super) fn unfilterable<F: Field>(path: &str) -> GraphError {
    GraphError::unsupported_query(format!(
        "Unsupported or invalid query filter clause specified for property '{path}' of resource \
         '{}'.",
        resource::<F>()
    ))
}

/// The type as messages of the directory name it.
pub(super) fn resource<F: Field>() -> String {
    let (first, rest) = F::TYPE.split_at(1);
    first.to_ascii_uppercase() + rest
}

/// Refuses what a database cannot store, and therefore cannot compare with.
pub(super) fn text(value: &str) -> Result<String, GraphError> {
    match value.contains('\0') {
        true => Err(GraphError::bad_request(
            "Invalid filter clause: a text holds a zero character.",
        )),
        false => Ok(value.to_owned()),
    }
}

fn order<F: Field>(orders: &[Order]) -> Result<Option<(F, bool)>, GraphError> {
    let [order] = orders else {
        return match orders {
            [] => Ok(None),
            _ => Err(GraphError::unsupported_query(
                "Objects can be sorted by one property only.",
            )),
        };
    };
    let field = field::<F>(&order.name).map_err(|error| match error.code {
        "Request_UnsupportedQuery" => unsortable::<F>(&order.name),
        _ => error,
    })?;
    match field.is_sortable() {
        true => Ok(Some((field, order.is_descending))),
        false => Err(unsortable::<F>(&order.name)),
    }
}

fn unsortable<F: Field>(name: &str) -> GraphError {
    GraphError::unsupported_query(format!(
        "Sorting not supported for property '{name}' of resource '{}'.",
        resource::<F>()
    ))
}

fn words<F: Field>(search: &Search) -> Result<(F, Vec<String>), GraphError> {
    let field = F::ALL
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(&search.name))
        .map(|(_, field)| *field)
        .filter(|field| field.is_searchable())
        .ok_or_else(|| {
            GraphError::unsupported_query(format!(
                "Property '{}' of resource '{}' is not searchable.",
                search.name,
                resource::<F>()
            ))
        })?;
    let words: Vec<String> = text(&search.text)?
        .split_whitespace()
        .map(str::to_owned)
        .collect();
    Ok((field, words))
}
