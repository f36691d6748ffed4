use super::error::{At, FileErrors, Places, Problems};
use super::shape::{FileEntry, TenantEntry};
use super::validate::validate;
use super::{keys, schema, tree};

/// A directory file that was read and found valid in itself.
#[derive(Debug)]
pub struct DirectoryFile {
    name: String,
    entry: FileEntry,
    places: Places,
}

impl DirectoryFile {
    /// Reads the text of a file.
    ///
    /// `file_name` is only for messages. The errors are all that one reading can find: a text
    /// that is no YAML has one, a file with wrong values has each of them.
    pub fn parse(file_name: &str, text: &str) -> Result<Self, FileErrors> {
        let tree = tree::read(file_name, text)?;
        let mut problems = Problems::new(file_name);
        let checked = schema::check(tree, &keys::DOCUMENT, &mut problems);
        // The types can only be read from a document of the right shape.
        problems = problems.none_or_stop()?;
        let entry = match serde_json::from_value::<FileEntry>(checked.value) {
            Ok(entry) => entry,
            Err(error) => {
                let at = At::default();
                problems.add(checked.places.of(&at), &at, error.to_string());
                FileEntry::default()
            }
        };
        validate(&entry, &checked.places, &mut problems);
        problems.unless_any(Self {
            name: file_name.to_owned(),
            entry,
            places: checked.places,
        })
    }

    pub(super) fn tenants(&self) -> &[TenantEntry] {
        &self.entry.tenants
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn places(&self) -> &Places {
        &self.places
    }
}
