//! Content encryption (RFC 7518 section 5): both authenticate the ciphertext *and* the header.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::cipher::{
    AES_256, DecryptionContext, EncryptionContext, PaddedBlockDecryptingKey,
    PaddedBlockEncryptingKey, UnboundCipherKey,
};
use aws_lc_rs::iv::FixedLength;
use aws_lc_rs::{constant_time, error::Unspecified, hmac, rand};
use zeroize::Zeroizing;

use crate::SignError;

/// How the content of a token is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContentEncryption {
    /// AES-256-CBC, then HMAC-SHA-512 over everything: what the Microsoft identity platform writes.
    A256CbcHs512,
    /// AES-256-GCM.
    A256Gcm,
}

pub(super) struct Sealed {
    pub(super) ciphertext: Vec<u8>,
    pub(super) tag: Vec<u8>,
}

impl ContentEncryption {
    pub(super) const ALL: [Self; 2] = [Self::A256CbcHs512, Self::A256Gcm];

    /// The value of `enc`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::A256CbcHs512 => "A256CBC-HS512",
            Self::A256Gcm => "A256GCM",
        }
    }

    pub(super) const fn key_length(self) -> usize {
        match self {
            Self::A256CbcHs512 => 64,
            Self::A256Gcm => 32,
        }
    }

    pub(super) const fn iv_length(self) -> usize {
        match self {
            Self::A256CbcHs512 => 16,
            Self::A256Gcm => 12,
        }
    }

    pub(super) const fn tag_length(self) -> usize {
        match self {
            Self::A256CbcHs512 => 32,
            Self::A256Gcm => 16,
        }
    }

    pub(super) fn seal(
        self,
        key: &[u8],
        iv: &[u8],
        aad: &[u8],
        plain: &[u8],
    ) -> Result<Sealed, SignError> {
        let sealed = match self {
            Self::A256CbcHs512 => cbc_seal(key, iv, aad, plain),
            Self::A256Gcm => gcm_seal(key, iv, aad, plain),
        };
        sealed.map_err(|_| SignError::Library)
    }

    /// `None` where anything does not fit, without saying what.
    pub(super) fn open(
        self,
        key: &[u8],
        iv: &[u8],
        aad: &[u8],
        sealed: &Sealed,
    ) -> Option<Vec<u8>> {
        match self {
            Self::A256CbcHs512 => cbc_open(key, iv, aad, sealed),
            Self::A256Gcm => gcm_open(key, iv, aad, sealed),
        }
        .ok()
    }
}

/// Fresh random bytes.
pub(super) fn random(length: usize) -> Result<Zeroizing<Vec<u8>>, SignError> {
    let mut bytes = Zeroizing::new(vec![0; length]);
    rand::fill(&mut bytes).map_err(|_| SignError::Library)?;
    Ok(bytes)
}

fn cbc_seal(key: &[u8], iv: &[u8], aad: &[u8], plain: &[u8]) -> Result<Sealed, Unspecified> {
    let (mac_key, aes_key) = halves(key)?;
    let cipher = PaddedBlockEncryptingKey::cbc_pkcs7(UnboundCipherKey::new(&AES_256, aes_key)?)?;
    let mut ciphertext = plain.to_vec();
    let context = EncryptionContext::Iv128(FixedLength::<16>::try_from(iv)?);
    cipher.less_safe_encrypt(&mut ciphertext, context)?;
    let tag = cbc_tag(mac_key, iv, aad, &ciphertext);
    Ok(Sealed {
        tag: tag.as_ref()[..32].to_vec(),
        ciphertext,
    })
}

/// The tag first: padding that nobody has authenticated is never looked at (RFC 7518 section
/// 5.2.2.2).
fn cbc_open(key: &[u8], iv: &[u8], aad: &[u8], sealed: &Sealed) -> Result<Vec<u8>, Unspecified> {
    let (mac_key, aes_key) = halves(key)?;
    let tag = cbc_tag(mac_key, iv, aad, &sealed.ciphertext);
    constant_time::verify_slices_are_equal(&tag.as_ref()[..32], &sealed.tag)?;
    let cipher = PaddedBlockDecryptingKey::cbc_pkcs7(UnboundCipherKey::new(&AES_256, aes_key)?)?;
    let mut plain = sealed.ciphertext.clone();
    let context = DecryptionContext::Iv128(FixedLength::<16>::try_from(iv)?);
    let length = cipher.decrypt(&mut plain, context)?.len();
    plain.truncate(length);
    Ok(plain)
}

/// HMAC over header, IV, ciphertext and the header's length in bits (RFC 7518 section 5.2.2.1).
fn cbc_tag(mac_key: &[u8], iv: &[u8], aad: &[u8], ciphertext: &[u8]) -> hmac::Tag {
    let aad_bits = (aad.len() as u64) * 8;
    let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA512, mac_key));
    for part in [aad, iv, ciphertext, &aad_bits.to_be_bytes()] {
        context.update(part);
    }
    context.sign()
}

fn halves(key: &[u8]) -> Result<(&[u8], &[u8]), Unspecified> {
    key.split_at_checked(32).ok_or(Unspecified)
}

fn gcm_seal(key: &[u8], iv: &[u8], aad: &[u8], plain: &[u8]) -> Result<Sealed, Unspecified> {
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key)?);
    let nonce = Nonce::try_assume_unique_for_key(iv)?;
    let mut ciphertext = plain.to_vec();
    let tag = key.seal_in_place_separate_tag(nonce, Aad::from(aad), &mut ciphertext)?;
    Ok(Sealed {
        tag: tag.as_ref().to_vec(),
        ciphertext,
    })
}

fn gcm_open(key: &[u8], iv: &[u8], aad: &[u8], sealed: &Sealed) -> Result<Vec<u8>, Unspecified> {
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key)?);
    let nonce = Nonce::try_assume_unique_for_key(iv)?;
    let mut plain = [sealed.ciphertext.as_slice(), &sealed.tag].concat();
    let length = key.open_in_place(nonce, Aad::from(aad), &mut plain)?.len();
    plain.truncate(length);
    Ok(plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base64url;

    fn hex(text: &str) -> Vec<u8> {
        let digits: Vec<_> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
        let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
        digits.chunks(2).filter_map(byte).collect()
    }

    #[track_caller]
    fn check(
        encryption: ContentEncryption,
        key: &[u8],
        iv: &[u8],
        aad: &[u8],
        plain: &[u8],
        sealed: &Sealed,
    ) {
        let ours = encryption.seal(key, iv, aad, plain).expect("seals");
        assert_eq!(ours.ciphertext, sealed.ciphertext);
        assert_eq!(ours.tag, sealed.tag);
        assert_eq!(
            encryption.open(key, iv, aad, sealed).as_deref(),
            Some(plain)
        );
        for length in [0, 1, key.len() - 1] {
            assert_eq!(encryption.open(&key[..length], iv, aad, sealed), None);
        }
        assert_eq!(encryption.open(key, &iv[1..], aad, sealed), None);
        assert_eq!(encryption.open(key, iv, &aad[1..], sealed), None);
        let shorter = Sealed {
            ciphertext: sealed.ciphertext.clone(),
            tag: sealed.tag[..sealed.tag.len() - 1].to_vec(),
        };
        assert_eq!(encryption.open(key, iv, aad, &shorter), None);
    }

    /// RFC 7518 appendix B.3.
    #[test]
    fn cbc_and_hmac_agree_with_the_rfc() {
        let sealed = Sealed {
            ciphertext: hex(
                "4affaaadb78c31c5da4b1b590d10ffbd3dd8d5d302423526912da037ecbcc7bd
                 822c301dd67c373bccb584ad3e9279c2e6d12a1374b77f077553df829410446b
                 36ebd97066296ae6427ea75c2e0846a11a09ccf5370dc80bfecbad28c73f09b3
                 a3b75e662a2594410ae496b2e2e6609e31e6e02cc837f053d21f37ff4f51950b
                 be2638d09dd7a4930930806d0703b1f6",
            ),
            tag: hex("4dd3b4c088a7f45c216839645b2012bf2e6269a8c56a816dbc1b267761955bc5"),
        };
        let key: Vec<_> = (0..64).collect();
        check(
            ContentEncryption::A256CbcHs512,
            &key,
            &hex("1af38c2dc2b96ffdd86694092341bc04"),
            b"The second principle of Auguste Kerckhoffs",
            b"A cipher system must not be required to be secret, and it must be able to fall into \
              the hands of the enemy without inconvenience",
            &sealed,
        );
    }

    /// RFC 7516 appendix A.1, from its content encryption key on.
    #[test]
    fn gcm_agrees_with_the_rfc() {
        let decode = |text| base64url::decode(text).expect("base64url");
        let sealed = Sealed {
            ciphertext: decode(
                "5eym8TW_c8SuK0ltJ3rpYIzOeDQz7TALvtu6UG9oMo4vpzs9tX_EFShS8iB7j6jiSdiwkIr3ajwQzaBt\
                 QD_A",
            ),
            tag: decode("XFBoMYUZodetZdvTiFvSkQ"),
        };
        let key = [
            177, 161, 244, 128, 84, 143, 225, 115, 63, 180, 3, 255, 107, 154, 212, 246, 138, 7,
            110, 91, 112, 46, 34, 105, 47, 130, 203, 46, 122, 234, 64, 252,
        ];
        check(
            ContentEncryption::A256Gcm,
            &key,
            &decode("48V1_ALb6US04U3b"),
            b"eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00ifQ",
            b"The true sign of intelligence is not knowledge but imagination.",
            &sealed,
        );
    }
}
