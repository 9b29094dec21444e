//! The dead-letter queue in SQS: the request that is sent, and the meaning of the responses.

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
use event_stream::{Batch, DeadLetter};
use projection::{DeadLetterQueue, SqsDeadLetters};
use serde_json::Value;
use testing::kinesis::batch;

const QUEUE: &str = "https://sqs.eu-west-1.amazonaws.com/123456789012/dead-letters";

/// A fake SQS that records the requests and responds with `status`.
#[derive(Debug, Clone)]
struct Sqs {
    sent: Arc<Mutex<Vec<Value>>>,
    status: u16,
}

impl HttpClient for Sqs {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Sqs {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        self.sent.lock().unwrap().push(serde_json::from_slice(request.body().bytes().unwrap()).unwrap());
        let body = SdkBody::from(r#"{"MessageId": "1"}"#);
        HttpConnectorFuture::ready(Ok(HttpResponse::new(self.status.try_into().unwrap(), body)))
    }
}

impl Sqs {
    fn answering(status: u16) -> Self {
        Self { sent: Arc::default(), status }
    }

    fn queue(&self) -> SqsDeadLetters {
        let config = Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::from_static("eu-west-1"))
            .credentials_provider(Credentials::new("test", "test", None, None, "test"))
            .retry_config(RetryConfig::disabled())
            .http_client(self.clone());
        SqsDeadLetters::new(Client::from_conf(config.build()), QUEUE)
    }

    /// The message of the only request.
    fn message(&self) -> String {
        let sent = self.sent.lock().unwrap();
        let [request] = sent.as_slice() else { panic!("exactly one request must be sent") };
        assert_eq!(request["QueueUrl"], QUEUE);
        request["MessageBody"].as_str().unwrap().to_owned()
    }
}

fn letter(batch: &Batch, error: &str) -> DeadLetter {
    DeadLetter::from_record("balance-projection", &batch.records[0], error, None)
}

#[tokio::test]
async fn a_letter_is_one_message() {
    let (sqs, batch) = (Sqs::answering(200), batch([b"nonsense".to_vec()]));
    let letter = letter(&batch, "no \u{ffff} change");
    sqs.queue().send(&letter).await.unwrap();
    let message: Value = serde_json::from_str(&sqs.message()).unwrap();
    assert_eq!(message["data"], "bm9uc2Vuc2U=");
    assert_eq!(
        message["error"], "no \u{fffd} change",
        "SQS refuses U+FFFE and U+FFFF, so they must be replaced"
    );
}

#[tokio::test]
async fn a_letter_of_almost_one_mebibyte_is_sent_with_its_data() {
    // In base64, the data takes 1,040,000 of 1,048,576 bytes.
    let (sqs, batch) = (Sqs::answering(200), batch([vec![0; 780_000]]));
    sqs.queue().send(&letter(&batch, "")).await.unwrap();
    let message: Value = serde_json::from_str(&sqs.message()).unwrap();
    assert_eq!(message["data"].as_str().unwrap().len(), 1_040_000);
}

#[tokio::test]
async fn a_letter_larger_than_one_mebibyte_is_sent_without_its_data() {
    let (sqs, batch) = (Sqs::answering(200), batch([vec![0; 1_024 * 1_024]]));
    let letter = letter(&batch, "");
    sqs.queue().send(&letter).await.unwrap();
    assert!(sqs.message().contains("data_omitted"));
}

#[tokio::test]
async fn a_letter_that_sqs_refuses_is_undelivered() {
    let (sqs, batch) = (Sqs::answering(500), batch([b"nonsense".to_vec()]));
    let letter = letter(&batch, "");
    assert!(sqs.queue().send(&letter).await.is_err());
}
