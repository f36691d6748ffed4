//! `$filter`: the operators and lambdas that directory objects take, as a closed grammar.
//!
//! The text becomes a tree of known forms or an error; nothing of it is ever passed on as text. What
//! a property is called, and whether it can be filtered, is for the caller to decide.

use std::fmt;

/// Longest filter, in bytes. The longest that clients are known to send lists 15 client ids.
const LENGTH_MAX: usize = 8_192;

/// How deep brackets, `not` and lambdas may nest.
const DEPTH_MAX: usize = 16;

/// Comparisons of one filter, list members included: each becomes part of one statement.
const TERMS_MAX: usize = 200;

/// `endsWith` of one filter: no index helps with it, so each looks at every object there is.
const ENDS_MAX: usize = 10;

/// A condition on an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filter {
    /// All of them hold.
    And(Vec<Filter>),
    /// At least one of them holds.
    Or(Vec<Filter>),
    /// It does not hold.
    Not(Box<Filter>),
    /// `displayName eq 'x'`
    Compare(Path, Comparison, Literal),
    /// `appId in ('x','y')`
    In(Path, Vec<Literal>),
    /// `startsWith(displayName,'x')`
    StartsWith(Path, String),
    /// `endsWith(displayName,'x')`
    EndsWith(Path, String),
    /// `tags/any(t:t eq 'x')`; the variable stands for one member of the collection.
    Any(Path, Box<Filter>),
    /// `owners/$count eq 0`
    Count(Path, Comparison, u32),
}

/// A property, or one inside another: `verifiedPublisher/displayName`. Inside a lambda, a path that
/// begins with the variable is empty (the member itself) or names a property of the member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    /// Whether it begins with the variable of the lambda around it.
    pub of_member: bool,
    /// The names, from the outside in.
    pub names: Vec<String>,
}

/// How two values are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// `eq`
    Eq,
    /// `ne`
    Ne,
    /// `gt`
    Gt,
    /// `ge`
    Ge,
    /// `lt`
    Lt,
    /// `le`
    Le,
}

/// A value as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Literal {
    /// `'text'`, in which two quotes are one.
    Text(String),
    /// `true`, `false`
    Bool(bool),
    /// `null`
    Null,
    /// Digits.
    Number(i64),
    /// A GUID or an instant, which are written without quotes.
    Word(String),
}

/// Why a text is not a filter, as OData services put it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxError {
    /// The byte at which it went wrong, from 0.
    pub position: usize,
    /// What is wrong there.
    pub reason: &'static str,
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Invalid filter clause: {} at position {}.",
            self.reason, self.position
        )
    }
}

impl std::error::Error for SyntaxError {}

impl Filter {
    /// Reads the value of `$filter`, percent-decoded.
    pub fn parse(text: &str) -> Result<Self, SyntaxError> {
        if text.len() > LENGTH_MAX {
            return Err(SyntaxError {
                position: LENGTH_MAX,
                reason: "the filter is too long",
            });
        }
        let mut parser = Parser {
            text,
            position: 0,
            depth: 0,
            terms: 0,
            ends: 0,
            variable: None,
        };
        let filter = parser.or()?;
        parser.skip_spaces();
        if parser.position < text.len() {
            return Err(parser.error("a condition ends here, and the text goes on"));
        }
        Ok(filter)
    }
}

struct Parser<'t> {
    text: &'t str,
    position: usize,
    depth: usize,
    terms: usize,
    ends: usize,
    /// The variable of the lambda that is being read.
    variable: Option<&'t str>,
}

impl<'t> Parser<'t> {
    fn or(&mut self) -> Result<Filter, SyntaxError> {
        let first = self.and()?;
        self.chain("or", first, Self::and, Filter::Or)
    }

    fn and(&mut self) -> Result<Filter, SyntaxError> {
        let first = self.unary()?;
        self.chain("and", first, Self::unary, Filter::And)
    }

    fn chain(
        &mut self,
        word: &str,
        first: Filter,
        next: fn(&mut Self) -> Result<Filter, SyntaxError>,
        join: fn(Vec<Filter>) -> Filter,
    ) -> Result<Filter, SyntaxError> {
        let mut parts = vec![first];
        while self.take_word(word) {
            parts.push(next(self)?);
        }
        Ok(match parts.len() {
            1 => parts.remove(0),
            _ => join(parts),
        })
    }

    fn unary(&mut self) -> Result<Filter, SyntaxError> {
        self.nested(|parser| {
            if parser.take_word("not") {
                return Ok(Filter::Not(Box::new(parser.unary()?)));
            }
            if parser.take("(") {
                let inner = parser.or()?;
                parser.expect(")", "a closing bracket is missing")?;
                return parser.as_truth(inner);
            }
            parser.condition()
        })
    }

    fn nested<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, SyntaxError>,
    ) -> Result<T, SyntaxError> {
        if self.depth == DEPTH_MAX {
            return Err(self.error("conditions are nested too deep"));
        }
        self.depth += 1;
        let read = read(self)?;
        self.depth -= 1;
        Ok(read)
    }

    fn condition(&mut self) -> Result<Filter, SyntaxError> {
        let begin = self.position;
        let path = self.path()?;
        if let [name] = path.names.as_slice()
            && !path.of_member
            && self.rest().starts_with('(')
        {
            let make = match name.to_ascii_lowercase().as_str() {
                "startswith" => Filter::StartsWith,
                "endswith" => {
                    self.ends += 1;
                    if self.ends > ENDS_MAX {
                        return Err(self.error("endsWith is used more than 10 times"));
                    }
                    Filter::EndsWith
                }
                _ => {
                    self.position = begin;
                    return Err(self.error("the function is not supported"));
                }
            };
            let function = self.text_function(make)?;
            return self.as_truth(function);
        }
        if self.take("/any(") {
            return self.lambda(path);
        }
        if self.take("/$count") {
            let comparison = self.comparison()?;
            let Literal::Number(number) = self.literal()? else {
                return Err(self.error("a number is expected"));
            };
            let number =
                u32::try_from(number).map_err(|_| self.error("a small number is expected"))?;
            return Ok(Filter::Count(path, comparison, number));
        }
        if self.take_word("in") {
            return Ok(Filter::In(path, self.list()?));
        }
        let comparison = self.comparison()?;
        Ok(Filter::Compare(path, comparison, self.literal()?))
    }

    /// `(condition) eq true` is the condition itself.
    fn as_truth(&mut self, filter: Filter) -> Result<Filter, SyntaxError> {
        let is_wanted = if self.take_word("eq") {
            true
        } else if self.take_word("ne") {
            false
        } else {
            return Ok(filter);
        };
        match self.literal()? {
            Literal::Bool(value) if value == is_wanted => Ok(filter),
            Literal::Bool(_) => Ok(Filter::Not(Box::new(filter))),
            _ => Err(self.error("a condition is compared with true or false only")),
        }
    }

    fn text_function(&mut self, make: fn(Path, String) -> Filter) -> Result<Filter, SyntaxError> {
        self.expect("(", "an opening bracket is missing")?;
        let path = self.path()?;
        self.expect(",", "a comma is missing")?;
        let Literal::Text(text) = self.literal()? else {
            return Err(self.error("a text in quotes is expected"));
        };
        self.expect(")", "a closing bracket is missing")?;
        Ok(make(path, text))
    }

    /// What follows `path/any(`: a variable, a colon, and a condition on it.
    fn lambda(&mut self, path: Path) -> Result<Filter, SyntaxError> {
        if self.variable.is_some() {
            return Err(self.error("a lambda inside a lambda is not supported"));
        }
        self.variable = Some(self.name()?);
        self.expect(":", "a colon is missing")?;
        let condition = self.nested(Self::or)?;
        self.expect(")", "a closing bracket is missing")?;
        self.variable = None;
        Ok(Filter::Any(path, Box::new(condition)))
    }

    fn list(&mut self) -> Result<Vec<Literal>, SyntaxError> {
        self.expect("(", "a list in brackets is expected")?;
        let mut values = vec![self.literal()?];
        while self.take(",") {
            values.push(self.literal()?);
        }
        self.expect(")", "a closing bracket is missing")?;
        Ok(values)
    }

    fn path(&mut self) -> Result<Path, SyntaxError> {
        self.skip_spaces();
        let first = self.name()?;
        let of_member = self.variable == Some(first);
        let mut names = Vec::new();
        if !of_member {
            names.push(first.to_owned());
        }
        while let Some(after) = self.rest().strip_prefix('/') {
            if after.starts_with("any(") || after.starts_with('$') {
                break;
            }
            self.position += 1;
            names.push(self.name()?.to_owned());
        }
        Ok(Path { of_member, names })
    }

    fn name(&mut self) -> Result<&'t str, SyntaxError> {
        let rest = self.rest();
        let is_of_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '@');
        let length = rest.find(|c| !is_of_name(c)).unwrap_or(rest.len());
        let name = &rest[..length];
        if !name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
            return Err(self.error("the name of a property is expected"));
        }
        self.position += length;
        Ok(name)
    }

    fn comparison(&mut self) -> Result<Comparison, SyntaxError> {
        const WORDS: [(&str, Comparison); 6] = [
            ("eq", Comparison::Eq),
            ("ne", Comparison::Ne),
            ("gt", Comparison::Gt),
            ("ge", Comparison::Ge),
            ("lt", Comparison::Lt),
            ("le", Comparison::Le),
        ];
        WORDS
            .into_iter()
            .find_map(|(word, comparison)| self.take_word(word).then_some(comparison))
            .ok_or_else(|| self.error("a comparison such as eq is expected"))
    }

    fn literal(&mut self) -> Result<Literal, SyntaxError> {
        self.terms += 1;
        if self.terms > TERMS_MAX {
            return Err(self.error("there are too many values"));
        }
        self.skip_spaces();
        if self.rest().starts_with('\'') {
            return self.quoted().map(Literal::Text);
        }
        let rest = self.rest();
        let is_of_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | ':' | '.' | '+');
        let length = rest.find(|c| !is_of_word(c)).unwrap_or(rest.len());
        let word = &rest[..length];
        let literal = match word {
            "" => return Err(self.error("a value is expected")),
            "true" => Literal::Bool(true),
            "false" => Literal::Bool(false),
            "null" => Literal::Null,
            _ => match word.parse() {
                Ok(number) => Literal::Number(number),
                Err(_) => Literal::Word(word.to_owned()),
            },
        };
        self.position += length;
        Ok(literal)
    }

    fn quoted(&mut self) -> Result<String, SyntaxError> {
        let mut text = String::new();
        let mut rest = &self.rest()[1..];
        loop {
            let Some((before, after)) = rest.split_once('\'') else {
                return Err(self.error("a text without its closing quote begins"));
            };
            text.push_str(before);
            match after.strip_prefix('\'') {
                Some(more) => {
                    text.push('\'');
                    rest = more;
                }
                None => {
                    self.position = self.text.len() - after.len();
                    return Ok(text);
                }
            }
        }
    }

    fn rest(&self) -> &'t str {
        &self.text[self.position..]
    }

    fn skip_spaces(&mut self) {
        let rest = self.rest();
        self.position += rest.len() - rest.trim_start_matches(' ').len();
    }

    /// A word of the grammar, which no letter or digit follows.
    fn take_word(&mut self, word: &str) -> bool {
        self.skip_spaces();
        let follows = self.rest().strip_prefix(word);
        let is_whole = follows
            .is_some_and(|follows| !follows.starts_with(|c: char| c.is_ascii_alphanumeric()));
        if is_whole {
            self.position += word.len();
        }
        is_whole
    }

    fn take(&mut self, sign: &str) -> bool {
        self.skip_spaces();
        let is_there = self.rest().starts_with(sign);
        if is_there {
            self.position += sign.len();
        }
        is_there
    }

    fn expect(&mut self, sign: &str, reason: &'static str) -> Result<(), SyntaxError> {
        if self.take(sign) {
            Ok(())
        } else {
            Err(self.error(reason))
        }
    }

    fn error(&self, reason: &'static str) -> SyntaxError {
        SyntaxError {
            position: self.position,
            reason,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(name: &str) -> Path {
        Path {
            of_member: false,
            names: name.split('/').map(str::to_owned).collect(),
        }
    }

    fn text(value: &str) -> Literal {
        Literal::Text(value.to_owned())
    }

    fn equals(name: &str, value: &str) -> Filter {
        Filter::Compare(path(name), Comparison::Eq, text(value))
    }

    #[test]
    fn what_real_clients_send_is_read() {
        assert_eq!(
            Filter::parse("appId eq '11111111-1111-1111-1111-111111111111'"),
            Ok(equals("appId", "11111111-1111-1111-1111-111111111111"))
        );
        let member = Path {
            of_member: true,
            names: vec![],
        };
        assert_eq!(
            Filter::parse("identifierUris/any(s:s eq 'api://orders')"),
            Ok(Filter::Any(
                path("identifierUris"),
                Box::new(Filter::Compare(
                    member,
                    Comparison::Eq,
                    text("api://orders")
                ))
            ))
        );
        assert_eq!(
            Filter::parse("startswith(displayName,'O''Neil') and accountEnabled eq true"),
            Ok(Filter::And(vec![
                Filter::StartsWith(path("displayName"), "O'Neil".to_owned()),
                Filter::Compare(path("accountEnabled"), Comparison::Eq, Literal::Bool(true)),
            ]))
        );
        assert_eq!(
            Filter::parse("appId in ('a', 'b')"),
            Ok(Filter::In(path("appId"), vec![text("a"), text("b")]))
        );
        assert_eq!(
            Filter::parse("createdDateTime ge 2026-11-21T09:00:00Z"),
            Ok(Filter::Compare(
                path("createdDateTime"),
                Comparison::Ge,
                Literal::Word("2026-11-21T09:00:00Z".to_owned())
            ))
        );
        assert_eq!(
            Filter::parse("owners/$count eq 0"),
            Ok(Filter::Count(path("owners"), Comparison::Eq, 0))
        );
    }

    #[test]
    fn and_binds_before_or_and_brackets_before_both() {
        let (a, b, c) = (equals("a", "1"), equals("b", "2"), equals("c", "3"));
        assert_eq!(
            Filter::parse("a eq '1' or b eq '2' and c eq '3'"),
            Ok(Filter::Or(vec![
                a.clone(),
                Filter::And(vec![b.clone(), c.clone()])
            ]))
        );
        assert_eq!(
            Filter::parse("(a eq '1' or b eq '2') and not (c eq '3')"),
            Ok(Filter::And(vec![
                Filter::Or(vec![a, b]),
                Filter::Not(Box::new(c))
            ]))
        );
    }

    #[test]
    fn a_condition_may_be_compared_with_a_truth_value() {
        let starts = Filter::StartsWith(path("displayName"), "x".to_owned());
        for (filter, expected) in [
            ("startsWith(displayName,'x') eq true", starts.clone()),
            ("startsWith(displayName,'x') ne false", starts.clone()),
            (
                "startsWith(displayName,'x') eq false",
                Filter::Not(Box::new(starts)),
            ),
        ] {
            assert_eq!(Filter::parse(filter), Ok(expected), "{filter}");
        }
    }

    #[test]
    fn everything_else_is_an_error_with_its_place() {
        for (filter, position) in [
            ("", 0),
            ("a", 1),
            ("a eq", 4),
            ("a eq 'x", 5),
            ("a eq 'x' b", 9),
            ("a eq 'x' and", 12),
            ("a like 'x'", 2),
            ("a EQ 'x'", 2),
            ("(a eq 'x'", 9),
            ("a eq 'x')", 8),
            ("contains(a,'x')", 0),
            ("startsWith(a,1)", 14),
            ("a/any(b eq 'x')", 8),
            ("a/any(s:t/any(u:u eq 'x'))", 14),
            ("a in ()", 6),
            ("a in 'x'", 5),
            ("1 eq a", 0),
            ("a eq 'x'; drop table", 8),
            ("a eq ' \u{0} ' -- ", 11),
            ("a/$count eq -1", 14),
            ("é eq 'x'", 0),
        ] {
            let error = Filter::parse(filter).expect_err(filter);
            assert_eq!(error.position, position, "{filter}: {error}");
        }
    }

    #[test]
    fn size_and_depth_are_bounded() {
        let deep = format!("{}a eq 'x'{}", "(".repeat(5_000), ")".repeat(3_000));
        let reason = Filter::parse(&deep).expect_err("too deep").reason;
        assert_eq!(reason, "conditions are nested too deep");
        let nots = "not ".repeat(1_000) + "a eq 'x'";
        assert!(Filter::parse(&nots).is_err());
        let many = vec!["a eq 1"; 201].join(" or ");
        let reason = Filter::parse(&many).expect_err("too many").reason;
        assert_eq!(reason, "there are too many values");
        let ends = |count| vec!["endsWith(a,'x')"; count].join(" or ");
        assert!(Filter::parse(&ends(10)).is_ok());
        let inside = format!("b/any(x:endswith(x,'x')) and ({})", ends(10));
        let reason = Filter::parse(&inside).expect_err("too many").reason;
        assert_eq!(reason, "endsWith is used more than 10 times");
        let long = format!("a eq '{}'", "x".repeat(LENGTH_MAX));
        assert!(Filter::parse(&long).is_err());
    }
}
