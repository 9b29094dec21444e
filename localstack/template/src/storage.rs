//! `AWS::DynamoDB::Table`, `AWS::Kinesis::Stream` and `AWS::SQS::Queue`.

use std::collections::BTreeMap;
use std::time::Duration;

use stack_base::account::name_of_arn;

use super::error::TemplateError;
use super::model::{
    AttributeType, ChangeStream, Index, KeySchema, Projection, Queue, Stream, Table, TimePrecision,
};
use super::properties::Properties;

const READ: &[&str] = &[
    "AttributeDefinitions",
    "GlobalSecondaryIndexes",
    "KeySchema",
    "KinesisStreamSpecification",
    "TableName",
    "TimeToLiveSpecification",
];
/// Properties for backups, encryption, billing, deletion protection and TLS. They change nothing that a local caller
/// sees.
const INERT: &[&str] = &[
    "BillingMode",
    "ContributorInsightsSpecification",
    "DeletionProtectionEnabled",
    "OnDemandThroughput",
    "PointInTimeRecoverySpecification",
    "ProvisionedThroughput",
    "ResourcePolicy",
    "SSESpecification",
    "TableClass",
    "Tags",
    "WarmThroughput",
];

/// Reads one table.
///
/// # Errors
/// [`TemplateError::Property`] when a property is invalid.
pub(crate) fn table(name: String, properties: &Properties<'_>) -> Result<Table, TemplateError> {
    properties.only(READ, INERT)?;
    Ok(Table {
        logical_id: properties.resource.clone(),
        name,
        key: key(properties)?,
        attributes: attributes(properties)?,
        indexes: properties.objects("GlobalSecondaryIndexes")?.iter().map(index).collect::<Result<_, _>>()?,
        ttl_attribute: ttl_attribute(properties)?,
        change_stream: change_stream(properties)?,
    })
}

fn attributes(properties: &Properties<'_>) -> Result<BTreeMap<String, AttributeType>, TemplateError> {
    let attribute = |definition: &Properties<'_>| {
        let kind = match definition.required_text("AttributeType")?.as_str() {
            "S" => AttributeType::Text,
            "N" => AttributeType::Number,
            "B" => AttributeType::Binary,
            other => {
                return Err(definition.error("AttributeType", format!("{other} is none of S, N and B")));
            }
        };
        Ok((definition.required_text("AttributeName")?, kind))
    };
    properties.objects("AttributeDefinitions")?.iter().map(attribute).collect()
}

fn key(properties: &Properties<'_>) -> Result<KeySchema, TemplateError> {
    let (mut hash, mut range) = (None, None);
    for element in properties.objects("KeySchema")? {
        let name = element.required_text("AttributeName")?;
        match element.required_text("KeyType")?.as_str() {
            "HASH" => hash = Some(name),
            "RANGE" => range = Some(name),
            other => return Err(element.error("KeyType", format!("{other} is neither HASH nor RANGE"))),
        }
    }
    Ok(KeySchema { hash: hash.ok_or_else(|| properties.error("KeySchema", "has no HASH key"))?, range })
}

fn index(properties: &Properties<'_>) -> Result<Index, TemplateError> {
    properties.only(
        &["IndexName", "KeySchema", "Projection"],
        &[
            "ContributorInsightsSpecification",
            "OnDemandThroughput",
            "ProvisionedThroughput",
            "WarmThroughput",
        ],
    )?;
    let projection = properties.required_object("Projection")?;
    let held = match projection.required_text("ProjectionType")?.as_str() {
        "ALL" => Projection::All,
        "KEYS_ONLY" => Projection::KeysOnly,
        "INCLUDE" => Projection::Include(projection.texts("NonKeyAttributes")?),
        other => return Err(projection.error("ProjectionType", format!("{other} is not a projection"))),
    };
    Ok(Index { name: properties.required_text("IndexName")?, key: key(properties)?, projection: held })
}

fn ttl_attribute(properties: &Properties<'_>) -> Result<Option<String>, TemplateError> {
    let Some(ttl) = properties.object("TimeToLiveSpecification")? else { return Ok(None) };
    if ttl.boolean("Enabled")? == Some(false) {
        return Ok(None);
    }
    ttl.required_text("AttributeName").map(Some)
}

fn change_stream(properties: &Properties<'_>) -> Result<Option<ChangeStream>, TemplateError> {
    let Some(target) = properties.object("KinesisStreamSpecification")? else { return Ok(None) };
    target.only(&["ApproximateCreationDateTimePrecision", "StreamArn"], &[])?;
    let precision = match target.text("ApproximateCreationDateTimePrecision")?.as_deref() {
        None | Some("MILLISECOND") => TimePrecision::Millisecond,
        Some("MICROSECOND") => TimePrecision::Microsecond,
        Some(other) => {
            let problem = format!("{other} is neither MILLISECOND nor MICROSECOND");
            return Err(target.error("ApproximateCreationDateTimePrecision", problem));
        }
    };
    let arn = target.required_text("StreamArn")?;
    Ok(Some(ChangeStream { stream: name_of_arn(&arn).to_owned(), precision }))
}

/// Reads a stream. An option of the stack sets the local number of shards, not the template.
///
/// # Errors
/// [`TemplateError::Property`] when a property is invalid.
pub(crate) fn stream(name: String, properties: &Properties<'_>) -> Result<Stream, TemplateError> {
    let inert = ["DesiredShardLevelMetrics", "ShardCount", "StreamEncryption", "StreamModeDetails", "Tags"];
    properties.only(&["Name", "RetentionPeriodHours"], &inert)?;
    let hours = properties.integer("RetentionPeriodHours", 24..=8760)?.unwrap_or(24);
    let retention = Duration::from_secs(hours.unsigned_abs() * 3600);
    Ok(Stream { logical_id: properties.resource.clone(), name, retention, shards: None })
}

/// Checks a stream's consumer. A mapping names the consumer by its ARN, so the stack needs no list of consumers.
///
/// # Errors
/// [`TemplateError::Property`] when a property is missing or not supported locally.
pub(crate) fn check_consumer(properties: &Properties<'_>) -> Result<(), TemplateError> {
    properties.only(&["ConsumerName", "StreamARN"], &["Tags"])?;
    properties.required_text("ConsumerName")?;
    properties.required_text("StreamARN").map(|_| ())
}

/// Reads a queue. The limits are those of `SetQueueAttributes`.
///
/// # Errors
/// [`TemplateError::Property`] when a property is invalid.
pub(crate) fn queue(name: String, properties: &Properties<'_>) -> Result<Queue, TemplateError> {
    properties.only(
        &[
            "DelaySeconds",
            "MessageRetentionPeriod",
            "QueueName",
            "ReceiveMessageWaitTimeSeconds",
            "VisibilityTimeout",
        ],
        &["KmsDataKeyReusePeriodSeconds", "KmsMasterKeyId", "SqsManagedSseEnabled", "Tags"],
    )?;
    let seconds = |property, range, default| -> Result<Duration, TemplateError> {
        let seconds: i64 = properties.integer(property, range)?.unwrap_or(default);
        Ok(Duration::from_secs(seconds.unsigned_abs()))
    };
    Ok(Queue {
        logical_id: properties.resource.clone(),
        name,
        visibility_timeout: seconds("VisibilityTimeout", 0..=43_200, 30)?,
        delay: seconds("DelaySeconds", 0..=900, 0)?,
        retention: seconds("MessageRetentionPeriod", 60..=1_209_600, 345_600)?,
        receive_wait: seconds("ReceiveMessageWaitTimeSeconds", 0..=20, 0)?,
        redrive: None,
    })
}
