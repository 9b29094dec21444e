//! The rules that all batch operations share (SQS API reference, `SendMessageBatch`).

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::error::SqsError;
use super::requests::{Batch, BatchEntry};

/// Maximum number of entries in a batch.
const MAXIMUM_ENTRIES: usize = 10;
/// Maximum length of an entry's id.
const MAXIMUM_ID: usize = 80;

/// Applies `act` to each entry of a batch. A failed entry does not stop the others.
///
/// # Errors
/// The errors of the batch as a whole: it is empty or too long, or an id is wrong or repeated.
pub(super) fn each<T>(
    batch: &Batch<T>,
    act: impl Fn(&T) -> Result<Value, SqsError>,
) -> Result<Value, SqsError> {
    check(&batch.entries)?;
    let (mut successful, mut failed) = (Vec::new(), Vec::new());
    for entry in &batch.entries {
        match act(&entry.content) {
            Ok(mut answer) => {
                answer["Id"] = json!(entry.id);
                successful.push(answer);
            }
            Err(error) => failed.push(json!({
                "Id": entry.id,
                "SenderFault": error.is_of_caller(),
                "Code": error.code(),
                "Message": error.to_string(),
            })),
        }
    }
    // SQS leaves out a list without entries.
    let mut answer = json!({});
    for (name, list) in [("Successful", successful), ("Failed", failed)] {
        if !list.is_empty() {
            answer[name] = json!(list);
        }
    }
    Ok(answer)
}

fn check<T>(entries: &[BatchEntry<T>]) -> Result<(), SqsError> {
    match entries.len() {
        0 => return Err(SqsError::EmptyBatch),
        1..=MAXIMUM_ENTRIES => {}
        more => return Err(SqsError::LongBatch(more)),
    }
    let is_of_id = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let mut ids = BTreeSet::new();
    for BatchEntry { id, .. } in entries {
        if id.is_empty() || id.len() > MAXIMUM_ID || !id.bytes().all(is_of_id) {
            return Err(SqsError::EntryId);
        }
        if !ids.insert(id) {
            return Err(SqsError::RepeatedId(id.clone()));
        }
    }
    Ok(())
}
