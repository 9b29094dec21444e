//! The content of a template without YAML. All other modules of the stack use it.

use std::collections::BTreeMap;
use std::time::Duration;

use super::filters::Filters;
use super::rules::EventRule;
use super::source::EventSource;

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
    /// Shell command that the console proposes on an empty stack: `FirstCommand` of the metadata `CargoLocal`. In it,
    /// `{api}` stands for the address of the HTTP API, and `{aws}` for the AWS endpoint.
    pub first_command: String,
    /// Scopes of a token that is requested without scopes: `TokenScope` of the metadata `CargoLocal`.
    pub token_scope: String,
    /// JWT authorizers of the HTTP API.
    pub authorizers: Vec<JwtAuthorizer>,
    /// Web pages that may call the HTTP API; `None` if the API has no CORS configuration.
    pub cors: Option<Cors>,
    /// Domains of the HTTP API, besides its own address.
    pub domains: Vec<String>,
    /// Routes of the HTTP API.
    pub routes: Vec<HttpRoute>,
    /// Mappings from a stream, a table or a queue to a function.
    pub mappings: Vec<EventSourceMapping>,
    /// Functions that are invoked on a schedule.
    pub schedules: Vec<Schedule>,
    /// Names of the `AWS::Events::EventBus` resources, and of the other buses that a parameter gives.
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
    /// Content of the records of the table's own stream, if it has one.
    pub stream_view: Option<StreamView>,
}

/// `StreamViewType` of a table: the images of an item in a record of the table's own stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StreamView {
    /// Only the key of the item.
    KeysOnly,
    /// The item after the change.
    NewImage,
    /// The item before the change.
    OldImage,
    /// The item before and after the change.
    NewAndOldImages,
}

impl StreamView {
    /// AWS's name of the view.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::KeysOnly => "KEYS_ONLY",
            Self::NewImage => "NEW_IMAGE",
            Self::OldImage => "OLD_IMAGE",
            Self::NewAndOldImages => "NEW_AND_OLD_IMAGES",
        }
    }
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
    /// Number of shards of a new provisioned stream; `None` for an on-demand stream.
    pub shards: Option<u32>,
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
    /// The queue for messages that were received too often.
    pub redrive: Option<Redrive>,
}

/// `RedrivePolicy` of a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redrive {
    /// Physical name of the dead-letter queue.
    pub dead_letter_queue: String,
    /// Number of receives after which a message is moved.
    pub maximum_receives: u32,
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
    /// Handling of asynchronous invocations.
    pub asynchronous: AsynchronousInvocation,
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

/// How Lambda handles the asynchronous invocations of a function (`EventInvokeConfig`; Lambda guide, "How Lambda handles
/// errors and retries with asynchronous invocation").
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AsynchronousInvocation {
    /// Number of retries after the function failed, 0 to 2; AWS's default is 2.
    pub maximum_retries: u32,
    /// Time that an event may wait for its function, 60 s to 6 h; AWS's default is 6 h.
    pub maximum_event_age: Duration,
    /// Physical name of the queue that gets the record of an event that was given up.
    pub on_failure_queue: Option<String>,
    /// Physical name of the queue that gets the record of an event that succeeded.
    pub on_success_queue: Option<String>,
}

impl Default for AsynchronousInvocation {
    fn default() -> Self {
        Self {
            maximum_retries: 2,
            maximum_event_age: Duration::from_hours(6),
            on_failure_queue: None,
            on_success_queue: None,
        }
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
    /// The route key, such as `POST /orders`. The default route `$default` has no method (API Gateway developer guide,
    /// "Create routes for HTTP APIs").
    #[must_use]
    pub fn key(&self) -> String {
        if self.path == "$default" { self.path.clone() } else { format!("{} {}", self.method, self.path) }
    }

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
    /// Start with the records that arrived at this time or later, in milliseconds since the epoch. Only Kinesis has this
    /// position.
    AtTimestamp(i64),
}

/// An event source mapping; see the Lambda guide, "How Lambda processes records from stream and queue-based event
/// sources". A mapping from a queue uses only the fields up to `batching_window`, and `reports_batch_item_failures`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventSourceMapping {
    /// Stable id of the mapping (function and event), which identifies its checkpoints.
    pub id: String,
    /// What the mapping reads.
    pub source: EventSource,
    /// False if the mapping is created without reading. `UpdateEventSourceMapping` may enable it later.
    pub enabled: bool,
    /// Selects the records that the mapping delivers; `None` if it delivers all.
    pub filters: Option<Filters>,
    /// Physical name of the function.
    pub function: String,
    /// Maximum number of records in a batch, 1 to 10,000; AWS's default is 100, and 10 for a queue.
    pub batch_size: usize,
    /// Time that a batch may wait to be filled, up to 300 s; AWS's default is 0.
    pub batching_window: Duration,
    /// Maximum number of concurrent batches of a queue, 2 to 1,000 (`ScalingConfig.MaximumConcurrency`).
    pub maximum_concurrency: Option<u32>,
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
    /// Name of the rule on the default event bus.
    pub rule: String,
    /// Physical name of the function.
    pub function: String,
    /// Time between two invocations, and before the first one.
    pub rate: Duration,
    /// Payload of each invocation. `None` means `EventBridge`'s own event.
    pub input: Option<String>,
}
