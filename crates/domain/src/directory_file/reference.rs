use std::fmt::Write;

use super::keys::FILE;
use super::schema::{Kind, Presence, Section, expected};

/// The reference of the directory file in Markdown, made from the table that files are checked
/// against: one heading per object, one line per key.
pub fn reference() -> String {
    let mut page = String::from(
        "# The directory file\n\n\
         A directory file is YAML or JSON. Property names are those of Microsoft Graph; unknown \
         and repeated keys are errors. Applying a file twice changes nothing, and so does \
         applying an export.\n",
    );
    write_section(&mut page, &FILE, "");
    page
}

fn write_section(page: &mut String, section: &'static Section, path: &str) {
    let title = if path.is_empty() {
        section.title.to_owned()
    } else {
        format!("`{path}`")
    };
    // Writing to a string cannot fail.
    let _ = write!(
        page,
        "\n## {title}\n\n| key | value | left out | meaning |\n| --- | --- | --- | --- |\n"
    );
    for key in section.keys {
        let absent = match key.presence {
            Presence::Required => "required".to_owned(),
            Presence::Default("null") => "none".to_owned(),
            Presence::Default("{}") => "all its defaults".to_owned(),
            Presence::Default(value) => format!("`{value}`"),
            Presence::Absent(text) | Presence::AbsentOrNull(text) => text.to_owned(),
        };
        let kind = expected(&key.kind);
        let _ = writeln!(
            page,
            "| `{}` | {kind} | {absent} | {} |",
            key.name, key.meaning
        );
    }
    for key in section.keys {
        let path = if path.is_empty() {
            key.name.to_owned()
        } else {
            format!("{path}.{}", key.name)
        };
        match &key.kind {
            Kind::Object(section) => write_section(page, section, &path),
            Kind::List(Kind::Object(section)) => {
                write_section(page, section, &format!("{path}[]"));
            }
            _ => {}
        }
    }
}
