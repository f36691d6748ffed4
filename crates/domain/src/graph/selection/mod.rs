//! What of a collection is asked for, in typed terms that a database can carry out.

mod condition;
mod field;
mod filter;
mod read;

pub use condition::{Condition, Value};
pub use field::{
    ApplicationField, AssignmentField, AuditField, Field, FieldKind, PermissionGrantField,
    ServicePrincipalField, SignInField, UserField,
};

/// A page of a collection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selection<F> {
    /// Which objects; all of them if nothing is said.
    pub condition: Option<Condition<F>>,
    /// Words that a text property contains, each as the beginning of one of its words.
    pub search: Option<(F, Vec<String>)>,
    /// The property to sort by, and whether the greatest comes first. Ties, and collections without
    /// an order, are sorted by id (logs: newest first).
    pub order: Option<(F, bool)>,
    /// Where the page before this one ended.
    pub after: Option<Cursor>,
    /// Objects of the page at the most.
    pub limit: u32,
    /// Whether the number of all objects is wanted, whatever the page.
    pub counts: bool,
}

/// Where a page ended: the sort key of its last object.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Cursor {
    /// The value of the ordering property, as the database compares it; empty without one.
    pub value: Option<String>,
    /// The object's id, or a log entry's number.
    pub id: String,
}

/// Some objects, and where to go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The objects.
    pub items: Vec<T>,
    /// Where the next page begins; nothing where this is the last.
    pub next: Option<Cursor>,
    /// The number of all objects, where it was asked for.
    pub count: Option<u64>,
}

#[cfg(test)]
mod tests;
