//! Every refusal of the token, discovery and consent endpoints: one table from AADSTS number to OAuth code,
//! HTTP status, public sentence and what to do. `docs/reference/errors.md` is made from it.

use std::fmt;

/// The OAuth 2.0 `error` member: the only field that a program may branch on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are RFC 6749's and the original's")]
pub enum OauthCode {
    AccessDenied,
    ConsentRequired,
    InvalidClient,
    InvalidGrant,
    InvalidInstance,
    InvalidRequest,
    InvalidResource,
    InvalidScope,
    InvalidTenant,
    ServerError,
    TemporarilyUnavailable,
    UnauthorizedClient,
    UnsupportedGrantType,
}

impl OauthCode {
    /// The code on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AccessDenied => "access_denied",
            Self::ConsentRequired => "consent_required",
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant => "invalid_grant",
            Self::InvalidInstance => "invalid_instance",
            Self::InvalidRequest => "invalid_request",
            Self::InvalidResource => "invalid_resource",
            Self::InvalidScope => "invalid_scope",
            Self::InvalidTenant => "invalid_tenant",
            Self::ServerError => "server_error",
            Self::TemporarilyUnavailable => "temporarily_unavailable",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
        }
    }
}

/// One row of the table.
#[derive(Debug, PartialEq, Eq)]
pub struct ErrorKind {
    /// The AADSTS number.
    pub number: u32,
    /// The OAuth `error`.
    pub code: OauthCode,
    /// The HTTP status.
    pub status: u16,
    /// The public sentence; `{name}` is filled in.
    pub sentence: &'static str,
    /// What a person who meets it should do.
    pub remedy: &'static str,
}

impl ErrorKind {
    /// The refusal, with the sentence's blanks filled in.
    ///
    /// Values may come from the request: they are cut and cleaned here, at the one place where
    /// they enter a text.
    pub fn with(&'static self, blanks: &[(&str, &str)]) -> OauthError {
        let mut message = String::with_capacity(self.sentence.len() + 64);
        let mut rest = self.sentence;
        while let Some((before, after)) = rest.split_once('{') {
            let (name, after) = after.split_once('}').unwrap_or((after, ""));
            message.push_str(before);
            if let Some((_, value)) = blanks.iter().find(|(blank, _)| *blank == name) {
                push_printable(&mut message, value);
            }
            rest = after;
        }
        message.push_str(rest);
        OauthError {
            kind: self,
            code: self.code,
            message,
        }
    }

    /// The refusal, for a sentence without blanks.
    pub fn plain(&'static self) -> OauthError {
        self.with(&[])
    }
}

/// A refusal: what is wrong in words that may be shown to anyone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OauthError {
    /// Its row of the table.
    pub kind: &'static ErrorKind,
    /// The OAuth `error`, which discovery names differently for an unknown tenant.
    pub code: OauthCode,
    /// The sentence, without number and trace.
    pub message: String,
}

impl OauthError {
    /// The form of discovery documents: an unknown tenant is `invalid_tenant` there.
    #[must_use]
    pub fn for_discovery(self) -> Self {
        let names_tenant = [&TENANT_NOT_FOUND, &TENANT_NAME_INVALID, &TENANT_EMPTY_GUID];
        let code = if names_tenant.contains(&self.kind) {
            OauthCode::InvalidTenant
        } else {
            self.code
        };
        Self { code, ..self }
    }
}

impl fmt::Display for OauthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AADSTS{}: {}", self.kind.number, self.message)
    }
}

impl std::error::Error for OauthError {}

/// Characters of a request's value that a text may repeat.
const VALUE_LENGTH_MAX: usize = 256;

/// Appends a value, cut to 256 characters and to the characters that RFC 6749 5.2 allows in an
/// `error_description`.
fn push_printable(message: &mut String, value: &str) {
    message.extend(
        value
            .chars()
            .take(VALUE_LENGTH_MAX)
            .map(|character| match character {
                '"' | '\\' => '?',
                ' '..='~' => character,
                _ => '?',
            }),
    );
}

macro_rules! error_table {
    ($($name:ident = $number:literal $code:ident $status:literal $sentence:literal, $remedy:literal;)*) => {
        $(
            #[doc = concat!("AADSTS", stringify!($number), ".")]
            pub static $name: ErrorKind = ErrorKind {
                number: $number,
                code: OauthCode::$code,
                status: $status,
                sentence: $sentence,
                remedy: $remedy,
            };
        )*

        /// The whole table, by number.
        pub fn table() -> Vec<&'static ErrorKind> {
            let mut table = vec![$(&$name),*];
            table.sort_by_key(|kind| kind.number);
            table
        }
    };
}

error_table! {
    METHOD_NOT_ALLOWED = 900561 InvalidRequest 405
        "The endpoint only accepts {verbs} requests. Received a {verb} request.",
        "Send the token request as a POST with its parameters in the body.";
    PARAMETER_MISSING = 900144 InvalidRequest 400
        "The request body must contain the following parameter: '{name}'.",
        "Send the parameter form-encoded: in the body of a token request, in the URL of a consent request.";
    FIELD_MISSING = 90014 InvalidRequest 400
        "The required field '{name}' is missing from the credential. Ensure that you have all the necessary parameters for the login request.",
        "Send the field; on the v2.0 endpoint `scope` is `{App ID URI}/.default`.";
    MALFORMED = 9002313 InvalidRequest 400
        "Invalid request. Request is malformed or invalid. {reason}",
        "The sentence says which part could not be read; encode each value exactly once and send each parameter once.";
    REQUEST_TOO_LARGE = 90056 InvalidRequest 413
        "The request to the token endpoint is too large: its body may have {limit} bytes.",
        "Send only the parameters of the token request.";
    REQUEST_TOO_SLOW = 90024 InvalidRequest 408
        "The request was not complete within {seconds} seconds.",
        "Send the whole request at once.";
    SEVERAL_CREDENTIALS = 90023 InvalidRequest 400
        "The authentication service request is not valid: it presents more than one client credential. Send exactly one of an Authorization header, 'client_secret' or 'client_assertion'.",
        "Remove all but one credential; RFC 6749 section 2.3 allows one method a request.";
    CLIENT_ID_CONFLICT = 90100 InvalidRequest 400
        "The parameter 'client_id' names another application than the Authorization header.",
        "Send the same client id in both, or leave the parameter out.";
    UNSUPPORTED_FEATURE = 90010 InvalidRequest 400
        "The request is not supported: the parameter '{name}' asks for something that this service does not issue.",
        "Remove the parameter; tokens are plain bearer tokens.";
    UNSUPPORTED_GRANT_TYPE = 70003 UnsupportedGrantType 400
        "The app requested an unsupported grant type '{grant_type}'.",
        "Use `grant_type=client_credentials`, the only grant of this service.";

    TENANT_NOT_FOUND = 90002 InvalidRequest 400
        "Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant.",
        "Use the id or a domain of a tenant of this server.";
    TENANT_NAME_INVALID = 900023 InvalidRequest 400
        "Specified tenant identifier '{tenant}' is neither a valid DNS name, nor a valid external domain.",
        "Use the tenant's id or one of its verified domains in the URL.";
    TENANT_EMPTY_GUID = 900021 InvalidRequest 400
        "Requested tenant identifier '{tenant}' is not valid. Tenant identifiers may not be an empty GUID.",
        "Use the tenant's own id.";
    TENANT_UNDETERMINED = 50059 InvalidRequest 400
        "No tenant-identifying information found in either the request or implied by any provided credentials.",
        "Client credentials belong to one tenant: put its id or domain in the URL instead of the alias.";
    TENANT_ALIAS_UNSUPPORTED = 9001023 InvalidRequest 400
        "The grant type is not supported over the /common or /consumers endpoints. Please use the /organizations or tenant-specific endpoint.",
        "Put the tenant's id or domain in the URL.";

    CLIENT_ID_INVALID = 700038 UnauthorizedClient 400
        "'{app_id}' is not a valid application identifier.",
        "Send the application's client id, a GUID.";
    APPLICATION_NOT_FOUND = 700016 UnauthorizedClient 400
        "Application with identifier '{app_id}' was not found in the directory '{tenant}'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant.",
        "Check the client id and the tenant in the URL.";
    SERVICE_PRINCIPAL_MISSING = 7000229 InvalidClient 401
        "The client application {app_id} is missing service principal in the tenant {tenant_id}. Create one for it before it asks for tokens.",
        "Create the application's service principal in this tenant, or let an administrator consent to it.";
    APPLICATION_DISABLED = 7000112 UnauthorizedClient 400
        "Application '{app_id}'({name}) is disabled.",
        "Enable the application or its service principal.";
    CLIENT_IS_PUBLIC = 700025 InvalidClient 401
        "Client is public so neither 'client_assertion' nor 'client_secret' should be presented.",
        "Only confidential clients get app-only tokens: unset `isFallbackPublicClient`.";

    CREDENTIAL_MISSING = 7000216 InvalidClient 401
        "'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' grant type.",
        "Send the client's secret; an empty value counts as none.";
    CREDENTIAL_MISSING_OTHER_GRANT = 7000218 InvalidClient 401
        "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
        "Send a credential, and use `grant_type=client_credentials`.";
    SECRET_WRONG = 7000215 InvalidClient 401
        "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '{app_id}'.",
        "Send the secret's value, encoded once; nothing is trimmed.";
    SECRET_NOT_CURRENT = 7000222 InvalidClient 401
        "The provided client secret keys for app '{app_id}' are {state}. Create a new secret for the app, or use another of its secrets.",
        "Add a new secret, then remove the old one; several are valid at once.";
    ASSERTION_MALFORMED = 50027 InvalidRequest 400
        "JWT token is invalid or malformed.",
        "Send a compact JWS as `client_assertion`.";
    ASSERTION_TYPE_INVALID = 5002727 InvalidRequest 400
        "Invalid JWT header type specified. Allowed types: {types}.",
        "Set `typ` to `JWT`, or leave it out.";
    ASSERTION_ALGORITHM_UNSUPPORTED = 5002738 InvalidClient 401
        "Invalid JWT token. '{algorithm}' is not a supported signature algorithm. Supported signing algorithms are: '{algorithms}'.",
        "Sign with one of the algorithms that the sentence names.";
    ASSERTION_KEY_UNNAMED = 5002723 InvalidClient 401
        "Invalid JWT token. No certificate SHA-1 thumbprint, certificate SHA-256 thumbprint, nor keyId specified in token header.",
        "Name the certificate in the assertion's header: `x5t#S256`, `x5t` or `kid`.";
    ASSERTION_SIGNATURE_INVALID = 700027 InvalidClient 401
        "Client assertion contains an invalid signature. [Reason - {reason}]",
        "The reason says whether the certificate is not registered, not current, or signed something else.";
    ASSERTION_CLIENT_MISMATCH = 700021 InvalidClient 401
        "Client assertion application identifier doesn't match 'client_id' parameter.",
        "Send the client id that the assertion names as `iss` and `sub`, or leave the parameter out.";
    ASSERTION_SUBJECT_MISMATCH = 50048 InvalidClient 401
        "Subject must match Issuer claim in the client assertion.",
        "Set both `iss` and `sub` of the assertion to the client id.";
    ASSERTION_AUDIENCE_MISMATCH = 700023 InvalidClient 401
        "Client assertion audience claim does not match Realm issuer.",
        "Set `aud` of the assertion to the token endpoint or the issuer of the tenant, exactly as discovery names it; under the strict profile the issuer, as text.";
    ASSERTION_NOT_CURRENT = 700024 InvalidClient 401
        "Client assertion is not within its valid time range. Current time: {now}, assertion valid from {from}, expiry time of assertion {until}.",
        "Check the client's clock, and make assertions short-lived: five minutes of skew are tolerated, one under the strict profile, and an application may limit their lifetime.";
    ASSERTION_REFUSED = 70002 InvalidClient 401
        "Error validating credentials. {reason}",
        "Make a new assertion, with a `jti` of its own, for each request.";
    CERTIFICATE_SUBJECT_UNKNOWN = 700030 InvalidClient 401
        "Invalid certificate - subject name in certificate is not authorized. SubjectNames/SubjectAlternativeNames (up to 10) found in certificate: {names}.",
        "Use a certificate with the subject that is registered beside the certificate authority.";
    CERTIFICATE_CHAIN_INVALID = 50017 InvalidClient 401
        "Validation of the certificate that signed the client assertion failed: it does not chain to a certificate authority of the application.",
        "Send the whole chain in `x5c`, and check the dates of its certificates.";
    FEDERATED_CREDENTIAL_MISSING = 70025 InvalidClient 401
        "The client '{app_id}'({name}) has no configured federated identity credentials.",
        "Add a federated identity credential for the assertion's issuer, subject and audience.";
    FEDERATED_ISSUER_UNKNOWN = 700211 InvalidClient 401
        "No matching federated identity record found for presented assertion issuer '{issuer}'. Please check your federated identity credential Subject, Audience and Issuer against the presented assertion.",
        "Issuers are compared exactly: letter case and a trailing slash count.";
    FEDERATED_SUBJECT_UNKNOWN = 700213 InvalidClient 401
        "No matching federated identity record found for presented assertion subject '{subject}'. Please check your federated identity credential Subject, Audience and Issuer against the presented assertion.",
        "Subjects are compared exactly, or must match the credential's expression.";
    FEDERATED_SUBJECT_CASE = 7002138 InvalidClient 401
        "No matching federated identity record found for presented assertion subject '{subject}'. The subject matches with case-insensitive comparison, but not with case-sensitive comparison.",
        "Write the credential's subject with the letter case of the token.";
    FEDERATED_AUDIENCE_UNKNOWN = 700212 InvalidClient 401
        "No matching federated identity record found for presented assertion audience '{audience}'. Please check your federated identity credential Subject, Audience and Issuer against the presented assertion.",
        "Ask the issuer for a token with one of the credential's audiences.";
    FEDERATED_OWN_TOKEN = 700222 InvalidRequest 400
        "AAD-issued tokens may not be used for federated identity flows.",
        "Access tokens of this platform are for resources; use a token of another issuer.";
    FEDERATED_KEY_UNKNOWN = 7000272 InvalidClient 401
        "The certificate with identifier '{kid}' used to sign the federated credential could not be found in the issuer's keys.",
        "Check that the issuer publishes the key; a new one is looked for at most every 30 seconds.";
    FEDERATED_ISSUER_UNREACHABLE = 90061 InvalidRequest 400
        "Request to External OIDC endpoint failed.",
        "Check that this server can reach the issuer's discovery document and keys over https; private addresses must be allowed by the operator. The service's log has the cause.";
    FEDERATED_KEYS_UNREADABLE = 900612 InvalidRequest 400
        "Failed to parse provider signing keys.",
        "Check the issuer's key set: RSA of 2048 bits or more, P-256 or P-384.";

    SCOPE_INVALID = 70011 InvalidScope 400
        "The provided request must include a 'scope' input parameter. The provided value for the input parameter 'scope' is not valid. The scope {scope} is not valid.",
        "Ask for exactly one resource, as `{App ID URI}/.default` or `{client id of the resource}/.default`.";
    SCOPE_NOT_DEFAULT = 1002012 InvalidScope 400
        "The provided value for scope {scope} is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI).",
        "Ask for `{App ID URI}/.default`: an application gets all its granted roles, never one by name.";
    RESOURCE_PARAMETER_UNSUPPORTED = 901002 InvalidRequest 400
        "The 'resource' request parameter is not supported.",
        "On the v2.0 endpoint send `scope`; `resource` belongs to the v1.0 endpoint.";
    RESOURCE_NOT_FOUND = 500011 InvalidResource 400
        "The resource principal named {resource} was not found in the tenant named {tenant}. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You might have sent your authentication request to the wrong tenant.",
        "Check the App ID URI, and that the resource has a service principal in this tenant.";
    RESOURCE_DISABLED = 500014 InvalidResource 400
        "The service principal for resource '{resource}' is disabled. This indicate that a subscription within the tenant has lapsed, or that the administrator for this tenant has disabled the application, preventing tokens from being issued for it.",
        "Enable the resource's service principal.";
    ASSIGNMENT_REQUIRED = 501051 InvalidGrant 400
        "Application '{app_id}'({name}) is not assigned to a role for the application '{resource_app_id}'({resource_name}).",
        "Grant the client an app role of the resource, or default access.";

    QUERY_TOO_LONG = 90015 InvalidRequest 400
        "The query string is too long: {what} may have {limit} bytes.",
        "Keep what belongs to the request at the application, and send a short name for it as `state`.";
    REDIRECT_URI_UNREGISTERED = 50011 InvalidRequest 400
        "The redirect URI '{redirect_uri}' specified in the request does not match the redirect URIs configured for the application '{app_id}'. Make sure the redirect URI sent in the request matches one added to your application.",
        "Register the URI as it is sent: letter case, path, query and a trailing slash count.";
    REPLY_ADDRESS_MISSING = 500113 InvalidRequest 400
        "No reply address is registered for the application.",
        "Register a redirect URI for the application.";
    RESOURCE_NOT_IN_TENANT = 650052 AccessDenied 403
        "The app is trying to access a service '{app_id}'({name}) that your organization '{tenant}' lacks a service principal for. Contact your IT Admin to review the configuration of your service subscriptions or consent to the application in order to create the required service principal.",
        "Create the service's service principal in this tenant, or consent to the service first.";
    PERMISSION_UNKNOWN = 650053 InvalidScope 400
        "The application '{name}' asked for scope '{scope}' that doesn't exist on the resource '{resource}'. Contact the app vendor.",
        "Ask for delegated permissions that the resource defines; application permissions are asked for as `{App ID URI}/.default`.";
    CONSENT_DECLINED = 65004 AccessDenied 403
        "User declined to consent to access the app.",
        "Start the consent again when the administrator is ready to accept.";
    CONSENT_FORBIDDEN = 90093 AccessDenied 403
        "This operation can only be performed by an administrator. Sign out and sign in as an administrator or contact one of your organization's administrators.",
        "Application permissions of Microsoft Graph are granted by a Global Administrator or a Privileged Role Administrator.";
    CONSENT_NEEDS_ADMIN = 90094 AccessDenied 403
        "The grant requires admin permission.",
        "Send the link to an administrator of the tenant, and let them accept.";
    ACCOUNT_OF_OTHER_DIRECTORY = 50020 AccessDenied 403
        "Selected user account does not exist in tenant '{tenant}' and cannot access the application '{app_id}' in that tenant. The account needs to be added as an external user in the tenant first. Please use a different account.",
        "Sign in with an account of the tenant that the URL names.";

    INSTANCE_UNKNOWN = 50049 InvalidInstance 400
        "Unknown or invalid instance.",
        "Ask about an authorization endpoint of this service.";
    DISCOVERY_MALFORMED = 50050 InvalidRequest 400
        "The request is malformed. {reason}",
        "Send `api-version` and `authorization_endpoint`.";
    THROTTLED = 90055 TemporarilyUnavailable 429
        "There have been too many failed requests for this client from this address. Wait before the next one.",
        "Wait for as long as `Retry-After` says, and mend the credential.";
    UNAVAILABLE = 90033 TemporarilyUnavailable 503
        "A transient error has occurred. Please try again.",
        "Try again; if it lasts, the service cannot reach its database: see its log.";
    INTERNAL = 50000 ServerError 500
        "There was an error issuing a token.",
        "Report it with the trace id: the service's log has the cause.";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_unique_and_fit_the_clients() {
        let numbers: Vec<_> = table().iter().map(|kind| kind.number).collect();
        let mut unique = numbers.clone();
        unique.dedup();
        assert_eq!(numbers, unique);
        // azure_identity for Rust reads error_codes as i32.
        assert!(numbers.iter().all(|number| i32::try_from(*number).is_ok()));
    }

    #[test]
    fn the_status_follows_from_the_code() {
        for kind in table() {
            match kind.code {
                OauthCode::AccessDenied => assert_eq!(kind.status, 403, "{kind:?}"),
                OauthCode::InvalidClient => assert_eq!(kind.status, 401, "{kind:?}"),
                OauthCode::ServerError => assert_eq!(kind.status, 500, "{kind:?}"),
                OauthCode::TemporarilyUnavailable => {
                    assert!([429, 503].contains(&kind.status), "{kind:?}");
                }
                _ => assert!([400, 405, 408, 413].contains(&kind.status), "{kind:?}"),
            }
        }
    }

    #[test]
    fn no_sentence_makes_a_client_think_of_people() {
        // MSAL turns these words into "interaction required", whatever the code says.
        for kind in table() {
            for word in [
                "interaction_required",
                "consent_required",
                "login_required",
                "bad_token",
            ] {
                assert!(!kind.sentence.contains(word), "{kind:?}");
            }
        }
    }

    #[test]
    fn values_are_cut_and_cleaned() {
        let error = TENANT_NOT_FOUND.with(&[("tenant", "a\"b\\c\nd\u{1b}[31mé")]);
        assert!(
            error
                .message
                .starts_with("Tenant 'a?b?c?d?[31m?' not found."),
            "{error}"
        );
        let long = "x".repeat(10_000);
        let error = UNSUPPORTED_GRANT_TYPE.with(&[("grant_type", &long)]);
        assert_eq!(error.message.matches('x').count(), VALUE_LENGTH_MAX);
    }
}
