//! Sequence numbers: a place in the stack's store, and the number in which Kinesis's API writes it.
//!
//! Kinesis's number has 56 decimal digits. In hexadecimal it has 47 digits, and they have these parts: 2; the second in
//! which the shard was opened (9 digits); the last digit of the shard; the index (16); 00; the second of arrival (9);
//! the shard (8); the version, 2. AWS does not document the parts. The tests of `mhart/kinesalite` observed them, with
//! the older versions 0 and 1.

/// Digits of a number in hexadecimal, with a leading zero.
const DIGITS: usize = 48;
/// Decimal digits that one division by [`GROUP`] yields.
const GROUP_DIGITS: usize = 9;
const GROUP: u64 = 1_000_000_000;
/// First second that Kinesis refuses as the time when a shard was opened.
const SECONDS_END: u64 = 16_025_175_000;
/// The bit that numbers of version 0 have, whether the caller writes it or not.
const VERSION_0: u32 = 1 << 28;

/// A record's place in the store. Later records have higher ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SequenceNumber(pub i64);

impl SequenceNumber {
    /// The place of the record with the number `text`, as [`Record::number`](super::Record::number) has it; `None` if the
    /// stack has not written the number.
    #[must_use]
    pub fn of_number(text: &str) -> Option<Self> {
        Parts::parse(text).filter(|parts| parts.version == 2).map(|parts| parts.sequence)
    }

    /// The number as Kinesis writes it, for a record that arrived in `shard` at `arrived_ms`.
    pub(super) fn text(self, shard: u32, opened_ms: i64, arrived_ms: i64) -> String {
        let (opened, arrived) = (seconds(opened_ms), seconds(arrived_ms));
        let (digit, index) = (shard & 0xf, self.0.unsigned_abs());
        Number::from_hex(&format!("02{opened:09x}{digit:x}{index:016x}00{arrived:09x}{shard:08x}2")).decimal()
    }
}

/// The content of a sequence number in Kinesis's form.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Parts {
    /// Version of the form. The stack writes version 2.
    pub(super) version: u8,
    /// Time when the shard was opened, in seconds since the epoch.
    pub(super) opened: u64,
    /// The place in the store.
    pub(super) sequence: SequenceNumber,
    /// Time of arrival, in seconds since the epoch.
    pub(super) arrived: u64,
    /// The shard. Kinesis reads a number above the range of its shards as negative.
    pub(super) shard: i64,
}

impl Parts {
    /// Parses a decimal number; `None` if Kinesis would not have written it.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut number = Number::from_decimal(text)?;
        if number.0[4] == 0 && number.0[5] == 0 {
            number.0[3] |= VERSION_0;
            return Self::of_version_0(&number.hex());
        }
        let hex = number.hex();
        let version = match (hex.get(..2)?, hex.get(47..)?) {
            ("02", "2") => 2,
            ("02", "1") => 1,
            _ => return None,
        };
        let (index, arrived) = if version == 2 { (12..28, 30..39) } else { (37..39, 14..23) };
        let part = |range| u64::from_str_radix(hex.get(range)?, 16).ok();
        let shard = i64::try_from(part(39..47)?).ok()?;
        let parts = Self {
            version,
            opened: part(2..11)?,
            sequence: SequenceNumber(i64::try_from(part(index)?).ok()?),
            arrived: part(arrived)?,
            shard: if shard > i64::from(i32::MAX) { -shard } else { shard },
        };
        (parts.opened < SECONDS_END).then_some(parts)
    }

    /// The oldest form has the shard at its end and no time of arrival.
    fn of_version_0(hex: &str) -> Option<Self> {
        let part = |range| u64::from_str_radix(hex.get(range)?, 16).ok();
        let opened = part(17..26)?;
        let shard = i64::try_from(part(44..48)?).ok()?;
        let parts = Self { version: 0, opened, sequence: SequenceNumber(0), arrived: opened, shard };
        (opened < SECONDS_END).then_some(parts)
    }
}

/// A time in seconds since the epoch, from milliseconds.
pub(super) fn seconds(ms: i64) -> u64 {
    u64::try_from(ms / 1000).unwrap_or(0)
}

/// A number of up to 192 bits, least significant part first.
struct Number([u32; 6]);

impl Number {
    /// Parses [`DIGITS`] hexadecimal digits.
    fn from_hex(hex: &str) -> Self {
        let mut parts = [0; 6];
        for (part, end) in parts.iter_mut().zip((8..=DIGITS).rev().step_by(8)) {
            let digits = hex.get(end - 8..end).unwrap_or_default();
            *part = u32::from_str_radix(digits, 16).unwrap_or_default();
        }
        Self(parts)
    }

    fn from_decimal(text: &str) -> Option<Self> {
        let mut parts = [0; 6];
        for digit in text.chars() {
            let mut carry = u64::from(digit.to_digit(10)?);
            for part in &mut parts {
                let value = u64::from(*part) * 10 + carry;
                *part = u32::try_from(value & u64::from(u32::MAX)).ok()?;
                carry = value >> 32;
            }
            if carry != 0 {
                return None;
            }
        }
        (!text.is_empty()).then_some(Self(parts))
    }

    fn hex(&self) -> String {
        let [first, second, third, fourth, fifth, last] = self.0;
        format!("{last:08x}{fifth:08x}{fourth:08x}{third:08x}{second:08x}{first:08x}")
    }

    fn decimal(mut self) -> String {
        let mut groups = Vec::new();
        while self.0.iter().any(|part| *part != 0) {
            let mut rest = 0;
            for part in self.0.iter_mut().rev() {
                let value = (rest << 32) | u64::from(*part);
                // The quotient fits, because the rest is below the divisor.
                *part = u32::try_from(value / GROUP).unwrap_or_default();
                rest = value % GROUP;
            }
            groups.push(format!("{rest:0GROUP_DIGITS$}"));
        }
        groups.reverse();
        groups.concat().trim_start_matches('0').to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::{Parts, SequenceNumber};

    const OPENED_MS: i64 = 1_700_000_000_000;

    #[test]
    fn a_number_has_56_digits_sorts_by_place_and_parses_back() {
        let text = |place| SequenceNumber(place).text(18, OPENED_MS, OPENED_MS + 7_300);
        let nine = text(9);
        assert_eq!((nine.len(), nine < text(10)), (56, true));
        let parts = Parts {
            version: 2,
            opened: 1_700_000_000,
            sequence: SequenceNumber(9),
            arrived: 1_700_000_007,
            shard: 18,
        };
        assert_eq!(Parts::parse(&nine), Some(parts));
    }

    /// The numbers are from kinesalite's `test/getShardIterator.js` and `test/putRecord.js`, which state them in
    /// hexadecimal.
    #[test]
    fn other_versions_and_numbers_out_of_range_are_known() {
        let parse = |text: &str| Parts::parse(text).map(|parts| (parts.version, parts.shard));
        assert_eq!(parse("5"), Some((0, 5)));
        assert_eq!(parse("26227199374822427428162556223570313216"), None, "opened too late");
        let hex = |hex: &str| super::Number::from_hex(&format!("0{hex}")).decimal();
        let all_zero_but = |end: &str| hex(&format!("2{}{end}", "0".repeat(46 - end.len())));
        assert_eq!(parse(&all_zero_but("1")), Some((1, 0)));
        assert_eq!(parse(&all_zero_but("2")), Some((2, 0)));
        assert_eq!(parse(&all_zero_but("800000002")), Some((2, -2_147_483_648)));
        for invalid in
            [all_zero_but("0"), all_zero_but("3"), hex("20000000000800000000000000000000000000000000002")]
        {
            assert_eq!(parse(&invalid), None, "{invalid}");
        }
        for invalid in ["", "x", "+1", "9".repeat(58).as_str()] {
            assert_eq!(parse(invalid), None, "{invalid}");
        }
    }
}
