//! The fields of SQS requests that the stack reads. A required field that is absent is an empty one here, so that SQS's
//! own error names it.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;

use super::attributes::MessageAttributes;
use super::error::SqsError;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GetQueueUrl {
    #[serde(default)]
    pub(super) queue_name: String,
    #[serde(rename = "QueueOwnerAWSAccountId")]
    pub(super) owner: Option<String>,
}

/// A page of names.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Page {
    pub(super) max_results: Option<i64>,
    pub(super) next_token: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListQueues {
    #[serde(default)]
    pub(super) queue_name_prefix: String,
    #[serde(flatten)]
    pub(super) page: Page,
}

/// An operation on a queue, with the operation's own fields in `content`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct OnQueue<T> {
    #[serde(default)]
    queue_url: String,
    #[serde(flatten)]
    pub(super) content: T,
}

impl<T> OnQueue<T> {
    /// Name of the queue.
    pub(super) fn queue(&self) -> Result<&str, SqsError> {
        required("QueueUrl", &self.queue_url).map(queue_name)
    }
}

/// The content of an operation that has no fields of its own.
#[derive(Debug, Deserialize)]
pub(super) struct Nothing {}

/// A message to send, alone or in a batch.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Outgoing {
    #[serde(default)]
    pub(super) message_body: String,
    pub(super) delay_seconds: Option<i64>,
    #[serde(default)]
    pub(super) message_attributes: MessageAttributes,
    #[serde(default)]
    pub(super) message_system_attributes: MessageAttributes,
    pub(super) message_group_id: Option<String>,
    pub(super) message_deduplication_id: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Batch<T> {
    #[serde(default = "Vec::new")]
    pub(super) entries: Vec<BatchEntry<T>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct BatchEntry<T> {
    #[serde(default)]
    pub(super) id: String,
    #[serde(flatten)]
    pub(super) content: T,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Delete {
    #[serde(default)]
    pub(super) receipt_handle: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ChangeVisibility {
    #[serde(default)]
    pub(super) receipt_handle: String,
    pub(super) visibility_timeout: Option<i64>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Receive {
    pub(super) max_number_of_messages: Option<i64>,
    pub(super) visibility_timeout: Option<i64>,
    pub(super) wait_time_seconds: Option<i64>,
    #[serde(default)]
    pub(super) attribute_names: Vec<String>,
    #[serde(default)]
    pub(super) message_system_attribute_names: Vec<String>,
    #[serde(default)]
    pub(super) message_attribute_names: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GetAttributes {
    #[serde(default)]
    pub(super) attribute_names: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SetAttributes {
    #[serde(default)]
    pub(super) attributes: BTreeMap<String, String>,
}

/// A text that a request must have.
pub(super) fn required<'a>(name: &'static str, text: &'a str) -> Result<&'a str, SqsError> {
    if text.is_empty() { Err(SqsError::Missing(name)) } else { Ok(text) }
}

/// A number that is from `least` to `most`, if the request has it.
pub(super) fn within(name: &str, value: Option<i64>, least: i64, most: i64) -> Result<Option<u64>, SqsError> {
    match value {
        Some(value) if !(least..=most).contains(&value) => Err(SqsError::Invalid(format!(
            "Value {value} for parameter {name} is invalid. Reason: Must be between {least} and {most}, if provided."
        ))),
        value => Ok(value.map(i64::unsigned_abs)),
    }
}

/// A number of seconds that is at most `most`, if the request has it.
pub(super) fn seconds(name: &str, value: Option<i64>, most: i64) -> Result<Option<Duration>, SqsError> {
    Ok(within(name, value, 0, most)?.map(Duration::from_secs))
}

/// Name of a queue from its URL.
#[must_use]
pub fn queue_name(url: &str) -> &str {
    url.trim_end_matches('/').rsplit('/').next().unwrap_or(url)
}
