//! Items by their keys.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{KeysAndAttributes, ReturnConsumedCapacity};
use tracing::field::Empty;

use super::difference::Attributes;
use super::{Difference, DynamoParity, Generation, ItemKey};
use crate::pause::pause;
use crate::{ReadError, capacity};

/// The most items of one `BatchGetItem`.
///
/// Source: Amazon DynamoDB API Reference, `BatchGetItem`.
const BATCH: usize = 100;

/// How often a batch is asked for what it left out, the first time included. A batch is at most 16 MB, so that large
/// items are left out of it without any shortage.
const MAX_TRIES: u32 = 10;

impl DynamoParity {
    /// Those of `keys` whose items are not the same in both generations now.
    ///
    /// # Errors
    /// [`ReadError`], case by case.
    pub async fn differences(&self, keys: &[ItemKey]) -> Result<Vec<Difference>, ReadError> {
        let mut differences = Vec::new();
        for batch in keys.chunks(BATCH) {
            let (built, other) = futures::try_join!(
                self.items(Generation::Built, batch),
                self.items(Generation::Other, batch)
            )?;
            let difference = |key: &ItemKey| Difference::of(key.clone(), built.get(key), other.get(key));
            differences.extend(batch.iter().filter_map(difference));
        }
        Ok(differences)
    }

    /// The items of `generation` under `keys`, which are at most [`BATCH`].
    #[tracing::instrument(name = "read_store.items", skip_all, fields(
        otel.kind = "client", db.system.name = "aws.dynamodb", db.operation.name = "BatchGetItem",
        db.collection.name = self.table(generation), aws.dynamodb.consumed_capacity = Empty,
    ))]
    pub(super) async fn items(
        &self,
        generation: Generation,
        keys: &[ItemKey],
    ) -> Result<HashMap<ItemKey, Attributes>, ReadError> {
        let table = self.table(generation);
        let mut found = HashMap::new();
        let mut wanted = (!keys.is_empty()).then(|| wanted(keys)).transpose()?;
        for tries in 1..=MAX_TRIES {
            let Some(keys) = wanted.take() else { return Ok(found) };
            let get = self.client.batch_get_item().request_items(table, keys);
            let get = get.return_consumed_capacity(ReturnConsumedCapacity::Total);
            // Boxed: the SDK's futures are kilobytes of state, nested too deep for the compiler to lay out in place.
            let answer = Box::pin(get.send()).await?;
            capacity::record(table, answer.consumed_capacity().first());
            for item in answer.responses.unwrap_or_default().into_values().flatten() {
                found.insert(ItemKey::of(&item)?, item);
            }
            wanted = answer.unprocessed_keys.unwrap_or_default().into_values().next();
            if wanted.is_some() && tries < MAX_TRIES {
                pause(tries).await;
            }
        }
        match wanted {
            None => Ok(found),
            Some(_) => Err(ReadError::Throttled("some items are still unread".into())),
        }
    }
}

fn wanted(keys: &[ItemKey]) -> Result<KeysAndAttributes, ReadError> {
    let keys = keys.iter().map(ItemKey::attributes).collect();
    let wanted = KeysAndAttributes::builder().set_keys(Some(keys)).consistent_read(true);
    wanted.build().map_err(|error| ReadError::Unavailable(error.into()))
}
