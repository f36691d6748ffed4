//! Certificates that chain to a registered authority. Clients send theirs with every assertion;
//! what was found out about one is kept, so that neither its chain nor its key is read each time.

use std::fmt::Debug;
use std::sync::Arc;

use aws_lc_rs::digest;
use countersign_token::{Certificate, CertificateNames, verify_chain};

use crate::clock::Timestamp;
use crate::directory::RegisteredCertificate;

/// Where verified certificates are kept. It may forget any of them at any time.
pub trait KnownLeaves: Debug {
    /// What was kept under this name.
    fn find(&self, name: &LeafName) -> Option<Arc<Leaf>>;
    /// Keeps a certificate.
    fn keep(&self, name: LeafName, leaf: Arc<Leaf>);
}

/// Names an authority, a certificate and all that was sent to link them: SHA-256 over everything
/// that the verdict rests on, but for the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct LeafName([u8; 32]);

impl LeafName {
    fn new(authority: &Certificate, chain: &[Vec<u8>]) -> Self {
        let mut context = digest::Context::new(&digest::SHA256);
        context.update(&authority.thumbprint_sha256());
        for der in chain {
            // Lengths too, so that bytes cannot move from one certificate to the next.
            context.update(&der.len().to_be_bytes());
            context.update(der);
        }
        let mut name = [0; 32];
        name.copy_from_slice(context.finish().as_ref());
        Self(name)
    }
}

/// A certificate that chains to an authority, with its key ready to verify.
#[derive(Debug)]
pub struct Leaf {
    certificate: RegisteredCertificate,
    names: CertificateNames,
    /// The seconds in which every certificate that was sent is valid: nothing is known beyond.
    seconds: Option<(i64, i64)>,
}

impl Leaf {
    /// The certificate.
    pub(super) fn certificate(&self) -> &RegisteredCertificate {
        &self.certificate
    }

    /// What it calls its subject.
    pub(super) fn names(&self) -> &CertificateNames {
        &self.names
    }

    fn is_valid_at(&self, now: Timestamp) -> bool {
        self.seconds
            .is_some_and(|(from, until)| (from..=until).contains(&now.unix_seconds()))
    }
}

/// A certificate that chains to an authority now, and whether that is news.
#[derive(Debug)]
pub(super) struct Found {
    name: LeafName,
    pub(super) leaf: Arc<Leaf>,
    is_news: bool,
}

impl Found {
    /// Keeps the certificate. To be called once its key has signed something: chains are public,
    /// and a stranger who sends many must not push out those that are in use.
    pub(super) fn keep(self, known: &dyn KnownLeaves) {
        if self.is_news && self.leaf.seconds.is_some() {
            known.keep(self.name, self.leaf);
        }
    }
}

/// The first certificate of a chain, if the others lead from it to the authority at this time.
pub(super) fn find(
    authority: &Certificate,
    chain: &[Vec<u8>],
    now: Timestamp,
    known: &dyn KnownLeaves,
) -> Option<Found> {
    let (der, intermediates) = chain.split_first()?;
    let name = LeafName::new(authority, chain);
    if let Some(leaf) = known.find(&name).filter(|leaf| leaf.is_valid_at(now)) {
        return Some(Found {
            name,
            leaf,
            is_news: false,
        });
    }
    verify_chain(der, intermediates, authority.der(), now.unix_seconds()).ok()?;
    let leaf = Leaf {
        certificate: RegisteredCertificate::from_der(der).ok()?,
        names: CertificateNames::of(der).ok()?,
        seconds: common_seconds(authority, chain),
    };
    Some(Found {
        name,
        leaf: Arc::new(leaf),
        is_news: true,
    })
}

/// When all of these are valid. The chain may not need every one, but within this time it holds
/// whichever it needs; `None` where one cannot be read or there is no such time.
fn common_seconds(authority: &Certificate, chain: &[Vec<u8>]) -> Option<(i64, i64)> {
    let mut common = (authority.not_before(), authority.not_after());
    for der in chain {
        let certificate = Certificate::from_der(der).ok()?;
        common.0 = common.0.max(certificate.not_before());
        common.1 = common.1.min(certificate.not_after());
    }
    (common.0 <= common.1).then_some(common)
}

#[cfg(test)]
pub(super) mod tests {
    use std::collections::HashMap;
    use std::sync::Mutex;

    use rcgen::{
        BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd,
    };

    use super::*;

    /// Keeps everything, and counts what it could help with.
    #[derive(Debug, Default)]
    pub(in crate::oauth) struct Kept {
        leaves: Mutex<HashMap<LeafName, Arc<Leaf>>>,
        hits: Mutex<usize>,
    }

    impl KnownLeaves for Kept {
        fn find(&self, name: &LeafName) -> Option<Arc<Leaf>> {
            let found = self.leaves.lock().expect("no panic").get(name).cloned();
            *self.hits.lock().expect("no panic") += usize::from(found.is_some());
            found
        }

        fn keep(&self, name: LeafName, leaf: Arc<Leaf>) {
            let before = self.leaves.lock().expect("no panic").insert(name, leaf);
            assert!(before.is_none(), "kept twice");
        }
    }

    impl Kept {
        /// How many are kept, and how often one was found.
        pub(in crate::oauth) fn counts(&self) -> (usize, usize) {
            let leaves = self.leaves.lock().expect("no panic").len();
            (leaves, *self.hits.lock().expect("no panic"))
        }
    }

    struct Signed {
        params: CertificateParams,
        key: KeyPair,
        der: Vec<u8>,
    }

    /// A certificate for these years, below another or by itself.
    fn certificate(name: &str, years: [i32; 2], is_ca: bool, by: Option<&Signed>) -> Signed {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.not_before = date_time_ymd(years[0], 1, 1);
        params.not_after = date_time_ymd(years[1], 1, 1);
        if is_ca {
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        }
        let key = KeyPair::generate().expect("a key");
        let signed = match by {
            Some(by) => params.signed_by(&key, &Issuer::from_params(&by.params, &by.key)),
            None => params.self_signed(&key),
        };
        let der = signed.expect("signs").der().to_vec();
        Signed { params, key, der }
    }

    fn read(signed: &Signed) -> Certificate {
        Certificate::from_der(&signed.der).expect("one certificate")
    }

    /// The first second of a year.
    fn year(year: i32) -> Timestamp {
        Timestamp::from_unix_seconds(date_time_ymd(year, 1, 1).unix_timestamp())
    }

    #[test]
    fn a_chain_is_verified_once_while_all_of_it_is_valid() {
        let root = certificate("root", [2020, 2040], true, None);
        let middle = certificate("middle", [2024, 2030], true, Some(&root));
        let leaf = certificate("leaf", [2025, 2028], false, Some(&middle));
        let chain = [leaf.der.clone(), middle.der.clone()];
        let (root, kept) = (read(&root), Kept::default());
        let at = |now: Timestamp| find(&root, &chain, now, &kept);

        let found = at(year(2026)).expect("it chains");
        assert_eq!(found.leaf.names().common_name.as_deref(), Some("leaf"));
        assert_eq!(found.leaf.certificate().certificate().der(), leaf.der);
        assert_eq!(kept.counts(), (0, 0), "not before it has signed something");
        found.keep(&kept);
        assert_eq!(kept.counts(), (1, 0));
        let again = at(year(2026)).expect("it chains");
        assert!(!again.is_news);
        again.keep(&kept);
        assert_eq!(kept.counts(), (1, 1));

        // The edges belong to it, and nothing beyond is taken from what is kept.
        for (now, is_good) in [
            (year(2025), true),
            (year(2025).plus_seconds(-1), false),
            (year(2028), true),
            (year(2028).plus_seconds(1), false),
            (year(2035), false),
        ] {
            assert_eq!(at(now).is_some(), is_good, "{now:?}");
        }
        assert!(at(year(2026)).is_some_and(|found| !found.is_news));
    }

    #[test]
    fn what_is_kept_of_a_leaf_ends_with_its_chain() {
        let root = certificate("root", [2020, 2040], true, None);
        let middle = certificate("middle", [2024, 2027], true, Some(&root));
        let leaf = certificate("leaf", [2025, 2030], false, Some(&middle));
        let chain = [leaf.der, middle.der];
        let (root, kept) = (read(&root), Kept::default());
        find(&root, &chain, year(2026), &kept)
            .expect("it chains")
            .keep(&kept);
        assert!(find(&root, &chain, year(2028), &kept).is_none());
        assert_eq!(kept.counts(), (1, 1), "it was found, and not believed");
    }

    #[test]
    fn what_is_kept_serves_the_same_chain_to_the_same_authority_only() {
        let one = certificate("root", [2020, 2040], true, None);
        let other = certificate("root", [2020, 2040], true, None);
        let middle = certificate("middle", [2020, 2040], true, Some(&one));
        let leaf = certificate("leaf", [2020, 2040], false, Some(&middle));
        let stranger = certificate("leaf", [2020, 2040], false, Some(&other));
        let kept = Kept::default();
        let chain = [leaf.der.clone(), middle.der.clone()];
        let find = |authority: &Signed, chain: &[Vec<u8>]| {
            super::find(&read(authority), chain, year(2026), &kept)
        };
        find(&one, &chain).expect("it chains").keep(&kept);
        assert!(find(&other, &chain).is_none());
        assert!(find(&one, &chain[..1]).is_none(), "a link is missing");
        assert!(find(&one, &[stranger.der, middle.der.clone()]).is_none());
        let joined = [leaf.der.clone(), middle.der.clone()].concat();
        assert!(find(&one, &[joined]).is_none());
        assert!(find(&one, &[]).is_none());
        assert_eq!(kept.counts(), (1, 0));

        // What cannot be read says nothing about its dates: good, but verified each time.
        let with_noise = [leaf.der, middle.der, b"noise".to_vec()];
        let found = find(&one, &with_noise).expect("it chains");
        found.keep(&kept);
        assert_eq!(kept.counts(), (1, 0));
    }
}
