//! The queues in Amazon SQS, with a fake SQS behind the SDK.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use aws_sdk_sqs::Client;
use aws_sdk_sqs::config::retry::RetryConfig;
use aws_sdk_sqs::config::{BehaviorVersion, Config, Credentials, Region};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use operators::redrive::{MessageQueue, QueueMessage, SqsMessages};
use serde_json::{Value, json};

const URL: &str = "http://localhost/dead-letters";

/// A fake SQS whose next responses are a status and a body each. It keeps the operation and the body of each request.
#[derive(Debug, Clone, Default)]
struct Sqs {
    answers: Arc<Mutex<VecDeque<(u16, Value)>>>,
    requests: Arc<Mutex<Vec<(String, Value)>>>,
}

impl HttpClient for Sqs {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Sqs {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let operation = request.headers().get("x-amz-target").unwrap().replace("AmazonSQS.", "");
        let body = serde_json::from_slice(request.body().bytes().unwrap()).unwrap();
        self.requests.lock().unwrap().push((operation, body));
        let (status, body) = self.answers.lock().unwrap().pop_front().unwrap();
        let body = SdkBody::from(body.to_string());
        HttpConnectorFuture::ready(Ok(HttpResponse::new(status.try_into().unwrap(), body)))
    }
}

impl Sqs {
    fn answering(answers: impl IntoIterator<Item = (u16, Value)>) -> Self {
        let sqs = Self::default();
        sqs.answers.lock().unwrap().extend(answers);
        sqs
    }

    fn queue(&self) -> SqsMessages {
        let config = Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::from_static("eu-west-1"))
            .credentials_provider(Credentials::new("test", "test", None, None, "test"))
            .retry_config(RetryConfig::disabled())
            .http_client(self.clone());
        SqsMessages::new(Client::from_conf(config.build()), URL)
    }

    /// The requests so far. The script must be at its end.
    fn requests(&self) -> Vec<(String, Value)> {
        assert_eq!(self.answers.lock().unwrap().len(), 0);
        self.requests.lock().unwrap().clone()
    }

    /// How many messages each request so far asked for.
    fn asked_for(&self) -> Vec<u64> {
        let number = |(_, body): (String, Value)| body["MaxNumberOfMessages"].as_u64().unwrap();
        self.requests().into_iter().map(number).collect()
    }
}

/// A response with `number` messages.
fn messages(number: usize) -> (u16, Value) {
    let one = json!({"MessageId": "id", "ReceiptHandle": "receipt", "Body": "{}"});
    (200, json!({"Messages": vec![one; number]}))
}

fn refusal() -> (u16, Value) {
    (400, json!({"__type": "com.amazonaws.sqs#QueueDoesNotExist", "message": "gone"}))
}

fn message() -> QueueMessage {
    QueueMessage { id: "id".to_owned(), receipt: "receipt".to_owned(), body: "{}".to_owned() }
}

#[tokio::test]
async fn messages_are_received_until_two_responses_in_a_row_are_empty() {
    let sqs = Sqs::answering([10, 0, 10, 0, 0].map(messages));
    assert_eq!(sqs.queue().receive(25).await.unwrap(), vec![message(); 20]);
    assert_eq!(sqs.asked_for(), [10, 10, 10, 5, 5]);
    let (operation, body) = &sqs.requests()[0];
    assert_eq!(operation, "ReceiveMessage");
    let settings =
        json!({"QueueUrl": URL, "MaxNumberOfMessages": 10, "VisibilityTimeout": 960, "WaitTimeSeconds": 1});
    assert_eq!(*body, settings);
}

#[tokio::test]
async fn no_more_messages_are_received_than_wanted() {
    let sqs = Sqs::answering([messages(10), messages(2)]);
    assert_eq!(sqs.queue().receive(12).await.unwrap().len(), 12);
    assert_eq!(sqs.asked_for(), [10, 2]);
}

#[tokio::test]
async fn a_failure_after_some_messages_returns_these() {
    let sqs = Sqs::answering([messages(3), refusal()]);
    assert_eq!(sqs.queue().receive(10).await.unwrap().len(), 3);
    assert_eq!(sqs.asked_for(), [10, 7]);
    let failed = Sqs::answering([refusal()]).queue().receive(10).await;
    assert!(failed.is_err(), "{failed:?}");
}

#[tokio::test]
async fn each_operation_names_its_queue_and_its_message() {
    let sqs = Sqs::answering(vec![(200, json!({"MessageId": "id"})); 5]);
    let queue = sqs.queue();
    queue.delete(&message()).await.unwrap();
    queue.put_back(&message()).await.unwrap();
    queue.send("new").await.unwrap();
    queue.replace(&message(), "newer").await.unwrap();
    let send = |body: &str| ("SendMessage".to_owned(), json!({"QueueUrl": URL, "MessageBody": body}));
    let delete = ("DeleteMessage".to_owned(), json!({"QueueUrl": URL, "ReceiptHandle": "receipt"}));
    let show = json!({"QueueUrl": URL, "ReceiptHandle": "receipt", "VisibilityTimeout": 0});
    let expected =
        [delete.clone(), ("ChangeMessageVisibility".to_owned(), show), send("new"), send("newer"), delete];
    assert_eq!(sqs.requests(), expected);
}

#[tokio::test]
async fn each_operation_reports_a_refusal() {
    let queue = Sqs::answering([refusal(), refusal(), refusal(), refusal()]).queue();
    assert!(queue.delete(&message()).await.is_err());
    assert!(queue.put_back(&message()).await.is_err());
    assert!(queue.send("new").await.is_err());
    // A message whose replacement was not stored is not deleted.
    assert!(queue.replace(&message(), "newer").await.is_err());
}
