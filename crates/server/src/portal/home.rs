//! `/portal`: where everybody begins: how the tenant stands, and what to do next.

use askama::Template;
use axum::response::Response;
use countersign_domain::graph::permission::Permission;
use countersign_store::ExpiringCredential;

use super::address::encoded;
use super::chart::Chart;
use super::problem::Problem;
use super::sign_ins::{SignIn, activity, listing};
use super::span::{Span, duration};
use super::visit::{Shell, Visit};

/// For how long ahead credentials are watched, in seconds.
const SOON_SECONDS: i64 = 30 * 86_400;

const EXPIRING_MAX: u32 = 20;

#[derive(Template)]
#[template(path = "home.html")]
struct Home {
    shell: Shell,
    counts: Option<Counts>,
    expiring: Vec<Expiring>,
    log: Option<Log>,
    consent: String,
}

struct Counts {
    applications: u64,
    service_principals: u64,
}

/// What happened in the last 24 hours.
struct Log {
    chart: Chart,
    refusals: Vec<SignIn>,
}

/// A credential that ends soon.
pub(super) struct Expiring {
    pub(super) application: String,
    pub(super) name: String,
    pub(super) kind: &'static str,
    pub(super) ends: String,
    pub(super) in_words: String,
    pub(super) address: String,
}

impl Home {
    /// A tenant in which nothing works yet is shown how to begin.
    fn is_beginning(&self) -> bool {
        let has_few = self
            .counts
            .as_ref()
            .is_some_and(|counts| counts.applications < 3);
        let has_tokens = self
            .log
            .as_ref()
            .is_some_and(|log| log.chart.totals().0 > 0);
        has_few && !has_tokens
    }

    fn has_applications(&self, at_least: u64) -> bool {
        let counts = self.counts.as_ref();
        counts.is_some_and(|counts| counts.applications >= at_least)
    }
}

/// `GET /portal`
pub(super) async fn show(visit: Visit) -> Result<Response, Problem> {
    let expiring = match visit
        .caller
        .permissions
        .contains(Permission::AuditLogReadAll)
    {
        true => expiring(&visit).await?,
        false => Vec::new(),
    };
    Ok(visit.page(&Home {
        shell: visit.shell("home", "Overview"),
        counts: counts(&visit).await,
        expiring,
        log: log(&visit).await?,
        consent: format!(
            "{}/{}/adminconsent",
            visit.browser.state.base_url, visit.tenant.id
        ),
    }))
}

/// Numbers for those who may read applications.
async fn counts(visit: &Visit) -> Option<Counts> {
    let count = async |collection: &str| {
        let target = format!("/v1.0/{collection}?$count=true&$top=1&$select=id");
        visit.list(&target).await.ok()?.count
    };
    Some(Counts {
        applications: count("applications").await?,
        service_principals: count("servicePrincipals").await?,
    })
}

/// The log for those who may read it.
async fn log(visit: &Visit) -> Result<Option<Log>, Problem> {
    if !visit
        .caller
        .permissions
        .contains(Permission::AuditLogReadAll)
    {
        return Ok(None);
    }
    let now = visit.browser.context.now;
    let day = Span {
        from: Some(now.plus_seconds(-86_400)),
        until: None,
    };
    let mut conditions = day.conditions("createdDateTime");
    conditions.push("status/errorCode ne 0".to_owned());
    let query = format!("$top=5&$filter={}", encoded(&conditions.join(" and ")));
    let refusals = listing(visit, &query).await?.rows;
    let Some(steps) = day.steps(now) else {
        return Ok(None);
    };
    let drawn = activity(visit, steps, "day", None, false).await?;
    Ok(Some(Log {
        chart: drawn.chart,
        refusals,
    }))
}

/// The credentials of the tenant that end soon or ended within a month.
pub(super) async fn expiring(visit: &Visit) -> Result<Vec<Expiring>, Problem> {
    let now = visit.browser.context.now;
    let (from, before) = (
        now.plus_seconds(-SOON_SECONDS),
        now.plus_seconds(SOON_SECONDS),
    );
    let mut view = visit.browser.state.db.view().await?;
    let found = view.expiring_credentials(visit.tenant.id, from, before, EXPIRING_MAX);
    let found = found.await?.into_iter();
    Ok(found
        .map(|credential| shown(credential, now.unix_seconds()))
        .collect())
}

fn shown(credential: ExpiringCredential, now: i64) -> Expiring {
    let left = credential.end_at.unix_seconds().saturating_sub(now);
    Expiring {
        address: match credential.service_principal_id {
            Some(id) => format!("/portal/enterprise-applications/{id}"),
            None => format!(
                "/portal/applications/{}/credentials",
                credential.application_id
            ),
        },
        application: credential.application_name,
        name: credential
            .display_name
            .unwrap_or_else(|| credential.key_id.to_string()),
        kind: match credential.kind {
            countersign_domain::directory::ClientCredentialType::Certificate => "Certificate",
            _ => "Secret",
        },
        ends: credential.end_at.to_string().chars().take(10).collect(),
        in_words: match left {
            1.. => format!("in {}", duration(left)),
            _ => format!("ended {} ago", duration(left)),
        },
    }
}
