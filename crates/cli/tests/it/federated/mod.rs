//! FED-01 to FED-06, FED-16 and FED-19 to FED-23: tokens of other issuers as proof. What is fetched
//! from an issuer, and what never is, belongs to the server's own tests; here the keys are given.

mod matching;
mod signatures;
mod stored;

use std::sync::LazyLock;

use countersign_testkit::issuer::{Assertion, IssuerKey};
use countersign_token::Algorithm;
use serde_json::{Value, json};

use crate::answer::Expected;
use crate::assertions::{daemon, with};
use crate::sample::{self, DAEMON};
use crate::stage::Stage;

pub(crate) use crate::assertions::forge::now;

/// As real issuers are called; it is never asked for anything, since its keys are given.
const GITHUB: &str = "https://token.actions.githubusercontent.com";
const CLUSTER: &str = "https://oidc.cluster.example/shop";
const AUDIENCE: &str = "api://AzureADTokenExchange";
const SUBJECT: &str = "repo:contoso/orders:ref:refs/heads/main";

static RSA: LazyLock<IssuerKey> = LazyLock::new(|| IssuerKey::new("rsa-1", Algorithm::Rs256));
static EC: LazyLock<IssuerKey> = LazyLock::new(|| IssuerKey::new("ec-1", Algorithm::Es256));
/// Published by no issuer.
static STRANGE: LazyLock<IssuerKey> = LazyLock::new(|| IssuerKey::new("rsa-1", Algorithm::Rs256));

/// The sample directory, where A trusts a repository, a service account, and a subject with a
/// star in it.
fn directory() -> String {
    let credentials = json!([
        credential("github", GITHUB, SUBJECT),
        credential("cluster", CLUSTER, "system:serviceaccount:shop:daemon"),
        credential("star", GITHUB, "repo:fabrikam/*"),
    ]);
    trusting(&credentials)
}

/// The sample directory, where A has these federated credentials.
fn trusting(credentials: &Value) -> String {
    let key = "federatedIdentityCredentials";
    with(&sample::directory(), DAEMON, key, &credentials.to_string())
}

fn credential(name: &str, issuer: &str, subject: &str) -> Value {
    json!({
        "name": name,
        "issuer": issuer,
        "subject": subject,
        "audiences": [AUDIENCE],
        "keys": {"keys": [RSA.jwk(), EC.jwk()]},
    })
}

fn stage() -> Stage {
    Stage::with_directory(&directory())
}

/// A good token of the repository.
fn github() -> Assertion {
    Assertion::github(GITHUB, "contoso/orders", "main", now())
}

/// A good token of the service account.
fn cluster() -> Assertion {
    Assertion::kubernetes(CLUSTER, "shop", "daemon", now())
}

/// Checks what becomes of a token, and that it is found nowhere afterwards.
fn check(stage: &Stage, case: &str, token: &str, expected: Expected) {
    if token.rsplit('.').next().unwrap_or_default().len() >= 40 {
        stage.watch_for(token);
    }
    stage.check(case, &daemon(token), expected);
}
