use std::fmt;

/// The name of a resource, folded for lookup: letter case and one trailing slash do not count.
///
/// The name as the client wrote it is kept elsewhere, for the `aud` of v1.0 tokens.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ResourceName(Box<str>);

impl ResourceName {
    /// Folds a name. Unicode letters are folded one by one, so that stored and asked names agree
    /// on both databases.
    pub fn fold(name: &str) -> Self {
        let name = name.strip_suffix('/').unwrap_or(name);
        Self(name.to_lowercase().into_boxed_str())
    }

    /// The folded name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ResourceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_one_trailing_slash_do_not_count() {
        let name = ResourceName::fold("https://Orders.Contoso.example/");
        assert_eq!(name, ResourceName::fold("https://orders.contoso.example"));
        assert_ne!(name, ResourceName::fold("https://orders.contoso.example//"));
    }
}
