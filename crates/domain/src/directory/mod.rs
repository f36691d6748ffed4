//! The directory: tenants, applications, service principals, credentials, app roles, assignments.
//!
//! An **application** is a registration: one, in its home tenant. A **service principal** is that
//! application's instance in one tenant; tokens are issued to it. Property names are those of
//! Microsoft Graph wherever a thing has a name there.

mod application;
mod assignment;
mod change;
mod credential;
mod instance;
mod resource_name;
mod service_principal;
mod sign_in;
mod signing_key;
mod tenant;
mod user;
mod write;

pub use application::{
    Api, AppRole, Application, ImplicitGrantSettings, Info, Manifest, MemberType, OptionalClaim,
    OptionalClaims, PermissionScope, PreAuthorizedApplication, RedirectUriSetting, RedirectUris,
    RequiredResourceAccess, ResourceAccess, ResourceAccessType, SignInAudience, SigningAlgorithm,
    TokenLifetime, TokenVersion, Web,
};
pub use assignment::AppRoleAssignment;
pub use change::Change;
pub use credential::PasswordCredential;
pub use instance::ApplicationInTenant;
pub use resource_name::ResourceName;
pub use service_principal::ServicePrincipal;
pub use sign_in::{ClientCredentialType, SignIn};
pub use signing_key::{SealedSigningKey, SigningKeyState};
pub use tenant::{Domain, Tenant};
pub use user::User;
pub use write::{AuditRecord, TenantState, Write};
