//! The shared secrets of one application.

use std::collections::HashMap;

use super::applications::ApplicationTarget;
use super::changes::changes;
use super::tenants::Target;
use super::{GeneratedSecret, Planner, Sign, Step};
use crate::clock::Timestamp;
use crate::directory::rules;
use crate::directory::{PasswordCredential, Write};
use crate::directory_file::error::{At, quoted};
use crate::directory_file::export::password_entry;
use crate::directory_file::shape::PasswordEntry;
use crate::directory_file::validate::ends_too_soon;
use crate::ids::{ApplicationId, KeyId};
use crate::secret::{Secret, SecretHash};

/// The writes for the secrets of one application. An entry without `passwordCredentials` leaves
/// them alone.
pub(super) fn compare(
    planner: &mut Planner<'_>,
    target: &Target<'_>,
    application: &ApplicationTarget<'_>,
) {
    let Some(entries) = &application.entry.password_credentials else {
        return;
    };
    let stored = Stored::of(target, application);
    let at = application.at.key("passwordCredentials");
    let given: Vec<Option<Given>> = entries
        .iter()
        .enumerate()
        .map(|(index, entry)| given(planner, application, entry, &at.index(index)))
        .collect();
    let matched = stored.matches(entries, &given);
    for (index, ((entry, given), old)) in entries.iter().zip(&given).zip(&matched).enumerate() {
        one(
            planner,
            application,
            (entry, &at.index(index)),
            given.as_ref(),
            *old,
        );
    }
    for old in stored.0 {
        let is_kept = matched
            .iter()
            .flatten()
            .any(|kept| kept.key_id == old.key_id);
        if !is_kept {
            planner.line(Sign::Removed, title(old, application));
            let remove = Write::RemovePassword {
                tenant_id: target.tenant.id,
                application_id: application.new.id,
                key_id: old.key_id,
            };
            planner.write(Step::Withdraw, remove);
        }
    }
}

/// A secret that the file gives, with its hash.
struct Given {
    secret: Secret,
    hash: SecretHash,
}

fn given(
    planner: &mut Planner<'_>,
    application: &ApplicationTarget<'_>,
    entry: &PasswordEntry,
    at: &At,
) -> Option<Given> {
    let secret = match (&entry.secret_text, &entry.secret_text_file) {
        (Some(secret), _) => secret.clone(),
        (None, Some(path)) => match read(planner, path) {
            Ok(secret) => secret,
            Err(reason) => {
                planner.problem(&at.key("secretTextFile"), reason);
                return None;
            }
        },
        (None, None) => return None,
    };
    let hash = planner
        .situation
        .pepper
        .hash(application.new.app_id, &secret);
    Some(Given { secret, hash })
}

fn read(planner: &Planner<'_>, path: &str) -> Result<Secret, String> {
    let mut text = (planner.situation.read_secret_file)(path)?;
    // Editors and `echo` end a file with a line break; everything else belongs to the secret.
    if text.ends_with('\n') {
        text.pop();
        if text.ends_with('\r') {
            text.pop();
        }
    }
    match rules::secret(&text) {
        Ok(()) => Ok(Secret::new(text)),
        Err(reason) => Err(format!("the secret in {} {reason}", quoted(path))),
    }
}

/// The stored secrets of one application.
struct Stored<'a>(Vec<&'a PasswordCredential>);

impl<'a> Stored<'a> {
    fn of(target: &Target<'a>, application: &ApplicationTarget<'_>) -> Self {
        let passwords = target.old.map_or(&[][..], |old| &old.passwords);
        let id: ApplicationId = application.new.id;
        Self(
            passwords
                .iter()
                .filter(|password| password.application_id == id)
                .collect(),
        )
    }

    /// For each entry the stored secret that it means: by `keyId`, else the one of that name with
    /// the same text, else the first of that name. A nameless entry with a text means only a
    /// secret with that text.
    fn matches(
        &self,
        entries: &[PasswordEntry],
        given: &[Option<Given>],
    ) -> Vec<Option<&'a PasswordCredential>> {
        let mut found: Vec<Option<&'a PasswordCredential>> = entries
            .iter()
            .map(|entry| {
                self.0
                    .iter()
                    .copied()
                    .find(|old| Some(old.key_id) == entry.key_id)
            })
            .collect();
        let mut claimed: HashMap<KeyId, ()> =
            found.iter().flatten().map(|old| (old.key_id, ())).collect();
        for needs_same_text in [true, false] {
            for (index, entry) in entries.iter().enumerate() {
                let given = given[index].as_ref();
                let is_open = found[index].is_none() && entry.key_id.is_none();
                let may_replace = given.is_none() || entry.display_name.is_some();
                if !is_open || !(needs_same_text || may_replace) {
                    continue;
                }
                let stored = self.0.iter().copied().find(|old| {
                    let has_text = given.is_some_and(|given| given.hash.matches(&old.hash));
                    old.display_name == entry.display_name
                        && !claimed.contains_key(&old.key_id)
                        && (has_text || !needs_same_text)
                });
                if let Some(stored) = stored {
                    claimed.insert(stored.key_id, ());
                    found[index] = Some(stored);
                }
            }
        }
        found
    }
}

fn one(
    planner: &mut Planner<'_>,
    application: &ApplicationTarget<'_>,
    (entry, at): (&PasswordEntry, &At),
    given: Option<&Given>,
    old: Option<&PasswordCredential>,
) {
    let (start_at, end_at) = dates(entry, old, planner.situation.now);
    if let Some(reason) = ends_too_soon("the secret", start_at, end_at) {
        planner.problem(
            &at.key("endDateTime"),
            format!("{reason}; choose a later end"),
        );
    }
    if let Some(given) = given {
        note_given(planner, application, &given.secret, start_at, end_at);
    }
    let key_id = old.map(|old| old.key_id).or(entry.key_id);
    let key_id = key_id.unwrap_or_else(|| KeyId::random(planner.situation.random));
    let (hint, hash) = match (given, old) {
        (Some(given), _) => (given.secret.hint(), given.hash.clone()),
        (None, Some(old)) => (old.hint.clone(), old.hash.clone()),
        (None, None) if entry.secret_text_file.is_some() => return, // unreadable; reported
        (None, None) => generate(planner, application, entry, key_id),
    };
    let new = PasswordCredential {
        key_id,
        application_id: application.new.id,
        service_principal_id: None,
        display_name: entry.display_name.clone(),
        hint,
        hash,
        start_at,
        end_at,
    };
    write(planner, application, new, old);
}

fn dates(
    entry: &PasswordEntry,
    old: Option<&PasswordCredential>,
    now: Timestamp,
) -> (Timestamp, Timestamp) {
    let start = entry
        .start_date_time
        .or(old.map(|old| old.start_at))
        .unwrap_or(now);
    let end = entry.end_date_time.or(old.map(|old| old.end_at));
    (
        start,
        end.unwrap_or_else(|| PasswordCredential::default_end(start)),
    )
}

/// Keeps a secret that could be used now, for a caller that prints a ready-made example.
fn note_given(
    planner: &mut Planner<'_>,
    application: &ApplicationTarget<'_>,
    secret: &Secret,
    start: Timestamp,
    end: Timestamp,
) {
    let now = planner.situation.now;
    if start <= now && now < end {
        let secrets = &mut planner.given_secrets;
        secrets
            .entry(application.new.app_id)
            .or_insert_with(|| secret.clone());
    }
}

fn generate(
    planner: &mut Planner<'_>,
    application: &ApplicationTarget<'_>,
    entry: &PasswordEntry,
    key_id: KeyId,
) -> (String, SecretHash) {
    let secret = Secret::generate(planner.situation.random);
    let app_id = application.new.app_id;
    let made = (
        secret.hint(),
        planner.situation.pepper.hash(app_id, &secret),
    );
    planner.generated_secrets.push(GeneratedSecret {
        app_id,
        application: application.new.display_name.clone(),
        display_name: entry.display_name.clone(),
        key_id,
        secret,
    });
    made
}

fn write(
    planner: &mut Planner<'_>,
    application: &ApplicationTarget<'_>,
    new: PasswordCredential,
    old: Option<&PasswordCredential>,
) {
    let tenant_id = application.new.tenant_id;
    let Some(old) = old else {
        planner.line(Sign::Added, title(&new, application));
        planner.write(
            Step::Password,
            Write::AddPassword {
                tenant_id,
                password: new,
            },
        );
        return;
    };
    // The hint only follows the text.
    let shown = |password| PasswordEntry {
        hint: None,
        ..password_entry(password)
    };
    let mut words =
        Vec::from_iter(Some(changes(&shown(old), &shown(&new))).filter(|words| !words.is_empty()));
    if !old.hash.matches(&new.hash) {
        words.push("secretText".into());
    }
    let what = words.join(", ");
    if what.is_empty() {
        return;
    }
    planner.line(
        Sign::Changed,
        format!("{}: {what}", title(&new, application)),
    );
    planner.write(
        Step::Password,
        Write::UpdatePassword {
            tenant_id,
            password: new,
        },
    );
}

fn title(password: &PasswordCredential, application: &ApplicationTarget<'_>) -> String {
    let name = password
        .display_name
        .as_deref()
        .map_or_else(String::new, |name| quoted(name) + " ");
    format!(
        "secret {name}({}) of {}",
        password.key_id,
        quoted(&application.new.display_name)
    )
}
