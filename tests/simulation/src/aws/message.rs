//! Requests to `DynamoDB` and its responses in their wire format.

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_types::body::SdkBody;
use serde_json::{Value, json};

use view_store::Generation;

use crate::world::{EVENTS, OPERATIONS, RESTORED_EVENTS, table_of};

/// A request to `DynamoDB`.
#[derive(Debug, Clone)]
pub(crate) struct DynamoRequest {
    /// The function that sends the request.
    pub(crate) caller: &'static str,
    /// The operation, for example `PutItem`.
    pub(crate) operation: String,
    /// The body.
    pub(crate) body: Value,
}

impl DynamoRequest {
    /// Whether the request concerns an event table.
    pub(crate) fn is_about_events(&self) -> bool {
        [EVENTS, RESTORED_EVENTS].iter().any(|table| self.body["TableName"] == *table)
    }

    /// Whether the request concerns the switch of the generations.
    pub(crate) fn is_about_switch(&self) -> bool {
        self.body["TableName"] == OPERATIONS
    }

    /// Whether the request creates a table.
    pub(super) fn is_setup(&self) -> bool {
        self.operation == "CreateTable"
    }

    /// Whether the request changes data or creates a table.
    pub(super) fn is_write(&self) -> bool {
        !["GetItem", "BatchGetItem", "Query", "Scan"].contains(&self.operation.as_str())
    }

    /// Whether the request is a read that may miss the latest writes. A read of an index never excludes that.
    pub(super) fn may_be_stale(&self) -> bool {
        let tables = self.body["RequestItems"].as_object().into_iter().flat_map(serde_json::Map::values);
        let is_consistent =
            std::iter::once(&self.body).chain(tables).any(|part| part["ConsistentRead"] == true);
        !self.is_write() && !is_consistent
    }

    /// Makes a read of one table eventually consistent.
    pub(crate) fn drop_consistency(&mut self) {
        self.body.as_object_mut().unwrap().remove("ConsistentRead");
    }

    /// Whether the request concerns `generation` of the query table.
    pub(crate) fn is_about(&self, generation: Generation) -> bool {
        self.body.to_string().contains(table_of(generation))
    }
}

/// A response of `DynamoDB`.
#[derive(Debug, Clone)]
pub(crate) struct DynamoResponse {
    /// The HTTP status.
    pub(crate) status: u16,
    /// The JSON body.
    pub(crate) body: String,
}

impl DynamoResponse {
    /// A success with this body.
    pub(crate) const fn ok(body: String) -> Self {
        Self { status: 200, body }
    }

    /// The response to a throttled request.
    pub(crate) fn throttle() -> Self {
        Self::error(
            400,
            "ProvisionedThroughputExceededException",
            "The level of provisioned throughput was exceeded.",
        )
    }

    /// The response to a request that failed in the service.
    pub(crate) fn failure() -> Self {
        Self::error(500, "InternalServerError", "The server encountered an internal error.")
    }

    /// The response to a transaction of `actions` actions that conflicts with another transaction.
    pub(crate) fn conflict(actions: usize) -> Self {
        let reason = |index| json!({ "Code": if index == 0 { "TransactionConflict" } else { "None" } });
        let mut error = body("TransactionCanceledException", "Transaction cancelled [TransactionConflict]");
        error["CancellationReasons"] = (0..actions).map(reason).collect();
        Self { status: 400, body: error.to_string() }
    }

    pub(crate) fn is_ok(&self) -> bool {
        self.status == 200
    }

    fn error(status: u16, name: &str, message: &str) -> Self {
        Self { status, body: body(name, message).to_string() }
    }
}

fn body(name: &str, message: &str) -> Value {
    json!({ "__type": format!("com.amazonaws.dynamodb.v20120810#{name}"), "message": message })
}

impl From<DynamoResponse> for HttpResponse {
    fn from(reply: DynamoResponse) -> Self {
        Self::new(reply.status.try_into().unwrap(), SdkBody::from(reply.body))
    }
}
