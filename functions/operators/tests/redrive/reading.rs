//! Reads of the stream, with a fake Kinesis behind the SDK. Time is paused, so the times between reads are those that the
//! code decides.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_sdk_kinesis::Client;
use aws_sdk_kinesis::config::retry::RetryConfig;
use aws_sdk_kinesis::config::{BehaviorVersion, Config, Credentials, Region};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use event_stream::{RecordRange, SequenceNumber};
use operators::redrive::{KinesisRecords, ReadBack, RecordSource};
use serde_json::{Value, json};
use testing::kinesis::sequence;
use tokio::time::Instant;

const SECOND: Duration = Duration::from_secs(1);

/// What the fake Kinesis answers to a `GetRecords`.
#[derive(Debug, Clone, Copy)]
enum Answer {
    /// The record with this number.
    Record(usize),
    /// No record, although the shard has more.
    Nothing,
    /// An error with this status and code.
    Error(u16, &'static str),
    /// None, because there is no connection.
    Unreachable,
}

const EXCEEDED: Answer = Answer::Error(400, "ProvisionedThroughputExceededException");

/// A fake Kinesis with a script. It notes the time and the iterator of each `GetRecords`.
#[derive(Debug, Clone, Default)]
struct Kinesis {
    script: Arc<Mutex<VecDeque<Answer>>>,
    reads: Arc<Mutex<Vec<(Instant, String)>>>,
    /// The code of the error that answers each `GetShardIterator`.
    refusal: Option<&'static str>,
}

impl HttpClient for Kinesis {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Kinesis {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let answer = match request.headers().get("x-amz-target") {
            Some(target) if target.ends_with(".GetRecords") => self.get_records(&request),
            _ => Some(match self.refusal {
                Some(code) => (400, json!({"__type": code})),
                None => (200, json!({"ShardIterator": "start"})),
            }),
        };
        HttpConnectorFuture::ready(match answer {
            Some((status, body)) => {
                Ok(HttpResponse::new(status.try_into().unwrap(), SdkBody::from(body.to_string())))
            }
            None => Err(ConnectorError::io("no connection".into())),
        })
    }
}

impl Kinesis {
    fn answering(script: impl IntoIterator<Item = Answer>) -> Self {
        let kinesis = Self::default();
        kinesis.script.lock().unwrap().extend(script);
        kinesis
    }

    /// The next answer of the script; `None` if there is no connection.
    fn get_records(&self, request: &HttpRequest) -> Option<(u16, Value)> {
        let body: Value = serde_json::from_slice(request.body().bytes().unwrap()).unwrap();
        let iterator = body["ShardIterator"].as_str().unwrap().to_owned();
        self.reads.lock().unwrap().push((Instant::now(), iterator));
        let more = |records: Value| json!({"Records": records, "NextShardIterator": "next", "MillisBehindLatest": 9});
        Some(match self.script.lock().unwrap().pop_front().unwrap() {
            Answer::Record(number) => {
                let record = json!({"SequenceNumber": sequence(number), "Data": "e30=", "PartitionKey": "k"});
                (200, more(json!([record])))
            }
            Answer::Nothing => (200, more(json!([]))),
            Answer::Error(status, code) => (status, json!({"__type": code})),
            Answer::Unreachable => return None,
        })
    }

    fn records(&self) -> KinesisRecords {
        let config = Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::from_static("eu-west-1"))
            .credentials_provider(Credentials::new("test", "test", None, None, "test"))
            .retry_config(RetryConfig::standard().with_max_attempts(3))
            .http_client(self.clone());
        KinesisRecords::new(Client::from_conf(config.build()))
    }

    /// The times between the reads.
    fn pauses(&self) -> Vec<Duration> {
        self.reads.lock().unwrap().windows(2).map(|pair| pair[1].0 - pair[0].0).collect()
    }

    /// The iterators of the reads.
    fn iterators(&self) -> Vec<String> {
        self.reads.lock().unwrap().iter().map(|(_, iterator)| iterator.clone()).collect()
    }
}

fn range(shard: &str, first: usize, last: usize) -> RecordRange {
    RecordRange {
        stream_arn: "arn:aws:kinesis:eu-west-1:123456789012:stream/events".to_owned(),
        shard: shard.to_owned(),
        first: SequenceNumber::new(sequence(first)),
        last: SequenceNumber::new(sequence(last)),
    }
}

fn sequences(read: ReadBack) -> Vec<String> {
    let ReadBack::Whole(records) = read else { panic!("the range is incomplete") };
    records.into_iter().map(|record| record.sequence.as_str().to_owned()).collect()
}

#[tokio::test(start_paused = true)]
async fn a_shard_is_read_once_a_second_in_all_reads_together() {
    let kinesis = Kinesis::answering([
        Answer::Record(0),
        Answer::Nothing,
        Answer::Record(1),
        Answer::Record(2),
        Answer::Record(3),
    ]);
    let records = kinesis.records();
    let first = records.read(&range("shardId-1", 0, 1)).await.unwrap();
    assert_eq!(sequences(first), [sequence(0), sequence(1)]);
    for number in [2, 3] {
        let read = records.clone().read(&range("shardId-1", number, number)).await.unwrap();
        assert_eq!(sequences(read), [sequence(number)]);
    }
    let pauses = kinesis.pauses();
    assert!(pauses.len() == 4 && pauses.iter().all(|pause| *pause >= SECOND), "{pauses:?}");
    assert_eq!(kinesis.iterators(), ["start", "next", "next", "start", "start"]);
}

#[tokio::test(start_paused = true)]
async fn another_shard_does_not_wait() {
    let kinesis = Kinesis::answering([Answer::Record(0), Answer::Record(0)]);
    let records = kinesis.records();
    for shard in ["shardId-1", "shardId-2"] {
        records.read(&range(shard, 0, 0)).await.unwrap();
    }
    let pauses = kinesis.pauses();
    assert!(pauses[0] < SECOND, "{pauses:?}");
}

#[tokio::test(start_paused = true)]
async fn a_read_slows_down_while_the_shard_has_no_read_left() {
    let kinesis = Kinesis::answering([
        EXCEEDED,
        EXCEEDED,
        Answer::Error(500, "InternalFailureException"),
        Answer::Record(0),
    ]);
    let read = kinesis.records().read(&range("shardId-1", 0, 0)).await.unwrap();
    assert_eq!(sequences(read), [sequence(0)]);
    let pauses = kinesis.pauses();
    assert_eq!(pauses.len(), 3, "the SDK must not repeat attempts: {pauses:?}");
    for (pause, shortest) in pauses.iter().zip([SECOND, 2 * SECOND, 4 * SECOND]) {
        // The timer may round up to the next millisecond.
        let longest = 2 * shortest + Duration::from_millis(1);
        assert!((shortest..=longest).contains(pause), "{pauses:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn attempts_end_and_stay_short_enough_for_the_iterator() {
    let kinesis = Kinesis::answering([EXCEEDED; 8]);
    let refused = kinesis.records().read(&range("shardId-1", 0, 0)).await.unwrap_err();
    assert!(format!("{:?}", refused.0).contains("ProvisionedThroughputExceeded"), "{refused:?}");
    assert_eq!(kinesis.pauses().len(), 7);
    assert!(kinesis.pauses().into_iter().sum::<Duration>() < Duration::from_mins(5));
}

#[tokio::test(start_paused = true)]
async fn an_error_that_stays_is_not_retried() {
    let kinesis = Kinesis::answering([Answer::Error(400, "AccessDeniedException")]);
    kinesis.records().read(&range("shardId-1", 0, 0)).await.unwrap_err();
    assert_eq!(kinesis.pauses().len(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_read_without_an_answer_is_repeated() {
    let kinesis = Kinesis::answering([Answer::Unreachable, Answer::Record(0)]);
    let read = kinesis.records().read(&range("shardId-1", 0, 0)).await.unwrap();
    assert_eq!(sequences(read), [sequence(0)]);
}

#[tokio::test(start_paused = true)]
async fn a_range_is_trimmed_if_kinesis_knows_its_shard_or_its_record_no_more() {
    for code in ["ResourceNotFoundException", "InvalidArgumentException"] {
        let kinesis = Kinesis { refusal: Some(code), ..Kinesis::default() };
        let read = kinesis.records().read(&range("shardId-1", 0, 0)).await.unwrap();
        assert!(matches!(read, ReadBack::Trimmed), "{code}");
    }
    let kinesis = Kinesis { refusal: Some("AccessDeniedException"), ..Kinesis::default() };
    kinesis.records().read(&range("shardId-1", 0, 0)).await.unwrap_err();
}
