//! Lists of applications and of service principals: found by name or id, page by page.

use serde::Deserialize;
use uuid::Uuid;

use super::address::{encoded, literal};
use super::api::Listed;

/// What the address of a list asks for.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    pub(super) search: String,
    /// The query of a further page, as the page before gave it.
    #[serde(default)]
    pub(super) page: String,
}

/// A list of the API, and the page that shows it.
pub(super) struct Listing {
    /// The path of the page.
    pub(super) page: &'static str,
    /// The path of the list.
    pub(super) collection: &'static str,
    /// The properties that the page shows.
    pub(super) fields: &'static str,
}

impl Listing {
    /// Where the API has what is asked for.
    pub(super) fn target(&self, wanted: &Wanted) -> String {
        let (collection, fields) = (self.collection, self.fields);
        match wanted.page.is_empty() {
            true => {
                let condition = condition(wanted.search.trim());
                format!("{collection}?$select={fields}&$count=true&$top=50&{condition}")
            }
            false => format!("{collection}?{}", wanted.page),
        }
    }

    /// The address of the next page; empty on the last.
    pub(super) fn next(&self, listed: &Listed, wanted: &Wanted) -> String {
        let Some(query) = &listed.next else {
            return String::new();
        };
        format!("{}&page={}", self.searched(wanted), encoded(query))
    }

    /// The address of the first page; empty on the first.
    pub(super) fn first(&self, wanted: &Wanted) -> String {
        match wanted.page.is_empty() {
            true => String::new(),
            false => self.searched(wanted),
        }
    }

    fn searched(&self, wanted: &Wanted) -> String {
        format!("{}?search={}", self.page, encoded(&wanted.search))
    }
}

/// How many there are, in words.
pub(super) fn summary(listed: &Listed) -> String {
    match listed.count {
        Some(1) => "1 application".to_owned(),
        Some(count) => format!("{count} applications"),
        None => String::new(),
    }
}

fn condition(search: &str) -> String {
    if let Ok(id) = search.parse::<Uuid>() {
        let id = literal(&id.to_string());
        format!("$filter=appId%20eq%20{id}%20or%20id%20eq%20{id}")
    } else if search.is_empty() {
        "$orderby=displayName".to_owned()
    } else if !search.contains(char::is_alphanumeric) {
        // There is no word to search for.
        format!("$filter=displayName%20eq%20{}", literal(search))
    } else {
        let words = search.replace(['"', '\\'], " ");
        format!("$search={}", encoded(&format!("\"displayName:{words}\"")))
    }
}
