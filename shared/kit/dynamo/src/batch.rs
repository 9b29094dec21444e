//! Loops over the pages of a query and over the unprocessed part of a batch.

use std::time::Duration;

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::types::builders::KeysAndAttributesBuilder;
use aws_sdk_dynamodb::types::{ReturnConsumedCapacity, WriteRequest};

use crate::{AttributeMap, DynamoError, MAX_GET_BATCH, PortCall};

/// How many attempts in a row may process nothing before a batch fails.
const MAX_IDLE_TRIES: u32 = 6;

/// The longest pause before the second attempt. The longest pause doubles with each further attempt.
const FIRST_PAUSE: Duration = Duration::from_millis(20);

/// The longest pause before any attempt.
const LONGEST_PAUSE: Duration = Duration::from_millis(640);

#[derive(Debug, thiserror::Error)]
#[error("{left} items of a batch are still unprocessed after {MAX_IDLE_TRIES} attempts that processed none")]
struct Unprocessed {
    left: usize,
}

#[derive(Debug, thiserror::Error)]
#[error("a query has more than {most} pages")]
struct TooManyPages {
    most: u32,
}

/// Waits before the next attempt after `tries` failed ones. The pause is a random part of a time that doubles with each
/// attempt, so that callers that failed together do not retry together.
pub async fn pause(tries: u32) {
    let longest = FIRST_PAUSE.saturating_mul(1 << tries.saturating_sub(1).min(16)).min(LONGEST_PAUSE);
    random_pause(longest).await;
}

/// Waits for a random part of `longest`.
pub async fn random_pause(longest: Duration) {
    tokio::time::sleep(longest.mul_f64(fastrand::f64())).await;
}

/// The number of attempts in a row that processed nothing.
#[derive(Default)]
struct IdleTries(u32);

impl IdleTries {
    /// Waits before the next attempt of a batch that sent `sent` items and left `left` of them. A response that
    /// processed some items does not count as a failed attempt, because a `BatchGetItem` returns at most 16 MB.
    async fn pause(&mut self, sent: usize, left: usize) -> Result<(), DynamoError> {
        self.0 = if left < sent { 0 } else { self.0 + 1 };
        if self.0 == MAX_IDLE_TRIES {
            return Err(DynamoError::Throttled(Unprocessed { left }.into()));
        }
        if left > 0 {
            pause(self.0).await;
        }
        Ok(())
    }
}

impl PortCall<'_> {
    /// Reads the items under `keys`, in any order. `options` defines the consistency and the projected attributes. A
    /// key without an item returns nothing. The keys must be distinct, because DynamoDB refuses a batch that names an
    /// item twice. The function sends one `BatchGetItem` for each [`MAX_GET_BATCH`] keys, and more for the keys that a
    /// response leaves unprocessed.
    ///
    /// # Errors
    /// [`DynamoError`]. Its variants name the causes. [`DynamoError::Throttled`] also after six attempts in a row that
    /// read nothing.
    pub async fn get_items(
        &mut self,
        keys: &[AttributeMap],
        options: &KeysAndAttributesBuilder,
    ) -> Result<Vec<AttributeMap>, DynamoError> {
        let mut items = Vec::with_capacity(keys.len());
        for batch in keys.chunks(MAX_GET_BATCH) {
            let (mut batch, mut idle) = (batch.to_vec(), IdleTries::default());
            while !batch.is_empty() {
                let sent = batch.len();
                let keys = options.clone().set_keys(Some(batch)).build()?;
                let get = self.table.client.batch_get_item().request_items(&self.table.name, keys);
                let get = get.return_consumed_capacity(ReturnConsumedCapacity::Total);
                let answer = self.send(get.send()).await?;
                items.extend(answer.responses.unwrap_or_default().into_values().flatten());
                let left = answer.unprocessed_keys.unwrap_or_default().into_values();
                batch = left.flat_map(|left| left.keys).collect();
                idle.pause(sent, batch.len()).await?;
            }
        }
        Ok(items)
    }

    /// Writes `batch`, which has at most [`MAX_WRITE_BATCH`](crate::MAX_WRITE_BATCH) requests for distinct items. The
    /// function sends one `BatchWriteItem`, and more for the requests that a response leaves unprocessed.
    ///
    /// # Errors
    /// [`DynamoError`]. Its variants name the causes. [`DynamoError::Throttled`] also after six attempts in a row that
    /// wrote nothing. Some of the requests may have taken place.
    pub async fn write_items(&mut self, mut batch: Vec<WriteRequest>) -> Result<(), DynamoError> {
        let mut idle = IdleTries::default();
        while !batch.is_empty() {
            let sent = batch.len();
            let write = self.table.client.batch_write_item().request_items(&self.table.name, batch);
            let write = write.return_consumed_capacity(ReturnConsumedCapacity::Total);
            let answer = self.try_send(write.send()).await.map_err(DynamoError::from_write)?;
            let left = answer.unprocessed_items.unwrap_or_default().into_values();
            batch = left.flatten().collect();
            idle.pause(sent, batch.len()).await?;
        }
        Ok(())
    }

    /// Passes every item that `query` finds to `take`, page by page.
    ///
    /// # Errors
    /// [`DynamoError`]. Its variants name the causes. [`DynamoError::Unavailable`] also if there are more than
    /// `max_pages` pages; the error of `take` if it fails.
    pub async fn each_item<E: From<DynamoError>>(
        &mut self,
        query: QueryFluentBuilder,
        max_pages: u32,
        mut take: impl FnMut(AttributeMap) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut start = None;
        for _ in 0..max_pages {
            let answer = self.send(query.clone().set_exclusive_start_key(start).send()).await?;
            answer.items.into_iter().flatten().try_for_each(&mut take)?;
            start = answer.last_evaluated_key;
            if start.is_none() {
                return Ok(());
            }
        }
        Err(DynamoError::Unavailable(TooManyPages { most: max_pages }.into()).into())
    }
}
