//! The measurements of `cargo xtask bench`.

use anyhow::{Result, bail};

/// Takes the arguments after `bench`.
pub(crate) fn run(_arguments: &[&str]) -> Result<()> {
    bail!("there is no benchmark in this tree yet")
}
