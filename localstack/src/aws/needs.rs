//! Identifies the service and operation of a call, and the permissions it needs: actions and resources as in the
//! service authorization reference.

use axum::http::HeaderMap;
use serde_json::Value;
use stack_base::account::{name_of_arn, queue_arn, stream_arn, table_arn};
use stack_base::service_error::ServiceError;
use stack_kinesis::{iterator_stream, stream_of_token};
use stack_sqs::api::queue_name;

/// A service that `X-Amz-Target` identifies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Service {
    DynamoDb,
    Kinesis,
    Sqs,
}

/// One operation of one service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    /// The service.
    pub(super) service: Service,
    /// Name of the operation, such as `PutItem`.
    pub(super) operation: String,
}

impl Target {
    /// Parses `X-Amz-Target`.
    ///
    /// # Errors
    /// [`ServiceError`] when the header is missing or names no service of the stack.
    pub(super) fn from_headers(headers: &HeaderMap) -> Result<Self, ServiceError> {
        let target = headers.get("x-amz-target").and_then(|target| target.to_str().ok()).unwrap_or_default();
        let (prefix, operation) = target.split_once('.').unwrap_or((target, ""));
        let service = match prefix {
            "DynamoDB_20120810" => Service::DynamoDb,
            "Kinesis_20131202" => Service::Kinesis,
            "AmazonSQS" => Service::Sqs,
            _ => {
                let problem = format!(
                    "X-Amz-Target {target:?} is not an operation of DynamoDB, Kinesis or SQS in AWS JSON"
                );
                return Err(ServiceError::client("UnknownOperationException", problem));
            }
        };
        Ok(Self { service, operation: operation.to_owned() })
    }
}

/// A permission that a call needs: an action on a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Need {
    /// The action, such as `dynamodb:PutItem`.
    pub(super) action: String,
    /// An ARN, or `*` for an action without a resource.
    pub(super) resource: String,
}

impl Need {
    fn new(service: &str, operation: &str, resource: String) -> Self {
        Self { action: format!("{service}:{operation}"), resource }
    }
}

/// All permissions that a call needs. A malformed body needs the action on `*`; the service then refuses the call.
pub(super) fn of_call(target: &Target, body: &[u8]) -> Vec<Need> {
    let body = serde_json::from_slice(body).unwrap_or(Value::Null);
    let operation = target.operation.as_str();
    match target.service {
        Service::DynamoDb => of_dynamodb(operation, &body),
        Service::Kinesis => vec![Need::new("kinesis", operation, stream(&body))],
        Service::Sqs => vec![Need::new("sqs", single(operation), queue(&body))],
    }
}

fn of_dynamodb(operation: &str, body: &Value) -> Vec<Need> {
    let needs: Vec<Need> = match operation {
        "BatchGetItem" | "BatchWriteItem" => {
            let tables = body["RequestItems"].as_object().into_iter().flatten();
            tables.map(|(table, _)| Need::new("dynamodb", operation, arn_of_table(table))).collect()
        }
        // A transaction needs the permissions of all its parts.
        "TransactGetItems" | "TransactWriteItems" => {
            body["TransactItems"].as_array().into_iter().flatten().flat_map(of_transact_item).collect()
        }
        // The statement's text names the table and is not parsed here, so the call needs the permission on `*`.
        "ExecuteStatement" | "ExecuteTransaction" | "BatchExecuteStatement" => {
            ["PartiQLDelete", "PartiQLInsert", "PartiQLSelect", "PartiQLUpdate"]
                .map(|action| Need::new("dynamodb", action, "*".to_owned()))
                .into()
        }
        _ => match (body["TableName"].as_str(), body["IndexName"].as_str()) {
            (Some(table), Some(index)) => {
                vec![Need::new("dynamodb", operation, format!("{}/index/{index}", arn_of_table(table)))]
            }
            (Some(table), None) => vec![Need::new("dynamodb", operation, arn_of_table(table))],
            (None, _) => Vec::new(),
        },
    };
    if needs.is_empty() { vec![Need::new("dynamodb", operation, "*".to_owned())] } else { needs }
}

fn of_transact_item(item: &Value) -> Vec<Need> {
    let part = |(kind, request): (&String, &Value)| {
        let action = match kind.as_str() {
            "ConditionCheck" => "ConditionCheckItem".to_owned(),
            kind => format!("{kind}Item"),
        };
        Need::new("dynamodb", &action, arn_of_table(request["TableName"].as_str().unwrap_or_default()))
    };
    item.as_object().into_iter().flatten().map(part).collect()
}

/// The ARN of a table, which may be given by name or ARN.
fn arn_of_table(table: &str) -> String {
    table_arn(name_of_arn(table))
}

fn stream(body: &Value) -> String {
    let of_iterator = || {
        let token = || body["NextToken"].as_str().and_then(stream_of_token);
        body["ShardIterator"].as_str().and_then(iterator_stream).or_else(token)
    };
    let named = body["StreamName"].as_str().or(body["StreamARN"].as_str()).map(str::to_owned);
    named.or_else(of_iterator).map_or_else(|| "*".to_owned(), |stream| stream_arn(name_of_arn(&stream)))
}

/// The single operation whose permission a batch operation needs.
fn single(operation: &str) -> &str {
    operation.strip_suffix("Batch").unwrap_or(operation)
}

fn queue(body: &Value) -> String {
    let name = body["QueueUrl"].as_str().map(queue_name).or(body["QueueName"].as_str());
    name.map_or_else(|| "*".to_owned(), queue_arn)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Need, of_call};
    use super::{Service, Target};

    fn needs(service: Service, operation: &str, body: &Value) -> Vec<(String, String)> {
        let target = Target { service, operation: operation.to_owned() };
        let needs = of_call(&target, body.to_string().as_bytes());
        let short = |arn: String| arn.replace(":us-east-1:000000000000:", "::");
        needs.into_iter().map(|Need { action, resource }| (action, short(resource))).collect()
    }

    fn one(service: Service, operation: &str, body: &Value) -> String {
        let needs = needs(service, operation, body);
        assert_eq!(needs.len(), 1);
        format!("{} {}", needs[0].0, needs[0].1)
    }

    #[test]
    fn an_index_is_a_separate_resource() {
        let table = json!({"TableName": "t"});
        let index = json!({"TableName": "t", "IndexName": "i"});
        assert_eq!(one(Service::DynamoDb, "PutItem", &table), "dynamodb:PutItem arn:aws:dynamodb::table/t");
        assert_eq!(
            one(Service::DynamoDb, "Query", &index),
            "dynamodb:Query arn:aws:dynamodb::table/t/index/i"
        );
    }

    #[test]
    fn a_transaction_needs_the_permissions_of_its_parts() {
        let part = |table: &str| json!({"TableName": table});
        let body = json!({"TransactItems": [{"Put": part("a")}, {"ConditionCheck": part("b")}]});
        let needs = needs(Service::DynamoDb, "TransactWriteItems", &body);
        assert_eq!(needs[0], ("dynamodb:PutItem".to_owned(), "arn:aws:dynamodb::table/a".to_owned()));
        assert_eq!(
            needs[1],
            ("dynamodb:ConditionCheckItem".to_owned(), "arn:aws:dynamodb::table/b".to_owned())
        );
    }

    #[test]
    fn streams_and_queues_are_found_by_name_url_and_arn() {
        let url = json!({"QueueUrl": "http://127.0.0.1:4566/000000000000/q"});
        assert_eq!(one(Service::Sqs, "SendMessageBatch", &url), "sqs:SendMessage arn:aws:sqs::q");
        let arn = json!({"StreamARN": "arn:aws:kinesis:us-east-1:000000000000:stream/s"});
        assert_eq!(one(Service::Kinesis, "PutRecord", &arn), "kinesis:PutRecord arn:aws:kinesis::stream/s");
    }

    #[test]
    fn a_malformed_body_needs_the_action_on_every_resource() {
        assert_eq!(one(Service::DynamoDb, "PutItem", &Value::Null), "dynamodb:PutItem *");
        assert_eq!(one(Service::DynamoDb, "TransactWriteItems", &json!({})), "dynamodb:TransactWriteItems *");
        assert_eq!(needs(Service::DynamoDb, "ExecuteStatement", &json!({})).len(), 4);
    }
}
