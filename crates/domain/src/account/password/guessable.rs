use zeroize::Zeroizing;

use super::PasswordContext;
use super::words::{LINES, words};

/// Characters beyond the well-known parts that do not yet make a password: `Contoso2026!x`.
const LEFT_OVER_MAX: usize = 3;

/// The longest group that makes no password by being repeated.
const GROUP_MAX: usize = 7;

/// Shorter parts of names are found in every text.
const NAME_LENGTH_MIN: usize = 3;

/// The fewest neighbouring keys that are no accident.
const LINE_LENGTH_MIN: usize = 3;

/// Whether a guesser who knows the words, the names and the keyboard gets there: whether the text
/// can be split into well-known parts so that next to nothing is left over.
///
/// A list of stolen passwords would have to be large to help: hardly any of those has fifteen
/// characters. Those that have are put together like this.
pub(super) fn is_guessable(text: &str, about: &PasswordContext<'_>) -> bool {
    let text = folded(text);
    repeats_a_group(&text) || left_over(&text, &names(about)) <= LEFT_OVER_MAX
}

fn folded(text: &str) -> Zeroizing<Vec<char>> {
    // A small letter is three characters long at most: with room for that, no copy is left behind.
    let mut folded = Zeroizing::new(Vec::with_capacity(3 * text.len()));
    folded.extend(text.chars().flat_map(char::to_lowercase));
    folded
}

/// The words that a guesser adds for this user.
fn names(about: &PasswordContext<'_>) -> Vec<Vec<char>> {
    [
        about.tenant_name,
        about.user_principal_name,
        about.display_name,
    ]
    .into_iter()
    .flat_map(|name| name.split(|letter: char| !letter.is_alphanumeric()))
    .map(|part| part.chars().flat_map(char::to_lowercase).collect())
    .filter(|part: &Vec<char>| part.len() >= NAME_LENGTH_MIN)
    .collect()
}

fn repeats_a_group(text: &[char]) -> bool {
    (1..=GROUP_MAX).any(|length| {
        text.iter()
            .zip(text.iter().skip(length))
            .all(|(a, b)| a == b)
    })
}

/// The fewest characters that are in no well-known part, over all ways to split the text.
fn left_over(text: &[char], names: &[Vec<char>]) -> usize {
    let words: Vec<&str> = words().collect();
    let mut least = vec![usize::MAX; text.len() + 1];
    least[0] = 0;
    for at in 0..text.len() {
        // Every place is reached: a character alone is a part too.
        let so_far = least[at];
        let mut reach = |length: usize, cost: usize| {
            let end = &mut least[at + length];
            *end = (*end).min(so_far + cost);
        };
        reach(1, usize::from(!is_free(text, at)));
        let rest = &text[at..];
        for length in 2..=same_length(rest) {
            reach(length, 0);
        }
        for length in LINE_LENGTH_MIN..=line_length(rest) {
            reach(length, 0);
        }
        for word in &words {
            if begins_with(rest, word.chars()) {
                reach(word.len(), 0);
            }
        }
        for name in names {
            if begins_with(rest, name.iter().copied()) {
                reach(name.len(), 0);
            }
        }
    }
    least[text.len()]
}

/// Digits add next to nothing, and neither does a sign that was there before.
fn is_free(text: &[char], at: usize) -> bool {
    let character = text[at];
    character.is_numeric() || (!character.is_alphabetic() && text[..at].contains(&character))
}

/// How many times the first character is repeated.
fn same_length(text: &[char]) -> usize {
    text.iter()
        .take_while(|character| **character == text[0])
        .count()
}

/// How many characters from the first one follow each other on one of the lines.
fn line_length(text: &[char]) -> usize {
    let both_ways = |line: &&str| {
        [
            common_length(text, line.chars()),
            common_length(text, line.chars().rev()),
        ]
    };
    LINES.iter().flat_map(both_ways).max().unwrap_or_default()
}

fn common_length(text: &[char], line: impl Iterator<Item = char>) -> usize {
    line.skip_while(|key| *key != text[0])
        .zip(text)
        .take_while(|(key, character)| key == *character)
        .count()
}

fn begins_with(text: &[char], mut word: impl Iterator<Item = char>) -> bool {
    let mut text = text.iter();
    word.all(|letter| {
        text.next()
            .is_some_and(|character| stands_for(*character, letter))
    })
}

/// Whether people write this character for that letter.
fn stands_for(character: char, letter: char) -> bool {
    character == letter
        || match letter {
            'a' => matches!(character, '@' | '4'),
            'b' => character == '8',
            'e' => matches!(character, '3' | '€'),
            'g' => matches!(character, '6' | '9'),
            'i' | 'l' => matches!(character, '1' | '!' | '|'),
            'o' => character == '0',
            's' => matches!(character, '5' | '$'),
            't' => matches!(character, '7' | '+'),
            'z' => character == '2',
            _ => false,
        }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ABOUT: PasswordContext<'_> = PasswordContext {
        tenant_name: "Contoso",
        user_principal_name: "v.operator@contoso.example",
        display_name: "Höhere Verwaltung",
    };

    #[test]
    fn what_guessers_try_is_refused() {
        for text in [
            "password123456789",
            "Password-Password",
            "P@$$w0rd!2026!2026",
            "qwertyuiopasdfgh",
            "QWERTZUIOPasdfghjkl",
            "1q2w3e4r5t6y7u8i",
            "1qaz2wsx3edc4rfv",
            "contosocontoso1",
            "C0nt0s0-C0nt0s0",
            "Contoso Admin X7!",
            "admin@contoso.example",
            "verwaltungVerwaltung",
            "HöhereHÖHERE2026",
            "höhere verwaltung 26",
            "countersign2026",
            "Countersign-Portal",
            "abcdefghijklmnop",
            "ponmlkjihgfedcba",
            "zyxwvutsrqponmlk",
            "123456789012345",
            "839201748362915",
            "2026-11-21 2026-12-31",
            "aaaaaaaaaaaaaaa",
            "aaaaaaaabbbbbbbb",
            "lalalalalalalala",
            "xk7 xk7 xk7 xk7 ",
            "...............",
            "- - - - - - - - ",
            "🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀",
            "thisismypassword",
            "iloveyouverymuch",
            "Welcome to Contoso",
            "letmeinletmeinplz",
            "!@#$%^&*()_+!@#$",
        ] {
            assert!(is_guessable(text, &ABOUT), "{text}");
        }
    }

    #[test]
    fn what_takes_many_guesses_is_fine() {
        for text in [
            "correct horse battery staple",
            "my heron reads the old newspaper",
            "password for the grumpy lighthouse",
            "f3Kq9-x2Lm7_Zp4w",
            "vwhpzqkmtjrbnxd",
            "Contoso keeps seven quiet hedgehogs",
            "дождь стучит по крыше",
        ] {
            assert!(!is_guessable(text, &ABOUT), "{text}");
        }
    }

    #[test]
    fn short_parts_of_names_are_not_looked_for() {
        let about = PasswordContext {
            tenant_name: "q v w x z k j h p",
            ..ABOUT
        };
        assert!(!is_guessable("vwhpzqkxjhqzvkw", &about));
    }

    fn word() -> impl Strategy<Value = &'static str> {
        proptest::sample::select(words().collect::<Vec<_>>())
    }

    fn part() -> impl Strategy<Value = String> {
        prop_oneof![
            word().prop_map(str::to_owned),
            word().prop_map(str::to_uppercase),
            "[0-9]{1,6}",
            Just("Contoso".to_owned()),
            Just("contoso.example".to_owned()),
            "[-]{1,3}",
        ]
    }

    proptest! {
        #[test]
        fn no_order_of_known_parts_helps(parts in proptest::collection::vec(part(), 1..12)) {
            prop_assert!(is_guessable(&parts.concat(), &ABOUT));
        }

        #[test]
        fn random_letters_are_fine(text in "[bcdfghjkmnpqrstvwxz]{20,80}") {
            prop_assert!(!is_guessable(&text, &ABOUT));
        }

        #[test]
        fn any_text_gets_an_answer(text in ".{0,200}", tenant_name in ".{0,40}") {
            let about = PasswordContext { tenant_name: &tenant_name, ..ABOUT };
            is_guessable(&text, &about);
        }
    }
}
