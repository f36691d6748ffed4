//! Finding an entry by what an error body or a token says.

use countersign_domain::graph::error::GraphError;
use uuid::Uuid;

use super::listed::{Listing, listing};
use crate::portal::address::encoded;
use crate::portal::span::Span;
use crate::portal::visit::Visit;

/// A whole error body has four, the client's id among them.
const IDS_MAX: usize = 8;

/// Entries whose trace id is in the text, else those whose correlation id is: a client may give many
/// requests the same. The text may be an id alone or a whole error message.
pub(super) async fn find(visit: &Visit, text: &str) -> Result<Listing, GraphError> {
    let ids = ids(text);
    if ids.is_empty() {
        return Ok(Listing::empty());
    }
    let values: Vec<String> = ids.iter().map(|id| format!("'{id}'")).collect();
    let values = values.join(",");
    let by_trace = query(&format!("id in ({values})"));
    let found = listing(visit, &by_trace).await?;
    if !found.rows.is_empty() {
        return Ok(found);
    }
    // Nothing but the tenant and the time leads there quickly.
    let now = visit.browser.context.now;
    let month = Span {
        from: Some(now.plus_seconds(-30 * 86_400)),
        until: None,
    };
    let mut conditions = month.conditions("createdDateTime");
    conditions.push(format!("correlationId in ({values})"));
    listing(visit, &query(&conditions.join(" and "))).await
}

/// The query of the first page; no condition finds everything.
pub(super) fn query(condition: &str) -> String {
    match condition.is_empty() {
        true => "$top=50".to_owned(),
        false => format!("$top=50&$filter={}", encoded(condition)),
    }
}

/// The GUIDs in a text, in their order.
fn ids(text: &str) -> Vec<Uuid> {
    let words = text.split(|c: char| !c.is_ascii_hexdigit() && c != '-');
    let mut ids: Vec<Uuid> = Vec::new();
    for id in words
        .filter(|word| word.len() == 36)
        .filter_map(|word| word.parse().ok())
    {
        if !ids.contains(&id) && ids.len() < IDS_MAX {
            ids.push(id);
        }
    }
    ids
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_found_in_a_message() {
        let one = "11111111-1111-4111-8111-111111111111";
        let two = "22222222-2222-4222-8222-222222222222";
        let text = format!("Trace ID: {one} Correlation ID: {two} Timestamp: 2027-01-15, {one}");
        let found: Vec<String> = ids(&text).iter().map(Uuid::to_string).collect();
        assert_eq!(found, [one, two]);
        assert!(ids("' or id ne '").is_empty());
        assert!(ids(&"a".repeat(100_000)).is_empty());
    }
}
