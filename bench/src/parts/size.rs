//! The size of the release binary.

use std::fs;

use anyhow::Result;

use super::Bench;
use crate::report::Figure;

pub(super) fn measure(bench: &mut Bench) -> Result<()> {
    let mib = fs::metadata(&bench.program)?.len() as f64 / 1_048_576.0;
    bench.add(Figure::new("size", "release binary", mib, "MiB"));
    Ok(())
}
