use countersign_domain::graph::filter::Comparison;
use countersign_domain::graph::selection::{Condition, Cursor, Field, Page, Selection};

use super::condition::{condition, search};
use super::sql::BothRows;
use super::{Column, Param, Sql, fetch};
use crate::StoreError;
use crate::db::Session;

/// How objects of one kind are listed.
pub(crate) struct Listing<F> {
    /// Named in the error if a row cannot be read.
    pub(crate) table: &'static str,
    /// The columns of a row.
    pub(crate) columns: &'static str,
    /// From `FROM` to the condition that every row must meet; the first parameter is the tenant.
    pub(crate) from: &'static str,
    /// The same where a member of a collection is asked for, without an index of the tenant: SQLite
    /// would take that, and read all of the tenant.
    pub(crate) from_member: &'static str,
    /// The id, or a log entry's number: what makes the order complete.
    pub(crate) id: &'static str,
    /// Whether that is a number.
    pub(crate) has_numbers: bool,
    /// The same as `from`, for counting all of them, where that is possible with fewer tables.
    pub(crate) from_all: Option<&'static str>,
    /// The instant by which a log is sorted where nothing else is asked for, newest first.
    pub(crate) newest_by: Option<&'static str>,
    pub(crate) column: fn(F) -> Column,
    /// The column with the words of a property that `$search` looks into.
    pub(crate) words: fn(F) -> Option<&'static str>,
}

/// A row with what a cursor needs.
#[derive(sqlx::FromRow)]
pub(crate) struct Row<T> {
    #[sqlx(flatten)]
    pub(crate) item: T,
    cursor_value: Option<String>,
    cursor_id: String,
}

/// How one page is sorted.
struct Order {
    /// The expression before the id, and whether it is a number.
    by: Option<(&'static str, bool)>,
    is_descending: bool,
}

/// One page, and with it the number of all objects if that is asked for.
pub(crate) async fn page<T: BothRows, F: Field>(
    session: &mut Session,
    listing: &Listing<F>,
    scope: &[Param],
    selection: &Selection<F>,
) -> Result<Page<T>, StoreError> {
    let order = order(listing, selection);
    let mut rows: Vec<Row<T>> = fetch(
        session,
        listing.table,
        statement(listing, scope, selection, &order)?,
    )
    .await?;
    let limit = usize::try_from(selection.limit).unwrap_or(usize::MAX);
    let next = (rows.len() > limit && limit > 0).then(|| {
        let last = &rows[limit - 1];
        Cursor {
            value: last.cursor_value.clone(),
            id: last.cursor_id.clone(),
        }
    });
    rows.truncate(limit);
    Ok(Page {
        items: rows.into_iter().map(|row| row.item).collect(),
        next,
        count: count(session, listing, scope, selection).await?,
    })
}

#[cfg(test)]
pub(crate) use plan::plan;

fn order<F: Field>(listing: &Listing<F>, selection: &Selection<F>) -> Order {
    match (selection.order, listing.newest_by) {
        (Some((field, is_descending)), _) => Order {
            by: (listing.column)(field).order(),
            is_descending,
        },
        (None, Some(newest_by)) => Order {
            by: (!newest_by.is_empty()).then_some((newest_by, true)),
            is_descending: true,
        },
        (None, None) => Order {
            by: None,
            is_descending: false,
        },
    }
}

fn statement<F: Field>(
    listing: &Listing<F>,
    scope: &[Param],
    selection: &Selection<F>,
    order: &Order,
) -> Result<Sql, StoreError> {
    let mut sql = Sql::new(scope);
    sql.push("SELECT ").push(listing.columns).push(", CAST(");
    sql.push(order.by.map_or("NULL", |(by, _)| by));
    sql.push(" AS TEXT) AS cursor_value, CAST(")
        .push(listing.id);
    sql.push(" AS TEXT) AS cursor_id");
    filtered(listing, selection, &mut sql);
    if let Some(after) = &selection.after {
        sql.push(" AND ");
        follows(listing, order, after, &mut sql)?;
    }
    let direction = if order.is_descending { " DESC" } else { "" };
    sql.push(" ORDER BY ");
    if let Some((by, _)) = order.by {
        sql.push(by).push(direction).push(", ");
    }
    sql.push(listing.id).push(direction);
    // One more, which tells whether there is a next page.
    sql.push(" LIMIT ");
    sql.bind(Param::Number(i64::from(selection.limit) + 1));
    Ok(sql)
}

fn filtered<F: Field>(listing: &Listing<F>, selection: &Selection<F>, sql: &mut Sql) {
    let is_led = selection
        .condition
        .as_ref()
        .is_some_and(|asked| leads(listing, asked));
    sql.push(" ");
    sql.push(if is_led {
        listing.from_member
    } else {
        listing.from
    });
    if let Some(asked) = &selection.condition {
        sql.push(" AND ");
        condition(asked, listing.column, sql);
    }
    if let Some((field, terms)) = &selection.search {
        sql.push(" AND ");
        match (listing.words)(*field) {
            Some(words) => search(words, terms, sql),
            None => super::column::constant(false, sql),
        }
    }
}

/// Whether the objects are few, because all of them have one member in a collection.
fn leads<F: Field>(listing: &Listing<F>, condition: &Condition<F>) -> bool {
    match condition {
        Condition::All(parts) => parts.iter().any(|part| leads(listing, part)),
        Condition::Is(field, Comparison::Eq, _) | Condition::OneOf(field, _) => {
            matches!((listing.column)(*field), Column::Members { .. })
        }
        _ => false,
    }
}

/// Adds the condition that an object comes after the end of the page before.
fn follows<F>(
    listing: &Listing<F>,
    order: &Order,
    after: &Cursor,
    sql: &mut Sql,
) -> Result<(), StoreError> {
    let operator = if order.is_descending { " < " } else { " > " };
    let id = value(&after.id, listing.has_numbers)?;
    let Some((by, is_number)) = order.by else {
        sql.push(listing.id).push(operator).bind(id);
        return Ok(());
    };
    let value = value(after.value.as_deref().unwrap_or_default(), is_number)?;
    sql.push("(").push(by).push(", ").push(listing.id).push(")");
    sql.push(operator).push("(").bind(value);
    sql.push(", ").bind(id).push(")");
    Ok(())
}

fn value(text: &str, is_number: bool) -> Result<Param, StoreError> {
    if !is_number {
        return Ok(Param::Text(text.to_owned()));
    }
    text.parse().map(Param::Number).map_err(|_| {
        StoreError::unsuitable("this page cannot be continued: ask for the first page again")
    })
}

/// The number of all objects, whatever the page.
async fn count<F: Field>(
    session: &mut Session,
    listing: &Listing<F>,
    scope: &[Param],
    selection: &Selection<F>,
) -> Result<Option<u64>, StoreError> {
    if !selection.counts {
        return Ok(None);
    }
    let mut sql = Sql::new(scope);
    sql.push("SELECT COUNT(*)");
    let is_whole = selection.condition.is_none() && selection.search.is_none();
    match listing.from_all.filter(|_| is_whole) {
        Some(from) => _ = sql.push(" ").push(from),
        None => filtered(listing, selection, &mut sql),
    }
    let rows: Vec<(i64,)> = fetch(session, listing.table, sql).await?;
    Ok(rows.first().and_then(|(count,)| u64::try_from(*count).ok()))
}

#[cfg(test)]
mod plan {
    use super::*;

    /// How the database will carry out a page.
    pub(crate) async fn plan<F: Field>(
        session: &mut Session,
        listing: &Listing<F>,
        scope: &[Param],
        selection: &Selection<F>,
    ) -> String {
        let order = order(listing, selection);
        let sql = statement(listing, scope, selection, &order).expect("the cursor is right");
        let rows: Vec<(i64, i64, i64, String)> = fetch(session, listing.table, sql.explained())
            .await
            .expect("it can be explained");
        let steps = rows.into_iter().map(|(.., step)| step);
        steps.collect::<Vec<_>>().join("\n")
    }
}
