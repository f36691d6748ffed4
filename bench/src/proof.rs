//! Clients' assertions, signed once and shown again and again, as client libraries do: the server
//! verifies each time.

use std::fmt;
use std::fs;
use std::path::Path;
use std::str::FromStr;

use anyhow::{Result, bail};
use countersign_domain::clock::Clock;
use countersign_domain::ids::AppId;
use countersign_server::SystemClock;
use countersign_testkit::issuer::IssuerKey;
use countersign_token::Algorithm;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// What every client's federated credential asks for.
const ISSUER: &str = "https://issuer.example";
const SUBJECT: &str = "bench";
const AUDIENCE: &str = "api://AzureADTokenExchange";

/// Added to the client that the others are made after.
pub(crate) const CREDENTIALS: &str = "
    keyCredentials: [{displayName: Certificate, certificateFile: client.pem}]
    federatedIdentityCredentials:
    - {name: issuer, issuer: 'https://issuer.example', subject: bench, audiences: ['api://AzureADTokenExchange'], keysFile: keys.json}
";

/// How clients prove themselves without a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Proof {
    /// By a registered certificate.
    Certificate(Verified),
    /// By an RS256 token of another issuer, whose keys are uploaded.
    Federated,
}

impl Proof {
    pub(crate) const ALL: [Self; 3] = [
        Self::Certificate(Verified::Rs256),
        Self::Certificate(Verified::Ps256),
        Self::Federated,
    ];

    /// What the server verifies.
    pub(crate) fn verified(self) -> Verified {
        match self {
            Self::Certificate(algorithm) => algorithm,
            Self::Federated => Verified::Rs256,
        }
    }
}

impl fmt::Display for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Certificate(algorithm) => write!(f, "{algorithm} certificate"),
            Self::Federated => f.write_str("federated"),
        }
    }
}

/// What assertions are signed with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Verified {
    Rs256,
    Ps256,
}

impl fmt::Display for Verified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Rs256 => "RS256",
            Self::Ps256 => "PS256",
        })
    }
}

impl FromStr for Verified {
    type Err = anyhow::Error;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name {
            "RS256" => Ok(Self::Rs256),
            "PS256" => Ok(Self::Ps256),
            _ => bail!("{name:?} is not RS256 or PS256"),
        }
    }
}

/// The key pairs of all clients and of their issuer.
pub(crate) struct ProofKeys {
    rs256: IssuerKey,
    ps256: IssuerKey,
    issuer: IssuerKey,
}

impl ProofKeys {
    /// Makes keys, and the files that [`CREDENTIALS`] names.
    pub(crate) fn make(folder: &Path) -> Result<Self> {
        let rs256 = IssuerKey::new("own", Algorithm::Rs256);
        let chain = rs256.jwk().x5c.as_deref().unwrap_or_default();
        let [certificate] = chain else {
            bail!("a key with its certificate, not {chain:?}")
        };
        let pem =
            format!("-----BEGIN CERTIFICATE-----\n{certificate}\n-----END CERTIFICATE-----\n");
        fs::write(folder.join("client.pem"), pem)?;
        let issuer = IssuerKey::new("theirs", Algorithm::Rs256);
        let keys = json!({"keys": [issuer.jwk()]});
        fs::write(folder.join("keys.json"), keys.to_string())?;
        Ok(Self {
            ps256: rs256.signing_as(Algorithm::Ps256),
            rs256,
            issuer,
        })
    }

    /// An assertion of one client, good for an hour.
    pub(crate) fn assertion(&self, proof: Proof, client: AppId, audience: &str) -> String {
        let now = SystemClock.now().unix_seconds();
        let (key, issuer, subject, audience) = match proof {
            Proof::Certificate(Verified::Rs256) => {
                (&self.rs256, json!(client), json!(client), json!(audience))
            }
            Proof::Certificate(Verified::Ps256) => {
                (&self.ps256, json!(client), json!(client), json!(audience))
            }
            Proof::Federated => (
                &self.issuer,
                json!(ISSUER),
                json!(SUBJECT),
                json!([AUDIENCE]),
            ),
        };
        let header = match proof {
            Proof::Certificate(_) => json!({"alg": key.alg(), "typ": "JWT", "x5t": key.jwk().x5t}),
            Proof::Federated => json!({"alg": key.alg(), "kid": key.kid()}),
        };
        let claims = json!({
            "iss": issuer,
            "sub": subject,
            "aud": audience,
            "nbf": now,
            "exp": now + 3_600,
            "jti": client,
        });
        key.sign(&header, &claims)
    }
}

/// The form fields of an assertion.
pub(crate) fn form(assertion: &str) -> String {
    format!(
        "client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer\
         &client_assertion={assertion}"
    )
}
