//! Short texts out of a caller's hand: names, ids, reasons.

use std::fmt;

use serde::{Deserialize, Serialize};

/// 1 to `MAX` characters, without control characters and without white space at either end.
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
    /// It holds a control character, or white space at an end.
    #[error("the text holds a control character, or begins or ends with white space")]
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
        } else if text.trim() != text || text.chars().any(|c| c.is_control() || is_direction_override(c)) {
            Err(TextError::Unclean)
        } else {
            Ok(Self(text))
        }
    }
}

/// Bidirectional controls make a text read otherwise than it is stored (Unicode TR 36, section 2.5).
const fn is_direction_override(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
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
