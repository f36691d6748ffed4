//! The development server's own certificate authority, and the server certificate that it signs.

use std::fs;
use std::net::IpAddr;

use anyhow::Context;
use countersign_domain::clock::Clock;
use countersign_server::SystemClock;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, date_time_ymd,
};
use x509_parser::extensions::GeneralName;
use x509_parser::pem::parse_x509_pem;

use super::data::DataDirectory;
use crate::files;

/// Names that every development server answers to.
const NAMES: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

/// A server certificate is made anew when it has less than this left.
const RENEW_BEFORE_SECONDS: i64 = 30 * 86_400;

/// The years of the authority's certificate.
const AUTHORITY_YEARS: i32 = 10;

/// Makes what is missing: the authority once, the server certificate when it does not name the
/// host or is about to end.
pub(super) fn prepare(data: &DataDirectory, host: &str) -> anyhow::Result<()> {
    let key = match fs::read_to_string(data.ca_key()) {
        Ok(pem) if data.ca_certificate().exists() => KeyPair::from_pem(&pem)
            .with_context(|| format!("{} is damaged", data.ca_key().display()))?,
        _ => make_authority(data)?,
    };
    let mut names: Vec<_> = NAMES.map(ToOwned::to_owned).to_vec();
    if !names.iter().any(|name| name == host) {
        names.push(host.to_owned());
    }
    if !is_good(data, &names) {
        make_server(data, key, names)?;
    }
    Ok(())
}

fn make_authority(data: &DataDirectory) -> anyhow::Result<KeyPair> {
    let key = KeyPair::generate()?;
    let certificate = authority_params(&key).self_signed(&key)?;
    files::write_private(&data.ca_key(), key.serialize_pem().as_bytes())?;
    files::write_public(&data.ca_certificate(), certificate.pem().as_bytes())?;
    Ok(key)
}

/// The authority's certificate, which is also what its signatures name as issuer: made from its
/// key and constants alone, so that it need not be read back.
fn authority_params(key: &KeyPair) -> CertificateParams {
    // Several such authorities may be trusted on one machine: part of the key tells them apart.
    let mark: String = key.public_key_raw()[1..5]
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect();
    let mut name = DistinguishedName::new();
    name.push(
        DnType::CommonName,
        format!("Countersign development CA {mark}"),
    );
    let mut params = CertificateParams::default();
    params.distinguished_name = name;
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    set_years(&mut params, AUTHORITY_YEARS);
    params
}

fn make_server(data: &DataDirectory, ca_key: KeyPair, names: Vec<String>) -> anyhow::Result<()> {
    let authority = Issuer::new(authority_params(&ca_key), ca_key);
    let key = KeyPair::generate()?;
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, "Countersign development server");
    let mut params = CertificateParams::new(names)?;
    params.distinguished_name = name;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    set_years(&mut params, 1);
    let certificate = params.signed_by(&key, &authority)?;
    files::write_private(&data.server_key(), key.serialize_pem().as_bytes())?;
    files::write_public(&data.server_certificate(), certificate.pem().as_bytes())
}

/// Makes a certificate valid from today for a number of years.
pub(super) fn set_years(params: &mut CertificateParams, years: i32) {
    let (year, month, day) = SystemClock.now().date();
    params.not_before = date_time_ymd(year, month, day);
    // The 28th exists in every month of every year.
    params.not_after = date_time_ymd(year + years, month, day.min(28));
}

/// Whether the server's certificate names all of these and lasts.
fn is_good(data: &DataDirectory, names: &[String]) -> bool {
    let covers = || {
        let pem = fs::read(data.server_certificate()).ok()?;
        let (_, pem) = parse_x509_pem(&pem).ok()?;
        let certificate = pem.parse_x509().ok()?;
        let not_after = certificate.validity().not_after.timestamp();
        let lasts = not_after - SystemClock.now().unix_seconds() > RENEW_BEFORE_SECONDS;
        let alternatives = certificate.subject_alternative_name().ok()??;
        let named: Vec<_> = alternatives
            .value
            .general_names
            .iter()
            .filter_map(name_text)
            .collect();
        Some(lasts && names.iter().all(|name| named.contains(name)))
    };
    data.server_key().exists() && covers().unwrap_or(false)
}

fn name_text(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        GeneralName::IPAddress(bytes) => match bytes.len() {
            4 => <[u8; 4]>::try_from(*bytes)
                .ok()
                .map(|bytes| IpAddr::from(bytes).to_string()),
            _ => <[u8; 16]>::try_from(*bytes)
                .ok()
                .map(|bytes| IpAddr::from(bytes).to_string()),
        },
        _ => None,
    }
}
