//! Physical names, and what `Ref` and `Fn::GetAtt` give for each resource type.
//!
//! A resource without a name of its own is called by its logical id, so that names are the same on every run.
//! What each type returns is in the `CloudFormation` resource reference, "Return values".

use serde_json::Value;

use super::intrinsics::{resolve, text_of};
use super::scope::Scope;
use crate::account::{
    function_arn, log_group_arn, queue_arn, queue_url, role_arn, stream_arn, table_arn, topic_arn,
};

/// The resource's own name, or its logical id.
///
/// # Errors
/// What is wrong with the name property.
pub(crate) fn physical_name(
    scope: &Scope<'_>,
    logical_id: &str,
    declaration: &Value,
    depth: usize,
) -> Result<String, String> {
    let property = match Scope::type_of(declaration) {
        "AWS::DynamoDB::Table" => "TableName",
        "AWS::IAM::Role" => "RoleName",
        "AWS::Kinesis::Stream" => "Name",
        "AWS::Logs::LogGroup" => "LogGroupName",
        "AWS::SNS::Topic" => "TopicName",
        "AWS::SQS::Queue" => "QueueName",
        "AWS::Serverless::Function" => "FunctionName",
        _ => return Ok(logical_id.to_owned()),
    };
    let Some(name) = declaration.get("Properties").and_then(|properties| properties.get(property)) else {
        return Ok(logical_id.to_owned());
    };
    match resolve(scope, name, depth + 1)? {
        None => Ok(logical_id.to_owned()),
        Some(name) => text_of(&name).ok_or_else(|| format!("{property} of {logical_id} is not text")),
    }
}

/// What `Ref` gives for a resource.
///
/// # Errors
/// What is wrong with the resource's name.
pub(crate) fn reference(
    scope: &Scope<'_>,
    logical_id: &str,
    declaration: &Value,
    depth: usize,
) -> Result<String, String> {
    let name = physical_name(scope, logical_id, declaration, depth)?;
    Ok(match Scope::type_of(declaration) {
        "AWS::SQS::Queue" => queue_url(scope.endpoint(), &name),
        "AWS::SNS::Topic" => topic_arn(&name),
        "AWS::Serverless::HttpApi" => name.to_lowercase(),
        _ => name,
    })
}

/// What `Fn::GetAtt` gives for a resource.
///
/// # Errors
/// What is wrong: the attribute has no local value.
pub(crate) fn attribute(
    scope: &Scope<'_>,
    logical_id: &str,
    declaration: &Value,
    attribute: &str,
    depth: usize,
) -> Result<String, String> {
    let name = physical_name(scope, logical_id, declaration, depth)?;
    let kind = Scope::type_of(declaration);
    let value = match (kind, attribute) {
        ("AWS::DynamoDB::Table", "Arn") => table_arn(&name),
        ("AWS::Kinesis::Stream", "Arn") => stream_arn(&name),
        ("AWS::SQS::Queue", "Arn") => queue_arn(&name),
        ("AWS::SQS::Queue", "QueueName") => name,
        ("AWS::SQS::Queue", "QueueUrl") => queue_url(scope.endpoint(), &name),
        ("AWS::SNS::Topic", "TopicArn") => topic_arn(&name),
        ("AWS::Serverless::Function", "Arn") => function_arn(&name),
        ("AWS::IAM::Role", "Arn") => role_arn(&name),
        ("AWS::Logs::LogGroup", "Arn") => log_group_arn(&name),
        _ => return Err(format!("{attribute} of {logical_id} ({kind}) has no value locally")),
    };
    Ok(value)
}
