//! Chains to a registered authority: what leads there, and everything that must not.

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use countersign_token::{CertificateNames, ChainError, check_authority, verify_chain};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, GeneralSubtree, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, NameConstraints, SanType,
};

/// 2026-11-21, within every certificate here unless it says otherwise.
const NOW: i64 = 1_795_219_200;

/// A name, its key and its certificate.
struct Party {
    params: CertificateParams,
    key: KeyPair,
    der: Vec<u8>,
}

impl Party {
    fn root(params: CertificateParams) -> Self {
        let key = KeyPair::generate().expect("generates");
        let der = params.self_signed(&key).expect("signs").der().to_vec();
        Self { params, key, der }
    }

    fn under(issuer: &Party, params: CertificateParams) -> Self {
        let key = KeyPair::generate().expect("generates");
        let signer = Issuer::from_params(&issuer.params, &issuer.key);
        let der = params
            .signed_by(&key, &signer)
            .expect("signs")
            .der()
            .to_vec();
        Self { params, key, der }
    }
}

fn params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = rcgen::date_time_ymd(2026, 1, 1);
    params.not_after = rcgen::date_time_ymd(2027, 1, 1);
    params
}

fn authority(name: &str, length: Option<u8>) -> CertificateParams {
    let mut params = params(name);
    let length = length.map_or(
        BasicConstraints::Unconstrained,
        BasicConstraints::Constrained,
    );
    params.is_ca = IsCa::Ca(length);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

fn leaf(name: &str) -> CertificateParams {
    let mut params = params(name);
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    params
}

static ROOT: LazyLock<Party> = LazyLock::new(|| Party::root(authority("root", None)));
static MIDDLE: LazyLock<Party> = LazyLock::new(|| Party::under(&ROOT, authority("middle", None)));

fn check(leaf: &Party, intermediates: &[&Party], anchor: &Party) -> Result<(), ChainError> {
    let intermediates: Vec<_> = intermediates
        .iter()
        .map(|party| party.der.clone())
        .collect();
    verify_chain(&leaf.der, &intermediates, &anchor.der, NOW)
}

#[test]
fn a_leaf_is_accepted_directly_and_over_intermediates_in_any_order() {
    assert_eq!(check(&Party::under(&ROOT, leaf("a")), &[], &ROOT), Ok(()));
    let lower = Party::under(&MIDDLE, authority("lower", Some(0)));
    let a = Party::under(&lower, leaf("a"));
    assert_eq!(check(&a, &[&lower, &MIDDLE], &ROOT), Ok(()));
    assert_eq!(check(&a, &[&MIDDLE, &lower], &ROOT), Ok(()));
    // Clients send the root as well, or things that belong elsewhere.
    let stranger = Party::root(authority("stranger", None));
    assert_eq!(
        check(&a, &[&stranger, &lower, &MIDDLE, &ROOT], &ROOT),
        Ok(())
    );
    // A registered authority need not be a root.
    assert_eq!(check(&a, &[&lower], &MIDDLE), Ok(()));
    let garbage = vec![vec![0x30, 0], vec![], lower.der.clone(), MIDDLE.der.clone()];
    assert_eq!(verify_chain(&a.der, &garbage, &ROOT.der, NOW), Ok(()));
}

#[test]
fn a_leaf_that_says_nothing_of_its_purpose_is_accepted() {
    let a = Party::under(&ROOT, params("a"));
    assert_eq!(check(&a, &[], &ROOT), Ok(()));
}

#[test]
fn what_does_not_lead_to_the_authority_is_refused() {
    let other = Party::root(authority("root", None));
    let a = Party::under(&MIDDLE, leaf("a"));
    assert_eq!(
        check(&a, &[], &ROOT),
        Err(ChainError::Untrusted),
        "the middle is missing"
    );
    assert_eq!(
        check(&a, &[&MIDDLE], &other),
        Err(ChainError::Untrusted),
        "only the name is equal"
    );
    let forged = Party::under(&other, leaf("a"));
    assert_eq!(check(&forged, &[&other], &ROOT), Err(ChainError::Untrusted));
    let alone = Party::root(leaf("a"));
    assert_eq!(
        check(&alone, &[], &ROOT),
        Err(ChainError::Untrusted),
        "self-signed"
    );
    assert_eq!(
        check(&alone, &[&alone, &ROOT], &ROOT),
        Err(ChainError::Untrusted)
    );
    let mut cut = a.der.clone();
    let last = cut.len() - 1;
    cut[last] ^= 1;
    let intermediates = [MIDDLE.der.clone()];
    assert!(verify_chain(&cut, &intermediates, &ROOT.der, NOW).is_err());
}

#[test]
fn the_authority_itself_signs_no_assertion() {
    assert_eq!(check(&ROOT, &[], &ROOT), Err(ChainError::LeafIsAuthority));
    assert_eq!(
        check(&ROOT, &[&ROOT], &ROOT),
        Err(ChainError::LeafIsAuthority)
    );
    let mut with_signing = authority("below", None);
    with_signing
        .key_usages
        .push(KeyUsagePurpose::DigitalSignature);
    let below = Party::under(&ROOT, with_signing);
    assert_eq!(check(&below, &[], &ROOT), Err(ChainError::LeafIsAuthority));
}

#[test]
fn only_an_authority_can_be_trusted_as_one() {
    let plain = Party::root(leaf("plain"));
    let a = Party::under(&plain, leaf("a"));
    assert_eq!(check(&a, &[], &plain), Err(ChainError::Authority));
    assert_eq!(check(&plain, &[], &plain), Err(ChainError::Authority));
    let mut without = authority("root", None);
    without.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    let without = Party::root(without);
    assert_eq!(
        check(&Party::under(&without, leaf("a")), &[], &without),
        Err(ChainError::Authority)
    );
    assert_eq!(
        verify_chain(&a.der, &[], b"-----", NOW),
        Err(ChainError::Authority)
    );
    for (der, expected) in [
        (&ROOT.der, Ok(())),
        (&MIDDLE.der, Ok(())),
        (&plain.der, Err(ChainError::Authority)),
        (
            &Party::root(params("silent")).der,
            Err(ChainError::Authority),
        ),
        (&without.der, Err(ChainError::Authority)),
        (&b"-----".to_vec(), Err(ChainError::Authority)),
    ] {
        assert_eq!(check_authority(der), expected);
    }
    let mut without_usages = authority("root", None);
    without_usages.key_usages = vec![];
    assert_eq!(check_authority(&Party::root(without_usages).der), Ok(()));
    let mut ended = authority("root", None);
    ended.not_after = rcgen::date_time_ymd(2026, 1, 2);
    assert_eq!(
        check_authority(&Party::root(ended).der),
        Ok(()),
        "dates are another matter"
    );
}

#[test]
fn an_intermediate_must_be_an_authority_too() {
    let plain = Party::under(&ROOT, leaf("plain"));
    let a = Party::under(&plain, leaf("a"));
    assert_eq!(check(&a, &[&plain], &ROOT), Err(ChainError::Untrusted));
    let mut without = authority("without", None);
    without.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    let without = Party::under(&ROOT, without);
    let a = Party::under(&without, leaf("a"));
    assert_eq!(check(&a, &[&without], &ROOT), Err(ChainError::Untrusted));
}

#[test]
fn path_lengths_count_from_the_authority_on() {
    let flat = Party::root(authority("flat", Some(0)));
    assert_eq!(check(&Party::under(&flat, leaf("a")), &[], &flat), Ok(()));
    let below = Party::under(&flat, authority("below", None));
    let a = Party::under(&below, leaf("a"));
    assert_eq!(check(&a, &[&below], &flat), Err(ChainError::Untrusted));
    let narrow = Party::under(&ROOT, authority("narrow", Some(0)));
    let lower = Party::under(&narrow, authority("lower", None));
    let a = Party::under(&lower, leaf("a"));
    assert_eq!(
        check(&a, &[&lower, &narrow], &ROOT),
        Err(ChainError::Untrusted)
    );
}

#[test]
fn every_certificate_of_the_path_must_be_current() {
    let old = |mut params: CertificateParams| {
        params.not_after = rcgen::date_time_ymd(2026, 11, 20);
        params
    };
    let new = |mut params: CertificateParams| {
        params.not_before = rcgen::date_time_ymd(2026, 11, 22);
        params
    };
    for changed in [old, new] {
        let a = Party::under(&ROOT, changed(leaf("a")));
        assert_eq!(check(&a, &[], &ROOT), Err(ChainError::NotCurrent));
        let middle = Party::under(&ROOT, changed(authority("m", None)));
        let a = Party::under(&middle, leaf("a"));
        assert_eq!(check(&a, &[&middle], &ROOT), Err(ChainError::NotCurrent));
        let root = Party::root(changed(authority("r", None)));
        let a = Party::under(&root, leaf("a"));
        assert_eq!(check(&a, &[], &root), Err(ChainError::NotCurrent));
    }
    let a = Party::under(&ROOT, leaf("a"));
    // The edges are the certificate's own seconds.
    let at = |seconds| verify_chain(&a.der, &[], &ROOT.der, seconds);
    assert_eq!((at(1_767_225_600), at(1_798_761_600)), (Ok(()), Ok(())));
    assert_eq!(at(1_767_225_599), Err(ChainError::NotCurrent));
    assert_eq!(at(1_798_761_601), Err(ChainError::NotCurrent));
    assert_eq!(at(-1), Err(ChainError::NotCurrent));
}

#[test]
fn a_leaf_for_another_purpose_is_refused() {
    let mut server = leaf("a");
    server.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    assert_eq!(
        check(&Party::under(&ROOT, server), &[], &ROOT),
        Err(ChainError::Usage)
    );
    let mut encrypting = leaf("a");
    encrypting.key_usages = vec![KeyUsagePurpose::KeyEncipherment];
    assert_eq!(
        check(&Party::under(&ROOT, encrypting), &[], &ROOT),
        Err(ChainError::Usage)
    );
    let mut both = leaf("a");
    both.extended_key_usages
        .push(ExtendedKeyUsagePurpose::ServerAuth);
    assert_eq!(check(&Party::under(&ROOT, both), &[], &ROOT), Ok(()));
}

#[test]
fn name_constraints_of_an_authority_hold() {
    let mut only = authority("only", None);
    only.name_constraints = Some(NameConstraints {
        permitted_subtrees: vec![GeneralSubtree::DnsName("daemons.example".into())],
        excluded_subtrees: vec![],
    });
    let only = Party::root(only);
    let named = |name: &str| {
        let mut params = leaf("a");
        params.subject_alt_names = vec![SanType::DnsName(name.try_into().expect("ASCII"))];
        Party::under(&only, params)
    };
    assert_eq!(check(&named("a.daemons.example"), &[], &only), Ok(()));
    assert_eq!(
        check(&named("a.other.example"), &[], &only),
        Err(ChainError::Untrusted)
    );
}

#[test]
fn names_are_read_as_they_are_written() {
    let mut params = leaf("Daemon A");
    let dns = |name: &str| SanType::DnsName(name.try_into().expect("ASCII"));
    let uri = "spiffe://example.org/ns/shop/sa/daemon";
    params.subject_alt_names = vec![
        dns("a.example"),
        SanType::URI(uri.try_into().expect("ASCII")),
        dns("B.example"),
        SanType::Rfc822Name("a@b.example".try_into().expect("ASCII")),
    ];
    let names = CertificateNames::of(&Party::root(params).der).expect("readable");
    assert_eq!(names.common_name.as_deref(), Some("Daemon A"));
    assert_eq!(names.dns_names, ["a.example", "B.example"]);
    assert_eq!(names.uris, [uri]);

    let mut nameless = leaf("a");
    nameless.distinguished_name = rcgen::DistinguishedName::new();
    let names = CertificateNames::of(&Party::root(nameless).der).expect("readable");
    assert_eq!(
        (names.common_name, names.dns_names, names.uris),
        (None, vec![], vec![])
    );
}

#[test]
fn a_subject_with_two_common_names_has_none() {
    let der = Party::root(leaf("abc")).der;
    // The same attribute as another type, `organizationName`, and back: rcgen keeps one of each.
    let mut two = leaf("abc");
    two.distinguished_name.push(DnType::OrganizationName, "xyz");
    let mut two = Party::root(two).der;
    let organization = [0x06, 0x03, 0x55, 0x04, 0x0a];
    let mut found = 0;
    for at in 0..two.len() - organization.len() {
        if two[at..].starts_with(&organization) {
            two[at + 4] = 0x03;
            found += 1;
        }
    }
    assert!(found > 0);
    assert_eq!(
        CertificateNames::of(&two).expect("readable").common_name,
        None
    );
    assert_eq!(
        CertificateNames::of(&der)
            .expect("readable")
            .common_name
            .as_deref(),
        Some("abc")
    );
}

#[test]
fn bytes_that_are_no_certificate_are_refused() {
    let a = Party::under(&ROOT, leaf("a"));
    let with_tail = [a.der.as_slice(), &[0]].concat();
    for bad in [
        &[][..],
        &a.der[..a.der.len() - 1],
        &with_tail,
        &[0x30, 0x80],
        b"-----BEGIN",
    ] {
        assert_eq!(
            verify_chain(bad, &[], &ROOT.der, NOW),
            Err(ChainError::Malformed)
        );
        assert_eq!(CertificateNames::of(bad), Err(ChainError::Malformed));
    }
}

/// The time of the best of many runs: a busy machine must not look like a slow search.
fn best_of(run: impl Fn()) -> Duration {
    let times = (0..10).map(|_| {
        let start = Instant::now();
        run();
        start.elapsed()
    });
    times.min().unwrap_or_default()
}

#[test]
fn crossed_authorities_end_quickly() {
    // Each may have certified each, so every order is a path; with the anchor's name each is
    // worth a signature, too. All orders of five are 325 paths.
    let straight = Party::under(&ROOT, leaf("a"));
    let one = best_of(|| assert_eq!(check(&straight, &[], &ROOT), Ok(())));
    for name in ["same", "root"] {
        let parties: Vec<_> = (0..10)
            .map(|_| Party::root(authority(name, None)))
            .collect();
        let crossed: Vec<_> = parties.iter().map(|party| party.der.clone()).collect();
        let a = Party::under(&parties[0], leaf("a"));
        let refused = best_of(|| {
            let outcome = verify_chain(&a.der, &crossed, &ROOT.der, NOW);
            assert_eq!(outcome, Err(ChainError::Untrusted));
        });
        assert!(
            refused < 500 * one,
            "{name}: {refused:?}, and {one:?} for one"
        );
    }
}
