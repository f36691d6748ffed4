//! Files that hold credentials. Read whole, each time, and never more than a bound of them.

use std::path::Path;
use std::sync::Arc;

use tokio::io::AsyncReadExt;

use crate::Error;
use crate::request::Proof;
use crate::secret::Secret;

/// A certificate chain with a key of 8192 bits takes about 20 KiB, the longest tokens 64 KiB.
const LENGTH_MAX: u64 = 256 * 1024;

/// Reads the file at `path`.
pub(super) async fn read(path: &Path) -> Result<zeroize::Zeroizing<Vec<u8>>, Error> {
    let mut bytes = zeroize::Zeroizing::new(Vec::new());
    let opened = tokio::fs::File::open(path).await;
    let read = match opened {
        Ok(file) => file.take(LENGTH_MAX + 1).read_to_end(&mut bytes).await,
        Err(error) => Err(error),
    };
    read.map_err(|cause| {
        let message = format!("the credential file {}: {cause}", path.display());
        Error::credential(message, Some(Arc::new(cause)))
    })?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length > LENGTH_MAX) {
        return Err(wrong(path, "is longer than 256 KiB"));
    }
    Ok(bytes)
}

/// Reads a token from the file at `path`, as whoever issued it wrote it there.
pub(super) async fn token(path: &Path) -> Result<Proof, Error> {
    let bytes = read(path).await?;
    let token = std::str::from_utf8(&bytes).map_or("", str::trim);
    if token.is_empty() || token.contains(|c: char| !c.is_ascii_graphic()) {
        return Err(wrong(path, "does not hold one token"));
    }
    Ok(Proof::Assertion(Secret::new(token)))
}

fn wrong(path: &Path, what: &str) -> Error {
    Error::credential(
        format!("the credential file {} {what}", path.display()),
        None,
    )
}
