//! Deleting what may be in use: first who used it last, then the deed.

use std::io::IsTerminal;

use anyhow::bail;
use countersign_domain::clock::{Clock, Timestamp};
use countersign_server::SystemClock;
use serde_json::Value;

use super::args::Deletion;
use super::find::text;
use super::graph::Graph;
use super::table;
use crate::output;

/// What was used within this many seconds is in use.
const LATELY_SECONDS: i64 = 30 * 86_400;

/// What would go, and who would miss it.
pub(crate) struct Consequences<'c> {
    /// What it is called in sentences, in lower case.
    pub(crate) what: &'c str,
    /// What goes along with it.
    pub(crate) gone: Vec<String>,
    /// When and by whom it was used.
    pub(crate) uses: Vec<(String, String)>,
}

/// Deletes an object, unless it was used lately and nobody has agreed. Whether it is deleted now.
pub(crate) async fn delete(
    graph: &Graph,
    path: &str,
    what: &str,
    deletion: &Deletion,
    json: bool,
) -> anyhow::Result<bool> {
    let answer = graph.dry_run(path).await?;
    let rows = |member: &str| answer[member].as_array().into_iter().flatten();
    let consequences = Consequences {
        what,
        gone: rows("wouldDelete").map(named).collect(),
        uses: rows("lastUses")
            .map(|used| {
                let by = text(used, "description").to_owned();
                (text(used, "lastUsedDateTime").to_owned(), by)
            })
            .collect(),
    };
    let goes = consequences.may_go(deletion, json)?;
    if goes {
        graph.delete(path).await?;
    }
    if json {
        table::print_json(&answer)?;
    }
    Ok(goes)
}

fn named(object: &Value) -> String {
    let kind = text(object, "@odata.type").trim_start_matches("#microsoft.graph.");
    let name = ["displayName", "name", "keyId", "id"]
        .into_iter()
        .map(|member| text(object, member))
        .find(|name| !name.is_empty());
    format!("{kind} {}", name.unwrap_or_default())
        .trim_start()
        .to_owned()
}

impl Consequences<'_> {
    /// Whether to go on. An error where it is in use and nobody agreed; with `--dry-run` it says what
    /// there is to say, unless the answer is printed as JSON.
    pub(crate) fn may_go(&self, deletion: &Deletion, json: bool) -> anyhow::Result<bool> {
        let described = self.describe();
        if deletion.dry_run {
            if !json {
                output::print(&format!("{described}\nNothing was deleted.\n"))?;
            }
            return Ok(false);
        }
        if self.is_in_use() && !deletion.yes && !agreed(&described)? {
            bail!("{described}\nNothing was deleted; give --yes to delete it all the same");
        }
        Ok(true)
    }

    fn is_in_use(&self) -> bool {
        let since = SystemClock.now().plus_seconds(-LATELY_SECONDS);
        let is_lately = |at: &str| at.parse::<Timestamp>().is_ok_and(|at| at >= since);
        self.uses.iter().any(|(at, _)| is_lately(at))
    }

    fn describe(&self) -> String {
        let mut lines = Vec::new();
        if !self.gone.is_empty() {
            lines.push("This would be deleted:".to_owned());
            lines.extend(self.gone.iter().map(|one| format!("  {one}")));
        }
        let what = self.what;
        if self.uses.is_empty() {
            lines.push(format!("No use of {what} is known."));
        } else {
            lines.push(format!("Last uses of {what}:"));
            let uses = self.uses.iter();
            lines.extend(uses.map(|(at, by)| format!("  {}  {by}", table::seconds(at))));
        }
        lines.join("\n")
    }
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

    const OLD: &str = "2020-01-01T00:00:00.1234567Z";

    fn check(uses: &[(&str, &str)], dry_run: bool, yes: bool, expected: Option<bool>) {
        let deletion = Deletion { dry_run, yes };
        let found = consequences(uses).may_go(&deletion, false).ok();
        assert_eq!(found, expected, "{uses:?} {deletion:?}");
    }

    fn consequences(uses: &[(&str, &str)]) -> Consequences<'static> {
        let uses = uses.iter();
        Consequences {
            what: "the application Daemon",
            gone: vec!["application Daemon".to_owned()],
            uses: uses
                .map(|&(at, by)| (at.to_owned(), by.to_owned()))
                .collect(),
        }
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
        let said = consequences(&lately).describe();
        assert!(said.contains("\n  application Daemon\n"), "{said}");
        assert!(said.contains("  2020-01-01T00:00:00Z  a\n"), "{said}");
    }
}
