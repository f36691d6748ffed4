//! `/portal/sign-ins`: what happened, newest first.

use askama::Template;
use axum::response::Response;
use countersign_domain::graph::error::GraphError;
use serde::Deserialize;

use super::found::{find, query};
use super::listed::{Listing, SignIn, listing};
use super::{Activity, activity};
use crate::portal::address::encoded;
use crate::portal::named::app_ids;
use crate::portal::page::see_other;
use crate::portal::problem::Problem;
use crate::portal::query::Asked;
use crate::portal::span::{Choice, Span, choices};
use crate::portal::visit::{Shell, Visit};

/// What the address asks for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Wanted {
    /// An id of an error body, or the whole of it.
    id: String,
    application: String,
    resource: String,
    result: String,
    range: String,
    from: String,
    until: String,
    /// The query of a further page, as the page before gave it.
    page: String,
}

#[derive(Template)]
#[template(path = "sign_ins/list.html")]
struct ListPage {
    shell: Shell,
    asked: Wanted,
    ranges: Vec<Choice>,
    time_error: &'static str,
    activity: Option<Activity>,
    rows: Vec<SignIn>,
    next: String,
    first: String,
}

impl ListPage {
    fn is_filtered(&self) -> bool {
        let asked = &self.asked;
        [
            &asked.id,
            &asked.application,
            &asked.resource,
            &asked.result,
        ]
        .iter()
        .any(|text| !text.is_empty())
    }

    fn nothing(&self) -> &'static str {
        match (self.asked.id.is_empty(), self.is_filtered()) {
            (false, _) => {
                "No sign-in of this tenant in the last 30 days has this id. A trace id or a \
                 correlation id is a GUID; it takes a second until an entry is here."
            }
            (true, true) => "No sign-in fits. Names are found by the beginnings of their words.",
            (true, false) => "Nobody signed in during this time.",
        }
    }
}

/// `GET /portal/sign-ins`
pub(super) async fn show(
    visit: Visit,
    Asked(mut asked): Asked<Wanted>,
) -> Result<Response, Problem> {
    let now = visit.browser.context.now;
    if asked.range.is_empty() {
        "day".clone_into(&mut asked.range);
    }
    if !asked.id.trim().is_empty() {
        let found = find(&visit, &asked.id).await?;
        return Ok(match found.rows.as_slice() {
            [only] => see_other(&only.address()),
            _ => visit.page(&page(&visit, asked, found)),
        });
    }
    let own = (asked.from.as_str(), asked.until.as_str());
    let span = match Span::read(&asked.range, "day", own, now) {
        Ok(span) => span,
        Err(error) => {
            let mut page = page(&visit, asked, Listing::empty());
            page.time_error = error;
            return Ok(visit.refused(&page));
        }
    };
    if !asked.page.is_empty() {
        let found = listing(&visit, &asked.page).await?;
        return Ok(visit.page(&page(&visit, asked, found)));
    }
    let applications = chosen(&visit, &asked.application).await?;
    let resources = chosen(&visit, &asked.resource).await?;
    let found = match filter(&asked, span, applications.as_deref(), resources.as_deref()) {
        Some(filter) => listing(&visit, &query(&filter)).await?,
        None => Listing::empty(),
    };
    let only = match applications.as_deref() {
        Some([only]) => only.parse().ok(),
        _ => None,
    };
    let mut page = page(&visit, asked, found);
    if let Some(steps) = span.steps(now).filter(|_| page.asked.resource.is_empty()) {
        let is_whole = page.asked.application.is_empty();
        if is_whole || only.is_some() {
            let with_busiest = is_whole && span.until.is_none();
            let drawn = activity(&visit, steps, &page.asked.range, only, with_busiest);
            page.activity = Some(drawn.await?);
        }
    }
    Ok(visit.page(&page))
}

fn page(visit: &Visit, asked: Wanted, found: Listing) -> ListPage {
    let further = |query: &str| format!("{}&page={}", address(&asked), encoded(query));
    let is_first = asked.page.is_empty();
    ListPage {
        shell: visit.shell("sign-ins", "Sign-ins"),
        ranges: choices(&asked.range, false),
        time_error: "",
        activity: None,
        next: found.next.as_deref().map(further).unwrap_or_default(),
        first: if is_first {
            String::new()
        } else {
            address(&asked)
        },
        rows: found.rows,
        asked,
    }
}

/// The client ids that a field asks for; nothing where it is empty.
async fn chosen(visit: &Visit, text: &str) -> Result<Option<Vec<String>>, GraphError> {
    match text.trim().is_empty() {
        true => Ok(None),
        false => app_ids(visit, text).await.map(Some),
    }
}

/// The conditions as `$filter`; nothing where one of them can never hold.
fn filter(
    asked: &Wanted,
    span: Span,
    applications: Option<&[String]>,
    resources: Option<&[String]>,
) -> Option<String> {
    let mut conditions = span.conditions("createdDateTime");
    for (property, ids) in [("appId", applications), ("resourceId", resources)] {
        match ids {
            None => {}
            Some([]) => return None,
            Some(ids) => conditions.push(format!("{property} in ('{}')", ids.join("','"))),
        }
    }
    match asked.result.as_str() {
        "granted" => conditions.push("status/errorCode eq 0".to_owned()),
        "refused" => conditions.push("status/errorCode ne 0".to_owned()),
        _ => {}
    }
    Some(conditions.join(" and "))
}

/// The address of the first page.
fn address(asked: &Wanted) -> String {
    let fields = [
        ("application", &asked.application),
        ("resource", &asked.resource),
        ("result", &asked.result),
        ("range", &asked.range),
        ("from", &asked.from),
        ("until", &asked.until),
    ];
    let pairs = fields.iter().filter(|(_, value)| !value.is_empty());
    let pairs = pairs.map(|(name, value)| format!("{name}={}", encoded(value)));
    format!("/portal/sign-ins?{}", pairs.collect::<Vec<_>>().join("&"))
}
