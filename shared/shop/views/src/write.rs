//! Writing a view: one `UpdateItem`, on the condition that the view is where the change begins.

use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity, ReturnValuesOnConditionCheckFailure};
use es_core::{Applied, StreamVersion, WriteError};
use tracing::field::Empty;

use crate::capacity;
use crate::error::not_written;
use crate::keys::{self, PK, SK, VERSION};

/// Where a view is, and what is to be written to it.
pub(crate) struct Update {
    /// The view's partition key.
    pub(crate) pk: String,
    /// Its sort key: that of the view, or of a projection's checkpoint.
    pub(crate) sk: String,
    /// What is to be set.
    pub(crate) attributes: HashMap<&'static str, AttributeValue>,
    /// Where the checkpoint must be.
    pub(crate) after: StreamVersion,
    /// Where it is afterwards.
    pub(crate) to: StreamVersion,
}

/// Writes `update` to `table` if the checkpoint is where it must be.
#[tracing::instrument(name = "read_store.apply", skip_all, fields(
    otel.kind = "client", db.system.name = "aws.dynamodb", db.operation.name = "UpdateItem",
    db.collection.name = table, cqrs.aggregate_id = keys::stream(&update.pk), cqrs.aggregate_version = update.to.get().cast_signed(),
    aws.dynamodb.consumed_capacity = Empty,
))]
pub(crate) async fn apply(client: &Client, table: &str, update: Update) -> Result<Applied, WriteError> {
    let Update { pk, sk, attributes, after, to } = update;
    let mut request = client
        .update_item()
        .table_name(table)
        .key(PK, AttributeValue::S(pk))
        .key(SK, AttributeValue::S(sk))
        .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
        .return_consumed_capacity(ReturnConsumedCapacity::Total)
        .expression_attribute_names("#version", VERSION)
        .expression_attribute_values(":to", AttributeValue::N(to.to_string()));
    request = if after == StreamVersion::NONE {
        request.condition_expression("attribute_not_exists(pk)")
    } else {
        request
            .condition_expression("#version = :after")
            .expression_attribute_values(":after", AttributeValue::N(after.to_string()))
    };
    let mut assignments = vec!["#version = :to".to_owned()];
    for (name, value) in attributes {
        assignments.push(format!("#{name} = :{name}"));
        request = request
            .expression_attribute_names(format!("#{name}"), name)
            .expression_attribute_values(format!(":{name}"), value);
    }
    // Boxed: the SDK's futures are kilobytes of state, nested too deep for the compiler to lay out in place.
    let request = request.update_expression(format!("SET {}", assignments.join(", ")));
    match Box::pin(request.send()).await {
        Ok(answer) => {
            capacity::record(table, answer.consumed_capacity());
            Ok(Applied::Written)
        }
        Err(error) => refused(error, after),
    }
}

/// What a failed update means: the view is elsewhere, or the table failed.
fn refused(error: SdkError<UpdateItemError>, after: StreamVersion) -> Result<Applied, WriteError> {
    let Some(UpdateItemError::ConditionalCheckFailedException(refused)) = error.as_service_error() else {
        return Err(not_written(error));
    };
    let checkpoint = refused.item().and_then(checkpoint).unwrap_or(StreamVersion::NONE);
    if checkpoint < after { Ok(Applied::Behind { checkpoint }) } else { Ok(Applied::Ahead { checkpoint }) }
}

/// The checkpoint in `item`.
fn checkpoint(item: &HashMap<String, AttributeValue>) -> Option<StreamVersion> {
    item.get(VERSION)?.as_n().ok()?.parse().ok().map(StreamVersion::new)
}
