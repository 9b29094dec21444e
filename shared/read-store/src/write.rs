//! Writing a view: one `UpdateItem`, on the condition that the view is where the change begins.

use std::future::Future;

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity, ReturnValuesOnConditionCheckFailure};
use es_core::StreamVersion;
use tracing::field::Empty;
use uuid::Uuid;

use crate::capacity;
use crate::keys::{self, PK, SK, VERSION, VIEW};
use crate::{DynamoOrderViews, OrderChange, WriteError, view};

/// How the write of a change ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applied {
    /// The change is in the view.
    Written,
    /// Nothing was written: the view lacks events before the change.
    Behind {
        /// Where the view is; version 0 where there is no view.
        checkpoint: StreamVersion,
    },
    /// Nothing was written: the view has at least the first event of the change.
    Ahead {
        /// Where the view is.
        checkpoint: StreamVersion,
    },
}

/// Writes views. A projection holds this port, so that it cannot read the query table.
pub trait OrderViewWriter: Send + Sync {
    /// Writes `change` to the view of `order` and moves its checkpoint from `after` to `to`, if that is where it is.
    ///
    /// It is one request whatever the outcome, and never a read: a refusal tells where the view is. The same write
    /// made twice is refused the second time as [`Applied::Ahead`].
    ///
    /// # Errors
    /// [`WriteError`], case by case.
    fn apply(
        &self,
        order: Uuid,
        change: &OrderChange,
        after: StreamVersion,
        to: StreamVersion,
    ) -> impl Future<Output = Result<Applied, WriteError>> + Send;
}

/// Writes `change` if the view is at `after`.
#[tracing::instrument(name = "read_store.apply", skip_all, fields(
    otel.kind = "client", db.system.name = "aws.dynamodb", db.operation.name = "UpdateItem",
    db.collection.name = views.table, cqrs.aggregate_id = %order, cqrs.aggregate_version = to.get(),
    aws.dynamodb.consumed_capacity = Empty,
))]
pub(crate) async fn apply(
    views: &DynamoOrderViews,
    order: Uuid,
    change: &OrderChange,
    after: StreamVersion,
    to: StreamVersion,
) -> Result<Applied, WriteError> {
    let mut update = views
        .client
        .update_item()
        .table_name(&views.table)
        .key(PK, AttributeValue::S(keys::pk(order)))
        .key(SK, AttributeValue::S(VIEW.to_owned()))
        .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
        .return_consumed_capacity(ReturnConsumedCapacity::Total)
        .expression_attribute_names("#version", VERSION)
        .expression_attribute_values(":to", AttributeValue::N(to.to_string()));
    update = if after == StreamVersion::NONE {
        update.condition_expression("attribute_not_exists(pk)")
    } else {
        update
            .condition_expression("#version = :after")
            .expression_attribute_values(":after", AttributeValue::N(after.to_string()))
    };
    let mut assignments = vec!["#version = :to".to_owned()];
    for (name, value) in change.attributes(order)? {
        assignments.push(format!("#{name} = :{name}"));
        update = update
            .expression_attribute_names(format!("#{name}"), name)
            .expression_attribute_values(format!(":{name}"), value);
    }
    // Boxed: the SDK's futures are kilobytes of state, nested too deep for the compiler to lay out in place.
    let update = update.update_expression(format!("SET {}", assignments.join(", ")));
    match Box::pin(update.send()).await {
        Ok(answer) => {
            capacity::record(&views.table, answer.consumed_capacity());
            Ok(Applied::Written)
        }
        Err(error) => refused(error, after),
    }
}

/// What a failed update means: the view is elsewhere, or the table failed.
fn refused(error: SdkError<UpdateItemError>, after: StreamVersion) -> Result<Applied, WriteError> {
    let Some(UpdateItemError::ConditionalCheckFailedException(refused)) = error.as_service_error() else {
        return Err(error.into());
    };
    let checkpoint = refused.item().and_then(view::checkpoint).unwrap_or(StreamVersion::NONE);
    if checkpoint < after { Ok(Applied::Behind { checkpoint }) } else { Ok(Applied::Ahead { checkpoint }) }
}
