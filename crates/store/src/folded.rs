//! The forms of texts that are compared: databases fold letters each in their own way, so the program
//! does it.

/// A text in which letter case no longer counts.
pub(crate) fn fold(text: &str) -> String {
    text.to_lowercase()
}

/// The folded words of a text, each with a space before it; whatever is no letter and no digit
/// separates words.
pub(crate) fn words(text: &str) -> String {
    let folded = fold(text);
    let mut words = String::with_capacity(folded.len() + 1);
    for word in folded.split(|letter: char| !letter.is_alphanumeric()) {
        if !word.is_empty() {
            words.push(' ');
            words.push_str(word);
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_letters_and_digits() {
        assert_eq!(words("Orders-API (v2)"), " orders api v2");
        assert_eq!(words("  Ärger__im Büro "), " ärger im büro");
        assert_eq!(words("%_'"), "");
    }
}
