use uuid::Uuid;

use crate::clock::Timestamp;
use crate::graph::filter::Comparison;

/// A condition on an object, in terms of its known properties.
///
/// On a collection (`identifierUris`) a comparison asks whether some member of it compares so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition<F> {
    /// All of them hold.
    All(Vec<Self>),
    /// At least one of them holds.
    Any(Vec<Self>),
    /// It does not hold.
    Not(Box<Self>),
    /// The property compares so with the value.
    Is(F, Comparison, Value),
    /// The property has one of the values.
    OneOf(F, Vec<Value>),
    /// The property begins with the text, in any letter case.
    StartsWith(F, String),
    /// The property ends with the text, in any letter case.
    EndsWith(F, String),
    /// The collection has so many members.
    Count(F, Comparison, u32),
}

/// A value of the property's own type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// The property has none.
    Null,
    /// A text; texts are compared in any letter case.
    Text(String),
    /// True or false.
    Bool(bool),
    /// A whole number.
    Number(i64),
    /// A GUID.
    Guid(Uuid),
    /// A point in time.
    Instant(Timestamp),
}
