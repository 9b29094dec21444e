//! Errors of calls on a queue, with SQS's codes and messages.

use stack_base::service_error::ServiceError;
use stack_base::store::SqliteError;

/// Namespace of the error codes in AWS JSON.
const NAMESPACE: &str = "com.amazonaws.sqs#";
/// Namespace that some codes have in the query protocol. SDKs show the code of that protocol.
const QUERY_NAMESPACE: &str = "AWS.SimpleQueueService.";

/// Why a call on a queue failed.
#[derive(Debug, thiserror::Error)]
pub enum SqsError {
    /// No queue has this name.
    #[error("The specified queue does not exist.")]
    QueueNotFound(String),
    /// The receipt handle was not issued for this queue.
    #[error("The input receipt handle is invalid.")]
    Receipt,
    /// The message is visible again.
    #[error("The message is not in flight.")]
    NotInFlight,
    /// A parameter that the operation needs is absent.
    #[error("The request must contain the parameter {0}.")]
    Missing(&'static str),
    /// A parameter breaks a rule of the API.
    #[error("{0}")]
    Invalid(String),
    /// A message has a character that XML does not allow.
    #[error(
        "Invalid character '#x{0:X}' was found in {1}. The set of allowed characters is #x9 | #xA | #xD | #x20 to #xD7FF | \
         #xE000 to #xFFFD | #x10000 to #x10FFFF."
    )]
    Character(u32, String),
    /// A queue or a message has no attribute of this name.
    #[error("Unknown Attribute {0}.")]
    AttributeName(String),
    /// The value of a queue's attribute is out of its range.
    #[error("Invalid value for the parameter {0}.")]
    AttributeValue(String),
    /// The stack or SQS does not support what the request asks for.
    #[error("{0}")]
    Unsupported(String),
    /// A batch without entries.
    #[error("There should be at least one entry in the request.")]
    EmptyBatch,
    /// A batch of more than ten entries.
    #[error("Maximum number of entries per request are 10. You have sent {0}.")]
    LongBatch(usize),
    /// Two entries of a batch have the same id.
    #[error("Id {0} repeated.")]
    RepeatedId(String),
    /// The id of a batch entry has other characters or is too long.
    #[error(
        "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters \
         long."
    )]
    EntryId,
    /// The messages of a batch are too large together.
    #[error("Batch requests cannot be longer than {limit} bytes. You have sent {size} bytes.")]
    LargeBatch {
        /// Maximum number of bytes.
        limit: usize,
        /// Number of bytes of the messages and their attributes.
        size: usize,
    },
    /// The queue was purged less than a minute ago.
    #[error("Only one PurgeQueue operation on {0} is allowed every 60 seconds.")]
    Purged(String),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] SqliteError),
}

impl SqsError {
    /// The error's name in the API reference.
    pub(super) fn code(&self) -> &'static str {
        match self {
            Self::QueueNotFound(_) => "QueueDoesNotExist",
            Self::Receipt => "ReceiptHandleIsInvalid",
            Self::NotInFlight => "MessageNotInflight",
            Self::Missing(_) => "MissingParameter",
            Self::Invalid(_) => "InvalidParameterValue",
            Self::Character(..) => "InvalidMessageContents",
            Self::AttributeName(_) => "InvalidAttributeName",
            Self::AttributeValue(_) => "InvalidAttributeValue",
            Self::Unsupported(_) => "UnsupportedOperation",
            Self::EmptyBatch => "EmptyBatchRequest",
            Self::LongBatch(_) => "TooManyEntriesInBatchRequest",
            Self::RepeatedId(_) => "BatchEntryIdsNotDistinct",
            Self::EntryId => "InvalidBatchEntryId",
            Self::LargeBatch { .. } => "BatchRequestTooLong",
            Self::Purged(_) => "PurgeQueueInProgress",
            Self::Store(_) => "InternalFailure",
        }
    }

    /// True if the caller caused the error.
    pub(super) fn is_of_caller(&self) -> bool {
        !matches!(self, Self::Store(_))
    }
}

impl From<SqsError> for ServiceError {
    fn from(error: SqsError) -> Self {
        if error.is_of_caller() {
            Self::client(&format!("{NAMESPACE}{}", error.code()), error.to_string())
        } else {
            Self::server(error.to_string())
        }
    }
}

/// The value of the header `x-amzn-query-error`: the error's code in the query protocol, and who caused it. SDKs that
/// moved from that protocol to AWS JSON still show this code (Smithy, `awsQueryCompatible`).
#[must_use]
pub fn query_error(error: &ServiceError) -> String {
    let code = error.code.strip_prefix(NAMESPACE).unwrap_or(&error.code);
    let fault = if error.status.is_client_error() { "Sender" } else { "Receiver" };
    match code {
        "QueueDoesNotExist" => format!("{QUERY_NAMESPACE}NonExistentQueue;{fault}"),
        "BatchEntryIdsNotDistinct"
        | "BatchRequestTooLong"
        | "EmptyBatchRequest"
        | "InvalidBatchEntryId"
        | "MessageNotInflight"
        | "PurgeQueueInProgress"
        | "TooManyEntriesInBatchRequest"
        | "UnsupportedOperation" => format!("{QUERY_NAMESPACE}{code};{fault}"),
        other => format!("{other};{fault}"),
    }
}
