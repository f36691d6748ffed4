//! Rows for people, JSON for programs.

use serde_json::Value;

use crate::output;

/// Prints rows under their headings, or what to do if there are none.
pub(crate) fn print(headings: &[&str], rows: &[Vec<String>], none: &str) -> anyhow::Result<()> {
    let text = if rows.is_empty() {
        format!("{none}\n")
    } else {
        format(headings, rows)
    };
    Ok(output::print(&text)?)
}

/// An instant as the API writes it, to the second.
pub(crate) fn seconds(instant: &str) -> String {
    match instant.split_once('.') {
        Some((seconds, _)) => format!("{seconds}Z"),
        None => instant.to_owned(),
    }
}

/// Prints a value as it came.
pub(crate) fn print_json(value: &Value) -> anyhow::Result<()> {
    Ok(output::print(&format!("{value:#}\n"))?)
}

fn format(headings: &[&str], rows: &[Vec<String>]) -> String {
    let headings: Vec<_> = headings.iter().map(|&heading| heading.to_owned()).collect();
    let lines = || std::iter::once(&headings).chain(rows);
    let widths: Vec<_> = (0..headings.len())
        .map(|column| {
            let width =
                |line: &Vec<String>| line.get(column).map_or(0, |cell| cell.chars().count());
            lines().map(width).max().unwrap_or(0)
        })
        .collect();
    let mut text = String::new();
    for line in lines() {
        let cells: Vec<_> = line
            .iter()
            .zip(&widths)
            .map(|(cell, &width)| format!("{cell:width$}"))
            .collect();
        text.push_str(cells.join("  ").trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = [
            vec!["Orders API".to_owned(), "1".to_owned()],
            vec!["Éa".to_owned(), String::new()],
        ];
        assert_eq!(
            format(&["NAME", "ID"], &rows),
            "NAME        ID\nOrders API  1\nÉa\n"
        );
    }
}
