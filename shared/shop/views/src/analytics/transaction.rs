//! The transaction that moves a marker and its counters.

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{
    AttributeValue, CancellationReason, ReturnConsumedCapacity, TransactWriteItem, Update,
};
use es_core::{StreamVersion, WriteError};
use tracing::field::Empty;
use uuid::Uuid;

use super::counter::{Amount, Counter, REVENUE, difference};
use super::marker::{Marker, key};
use super::{COUNTER_SHARDS, DynamoAnalytics};
use crate::capacity;
use crate::error::not_written;
use crate::keys::{self, PK, SK};

/// How a transaction ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    /// Everything is written.
    Counted,
    /// Nothing is written: the marker is elsewhere.
    Moved,
    /// Nothing is written: another transaction is at one of the items, or the table is throttled.
    Busy,
}

impl DynamoAnalytics {
    /// Moves the marker of `order` from `before` to `next` and every counter with it.
    #[tracing::instrument(name = "read_store.count", skip_all, fields(
        otel.kind = "client", db.system.name = "aws.dynamodb", db.operation.name = "TransactWriteItems",
        db.collection.name = self.table, cqrs.aggregate_id = keys::stream(&keys::pk(order)), cqrs.aggregate_version = next.version.get().cast_signed(),
        aws.dynamodb.consumed_capacity = Empty,
    ))]
    pub(super) async fn transact(
        &self,
        order: Uuid,
        before: &Marker,
        next: &Marker,
    ) -> Result<Ended, WriteError> {
        let shard = fastrand::u8(..COUNTER_SHARDS);
        let mut items = vec![self.marker_update(order, before.version, next)?];
        for (counter, change) in difference(before.order.as_ref(), next.order.as_ref()) {
            items.push(self.counter_update(&counter, change, shard)?);
        }
        let transaction = self
            .client
            .transact_write_items()
            .set_transact_items(Some(items))
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        // Boxed: the SDK's futures are kilobytes of state, nested too deep for the compiler to lay out in place.
        match Box::pin(transaction.send()).await {
            Ok(answer) => {
                capacity::record(&self.table, answer.consumed_capacity().first());
                Ok(Ended::Counted)
            }
            Err(error) => refused(error),
        }
    }

    fn marker_update(
        &self,
        order: Uuid,
        after: StreamVersion,
        next: &Marker,
    ) -> Result<TransactWriteItem, WriteError> {
        let mut update = Update::builder().table_name(&self.table).set_key(Some(key(order)));
        update = if after == StreamVersion::NONE {
            update.condition_expression("attribute_not_exists(pk)")
        } else {
            update
                .condition_expression("#version = :after")
                .expression_attribute_values(":after", AttributeValue::N(after.to_string()))
        };
        let mut assignments = Vec::new();
        for (name, value) in next.attributes() {
            assignments.push(format!("#{name} = :{name}"));
            update = update
                .expression_attribute_names(format!("#{name}"), name)
                .expression_attribute_values(format!(":{name}"), value);
        }
        action(update.update_expression(format!("SET {}", assignments.join(", "))))
    }

    fn counter_update(
        &self,
        counter: &Counter,
        change: Amount,
        shard: u8,
    ) -> Result<TransactWriteItem, WriteError> {
        let number = |number: i64| AttributeValue::N(number.to_string());
        let update = Update::builder()
            .table_name(&self.table)
            .key(PK, AttributeValue::S(counter.pk(shard)))
            .key(SK, AttributeValue::S(counter.sk()?))
            .update_expression("ADD #number :number, #revenue :revenue")
            .expression_attribute_names("#number", counter.number())
            .expression_attribute_names("#revenue", REVENUE)
            .expression_attribute_values(":number", number(change.number))
            .expression_attribute_values(":revenue", number(change.revenue));
        action(update)
    }
}

fn action(update: aws_sdk_dynamodb::types::builders::UpdateBuilder) -> Result<TransactWriteItem, WriteError> {
    let update = update.build().map_err(|error| WriteError::Unavailable(error.into()))?;
    Ok(TransactWriteItem::builder().update(update).build())
}

/// The reasons for which a transaction is worth another try.
///
/// Source: Amazon DynamoDB API Reference, `TransactWriteItems`, `TransactionCanceledException`.
const PASSING: [&str; 3] = ["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"];

/// What a failed transaction means. Of all actions, only that on the marker has a condition.
fn refused(error: SdkError<TransactWriteItemsError>) -> Result<Ended, WriteError> {
    let Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) = error.as_service_error()
    else {
        return Err(not_written(error));
    };
    let codes = || cancelled.cancellation_reasons().iter().filter_map(CancellationReason::code);
    if codes().any(|code| code == "ConditionalCheckFailed") {
        Ok(Ended::Moved)
    } else if codes().any(|code| PASSING.contains(&code)) {
        Ok(Ended::Busy)
    } else {
        Err(not_written(error))
    }
}
