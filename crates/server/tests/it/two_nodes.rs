//! Two nodes that share a PostgreSQL: what one of them knows holds on the other.

use std::time::Duration;

use countersign_testkit::issuer::IssuerKey;
use countersign_testkit::postgres::Postgres;
use countersign_token::Algorithm;
use serde_json::{Value, json};

use crate::node::{CLIENT, DIRECTORY, Node, START, apply_beside, within_the_bound};

const DAY: Duration = Duration::from_secs(86_400);
const ISSUER: &str = "https://issuer.example";
const SUBJECT: &str = "system:serviceaccount:shop:orders";
/// The answer to a second use.
const USED: u64 = 70_002;
const CREDENTIALS: &str = "    assertionPolicy: {singleUse: true}
    keyCredentials:
    - displayName: signs
      certificateFile: daemon.pem
    federatedIdentityCredentials:
    - name: kubernetes
      issuer: https://issuer.example
      subject: system:serviceaccount:shop:orders
      audiences: [api://AzureADTokenExchange]
      keysFile: keys.json
";

/// Two nodes, and the keys of the client and of its issuer.
struct Pair {
    nodes: [Node; 2],
    certificate: IssuerKey,
    issuer: IssuerKey,
}

impl Pair {
    async fn start() -> Self {
        let url = Postgres::shared().database();
        let pair = Self {
            nodes: [Node::start(&url, DAY).await, Node::start(&url, DAY).await],
            certificate: IssuerKey::new("own", Algorithm::Rs256),
            issuer: IssuerKey::new("theirs", Algorithm::Es256),
        };
        pair.apply(CREDENTIALS).await;
        pair
    }

    /// Gives the client these credentials.
    async fn apply(&self, credentials: &str) {
        let secret = "    passwordCredentials:\n";
        let text = DIRECTORY.replace(secret, &format!("{credentials}{secret}"));
        assert!(text.contains(credentials));
        let chain = self.certificate.jwk().x5c.as_deref();
        let der = &chain.expect("published with its certificate")[0];
        let pem = format!("-----BEGIN CERTIFICATE-----\n{der}\n-----END CERTIFICATE-----\n");
        let keys = json!({"keys": [self.issuer.jwk()]}).to_string();
        let read = |name: &str| match name {
            "daemon.pem" => Ok(pem.clone().into_bytes()),
            "keys.json" => Ok(keys.clone().into_bytes()),
            _ => Err("no such file".to_owned()),
        };
        apply_beside(&self.nodes[0].db, &text, &read).await;
    }

    /// An assertion of the client itself; the same name makes the same assertion.
    fn own(&self, name: &str) -> String {
        let header = json!({
            "alg": "RS256",
            "typ": "JWT",
            "x5t": self.certificate.jwk().x5t,
        });
        self.certificate.sign(
            &header,
            &claims(&json!({
                "iss": CLIENT,
                "sub": CLIENT,
                "aud": "https://id.example/contoso.example/oauth2/v2.0/token",
                "jti": name,
            })),
        )
    }

    /// A token of the issuer.
    fn federated(&self) -> String {
        let header = json!({"alg": "ES256", "kid": "theirs"});
        self.issuer.sign(
            &header,
            &claims(&json!({
                "iss": ISSUER,
                "sub": SUBJECT,
                "aud": ["api://AzureADTokenExchange"],
            })),
        )
    }

    /// What each node says to an assertion: 0 for a token, else the AADSTS number.
    async fn numbers(&self, assertion: &str) -> [u64; 2] {
        let ask = async |node: &Node| {
            let body = format!(
                "grant_type=client_credentials&client_id={CLIENT}&scope=api://orders/.default\
                 &client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer\
                 &client_assertion={assertion}"
            );
            let answer = node.post("/contoso.example/oauth2/v2.0/token", &body).await;
            answer.number()
        };
        [ask(&self.nodes[0]).await, ask(&self.nodes[1]).await]
    }

    /// Waits until both nodes answer so.
    async fn becomes(&self, assertion: &str, number: u64) {
        within_the_bound(async || self.numbers(assertion).await == [number; 2]).await;
    }

    async fn stop(self) {
        for node in self.nodes {
            node.stop().await;
        }
    }
}

/// Claims of the nodes' present, which is a fixed one.
fn claims(claims: &Value) -> Value {
    let now = START.unix_seconds();
    let mut claims = claims.clone();
    claims["exp"] = json!(now + 600);
    claims["nbf"] = json!(now);
    claims
}

#[tokio::test(flavor = "multi_thread")]
async fn ast_27_an_assertion_that_one_node_took_no_other_takes() {
    let pair = Pair::start().await;
    let mut round = 0;
    within_the_bound(async || {
        round += 1;
        pair.numbers(&pair.own(&format!("round {round}"))).await == [0, USED]
    })
    .await;
    // However many come at once, to whichever node.
    let flood = pair.own("flood");
    let rounds = (0..8).map(|_| pair.numbers(&flood));
    let answers = futures_util::future::join_all(rounds).await.concat();
    let tokens = answers.iter().filter(|number| **number == 0).count();
    assert_eq!(tokens, 1, "{answers:?}");

    // Remembered to the assertion's end and the skew, not longer.
    let db = &pair.nodes[1].db;
    let forgotten = async |seconds: i64| {
        let now = START.plus_seconds(600 + seconds);
        db.forget_expired_assertions(now).await
    };
    assert_eq!(forgotten(299).await, Ok(0));
    assert!(forgotten(301).await.is_ok_and(|number| number >= 2));
    pair.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fed_20_and_ast_29_what_is_removed_on_one_node_no_node_takes() {
    let pair = Pair::start().await;
    let several = CREDENTIALS.replace("    assertionPolicy: {singleUse: true}\n", "");
    pair.apply(&several).await;
    pair.becomes(&pair.federated(), 0).await;
    pair.becomes(&pair.own("kept"), 0).await;

    pair.apply(&several.replace("shop:orders", "shop:invoices"))
        .await;
    pair.becomes(&pair.federated(), 700_213).await;
    pair.apply(&several).await;
    pair.becomes(&pair.federated(), 0).await;

    let without = several.split("    federatedIdentityCredentials:").next();
    let without = without.expect("the part before");
    pair.apply(&format!("{without}    federatedIdentityCredentials: []\n"))
        .await;
    pair.becomes(&pair.federated(), 70_025).await;
    pair.apply("    keyCredentials: []\n").await;
    pair.becomes(&pair.own("removed"), 700_027).await;
    pair.stop().await;
}
