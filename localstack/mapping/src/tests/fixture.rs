//! Helpers of the tests: a stream, a failure queue and a scripted function.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};
use stack_base::chaos::{Chaos, ChaosSpec};
use stack_base::stop::Stop;
use stack_base::store::SqliteStore;
use stack_dynamodb::bridge::table_stream;
use stack_kinesis::{Entry, Kinesis};
use stack_lambda::{Invocation, Invoke, InvokeError};
use stack_sqs::Sqs;
use stack_template::{EventSource, EventSourceMapping, Queue, StartingPosition, Stream, Template};
use tokio::sync::watch;

use crate::{Context, Mappings, RecordRange, RedriveError, redrive};

/// What the scripted function does with a batch.
#[derive(Clone, Copy)]
pub(super) enum Action {
    /// Reports no failures.
    Succeed,
    /// Reports the records with these keys as failed.
    Report(&'static [&'static str]),
    /// Returns a function error.
    Fail,
    /// Is not invoked, because it is throttled.
    Throttle,
    /// Never returns.
    Hang,
    /// Succeeds once the test opens the function's gate.
    Hold,
}

/// A script that applies `act` to batches with a record of `key`, and succeeds with all others.
pub(super) fn on_key(key: &'static str, act: Action) -> impl Fn(&[String], usize) -> Action {
    move |keys, _| if keys.iter().any(|held| held == key) { act } else { Action::Succeed }
}

/// Number of records in the calls. Each record's key has one character.
pub(super) fn count(calls: &[String]) -> usize {
    calls.concat().chars().count()
}

/// Checks that each key was delivered `times` times, in stream order.
pub(super) fn assert_in_order(delivered: &[(String, String)], keys: &str, times: usize) {
    for key in keys.chars().map(String::from) {
        let of_key = delivered.iter().filter(|(seen, _)| *seen == key).map(|(_, sequence)| sequence);
        let of_key: Vec<&String> = of_key.collect();
        assert_eq!(of_key.len(), times, "{key}");
        assert!(of_key.is_sorted(), "{key}");
    }
}

type Script = Arc<dyn Fn(&[String], usize) -> Action + Send + Sync>;

/// The scripted function. It stores the event of each call, and its script chooses the action by keys and call number.
#[derive(Clone)]
pub(super) struct Function {
    script: Script,
    calls: watch::Sender<Vec<Value>>,
    /// True once the calls that are held may return.
    pub(super) gate: watch::Sender<bool>,
}

impl Function {
    /// A function with a script.
    pub(super) fn new(script: impl Fn(&[String], usize) -> Action + Send + Sync + 'static) -> Self {
        let (calls, gate) = (watch::Sender::default(), watch::Sender::default());
        Self { script: Arc::new(script), calls, gate }
    }

    /// Waits until `done` holds, and returns the keys of every call so far.
    pub(super) async fn calls(&self, done: impl Fn(&[String]) -> bool) -> Vec<String> {
        let mut calls = self.calls.subscribe();
        let keys = |events: &Vec<Value>| events.iter().map(|event| keys(event).concat()).collect::<Vec<_>>();
        let reached = calls.wait_for(|events| done(&keys(events)));
        let events = tokio::time::timeout(Duration::from_secs(20), reached).await.unwrap().unwrap();
        keys(&events)
    }

    /// Waits for `wanted` records in the calls whose number `counts` accepts. Returns the key and sequence number of
    /// each.
    pub(super) async fn delivered(
        &self,
        wanted: usize,
        counts: impl Fn(usize) -> bool,
    ) -> Vec<(String, String)> {
        let records = |events: &Vec<Value>| {
            let counted = events.iter().enumerate().filter(|(number, _)| counts(*number));
            counted.flat_map(|(_, event)| records(event)).collect::<Vec<_>>()
        };
        let mut calls = self.calls.subscribe();
        let reached = calls.wait_for(|events| records(events).len() >= wanted);
        let events = tokio::time::timeout(Duration::from_secs(20), reached).await.unwrap().unwrap();
        records(&events)
    }

    /// The event of the first call.
    pub(super) fn first_event(&self) -> Value {
        self.calls.borrow()[0].clone()
    }
}

fn keys(event: &Value) -> Vec<String> {
    records(event).into_iter().map(|(key, _)| key).collect()
}

/// Key and identifier of each record in an event: the partition key of Kinesis, the key of an item, or the body of a
/// message.
fn records(event: &Value) -> Vec<(String, String)> {
    let record = |record: &Value| {
        let places = match record["eventSource"].as_str().unwrap() {
            "aws:kinesis" => ["/kinesis/partitionKey", "/kinesis/sequenceNumber"],
            "aws:dynamodb" => ["/dynamodb/Keys/pk/S", "/dynamodb/SequenceNumber"],
            _ => ["/body", "/messageId"],
        };
        let [key, identifier] =
            places.map(|place| record.pointer(place).unwrap().as_str().unwrap().to_owned());
        (key, identifier)
    };
    event["Records"].as_array().unwrap().iter().map(record).collect()
}

impl Invoke for Function {
    async fn invoke(
        &self,
        _function: &str,
        payload: Bytes,
        _trace: Option<&str>,
    ) -> Result<Invocation, InvokeError> {
        let event: Value = serde_json::from_slice(&payload).unwrap();
        let keys = keys(&event);
        let number = self.calls.borrow().len();
        self.calls.send_modify(|calls| calls.push(event.clone()));
        let (payload, error) = match (self.script)(&keys, number) {
            Action::Succeed => (json!({"batchItemFailures": []}), None),
            Action::Report(bad) => {
                let failed = records(&event).into_iter().filter(|(key, _)| bad.contains(&key.as_str()));
                let failures: Vec<Value> =
                    failed.map(|(_, identifier)| json!({"itemIdentifier": identifier})).collect();
                (json!({"batchItemFailures": failures}), None)
            }
            Action::Hold => {
                self.gate.subscribe().wait_for(|open| *open).await.unwrap();
                (json!(null), None)
            }
            Action::Fail => (json!({"errorMessage": "no"}), Some("Unhandled".to_owned())),
            Action::Throttle => {
                return Err(InvokeError::TooManyRequests { function: "Project".to_owned(), limit: 1 });
            }
            Action::Hang => std::future::pending().await,
        };
        Ok(Invocation {
            request_id: format!("request-{number}"),
            payload: Bytes::from(payload.to_string()),
            function_error: error,
            ..Invocation::default()
        })
    }
}

/// Time for which a received message of the queue of jobs is hidden.
const VISIBILITY: Duration = Duration::from_millis(300);

/// The stream, the queue and the mapping. Dropping the fixture stops the mapping.
pub(super) struct Fixture {
    pub(super) mapping: EventSourceMapping,
    pub(super) sqs: Sqs,
    pub(super) chaos: ChaosSpec,
    kinesis: Kinesis,
    table_streams: Kinesis,
    store: SqliteStore,
    stops: Mutex<Vec<Stop>>,
}

impl Fixture {
    pub(super) fn new(shards: u32) -> Self {
        let store =
            SqliteStore::in_memory(stack_kinesis::SCHEMAS.into_iter().chain([stack_sqs::SCHEMA])).unwrap();
        let day = Duration::from_hours(24);
        let stream = Stream {
            logical_id: "Changes".to_owned(),
            name: "changes".to_owned(),
            retention: day,
            shards: None,
        };
        let queue = Queue {
            logical_id: "Failures".to_owned(),
            name: "failures".to_owned(),
            visibility_timeout: day,
            delay: Duration::ZERO,
            retention: day,
            receive_wait: Duration::ZERO,
            redrive: None,
        };
        let mapping = EventSourceMapping {
            id: "project".to_owned(),
            source: EventSource::Kinesis { stream: "changes".to_owned(), consumer_arn: None },
            enabled: true,
            filters: None,
            function: "Project".to_owned(),
            batch_size: 10,
            batching_window: Duration::ZERO,
            maximum_concurrency: None,
            starting_position: StartingPosition::TrimHorizon,
            bisect_on_error: false,
            maximum_retries: Some(2),
            maximum_record_age: None,
            parallelization_factor: 1,
            reports_batch_item_failures: true,
            on_failure_queue: Some("failures".to_owned()),
        };
        let kinesis = Kinesis::open(store.clone(), &[stream], shards).unwrap();
        let table_streams = Kinesis::open(store.clone(), &[table_stream("items")], 1).unwrap();
        // A message that is not deleted comes back at once.
        let jobs = Queue { name: "jobs".to_owned(), visibility_timeout: VISIBILITY, ..queue.clone() };
        let sqs = Sqs::open(store.clone(), &[queue, jobs], "http://127.0.0.1:4566").unwrap();
        let (chaos, stops) = (ChaosSpec::default(), Mutex::default());
        Self { mapping, sqs, chaos, kinesis, table_streams, store, stops }
    }

    /// Makes the mapping deliver only the records that match `pattern`, a pattern for Kinesis.
    pub(super) fn filter(&mut self, pattern: &str) {
        let template = json!({"Resources": {
            "changes": {"Type": "AWS::Kinesis::Stream"},
            "Project": {"Type": "AWS::Serverless::Function", "Properties": {"CodeUri": "project"}},
            "Mapping": {"Type": "AWS::Lambda::EventSourceMapping", "Properties": {
                "FunctionName": "Project",
                "EventSourceArn": {"Fn::GetAtt": ["changes", "Arn"]},
                "StartingPosition": "LATEST",
                "FilterCriteria": {"Filters": [{"Pattern": pattern}]},
            }},
        }});
        let read = Template::from_document(&template, &BTreeMap::new(), "http://127.0.0.1:4566").unwrap();
        self.mapping.filters.clone_from(&read.mappings[0].filters);
    }

    /// Puts one record per character, with that character as its key, and with the data `{"key": <character>}`.
    pub(super) fn put(&self, keys: &str) {
        let entry = |key: char| Entry {
            partition_key: key.to_string(),
            explicit_hash_key: None,
            data: json!({"key": key}).to_string().into_bytes(),
        };
        self.kinesis.put("changes", &keys.chars().map(entry).collect::<Vec<_>>()).unwrap();
    }

    /// Makes the mapping read the queue of jobs.
    pub(super) fn read_jobs(&mut self) {
        self.mapping.source = EventSource::Sqs { queue: "jobs".to_owned() };
    }

    /// Sends one message per character to the queue of jobs, with that character as its body.
    pub(super) fn send_jobs(&self, bodies: &str) {
        for body in bodies.chars() {
            self.sqs.send("jobs", &body.to_string(), "{}", None).unwrap();
        }
    }

    /// Waits until the queue of jobs has no message left.
    pub(super) async fn jobs_done(&self) {
        let is_empty = || {
            let counts = self.sqs.counts("jobs").unwrap();
            counts.visible + counts.in_flight + counts.delayed == 0
        };
        let done = async {
            while !is_empty() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), done).await.unwrap();
    }

    /// Makes the mapping read the stream of the table of items.
    pub(super) fn read_items(&mut self) {
        self.mapping.source = EventSource::DynamoDb { table: "items".to_owned() };
    }

    /// Adds one change per character to the stream of the table of items, with that character as the item's key.
    pub(super) fn change_items(&self, keys: &str) {
        let entry = |(number, key): (usize, char)| Entry {
            partition_key: key.to_string(),
            explicit_hash_key: None,
            data: json!({
                "eventID": format!("event-{number}"),
                "eventName": if key.is_uppercase() { "REMOVE" } else { "INSERT" },
                "eventVersion": "1.1",
                "eventSource": "aws:dynamodb",
                "awsRegion": "us-east-1",
                "dynamodb": {
                    "ApproximateCreationDateTime": 1_700_000_000.0,
                    "Keys": {"pk": {"S": key}},
                    "NewImage": {"pk": {"S": key}},
                    "SequenceNumber": format!("{:021}", 100 + number),
                    "SizeBytes": 6,
                    "StreamViewType": "NEW_AND_OLD_IMAGES",
                },
            })
            .to_string()
            .into_bytes(),
        };
        let entries: Vec<Entry> = keys.chars().enumerate().map(entry).collect();
        self.table_streams.put("table/items", &entries).unwrap();
    }

    /// Reshards the stream.
    pub(super) fn reshard(&self, shards: u32) {
        self.kinesis.update_shard_count("changes", shards).unwrap();
    }

    /// Starts the mapping with a new scripted function.
    pub(super) fn start(
        &self,
        script: impl Fn(&[String], usize) -> Action + Send + Sync + 'static,
    ) -> Function {
        let function = Self::function(script);
        self.start_with(&function);
        function
    }

    /// A scripted function that no mapping invokes yet.
    pub(super) fn function(script: impl Fn(&[String], usize) -> Action + Send + Sync + 'static) -> Function {
        Function::new(script)
    }

    /// Delivers the records of a range again.
    pub(super) async fn redrive(
        &self,
        function: &Function,
        range: RecordRange,
    ) -> Result<usize, RedriveError> {
        redrive(&self.mapping, "ProjectRole", range, &self.kinesis, function).await
    }

    /// Starts the mapping with this function. The result is the mapping's API.
    pub(super) fn start_with(&self, function: &Function) -> Mappings {
        let context = Context {
            kinesis: self.kinesis.clone(),
            table_streams: self.table_streams.clone(),
            sqs: self.sqs.clone(),
            invoker: function.clone(),
            chaos: Chaos::new(&self.chaos),
        };
        let stop = Stop::default();
        let mappings = Mappings::new(std::slice::from_ref(&self.mapping));
        let role = |_: &str| "ProjectRole".to_owned();
        mappings.start(role, &context, &self.store, &stop.listen()).unwrap();
        self.stops.lock().unwrap().push(stop);
        mappings
    }

    pub(super) fn stop(&self) {
        self.stops.lock().unwrap().clear();
    }

    /// Waits for the next message in the failure queue.
    pub(super) async fn failure(&self) -> Value {
        let wait = Some(Duration::from_secs(20));
        let received = self.sqs.receive("failures", 1, None, wait).await.unwrap();
        serde_json::from_str(&received[0].body).unwrap()
    }
}
