//! One call of a port: the requests that it sends, and the capacity that they consume together.

use std::future::Future;

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::batch_get_item::BatchGetItemOutput;
use aws_sdk_dynamodb::operation::batch_write_item::BatchWriteItemOutput;
use aws_sdk_dynamodb::operation::get_item::GetItemOutput;
use aws_sdk_dynamodb::operation::put_item::builders::PutItemFluentBuilder;
use aws_sdk_dynamodb::operation::put_item::{PutItemError, PutItemOutput};
use aws_sdk_dynamodb::operation::query::QueryOutput;
use aws_sdk_dynamodb::operation::scan::ScanOutput;
use aws_sdk_dynamodb::operation::transact_write_items::{TransactWriteItemsError, TransactWriteItemsOutput};
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::operation::update_item::{UpdateItemError, UpdateItemOutput};
use aws_sdk_dynamodb::types::{
    CancellationReason, ConsumedCapacity, ReturnConsumedCapacity, ReturnValuesOnConditionCheckFailure,
    TransactWriteItem,
};
use tracing::Span;

use crate::error::INVALID_ACTION;
use crate::{AttributeMap, DynamoError, Table};

/// The cancellation codes of a transaction that may succeed in another attempt.
///
/// Source: Amazon DynamoDB API Reference, `TransactWriteItems`, `TransactionCanceledException`.
const CONTENTION_CODES: [&str; 3] =
    ["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"];

/// One call of a port. At its end, the call records the capacity of all its requests on the span in which it started,
/// as the OpenTelemetry attribute `aws.dynamodb.consumed_capacity`: the JSON of one `ConsumedCapacity`, with the sum.
/// The sum has every response of DynamoDB, also those before a failure. A refused write consumes capacity too, but
/// DynamoDB does not report it with the refusal.
#[derive(Debug)]
pub struct PortCall<'a> {
    pub(crate) table: &'a Table,
    span: Span,
    units: Option<f64>,
}

/// The result of a conditional write.
#[derive(Debug, Clone, PartialEq)]
pub enum ConditionalWrite {
    /// The condition held, and the item was written.
    Written,
    /// The condition did not hold. The value is the existing item, if there is one.
    Refused(Option<AttributeMap>),
}

/// The result of a transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Transaction {
    /// Everything was written.
    Written,
    /// Nothing was written, because the conditions of some actions did not hold.
    ConditionFailed {
        /// The indexes of these actions.
        actions: Vec<usize>,
    },
    /// Nothing was written, because another transaction uses one of the items or the table is throttled.
    Contended,
}

/// A response that reports the consumed capacity.
pub trait Metered {
    /// The read or write units of the table and its indexes, if the response reports them.
    fn units(&self) -> Option<f64>;
}

macro_rules! metered {
    ($($answer:ty),*) => {$(
        impl Metered for $answer {
            fn units(&self) -> Option<f64> {
                let capacities = self.consumed_capacity().into_iter();
                capacities.filter_map(ConsumedCapacity::capacity_units).reduce(|sum, units| sum + units)
            }
        }
    )*};
}

metered!(GetItemOutput, PutItemOutput, UpdateItemOutput, QueryOutput, ScanOutput);
metered!(BatchGetItemOutput, BatchWriteItemOutput, TransactWriteItemsOutput);

impl Table {
    /// Starts a call of a port on the current span.
    #[must_use]
    pub fn call(&self) -> PortCall<'_> {
        PortCall::new(self)
    }
}

impl<'a> PortCall<'a> {
    pub(crate) fn new(table: &'a Table) -> Self {
        Self { table, span: Span::current(), units: None }
    }

    /// Sends `request` and adds its capacity to the call.
    ///
    /// # Errors
    /// [`DynamoError`]. Its variants name the causes.
    pub fn send<T: Metered, E>(
        &mut self,
        request: impl Future<Output = Result<T, SdkError<E>>> + Send,
    ) -> impl Future<Output = Result<T, DynamoError>> + Send
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        let sent = self.try_send(request);
        async { Ok(sent.await?) }
    }

    /// Sends `request` as [`Self::send`] does, and returns the SDK's error.
    pub(crate) fn try_send<T: Metered, E>(
        &mut self,
        request: impl Future<Output = Result<T, SdkError<E>>> + Send,
    ) -> impl Future<Output = Result<T, SdkError<E>>> + Send {
        // The future is boxed, because the SDK's futures are kilobytes large and nested too deep for the compiler.
        let request = Box::pin(request);
        async {
            let answer = request.await?;
            if let Some(units) = answer.units() {
                *self.units.get_or_insert_default() += units;
            }
            Ok(answer)
        }
    }

    /// Sends the conditional `put`.
    ///
    /// # Errors
    /// [`DynamoError`]. Its variants name the causes.
    pub async fn put_if(&mut self, put: PutItemFluentBuilder) -> Result<ConditionalWrite, DynamoError> {
        let put = put.return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        match self.try_send(put.send()).await {
            Ok(_) => Ok(ConditionalWrite::Written),
            Err(error) => match error.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(refused)) => {
                    Ok(ConditionalWrite::Refused(refused.item.clone()))
                }
                _ => Err(DynamoError::from_write(error)),
            },
        }
    }

    /// Sends the conditional `update`.
    ///
    /// # Errors
    /// [`DynamoError`]. Its variants name the causes.
    pub async fn update_if(
        &mut self,
        update: UpdateItemFluentBuilder,
    ) -> Result<ConditionalWrite, DynamoError> {
        let update =
            update.return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        match self.try_send(update.send()).await {
            Ok(_) => Ok(ConditionalWrite::Written),
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(refused)) => {
                    Ok(ConditionalWrite::Refused(refused.item.clone()))
                }
                _ => Err(DynamoError::from_write(error)),
            },
        }
    }

    /// Writes all of `actions` or none.
    ///
    /// # Errors
    /// [`DynamoError`]. Its variants name the causes.
    pub async fn transact(&mut self, actions: Vec<TransactWriteItem>) -> Result<Transaction, DynamoError> {
        let transaction = self
            .table
            .client
            .transact_write_items()
            .set_transact_items(Some(actions))
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        let Err(error) = self.try_send(transaction.send()).await else { return Ok(Transaction::Written) };
        let Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) = error.as_service_error()
        else {
            return Err(DynamoError::from_write(error));
        };
        // DynamoDB gives one reason for each action, in the order of the actions.
        let codes = || cancelled.cancellation_reasons().iter().map(CancellationReason::code).enumerate();
        let failed = codes().filter(|(_, code)| *code == Some("ConditionalCheckFailed"));
        let actions: Vec<_> = failed.map(|(action, _)| action).collect();
        if !actions.is_empty() {
            Ok(Transaction::ConditionFailed { actions })
        } else if codes().any(|(_, code)| code.is_some_and(|code| CONTENTION_CODES.contains(&code))) {
            Ok(Transaction::Contended)
        } else if let Some(invalid) =
            cancelled.cancellation_reasons().iter().find(|reason| reason.code() == Some(INVALID_ACTION))
        {
            Err(DynamoError::Invalid { reason: invalid.message().unwrap_or(INVALID_ACTION).to_owned() })
        } else {
            Err(error.into())
        }
    }
}

impl Drop for PortCall<'_> {
    fn drop(&mut self) {
        let Some(units) = self.units else { return };
        // The table's name needs no JSON escapes: it only has letters, digits, `_`, `-` and `.`.
        let json = format_args!(r#"{{"TableName":"{}","CapacityUnits":{units:?}}}"#, self.table.name);
        self.span.record("aws.dynamodb.consumed_capacity", tracing::field::display(json));
    }
}
