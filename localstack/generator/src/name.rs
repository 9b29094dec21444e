//! Names in all the forms that code, paths and prose need.

use crate::Refusal;

/// The most bytes of a name: two names and a suffix stay below the 64 characters of a Lambda function's name.
const MAX_BYTES: usize = 24;

/// Words that Rust or the layout of the packages has taken.
const TAKEN: [&str; 52] = [
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "do", "dyn",
    "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "lib", "loop",
    "macro", "main", "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return", "self",
    "static", "struct", "super", "trait", "true", "try", "type", "typeof", "unsafe", "unsized", "use",
    "virtual", "where", "while",
];

/// Parts of names that the tidy tests refuse, because they say nothing.
const VAGUE: [&str; 5] = ["util", "helper", "manager", "misc", "common"];

/// A name in kebab-case: `gift-card`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Name(String);

impl Name {
    /// Reads a name.
    ///
    /// # Errors
    /// [`Refusal::Name`], which says what a name must be.
    pub(crate) fn new(text: &str) -> Result<Self, Refusal> {
        let refused = |reason: &str| Err(Refusal::Name { name: text.to_owned(), reason: reason.to_owned() });
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
            return refused("take at most 24 characters, or the names of functions become too long for AWS");
        }
        if TAKEN.contains(&text) {
            return refused("it is a word of Rust or of the layout; add another word");
        }
        if VAGUE.iter().any(|vague| text.contains(vague)) {
            return refused("the tidy tests refuse util, helper, manager, misc and common in names");
        }
        Ok(Self(text.to_owned()))
    }

    /// A name that the templates contain.
    pub(crate) fn trusted(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// `gift-card`
    #[must_use]
    pub(crate) fn kebab(&self) -> &str {
        &self.0
    }

    /// `gift_card`
    #[must_use]
    pub(crate) fn snake(&self) -> String {
        self.0.replace('-', "_")
    }

    /// `gift card`
    #[must_use]
    pub(crate) fn words(&self) -> String {
        self.0.replace('-', " ")
    }

    /// `GIFT_CARD`
    #[must_use]
    pub(crate) fn upper(&self) -> String {
        self.snake().to_ascii_uppercase()
    }

    /// `GiftCard`
    #[must_use]
    pub(crate) fn pascal(&self) -> String {
        self.0.split('-').map(capitalized).collect()
    }

    /// `giftCard`
    #[must_use]
    pub(crate) fn camel(&self) -> String {
        let pascal = self.pascal();
        pascal[..1].to_ascii_lowercase() + &pascal[1..]
    }

    /// `gift-cards`
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

    /// `a` or `an`, as the name sounds.
    #[must_use]
    pub(crate) fn article(&self) -> &'static str {
        if self.0.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" }
    }
}

/// The word with a capital.
#[must_use]
pub(crate) fn capitalized(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}

/// `GiftCard` as `gift-card`.
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
    fn a_bad_name_is_refused_with_the_cure() {
        for (text, cure) in [
            ("GiftCard", "single hyphens"),
            ("gift_card", "single hyphens"),
            ("-gift", "single hyphens"),
            ("gift--card", "single hyphens"),
            ("gift-", "single hyphens"),
            ("1-gift", "begins with a letter"),
            ("gift-2", "begins with a letter"),
            ("", "single hyphens"),
            ("../gift", "single hyphens"),
            ("match", "add another word"),
            ("self", "add another word"),
            ("main", "add another word"),
            ("card-manager", "tidy tests"),
            ("a-gift-card-of-a-customer", "24 characters"),
        ] {
            let refusal = Name::new(text).unwrap_err().to_string();
            assert!(refusal.contains(cure), "{text}: {refusal}");
        }
    }
}
