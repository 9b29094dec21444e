//! Which operation of which service a call is.

use axum::http::HeaderMap;

use stack_base::service_error::ServiceError;

/// A service behind `X-Amz-Target`.
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
    /// Reads `X-Amz-Target`.
    ///
    /// # Errors
    /// [`ServiceError`] when it is missing or names no service of the stack.
    pub(super) fn of(headers: &HeaderMap) -> Result<Self, ServiceError> {
        let target = headers.get("x-amz-target").and_then(|target| target.to_str().ok()).unwrap_or_default();
        let (prefix, operation) = target.split_once('.').unwrap_or((target, ""));
        let service = match prefix {
            "DynamoDB_20120810" => Service::DynamoDb,
            "Kinesis_20131202" => Service::Kinesis,
            "AmazonSQS" => Service::Sqs,
            _ => {
                let problem = format!(
                    "X-Amz-Target {target:?} is no operation of DynamoDB, Kinesis or SQS in AWS JSON"
                );
                return Err(ServiceError::client("UnknownOperationException", problem));
            }
        };
        Ok(Self { service, operation: operation.to_owned() })
    }
}
