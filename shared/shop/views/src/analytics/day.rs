//! Days in UTC, and ranges of days.

use std::fmt;
use std::str::FromStr;

use es_core::Timestamp;
use serde::Serialize;

/// The microseconds of a day.
const MICROS: i64 = 24 * 60 * 60 * 1_000_000;

/// A day in UTC, in the years 1970 to 9999, written as `2026-11-22`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(into = "String")]
pub struct Day(Timestamp);

/// The text is not a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a day from 1970 to 9999, such as 2026-11-22")]
pub struct InvalidDay;

/// A range of days that includes the first and the last day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayRange {
    from: Day,
    to: Day,
}

/// Two days do not form a valid range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidDays {
    /// The last day is before the first day.
    #[error("must not be before the day in from")]
    Reversed,
    /// The range has too many days.
    #[error("the range must have at most {most} days, the first and the last day included")]
    TooMany {
        /// The most days in the range.
        most: u16,
    },
}

impl From<Timestamp> for Day {
    /// The day of `time`.
    fn from(time: Timestamp) -> Self {
        let midnight = time.micros() - time.micros().rem_euclid(MICROS);
        Self(Timestamp::from_micros(midnight).unwrap_or(Timestamp::MIN))
    }
}

impl FromStr for Day {
    type Err = InvalidDay;

    fn from_str(text: &str) -> Result<Self, InvalidDay> {
        let is_date_alone = text.len() == "2026-11-22".len();
        let midnight = format!("{text}T00:00:00Z").parse().map_err(|_| InvalidDay)?;
        if is_date_alone { Ok(Self(midnight)) } else { Err(InvalidDay) }
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.0.to_string();
        f.write_str(text.split_once('T').map_or("", |(date, _)| date))
    }
}

impl From<Day> for String {
    fn from(day: Day) -> Self {
        day.to_string()
    }
}

impl DayRange {
    /// The days from `from` to `to`, at most `most`.
    ///
    /// # Errors
    /// [`InvalidDays::Reversed`] if `to` is before `from`, and [`InvalidDays::TooMany`] if there are more than `most`
    /// days.
    pub fn new(from: Day, to: Day, most: u16) -> Result<Self, InvalidDays> {
        if to < from {
            return Err(InvalidDays::Reversed);
        }
        let days = (to.0.micros() - from.0.micros()) / MICROS + 1;
        if days > i64::from(most) { Err(InvalidDays::TooMany { most }) } else { Ok(Self { from, to }) }
    }

    /// The first day.
    #[must_use]
    pub const fn from(&self) -> Day {
        self.from
    }

    /// The last day.
    #[must_use]
    pub const fn to(&self) -> Day {
        self.to
    }

    pub(super) fn days(self) -> impl Iterator<Item = Day> {
        let midnights = (self.from.0.micros()..=self.to.0.micros()).step_by(24 * 60 * 60 * 1_000_000);
        midnights.filter_map(|micros| Timestamp::from_micros(micros).ok()).map(Day)
    }
}
