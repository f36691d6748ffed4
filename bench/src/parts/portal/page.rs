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
        Page::new(
            "an enterprise application with 20 roles",
            format!("/portal/enterprise-applications/{}", filled.principal),
        ),
        Page::new(
            "an enterprise application with 10,000 clients",
            format!("/portal/enterprise-applications/{}", filled.resource),
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
        later.path = next(&visitor.ask(&later)?.text()).context("a further page")?;
    }
    pages.insert(2, later);
    Ok(pages)
}

/// Where the link to the next page leads.
fn next(html: &str) -> Option<String> {
    let links = html.split("href=\"").skip(1);
    let mut links = links.filter_map(|rest| rest.split('"').next());
    let next = links.find(|link| link.contains("page="))?;
    Some(next.replace("&#38;", "&").replace("&amp;", "&"))
}
