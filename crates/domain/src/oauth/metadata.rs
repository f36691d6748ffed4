//! Discovery documents. Every address is built from the public base URL, never from a request.

use serde_json::{Map, Value, json};

use super::claims::issuer;
use crate::directory::TokenVersion;

/// What `{tenantid}` stands for in the documents that belong to no single tenant.
pub const TENANT_TEMPLATE: &str = "{tenantid}";

/// What a discovery document is about.
#[derive(Debug, Clone, Copy)]
pub struct Authority<'a> {
    /// The public base URL, without a slash at its end.
    pub base_url: &'a str,
    /// The path segment that the document's addresses keep: a tenant's id, `common` or `adfs`.
    pub segment: &'a str,
    /// The tenant in issuers: an id, or [`TENANT_TEMPLATE`].
    pub issuer_tenant: &'a str,
}

/// `/{tenant}/v2.0/.well-known/openid-configuration`.
pub fn openid_configuration_v2(authority: Authority<'_>) -> Value {
    let mut document = shared(authority, TokenVersion::V2);
    document.extend(members(json!({
        "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "request_uri_parameter_supported": false,
        "claims_supported": [
            "sub", "iss", "aud", "exp", "iat", "nbf", "azp", "azpacr", "oid", "tid", "ver", "roles",
        ],
    })));
    document.into()
}

/// `/{tenant}/.well-known/openid-configuration`.
pub fn openid_configuration_v1(authority: Authority<'_>) -> Value {
    let mut document = shared(authority, TokenVersion::V1);
    document.extend(members(json!({
        "response_types_supported":
            ["code", "id_token", "code id_token", "token id_token", "token"],
        "scopes_supported": ["openid"],
        "microsoft_multi_refresh_token": true,
        "claims_supported": [
            "sub", "iss", "aud", "exp", "iat", "nbf", "appid", "appidacr", "idp", "oid", "tid",
            "ver", "roles",
        ],
    })));
    document.into()
}

/// The members of both versions.
///
/// Clients need some that this service does not serve (`authorization_endpoint`): MSAL refuses a
/// document without them.
fn shared(authority: Authority<'_>, version: TokenVersion) -> Map<String, Value> {
    let Authority {
        base_url,
        segment,
        issuer_tenant,
    } = authority;
    let (oauth2, keys) = match version {
        TokenVersion::V1 => ("oauth2", "discovery/keys"),
        TokenVersion::V2 => ("oauth2/v2.0", "discovery/v2.0/keys"),
    };
    let endpoint = |name: &str| format!("{base_url}/{segment}/{oauth2}/{name}");
    let host = host(base_url);
    members(json!({
        "token_endpoint": endpoint("token"),
        "token_endpoint_auth_methods_supported":
            ["client_secret_post", "private_key_jwt", "client_secret_basic"],
        "jwks_uri": format!("{base_url}/{segment}/{keys}"),
        "response_modes_supported": ["query", "fragment", "form_post"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "issuer": issuer(base_url, issuer_tenant, version),
        "authorization_endpoint": endpoint("authorize"),
        "device_authorization_endpoint": endpoint("devicecode"),
        "http_logout_supported": true,
        "frontchannel_logout_supported": true,
        "end_session_endpoint": endpoint("logout"),
        "tenant_region_scope": null,
        "cloud_instance_name": host,
        "cloud_graph_host_name": host,
        "msgraph_host": host,
    }))
}

/// The members of a JSON object.
fn members(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

/// `/common/discovery/instance`: says that this host is the whole of its own cloud.
pub fn instance_discovery(base_url: &str, segment: &str) -> Value {
    let host = host(base_url);
    json!({
        "tenant_discovery_endpoint":
            format!("{base_url}/{segment}/v2.0/.well-known/openid-configuration"),
        "api-version": "1.1",
        "metadata": [{ "preferred_network": host, "preferred_cache": host, "aliases": [host] }],
    })
}

/// Host and port of a base URL.
fn host(base_url: &str) -> &str {
    base_url
        .split_once("://")
        .map_or(base_url, |(_, host)| host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_address_is_below_the_base_url() {
        let authority = Authority {
            base_url: "https://localhost:8443",
            segment: "contoso",
            issuer_tenant: "tid",
        };
        for document in [
            openid_configuration_v1(authority),
            openid_configuration_v2(authority),
        ] {
            for (name, value) in document.as_object().expect("an object") {
                if let Some(text) = value.as_str().filter(|text| text.contains("://")) {
                    assert!(
                        text.starts_with("https://localhost:8443/"),
                        "{name}: {text}"
                    );
                }
            }
        }
        assert_eq!(
            openid_configuration_v1(authority)["issuer"],
            "https://localhost:8443/tid/"
        );
        assert_eq!(
            openid_configuration_v2(authority)["issuer"],
            "https://localhost:8443/tid/v2.0"
        );
    }
}
