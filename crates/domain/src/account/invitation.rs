//! Making somebody an administrator: the user, the roles, and a link to set up how to sign in.
//!
//! Nobody gets a password from us: whoever has the link chooses one, or a passkey, and the link ends.

use super::{Person, SessionToken, SetupLink};
use crate::clock::Timestamp;
use crate::directory::{DirectoryRole, Domain, Tenant, User, Write, rules};
use crate::ids::UserId;
use crate::random::Random;

/// How long a setup link is good, in seconds: over a weekend.
pub const SETUP_LINK_SECONDS: i64 = 72 * 3_600;

/// Whom to invite.
#[derive(Debug, Clone, Copy)]
pub struct Invitation<'a> {
    /// The tenant.
    pub tenant: &'a Tenant,
    /// The user with this name, if there is one.
    pub known: Option<&'a Person>,
    /// The sign-in name.
    pub user_principal_name: &'a str,
    /// What to call a new user.
    pub display_name: &'a str,
    /// The roles to have, beside those that a known user has.
    pub roles: &'a [DirectoryRole],
}

/// What an invitation takes.
pub struct Invited {
    /// The user.
    pub user: User,
    /// What has to be written.
    pub writes: Vec<Write>,
    /// The token of the link, shown once.
    pub token: SessionToken,
    /// When the link ends unused.
    pub expires_at: Timestamp,
}

/// Why somebody cannot be invited.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvitationRefusal {
    /// The sign-in name is none.
    #[error("{name:?} {reason}")]
    Name {
        /// What was given.
        name: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The sign-in name is of another tenant.
    #[error(
        "{name:?} is not a user name of this tenant: behind the @ stands one of its domains, {domains}"
    )]
    ForeignDomain {
        /// What was given.
        name: String,
        /// The domains that would do.
        domains: String,
    },
    /// The user may not sign in.
    #[error("the user {0:?} is disabled: enable the account first")]
    Disabled(String),
}

impl Invitation<'_> {
    /// What it takes.
    pub fn prepare(
        &self,
        now: Timestamp,
        random: &dyn Random,
    ) -> Result<Invited, InvitationRefusal> {
        let mut writes = Vec::new();
        let user = match self.known {
            Some(known) => known.user.clone(),
            None => {
                let user = self.new_user(now, random)?;
                writes.push(Write::AddUser(user.clone()));
                user
            }
        };
        if !user.account_enabled {
            return Err(InvitationRefusal::Disabled(user.user_principal_name));
        }
        let (tenant_id, user_id) = (user.tenant_id, user.id);
        let held = self.known.map_or(&[][..], |known| &known.roles);
        let missing = self.roles.iter().filter(|role| !held.contains(role));
        writes.extend(missing.map(|role| Write::AddRoleMember {
            tenant_id,
            user_id,
            role: *role,
        }));
        let token = SessionToken::generate(random);
        let expires_at = now.plus_seconds(SETUP_LINK_SECONDS);
        writes.push(Write::SetSetupLink(SetupLink {
            tenant_id,
            user_id,
            hash: token.hash(),
            expires_at,
        }));
        Ok(Invited {
            user,
            writes,
            token,
            expires_at,
        })
    }

    fn new_user(&self, now: Timestamp, random: &dyn Random) -> Result<User, InvitationRefusal> {
        let refused = |name: &str, reason| InvitationRefusal::Name {
            name: name.to_owned(),
            reason,
        };
        let name = self.user_principal_name;
        rules::user_principal_name(name).map_err(|reason| refused(name, reason))?;
        let display_name = self.display_name;
        rules::name(display_name).map_err(|reason| refused(display_name, reason))?;
        let domain = name.rsplit_once('@').map_or("", |(_, domain)| domain);
        let domains = &self.tenant.domains;
        if !domains
            .iter()
            .any(|known| known.as_str().eq_ignore_ascii_case(domain))
        {
            let domains: Vec<_> = domains.iter().map(Domain::as_str).collect();
            return Err(InvitationRefusal::ForeignDomain {
                name: name.to_owned(),
                domains: domains.join(" or "),
            });
        }
        Ok(User {
            id: UserId::random(random),
            tenant_id: self.tenant.id,
            user_principal_name: name.to_owned(),
            display_name: display_name.to_owned(),
            given_name: None,
            surname: None,
            mail: None,
            job_title: None,
            account_enabled: true,
            created_at: now,
        })
    }
}

/// The path at which a setup link is used.
pub fn setup_path(token: &SessionToken) -> String {
    format!("/portal/setup/{}", token.expose())
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::directory::AssertionPolicy;
    use crate::ids::TenantId;

    struct Sevens;

    impl Random for Sevens {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(7);
        }
    }

    fn tenant() -> Tenant {
        Tenant {
            id: TenantId::new(Uuid::from_u128(1)),
            display_name: "Contoso".into(),
            domains: vec![Domain::parse("contoso.example").expect("a domain")],
            is_default: true,
            assertion_policy: AssertionPolicy::default(),
            created_at: Timestamp::from_unix_seconds(0),
        }
    }

    fn invite(
        known: Option<&Person>,
        name: &str,
        roles: &[DirectoryRole],
    ) -> Result<Invited, InvitationRefusal> {
        let tenant = tenant();
        let invitation = Invitation {
            tenant: &tenant,
            known,
            user_principal_name: name,
            display_name: "Administrator",
            roles,
        };
        invitation.prepare(Timestamp::from_unix_seconds(100), &Sevens)
    }

    #[test]
    fn a_new_administrator_is_a_user_with_roles_and_a_link() {
        let role = DirectoryRole::GlobalAdministrator;
        let invited = invite(None, "admin@contoso.example", &[role]).expect("a good name");
        let [
            Write::AddUser(user),
            Write::AddRoleMember {
                user_id, role: had, ..
            },
            Write::SetSetupLink(link),
        ] = &invited.writes[..]
        else {
            panic!("{:?}", invited.writes);
        };
        assert_eq!((*user_id, *had), (user.id, role));
        assert_eq!(link.hash, invited.token.hash());
        assert_eq!(link.expires_at, Timestamp::from_unix_seconds(259_300));
    }

    #[test]
    fn a_known_one_gets_what_is_missing() {
        let role = DirectoryRole::GlobalAdministrator;
        let user = invite(None, "admin@contoso.example", &[])
            .expect("a good name")
            .user;
        let mut person = Person {
            user,
            roles: vec![role],
        };
        let name = "admin@contoso.example";
        let invited = invite(Some(&person), name, &[role]).expect("enabled");
        assert!(matches!(&invited.writes[..], [Write::SetSetupLink(_)]));
        person.user.account_enabled = false;
        let refused = invite(Some(&person), name, &[role]).err();
        assert_eq!(refused, Some(InvitationRefusal::Disabled(name.into())));
    }

    #[test]
    fn names_are_of_the_tenant() {
        let text = |name| invite(None, name, &[]).err().map(|error| error.to_string());
        assert!(text("admin@contoso.example").is_none());
        let foreign = text("admin@fabrikam.example").expect("not of this tenant");
        assert!(foreign.contains("contoso.example"), "{foreign}");
        assert!(text("admin").is_some());
    }
}
