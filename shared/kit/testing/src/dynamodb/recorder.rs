//! Records a client's requests and the capacity that the service reports.

use std::sync::{Arc, Mutex};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::{
    AfterDeserializationInterceptorContextRef, BeforeTransmitInterceptorContextRef,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::{ConfigBag, Storable, StoreReplace};
use serde_json::Value;

/// The operations that consume read units. All others consume write units.
const READS: [&str; 5] = ["GetItem", "Query", "Scan", "BatchGetItem", "TransactGetItems"];

/// Counts the requests of its clients, including retries of the SDK, and adds up the reported capacity. Clones share
/// the counts.
///
/// The service only reports the capacity of a request with `ReturnConsumedCapacity`.
#[derive(Debug, Clone, Default)]
pub struct Recorder(Arc<Mutex<Record>>);

#[derive(Debug, Default)]
struct Record {
    requests: Vec<String>,
    eventual_reads: Vec<String>,
    read_units: f64,
    write_units: f64,
}

impl Recorder {
    /// The operations of all requests in order.
    #[must_use]
    pub fn requests(&self) -> Vec<String> {
        self.0.lock().unwrap().requests.clone()
    }

    /// The number of requests with `operation`.
    #[must_use]
    pub fn count(&self, operation: &str) -> usize {
        self.0.lock().unwrap().requests.iter().filter(|request| *request == operation).count()
    }

    /// The operations of the reads that were eventually consistent, in order. Such a read may miss a write that was
    /// acknowledged before.
    #[must_use]
    pub fn eventual_reads(&self) -> Vec<String> {
        self.0.lock().unwrap().eventual_reads.clone()
    }

    /// The sum of all reported read units.
    #[must_use]
    pub fn read_units(&self) -> f64 {
        self.0.lock().unwrap().read_units
    }

    /// The sum of all reported write units.
    #[must_use]
    pub fn write_units(&self) -> f64 {
        self.0.lock().unwrap().write_units
    }

    /// Resets all counts.
    pub fn clear(&self) {
        *self.0.lock().unwrap() = Record::default();
    }
}

impl Intercept for Recorder {
    fn name(&self) -> &'static str {
        "Recorder"
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        request: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let operation = operation(context.request());
        request.interceptor_state().store_put(Operation(operation.clone()));
        let is_eventual = is_eventual_read(&operation, context.request());
        let mut record = self.0.lock().unwrap();
        record.eventual_reads.extend(is_eventual.then(|| operation.clone()));
        record.requests.push(operation);
        Ok(())
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        request: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let units = context.response().body().bytes().map_or(0.0, units);
        let reads = request.load::<Operation>().is_some_and(|of| READS.contains(&of.0.as_str()));
        let mut record = self.0.lock().unwrap();
        if reads {
            record.read_units += units;
        } else {
            record.write_units += units;
        }
        Ok(())
    }
}

/// The operation of a request. It is stored with the request until the response arrives.
#[derive(Debug)]
struct Operation(String);

impl Storable for Operation {
    type Storer = StoreReplace<Self>;
}

/// The operation in the header `X-Amz-Target: DynamoDB_20120810.PutItem`, which is `PutItem`.
fn operation(request: &HttpRequest) -> String {
    let target = request.headers().get("x-amz-target").unwrap_or_default();
    target.rsplit('.').next().unwrap_or_default().to_owned()
}

/// Whether `request` is a read that asks for no consistency. The reads of a transaction are always consistent.
fn is_eventual_read(operation: &str, request: &HttpRequest) -> bool {
    let body: Value =
        request.body().bytes().map(serde_json::from_slice).and_then(Result::ok).unwrap_or_default();
    let is_eventual = |read: &Value| read["ConsistentRead"] != true;
    match operation {
        "GetItem" | "Query" | "Scan" => is_eventual(&body),
        "BatchGetItem" => {
            body["RequestItems"].as_object().into_iter().flatten().any(|(_, read)| is_eventual(read))
        }
        _ => false,
    }
}

/// The units in a response. A response has one `ConsumedCapacity`, or one for each table if the request is a batch or a
/// transaction.
fn units(body: &[u8]) -> f64 {
    let answer: Value = serde_json::from_slice(body).unwrap_or_default();
    let one = |capacity: &Value| capacity["CapacityUnits"].as_f64().unwrap_or_default();
    match &answer["ConsumedCapacity"] {
        Value::Array(tables) => tables.iter().map(one).sum(),
        table => one(table),
    }
}
