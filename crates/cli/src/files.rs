//! Files that only their owner may read, and the keys in them.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use anyhow::{Context, bail};
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use countersign_domain::random::Random;
use countersign_server::SystemRandom;
use zeroize::Zeroizing;

/// The length of every key that is kept in a file, in bytes.
const KEY_LENGTH: usize = 32;

/// A key from a file.
pub(crate) type Key = Zeroizing<[u8; KEY_LENGTH]>;

/// Makes a directory, and those above it, that only its owner may enter.
pub(crate) fn private_directory(path: &Path) -> anyhow::Result<()> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .with_context(|| format!("cannot make the directory {}", path.display()))
}

/// Writes a private file (mode 0600) whole or not at all.
pub(crate) fn write_private(path: &Path, content: &[u8]) -> anyhow::Result<()> {
    write(path, content, 0o600, true)
}

/// The same for what every start makes anew: it is not waited for until it is on the disk, which
/// takes longer than all the rest of a start.
pub(crate) fn write_private_for_now(path: &Path, content: &[u8]) -> anyhow::Result<()> {
    write(path, content, 0o600, false)
}

/// Writes a file that everyone may read, whole or not at all.
pub(crate) fn write_public(path: &Path, content: &[u8]) -> anyhow::Result<()> {
    write(path, content, 0o644, true)
}

fn write(path: &Path, content: &[u8], mode: u32, is_lasting: bool) -> anyhow::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let fresh = path.with_file_name(name);
    let written = (|| {
        // Left over from a start that was killed; its permissions are not ours to trust.
        match fs::remove_file(&fresh) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(mode)
            .open(&fresh)?;
        file.write_all(content)?;
        if is_lasting {
            file.sync_all()?;
        }
        fs::rename(&fresh, path)
    })();
    written.with_context(|| format!("cannot write {}", path.display()))
}

/// Reads a key, or makes the file at the first start.
pub(crate) fn key_or_new(path: &Path) -> anyhow::Result<Key> {
    if !path.exists() {
        write_private(path, &generate())?;
    }
    key(path)
}

/// Reads a key from a file that only its owner may read.
pub(crate) fn key(path: &Path) -> anyhow::Result<Key> {
    if !path.exists() {
        bail!(
            "there is no key in {0}: make one with `countersign new-key {0}`",
            path.display()
        );
    }
    refuse_if_shared(path)?;
    let text = Zeroizing::new(
        fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?,
    );
    let mut key = Zeroizing::new([0; KEY_LENGTH]);
    match BASE64_URL_SAFE_NO_PAD.decode_slice(text.trim(), &mut key[..]) {
        Ok(KEY_LENGTH) => Ok(key),
        _ => bail!(
            "{} does not hold a key: make one with `countersign new-key FILE`",
            path.display()
        ),
    }
}

/// Refuses a secret file that others may read.
pub(crate) fn refuse_if_shared(path: &Path) -> anyhow::Result<()> {
    let metadata = fs::metadata(path).with_context(|| format!("cannot read {}", path.display()))?;
    if metadata.permissions().mode() & 0o077 != 0 {
        bail!(
            "{} may be read by others than its owner (mode {:o}): run `chmod 600 {0}`",
            path.display(),
            metadata.mode() & 0o777
        );
    }
    Ok(())
}

/// `countersign new-key FILE`
pub(crate) fn new_key(path: &Path) -> anyhow::Result<()> {
    if path.exists() {
        bail!(
            "{} exists: a key that is in use must not be overwritten",
            path.display()
        );
    }
    write_private(path, &generate())?;
    crate::output::print(&format!(
        "wrote a new key to {}. Keep a copy apart from the database's backups.\n",
        path.display()
    ))?;
    Ok(())
}

fn generate() -> Zeroizing<Vec<u8>> {
    let mut key = Zeroizing::new([0; KEY_LENGTH]);
    SystemRandom.fill(&mut key[..]);
    let mut text = Zeroizing::new(BASE64_URL_SAFE_NO_PAD.encode(&key[..]).into_bytes());
    text.push(b'\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_private_and_kept() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("master.key");
        let made = key_or_new(&path).expect("a new key");
        assert_eq!(fs::metadata(&path).expect("made").mode() & 0o777, 0o600);
        assert_eq!(*key_or_new(&path).expect("the same key"), *made);
        assert!(new_key(&path).is_err());

        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).expect("own file");
        let refused = key(&path).expect_err("others may read it").to_string();
        assert!(refused.contains("chmod 600"), "{refused}");
    }

    #[test]
    fn a_file_without_a_key_is_refused() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("master.key");
        for content in ["", "short", "!!!", &"A".repeat(100)] {
            write_private(&path, content.as_bytes()).expect("own folder");
            assert!(key(&path).is_err(), "{content:?}");
        }
    }
}
