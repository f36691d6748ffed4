//! The real program as a process: started, watched, stopped by its id, never left behind.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

pub use rustix::process::Signal;
use rustix::process::{Pid, kill_process};

/// How long a start may take on a machine that is busy with other tests.
const START: Duration = Duration::from_secs(30);

/// How long an end may take: the server itself gives requests in flight 20 seconds.
const END: Duration = Duration::from_secs(25);

/// The state of a socket in `/proc/net/tcp` that takes connections.
const LISTENING: &str = "0A";

/// The program under test.
#[derive(Debug, Clone)]
pub struct Program(PathBuf);

/// A server that said it was ready.
#[derive(Debug)]
pub struct Server {
    child: Child,
    pid: Pid,
    /// What follows `ready ` on the first line.
    base_url: String,
    /// What follows on standard output.
    stdout: Arc<Mutex<String>>,
    reader: Option<JoinHandle<()>>,
    log: PathBuf,
}

/// What a server left when it ended.
#[derive(Debug)]
pub struct Ended {
    /// The exit code; `None` where a signal ended it.
    pub code: Option<i32>,
    /// Standard output after the first line.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Program {
    /// The program at a path.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// Runs a command to its end.
    ///
    /// # Panics
    /// Where the program cannot be started.
    pub fn run<A: AsRef<OsStr>>(&self, arguments: &[A]) -> Output {
        Command::new(&self.0)
            .args(arguments)
            .stdin(Stdio::null())
            .output()
            .expect("the program can be started")
    }

    /// Starts a server and waits until it says that it is ready. Its standard error goes to `log`.
    ///
    /// # Panics
    /// Where it ends instead, or says something else first.
    pub fn serve<A: AsRef<OsStr>>(&self, arguments: &[A], log: &Path) -> Server {
        let stderr = File::create(log).expect("the log can be made");
        let mut child = Command::new(&self.0)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(stderr)
            .spawn()
            .expect("the program can be started");
        let pid = Pid::from_child(&child);
        let output = child.stdout.take().expect("it is piped");
        let (first, is_ready) = mpsc::channel();
        let stdout = Arc::<Mutex<String>>::default();
        let collected = stdout.clone();
        let reader = std::thread::spawn(move || {
            let mut lines = BufReader::new(output).lines().map_while(Result::ok);
            // The starter may have given up; the output is read on all the same, so that the
            // server never waits for a full pipe.
            let _ = first.send(lines.next());
            for line in lines {
                let mut collected = lock(&collected);
                collected.push_str(&line);
                collected.push('\n');
            }
        });
        let mut server = Server {
            child,
            pid,
            base_url: String::new(),
            stdout,
            reader: Some(reader),
            log: log.to_owned(),
        };
        let line = is_ready.recv_timeout(START).ok().flatten();
        match line.as_deref().and_then(|line| line.strip_prefix("ready ")) {
            Some(base_url) => base_url.clone_into(&mut server.base_url),
            None => panic!("not ready but {line:?}: {}", server.stderr()),
        }
        server
    }
}

impl Server {
    /// The base URL of the ready line.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// The port that it listens on, on loopback, as the system sees it: the public base URL may
    /// name another.
    ///
    /// # Panics
    /// Where it listens on no port.
    pub fn address(&self) -> SocketAddr {
        let sockets: Vec<String> = fs::read_dir(format!("/proc/{}/fd", self.id()))
            .expect("the process lives")
            .filter_map(|entry| fs::read_link(entry.ok()?.path()).ok())
            .filter_map(|link| {
                let link = link.to_string_lossy();
                let inode = link.strip_prefix("socket:[")?.strip_suffix(']')?;
                Some(inode.to_owned())
            })
            .collect();
        let table =
            fs::read_to_string(format!("/proc/{}/net/tcp", self.id())).expect("the process lives");
        let port = table.lines().skip(1).find_map(|line| {
            let fields: Vec<&str> = line.split_whitespace().collect();
            let [_, local, _, LISTENING, .., inode] = fields[..10.min(fields.len())] else {
                return None;
            };
            let (_, port) = local.split_once(':')?;
            let is_own = sockets.iter().any(|socket| socket == inode);
            is_own.then(|| u16::from_str_radix(port, 16).ok())?
        });
        SocketAddr::from(([127, 0, 0, 1], port.expect("it listens")))
    }

    /// The process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether the process lives.
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// The resident memory in bytes.
    ///
    /// # Panics
    /// Where the system does not tell.
    pub fn resident_bytes(&self) -> u64 {
        let status =
            fs::read_to_string(format!("/proc/{}/status", self.id())).expect("the process lives");
        let kibibytes: Option<u64> = status.lines().find_map(|line| {
            line.strip_prefix("VmRSS:")?
                .trim()
                .strip_suffix(" kB")?
                .parse()
                .ok()
        });
        kibibytes.expect("Linux tells VmRSS") * 1_024
    }

    /// What it wrote to standard output after the first line, so far.
    pub fn stdout(&self) -> String {
        lock(&self.stdout).clone()
    }

    /// What it wrote to standard error so far.
    pub fn stderr(&self) -> String {
        let bytes = fs::read(&self.log).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Sends a signal and goes on.
    ///
    /// # Panics
    /// Where the process is no longer there.
    pub fn signal(&self, signal: Signal) {
        kill_process(self.pid, signal).expect("the process has not been waited for");
    }

    /// Sends a signal and waits for the end.
    ///
    /// # Panics
    /// Where it does not end in time.
    pub fn stop(mut self, signal: Signal) -> Ended {
        self.signal(signal);
        self.wait()
    }

    /// Waits for the end.
    ///
    /// # Panics
    /// Where it does not come in time.
    pub fn wait(&mut self) -> Ended {
        let start = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().expect("our own child") {
                break status;
            }
            assert!(start.elapsed() < END, "it does not end: {}", self.stderr());
            std::thread::sleep(Duration::from_millis(5));
        };
        let reader = self.reader.take().expect("waited for once");
        reader.join().expect("reading does not panic");
        Ended {
            code: status.code(),
            stdout: self.stdout(),
            stderr: self.stderr(),
        }
    }
}

fn lock(text: &Mutex<String>) -> MutexGuard<'_, String> {
    text.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Drop for Server {
    fn drop(&mut self) {
        // After a test that failed; one that ended has been waited for.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
