//! Who calls.

use countersign_token::{AccessTokenClaims, CredentialStrength, TokenVersion};

/// The application behind an accepted token.
///
/// There is no display name in here on purpose: names change and repeat, so nothing may be decided
/// by them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The tenant that vouches for the caller.
    pub tenant_id: String,
    /// The client's service principal in that tenant.
    pub object_id: String,
    /// The client's application id.
    pub application_id: String,
    /// The app roles granted on this API; empty when there are none.
    pub roles: Vec<String>,
    /// The issuer, exactly as the token has it.
    pub issuer: String,
    /// How the client proved itself to the issuer.
    pub credential: CredentialStrength,
    /// The shape of the token.
    pub version: TokenVersion,
    /// The issuer's own id of the token (`uti`), to find it in the issuer's log.
    pub token_id: Option<String>,
}

/// What makes two calls come from the same caller: tenant *and* object, since object ids of
/// different tenants say nothing about each other.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CallerId {
    /// The tenant.
    pub tenant_id: String,
    /// The service principal in it.
    pub object_id: String,
}

impl Caller {
    /// The key to store data under.
    pub fn id(&self) -> CallerId {
        CallerId {
            tenant_id: self.tenant_id.clone(),
            object_id: self.object_id.clone(),
        }
    }

    /// Whether the role was granted; compared exactly, case included.
    pub fn has_role(&self, role: &str) -> bool {
        self.roles.iter().any(|granted| granted == role)
    }

    /// `None` when the claims that name the client in this version are missing.
    pub(crate) fn from_claims(claims: AccessTokenClaims) -> Option<Self> {
        Some(Self {
            application_id: claims.application_id()?.to_owned(),
            credential: claims.credential_strength()?,
            tenant_id: claims.tid,
            object_id: claims.oid,
            roles: claims.roles.unwrap_or_default(),
            issuer: claims.iss,
            version: claims.ver,
            token_id: claims.uti,
        })
    }
}
