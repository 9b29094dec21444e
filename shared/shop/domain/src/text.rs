//! Short texts from callers: names, ids and reasons.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A text of 1 to `MAX` characters, without invisible characters and without white space at either end.
///
/// Texts are compared byte for byte without normalization. Two texts that look alike may therefore differ.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Text<const MAX: usize>(String);

/// The text is empty, too long, or contains a forbidden character.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// The text is empty.
    #[error("must have at least one character")]
    Empty,
    /// The text has too many characters.
    #[error("must have at most {0} characters")]
    TooLong(usize),
    /// The text contains an invisible character, or begins or ends with white space.
    #[error("must have no invisible characters, and no white space at the beginning or end")]
    Unclean,
    /// The text has too many bytes in UTF-8.
    #[error("must have at most {0} bytes in UTF-8")]
    TooManyBytes(usize),
    /// The text cannot be a segment of a URL's path.
    #[error("must not be . or .., because clients remove these segments from a URL; send another id")]
    DotSegment,
    /// The text contains a character that ends a segment of a URL's path.
    #[error("must not contain / ? # or \\, because these characters end a segment of a URL; send another id")]
    UrlDelimiter,
}

impl<const MAX: usize> Text<MAX> {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> TryFrom<String> for Text<MAX> {
    type Error = TextError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        if text.is_empty() {
            Err(TextError::Empty)
        } else if text.chars().nth(MAX).is_some() {
            Err(TextError::TooLong(MAX))
        } else if text.trim() != text || text.chars().any(|c| c.is_control() || is_unseen(c)) {
            Err(TextError::Unclean)
        } else {
            Ok(Self(text))
        }
    }
}

/// Whether the character is invisible and can make a text look different from its content, or two different texts look
/// alike. These are bidirectional controls (Unicode TR 36, section 2.5; property `Bidi_Control`), line and paragraph
/// separators, zero-width spaces, and the replacement character for undecodable input. Joiners are allowed, because
/// scripts and emoji need them.
const fn is_unseen(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{200b}' | '\u{2060}' | '\u{feff}' | '\u{fffd}')
}

impl<const MAX: usize> FromStr for Text<MAX> {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.to_owned().try_into()
    }
}

impl<const MAX: usize> From<Text<MAX>> for String {
    fn from(text: Text<MAX>) -> Self {
        text.0
    }
}

impl<const MAX: usize> fmt::Display for Text<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
