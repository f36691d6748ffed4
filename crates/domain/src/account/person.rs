use crate::directory::{DirectoryRole, User};

/// A user as an administrator: who it is, and the roles of this moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The user.
    pub user: User,
    /// The roles, each once, the mightiest first.
    pub roles: Vec<DirectoryRole>,
}

/// How somebody proved who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AuthenticationMethod {
    /// A password alone.
    Password,
    /// A password and a one-time code.
    PasswordAndCode,
    /// A passkey, which checked its holder.
    Passkey,
    /// A recovery code, good once.
    RecoveryCode,
    /// A setup link, good once.
    SetupLink,
}

impl AuthenticationMethod {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Password,
        Self::PasswordAndCode,
        Self::Passkey,
        Self::RecoveryCode,
        Self::SetupLink,
    ];

    /// The name in the database and in logs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::PasswordAndCode => "passwordAndCode",
            Self::Passkey => "passkey",
            Self::RecoveryCode => "recoveryCode",
            Self::SetupLink => "setupLink",
        }
    }

    /// The method with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.as_str() == name)
    }
}
