//! Tokens in the shapes of real issuers, to be changed before they are signed.

use serde_json::{Value, json};

use super::IssuerKey;

/// The header and the claims of a token.
#[derive(Debug, Clone, PartialEq)]
pub struct Assertion {
    /// The header without `alg` and `kid`, which the key adds.
    pub header: Value,
    /// The claims.
    pub claims: Value,
}

impl Assertion {
    /// A projected service account token of Kubernetes: no `typ`, audiences in an array. `now` is in
    /// Unix seconds, here and below.
    pub fn kubernetes(issuer: &str, namespace: &str, account: &str, now: i64) -> Self {
        Self {
            header: json!({}),
            claims: json!({
                "aud": ["api://AzureADTokenExchange"],
                "exp": now + 3_600,
                "iat": now,
                "iss": issuer,
                "jti": "0f3e2d1c-0b0a-4908-8706-050403020100",
                "kubernetes.io": {
                    "namespace": namespace,
                    "node": { "name": "node-1", "uid": "6f1c9a52-3a53-4d0e-9a3a-6d3f6f3c1d11" },
                    "pod": { "name": "worker-0", "uid": "0a6f2c55-57a4-4f0b-8a3d-0f1f8b7f2d22" },
                    "serviceaccount": {
                        "name": account,
                        "uid": "5f0a7d43-6b0f-4b1c-9d2e-2c1b0a9f8e33",
                    },
                },
                "nbf": now,
                "sub": format!("system:serviceaccount:{namespace}:{account}"),
            }),
        }
    }

    /// A token of a GitHub Actions run on a branch: `typ` and `x5t`, one audience, five minutes.
    pub fn github(issuer: &str, repository: &str, branch: &str, now: i64) -> Self {
        let owner = repository.split('/').next().unwrap_or_default();
        let git_ref = format!("refs/heads/{branch}");
        Self {
            header: json!({ "typ": "JWT", "x5t": "ykNaY4qM_ta4k2TgZOCEYLkcYlA" }),
            claims: json!({
                "actor": "octocat",
                "aud": "api://AzureADTokenExchange",
                "event_name": "push",
                "exp": now + 300,
                "iat": now,
                "iss": issuer,
                "job_workflow_ref":
                    format!("{repository}/.github/workflows/deploy.yml@{git_ref}"),
                "jti": "1b2c3d4e-5f60-4718-8293-a4b5c6d7e8f9",
                "nbf": now - 600,
                "ref": git_ref,
                "ref_type": "branch",
                "repository": repository,
                "repository_id": "74",
                "repository_owner": owner,
                "repository_owner_id": "65",
                "repository_visibility": "private",
                "run_attempt": "2",
                "run_id": "1658821493",
                "run_number": "10",
                "runner_environment": "github-hosted",
                "sha": "3f786850e387550fdab836ed7e6dc881de23001b",
                "sub": format!("repo:{repository}:ref:{git_ref}"),
                "workflow": "deploy",
            }),
        }
    }

    /// A JWT-SVID of SPIFFE: the workload's identity as subject, audiences in an array, no `nbf`.
    pub fn spiffe(issuer: &str, trust_domain: &str, path: &str, now: i64) -> Self {
        Self {
            header: json!({ "typ": "JWT" }),
            claims: json!({
                "aud": ["api://AzureADTokenExchange"],
                "exp": now + 300,
                "iat": now,
                "iss": issuer,
                "sub": format!("spiffe://{trust_domain}/{path}"),
            }),
        }
    }

    /// Changes one claim; `null` takes it away.
    #[must_use]
    pub fn with(mut self, claim: &str, value: Value) -> Self {
        if value.is_null() {
            if let Some(claims) = self.claims.as_object_mut() {
                claims.remove(claim);
            }
        } else {
            self.claims[claim] = value;
        }
        self
    }

    /// The token, with the key's `alg` and `kid` in the header.
    pub fn signed_by(&self, key: &IssuerKey) -> String {
        let mut header = self.header.clone();
        header["alg"] = key.alg().into();
        header["kid"] = key.kid().into();
        key.sign(&header, &self.claims)
    }
}
