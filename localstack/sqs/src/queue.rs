//! The attributes of queues (SQS API reference, `GetQueueAttributes` and `SetQueueAttributes`).

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;
use serde_json::json;
use stack_base::account::{name_of_arn, queue_arn};
use stack_template::{Queue, Redrive};

use super::error::SqsError;
use super::message::Counts;

/// Maximum size of a message with its attributes: 1 MiB (SQS quotas). Also the limit of a batch.
pub(super) const MAXIMUM_SIZE: usize = 1024 * 1024;
/// Attributes of AWS's queues that the stack's queues do not have.
const NOT_SERVED: [&str; 5] = [
    "KmsDataKeyReusePeriodSeconds",
    "KmsMasterKeyId",
    "Policy",
    "RedriveAllowPolicy",
    "SqsManagedSseEnabled",
];

/// The current attributes of a queue. A change with `SetQueueAttributes` lasts until the stack ends; the template is
/// read again at the next start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Attributes {
    /// The settings that the template has.
    pub(super) queue: Queue,
    /// Maximum bytes of a message with its attributes.
    pub(super) maximum_size: usize,
    created_ms: i64,
    modified_ms: i64,
}

/// The JSON document in the attribute `RedrivePolicy`. AWS takes the count as a number and as text.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct RedrivePolicy {
    dead_letter_target_arn: String,
    max_receive_count: serde_json::Value,
}

impl Attributes {
    pub(super) fn new(queue: Queue, created_ms: i64) -> Self {
        Self { queue, maximum_size: MAXIMUM_SIZE, created_ms, modified_ms: created_ms }
    }

    /// The attributes with these names, as text; `All` stands for all of them. An attribute without a value is left out.
    pub(super) fn get(&self, names: &[String], counts: Counts) -> Result<BTreeMap<String, String>, SqsError> {
        let all = self.all(counts);
        let is_known = |name: &str| name == "All" || all.contains_key(name) || is_valued_in_aws(name);
        if let Some(unknown) = names.iter().find(|name| !is_known(name)) {
            return Err(SqsError::AttributeName(unknown.clone()));
        }
        let is_asked = |name: &str| names.iter().any(|asked| asked == "All" || asked == name);
        Ok(all
            .into_iter()
            .filter(|(name, _)| is_asked(name))
            .map(|(name, value)| (name.to_owned(), value))
            .collect())
    }

    fn all(&self, counts: Counts) -> BTreeMap<&'static str, String> {
        let Queue { name, visibility_timeout, delay, retention, receive_wait, redrive, .. } = &self.queue;
        let seconds = |duration: &Duration| duration.as_secs().to_string();
        let mut all = BTreeMap::from([
            ("ApproximateNumberOfMessages", counts.visible.to_string()),
            ("ApproximateNumberOfMessagesNotVisible", counts.in_flight.to_string()),
            ("ApproximateNumberOfMessagesDelayed", counts.delayed.to_string()),
            ("CreatedTimestamp", (self.created_ms / 1000).to_string()),
            ("LastModifiedTimestamp", (self.modified_ms / 1000).to_string()),
            ("VisibilityTimeout", seconds(visibility_timeout)),
            ("DelaySeconds", seconds(delay)),
            ("MaximumMessageSize", self.maximum_size.to_string()),
            ("MessageRetentionPeriod", seconds(retention)),
            ("ReceiveMessageWaitTimeSeconds", seconds(receive_wait)),
            ("QueueArn", queue_arn(name)),
        ]);
        if let Some(Redrive { dead_letter_queue, maximum_receives }) = redrive {
            let arn = queue_arn(dead_letter_queue);
            let policy = json!({"deadLetterTargetArn": arn, "maxReceiveCount": maximum_receives});
            all.insert("RedrivePolicy", policy.to_string());
        }
        all
    }

    /// The attributes after a change. `exists` tells whether a queue exists.
    pub(super) fn with(
        mut self,
        changes: &BTreeMap<String, String>,
        exists: impl Fn(&str) -> bool,
        now_ms: i64,
    ) -> Result<Self, SqsError> {
        for (name, value) in changes {
            let within = |least, most| {
                let number = value.parse().ok().filter(|number| (least..=most).contains(number));
                number.ok_or_else(|| SqsError::AttributeValue(name.clone()))
            };
            let seconds = |least, most| within(least, most).map(Duration::from_secs);
            match name.as_str() {
                "DelaySeconds" => self.queue.delay = seconds(0, 900)?,
                "MaximumMessageSize" => {
                    let size = within(1024, 1_048_576)?;
                    self.maximum_size = usize::try_from(size).unwrap_or(MAXIMUM_SIZE);
                }
                "MessageRetentionPeriod" => self.queue.retention = seconds(60, 1_209_600)?,
                "ReceiveMessageWaitTimeSeconds" => self.queue.receive_wait = seconds(0, 20)?,
                "VisibilityTimeout" => self.queue.visibility_timeout = seconds(0, 43_200)?,
                "RedrivePolicy" => self.queue.redrive = redrive(value, &exists)?,
                other if NOT_SERVED.contains(&other) => {
                    let problem =
                        format!("The attribute {other} of a queue is not served by the local stack.");
                    return Err(SqsError::Unsupported(problem));
                }
                other => return Err(SqsError::AttributeName(other.to_owned())),
            }
        }
        self.modified_ms = now_ms;
        Ok(self)
    }
}

/// True for an attribute that a queue can have in AWS, and that these queues do not have.
fn is_valued_in_aws(name: &str) -> bool {
    NOT_SERVED.contains(&name) || name == "RedrivePolicy"
}

/// Parses a `RedrivePolicy`; an empty text removes the policy.
fn redrive(value: &str, exists: impl Fn(&str) -> bool) -> Result<Option<Redrive>, SqsError> {
    if value.is_empty() {
        return Ok(None);
    }
    let invalid = |reason: &str| {
        SqsError::Invalid(format!("Value {value} for parameter RedrivePolicy is invalid. Reason: {reason}"))
    };
    let policy: RedrivePolicy = serde_json::from_str(value).map_err(|error| invalid(&format!("{error}.")))?;
    let count = policy.max_receive_count;
    let count = count.as_u64().or_else(|| count.as_str()?.parse().ok());
    let maximum_receives =
        count.filter(|count| (1..=1000).contains(count)).and_then(|count| u32::try_from(count).ok());
    let maximum_receives = maximum_receives
        .ok_or_else(|| invalid("Invalid value for maxReceiveCount: it must be from 1 to 1000."))?;
    let name = name_of_arn(&policy.dead_letter_target_arn);
    if policy.dead_letter_target_arn != queue_arn(name) || !exists(name) {
        return Err(invalid("Dead letter target does not exist."));
    }
    Ok(Some(Redrive { dead_letter_queue: name.to_owned(), maximum_receives }))
}
