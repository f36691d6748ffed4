use std::fmt;

use uuid::Uuid;

use super::matching::Mismatch;
use super::parameter::{Parameter, alternate, encoded, guid};
use super::segment::Part;
use crate::graph::error::GraphError;
use crate::ids::{AppId, ApplicationId, FederatedCredentialId, ServicePrincipalId, UserId};

/// By what an application is addressed.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ApplicationKey {
    /// `applications/{id}`
    Id(ApplicationId),
    /// `applications(appId='..')`
    AppId(AppId),
    /// `applications(uniqueName='..')`
    UniqueName(String),
}

/// By what a service principal is addressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ServicePrincipalKey {
    /// `servicePrincipals/{id}`
    Id(ServicePrincipalId),
    /// `servicePrincipals(appId='..')`
    AppId(AppId),
}

/// What credentials and owners can be added to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ObjectKey {
    /// A registration.
    Application(ApplicationKey),
    /// An instance in a tenant.
    ServicePrincipal(ServicePrincipalKey),
}

/// By what a federated credential is addressed: clients put either into one place.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum FederatedCredentialKey {
    /// `federatedIdentityCredentials/{id}`. A name may look like an id: where none has the id, the
    /// name is meant.
    Id(FederatedCredentialId),
    /// `federatedIdentityCredentials/{name}`, `federatedIdentityCredentials(name='..')`
    Name(String),
}

/// By what a user is addressed.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum UserKey {
    /// `users/{id}`
    Id(UserId),
    /// `users/{userPrincipalName}`
    UserPrincipalName(String),
}

/// The value of the key, for messages.
macro_rules! shown {
    ($($key:ident { $($variant:ident),+ })*) => {$(
        impl fmt::Display for $key {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self { $(Self::$variant(value) => value.fmt(f),)+ }
            }
        }
    )*};
}

shown! {
    ApplicationKey { Id, AppId, UniqueName }
    ServicePrincipalKey { Id, AppId }
    ObjectKey { Application, ServicePrincipal }
    UserKey { Id, UserPrincipalName }
}

impl From<ApplicationKey> for ObjectKey {
    fn from(key: ApplicationKey) -> Self {
        Self::Application(key)
    }
}

impl From<ServicePrincipalKey> for ObjectKey {
    fn from(key: ServicePrincipalKey) -> Self {
        Self::ServicePrincipal(key)
    }
}

impl Parameter for ApplicationKey {
    fn read(part: &Part<'_>) -> Result<Self, Mismatch> {
        match alternate(part)? {
            (None, id) => Ok(Self::Id(ApplicationId::new(guid(id)?))),
            (Some(property), value) if property.eq_ignore_ascii_case("appId") => {
                Ok(Self::AppId(app_id(value, "Application")?))
            }
            (Some(property), value) if property.eq_ignore_ascii_case("uniqueName") => {
                Ok(Self::UniqueName(value.to_owned()))
            }
            (Some(property), _) => Err(no_key(property, "application")),
        }
    }

    fn write(&self) -> String {
        match self {
            Self::Id(id) => id.to_string(),
            Self::AppId(id) => format!("(appId='{id}')"),
            Self::UniqueName(name) => quoted("uniqueName", name),
        }
    }
}

impl Parameter for ServicePrincipalKey {
    fn read(part: &Part<'_>) -> Result<Self, Mismatch> {
        match alternate(part)? {
            (None, id) => Ok(Self::Id(ServicePrincipalId::new(guid(id)?))),
            (Some(property), value) if property.eq_ignore_ascii_case("appId") => {
                Ok(Self::AppId(app_id(value, "ServicePrincipal")?))
            }
            (Some(property), _) => Err(no_key(property, "servicePrincipal")),
        }
    }

    fn write(&self) -> String {
        match self {
            Self::Id(id) => id.to_string(),
            Self::AppId(id) => format!("(appId='{id}')"),
        }
    }
}

impl Parameter for FederatedCredentialKey {
    fn read(part: &Part<'_>) -> Result<Self, Mismatch> {
        match alternate(part)? {
            (None, text) => Ok(match text.parse() {
                Ok(id) => Self::Id(id),
                Err(_) => Self::Name(text.to_owned()),
            }),
            (Some(property), value) if property.eq_ignore_ascii_case("name") => {
                Ok(Self::Name(value.to_owned()))
            }
            (Some(property), _) => Err(no_key(property, "federatedIdentityCredential")),
        }
    }

    fn write(&self) -> String {
        match self {
            Self::Id(id) => id.to_string(),
            Self::Name(name) => quoted("name", name),
        }
    }
}

impl Parameter for UserKey {
    fn read(part: &Part<'_>) -> Result<Self, Mismatch> {
        match alternate(part)? {
            (None, text) => Ok(match text.parse() {
                Ok(id) => Self::Id(id),
                Err(_) => Self::UserPrincipalName(text.to_owned()),
            }),
            (Some(property), value) if property.eq_ignore_ascii_case("userPrincipalName") => {
                Ok(Self::UserPrincipalName(value.to_owned()))
            }
            (Some(property), _) => Err(no_key(property, "user")),
        }
    }

    fn write(&self) -> String {
        match self {
            Self::Id(id) => id.to_string(),
            Self::UserPrincipalName(name) => quoted("userPrincipalName", name),
        }
    }
}

fn app_id(value: &str, resource: &str) -> Result<AppId, Mismatch> {
    value.parse().map_err(|_| {
        Mismatch::Refused(GraphError::bad_request(format!(
            "Invalid value specified for property 'appId' of resource '{resource}'."
        )))
    })
}

fn no_key(property: &str, of: &str) -> Mismatch {
    Mismatch::Refused(GraphError::malformed(format!(
        "'{property}' is not a key of the type 'microsoft.graph.{of}'."
    )))
}

fn quoted(property: &str, value: &str) -> String {
    format!("({property}='{}')", encoded(&value.replace('\'', "''")))
}

impl Parameter for Uuid {
    fn read(part: &Part<'_>) -> Result<Self, Mismatch> {
        guid(super::parameter::plain(part)?)
    }

    fn write(&self) -> String {
        self.to_string()
    }
}
