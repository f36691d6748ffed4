//! The parts of a [`Validator`](crate::Validator), each from what the builder was given.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use countersign_token::keyset::{KeySet, Keys, Limits};
use countersign_token::{Algorithm, JwkSet, TokenVersion};
use reqwest::redirect::Policy as Redirects;
use reqwest::{Client, Url};

use crate::BuildError;
use crate::discovery::Discovery;
use crate::issuer::{Template, is_guid};
use crate::keys::{FetchedKeys, KeySources};
use crate::rules::Tenants;

/// The algorithms that the authority signs access tokens with. PS256 is not among them, so an RSA
/// key published without `alg` still serves one algorithm only.
pub(crate) const ALGORITHMS: [Algorithm; 3] =
    [Algorithm::Rs256, Algorithm::Es256, Algorithm::EdDsa];

/// The segment in the place of the tenant for what belongs to none of them.
const ANY_TENANT_SEGMENT: &str = "organizations";

/// The authority and its issuers.
pub(crate) struct Issuers {
    pub(crate) base: String,
    pub(crate) v1: Template,
    pub(crate) v2: Template,
}

impl Issuers {
    /// Where the platform's clients look for authority and tenant.
    pub(crate) fn authorization_uri(&self, tenants: &Tenants) -> String {
        let segment = match tenants {
            Tenants::Listed(listed) if listed.len() == 1 => listed.first().map(String::as_str),
            _ => None,
        };
        let segment = segment.unwrap_or(ANY_TENANT_SEGMENT);
        format!("{}/{segment}/oauth2/v2.0/authorize", self.base)
    }

    /// The authorization servers to name in public.
    pub(crate) fn shown(&self, tenants: &Tenants) -> Vec<String> {
        match tenants {
            Tenants::Listed(listed) => listed.iter().map(|id| self.v2.issuer(id)).collect(),
            Tenants::Any => vec![format!("{}/{ANY_TENANT_SEGMENT}/v2.0", self.base)],
        }
    }

    fn discovery(&self, tenant: &str, version: TokenVersion, client: &Client) -> Discovery {
        let base = &self.base;
        let (documents, issuer) = match version {
            TokenVersion::V1 => (format!("{base}/{tenant}"), self.v1.issuer(tenant)),
            TokenVersion::V2 => (format!("{base}/{tenant}/v2.0"), self.v2.issuer(tenant)),
        };
        Discovery::new(&documents, issuer, client.clone())
    }

    /// Only the v2.0 document says beside each key whose it is, so it serves both versions.
    fn common_discovery(&self, client: &Client) -> Discovery {
        let documents = format!("{}/{ANY_TENANT_SEGMENT}/v2.0", self.base);
        Discovery::new(&documents, self.v2.text().to_owned(), client.clone())
    }
}

/// The base URL without its trailing slash.
pub(crate) fn authority(given: Option<String>) -> Result<String, BuildError> {
    let text = given.ok_or(BuildError::NoAuthority)?;
    if is_https_base(&text) && !text.contains(['{', '}']) {
        Ok(text.trim_end_matches('/').to_owned())
    } else {
        Err(BuildError::Authority(text))
    }
}

pub(crate) fn issuer_v1(given: Option<String>, base: &str) -> Result<Template, BuildError> {
    let Some(text) = given else {
        return Ok(Template::of_authority(base, TokenVersion::V1));
    };
    Template::parse(&text)
        .filter(|template| is_https_base(&template.issuer("t")))
        .ok_or(BuildError::IssuerTemplate(text))
}

fn is_https_base(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| {
        url.scheme() == "https"
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none()
    })
}

/// The tenants in the lower case that issuers have.
pub(crate) fn tenants(listed: &BTreeSet<String>, any: bool) -> Result<Tenants, BuildError> {
    match (listed.is_empty(), any) {
        (true, true) => return Ok(Tenants::Any),
        (false, true) => return Err(BuildError::TenantsAndAny),
        (true, false) => return Err(BuildError::NoTenant),
        (false, false) => {}
    }
    if let Some(other) = listed.iter().find(|tenant| !is_guid(tenant)) {
        return Err(BuildError::Tenant(other.clone()));
    }
    let folded = listed.iter().map(|tenant| tenant.to_ascii_lowercase());
    Ok(Tenants::Listed(folded.collect()))
}

pub(crate) fn given_keys(given: &JwkSet) -> Result<KeySources, BuildError> {
    let keys = Keys::usable_of(given, &ALGORITHMS);
    if keys.count() == 0 {
        return Err(BuildError::NoKeys);
    }
    Ok(KeySources::Given(Arc::new(keys)))
}

pub(crate) fn fetched_keys(
    issuers: &Issuers,
    tenants: &Tenants,
    limits: Limits,
    roots_pem: Option<&[u8]>,
) -> Result<KeySources, BuildError> {
    let client = client(roots_pem, limits.fetch_timeout)?;
    let keys = |discovery| FetchedKeys::new(discovery, KeySet::new(limits, &ALGORITHMS), limits);
    let of_tenant = |tenant: &String| {
        let of = |version| keys(issuers.discovery(tenant, version, &client));
        (tenant.clone(), [of(TokenVersion::V1), of(TokenVersion::V2)])
    };
    Ok(match tenants {
        Tenants::Any => KeySources::Common(keys(issuers.common_discovery(&client))),
        Tenants::Listed(listed) => KeySources::ByTenant(listed.iter().map(of_tenant).collect()),
    })
}

/// No redirects, no proxy from the environment and nothing but https: the answers decide whom we
/// trust (security rule R-47).
pub(crate) fn client(roots_pem: Option<&[u8]>, timeout: Duration) -> Result<Client, BuildError> {
    let mut builder = Client::builder()
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

pub(crate) fn seconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_secs()).unwrap_or(i64::MAX)
}
