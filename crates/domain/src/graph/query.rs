//! The system query options of OData, as directory objects take them.

use super::error::GraphError;
use super::filter::{Filter, SyntaxError};

/// Objects of a page where the caller does not say.
pub const PAGE_DEFAULT: u32 = 100;

/// Objects of a page at the most.
pub const PAGE_MAX: u32 = 999;

/// Longest `$search`, in characters.
const SEARCH_LENGTH_MAX: usize = 256;

/// Names of `$select`, `$orderby` and `$expand` together.
const NAMES_MAX: usize = 100;

/// What a caller asks of a collection or an object.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Query {
    /// `$select`; empty for the default properties.
    pub select: Vec<String>,
    /// `$filter`
    pub filter: Option<Filter>,
    /// `$top`
    pub top: Option<u32>,
    /// `$orderby`
    pub order: Vec<Order>,
    /// `$count=true`
    pub counts: bool,
    /// `$search`
    pub search: Option<Search>,
    /// `$expand`
    pub expand: Option<Expand>,
    /// `$skiptoken`, as we gave it out.
    pub skip_token: Option<String>,
}

/// One property of `$orderby`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// The property.
    pub name: String,
    /// `desc`
    pub is_descending: bool,
}

/// `$search="displayName:text"`: words that a property contains, in any order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search {
    /// The property.
    pub name: String,
    /// What it must contain.
    pub text: String,
}

/// `$expand=owners($select=id)`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expand {
    /// The navigation.
    pub name: String,
    /// What of its objects is asked for; empty for all.
    pub select: Vec<String>,
}

/// Why a query cannot be carried out. Its text is the message of a `400`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// An option that is not one, or that is not for directory objects.
    #[error("Query option '{0}' is not supported.")]
    Unsupported(String),
    /// An option that is there twice.
    #[error(
        "Query option '{0}' was specified more than once, but it must be specified at most once."
    )]
    Repeated(&'static str),
    /// A value that is not one.
    #[error("Invalid value for the query option '{0}': {1}")]
    Invalid(&'static str, &'static str),
    /// The filter.
    #[error(transparent)]
    Filter(#[from] SyntaxError),
}

/// Clients that cannot quote are told so by the directory; the rest is no OData.
impl From<QueryError> for GraphError {
    fn from(error: QueryError) -> Self {
        let message = error.to_string();
        match error {
            QueryError::Unsupported(_) => Self::unsupported_query(message),
            QueryError::Filter(_) => Self::bad_request(message),
            QueryError::Repeated(_) | QueryError::Invalid(..) => Self::malformed(message),
        }
    }
}

impl Query {
    /// Reads the decoded pairs of a query string. Names without `$` are taken too (OData 4.01);
    /// parameters that are none of OData's are left alone.
    pub fn parse<'q>(
        pairs: impl IntoIterator<Item = (&'q str, &'q str)>,
    ) -> Result<Self, QueryError> {
        let mut query = Self::default();
        let mut seen: Vec<&'static str> = Vec::new();
        for (name, value) in pairs {
            let Some(option) = option(name)? else {
                continue;
            };
            if seen.contains(&option) {
                return Err(QueryError::Repeated(option));
            }
            seen.push(option);
            query.set(option, value)?;
        }
        Ok(query)
    }

    /// How many objects a page has.
    pub fn page_size(&self) -> u32 {
        self.top.unwrap_or(PAGE_DEFAULT)
    }

    fn set(&mut self, option: &'static str, value: &str) -> Result<(), QueryError> {
        let invalid = |reason| QueryError::Invalid(option, reason);
        match option {
            "$select" => self.select = names(value).map_err(invalid)?,
            "$filter" => self.filter = Some(Filter::parse(value)?),
            "$top" => {
                let top = value
                    .parse()
                    .ok()
                    .filter(|top| (1..=PAGE_MAX).contains(top));
                self.top = Some(top.ok_or_else(|| invalid("a number from 1 to 999 is expected."))?);
            }
            "$orderby" => self.order = orders(value).map_err(invalid)?,
            "$count" => {
                self.counts = match value {
                    "true" => true,
                    "false" => false,
                    _ => return Err(invalid("true or false is expected.")),
                };
            }
            "$search" => self.search = Some(search(value).map_err(invalid)?),
            "$expand" => self.expand = Some(expand(value).map_err(invalid)?),
            _ => self.skip_token = Some(value.to_owned()),
        }
        Ok(())
    }
}

const OPTIONS: [&str; 8] = [
    "$select",
    "$filter",
    "$top",
    "$orderby",
    "$count",
    "$search",
    "$expand",
    "$skiptoken",
];

fn option(name: &str) -> Result<Option<&'static str>, QueryError> {
    let lower = name.to_ascii_lowercase();
    let bare = lower.strip_prefix('$').unwrap_or(&lower);
    let known = OPTIONS.into_iter().find(|option| &option[1..] == bare);
    match known {
        None if lower.starts_with('$') => Err(QueryError::Unsupported(name.to_owned())),
        known => Ok(known),
    }
}

fn names(value: &str) -> Result<Vec<String>, &'static str> {
    let names: Vec<_> = value
        .split(',')
        .map(|name| name.trim().to_owned())
        .collect();
    if names.len() > NAMES_MAX {
        return Err("there are too many names.");
    }
    if !names.iter().all(|name| is_name(name)) {
        return Err("names of properties, with commas between them, are expected.");
    }
    Ok(names)
}

fn is_name(name: &str) -> bool {
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '/' | '.' | '@');
    name == "*"
        || (name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && name.chars().all(is_of_name))
}

fn orders(value: &str) -> Result<Vec<Order>, &'static str> {
    let order = |part: &str| {
        let mut words = part.split_ascii_whitespace();
        let name = words.next().filter(|name| is_name(name));
        let is_descending = match words.next() {
            None | Some("asc") => false,
            Some("desc") => true,
            Some(_) => return None,
        };
        name.filter(|_| words.next().is_none()).map(|name| Order {
            name: name.to_owned(),
            is_descending,
        })
    };
    let orders: Option<Vec<_>> = value.split(',').take(NAMES_MAX).map(order).collect();
    orders.ok_or("a property, and asc or desc behind it, is expected.")
}

fn search(value: &str) -> Result<Search, &'static str> {
    const EXPECTED: &str = "a property, a colon and a text, in quotes, are expected.";
    if value.chars().count() > SEARCH_LENGTH_MAX {
        return Err("the text is too long.");
    }
    let inside = value
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
        .ok_or(EXPECTED)?;
    let (name, text) = inside.split_once(':').ok_or(EXPECTED)?;
    if !is_name(name) || text.trim().is_empty() || text.contains('"') {
        return Err(EXPECTED);
    }
    Ok(Search {
        name: name.to_owned(),
        text: text.trim().to_owned(),
    })
}

fn expand(value: &str) -> Result<Expand, &'static str> {
    let (name, select) = match value.split_once('(') {
        None => (value, Vec::new()),
        Some((name, inside)) => {
            let list = inside
                .strip_suffix(')')
                .and_then(|inside| inside.strip_prefix("$select="))
                .ok_or("inside brackets only $select is supported.")?;
            (name, names(list)?)
        }
    };
    if name == "*" || !is_name(name) {
        return Err("one navigation is expected.");
    }
    Ok(Expand {
        name: name.to_owned(),
        select,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Query, QueryError> {
        Query::parse(text.split('&').filter_map(|pair| pair.split_once('=')))
    }

    #[test]
    fn every_option_is_read() {
        let query = parse(
            "$select=id,displayName&$filter=appId eq 'x'&$top=5&$orderby=displayName desc,id\
             &$count=true&$search=\"displayName:or ders\"&$expand=owners($select=id)&$skiptoken=t",
        )
        .expect("a query");
        assert_eq!(query.select, ["id", "displayName"]);
        assert!(query.filter.is_some());
        assert_eq!(query.page_size(), 5);
        assert_eq!(
            query
                .order
                .iter()
                .map(|o| (o.name.as_str(), o.is_descending))
                .collect::<Vec<_>>(),
            [("displayName", true), ("id", false)]
        );
        assert!(query.counts);
        assert_eq!(
            query.search.map(|s| (s.name, s.text)),
            Some(("displayName".into(), "or ders".into()))
        );
        assert_eq!(
            query.expand.map(|e| (e.name, e.select)),
            Some(("owners".into(), vec!["id".into()]))
        );
        assert_eq!(query.skip_token.as_deref(), Some("t"));
        assert_eq!(parse("top=7&api-version=1").map(|q| q.top), Ok(Some(7)));
        assert_eq!(parse("").map(|q| q.page_size()), Ok(PAGE_DEFAULT));
    }

    #[test]
    fn what_is_no_option_or_no_value_is_an_error() {
        for text in [
            "$skip=5",
            "$apply=x",
            "$top=0",
            "$top=1000",
            "$top=x",
            "$top=-1",
            "$count=1",
            "$select=",
            "$select=a b",
            "$select=a,",
            "$orderby=",
            "$orderby=a up",
            "$orderby=a asc b",
            "$search=displayName:x",
            "$search=\"x\"",
            "$search=\"displayName:\"",
            "$expand=*",
            "$expand=owners($top=1)",
            "$expand=a,b",
            "$filter=",
            "$top=1&$TOP=2",
            "$top=1&top=1",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
