//! Deleting what may be in use: first who used it last, then the deed.

use std::io::IsTerminal;

use anyhow::bail;
use countersign_domain::clock::{Clock, Timestamp};
use countersign_server::SystemClock;

use super::args::Deletion;
use super::find::text;
use super::graph::Graph;
use super::table;
use crate::output;

/// What was used within this many seconds is in use.
const LATELY_SECONDS: i64 = 30 * 86_400;

/// Deletes an object, unless it was used lately and nobody has agreed.
pub(crate) async fn delete(
    graph: &Graph,
    path: &str,
    what: &str,
    deletion: &Deletion,
    json: bool,
) -> anyhow::Result<()> {
    let consequences = graph.dry_run(path).await?;
    if deletion.dry_run && json {
        return table::print_json(&consequences);
    }
    let uses: Vec<_> = consequences["lastUses"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|used| (text(used, "lastUsedDateTime"), text(used, "description")))
        .collect();
    if !may_go(what, &uses, deletion)? {
        return Ok(());
    }
    graph.delete(path).await?;
    Ok(output::print(&format!("Deleted {what}.\n"))?)
}

/// Whether to go on and delete what was used at these times by these users. An error where it is in
/// use and nobody agreed; `--dry-run` says what there is to say.
pub(crate) fn may_go(
    what: &str,
    uses: &[(&str, &str)],
    deletion: &Deletion,
) -> anyhow::Result<bool> {
    let described = describe(what, uses);
    if deletion.dry_run {
        output::print(&format!("{described}\nNothing was deleted.\n"))?;
        return Ok(false);
    }
    let since = SystemClock.now().plus_seconds(-LATELY_SECONDS);
    let is_lately = |at: &str| at.parse::<Timestamp>().is_ok_and(|at| at >= since);
    let is_in_use = uses.iter().any(|(at, _)| is_lately(at));
    if is_in_use && !deletion.yes && !agreed(&described)? {
        bail!("{described}\nNothing was deleted; give --yes to delete it all the same");
    }
    Ok(true)
}

fn describe(what: &str, uses: &[(&str, &str)]) -> String {
    if uses.is_empty() {
        return format!("{what} was never used.");
    }
    let lines: Vec<_> = uses
        .iter()
        .map(|(at, by)| format!("  {at}  {by}"))
        .collect();
    format!("{what} was used last:\n{}", lines.join("\n"))
}

/// Asks, where somebody is there to answer.
fn agreed(described: &str) -> anyhow::Result<bool> {
    if !std::io::stdin().is_terminal() {
        return Ok(false);
    }
    output::error(&format!("{described}\nType yes to delete it:"));
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    Ok(answer.trim() == "yes")
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = "2020-01-01T00:00:00Z";

    fn check(uses: &[(&str, &str)], dry_run: bool, yes: bool, expected: Option<bool>) {
        let deletion = Deletion { dry_run, yes };
        let found = may_go("the application Daemon", uses, &deletion).ok();
        assert_eq!(found, expected, "{uses:?} {deletion:?}");
    }

    #[test]
    fn what_is_in_use_goes_only_when_somebody_agrees() {
        let now = SystemClock.now().to_string();
        let lately = [(OLD, "a"), (now.as_str(), "b")];
        check(&[], false, false, Some(true));
        check(&[(OLD, "a")], false, false, Some(true));
        check(&lately, false, false, None);
        check(&lately, false, true, Some(true));
        check(&lately, true, true, Some(false));
        let said = describe("the application Daemon", &lately);
        assert!(said.contains("2020-01-01T00:00:00Z  a\n"), "{said}");
    }
}
