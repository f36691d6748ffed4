//! From a file and the stored directory to the list of writes between the two.

mod applications;
mod certificates;
mod changes;
mod federated;
mod grants;
mod matching;
mod passwords;
mod principals;
mod tenants;
mod unique;
mod users;

use std::collections::{HashMap, HashSet};
use std::fmt;

pub(crate) use self::changes::changes;

use self::applications::Gained;
use self::tenants::Target;
use super::error::{At, FileErrors, Problems};
use super::parse::DirectoryFile;
use crate::clock::Timestamp;
use crate::directory::{Application, TenantState, Write};
use crate::ids::{AppId, KeyId};
use crate::random::Random;
use crate::secret::{Pepper, Secret};

/// What a file is compared with, and what its changes are made from.
#[derive(Clone, Copy)]
pub struct Situation<'a> {
    /// Every tenant of the directory, also those that the file does not name.
    pub current: &'a [TenantState],
    /// Client ids of deleted applications. They can be restored, so their ids are not free.
    pub deleted_app_ids: &'a HashSet<AppId>,
    /// The key of secret hashes.
    pub pepper: &'a Pepper,
    /// The current time.
    pub now: Timestamp,
    /// Where new ids and secrets come from.
    pub random: &'a dyn Random,
    /// Reads a `secretTextFile`, named as in the directory file. The error says what to do.
    pub read_secret_file: &'a dyn Fn(&str) -> Result<String, String>,
    /// Reads a `certificateFile` or `keysFile`, named as in the directory file. The error says what
    /// to do. More than 1 MiB of it is refused, so no more needs to be read.
    pub read_file: &'a dyn Fn(&str) -> Result<Vec<u8>, String>,
    /// The platform's own address, if it is known: tokens of its own cannot be made a credential.
    pub base_url: Option<&'a str>,
}

/// What applying a file would do.
#[derive(Debug)]
pub struct Plan {
    /// The changes, in an order in which they can be carried out; empty when there are none.
    pub writes: Vec<Write>,
    /// The changes in words, to be shown and kept in the audit record. They hold no secret.
    pub lines: Vec<PlanLine>,
    /// Secrets that were made for entries without one, to be shown once.
    pub generated_secrets: Vec<GeneratedSecret>,
    /// For each application that has one, a secret that the file gives and that is valid now.
    pub given_secrets: HashMap<AppId, Secret>,
}

impl Plan {
    /// Whether the directory is already as the file says.
    pub fn is_empty(&self) -> bool {
        self.writes.is_empty()
    }
}

/// One change in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanLine {
    /// What happens to the thing.
    pub sign: Sign,
    /// The thing, and for a change its properties.
    pub text: String,
}

/// What happens to a thing of the directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// It is new.
    Added,
    /// It is another than before.
    Changed,
    /// It is no more.
    Removed,
}

impl fmt::Display for PlanLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = match self.sign {
            Sign::Added => '+',
            Sign::Changed => '~',
            Sign::Removed => '-',
        };
        write!(f, "{sign} {}", self.text)
    }
}

/// A secret that was made while planning. Only its hash is stored, so this is the one time that
/// it can be shown.
#[derive(Debug, Clone)]
pub struct GeneratedSecret {
    /// The client id.
    pub app_id: AppId,
    /// The application's name.
    pub application: String,
    /// The secret's name.
    pub display_name: Option<String>,
    /// The secret's id.
    pub key_id: KeyId,
    /// The secret.
    pub secret: Secret,
}

/// Compares a file with the directory.
pub fn plan(file: &DirectoryFile, situation: &Situation<'_>) -> Result<Plan, FileErrors> {
    let mut planner = Planner::new(file, situation);
    let mut targets = tenants::targets(&mut planner);
    for target in &mut targets {
        target.applications = applications::targets(&mut planner, target);
    }
    let after = After::new(situation, &targets);
    let mut principals = Vec::new();
    for target in &targets {
        principals.push(principals::targets(&mut planner, target, &after));
    }
    unique::check(&mut planner, &targets, &principals, &after);
    let gained = Gained::of(&targets);
    for (target, principals) in targets.iter().zip(&principals) {
        tenants::compare(&mut planner, target);
        applications::compare(&mut planner, target, &gained);
        principals::compare(&mut planner, target, principals);
        for application in &target.applications {
            passwords::compare(&mut planner, target, application);
            certificates::compare(&mut planner, target, application);
            federated::compare(&mut planner, target, application);
        }
        grants::compare(&mut planner, target, principals, &after);
        users::compare(&mut planner, target);
    }
    planner.finish()
}

/// What planning has found so far.
struct Planner<'a> {
    file: &'a DirectoryFile,
    situation: &'a Situation<'a>,
    problems: Problems,
    writes: Vec<(Step, Write)>,
    lines: Vec<PlanLine>,
    generated_secrets: Vec<GeneratedSecret>,
    given_secrets: HashMap<AppId, Secret>,
}

/// The order of writes: what a write refers to is there, and a name that moves is free.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Withdraw,
    Remove,
    Release,
    UpdateTenant,
    AddTenant,
    UpdateApplication,
    AddApplication,
    ServicePrincipal,
    Password,
    Certificate,
    UpdateFederated,
    AddFederated,
    UpdateUser,
    AddUser,
    Grant,
}

impl<'a> Planner<'a> {
    fn new(file: &'a DirectoryFile, situation: &'a Situation<'a>) -> Self {
        Self {
            file,
            situation,
            problems: Problems::new(file.name()),
            writes: Vec::new(),
            lines: Vec::new(),
            generated_secrets: Vec::new(),
            given_secrets: HashMap::new(),
        }
    }

    fn problem(&mut self, at: &At, reason: impl Into<String>) {
        self.problems.add(self.file.places().of(at), at, reason);
    }

    fn write(&mut self, step: Step, write: Write) {
        self.writes.push((step, write));
    }

    fn line(&mut self, sign: Sign, text: String) {
        self.lines.push(PlanLine { sign, text });
    }

    fn finish(mut self) -> Result<Plan, FileErrors> {
        // Stable: within a step the order is the file's.
        self.writes.sort_by_key(|(step, _)| *step);
        self.problems.unless_any(Plan {
            writes: self.writes.into_iter().map(|(_, write)| write).collect(),
            lines: self.lines,
            generated_secrets: self.generated_secrets,
            given_secrets: self.given_secrets,
        })
    }
}

/// The directory as it will be: what the file says, and the tenants that it does not name.
struct After<'a> {
    /// The tenants that the file does not name.
    others: Vec<&'a TenantState>,
    /// Every application, of named and other tenants.
    applications: HashMap<AppId, &'a Application>,
}

impl<'a> After<'a> {
    fn new(situation: &Situation<'a>, targets: &'a [Target<'_>]) -> Self {
        let named: HashSet<_> = targets.iter().map(|target| target.tenant.id).collect();
        let others: Vec<_> = situation
            .current
            .iter()
            .filter(|state| !named.contains(&state.tenant.id))
            .collect();
        let kept = others.iter().flat_map(|state| &state.applications);
        let planned = targets
            .iter()
            .flat_map(|target| &target.applications)
            .map(|application| &application.new);
        let applications = kept
            .chain(planned)
            .map(|application| (application.app_id, application))
            .collect();
        Self {
            others,
            applications,
        }
    }
}
