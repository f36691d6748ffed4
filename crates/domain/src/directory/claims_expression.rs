//! The language of `claimsMatchingExpression`: `claims['sub'] matches 'repo:org/*' and ...`.
//!
//! A closed grammar: lookup, operator and comparand, separated by single spaces and joined by
//! `and`. Nothing is evaluated that is not written here.

use std::fmt;
use std::str::FromStr;

use serde_json::{Map, Value};

/// Characters of an expression at the most.
const LENGTH_MAX: usize = 600;

/// Characters of a claim that a pattern is held against; a longer one never matches. The claims
/// are not verified yet, and comparing costs the length of the value times that of the pattern.
const VALUE_LENGTH_MAX: usize = 4_096;

/// Clauses that all have to hold; at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimsExpression {
    clauses: Vec<Clause>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Clause {
    claim: String,
    operator: Operator,
    comparand: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    /// Equal, byte for byte.
    Eq,
    /// Equal with wildcards: `*` is any run of characters, `?` is one. At most 4,096 characters.
    Matches,
}

/// Why a text is no expression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason} (at character {place})")]
pub struct InvalidExpression {
    reason: &'static str,
    /// Counted from 1.
    place: usize,
}

impl ClaimsExpression {
    /// Whether a token's claims match: each named claim is there, is text, and compares.
    pub fn matches(&self, claims: &Map<String, Value>) -> bool {
        self.clauses.iter().all(|clause| {
            claims
                .get(&clause.claim)
                .and_then(Value::as_str)
                .is_some_and(|value| match clause.operator {
                    Operator::Eq => value == clause.comparand,
                    Operator::Matches => matches_pattern(value, &clause.comparand),
                })
        })
    }

    /// The names of the claims that are compared.
    pub fn claim_names(&self) -> impl Iterator<Item = &str> {
        self.clauses.iter().map(|clause| clause.claim.as_str())
    }
}

impl FromStr for ClaimsExpression {
    type Err = InvalidExpression;

    fn from_str(text: &str) -> Result<Self, InvalidExpression> {
        if text.chars().count() > LENGTH_MAX {
            return Err(InvalidExpression {
                reason: "an expression has at most 600 characters",
                place: LENGTH_MAX + 1,
            });
        }
        let mut reader = Reader { text, position: 0 };
        let mut clauses = vec![reader.clause()?];
        while !reader.rest().is_empty() {
            reader.expect(" and ", "expected ` and ` or the end")?;
            clauses.push(reader.clause()?);
        }
        Ok(Self { clauses })
    }
}

impl fmt::Display for ClaimsExpression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, clause) in self.clauses.iter().enumerate() {
            let joint = if index == 0 { "" } else { " and " };
            let operator = match clause.operator {
                Operator::Eq => "eq",
                Operator::Matches => "matches",
            };
            write!(
                f,
                "{joint}claims['{}'] {operator} '{}'",
                clause.claim, clause.comparand
            )?;
        }
        Ok(())
    }
}

struct Reader<'t> {
    text: &'t str,
    position: usize,
}

impl<'t> Reader<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.position..]
    }

    fn clause(&mut self) -> Result<Clause, InvalidExpression> {
        self.expect("claims['", "expected `claims['`")?;
        let claim = self.until_quote("a claim's name ends with `'`")?;
        if claim.is_empty() {
            return Err(self.error("a claim's name cannot be empty"));
        }
        self.expect("] ", "expected `] `")?;
        let operator = if self.rest().starts_with("matches ") {
            self.position += "matches ".len();
            Operator::Matches
        } else {
            self.expect("eq ", "expected `eq ` or `matches `")?;
            Operator::Eq
        };
        self.expect("'", "a value is written in single quotes")?;
        let comparand = self.until_quote("a value ends with `'`")?;
        if comparand.is_empty() {
            return Err(self.error("a value cannot be empty"));
        }
        let is_wild = |c| matches!(c, '*' | '?');
        if operator == Operator::Matches && comparand.chars().all(is_wild) {
            return Err(self.error("a pattern of `*` and `?` alone would match any token"));
        }
        Ok(Clause {
            claim: claim.to_owned(),
            operator,
            comparand: comparand.to_owned(),
        })
    }

    fn expect(&mut self, token: &str, reason: &'static str) -> Result<(), InvalidExpression> {
        if !self.rest().starts_with(token) {
            return Err(self.error(reason));
        }
        self.position += token.len();
        Ok(())
    }

    fn until_quote(&mut self, reason: &'static str) -> Result<&'t str, InvalidExpression> {
        let (found, _) = self
            .rest()
            .split_once('\'')
            .ok_or_else(|| self.error(reason))?;
        self.position += found.len() + 1;
        Ok(found)
    }

    fn error(&self, reason: &'static str) -> InvalidExpression {
        InvalidExpression {
            reason,
            place: self.text[..self.position].chars().count() + 1,
        }
    }
}

/// Compares with wildcards. The last `*` alone is retried, at each character of the value at most
/// once, so it takes no more steps than the product of both lengths.
fn matches_pattern(value: &str, pattern: &str) -> bool {
    // Bytes first, which cost nothing to count: a character has up to four.
    if value.len() > 4 * VALUE_LENGTH_MAX || value.chars().count() > VALUE_LENGTH_MAX {
        return false;
    }
    let (value, pattern): (Vec<char>, Vec<char>) =
        (value.chars().collect(), pattern.chars().collect());
    let (mut at, mut in_pattern) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while at < value.len() {
        match pattern.get(in_pattern) {
            Some('*') => {
                retry = Some((at, in_pattern + 1));
                in_pattern += 1;
            }
            Some(expected) if *expected == '?' || *expected == value[at] => {
                at += 1;
                in_pattern += 1;
            }
            _ => match retry {
                Some((start, after_star)) => {
                    at = start + 1;
                    in_pattern = after_star;
                    retry = Some((at, after_star));
                }
                None => return false,
            },
        }
    }
    pattern[in_pattern..].iter().all(|left| *left == '*')
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(expression: &str, claims: &Value, expected: bool) {
        let parsed: ClaimsExpression = expression.parse().expect(expression);
        assert_eq!(parsed.to_string(), expression);
        let claims = claims.as_object().expect("an object");
        assert_eq!(
            parsed.matches(claims),
            expected,
            "{expression} on {claims:?}"
        );
    }

    #[test]
    fn every_clause_has_to_hold() {
        let main = "claims['sub'] matches 'repo:org/*:ref:refs/heads/main'";
        check(
            main,
            &json!({"sub": "repo:org/a:ref:refs/heads/main"}),
            true,
        );
        check(
            main,
            &json!({"sub": "repo:org/a:ref:refs/heads/main2"}),
            false,
        );
        check(
            main,
            &json!({"sub": "Repo:org/a:ref:refs/heads/main"}),
            false,
        );
        check(
            main,
            &json!({"sub": ["repo:org/a:ref:refs/heads/main"]}),
            false,
        );
        check(main, &json!({}), false);
        let both = "claims['sub'] eq 'a*' and claims['job_workflow_ref'] matches '?b*'";
        check(both, &json!({"sub": "a*", "job_workflow_ref": "xb"}), true);
        check(both, &json!({"sub": "aa", "job_workflow_ref": "xb"}), false);
        check(both, &json!({"sub": "a*", "job_workflow_ref": "b"}), false);
    }

    #[test]
    fn errors_say_where() {
        for (text, place) in [
            ("", 1),
            ("claims['sub']", 13),
            ("claims['sub'] is 'a'", 15),
            ("claims['sub']  eq 'a'", 15),
            ("claims['sub'] eq a", 18),
            ("claims['sub'] eq 'a", 19),
            ("claims['sub'] eq ''", 20),
            ("claims[''] eq 'a'", 10),
            ("claims['sub'] matches '**'", 27),
            ("claims['sub'] matches '?*'", 27),
            ("claims['sub'] matches '*?'", 27),
            ("claims['sub'] matches '????'", 29),
            ("claims['sub'] eq 'a' or claims['b'] eq 'c'", 21),
            ("claims['sub'] eq 'a' and ", 26),
            ("claims['sub'] eq 'a' ", 21),
        ] {
            let found = text
                .parse::<ClaimsExpression>()
                .map_err(|error| error.place);
            assert_eq!(found, Err(place), "{text}");
        }
        assert!("x".repeat(601).parse::<ClaimsExpression>().is_err());
    }

    #[test]
    fn a_pattern_cannot_burn_time() {
        let value = "a".repeat(VALUE_LENGTH_MAX);
        // The first star is retried at each character, and each time fails at the last one.
        let worst = format!("*{}b", "a".repeat(570));
        assert!(!matches_pattern(&value, &worst));
        assert!(!matches_pattern(&value, &format!("{}b", "a*".repeat(285))));
    }

    #[test]
    fn a_value_of_any_length_is_not_looked_at() {
        for (unit, bytes) in [("a", 1), ("é", 2), ("😀", 4)] {
            let longest = unit.repeat(VALUE_LENGTH_MAX);
            assert_eq!(longest.len(), VALUE_LENGTH_MAX * bytes);
            let pattern = format!("{unit}*");
            assert!(matches_pattern(&longest, &pattern), "{unit}");
            let longer = longest + unit;
            assert!(!matches_pattern(&longer, &pattern), "{unit}");
        }
    }

    proptest::proptest! {
        #[test]
        fn parsing_prints_back(text in "\\PC{0,80}") {
            if let Ok(expression) = text.parse::<ClaimsExpression>() {
                proptest::prop_assert_eq!(expression.to_string(), text);
            }
        }

        #[test]
        fn a_text_matches_itself_and_a_star_for_any_part(
            before in "[a-z]{0,8}", between in "[a-z]{0,8}", after in "[a-z]{0,8}",
        ) {
            let value = format!("{before}{between}{after}");
            let pattern = format!("{before}*{after}");
            proptest::prop_assert!(matches_pattern(&value, &value));
            proptest::prop_assert!(matches_pattern(&value, &pattern));
        }
    }
}
