//! Making a [`Validator`]: everything that could accept too much is required or refused here.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use countersign_token::TokenVersion::{V1, V2};
use countersign_token::keyset::{KeySet, Keys, Limits};
use countersign_token::{Algorithm, JwkSet, TokenVersion};
use reqwest::Url;
use reqwest::redirect::Policy as Redirects;

use crate::Validator;
use crate::discovery::{self, Discovery};
use crate::keys::{FetchedKeys, Issuer, KeySource};
use crate::validator::Settings;

/// Wide enough for clocks that nobody looks after, as everywhere in this protocol.
const SKEW_DEFAULT: Duration = Duration::from_secs(5 * 60);

/// The algorithms that the authority signs access tokens with. PS256 is not among them, so an RSA
/// key published without `alg` still serves one algorithm only.
const ALGORITHMS: [Algorithm; 3] = [Algorithm::Rs256, Algorithm::Es256, Algorithm::EdDsa];

/// A configuration that is missing something or would be unsafe.
#[derive(Debug, thiserror::Error)]
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
    #[error("no tenant: give the tenant id, a GUID")]
    NoTenant,
    /// The tenant is not a GUID; domain names and `common` name no single issuer.
    #[error("the tenant must be given as a GUID, not as {0:?}")]
    Tenant(String),
    /// The root certificates cannot be read.
    #[error("the root certificates are not PEM, or there are none in it")]
    RootCertificates,
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
    tenant: Option<String>,
    audiences: HashSet<String>,
    skew: Option<Duration>,
    root_certificates_pem: Option<Vec<u8>>,
    limits: Limits,
    keys: Option<JwkSet>,
}

impl ValidatorBuilder {
    /// The base URL of the issuer, without the tenant: `https://login.example.com:8443`. Required.
    #[must_use]
    pub fn authority(mut self, base_url: impl Into<String>) -> Self {
        self.authority = Some(base_url.into());
        self
    }

    /// The id of the tenant whose tokens are accepted, a GUID. Required.
    #[must_use]
    pub fn tenant(mut self, tenant_id: impl Into<String>) -> Self {
        self.tenant = Some(tenant_id.into());
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
        self.limits.stale_age_max = age;
        self
    }

    /// The authority's keys, for whoever has them without asking: nothing is ever fetched then, and
    /// a key that is not among them is unknown. After a rotation, build another validator.
    #[must_use]
    pub fn keys(mut self, keys: JwkSet) -> Self {
        self.keys = Some(keys);
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
        let source = self.key_source()?;
        let base = authority(self.authority)?;
        let tenant = tenant(self.tenant)?;
        let issuer = |version: TokenVersion| {
            let name = discovery::issuer(&base, &tenant, version);
            Issuer {
                keys: source(&name),
                name,
                version,
            }
        };
        Ok(Validator::new(Settings {
            v1: issuer(V1),
            v2: issuer(V2),
            tenant,
            audiences: self.audiences,
            skew_seconds: seconds(self.skew.unwrap_or(SKEW_DEFAULT)),
        }))
    }

    fn key_source(&self) -> Result<SourceOf, BuildError> {
        if let Some(given) = &self.keys {
            let keys = Arc::new(Keys::usable_of(given, &ALGORITHMS));
            if keys.count() == 0 {
                return Err(BuildError::NoKeys);
            }
            return Ok(Box::new(move |_| KeySource::Given(keys.clone())));
        }
        let limits = self.limits;
        let client = client(self.root_certificates_pem.as_deref(), limits.fetch_timeout)?;
        Ok(Box::new(move |issuer| {
            let discovery = Discovery::new(issuer, client.clone());
            let set = KeySet::new(limits, &ALGORITHMS);
            KeySource::Fetched(FetchedKeys::new(discovery, set, limits))
        }))
    }
}

/// Makes the key source of an issuer.
type SourceOf = Box<dyn Fn(&str) -> KeySource>;

/// The base URL without its trailing slash.
fn authority(given: Option<String>) -> Result<String, BuildError> {
    let text = given.ok_or(BuildError::NoAuthority)?;
    let acceptable = Url::parse(&text).is_ok_and(|url| {
        url.scheme() == "https"
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none()
    });
    if acceptable {
        Ok(text.trim_end_matches('/').to_owned())
    } else {
        Err(BuildError::Authority(text))
    }
}

/// The tenant id in the lower case that issuers have.
fn tenant(given: Option<String>) -> Result<String, BuildError> {
    let text = given.ok_or(BuildError::NoTenant)?;
    if is_guid(&text) {
        Ok(text.to_ascii_lowercase())
    } else {
        Err(BuildError::Tenant(text))
    }
}

fn is_guid(text: &str) -> bool {
    let groups: Vec<_> = text.split('-').collect();
    groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12])
        && text
            .bytes()
            .all(|byte| byte == b'-' || byte.is_ascii_hexdigit())
}

/// No redirects, no proxy from the environment and nothing but https: the answers decide whom we
/// trust (security rule R-47).
fn client(roots_pem: Option<&[u8]>, timeout: Duration) -> Result<reqwest::Client, BuildError> {
    let mut builder = reqwest::Client::builder()
        .https_only(true)
        .no_proxy()
        .redirect(Redirects::none())
        .timeout(timeout);
    if let Some(pem) = roots_pem {
        let roots = reqwest::Certificate::from_pem_bundle(pem)
            .ok()
            .filter(|roots| !roots.is_empty())
            .ok_or(BuildError::RootCertificates)?;
        builder = builder.tls_certs_only(roots);
    }
    builder.build().map_err(BuildError::Client)
}

fn seconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_secs()).unwrap_or(i64::MAX)
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
    fn nothing_that_would_accept_anything_builds() {
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
        let no_authority = Validator::builder().tenant(TENANT).audience("a");
        assert!(matches!(without(no_authority), BuildError::NoAuthority));
    }

    #[test]
    fn aliases_are_no_tenant() {
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
}
