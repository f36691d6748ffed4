//! `$filter`, put in terms of the properties of one type.

use super::read::{field, resource, text, unfilterable};
use super::{Condition, Field, FieldKind, Value};
use crate::clock::Timestamp;
use crate::graph::error::GraphError;
use crate::graph::filter::{Comparison, Filter, Literal, Path};
use crate::ids::TraceId;

pub(super) fn condition<F: Field>(filter: &Filter) -> Result<Condition<F>, GraphError> {
    Ok(match filter {
        Filter::And(parts) => Condition::All(all(parts, condition)?),
        Filter::Or(parts) => Condition::Any(all(parts, condition)?),
        Filter::Not(inner) => Condition::Not(Box::new(condition(inner)?)),
        Filter::Any(path, inner) => member(path, inner)?,
        Filter::Count(path, comparison, number) => {
            let (name, field) = named::<F>(None, path)?;
            match field.is_collection() {
                true => Condition::Count(field, *comparison, *number),
                false => return Err(unfilterable::<F>(&name)),
            }
        }
        Filter::Compare(..) | Filter::In(..) | Filter::StartsWith(..) | Filter::EndsWith(..) => {
            term(None, filter)?
        }
    })
}

impl<F: Field> Condition<F> {
    /// Whether it is one that directories answer from an index only.
    pub(super) fn is_advanced(&self) -> bool {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().any(Self::is_advanced),
            Self::Is(_, comparison, _) => *comparison == Comparison::Ne,
            Self::Not(_) | Self::EndsWith(..) | Self::Count(..) => true,
            Self::OneOf(..) | Self::StartsWith(..) => false,
        }
    }
}

fn all<'f, F>(
    parts: &'f [Filter],
    read: impl Fn(&'f Filter) -> Result<Condition<F>, GraphError>,
) -> Result<Vec<Condition<F>>, GraphError> {
    parts.iter().map(read).collect()
}

/// The inside of a lambda. That some member is one thing or another is the same as that some member
/// is the one, or some member is the other; of `and` and `not` this cannot be said.
fn member<F: Field>(collection: &Path, inner: &Filter) -> Result<Condition<F>, GraphError> {
    match inner {
        Filter::Or(parts) => Ok(Condition::Any(all(parts, |part| member(collection, part))?)),
        Filter::Compare(..) | Filter::In(..) | Filter::StartsWith(..) | Filter::EndsWith(..) => {
            term(Some(collection), inner)
        }
        Filter::And(_) | Filter::Not(_) | Filter::Any(..) | Filter::Count(..) => {
            Err(unfilterable::<F>(&collection.names.join("/")))
        }
    }
}

/// A comparison with values: of a property, or of the members of a collection.
fn term<F: Field>(collection: Option<&Path>, filter: &Filter) -> Result<Condition<F>, GraphError> {
    let (Filter::Compare(path, ..)
    | Filter::In(path, _)
    | Filter::StartsWith(path, _)
    | Filter::EndsWith(path, _)) = filter
    else {
        return Err(GraphError::unsupported_query(
            "This filter is not supported.",
        ));
    };
    let (name, field) = named::<F>(collection, path)?;
    if field.is_collection() != collection.is_some() {
        return Err(unfilterable::<F>(&name));
    }
    let is_text = field.kind() == FieldKind::Text;
    match filter {
        Filter::Compare(_, comparison, literal) => {
            let is_equality = matches!(comparison, Comparison::Eq | Comparison::Ne);
            let has_order = matches!(field.kind(), FieldKind::Number | FieldKind::Instant);
            let is_null = *literal == Literal::Null;
            if (!is_equality && (is_null || !has_order)) || (is_null && field.is_collection()) {
                return Err(unfilterable::<F>(&name));
            }
            Ok(Condition::Is(
                field,
                *comparison,
                value(&name, field, literal)?,
            ))
        }
        Filter::In(_, literals) => {
            let values: Result<_, _> = literals
                .iter()
                .map(|literal| value(&name, field, literal))
                .collect();
            Ok(Condition::OneOf(field, values?))
        }
        Filter::StartsWith(_, begin) if is_text => Ok(Condition::StartsWith(field, text(begin)?)),
        Filter::EndsWith(_, end) if is_text => Ok(Condition::EndsWith(field, text(end)?)),
        _ => Err(unfilterable::<F>(&name)),
    }
}

/// The field of a path; inside a lambda, of the path of the collection and that of the member.
fn named<F: Field>(collection: Option<&Path>, path: &Path) -> Result<(String, F), GraphError> {
    let outer = collection.map_or(&[][..], |collection| &collection.names);
    if path.of_member != collection.is_some() {
        return Err(unfilterable::<F>(&path.names.join("/")));
    }
    let name = [outer, &path.names].concat().join("/");
    field(&name).map(|field| (name, field))
}

fn value<F: Field>(name: &str, field: F, literal: &Literal) -> Result<Value, GraphError> {
    match (field.kind(), literal) {
        (_, Literal::Null) => Ok(Value::Null),
        (FieldKind::Text, Literal::Text(value)) => Ok(Value::Text(text(value)?)),
        (FieldKind::Bool, Literal::Bool(value)) => Ok(Value::Bool(*value)),
        (FieldKind::Number, Literal::Number(value)) => Ok(Value::Number(*value)),
        (FieldKind::Guid, Literal::Text(word) | Literal::Word(word)) => word
            .parse::<TraceId>()
            .map(|id| Value::Guid(id.uuid()))
            .map_err(|_| {
                GraphError::bad_request(format!(
                    "Invalid value specified for property '{name}' of resource '{}'.",
                    resource::<F>()
                ))
            }),
        (FieldKind::Instant, Literal::Word(word)) => {
            instant(word).map(Value::Instant).ok_or_else(|| {
                GraphError::malformed(format!(
                    "Invalid filter clause: '{word}' is no time of the form 2026-11-21T09:00:00Z."
                ))
            })
        }
        (kind, literal) => Err(mismatch(kind, literal)),
    }
}

/// A time, or a day that stands for its beginning.
fn instant(word: &str) -> Option<Timestamp> {
    let is_day = word.len() == "2026-11-21".len();
    match is_day {
        true => format!("{word}T00:00:00Z").parse().ok(),
        false => word.parse().ok(),
    }
}

fn mismatch(kind: FieldKind, literal: &Literal) -> GraphError {
    let left = match kind {
        FieldKind::Text => "Edm.String",
        FieldKind::Bool => "Edm.Boolean",
        FieldKind::Number => "Edm.Int32",
        FieldKind::Guid => "Edm.Guid",
        FieldKind::Instant => "Edm.DateTimeOffset",
    };
    let right = match literal {
        Literal::Text(_) => "Edm.String",
        Literal::Bool(_) => "Edm.Boolean",
        Literal::Null => "Edm.Null",
        Literal::Number(_) => "Edm.Int64",
        Literal::Word(_) => "Edm.Untyped",
    };
    GraphError::malformed(format!(
        "A binary operator with incompatible types was detected. Found operand types '{left}' and \
         '{right}'."
    ))
}
