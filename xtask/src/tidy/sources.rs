//! What may not be written in any file.

use crate::files::TextFile;

/// A text that may not occur, and what to do instead.
struct Rule {
    /// In two halves, so that this file does not break its own rules.
    text: (&'static str, &'static str),
    rust_only: bool,
    advice: &'static str,
}

const RULES: [Rule; 8] = [
    rule(("todo", "!("), true, "write it, or file an issue"),
    rule(
        ("unimplemented", "!("),
        true,
        "write it, or make it impossible to ask for",
    ),
    rule(("dbg", "!("), true, "use tracing, or remove it"),
    rule(("#[ign", "ore"), true, "a test runs, or it is not there"),
    rule(("FIX", "ME"), false, "mend it, or file an issue"),
    rule(("XX", "X"), false, "mend it, or file an issue"),
    rule(
        ("/wo", "rk/"),
        false,
        "no path of one machine belongs in the tree",
    ),
    rule(
        ("/ro", "ot/"),
        false,
        "no path of one machine belongs in the tree",
    ),
];

const fn rule(text: (&'static str, &'static str), rust_only: bool, advice: &'static str) -> Rule {
    Rule {
        text,
        rust_only,
        advice,
    }
}

pub(super) fn check(file: &TextFile) -> Vec<String> {
    let rules = || {
        RULES
            .iter()
            .filter(|r| !r.rust_only || file.has_extension("rs"))
    };
    // Lock files are written by tools; hashes and addresses in them say nothing of ours.
    if is_lock_file(file) {
        return Vec::new();
    }
    let mut findings = Vec::new();
    for (number, line) in (1..).zip(file.text.lines()) {
        for Rule {
            text: (head, tail),
            advice,
            ..
        } in rules()
        {
            let text = format!("{head}{tail}");
            if contains_word(line, &text) {
                findings.push(format!(
                    "{}:{number}: `{text}`: {advice}",
                    file.path.display()
                ));
            }
        }
    }
    findings
}

fn is_lock_file(file: &TextFile) -> bool {
    let name = file.path.file_name().unwrap_or_default();
    ["Cargo.lock", "package-lock.json", "go.sum"]
        .iter()
        .any(|lock| name == *lock)
}

/// Whether `text` occurs in `line`, not as part of a longer word.
fn contains_word(line: &str, text: &str) -> bool {
    let starts_with_word = text.starts_with(char::is_alphanumeric);
    let ends_with_word = text.ends_with(char::is_alphanumeric);
    line.match_indices(text).any(|(start, _)| {
        let before = line[..start].ends_with(char::is_alphanumeric);
        let after = line[start + text.len()..].starts_with(char::is_alphanumeric);
        !(starts_with_word && before || ends_with_word && after)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(path: &str, text: &str) -> usize {
        check(&TextFile {
            path: path.into(),
            text: text.to_owned(),
        })
        .len()
    }

    #[test]
    fn each_rule_finds_its_text_and_not_its_neighbours() {
        for Rule {
            text: (head, tail), ..
        } in &RULES
        {
            assert_eq!(
                count("a.rs", &format!("fine\n  {head}{tail}\n")),
                1,
                "{head}{tail}"
            );
        }
        assert_eq!(count("a.rs", &format!("let x = \"A{}{}Y\";", "XX", "X")), 0);
        assert_eq!(count("a.rs", "a_to",), 0);
        assert_eq!(count("a.rs", "see docs/roots/ and network/"), 0);
    }

    #[test]
    fn rust_rules_leave_prose_alone() {
        let text = format!("the `{}{}` macro", "dbg", "!(x)");
        assert_eq!((count("a.md", &text), count("a.rs", &text)), (0, 1));
    }

    #[test]
    fn lock_files_are_left_alone() {
        assert_eq!(
            count(
                "interop/node/package-lock.json",
                &format!("{}{}", "XX", "X")
            ),
            0
        );
    }
}
