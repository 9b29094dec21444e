//! Names, in all the forms that code, paths and texts need.

use crate::GeneratorError;

/// The most bytes of a name. The name of a Lambda function has at most 64 characters and can contain two names and a
/// suffix.
const MAX_BYTES: usize = 24;

/// Words that are keywords of Rust or file names in the layout of a package.
const RESERVED: [&str; 52] = [
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "do", "dyn",
    "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "lib", "loop",
    "macro", "main", "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return", "self",
    "static", "struct", "super", "trait", "true", "try", "type", "typeof", "unsafe", "unsized", "use",
    "virtual", "where", "while",
];

/// Words that the tidy tests forbid in names, because these words do not describe anything.
const VAGUE: [&str; 5] = ["util", "helper", "manager", "misc", "common"];

/// A name in kebab-case, for example `gift-card`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Name(String);

impl Name {
    /// Parses and checks a name.
    ///
    /// # Errors
    /// [`GeneratorError::Name`] with the rule that the name breaks.
    pub(crate) fn new(text: &str) -> Result<Self, GeneratorError> {
        let refused =
            |reason: &str| Err(GeneratorError::Name { name: text.to_owned(), reason: reason.to_owned() });
        let is_word = |word: &str| {
            word.starts_with(|first: char| first.is_ascii_lowercase())
                && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        };
        if !text.split('-').all(is_word) {
            return refused(
                "write words of lower-case letters and digits with single hyphens between them, such as gift-card; each \
                 word begins with a letter",
            );
        }
        if text.len() > MAX_BYTES {
            return refused("use at most 24 characters, because AWS limits the names of functions");
        }
        if RESERVED.contains(&text) {
            return refused("it is a keyword of Rust or a file name of the packages; add a word to the name");
        }
        if VAGUE.iter().any(|vague| text.contains(vague)) {
            return refused(
                "use a specific word: the tidy tests forbid util, helper, manager, misc and common in names",
            );
        }
        Ok(Self(text.to_owned()))
    }

    /// A name that needs no check, because it is part of a template or made of checked names.
    pub(crate) fn trusted(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The name in kebab-case: `gift-card`.
    #[must_use]
    pub(crate) fn kebab(&self) -> &str {
        &self.0
    }

    /// The name in snake case: `gift_card`.
    #[must_use]
    pub(crate) fn snake(&self) -> String {
        self.0.replace('-', "_")
    }

    /// The name in separate words: `gift card`.
    #[must_use]
    pub(crate) fn words(&self) -> String {
        self.0.replace('-', " ")
    }

    /// The name in upper snake case: `GIFT_CARD`.
    #[must_use]
    pub(crate) fn upper(&self) -> String {
        self.snake().to_ascii_uppercase()
    }

    /// The name in Pascal case: `GiftCard`.
    #[must_use]
    pub(crate) fn pascal(&self) -> String {
        self.0.split('-').map(capitalized).collect()
    }

    /// The name in camel case: `giftCard`.
    #[must_use]
    pub(crate) fn camel(&self) -> String {
        let pascal = self.pascal();
        pascal[..1].to_ascii_lowercase() + &pascal[1..]
    }

    /// The plural in kebab-case: `gift-cards`.
    #[must_use]
    pub(crate) fn plural(&self) -> String {
        let name = &self.0;
        let before_y = name.strip_suffix('y').filter(|stem| !stem.ends_with(['a', 'e', 'i', 'o', 'u']));
        match before_y {
            Some(stem) => format!("{stem}ies"),
            None if ["s", "x", "z", "ch", "sh"].iter().any(|end| name.ends_with(end)) => format!("{name}es"),
            None => format!("{name}s"),
        }
    }

    /// The indefinite article of the name: `an` before a vowel, otherwise `a`.
    #[must_use]
    pub(crate) fn article(&self) -> &'static str {
        if self.0.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" }
    }
}

/// The word with a capital first letter.
#[must_use]
pub(crate) fn capitalized(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}

/// Converts Pascal case to kebab-case: `GiftCard` becomes `gift-card`.
#[must_use]
pub(crate) fn kebab_from_pascal(pascal: &str) -> String {
    let mut kebab = String::new();
    for letter in pascal.chars() {
        if letter.is_ascii_uppercase() && !kebab.is_empty() {
            kebab.push('-');
        }
        kebab.push(letter.to_ascii_lowercase());
    }
    kebab
}

#[cfg(test)]
mod tests {
    use super::Name;

    #[test]
    fn a_name_has_every_form() {
        let name = Name::new("gift-card").unwrap();
        assert_eq!(
            (name.kebab(), name.snake().as_str(), name.words().as_str()),
            ("gift-card", "gift_card", "gift card")
        );
        assert_eq!(
            (name.pascal().as_str(), name.camel().as_str(), name.upper().as_str()),
            ("GiftCard", "giftCard", "GIFT_CARD")
        );
        let plural = |text: &str| Name::new(text).unwrap().plural();
        assert_eq!(
            [plural("gift-card"), plural("box-office"), plural("tax"), plural("inventory"), plural("key")],
            ["gift-cards", "box-offices", "taxes", "inventories", "keys"]
        );
        assert_eq!((name.article(), Name::new("account").unwrap().article()), ("a", "an"));
    }

    #[test]
    fn an_invalid_name_is_refused_with_the_solution() {
        for (text, solution) in [
            ("GiftCard", "single hyphens"),
            ("gift_card", "single hyphens"),
            ("-gift", "single hyphens"),
            ("gift--card", "single hyphens"),
            ("gift-", "single hyphens"),
            ("1-gift", "begins with a letter"),
            ("gift-2", "begins with a letter"),
            ("", "single hyphens"),
            ("../gift", "single hyphens"),
            ("match", "add a word"),
            ("self", "add a word"),
            ("main", "add a word"),
            ("card-manager", "tidy tests"),
            ("a-gift-card-of-a-customer", "24 characters"),
        ] {
            let refusal = Name::new(text).unwrap_err().to_string();
            assert!(refusal.contains(solution), "{text}: {refusal}");
        }
    }
}
