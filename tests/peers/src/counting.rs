//! Counts the requests of a client and the capacity that they consume.
//!
//! The interceptor asks for the consumed capacity in every request, also in those of the peers. `DynamoDB` Local reports
//! too little in two cases, in which the interceptor counts the least that AWS charges:
//!
//! - A transaction: two units for each action and each KB of its item.
//! - A refused write: one unit for each KB of the item, and in a transaction two. `DynamoDB` Local reports nothing.
//!
//! Source: Amazon `DynamoDB` Developer Guide, "`DynamoDB` read and write operations" and "Conditional writes".

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_sdk_dynamodb::operation::batch_get_item::BatchGetItemInput;
use aws_sdk_dynamodb::operation::batch_write_item::BatchWriteItemInput;
use aws_sdk_dynamodb::operation::get_item::GetItemInput;
use aws_sdk_dynamodb::operation::put_item::PutItemInput;
use aws_sdk_dynamodb::operation::query::QueryInput;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsInput;
use aws_sdk_dynamodb::operation::update_item::UpdateItemInput;
use aws_sdk_dynamodb::types::{ReturnConsumedCapacity, TransactWriteItem};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::{
    AfterDeserializationInterceptorContextRef, BeforeSerializationInterceptorContextMut, Input,
};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::{ConfigBag, Storable, StoreReplace};
use dynamo::item_bytes;
use serde_json::Value;

/// What requests have consumed.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Usage {
    /// Requests, each attempt on its own.
    pub(crate) requests: u64,
    /// Read units.
    pub(crate) reads: f64,
    /// Write units.
    pub(crate) writes: f64,
    /// Writes and transactions that `DynamoDB` refused because of a condition or of another transaction.
    pub(crate) refusals: u64,
}

/// Counts what the requests of its clients consume. Clones share the counts.
#[derive(Debug, Clone, Default)]
pub(crate) struct Counter(Arc<Mutex<Usage>>);

impl Counter {
    /// Returns the counts and starts again at zero.
    pub(crate) fn take(&self) -> Usage {
        std::mem::take(&mut *self.lock())
    }

    fn lock(&self) -> MutexGuard<'_, Usage> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a request may consume, as far as its input shows. It is stored with the request until the response arrives.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Expected {
    /// A read.
    Read,
    /// A write of one item, or of a batch. The number is the least that a refusal consumes.
    Write(f64),
    /// A transaction. The number is the least that the transaction consumes, refused or not.
    Transaction(f64),
}

impl Storable for Expected {
    type Storer = StoreReplace<Self>;
}

/// Asks for the consumed capacity. Returns what the request may consume.
fn prepare(input: &mut Input) -> Expected {
    let total = Some(ReturnConsumedCapacity::Total);
    if let Some(put) = input.downcast_mut::<PutItemInput>() {
        put.return_consumed_capacity = total;
        return Expected::Write(put.item.as_ref().map_or(1.0, |item| kilobytes(item_bytes(item))));
    }
    if let Some(update) = input.downcast_mut::<UpdateItemInput>() {
        update.return_consumed_capacity = total;
        return Expected::Write(1.0);
    }
    if let Some(batch) = input.downcast_mut::<BatchWriteItemInput>() {
        batch.return_consumed_capacity = total;
        return Expected::Write(0.0);
    }
    if let Some(transaction) = input.downcast_mut::<TransactWriteItemsInput>() {
        transaction.return_consumed_capacity = total;
        let actions = transaction.transact_items.iter().flatten();
        return Expected::Transaction(actions.map(|action| 2.0 * action_kilobytes(action)).sum());
    }
    if let Some(get) = input.downcast_mut::<GetItemInput>() {
        get.return_consumed_capacity = total;
    } else if let Some(batch) = input.downcast_mut::<BatchGetItemInput>() {
        batch.return_consumed_capacity = total;
    } else if let Some(query) = input.downcast_mut::<QueryInput>() {
        query.return_consumed_capacity = total;
    }
    Expected::Read
}

/// The KB of the item of an action. An action without its whole item counts as one KB.
fn action_kilobytes(action: &TransactWriteItem) -> f64 {
    action.put.as_ref().map_or(1.0, |put| kilobytes(item_bytes(&put.item)))
}

fn kilobytes(bytes: usize) -> f64 {
    bytes.div_ceil(1_024).max(1) as f64
}

impl Intercept for Counter {
    fn name(&self) -> &'static str {
        "Counter"
    }

    fn modify_before_serialization(
        &self,
        context: &mut BeforeSerializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        request: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let expected = prepare(context.input_mut());
        request.interceptor_state().store_put(expected);
        Ok(())
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        request: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let body = context.response().body().bytes().unwrap_or_default();
        let answer: Value = serde_json::from_slice(body).unwrap_or_default();
        let expected = request.load::<Expected>().copied().unwrap_or(Expected::Read);
        self.lock().add(expected, &answer);
        Ok(())
    }
}

impl Usage {
    fn add(&mut self, expected: Expected, answer: &Value) {
        self.requests += 1;
        let reported = units(&answer["ConsumedCapacity"]);
        let kind = answer["__type"].as_str().unwrap_or_default();
        let is_refused = ["ConditionalCheckFailed", "TransactionCanceled", "TransactionConflict"]
            .iter()
            .any(|refusal| kind.contains(refusal));
        self.refusals += u64::from(is_refused);
        match expected {
            Expected::Read => self.reads += reported,
            Expected::Transaction(least) => self.writes += reported.max(least),
            Expected::Write(least) if is_refused => self.writes += least.max(stored_kilobytes(answer)),
            Expected::Write(_) => self.writes += reported,
        }
    }
}

/// The KB of the item that a refusal returns, estimated by the length of its JSON without the names of types; 0 if the
/// refusal returns none.
fn stored_kilobytes(answer: &Value) -> f64 {
    let Some(item) = answer["Item"].as_object() else { return 0.0 };
    let text = |value: &Value| value.as_str().map_or(0, str::len);
    let value =
        |value: &Value| value.as_object().into_iter().flatten().map(|(_, value)| text(value)).sum::<usize>();
    kilobytes(item.iter().map(|(name, attribute)| name.len() + value(attribute)).sum())
}

/// The units in a response: one `ConsumedCapacity`, or one for each table of a batch or a transaction.
fn units(consumed: &Value) -> f64 {
    let one = |capacity: &Value| capacity["CapacityUnits"].as_f64().unwrap_or_default();
    match consumed {
        Value::Array(tables) => tables.iter().map(one).sum(),
        table => one(table),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Expected, Usage};

    fn counted(expected: Expected, answer: &serde_json::Value) -> Usage {
        let mut usage = Usage::default();
        usage.add(expected, answer);
        usage
    }

    fn written(writes: f64, refusals: u64) -> Usage {
        Usage { requests: 1, reads: 0.0, writes, refusals }
    }

    #[test]
    fn a_transaction_counts_at_least_two_units_an_action() {
        let answer = json!({"ConsumedCapacity": [{"TableName": "t", "CapacityUnits": 2.0}]});
        assert_eq!(counted(Expected::Transaction(4.0), &answer), written(4.0, 0));
        let answer = json!({"ConsumedCapacity": [{"CapacityUnits": 4.0}, {"CapacityUnits": 2.0}]});
        assert_eq!(counted(Expected::Transaction(4.0), &answer), written(6.0, 0));
    }

    #[test]
    fn a_refused_write_counts_by_the_larger_item() {
        let kind = "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException";
        let refused = json!({ "__type": kind });
        assert_eq!(counted(Expected::Write(2.0), &refused), written(2.0, 1));
        let refused = json!({ "__type": kind, "Item": {"pk": {"S": "x".repeat(3_000)}} });
        assert_eq!(counted(Expected::Write(1.0), &refused), written(3.0, 1));
    }

    #[test]
    fn reads_and_accepted_writes_count_as_reported() {
        let answer = json!({"ConsumedCapacity": {"CapacityUnits": 1.5}});
        let read = Usage { requests: 1, reads: 1.5, writes: 0.0, refusals: 0 };
        assert_eq!(counted(Expected::Read, &answer), read);
        assert_eq!(counted(Expected::Write(7.0), &answer), written(1.5, 0));
    }
}
