//! Which pages are asked for.

use anyhow::{Context, Result};

use super::filled::Filled;
use super::visitor::Visitor;

/// A page, and how it is asked for.
pub(super) struct Page {
    pub(super) name: &'static str,
    pub(super) path: String,
    /// What its form sends, where it is the answer to one.
    pub(super) form: Option<String>,
    /// Whether the person who asks has signed in.
    pub(super) is_signed_in: bool,
}

impl Page {
    fn new(name: &'static str, path: impl Into<String>) -> Self {
        Self {
            name,
            path: path.into(),
            form: None,
            is_signed_in: true,
        }
    }
}

/// Every page of the portal, in the order in which they are measured.
pub(super) fn pages(filled: &Filled, visitor: &mut Visitor, token: &str) -> Result<Vec<Page>> {
    let application = |name, tab: &str| {
        let path = format!("/portal/applications/{}{tab}", filled.application);
        Page::new(name, path)
    };
    let principal = |name, tab: &str| {
        let path = format!("/portal/enterprise-applications/{}{tab}", filled.principal);
        Page::new(name, path)
    };
    let logs = |name, query: &str| Page::new(name, format!("/portal/sign-ins{query}"));
    let mut pages = vec![
        Page::new("the overview", "/portal"),
        Page::new("applications", "/portal/applications"),
        Page::new(
            "applications, a search",
            "/portal/applications?search=client%205",
        ),
        application("an application", ""),
        application("its 20 secrets and 3 certificates", "/credentials"),
        application("its 20 federated credentials", "/federated"),
        application("its 20 app roles", "/expose"),
        application("its 20 permissions", "/permissions"),
        application("its 5 owners", "/owners"),
        application("its quickstart", "/quickstart"),
        Page::new("a new application", "/portal/applications/new"),
        Page::new("enterprise applications", "/portal/enterprise-applications"),
        principal("an enterprise application", ""),
        principal("its 20 roles", "/permissions"),
        Page::new(
            "the 10,000 who have a role of another",
            format!(
                "/portal/enterprise-applications/{}/assigned",
                filled.resource
            ),
        ),
        logs("sign-ins of a day", ""),
        logs("sign-ins of 30 days", "?range=month"),
        logs(
            "sign-ins, refused, of 30 days",
            "?range=month&result=refused",
        ),
        logs(
            "sign-ins of an application in 30 days",
            &format!("?range=month&application={}", filled.busiest),
        ),
        logs("a sign-in", &format!("/{}", filled.sign_in)),
        Page::new("the audit log", "/portal/audit"),
        Page::new(
            "the audit log of an object",
            format!("/portal/audit?range=all&target={}", filled.application),
        ),
        Page::new("health", "/portal/health"),
        Page::new("the token inspector", "/portal/inspector"),
        Page {
            form: Some(format!("token={token}")),
            ..Page::new("a token, inspected", "/portal/inspector")
        },
        Page::new("tenants", "/portal/tenants"),
        Page::new("administrators", "/portal/administrators"),
        Page::new(
            "an administrator",
            format!("/portal/administrators/{}", filled.person),
        ),
        Page::new("one's own account", "/portal/account"),
        Page::new(
            "consent to 20 roles",
            format!(
                "/{}/adminconsent?client_id={}",
                filled.tenant_id, filled.asking
            ),
        ),
        Page {
            is_signed_in: false,
            ..Page::new("sign-in", "/portal/sign-in")
        },
    ];
    let mut later = Page::new("applications, the fourth page", "/portal/applications");
    for _ in 0..3 {
        let html = visitor.ask(&later)?.text();
        later.path = link(&html, |link| link.contains("page=")).context("a further page")?;
    }
    pages.insert(2, later);
    let mut entry = Page::new("a change", "/portal/audit");
    let html = visitor.ask(&entry)?.text();
    let is_entry = |link: &str| link.starts_with("/portal/audit/");
    entry.path = link(&html, is_entry).context("an entry of the audit log")?;
    pages.push(entry);
    Ok(pages)
}

/// Where the first link of a kind leads.
fn link(html: &str, is_wanted: impl Fn(&str) -> bool) -> Option<String> {
    let links = html.split("href=\"").skip(1);
    let mut links = links.filter_map(|rest| rest.split('"').next());
    let found = links.find(|link| is_wanted(link))?;
    Some(found.replace("&#38;", "&").replace("&amp;", "&"))
}
