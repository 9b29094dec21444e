//! The change record that DynamoDB writes to Kinesis.

use es_core::Timestamp;
use serde::Deserialize;

use crate::image::Image;

/// A record of one change of one item. Members that are not read here are left alone.
///
/// Source: Amazon DynamoDB Developer Guide, "Using Kinesis Data Streams to capture changes to DynamoDB".
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Change {
    /// `INSERT`, `MODIFY` or `REMOVE`.
    pub(crate) event_name: String,
    pub(crate) dynamodb: Item,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Item {
    /// The item after the change; absent where it was removed.
    pub(crate) new_image: Option<Image>,
    approximate_creation_date_time: Option<serde_json::Number>,
    approximate_creation_date_time_precision: Option<String>,
}

/// 2 ** 37: as seconds the year 6325, as milliseconds 1974, so no time of a live table reads both ways.
const FIRST_AS_MILLIS: i64 = 1 << 37;
/// 2 ** 47: as milliseconds the year 6429, as microseconds 1974.
const FIRST_AS_MICROS: i64 = 1 << 47;

impl Item {
    /// When the item was written; `None` where the record does not tell, or tells no time.
    ///
    /// The table's setting decides between milliseconds and microseconds, and only newer records say which. `LocalStack`
    /// gives seconds and says nothing.
    pub(crate) fn written_at(&self) -> Option<Timestamp> {
        let number = self.approximate_creation_date_time.as_ref()?.as_i64()?;
        let micros = match self.approximate_creation_date_time_precision.as_deref() {
            Some("MICROSECOND") => number,
            Some("MILLISECOND") => number.checked_mul(1_000)?,
            Some(_) => return None,
            None if number >= FIRST_AS_MICROS => number,
            None if number >= FIRST_AS_MILLIS => number.checked_mul(1_000)?,
            None => number.checked_mul(1_000_000)?,
        };
        Timestamp::from_micros(micros).ok()
    }
}
