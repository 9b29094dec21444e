//! The wire API of SQS, `AmazonSQS`, in AWS JSON 1.0.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use stack_base::account::{ACCOUNT, queue_url};
use stack_base::service_error::{ServiceError, parse};

use super::attributes::{self, MessageAttributes, TRACE_HEADER, digest_of_attributes, digest_of_body};
use super::message::ReceivedMessage;
use super::queue::MAXIMUM_SIZE;
pub use super::requests::queue_name;
use super::requests::{self, Batch, Nothing, OnQueue, Outgoing, required, seconds, within};
use super::{NewMessage, Sqs, SqsError, batch};

/// Maximum number of queues in one page.
const MAXIMUM_PAGE: i64 = 1000;
/// Maximum delay of a message, in seconds.
const MAXIMUM_DELAY: i64 = 900;
/// Maximum visibility timeout, in seconds.
const MAXIMUM_VISIBILITY: i64 = 43_200;
/// Maximum time that a receive waits, in seconds.
const MAXIMUM_WAIT: i64 = 20;
/// Maximum number of characters of a group's id.
const MAXIMUM_GROUP_ID: usize = 128;
/// The attributes that SQS sets on every received message, and those that some messages have.
const SYSTEM_ATTRIBUTES: [&str; 10] = [
    "All",
    "ApproximateFirstReceiveTimestamp",
    "ApproximateReceiveCount",
    TRACE_HEADER,
    "DeadLetterQueueSourceArn",
    "MessageDeduplicationId",
    GROUP_ID,
    "SenderId",
    "SentTimestamp",
    "SequenceNumber",
];
const GROUP_ID: &str = "MessageGroupId";

/// The operations that [`call`] executes.
const OPERATIONS: &[&str] = &[
    "ChangeMessageVisibility",
    "ChangeMessageVisibilityBatch",
    "DeleteMessage",
    "DeleteMessageBatch",
    "GetQueueAttributes",
    "GetQueueUrl",
    "ListDeadLetterSourceQueues",
    "ListQueues",
    "PurgeQueue",
    "ReceiveMessage",
    "SendMessage",
    "SendMessageBatch",
    "SetQueueAttributes",
];

/// Executes one operation.
///
/// # Errors
/// [`ServiceError`] with the code and message that SQS returns.
pub async fn call(sqs: &Sqs, operation: &str, body: &[u8]) -> Result<Value, ServiceError> {
    let answer = match operation {
        "ListQueues" => list(sqs, &parse(body)?),
        "ListDeadLetterSourceQueues" => list_sources(sqs, &parse(body)?),
        "GetQueueUrl" => get_url(sqs, &parse(body)?),
        "GetQueueAttributes" => get_attributes(sqs, &parse(body)?),
        "SetQueueAttributes" => set_attributes(sqs, &parse(body)?),
        "SendMessage" => {
            let request: OnQueue<Outgoing> = parse(body)?;
            request.queue().and_then(|queue| send(sqs, queue, &request.content))
        }
        "SendMessageBatch" => send_batch(sqs, &parse(body)?),
        "ReceiveMessage" => receive(sqs, &parse(body)?).await,
        "DeleteMessage" => {
            let request: OnQueue<requests::Delete> = parse(body)?;
            request.queue().and_then(|queue| delete(sqs, queue, &request.content))
        }
        "DeleteMessageBatch" => {
            let request: OnQueue<Batch<_>> = parse(body)?;
            request.queue().and_then(|queue| each(sqs, queue, &request.content, delete))
        }
        "ChangeMessageVisibility" => {
            let request: OnQueue<requests::ChangeVisibility> = parse(body)?;
            request.queue().and_then(|queue| change_visibility(sqs, queue, &request.content))
        }
        "ChangeMessageVisibilityBatch" => {
            let request: OnQueue<Batch<_>> = parse(body)?;
            request.queue().and_then(|queue| each(sqs, queue, &request.content, change_visibility))
        }
        "PurgeQueue" => {
            let request: OnQueue<Nothing> = parse(body)?;
            request.queue().and_then(|queue| sqs.purge(queue)).map(|()| json!({}))
        }
        other => return Err(ServiceError::not_served("SQS", other, OPERATIONS)),
    };
    Ok(answer?)
}

fn list(sqs: &Sqs, request: &requests::ListQueues) -> Result<Value, SqsError> {
    let names = sqs.names().filter(|name| name.starts_with(&request.queue_name_prefix));
    page(sqs, "QueueUrls", names, &request.page)
}

fn list_sources(sqs: &Sqs, request: &OnQueue<requests::Page>) -> Result<Value, SqsError> {
    let queue = request.queue()?;
    sqs.settings(queue)?;
    let is_source = |name: &&str| {
        let redrive = sqs.settings(name).ok().and_then(|settings| settings.redrive);
        redrive.is_some_and(|redrive| redrive.dead_letter_queue == queue)
    };
    page(sqs, "queueUrls", sqs.names().filter(is_source), &request.content)
}

/// A page of the URLs of queues. The token of the next page is the last name of this one, and SQS only returns a token
/// if the request limits the page.
fn page<'a>(
    sqs: &Sqs,
    member: &str,
    names: impl Iterator<Item = &'a str>,
    page: &requests::Page,
) -> Result<Value, SqsError> {
    let limit = within("MaxResults", page.max_results, 1, MAXIMUM_PAGE)?;
    let limit = limit.and_then(|limit| usize::try_from(limit).ok());
    let mut names: Vec<&str> =
        names.filter(|name| page.next_token.as_deref().is_none_or(|last| *name > last)).collect();
    let mut answer = json!({});
    if let Some(limit) = limit.filter(|limit| names.len() > *limit) {
        names.truncate(limit);
        answer["NextToken"] = json!(names.last());
    }
    // SQS leaves out an empty list.
    if !names.is_empty() {
        answer[member] = names.iter().map(|name| queue_url(sqs.endpoint(), name)).collect();
    }
    Ok(answer)
}

fn get_url(sqs: &Sqs, request: &requests::GetQueueUrl) -> Result<Value, SqsError> {
    let name = required("QueueName", &request.queue_name)?;
    if request.owner.as_deref().is_some_and(|owner| owner != ACCOUNT) {
        return Err(SqsError::QueueNotFound(name.to_owned()));
    }
    let queue = sqs.settings(name)?;
    Ok(json!({"QueueUrl": queue_url(sqs.endpoint(), &queue.name)}))
}

fn get_attributes(sqs: &Sqs, request: &OnQueue<requests::GetAttributes>) -> Result<Value, SqsError> {
    let queue = request.queue()?;
    let attributes = sqs.attributes(queue)?.get(&request.content.attribute_names, sqs.counts(queue)?)?;
    Ok(if attributes.is_empty() { json!({}) } else { json!({"Attributes": attributes}) })
}

fn set_attributes(sqs: &Sqs, request: &OnQueue<requests::SetAttributes>) -> Result<Value, SqsError> {
    let changes = &request.content.attributes;
    let queue = request.queue()?;
    if changes.is_empty() {
        return Err(SqsError::Missing("Attributes"));
    }
    sqs.set_attributes(queue, changes)?;
    Ok(json!({}))
}

/// Bytes of a message that count towards the limits: its body, and names, types and values of its attributes.
fn size(message: &Outgoing) -> Result<usize, SqsError> {
    Ok(message.message_body.len() + attributes::check(&message.message_attributes)?)
}

fn send(sqs: &Sqs, queue: &str, message: &Outgoing) -> Result<Value, SqsError> {
    let limit = sqs.attributes(queue)?.maximum_size;
    let body = required("MessageBody", &message.message_body)?;
    if size(message)? > limit {
        return Err(SqsError::Invalid(format!(
            "One or more parameters are invalid. Reason: Message must be shorter than {limit} bytes."
        )));
    }
    attributes::check_characters(body, "the message body")?;
    let system = system_attributes(message)?;
    let attributes = serde_json::to_string(&message.message_attributes).unwrap_or_default();
    let delay = seconds("DelaySeconds", message.delay_seconds, MAXIMUM_DELAY)?;
    let id = sqs.send_message(queue, NewMessage { body, attributes: &attributes, system: &system, delay })?;
    let mut answer = json!({"MessageId": id, "MD5OfMessageBody": digest_of_body(body)});
    for (member, attributes) in [
        ("MD5OfMessageAttributes", &message.message_attributes),
        ("MD5OfMessageSystemAttributes", &message.message_system_attributes),
    ] {
        if let Some(digest) = digest_of_attributes(attributes)? {
            answer[member] = json!(digest);
        }
    }
    Ok(answer)
}

/// The attributes of a message that SQS itself sets or reads.
fn system_attributes(message: &Outgoing) -> Result<BTreeMap<String, String>, SqsError> {
    let mut system = BTreeMap::new();
    if let Some(header) = attributes::check_system(&message.message_system_attributes)? {
        system.insert(TRACE_HEADER.to_owned(), header.to_owned());
    }
    if let Some(id) = &message.message_deduplication_id {
        return Err(SqsError::Invalid(format!(
            "Value {id} for parameter MessageDeduplicationId is invalid. Reason: The request includes a parameter that is \
             not valid for this queue type."
        )));
    }
    if let Some(group) = &message.message_group_id {
        if group.is_empty()
            || group.len() > MAXIMUM_GROUP_ID
            || !group.bytes().all(|byte| byte.is_ascii_graphic())
        {
            return Err(SqsError::Invalid(format!(
                "Value {group} for parameter {GROUP_ID} is invalid. Reason: {GROUP_ID} can only include alphanumeric and \
                 punctuation characters. 1 to {MAXIMUM_GROUP_ID} in length."
            )));
        }
        system.insert(GROUP_ID.to_owned(), group.clone());
    }
    Ok(system)
}

fn send_batch(sqs: &Sqs, request: &OnQueue<Batch<Outgoing>>) -> Result<Value, SqsError> {
    let queue = request.queue()?;
    // A message with invalid attributes counts with its body alone. It fails by itself.
    let sizes = request.content.entries.iter().map(|entry| {
        let message = &entry.content;
        size(message).unwrap_or(message.message_body.len())
    });
    let size = sizes.sum();
    if size > MAXIMUM_SIZE {
        return Err(SqsError::LargeBatch { limit: MAXIMUM_SIZE, size });
    }
    each(sqs, queue, &request.content, send)
}

fn delete(sqs: &Sqs, queue: &str, request: &requests::Delete) -> Result<Value, SqsError> {
    sqs.delete(queue, required("ReceiptHandle", &request.receipt_handle)?)?;
    Ok(json!({}))
}

fn change_visibility(
    sqs: &Sqs,
    queue: &str,
    request: &requests::ChangeVisibility,
) -> Result<Value, SqsError> {
    let receipt = required("ReceiptHandle", &request.receipt_handle)?;
    let timeout = seconds("VisibilityTimeout", request.visibility_timeout, MAXIMUM_VISIBILITY)?;
    sqs.change_visibility(queue, receipt, timeout.ok_or(SqsError::Missing("VisibilityTimeout"))?)?;
    Ok(json!({}))
}

/// Executes an operation for each entry of a batch, if the queue exists.
fn each<T>(
    sqs: &Sqs,
    queue: &str,
    batch: &Batch<T>,
    act: impl Fn(&Sqs, &str, &T) -> Result<Value, SqsError>,
) -> Result<Value, SqsError> {
    sqs.settings(queue)?;
    batch::each(batch, |entry| act(sqs, queue, entry))
}

async fn receive(sqs: &Sqs, request: &OnQueue<requests::Receive>) -> Result<Value, SqsError> {
    let (queue, receive) = (request.queue()?, &request.content);
    let limit = within("MaxNumberOfMessages", receive.max_number_of_messages, 1, 10)?.unwrap_or(1);
    let visibility = seconds("VisibilityTimeout", receive.visibility_timeout, MAXIMUM_VISIBILITY)?;
    let wait = seconds("WaitTimeSeconds", receive.wait_time_seconds, MAXIMUM_WAIT)?;
    let system: Vec<&str> = receive
        .attribute_names
        .iter()
        .chain(&receive.message_system_attribute_names)
        .map(String::as_str)
        .collect();
    if let Some(unknown) = system.iter().find(|name| !SYSTEM_ATTRIBUTES.contains(name)) {
        return Err(SqsError::AttributeName((*unknown).to_owned()));
    }
    let limit = usize::try_from(limit).unwrap_or(1);
    let received = sqs.receive(queue, limit, visibility, wait).await?;
    if received.is_empty() {
        return Ok(json!({}));
    }
    let messages =
        received.into_iter().map(|received| message(received, &system, &receive.message_attribute_names));
    Ok(json!({"Messages": messages.collect::<Result<Vec<_>, _>>()?}))
}

/// A received message with the attributes that the receiver asked for.
fn message(received: ReceivedMessage, system: &[&str], names: &[String]) -> Result<Value, SqsError> {
    let attributes: MessageAttributes = serde_json::from_str(&received.attributes).unwrap_or_default();
    let attributes = attributes::select(attributes, names);
    let mut message = json!({
        "MessageId": received.id,
        "ReceiptHandle": received.receipt,
        "MD5OfBody": digest_of_body(&received.body),
        "Body": received.body,
    });
    if let Some(digest) = digest_of_attributes(&attributes)? {
        message["MD5OfMessageAttributes"] = json!(digest);
        message["MessageAttributes"] = json!(attributes);
    }
    let mut of_sqs = received.system;
    of_sqs.extend([
        ("SenderId".to_owned(), ACCOUNT.to_owned()),
        ("SentTimestamp".to_owned(), received.sent_ms.to_string()),
        ("ApproximateReceiveCount".to_owned(), received.receives.to_string()),
        ("ApproximateFirstReceiveTimestamp".to_owned(), received.first_received_ms.to_string()),
    ]);
    of_sqs.retain(|name, _| system.iter().any(|asked| *asked == "All" || asked == name));
    if !of_sqs.is_empty() {
        message["Attributes"] = json!(of_sqs);
    }
    Ok(message)
}
