//! Short texts out of a caller's hand: names, ids, reasons.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// 1 to `MAX` characters, none of which is invisible, and without white space at either end.
///
/// Texts are compared as they are, character by character: nothing is normalized, and what looks alike is not the same.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Text<const MAX: usize>(String);

/// A text that is empty, too long, or holds what no name holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// There is nothing in it.
    #[error("the text is empty")]
    Empty,
    /// It has more characters than it may have.
    #[error("the text is longer than {0} characters")]
    TooLong(usize),
    /// It holds an invisible character, or white space at an end.
    #[error("the text holds an invisible character, or begins or ends with white space")]
    Unclean,
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

/// What makes a text read otherwise than it is stored, or two that differ read alike: bidirectional controls (Unicode TR 36,
/// section 2.5; property `Bidi_Control`), separators of lines and paragraphs, spaces of no width, and the sign that
/// stands for what could not be read. Joiners are none of these: scripts and emoji need them.
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
