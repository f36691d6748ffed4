//! The contract of the commands and of the files that they read and write.

mod apply;
mod credential;
mod dev;
mod env;
mod export;
mod invite;
mod manage;
mod stopping;
mod token;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use countersign_testkit::endpoint::Endpoint;
use countersign_testkit::http1::Connection;
use countersign_testkit::server::Server;
use serde_json::Value;
use tempfile::TempDir;

use crate::stage::countersign;

/// A folder of one's own, with a data directory in it that may not be there yet.
pub(crate) struct Place {
    folder: TempDir,
}

/// How a command ended.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().expect("a temporary folder"),
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.path("data")
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, text).expect("our own folder");
        path
    }

    /// Starts `countersign dev` on a free port with the sample directory of the program.
    pub(crate) fn dev(&self) -> Server {
        self.dev_with(&["--listen", "127.0.0.1:0"])
    }

    pub(crate) fn dev_with(&self, arguments: &[&str]) -> Server {
        let data = self.data();
        let mut all = vec!["dev", "--data", text(&data)];
        all.extend(arguments);
        countersign().serve(&all, &self.path("stderr"))
    }

    /// Runs a command on the data directory.
    pub(crate) fn run(&self, arguments: &[&str]) -> Said {
        let data = self.data();
        let mut all = arguments.to_vec();
        all.extend(["--data", text(&data)]);
        said(countersign().run(&all))
    }

    /// Runs a command that must succeed, and gives back its standard output.
    pub(crate) fn succeed(&self, arguments: &[&str]) -> String {
        let said = self.run(arguments);
        assert_eq!(
            (said.code, said.stderr.as_str()),
            (Some(0), ""),
            "{arguments:?}"
        );
        said.stdout
    }

    /// Runs a command that must fail, and gives back its standard error.
    pub(crate) fn fail(&self, arguments: &[&str]) -> String {
        let said = self.run(arguments);
        assert_eq!((said.code, said.stdout.as_str()), (Some(1), ""), "{said:?}");
        assert!(said.stderr.starts_with("error: "), "{said:?}");
        said.stderr
    }

    /// `dev.json`.
    pub(crate) fn document(&self) -> Value {
        let text = fs::read(self.data().join("dev.json")).expect("it is there once ready");
        serde_json::from_slice(&text).expect("JSON")
    }

    pub(crate) fn connect(&self, server: &Server) -> Connection {
        let ca_file = self.data().join("ca.pem");
        Connection::open(&Endpoint::tls(server.address(), &ca_file))
    }
}

pub(crate) fn said(output: Output) -> Said {
    Said {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).expect("UTF-8"),
        stderr: String::from_utf8(output.stderr).expect("UTF-8"),
    }
}

pub(crate) fn text(path: &Path) -> &str {
    path.to_str().expect("temporary folders have plain names")
}
