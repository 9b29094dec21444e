//! Reads of the stream, with a scripted Kinesis behind the SDK. Time is paused, so the times between reads are those that
//! the code decides.

use std::time::Duration;

use aws_sdk_kinesis::Client;
use aws_sdk_kinesis::config::retry::RetryConfig;
use event_stream::{RecordRange, SequenceNumber};
use operators::redrive::{KinesisRecords, ReadBack, RecordSource};
use serde_json::{Value, json};
use testing::kinesis::sequence;
use testing::{ScriptedAnswer, ScriptedRequest, ScriptedService};

const SECOND: Duration = Duration::from_secs(1);

/// The answer to a `GetShardIterator`.
fn iterator() -> ScriptedAnswer {
    ScriptedAnswer::success(json!({"ShardIterator": "start"}))
}

/// The answer to a `GetRecords` in a shard that has more records.
fn records(records: &Value) -> ScriptedAnswer {
    let body = json!({"Records": records, "NextShardIterator": "next", "MillisBehindLatest": 9});
    ScriptedAnswer::success(body)
}

/// The answer with the record of this number.
fn record(number: usize) -> ScriptedAnswer {
    records(&json!([{"SequenceNumber": sequence(number), "Data": "e30=", "PartitionKey": "k"}]))
}

fn exceeded() -> ScriptedAnswer {
    ScriptedAnswer::error(400, "ProvisionedThroughputExceededException")
}

/// The stream behind a client that makes three attempts by default.
fn stream(kinesis: &ScriptedService) -> KinesisRecords {
    let retry = RetryConfig::standard().with_max_attempts(3);
    KinesisRecords::new(Client::new(&kinesis.config().into_builder().retry_config(retry).build()))
}

fn reads(kinesis: &ScriptedService) -> Vec<ScriptedRequest> {
    kinesis.requests().into_iter().filter(|request| request.operation == "GetRecords").collect()
}

/// The times between the reads.
fn pauses(kinesis: &ScriptedService) -> Vec<Duration> {
    reads(kinesis).windows(2).map(|pair| pair[1].at - pair[0].at).collect()
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
    let nothing = records(&json!([]));
    let kinesis = ScriptedService::answering([
        iterator(),
        record(0),
        nothing,
        record(1),
        iterator(),
        record(2),
        iterator(),
        record(3),
    ]);
    let stream = stream(&kinesis);
    let first = stream.read(&range("shardId-1", 0, 1)).await.unwrap();
    assert_eq!(sequences(first), [sequence(0), sequence(1)]);
    for number in [2, 3] {
        let read = stream.clone().read(&range("shardId-1", number, number)).await.unwrap();
        assert_eq!(sequences(read), [sequence(number)]);
    }
    let pauses = pauses(&kinesis);
    assert!(pauses.len() == 4 && pauses.iter().all(|pause| *pause >= SECOND), "{pauses:?}");
    let iterators: Vec<_> =
        reads(&kinesis).into_iter().map(|read| read.body["ShardIterator"].clone()).collect();
    assert_eq!(iterators, ["start", "next", "next", "start", "start"]);
}

#[tokio::test(start_paused = true)]
async fn another_shard_does_not_wait() {
    let kinesis = ScriptedService::answering([iterator(), record(0), iterator(), record(0)]);
    let stream = stream(&kinesis);
    for shard in ["shardId-1", "shardId-2"] {
        stream.read(&range(shard, 0, 0)).await.unwrap();
    }
    let pauses = pauses(&kinesis);
    assert!(pauses[0] < SECOND, "{pauses:?}");
}

#[tokio::test(start_paused = true)]
async fn a_read_slows_down_while_the_shard_has_no_read_left() {
    let failure = ScriptedAnswer::error(500, "InternalFailureException");
    let kinesis = ScriptedService::answering([iterator(), exceeded(), exceeded(), failure, record(0)]);
    let read = stream(&kinesis).read(&range("shardId-1", 0, 0)).await.unwrap();
    assert_eq!(sequences(read), [sequence(0)]);
    let pauses = pauses(&kinesis);
    assert_eq!(pauses.len(), 3, "the SDK must not repeat attempts: {pauses:?}");
    for (pause, shortest) in pauses.iter().zip([SECOND, 2 * SECOND, 4 * SECOND]) {
        // The timer may round up to the next millisecond.
        let longest = 2 * shortest + Duration::from_millis(1);
        assert!((shortest..=longest).contains(pause), "{pauses:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn attempts_end_and_stay_short_enough_for_the_iterator() {
    let kinesis = ScriptedService::answering([vec![iterator()], vec![exceeded(); 8]].concat());
    let refused = stream(&kinesis).read(&range("shardId-1", 0, 0)).await.unwrap_err();
    assert!(format!("{:?}", refused.0).contains("ProvisionedThroughputExceeded"), "{refused:?}");
    assert!(pauses(&kinesis).into_iter().sum::<Duration>() < Duration::from_mins(5));
}

#[tokio::test(start_paused = true)]
async fn an_error_that_stays_is_not_retried() {
    let refusal = ScriptedAnswer::error(400, "AccessDeniedException");
    let kinesis = ScriptedService::answering([iterator(), refusal]);
    stream(&kinesis).read(&range("shardId-1", 0, 0)).await.unwrap_err();
    assert_eq!(reads(&kinesis).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_read_without_an_answer_is_repeated() {
    let kinesis = ScriptedService::answering([iterator(), ScriptedAnswer::Unreachable, record(0)]);
    let read = stream(&kinesis).read(&range("shardId-1", 0, 0)).await.unwrap();
    assert_eq!(sequences(read), [sequence(0)]);
}

#[tokio::test(start_paused = true)]
async fn a_range_is_trimmed_if_kinesis_knows_its_shard_or_its_record_no_more() {
    let read = async |code| {
        let kinesis = ScriptedService::answering([ScriptedAnswer::error(400, code)]);
        stream(&kinesis).read(&range("shardId-1", 0, 0)).await
    };
    for code in ["ResourceNotFoundException", "InvalidArgumentException"] {
        assert!(matches!(read(code).await.unwrap(), ReadBack::Trimmed), "{code}");
    }
    read("AccessDeniedException").await.unwrap_err();
}
