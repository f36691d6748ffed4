//! Every link of a Markdown file to a file of the repository must lead somewhere.

use std::path::Path;

use crate::files::TextFile;
use crate::shell;

pub(super) fn check(files: &[TextFile]) -> Vec<String> {
    let root = shell::root();
    let mut findings = Vec::new();
    for file in files.iter().filter(|file| file.has_extension("md")) {
        for (number, target) in local_links(&file.text) {
            let folder = root.join(file.path.parent().unwrap_or(Path::new("")));
            if !folder.join(target).exists() {
                findings.push(format!(
                    "{}:{number}: no file `{target}`",
                    file.path.display()
                ));
            }
        }
    }
    findings
}

/// Line number and path of each inline link that is not to the web; fenced code is not prose.
fn local_links(text: &str) -> Vec<(usize, &str)> {
    let mut links = Vec::new();
    let mut in_code = false;
    for (number, line) in (1..).zip(text.lines()) {
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
        } else if !in_code {
            links.extend(
                targets(line)
                    .filter_map(local_path)
                    .map(|path| (number, path)),
            );
        }
    }
    links
}

fn targets(line: &str) -> impl Iterator<Item = &str> {
    line.match_indices("](").filter_map(|(start, opening)| {
        let rest = &line[start + opening.len()..];
        rest.split_once(')').map(|(target, _)| target)
    })
}

/// The path of a link's target, without title and fragment; None for the web and for `#here`.
fn local_path(target: &str) -> Option<&str> {
    let target = target.split_whitespace().next()?;
    let path = target.split('#').next()?;
    let is_web = path.contains("://") || path.starts_with("mailto:");
    (!is_web && !path.is_empty()).then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_are_followed() {
        let text = "\
[a](docs/a.md) and [b](b.md#part \"title\")
[web](https://example.org/x) [here](#part) [mail](mailto:a@example.org)
```
[code](nowhere.md)
```
![picture](p.png)";
        assert_eq!(
            local_links(text),
            [(1, "docs/a.md"), (1, "b.md"), (6, "p.png")]
        );
    }

    #[test]
    fn a_link_to_nothing_is_found() {
        let file = |text: &str| TextFile {
            path: "xtask/x.md".into(),
            text: text.to_owned(),
        };
        let files = [
            file("[m](../Cargo.toml) [s](src/main.rs)"),
            file("\n[x](no-such-file.md)"),
        ];
        assert_eq!(check(&files), ["xtask/x.md:2: no file `no-such-file.md`"]);
    }
}
