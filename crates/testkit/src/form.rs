//! Form encoding, and request bodies that are nearly right.

use std::fmt::Write;

/// The parameters of a form, in their order.
#[derive(Debug, Clone, Default)]
pub struct Form(Vec<(String, String)>);

impl Form {
    /// A form with these parameters.
    pub fn new(pairs: &[(&str, &str)]) -> Self {
        pairs
            .iter()
            .fold(Self::default(), |form, (name, value)| form.and(name, value))
    }

    /// The same with one more parameter, which may repeat another.
    #[must_use]
    pub fn and(mut self, name: &str, value: &str) -> Self {
        self.0.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same without a parameter.
    ///
    /// # Panics
    /// Where it is not there: a test that removes nothing tests nothing.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        let before = self.0.len();
        self.0.retain(|(found, _)| found != name);
        assert_ne!(self.0.len(), before, "{name} is not in the form");
        self
    }

    /// The same with another value for a parameter.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        match self.0.iter_mut().find(|(found, _)| found == name) {
            Some(pair) => value.clone_into(&mut pair.1),
            None => panic!("{name} is not in the form"),
        }
        self
    }

    /// `application/x-www-form-urlencoded`.
    pub fn encode(&self) -> String {
        let pairs: Vec<_> = self
            .0
            .iter()
            .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
            .collect();
        pairs.join("&")
    }
}

/// Encodes one name or value; everything but letters, digits and `-._~` is escaped.
pub fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            write!(encoded, "%{byte:02X}").expect("a String takes everything");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_bent_one_parameter_at_a_time() {
        let form = Form::new(&[("a", "1 +&"), ("b", "é")]);
        assert_eq!(form.encode(), "a=1%20%2B%26&b=%C3%A9");
        assert_eq!(form.clone().without("a").encode(), "b=%C3%A9");
        assert_eq!(
            form.with("b", "").and("b", "2").encode(),
            "a=1%20%2B%26&b=&b=2"
        );
    }
}
