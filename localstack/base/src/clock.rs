//! The wall clock in the units that AWS uses.

use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::format_description::well_known::iso8601::{Config, EncodedConfig, Iso8601, TimePrecision};
use time::macros::format_description;

const MILLISECONDS: EncodedConfig = Config::DEFAULT
    .set_time_precision(TimePrecision::Second { decimal_digits: std::num::NonZeroU8::new(3) })
    .encode();
const UTC_TEXT: &[BorrowedFormatItem<'_>] =
    format_description!("[weekday repr:short] [month repr:short] [day] [hour]:[minute]:[second] UTC [year]");

/// The current time in milliseconds since the epoch.
#[must_use]
pub fn now_ms() -> i64 {
    i64::try_from(OffsetDateTime::now_utc().unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX)
}

/// Converts a duration to milliseconds.
#[must_use]
pub fn millis(duration: std::time::Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// Converts milliseconds since the epoch to seconds with a fraction. AWS's JSON protocols write timestamps this way.
#[must_use]
pub fn seconds(ms: i64) -> f64 {
    let (whole, rest) = (ms.div_euclid(1000), ms.rem_euclid(1000));
    #[expect(clippy::cast_precision_loss, reason = "milliseconds of any real time fit in 53 bits")]
    let seconds = whole as f64 + rest as f64 / 1000.0;
    seconds
}

/// Formats a time as AWS writes it in a document: `2026-01-31T12:00:00.000Z`.
#[must_use]
pub fn iso8601(ms: i64) -> String {
    let time = OffsetDateTime::from_unix_timestamp_nanos(i128::from(ms) * 1_000_000);
    time.ok().and_then(|time| time.format(&Iso8601::<MILLISECONDS>).ok()).unwrap_or_default()
}

/// Formats a time as the events of `EventBridge` have it, in whole seconds: `2026-01-31T12:00:00Z` (`EventBridge` user guide,
/// "Events", `time`).
#[must_use]
pub fn iso8601_in_seconds(ms: i64) -> String {
    let time = iso8601(ms);
    let whole = time.split('.').next().unwrap_or_default();
    format!("{whole}Z")
}

/// Formats a time as AWS writes it in messages: `Sat Jan 31 12:00:00 UTC 2026`.
#[must_use]
pub fn utc_text(ms: i64) -> String {
    let time = OffsetDateTime::from_unix_timestamp(ms.div_euclid(1000));
    time.ok().and_then(|time| time.format(UTC_TEXT).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{iso8601, iso8601_in_seconds, seconds, utc_text};

    #[test]
    fn a_message_has_the_time_in_seconds() {
        assert_eq!(utc_text(1_700_000_000_007), "Tue Nov 14 22:13:20 UTC 2023");
    }

    #[test]
    fn an_event_has_the_time_in_whole_seconds() {
        assert_eq!(iso8601_in_seconds(1_700_000_000_999), "2023-11-14T22:13:20Z");
    }

    #[test]
    fn both_formats_keep_the_milliseconds() {
        assert_eq!(iso8601(1_700_000_000_007), "2023-11-14T22:13:20.007Z");
        assert!((seconds(1_700_000_000_007) - 1_700_000_000.007).abs() < 1e-6);
    }
}
