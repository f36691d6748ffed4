//! Authenticator data (Web Authentication 6.1): what an authenticator says and signs.

use aws_lc_rs::digest::{SHA256, digest};
use minicbor::Decoder;

use super::cose::CredentialKey;
use super::{PasskeyRefusal, RelyingParty, cbor};

const USER_PRESENT: u8 = 1 << 0;
const USER_VERIFIED: u8 = 1 << 2;
const BACKUP_ELIGIBLE: u8 = 1 << 3;
const BACKED_UP: u8 = 1 << 4;
const ATTESTED_CREDENTIAL: u8 = 1 << 6;
const EXTENSIONS: u8 = 1 << 7;

/// Bytes of a credential id at most (7.1, step 25).
pub(super) const CREDENTIAL_ID_MAX: usize = 1023;

const MALFORMED: PasskeyRefusal = PasskeyRefusal::Malformed("authenticator data");

/// Authenticator data, taken apart to its last byte.
#[derive(Debug)]
pub(super) struct AuthenticatorData<'a> {
    rp_id_hash: [u8; 32],
    flags: u8,
    pub(super) sign_count: u32,
    /// There at registration only.
    pub(super) credential: Option<AttestedCredential<'a>>,
}

/// The credential that was made (6.5.1). The model of the authenticator says nothing that is needed.
#[derive(Debug)]
pub(super) struct AttestedCredential<'a> {
    pub(super) id: &'a [u8],
    pub(super) key: CredentialKey,
}

impl<'a> AuthenticatorData<'a> {
    /// Reads all of `bytes`: what follows the known parts could be read in two ways.
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self, PasskeyRefusal> {
        let (rp_id_hash, rest) = bytes.split_first_chunk::<32>().ok_or(MALFORMED)?;
        let (&[flags], rest) = rest.split_first_chunk::<1>().ok_or(MALFORMED)?;
        let (sign_count, rest) = rest.split_first_chunk::<4>().ok_or(MALFORMED)?;
        let (credential, rest) = if flags & ATTESTED_CREDENTIAL == 0 {
            (None, rest)
        } else {
            let (credential, rest) = AttestedCredential::parse(rest)?;
            (Some(credential), rest)
        };
        let rest = if flags & EXTENSIONS == 0 {
            rest
        } else {
            let mut decoder = Decoder::new(rest);
            cbor::skip_extensions(&mut decoder).ok_or(PasskeyRefusal::Malformed("extensions"))?;
            &rest[decoder.position()..]
        };
        if !rest.is_empty() {
            return Err(MALFORMED);
        }
        Ok(Self {
            rp_id_hash: *rp_id_hash,
            flags,
            sign_count: u32::from_be_bytes(*sign_count),
            credential,
        })
    }

    /// What both ceremonies ask for: our own relying party, a person who was there and was checked,
    /// and flags that make sense (7.1, steps 14 to 18; 7.2, steps 16 to 20).
    pub(super) fn check(&self, rp: &RelyingParty) -> Result<(), PasskeyRefusal> {
        if digest(&SHA256, rp.id.as_bytes()).as_ref() != self.rp_id_hash {
            return Err(PasskeyRefusal::RelyingParty);
        }
        if !self.has(USER_PRESENT) {
            return Err(PasskeyRefusal::NotPresent);
        }
        if !self.has(USER_VERIFIED) {
            return Err(PasskeyRefusal::NotVerified);
        }
        if self.is_backed_up() && !self.is_backup_eligible() {
            return Err(PasskeyRefusal::BackupState);
        }
        Ok(())
    }

    pub(super) fn is_backup_eligible(&self) -> bool {
        self.has(BACKUP_ELIGIBLE)
    }

    pub(super) fn is_backed_up(&self) -> bool {
        self.has(BACKED_UP)
    }

    fn has(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }
}

impl<'a> AttestedCredential<'a> {
    fn parse(bytes: &'a [u8]) -> Result<(Self, &'a [u8]), PasskeyRefusal> {
        let (_aaguid, rest) = bytes.split_first_chunk::<16>().ok_or(MALFORMED)?;
        let (length, rest) = rest.split_first_chunk::<2>().ok_or(MALFORMED)?;
        let length = usize::from(u16::from_be_bytes(*length));
        if !(1..=CREDENTIAL_ID_MAX).contains(&length) {
            return Err(PasskeyRefusal::CredentialId);
        }
        let (id, rest) = rest.split_at_checked(length).ok_or(MALFORMED)?;
        let mut decoder = Decoder::new(rest);
        let key = CredentialKey::read(&mut decoder)?;
        Ok((Self { id, key }, &rest[decoder.position()..]))
    }
}
