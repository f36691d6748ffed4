//! What a selection means, in plain Rust: the databases must agree with this.

use std::collections::HashSet;

use countersign_domain::clock::Timestamp;
use countersign_domain::graph::filter::Comparison;
use countersign_domain::graph::selection::{Condition, Field, FieldKind, Page, Selection, Value};
use countersign_testkit::random::SeededRandom;

/// What an object has under a property.
pub(super) enum Has {
    One(Value),
    Many(Vec<Value>),
}

impl From<&str> for Has {
    fn from(text: &str) -> Self {
        Self::One(Value::Text(text.to_owned()))
    }
}

impl From<Option<&str>> for Has {
    fn from(text: Option<&str>) -> Self {
        Self::One(text.map_or(Value::Null, |text| Value::Text(text.to_owned())))
    }
}

impl From<bool> for Has {
    fn from(is_set: bool) -> Self {
        Self::One(Value::Bool(is_set))
    }
}

impl From<Timestamp> for Has {
    fn from(at: Timestamp) -> Self {
        Self::One(Value::Instant(at))
    }
}

impl From<uuid::Uuid> for Has {
    fn from(id: uuid::Uuid) -> Self {
        Self::One(Value::Guid(id))
    }
}

impl From<Option<uuid::Uuid>> for Has {
    fn from(id: Option<uuid::Uuid>) -> Self {
        Self::One(id.map_or(Value::Null, Value::Guid))
    }
}

pub(super) fn texts<'a>(texts: impl IntoIterator<Item = &'a String>) -> Has {
    Has::Many(texts.into_iter().cloned().map(Value::Text).collect())
}

/// A key to sort by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key {
    None,
    Text(String),
    Number(i64),
}

/// Objects of one kind, all of one tenant.
pub(super) struct Kind<F, O> {
    pub(super) objects: Vec<O>,
    pub(super) id: fn(&O) -> Key,
    pub(super) has: fn(&O, F) -> Has,
    /// What a log is sorted by where nothing else is asked for, newest first.
    pub(super) newest_by: Option<fn(&O) -> Key>,
}

/// Compares what the database finds with what the model finds, for every property with every
/// operator, and for random selections, page by page.
pub(super) async fn check<F: Field, O>(
    kind: &Kind<F, O>,
    list: impl AsyncFn(&Selection<F>) -> Page<Key>,
) {
    let atoms = atoms(kind);
    assert!(atoms.len() > 20, "few conditions would prove little");
    for atom in &atoms {
        let not = Condition::Not(Box::new(atom.clone()));
        for condition in [atom.clone(), not] {
            compare(kind, &all(Some(condition), 1_000), &list).await;
        }
    }
    let random = SeededRandom::new(7);
    let sortable: Vec<F> = fields().filter(|field: &F| field.is_sortable()).collect();
    let searchable: Vec<F> = fields().filter(|field: &F| field.is_searchable()).collect();
    let mut found = HashSet::new();
    for _ in 0..60 {
        let limit = u32::try_from(1 + random.below(5)).expect("a small number");
        let mut selection = all(Some(tree(&atoms, &random, 2)), limit);
        if random.below(3) == 0 {
            selection.condition = None;
        }
        if random.below(4) > 0 && !sortable.is_empty() {
            let field = sortable[random.below(sortable.len())];
            selection.order = Some((field, random.below(2) == 0));
        }
        if random.below(3) == 0 && !searchable.is_empty() {
            let field = searchable[random.below(searchable.len())];
            let terms = ["ord", "API", "é", "%", "o'x", "2 x", "ärg", "contoso"];
            let terms = (0..1 + random.below(2)).map(|_| terms[random.below(8)].to_owned());
            selection.search = Some((field, terms.collect()));
        }
        selection.counts = random.below(2) == 0;
        found.insert(compare(kind, &selection, &list).await);
    }
    assert!(found.len() > 2, "selections that find different numbers");
}

/// Walks all pages and answers how many objects there were.
async fn compare<F: Field, O>(
    kind: &Kind<F, O>,
    selection: &Selection<F>,
    list: &impl AsyncFn(&Selection<F>) -> Page<Key>,
) -> usize {
    let expected = expected(kind, selection);
    let mut selection = selection.clone();
    let limit = usize::try_from(selection.limit).expect("a small number");
    let mut found = Vec::new();
    loop {
        let page = list(&selection).await;
        let count = selection.counts.then_some(expected.len() as u64);
        assert_eq!(page.count, count, "{selection:?}");
        assert!(page.items.len() <= limit, "{selection:?}");
        found.extend(page.items);
        assert_eq!(
            page.next.is_some(),
            found.len() < expected.len(),
            "{selection:?}"
        );
        match page.next {
            Some(next) => selection.after = Some(next),
            None => break,
        }
    }
    assert_eq!(found, expected, "{selection:?}");
    found.len()
}

fn expected<F: Field, O>(kind: &Kind<F, O>, selection: &Selection<F>) -> Vec<Key> {
    let mut keys: Vec<(Key, Key)> = kind
        .objects
        .iter()
        .filter(|object| {
            let has = |field| (kind.has)(object, field);
            let found = selection.condition.as_ref().is_none_or(|c| holds(c, &has));
            let terms = selection.search.as_ref();
            found && terms.is_none_or(|(field, terms)| is_found(&has(*field), terms))
        })
        .map(|object| {
            let key = match (selection.order, kind.newest_by) {
                (Some((field, _)), _) => key(&(kind.has)(object, field)),
                (None, Some(newest_by)) => newest_by(object),
                (None, None) => Key::None,
            };
            (key, (kind.id)(object))
        })
        .collect();
    keys.sort();
    let is_descending = selection
        .order
        .map_or(kind.newest_by.is_some(), |(_, is_descending)| is_descending);
    if is_descending {
        keys.reverse();
    }
    keys.into_iter().map(|(_, id)| id).collect()
}

fn key(has: &Has) -> Key {
    match has {
        Has::One(Value::Text(text)) => Key::Text(text.to_lowercase()),
        Has::One(Value::Instant(at)) => Key::Number(at.micros()),
        _ => panic!("not a sortable property"),
    }
}

fn holds<F: Field>(condition: &Condition<F>, has: &impl Fn(F) -> Has) -> bool {
    match condition {
        Condition::All(parts) => parts.iter().all(|part| holds(part, has)),
        Condition::Any(parts) => parts.iter().any(|part| holds(part, has)),
        Condition::Not(inner) => !holds(inner, has),
        Condition::Is(field, comparison, value) => {
            some(&has(*field), |own| compares(own, *comparison, value))
        }
        Condition::OneOf(field, values) => some(&has(*field), |own| {
            let mut values = values.iter();
            values.any(|value| compares(own, Comparison::Eq, value))
        }),
        Condition::StartsWith(field, begin) => {
            let begin = begin.to_lowercase();
            some(&has(*field), |own| {
                text(own).is_some_and(|own| own.starts_with(&begin))
            })
        }
        Condition::EndsWith(field, end) => {
            let end = end.to_lowercase();
            some(&has(*field), |own| {
                text(own).is_some_and(|own| own.ends_with(&end))
            })
        }
        Condition::Count(field, comparison, number) => match has(*field) {
            Has::Many(members) => is(*comparison, members.len().cmp(&(*number as usize))),
            Has::One(_) => panic!("not a collection"),
        },
    }
}

fn some(has: &Has, test: impl Fn(&Value) -> bool) -> bool {
    match has {
        Has::One(value) => test(value),
        Has::Many(values) => values.iter().any(test),
    }
}

fn compares(own: &Value, comparison: Comparison, value: &Value) -> bool {
    match (own, value) {
        (Value::Null, Value::Null) => comparison == Comparison::Eq,
        (Value::Null, _) | (_, Value::Null) => comparison == Comparison::Ne,
        (Value::Bool(own), Value::Bool(value)) => is(comparison, own.cmp(value)),
        (Value::Number(own), Value::Number(value)) => is(comparison, own.cmp(value)),
        (Value::Guid(own), Value::Guid(value)) => is(comparison, own.cmp(value)),
        (Value::Instant(own), Value::Instant(value)) => is(comparison, own.cmp(value)),
        (Value::Text(own), Value::Text(value)) => {
            is(comparison, own.to_lowercase().cmp(&value.to_lowercase()))
        }
        _ => panic!("values of two types"),
    }
}

fn is(comparison: Comparison, order: std::cmp::Ordering) -> bool {
    match comparison {
        Comparison::Eq => order.is_eq(),
        Comparison::Ne => order.is_ne(),
        Comparison::Gt => order.is_gt(),
        Comparison::Ge => order.is_ge(),
        Comparison::Lt => order.is_lt(),
        Comparison::Le => order.is_le(),
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) => Some(text.to_lowercase()),
        _ => None,
    }
}

/// Whether each term is the beginning of words that follow each other.
fn is_found(has: &Has, terms: &[String]) -> bool {
    let Has::One(Value::Text(text)) = has else {
        panic!("not a searchable property");
    };
    let own = split(text);
    terms.iter().all(|term| {
        let wanted = split(term);
        let Some((last, first)) = wanted.split_last() else {
            return true;
        };
        own.windows(wanted.len()).any(|words| {
            let (end, begin) = words.split_last().expect("as many words as are wanted");
            begin == first && end.starts_with(last)
        })
    })
}

fn split(text: &str) -> Vec<String> {
    let folded = text.to_lowercase();
    let words = folded.split(|letter: char| !letter.is_alphanumeric());
    words
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

fn fields<F: Field>() -> impl Iterator<Item = F> {
    F::ALL.iter().map(|(_, field)| *field)
}

pub(super) fn all<F>(condition: Option<Condition<F>>, limit: u32) -> Selection<F> {
    Selection {
        condition,
        search: None,
        order: None,
        after: None,
        limit,
        counts: false,
    }
}

const COMPARISONS: [Comparison; 6] = [
    Comparison::Eq,
    Comparison::Ne,
    Comparison::Gt,
    Comparison::Ge,
    Comparison::Lt,
    Comparison::Le,
];

/// Every property with every operator, for what the objects have and for what nothing has.
fn atoms<F: Field, O>(kind: &Kind<F, O>) -> Vec<Condition<F>> {
    let mut atoms = Vec::new();
    for (path, field) in F::ALL {
        let field = *field;
        // Ids that clients know in another form can be the same or not, and nothing else.
        let is_opaque = *path == "id" && field.kind() == FieldKind::Text;
        let mut values = values(kind, field);
        for value in &values {
            for comparison in COMPARISONS {
                let is_equality = matches!(comparison, Comparison::Eq | Comparison::Ne);
                if is_equality || !is_opaque {
                    atoms.push(Condition::Is(field, comparison, value.clone()));
                }
            }
            if let (Value::Text(text), false) = (value, is_opaque) {
                let letters: Vec<char> = text.chars().collect();
                let half = letters.len() / 2;
                let begin = letters[..half].iter().collect();
                atoms.push(Condition::StartsWith(field, begin));
                atoms.push(Condition::EndsWith(field, letters[half..].iter().collect()));
            }
        }
        if field.is_collection() {
            for number in 0..3 {
                atoms.extend(COMPARISONS.map(|is| Condition::Count(field, is, number)));
            }
        } else {
            atoms.push(Condition::Is(field, Comparison::Eq, Value::Null));
            atoms.push(Condition::Is(field, Comparison::Ne, Value::Null));
            values.push(Value::Null);
        }
        values.truncate(5);
        atoms.push(Condition::OneOf(field, values));
        atoms.push(Condition::OneOf(field, vec![]));
    }
    atoms
}

fn values<F: Field, O>(kind: &Kind<F, O>, field: F) -> Vec<Value> {
    let mut values = match field.kind() {
        FieldKind::Text => ["", "nobody", "%", "_", "'", "\\", "ORD", "\u{10ffff}", "İ"]
            .map(|text| Value::Text(text.to_owned()))
            .into(),
        FieldKind::Bool => vec![Value::Bool(true), Value::Bool(false)],
        FieldKind::Number => vec![Value::Number(-1), Value::Number(i64::MAX)],
        FieldKind::Guid => vec![Value::Guid(uuid::Uuid::nil())],
        FieldKind::Instant => vec![Value::Instant(Timestamp::from_micros(0))],
    };
    for object in kind.objects.iter().take(12) {
        match (kind.has)(object, field) {
            Has::One(Value::Null) => {}
            Has::One(value) => values.push(value),
            Has::Many(members) => values.extend(members),
        }
    }
    let mut seen = Vec::new();
    values.retain(|value| {
        let is_new = !seen.contains(value);
        seen.push(value.clone());
        is_new
    });
    // Letter case does not count, except in ids.
    for value in values.iter_mut().skip(12).step_by(2) {
        if let (Value::Text(text), true) = (&value, field.is_searchable()) {
            *value = Value::Text(text.to_uppercase());
        }
    }
    values
}

fn tree<F: Field>(atoms: &[Condition<F>], random: &SeededRandom, depth: usize) -> Condition<F> {
    let atom = || atoms[random.below(atoms.len())].clone();
    if depth == 0 {
        return atom();
    }
    let parts = || {
        let parts = 0..1 + random.below(3);
        parts.map(|_| tree(atoms, random, depth - 1)).collect()
    };
    match random.below(5) {
        0 => Condition::All(parts()),
        1 | 2 => Condition::Any(parts()),
        3 => Condition::Not(Box::new(tree(atoms, random, depth - 1))),
        _ => atom(),
    }
}
