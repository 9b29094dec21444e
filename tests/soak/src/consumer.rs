//! The consumer of the event bus: another service with a queue, which takes every event and remembers which ones it got.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::time::Duration;

use e2e::{Operator, StoredCommit, Streams};
use serde_json::Value;
use tokio::time::sleep;

/// The logical id of the consumer's queue.
pub(crate) const QUEUE: &str = "ConsumerQueue";

/// The most messages that the consumer takes at once, in tens. It is far more than one round sends.
const MOST: usize = 10_000;
/// How often the consumer looks for missing events. A look takes a second, and the bus delivers an event within seconds.
const LOOKS: usize = 60;
/// The pause between two looks.
const PAUSE: Duration = Duration::from_millis(500);

type BoxError = Box<dyn Error + Send + Sync>;

/// The events that the consumer got.
#[derive(Debug, Default)]
pub(crate) struct Consumer {
    /// The versions of each stream.
    versions: BTreeMap<String, BTreeSet<u64>>,
    /// The number of messages, with duplicates and events that were published again.
    messages: u64,
}

impl Consumer {
    /// Takes all messages out of the queue.
    pub(crate) async fn receive(&mut self, operator: &Operator) -> Result<(), BoxError> {
        for _ in 0..MOST {
            let messages = operator.take(QUEUE).await?;
            if messages.is_empty() {
                return Ok(());
            }
            for message in messages {
                self.note(&message)?;
            }
        }
        Err(format!("{QUEUE} gets messages faster than the consumer takes them").into())
    }

    fn note(&mut self, message: &Value) -> Result<(), BoxError> {
        let envelope = &message["detail"];
        let stream =
            envelope["subject"].as_str().ok_or_else(|| format!("an event without a stream: {message}"))?;
        let version = envelope["sequence"].as_str().and_then(|version| version.parse().ok());
        let version = version.ok_or_else(|| format!("an event without a version: {message}"))?;
        self.versions.entry(stream.to_owned()).or_default().insert(version);
        self.messages += 1;
        Ok(())
    }

    /// The number of messages so far.
    pub(crate) const fn messages(&self) -> u64 {
        self.messages
    }

    /// Takes messages until the consumer has every event of `streams`. Returns one line for each stream with missing events.
    pub(crate) async fn missing(
        &mut self,
        operator: &Operator,
        streams: &Streams,
    ) -> Result<Vec<String>, BoxError> {
        for _ in 1..LOOKS {
            self.receive(operator).await?;
            if self.lines(streams).is_empty() {
                break;
            }
            sleep(PAUSE).await;
        }
        Ok(self.lines(streams))
    }

    fn lines(&self, streams: &Streams) -> Vec<String> {
        let none = BTreeSet::new();
        let line = |(stream, commits): (&String, &Vec<StoredCommit>)| {
            let got = self.versions.get(stream).unwrap_or(&none);
            let last = commits.last().map_or(0, StoredCommit::last_version);
            let missing: Vec<_> = (1..=last).filter(|version| !got.contains(version)).collect();
            (!missing.is_empty())
                .then(|| format!("the consumer did not get the versions {missing:?} of {stream}"))
        };
        streams.iter().filter_map(line).collect()
    }
}

#[cfg(test)]
mod tests {
    use e2e::{StoredCommit, Streams};
    use serde_json::{Value, json};

    use super::Consumer;

    #[test]
    fn a_version_that_never_arrived_is_missing() {
        let commit = StoredCommit {
            stream: "order-1".to_owned(),
            version: 1,
            events: vec![Value::Null; 3],
            key: String::new(),
            at: String::new(),
        };
        let streams = Streams::from([("order-1".to_owned(), vec![commit])]);
        let mut consumer = Consumer::default();
        for version in [3, 1, 3] {
            let sequence = format!("{version:020}");
            consumer.note(&json!({"detail": {"subject": "order-1", "sequence": sequence}})).unwrap();
        }
        assert_eq!(consumer.messages(), 3);
        assert_eq!(consumer.lines(&streams), ["the consumer did not get the versions [2] of order-1"]);
        consumer.note(&json!({"detail": {"subject": "order-1", "sequence": "2"}})).unwrap();
        assert_eq!(consumer.lines(&streams), [""; 0]);
    }
}
