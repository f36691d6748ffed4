//! The token request: v1.0 and v2.0 become one type here. Repeats, gaps and contradictions are
//! errors at this edge, so nothing behind it has to ask again.

use std::borrow::Cow;

use super::basic::BasicCredentials;
use super::error::{self, OauthError};
use super::form;
use super::resource::RequestedResource;
use crate::ids::AppId;
use crate::secret::Secret;

/// The only grant of this service.
const CLIENT_CREDENTIALS: &str = "client_credentials";

/// RFC 7523 section 2.2.
const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Parameters that ask for another kind of token. To answer them with a plain bearer token would
/// be a silent downgrade.
const UNSUPPORTED: [&str; 4] = ["fmi_path", "key_id", "req_cnf", "attributes"];

/// Which token endpoint was called. It decides the shape of request and reply, never the token's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Endpoint {
    /// `/{tenant}/oauth2/token`
    V1,
    /// `/{tenant}/oauth2/v2.0/token`
    V2,
}

impl Endpoint {
    /// The version that is spoken at a tenant segment.
    ///
    /// Below `adfs`, MSAL for Java sends v2.0 requests to the v1.0 path; a `scope` without a
    /// `resource` tells them.
    #[must_use]
    pub fn spoken_at(self, segment: &str, parameters: &Parameters<'_>) -> Self {
        let is_adfs = segment.eq_ignore_ascii_case("adfs");
        let names_scope_only =
            present(&parameters.resource).is_none() && present(&parameters.scope).is_some();
        if is_adfs && names_scope_only {
            Self::V2
        } else {
            self
        }
    }
}

/// The parameters of a body, each at most once; an empty value counts as none (RFC 6749 3.2).
#[derive(Default)]
pub struct Parameters<'a> {
    grant_type: Option<Cow<'a, str>>,
    client_id: Option<Cow<'a, str>>,
    client_secret: Option<Cow<'a, str>>,
    client_assertion: Option<Cow<'a, str>>,
    client_assertion_type: Option<Cow<'a, str>>,
    resource: Option<Cow<'a, str>>,
    scope: Option<Cow<'a, str>>,
    claims: Option<Cow<'a, str>>,
    token_type: Option<Cow<'a, str>>,
    client_request_id: Option<Cow<'a, str>>,
    unsupported: Option<&'static str>,
}

impl<'a> Parameters<'a> {
    /// Reads a form-encoded body.
    pub fn parse(body: &'a [u8]) -> Result<Self, OauthError> {
        let mut parameters = Self::default();
        for pair in form::pairs(body) {
            let (name, value) =
                pair.map_err(|reason| error::MALFORMED.with(&[("reason", &sentence(&reason))]))?;
            parameters.add(&name, value)?;
        }
        Ok(parameters)
    }

    /// Takes one parameter. Unknown ones are ignored: real clients add many.
    pub fn add(&mut self, name: &str, value: Cow<'a, str>) -> Result<(), OauthError> {
        let slot = match name {
            "grant_type" => &mut self.grant_type,
            "client_id" => &mut self.client_id,
            "client_secret" => &mut self.client_secret,
            "client_assertion" => &mut self.client_assertion,
            "client_assertion_type" => &mut self.client_assertion_type,
            "resource" => &mut self.resource,
            "scope" => &mut self.scope,
            "claims" => &mut self.claims,
            "token_type" => &mut self.token_type,
            "client-request-id" => &mut self.client_request_id,
            _ => {
                let unsupported = UNSUPPORTED
                    .into_iter()
                    .find(|unsupported| *unsupported == name);
                self.unsupported = self.unsupported.or(unsupported);
                return Ok(());
            }
        };
        if slot.is_some() {
            let reason = format!("The parameter '{name}' is repeated.");
            return Err(error::MALFORMED.with(&[("reason", &reason)]));
        }
        *slot = Some(value);
        Ok(())
    }

    /// The client's own name for the request, which some send in the body.
    pub fn client_request_id(&self) -> Option<&str> {
        self.client_request_id.as_deref()
    }

    /// The client id in the body, for the record of a request that fails before it is checked.
    pub fn unverified_client_id(&self) -> Option<AppId> {
        present(&self.client_id)?.parse().ok()
    }

    /// Whether a grant type was sent at all: the first thing that a request must have.
    pub fn require_grant_type(&self) -> Result<(), OauthError> {
        present(&self.grant_type)
            .map(drop)
            .ok_or_else(|| missing("grant_type"))
    }
}

/// What a client asks for, and what it offers as proof.
pub struct TokenRequest<'a> {
    /// Who it says it is.
    pub client_id: AppId,
    /// Its proof.
    pub credential: ClientCredential<'a>,
    /// What it wants a token for, still as written.
    target: Target<'a>,
    /// The client can handle claims challenges (`xms_cc` = `cp1`).
    pub handles_claims_challenges: bool,
}

/// A proof of who the client is; exactly one.
pub enum ClientCredential<'a> {
    /// A secret in the body.
    BodySecret(&'a str),
    /// A secret by HTTP Basic.
    BasicSecret(Secret),
    /// A signed assertion.
    Assertion(&'a str),
}

enum Target<'a> {
    Resource(&'a str),
    Scope(&'a str),
}

impl<'a> TokenRequest<'a> {
    /// Checks the parameters in the original's order: presence, then the grant type, then the
    /// client id's form.
    pub fn parse(
        endpoint: Endpoint,
        parameters: &'a Parameters<'a>,
        basic: Option<BasicCredentials>,
    ) -> Result<Self, OauthError> {
        parameters.require_grant_type()?;
        let grant_type = present(&parameters.grant_type).unwrap_or_default();
        let client_id = client_id(parameters, basic.as_ref())?.into_owned();
        let target = target(endpoint, parameters)?;
        let credential = credential(parameters, basic, grant_type)?;
        if grant_type != CLIENT_CREDENTIALS {
            return Err(error::UNSUPPORTED_GRANT_TYPE.with(&[("grant_type", grant_type)]));
        }
        refuse_other_tokens(parameters)?;
        Ok(Self {
            client_id: parse_client_id(&client_id)?,
            credential,
            target,
            handles_claims_challenges: handles_claims_challenges(parameters)?,
        })
    }

    /// The resource, by the rules of the endpoint that was called.
    pub fn resource(&self) -> Result<RequestedResource<'a>, OauthError> {
        match self.target {
            Target::Resource(resource) => Ok(RequestedResource::from_resource(resource)),
            Target::Scope(scope) => RequestedResource::from_scope(scope),
        }
    }
}

fn present<'p>(parameter: &'p Option<Cow<'_, str>>) -> Option<&'p str> {
    parameter.as_deref().filter(|value| !value.is_empty())
}

fn missing(name: &str) -> OauthError {
    error::PARAMETER_MISSING.with(&[("name", name)])
}

fn malformed(reason: &str) -> OauthError {
    error::MALFORMED.with(&[("reason", reason)])
}

fn sentence(reason: &form::InvalidForm) -> String {
    format!("The body is {reason}.")
}

/// The client id from the header or the body; both must agree (RFC 7521 section 4.2).
fn client_id<'p>(
    parameters: &'p Parameters<'_>,
    basic: Option<&'p BasicCredentials>,
) -> Result<Cow<'p, str>, OauthError> {
    let in_body = present(&parameters.client_id);
    let in_header = basic
        .map(|basic| basic.client_id.as_str())
        .filter(|id| !id.is_empty());
    match (in_header, in_body) {
        (Some(header), Some(body)) if !header.eq_ignore_ascii_case(body) => {
            Err(error::CLIENT_ID_CONFLICT.plain())
        }
        (Some(id), _) | (None, Some(id)) => Ok(Cow::Borrowed(id)),
        (None, None) => Err(missing("client_id")),
    }
}

fn target<'a>(
    endpoint: Endpoint,
    parameters: &'a Parameters<'_>,
) -> Result<Target<'a>, OauthError> {
    let resource = present(&parameters.resource);
    match endpoint {
        Endpoint::V1 => resource
            .map(Target::Resource)
            .ok_or_else(|| missing("resource")),
        Endpoint::V2 if resource.is_some() => Err(error::RESOURCE_PARAMETER_UNSUPPORTED.plain()),
        Endpoint::V2 => present(&parameters.scope)
            .map(Target::Scope)
            .ok_or_else(|| error::FIELD_MISSING.with(&[("name", "scope")])),
    }
}

/// Exactly one credential (RFC 6749 section 2.3), however right the others may be.
fn credential<'a>(
    parameters: &'a Parameters<'_>,
    basic: Option<BasicCredentials>,
    grant_type: &str,
) -> Result<ClientCredential<'a>, OauthError> {
    let secret = present(&parameters.client_secret);
    let assertion = present(&parameters.client_assertion);
    let assertion_type = present(&parameters.client_assertion_type);
    match (basic, secret, assertion, assertion_type) {
        (None, Some(secret), None, None) => Ok(ClientCredential::BodySecret(secret)),
        (Some(basic), None, None, None) if !basic.secret.expose().is_empty() => {
            Ok(ClientCredential::BasicSecret(basic.secret))
        }
        (None, None, Some(assertion), Some(JWT_BEARER)) => {
            Ok(ClientCredential::Assertion(assertion))
        }
        (None, None, Some(_), Some(_)) => Err(malformed(&format!(
            "The parameter 'client_assertion_type' must be '{JWT_BEARER}'."
        ))),
        (None, None, Some(_), None) => Err(missing("client_assertion_type")),
        (None, None, None, Some(_)) => Err(missing("client_assertion")),
        (_, None, None, None) if grant_type == CLIENT_CREDENTIALS => {
            Err(error::CREDENTIAL_MISSING.plain())
        }
        (_, None, None, None) => Err(error::CREDENTIAL_MISSING_OTHER_GRANT.plain()),
        _ => Err(error::SEVERAL_CREDENTIALS.plain()),
    }
}

fn parse_client_id(text: &str) -> Result<AppId, OauthError> {
    text.parse()
        .ok()
        .filter(|id: &AppId| !id.uuid().is_nil())
        .ok_or_else(|| error::CLIENT_ID_INVALID.with(&[("app_id", text)]))
}

fn refuse_other_tokens(parameters: &Parameters<'_>) -> Result<(), OauthError> {
    let token_type = present(&parameters.token_type)
        .filter(|token_type| !token_type.eq_ignore_ascii_case("bearer"))
        .map(|_| "token_type");
    match parameters.unsupported.or(token_type) {
        Some(name) => Err(error::UNSUPPORTED_FEATURE.with(&[("name", name)])),
        None => Ok(()),
    }
}

/// Reads the client's capabilities from `claims`: `{"access_token":{"xms_cc":{"values":["cp1"]}}}`.
fn handles_claims_challenges(parameters: &Parameters<'_>) -> Result<bool, OauthError> {
    let Some(claims) = present(&parameters.claims) else {
        return Ok(false);
    };
    let claims: serde_json::Value = serde_json::from_str(claims)
        .map_err(|_| malformed("The parameter 'claims' is not JSON."))?;
    let capabilities = claims
        .pointer("/access_token/xms_cc/values")
        .and_then(|v| v.as_array());
    Ok(capabilities.is_some_and(|values| {
        values
            .iter()
            .filter_map(|v| v.as_str())
            .any(|value| value.eq_ignore_ascii_case("cp1"))
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLIENT: &str = "aaaabbbb-0000-cccc-1111-dddd2222eeee";

    /// `Ok` holds the credential's kind and the resource, `Err` the AADSTS number.
    fn check(endpoint: Endpoint, body: &str, expected: Result<(&str, &str), u32>) {
        check_basic(endpoint, body, None, expected);
    }

    fn check_basic(
        endpoint: Endpoint,
        body: &str,
        basic: Option<(&str, &str)>,
        expected: Result<(&str, &str), u32>,
    ) {
        let body = body.replace("CLIENT", CLIENT);
        let basic = basic.map(|(id, secret)| BasicCredentials {
            client_id: id.replace("CLIENT", CLIENT),
            secret: Secret::new(secret.into()),
        });
        let found = Parameters::parse(body.as_bytes()).and_then(|parameters| {
            let request = TokenRequest::parse(endpoint, &parameters, basic)?;
            let kind = match request.credential {
                ClientCredential::BodySecret(_) => "body",
                ClientCredential::BasicSecret(_) => "basic",
                ClientCredential::Assertion(_) => "assertion",
            };
            Ok((kind, request.resource()?.as_str().to_owned()))
        });
        let found = found.map_err(|error| error.kind.number);
        let expected = expected.map(|(kind, resource)| (kind, resource.to_owned()));
        assert_eq!(found, expected, "{body}");
    }

    const V2: &str = "grant_type=client_credentials&client_id=CLIENT&scope=api://a/.default";

    #[test]
    fn both_endpoints_become_one_request() {
        check(
            Endpoint::V2,
            &format!("{V2}&client_secret=s"),
            Ok(("body", "api://a")),
        );
        check(
            Endpoint::V1,
            "grant_type=client_credentials&client_id=CLIENT&resource=https://a/&client_secret=s&scope=openid",
            Ok(("body", "https://a/")),
        );
        check(
            Endpoint::V2,
            &format!("{V2}&client_secret=s&x-client-SKU=x&x-client-SKU=y"),
            Ok(("body", "api://a")),
        );
    }

    #[test]
    fn gaps_are_named_in_the_originals_order() {
        check(Endpoint::V2, "", Err(900_144));
        check(
            Endpoint::V2,
            "{\"grant_type\":\"client_credentials\"}",
            Err(900_144),
        );
        check(Endpoint::V2, "grant_type=client_credentials", Err(900_144));
        check(Endpoint::V2, "grant_type=password", Err(900_144));
        check(
            Endpoint::V2,
            "grant_type=client_credentials&client_id=CLIENT",
            Err(90_014),
        );
        check(
            Endpoint::V1,
            "grant_type=client_credentials&client_id=CLIENT",
            Err(900_144),
        );
        check(
            Endpoint::V2,
            &format!("{V2}&client_secret="),
            Err(7_000_216),
        );
        check(
            Endpoint::V2,
            &V2.replace("client_credentials", "password"),
            Err(7_000_218),
        );
        check(
            Endpoint::V2,
            &format!(
                "{}&client_secret=s",
                V2.replace("client_credentials", "password")
            ),
            Err(70_003),
        );
        check(
            Endpoint::V2,
            &format!("{V2}&client_secret=s&resource=x"),
            Err(901_002),
        );
        check(
            Endpoint::V2,
            &format!("{}&client_secret=s", V2.replace("CLIENT", "orders")),
            Err(700_038),
        );
        let nil = "00000000-0000-0000-0000-000000000000";
        check(
            Endpoint::V2,
            &format!("{}&client_secret=s", V2.replace("CLIENT", nil)),
            Err(700_038),
        );
    }

    #[test]
    fn repeats_are_refused_whatever_they_say() {
        for repeat in [
            "client_id=CLIENT",
            "client_id=x",
            "scope=y",
            "grant_type=client_credentials",
            "client_secret=s",
        ] {
            check(
                Endpoint::V2,
                &format!("{V2}&client_secret=s&{repeat}"),
                Err(9_002_313),
            );
        }
    }

    #[test]
    fn exactly_one_credential() {
        let assertion = format!("{V2}&client_assertion=a.b.c&client_assertion_type={JWT_BEARER}");
        check(Endpoint::V2, &assertion, Ok(("assertion", "api://a")));
        check(
            Endpoint::V2,
            &format!("{assertion}&client_secret=s"),
            Err(90_023),
        );
        check(
            Endpoint::V2,
            &format!("{V2}&client_assertion=a.b.c"),
            Err(900_144),
        );
        check(
            Endpoint::V2,
            &format!("{V2}&client_assertion_type={JWT_BEARER}"),
            Err(900_144),
        );
        check(
            Endpoint::V2,
            &assertion.replace("jwt-bearer", "saml2-bearer"),
            Err(9_002_313),
        );
        check(
            Endpoint::V2,
            &assertion.replace("urn:ietf", "URN:IETF"),
            Err(9_002_313),
        );
        check(
            Endpoint::V2,
            &format!("{V2}&client_assertion_type={JWT_BEARER}&client_secret=s"),
            Err(90_023),
        );

        let no_id = "grant_type=client_credentials&scope=api://a/.default";
        check_basic(
            Endpoint::V2,
            no_id,
            Some(("CLIENT", "s")),
            Ok(("basic", "api://a")),
        );
        check_basic(
            Endpoint::V2,
            V2,
            Some(("CLIENT", "s")),
            Ok(("basic", "api://a")),
        );
        check_basic(Endpoint::V2, V2, Some((nil_but_one(), "s")), Err(90_100));
        check_basic(Endpoint::V2, no_id, Some(("CLIENT", "")), Err(7_000_216));
        check_basic(Endpoint::V2, no_id, Some(("", "s")), Err(900_144));
        check_basic(
            Endpoint::V2,
            &format!("{V2}&client_secret=s"),
            Some(("CLIENT", "s")),
            Err(90_023),
        );
        check_basic(Endpoint::V2, &assertion, Some(("CLIENT", "s")), Err(90_023));
    }

    fn nil_but_one() -> &'static str {
        "00000000-0000-0000-0000-000000000001"
    }

    #[test]
    fn no_silent_downgrade() {
        for parameter in [
            "req_cnf=x",
            "token_type=pop",
            "token_type=mtls_pop",
            "fmi_path=x",
            "key_id=x",
        ] {
            check(
                Endpoint::V2,
                &format!("{V2}&client_secret=s&{parameter}"),
                Err(90_010),
            );
        }
        check(
            Endpoint::V2,
            &format!("{V2}&client_secret=s&token_type=Bearer"),
            Ok(("body", "api://a")),
        );
    }

    #[test]
    fn claims_tell_what_the_client_can_handle() {
        let check_claims = |claims: &str, expected: Result<bool, u32>| {
            let body = format!(
                "{}&client_secret=s&claims={claims}",
                V2.replace("CLIENT", CLIENT)
            );
            let parameters = Parameters::parse(body.as_bytes()).expect("a form");
            let found = TokenRequest::parse(Endpoint::V2, &parameters, None)
                .map(|request| request.handles_claims_challenges)
                .map_err(|error| error.kind.number);
            assert_eq!(found, expected, "{claims}");
        };
        check_claims(
            r#"{"access_token":{"xms_cc":{"values":["CP1"]}}}"#,
            Ok(true),
        );
        check_claims(
            r#"{"access_token":{"nbf":{"essential":true,"value":"1"}}}"#,
            Ok(false),
        );
        check_claims("{", Err(9_002_313));
    }

    proptest::proptest! {
        #[test]
        fn any_body_is_read_or_refused(body: Vec<u8>) {
            if let Ok(parameters) = Parameters::parse(&body) {
                let _ = TokenRequest::parse(Endpoint::V2, &parameters, None);
                let _ = TokenRequest::parse(Endpoint::V1, &parameters, None);
            }
        }
    }
}
