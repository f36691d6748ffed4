use crate::clock::Timestamp;
use crate::ids::{AppId, CorrelationId, KeyId, ServicePrincipalId, TenantId, TraceId, UserId};

/// What happened to one token request, or to one person signing in: one record, granted or refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignIn {
    /// The request's own id; `trace_id` of an error body, `uti` of a token.
    pub id: TraceId,
    /// When it was decided.
    pub at: Timestamp,
    /// The tenant, once it was known.
    pub tenant_id: Option<TenantId>,
    /// The client's name for the request.
    pub correlation_id: CorrelationId,
    /// The client that asked, once it was known to be a client id.
    pub app_id: Option<AppId>,
    /// Its service principal in the tenant.
    pub service_principal_id: Option<ServicePrincipalId>,
    /// The resource it asked for, once it was found.
    pub resource_app_id: Option<AppId>,
    /// How the client proved itself, or tried to.
    pub credential_type: ClientCredentialType,
    /// The credential that matched.
    pub credential_key_id: Option<KeyId>,
    /// 0 where a token was issued, else the AADSTS number.
    pub error_code: u32,
    /// Why it was refused, for its administrators; never holds a credential.
    pub reason: Option<String>,
    /// Where the request came from.
    pub ip_address: String,
    /// The certificate assertion that was shown had been shown to this node before. It is allowed
    /// unless the policy is single use.
    pub is_assertion_reused: bool,
    /// The person who signed in or tried to, where it was one; nobody where a workload did.
    pub user_id: Option<UserId>,
}

/// How a client proved itself, as in Microsoft Graph's `clientCredentialType`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ClientCredentialType {
    /// Nothing usable was offered.
    None,
    /// A shared secret.
    ClientSecret,
    /// An assertion signed with a registered certificate's key.
    Certificate,
    /// A token of another issuer.
    FederatedIdentityCredential,
    /// An assertion that could not be told to be either.
    ClientAssertion,
}

impl ClientCredentialType {
    /// The name on the wire and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::ClientSecret => "clientSecret",
            Self::Certificate => "certificate",
            Self::FederatedIdentityCredential => "federatedIdentityCredential",
            Self::ClientAssertion => "clientAssertion",
        }
    }
}
