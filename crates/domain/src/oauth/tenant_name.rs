//! The tenant segment of a URL.

use super::error::{self, OauthError};
use crate::directory::Domain;
use crate::ids::TenantId;

/// What the segment is, before the directory is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TenantName {
    /// A tenant's id.
    Id(TenantId),
    /// A domain that may be a tenant's.
    Domain(Domain),
    /// `adfs`: the configured default tenant, for clients that know private clouds only by that
    /// name.
    Default,
    /// `common` or `organizations`: whatever tenant the caller belongs to.
    AnyOrganization,
    /// `consumers`: personal accounts, which this service has none of.
    Consumers,
}

impl TenantName {
    /// Reads the segment, already percent-decoded, in any letter case.
    pub fn parse(segment: &str) -> Result<Self, OauthError> {
        let blanks = [("tenant", segment)];
        if let Ok(id) = segment.parse::<TenantId>() {
            let is_empty = id.uuid().is_nil();
            return if is_empty {
                Err(error::TENANT_EMPTY_GUID.with(&blanks))
            } else {
                Ok(Self::Id(id))
            };
        }
        let is = |alias: &str| segment.eq_ignore_ascii_case(alias);
        match () {
            () if is("adfs") => Ok(Self::Default),
            () if is("common") || is("organizations") => Ok(Self::AnyOrganization),
            () if is("consumers") => Ok(Self::Consumers),
            () => Domain::parse(segment)
                .map(Self::Domain)
                .map_err(|_| error::TENANT_NAME_INVALID.with(&blanks)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_ids_domains_and_aliases_in_any_case() {
        let id = "AAAABBBB-0000-cccc-1111-dddd2222eeee";
        assert!(matches!(TenantName::parse(id), Ok(TenantName::Id(_))));
        assert!(matches!(
            TenantName::parse("Contoso.Example"),
            Ok(TenantName::Domain(_))
        ));
        assert_eq!(TenantName::parse("Common"), Ok(TenantName::AnyOrganization));
        assert_eq!(TenantName::parse("consumers"), Ok(TenantName::Consumers));
        assert_eq!(TenantName::parse("ADFS"), Ok(TenantName::Default));
    }

    #[test]
    fn refuses_what_cannot_be_a_tenant() {
        let number = |segment: &str| TenantName::parse(segment).map_err(|error| error.kind.number);
        assert_eq!(number("00000000-0000-0000-0000-000000000000"), Err(900_021));
        for segment in [
            "..",
            "contoso",
            "\0",
            "cöntoso.example",
            &"a.".repeat(150),
            "a b.c",
        ] {
            assert_eq!(number(segment), Err(900_023), "{segment:?}");
        }
    }
}
