//! Sequence numbers: strictly increasing decimal numbers of 56 digits, in Kinesis's form.

use std::fmt;
use std::str::FromStr;

use super::error::KinesisError;

/// First digits of every sequence number. Kinesis's numbers start with 49 too.
const PREFIX: &str = "49";
/// Digits after the prefix.
const DIGITS: usize = 54;

/// A record's sequence number in its stream. Text order equals numeric order, because the width is fixed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SequenceNumber(pub i64);

impl fmt::Display for SequenceNumber {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{PREFIX}{:0DIGITS$}", self.0)
    }
}

impl FromStr for SequenceNumber {
    type Err = KinesisError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = text.strip_prefix(PREFIX).filter(|digits| digits.len() == DIGITS);
        let number = digits.filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
        let number = number.and_then(|digits| digits.parse().ok());
        let invalid = || KinesisError::Invalid(format!("{text:?} is not a sequence number of this stream"));
        number.map(Self).ok_or_else(invalid)
    }
}

#[cfg(test)]
mod tests {
    use super::SequenceNumber;

    #[test]
    fn text_has_56_digits_sorts_numerically_and_parses_back() {
        let (nine, ten) = (SequenceNumber(9).to_string(), SequenceNumber(10).to_string());
        assert_eq!(nine.len(), 56);
        assert!(nine < ten);
        assert_eq!(ten.parse::<SequenceNumber>().unwrap(), SequenceNumber(10));
    }

    #[test]
    fn text_without_prefix_and_54_digits_is_refused() {
        for text in ["", "10", "49+0000000000000000000000000000000000000000000000000000001"] {
            assert!(text.parse::<SequenceNumber>().is_err(), "{text}");
        }
    }
}
