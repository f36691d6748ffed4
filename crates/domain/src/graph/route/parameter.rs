use uuid::Uuid;

use super::matching::Mismatch;
use super::segment::Part;
use crate::graph::error::GraphError;

/// What can stand for a `{..}` of a path.
pub(super) trait Parameter: Sized {
    /// Reads it.
    fn read(part: &Part<'_>) -> Result<Self, Mismatch>;

    /// Writes it, percent-encoded; an alternate key with its brackets.
    fn write(&self) -> String;
}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name {
            $(#[doc = concat!("`", $word, "`")] $variant,)*
        }

        impl $name {
            /// Every one.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// As it stands in paths.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }
        }

        impl Parameter for $name {
            fn read(part: &Part<'_>) -> Result<Self, Mismatch> {
                let Part::Plain(text) = part else {
                    return Err(Mismatch::Unknown);
                };
                Self::ALL
                    .iter()
                    .copied()
                    .find(|word| word.as_str().eq_ignore_ascii_case(text))
                    .ok_or(Mismatch::Unknown)
            }

            fn write(&self) -> String {
                self.as_str().to_owned()
            }
        }
    };
}

words! {
    /// Types of deleted objects that are asked for. Users are not kept, and groups there are none.
    DeletedKind {
        Application = "microsoft.graph.application",
        ServicePrincipal = "microsoft.graph.servicePrincipal",
        User = "microsoft.graph.user",
        Group = "microsoft.graph.group",
    }
}

words! {
    /// Navigations that clients follow, and that lead to nothing here: an empty list.
    EmptyNavigation {
        MemberOf = "memberOf",
        TransitiveMemberOf = "transitiveMemberOf",
        CreatedObjects = "createdObjects",
        ExtensionProperties = "extensionProperties",
        TokenLifetimePolicies = "tokenLifetimePolicies",
        TokenIssuancePolicies = "tokenIssuancePolicies",
        ClaimsMappingPolicies = "claimsMappingPolicies",
        HomeRealmDiscoveryPolicies = "homeRealmDiscoveryPolicies",
        AppManagementPolicies = "appManagementPolicies",
        DelegatedPermissionClassifications = "delegatedPermissionClassifications",
        Endpoints = "endpoints",
        LicenseDetails = "licenseDetails",
        FederatedIdentityCredentials = "federatedIdentityCredentials",
    }
}

words! {
    /// Kinds of policies, which are set elsewhere: an empty list.
    PolicyKind {
        TokenLifetime = "tokenLifetimePolicies",
        TokenIssuance = "tokenIssuancePolicies",
        ClaimsMapping = "claimsMappingPolicies",
        HomeRealmDiscovery = "homeRealmDiscoveryPolicies",
        AppManagement = "appManagementPolicies",
        PermissionGrant = "permissionGrantPolicies",
    }
}

/// An opaque id, or the name of a domain.
impl Parameter for String {
    fn read(part: &Part<'_>) -> Result<Self, Mismatch> {
        plain(part).map(str::to_owned)
    }

    fn write(&self) -> String {
        // What would not be read as an id between two slashes stands in brackets.
        let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '~');
        match self.chars().all(is_plain) && can_be_plain(self) {
            true => self.clone(),
            false => format!("('{}')", encoded(&self.replace('\'', "''"))),
        }
    }
}

/// The property and the value of a key; no property for the id.
pub(super) fn alternate<'p>(part: &'p Part<'_>) -> Result<(Option<&'p str>, &'p str), Mismatch> {
    match part {
        Part::Plain(text) => Ok((None, text)),
        Part::Key { property, value } if value.is_empty() => Err(Mismatch::Refused(
            GraphError::malformed(format!("The key {} is empty.", property.unwrap_or("id"))),
        )),
        Part::Key { property, value } => {
            let other = property.filter(|property| !property.eq_ignore_ascii_case("id"));
            Ok((other, value))
        }
    }
}

/// Functions of OData are no ids, whatever stands before them.
pub(super) fn can_be_plain(text: &str) -> bool {
    !(text.is_empty() || text.starts_with('$') || text == "delta")
}

/// The value of a key that has no other name than `id`.
pub(super) fn plain<'p>(part: &'p Part<'_>) -> Result<&'p str, Mismatch> {
    match alternate(part)? {
        (Some(property), _) => Err(Mismatch::Refused(GraphError::malformed(format!(
            "'{property}' is not a key of this type."
        )))),
        (None, value) => Ok(value),
    }
}

/// What is no GUID is the id of no object.
pub(super) fn guid(text: &str) -> Result<Uuid, Mismatch> {
    text.parse::<crate::ids::TraceId>()
        .map(crate::ids::TraceId::uuid)
        .map_err(|_| Mismatch::Refused(GraphError::not_found(text)))
}

/// Percent-encodes everything but unreserved characters and `@` (RFC 3986 3.3).
pub(super) fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'@' | b'\'' => {
                encoded.push(char::from(byte));
            }
            byte => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}
