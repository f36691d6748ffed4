//! Tokens that were withdrawn before their end: what an issuer publishes about them, and whether a
//! token is one of them.
//!
//! An issuer cannot name tokens, it keeps none. It says of a *mark* (a client, one credential of it,
//! a role that it had) from which time of issue on tokens with that mark are good. Marks are hashes:
//! who holds a token can work out its marks, and nobody can read ids from the published list.

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use aws_lc_rs::digest;
use serde::{Deserialize, Serialize};

use crate::{AccessTokenClaims, base64url};

/// The `typ` of the list's header: a list is a JWS in the compact form.
pub const TYPE: &str = "revocations+jwt";

/// The longest list that is read, in bytes. Ten thousand marks take half of it.
pub const LENGTH_MAX: usize = 1024 * 1024;

/// No token lives longer than a day; another hour for clocks that differ.
const REMEMBERED_SECONDS: i64 = 25 * 3_600;

/// Something that several tokens have in common: 16 bytes of a hash.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Mark([u8; 16]);

impl Mark {
    /// Every token of an application, in whichever tenant.
    pub fn of_application(app_id: &str) -> Self {
        Self::new(&["application", app_id])
    }

    /// Every token of a service principal, by its object id.
    pub fn of_principal(object_id: &str) -> Self {
        Self::new(&["principal", object_id])
    }

    /// Every token that was got with a credential, by the credential's id.
    pub fn of_credential(key_id: &str) -> Self {
        Self::new(&["credential", key_id])
    }

    /// Every token of a service principal for an audience that has a role; with an empty role, every
    /// one for the audience.
    pub fn of_role(object_id: &str, audience: &str, role: &str) -> Self {
        Self::new(&["role", object_id, audience.trim_end_matches('/'), role])
    }

    /// The mark in this text form, if it is one.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = base64url::decode(text).ok()?;
        Some(Self(bytes.try_into().ok()?))
    }

    /// Its bytes.
    pub const fn bytes(self) -> [u8; 16] {
        self.0
    }

    /// Parts are of any case, as ids and App ID URIs are on the wire. Each ends with a byte that is
    /// in none of them.
    fn new(parts: &[&str]) -> Self {
        let mut context = digest::Context::new(&digest::SHA256);
        for part in parts {
            context.update(part.to_ascii_lowercase().as_bytes());
            context.update(&[0]);
        }
        let hash = context.finish();
        let mut mark = [0; 16];
        mark.copy_from_slice(&hash.as_ref()[..16]);
        Self(mark)
    }
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&base64url::encode(&self.0))
    }
}

impl fmt::Debug for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Mark({self})")
    }
}

/// What a token can be told by.
#[derive(Debug, Clone)]
pub struct Marks {
    issued_at: i64,
    marks: Box<[Mark]>,
}

impl Marks {
    /// The marks of a token, by its claims.
    pub fn of(claims: &AccessTokenClaims) -> Self {
        let roles = claims.roles.iter().flatten().map(String::as_str);
        let roles = roles
            .chain([""])
            .map(|role| Mark::of_role(&claims.oid, &claims.aud, role));
        let marks = claims
            .application_id()
            .map(Mark::of_application)
            .into_iter()
            .chain([Mark::of_principal(&claims.oid)])
            .chain(claims.aio.as_deref().and_then(credential))
            .chain(roles);
        Self {
            issued_at: claims.iat,
            marks: marks.collect(),
        }
    }
}

/// What an issuer says of one tenant, signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevocationList {
    /// The issuer, as in the tenant's v2.0 tokens.
    pub iss: String,
    /// The tenant.
    pub tid: String,
    /// When it was signed, Unix seconds.
    pub iat: i64,
    /// What happened up to this number is left out; with 0 the list is whole and takes the place of
    /// all before.
    pub after: i64,
    /// The number of the last event in it: what to ask after next time.
    pub number: i64,
    /// Where there was too much to list: tokens whose `iat` is before this, whatever their marks.
    pub floor: i64,
    /// By mark: tokens whose `iat` is before this are withdrawn.
    pub revoked: BTreeMap<String, i64>,
}

/// What a resource knows of a tenant's withdrawn tokens.
#[derive(Debug, Clone, Default)]
pub struct Revocations {
    number: i64,
    floor: i64,
    marks: HashMap<Mark, i64>,
}

impl Revocations {
    /// The number to ask after.
    pub fn number(&self) -> i64 {
        self.number
    }

    /// How many marks are known.
    pub fn len(&self) -> usize {
        self.marks.len()
    }

    /// Whether nothing is withdrawn.
    pub fn is_empty(&self) -> bool {
        self.marks.is_empty() && self.floor == 0
    }

    /// Takes in a list whose signature, issuer and tenant have been checked. What concerns only
    /// tokens that have ended is forgotten.
    pub fn apply(&mut self, list: &RevocationList) {
        if list.after == 0 {
            *self = Self::default();
        }
        self.number = list.number;
        self.floor = self.floor.max(list.floor);
        for (mark, before) in &list.revoked {
            // A mark of a kind that is not known yet is not of any token that can be told by it.
            if let Some(mark) = Mark::parse(mark) {
                let known = self.marks.entry(mark).or_insert(*before);
                *known = (*known).max(*before);
            }
        }
        let ended = list.iat.saturating_sub(REMEMBERED_SECONDS);
        self.marks.retain(|_, before| *before > ended);
    }

    /// From which `iat` on the bearer's tokens are good, where this one is withdrawn.
    pub fn withdrawn(&self, token: &Marks) -> Option<i64> {
        if self.is_empty() {
            return None;
        }
        let known = token.marks.iter().filter_map(|mark| self.marks.get(mark));
        let good_from = known.copied().fold(self.floor, i64::max);
        (token.issued_at < good_from).then_some(good_from)
    }
}

/// The issuer begins the opaque claim `aio` with the mark of the credential. Whatever else is in it
/// is a mark that no list has.
fn credential(aio: &str) -> Option<Mark> {
    let bytes = base64url::decode(aio).ok()?;
    Some(Mark(bytes.get(..16)?.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn claims() -> AccessTokenClaims {
        let mut aio = Mark::of_credential("k").bytes().to_vec();
        aio.extend([7; 8]);
        serde_json::from_value(json!({
            "iss": "https://id.example/t/v2.0", "aud": "api://orders", "exp": 4000, "nbf": 1000,
            "iat": 1000, "tid": "t", "oid": "o", "sub": "o", "ver": "2.0", "azp": "c",
            "azpacr": "1", "roles": ["Orders.Read"], "aio": base64url::encode(&aio),
        }))
        .expect("claims")
    }

    fn list(after: i64, number: i64, revoked: &[(Mark, i64)]) -> RevocationList {
        RevocationList {
            iss: "https://id.example/t/v2.0".to_owned(),
            tid: "t".to_owned(),
            iat: 2_000,
            after,
            number,
            floor: 0,
            revoked: revoked
                .iter()
                .map(|(mark, before)| (mark.to_string(), *before))
                .collect(),
        }
    }

    fn known(mark: Mark, before: i64) -> Revocations {
        let mut known = Revocations::default();
        known.apply(&list(0, 1, &[(mark, before)]));
        known
    }

    #[test]
    fn each_mark_of_a_token_withdraws_it_until_its_time() {
        for mark in [
            Mark::of_application("C"),
            Mark::of_principal("O"),
            Mark::of_credential("K"),
            Mark::of_role("o", "api://Orders/", "orders.read"),
            Mark::of_role("o", "api://orders", ""),
        ] {
            assert_eq!(
                known(mark, 1_001).withdrawn(&Marks::of(&claims())),
                Some(1_001)
            );
            assert_eq!(known(mark, 1_000).withdrawn(&Marks::of(&claims())), None);
        }
    }

    #[test]
    fn another_mark_does_not() {
        for mark in [
            Mark::of_application("o"),
            Mark::of_principal("c"),
            Mark::of_credential("c"),
            Mark::of_role("o", "api://orders", "Orders.Write"),
            Mark::of_role("o", "api://invoices", "Orders.Read"),
            Mark::of_role("other", "api://orders", "Orders.Read"),
        ] {
            assert_eq!(
                known(mark, 9_999).withdrawn(&Marks::of(&claims())),
                None,
                "{mark}"
            );
        }
    }

    #[test]
    fn what_comes_later_is_added_and_a_whole_list_begins_anew() {
        let (first, second) = (Mark::of_application("c"), Mark::of_principal("p"));
        let mut known = known(first, 1_500);
        known.apply(&list(1, 2, &[(second, 1_600), (first, 1_400)]));
        assert_eq!((known.number(), known.len()), (2, 2));
        assert_eq!(
            known.withdrawn(&Marks::of(&claims())),
            Some(1_500),
            "times never go back"
        );
        known.apply(&list(0, 3, &[(second, 1_600)]));
        assert_eq!((known.number(), known.len()), (3, 1));
        assert_eq!(known.withdrawn(&Marks::of(&claims())), None);
    }

    #[test]
    fn a_floor_withdraws_everything_before_it() {
        let mut known = Revocations::default();
        known.apply(&RevocationList {
            floor: 1_200,
            ..list(0, 1, &[])
        });
        assert!(!known.is_empty());
        assert_eq!(known.withdrawn(&Marks::of(&claims())), Some(1_200));
    }

    #[test]
    fn what_no_token_can_have_any_more_is_forgotten() {
        let mut known = known(Mark::of_principal("p"), 1_500);
        known.apply(&RevocationList {
            iat: 1_500 + REMEMBERED_SECONDS,
            ..list(1, 1, &[])
        });
        assert_eq!(known.len(), 0);
    }

    #[test]
    fn texts_that_are_no_marks_are_passed_over() {
        let mut known = Revocations::default();
        let mut list = list(0, 1, &[]);
        for text in ["", "?", "AAAA", "application:c"] {
            list.revoked.insert(text.to_owned(), 9_999);
        }
        known.apply(&list);
        assert!(known.is_empty());
        for aio in ["", "AAAA", "not base64url!"] {
            let claims = AccessTokenClaims {
                aio: Some(aio.to_owned()),
                ..claims()
            };
            assert_eq!(known.withdrawn(&Marks::of(&claims)), None);
        }
    }

    #[test]
    fn marks_are_what_they_were() {
        let mark = Mark::of_application("11111111-1111-4111-8111-111111111111");
        assert_eq!(Mark::parse(&mark.to_string()), Some(mark));
        // printf 'application\0%s\0' 1111... | sha256sum, the first 16 bytes in base64url.
        assert_eq!(mark.to_string(), "Oj2pW8aWSJ75SkJm-PmxwQ");
    }
}
