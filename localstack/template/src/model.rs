//! The content of a template without YAML. All other modules of the stack use it.

use std::collections::BTreeMap;
use std::time::Duration;

use super::filters::Filters;
use super::rules::EventRule;

/// The parts of a template that the local stack runs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Template {
    /// `AWS::DynamoDB::Table` resources, by logical id.
    pub tables: Vec<Table>,
    /// `AWS::Kinesis::Stream` resources, by logical id.
    pub streams: Vec<Stream>,
    /// `AWS::SQS::Queue` resources, by logical id.
    pub queues: Vec<Queue>,
    /// `AWS::Serverless::Function` resources, by logical id.
    pub functions: Vec<Function>,
    /// JWT authorizers of the HTTP API.
    pub authorizers: Vec<JwtAuthorizer>,
    /// Web pages that may call the HTTP API; `None` if the API has no CORS configuration.
    pub cors: Option<Cors>,
    /// Domains of the HTTP API, besides its own address.
    pub domains: Vec<String>,
    /// Routes of the HTTP API.
    pub routes: Vec<HttpRoute>,
    /// Mappings from a Kinesis stream to a function.
    pub mappings: Vec<EventSourceMapping>,
    /// Functions that are invoked on a schedule.
    pub schedules: Vec<Schedule>,
    /// Names of the `AWS::Events::EventBus` resources.
    pub event_buses: Vec<String>,
    /// Rules of the event buses, and of the account's default bus.
    pub event_rules: Vec<EventRule>,
}

/// Type of a key attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttributeType {
    /// `S`
    Text,
    /// `N`
    Number,
    /// `B`
    Binary,
}

/// A primary key or index key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeySchema {
    /// Partition key attribute.
    pub hash: String,
    /// Sort key attribute.
    pub range: Option<String>,
}

/// A table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table {
    /// Logical id in the template.
    pub logical_id: String,
    /// Physical name.
    pub name: String,
    /// Primary key.
    pub key: KeySchema,
    /// Types of every attribute that is part of some key.
    pub attributes: BTreeMap<String, AttributeType>,
    /// Global secondary indexes.
    pub indexes: Vec<Index>,
    /// Attribute with the time to live, if it is enabled.
    pub ttl_attribute: Option<String>,
    /// The stream to which each change is published.
    pub change_stream: Option<ChangeStream>,
}

/// A global secondary index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Index {
    /// Name within the table.
    pub name: String,
    /// Key of the index.
    pub key: KeySchema,
    /// Attributes in the index.
    pub projection: Projection,
}

/// Attributes in an index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Projection {
    /// The whole item.
    All,
    /// The keys of the table and the index.
    KeysOnly,
    /// The keys and these attributes.
    Include(Vec<String>),
}

/// `KinesisStreamSpecification` of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeStream {
    /// Physical name of the Kinesis stream.
    pub stream: String,
    /// Unit of `ApproximateCreationDateTime`.
    pub precision: TimePrecision,
}

/// Unit of a change record's `ApproximateCreationDateTime`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimePrecision {
    /// Milliseconds since the epoch, AWS's default.
    Millisecond,
    /// Microseconds since the epoch.
    Microsecond,
}

/// A Kinesis stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stream {
    /// Logical id in the template.
    pub logical_id: String,
    /// Physical name.
    pub name: String,
    /// Retention period of records.
    pub retention: Duration,
}

/// A standard SQS queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queue {
    /// Logical id in the template.
    pub logical_id: String,
    /// Physical name.
    pub name: String,
    /// Time that a received message stays hidden; AWS's default is 30 s.
    pub visibility_timeout: Duration,
    /// Time that a new message stays hidden; AWS's default is 0.
    pub delay: Duration,
    /// Retention period of messages; AWS's default is 4 days.
    pub retention: Duration,
    /// Time that a receive waits by default; AWS's default is 0.
    pub receive_wait: Duration,
}

/// A Lambda function.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Function {
    /// Logical id in the template.
    pub logical_id: String,
    /// Physical name.
    pub name: String,
    /// Name of the binary, the last part of `CodeUri`.
    pub binary: String,
    /// Environment variables with all intrinsic functions evaluated.
    pub environment: BTreeMap<String, String>,
    /// Timeout of an invocation.
    pub timeout: Duration,
    /// Memory in MB.
    pub memory_mb: u32,
    /// Maximum number of concurrent instances, if reserved.
    pub reserved_concurrency: Option<u32>,
    /// Name of the role for the function's calls to AWS.
    pub role: String,
    /// Statements of the role's policies.
    pub statements: Vec<Statement>,
    /// The log group that `LoggingConfig` names.
    pub log_group: Option<String>,
}

impl Function {
    /// Name of the function's log group; Lambda's default is `/aws/lambda/<function>`.
    #[must_use]
    pub fn log_group(&self) -> String {
        self.log_group.clone().unwrap_or_else(|| format!("/aws/lambda/{}", self.name))
    }
}

/// One IAM policy statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Whether the statement allows or denies.
    pub effect: Effect,
    /// Actions such as `dynamodb:PutItem`; `*` and `?` are wildcards.
    pub actions: Vec<String>,
    /// ARNs; `*` and `?` are wildcards.
    pub resources: Vec<String>,
}

/// Effect of a [`Statement`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Allows the matching calls, unless another statement denies them.
    Allow,
    /// Denies the matching calls, even if another statement allows them.
    Deny,
}

/// A JWT authorizer of the HTTP API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JwtAuthorizer {
    /// Name within the API.
    pub name: String,
    /// Name of the header with the token.
    pub header: String,
    /// The required `iss` of tokens. The issuer's configuration is below this URL.
    pub issuer: String,
    /// The accepted values of `aud`.
    pub audiences: Vec<String>,
}

/// The CORS configuration of the HTTP API (API Gateway developer guide, "Configure CORS for HTTP APIs").
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cors {
    /// Origins that may call the API: exact origins, `https://*`, `http://*` or `*`.
    pub origins: Vec<String>,
    /// Methods that the pages may use.
    pub methods: Vec<String>,
    /// Request headers that the pages may send.
    pub headers: Vec<String>,
    /// Response headers that the pages may read.
    pub exposed_headers: Vec<String>,
    /// True if the pages may send cookies.
    pub allows_credentials: bool,
    /// Time for which a browser may keep the answer to a preflight request.
    pub max_age: Option<Duration>,
}

/// The authorization that a route requires.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Authorization {
    /// Name of the authorizer.
    pub authorizer: String,
    /// Scopes of which a token must have at least one. If empty, any token of the issuer is sufficient.
    pub scopes: Vec<String>,
}

/// One route of the HTTP API.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct HttpRoute {
    /// Path with `{name}` and `{name+}` parameters.
    pub path: String,
    /// Method in upper case, or `ANY`.
    pub method: String,
    /// Physical name of the function.
    pub function: String,
    /// Authorization that the route requires; `None` if anyone may call it.
    pub authorization: Option<Authorization>,
}

impl HttpRoute {
    /// True if the route only reads (RFC 9110, "Safe Methods").
    #[must_use]
    pub fn is_safe(&self) -> bool {
        ["GET", "HEAD", "OPTIONS"].contains(&self.method.as_str())
    }
}

/// The position at which a mapping without a checkpoint starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StartingPosition {
    /// Start with the oldest record.
    TrimHorizon,
    /// Start with records that arrive after the mapping starts.
    Latest,
}

/// A Kinesis event source mapping; see the Lambda guide, "Process Amazon Kinesis Data Streams records".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventSourceMapping {
    /// Stable id of the mapping (function and event), which identifies its checkpoints.
    pub id: String,
    /// Physical name of the stream.
    pub stream: String,
    /// ARN of the mapping's own consumer; `None` if it shares the stream's read limit with all other readers.
    pub consumer_arn: Option<String>,
    /// Selects the records that the mapping delivers; `None` if it delivers all.
    pub filters: Option<Filters>,
    /// Physical name of the function.
    pub function: String,
    /// Maximum number of records in a batch, 1 to 10,000; AWS's default is 100.
    pub batch_size: usize,
    /// Time that a batch may wait to be filled, up to 300 s; AWS's default is 0.
    pub batching_window: Duration,
    /// Starting position without a checkpoint.
    pub starting_position: StartingPosition,
    /// True if a failed batch is split in two.
    pub bisect_on_error: bool,
    /// Maximum number of retries; `None` means unlimited.
    pub maximum_retries: Option<u32>,
    /// Maximum age of records; `None` means unlimited.
    pub maximum_record_age: Option<Duration>,
    /// Number of concurrent batches per shard, 1 to 10.
    pub parallelization_factor: u16,
    /// True if the function reports the failed records of a batch.
    pub reports_batch_item_failures: bool,
    /// Physical name of the queue for dead letters.
    pub on_failure_queue: Option<String>,
}

/// A schedule that invokes a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// Physical name of the function.
    pub function: String,
    /// Time between two invocations, and before the first one.
    pub rate: Duration,
    /// Payload of each invocation. `None` means `EventBridge`'s own event.
    pub input: Option<String>,
}
