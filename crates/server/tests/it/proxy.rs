//! A proxy before PostgreSQL's socket that can be cut and mended.

use std::path::PathBuf;
use std::sync::Arc;

use tokio::io::copy_bidirectional;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::watch;

/// The name that PostgreSQL gives its socket.
const SOCKET: &str = ".s.PGSQL.5432";

pub(crate) struct Proxy {
    folder: tempfile::TempDir,
    is_cut: Arc<watch::Sender<bool>>,
}

impl Proxy {
    /// A proxy to the database of a URL with a `host` folder.
    pub(crate) fn before(url: &str) -> (Self, String) {
        let (start, host) = url
            .split_once("?host=")
            .expect("a URL with a socket folder");
        let target = PathBuf::from(host).join(SOCKET);
        let folder = tempfile::tempdir().expect("a temporary folder");
        let listener = UnixListener::bind(folder.path().join(SOCKET)).expect("a free name");
        let is_cut = Arc::new(watch::Sender::new(false));
        tokio::spawn(forward(listener, target, is_cut.clone()));
        let url = format!("{start}?host={}", folder.path().display());
        (Self { folder, is_cut }, url)
    }

    /// Ends every connection, and every new one at once.
    pub(crate) fn cut(&self) {
        assert!(self.folder.path().exists());
        self.is_cut.send_replace(true);
    }

    pub(crate) fn mend(&self) {
        self.is_cut.send_replace(false);
    }
}

async fn forward(listener: UnixListener, target: PathBuf, is_cut: Arc<watch::Sender<bool>>) {
    while let Ok((mut client, _)) = listener.accept().await {
        let mut cut = is_cut.subscribe();
        let target = target.clone();
        tokio::spawn(async move {
            if *cut.borrow() {
                return;
            }
            let mut server = UnixStream::connect(target)
                .await
                .expect("PostgreSQL listens");
            tokio::select! {
                _ = copy_bidirectional(&mut client, &mut server) => {}
                _ = cut.wait_for(|is_cut| *is_cut) => {}
            }
        });
    }
}
