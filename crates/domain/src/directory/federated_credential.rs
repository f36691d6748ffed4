use std::sync::Arc;

use countersign_token::JwkSet;

use super::claims_expression::ClaimsExpression;
use crate::ids::{ApplicationId, FederatedCredentialId};

/// Trust in tokens of another issuer: whoever holds one with this issuer, subject and audience is
/// the application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FederatedIdentityCredential {
    /// Its name in the directory.
    pub id: FederatedCredentialId,
    /// The application that owns it.
    pub application_id: ApplicationId,
    /// Its name for people and URLs: 3 to 120 characters, unique in the application.
    pub name: String,
    /// `iss` of the token, compared exactly.
    pub issuer: String,
    /// Which tokens of the issuer.
    pub subject: SubjectMatcher,
    /// `aud` of the token must be or contain one of these.
    pub audiences: Vec<String>,
    /// Free text.
    pub description: Option<String>,
    /// The issuer's keys, where they are uploaded instead of fetched.
    pub keys: Option<Arc<JwkSet>>,
}

/// Which tokens of an issuer are the application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SubjectMatcher {
    /// Those with exactly this `sub`.
    Subject(String),
    /// Those whose claims match.
    Expression(ClaimsExpression),
}
