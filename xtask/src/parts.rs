//! The parts of `cargo xtask test`, in the order they run.

use anyhow::{Result, bail};

use crate::cargo::OWN_WORKSPACES;
use crate::report::Report;
use crate::shell::{command, root, run};
use crate::{advisories, browser, docs, fuzz, interop, licences, setup, tidy};

/// A part of the test run.
struct Part {
    name: &'static str,
    about: &'static str,
    work: Work,
}

enum Work {
    /// One step: a word on what was done, or why it failed.
    Step(fn() -> Result<String>),
    /// The SDK suites, which can be named one by one.
    Interop,
}

const PARTS: [Part; 12] = [
    part(
        "setup",
        "install what the tests need and is missing",
        setup::run,
    ),
    part("fmt", "rustfmt would change nothing", fmt),
    part("clippy", "no lint, in any target", clippy),
    part("doc", "no warning in the API documentation", doc),
    part(
        "tidy",
        "who may know whom; what may not be in the tree; links",
        tidy::run,
    ),
    part(
        "advisories",
        "no known vulnerability in any lock file",
        advisories::run,
    ),
    part(
        "licences",
        "licences, sources and yanked versions",
        licences::run,
    ),
    part(
        "unit",
        "unit, property and integration tests, on SQLite and PostgreSQL",
        unit,
    ),
    part(
        "fuzz",
        "every known input of the fuzz targets",
        fuzz::corpora,
    ),
    Part {
        name: "interop",
        about: "real SDKs against the release binary; one by interop/NAME",
        work: Work::Interop,
    },
    part(
        "browser",
        "the pages in a real browser, against the release binary",
        browser::test,
    ),
    part(
        "generated",
        "reference pages are as the program writes them",
        docs::generated,
    ),
];

const fn part(name: &'static str, about: &'static str, step: fn() -> Result<String>) -> Part {
    Part {
        name,
        about,
        work: Work::Step(step),
    }
}

/// Names and purposes, one a line.
pub(crate) fn list() -> String {
    let mut text = String::new();
    for Part { name, about, work } in &PARTS {
        text += &format!("{name:<18}{about}\n");
        if matches!(work, Work::Interop) {
            let suites = interop::suite_names();
            text.extend(suites.map(|suite| format!("  interop/{suite}\n")));
        }
    }
    text
}

/// Runs the named parts, all without a name; says whether every step passed.
pub(crate) fn test(names: &[&str]) -> Result<bool> {
    check_names(names)?;
    let mut report = Report::default();
    for Part { name, work, .. } in &PARTS {
        let is_named = names.is_empty() || names.contains(name);
        match work {
            Work::Step(step) if is_named => {
                report.step(name, step);
            }
            Work::Interop if is_named => interop::run_all(&mut report),
            Work::Interop => interop::run_named(&mut report, &suites_among(names)),
            Work::Step(_) => {}
        }
    }
    print!("{}", report.summary());
    Ok(report.passed())
}

fn check_names(names: &[&str]) -> Result<()> {
    let known = |name: &str| {
        let suite = name.strip_prefix("interop/");
        PARTS.iter().any(|part| part.name == name)
            || suite.is_some_and(|suite| interop::suite_names().any(|known| known == suite))
    };
    match names.iter().find(|name| !known(name)) {
        Some(name) => bail!(
            "there is no part `{name}`; these are the parts:\n{}",
            list()
        ),
        None => Ok(()),
    }
}

fn suites_among<'a>(names: &[&'a str]) -> Vec<&'a str> {
    names
        .iter()
        .filter_map(|name| name.strip_prefix("interop/"))
        .collect()
}

fn fmt() -> Result<String> {
    run(&mut command("cargo", &["fmt", "--all", "--check"]))?;
    for manifest in OWN_WORKSPACES {
        let arguments = ["fmt", "--check", "--manifest-path", manifest];
        run(&mut command("cargo", &arguments))?;
    }
    Ok(String::new())
}

fn clippy() -> Result<String> {
    clippy_of("Cargo.toml", &["--workspace"])?;
    clippy_of("fuzz/Cargo.toml", &["--locked", "--features=fuzzers"])?;
    clippy_of("interop/rust/Cargo.toml", &["--locked"])?;
    Ok(String::new())
}

fn clippy_of(manifest: &str, scope: &[&str]) -> Result<()> {
    let mut clippy = command("cargo", &["clippy", "--quiet", "--all-targets"]);
    clippy.args(["--manifest-path", manifest]).args(scope);
    clippy.args(["--", "-D", "warnings"]);
    run(clippy.env("CARGO_TARGET_DIR", root().join("target")))
}

fn doc() -> Result<String> {
    let arguments = ["doc", "--workspace", "--no-deps", "--quiet"];
    run(command("cargo", &arguments).env("RUSTDOCFLAGS", "-D warnings"))?;
    Ok(String::new())
}

fn unit() -> Result<String> {
    let mut test = command("cargo", &["test", "--workspace", "--no-fail-fast"]);
    // A snapshot that differs fails here and is never rewritten.
    run(test
        .env("COUNTERSIGN_REQUIRE_POSTGRES", "1")
        .env("INSTA_UPDATE", "no"))?;
    Ok("SQLite and PostgreSQL".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_names_are_refused_before_anything_runs() {
        assert!(check_names(&["fmt", "interop", "interop/python"]).is_ok());
        let error = check_names(&["fmt", "interop/cobol"]).expect_err("no such suite");
        assert!(
            error.to_string().contains("no part `interop/cobol`"),
            "{error}"
        );
    }

    #[test]
    fn the_list_names_every_suite() {
        let list = list();
        for name in ["setup ", "generated ", "interop/curl\n"] {
            assert!(list.contains(name), "{list}");
        }
    }
}
