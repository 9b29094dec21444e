//! The account that every local resource belongs to, and the ARNs that AWS would give these resources.
//!
//! The ARN formats come from AWS's service authorization reference, one page per service.

/// Region of every local resource.
pub const REGION: &str = "us-east-1";
/// Account of every local resource. AWS never assigns this number.
pub const ACCOUNT: &str = "000000000000";
/// Partition of every local resource.
pub const PARTITION: &str = "aws";
/// Name of the event bus that every account has.
pub const DEFAULT_BUS: &str = "default";
/// Value of `AWS::StackName`.
pub const STACK_NAME: &str = "local";

/// ARN of a `DynamoDB` table.
#[must_use]
pub fn table_arn(name: &str) -> String {
    format!("arn:{PARTITION}:dynamodb:{REGION}:{ACCOUNT}:table/{name}")
}

/// ARN of the stream with a table's changes. The label at its end is the stream's time of creation in AWS, and always
/// the same here, so that a template can name the stream before the table exists.
#[must_use]
pub fn table_stream_arn(table: &str) -> String {
    format!("{}/stream/2026-01-01T00:00:00.000", table_arn(table))
}

/// ARN of a Kinesis stream.
#[must_use]
pub fn stream_arn(name: &str) -> String {
    format!("arn:{PARTITION}:kinesis:{REGION}:{ACCOUNT}:stream/{name}")
}

/// ARN of a consumer of the stream with the ARN `stream`. The number at its end is the consumer's time of creation in
/// AWS, and always 1 here, so that the ARN is the same in every run.
#[must_use]
pub fn consumer_arn(stream: &str, name: &str) -> String {
    format!("{stream}/consumer/{name}:1")
}

/// The ARN of the stream in a consumer's ARN; `None` if `arn` is not the ARN of a consumer.
#[must_use]
pub fn stream_of_consumer(arn: &str) -> Option<&str> {
    arn.split_once("/consumer/").map(|(stream, _)| stream)
}

/// ARN of an SQS queue.
#[must_use]
pub fn queue_arn(name: &str) -> String {
    format!("arn:{PARTITION}:sqs:{REGION}:{ACCOUNT}:{name}")
}

/// URL of an SQS queue on the endpoint that serves it, in AWS's path form `/<account>/<name>`.
#[must_use]
pub fn queue_url(endpoint: &str, name: &str) -> String {
    format!("{endpoint}/{ACCOUNT}/{name}")
}

/// ARN of a Lambda function, without a qualifier.
#[must_use]
pub fn function_arn(name: &str) -> String {
    format!("arn:{PARTITION}:lambda:{REGION}:{ACCOUNT}:function:{name}")
}

/// ARN of an IAM role.
#[must_use]
pub fn role_arn(name: &str) -> String {
    format!("arn:{PARTITION}:iam::{ACCOUNT}:role/{name}")
}

/// ARN of a managed IAM policy.
#[must_use]
pub fn policy_arn(name: &str) -> String {
    format!("arn:{PARTITION}:iam::{ACCOUNT}:policy/{name}")
}

/// ARN of a log group with its log streams (`:*`), as `Fn::GetAtt` returns it.
#[must_use]
pub fn log_group_arn(name: &str) -> String {
    format!("arn:{PARTITION}:logs:{REGION}:{ACCOUNT}:log-group:{name}:*")
}

/// ARN of an SNS topic.
#[must_use]
pub fn topic_arn(name: &str) -> String {
    format!("arn:{PARTITION}:sns:{REGION}:{ACCOUNT}:{name}")
}

/// ARN of an `EventBridge` event bus.
#[must_use]
pub fn event_bus_arn(name: &str) -> String {
    format!("arn:{PARTITION}:events:{REGION}:{ACCOUNT}:event-bus/{name}")
}

/// ARN of a rule. A rule of another bus than the default one has the bus in front of its name.
#[must_use]
pub fn rule_arn(bus: &str, name: &str) -> String {
    let bus = if bus == DEFAULT_BUS { String::new() } else { format!("{bus}/") };
    format!("arn:{PARTITION}:events:{REGION}:{ACCOUNT}:rule/{bus}{name}")
}

/// The name of a function that is given by name, partial ARN or ARN, each of which may end in a qualifier.
#[must_use]
pub fn name_of_function(given: &str) -> &str {
    let name = given.rsplit_once("function:").map_or(given, |(_, name)| name);
    name.split(':').next().unwrap_or(name)
}

/// The name at the end of an ARN: the part after the last `:` or `/`.
#[must_use]
pub fn name_of_arn(arn: &str) -> &str {
    arn.rsplit([':', '/']).next().unwrap_or(arn)
}
