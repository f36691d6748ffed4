//! The people of a tenant.

use std::collections::{HashMap, HashSet};

use super::changes::changes;
use super::tenants::Target;
use super::{Planner, Sign, Step};
use crate::directory::{User, Write};
use crate::directory_file::error::quoted;
use crate::directory_file::export::user_entry;
use crate::directory_file::shape::UserEntry;
use crate::ids::UserId;

/// The writes for the users of one tenant: found by id, else by user principal name.
pub(super) fn compare(planner: &mut Planner<'_>, target: &Target<'_>) {
    let stored = target.old.map_or(&[][..], |old| &old.users);
    let by_id: HashMap<UserId, &User> = stored.iter().map(|user| (user.id, user)).collect();
    let by_name: HashMap<String, &User> = stored
        .iter()
        .map(|user| (user.user_principal_name.to_lowercase(), user))
        .collect();
    let mut kept = HashMap::new();
    for (index, entry) in target.entry.users.iter().enumerate() {
        let at = target.at.key("users").index(index);
        let same_name = by_name
            .get(&entry.user_principal_name.to_lowercase())
            .copied();
        let old = match entry.id {
            Some(id) => by_id.get(&id).copied(),
            None => same_name,
        };
        let new = desired(planner, target, entry, old);
        if let Some(first) = kept.insert(new.id, at.clone()) {
            let reason = format!(
                "is the same stored user as `{}`; merge the two",
                first.as_str()
            );
            planner.problem(&at, reason);
        }
        write(planner, target, new, old);
    }
    refuse_swapped_names(planner, target, &by_name, &kept.keys().copied().collect());
    let administrators = target.old.map_or(&[][..], |old| &old.administrators);
    let is_unknown = |user: &&User| {
        // A file that nobody brought up to date must not take a tenant's administrators away.
        !kept.contains_key(&user.id) && !administrators.contains(&user.id)
    };
    for user in stored.iter().filter(is_unknown) {
        planner.line(Sign::Removed, title(user, target));
        let remove = Write::RemoveUser {
            tenant_id: target.tenant.id,
            id: user.id,
        };
        planner.write(Step::Remove, remove);
    }
}

fn desired(
    planner: &Planner<'_>,
    target: &Target<'_>,
    entry: &UserEntry,
    old: Option<&User>,
) -> User {
    let situation = planner.situation;
    let id = old.map(|old| old.id).or(entry.id);
    User {
        id: id.unwrap_or_else(|| UserId::random(situation.random)),
        tenant_id: target.tenant.id,
        user_principal_name: entry.user_principal_name.clone(),
        display_name: entry.display_name.clone(),
        given_name: entry.given_name.clone(),
        surname: entry.surname.clone(),
        mail: entry.mail.clone(),
        job_title: entry.job_title.clone(),
        account_enabled: entry.account_enabled,
        created_at: old.map_or(situation.now, |old| old.created_at),
    }
}

/// A sign-in name cannot pass from one person who stays to another: it would be two people's in
/// between, and somebody else's sign-in afterwards.
fn refuse_swapped_names(
    planner: &mut Planner<'_>,
    target: &Target<'_>,
    by_name: &HashMap<String, &User>,
    kept: &HashSet<UserId>,
) {
    for (index, entry) in target.entry.users.iter().enumerate() {
        let holder = by_name.get(&entry.user_principal_name.to_lowercase());
        let Some((holder, id)) = holder.zip(entry.id) else {
            continue;
        };
        if holder.id != id && kept.contains(&holder.id) {
            let at = target.at.key("users").index(index).key("userPrincipalName");
            let reason = format!(
                "is still the name of the user {}; rename that one first, in a file of its own",
                holder.id
            );
            planner.problem(&at, reason);
        }
    }
}

fn write(planner: &mut Planner<'_>, target: &Target<'_>, new: User, old: Option<&User>) {
    match old {
        None => {
            planner.line(Sign::Added, title(&new, target));
            planner.write(Step::AddUser, Write::AddUser(new));
        }
        Some(old) if *old != new => {
            let what = changes(&user_entry(old), &user_entry(&new));
            planner.line(Sign::Changed, format!("{}: {what}", title(&new, target)));
            planner.write(Step::UpdateUser, Write::UpdateUser(new));
        }
        Some(_) => {}
    }
}

fn title(user: &User, target: &Target<'_>) -> String {
    format!(
        "user {} in {}",
        quoted(&user.user_principal_name),
        quoted(&target.tenant.display_name)
    )
}
