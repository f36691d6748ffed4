//! The directory: tenants, applications, service principals, credentials, app roles, assignments.
//!
//! An **application** is a registration: one, in its home tenant. A **service principal** is that
//! application's instance in one tenant; tokens are issued to it. Property names are those of
//! Microsoft Graph wherever a thing has a name there.

mod application;
mod assertion_policy;
mod assignment;
mod audit;
mod change;
mod claims_expression;
mod credential;
mod deleted;
mod directory_role;
mod federated_credential;
mod instance;
mod key_credential;
mod owner;
mod permission_grant;
mod resource_name;
pub(crate) mod rules;
mod service_principal;
mod sign_in;
mod signing_key;
mod tenant;
mod user;
mod write;

pub use application::{
    Api, AppRole, Application, ImplicitGrantSettings, Info, Manifest, MemberType, OptionalClaim,
    OptionalClaims, PathMatching, PermissionScope, PreAuthorizedApplication, RedirectUriSetting,
    RedirectUris, RequiredResourceAccess, ResourceAccess, ResourceAccessType, SignInAudience,
    SigningAlgorithm, TokenLifetime, TokenVersion, Web,
};
pub use assertion_policy::{
    ASSERTION_ALGORITHMS, ASSERTION_LIFETIME_MAX, ASSERTION_LIFETIME_STRICT, AssertionPolicy,
    AssertionProfile,
};
pub use assignment::AppRoleAssignment;
pub use audit::{Actor, AuditRecord, AuditTarget, ModifiedProperty};
pub use change::Change;
pub use claims_expression::{ClaimsExpression, InvalidExpression};
pub use credential::PasswordCredential;
pub use deleted::{DeletedServicePrincipal, RESTORABLE_SECONDS};
pub use directory_role::DirectoryRole;
pub use federated_credential::{FederatedIdentityCredential, SubjectMatcher};
pub use instance::ApplicationInTenant;
pub use key_credential::{CertificateSubject, KeyCredential, KeyTrust, RegisteredCertificate};
pub use owner::{Owned, Owner, Ownership};
pub use permission_grant::PermissionGrant;
pub use resource_name::ResourceName;
pub use service_principal::{ServicePrincipal, ServicePrincipalDetails};
pub use sign_in::{ClientCredentialType, SignIn};
pub use signing_key::{SealedSigningKey, SigningKeyState};
pub use tenant::{Domain, Tenant};
pub use user::User;
pub use write::{TenantState, Write};
