//! Dead letters: the messages in the template's queues, why they are there, and the redrive of their records.
//!
//! A message is read in two forms. The first is Lambda's document about a batch that a mapping gave up (Lambda guide,
//! "Retain discarded batch records for a Kinesis Data Streams event source in Lambda"). The second is a JSON object
//! with `error` and `function`, and with `event_source_arn`, `shard_id` and `sequence_number` if it is about one record.
//!
//! A redrive reads the records from the stream again and invokes the function of the mapping with them. The message is
//! deleted when the function has succeeded. Until then it is hidden, and after a failure it is visible again. A
//! function that sets a record aside by itself, and reports success, sends a new message.

use std::time::Duration;

use serde::Serialize;
use serde_json::Value;
use stack_base::account::{name_of_arn, name_of_function};
use stack_base::clock::iso8601;
use stack_kinesis::{Kinesis, SequenceNumber, number_of_id};
use stack_lambda::Lambda;
use stack_mapping::RecordRange;
use stack_sqs::{Sqs, StoredMessage};
use stack_template::{EventSource, EventSourceMapping, Template};

use super::item::ConsoleError;

/// Maximum number of messages that the page shows per queue.
const SHOWN: usize = 50;
/// Time for which a redrive hides its message: the longest that Lambda lets a function run (Lambda quotas).
const HIDDEN: Duration = Duration::from_mins(15);
/// Maximum number of bytes of a message that the page shows.
const BODY: usize = 8 * 1024;

/// Reads and redrives dead letters.
#[derive(Clone)]
pub(super) struct DeadLetters {
    pub(super) template: Template,
    pub(super) kinesis: Kinesis,
    pub(super) sqs: Sqs,
    pub(super) lambda: Lambda,
}

/// A queue with its oldest messages.
#[derive(Debug, Serialize)]
pub(super) struct QueueLetters {
    name: String,
    /// Number of all messages.
    count: i64,
    messages: Vec<LetterView>,
}

#[derive(Debug, Serialize)]
struct LetterView {
    id: String,
    reason: String,
    function: Option<String>,
    /// Shard and sequence numbers of its records.
    shard: Option<String>,
    records: Option<u64>,
    /// Id of the stream of events that it is about.
    stream: Option<String>,
    sent_at: String,
    receives: i64,
    /// True while a consumer works on the message.
    is_hidden: bool,
    can_redrive: bool,
    body: String,
}

/// Result of a redrive.
#[derive(Debug, Serialize)]
pub(super) struct Redriven {
    /// Number of records that the function was invoked with.
    records: usize,
    /// Number of messages in the queue afterwards.
    left: i64,
}

/// The content of a message.
#[derive(Debug, Default, PartialEq, Eq)]
struct Letter {
    reason: Option<String>,
    function: Option<String>,
    /// ARN of the stream that has its records.
    source: Option<String>,
    shard: Option<String>,
    /// Sequence numbers of its first and last record.
    ends: Option<(String, String)>,
    records: Option<u64>,
    stream: Option<String>,
}

impl DeadLetters {
    /// The queues with their oldest messages.
    ///
    /// # Errors
    /// [`ConsoleError::Queue`] when a queue cannot be read.
    pub(super) fn list(&self) -> Result<Vec<QueueLetters>, ConsoleError> {
        let queue = |name: &str| {
            let messages = self.sqs.peek(name, SHOWN)?.into_iter().map(|message| self.show(message));
            Ok(QueueLetters { name: name.to_owned(), count: self.count(name)?, messages: messages.collect() })
        };
        self.sqs.names().map(queue).collect()
    }

    /// Invokes the function with the records of a message again.
    ///
    /// # Errors
    /// [`ConsoleError::NotFound`] if the message is gone or hidden; [`ConsoleError::NoRecords`];
    /// [`ConsoleError::Redrive`] if the records were not processed, in which case the message is visible again.
    pub(super) async fn redrive(&self, queue: &str, id: &str) -> Result<Redriven, ConsoleError> {
        let not_found = || ConsoleError::NotFound(format!("a visible message {id} in the queue {queue}"));
        if !self.sqs.names().any(|name| name == queue) {
            return Err(not_found());
        }
        let message = self.sqs.receive_one(queue, id, HIDDEN)?.ok_or_else(not_found)?;
        let redriven = self.deliver(&message.body).await;
        match &redriven {
            Ok(_) => self.sqs.delete(queue, &message.receipt)?,
            Err(_) => self.sqs.change_visibility(queue, &message.receipt, Duration::ZERO)?,
        }
        Ok(Redriven { records: redriven?, left: self.count(queue)? })
    }

    async fn deliver(&self, body: &str) -> Result<usize, ConsoleError> {
        let letter = Letter::from_body(body);
        let mapping = self.mapping_of(&letter).ok_or(ConsoleError::NoRecords)?;
        let range = letter.range().ok_or(ConsoleError::NoRecords)?;
        let function = self.template.functions.iter().find(|function| function.name == mapping.function);
        let role = function.map_or("", |function| function.role.as_str());
        Ok(stack_mapping::redrive(mapping, role, range, &self.kinesis, &self.lambda).await?)
    }

    fn count(&self, queue: &str) -> Result<i64, ConsoleError> {
        let counts = self.sqs.counts(queue)?;
        Ok(counts.visible + counts.in_flight + counts.delayed)
    }

    /// The mapping that reads the letter's Kinesis stream for its function. The letter has the function's name or binary.
    fn mapping_of(&self, letter: &Letter) -> Option<&EventSourceMapping> {
        let (stream, named) = (name_of_arn(letter.source.as_ref()?), letter.function.as_ref()?);
        let functions = &self.template.functions;
        let function =
            functions.iter().find(|function| &function.name == named || &function.binary == named)?;
        let mut mappings = self.template.mappings.iter();
        let reads = |source: &EventSource| matches!(source, EventSource::Kinesis { stream: read, .. } if read == stream);
        mappings.find(|mapping| reads(&mapping.source) && mapping.function == function.name)
    }

    fn show(&self, message: StoredMessage) -> LetterView {
        let letter = Letter::from_body(&message.body);
        let can_redrive = letter.range().is_some() && self.mapping_of(&letter).is_some();
        let end = message.body.floor_char_boundary(BODY);
        LetterView {
            id: message.id,
            reason: letter.reason.unwrap_or_else(|| "the message gives no reason".to_owned()),
            function: letter.function,
            shard: letter.shard,
            records: letter.records,
            stream: letter.stream,
            sent_at: iso8601(message.sent_ms),
            receives: message.receives,
            is_hidden: message.is_hidden,
            can_redrive,
            body: message.body.get(..end).unwrap_or_default().to_owned(),
        }
    }
}

impl Letter {
    fn from_body(body: &str) -> Self {
        let body: Value = serde_json::from_str(body).unwrap_or_default();
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let (request, batch) = (&body["requestContext"], &body["KinesisBatchInfo"]);
        if let Some(condition) = request["condition"].as_str() {
            let count = request["approximateInvokeCount"].as_u64().unwrap_or_default();
            let error = body["responseContext"]["functionError"].as_str();
            let error = error.map(|error| format!(", function error {error}")).unwrap_or_default();
            let ends = (text(&batch["startSequenceNumber"]), text(&batch["endSequenceNumber"]));
            return Self {
                reason: Some(format!("{condition} after {count} invocations{error}")),
                function: request["functionArn"].as_str().map(|arn| name_of_function(arn).to_owned()),
                source: text(&batch["streamArn"]),
                shard: text(&batch["shardId"]),
                ends: ends.0.zip(ends.1),
                records: batch["batchSize"].as_u64(),
                stream: None,
            };
        }
        let sequence = text(&body["sequence_number"]);
        Self {
            reason: text(&body["error"]),
            function: text(&body["function"]),
            source: text(&body["event_source_arn"]),
            shard: text(&body["shard_id"]),
            records: sequence.as_ref().map(|_| 1),
            ends: sequence.clone().zip(sequence),
            stream: text(&body["stream"]),
        }
    }

    /// The position of the records; `None` if the letter has none that this stack made.
    fn range(&self) -> Option<RecordRange> {
        let (first, last) = self.ends.as_ref()?;
        let sequence = |text: &String| SequenceNumber::of_number(text);
        let shard = number_of_id(self.shard.as_ref()?)?;
        Some(RecordRange { shard, first: sequence(first)?, last: sequence(last)? })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;
    use stack_base::store::SqliteStore;
    use stack_kinesis::{Entry, Kinesis, RecordPosition, SCHEMAS};
    use stack_template::Stream;

    use super::Letter;

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
        let letter = Letter::from_body(&given_up.to_string());
        let reason = "RetryAttemptsExhausted after 3 invocations, function error Unhandled";
        assert_eq!((letter.reason.as_deref(), letter.function.as_deref()), (Some(reason), Some("project")));
        assert_eq!((letter.source.as_deref(), letter.records), (Some(arn), Some(2)));
        let range = letter.range().unwrap();
        assert_eq!((range.shard, range.first, range.last), (2, place(1), place(5)));

        let set_aside = json!({"error": "not a commit", "function": "project", "event_source_arn": arn,
            "shard_id": "shardId-000000000000", "sequence_number": sequence(7)});
        let letter = Letter::from_body(&set_aside.to_string());
        assert_eq!((letter.reason.as_deref(), letter.records), (Some("not a commit"), Some(1)));
        assert_eq!(letter.range().map(|range| (range.first, range.last)), Some((place(7), place(7))));

        let held = Letter::from_body(r#"{"error": "no step", "function": "project", "stream": "order-1"}"#);
        assert_eq!((held.range(), held.stream.as_deref()), (None, Some("order-1")));
        assert_eq!(Letter::from_body("no JSON"), Letter::default());
    }
}
