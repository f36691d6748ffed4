//! The certificates of one application.

use std::collections::HashMap;
use std::sync::Arc;

use super::applications::ApplicationTarget;
use super::changes::changes;
use super::tenants::Target;
use super::{Planner, Sign, Step};
use crate::clock::Timestamp;
use crate::directory::rules;
use crate::directory::{CertificateSubject, KeyCredential, KeyTrust, RegisteredCertificate, Write};
use crate::directory_file::certificate::{check_trust, read_certificate};
use crate::directory_file::error::{At, quoted};
use crate::directory_file::export::{certificate_dates, certificate_entry};
use crate::directory_file::shape::{CertificateEntry, TrustedSubjectEntry};
use crate::directory_file::validate::ends_too_soon;
use crate::ids::KeyId;

/// The writes for the certificates of one application. An entry without `keyCredentials` leaves
/// them alone.
pub(super) fn compare(
    planner: &mut Planner<'_>,
    target: &Target<'_>,
    application: &ApplicationTarget<'_>,
) {
    let Some(entries) = &application.entry.key_credentials else {
        return;
    };
    let at = application.at.key("keyCredentials");
    let stored: Vec<&KeyCredential> = target.old.map_or_else(Vec::new, |old| {
        let keys = old.keys.iter();
        keys.filter(|key| key.application_id == application.new.id)
            .collect()
    });
    let given: Vec<_> = entries
        .iter()
        .enumerate()
        .map(|(index, entry)| given(planner, entry, &at.index(index)))
        .collect();
    refuse_repeated(planner, entries, &given, &at);
    let matched = matches(&stored, entries, &given);
    for (index, ((entry, given), old)) in entries.iter().zip(given).zip(&matched).enumerate() {
        one(planner, application, (entry, &at.index(index)), given, *old);
    }
    for old in stored {
        if !matched
            .iter()
            .flatten()
            .any(|kept| kept.key_id == old.key_id)
        {
            planner.line(Sign::Removed, title(old, application));
            remove(planner, application, old);
        }
    }
}

type Given = Option<Arc<RegisteredCertificate>>;

/// The certificate that an entry gives. What cannot be read is reported.
fn given(planner: &mut Planner<'_>, entry: &CertificateEntry, at: &At) -> Given {
    let (read, at) = match (&entry.key, &entry.certificate_file) {
        (Some(key), _) => (read_certificate(key.as_bytes()), at.key("key")),
        (None, Some(path)) => {
            let read = (planner.situation.read_file)(path).and_then(|bytes| {
                read_certificate(&bytes).map_err(|reason| format!("{}: {reason}", quoted(path)))
            });
            (read, at.key("certificateFile"))
        }
        (None, None) => return None,
    };
    match read {
        Ok(certificate) => Some(Arc::new(certificate)),
        Err(reason) => {
            planner.problem(&at, reason);
            None
        }
    }
}

/// A certificate that is there twice can only be meant where each has its `keyId`.
fn refuse_repeated(
    planner: &mut Planner<'_>,
    entries: &[CertificateEntry],
    given: &[Given],
    at: &At,
) {
    let mut seen: HashMap<&[u8], usize> = HashMap::new();
    for (index, (entry, given)) in entries.iter().zip(given).enumerate() {
        let Some(certificate) = given else {
            continue;
        };
        let first = *seen.entry(certificate.certificate().der()).or_insert(index);
        if first != index && (entry.key_id.is_none() || entries[first].key_id.is_none()) {
            let first = at.index(first);
            let reason = format!(
                "is the same certificate as `{}`; remove one",
                first.as_str()
            );
            planner.problem(&at.index(index), reason);
        }
    }
}

/// For each entry the stored credential that it means: by `keyId`, else by the certificate.
fn matches<'a>(
    stored: &[&'a KeyCredential],
    entries: &[CertificateEntry],
    given: &[Given],
) -> Vec<Option<&'a KeyCredential>> {
    let by_id = |entry: &CertificateEntry| {
        stored
            .iter()
            .copied()
            .find(|old| Some(old.key_id) == entry.key_id)
    };
    let mut found: Vec<_> = entries.iter().map(by_id).collect();
    for (index, entry) in entries.iter().enumerate() {
        if entry.key_id.is_some() {
            continue;
        }
        let is_free = |old: &KeyCredential| {
            !found
                .iter()
                .flatten()
                .any(|claimed| claimed.key_id == old.key_id)
        };
        let same = stored
            .iter()
            .copied()
            .find(|old| given[index].as_ref() == Some(&old.certificate) && is_free(old));
        found[index] = same;
    }
    found
}

fn one(
    planner: &mut Planner<'_>,
    application: &ApplicationTarget<'_>,
    (entry, at): (&CertificateEntry, &At),
    given: Given,
    old: Option<&KeyCredential>,
) {
    let is_given = entry.key.is_some() || entry.certificate_file.is_some();
    let certificate = match (given, old) {
        (Some(given), _) => given,
        (None, Some(old)) if !is_given => Arc::clone(&old.certificate),
        (None, None) if !is_given => {
            let reason = "no stored certificate of the application has this id; add a \
                          `certificateFile` or a `key`";
            planner.problem(&at.key("keyId"), reason);
            return;
        }
        _ => return, // unreadable; reported
    };
    let trust = trust(entry.trusted_subject.as_ref());
    if let Err(reason) = check_trust(&certificate, &trust) {
        planner.problem(
            &at.key("trustedSubject"),
            format!("the certificate {reason}"),
        );
    }
    // Dates and a name that were taken from one certificate say nothing about another.
    let kept = old.filter(|old| old.certificate == certificate);
    let (first, last) = certificate_dates(&certificate);
    let start_at = entry
        .start_date_time
        .or(kept.map(|old| old.start_at))
        .unwrap_or(first);
    let end_at = entry
        .end_date_time
        .or(kept.map(|old| old.end_at))
        .unwrap_or(last);
    check_dates(planner, (entry, at), (start_at, end_at), (first, last));
    let kept_name = kept.and_then(|old| old.display_name.clone());
    let name = entry.display_name.clone().or(kept_name);
    let key_id = old.map(|old| old.key_id).or(entry.key_id);
    let new = KeyCredential {
        key_id: key_id.unwrap_or_else(|| KeyId::random(planner.situation.random)),
        application_id: application.new.id,
        service_principal_id: None,
        display_name: name.or_else(|| subject_name(&certificate)),
        certificate,
        trust,
        start_at,
        end_at,
    };
    write(planner, application, new, old);
}

fn check_dates(
    planner: &mut Planner<'_>,
    (entry, at): (&CertificateEntry, &At),
    (start, end): (Timestamp, Timestamp),
    (first, last): (Timestamp, Timestamp),
) {
    let own = format!("the certificate is valid from {first} to {last}");
    if entry.start_date_time.is_some() && start < first {
        let reason = format!("{own}; choose a later start, or leave the key out");
        planner.problem(&at.key("startDateTime"), reason);
    }
    if entry.end_date_time.is_some() && end > last {
        let reason = format!("{own}; choose an earlier end, or leave the key out");
        planner.problem(&at.key("endDateTime"), reason);
    }
    if let Some(reason) = ends_too_soon("the certificate", start, end) {
        planner.problem(
            &at.key("endDateTime"),
            format!("{reason}; choose a later end"),
        );
    }
}

/// The subject, where it can be shown.
fn subject_name(certificate: &RegisteredCertificate) -> Option<String> {
    let subject = certificate.certificate().subject();
    rules::name(subject).is_ok().then(|| subject.to_owned())
}

fn trust(subject: Option<&TrustedSubjectEntry>) -> KeyTrust {
    let Some(subject) = subject else {
        return KeyTrust::Certificate;
    };
    // Exactly one is there: `validate` has looked.
    let subject = match subject {
        TrustedSubjectEntry {
            common_name: Some(name),
            ..
        } => CertificateSubject::CommonName(name.clone()),
        TrustedSubjectEntry {
            dns_name: Some(name),
            ..
        } => CertificateSubject::DnsName(name.clone()),
        TrustedSubjectEntry { uri, .. } => CertificateSubject::Uri(uri.clone().unwrap_or_default()),
    };
    KeyTrust::Authority(subject)
}

fn write(
    planner: &mut Planner<'_>,
    application: &ApplicationTarget<'_>,
    new: KeyCredential,
    old: Option<&KeyCredential>,
) {
    let tenant_id = application.new.tenant_id;
    let title = title(&new, application);
    let Some(old) = old else {
        planner.line(Sign::Added, title);
        planner.write(
            Step::Certificate,
            Write::AddKey {
                tenant_id,
                key: new,
            },
        );
        return;
    };
    let shown = |key| CertificateEntry {
        key: None,
        ..certificate_entry(key)
    };
    let mut words =
        Vec::from_iter(Some(changes(&shown(old), &shown(&new))).filter(|words| !words.is_empty()));
    let is_same_certificate = old.certificate == new.certificate;
    if !is_same_certificate {
        words.push("key".into());
    }
    if words.is_empty() {
        return;
    }
    planner.line(Sign::Changed, format!("{title}: {}", words.join(", ")));
    if is_same_certificate {
        planner.write(
            Step::Certificate,
            Write::UpdateKey {
                tenant_id,
                key: new,
            },
        );
    } else {
        // The bytes of a stored certificate never change; another one takes its id.
        remove(planner, application, old);
        planner.write(
            Step::Certificate,
            Write::AddKey {
                tenant_id,
                key: new,
            },
        );
    }
}

fn remove(planner: &mut Planner<'_>, application: &ApplicationTarget<'_>, old: &KeyCredential) {
    let remove = Write::RemoveKey {
        tenant_id: application.new.tenant_id,
        application_id: old.application_id,
        key_id: old.key_id,
    };
    planner.write(Step::Withdraw, remove);
}

fn title(key: &KeyCredential, application: &ApplicationTarget<'_>) -> String {
    let name = key
        .display_name
        .as_deref()
        .map_or_else(String::new, |name| quoted(name) + " ");
    format!(
        "certificate {name}({}) of {}",
        key.key_id,
        quoted(&application.new.display_name)
    )
}
