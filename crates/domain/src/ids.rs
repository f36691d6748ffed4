//! Identifiers. Each kind is its own type, so a tenant's id can never be passed for a client's.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::random::Random;

/// The text was not a GUID in the form `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a GUID of the form xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx")]
pub struct InvalidGuid;

/// Parses the hyphenated form only: the braced, URN and bare forms would give one thing several
/// names.
fn parse_guid(text: &str) -> Result<Uuid, InvalidGuid> {
    if text.len() != 36 {
        return Err(InvalidGuid);
    }
    Uuid::try_parse(text).map_err(|_| InvalidGuid)
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// The id with this value.
            pub const fn new(value: Uuid) -> Self {
                Self(value)
            }

            /// A fresh version 4 id.
            pub fn random(random: &dyn Random) -> Self {
                Self(random_guid(random))
            }

            /// The id's value.
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.as_hyphenated().fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.as_hyphenated().fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = InvalidGuid;

            fn from_str(text: &str) -> Result<Self, InvalidGuid> {
                parse_guid(text).map(Self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

id! {
    /// A tenant: a directory of its own, and the `tid` of its tokens.
    TenantId
}
id! {
    /// The *client id* of an application: `appId`, the same in every tenant.
    AppId
}
id! {
    /// The *object id* of an application registration, in its home tenant.
    ApplicationId
}
id! {
    /// The object id of a service principal: an application's instance in one tenant, and the
    /// `oid` and `sub` of its tokens.
    ServicePrincipalId
}
id! {
    /// An app role of an application. All zeros is *default access*: assigned, without a role.
    AppRoleId
}
id! {
    /// An assignment of an app role to a service principal.
    AssignmentId
}
id! {
    /// A credential of an application (`keyId`).
    KeyId
}
id! {
    /// A federated identity credential of an application.
    FederatedCredentialId
}
id! {
    /// A grant of delegated permissions.
    PermissionGrantId
}
id! {
    /// A user of a tenant.
    UserId
}
id! {
    /// A running server, from its start to its end.
    NodeId
}
id! {
    /// One request to this service; error bodies call it `trace_id`, tokens `uti`.
    TraceId
}
id! {
    /// The client's own name for a request (`client-request-id`).
    CorrelationId
}

impl TraceId {
    /// A fresh id that begins with the time, in milliseconds (RFC 9562, version 7), followed by 74
    /// random bits.
    ///
    /// The sign-in log is indexed by this id. Ids in the order of time go to the end of the index;
    /// random ones go all over it, which makes writing the log several times slower.
    pub fn at(now: Timestamp, random: &dyn Random) -> Self {
        let mut bytes = [0; 10];
        random.fill(&mut bytes);
        let millis = u64::try_from(now.micros() / 1_000).unwrap_or_default();
        Self(uuid::Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid())
    }
}

impl AppRoleId {
    /// *Default access*: satisfies an assignment requirement, adds nothing to `roles`.
    pub const DEFAULT_ACCESS: Self = Self(Uuid::nil());
}

/// A random (version 4) GUID.
pub fn random_guid(random: &dyn Random) -> Uuid {
    let mut bytes = [0; 16];
    random.fill(&mut bytes);
    uuid::Builder::from_random_bytes(bytes).into_uuid()
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Ones;

    impl Random for Ones {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(0xff);
        }
    }

    #[test]
    fn trace_ids_are_in_the_order_of_time() {
        let now = Timestamp::from_micros(1_645_557_742_000_999);
        let id = TraceId::at(now, &Ones);
        assert_eq!(id.to_string(), "017f22e2-79b0-7fff-bfff-ffffffffffff");
        let later = Timestamp::from_micros(1_645_557_742_001_000);
        assert!(TraceId::at(later, &Ones) > id);
    }

    #[test]
    fn only_the_hyphenated_form_is_an_id() {
        let id = "AAAABBBB-0000-CCCC-1111-DDDD2222EEEE".parse::<TenantId>();
        assert_eq!(
            id.map(|id| id.to_string()),
            Ok("aaaabbbb-0000-cccc-1111-dddd2222eeee".into())
        );
        for text in [
            "",
            "aaaabbbb0000cccc1111dddd2222eeee",
            "{aaaabbbb-0000-cccc-1111-dddd2222eeee}",
            "urn:uuid:aaaabbbb-0000-cccc-1111-dddd2222eeee",
            "aaaabbbb-0000-cccc-1111-dddd2222eeeé",
            " aaaabbbb-0000-cccc-1111-dddd2222eee",
        ] {
            assert_eq!(text.parse::<TenantId>(), Err(InvalidGuid), "{text:?}");
        }
    }
}
