//! Whose token it is, and whether its signature holds.

use countersign_domain::directory::TokenVersion;
use countersign_domain::ids::TenantId;
use countersign_domain::oauth::claims::issuer;
use countersign_token::keyset::Keys;
use countersign_token::{Algorithm, JwkSet, Unverified, Verified, verify};
use serde_json::{Map, Value};

use super::decoded::Decoded;

/// Who says to have issued the token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Issuer {
    /// This server, for this tenant.
    Own(TenantId),
    /// The client itself: an assertion that proves who it is.
    Assertion,
    /// Somebody else.
    Foreign,
    /// Nobody is named.
    Unnamed,
}

impl Issuer {
    pub(super) fn of(decoded: &Decoded, base_url: &str) -> Self {
        let Some(iss) = decoded.text("iss") else {
            return Self::Unnamed;
        };
        let tenant = iss
            .strip_prefix(base_url)
            .and_then(|rest| rest.strip_prefix('/'))
            .and_then(|rest| rest.split('/').next())
            .and_then(|tenant| tenant.parse::<TenantId>().ok());
        let versions = [TokenVersion::V1, TokenVersion::V2];
        match tenant {
            Some(id)
                if versions
                    .iter()
                    .any(|version| issuer(base_url, id, *version) == iss) =>
            {
                Self::Own(id)
            }
            _ if decoded.text("sub") == Some(iss) => Self::Assertion,
            _ => Self::Foreign,
        }
    }

    pub(super) fn sentence(&self) -> &'static str {
        match self {
            Self::Own(_) => "It says that this server issued it.",
            Self::Assertion => {
                "It names the same issuer and subject, as a client assertion does: an application \
                 signs it to prove who it is at the token endpoint."
            }
            Self::Foreign => {
                "It says that another issuer made it. Such a token can be exchanged here if a \
                 federated credential trusts its issuer, subject and audience."
            }
            Self::Unnamed => "It names no issuer.",
        }
    }
}

/// What is known of the signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Signature {
    Holds,
    Broken,
    /// Its key id is none of ours, although the issuer is.
    UnknownKey,
    NotOurKey,
    /// `alg` is `none`, or there is no signature.
    Unsigned,
    /// The header has what no validator of ours takes.
    Refused,
}

impl Signature {
    /// Checks with this server's own keys, for a token that says to be of this server.
    pub(super) fn check(decoded: &Decoded, issuer: &Issuer, keys: &JwkSet) -> Self {
        if !decoded.is_signed() || decoded.algorithm().eq_ignore_ascii_case("none") {
            return Self::Unsigned;
        }
        if !matches!(issuer, Issuer::Own(_)) {
            return Self::NotOurKey;
        }
        let Ok(unverified) = Unverified::parse(&decoded.token) else {
            return Self::Refused;
        };
        let keys = Keys::usable_of(keys, &Algorithm::ALL);
        let Some(published) = keys.key(unverified.unverified_kid()) else {
            return Self::UnknownKey;
        };
        let verified: Result<Verified<Map<String, Value>>, _> = verify(&unverified, &published.key);
        match verified {
            Ok(_) => Self::Holds,
            Err(_) => Self::Broken,
        }
    }

    pub(super) fn kind(self) -> &'static str {
        match self {
            Self::Holds => "ok",
            Self::NotOurKey => "neutral",
            Self::Broken | Self::UnknownKey | Self::Unsigned | Self::Refused => "error",
        }
    }

    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Holds => "Signature holds",
            Self::Broken => "Signature does not hold",
            Self::UnknownKey => "Unknown key",
            Self::NotOurKey => "Signature not checked: not our key",
            Self::Unsigned => "Not signed",
            Self::Refused => "Header not acceptable",
        }
    }

    pub(super) fn sentence(self) -> &'static str {
        match self {
            Self::Holds => "One of this server's keys signed exactly this header and payload.",
            Self::Broken => {
                "The key that the header names did not sign this: something was changed, or the \
                 header names another algorithm than the key's. No validator may take it."
            }
            Self::UnknownKey => {
                "The header names a key that this server does not publish: it was rotated out, or \
                 somebody else made the token."
            }
            Self::NotOurKey => {
                "Only the issuer's published keys, or the client's own certificate, can say \
                 whether it is genuine."
            }
            Self::Unsigned => "Anybody can write such a token. No validator may take it.",
            Self::Refused => {
                "Its header has members twice, or asks for extensions that validators do not take."
            }
        }
    }
}
