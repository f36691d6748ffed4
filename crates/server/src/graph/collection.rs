//! Pages of a collection: the query in, the list and its link out.

use countersign_domain::graph::error::GraphError;
use countersign_domain::graph::page::{PageKey, PageScope, next_link};
use countersign_domain::graph::selection::{Cursor, Field, Page, Selection};
use countersign_domain::graph::wire::Object as Members;

use super::answer::{Answer, List};
use super::ask::Ask;

/// What the request asks of a collection, from where the page before it ended.
pub(super) fn selection<F: Field>(ask: &Ask<'_>) -> Result<Selection<F>, GraphError> {
    let mut selection = Selection::read(&ask.query, ask.is_eventual())?;
    if let Some(token) = &ask.query.skip_token {
        let open = |scope: &PageScope<'_>| key(ask).open(scope, token, ask.context.now);
        selection.after = Some(scoped(ask, open)?);
    }
    Ok(selection)
}

/// The same where only a number is asked for: `/$count`.
pub(super) fn counted<F: Field>(ask: &Ask<'_>) -> Result<Selection<F>, GraphError> {
    if !ask.is_eventual() {
        return Err(GraphError::unsupported_query(
            "$count is not supported without the header 'ConsistencyLevel: eventual'.",
        ));
    }
    let mut query = ask.query.clone();
    query.counts = true;
    let mut selection = Selection::read(&query, true)?;
    selection.limit = 1;
    Ok(selection)
}

/// Short lists that belong to one object come whole.
pub(super) fn refuse_filter(ask: &Ask<'_>) -> Result<(), GraphError> {
    let query = &ask.query;
    match query.filter.is_some() || query.search.is_some() || !query.order.is_empty() {
        true => Err(GraphError::unsupported_query(
            "$filter, $search and $orderby are not supported for this collection: it comes whole.",
        )),
        false => Ok(()),
    }
}

/// A page, whose objects have become `rows`.
pub(super) fn answer<T>(
    ask: &Ask<'_>,
    context: String,
    rows: Vec<Members>,
    page: &Page<T>,
) -> Answer {
    Answer::List(List {
        context,
        rows,
        count: page.count,
        next_link: page.next.as_ref().map(|cursor| link(ask, cursor)),
    })
}

/// The number of objects, as a page that was asked to count says it.
pub(super) fn number<T>(page: &Page<T>) -> Answer {
    Answer::Count(page.count.unwrap_or_default())
}

/// `applications`, or `applications(id,appId)` where some properties are selected.
pub(super) fn context(ask: &Ask<'_>, collection: &str) -> String {
    let select = &ask.query.select;
    match select.is_empty() || select.iter().any(|name| name == "*") {
        true => collection.to_owned(),
        false => format!("{collection}({})", select.join(",")),
    }
}

/// The same for one of its objects.
pub(super) fn entity(ask: &Ask<'_>, collection: &str) -> String {
    format!("{}/$entity", context(ask, collection))
}

fn link(ask: &Ask<'_>, cursor: &Cursor) -> String {
    scoped(ask, |scope| {
        let token = key(ask).seal(scope, cursor, ask.context.now);
        next_link(ask.state.base_url.as_str(), scope, &token)
    })
}

/// Derived anew each time: it costs less than keeping it would say.
fn key(ask: &Ask<'_>) -> PageKey {
    PageKey::derive(&ask.state.keys.pepper)
}

fn scoped<T>(ask: &Ask<'_>, then: impl FnOnce(&PageScope<'_>) -> T) -> T {
    let path = format!("/{}{}", ask.version.as_str(), ask.path);
    let pairs = ask.pairs.iter();
    let options: Vec<_> = pairs.map(|(n, v)| (n.as_str(), v.as_str())).collect();
    then(&PageScope {
        tenant_id: ask.tenant_id(),
        caller: ask.caller.object_id(),
        path: &path,
        options: &options,
    })
}
