//! Numbers by their decimal text. A conversion to floating point would round, and would accept `9007199254740990.9` as
//! a whole number.

use serde_json::Number;

/// The kind of a number, determined without rounding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// A whole number of at most 64 bits.
    Whole(Number),
    /// A whole number of more than 64 bits.
    TooLarge,
    /// A number with a fractional part.
    Fraction,
}

/// The most decimal digits of a number of 64 bits.
const MOST_DIGITS: usize = 20;

/// The kind of `number`, a number in the grammar of JSON (RFC 8259, section 6).
pub(super) fn kind(number: &str) -> Kind {
    let (sign, unsigned) = match number.strip_prefix('-') {
        Some(unsigned) => (-1, unsigned),
        None => (1, number),
    };
    let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    let significant = digits.trim_end_matches('0');
    if significant.is_empty() {
        return Kind::Whole(0.into());
    }
    // The number is `significant` times ten to the power of `shift`.
    let zeros = digits.len() - significant.len();
    let point = i64::try_from(zeros).and_then(|zeros| Ok(zeros - i64::try_from(fraction.len())?));
    let shift = exponent_of(exponent).saturating_add(point.unwrap_or_default());
    let Ok(shift) = usize::try_from(shift) else { return Kind::Fraction };
    let significant = significant.trim_start_matches('0');
    if significant.len().saturating_add(shift) > MOST_DIGITS {
        return Kind::TooLarge;
    }
    let value: Result<i128, _> = format!("{significant}{}", "0".repeat(shift)).parse();
    let value = value.ok().map(|value| sign * value);
    let unsigned = value.and_then(|value| u64::try_from(value).ok()).map(Number::from);
    let signed = || value.and_then(|value| i64::try_from(value).ok()).map(Number::from);
    unsigned.or_else(signed).map_or(Kind::TooLarge, Kind::Whole)
}

/// The exponent `text`. An exponent beyond 64 bits becomes the largest or the smallest exponent.
fn exponent_of(text: &str) -> i64 {
    let beyond = if text.starts_with('-') { i64::MIN } else { i64::MAX };
    text.parse().unwrap_or(beyond)
}

/// Finds numbers in a JSON text. The positions only move forward, so all numbers together cost one pass.
#[derive(Debug)]
pub(super) struct Numbers<'t> {
    text: &'t str,
    /// The index of the byte at which the search continues.
    position: usize,
    /// The number of numbers before that position.
    passed: usize,
}

impl<'t> Numbers<'t> {
    pub(super) const fn in_text(text: &'t str) -> Self {
        Self { text, position: 0, passed: 0 }
    }

    /// The number with the given index in the text, counted from 0. `None` if the text has no such number or if the
    /// search has passed the number already.
    pub(super) fn nth(&mut self, index: usize) -> Option<&'t str> {
        let bytes = self.text.as_bytes();
        let mut in_string = false;
        while let Some(byte) = bytes.get(self.position) {
            match byte {
                // In JSON, only a string has a backslash.
                b'\\' => self.position += 1,
                b'"' => in_string = !in_string,
                b'-' | b'0'..=b'9' if !in_string => {
                    let start = self.position;
                    let is_part = |byte: &&u8| matches!(byte, b'-' | b'+' | b'.' | b'e' | b'E' | b'0'..=b'9');
                    self.position += bytes[start..].iter().take_while(is_part).count();
                    self.passed += 1;
                    if self.passed == index + 1 {
                        return self.text.get(start..self.position);
                    }
                    continue;
                }
                _ => {}
            }
            self.position += 1;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Number;

    use super::{Kind, Numbers, kind};

    #[test]
    fn every_spelling_of_a_whole_number_is_that_number() {
        for (text, value) in [
            ("0", 0),
            ("-0", 0),
            ("0.0e99999999999999999999", 0),
            ("-0.000e-99999999999999999999", 0),
            ("1.0", 1),
            ("1e0", 1),
            ("100e-2", 1),
            ("0.001E+3", 1),
            ("1e3", 1_000),
            ("-12.50e1", -125),
            ("9007199254740993.0", 9_007_199_254_740_993),
            ("-9223372036854775808.0", i64::MIN),
            ("0.9223372036854775807e19", i64::MAX),
        ] {
            assert_eq!(kind(text), Kind::Whole(value.into()), "{text}");
        }
        assert_eq!(kind("18446744073709551615.0"), Kind::Whole(Number::from(u64::MAX)));
        let long = format!("1{}e-400", "0".repeat(400));
        assert_eq!(kind(&long), Kind::Whole(1.into()));
    }

    #[test]
    fn no_other_number_is_whole() {
        for text in [
            "0.5",
            "1.5e0",
            "1e-1",
            "9007199254740990.9",
            "1.00000000000000000001",
            "1e-99999999999999999999",
        ] {
            assert_eq!(kind(text), Kind::Fraction, "{text}");
        }
        for text in
            ["18446744073709551616", "-9223372036854775809", "1e20", "1e99999999999999999999", "-1.5e300"]
        {
            assert_eq!(kind(text), Kind::TooLarge, "{text}");
        }
    }

    #[test]
    fn numbers_in_strings_are_passed_over() {
        let mut numbers = Numbers::in_text(r#"{"1":[-1.5e+3,"2\"3\\",4],"\\":{"5":60}}"#);
        assert_eq!(numbers.nth(0), Some("-1.5e+3"));
        assert_eq!(numbers.nth(2), Some("60"));
        assert_eq!(numbers.nth(3), None);
    }
}
