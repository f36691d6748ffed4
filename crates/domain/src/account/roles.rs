//! Who may decide who administers a tenant. Nobody gets above themselves, neither by giving a role
//! nor by taking over the account of somebody who has it.

use super::Person;
use crate::directory::DirectoryRole::{
    self, GlobalAdministrator, PrivilegedRoleAdministrator, TenantCreator,
};

/// Why a change of who administers a tenant is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RoleRefusal {
    /// The actor does not manage roles.
    #[error(
        "Only a Global Administrator or a Privileged Role Administrator can change who administers \
         this tenant."
    )]
    NotPrivileged,
    /// The role is above the actor's.
    #[error(
        "The role {} is above your own: only somebody who has it can give it or take it away.",
        .0.display_name()
    )]
    AboveOwn(DirectoryRole),
    /// The person has a role above the actor's.
    #[error(
        "This person is {}, which is above your own roles: only somebody who has that role can \
         make a setup link for them, disable or delete them or end their sessions.",
        .0.display_name()
    )]
    OfSomebodyAbove(DirectoryRole),
    /// Nobody could administer the tenant any more.
    #[error(
        "This is the last Global Administrator who can sign in. Give the role to somebody else \
         first, and let them set up how they sign in."
    )]
    Last,
}

/// Whether somebody with these roles manages who has which role.
pub fn manages_roles(actor: &[DirectoryRole]) -> bool {
    actor.contains(&GlobalAdministrator) || actor.contains(&PrivilegedRoleAdministrator)
}

/// Whether somebody with these roles may give this role, or take it away.
///
/// The Tenant Creator acts on the whole server: the administrators of a single tenant must not get
/// there by themselves.
pub fn check_role(actor: &[DirectoryRole], role: DirectoryRole) -> Result<(), RoleRefusal> {
    if !manages_roles(actor) {
        return Err(RoleRefusal::NotPrivileged);
    }
    let is_above = matches!(role, GlobalAdministrator | TenantCreator) && !actor.contains(&role);
    match is_above {
        true => Err(RoleRefusal::AboveOwn(role)),
        false => Ok(()),
    }
}

/// Whether somebody with these roles may do what decides how a person with `held` signs in, or
/// whether: make a setup link, disable, delete, end sessions.
pub fn check_person(actor: &[DirectoryRole], held: &[DirectoryRole]) -> Result<(), RoleRefusal> {
    if !manages_roles(actor) {
        return Err(RoleRefusal::NotPrivileged);
    }
    match held.iter().find(|role| check_role(actor, **role).is_err()) {
        Some(role) => Err(RoleRefusal::OfSomebodyAbove(*role)),
        None => Ok(()),
    }
}

/// Refuses to lose somebody who administers the tenant, if nobody else could: `able` is how many
/// Global Administrators are enabled and can sign in, this person among them if `can_sign_in`.
pub fn check_not_last(person: &Person, can_sign_in: bool, able: u64) -> Result<(), RoleRefusal> {
    let is_able = person.user.account_enabled && can_sign_in;
    match is_able && person.roles.contains(&GlobalAdministrator) && able <= 1 {
        true => Err(RoleRefusal::Last),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::clock::Timestamp;
    use crate::directory::User;
    use crate::ids::{TenantId, UserId};

    #[test]
    fn only_two_roles_manage_roles() {
        for role in DirectoryRole::ALL {
            let manages = matches!(role, GlobalAdministrator | PrivilegedRoleAdministrator);
            assert_eq!(manages_roles(&[role]), manages, "{role:?}");
            let refused = check_role(&[role], DirectoryRole::DirectoryReaders).is_err();
            assert_eq!(refused, !manages, "{role:?}");
            assert_eq!(check_person(&[role], &[]).is_err(), !manages, "{role:?}");
        }
    }

    #[test]
    fn nobody_gives_a_role_above_their_own() {
        let check = |actor: &[DirectoryRole], expected: &[DirectoryRole]| {
            let refused = |role: &DirectoryRole| check_role(actor, *role).is_err();
            let refused: Vec<_> = DirectoryRole::ALL.into_iter().filter(refused).collect();
            assert_eq!(refused, expected, "{actor:?}");
        };
        check(&[GlobalAdministrator], &[TenantCreator]);
        check(
            &[PrivilegedRoleAdministrator],
            &[GlobalAdministrator, TenantCreator],
        );
        check(&[GlobalAdministrator, TenantCreator], &[]);
        // The power over tenants is none over people.
        check(&[TenantCreator], &DirectoryRole::ALL);
    }

    #[test]
    fn nobody_takes_over_somebody_above() {
        let privileged = [PrivilegedRoleAdministrator];
        assert_eq!(
            check_person(&privileged, &[GlobalAdministrator]),
            Err(RoleRefusal::OfSomebodyAbove(GlobalAdministrator))
        );
        let held = [DirectoryRole::ApplicationAdministrator];
        assert_eq!(check_person(&privileged, &held), Ok(()));
        assert_eq!(check_person(&privileged, &privileged), Ok(()));
        let global = [GlobalAdministrator];
        assert_eq!(check_person(&global, &privileged), Ok(()));
        assert_eq!(
            check_person(&global, &[GlobalAdministrator, TenantCreator]),
            Err(RoleRefusal::OfSomebodyAbove(TenantCreator))
        );
    }

    #[test]
    fn the_last_one_who_can_sign_in_stays() {
        let person = |role, account_enabled| Person {
            user: User {
                id: UserId::new(Uuid::nil()),
                tenant_id: TenantId::new(Uuid::nil()),
                user_principal_name: "admin@contoso.example".into(),
                display_name: "Administrator".into(),
                given_name: None,
                surname: None,
                mail: None,
                job_title: None,
                account_enabled,
                created_at: Timestamp::from_unix_seconds(0),
            },
            roles: vec![role],
        };
        let global = person(GlobalAdministrator, true);
        assert_eq!(check_not_last(&global, true, 1), Err(RoleRefusal::Last));
        assert_eq!(check_not_last(&global, true, 2), Ok(()));
        // Who cannot sign in is no loss.
        assert_eq!(check_not_last(&global, false, 1), Ok(()));
        let disabled = person(GlobalAdministrator, false);
        assert_eq!(check_not_last(&disabled, true, 1), Ok(()));
        let reader = person(DirectoryRole::GlobalReader, true);
        assert_eq!(check_not_last(&reader, true, 1), Ok(()));
    }
}
