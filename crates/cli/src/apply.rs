//! `countersign apply` and `countersign export`.

use std::fmt::Write;

use countersign_domain::directory_file::{self, Plan, Sign};
use serde_json::json;

use crate::args::{ApplyArguments, ExportArguments};
use crate::directory::{self, Directory};
use crate::output;

pub(crate) async fn apply(arguments: &ApplyArguments) -> anyhow::Result<()> {
    let file = directory::read_file(&arguments.file)?;
    let directory = Directory::open(&arguments.place).await?;
    let plan = directory.plan(&file, &arguments.file).await?;
    if !arguments.dry_run {
        directory.carry_out(&plan).await?;
    }
    directory.db.close().await;
    let text = if arguments.json {
        as_json(&plan, arguments.dry_run)
    } else {
        as_words(&plan, arguments.dry_run)
    };
    output::print(&text)?;
    Ok(())
}

pub(crate) async fn export(arguments: &ExportArguments) -> anyhow::Result<()> {
    let directory = Directory::open(&arguments.place).await?;
    let state = directory.exported_state().await?;
    directory.db.close().await;
    output::print(&directory_file::export(&state))?;
    Ok(())
}

fn as_words(plan: &Plan, is_dry_run: bool) -> String {
    if plan.is_empty() {
        return "Nothing to do: the directory is as the file says.\n".to_owned();
    }
    let mut text = String::new();
    for line in &plan.lines {
        let _ = writeln!(text, "  {line}");
    }
    let [added, changed, removed] = counts(plan);
    let verb = if is_dry_run { "Would apply" } else { "Applied" };
    let _ = writeln!(
        text,
        "\n{verb}: {added} added, {changed} changed, {removed} removed."
    );
    if is_dry_run {
        text.push_str("Nothing was changed: this was a dry run.\n");
        return text;
    }
    if !plan.generated_secrets.is_empty() {
        text.push_str("\nNew secrets, shown only this once:\n");
        for made in &plan.generated_secrets {
            let name = made.display_name.as_deref().unwrap_or("unnamed");
            let (application, app_id, secret) =
                (&made.application, made.app_id, made.secret.expose());
            let _ = writeln!(text, "  {application} ({app_id}), {name}: {secret}");
        }
    }
    text
}

fn as_json(plan: &Plan, is_dry_run: bool) -> String {
    let [added, changed, removed] = counts(plan);
    let lines = |sign| {
        plan.lines
            .iter()
            .filter(move |line| line.sign == sign)
            .map(|line| line.text.as_str())
    };
    let secrets: Vec<_> = plan
        .generated_secrets
        .iter()
        .filter(|_| !is_dry_run)
        .map(|made| {
            json!({
                "application": made.application,
                "appId": made.app_id,
                "keyId": made.key_id,
                "displayName": made.display_name,
                "secretText": made.secret.expose(),
            })
        })
        .collect();
    let document = json!({
        "dryRun": is_dry_run,
        "counts": { "added": added, "changed": changed, "removed": removed },
        "added": lines(Sign::Added).collect::<Vec<_>>(),
        "changed": lines(Sign::Changed).collect::<Vec<_>>(),
        "removed": lines(Sign::Removed).collect::<Vec<_>>(),
        "generatedSecrets": secrets,
    });
    format!("{document:#}\n")
}

fn counts(plan: &Plan) -> [usize; 3] {
    [Sign::Added, Sign::Changed, Sign::Removed]
        .map(|sign| plan.lines.iter().filter(|line| line.sign == sign).count())
}
