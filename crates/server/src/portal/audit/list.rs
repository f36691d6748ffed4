//! `/portal/audit`: every change, newest first.

use askama::Template;
use axum::response::Response;
use countersign_domain::graph::audit::Activity;
use countersign_domain::graph::error::GraphError;
use serde::Deserialize;
use uuid::Uuid;

use super::listed::Entry;
use crate::portal::address::encoded;
use crate::portal::api::{Listed, read, read_all};
use crate::portal::named::app_ids;
use crate::portal::problem::Problem;
use crate::portal::query::Asked;
use crate::portal::span::{Choice, Span, choices};
use crate::portal::visit::{Shell, Visit};

/// What the address asks for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Wanted {
    activity: String,
    /// An application or a person, by name or id.
    actor: String,
    /// The id of an object.
    target: String,
    range: String,
    from: String,
    until: String,
    /// The query of a further page, as the page before gave it.
    page: String,
}

#[derive(Template)]
#[template(path = "audit/list.html")]
struct ListPage {
    shell: Shell,
    asked: Wanted,
    activities: Vec<&'static str>,
    ranges: Vec<Choice>,
    time_error: &'static str,
    target_error: &'static str,
    rows: Vec<Entry>,
    next: String,
    first: String,
}

/// `GET /portal/audit`
pub(super) async fn show(
    visit: Visit,
    Asked(mut asked): Asked<Wanted>,
) -> Result<Response, Problem> {
    if asked.range.is_empty() {
        "month".clone_into(&mut asked.range);
    }
    let own = (asked.from.as_str(), asked.until.as_str());
    let span = Span::read(&asked.range, "month", own, visit.browser.context.now);
    let target = asked.target.trim();
    let is_id = target.is_empty() || target.parse::<Uuid>().is_ok();
    let span = match (span, is_id) {
        (Ok(span), true) => span,
        (span, _) => {
            let mut page = page(&visit, asked, none())?;
            page.time_error = span.err().unwrap_or_default();
            if !is_id {
                page.target_error = "The id of an object is a GUID.";
            }
            return Ok(visit.refused(&page));
        }
    };
    let listed = match (asked.page.as_str(), filter(&visit, &asked, span).await?) {
        ("", None) => none(),
        ("", Some(filter)) => listed(&visit, &first_query(&filter)).await?,
        (page, _) => listed(&visit, page).await?,
    };
    let page = page(&visit, asked, listed)?;
    Ok(visit.page(&page))
}

fn page(visit: &Visit, asked: Wanted, listed: Listed) -> Result<ListPage, GraphError> {
    let further = |query: &str| format!("{}&page={}", address(&asked), encoded(query));
    let is_first = asked.page.is_empty();
    Ok(ListPage {
        shell: visit.shell("audit", "Audit log"),
        activities: Activity::ALL.into_iter().map(Activity::name).collect(),
        ranges: choices(&asked.range, true),
        time_error: "",
        target_error: "",
        next: listed.next.as_deref().map(further).unwrap_or_default(),
        first: if is_first {
            String::new()
        } else {
            address(&asked)
        },
        rows: read_all(listed.rows)?,
        asked,
    })
}

/// The conditions as `$filter`; nothing where nobody has the name that was asked for.
async fn filter(visit: &Visit, asked: &Wanted, span: Span) -> Result<Option<String>, GraphError> {
    let mut conditions = span.conditions("activityDateTime");
    if !asked.activity.is_empty() {
        let name = asked.activity.replace('\'', "''");
        conditions.push(format!("activityDisplayName eq '{name}'"));
    }
    if let Ok(target) = asked.target.trim().parse::<Uuid>() {
        conditions.push(format!("targetResources/any(t:t/id eq '{target}')"));
    }
    if !asked.actor.trim().is_empty() {
        match actor(visit, asked.actor.trim()).await? {
            Some(condition) => conditions.push(condition),
            None => return Ok(None),
        }
    }
    Ok(Some(conditions.join(" and ")))
}

#[derive(Deserialize)]
struct Known {
    id: String,
}

/// The condition on who did it: an id may be of either kind, a user name has an at sign.
async fn actor(visit: &Visit, text: &str) -> Result<Option<String>, GraphError> {
    if let Ok(id) = text.parse::<Uuid>() {
        return Ok(Some(format!(
            "(initiatedBy/app/appId eq '{id}' or initiatedBy/user/id eq '{id}')"
        )));
    }
    if text.contains('@') {
        let target = format!("/v1.0/users/{}?$select=id", encoded(text));
        return match visit.get(&target).await {
            Ok(members) => {
                let known: Known = read(members)?;
                Ok(Some(format!("initiatedBy/user/id eq '{}'", known.id)))
            }
            Err(error) if matches!(error.status, 400 | 404) => Ok(None),
            Err(error) => Err(error),
        };
    }
    let ids = app_ids(visit, text).await?;
    let condition = format!("initiatedBy/app/appId in ('{}')", ids.join("','"));
    Ok((!ids.is_empty()).then_some(condition))
}

async fn listed(visit: &Visit, query: &str) -> Result<Listed, GraphError> {
    let target = format!("/v1.0/auditLogs/directoryAudits?{query}");
    visit.list(&target).await
}

fn first_query(filter: &str) -> String {
    match filter.is_empty() {
        true => "$top=50".to_owned(),
        false => format!("$top=50&$filter={}", encoded(filter)),
    }
}

fn none() -> Listed {
    Listed {
        rows: Vec::new(),
        count: None,
        next: None,
    }
}

/// The address of the first page.
fn address(asked: &Wanted) -> String {
    let fields = [
        ("activity", &asked.activity),
        ("actor", &asked.actor),
        ("target", &asked.target),
        ("range", &asked.range),
        ("from", &asked.from),
        ("until", &asked.until),
    ];
    let pairs = fields.iter().filter(|(_, value)| !value.is_empty());
    let pairs = pairs.map(|(name, value)| format!("{name}={}", encoded(value)));
    format!("/portal/audit?{}", pairs.collect::<Vec<_>>().join("&"))
}
