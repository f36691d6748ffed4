//! `GET /portal/account`

use askama::Template;
use axum::response::Response;
use countersign_domain::account::AuthenticationMethod as Method;
use countersign_domain::account::{Authenticator, Passkey, PasswordHash, Session};
use countersign_domain::clock::Timestamp;
use http::StatusCode;
use serde::Deserialize;

use crate::portal::page::{Policy, page};
use crate::portal::problem::Problem;
use crate::portal::query::Asked;
use crate::portal::visit::{Shell, Visit};

/// Fewer recovery codes than this are too few.
const CODES_FEW: u64 = 3;

/// What a person is told when they come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Done {
    PasswordSet,
    PasswordRemoved,
    PasskeyAdded,
    PasskeyRemoved,
    AuthenticatorSet,
    AuthenticatorRemoved,
    SessionEnded,
    SessionsEnded,
}

impl Done {
    const ALL: [Self; 8] = [
        Self::PasswordSet,
        Self::PasswordRemoved,
        Self::PasskeyAdded,
        Self::PasskeyRemoved,
        Self::AuthenticatorSet,
        Self::AuthenticatorRemoved,
        Self::SessionEnded,
        Self::SessionsEnded,
    ];

    /// How it is called in the page's address.
    pub(super) const fn name(self) -> &'static str {
        self.words().0
    }

    const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::PasswordSet => (
                "password-set",
                "The password was set. You were signed out everywhere else.",
            ),
            Self::PasswordRemoved => (
                "password-removed",
                "The password was removed. You were signed out everywhere else.",
            ),
            Self::PasskeyAdded => ("passkey-added", "The passkey was added."),
            Self::PasskeyRemoved => (
                "passkey-removed",
                "The passkey was removed. You were signed out everywhere else.",
            ),
            Self::AuthenticatorSet => (
                "authenticator-set",
                "The authenticator app was set up. From now on your password asks for its code.",
            ),
            Self::AuthenticatorRemoved => (
                "authenticator-removed",
                "The authenticator app was removed: your password asks for no code any more. You were \
                 signed out everywhere else.",
            ),
            Self::SessionEnded => ("session-ended", "The session was ended."),
            Self::SessionsEnded => ("sessions-ended", "All other sessions were ended."),
        }
    }
}

/// What somebody can sign in with, and where they are signed in.
pub(super) struct Account {
    pub(super) password: Option<PasswordHash>,
    pub(super) authenticator: Option<Authenticator>,
    passkeys: Vec<Passkey>,
    codes_left: u64,
    sessions: Vec<Session>,
}

#[derive(Template)]
#[template(path = "account.html")]
struct AccountPage<'a> {
    shell: Shell,
    visit: &'a Visit,
    account: &'a Account,
    is_after_recovery: bool,
    /// The field that cannot be taken, and why.
    refusal: Option<(&'static str, String)>,
}

#[derive(Deserialize)]
pub(super) struct Query {
    #[serde(default)]
    done: String,
    #[serde(default)]
    after: String,
}

/// `GET /portal/account`
pub(super) async fn show(visit: Visit, Asked(query): Asked<Query>) -> Result<Response, Problem> {
    let account = Account::of(&visit).await?;
    let mut shown = AccountPage::new(&visit, &account);
    let done = Done::ALL.into_iter().find(|done| done.name() == query.done);
    shown.shell.notice = done.map(|done| done.words().1.to_owned());
    shown.is_after_recovery = query.after == "recovery";
    Ok(visit.page(&shown))
}

impl Account {
    pub(super) async fn of(visit: &Visit) -> Result<Self, Problem> {
        let (db, now) = (&visit.browser.state.db, visit.browser.context.now);
        let (tenant, user) = (visit.person.user.tenant_id, visit.person.user.id);
        let kept = db.account_of(tenant, user).await?;
        let kept = kept.ok_or_else(Problem::not_found)?;
        let mut sessions = db.sessions_of(tenant, user).await?;
        sessions.retain(|session| session.is_alive(now));
        Ok(Self {
            password: kept.password,
            authenticator: kept.authenticator,
            passkeys: db.passkeys_of(tenant, user).await?,
            codes_left: db.recovery_codes_left(tenant, user).await?,
            sessions,
        })
    }

    /// The page once more, because of what was entered in a field.
    pub(super) fn refused(
        &self,
        visit: &Visit,
        status: StatusCode,
        field: &'static str,
        reason: String,
    ) -> Response {
        let mut shown = AccountPage::new(visit, self);
        shown.refusal = Some((field, reason));
        page(status, Policy::Own, &shown)
    }

    /// Whether the password has to be shown before it is changed: not to who has just come in
    /// because they lost it.
    pub(super) fn asks_password(&self, visit: &Visit) -> bool {
        let is_without = matches!(
            visit.session.method,
            Method::RecoveryCode | Method::SetupLink
        );
        self.password.is_some() && !is_without
    }

    /// Whether one way to sign in can go.
    fn has_another_way(&self) -> bool {
        self.passkeys.len() + usize::from(self.password.is_some()) > 1
    }

    fn has_few_codes(&self) -> bool {
        self.codes_left < CODES_FEW
    }
}

impl<'a> AccountPage<'a> {
    fn new(visit: &'a Visit, account: &'a Account) -> Self {
        Self {
            shell: visit.shell("account", "My account"),
            visit,
            account,
            is_after_recovery: false,
            refusal: None,
        }
    }

    /// What is wrong with a field; nothing mostly.
    fn error(&self, field: &str) -> &str {
        match &self.refusal {
            Some((refused, reason)) if *refused == field => reason,
            _ => "",
        }
    }

    fn roles(&self) -> String {
        let roles = self.visit.person.roles.iter();
        let names: Vec<&str> = roles.map(|role| role.display_name()).collect();
        match names.is_empty() {
            true => "None".to_owned(),
            false => names.join(", "),
        }
    }

    fn is_here(&self, session: &Session) -> bool {
        session.id == self.visit.session.id
    }

    fn others(&self) -> usize {
        let others = self.account.sessions.iter();
        others.filter(|session| !self.is_here(session)).count()
    }
}

/// An instant, to the minute.
fn minute(at: Timestamp) -> String {
    let text = at.to_error_format();
    format!("{} UTC", text.get(..16).unwrap_or(&text))
}

fn minute_or_never(at: Option<Timestamp>) -> String {
    at.map_or_else(|| "Never".to_owned(), minute)
}

const fn method(method: Method) -> &'static str {
    match method {
        Method::Password => "Password",
        Method::PasswordAndCode => "Password and code",
        Method::Passkey => "Passkey",
        Method::RecoveryCode => "Recovery code",
        Method::SetupLink => "Setup link",
    }
}
