//! The expressions that choose among the tokens of another issuer.

use countersign_domain::directory::ClaimsExpression;
use serde_json::{Map, Value, json};

/// Characters of a claim that a pattern is held against.
const VALUE_LENGTH_MAX: usize = 4_096;

/// An expression and, behind a line feed, the value that a token has for every claim it names.
pub fn claims_expression(input: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(input) else {
        return false;
    };
    let (text, value) = text.split_once('\n').unwrap_or((text, ""));
    let Ok(expression) = text.parse::<ClaimsExpression>() else {
        return false;
    };
    assert_eq!(expression.to_string(), text, "one spelling");
    let clauses = clauses(text);
    let names: Vec<_> = clauses.iter().map(|clause| clause.name).collect();
    assert_eq!(expression.claim_names().collect::<Vec<_>>(), names);

    let with = |value: &Value| {
        let members = names.iter().map(|name| ((*name).to_owned(), value.clone()));
        members.collect::<Map<_, _>>()
    };
    let expected = clauses.iter().all(|clause| clause.holds(value));
    assert_eq!(expression.matches(&with(&json!(value))), expected, "{text}");
    for other in [
        json!(null),
        json!([value]),
        json!({ value: value }),
        json!(1),
    ] {
        assert!(!expression.matches(&with(&other)), "{text} on {other}");
    }
    for name in &names {
        let mut without = with(&json!(value));
        without.remove(*name);
        assert!(!expression.matches(&without), "{text} without {name}");
    }
    true
}

struct Clause<'t> {
    name: &'t str,
    is_pattern: bool,
    comparand: &'t str,
}

/// A second reading of what was accepted: no quote can be in a name or a comparand.
fn clauses(text: &str) -> Vec<Clause<'_>> {
    let parts: Vec<_> = text.split('\'').collect();
    let (four, end) = parts.as_chunks::<4>();
    assert_eq!(end, [""], "{text}");
    four.iter()
        .map(|[_, name, operator, comparand]| Clause {
            name,
            is_pattern: operator.contains("matches"),
            comparand,
        })
        .collect()
}

impl Clause<'_> {
    /// By a table of every beginning of the pattern against every beginning of the value, which
    /// takes its time and leaves nothing out.
    fn holds(&self, value: &str) -> bool {
        if !self.is_pattern {
            return self.comparand == value;
        }
        let value: Vec<char> = value.chars().collect();
        if value.len() > VALUE_LENGTH_MAX {
            return false;
        }
        let mut row = vec![false; value.len() + 1];
        row[0] = true;
        for expected in self.comparand.chars() {
            let mut next = vec![false; value.len() + 1];
            next[0] = expected == '*' && row[0];
            for (at, found) in value.iter().enumerate() {
                next[at + 1] = match expected {
                    '*' => row[at + 1] || next[at],
                    '?' => row[at],
                    character => row[at] && character == *found,
                };
            }
            row = next;
        }
        row[value.len()]
    }
}
