//! What a template describes, free of YAML: the input of every other module.

use std::collections::BTreeMap;
use std::time::Duration;

/// Everything the local stack runs of a template.
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
    /// Routes of the HTTP API.
    pub routes: Vec<HttpRoute>,
    /// Mappings from a Kinesis stream to a function.
    pub mappings: Vec<EventSourceMapping>,
    /// Functions that are invoked now and then.
    pub schedules: Vec<Schedule>,
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
pub struct Key {
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
    pub key: Key,
    /// Types of every attribute that is part of some key.
    pub attributes: BTreeMap<String, AttributeType>,
    /// Global secondary indexes.
    pub indexes: Vec<Index>,
    /// Attribute that holds the time to live, when it is enabled.
    pub ttl_attribute: Option<String>,
    /// Where each change is published.
    pub change_stream: Option<ChangeStream>,
}

/// A global secondary index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Index {
    /// Name inside the table.
    pub name: String,
    /// Its key.
    pub key: Key,
    /// Which attributes it holds.
    pub projection: Projection,
}

/// Which attributes an index holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Projection {
    /// The whole item.
    All,
    /// Keys of table and index.
    KeysOnly,
    /// Keys and these attributes.
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
    /// How long a record can be read.
    pub retention: Duration,
}

/// A standard SQS queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queue {
    /// Logical id in the template.
    pub logical_id: String,
    /// Physical name.
    pub name: String,
    /// How long a received message stays hidden; AWS's default is 30 s.
    pub visibility_timeout: Duration,
    /// How long a new message stays hidden; AWS's default is none.
    pub delay: Duration,
    /// How long a message is kept; AWS's default is 4 days.
    pub retention: Duration,
    /// How long a receive waits when it does not say; AWS's default is not at all.
    pub receive_wait: Duration,
}

/// A Lambda function.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Function {
    /// Logical id in the template.
    pub logical_id: String,
    /// Physical name.
    pub name: String,
    /// Name of the binary, which is the last part of `CodeUri`.
    pub binary: String,
    /// Environment with every intrinsic function evaluated.
    pub environment: BTreeMap<String, String>,
    /// How long an invocation may take.
    pub timeout: Duration,
    /// Memory in MB.
    pub memory_mb: u32,
    /// Most instances at once, when reserved.
    pub reserved_concurrency: Option<u32>,
    /// Name of the role that calls to AWS are made with.
    pub role: String,
    /// What that role may do.
    pub statements: Vec<Statement>,
}

/// One IAM policy statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Whether it allows or denies.
    pub effect: Effect,
    /// Actions such as `dynamodb:PutItem`; `*` and `?` are wildcards.
    pub actions: Vec<String>,
    /// ARNs; `*` and `?` are wildcards.
    pub resources: Vec<String>,
}

/// Effect of a [`Statement`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Allows what it matches, unless another statement denies it.
    Allow,
    /// Denies what it matches, whatever else allows it.
    Deny,
}

/// A JWT authorizer of the HTTP API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JwtAuthorizer {
    /// Name inside the API.
    pub name: String,
    /// Header that the token comes in.
    pub header: String,
    /// The `iss` of its tokens, where the issuer's configuration is found.
    pub issuer: String,
    /// The `aud` of its tokens: any of these.
    pub audiences: Vec<String>,
}

/// What a route asks of its callers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Authorization {
    /// Name of the authorizer.
    pub authorizer: String,
    /// Scopes any of which suffices; with none, any token does.
    pub scopes: Vec<String>,
}

/// One route of the HTTP API.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct HttpRoute {
    /// Path with `{name}` and `{name+}` parameters.
    pub path: String,
    /// Method in capitals, or `ANY`.
    pub method: String,
    /// Physical name of the function.
    pub function: String,
    /// What it asks of its callers; `None` where anybody may call it.
    pub authorization: Option<Authorization>,
}

/// Where a mapping without a checkpoint starts to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StartingPosition {
    /// The oldest record.
    TrimHorizon,
    /// Only records that come after the mapping.
    Latest,
}

/// A Kinesis event source mapping; see the Lambda guide, "Process Amazon Kinesis Data Streams records".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventSourceMapping {
    /// Stable identity: function and event, under which checkpoints are kept.
    pub id: String,
    /// Physical name of the stream.
    pub stream: String,
    /// Physical name of the function.
    pub function: String,
    /// Most records in one batch, 1 to 10,000; AWS's default is 100.
    pub batch_size: usize,
    /// How long a batch may wait to fill, up to 300 s; AWS's default is not at all.
    pub batching_window: Duration,
    /// Where to start without a checkpoint.
    pub starting_position: StartingPosition,
    /// Whether a failed batch is split in two.
    pub bisect_on_error: bool,
    /// Tries after the first; `None` never gives up.
    pub maximum_retries: Option<u32>,
    /// Age at which a record is given up; `None` never.
    pub maximum_record_age: Option<Duration>,
    /// Concurrent batches of one shard, 1 to 10.
    pub parallelization_factor: u16,
    /// Whether the function reports which records of a batch failed.
    pub reports_batch_item_failures: bool,
    /// Physical name of the queue that is told about records given up.
    pub on_failure_queue: Option<String>,
}

/// When a function is invoked by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// Physical name of the function.
    pub function: String,
    /// How long between two invocations, and before the first.
    pub rate: Duration,
    /// The payload of each invocation; `EventBridge`'s own event by default.
    pub input: Option<String>,
}
