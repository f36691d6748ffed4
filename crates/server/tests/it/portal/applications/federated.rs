//! Federated credentials, and the box that tries a token.

use countersign_server::OutboundPolicy;
use countersign_testkit::issuer::{Answer as Said, Assertion, Issuer, IssuerKey, METADATA};
use countersign_token::Algorithm;
use serde_json::{Value, json};

use super::{DAEMON, Person, STRANGER, World, check_name};
use crate::browser::Page;
use crate::node::{START, within_the_bound};

const AUDIENCE: &str = "api://AzureADTokenExchange";

/// A node that may reach an issuer with one key.
struct Federated {
    issuer: Issuer,
    key: IssuerKey,
    world: World,
    tab: String,
}

impl Federated {
    async fn start() -> Self {
        let issuer = Issuer::start();
        let key = IssuerKey::new("k", Algorithm::Es256);
        issuer.publish(&[&key]);
        let policy = OutboundPolicy::default()
            .allow_loopback()
            .trust(issuer.ca_pem().as_bytes())
            .expect("an authority");
        let world = World::asking(policy).await;
        let tab = world.page_of(DAEMON, "federated").await;
        Self {
            issuer,
            key,
            world,
            tab,
        }
    }

    /// Lets the pod sign in, by the form for clusters.
    async fn trust_pod(&self, admin: &mut Person<'_>) {
        let url = self.issuer.url();
        let page = self.form(admin, "kubernetes").await;
        let entered = [
            ("name", "cluster"),
            ("issuer", url.as_str()),
            ("namespace", "shop"),
            ("account", "daemon"),
            ("audience", AUDIENCE),
        ];
        let answer = admin.browser.submit(&page, &self.tab, &entered).await;
        assert_eq!(answer.location(), Some(self.tab.as_str()), "{answer:?}");
    }

    async fn form(&self, admin: &mut Person<'_>, template: &str) -> Page {
        let address = format!("{}?template={template}", self.tab);
        let page = admin.browser.open(&address).await;
        check_name(&page);
        page
    }

    /// A token of the pod.
    fn pod(&self) -> Assertion {
        Assertion::kubernetes(&self.issuer.url(), "shop", "daemon", START.unix_seconds())
    }

    async fn attempt(&self, person: &mut Person<'_>, token: &str) -> Page {
        let path = format!("{}/try", self.tab);
        person.send(&path, &[("token", token)]).await
    }
}

/// What the page says of each condition of the first credential: `Issuer: Holds`.
fn conditions(page: &Page) -> Vec<String> {
    let table = page.html().split("id=\"try\"").nth(1).expect("the box");
    let table = table.split("<tbody>").nth(1).expect("a table");
    let table = table.split("</tbody>").next().expect("its end");
    let inner = |row: &str, from: &str, to: &str| {
        let rest = row.split(from).nth(1)?;
        let rest = rest.split_once('>')?.1;
        Some(rest.split(to).next()?.to_owned())
    };
    let rows = table.split("<tr>").skip(1).filter_map(|row| {
        let name = inner(row, "<th", "</th>")?;
        let state = inner(row, "<span class=\"badge", "</span>")?;
        Some(format!("{name}: {state}"))
    });
    rows.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn templates_make_the_subjects_of_their_issuers() {
    let federated = Federated::start().await;
    let mut admin = federated.world.administrator().await;
    federated.trust_pod(&mut admin).await;
    let url = federated.issuer.url();
    let expression = "claims['sub'] matches 'repo:contoso/*'";
    for (template, entered) in [
        (
            "github",
            vec![
                ("name", "github"),
                ("organization", "contoso"),
                ("repository", "orders"),
                ("entity", "branch"),
                ("entity_name", "main"),
                ("audience", AUDIENCE),
            ],
        ),
        (
            "spiffe",
            vec![
                ("name", "spire"),
                ("issuer", &url),
                ("spiffe_id", "spiffe://contoso.example/daemon"),
                ("audience", AUDIENCE),
            ],
        ),
        (
            "other",
            vec![
                ("name", "flexible"),
                ("issuer", &url),
                ("expression", expression),
                ("audience", "api://else"),
            ],
        ),
    ] {
        let page = federated.form(&mut admin, template).await;
        let answer = admin.browser.submit(&page, &federated.tab, &entered).await;
        let there = Some(federated.tab.as_str());
        assert_eq!(answer.location(), there, "{template}: {}", answer.text());
    }
    let page = admin.browser.open(&federated.tab).await;
    check_name(&page);
    let text = page.text();
    for expected in [
        "system:serviceaccount:shop:daemon",
        "https://token.actions.githubusercontent.com",
        "repo:contoso/orders:ref:refs/heads/main",
        "spiffe://contoso.example/daemon",
        expression,
        "api://else",
        "Never",
    ] {
        assert!(text.contains(expected), "{expected}: {text}");
    }
    // What was saved is what real tokens meet.
    let token = federated.pod().signed_by(&federated.key);
    assert_eq!(prove(&federated.world, &token).await, 0);

    let delete = page
        .html()
        .split('"')
        .find(|text| text.starts_with(&federated.tab) && text.ends_with("/delete"))
        .expect("a form")
        .to_owned();
    admin.browser.submit(&page, &delete, &[]).await;
    assert_eq!(federated.world.credentials().await[2], 3);
    federated.world.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_that_is_refused_comes_back_as_it_was() {
    let federated = Federated::start().await;
    let mut admin = federated.world.administrator().await;
    federated.trust_pod(&mut admin).await;
    let url = federated.issuer.url();
    let good = [
        ("template", "kubernetes"),
        ("name", "pods"),
        ("issuer", &url),
        ("namespace", "shop"),
        ("account", "daemon"),
        ("audience", AUDIENCE),
    ];
    for (changed, value, expected) in [
        ("name", "a b", "the name must have 3 to 120"),
        ("name", "cluster", "already exists"),
        ("issuer", "http://a.example", "must be an https URL"),
        (
            "issuer",
            "https://id.example/c0000000-0000-4000-8000-00000000000c",
            "this platform",
        ),
        ("namespace", "a:b", "The namespace has no blank"),
        ("account", "", "Enter the service account"),
        ("template", "other", "Enter a subject, or an expression"),
        ("template", "github", "Enter the organization"),
        ("template", "spiffe", "Enter the SPIFFE id"),
    ] {
        let entered = good.map(|(name, old)| (name, if name == changed { value } else { old }));
        let page = admin.send(&federated.tab, &entered).await;
        assert_eq!(page.status(), 400, "{changed} {value}: {}", page.text());
        assert!(
            page.text().contains(expected),
            "{expected}: {}",
            page.text()
        );
        if changed != "template" {
            assert!(page.html().contains("value=\"shop\"") || changed == "namespace");
            let kept = format!("value=\"{value}\"");
            assert!(page.html().contains(&kept), "{kept}: {}", page.html());
        }
    }
    assert_eq!(federated.world.credentials().await[2], 1);
    federated.world.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_told_which_condition_fails() {
    let federated = Federated::start().await;
    let mut admin = federated.world.administrator().await;
    federated.trust_pod(&mut admin).await;
    let good = federated.pod();
    let foreign = IssuerKey::new("k", Algorithm::Es256);
    let unknown = IssuerKey::new("other", Algorithm::Es256);
    let own = &federated.key;
    let expired = START.unix_seconds() - 301;
    let upper = "system:serviceaccount:shop:Daemon";
    for (what, token, expected) in [
        ("a good one", good.signed_by(own), [0, 0, 0, 0, 0]),
        (
            "another subject",
            good.clone().with("sub", json!("<b>pod</b>")).signed_by(own),
            [0, 700_213, 0, 0, 0],
        ),
        (
            "another case",
            good.clone().with("sub", json!(upper)).signed_by(own),
            [0, 7_002_138, 0, 0, 0],
        ),
        (
            "another audience",
            good.clone().with("aud", json!("api://else")).signed_by(own),
            [0, 0, 700_212, 0, 0],
        ),
        (
            "expired",
            good.clone().with("exp", json!(expired)).signed_by(own),
            [0, 0, 0, 700_024, 0],
        ),
        ("forged", good.signed_by(&foreign), [0, 0, 0, 0, 700_027]),
        (
            "unknown key",
            good.signed_by(&unknown),
            [0, 0, 0, 0, 7_000_272],
        ),
        (
            "no times",
            good.clone().with("exp", Value::Null).signed_by(own),
            [0, 0, 0, 90_014, 0],
        ),
        (
            "another issuer",
            good.clone()
                .with("iss", json!("https://other.example"))
                .signed_by(own),
            [700_211, 0, 0, 0, 1],
        ),
    ] {
        let page = federated.attempt(&mut admin, &token).await;
        assert_eq!(page.status(), 200, "{what}: {}", page.text());
        let names = ["Issuer", "Subject", "Audience", "Time", "Signature"];
        let wanted: Vec<String> = std::iter::zip(names, expected)
            .map(|(name, number)| match number {
                0 => format!("{name}: Holds"),
                1 => format!("{name}: Not checked"),
                number => format!("{name}: Fails (AADSTS{number})"),
            })
            .collect();
        assert_eq!(conditions(&page), wanted, "{what}");
        let is_accepted = page.text().contains("This token is accepted.");
        assert_eq!(is_accepted, expected == [0; 5], "{what}");
        assert!(
            !page.html().contains(&token),
            "{what}: it is not shown again"
        );
        assert!(!page.html().contains("<b>pod"), "{what}");
    }
    let page = admin
        .send(
            &format!("{}/try", federated.tab),
            &[("token", &{
                let found = "x".repeat(5_000);
                good.clone().with("sub", json!(found)).signed_by(own)
            })],
        )
        .await;
    assert!(!page.html().contains(&"x".repeat(300)), "values are cut");
    federated.world.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issuer_that_cannot_be_reached_is_told_without_the_cause() {
    let federated = Federated::start().await;
    let mut admin = federated.world.administrator().await;
    federated.trust_pod(&mut admin).await;
    federated.issuer.set(METADATA, Said::Status(503));
    let token = federated.pod().signed_by(&federated.key);
    let page = federated.attempt(&mut admin, &token).await;
    let conditions = conditions(&page);
    assert_eq!(conditions[4], "Signature: Fails (AADSTS90061)");
    assert!(page.text().contains("could not be fetched"));
    assert!(!page.text().contains("503"), "that is for the log");
    federated.world.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_credential_is_for_is_refused_in_words() {
    let federated = Federated::start().await;
    let mut admin = federated.world.administrator().await;
    let good = federated.pod();
    let token = good.signed_by(&federated.key);
    let page = federated.attempt(&mut admin, &token).await;
    assert!(page.text().contains("has no federated credential yet"));
    federated.trust_pod(&mut admin).await;
    let tenant = "https://id.example/c0000000-0000-4000-8000-00000000000c/v2.0";
    let by = |issuer: &str| {
        good.clone()
            .with("iss", json!(issuer))
            .signed_by(&federated.key)
    };
    for (token, expected) in [
        (String::new(), "no signed JWT"),
        ("<script>".to_owned(), "no signed JWT"),
        ("a.b.c.d.e".to_owned(), "no signed JWT"),
        (by(tenant), "made by this server"),
        (by(DAEMON), "is a client id"),
    ] {
        let page = federated.attempt(&mut admin, &token).await;
        assert_eq!(page.status(), 400, "{expected}");
        assert!(
            page.text().contains(expected),
            "{expected}: {}",
            page.text()
        );
    }
    assert_eq!(federated.issuer.connections(), 0);
    federated.world.node.stop().await;
}

/// Nobody is signed in by trying: no token comes of it, no entry, no use of the credential.
#[tokio::test(flavor = "multi_thread")]
async fn trying_leaves_nothing_behind() {
    let federated = Federated::start().await;
    let world = &federated.world;
    let mut admin = world.administrator().await;
    federated.trust_pod(&mut admin).await;
    let token = federated.pod().signed_by(&federated.key);
    let page = federated.attempt(&mut admin, &token).await;
    assert!(page.text().contains("This token is accepted."));
    assert!(!page.html().contains("access_token"));
    // The log is written in order: once a later entry is there, one of the trial would be.
    let mark = world.node.token(DAEMON, "a-secret-that-is-wrong").await;
    within_the_bound(async || {
        let all = world.node.db.sign_ins(None, 1_000).await.expect("a log");
        all.iter().any(|entry| entry.id == mark.trace_id())
    })
    .await;
    let all = world.node.db.sign_ins(None, 1_000).await.expect("a log");
    let federated_ones = all
        .iter()
        .filter(|entry| entry.credential_type.as_str().contains("ederated"));
    assert_eq!(federated_ones.count(), 0);
    let page = admin.browser.open(&federated.tab).await;
    assert!(page.text().contains("Never"), "{}", page.text());
    federated.world.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn other_tenants_and_readers_change_nothing() {
    let federated = Federated::start().await;
    let world = &federated.world;
    let mut admin = world.administrator().await;
    federated.trust_pod(&mut admin).await;
    let before = world.credentials().await;
    let id = world.contoso().await.federated[0].id;
    let stranger = world.page_of(STRANGER, "federated").await;
    assert_eq!(admin.browser.open(&stranger).await.status(), 404);
    let url = federated.issuer.url();
    let entered = [
        ("template", "other"),
        ("name", "mine"),
        ("issuer", url.as_str()),
        ("subject", "a"),
        ("audience", AUDIENCE),
    ];
    let token = federated.pod().signed_by(&federated.key);
    let mut reader = world.reader().await;
    assert_eq!(reader.browser.open(&federated.tab).await.status(), 200);
    for (path, fields) in [
        (String::new(), &entered[..]),
        (format!("/{id}/delete"), &[]),
        ("/cluster/delete".to_owned(), &[]),
    ] {
        let page = admin.send(&format!("{stranger}{path}"), fields).await;
        assert_eq!(page.status(), 404, "{path}: {}", page.text());
        let page = reader
            .send(&format!("{}{path}", federated.tab), fields)
            .await;
        assert_eq!(page.status(), 403, "{path}: {}", page.text());
    }
    let page = admin
        .send(&format!("{stranger}/try"), &[("token", &token)])
        .await;
    assert_eq!(page.status(), 404, "{}", page.text());
    // Who may read a credential may also see what it says to a token.
    let page = federated.attempt(&mut reader, &token).await;
    assert!(page.text().contains("This token is accepted."));
    assert_eq!(world.credentials().await, before);
    federated.world.node.stop().await;
}

/// What the token endpoint says to the same token.
async fn prove(world: &World, token: &str) -> u64 {
    let body = format!(
        "grant_type=client_credentials&client_id={DAEMON}&scope=api://orders/.default\
         &client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer\
         &client_assertion={token}"
    );
    let path = "/contoso.example/oauth2/v2.0/token";
    world.node.post(path, &body).await.number()
}
