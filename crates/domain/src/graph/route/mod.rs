//! Paths of the API: a method and a path become one [`Call`], or an error in Graph's words.
//!
//! `Call` is closed, and so is [`Operation`], its kind without the keys: who handles, describes or
//! permits operations matches on them, and a new one does not compile until it is in every table.
//!
//! ```
//! use countersign_domain::graph::route::{Call, Method, Operation, Version, segments};
//!
//! let path = segments("/applications(uniqueName='orders')/owners").expect("a path");
//! let call = Call::read(Method::Get, Version::V1, &path).expect("a call");
//! assert_eq!(call.operation(), Operation::ListApplicationOwners);
//! assert_eq!(call.to_string(), "/applications(uniqueName='orders')/owners");
//! ```

mod call;
mod key;
mod matching;
mod parameter;
mod segment;

pub use call::{Call, Operation};
pub use key::{ApplicationKey, FederatedCredentialKey, ObjectKey, ServicePrincipalKey, UserKey};
pub use matching::{allowed_methods, unknown_method};
pub use parameter::{DeletedKind, EmptyNavigation, PolicyKind};
pub use segment::segments;

/// A method that some operation has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Method {
    /// `GET`
    Get,
    /// `POST`
    Post,
    /// `PATCH`
    Patch,
    /// `DELETE`
    Delete,
}

impl Method {
    /// Reads the name of a method; names are in capitals (RFC 9110 9.1).
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Get, Self::Post, Self::Patch, Self::Delete]
            .into_iter()
            .find(|method| method.as_str() == name)
    }

    /// The name, in capitals.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// The first segment of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Version {
    /// `v1.0`
    V1,
    /// `beta`: the same objects with some more properties, to be read only.
    Beta,
}

impl Version {
    /// As it stands in paths.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::V1 => "v1.0",
            Self::Beta => "beta",
        }
    }
}

#[cfg(test)]
mod tests;
