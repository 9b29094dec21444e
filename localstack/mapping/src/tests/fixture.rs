//! Helpers of the tests: a stream, a failure queue and a scripted function.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};
use stack_base::chaos::{Chaos, ChaosSpec};
use stack_base::stop::Stop;
use stack_base::store::SqliteStore;
use stack_kinesis::{Entry, Kinesis};
use stack_lambda::{Invocation, Invoke, InvokeError};
use stack_sqs::Sqs;
use stack_template::{EventSourceMapping, Queue, StartingPosition, Stream, Template};
use tokio::sync::watch;

use crate::{Context, RecordRange, RedriveError, redrive, start};

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
}

impl Function {
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

/// Key and sequence number of each record in an event.
fn records(event: &Value) -> Vec<(String, String)> {
    let text = |record: &Value, member: &str| record["kinesis"][member].as_str().unwrap().to_owned();
    let records = event["Records"].as_array().unwrap().iter();
    records.map(|record| (text(record, "partitionKey"), text(record, "sequenceNumber"))).collect()
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
        let failed = |key: &&Value| json!({"itemIdentifier": key["kinesis"]["sequenceNumber"]});
        let (payload, error) = match (self.script)(&keys, number) {
            Action::Succeed => (json!({"batchItemFailures": []}), None),
            Action::Report(bad) => {
                let records = event["Records"].as_array().unwrap();
                let is_bad =
                    |record: &&Value| bad.contains(&record["kinesis"]["partitionKey"].as_str().unwrap());
                let failures: Vec<Value> =
                    records.iter().filter(is_bad).map(|record| failed(&record)).collect();
                (json!({"batchItemFailures": failures}), None)
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

/// The stream, the queue and the mapping. Dropping the fixture stops the mapping.
pub(super) struct Fixture {
    pub(super) mapping: EventSourceMapping,
    pub(super) sqs: Sqs,
    pub(super) chaos: ChaosSpec,
    kinesis: Kinesis,
    store: SqliteStore,
    stops: Mutex<Vec<Stop>>,
}

impl Fixture {
    pub(super) fn new(shards: u32) -> Self {
        let store =
            SqliteStore::in_memory(stack_kinesis::SCHEMAS.into_iter().chain([stack_sqs::SCHEMA])).unwrap();
        let day = Duration::from_hours(24);
        let stream = Stream { logical_id: "Changes".to_owned(), name: "changes".to_owned(), retention: day };
        let queue = Queue {
            logical_id: "Failures".to_owned(),
            name: "failures".to_owned(),
            visibility_timeout: day,
            delay: Duration::ZERO,
            retention: day,
            receive_wait: Duration::ZERO,
        };
        let mapping = EventSourceMapping {
            id: "project".to_owned(),
            stream: "changes".to_owned(),
            consumer_arn: None,
            filters: None,
            function: "Project".to_owned(),
            batch_size: 10,
            batching_window: Duration::ZERO,
            starting_position: StartingPosition::TrimHorizon,
            bisect_on_error: false,
            maximum_retries: Some(2),
            maximum_record_age: None,
            parallelization_factor: 1,
            reports_batch_item_failures: true,
            on_failure_queue: Some("failures".to_owned()),
        };
        let kinesis = Kinesis::open(store.clone(), &[stream], shards).unwrap();
        let sqs = Sqs::open(store.clone(), &[queue], "http://127.0.0.1:4566");
        Self { mapping, sqs, chaos: ChaosSpec::default(), kinesis, store, stops: Mutex::default() }
    }

    /// Makes the mapping deliver only the records that match `pattern`.
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
        Function { script: Arc::new(script), calls: watch::Sender::default() }
    }

    /// Delivers the records of a range again.
    pub(super) async fn redrive(
        &self,
        function: &Function,
        range: RecordRange,
    ) -> Result<usize, RedriveError> {
        redrive(&self.mapping, "ProjectRole", range, &self.kinesis, function).await
    }

    pub(super) fn start_with(&self, function: &Function) {
        let context = Context {
            kinesis: self.kinesis.clone(),
            sqs: self.sqs.clone(),
            invoker: function.clone(),
            chaos: Chaos::new(&self.chaos),
        };
        let stop = Stop::default();
        start(&self.mapping, "ProjectRole", &context, &self.store, &stop.listen()).unwrap();
        self.stops.lock().unwrap().push(stop);
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
