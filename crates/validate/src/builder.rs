//! Making a [`Validator`]: everything that could accept too much is required or refused here.

use std::collections::{BTreeSet, HashSet};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use countersign_token::encrypted::DecryptionKey;
use countersign_token::keyset::Limits;
use countersign_token::{JwkSet, TokenVersion};
use zeroize::Zeroizing;

use crate::Validator;
use crate::build;
use crate::cache::TokenCache;
use crate::issuer::Template;
use crate::revocations::{Following, RevocationLists};
use crate::rules::Rules;
use crate::validator::Settings;

/// Wide enough for clocks that nobody looks after, as everywhere in this protocol.
const SKEW_DEFAULT: Duration = Duration::from_secs(5 * 60);

/// An unknown key id costs a request at most this often (RES-10): the floor of Microsoft's library.
const COOL_DOWN_UNKNOWN: Duration = Duration::from_secs(5 * 60);

/// Some 10 MiB at worst; most APIs have fewer callers.
const TOKENS_CACHED_DEFAULT: usize = 4_096;

/// A configuration that is missing something or would be unsafe.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// No audience was given.
    #[error("no audience: give the API's application id and its App ID URIs")]
    NoAudience,
    /// No authority was given.
    #[error("no authority: give the base URL of the issuer, as https://login.example.com:8443")]
    NoAuthority,
    /// The authority is not usable.
    #[error("the authority must be an https URL without query, fragment or user: {0}")]
    Authority(String),
    /// No tenant was given.
    #[error("no tenant: give tenant ids, which are GUIDs, or say `any_tenant`")]
    NoTenant,
    /// Tenants were listed, and all were allowed.
    #[error("tenants are listed and `any_tenant` is said: keep the one that is meant")]
    TenantsAndAny,
    /// The tenant is not a GUID; domain names and `common` name no single issuer.
    #[error("the tenant must be given as a GUID, not as {0:?}")]
    Tenant(String),
    /// The v1.0 issuer is not a template.
    #[error("the v1.0 issuer must be an https URL with `{{tenantid}}` in it once, not {0:?}")]
    IssuerTemplate(String),
    /// A decryption key cannot be read.
    #[error("a decryption key cannot be used")]
    DecryptionKey(#[from] countersign_token::KeyError),
    /// The root certificates cannot be read.
    #[error("the root certificates are not PEM, or there are none in it")]
    RootCertificates,
    /// The lists of withdrawn tokens are to be followed without a pause, or for any tenant.
    #[error("withdrawn tokens can be followed for listed tenants, and not every 0 seconds")]
    Revocations,
    /// None of the given keys can be used.
    #[error("none of the given keys is a public key for RS256, ES256 or EdDSA signatures")]
    NoKeys,
    /// The HTTP client cannot be set up.
    #[error("the HTTP client cannot be set up")]
    Client(#[source] reqwest::Error),
}

/// Collects the configuration of a [`Validator`].
#[derive(Clone, Debug, Default)]
pub struct ValidatorBuilder {
    authority: Option<String>,
    issuer_v1: Option<String>,
    tenants: BTreeSet<String>,
    any_tenant: bool,
    audiences: HashSet<String>,
    skew: Option<Duration>,
    root_certificates_pem: Option<Vec<u8>>,
    stale_keys_age_max: Option<Duration>,
    keys: Option<JwkSet>,
    tokens_cached: Option<usize>,
    decryption_keys_pem: Vec<Pem>,
    revocations_interval: Option<Duration>,
    revocations_age_max: Option<Duration>,
}

impl ValidatorBuilder {
    /// The base URL of the issuer, without the tenant: `https://login.example.com:8443`. Required.
    ///
    /// `https://login.microsoftonline.com` is the Microsoft identity platform.
    #[must_use]
    pub fn authority(mut self, base_url: impl Into<String>) -> Self {
        self.authority = Some(base_url.into());
        self
    }

    /// The id of a tenant whose tokens are accepted, a GUID. May be called again.
    #[must_use]
    pub fn tenant(self, tenant_id: impl Into<String>) -> Self {
        self.tenants([tenant_id])
    }

    /// The ids of tenants whose tokens are accepted, GUIDs. Each tenant's keys are fetched from its
    /// own document and are good for its tokens only.
    #[must_use]
    pub fn tenants<T: Into<String>>(mut self, tenant_ids: impl IntoIterator<Item = T>) -> Self {
        self.tenants.extend(tenant_ids.into_iter().map(Into::into));
        self
    }

    /// Accepts tokens of every tenant of the authority, for an API that is offered to all of them.
    /// A [`Policy`](crate::Policy) must then say whom it is for: anybody can have a tenant.
    ///
    /// Keys come from the authority's common document, and only those that say beside them whose
    /// tokens they may sign are used.
    #[must_use]
    pub fn any_tenant(mut self) -> Self {
        self.any_tenant = true;
        self
    }

    /// The issuer of v1.0 tokens, with `{tenantid}` for the tenant. Unset it is
    /// `https://sts.windows.net/{tenantid}/` for the Microsoft identity platform and
    /// `AUTHORITY/{tenantid}/` for every other authority.
    #[must_use]
    pub fn issuer_v1(mut self, template: impl Into<String>) -> Self {
        self.issuer_v1 = Some(template.into());
        self
    }

    /// A value of `aud` that means this API: its application id, or one of its App ID URIs. May be
    /// called again; at least one is required. Compared exactly.
    #[must_use]
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.audiences.insert(audience.into());
        self
    }

    /// How far this clock and the issuer's may be apart; 5 minutes unless set.
    #[must_use]
    pub fn skew(mut self, skew: Duration) -> Self {
        self.skew = Some(skew);
        self
    }

    /// Root certificates in PEM to trust *instead of* the system's when talking to the authority:
    /// whoever can speak for the authority decides which keys are good.
    #[must_use]
    pub fn root_certificates_pem(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.root_certificates_pem = Some(pem.into());
        self
    }

    /// How long known keys are used while the authority does not answer; 24 hours unless set.
    #[must_use]
    pub fn stale_keys_age_max(mut self, age: Duration) -> Self {
        self.stale_keys_age_max = Some(age);
        self
    }

    /// The authority's keys, for whoever has them without asking: nothing is ever fetched then, and
    /// a key that is not among them is unknown. After a rotation, build another validator.
    #[must_use]
    pub fn keys(mut self, keys: JwkSet) -> Self {
        self.keys = Some(keys);
        self
    }

    /// How many verified tokens are remembered, so that the next request with the same one is
    /// cheap; 4,096 unless set, and 0 turns it off. The policy is asked in any case.
    #[must_use]
    pub fn token_cache(mut self, tokens_max: usize) -> Self {
        self.tokens_cached = Some(tokens_max);
        self
    }

    /// A private RSA key in PEM to open encrypted tokens with, for an API that has set
    /// `tokenEncryptionKeyId`. May be called again while keys change. Without one, encrypted tokens
    /// are refused; with one, tokens that are only signed are still taken.
    #[must_use]
    pub fn decryption_key(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.decryption_keys_pem.push(Pem(pem.into().into()));
        self
    }

    /// Asks the authority so often which tokens it has withdrawn before their end, and refuses those:
    /// five seconds are a good interval. Nothing is asked unless this is set; it works with
    /// Countersign and needs listed tenants.
    ///
    /// A token is refused from the first answer on that names it. While there is no answer, what is
    /// known goes on to count; see [`Self::revocations_age_max`].
    #[must_use]
    pub fn follow_revocations(mut self, interval: Duration) -> Self {
        self.revocations_interval = Some(interval);
        self
    }

    /// How old the last answer about withdrawn tokens may be before every token is refused with 503.
    /// Unless set, tokens are accepted however old it is: they are good for an hour anyway.
    #[must_use]
    pub fn revocations_age_max(mut self, age: Duration) -> Self {
        self.revocations_age_max = Some(age);
        self
    }

    /// Makes the validator. Nothing is fetched before the first token comes.
    ///
    /// # Errors
    /// [`BuildError`] with what is missing or wrong and what to give instead.
    pub fn build(self) -> Result<Validator, BuildError> {
        if self.audiences.is_empty() || self.audiences.contains("") {
            return Err(BuildError::NoAudience);
        }
        let base = build::authority(self.authority)?;
        let limits = self
            .stale_keys_age_max
            .map_or_else(Limits::default, |age| Limits {
                stale_age_max: age,
                ..Limits::default()
            });
        let limits = Limits {
            cool_down_unknown: Some(COOL_DOWN_UNKNOWN),
            ..limits
        };
        let tenants = build::tenants(&self.tenants, self.any_tenant)?;
        let issuers = build::Issuers {
            v1: build::issuer_v1(self.issuer_v1, &base)?,
            v2: Template::of_authority(&base, TokenVersion::V2),
            base,
        };
        let roots = self.root_certificates_pem.as_deref();
        let keys = match &self.keys {
            Some(given) => build::given_keys(given)?,
            None => build::fetched_keys(&issuers, &tenants, limits, roots)?,
        };
        let keys = Arc::new(keys);
        let decryption_keys = self.decryption_keys_pem.iter();
        let authorization_uri = issuers.authorization_uri(&tenants);
        let issuers_shown = issuers.shown(&tenants);
        let rules = Arc::new(Rules {
            v1: issuers.v1,
            v2: issuers.v2,
            tenants,
            audiences: self.audiences,
            skew_seconds: build::seconds(self.skew.unwrap_or(SKEW_DEFAULT)),
            decryption_keys: decryption_keys
                .map(|pem| DecryptionKey::from_pem(&pem.0))
                .collect::<Result<_, _>>()?,
            marks: self.revocations_interval.is_some(),
        });
        let revocations = match self.revocations_interval {
            Some(interval) => {
                let following = Following {
                    interval,
                    age_max: self.revocations_age_max,
                    timeout: limits.fetch_timeout,
                    client: build::client(roots, limits.fetch_timeout)?,
                };
                let proof = (Arc::clone(&rules), Arc::clone(&keys));
                let lists = RevocationLists::new(&issuers.base, &following, &proof);
                Some(lists.ok_or(BuildError::Revocations)?)
            }
            None => None,
        };
        Ok(Validator::new(Settings {
            authorization_uri,
            issuers_shown,
            keys,
            revocations,
            cache: TokenCache::new(self.tokens_cached.unwrap_or(TOKENS_CACHED_DEFAULT)),
            rules,
        }))
    }
}

/// A private key on its way into the validator.
#[derive(Clone)]
struct Pem(Zeroizing<Vec<u8>>);

impl fmt::Debug for Pem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pem(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TENANT: &str = "11111111-2222-3333-4444-555555555555";

    fn complete() -> ValidatorBuilder {
        Validator::builder()
            .authority("https://localhost:8443")
            .tenant(TENANT)
            .audience("api://a")
    }

    #[test]
    fn a_complete_configuration_builds() {
        assert!(complete().build().is_ok());
        assert!(
            complete()
                .authority("https://localhost:8443/")
                .build()
                .is_ok()
        );
    }

    #[test]
    fn res_03_nothing_that_would_accept_anything_builds() {
        let without = |builder: ValidatorBuilder| builder.build().expect_err("incomplete");
        let no_audience = Validator::builder()
            .authority("https://localhost")
            .tenant(TENANT);
        assert!(matches!(without(no_audience), BuildError::NoAudience));
        assert!(matches!(
            without(complete().audience("")),
            BuildError::NoAudience
        ));
        let no_tenant = Validator::builder()
            .authority("https://localhost")
            .audience("a");
        assert!(matches!(without(no_tenant), BuildError::NoTenant));
        let none_listed = Validator::builder()
            .authority("https://localhost")
            .tenants(Vec::<String>::new())
            .audience("a");
        assert!(matches!(without(none_listed), BuildError::NoTenant));
        assert!(matches!(
            without(complete().any_tenant()),
            BuildError::TenantsAndAny
        ));
        let no_authority = Validator::builder().tenant(TENANT).audience("a");
        assert!(matches!(without(no_authority), BuildError::NoAuthority));
    }

    #[test]
    fn res_03_aliases_are_no_tenant() {
        for tenant in [
            "common",
            "organizations",
            "contoso.com",
            "",
            "{tenantid}",
            &TENANT[1..],
        ] {
            let error = complete().tenant(tenant).build().expect_err("not a GUID");
            assert!(matches!(error, BuildError::Tenant(_)), "{tenant}");
        }
    }

    #[test]
    fn the_authority_must_be_https_and_nothing_but_a_base() {
        for authority in [
            "http://localhost:8443",
            "localhost",
            "https://a@b",
            "https://h/?x",
            "https://h/#x",
        ] {
            let error = complete()
                .authority(authority)
                .build()
                .expect_err("not acceptable");
            assert!(matches!(error, BuildError::Authority(_)), "{authority}");
        }
    }

    #[test]
    fn roots_that_cannot_be_read_are_an_error_and_not_the_system_roots() {
        for pem in ["", "no certificate", "-----BEGIN CERTIFICATE-----\nAAAA"] {
            assert!(
                complete().root_certificates_pem(pem).build().is_err(),
                "{pem}"
            );
        }
    }

    #[test]
    fn the_v1_issuer_must_be_a_template() {
        let build = |template: &str| complete().issuer_v1(template).build();
        assert!(build("https://sts.windows.net/{tenantid}/").is_ok());
        for template in [
            "https://sts.windows.net/",
            "http://sts.windows.net/{tenantid}/",
            "https://sts.windows.net/{tenantid}/{tenantid}",
            "{tenantid}",
        ] {
            let error = build(template).expect_err("not acceptable");
            assert!(matches!(error, BuildError::IssuerTemplate(_)), "{template}");
        }
    }

    #[test]
    fn decryption_keys_are_read_at_once_and_never_shown() {
        let builder = complete().decryption_key("-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n");
        assert!(!format!("{builder:?}").contains("115"), "{builder:?}");
        assert!(matches!(builder.build(), Err(BuildError::DecryptionKey(_))));
    }
}
