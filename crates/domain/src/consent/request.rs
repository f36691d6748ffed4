//! The consent request: v1.0 and v2.0 become one type here. Repeats and gaps are errors at this
//! edge, so nothing behind it has to ask again.

use std::borrow::Cow;

use crate::directory::{Domain, ResourceName};
use crate::ids::{AppId, TenantId};
use crate::oauth::error::{self, OauthError};
use crate::oauth::form;
use crate::oauth::resource::{self, RequestedResource};
use crate::oauth::tenant_name::TenantName;

/// Bytes of a query, still encoded: room for every parameter at its longest.
const QUERY_LENGTH_MAX: usize = 32_768;

/// Bytes of `state`, which comes back in the URL of the answer.
const STATE_LENGTH_MAX: usize = 8_192;

/// Permissions by name: the original's pages show no more either.
const PERMISSIONS_MAX: usize = 100;

/// Bytes of a requested redirect URI. Registered ones have up to 256 characters; below them there
/// may be more.
const REDIRECT_URI_LENGTH_MAX: usize = 2_048;

/// Which form of the endpoint was called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ConsentEndpoint {
    /// `/{tenant}/adminconsent`
    V1,
    /// `/{tenant}/v2.0/adminconsent`
    V2,
}

/// The tenant segment of the URL, before the directory is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConsentTenant {
    /// The tenant with this id.
    Id(TenantId),
    /// The tenant with this domain.
    Domain(Domain),
    /// The configured default tenant.
    Default,
    /// The tenant of whoever signs in.
    OfAdministrator,
}

impl ConsentTenant {
    /// Reads the segment, already percent-decoded. Personal accounts have no administrators.
    pub fn parse(segment: &str) -> Result<Self, OauthError> {
        match TenantName::parse(segment)? {
            TenantName::Id(id) => Ok(Self::Id(id)),
            TenantName::Domain(domain) => Ok(Self::Domain(domain)),
            TenantName::Default => Ok(Self::Default),
            TenantName::AnyOrganization => Ok(Self::OfAdministrator),
            TenantName::Consumers => Err(error::TENANT_NOT_FOUND.with(&[("tenant", segment)])),
        }
    }
}

/// What an application sends an administrator to us with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsentRequest {
    /// The form it has; the answer has the same.
    pub endpoint: ConsentEndpoint,
    /// Who asks.
    pub client_id: AppId,
    /// Where it wants the answer, still to be compared with what is registered.
    pub unverified_redirect_uri: Option<String>,
    /// The application's own text, which comes back as it was. It means nothing here.
    pub state: Option<String>,
    /// What it asks for.
    pub permissions: RequestedPermissions,
}

/// What a consent is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RequestedPermissions {
    /// Everything that the application's registration asks for: v1.0, or `{resource}/.default`,
    /// whose resource must exist.
    Registered {
        /// The resource, as the client wrote it.
        named: Option<String>,
    },
    /// Delegated permissions by name, each once: dynamic consent.
    Named(Vec<NamedPermission>),
}

/// A delegated permission by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedPermission {
    /// The scope as the client wrote it.
    pub scope: String,
    /// The resource in it, or Microsoft Graph.
    pub resource: String,
    /// The permission's value.
    pub value: String,
}

impl NamedPermission {
    /// The name to look the resource up by.
    pub fn resource_name(&self) -> ResourceName {
        RequestedResource::from_resource(&self.resource).name()
    }
}

impl ConsentRequest {
    /// Reads a form-encoded query: presence first, then form. An empty value counts as none (RFC
    /// 6749 3.2).
    pub fn parse(endpoint: ConsentEndpoint, query: &str) -> Result<Self, OauthError> {
        limit("the request", query, QUERY_LENGTH_MAX)?;
        let parameters = Parameters::parse(query)?;
        let client_id = required("client_id", parameters.client_id)?;
        let scope = match endpoint {
            ConsentEndpoint::V1 => None,
            ConsentEndpoint::V2 => Some(required("scope", parameters.scope)?),
        };
        let state = present(parameters.state);
        limit(
            "'state'",
            state.as_deref().unwrap_or_default(),
            STATE_LENGTH_MAX,
        )?;
        let redirect_uri = present(parameters.redirect_uri);
        limit(
            "'redirect_uri'",
            redirect_uri.as_deref().unwrap_or_default(),
            REDIRECT_URI_LENGTH_MAX,
        )?;
        Ok(Self {
            endpoint,
            client_id: parse_client_id(&client_id)?,
            unverified_redirect_uri: redirect_uri.map(Cow::into_owned),
            state: state.map(Cow::into_owned),
            permissions: scope
                .map_or(Ok(RequestedPermissions::Registered { named: None }), |s| {
                    RequestedPermissions::from_scope(&s)
                })?,
        })
    }
}

impl RequestedPermissions {
    /// The `scope` parameter of v2.0. Application permissions have no name there: they are asked
    /// for with `.default`, which goes with no other permission.
    fn from_scope(scope: &str) -> Result<Self, OauthError> {
        if resource::scopes(scope)?.any(resource::is_default) {
            let named = RequestedResource::from_scope(scope)?.as_str().to_owned();
            return Ok(Self::Registered { named: Some(named) });
        }
        let mut permissions: Vec<NamedPermission> = Vec::new();
        for token in resource::scopes(scope)? {
            let (resource, value) = RequestedResource::from_permission(token)
                .ok_or_else(|| error::SCOPE_INVALID.with(&[("scope", token)]))?;
            if permissions.len() == PERMISSIONS_MAX {
                let reason = format!("'scope' names more than {PERMISSIONS_MAX} permissions.");
                return Err(malformed(&reason));
            }
            if permissions.iter().all(|earlier| earlier.scope != token) {
                permissions.push(NamedPermission {
                    scope: token.to_owned(),
                    resource: resource.as_str().to_owned(),
                    value: value.to_owned(),
                });
            }
        }
        match permissions.is_empty() {
            true => Err(missing("scope")),
            false => Ok(Self::Named(permissions)),
        }
    }
}

/// The parameters of a query, each at most once.
#[derive(Default)]
struct Parameters<'a> {
    client_id: Option<Cow<'a, str>>,
    redirect_uri: Option<Cow<'a, str>>,
    state: Option<Cow<'a, str>>,
    scope: Option<Cow<'a, str>>,
}

impl<'a> Parameters<'a> {
    /// Unknown parameters are ignored: real applications add some.
    fn parse(query: &'a str) -> Result<Self, OauthError> {
        let mut parameters = Self::default();
        for pair in form::pairs(query.as_bytes()) {
            let (name, value) = pair.map_err(|why| malformed(&format!("The query is {why}.")))?;
            let slot = match &*name {
                "client_id" => &mut parameters.client_id,
                "redirect_uri" => &mut parameters.redirect_uri,
                "state" => &mut parameters.state,
                "scope" => &mut parameters.scope,
                _ => continue,
            };
            if slot.replace(value).is_some() {
                return Err(malformed(&format!("The parameter '{name}' is repeated.")));
            }
        }
        Ok(parameters)
    }
}

fn present(parameter: Option<Cow<'_, str>>) -> Option<Cow<'_, str>> {
    parameter.filter(|value| !value.is_empty())
}

fn required<'a>(name: &str, parameter: Option<Cow<'a, str>>) -> Result<Cow<'a, str>, OauthError> {
    present(parameter).ok_or_else(|| missing(name))
}

fn missing(name: &str) -> OauthError {
    error::PARAMETER_MISSING.with(&[("name", name)])
}

fn malformed(reason: &str) -> OauthError {
    error::MALFORMED.with(&[("reason", reason)])
}

fn limit(what: &str, text: &str, limit: usize) -> Result<(), OauthError> {
    match text.len() <= limit {
        true => Ok(()),
        false => Err(error::QUERY_TOO_LONG.with(&[("what", what), ("limit", &limit.to_string())])),
    }
}

fn parse_client_id(text: &str) -> Result<AppId, OauthError> {
    text.parse()
        .ok()
        .filter(|id: &AppId| !id.uuid().is_nil())
        .ok_or_else(|| error::CLIENT_ID_INVALID.with(&[("app_id", text)]))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::ConsentEndpoint::{V1, V2};
    use super::*;
    use crate::oauth::resource::GRAPH_APP_ID;

    const CLIENT: &str = "00001111-aaaa-2222-bbbb-3333cccc4444";

    fn parse(endpoint: ConsentEndpoint, query: &str) -> Result<ConsentRequest, u32> {
        let query = query.replace("CLIENT", CLIENT);
        ConsentRequest::parse(endpoint, &query).map_err(|error| error.kind.number)
    }

    #[track_caller]
    fn refused(endpoint: ConsentEndpoint, query: &str, number: u32) {
        assert_eq!(parse(endpoint, query), Err(number), "{query}");
    }

    #[test]
    fn v1_asks_for_everything_registered() {
        let query = "client_id=CLIENT&state=12345&redirect_uri=http%3A%2F%2Flocalhost%2Fmyapp";
        let request = ConsentRequest {
            endpoint: V1,
            client_id: CLIENT.parse().expect("a GUID"),
            unverified_redirect_uri: Some("http://localhost/myapp".to_owned()),
            state: Some("12345".to_owned()),
            permissions: RequestedPermissions::Registered { named: None },
        };
        assert_eq!(parse(V1, query), Ok(request.clone()));
        // A scope says nothing here, and neither does what nobody knows.
        assert_eq!(
            parse(V1, &format!("{query}&scope=x&prompt=a&prompt=b")),
            Ok(request)
        );
        let bare = parse(V1, "client_id=CLIENT&redirect_uri=&state=").expect("enterprise form");
        assert_eq!((bare.unverified_redirect_uri, bare.state), (None, None));
    }

    #[test]
    fn v2_asks_for_scopes() {
        let permissions = |scope: &str| {
            let request = parse(V2, &format!("client_id=CLIENT&scope={scope}"));
            request.map(|request| request.permissions)
        };
        let default = |named: &str| RequestedPermissions::Registered {
            named: Some(named.to_owned()),
        };
        assert_eq!(permissions("api://a/.default"), Ok(default("api://a")));
        assert_eq!(permissions(".default"), Ok(default(GRAPH_APP_ID)));
        assert_eq!(
            permissions("openid+api://a/.default+profile"),
            Ok(default("api://a"))
        );
        let many = |count: usize| (0..count).map(|n| format!("s{n}+")).collect::<String>();
        assert!(permissions(&many(100)).is_ok());
        assert!(permissions(&many(101)).is_err());
        let named = |scope: &str, resource: &str, value: &str| NamedPermission {
            scope: scope.to_owned(),
            resource: resource.to_owned(),
            value: value.to_owned(),
        };
        assert_eq!(
            permissions("User.Read+api://a/Data.Read%20openid++User.Read"),
            Ok(RequestedPermissions::Named(vec![
                named("User.Read", GRAPH_APP_ID, "User.Read"),
                named("api://a/Data.Read", "api://a", "Data.Read"),
                named("openid", GRAPH_APP_ID, "openid"),
            ]))
        );
        for scope in [
            "api://a/.default+User.Read",
            "api://a/.default+api://b/.default",
            "orders/Data.Read",
            "api://a/Data.Read+%00",
            "api://a/%22",
        ] {
            assert_eq!(permissions(scope), Err(70_011), "{scope}");
        }
        assert_eq!(permissions("+"), Err(900_144));
    }

    #[test]
    fn gaps_and_repeats_are_refused_with_the_originals_numbers() {
        refused(V1, "", 900_144);
        refused(V1, "client_id=&state=1", 900_144);
        refused(V1, "CLIENT_ID=CLIENT", 900_144);
        refused(V2, "client_id=CLIENT", 900_144);
        refused(V2, "scope=openid", 900_144);
        refused(V1, "client_id=orders", 700_038);
        refused(
            V1,
            "client_id=00000000-0000-0000-0000-000000000000",
            700_038,
        );
        for name in ["client_id", "state", "redirect_uri", "scope"] {
            refused(
                V1,
                &format!("{name}=&client_id=CLIENT&{name}=CLIENT"),
                9_002_313,
            );
        }
        refused(V1, "client_id=CLIENT&client%5Fid=CLIENT", 9_002_313);
        refused(V1, "client_id=CLIENT&state=%e9", 9_002_313);
        refused(V1, "client_id=CLIENT&state=%", 9_002_313);
    }

    #[test]
    fn state_is_any_text_up_to_its_limit() {
        let state = |encoded: &str| {
            let request = parse(V1, &format!("client_id=CLIENT&state={encoded}"));
            request.map(|request| request.state.unwrap_or_default())
        };
        assert_eq!(
            state("a%3Db%26c%23d%2520%2B%C3%BC"),
            Ok("a=b&c#d%20+ü".to_owned())
        );
        assert_eq!(state("%0d%0a%3Cscript%3E"), Ok("\r\n<script>".to_owned()));
        let long = "x".repeat(STATE_LENGTH_MAX);
        assert_eq!(state(&long), Ok(long.clone()));
        assert_eq!(state(&format!("{long}x")), Err(90_015));
        refused(V1, &format!("x={}", "%20".repeat(QUERY_LENGTH_MAX)), 90_015);
        let uri = format!("https://a.example/{}", "x".repeat(REDIRECT_URI_LENGTH_MAX));
        refused(V1, &format!("client_id=CLIENT&redirect_uri={uri}"), 90_015);
    }

    #[test]
    fn tenants_are_ids_domains_and_aliases() {
        let parse = |segment: &str| ConsentTenant::parse(segment).map_err(|e| e.kind.number);
        let id = "aaaabbbb-0000-cccc-1111-dddd2222eeee";
        assert_eq!(
            parse(id),
            Ok(ConsentTenant::Id(id.parse().expect("a GUID")))
        );
        let domain = Domain::parse("contoso.example").expect("a domain");
        assert_eq!(parse("Contoso.example"), Ok(ConsentTenant::Domain(domain)));
        assert_eq!(parse("common"), Ok(ConsentTenant::OfAdministrator));
        assert_eq!(parse("organizations"), Ok(ConsentTenant::OfAdministrator));
        assert_eq!(parse("adfs"), Ok(ConsentTenant::Default));
        assert_eq!(parse("consumers"), Err(90_002));
        assert_eq!(parse(".."), Err(900_023));
        assert_eq!(parse("00000000-0000-0000-0000-000000000000"), Err(900_021));
    }

    proptest! {
        #[test]
        fn any_query_is_read_or_refused(query in "(client_id|scope|state|[&=%+]|CLIENT|\\PC){0,60}") {
            let _ = (parse(V1, &query), parse(V2, &query), ConsentTenant::parse(&query));
        }

        #[test]
        fn any_scope_is_read_or_refused(scope in "([a-z]{1,3}|://|/|\\.default|\\+|%20){0,12}") {
            let _ = parse(V2, &format!("client_id=CLIENT&scope={scope}"));
        }

        #[test]
        fn state_is_decoded_once(state in "(?s).{1,200}") {
            let encoded: String = state.bytes().map(|byte| format!("%{byte:02x}")).collect();
            let request = parse(V1, &format!("client_id=CLIENT&state={encoded}"));
            prop_assert_eq!(request.map(|request| request.state), Ok(Some(state)));
        }
    }
}
