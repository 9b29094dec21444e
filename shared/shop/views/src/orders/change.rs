//! A change of an order's view: what is set, without knowing what is there.

use aws_sdk_dynamodb::types::AttributeValue;
use dynamo::{MAX_PARTITION_KEY_BYTES, check_size, number, text};
use es_core::{Applied, StreamId, StreamVersion, Timestamp, Unwritable, ViewWriter, WriteError};
use uuid::Uuid;
use view_store::{Position, ViewUpdate, write_view};

use super::{
    DynamoOrderViews, ORDER_KEY, OrderLine, STATUS_KEY, USER_KEY, status_key, status_shard, user_key,
};

/// The most bytes of a change: below the 400 KB of an item by more than all the other attributes can have.
const MAX_CHANGE_BYTES: usize = 300 * 1_024;

/// What is set in the view of an order; what is `None` stays as it is. One change can hold what several events did,
/// one after the other.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OrderChange {
    /// The user whose order it is.
    pub user_id: Option<String>,
    /// The order's status.
    pub status: Option<String>,
    /// What was ordered.
    pub items: Option<Vec<OrderLine>>,
    /// The sum, in minor units of `currency`.
    pub total_amount_cents: Option<i64>,
    /// ISO 4217 code.
    pub currency: Option<String>,
    /// The parcel's number.
    pub tracking_number: Option<String>,
    /// The parcel's carrier.
    pub carrier: Option<String>,
    /// The reason of the cancellation.
    pub cancel_reason: Option<String>,
    /// When it was opened.
    pub created_at: Option<Timestamp>,
    /// When it changed last.
    pub updated_at: Option<Timestamp>,
}

impl OrderChange {
    /// What the change sets in the view of `order`, the attributes of the indexes included.
    fn attributes(&self, order: Uuid) -> Result<Vec<(&'static str, AttributeValue)>, Unwritable> {
        let status_key = self.status.as_deref().map(|status| status_key(status, status_shard(order)));
        let order_key = self.created_at.map(|time| Position { time, id: order }.to_string());
        let texts = [
            ("user_id", self.user_id.clone()),
            ("status", self.status.clone()),
            ("items", self.items.as_ref().map(|items| serde_json::json!(items).to_string())),
            ("currency", self.currency.clone()),
            ("tracking_number", self.tracking_number.clone()),
            ("carrier", self.carrier.clone()),
            ("cancel_reason", self.cancel_reason.clone()),
            ("created_at", self.created_at.map(|time| time.to_string())),
            ("updated_at", self.updated_at.map(|time| time.to_string())),
            (USER_KEY, self.user_id.as_deref().map(user_key)),
            (STATUS_KEY, status_key),
            (ORDER_KEY, order_key),
        ];
        let texts: Vec<_> = texts.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
        for (name, key) in texts.iter().filter(|(name, _)| [USER_KEY, STATUS_KEY].contains(name)) {
            check_size(name, key.len(), MAX_PARTITION_KEY_BYTES)?;
        }
        let bytes = texts.iter().map(|(name, value)| name.len() + value.len()).sum();
        check_size("the change", bytes, MAX_CHANGE_BYTES)?;
        let total = self.total_amount_cents.map(|cents| ("total_amount_cents", number(cents)));
        Ok(texts.into_iter().map(|(name, value)| (name, text(value))).chain(total).collect())
    }
}

impl ViewWriter<OrderChange> for DynamoOrderViews {
    async fn apply(
        &self,
        stream: &StreamId,
        change: &OrderChange,
        after: StreamVersion,
        to: StreamVersion,
    ) -> Result<Applied, WriteError> {
        let (key, attributes) = (Self::checkpoint(stream), change.attributes(stream.uuid())?);
        write_view(&self.table, ViewUpdate { stream, key, attributes, after, to }).await
    }
}
