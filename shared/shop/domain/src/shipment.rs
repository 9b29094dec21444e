//! The carrier and the tracking number of a parcel.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A carrier's short name: 2 to 32 upper-case letters, digits or hyphens, beginning with a letter, such as `DHL`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Carrier(String);

/// A parcel's tracking number: 6 to 40 letters, digits or hyphens, beginning and ending with a letter or digit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TrackingNumber(String);

/// The text is not a carrier's name or not a tracking number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ShipmentError {
    /// The text is not a carrier's name.
    #[error("must have 2 to 32 upper-case letters, digits or hyphens and begin with a letter, such as DHL")]
    Carrier,
    /// The text is not a tracking number.
    #[error("must have 6 to 40 letters, digits or hyphens, and begin and end with a letter or digit")]
    TrackingNumber,
}

impl Carrier {
    /// The carrier's name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Carrier {
    type Error = ShipmentError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let bytes = text.as_bytes();
        let fits = (2..=32).contains(&bytes.len())
            && bytes[0].is_ascii_uppercase()
            && bytes.iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'-');
        if fits { Ok(Self(text)) } else { Err(ShipmentError::Carrier) }
    }
}

impl TrackingNumber {
    /// The number's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for TrackingNumber {
    type Error = ShipmentError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let bytes = text.as_bytes();
        let fits = (6..=40).contains(&bytes.len())
            && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-')
            && !text.starts_with('-')
            && !text.ends_with('-');
        if fits { Ok(Self(text)) } else { Err(ShipmentError::TrackingNumber) }
    }
}

impl From<Carrier> for String {
    fn from(carrier: Carrier) -> Self {
        carrier.0
    }
}

impl From<TrackingNumber> for String {
    fn from(number: TrackingNumber) -> Self {
        number.0
    }
}

impl fmt::Display for Carrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for TrackingNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
