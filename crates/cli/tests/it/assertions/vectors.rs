//! What our own tools refuse to make: weak certificates, and a signature over SHA-1. Made with
//! OpenSSL 3.0; the private keys were thrown away.

/// An RSA key of 1024 bits, signed with SHA-256.
pub(crate) const RSA_1024: &str = include_str!("vectors/rsa-1024.pem");
/// RSA of 2048 bits, signed with MD5.
pub(crate) const MD5: &str = include_str!("vectors/md5.pem");
/// RSA of 2048 bits, signed with SHA-1.
pub(crate) const SHA1: &str = include_str!("vectors/sha1.pem");
/// A key on P-192.
pub(crate) const P_192: &str = include_str!("vectors/p-192.pem");
/// A key on the curve of Bitcoin.
pub(crate) const SECP256K1: &str = include_str!("vectors/secp256k1.pem");
/// A key on P-256, but the curve is spelt out instead of named (CVE-2020-0601).
pub(crate) const P_256_EXPLICIT: &str = include_str!("vectors/p-256-explicit.pem");

/// A good certificate, RSA of 2048 bits.
pub(crate) const SIGNER: &str = include_str!("vectors/signer.pem");
/// An assertion of the daemon that ended in 2020: header RS256, but the signature is over SHA-1.
pub(crate) const SIGNED_SHA1: &str = include_str!("vectors/signed-sha1.jwt");
/// The same header and claims, rightly signed by the same key.
pub(crate) const SIGNED_SHA256: &str = include_str!("vectors/signed-sha256.jwt");
