//! The fields of SQS requests that the stack reads.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;

use super::attributes::MessageAttribute;
use super::message::SqsError;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct QueueName {
    pub(super) queue_name: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListQueues {
    pub(super) queue_name_prefix: Option<String>,
}

/// An operation on a queue, with the operation's own fields in `content`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct OnQueue<T> {
    pub(super) queue_url: String,
    #[serde(flatten)]
    pub(super) content: T,
}

/// A message to send, alone or in a batch.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Outgoing {
    pub(super) message_body: String,
    pub(super) delay_seconds: Option<u64>,
    #[serde(default)]
    pub(super) message_attributes: BTreeMap<String, MessageAttribute>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Batch<T> {
    pub(super) queue_url: String,
    pub(super) entries: Vec<BatchEntry<T>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct BatchEntry<T> {
    pub(super) id: String,
    #[serde(flatten)]
    pub(super) content: T,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Receipt {
    pub(super) receipt_handle: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Receive {
    pub(super) queue_url: String,
    pub(super) max_number_of_messages: Option<usize>,
    visibility_timeout: Option<u64>,
    wait_time_seconds: Option<u64>,
}

impl Receive {
    /// Visibility timeout of the received messages, at most 12 hours.
    pub(super) fn visibility(&self) -> Result<Option<Duration>, SqsError> {
        within("VisibilityTimeout", self.visibility_timeout, 43_200)
    }

    /// Time to wait for a message, at most 20 seconds.
    pub(super) fn wait(&self) -> Result<Option<Duration>, SqsError> {
        within("WaitTimeSeconds", self.wait_time_seconds, 20)
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ChangeVisibility {
    pub(super) queue_url: String,
    pub(super) receipt_handle: String,
    pub(super) visibility_timeout: u64,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct QueueUrl {
    pub(super) queue_url: String,
}

/// Converts seconds to a duration, if they are at most `most`.
pub(super) fn within(name: &str, seconds: Option<u64>, most: u64) -> Result<Option<Duration>, SqsError> {
    match seconds {
        Some(seconds) if seconds > most => Err(SqsError::Invalid(format!(
            "Value {seconds} for parameter {name} exceeds the maximum of {most}."
        ))),
        seconds => Ok(seconds.map(Duration::from_secs)),
    }
}
