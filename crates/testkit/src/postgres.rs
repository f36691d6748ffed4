//! A real PostgreSQL server, one per test process.
//!
//! It listens on a Unix socket in its own folder only, and is a child of a small shell that waits
//! for the end of its standard input. The test process holds the other end, so however it ends (also
//! by a panic or a kill) the shell stops the server and removes the folder.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

const START: Duration = Duration::from_secs(60);

/// Starts the server, waits for the end of the input, stops the server by its id, tidies up.
const SUPERVISOR: &str = r#"
"$1/postgres" -D "$2/data" -k "$2" -c listen_addresses= -c fsync=off -c full_page_writes=off \
    -c synchronous_commit=off -c max_connections=200 -c shared_buffers=32MB >"$2/log" 2>&1 </dev/null &
server=$!
trap '' INT TERM HUP
read -r _
kill -INT "$server"
wait "$server"
rm -rf "$2"
"#;

/// A running server.
#[derive(Debug)]
pub struct Postgres {
    folder: PathBuf,
    programs: PathBuf,
    databases: AtomicU32,
    /// Its standard input is what keeps the server running.
    supervisor: Child,
}

impl Postgres {
    /// The server of this test process; the first caller starts it.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Postgres> = OnceLock::new();
        SHARED.get_or_init(Self::start)
    }

    /// Starts a server of one's own; it ends when this is dropped.
    ///
    /// # Panics
    ///
    /// Where PostgreSQL is not installed or does not start: tests on one database only would be
    /// mistaken for tests on both.
    pub fn start() -> Self {
        let programs = programs();
        let user = ServerUser::choose();
        let folder = tempfile::Builder::new()
            .prefix("countersign-pg-")
            .tempdir()
            .expect("a temporary folder can be made");
        user.own(folder.path());
        initialise(&programs, folder.path(), &user);
        let supervisor = user
            .command("sh")
            .args(["-c", SUPERVISOR, "sh"])
            .arg(&programs)
            .arg(folder.path())
            .current_dir(folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("a shell can be started");
        let server = Self {
            // From here on the supervisor removes it, after the server has gone.
            folder: folder.keep(),
            programs,
            databases: AtomicU32::new(0),
            supervisor,
        };
        server.wait_until_ready();
        server
    }

    /// The URL of a new, empty database.
    pub fn database(&self) -> String {
        let name = format!("test{}", self.databases.fetch_add(1, Ordering::SeqCst));
        let output = self
            .client("createdb")
            .arg(&name)
            .output()
            .expect("createdb can be started");
        assert!(
            output.status.success(),
            "createdb failed: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        format!(
            "postgres://postgres@localhost/{name}?host={}",
            self.folder.display()
        )
    }

    fn client(&self, program: &str) -> Command {
        let mut command = Command::new(self.programs.join(program));
        command.args(["-U", "postgres", "-h"]).arg(&self.folder);
        command
    }

    fn wait_until_ready(&self) {
        let start = Instant::now();
        loop {
            let answer = self.client("pg_isready").arg("-q").status();
            if answer.expect("pg_isready can be started").success() {
                return;
            }
            if start.elapsed() > START {
                let log = fs::read_to_string(self.folder.join("log")).unwrap_or_default();
                panic!("PostgreSQL did not start within {START:?}:\n{log}");
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        drop(self.supervisor.stdin.take());
        // Nothing is left to do about a supervisor that cannot be waited for.
        let _ = self.supervisor.wait();
    }
}

/// The folder with `initdb` and `postgres`: on the `PATH`, or where Debian puts them.
#[expect(
    clippy::disallowed_methods,
    reason = "where the machine keeps PostgreSQL is not a setting of ours"
)]
fn programs() -> PathBuf {
    let on_path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&on_path).collect();
    let mut versions: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
        .collect();
    versions.sort();
    folders.extend(versions.into_iter().rev());
    folders
        .into_iter()
        .find_map(|folder| {
            // A link on the PATH leads to the folder that has the other programs too.
            let program = folder.join("initdb").canonicalize().ok()?;
            let folder = program.parent()?.to_owned();
            folder.join("postgres").is_file().then_some(folder)
        })
        .expect(
            "these tests need PostgreSQL 13 or later (initdb and postgres on the PATH or in \
             /usr/lib/postgresql/*/bin): install it, e.g. with `apt-get install postgresql`",
        )
}

fn initialise(programs: &Path, folder: &Path, user: &ServerUser) {
    // A database that sorts as people do shows where an ordered column lacks COLLATE "C". Versions
    // before 15, or built without ICU, only have the system's locales.
    let icu = ["--locale-provider=icu", "--icu-locale=en-US"];
    let first = initdb(programs, folder, user, &icu);
    if first.is_err() {
        initdb(programs, folder, user, &[]).expect("initdb makes a database");
    }
}

fn initdb(
    programs: &Path,
    folder: &Path,
    user: &ServerUser,
    locale: &[&str],
) -> Result<(), String> {
    let program = programs.join("initdb");
    let output = user
        .command(&program.to_string_lossy())
        .args(["-U", "postgres", "-E", "UTF8", "--auth=trust", "--no-sync"])
        .args(["--locale=C.UTF-8", "-D"])
        .arg(folder.join("data"))
        .args(locale)
        .current_dir(folder)
        .output()
        .map_err(|error| error.to_string())?;
    if output.status.success() {
        return Ok(());
    }
    Err(String::from_utf8_lossy(&output.stderr).into_owned())
}

/// Who runs the server. PostgreSQL refuses to run as root, so root lends it another account.
struct ServerUser(Option<(u32, u32)>);

impl ServerUser {
    fn choose() -> Self {
        if !is_root() {
            return Self(None);
        }
        let accounts = fs::read_to_string("/etc/passwd").unwrap_or_default();
        let account = ["postgres", "nobody"]
            .into_iter()
            .find_map(|name| ids_of(&accounts, name))
            .expect("PostgreSQL cannot run as root: add an account named postgres or nobody");
        Self(Some(account))
    }

    fn own(&self, folder: &Path) {
        if let Some((user, group)) = self.0 {
            std::os::unix::fs::chown(folder, Some(user), Some(group))
                .expect("root can give a folder away");
        }
    }

    fn command(&self, program: &str) -> Command {
        let Some((user, group)) = self.0 else {
            return Command::new(program);
        };
        let mut command = Command::new("setpriv");
        command.args([
            format!("--reuid={user}"),
            format!("--regid={group}"),
            "--clear-groups".to_owned(),
            program.to_owned(),
        ]);
        command
    }
}

fn is_root() -> bool {
    let output = Command::new("id").arg("-u").output();
    output.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

/// The ids of an account in the text of a passwd file.
fn ids_of(accounts: &str, name: &str) -> Option<(u32, u32)> {
    accounts.lines().find_map(|line| {
        let mut fields = line.split(':');
        let is_named = fields.next() == Some(name);
        let user = fields.nth(1)?.parse().ok()?;
        let group = fields.next()?.parse().ok()?;
        is_named.then_some((user, group))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_ends_with_its_owner() {
        let server = Postgres::start();
        assert_ne!(server.database(), server.database());
        let folder = server.folder.clone();
        let pid_file = fs::read_to_string(folder.join("data/postmaster.pid"));
        let pid = pid_file
            .expect("a running server has one")
            .lines()
            .next()
            .map(str::to_owned)
            .expect("it begins with the process id");
        drop(server);
        assert!(!folder.exists(), "the folder is left over");
        let still_there = Command::new("kill").args(["-0", &pid]).output();
        assert!(
            !still_there.expect("kill can be started").status.success(),
            "the server still runs"
        );
    }

    #[test]
    fn accounts_are_found_by_their_whole_name() {
        let accounts = "root:x:0:0:root:/root:/bin/sh\npostgres2:x:7:8::/:/bin/sh\n\
                        postgres:x:101:104::/:/bin/sh\n";
        assert_eq!(ids_of(accounts, "postgres"), Some((101, 104)));
        assert_eq!(ids_of(accounts, "nobody"), None);
    }
}
