use countersign_token::Algorithm;
use serde::{Deserialize, Serialize};

/// What assertions may be signed with, by applications and by other issuers. The type of the key
/// narrows it, and the key's own `alg`; never the token.
pub const ASSERTION_ALGORITHMS: [Algorithm; 8] = [
    Algorithm::Rs256,
    Algorithm::Rs384,
    Algorithm::Rs512,
    Algorithm::Ps256,
    Algorithm::Ps384,
    Algorithm::Ps512,
    Algorithm::Es256,
    Algorithm::Es384,
];

/// The longest lifetime of an assertion that can be allowed, and the default: a day.
pub const ASSERTION_LIFETIME_MAX: u32 = 86_400;

/// The longest lifetime of an assertion under the strict profile: ten minutes.
pub const ASSERTION_LIFETIME_STRICT: u32 = 600;

/// What is asked of assertions that an application signs. A tenant's policy and an application's
/// both apply; the stricter of each setting counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct AssertionPolicy {
    /// Which checks.
    pub profile: AssertionProfile,
    /// An assertion is good once; off by default, since real clients send theirs again.
    pub single_use: bool,
    /// The longest accepted lifetime in seconds, up to a day. The skew of clocks comes on top: five
    /// minutes, or one under the strict profile.
    pub lifetime_seconds_max: u32,
}

/// How strictly assertions are checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum AssertionProfile {
    /// As real clients need it.
    #[default]
    Compatible,
    /// FAPI 2.0's rules: the issuer as the only audience, PS256 or ES256, ten minutes, one minute of
    /// skew, single use.
    Strict,
}

impl Default for AssertionPolicy {
    fn default() -> Self {
        Self {
            profile: AssertionProfile::Compatible,
            single_use: false,
            lifetime_seconds_max: ASSERTION_LIFETIME_MAX,
        }
    }
}

impl AssertionPolicy {
    /// The stricter of two policies, setting by setting.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let profile = self.profile.max(other.profile);
        let is_strict = profile == AssertionProfile::Strict;
        let lifetime = self.lifetime_seconds_max.min(other.lifetime_seconds_max);
        Self {
            profile,
            single_use: self.single_use || other.single_use || is_strict,
            lifetime_seconds_max: if is_strict {
                lifetime.min(ASSERTION_LIFETIME_STRICT)
            } else {
                lifetime.min(ASSERTION_LIFETIME_MAX)
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stricter_setting_counts() {
        let compatible = AssertionPolicy::default();
        let strict = AssertionPolicy {
            profile: AssertionProfile::Strict,
            ..compatible
        };
        let both = compatible.and(strict);
        assert_eq!(both, strict.and(compatible));
        assert_eq!((both.single_use, both.lifetime_seconds_max), (true, 600));
        let short = AssertionPolicy {
            lifetime_seconds_max: 60,
            ..compatible
        };
        assert_eq!(strict.and(short).lifetime_seconds_max, 60);
        assert_eq!(compatible.and(compatible), compatible);
    }
}
