//! The names of resources, and the values of `Ref` and `Fn::GetAtt` for each resource type (`CloudFormation` resource
//! reference, "Return values").

use stack_base::account::{
    event_bus_arn, function_arn, log_group_arn, policy_arn, queue_arn, queue_url, role_arn, stream_arn,
    table_arn, table_stream_arn, topic_arn,
};

/// The property that names a resource of this type; `None` if its logical id is its name.
pub(crate) fn name_property(kind: &str) -> Option<&'static str> {
    match kind {
        "AWS::ApiGatewayV2::DomainName" => Some("DomainName"),
        "AWS::DynamoDB::Table" => Some("TableName"),
        "AWS::IAM::ManagedPolicy" => Some("ManagedPolicyName"),
        "AWS::IAM::Role" => Some("RoleName"),
        "AWS::Events::EventBus" | "AWS::Events::Rule" | "AWS::Kinesis::Stream" => Some("Name"),
        "AWS::Kinesis::StreamConsumer" => Some("ConsumerName"),
        "AWS::Logs::LogGroup" => Some("LogGroupName"),
        "AWS::SNS::Topic" => Some("TopicName"),
        "AWS::SQS::Queue" => Some("QueueName"),
        "AWS::Serverless::Function" => Some("FunctionName"),
        _ => None,
    }
}

/// The value of `Ref` for a resource with a physical name. Queue URLs start with `endpoint`.
pub(crate) fn reference(kind: &str, name: String, endpoint: &str) -> String {
    match kind {
        "AWS::SQS::Queue" => queue_url(endpoint, &name),
        "AWS::SNS::Topic" => topic_arn(&name),
        "AWS::IAM::ManagedPolicy" => policy_arn(&name),
        "AWS::Serverless::HttpApi" => name.to_lowercase(),
        _ => name,
    }
}

/// The value of `Fn::GetAtt` for a resource with a physical name; `None` if the attribute has no local value.
pub(crate) fn attribute(kind: &str, attribute: &str, name: String, endpoint: &str) -> Option<String> {
    match (kind, attribute) {
        // The development issuer stands for a user pool.
        ("AWS::Cognito::UserPool", "ProviderURL") => Some(endpoint.to_owned()),
        ("AWS::DynamoDB::Table", "Arn") => Some(table_arn(&name)),
        ("AWS::DynamoDB::Table", "StreamArn") => Some(table_stream_arn(&name)),
        ("AWS::Events::EventBus", "Arn") => Some(event_bus_arn(&name)),
        ("AWS::Kinesis::Stream", "Arn") => Some(stream_arn(&name)),
        ("AWS::SQS::Queue", "Arn") => Some(queue_arn(&name)),
        ("AWS::Events::EventBus", "Name") | ("AWS::SQS::Queue", "QueueName") => Some(name),
        ("AWS::SQS::Queue", "QueueUrl") => Some(queue_url(endpoint, &name)),
        ("AWS::SNS::Topic", "TopicArn") => Some(topic_arn(&name)),
        ("AWS::Serverless::Function", "Arn") => Some(function_arn(&name)),
        ("AWS::IAM::Role", "Arn") => Some(role_arn(&name)),
        ("AWS::Logs::LogGroup", "Arn") => Some(log_group_arn(&name)),
        _ => None,
    }
}
