//! Checks that the roles of functions may read the sources of their mappings, and may send to their destinations. AWS
//! refuses to create a mapping or a destination otherwise, so the template cannot be deployed, and the local stack does
//! not start. Thus no mapping delivers a batch that it would not deliver on AWS.
//!
//! Lambda reads with the role of the function. A mapping with a consumer of its own subscribes to the consumer; every
//! other mapping of a stream reads the shards (Lambda guide, "Process Amazon Kinesis Data Streams records with Lambda",
//! "Using AWS Lambda with Amazon DynamoDB" and "Creating and configuring an Amazon SQS event source mapping"; service
//! authorization reference).

use stack_base::account::{queue_arn, stream_arn};
use stack_template::{EventSource, Function, Template};

use super::needs::Need;
use super::policy::decide;

/// The role of a function does not allow what Lambda needs.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{aws_message} ({user} needs {action} on {resource}, which the role of {function} does not allow)")]
pub struct MappingRoleError {
    /// The message with which AWS refuses the mapping or the destination.
    pub aws_message: String,
    /// What needs the permission.
    pub user: String,
    /// The function.
    pub function: String,
    /// The missing action.
    pub action: String,
    /// The resource.
    pub resource: String,
}

/// Checks the roles of all functions with mappings or destinations.
///
/// # Errors
/// [`MappingRoleError`] for the first permission that is missing.
pub(crate) fn check(template: &Template) -> Result<(), MappingRoleError> {
    for mapping in &template.mappings {
        let function = template.functions.iter().find(|function| function.name == mapping.function);
        let Some(function) = function else { continue };
        let user = format!("the mapping {}", mapping.id);
        for need in reads(&mapping.source) {
            check_need(function, &user, need, |action| read_message(&mapping.source, action))?;
        }
        check_destination(function, &user, mapping.on_failure_queue.as_deref())?;
    }
    for function in &template.functions {
        let user = format!("the asynchronous invocation of {}", function.name);
        for queue in [&function.asynchronous.on_failure_queue, &function.asynchronous.on_success_queue] {
            check_destination(function, &user, queue.as_deref())?;
        }
    }
    Ok(())
}

fn check_destination(function: &Function, user: &str, queue: Option<&str>) -> Result<(), MappingRoleError> {
    let Some(queue) = queue else { return Ok(()) };
    check_need(function, user, need("sqs", "SendMessage", &queue_arn(queue)), queue_message)
}

fn check_need(
    function: &Function,
    user: &str,
    need: Need,
    message: impl Fn(&str) -> String,
) -> Result<(), MappingRoleError> {
    if decide(&function.statements, &need).is_allowed() {
        return Ok(());
    }
    Err(MappingRoleError {
        aws_message: message(need.action.split_once(':').map_or("", |(_, action)| action)),
        user: user.to_owned(),
        function: function.name.clone(),
        action: need.action,
        resource: need.resource,
    })
}

fn need(service: &str, action: &str, resource: &str) -> Need {
    Need { action: format!("{service}:{action}"), resource: resource.to_owned() }
}

/// The permissions that Lambda needs to read a source.
fn reads(source: &EventSource) -> Vec<Need> {
    let arn = source.arn();
    match source {
        EventSource::Kinesis { stream, consumer_arn } => {
            let stream = stream_arn(stream);
            let of_stream = ["DescribeStream", "DescribeStreamSummary", "ListShards"];
            let of_reads = match consumer_arn {
                Some(consumer) => ["DescribeStreamConsumer", "SubscribeToShard"].map(|name| (name, consumer)),
                None => ["GetRecords", "GetShardIterator"].map(|name| (name, &stream)),
            };
            let of_stream = of_stream.map(|name| need("kinesis", name, &stream)).into_iter();
            of_stream.chain(of_reads.map(|(name, resource)| need("kinesis", name, resource))).collect()
        }
        EventSource::DynamoDb { .. } => ["DescribeStream", "GetRecords", "GetShardIterator"]
            .map(|name| need("dynamodb", name, &arn))
            .into(),
        EventSource::Sqs { .. } => ["ReceiveMessage", "DeleteMessage", "GetQueueAttributes"]
            .map(|name| need("sqs", name, &arn))
            .into(),
    }
}

/// The message with which AWS refuses a mapping whose role may not read the source.
fn read_message(source: &EventSource, action: &str) -> String {
    let arn = source.arn();
    match source {
        EventSource::Kinesis { .. } | EventSource::DynamoDb { .. } => format!(
            "Cannot access stream {arn}. Please ensure the role can perform the GetRecords, GetShardIterator, \
             DescribeStream, ListShards, and ListStreams Actions on your stream in IAM."
        ),
        EventSource::Sqs { .. } => queue_message(action),
    }
}

/// The message with which AWS refuses a mapping or a destination whose role may not use the queue.
fn queue_message(action: &str) -> String {
    format!("The provided execution role does not have permissions to call {action} on SQS")
}
