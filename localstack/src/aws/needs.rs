//! Identifies the service and operation of a call, and the permissions it needs: actions and resources as in the
//! service authorization reference.

use axum::http::HeaderMap;
use serde_json::Value;
use stack_base::account::DEFAULT_BUS;
use stack_base::account::{event_bus_arn, log_group_arn, name_of_arn, queue_arn, stream_arn, table_arn};
use stack_dynamodb::{Api, table_of_iterator};
use stack_kinesis::{iterator_stream, stream_of_token};
use stack_sqs::api::queue_name;

use super::logs::group_name;
use super::partiql;

/// A service that `X-Amz-Target` identifies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Service {
    DynamoDb(Api),
    Events,
    Kinesis,
    Logs,
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
    /// Parses `X-Amz-Target`; `None` when the header is missing or names no service of the stack.
    pub(super) fn from_headers(headers: &HeaderMap) -> Option<Self> {
        let (prefix, operation) = headers.get("x-amz-target")?.to_str().ok()?.split_once('.')?;
        let service = match prefix {
            "AWSEvents" => Service::Events,
            "DynamoDB_20120810" => Service::DynamoDb(Api::DynamoDb),
            "DynamoDBStreams_20120810" => Service::DynamoDb(Api::Streams),
            "Kinesis_20131202" => Service::Kinesis,
            "Logs_20140328" => Service::Logs,
            "AmazonSQS" => Service::Sqs,
            _ => return None,
        };
        Some(Self { service, operation: operation.to_owned() })
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
    pub(super) fn new(service: &str, operation: &str, resource: String) -> Self {
        Self { action: format!("{service}:{operation}"), resource }
    }
}

/// All permissions that a call needs. A malformed body needs the action on `*`; the service then refuses the call.
pub(super) fn of_call(target: &Target, body: &[u8]) -> Vec<Need> {
    let body = serde_json::from_slice(body).unwrap_or(Value::Null);
    let operation = target.operation.as_str();
    match target.service {
        Service::DynamoDb(Api::DynamoDb) => of_dynamodb(operation, &body),
        Service::DynamoDb(Api::Streams) => vec![Need::new("dynamodb", operation, change_stream(&body))],
        Service::Events => of_events(operation, &body),
        Service::Logs => vec![Need::new("logs", operation, log_group(&body))],
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
        "ExecuteStatement" => of_statements(std::slice::from_ref(body)),
        "ExecuteTransaction" => of_statements(list(&body["TransactStatements"])),
        "BatchExecuteStatement" => of_statements(list(&body["Statements"])),
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

/// The permissions that the statements in `requests` need.
fn of_statements(requests: &[Value]) -> Vec<Need> {
    let statements = requests.iter().filter_map(|request| request["Statement"].as_str());
    let mut permissions: Vec<partiql::Permission> = statements.flat_map(partiql::permissions).collect();
    if permissions.is_empty() {
        permissions = partiql::every();
    }
    permissions.into_iter().map(|(action, resource)| Need::new("dynamodb", action, resource)).collect()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
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

/// The ARN of a table's change stream. A shard iterator and a table's name stand for all streams of the table.
fn change_stream(body: &Value) -> String {
    let of_table = || {
        let iterator = body["ShardIterator"].as_str().and_then(table_of_iterator);
        let table = iterator.or_else(|| body["TableName"].as_str().map(str::to_owned));
        table.map(|table| format!("{}/stream/*", arn_of_table(&table)))
    };
    body["StreamArn"].as_str().map(str::to_owned).or_else(of_table).unwrap_or_else(|| "*".to_owned())
}

/// `PutEvents` needs the permission on every bus that its entries name.
fn of_events(operation: &str, body: &Value) -> Vec<Need> {
    let bus = |entry: &Value| {
        let bus = entry["EventBusName"].as_str().unwrap_or(DEFAULT_BUS);
        Need::new("events", operation, event_bus_arn(name_of_arn(bus)))
    };
    let mut needs: Vec<Need> = list(&body["Entries"]).iter().map(bus).collect();
    needs.dedup();
    if needs.is_empty() { vec![Need::new("events", operation, "*".to_owned())] } else { needs }
}

fn log_group(body: &Value) -> String {
    let group = body["logGroupName"].as_str().or(body["logGroupIdentifier"].as_str());
    group.map_or_else(|| "*".to_owned(), |group| log_group_arn(group_name(group)))
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

    use super::{Api, Need, Service, Target, of_call};

    const TABLES: Service = Service::DynamoDb(Api::DynamoDb);
    const STREAMS: Service = Service::DynamoDb(Api::Streams);

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
        assert_eq!(one(TABLES, "PutItem", &table), "dynamodb:PutItem arn:aws:dynamodb::table/t");
        assert_eq!(one(TABLES, "Query", &index), "dynamodb:Query arn:aws:dynamodb::table/t/index/i");
    }

    #[test]
    fn a_transaction_needs_the_permissions_of_its_parts() {
        let part = |table: &str| json!({"TableName": table});
        let body = json!({"TransactItems": [{"Put": part("a")}, {"ConditionCheck": part("b")}]});
        let needs = needs(TABLES, "TransactWriteItems", &body);
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
    fn a_change_stream_is_found_by_arn_and_table() {
        let arn = json!({"StreamArn": "arn:aws:dynamodb:us-east-1:000000000000:table/t/stream/1"});
        let of = |operation, body: &Value| one(STREAMS, operation, body);
        assert_eq!(of("DescribeStream", &arn), "dynamodb:DescribeStream arn:aws:dynamodb::table/t/stream/1");
        let table = json!({"TableName": "t"});
        assert_eq!(of("ListStreams", &table), "dynamodb:ListStreams arn:aws:dynamodb::table/t/stream/*");
        assert_eq!(of("GetRecords", &json!({"ShardIterator": "x"})), "dynamodb:GetRecords *");
    }

    #[test]
    fn a_statement_needs_its_own_permission_only() {
        let statement = |text: &str| json!({"Statement": text});
        let (put, get) = (statement("INSERT INTO \"t\" VALUE {'pk': 'a'}"), statement("SELECT * FROM \"t\""));
        let (insert, select) = (
            ("dynamodb:PartiQLInsert".to_owned(), "arn:aws:dynamodb::table/t".to_owned()),
            ("dynamodb:PartiQLSelect".to_owned(), "arn:aws:dynamodb::table/t".to_owned()),
        );
        assert_eq!(needs(TABLES, "ExecuteStatement", &put), std::slice::from_ref(&insert));
        let both = [insert, select];
        assert_eq!(needs(TABLES, "BatchExecuteStatement", &json!({"Statements": [put, get]})), both);
        assert_eq!(needs(TABLES, "ExecuteTransaction", &json!({"TransactStatements": [put, get]})), both);
    }

    #[test]
    fn events_and_logs_are_found_by_name_and_arn() {
        let named = |bus: &str| json!({"EventBusName": bus});
        let (own, arn) = (named("shop"), named("arn:aws:events:us-east-1:000000000000:event-bus/shop"));
        let needs = needs(Service::Events, "PutEvents", &json!({"Entries": [{}, own, arn]}));
        let resources: Vec<String> = needs.into_iter().map(|(_, resource)| resource).collect();
        assert_eq!(resources, ["arn:aws:events::event-bus/default", "arn:aws:events::event-bus/shop"]);
        let group =
            json!({"logGroupIdentifier": "arn:aws:logs:us-east-1:000000000000:log-group:/aws/lambda/f"});
        assert_eq!(
            one(Service::Logs, "FilterLogEvents", &group),
            "logs:FilterLogEvents arn:aws:logs::log-group:/aws/lambda/f:*"
        );
    }

    #[test]
    fn a_malformed_body_needs_the_action_on_every_resource() {
        assert_eq!(one(TABLES, "PutItem", &Value::Null), "dynamodb:PutItem *");
        assert_eq!(one(TABLES, "TransactWriteItems", &json!({})), "dynamodb:TransactWriteItems *");
        assert_eq!(needs(TABLES, "ExecuteStatement", &json!({})).len(), 4);
    }
}
