//! People who administer tenants: how they prove who they are, how long that counts, and what
//! their directory roles let them do.
//!
//! Nothing here is for workloads: those have [`crate::oauth`]. A person is a user of a tenant
//! ([`crate::directory::User`]) with a password, passkeys, one-time codes or recovery codes, and
//! with directory roles ([`crate::directory::DirectoryRole`]).

mod credentials;
pub mod invitation;
pub mod one_time_code;
pub mod passkey;
pub mod password;
mod person;
mod recovery_code;
pub mod roles;
mod session;
pub mod throttle;

pub use credentials::{
    Authenticator, Failures, Passkey, PasskeyChallenge, PasswordHash, SetupLink,
};
pub use password::{NewPassword, PasswordContext, PasswordRefusal};
pub use person::{AuthenticationMethod, Person};
pub use recovery_code::RecoveryCode;
pub use session::{Session, SessionToken, TokenHash};
