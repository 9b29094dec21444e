//! The content of a dead letter: its reason, and what a redrive processes again.
//!
//! A message is read in these forms:
//!
//! - Lambda's document about a batch that a mapping gave up (Lambda guide, "Retain discarded batch records for a
//!   Kinesis Data Streams event source in Lambda"),
//! - Lambda's record of an asynchronous invocation that failed (Lambda guide, "Capturing records of Lambda asynchronous
//!   invocations"),
//! - an event that a rule did not deliver, with the reason in the message attributes (`EventBridge` user guide, "Using
//!   dead-letter queues to process undelivered events"),
//! - a JSON object with `error` and `function`, and with `event_source_arn`, `shard_id` and `sequence_number` if it is
//!   about one record.

use serde_json::Value;
use stack_base::account::{name_of_arn, name_of_function};
use stack_kinesis::{SequenceNumber, number_of_id};
use stack_mapping::RecordRange;

/// The content of a message.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Letter {
    pub(super) reason: Option<String>,
    pub(super) function: Option<String>,
    pub(super) shard: Option<String>,
    pub(super) records: Option<u64>,
    /// Id of the stream of events that it is about.
    pub(super) stream: Option<String>,
    /// What a redrive processes again; `None` if the message does not say it.
    pub(super) redrive: Option<Redrive>,
}

/// What a redrive processes again.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Redrive {
    /// The records of a stream.
    Records {
        /// ARN of the stream.
        source: String,
        /// Position of the records.
        range: RecordRange,
    },
    /// The event of an asynchronous invocation, as JSON.
    Invocation(String),
    /// An event for the target of a rule.
    Delivery {
        /// ARN of the rule.
        rule: String,
        /// ARN of the target.
        target: String,
    },
}

impl Letter {
    /// Reads a message: its body, and its attributes as JSON text.
    pub(super) fn read(body: &str, attributes: &str) -> Self {
        let body: Value = serde_json::from_str(body).unwrap_or_default();
        let attributes: Value = serde_json::from_str(attributes).unwrap_or_default();
        if attributes["RULE_ARN"].is_object() {
            return Self::of_rule(&body, &attributes);
        }
        if body["requestContext"]["condition"].is_string() {
            return Self::of_lambda(&body);
        }
        let sequence = text(&body["sequence_number"]);
        Self {
            reason: text(&body["error"]),
            function: text(&body["function"]),
            shard: text(&body["shard_id"]),
            records: sequence.as_ref().map(|_| 1),
            redrive: records(&body["event_source_arn"], &body["shard_id"], sequence.clone(), sequence),
            stream: text(&body["stream"]),
        }
    }

    /// A document of Lambda, about a batch or an asynchronous invocation.
    fn of_lambda(body: &Value) -> Self {
        let (request, batch) = (&body["requestContext"], &body["KinesisBatchInfo"]);
        let condition = request["condition"].as_str().unwrap_or_default();
        let count = request["approximateInvokeCount"].as_u64().unwrap_or_default();
        let error = body["responseContext"]["functionError"].as_str();
        let error = error.map(|error| format!(", function error {error}")).unwrap_or_default();
        let (first, last) = (text(&batch["startSequenceNumber"]), text(&batch["endSequenceNumber"]));
        let invocation = body.get("requestPayload").map(|payload| Redrive::Invocation(payload.to_string()));
        Self {
            reason: Some(format!("{condition} after {count} invocations{error}")),
            function: request["functionArn"].as_str().map(|arn| name_of_function(arn).to_owned()),
            shard: text(&batch["shardId"]),
            records: batch["batchSize"].as_u64(),
            stream: text(&body["requestPayload"]["detail"]["subject"]),
            redrive: records(&batch["streamArn"], &batch["shardId"], first, last).or(invocation),
        }
    }

    /// An event of a bus, with the attributes of its message.
    fn of_rule(body: &Value, attributes: &Value) -> Self {
        let attribute = |name: &str| text(&attributes[name]["StringValue"]).unwrap_or_default();
        let (rule, target) = (attribute("RULE_ARN"), attribute("TARGET_ARN"));
        let [code, message, retries] = ["ERROR_CODE", "ERROR_MESSAGE", "RETRY_ATTEMPTS"].map(attribute);
        let name = name_of_arn(&rule);
        let reason = format!("{code} of the rule {name} after {retries} retries: {message}");
        let function = target.contains(":lambda:").then(|| name_of_function(&target).to_owned());
        Self {
            reason: Some(reason),
            function,
            stream: text(&body["detail"]["subject"]),
            redrive: Some(Redrive::Delivery { rule, target }),
            ..Self::default()
        }
    }
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

/// The records in a shard; `None` if the position is none that this stack made.
fn records(source: &Value, shard: &Value, first: Option<String>, last: Option<String>) -> Option<Redrive> {
    let sequence = |text: Option<String>| SequenceNumber::of_number(&text?);
    let range =
        RecordRange { shard: number_of_id(shard.as_str()?)?, first: sequence(first)?, last: sequence(last)? };
    Some(Redrive::Records { source: text(source)?, range })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;
    use stack_base::store::SqliteStore;
    use stack_kinesis::{Entry, Kinesis, RecordPosition, SCHEMAS};
    use stack_template::Stream;

    use super::{Letter, RecordRange, Redrive};

    /// The positions of seven records.
    fn records() -> Vec<RecordPosition> {
        let (retention, shards) = (Duration::from_hours(24), Some(1));
        let stream = Stream { logical_id: String::new(), name: "changes".to_owned(), retention, shards };
        let kinesis = Kinesis::open(SqliteStore::in_memory(SCHEMAS).unwrap(), &[stream], 1).unwrap();
        let entry =
            |key: u8| Entry { partition_key: key.to_string(), explicit_hash_key: None, data: Vec::new() };
        kinesis.put("changes", &(1..=7).map(entry).collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn the_reason_and_the_records_come_from_either_form() {
        let records = records();
        let sequence = |number: usize| records[number - 1].number.clone();
        let place = |number: usize| records[number - 1].sequence;
        let arn = "arn:aws:kinesis:us-east-1:000000000000:stream/changes";
        let given_up = json!({
            "requestContext": {"condition": "RetryAttemptsExhausted", "approximateInvokeCount": 3,
                "functionArn": "arn:aws:lambda:us-east-1:000000000000:function:project:live"},
            "responseContext": {"functionError": "Unhandled"},
            "KinesisBatchInfo": {"streamArn": arn, "shardId": "shardId-000000000002", "batchSize": 2,
                "startSequenceNumber": sequence(1), "endSequenceNumber": sequence(5)},
        });
        let letter = Letter::read(&given_up.to_string(), "{}");
        let reason = "RetryAttemptsExhausted after 3 invocations, function error Unhandled";
        assert_eq!((letter.reason.as_deref(), letter.function.as_deref()), (Some(reason), Some("project")));
        let range = |shard: u32, first: usize, last: usize| {
            let (first, last) = (place(first), place(last));
            let source = arn.to_owned();
            Some(Redrive::Records { source, range: RecordRange { shard, first, last } })
        };
        assert_eq!((letter.redrive, letter.records), (range(2, 1, 5), Some(2)));

        let set_aside = json!({"error": "not a commit", "function": "project", "event_source_arn": arn,
            "shard_id": "shardId-000000000000", "sequence_number": sequence(7)});
        let letter = Letter::read(&set_aside.to_string(), "{}");
        assert_eq!((letter.reason.as_deref(), letter.records), (Some("not a commit"), Some(1)));
        assert_eq!(letter.redrive, range(0, 7, 7));

        let held = Letter::read(r#"{"error": "no step", "function": "project", "stream": "order-1"}"#, "");
        assert_eq!((held.redrive, held.stream.as_deref()), (None, Some("order-1")));
        assert_eq!(Letter::read("no JSON", "{}"), Letter::default());
    }
}
