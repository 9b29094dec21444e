//! A change of a view: what is to be set, without knowing what is there.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use es_core::{Timestamp, Unwritable};
use uuid::Uuid;

use crate::OrderLine;
use crate::keys::{self, ORDER_KEY, STATUS_KEY, USER_KEY};

/// The most bytes of a partition key of an index.
///
/// Source: Amazon DynamoDB Developer Guide, "Constraints in Amazon DynamoDB", section "Partition keys and sort keys".
const MAX_KEY_BYTES: usize = 2_048;

/// The most bytes a change may bring: under the 400 KB of an item by more than all the other attributes can have.
const MAX_CHANGE_BYTES: usize = 300 * 1_024;

/// What is to be set in the view of an order; what is `None` stays as it is. One change can hold what several events
/// did, one after the other.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OrderChange {
    /// Whose order it is.
    pub user_id: Option<String>,
    /// Where the order stands.
    pub status: Option<String>,
    /// What was ordered.
    pub items: Option<Vec<OrderLine>>,
    /// The sum, in minor units of `currency`.
    pub total_amount_cents: Option<i64>,
    /// ISO 4217 code.
    pub currency: Option<String>,
    /// The parcel's number.
    pub tracking_number: Option<String>,
    /// Who carries it.
    pub carrier: Option<String>,
    /// Why it was given up.
    pub cancel_reason: Option<String>,
    /// When it was opened.
    pub created_at: Option<Timestamp>,
    /// When it changed last.
    pub updated_at: Option<Timestamp>,
}

impl OrderChange {
    /// What it sets in the view of `order`, the attributes of the indexes included.
    pub(crate) fn attributes(
        &self,
        order: Uuid,
    ) -> Result<HashMap<&'static str, AttributeValue>, Unwritable> {
        let items = self.items.as_ref().map(|items| OrderLine::to_json(items));
        let user_key = self.user_id.as_deref().map(keys::user_key);
        let status_key =
            self.status.as_deref().map(|status| keys::status_key(status, keys::status_shard(order)));
        let texts = [
            ("user_id", self.user_id.clone()),
            ("status", self.status.clone()),
            ("items", items),
            ("currency", self.currency.clone()),
            ("tracking_number", self.tracking_number.clone()),
            ("carrier", self.carrier.clone()),
            ("cancel_reason", self.cancel_reason.clone()),
            ("created_at", self.created_at.map(|time| time.to_string())),
            ("updated_at", self.updated_at.map(|time| time.to_string())),
            (USER_KEY, user_key),
            (STATUS_KEY, status_key),
            (ORDER_KEY, self.created_at.map(|time| keys::order_key(time, order))),
        ];
        let texts: Vec<_> = texts.into_iter().filter_map(|(name, text)| Some((name, text?))).collect();
        check(&texts)?;
        let total = self.total_amount_cents.map(|cents| AttributeValue::N(cents.to_string()));
        let total = total.map(|total| ("total_amount_cents", total));
        Ok(texts.into_iter().map(|(name, text)| (name, AttributeValue::S(text))).chain(total).collect())
    }
}

fn check(texts: &[(&'static str, String)]) -> Result<(), Unwritable> {
    let within = |attribute, bytes, limit| {
        if bytes > limit { Err(Unwritable { attribute, bytes, limit }) } else { Ok(()) }
    };
    for (name, text) in texts {
        if [USER_KEY, STATUS_KEY].contains(name) {
            within(name, text.len(), MAX_KEY_BYTES)?;
        }
    }
    within("the change", texts.iter().map(|(name, text)| name.len() + text.len()).sum(), MAX_CHANGE_BYTES)
}
