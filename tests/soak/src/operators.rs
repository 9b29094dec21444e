//! Invocations of operators. An invocation may fail, for example because a request to DynamoDB takes longer than its timeout
//! on a busy machine. An operator then invokes the function again, as docs/operate.md says.

use std::error::Error;

use e2e::Operator;
use serde_json::Value;

/// The most attempts of an invocation.
const ATTEMPTS: usize = 3;

type BoxError = Box<dyn Error + Send + Sync>;

/// Invokes the function whose binary is `binary`, and invokes it again if it fails.
///
/// # Errors
/// The error of the last attempt.
pub(crate) async fn invoke(operator: &Operator, binary: &str, event: &Value) -> Result<Value, BoxError> {
    for _ in 1..ATTEMPTS {
        if let Ok(report) = operator.invoke(binary, event).await {
            return Ok(report);
        }
    }
    operator.invoke(binary, event).await
}
