//! The repository's own files, as Git knows them.

use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::shell;

/// A text file of the repository.
pub(crate) struct TextFile {
    /// Relative to the root, with `/`.
    pub(crate) path: PathBuf,
    pub(crate) text: String,
}

impl TextFile {
    pub(crate) fn has_extension(&self, extension: &str) -> bool {
        self.path.extension().is_some_and(|e| e == extension)
    }
}

/// Every text file that is, or would be, committed. What Git ignores is not ours to judge.
pub(crate) fn text_files() -> Result<Vec<TextFile>> {
    let root = shell::root();
    let listing = shell::output(&mut shell::command(
        "git",
        &[
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ],
    ))?;
    let mut files = Vec::new();
    for path in listing.split('\0').filter(|path| !path.is_empty()) {
        if let Some(text) = read_text(&root.join(path))? {
            files.push(TextFile {
                path: path.into(),
                text,
            });
        }
    }
    Ok(files)
}

/// None for bytes, and for a file that is listed and yet deleted in the work tree.
fn read_text(path: &Path) -> Result<Option<String>> {
    if !path.is_file() {
        return Ok(None);
    }
    Ok(String::from_utf8(std::fs::read(path)?).ok())
}
