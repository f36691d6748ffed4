//! Tidiness is a test: who may know whom, what may not be in the tree, what must resolve.

mod graph;
mod links;
mod manifests;
mod sources;
mod versions;

use anyhow::{Result, bail};

use crate::{cargo::Metadata, files, lockfile};

/// Checks every rule; an error lists all findings.
pub(crate) fn run() -> Result<String> {
    let metadata = Metadata::read()?;
    let files = files::text_files()?;

    let mut findings = graph::check(&metadata);
    findings.extend(graph::check_trees(&metadata)?);
    findings.extend(manifests::check(&metadata)?);
    findings.extend(versions::check(&lockfile::third_party()?));
    findings.extend(files.iter().flat_map(sources::check));
    findings.extend(links::check(&files));

    if !findings.is_empty() {
        bail!("{} findings\n{}", findings.len(), findings.join("\n"));
    }
    Ok(format!(
        "{} crates, {} files",
        metadata.members().count(),
        files.len()
    ))
}
