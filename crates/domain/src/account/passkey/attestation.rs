//! Attestation objects (Web Authentication 6.5.4). None is asked for, and browsers take those of
//! makers away (5.1.3); what may come is nothing, or the new key's own signature (8.2, self
//! attestation), which is checked.

use minicbor::Decoder;

use super::PasskeyRefusal;
use super::cbor::{self, once};
use super::cose::CredentialKey;

const MALFORMED: PasskeyRefusal = PasskeyRefusal::Malformed("attestation object");

/// Levels of nesting in a statement that is only passed over.
const STATEMENT_DEPTH_MAX: u8 = 3;

#[derive(Debug)]
pub(super) struct AttestationObject<'a> {
    pub(super) authenticator_data: &'a [u8],
    format: &'a str,
    statement: Statement<'a>,
}

#[derive(Debug, Default)]
struct Statement<'a> {
    algorithm: Option<i64>,
    signature: Option<&'a [u8]>,
    /// Certificates, or whatever else makers state.
    has_more: bool,
}

impl<'a> AttestationObject<'a> {
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self, PasskeyRefusal> {
        let mut decoder = Decoder::new(bytes);
        let object = Self::read(&mut decoder).ok_or(MALFORMED)?;
        if decoder.position() != bytes.len() {
            return Err(MALFORMED);
        }
        Ok(object)
    }

    /// Checks the statement; `signed` is what a signature in it is over.
    pub(super) fn check(&self, key: &CredentialKey, signed: &[u8]) -> Result<(), PasskeyRefusal> {
        let Statement {
            algorithm,
            signature,
            has_more,
        } = self.statement;
        match (self.format, algorithm, signature, has_more) {
            ("none", None, None, false) => Ok(()),
            ("packed", Some(algorithm), Some(signature), false) if algorithm == key.algorithm => {
                key.verify(signed, signature)
            }
            _ => Err(PasskeyRefusal::Attestation),
        }
    }

    /// The three members, each once, in any order.
    fn read(decoder: &mut Decoder<'a>) -> Option<Self> {
        let (mut format, mut statement, mut authenticator_data) = (None, None, None);
        for _ in 0..cbor::map(decoder)? {
            match decoder.str().ok()? {
                "fmt" => once(&mut format, decoder.str().ok()?)?,
                "attStmt" => once(&mut statement, Statement::read(decoder)?)?,
                "authData" => once(&mut authenticator_data, decoder.bytes().ok()?)?,
                _ => return None,
            }
        }
        Some(Self {
            authenticator_data: authenticator_data?,
            format: format?,
            statement: statement?,
        })
    }
}

impl<'a> Statement<'a> {
    fn read(decoder: &mut Decoder<'a>) -> Option<Self> {
        let mut read = Self::default();
        for _ in 0..cbor::map(decoder)? {
            match decoder.str().ok()? {
                "alg" => once(&mut read.algorithm, decoder.i64().ok()?)?,
                "sig" => once(&mut read.signature, decoder.bytes().ok()?)?,
                _ => {
                    cbor::skip(decoder, STATEMENT_DEPTH_MAX)?;
                    read.has_more = true;
                }
            }
        }
        Some(read)
    }
}
