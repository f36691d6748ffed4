//! Tokens shared between processes of one user through a file.

mod format;

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use aws_lc_rs::digest::{Context, SHA256};
use countersign_token::base64url;
use reqwest::Url;

use crate::file_cache::format::Stored;
use crate::{AccessToken, TokenRequest};

use self::format::Contents;

/// What a file of full size takes, generously. A longer one was not written here.
const LENGTH_MAX: u64 = 16 * 1024 * 1024;

/// Reading and writing take milliseconds. Who holds the lock for longer has stopped.
const LOCK_ATTEMPTS: u32 = 200;
const LOCK_WAIT: Duration = Duration::from_millis(10);

/// A file in which the processes of one user share tokens, under a lock and replaced as a whole.
///
/// The file is readable for its owner only, but **not encrypted**: put it where nobody else can
/// write, as below `$XDG_RUNTIME_DIR` or `$XDG_CACHE_HOME`. A file that is damaged or that others
/// may read counts as empty. That it cannot be used is logged and never fails a request.
#[derive(Clone, Debug)]
pub struct FileCache {
    path: PathBuf,
}

impl FileCache {
    /// Shares tokens in the file at `path`, which need not exist; its directory must. A second file
    /// with `.lock` added to the name is made beside it.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    pub(crate) async fn load(&self, key: String) -> Option<Stored> {
        let cache = self.clone();
        let loaded = in_background(move || cache.load_blocking(&key)).await;
        self.warn(loaded)?
    }

    pub(crate) async fn store(&self, key: String, token: &AccessToken, now: Duration) {
        let (cache, stored) = (self.clone(), Stored::of(token));
        let outcome = in_background(move || cache.store_blocking(key, stored, now)).await;
        self.warn(outcome);
    }

    fn load_blocking(&self, key: &str) -> io::Result<Option<Stored>> {
        let lock = self.lock_file()?;
        wait_for(|| lock.try_lock_shared())?;
        Ok(self.read()?.tokens.remove(key))
    }

    fn store_blocking(&self, key: String, stored: Stored, now: Duration) -> io::Result<()> {
        let lock = self.lock_file()?;
        wait_for(|| lock.try_lock())?;
        let mut contents = self.read()?;
        contents.insert(key, stored, now);
        self.replace(&contents.to_json())
    }

    /// The lock has a file of its own, since the other one is replaced.
    fn lock_file(&self) -> io::Result<File> {
        private(OpenOptions::new().read(true).write(true).create(true)).open(self.beside(".lock"))
    }

    fn read(&self) -> io::Result<Contents> {
        let file = match File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Contents::default()),
            Err(error) => return Err(error),
        };
        if !is_private(&file)? {
            return Ok(Contents::default());
        }
        let mut bytes = zeroize::Zeroizing::new(Vec::new());
        file.take(LENGTH_MAX).read_to_end(&mut bytes)?;
        Ok(Contents::from_json(&bytes))
    }

    /// Writes a new file and puts it in the place of the old one, so that no reader ever sees half.
    fn replace(&self, json: &[u8]) -> io::Result<()> {
        let temporary = self.beside(".new");
        // Left behind by a process that ended in between; the lock says that nobody writes to it.
        remove_if_there(&temporary)?;
        let written = private(OpenOptions::new().write(true).create_new(true))
            .open(&temporary)
            .and_then(|mut file| file.write_all(json))
            .and_then(|()| std::fs::rename(&temporary, &self.path));
        written.inspect_err(|_| drop(remove_if_there(&temporary)))
    }

    fn beside(&self, extension: &str) -> PathBuf {
        let mut name = self.path.clone().into_os_string();
        name.push(extension);
        name.into()
    }

    fn warn<T>(&self, outcome: io::Result<T>) -> Option<T> {
        outcome
            .inspect_err(|error| {
                tracing::warn!(path = %self.path.display(), %error, "token file cannot be used");
            })
            .ok()
    }
}

/// Everything that a token depends on, as one name that tells nothing.
pub(crate) fn key(endpoint: &Url, client_id: &str, request: &TokenRequest) -> String {
    let mut context = Context::new(&SHA256);
    for part in [endpoint.as_str(), client_id, request.scope()] {
        context.update(part.as_bytes());
        // None of the three can have it.
        context.update(b"\0");
    }
    if let Some(claims) = request.claims_json() {
        context.update(claims.as_bytes());
    }
    base64url::encode(context.finish().as_ref())
}

async fn in_background<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|_| Err(io::Error::other("the work on the file was interrupted")))
}

fn wait_for(lock: impl Fn() -> Result<(), TryLockError>) -> io::Result<()> {
    for _ in 0..LOCK_ATTEMPTS {
        match lock() {
            Ok(()) => return Ok(()),
            Err(TryLockError::WouldBlock) => std::thread::sleep(LOCK_WAIT),
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
    Err(io::Error::new(
        io::ErrorKind::TimedOut,
        "another process holds its lock",
    ))
}

fn remove_if_there(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(unix)]
fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    use std::os::unix::fs::OpenOptionsExt;
    options.mode(0o600)
}

#[cfg(not(unix))]
fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    options
}

/// Whether the file is nobody else's business.
#[cfg(unix)]
fn is_private(file: &File) -> io::Result<bool> {
    use std::os::unix::fs::PermissionsExt;
    Ok(file.metadata()?.permissions().mode() & 0o077 == 0)
}

#[cfg(not(unix))]
fn is_private(_: &File) -> io::Result<bool> {
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cli_04_every_part_of_the_request_changes_the_key() {
        let endpoint = |host: &str| Url::parse(&format!("https://{host}/t")).expect("a URL");
        let plain = TokenRequest::new("s");
        let all = [
            key(&endpoint("a"), "c", &plain),
            key(&endpoint("b"), "c", &plain),
            key(&endpoint("a"), "cs", &TokenRequest::new("")),
            key(&endpoint("a"), "c", &TokenRequest::new("t")),
            key(&endpoint("a"), "c", &plain.clone().claims("{}")),
        ];
        let different: std::collections::HashSet<_> = all.iter().collect();
        assert_eq!(different.len(), all.len());
    }
}
