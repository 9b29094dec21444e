//! The configuration of the runtime: its functions and options.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::time::Duration;

use stack_template::AsynchronousInvocation;

use super::error::LambdaError;
use super::log_events::LogLimits;
use super::record_sender::RecordSender;

/// Waits before the first and the second retry in AWS.
pub const RETRY_WAITS: [Duration; 2] = [Duration::from_mins(1), Duration::from_mins(2)];
/// Maximum timeout of a function in Lambda.
pub(super) const MAX_TIMEOUT: Duration = Duration::from_mins(15);
/// Maximum length of a function name.
const MAX_NAME: usize = 64;

/// One function: its binary, environment and limits.
#[derive(Debug, Clone)]
pub struct FunctionSpec {
    /// Name: 1 to 64 letters, digits, hyphens and underscores.
    pub name: String,
    /// Amazon Resource Name, as functions and callers see it.
    pub arn: String,
    /// ARN of the role for the function's calls to AWS.
    pub role: String,
    /// The executable that implements the Runtime API client. Its folder is the task root.
    pub binary: PathBuf,
    /// Environment variables from the function's configuration.
    pub environment: BTreeMap<String, String>,
    /// Timeout of an invocation, at most 15 minutes.
    pub timeout: Duration,
    /// Memory size in MB that the function is told. It is not enforced.
    pub memory_mb: u32,
    /// Maximum number of concurrent instances (reserved concurrency). With 0, every call is throttled, which is how AWS
    /// stops a function (Lambda guide, "Configuring reserved concurrency").
    pub max_instances: usize,
    /// The reserved concurrency that `GetFunction` returns.
    pub reserved_concurrency: Option<u32>,
    /// Name of its log group.
    pub log_group: String,
    /// Handling of asynchronous invocations.
    pub events: AsynchronousInvocation,
}

/// Options of the runtime for all functions.
#[derive(Debug, Clone)]
pub struct LambdaOptions {
    /// Idle time after which an instance is ended.
    pub idle_after: Duration,
    /// Time limit from the start to the first poll. Lambda allows 10 s.
    pub init_limit: Duration,
    /// `AWS_ENDPOINT_URL` of every function. `None` leaves the variable unset.
    pub aws_endpoint: Option<String>,
    /// `AWS_REGION` of every function.
    pub region: String,
    /// `OTEL_EXPORTER_OTLP_ENDPOINT` of every function; it overrides the function's configuration. `None` leaves the
    /// variable unset.
    pub otlp_endpoint: Option<String>,
    /// Waits before the first and the second retry of an event.
    pub retry_waits: [Duration; 2],
    /// Sends the records of events. `None` drops the records.
    pub records: Option<RecordSender>,
    /// Limits of each function's log.
    pub logs: LogLimits,
}

impl Default for LambdaOptions {
    /// Five minutes of idle time, Lambda's 10 s for initialisation and its waits before retries, no endpoints,
    /// `us-east-1`.
    fn default() -> Self {
        Self {
            idle_after: Duration::from_mins(5),
            init_limit: Duration::from_secs(10),
            aws_endpoint: None,
            region: "us-east-1".to_owned(),
            otlp_endpoint: None,
            retry_waits: RETRY_WAITS,
            records: None,
            logs: LogLimits::default(),
        }
    }
}

/// The access key id that a function signs its AWS calls with: `LOCAL` and the name in upper case without punctuation.
/// It lets the AWS endpoint identify the calling function.
#[must_use]
pub fn access_key(function: &str) -> String {
    let name = function.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase());
    "LOCAL".chars().chain(name).collect()
}

/// Validates every function, and checks that no two functions share an access key.
///
/// # Errors
/// The first [`LambdaError::InvalidFunction`] or [`LambdaError::Indistinguishable`].
pub(super) async fn validate(functions: &[FunctionSpec]) -> Result<(), LambdaError> {
    let mut keys: HashMap<String, &str> = HashMap::new();
    for function in functions {
        check(function).await?;
        let access_key = access_key(&function.name);
        if let Some(first) = keys.insert(access_key.clone(), &function.name) {
            let (first, second) = (first.to_owned(), function.name.clone());
            return Err(LambdaError::Indistinguishable { first, second, access_key });
        }
    }
    Ok(())
}

async fn check(function: &FunctionSpec) -> Result<(), LambdaError> {
    let wrong = |field, problem: String| {
        Err(LambdaError::InvalidFunction { function: function.name.clone(), field, problem })
    };
    let name = &function.name;
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if name.is_empty() || name.len() > MAX_NAME || !name.chars().all(allowed) {
        return wrong("name", "must have 1 to 64 letters, digits, hyphens and underscores".to_owned());
    }
    if !tokio::fs::metadata(&function.binary).await.is_ok_and(|binary| binary.is_file()) {
        return wrong("binary", format!("{} is not a file", function.binary.display()));
    }
    if function.timeout.is_zero() || function.timeout > MAX_TIMEOUT {
        return wrong(
            "timeout",
            format!("of {:?} must be more than 0 and at most 15 minutes", function.timeout),
        );
    }
    if function.memory_mb == 0 {
        return wrong("memory_mb", "must not be 0".to_owned());
    }
    if function.max_instances > tokio::sync::Semaphore::MAX_PERMITS {
        return wrong("max_instances", format!("of {} is too large", function.max_instances));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(name: &str) -> FunctionSpec {
        FunctionSpec {
            name: name.to_owned(),
            arn: format!("arn:aws:lambda:us-east-1:000000000000:function:{name}"),
            role: format!("arn:aws:iam::000000000000:role/{name}"),
            binary: std::env::current_exe().unwrap(),
            environment: BTreeMap::new(),
            timeout: Duration::from_secs(3),
            memory_mb: 128,
            max_instances: 1,
            reserved_concurrency: None,
            log_group: "/aws/lambda/function".to_owned(),
            events: AsynchronousInvocation::default(),
        }
    }

    #[test]
    fn the_access_key_contains_the_function_name() {
        assert_eq!(access_key("create-order"), "LOCALCREATEORDER");
    }

    #[tokio::test]
    async fn names_that_share_an_access_key_are_refused() {
        let error = validate(&[spec("create-order"), spec("createorder")]).await.unwrap_err();
        assert!(matches!(error, LambdaError::Indistinguishable { .. }), "{error}");
    }

    #[tokio::test]
    async fn the_error_names_the_invalid_field() {
        let good = || spec("create-order");
        for (expected, function) in [
            ("name", spec("create order")),
            ("binary", FunctionSpec { binary: PathBuf::from("no/such/binary"), ..good() }),
            ("timeout", FunctionSpec { timeout: Duration::from_secs(901), ..good() }),
            ("memory_mb", FunctionSpec { memory_mb: 0, ..good() }),
            ("max_instances", FunctionSpec { max_instances: usize::MAX, ..good() }),
        ] {
            let error = validate(&[function]).await.unwrap_err();
            assert!(
                matches!(error, LambdaError::InvalidFunction { field, .. } if field == expected),
                "{error}"
            );
        }
    }
}
