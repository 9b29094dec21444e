//! Timestamps with microsecond precision, as the event table and the API write them.

use std::fmt;
use std::str::FromStr;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use uuid::Uuid;

const FORMAT: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:6]Z");

/// Microseconds since the Unix epoch, within the years 1970 to 9999.
///
/// The text form is RFC 3339 in UTC with exactly six fractional digits, so that texts sort in the order of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Timestamp(i64);

/// A value that is not an RFC 3339 time between the years 1970 and 9999.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be an RFC 3339 time from 1970 to 9999, such as 2026-11-22T12:00:00Z")]
pub struct InvalidTimestamp;

impl Timestamp {
    /// The Unix epoch, which is the earliest timestamp.
    pub const MIN: Self = Self(0);
    /// The last microsecond of the year 9999.
    pub const MAX: Self = Self(253_402_300_799_999_999);

    /// The time `micros` microseconds after the epoch.
    ///
    /// # Errors
    /// [`InvalidTimestamp`] if the time is outside the years 1970 to 9999.
    pub const fn from_micros(micros: i64) -> Result<Self, InvalidTimestamp> {
        if micros < Self::MIN.0 || micros > Self::MAX.0 { Err(InvalidTimestamp) } else { Ok(Self(micros)) }
    }

    /// Microseconds since the epoch.
    #[must_use]
    pub const fn micros(self) -> i64 {
        self.0
    }
}

/// A source of the current time: the machine's clock in deployed code, a simulated clock in the simulation.
pub trait Clock: Send + Sync {
    /// The current time.
    fn now(&self) -> Timestamp;
}

/// A source of what the service adds to a request: the current time, and a unique key.
pub trait TimeAndKeys: Clock {
    /// A new unique key.
    fn key(&self) -> Uuid;
}

impl From<SystemTime> for Timestamp {
    /// Converts to the nearest valid timestamp: a time before 1970 becomes [`Timestamp::MIN`].
    fn from(time: SystemTime) -> Self {
        let micros = time.duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_micros());
        i64::try_from(micros).map_or(Self::MAX, |micros| Self(micros.min(Self::MAX.0)))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0) * 1_000)
            .ok()
            .and_then(|time| time.format(FORMAT).ok())
            .ok_or(fmt::Error)?;
        f.write_str(&text)
    }
}

impl FromStr for Timestamp {
    type Err = InvalidTimestamp;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let time = OffsetDateTime::parse(text, &Rfc3339).map_err(|_| InvalidTimestamp)?;
        let micros = time.unix_timestamp_nanos() / 1_000;
        i64::try_from(micros).map_err(|_| InvalidTimestamp).and_then(Self::from_micros)
    }
}

impl TryFrom<String> for Timestamp {
    type Error = InvalidTimestamp;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Timestamp> for String {
    fn from(time: Timestamp) -> Self {
        time.to_string()
    }
}
