//! Fuzzing: new inputs for the targets of `fuzz/`, for a bounded time. The inputs that are already
//! known are a part of the test run.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::report::Report;
use crate::shell::{self, command, root, run};

/// Beside the workspace, because of its flags.
const MANIFEST: &str = "fuzz/Cargo.toml";
const SECONDS_DEFAULT: u32 = 30;
/// An input that takes longer than this counts as a hang.
const INPUT_SECONDS_MAX: u32 = 20;
/// The server takes longer bodies, and they find nothing that these do not.
const INPUT_BYTES_MAX: u32 = 16 * 1024;
const MEMORY_MIB_MAX: u32 = 2048;
/// libFuzzer's count, at the end of its log.
const UNITS: &str = "stat::number_of_executed_units:";

/// Coverage counters and comparisons for libFuzzer. No sanitizer: our code is safe Rust, and without
/// one the stable compiler will do and five times as many inputs are tried.
const RUSTFLAGS: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=1";

/// What to fuzz, and for how long.
#[derive(Debug, PartialEq, Eq)]
struct Order<'a> {
    /// None for every target.
    target: Option<&'a str>,
    seconds: u32,
}

/// `[TARGET] [--seconds N]`; says whether nothing was found.
pub(crate) fn fuzz(arguments: &[&str]) -> Result<bool> {
    let Order { target, seconds } = order(arguments)?;
    let targets = chosen(targets()?, target)?;
    let binaries = build()?;
    let mut report = Report::default();
    for target in &targets {
        report.step(&format!("fuzz/{target}"), || {
            hunt(&binaries.join(target), target, seconds)
        });
    }
    print!("{}", report.summary());
    Ok(report.passed())
}

/// Runs every checked-in input with the stable compiler.
pub(crate) fn corpora() -> Result<String> {
    let test = ["test", "--quiet", "--locked", "--manifest-path", MANIFEST];
    // Its profiles are the workspace's, so what is built there need not be built again.
    run(command("cargo", &test).env("CARGO_TARGET_DIR", root().join("target")))?;
    let targets = targets()?;
    let mut inputs = 0;
    for target in &targets {
        let corpus = root().join("fuzz/corpus").join(target);
        inputs += std::fs::read_dir(corpus)?.count();
    }
    Ok(format!("{inputs} inputs, {} targets", targets.len()))
}

fn order<'a>(arguments: &[&'a str]) -> Result<Order<'a>> {
    let mut order = Order {
        target: None,
        seconds: SECONDS_DEFAULT,
    };
    let mut rest = arguments.iter();
    while let Some(&argument) = rest.next() {
        match argument {
            "--seconds" => {
                let text = rest.next().context("`--seconds` needs a number")?;
                let seconds = text.parse().ok().filter(|&seconds| seconds > 0);
                order.seconds =
                    seconds.with_context(|| format!("`{text}` is no number of seconds"))?;
            }
            name if !name.starts_with('-') && order.target.is_none() => order.target = Some(name),
            other => bail!("`{other}`: write `cargo xtask fuzz [TARGET] [--seconds N]`"),
        }
    }
    Ok(order)
}

/// Names of the targets, sorted.
fn targets() -> Result<Vec<String>> {
    let folder = root().join("fuzz/fuzz_targets");
    let mut names = Vec::new();
    for entry in std::fs::read_dir(&folder).with_context(|| format!("{}", folder.display()))? {
        let path = entry?.path();
        names.extend(path.file_stem().map(|s| s.to_string_lossy().into_owned()));
    }
    names.sort();
    Ok(names)
}

fn chosen(all: Vec<String>, target: Option<&str>) -> Result<Vec<String>> {
    let Some(target) = target else { return Ok(all) };
    if !all.iter().any(|name| name == target) {
        bail!(
            "there is no target `{target}`; these are: {}",
            all.join(", ")
        );
    }
    Ok(vec![target.to_owned()])
}

/// Builds every fuzzer and answers the folder of the binaries.
fn build() -> Result<PathBuf> {
    let version = shell::output(&mut command("rustc", &["--version", "--verbose"]))?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    let host = host.context("`rustc --version --verbose` names no host")?;
    let target_dir = root().join("fuzz/target");
    let mut build = command("cargo", &["build", "--release", "--locked", "--bins"]);
    build.args(["--manifest-path", MANIFEST, "--features", "libfuzzer"]);
    // With the target named, build scripts and macros are built without the flags.
    build.args(["--target", host]).env("RUSTFLAGS", RUSTFLAGS);
    run(build.env("CARGO_TARGET_DIR", &target_dir))
        .context("the fuzzers could not be built; libFuzzer needs a C++ compiler (g++)")?;
    Ok(target_dir.join(host).join("release"))
}

/// Feeds one target new inputs for some time.
fn hunt(binary: &Path, target: &str, seconds: u32) -> Result<String> {
    let artifacts = root().join("fuzz/artifacts").join(target);
    let learnt = root().join("fuzz/target/corpus").join(target);
    for folder in [&artifacts, &learnt] {
        std::fs::create_dir_all(folder)?;
    }
    let before = files_in(&artifacts)?;
    let log = root().join("fuzz/target").join(format!("{target}.log"));
    let outcome = run(fuzzer(binary, target, seconds).stderr(File::create(&log)?));
    let log = String::from_utf8_lossy(&std::fs::read(&log)?).into_owned();
    let mut found = files_in(&artifacts)?;
    found.retain(|file| !before.contains(file));
    if !found.is_empty() {
        bail!("{}\n{}", panics(&log), instructions(binary, target, &found));
    }
    outcome.with_context(|| format!("the end of its log:\n{}", last_lines(&log)))?;
    let inputs = log.lines().find_map(|line| line.strip_prefix(UNITS));
    let inputs = inputs.context("the fuzzer ended without its count of inputs")?;
    Ok(format!("{} inputs, nothing found", inputs.trim()))
}

fn fuzzer(binary: &Path, target: &str, seconds: u32) -> Command {
    let fuzz = root().join("fuzz");
    let mut fuzzer = command(&binary.to_string_lossy(), &["-print_final_stats=1"]);
    fuzzer.arg(format!("-max_total_time={seconds}"));
    fuzzer.arg(format!("-timeout={INPUT_SECONDS_MAX}"));
    fuzzer.arg(format!("-max_len={INPUT_BYTES_MAX}"));
    fuzzer.arg(format!("-rss_limit_mb={MEMORY_MIB_MAX}"));
    fuzzer.arg(format!("-artifact_prefix=fuzz/artifacts/{target}/"));
    let dictionary = fuzz.join("dictionaries").join(target);
    if dictionary.is_file() {
        fuzzer.arg(format!("-dict=fuzz/dictionaries/{target}"));
    }
    // What is learnt goes into the first folder; the second is only read.
    fuzzer.arg(format!("fuzz/target/corpus/{target}"));
    fuzzer.arg(format!("fuzz/corpus/{target}"));
    fuzzer
}

/// What a log says of the broken promise: the panic's message, or libFuzzer's own finding.
fn panics(log: &str) -> String {
    let mut lines = log.lines();
    let start = lines.find(|line| line.contains("panicked at") || line.contains("ERROR:"));
    let lines: Vec<&str> = start.into_iter().chain(lines).take(12).collect();
    lines.join("\n")
}

fn last_lines(log: &str) -> String {
    let lines: Vec<&str> = log.lines().collect();
    lines[lines.len().saturating_sub(12)..].join("\n")
}

fn files_in(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(folder)?;
    entries.map(|entry| Ok(entry?.path())).collect()
}

fn instructions(binary: &Path, target: &str, found: &[PathBuf]) -> String {
    let mut text = format!("{target}: an input broke a promise; to see it again:");
    for path in found {
        text += &format!("\n    {} {}", binary.display(), path.display());
    }
    text + &format!(
        "\nKeep it as fuzz/corpus/{target}/found-WHAT, and `cargo xtask test fuzz` runs it from then on."
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_and_a_time_in_any_order() {
        let both = Order {
            target: Some("scope"),
            seconds: 5,
        };
        assert_eq!(order(&["scope", "--seconds", "5"]).expect("valid"), both);
        assert_eq!(order(&["--seconds", "5", "scope"]).expect("valid"), both);
        assert_eq!(order(&[]).expect("valid").seconds, SECONDS_DEFAULT);
        for wrong in [
            &["--seconds"][..],
            &["--seconds", "0"],
            &["--seconds", "soon"],
            &["--forever"],
            &["scope", "jwk_set"],
        ] {
            assert!(order(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn an_unknown_target_is_refused_with_the_known_ones() {
        let all = || vec!["jwk_set".to_owned(), "scope".to_owned()];
        let error = chosen(all(), Some("scopes")).expect_err("no such target");
        assert!(error.to_string().contains("jwk_set, scope"), "{error}");
        assert_eq!(
            chosen(all(), Some("scope")).expect("there"),
            ["scope".to_owned()]
        );
        assert_eq!(chosen(all(), None).expect("all").len(), 2);
    }

    #[test]
    fn the_panic_is_picked_out_of_the_log() {
        let log = "#1 INITED\n#2 NEW\nthread '<unnamed>' panicked at src/x.rs:1:1:\nno such byte\n";
        assert!(panics(log).starts_with("thread"), "{}", panics(log));
        assert!(panics(log).ends_with("no such byte"), "{}", panics(log));
    }

    #[test]
    fn what_was_found_comes_with_the_command() {
        let text = instructions(
            Path::new("bin/scope"),
            "scope",
            &["artifacts/crash-1".into()],
        );
        assert!(
            text.contains("\n    bin/scope artifacts/crash-1\n"),
            "{text}"
        );
        assert!(text.contains("fuzz/corpus/scope/found-"), "{text}");
    }
}
