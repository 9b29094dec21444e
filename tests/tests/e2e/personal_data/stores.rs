//! Reads everything that an embedded stack stores: tables, streams, queues, log lines and spans.

use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_kinesis::types::ShardIteratorType;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use e2e::Lines;
use localstack::RunningStack;
use serde_json::{Value, json};
use stack_base::account;

use crate::personal_data::work::Found;

/// The store of log lines and the store of spans.
pub(crate) const TELEMETRY: [&str; 2] = ["log lines", "spans"];

/// The event bus, which is no resource of the template. The test reads its entries from a queue with this logical id, to
/// which a rule sends every entry.
pub(crate) const BUS: &str = "EventBus";

/// Resource types that store nothing of an event. Types that are not here have a reader in this file and a row in the
/// table of retention times.
const WITHOUT_EVENTS: [&str; 22] = [
    "AWS::ApiGatewayV2::ApiMapping",
    "AWS::ApiGatewayV2::DomainName",
    "AWS::CloudWatch::Alarm",
    "AWS::CloudWatch::CompositeAlarm",
    "AWS::CloudWatch::Dashboard",
    "AWS::Cognito::UserPoolClient",
    "AWS::Cognito::UserPoolDomain",
    "AWS::Cognito::UserPoolResourceServer",
    "AWS::Events::Rule",
    "AWS::IAM::ManagedPolicy",
    "AWS::IAM::Policy",
    "AWS::IAM::Role",
    "AWS::KMS::Key",
    "AWS::Kinesis::StreamConsumer",
    "AWS::Lambda::Permission",
    "AWS::Logs::MetricFilter",
    "AWS::Route53::RecordSet",
    "AWS::SNS::Subscription",
    "AWS::SNS::Topic",
    "AWS::SNS::TopicPolicy",
    "AWS::SQS::QueuePolicy",
    "AWS::Serverless::LayerVersion",
];

/// Resource types whose data this file reads, or whose retention the page has.
const WITH_EVENTS: [&str; 7] = [
    "AWS::Cognito::UserPool",
    "AWS::DynamoDB::Table",
    "AWS::Kinesis::Stream",
    "AWS::Logs::LogGroup",
    "AWS::SQS::Queue",
    "AWS::Serverless::Function",
    "AWS::Serverless::HttpApi",
];

/// A place in which values are stored.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    /// The logical id of the resource, or one of [`TELEMETRY`].
    pub(crate) store: String,
    /// The attribute of an item, or the member of a message; empty if the store has no such parts.
    pub(crate) part: String,
}

impl Place {
    pub(crate) fn is_telemetry(&self) -> bool {
        TELEMETRY.contains(&self.store.as_str())
    }
}

/// A stored text.
#[derive(Debug, Clone)]
pub(crate) struct Stored {
    pub(crate) place: Place,
    pub(crate) text: String,
}

/// The value of a key.
#[derive(Debug, Clone)]
pub(crate) struct Key {
    /// The attribute of a table, or the partition key of a stream.
    pub(crate) place: Place,
    /// Whether the key is only that of a secondary index. Such a key is an attribute, and an update replaces it.
    pub(crate) is_of_index: bool,
    pub(crate) text: String,
}

/// The project's template. Asserts that the type of each of its resources is known here.
pub(crate) fn document() -> Value {
    let path = stack_template::template_of(&stack_template::project());
    let text = std::fs::read_to_string(path).expect("a template");
    let document = stack_template::parse_yaml(&text).expect("a template in YAML");
    for (id, resource) in document["Resources"].as_object().expect("resources") {
        let kind = resource["Type"].as_str().expect("a type");
        assert!(
            WITHOUT_EVENTS.contains(&kind) || WITH_EVENTS.contains(&kind),
            "{id}: read the data of {kind} in tests/tests/e2e/personal_data/stores.rs, or list the type in WITHOUT_EVENTS"
        );
    }
    document
}

/// Clients of the AWS services of a stack.
pub(crate) struct Clients {
    pub(crate) dynamodb: aws_sdk_dynamodb::Client,
    kinesis: aws_sdk_kinesis::Client,
    sqs: aws_sdk_sqs::Client,
}

impl Clients {
    pub(crate) fn new(stack: &RunningStack) -> Self {
        let config = aws_client::config_from(|name| match name {
            "AWS_ENDPOINT_URL" => Some(stack.aws_endpoint().to_owned()),
            "AWS_REGION" => Some(account::REGION.to_owned()),
            "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" => Some("developer".to_owned()),
            _ => None,
        });
        let config = config.expect("a configuration");
        Self {
            dynamodb: aws_sdk_dynamodb::Client::new(&config),
            kinesis: aws_sdk_kinesis::Client::new(&config),
            sqs: aws_sdk_sqs::Client::new(&config),
        }
    }
}

impl Found {
    fn store(&mut self, store: &str, part: &str, text: String) {
        let place = Place { store: store.to_owned(), part: part.to_owned() };
        self.stored.push(Stored { place, text });
    }
}

/// Reads every attribute of every item of every table.
pub(crate) async fn tables(stack: &RunningStack, clients: &Clients, found: &mut Found) {
    for table in &stack.template().tables {
        found.searched.insert(table.logical_id.clone());
        let primary = [Some(&table.key.hash), table.key.range.as_ref()];
        let of_indexes =
            table.indexes.iter().flat_map(|index| [Some(&index.key.hash), index.key.range.as_ref()]);
        let of_indexes: Vec<_> = of_indexes.flatten().collect();
        let mut pages = clients.dynamodb.scan().table_name(&table.name).into_paginator().send();
        while let Some(page) = pages.next().await {
            for (name, value) in page.expect("a page").items().iter().flatten() {
                let text = text_of(value);
                let is_primary = primary.contains(&Some(name));
                if is_primary || of_indexes.contains(&name) {
                    let place = Place { store: table.logical_id.clone(), part: name.clone() };
                    found.keys.push(Key { place, is_of_index: !is_primary, text: text.clone() });
                }
                found.store(&table.logical_id, name, text);
            }
        }
    }
}

fn text_of(value: &AttributeValue) -> String {
    value.as_s().cloned().unwrap_or_else(|_| format!("{value:?}"))
}

/// Reads every record of every stream.
pub(crate) async fn streams(stack: &RunningStack, clients: &Clients, found: &mut Found) {
    let kinesis = &clients.kinesis;
    for stream in &stack.template().streams {
        found.searched.insert(stream.logical_id.clone());
        let shards = Box::pin(kinesis.list_shards().stream_name(&stream.name).send()).await.expect("shards");
        for shard in shards.shards() {
            let start = kinesis.get_shard_iterator().stream_name(&stream.name).shard_id(shard.shard_id());
            let start = start.shard_iterator_type(ShardIteratorType::TrimHorizon);
            let mut next = Box::pin(start.send()).await.expect("an iterator").shard_iterator;
            while let Some(iterator) = next {
                let read = Box::pin(kinesis.get_records().shard_iterator(iterator).send()).await;
                let read = read.expect("records");
                for record in read.records() {
                    let place = Place { store: stream.logical_id.clone(), part: "partition key".to_owned() };
                    found.keys.push(Key {
                        place,
                        is_of_index: false,
                        text: record.partition_key().unwrap_or_default().to_owned(),
                    });
                    let text = String::from_utf8_lossy(record.data().as_ref()).into_owned();
                    found.store(&stream.logical_id, "record", text);
                }
                next = read.next_shard_iterator.filter(|_| read.millis_behind_latest != Some(0));
            }
        }
    }
}

/// Receives every message of every queue.
pub(crate) async fn queues(stack: &RunningStack, clients: &Clients, found: &mut Found) {
    for queue in &stack.template().queues {
        found.searched.insert(queue.logical_id.clone());
        let url = format!("{}/{}/{}", stack.aws_endpoint(), account::ACCOUNT, queue.name);
        loop {
            let receive = clients
                .sqs
                .receive_message()
                .queue_url(&url)
                .max_number_of_messages(10)
                .visibility_timeout(600);
            let answer = Box::pin(receive.send()).await.expect("messages");
            if answer.messages().is_empty() {
                break;
            }
            for body in answer.messages().iter().filter_map(|message| message.body()) {
                let message: Value = serde_json::from_str(body).expect("a message in JSON");
                for (member, value) in message.as_object().into_iter().flatten() {
                    found.store(&queue.logical_id, member, decoded(value));
                }
            }
        }
    }
}

/// The text of a member of a message. A record is in base64.
fn decoded(value: &Value) -> String {
    let bytes = value.as_str().and_then(|text| STANDARD.decode(text).ok());
    let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
    text.unwrap_or_else(|| value.to_string())
}

/// Reads every span that the functions have exported.
pub(crate) fn spans(stack: &RunningStack, found: &mut Found) {
    for span in stack.traces().spans(|_| true) {
        let links: Vec<_> = span.links.iter().map(|link| &link.attributes).collect();
        let text = json!([span.name, span.error, span.attributes, span.events, links, *span.resource]);
        found.store(TELEMETRY[1], "", text.to_string());
    }
}

/// Reads every log line of the functions. A line has the values and dimensions of metrics, too.
pub(crate) fn lines(lines: &Lines, found: &mut Found) {
    for line in lines.all() {
        found.store(TELEMETRY[0], "", line);
    }
}
