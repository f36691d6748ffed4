//! `/portal/health`: how this server stands, without anything that would help to attack it: no
//! secret, no connection string, no address of a database.

use std::iter;

use askama::Template;
use axum::response::Response;
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use countersign_domain::clock::Timestamp;
use countersign_domain::directory::{SealedSigningKey, SigningKeyState};
use countersign_domain::graph::permission::Permission;
use countersign_domain::node::Node;
use countersign_token::Certificate;

use super::home::{Expiring, expiring};
use super::problem::Problem;
use super::span::{duration, shown};
use super::visit::{Shell, Visit};
use crate::nodes::this_node;

#[derive(Template)]
#[template(path = "health.html")]
struct HealthPage {
    shell: Shell,
    keys: Vec<Key>,
    node: This,
    nodes: Vec<Listed>,
    expiring: Vec<Expiring>,
}

/// A signing key, without its private half.
struct Key {
    kid: String,
    algorithm: &'static str,
    is_active: bool,
    state: &'static str,
    made: String,
    certificate: String,
}

/// A node in the list of all.
struct Listed {
    name: String,
    version: String,
    started: String,
    seen: String,
    change: i64,
    is_this: bool,
    is_silent: bool,
}

/// The node that answers, and what it knows of the database.
struct This {
    version: &'static str,
    name: String,
    up: String,
    now: String,
    database: &'static str,
    answers: bool,
    connections: String,
    change: i64,
    age: String,
    is_stale: bool,
    base_url: String,
}

/// `GET /portal/health`
pub(super) async fn show(visit: Visit) -> Result<Response, Problem> {
    if !visit
        .caller
        .permissions
        .contains(Permission::AuditLogReadAll)
    {
        return Err(Problem::forbidden(
            "The state of the server is shown to administrators and global readers.",
        ));
    }
    let stored = visit.browser.state.db.signing_keys().await?;
    Ok(visit.page(&HealthPage {
        shell: visit.shell("health", "Health"),
        keys: stored.iter().map(key).collect(),
        node: node(&visit).await,
        nodes: nodes(&visit).await?,
        expiring: expiring(&visit).await?,
    }))
}

fn key(stored: &SealedSigningKey) -> Key {
    Key {
        kid: stored.kid.clone(),
        algorithm: stored.algorithm.as_str(),
        is_active: stored.state == SigningKeyState::Active,
        state: stored.state.as_str(),
        made: shown(&stored.created_at.to_string()),
        certificate: certificate(stored).unwrap_or_else(|| "cannot be read".to_owned()),
    }
}

fn certificate(stored: &SealedSigningKey) -> Option<String> {
    let der = BASE64_URL_SAFE_NO_PAD.decode(&stored.certificate).ok()?;
    let certificate = Certificate::from_der(&der).ok()?;
    let day = |seconds| {
        let text = Timestamp::from_unix_seconds(seconds).to_string();
        text.chars().take(10).collect::<String>()
    };
    let (from, until) = (day(certificate.not_before()), day(certificate.not_after()));
    Some(format!("{from} to {until}"))
}

/// The nodes of the database by their names, this one first.
async fn nodes(visit: &Visit) -> Result<Vec<Listed>, Problem> {
    let (state, now) = (&visit.browser.state, visit.browser.context.now);
    let mut others = state.db.nodes().await?;
    others.retain(|node| node.id != state.node_id);
    others.sort_by(|one, other| (&one.name, one.id).cmp(&(&other.name, other.id)));
    let this = iter::once((this_node(state), true));
    let others = others.into_iter().map(|node| (node, false));
    Ok(this
        .chain(others)
        .map(|(node, is_this)| listed(node, is_this, now))
        .collect())
}

fn listed(node: Node, is_this: bool, now: Timestamp) -> Listed {
    Listed {
        is_this,
        is_silent: node.is_silent(now),
        started: shown(&node.started_at.to_string()),
        seen: shown(&node.seen_at.to_string()),
        change: node.change_number,
        version: node.version,
        name: node.name,
    }
}

async fn node(visit: &Visit) -> This {
    let (state, now) = (&visit.browser.state, visit.browser.context.now);
    let up = now
        .unix_seconds()
        .saturating_sub(state.started_at.unix_seconds());
    let (open, idle) = state.db.connections();
    let age = state.directory.age(now).as_secs();
    This {
        name: state.node_name.clone(),
        version: env!("CARGO_PKG_VERSION"),
        up: duration(up),
        now: shown(&now.to_string()),
        database: state.db.kind(),
        answers: state.db.ping().await.is_ok(),
        connections: format!("{open} open, {idle} of them idle"),
        change: state.directory.change_number(),
        age: duration(i64::try_from(age).unwrap_or(i64::MAX)),
        is_stale: state.directory.is_too_stale(now),
        base_url: state.base_url.to_string(),
    }
}
