//! Checks that the roles of mappings may read their streams. AWS refuses to create a mapping otherwise.
//!
//! Lambda reads a stream with the role of the function. A mapping with a consumer of its own subscribes to the consumer;
//! every other mapping reads the shards (Lambda guide, "Process Amazon Kinesis Data Streams records with Lambda";
//! service authorization reference, "Actions, resources, and condition keys for Amazon Kinesis Data Streams").

use stack_base::account::stream_arn;
use stack_template::{EventSource, EventSourceMapping, Template};

use super::needs::Need;
use super::policy::decide;

/// The role of a function does not allow what Lambda needs to read the function's stream.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the mapping {mapping} needs {action} on {resource}, which the role of {function} does not allow")]
pub struct MappingRoleError {
    /// The mapping.
    pub mapping: String,
    /// The function.
    pub function: String,
    /// The missing action.
    pub action: String,
    /// The resource.
    pub resource: String,
}

/// Checks the roles of all mappings.
///
/// # Errors
/// [`MappingRoleError`] for the first permission that is missing.
pub(crate) fn check(template: &Template) -> Result<(), MappingRoleError> {
    for mapping in &template.mappings {
        let function = template.functions.iter().find(|function| function.name == mapping.function);
        let statements = function.map_or(&[][..], |function| &function.statements);
        if let Some(missing) = needs(mapping).into_iter().find(|need| !decide(statements, need).is_allowed())
        {
            return Err(MappingRoleError {
                mapping: mapping.id.clone(),
                function: mapping.function.clone(),
                action: missing.action,
                resource: missing.resource,
            });
        }
    }
    Ok(())
}

/// The permissions that Lambda needs for a mapping.
fn needs(mapping: &EventSourceMapping) -> Vec<Need> {
    let on = |resource: &str, operation: &str| Need {
        action: format!("kinesis:{operation}"),
        resource: resource.to_owned(),
    };
    let EventSource::Kinesis { stream, consumer_arn } = &mapping.source else { return Vec::new() };
    let stream = stream_arn(stream);
    let of_stream = ["DescribeStream", "DescribeStreamSummary", "ListShards"].map(|name| on(&stream, name));
    let of_reads = match consumer_arn {
        Some(consumer) => ["DescribeStreamConsumer", "SubscribeToShard"].map(|name| on(consumer, name)),
        None => ["GetRecords", "GetShardIterator"].map(|name| on(&stream, name)),
    };
    of_stream.into_iter().chain(of_reads).collect()
}
