//! `AWS::Kinesis::Stream` and `AWS::SQS::Queue`.

use std::time::Duration;

use super::error::TemplateError;
use super::model::{Queue, Stream};
use super::properties::Properties;

/// Reads one stream. How many shards it has locally is the caller's choice, not the template's.
///
/// # Errors
/// [`TemplateError::Property`].
pub(crate) fn stream(name: String, properties: &Properties<'_>) -> Result<Stream, TemplateError> {
    let inert = ["DesiredShardLevelMetrics", "ShardCount", "StreamEncryption", "StreamModeDetails", "Tags"];
    properties.only(&["Name", "RetentionPeriodHours"], &inert)?;
    let hours = properties.integer("RetentionPeriodHours", 24..=8760)?.unwrap_or(24);
    let retention = Duration::from_secs(hours.unsigned_abs() * 3600);
    Ok(Stream { logical_id: properties.resource().to_owned(), name, retention })
}

/// Reads one queue; limits are those of `SetQueueAttributes`.
///
/// # Errors
/// [`TemplateError::Property`].
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
        logical_id: properties.resource().to_owned(),
        name,
        visibility_timeout: seconds("VisibilityTimeout", 0..=43_200, 30)?,
        delay: seconds("DelaySeconds", 0..=900, 0)?,
        retention: seconds("MessageRetentionPeriod", 60..=1_209_600, 345_600)?,
        receive_wait: seconds("ReceiveMessageWaitTimeSeconds", 0..=20, 0)?,
    })
}
