//! The wire API of SQS, `AmazonSQS`, in AWS JSON 1.0.

use serde_json::{Value, json};
use stack_base::account::{queue_arn, queue_url};
use stack_base::service_error::{ServiceError, parse};

use super::attributes::{digest_of_attributes, digest_of_body};
use super::message::{ReceivedMessage, SqsError};
use super::requests::{self, Batch, OnQueue, Outgoing, Receipt};
use super::{MAXIMUM_RECEIVED, Sqs};

/// Maximum size of a message: 1 MiB (SQS quotas).
const MAXIMUM_BODY: usize = 1024 * 1024;
/// Maximum number of entries in a batch.
const MAXIMUM_BATCH: usize = 10;

/// The operations that [`call`] executes.
const OPERATIONS: &[&str] = &[
    "ChangeMessageVisibility",
    "DeleteMessage",
    "DeleteMessageBatch",
    "GetQueueAttributes",
    "GetQueueUrl",
    "ListQueues",
    "PurgeQueue",
    "ReceiveMessage",
    "SendMessage",
    "SendMessageBatch",
];

/// Executes one operation.
///
/// # Errors
/// [`ServiceError`] with the code and message that SQS returns.
pub async fn call(sqs: &Sqs, operation: &str, body: &[u8]) -> Result<Value, ServiceError> {
    match operation {
        "ListQueues" => Ok(list(sqs, &parse(body)?)),
        "GetQueueUrl" => get_url(sqs, &parse(body)?),
        "GetQueueAttributes" => attributes(sqs, &parse(body)?),
        "SendMessage" => {
            let OnQueue { queue_url, content } = parse(body)?;
            send(sqs, &queue_url, &content)
        }
        "SendMessageBatch" => send_batch(sqs, &parse(body)?),
        "ReceiveMessage" => receive(sqs, &parse(body)?).await,
        "DeleteMessage" => {
            let OnQueue { queue_url, content } = parse(body)?;
            delete(sqs, &queue_url, &content)
        }
        "DeleteMessageBatch" => delete_batch(sqs, &parse(body)?),
        "ChangeMessageVisibility" => change_visibility(sqs, &parse(body)?),
        "PurgeQueue" => {
            let request: requests::QueueUrl = parse(body)?;
            sqs.purge(queue_name(&request.queue_url))?;
            Ok(json!({}))
        }
        other => Err(ServiceError::not_served("SQS", other, OPERATIONS)),
    }
}

/// Name of a queue from its URL.
#[must_use]
pub fn queue_name(url: &str) -> &str {
    url.trim_end_matches('/').rsplit('/').next().unwrap_or(url)
}

fn list(sqs: &Sqs, request: &requests::ListQueues) -> Value {
    let prefix = request.queue_name_prefix.as_deref().unwrap_or_default();
    let names = sqs.names().filter(|name| name.starts_with(prefix));
    json!({"QueueUrls": names.map(|name| queue_url(sqs.endpoint(), name)).collect::<Vec<_>>()})
}

fn get_url(sqs: &Sqs, request: &requests::QueueName) -> Result<Value, ServiceError> {
    let queue = sqs.settings(&request.queue_name)?;
    Ok(json!({"QueueUrl": queue_url(sqs.endpoint(), &queue.name)}))
}

fn attributes(sqs: &Sqs, request: &requests::QueueUrl) -> Result<Value, ServiceError> {
    let queue = sqs.settings(queue_name(&request.queue_url))?;
    let counts = sqs.counts(&queue.name)?;
    // SQS returns every attribute as text. The response contains all attributes, because unrequested ones do no harm.
    let attributes = json!({
        "ApproximateNumberOfMessages": counts.visible.to_string(),
        "ApproximateNumberOfMessagesNotVisible": counts.in_flight.to_string(),
        "ApproximateNumberOfMessagesDelayed": counts.delayed.to_string(),
        "VisibilityTimeout": queue.visibility_timeout.as_secs().to_string(),
        "DelaySeconds": queue.delay.as_secs().to_string(),
        "MessageRetentionPeriod": queue.retention.as_secs().to_string(),
        "ReceiveMessageWaitTimeSeconds": queue.receive_wait.as_secs().to_string(),
        "QueueArn": queue_arn(&queue.name),
    });
    Ok(json!({"Attributes": attributes}))
}

fn send(sqs: &Sqs, url: &str, message: &Outgoing) -> Result<Value, ServiceError> {
    if message.message_body.is_empty() || message.message_body.len() > MAXIMUM_BODY {
        return Err(SqsError::Invalid("MessageBody must have 1 byte to 1 MiB.".to_owned()).into());
    }
    let digest = digest_of_attributes(&message.message_attributes)?;
    let stored = serde_json::to_string(&message.message_attributes).unwrap_or_default();
    let delay = requests::within("DelaySeconds", message.delay_seconds, 900)?;
    let id = sqs.send(queue_name(url), &message.message_body, &stored, delay)?;
    let mut answer = json!({"MessageId": id, "MD5OfMessageBody": digest_of_body(&message.message_body)});
    if let Some(digest) = digest {
        answer["MD5OfMessageAttributes"] = digest.into();
    }
    Ok(answer)
}

fn send_batch(sqs: &Sqs, request: &Batch<Outgoing>) -> Result<Value, ServiceError> {
    each(request, |url, message| send(sqs, url, message))
}

fn delete_batch(sqs: &Sqs, request: &Batch<Receipt>) -> Result<Value, ServiceError> {
    each(request, |url, receipt| delete(sqs, url, receipt))
}

fn delete(sqs: &Sqs, url: &str, receipt: &Receipt) -> Result<Value, ServiceError> {
    sqs.delete(queue_name(url), &receipt.receipt_handle)?;
    Ok(json!({}))
}

/// Applies `act` to each entry of a batch. A failed entry does not stop the others.
fn each<T>(
    request: &Batch<T>,
    act: impl Fn(&str, &T) -> Result<Value, ServiceError>,
) -> Result<Value, ServiceError> {
    if !(1..=MAXIMUM_BATCH).contains(&request.entries.len()) {
        return Err(SqsError::Invalid("A batch must have 1 to 10 entries.".to_owned()).into());
    }
    let (mut successful, mut failed) = (Vec::new(), Vec::new());
    for entry in &request.entries {
        match act(&request.queue_url, &entry.content) {
            Ok(mut answer) => {
                answer["Id"] = entry.id.clone().into();
                successful.push(answer);
            }
            Err(fault) => failed.push(json!({
                "Id": entry.id, "SenderFault": fault.status.is_client_error(), "Code": fault.code, "Message": fault.message,
            })),
        }
    }
    Ok(json!({"Successful": successful, "Failed": failed}))
}

async fn receive(sqs: &Sqs, request: &requests::Receive) -> Result<Value, ServiceError> {
    let limit = request.max_number_of_messages.unwrap_or(1);
    if !(1..=MAXIMUM_RECEIVED).contains(&limit) {
        return Err(SqsError::Invalid("MaxNumberOfMessages must be from 1 to 10.".to_owned()).into());
    }
    let queue = queue_name(&request.queue_url);
    let received = sqs.receive(queue, limit, request.visibility()?, request.wait()?).await?;
    Ok(json!({"Messages": received.iter().map(message).collect::<Vec<_>>()}))
}

fn message(received: &ReceivedMessage) -> Value {
    let attributes: Value = serde_json::from_str(&received.attributes).unwrap_or_default();
    let mut message = json!({
        "MessageId": received.id,
        "ReceiptHandle": received.receipt,
        "MD5OfBody": digest_of_body(&received.body),
        "Body": received.body,
        "Attributes": {
            "SenderId": stack_base::account::ACCOUNT,
            "SentTimestamp": received.sent_ms.to_string(),
            "ApproximateReceiveCount": received.receives.to_string(),
            "ApproximateFirstReceiveTimestamp": received.first_received_ms.to_string(),
        },
    });
    if attributes.as_object().is_some_and(|map| !map.is_empty()) {
        message["MessageAttributes"] = attributes;
    }
    message
}

fn change_visibility(sqs: &Sqs, request: &requests::ChangeVisibility) -> Result<Value, ServiceError> {
    let timeout = requests::within("VisibilityTimeout", Some(request.visibility_timeout), 43_200)?;
    sqs.change_visibility(
        queue_name(&request.queue_url),
        &request.receipt_handle,
        timeout.unwrap_or_default(),
    )?;
    Ok(json!({}))
}

impl From<SqsError> for ServiceError {
    fn from(error: SqsError) -> Self {
        let code = match &error {
            SqsError::QueueNotFound(_) => "com.amazonaws.sqs#QueueDoesNotExist",
            SqsError::Receipt(_) => "com.amazonaws.sqs#ReceiptHandleIsInvalid",
            SqsError::Invalid(_) => "com.amazonaws.sqs#InvalidParameterValue",
            SqsError::Store(_) => return Self::server(error.to_string()),
        };
        Self::client(code, error.to_string())
    }
}
