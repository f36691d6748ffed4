//! Trusted authorities: certificates that nobody registered, sent along with the assertion. AST-28
//! and AST-38 where an authority is registered.

use std::sync::LazyLock;

use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD, Engine};
use countersign_token::Algorithm;
use rcgen::{
    BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, SanType,
};
use serde_json::{Value, json};

use super::forge::{Draft, FIRST, Pair, form, guid, now, params, pem};
use super::{check, endpoint, entry, good, with};
use crate::answer::{Expected, e400, e401};
use crate::request::post_v2;
use crate::sample::{self, CONTOSO, DAEMON, VISITOR};
use crate::stage::Stage;

const CHAIN: Expected = e401(50_017);
const SUBJECT: Expected = e401(700_030);
const SIGNATURE: Expected = e401(700_027);

const NAME: &str = "orders";
const DNS_NAME: &str = "orders.contoso.example";
const URI: &str = "spiffe://contoso.example/orders";

static ROOT: LazyLock<Authority> = LazyLock::new(|| Authority::root(authority("Contoso Root")));
static MIDDLE: LazyLock<Authority> = LazyLock::new(|| ROOT.below(authority("Contoso Middle")));
static LOWER: LazyLock<Authority> = LazyLock::new(|| MIDDLE.below(authority("Contoso Lower")));
/// Trusted by nobody, though its name is the root's.
static IMPOSTOR: LazyLock<Authority> = LazyLock::new(|| Authority::root(authority("Contoso Root")));

/// What signs certificates.
struct Authority {
    params: CertificateParams,
    key: KeyPair,
    der: Vec<u8>,
}

impl Authority {
    fn root(params: CertificateParams) -> Self {
        let key = KeyPair::generate().expect("a key");
        let der = params.self_signed(&key).expect("a certificate");
        let der = der.der().to_vec();
        Self { params, key, der }
    }

    fn below(&self, params: CertificateParams) -> Self {
        let key = KeyPair::generate().expect("a key");
        let issuer = Issuer::from_params(&self.params, &self.key);
        let der = params.signed_by(&key, &issuer).expect("a certificate");
        let der = der.der().to_vec();
        Self { params, key, der }
    }

    /// A new P-256 key, and the certificate that this authority makes for it.
    fn signs(&self, params: &CertificateParams) -> &'static Pair {
        self.signs_for(Algorithm::Es256, params)
    }

    fn signs_for(&self, algorithm: Algorithm, params: &CertificateParams) -> &'static Pair {
        let issuer = Issuer::from_params(&self.params, &self.key);
        let pair = Pair::certified(algorithm, |key| params.signed_by(key, &issuer));
        Box::leak(Box::new(pair))
    }
}

fn authority(name: &str) -> CertificateParams {
    let mut params = params(name, 2020..2040);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    params
}

fn leaf(name: &str) -> CertificateParams {
    leaf_of(name, 2020..2040)
}

fn leaf_of(name: &str, years: std::ops::Range<i32>) -> CertificateParams {
    let mut params = params(name, years);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    params
}

/// A leaf with these alternative names beside a common name that says nothing.
fn also(names: &[SanType]) -> CertificateParams {
    let mut params = leaf("workload");
    params.subject_alt_names = names.to_vec();
    params
}

fn dns(name: &str) -> SanType {
    SanType::DnsName(name.try_into().expect("ASCII"))
}

fn uri(uri: &str) -> SanType {
    SanType::URI(uri.try_into().expect("ASCII"))
}

/// An authority as the directory file takes it.
fn trusted(authority: &Authority, more: &str) -> String {
    let key = BASE64_STANDARD.encode(&authority.der);
    format!("{{key: \"{key}\", keyId: {}, {more}}}", guid())
}

fn by_name(authority: &Authority) -> String {
    trusted(
        authority,
        &format!("trustedSubject: {{commonName: {NAME}}}"),
    )
}

/// The sample directory, where A has these key credentials.
fn having(entries: &[String]) -> String {
    let entries = format!("[{}]", entries.join(", "));
    with(&sample::directory(), DAEMON, "keyCredentials", &entries)
}

/// A good assertion that a leaf signed, sent with certificates.
fn sent(stage: &Stage, leaf: &'static Pair, x5c: impl Into<Value>) -> Draft {
    Draft::new(leaf, &endpoint(stage)).header("x5c", x5c)
}

/// Certificates as most clients send them.
fn list(certificates: &[&[u8]]) -> Value {
    let texts = certificates.iter().map(|der| BASE64_STANDARD.encode(der));
    texts.collect::<Vec<_>>().into()
}

fn der(pair: &Pair) -> &[u8] {
    pair.certificate.der()
}

#[test]
fn a_certificate_of_the_authority_signs_by_its_subject() {
    let stage = Stage::with_directory(&having(&[
        by_name(&ROOT),
        trusted(&ROOT, &format!("trustedSubject: {{dnsName: {DNS_NAME}}}")),
        trusted(&ROOT, &format!("trustedSubject: {{uri: \"{URI}\"}}")),
    ]));
    for (case, params, expected) in [
        ("common name", leaf(NAME), Expected::Token),
        ("DNS name", also(&[dns(DNS_NAME)]), Expected::Token),
        ("URI", also(&[uri(URI)]), Expected::Token),
        (
            "one of several",
            also(&[dns("a.example"), dns(DNS_NAME), uri("https://a.example")]),
            Expected::Token,
        ),
        ("other", leaf("stock"), SUBJECT),
        ("letter case", leaf("Orders"), SUBJECT),
        ("longer", leaf("orders2"), SUBJECT),
        ("shorter", leaf("order"), SUBJECT),
        ("space", leaf("orders "), SUBJECT),
        ("empty", leaf(""), SUBJECT),
        (
            "host below",
            also(&[dns("a.orders.contoso.example")]),
            SUBJECT,
        ),
        (
            "host with more",
            also(&[dns("orders.contoso.example.example")]),
            SUBJECT,
        ),
        (
            "host with dot",
            also(&[dns("orders.contoso.example.")]),
            SUBJECT,
        ),
        ("wildcard", also(&[dns("*.contoso.example")]), SUBJECT),
        (
            "path below",
            also(&[uri("spiffe://contoso.example/orders/a")]),
            SUBJECT,
        ),
        (
            "path with slash",
            also(&[uri("spiffe://contoso.example/orders/")]),
            SUBJECT,
        ),
        // A name counts only as what it was registered as.
        ("common name as host", also(&[dns(NAME)]), SUBJECT),
        ("host as common name", leaf(DNS_NAME), SUBJECT),
        ("host as URI", also(&[uri(DNS_NAME)]), SUBJECT),
        ("URI as common name", leaf(URI), SUBJECT),
    ] {
        let leaf = ROOT.signs(&params);
        let assertion = sent(&stage, leaf, list(&[der(leaf)])).signed();
        check(&stage, &format!("authority: {case}"), &assertion, expected);
    }
    let stranger = ROOT.signs(&leaf("stock"));
    let assertion = sent(&stage, stranger, list(&[der(stranger)])).signed();
    let answer = stage
        .ask(&super::daemon(&assertion).bytes())
        .expect("an answer");
    assert!(
        answer.text().contains("stock"),
        "the subject is named: {answer:?}"
    );
    let ours = ROOT.signs(&leaf(NAME));
    let assertion = sent(&stage, ours, list(&[der(ours)])).signed();
    let issued = stage.issued("authority: token", &super::daemon(&assertion));
    assert_eq!(issued.claims["azpacr"], "2");
    stage.finish();
}

#[test]
fn a_chain_comes_in_every_form_of_real_clients() {
    let stage = Stage::with_directory(&having(&[by_name(&ROOT)]));
    let direct = ROOT.signs(&leaf(NAME));
    let deep = LOWER.signs(&leaf(NAME));
    let (lower, middle, root) = (&LOWER.der[..], &MIDDLE.der[..], &ROOT.der[..]);
    let as_pem = |certificates: &[&[u8]]| -> String {
        certificates
            .iter()
            .map(|der| pem("CERTIFICATE", der))
            .collect()
    };
    let chain = [der(deep), lower, middle];
    for (case, leaf, x5c, expected) in [
        ("list", direct, list(&[der(direct)]), Expected::Token),
        ("text", direct, json!(direct.base64()), Expected::Token),
        ("PEM", direct, json!(direct.pem()), Expected::Token),
        (
            "PEM in a list",
            direct,
            json!([direct.pem()]),
            Expected::Token,
        ),
        (
            "base64 of PEM",
            direct,
            json!([BASE64_STANDARD.encode(direct.pem())]),
            Expected::Token,
        ),
        (
            "base64url",
            direct,
            json!([BASE64_URL_SAFE_NO_PAD.encode(der(direct))]),
            Expected::Token,
        ),
        (
            "with its root",
            direct,
            list(&[der(direct), root]),
            Expected::Token,
        ),
        ("deep", deep, list(&chain), Expected::Token),
        ("deep in PEM", deep, json!(as_pem(&chain)), Expected::Token),
        (
            "deep, turned",
            deep,
            list(&[der(deep), middle, lower]),
            Expected::Token,
        ),
        (
            "deep with its root and others",
            deep,
            list(&[der(deep), &IMPOSTOR.der, lower, middle, root]),
            Expected::Token,
        ),
        ("deep alone", deep, list(&[der(deep)]), CHAIN),
        ("deep with a gap", deep, list(&[der(deep), middle]), CHAIN),
        (
            "deep with another gap",
            deep,
            list(&[der(deep), lower]),
            CHAIN,
        ),
        (
            "deep, leaf last",
            deep,
            list(&[lower, middle, der(deep)]),
            CHAIN,
        ),
    ] {
        let assertion = sent(&stage, leaf, x5c).signed();
        check(&stage, &format!("authority: {case}"), &assertion, expected);
    }
    stage.finish();
}

#[test]
fn a_leaf_is_renewed_without_registration() {
    let directory = having(&[by_name(&ROOT)]);
    let stage = Stage::with_directory(&directory);
    let leaves = [(); 3].map(|()| ROOT.signs(&leaf(NAME)));
    for (number, leaf) in leaves.iter().enumerate() {
        let assertion = sent(&stage, leaf, list(&[der(leaf)])).signed();
        check(
            &stage,
            &format!("authority: leaf {number}"),
            &assertion,
            Expected::Token,
        );
    }
    // By whatever name the client calls it.
    let [first, ..] = leaves;
    let call = || sent(&stage, first, list(&[der(first)])).without_header("x5t");
    for (case, draft) in [
        ("x5t#S256", call().header("x5t#S256", first.x5t_s256())),
        ("kid", call().header("kid", first.x5t())),
        ("any kid", call().header("kid", "2026-11")),
    ] {
        check(
            &stage,
            &format!("authority: {case}"),
            &draft.signed(),
            Expected::Token,
        );
    }
    // Until the authority goes.
    let request = super::daemon(&sent(&stage, first, list(&[der(first)])).signed());
    stage.apply(&sample::directory().replace(
        &format!("    appId: {DAEMON}\n"),
        &format!("    appId: {DAEMON}\n    keyCredentials: []\n"),
    ));
    stage.becomes("authority: removed", &request, SIGNATURE);
    stage.apply(&directory);
    stage.becomes("authority: again", &request, Expected::Token);
    stage.finish();
}

#[test]
fn what_the_authority_did_not_sign_for_this_is_refused() {
    let stage = Stage::with_directory(&having(&[by_name(&ROOT)]));
    let own =
        |years| -> &'static Pair { Box::leak(Box::new(Pair::new(Algorithm::Es256, NAME, years))) };
    let changed = |change: &dyn Fn(&mut CertificateParams)| {
        let mut params = leaf(NAME);
        change(&mut params);
        ROOT.signs(&params)
    };
    let servers = changed(&|p| p.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth]);
    let agreeing = changed(&|p| p.key_usages = vec![KeyUsagePurpose::KeyAgreement]);
    let authority_too = changed(&|p| p.is_ca = IsCa::Ca(BasicConstraints::Unconstrained));
    let no_authority = ROOT.below(leaf(NAME));
    for (case, leaf, above, expected) in [
        (
            "another authority",
            IMPOSTOR.signs(&leaf(NAME)),
            None,
            CHAIN,
        ),
        ("self-signed", own(2020..2040), None, CHAIN),
        (
            "self-signed with the root",
            own(2020..2040),
            Some(&*ROOT),
            CHAIN,
        ),
        ("ended", ROOT.signs(&leaf_of(NAME, 2020..2021)), None, CHAIN),
        (
            "not yet",
            ROOT.signs(&leaf_of(NAME, 2039..2040)),
            None,
            CHAIN,
        ),
        ("of a server", servers, None, CHAIN),
        ("not for signatures", agreeing, None, CHAIN),
        ("an authority itself", authority_too, None, CHAIN),
        (
            "below a leaf",
            no_authority.signs(&leaf(NAME)),
            Some(&no_authority),
            CHAIN,
        ),
        // The chain holds first, so nobody learns which subjects are registered.
        (
            "another authority and subject",
            IMPOSTOR.signs(&leaf("stock")),
            None,
            CHAIN,
        ),
    ] {
        let chain: Vec<_> = [Some(der(leaf)), above.map(|a| &a.der[..])]
            .into_iter()
            .flatten()
            .collect();
        let assertion = sent(&stage, leaf, list(&chain)).signed();
        check(&stage, &format!("authority: {case}"), &assertion, expected);
    }
    let good = ROOT.signs(&leaf(NAME));
    let draft = || sent(&stage, good, list(&[der(good)]));
    for (case, draft, expected) in [
        // Without a chain it is an unknown key, as for every other application.
        ("no x5c", draft().without_header("x5c"), SIGNATURE),
        ("empty x5c", draft().header("x5c", json!([])), SIGNATURE),
        ("x5c is a number", draft().header("x5c", 7), SIGNATURE),
        (
            "x5c is no certificate",
            draft().header("x5c", "MAA="),
            CHAIN,
        ),
        (
            "only the root",
            draft().header("x5c", list(&[&ROOT.der])),
            CHAIN,
        ),
        ("no name", draft().without_header("x5t"), e401(5_002_723)),
        (
            "crit",
            draft().header("crit", json!(["x5c"])),
            e400("invalid_request", 50_027),
        ),
        (
            "ended assertion",
            draft().claim("exp", now() - 360),
            e401(700_024),
        ),
        ("good", draft(), Expected::Token),
    ] {
        check(
            &stage,
            &format!("authority: {case}"),
            &draft.signed(),
            expected,
        );
    }
    stage.finish();
}

#[test]
fn an_authority_counts_in_its_time_and_for_its_application() {
    let ended = Authority::root({
        let mut params = authority("Ended Root");
        params.not_after = rcgen::date_time_ymd(2021, 1, 1);
        params
    });
    let subject = format!("trustedSubject: {{commonName: {NAME}}}");
    let date = |name: &str, year: i32| format!("{name}: \"{year}-01-01T00:00:00Z\"");
    let (start, end) = ("startDateTime", "endDateTime");
    let past = [date(start, 2020), date(end, 2021), subject.clone()].join(", ");
    let future = [date(start, 2039), date(end, 2040), subject].join(", ");
    for (case, entry, root) in [
        ("entry ended", trusted(&ROOT, &past), &*ROOT),
        ("entry not yet", trusted(&ROOT, &future), &*ROOT),
        ("certificate ended", by_name(&ended), &ended),
    ] {
        // B's authority is none for A.
        let directory = with(
            &having(&[entry]),
            VISITOR,
            "keyCredentials",
            &format!("[{}]", by_name(&IMPOSTOR)),
        );
        let stage = Stage::with_directory(&directory);
        let leaf_of_b = IMPOSTOR.signs(&leaf(NAME));
        let leaf_of_a = root.signs(&leaf(NAME));
        for (whose, leaf) in [("its own", leaf_of_a), ("B's", leaf_of_b)] {
            let assertion = sent(&stage, leaf, list(&[der(leaf)])).signed();
            check(
                &stage,
                &format!("authority: {case}, {whose}"),
                &assertion,
                CHAIN,
            );
        }
        let of_b = |leaf| sent(&stage, leaf, list(&[der(leaf)])).of(VISITOR).signed();
        // B has no role of R, and needs none.
        let ask = |assertion: &str| post_v2(CONTOSO, &form(VISITOR, assertion));
        stage.check("authority: B", &ask(&of_b(leaf_of_b)), Expected::Token);
        stage.check("authority: A's for B", &ask(&of_b(leaf_of_a)), CHAIN);
        stage.finish();
    }
}

#[test]
fn ast_28_an_equal_subject_is_no_proof() {
    let stage = Stage::with_directory(&having(&[entry(&FIRST), by_name(&ROOT)]));
    let ours = ROOT.signs(&leaf(NAME));
    let attacker: &'static Pair =
        Box::leak(Box::new(Pair::new(Algorithm::Es256, NAME, 2020..2040)));
    let under_impostor = IMPOSTOR.signs(&leaf(NAME));
    let root = &ROOT.der[..];
    for (case, draft, expected) in [
        (
            "alone",
            sent(&stage, attacker, list(&[der(attacker)])),
            CHAIN,
        ),
        (
            "with the root",
            sent(&stage, attacker, list(&[der(attacker), root])),
            CHAIN,
        ),
        (
            "before ours",
            sent(&stage, attacker, list(&[der(attacker), der(ours), root])),
            CHAIN,
        ),
        (
            "behind ours",
            sent(&stage, attacker, list(&[der(ours), der(attacker), root])),
            SIGNATURE,
        ),
        (
            "impostor",
            sent(
                &stage,
                under_impostor,
                list(&[der(under_impostor), &IMPOSTOR.der]),
            ),
            CHAIN,
        ),
        (
            "impostor with the root",
            sent(
                &stage,
                under_impostor,
                list(&[der(under_impostor), &IMPOSTOR.der, root]),
            ),
            CHAIN,
        ),
        (
            "our certificate",
            sent(&stage, ours, list(&[der(ours)])).signs_with(attacker),
            SIGNATURE,
        ),
        (
            "named as registered",
            sent(&stage, attacker, list(&[der(attacker)])).header("x5t", FIRST.x5t()),
            SIGNATURE,
        ),
        (
            "named as the root",
            sent(&stage, attacker, list(&[der(attacker)])).header(
                "x5t",
                countersign_token::Certificate::from_der(root)
                    .expect("ours")
                    .key_id(),
            ),
            CHAIN,
        ),
        (
            "ours",
            sent(&stage, ours, list(&[der(ours)])),
            Expected::Token,
        ),
        // Who is registered needs no chain, and no chain harms.
        (
            "registered, with another's chain",
            good(&stage).header("x5c", list(&[der(attacker)])),
            Expected::Token,
        ),
    ] {
        check(&stage, &format!("AST-28 {case}"), &draft.signed(), expected);
    }
    stage.finish();
}

#[test]
fn ast_38_the_strict_profile_holds_for_authorities_too() {
    let directory = with(
        &having(&[by_name(&ROOT)]),
        DAEMON,
        "assertionPolicy",
        "{profile: strict}",
    );
    let stage = Stage::with_directory(&directory);
    let issuer = format!("{}/{CONTOSO}/v2.0", stage.base_url());
    let [ec, rsa] = [Algorithm::Es256, Algorithm::Rs256].map(|a| ROOT.signs_for(a, &leaf(NAME)));
    let by =
        |leaf: &'static Pair| sent(&stage, leaf, list(&[der(leaf)])).claim("aud", issuer.as_str());
    let once = by(ec).claim("jti", "once");
    let renewed = by(ROOT.signs(&leaf(NAME))).claim("jti", "once");
    let used = e401(70_002);
    for (case, draft, expected) in [
        ("ES256", by(ec), Expected::Token),
        ("PS256", by(rsa).alg(Algorithm::Ps256), Expected::Token),
        ("RS256", by(rsa), e401(5_002_738)),
        (
            "token endpoint",
            by(ec).claim("aud", endpoint(&stage)),
            e401(700_023),
        ),
        (
            "long life",
            by(ec).claim("exp", now() + 3_600),
            e401(700_024),
        ),
        ("no jti", by(ec).without("jti"), used),
        ("first", once.clone(), Expected::Token),
        ("second", once, used),
        ("second with another leaf", renewed, used),
    ] {
        check(&stage, &format!("AST-38 {case}"), &draft.signed(), expected);
    }
    stage.finish();
}
