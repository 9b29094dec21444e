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
    check_need(function, user, Need::new("sqs", "SendMessage", queue_arn(queue)), queue_message)
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
            let of_stream = of_stream.map(|name| Need::new("kinesis", name, stream.clone())).into_iter();
            of_stream
                .chain(of_reads.map(|(name, resource)| Need::new("kinesis", name, resource.clone())))
                .collect()
        }
        EventSource::DynamoDb { .. } => ["DescribeStream", "GetRecords", "GetShardIterator"]
            .map(|name| Need::new("dynamodb", name, arn.clone()))
            .into(),
        EventSource::Sqs { .. } => ["ReceiveMessage", "DeleteMessage", "GetQueueAttributes"]
            .map(|name| Need::new("sqs", name, arn.clone()))
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use stack_template::{AsynchronousInvocation, Effect, EventSource, Function, Statement, Template};

    use super::{check, reads};

    fn allowing(actions: &[String]) -> Vec<Statement> {
        let (actions, resources) = (actions.to_vec(), vec!["*".to_owned()]);
        vec![Statement { effect: Effect::Allow, actions, resources }]
    }

    /// AWS checks each permission when a mapping is created.
    #[test]
    fn each_permission_to_read_a_source_is_needed() {
        let (stream, table, queue) = ("s".to_owned(), "t".to_owned(), "q".to_owned());
        let stream_message = "Please ensure the role can perform the GetRecords, GetShardIterator, DescribeStream, \
                              ListShards, and ListStreams Actions on your stream in IAM.";
        for (source, arn, message) in [
            (
                EventSource::Kinesis { stream, consumer_arn: None },
                "Cannot access stream arn:aws:kinesis:us-east-1:000000000000:stream/s. ",
                stream_message,
            ),
            (
                EventSource::DynamoDb { table },
                "Cannot access stream arn:aws:dynamodb:us-east-1:",
                stream_message,
            ),
            (
                EventSource::Sqs { queue },
                "The provided execution role does not have permissions to call",
                "on SQS",
            ),
        ] {
            let template = Template::read(&project(), &BTreeMap::new(), "http://127.0.0.1:4566").unwrap();
            let mut mapping = template.mappings[0].clone();
            (mapping.source, mapping.on_failure_queue) = (source.clone(), None);
            let needed: Vec<String> = reads(&source).into_iter().map(|need| need.action).collect();
            let template = |actions: &[String]| {
                let function = Function {
                    name: mapping.function.clone(),
                    statements: allowing(actions),
                    ..Function::default()
                };
                Template { functions: vec![function], mappings: vec![mapping.clone()], ..Template::default() }
            };
            assert_eq!(check(&template(&needed)), Ok(()));
            for missing in &needed {
                let others: Vec<String> = needed.iter().filter(|need| *need != missing).cloned().collect();
                let refused = check(&template(&others)).unwrap_err();
                assert_eq!(refused.action, *missing);
                let line = refused.to_string();
                assert!(line.starts_with(arn) && line.contains(message), "{line}");
            }
        }
    }

    #[test]
    fn a_destination_needs_the_permission_to_send() {
        for actions in [&[][..], &["sqs:SendMessage".to_owned()]] {
            let asynchronous =
                AsynchronousInvocation { on_failure_queue: Some("q".to_owned()), ..Default::default() };
            let statements = allowing(actions);
            let function = Function { name: "F".to_owned(), statements, asynchronous, ..Function::default() };
            let refused = check(&Template { functions: vec![function], ..Template::default() }).err();
            let expected = "The provided execution role does not have permissions to call SendMessage on SQS (the \
                            asynchronous invocation of F needs sqs:SendMessage on \
                            arn:aws:sqs:us-east-1:000000000000:q, which the role of F does not allow)";
            assert_eq!(
                refused.map(|refused| refused.to_string()),
                actions.is_empty().then(|| expected.to_owned())
            );
        }
    }

    fn project() -> std::path::PathBuf {
        stack_template::template_of(&stack_template::project())
    }

    #[test]
    fn the_roles_of_the_project_allow_what_its_mappings_need() {
        let template = Template::read(&project(), &BTreeMap::new(), "http://127.0.0.1:4566").unwrap();
        assert_eq!(check(&template), Ok(()));
    }
}
