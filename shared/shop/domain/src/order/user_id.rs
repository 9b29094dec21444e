//! The id of a customer or a member of staff.

use std::fmt;
use std::str::FromStr;

use crate::{Text, TextError};

/// The id of a customer or a member of staff: the subject of the person's tokens, which has 1 to 255 bytes in UTF-8 (`OpenID` Connect Core 1.0,
/// section 2, `sub`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserId(String);

impl UserId {
    /// The most bytes of an id.
    pub const MAX_BYTES: usize = 255;

    /// The id of the caller with the token's `subject`. The text is not checked, because the identity provider has
    /// chosen it. A caller cannot correct it.
    #[must_use]
    pub fn of_subject(subject: &str) -> Self {
        Self(subject.to_owned())
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The id of a customer whom a request names.
impl TryFrom<String> for UserId {
    type Error = TextError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        if text.len() > Self::MAX_BYTES {
            return Err(TextError::TooManyBytes(Self::MAX_BYTES));
        }
        Text::<{ Self::MAX_BYTES }>::try_from(text).map(|text| Self(text.into()))
    }
}

impl FromStr for UserId {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.to_owned().try_into()
    }
}

impl From<UserId> for String {
    fn from(id: UserId) -> Self {
        id.0
    }
}

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
