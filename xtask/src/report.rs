//! What ran, how long it took, and how it ended.

use std::fmt::Write as _;
use std::time::Instant;

use anyhow::Result;

/// One finished step.
struct Outcome {
    name: String,
    seconds: f64,
    /// A word on what was done, or the reason of the failure.
    result: Result<String, String>,
}

/// Collects the outcome of each step of a run.
#[derive(Default)]
pub(crate) struct Report {
    outcomes: Vec<Outcome>,
}

impl Report {
    /// Runs one step under a heading; says whether it passed. A failure never ends the run, so that
    /// one run shows all there is to mend.
    pub(crate) fn step(&mut self, name: &str, work: impl FnOnce() -> Result<String>) -> bool {
        println!("\n=== {name}");
        let start = Instant::now();
        let result = work().map_err(|error| format!("{error:#}"));
        let seconds = start.elapsed().as_secs_f64();
        match &result {
            Ok(note) => println!("--- {name}: ok in {seconds:.1} s. {note}"),
            Err(reason) => println!("--- {name}: FAILED after {seconds:.1} s\n{reason}"),
        }
        let passed = result.is_ok();
        self.outcomes.push(Outcome {
            name: name.to_owned(),
            seconds,
            result,
        });
        passed
    }

    /// Whether every step so far has passed.
    pub(crate) fn passed(&self) -> bool {
        self.outcomes.iter().all(|outcome| outcome.result.is_ok())
    }

    /// The table of all steps, and the closing line that counts them.
    pub(crate) fn summary(&self) -> String {
        let width = self
            .outcomes
            .iter()
            .map(|o| o.name.len())
            .max()
            .unwrap_or(0);
        let mut text = String::from("\n=== summary\n");
        for Outcome {
            name,
            seconds,
            result,
        } in &self.outcomes
        {
            let (word, note) = match result {
                Ok(note) => ("ok", note),
                Err(reason) => ("FAILED", reason),
            };
            let note = note.lines().next().unwrap_or_default();
            writeln!(text, "{name:width$}  {seconds:>7.1} s  {word:6}  {note}")
                .expect("writing to a String does not fail");
        }
        let failed = self.outcomes.iter().filter(|o| o.result.is_err()).count();
        let passed = self.outcomes.len() - failed;
        writeln!(text, "\n{passed} passed, {failed} failed")
            .expect("writing to a String does not fail");
        text
    }
}

#[cfg(test)]
mod tests {
    use anyhow::bail;

    use super::*;

    #[test]
    fn the_summary_counts_and_ends_with_the_closing_line() {
        let mut report = Report::default();
        assert!(report.step("fmt", || Ok("all files".to_owned())));
        assert!(!report.step("interop/go", || bail!("no go\nsecond line")));
        assert!(!report.passed());
        let summary = report.summary();
        assert!(summary.ends_with("\n1 passed, 1 failed\n"), "{summary}");
        assert!(
            summary.contains("fmt             0.0 s  ok      all files\n"),
            "{summary}"
        );
        assert!(
            summary.contains("interop/go      0.0 s  FAILED  no go\n"),
            "{summary}"
        );
    }
}
